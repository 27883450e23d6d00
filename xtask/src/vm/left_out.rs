//! What a run leaves out, and why.

use super::build::SUITES;
use super::place::{Place, Scope};
use crate::test::left_out;
use crate::test::summary::Row;

/// The reasons for leaving out whole suites.
const WHY: &str = "--full runs any_filesystem, tree and model, on xfs, btrfs and overlay the whole of filesystems, \
    sharing and command, and sharing on ocfs2; faults run with --suite=faults, on ocfs2 and one place of each server; server is for the places that have one, \
    and its tests of outages for one place with each client; ocfs2 is for ocfs2, power for --fs power, and zfs for --fs zfs";

/// One line for each item, with the places where it is not run: first the tests whose place lacks what
/// they need.
pub(super) fn lines(
    rows: &[Row],
    places: &[Place],
    missing: &[(Place, &str)],
    scope: &Scope,
) -> Vec<String> {
    let mut left_out: Vec<_> =
        missing.iter().map(|(place, why)| (*place, (*why).to_owned())).collect();
    left_out.extend(places.iter().map(|&place| (place, of_suites(place, scope))));
    let mut lines = left_out::lines(rows);
    lines.extend(grouped(&left_out));
    lines.push(WHY.to_owned());
    lines
}

/// The suites that are not run, or only in part; every place lacks some.
fn of_suites(place: Place, scope: &Scope) -> String {
    let runs = place.suites(scope);
    let not_run = SUITES.iter().filter(|suite| runs.iter().all(|runs| runs.name != **suite));
    let not_run = not_run.copied().collect::<Vec<_>>().join(", ");
    let in_part = runs.iter().filter(|suite| !suite.parts.is_empty());
    in_part.fold(not_run, |text, suite| {
        format!("{text}; of {} all but {}", suite.name, suite.parts.join(", "))
    })
}

/// One line for each text, in order of first appearance, with its places.
fn grouped(left_out: &[(Place, String)]) -> Vec<String> {
    let mut groups: Vec<(&str, Vec<String>)> = Vec::new();
    for (place, what) in left_out {
        match groups.iter_mut().find(|(known, _)| known == what) {
            Some((_, places)) => places.push(place.to_string()),
            None => groups.push((what, vec![place.to_string()])),
        }
    }
    let line =
        |(what, places): &(&str, Vec<String>)| format!("not run on {}: {what}", places.join(", "));
    groups.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Scope {
        Scope { full: true, only: Vec::new() }
    }

    #[test]
    fn places_that_lack_the_same_are_on_one_line() {
        let places = [Place::Overlay, Place::F2fs, Place::Nfs42Btrfs];
        let missing = [(Place::SmbKsmbdXfs, "none"), (Place::SmbKsmbdBtrfs, "none")];
        let lines = lines(&[], &places, &missing, &Scope::default());
        let begin = |text: &str| lines.iter().filter(|line| line.starts_with(text)).count();
        assert_eq!(begin("not run on smb-ksmbd-xfs, smb-ksmbd-btrfs: none"), 1);
        let local = "not run on overlay, f2fs: any_filesystem, sharing, tree, ocfs2, server, power, zfs, model, faults; of filesystems all but ";
        assert_eq!(begin(local), 1, "{lines:?}");
        assert_eq!(
            begin(
                "not run on nfs42-btrfs: any_filesystem, sharing, tree, ocfs2, power, zfs, model, faults; of filesystems "
            ),
            1
        );
    }

    #[test]
    fn a_suite_that_runs_as_a_whole_is_not_named() {
        assert_eq!(of_suites(Place::Xfs, &full()), "ocfs2, server, power, zfs, faults");
    }

    #[test]
    fn each_place_lacks_some_suite() {
        use clap::ValueEnum as _;
        assert!(Place::value_variants().iter().all(|place| !of_suites(*place, &full()).is_empty()));
    }
}
