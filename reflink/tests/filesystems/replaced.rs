//! What protects a replaced file in a power cut without `sync`: the kernel begins to write the new data to disk
//! when it replaces the file.

use std::process::Command;
use std::time::{Duration, Instant};

use reflink::{Mode, Options};

use crate::common::*;

#[test]
#[ignore = "needs filefrag and a filesystem under test; run cargo xtask test"]
fn data_that_replaces_a_file_is_written_to_disk_at_once() {
    needs!(WrittenWhenReplaced);
    for len in [300_001, 4 * MIB + 1] {
        let dir = dir();
        let [src, dst] = ["src", "dst"].map(|name| dir.path().join(name));
        file(&src, &bytes(1, len));
        file(&dst, b"old").sync_all().unwrap();
        Options::new().mode(Mode::Never).copy(&src, &dst).unwrap();
        // Without this, the kernel waits for 30 seconds.
        let deadline = Instant::now() + Duration::from_secs(15);
        loop {
            let extents = tool(Command::new("filefrag").arg("-v").arg(&dst));
            let waits = ["delalloc", "unwritten", "unknown"];
            if !waits.iter().any(|flag| extents.contains(flag)) {
                break;
            }
            assert!(Instant::now() < deadline, "{len} bytes: {extents}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}
