//! The places in the guests, and what cannot hold there.

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
}

/// A machine: a server that brings its kernel down takes no other filesystem along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Guest {
    Main,
    Smb,
}

impl Guest {
    pub(super) const ALL: [Self; 2] = [Self::Main, Self::Smb];

    /// Where its disks and logs are.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Smb => "smb",
        }
    }
}

impl Place {
    /// The places of that name, or all whose names begin with it and a number or `-`: `nfs`, `smb`.
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

    /// Whether a kernel of this series has it.
    pub(super) fn is_in(self, series: &str) -> bool {
        let (major, minor) = series.split_once('.').unwrap_or((series, ""));
        let version = (major.parse().unwrap_or(0), minor.parse().unwrap_or(0));
        match self {
            Self::SmbKsmbdXfs | Self::SmbKsmbdBtrfs => version >= (5, 15),
            _ => true,
        }
    }

    /// The suites that run there, in `guest/main.sh`.
    pub(super) fn suites(self, full: bool) -> Vec<&'static str> {
        let is_served = matches!(self, Self::Nfs42Xfs | Self::Nfs42Btrfs | Self::Nfs41Xfs)
            || self.guest() == Guest::Smb;
        let mut suites = vec!["filesystems", "command"];
        suites.extend(is_served.then_some("server"));
        suites.extend(full.then_some("any_filesystem"));
        suites
    }

    pub(super) fn guest(self) -> Guest {
        match self {
            Self::SmbKsmbdXfs | Self::SmbKsmbdBtrfs | Self::SmbSambaBtrfs | Self::SmbSambaXfs => {
                Guest::Smb
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_in_the_kernel_is_not_in_older_ones() {
        let places = |series| Place::value_variants().iter().filter(move |p| p.is_in(series));
        assert_eq!(places("5.10").count() + 2, places("6.1").count());
        assert_eq!(places("7.2").count(), Place::value_variants().len());
    }

    #[test]
    fn a_name_is_that_of_a_place_or_of_several() {
        let names = |name| Place::named(name).map(|found| found.len());
        assert_eq!(names("nfs").unwrap(), 3);
        assert_eq!(names("nfs42").unwrap(), 2);
        assert_eq!(names("smb").unwrap(), 4);
        assert_eq!(Place::named("xfs").unwrap(), [Place::Xfs]);
        let error = names("zfs").unwrap_err().to_string();
        assert!(error.contains("there are xfs, btrfs"), "{error}");
    }
}
