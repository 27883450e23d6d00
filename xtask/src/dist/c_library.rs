//! The C library that is linked in, and what its licence asks for: its text, its source, and what it takes to
//! link the program with another version of it.

use std::process::Command;

use anyhow::{Context as _, Result};

use super::target::Target;
use crate::test::process::printed;

/// The text of the licence, on Debian.
pub(super) const LGPL: &str = "/usr/share/common-licenses/LGPL-2.1";

/// What `LICENSES-THIRD-PARTY` has about it.
pub(super) fn notice(target: Target) -> Result<String> {
    let version = source_version(target)?;
    let url = format!("https://snapshot.debian.org/package/glibc/{version}/");
    Ok(format!(
        "\
The GNU C Library, <https://www.gnu.org/software/libc/>, is linked statically and unchanged. Its
licence is the LGPL, version 2.1 or later: the text is in LICENSE-LGPL-2.1 in the archive, and in
{LGPL} on Debian. Its source is Debian's glibc {version},
<{url}>. The source of this program is complete: anybody
can change the library and link the program with it, as `cargo xtask dist` does.

GCC's support library, <https://gcc.gnu.org>, GPL-3 or later with the GCC Runtime Library Exception,
is linked, too. The exception allows that without a condition.
"
    ))
}

/// Debian's version of the source that the installed library was built from.
fn source_version(target: Target) -> Result<String> {
    let (package, field) = match target {
        Target::X86_64 => ("libc6-dev", "glibc (= ${source:Version})"),
        Target::Aarch64 => ("libc6-dev-arm64-cross", "${Built-Using}"),
    };
    let mut query = Command::new("dpkg-query");
    query.args(["--show", "--showformat", field, package]);
    let built_using = printed(&mut query)?;
    let version = version_in(&built_using);
    version.with_context(|| format!("{package} names no source of glibc: {built_using}"))
}

/// "2.36-8" in "binutils (= 2.40-2), glibc (= 2.36-8)".
fn version_in(built_using: &str) -> Option<String> {
    let mut sources = built_using.split(", ");
    let version = sources.find_map(|source| source.strip_prefix("glibc (= ")?.strip_suffix(')'));
    version.map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::version_in;

    #[test]
    fn the_source_is_found_among_others() {
        let others = "linux (= 6.1.4-1), glibc (= 2.36-8), gcc-12 (= 12.2.0-14)";
        assert_eq!(version_in(others).as_deref(), Some("2.36-8"));
        assert_eq!(version_in("gcc-12 (= 12.2.0-14)"), None);
    }
}
