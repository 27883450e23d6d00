//! The small disk with the test binaries and the script, so that the large disk does not change
//! with them.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::images::{ext4, program};
use super::place::{Place, Scope, Suite};
use crate::test::process::printed;

const MAIN: &str = include_str!("guest/main.sh");

/// Builds the disk beside the other images.
pub(super) fn build(
    programs: &[(String, PathBuf)],
    places: &[Place],
    scope: &Scope,
    zfs: Option<&Path>,
    images: &Path,
) -> Result<()> {
    let files = tempfile::tempdir_in(images)?;
    program(&files.path().join("main.sh"), MAIN)?;
    for (name, binary) in programs {
        fs::copy(binary, files.path().join(name))?;
    }
    fs::create_dir(files.path().join("suites"))?;
    for place in places {
        let mut suites = String::new();
        for Suite { name, parts } in place.suites(scope) {
            suites += &format!("{name} {}\n", parts.join(" "));
        }
        fs::write(files.path().join(format!("suites/{place}")), suites)?;
    }
    if let Some(zfs) = zfs {
        printed(Command::new("cp").arg("-a").arg(zfs).arg(files.path().join("openzfs")))?;
    }
    // Tests that give up root's rights run these programs again.
    fs::set_permissions(files.path(), Permissions::from_mode(0o755))?;
    ext4(files.path(), &images.join("guest"), "512M")
}
