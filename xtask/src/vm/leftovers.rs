//! What a killed run could not remove.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::boot;
use super::place::Guest;

/// Removes trees, temporary directories and, unless `keep`, the scratch disks of all kernels. The
/// caller has the lock, so no other run uses them.
pub(super) fn remove(work: &Path, keep: bool) -> Result<()> {
    for tree in named(work, "tree-")? {
        fs::remove_dir_all(tree)?;
    }
    for images in named(work, "images-")? {
        for temporary in named(&images, ".tmp")? {
            fs::remove_dir_all(temporary)?;
        }
        for guest in Guest::ALL.iter().filter(|_| !keep) {
            boot::remove_disks(&images.join(guest.name()))?;
        }
    }
    Ok(())
}

/// The entries of `dir` with such a name.
fn named(dir: &Path, prefix: &str) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_name().as_encoded_bytes().starts_with(prefix.as_bytes()) {
            paths.push(entry.path());
        }
    }
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_leftovers_of_a_killed_run_are_removed() {
        let work = tempfile::tempdir().unwrap();
        let path = |name: &str| work.path().join(name);
        for dir in ["tree-6.1/usr", "images-6.1/.tmpAbc/m", "images-6.1/smb", "debs"] {
            fs::create_dir_all(path(dir)).unwrap();
        }
        for file in ["lock", "debs/a.deb", "images-6.1/root", "images-6.1/smb/f2fs"] {
            fs::write(path(file), "").unwrap();
        }
        fs::write(path("images-6.1/smb").join(boot::LOG), "").unwrap();
        let there = |names: &[&str]| names.iter().all(|name| path(name).exists());
        let stays = ["lock", "debs/a.deb", "images-6.1/root", "images-6.1/smb/tests.log"];
        remove(work.path(), true).unwrap();
        assert!(there(&stays) && there(&["images-6.1/smb/f2fs"]));
        assert!(!path("tree-6.1").exists() && !path("images-6.1/.tmpAbc").exists());
        remove(work.path(), false).unwrap();
        assert!(there(&stays) && !path("images-6.1/smb/f2fs").exists());
    }
}
