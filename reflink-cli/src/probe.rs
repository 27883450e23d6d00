//! `reflink probe`: whether files can be cloned somewhere, found out by a trial.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use clap::ValueHint;
use reflink::display::{KernelText, Quoted};
use reflink::{Inconclusive, Probe, Support};
use serde::Serialize;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::json::{self, Name};
use crate::output::{self, Lines};
use crate::signals::Stop;

/// Reports whether files can be cloned in a directory, or one file beside itself, and if not, why
///
/// A block is written to an unnamed file, cloned and compared; nothing is left behind. If PATH is a
/// file, this is done in its directory, and then a block of the file itself is cloned, because one
/// file can be an exception (lower layer of an overlay, chattr +C). The answer is "unknown" if
/// nothing can be written or the file cannot be read, or if the filesystem accepts the clone and
/// does not show whether it shares anything (NFS, SMB).
#[derive(clap::Args)]
#[command(after_help = HELP_END, args_override_self = true)]
pub(crate) struct Args {
    /// Directories or files
    #[arg(value_name = "PATH", default_value = ".", value_hint = ValueHint::AnyPath)]
    paths: Vec<OsString>,

    /// Print a JSON object on a line for each PATH, instead of the table
    ///
    /// Its members are path, support (yes, no, unknown), filesystem, block_size (offsets and lengths
    /// of a range clone must be multiples of it; null if unknown), evidence
    /// (how it was found out), reason and hint; for a PATH that does not exist or cannot be
    /// reached path and error {message, errno, reason, hint}. A name that is not UTF-8 is
    /// approximated, and path_bytes holds its bytes as numbers.
    #[arg(long)]
    json: bool,
}

const HELP_END: &str = "\
Examples:
  reflink probe                                 the current directory
  reflink probe /srv /home                      a table
  reflink probe . >/dev/null && echo yes        only where a clone was seen to share its block

Exit status:
  0  files can be cloned at every PATH
  1  an error; or for one PATH it is unknown, and for none the answer is no
  2  wrong usage
  3  files cannot be cloned at one PATH at least";

pub(crate) fn run(args: &Args) -> Exit {
    let stop = match Stop::on_signals() {
        Ok(stop) => stop,
        Err(failure) => return fail(&failure),
    };
    let mut found = Vec::new();
    for path in args.paths.iter().map(Path::new) {
        if stop.is_asked() {
            break;
        }
        found.push((path, reflink::probe(path).map_err(|error| Failure::from(&error))));
    }
    let printed = if args.json { print_objects(&found) } else { print_table(&found) };
    stop.die_if_asked();
    match exit(found.iter().map(|(_, answer)| answer.as_ref().map(|probe| probe.support))) {
        Exit::Done => printed,
        exit => exit,
    }
}

fn fail(failure: &Failure) -> Exit {
    output::report(failure);
    failure.exit
}

type Found<'a> = (&'a Path, Result<Probe, Failure>);

/// An error counts most, and "no" counts more than "unknown".
fn exit<'f>(answers: impl Iterator<Item = Result<Support, &'f Failure>>) -> Exit {
    let rank = |answer| match answer {
        Ok(Support::Yes) => (0, Exit::Done),
        Ok(Support::No(_)) => (2, Exit::NotReflinkable),
        Ok(_) => (1, Exit::Error),
        Err(_) => (3, Exit::Error),
    };
    answers.map(rank).max_by_key(|(rank, _)| *rank).map_or(Exit::Done, |(_, exit)| exit)
}

fn word(support: Support) -> &'static str {
    match support {
        Support::Yes => "yes",
        Support::No(_) => "no",
        _ => "unknown",
    }
}

/// Why the result is not "yes".
fn reason(support: Support) -> Option<String> {
    match support {
        Support::No(reason) => Some(reason.to_string()),
        Support::Unknown(
            Inconclusive::NotTried { errno: Some(errno) }
            | Inconclusive::Failed { errno: Some(errno) },
        ) => Some(KernelText(&io::Error::from_raw_os_error(errno)).to_string()),
        _ => None,
    }
}

