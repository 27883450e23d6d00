//! The places in the guests, and what runs there.

use std::fmt;

use anyhow::{Result, bail};
use clap::ValueEnum;

/// Where suites run; `guest/main.sh` makes them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Place {
    #[value(name = "xfs")]
    Xfs,
    #[value(name = "btrfs")]
    Btrfs,
    /// overlayfs over xfs
    #[value(name = "overlay")]
    Overlay,
    /// ocfs2 on one machine, without a cluster
    #[value(name = "ocfs2")]
    Ocfs2,
    #[value(name = "f2fs")]
    F2fs,
    /// NFS 4.2 over loopback; the server has xfs
    #[value(name = "nfs42-xfs")]
    Nfs42Xfs,
    /// NFS 4.2 over loopback; the server has btrfs
    #[value(name = "nfs42-btrfs")]
    Nfs42Btrfs,
    /// NFS 4.1, which cannot clone; the server has xfs
    #[value(name = "nfs41-xfs")]
    Nfs41Xfs,
    /// SMB 3.1.1, served by the kernel from xfs
    #[value(name = "smb-ksmbd-xfs")]
    SmbKsmbdXfs,
    /// SMB 3.1.1, served by the kernel from btrfs
    #[value(name = "smb-ksmbd-btrfs")]
    SmbKsmbdBtrfs,
    /// SMB 3.1.1, served by samba from btrfs, with its module for it
    #[value(name = "smb-samba-btrfs")]
    SmbSambaBtrfs,
    /// SMB 3.1.1, served by samba from xfs, which it has no module for
    #[value(name = "smb-samba-xfs")]
    SmbSambaXfs,
    /// OpenZFS, with block cloning
    #[value(name = "zfs")]
    Zfs,
    /// power cuts on xfs, on disks of device-mapper
    #[value(name = "power-xfs")]
    PowerXfs,
    /// power cuts on btrfs
    #[value(name = "power-btrfs")]
    PowerBtrfs,
    /// power cuts on ext4
    #[value(name = "power-ext4")]
    PowerExt4,
}

/// What runs in the places.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    pub(super) full: bool,
    /// The suites that run; empty for all.
    pub(super) only: Vec<String>,
}

/// A test binary, and which of its tests run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Suite {
    pub(super) name: &'static str,
    /// Parts of test names: a test runs if its name contains one. Empty if all tests run.
    pub(super) parts: &'static [&'static str],
}

impl Suite {
    const fn whole(name: &'static str) -> Self {
        Self { name, parts: &[] }
    }
}

/// The tests of `filesystems` about what each filesystem must do.
const HERE: &[&str] = &["table::", "across::", "full_disk::", "exact::"];
const ON_A_SERVER: &[&str] =
    &["table::", "across::", "full_disk::", "exact::a_ragged_range", "exact::offsets_that_differ"];

/// OpenZFS clones blocks of a size that each file has for itself.
const ZFS: [Suite; 5] = [
    Suite::whole("zfs"),
    Suite { name: "filesystems", parts: &["across::"] },
    Suite { name: "command", parts: OF_COMMAND },
    Suite::whole("any_filesystem"),
    MODEL,
];
/// Without the sequences that it has found, which are about filesystems that clone predictably.
const MODEL: Suite = Suite { name: "model", parts: &["files_and_vectors", "trees::"] };
/// SMB lacks the types of files that trees begin with.
const MODEL_OF_FILES: Suite = Suite { name: "model", parts: &["files_and_vectors"] };
/// What can end differently on another filesystem. Suites that run on this machine's kernel have the rest.
const FAULTS: Suite = Suite { name: "faults", parts: &["inject::", "races::", "redirect::"] };

/// The command's tests of filesystems.
const OF_COMMAND: &[&str] = &["filesystem::", "probe::the_"];
/// These, and its tests of trees.
const OF_COMMAND_AND_TREES: &[&str] = &["filesystem::", "probe::the_", "trees::"];

/// The tests of `server`, without those that stop it and wait until the client notices, which takes a
/// minute: one place with each client is enough for these.
const UNDISTURBED: &[&str] = &["connection::", "known::", "one_file::", "ranges::"];
const READ_OUTAGE: &[&str] = &[
    "connection::",
    "known::",
    "one_file::",
    "ranges::",
    "outage::auto_ends",
    "outage::files_that_the_server",
];

/// A machine. If the kernel's SMB server crashes, it affects no filesystem on the other machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guest {
    Main,
    Smb,
}

impl Guest {
    pub(super) const ALL: [Self; 2] = [Self::Main, Self::Smb];

    /// The directory of its disks and logs.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Smb => "smb",
        }
    }
}

impl Place {
    /// The place of that name, or all whose names begin with it and a number or `-`: `nfs`, `smb`.
    pub(super) fn named(name: &str) -> Result<Vec<Self>> {
        let places = Self::value_variants();
        let names = || places.iter().map(Self::to_string).collect::<Vec<_>>();
        let is_group = |rest: &str| rest.starts_with(|c: char| c == '-' || c.is_ascii_digit());
        let fits = |place: &&Self| {
            let whole = place.to_string();
            whole.strip_prefix(name).is_some_and(|rest| rest.is_empty() || is_group(rest))
        };
        let found: Vec<_> = places.iter().filter(fits).copied().collect();
        if found.is_empty() {
            bail!("there is no {name:?}; there are {}", names().join(", "));
        }
        Ok(found)
    }

