//! The processors that binaries are built for.

use clap::ValueEnum;

/// What builds them, and the Debian packages that have it. The C library is linked in, and found by its file.
pub(super) const TOOLS: &[(&str, &str)] = &[
    ("git", "git"),
    ("cc", "gcc"),
    ("/usr/lib/x86_64-linux-gnu/libc.a", "libc6-dev"),
    ("aarch64-linux-gnu-gcc", "gcc-aarch64-linux-gnu"),
    ("/usr/aarch64-linux-gnu/lib/libc.a", "libc6-dev-arm64-cross"),
    ("dpkg-deb", "dpkg"),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Target {
    #[value(name = "x86_64")]
    X86_64,
    #[value(name = "aarch64")]
    Aarch64,
}

impl Target {
    /// The first target, and those of the others that are wanted: all by default.
    pub(super) fn wanted(only: &[Self]) -> Vec<Self> {
        let all = [Self::X86_64, Self::Aarch64].into_iter();
        all.filter(|one| *one == Self::X86_64 || only.is_empty() || only.contains(one)).collect()
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::X86_64 => "x86_64",
            Self::Aarch64 => "aarch64",
        }
    }

    pub(super) fn debian(self) -> &'static str {
        match self {
            Self::X86_64 => "amd64",
            Self::Aarch64 => "arm64",
        }
    }

    /// Rust's name.
    pub(super) fn triple(self) -> String {
        format!("{}-unknown-linux-gnu", self.name())
    }

    pub(super) fn linker(self) -> &'static str {
        match self {
            Self::X86_64 => "cc",
            Self::Aarch64 => "aarch64-linux-gnu-gcc",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Target::{self, *};

    #[test]
    fn the_target_that_makes_the_pages_is_always_the_first() {
        assert_eq!(Target::wanted(&[]), [X86_64, Aarch64]);
        assert_eq!(Target::wanted(&[Aarch64]), [X86_64, Aarch64]);
        assert_eq!(Target::wanted(&[X86_64]), [X86_64]);
    }
}
