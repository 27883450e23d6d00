//! The Debian package: `reflink_<version>-1_<architecture>.deb`.
//!
//! It depends on nothing: the binary is static, so that one package serves every release of Debian and
//! what derives from it.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use super::files::files;
use super::parts::{Parts, Places, install, write};
use super::source::Source;
use crate::test::process::printed;

/// Where Debian's shells look for completions: our name, and theirs.
const COMPLETIONS: [(&str, &str); 3] = [
    ("reflink.bash", "usr/share/bash-completion/completions/reflink"),
    ("reflink.fish", "usr/share/fish/vendor_completions.d/reflink.fish"),
    ("_reflink", "usr/share/zsh/vendor-completions/_reflink"),
];

/// What lintian finds and is meant.
const OVERRIDES: &str = "\
# One binary for every release: see the package's description. A static PIE looks like a library.
reflink: statically-linked-binary [usr/bin/reflink]
reflink: shared-library-lacks-prerequisites [usr/bin/reflink]
# The package is not uploaded to Debian.
reflink: initial-upload-closes-no-bugs *
";

const DESCRIPTION: &str = "Description: copy-on-write file copies
 The reflink command copies files and directories by sharing their blocks if
 the filesystem can (btrfs, xfs, OCFS2, NFS 4.2, SMB 3), otherwise copies their
 bytes, and reports which it was and why. It also tells whether a filesystem
 can clone, which blocks of a file are shared, and makes equal data shared.
 .
 The binary is static and depends on no other package.
";

pub(super) fn make(parts: &Parts<'_>, work: &Path, out: &Path) -> Result<()> {
    let source = parts.source;
    let version = format!("{}-1", source.version);
    let root = work.join(format!("deb-{}", parts.target.debian()));
    let completions = COMPLETIONS.map(|(ours, theirs)| (ours, theirs.to_owned()));
    let places = Places {
        binary: "usr/bin/reflink",
        manual: "usr/share/man/man1",
        completions: &completions,
    };
    for page in parts.lay_out(&root, &places)? {
        gzip(&page)?;
    }
    let usr = root.join("usr");
    let doc = usr.join("share/doc/reflink");
    write(&doc.join("copyright"), &copyright(source, &parts.licences)?)?;
    install(&source.path.join("CHANGELOG.md"), &doc.join("changelog"), 0o644)?;
    write(&doc.join("changelog.Debian"), &changelog(source, &version))?;
    gzip(&doc.join("changelog"))?;
    gzip(&doc.join("changelog.Debian"))?;
    write(&usr.join("share/lintian/overrides/reflink"), OVERRIDES)?;

    let sums = "find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum";
    let sums = printed(Command::new("sh").args(["-c", sums]).current_dir(&root))?;
    write(&root.join("DEBIAN/md5sums"), &sums)?;
    let size = binary_and_pages(&root)?.div_ceil(1024);
    let (architecture, maintainer) = (parts.target.debian(), &source.maintainer);
    let control = format!(
        "Package: reflink\nVersion: {version}\nArchitecture: {architecture}\nMaintainer: {maintainer}\n\
         Installed-Size: {size}\nSection: utils\nPriority: optional\n{DESCRIPTION}"
    );
    write(&root.join("DEBIAN/control"), &control)?;
    let mut pack = Command::new("dpkg-deb");
    pack.args(["--root-owner-group", "-Zxz", "--build"]).arg(&root).arg(out);
    printed(pack.env("SOURCE_DATE_EPOCH", source.time.to_string())).map(drop)
}

/// The bytes of all files: what the package takes on a disk, without its directories.
fn binary_and_pages(dir: &Path) -> Result<u64> {
    let mut bytes = 0;
    for entry in files(dir)? {
        bytes +=
            if entry.is_dir() { binary_and_pages(&entry)? } else { fs::metadata(&entry)?.len() };
    }
    Ok(bytes)
}

/// Replaces the file by one with `.gz` at its end.
fn gzip(file: &Path) -> Result<()> {
    printed(Command::new("gzip").args(["-9", "--no-name"]).arg(file)).map(drop)
}

fn changelog(source: &Source, version: &str) -> String {
    let Source { maintainer, date, .. } = source;
    format!(
        "reflink ({version}) unstable; urgency=medium\n\n  \
         * changelog.gz has the changes.\n\n -- {maintainer}  {date}\n"
    )
}

/// The licences, in Debian's format: its texts are paragraphs, in which a dot stands for an empty line.
fn copyright(source: &Source, licences: &str) -> Result<String> {
    let mit = fs::read_to_string(source.path.join("LICENSE-MIT"))?;
    let Some(holder) = mit.lines().find(|line| line.starts_with("Copyright")) else {
        bail!("LICENSE-MIT has no copyright");
    };
    let holder = holder.trim_start_matches("Copyright").trim_start_matches(" (c)").trim();
    Ok(format!(
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\
         Upstream-Name: reflink\n\
         Comment:\n{}\n\
         Files: *\nCopyright: {holder}\nLicense: Expat or Apache-2.0\n\n\
         License: Expat\n{}\n\
         License: Apache-2.0\n On Debian systems the text is in /usr/share/common-licenses/Apache-2.0.\n",
        paragraph(licences),
        paragraph(&mit),
    ))
}

fn paragraph(text: &str) -> String {
    text.lines()
        .map(|line| if line.trim().is_empty() { " .\n".to_owned() } else { format!(" {line}\n") })
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_empty_line_of_a_text_is_a_dot() {
        assert_eq!(super::paragraph("a\n\n  b\n"), " a\n .\n   b\n");
    }
}