    /// Why a kernel of this series does not have the place, if it does not.
    pub(super) fn missing_in(self, series: &str) -> Option<&'static str> {
        match self {
            Self::SmbKsmbdXfs | Self::SmbKsmbdBtrfs if version(series) < (5, 15) => {
                Some("ksmbd came with Linux 5.15")
            }
            Self::SmbKsmbdXfs | Self::SmbKsmbdBtrfs if version(series) == (6, 1) => {
                Some("Debian's 6.1.192 oopses where ksmbd opens a directory (opinfo_put)")
            }
            Self::Zfs if !matches!(version(series), (6, 1 | 12)) => {
                Some("OpenZFS of Debian 12 has not been tried with this kernel")
            }
            _ => None,
        }
    }

    /// Whether it takes long, and is tried only if it is named.
    pub(super) fn is_only_by_name(self) -> bool {
        self.is_for_power_cuts() || self == Self::Zfs
    }

    fn is_for_power_cuts(self) -> bool {
        matches!(self, Self::PowerXfs | Self::PowerBtrfs | Self::PowerExt4)
    }

    /// The suites that run there.
    pub(super) fn suites(self, scope: &Scope) -> Vec<Suite> {
        let mut suites = self.all_suites(scope.full);
        let is_named = |name: &str| scope.only.iter().any(|n| n == name);
        // Faults take as long as everything else.
        let is_usual = |name| scope.only.is_empty() && name != FAULTS.name;
        suites.retain(|suite| is_named(suite.name) || is_usual(suite.name));
        suites
    }

    fn all_suites(self, full: bool) -> Vec<Suite> {
        if self.is_for_power_cuts() {
            return vec![Suite::whole("power")];
        }
        if self == Self::Zfs {
            return ZFS.to_vec();
        }
        let is_served =
            !matches!(self, Self::Xfs | Self::Btrfs | Self::Overlay | Self::Ocfs2 | Self::F2fs);
        // Its trees have no symbolic links and FIFOs, which the command's tests of trees begin with.
        let is_smb = matches!(
            self,
            Self::SmbKsmbdXfs | Self::SmbKsmbdBtrfs | Self::SmbSambaBtrfs | Self::SmbSambaXfs
        );
        let is_local_clone = matches!(self, Self::Xfs | Self::Btrfs | Self::Overlay);
        let mut suites = if full && is_local_clone {
            vec![Suite::whole("filesystems"), Suite::whole("sharing"), Suite::whole("command")]
        } else {
            // A server can have changed something before it refuses `Always`.
            let parts = if is_served { ON_A_SERVER } else { HERE };
            let of_command = if full && !is_smb { OF_COMMAND_AND_TREES } else { OF_COMMAND };
            vec![Suite { name: "filesystems", parts }, Suite { name: "command", parts: of_command }]
        };
        suites.extend((self == Self::Ocfs2).then_some(Suite::whole("ocfs2")));
        suites.extend((full && self == Self::Ocfs2).then_some(Suite::whole("sharing")));
        suites.extend(full.then_some(Suite::whole("any_filesystem")));
        suites.extend(full.then_some(Suite::whole("tree")));
        let model = match () {
            () if is_smb => MODEL_OF_FILES,
            () if is_local_clone => Suite::whole("model"),
            () => MODEL,
        };
        suites.extend(full.then_some(model));
        suites.extend((full && self.has_faults()).then_some(FAULTS));
        // Last, because it stops the server now and then.
        let parts = match self {
            Self::Nfs42Btrfs | Self::SmbKsmbdBtrfs => UNDISTURBED,
            Self::Nfs41Xfs => READ_OUTAGE,
            _ => &[],
        };
        suites.extend(is_served.then_some(Suite { name: "server", parts }));
        suites
    }

    /// Whether faults are injected there: one place of each client and server.
    fn has_faults(self) -> bool {
        matches!(self, Self::Ocfs2 | Self::Nfs42Xfs | Self::SmbKsmbdXfs | Self::SmbSambaBtrfs)
    }

    /// The machine of the place. NFS 4.1 is on the machine of the SMB servers, so that both
    /// machines take equally long.
    pub(super) fn guest(self) -> Guest {
        match self {
            Self::Nfs41Xfs | Self::SmbKsmbdXfs | Self::SmbKsmbdBtrfs => Guest::Smb,
            Self::SmbSambaBtrfs | Self::SmbSambaXfs => Guest::Smb,
            _ => Guest::Main,
        }
    }
}

impl fmt::Display for Place {
    /// The name on the command line and in `REFLINK_TEST_FS`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value();
        f.pad(value.as_ref().map_or("", |value| value.get_name()))
    }
}

/// A kernel's series as numbers, so that it can be compared: 6.12 is after 6.2.
pub(super) fn version(series: &str) -> (u32, u32) {
    let (major, minor) = series.split_once('.').unwrap_or((series, ""));
    (major.parse().unwrap_or(0), minor.parse().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_has_its_place_among_others() {
        assert!(version("5.10") < version("6.2") && version("6.2") < version("6.12"));
        assert!(version("6.12") < version("7.2") && version("7") < version("7.2"));
    }

    #[test]
    fn a_server_in_the_kernel_is_not_in_older_ones() {
        let missing = |series| {
            let places = Place::value_variants().iter();
            places.filter(|place| place.missing_in(series).is_some()).count()
        };
        assert_eq!(["5.10", "6.1", "6.12", "7.2"].map(missing), [3, 2, 0, 1]);
    }

    #[test]
    fn a_name_is_that_of_a_place_or_of_several() {
        let names = |name| Place::named(name).map(|found| found.len());
        assert_eq!(names("nfs").unwrap(), 3);
        assert_eq!(names("nfs42").unwrap(), 2);
        assert_eq!(names("smb").unwrap(), 4);
        assert_eq!(names("power").unwrap(), 3);
        assert_eq!(Place::named("xfs").unwrap(), [Place::Xfs]);
        let error = names("jfs").unwrap_err().to_string();
        assert!(error.contains("there are xfs, btrfs"), "{error}");
    }
}