fn hint(support: Support) -> Option<String> {
    match support {
        Support::No(reason) => reason.hint(),
        _ => None,
    }
}

fn print_objects(found: &[Found<'_>]) -> Exit {
    let mut lines = Lines::new();
    for (path, answer) in found {
        lines.print(match answer {
            Ok(probe) => json::line(&Answer {
                name: (*path).into(),
                support: word(probe.support),
                filesystem: probe.filesystem.map(|filesystem| filesystem.to_string()),
                block_size: probe.block_size,
                evidence: probe.evidence.to_string(),
                reason: reason(probe.support),
                hint: hint(probe.support),
            }),
            Err(failure) => {
                output::report(failure);
                json::failed(path, failure)
            }
        });
    }
    lines.finish()
}

#[derive(Serialize)]
struct Answer<'a> {
    #[serde(flatten)]
    name: Name<'a>,
    support: &'static str,
    filesystem: Option<String>,
    block_size: Option<u64>,
    evidence: String,
    reason: Option<String>,
    hint: Option<String>,
}

/// The results in columns, followed by errors and hints.
fn print_table(found: &[Found<'_>]) -> Exit {
    const HEAD: [&str; 5] = ["PATH", "CLONES", "FILESYSTEM", "BLOCK SIZE", "WHY"];
    let answers = found.iter().filter_map(|(path, answer)| Some((path, answer.as_ref().ok()?)));
    let rows: Vec<_> = answers
        .map(|(path, probe)| {
            let unknown = || "?".to_owned();
            let evidence = probe.evidence;
            [
                Quoted(path).to_string(),
                word(probe.support).to_owned(),
                probe.filesystem.map_or_else(unknown, |filesystem| filesystem.to_string()),
                probe.block_size.map_or_else(unknown, |size| size.to_string()),
                match (reason(probe.support), probe.support) {
                    (Some(why), Support::Unknown(_)) => format!("{evidence}: {why}"),
                    (why, _) => why.unwrap_or_else(|| evidence.to_string()),
                },
            ]
        })
        .collect();
    let mut lines = Lines::new();
    if !rows.is_empty() {
        let width = |column: usize| {
            rows.iter().map(|row| row[column].chars().count()).chain([HEAD[column].len()]).max()
        };
        let widths = [0, 1, 2, 3].map(|column| width(column).unwrap_or(0));
        let mut print = |row: [&str; 5]| {
            let [path, clones, filesystem, size, why] = row;
            let [w0, w1, w2, w3] = widths;
            lines.print(format_args!(
                "{path:w0$}  {clones:w1$}  {filesystem:w2$}  {size:>w3$}  {why}"
            ));
        };
        print(HEAD);
        rows.iter().for_each(|row| print(row.each_ref().map(String::as_str)));
    }
    let printed = lines.finish();
    for (path, answer) in found {
        match answer {
            Ok(probe) => {
                if let Some(hint) = hint(probe.support) {
                    output::advise(format_args!("{}: {hint}", Quoted(path)));
                }
            }
            Err(failure) => output::report(failure),
        }
    }
    printed
}

#[cfg(test)]
mod tests {
    use super::*;
    use reflink::Reason;

    #[test]
    fn success_means_yes_for_every_path() {
        let failure = Failure::new("none".to_owned());
        let yes = Ok(Support::Yes);
        let no = Ok(Support::No(Reason::XfsWithoutReflink));
        let unknown = Ok(Support::Unknown(Inconclusive::SharingHidden));
        let error = Err(&failure);
        for (answers, expected) in [
            (&[][..], Exit::Done),
            (&[yes, yes], Exit::Done),
            (&[yes, no], Exit::NotReflinkable),
            (&[unknown, no, yes], Exit::NotReflinkable),
            (&[yes, unknown], Exit::Error),
            (&[no, error, yes], Exit::Error),
        ] {
            assert_eq!(exit(answers.iter().copied()), expected);
        }
    }
}
