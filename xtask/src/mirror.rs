//! Where this machine's own apt gets Debian's packages, and Debian's keys.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

use crate::test::process::printed;

const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// Debian's keys, which must be installed.
pub(crate) fn keyring() -> Result<&'static str> {
    ensure!(Path::new(KEYRING).is_file(), "{KEYRING} is missing: Debian's keys");
    Ok(KEYRING)
}

/// The mirrors of this machine's apt.
pub(crate) struct Mirrors {
    targets: String,
}

impl Mirrors {
    pub(crate) fn of_this_machine() -> Result<Self> {
        let format = "$(ORIGIN)|$(LABEL)|$(REPO_URI)";
        let targets = printed(Command::new("apt-get").args(["indextargets", "--format", format]))?;
        Ok(Self { targets })
    }

    pub(crate) fn debian(&self) -> Result<&str> {
        self.of("Debian").context("apt knows no mirror of Debian, or has not been updated")
    }

    pub(crate) fn security(&self) -> Option<&str> {
        self.of("Debian-Security")
    }

    /// Where apt gets the packages that Debian labels `label`. Third parties also have packages for
    /// Debian below `/debian`.
    fn of(&self, label: &str) -> Option<&str> {
        let wanted = format!("Debian|{label}|");
        self.targets.lines().find_map(|target| target.strip_prefix(&wanted))
    }
}

#[cfg(test)]
mod tests {
    use super::Mirrors;

    #[test]
    fn a_mirror_is_debians_own() {
        let mirrors = |targets: &str| Mirrors { targets: targets.to_owned() };
        let debian = mirrors(
            "Docker|Docker CE|http://third.example/linux/debian/\n\
             Debian|Debian Backports|http://other.example/debian/\n\
             Debian|Debian|http://mirror.example/debian/\n\
             Debian|Debian-Security|http://mirror.example/debian-security/\n",
        );
        assert_eq!(debian.debian().unwrap(), "http://mirror.example/debian/");
        assert_eq!(debian.security(), Some("http://mirror.example/debian-security/"));
        let other = mirrors("Ubuntu|Ubuntu|http://ubuntu/debian\n");
        assert!(other.debian().is_err());
    }
}
