//! A disk that begins to fail: the error is reported, and the old file stands.

use std::fs;
use std::ops::ControlFlow;
use std::path::PathBuf;

use reflink::{Mode, Options};

use crate::common::{MIB, bytes, file, other_dir};
use crate::disk::{Images, Loop, Mapped, Mount, sectors};

/// A filesystem on a disk that can fail, with the file `old` and the large file `src` in it.
struct Disk {
    images: Images,
    image: PathBuf,
    below: Loop,
    device: Mapped,
}

impl Disk {
    fn new() -> (Self, Mount) {
        let images = Images::new();
        let image = images.filesystem("disk");
        let below = Loop::new(&image);
        let table = format!("0 {} linear {} 0", sectors(&image), below.path());
        let device = Mapped::new("failing", &table);
        let mount = Mount::new(images.kind, "defaults", &device.path());
        file(&mount.path().join("old"), &bytes(2, 100_000));
        file(&mount.path().join("src"), &bytes(1, 8 * MIB));
        rustix::fs::syncfs(fs::File::open(mount.path()).unwrap()).unwrap();
        (Self { images, image, below, device }, mount)
    }

    /// Each read and write is an error from now on.
    fn fails(&self) {
        let (sectors, below) = (sectors(&self.image), self.below.path());
        self.device.becomes(&format!("0 {sectors} flakey {below} 0 0 3600"));
    }

    /// The disk works again after a start of the machine.
    fn starts_again(&self, mount: Mount) -> Mount {
        drop(mount);
        let (sectors, below) = (sectors(&self.image), self.below.path());
        self.device.becomes(&format!("0 {sectors} linear {below} 0"));
        Mount::new(self.images.kind, "defaults", &self.device.path())
    }

    fn check(&self, mount: Mount) {
        drop(mount);
        self.images.kind.check(&self.image, "after the failure");
    }
}

/// Copies, and lets the disk fail after a part.
fn copy_while_it_fails(disk: &Disk, src: PathBuf, dst: PathBuf) -> reflink::Error {
    let mut has_failed = false;
    let options = Options::new().mode(Mode::Never).sync(true).on_progress(|progress| {
        if progress.done > 0 && !has_failed {
            has_failed = true;
            disk.fails();
        }
        ControlFlow::Continue(())
    });
    options.copy(src, dst).unwrap_err()
}

#[test]
#[ignore = "needs device-mapper; run cargo xtask vm --fs power"]
fn a_disk_that_fails_during_a_copy_is_an_error_and_keeps_the_old_file() {
    let (disk, mount) = Disk::new();
    let there = other_dir();
    let src = there.path().join("src");
    file(&src, &bytes(1, 8 * MIB));
    let error = copy_while_it_fails(&disk, src, mount.path().join("old"));
    assert_eq!(error.raw_os_error(), Some(libc::EIO), "{error:?}");
    let mount = disk.starts_again(mount);
    assert_eq!(fs::read(mount.path().join("old")).unwrap(), bytes(2, 100_000));
    disk.check(mount);
}

#[test]
#[ignore = "needs device-mapper; run cargo xtask vm --fs power"]
fn a_source_on_a_disk_that_fails_is_an_error_and_the_destination_stays() {
    let (disk, mount) = Disk::new();
    let there = other_dir();
    let dst = there.path().join("dst");
    file(&dst, &bytes(2, 100_000));
    // Bytes in memory can be read without the disk.
    let mount = disk.starts_again(mount);
    let error = copy_while_it_fails(&disk, mount.path().join("src"), dst.clone());
    assert_eq!(error.raw_os_error(), Some(libc::EIO), "{error:?}");
    assert_eq!(fs::read(&dst).unwrap(), bytes(2, 100_000));
    assert_eq!(fs::read_dir(there.path()).unwrap().count(), 1);
    let mount = disk.starts_again(mount);
    disk.check(mount);
}
