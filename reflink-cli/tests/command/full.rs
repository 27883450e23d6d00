//! A filesystem without room.

use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::ops::Deref;
use std::path::Path;
use std::sync::{Mutex, MutexGuard};

use tempfile::NamedTempFile;

use crate::scratch::{Scratch, variable};

const MIB: usize = 1 << 20;

/// A directory on the small filesystem, for one test at a time.
pub(crate) struct Small {
    scratch: Scratch,
    filler: NamedTempFile,
    _alone: MutexGuard<'static, ()>,
}

impl Small {
    pub(crate) fn new() -> Self {
        static ALONE: Mutex<()> = Mutex::new(());
        let _alone = ALONE.lock().unwrap_or_else(|poison| poison.into_inner());
        let scratch = Scratch::within(Path::new(&variable("REFLINK_TEST_SMALL_DIR")));
        // Only a server can report its free room.
        let server = std::env::var_os("REFLINK_TEST_SMALL_SERVER_DIR");
        let base = server.unwrap_or_else(|| variable("REFLINK_TEST_SMALL_DIR"));
        Self { scratch, filler: NamedTempFile::new_in(base).unwrap(), _alone }
    }

    /// Fills it completely.
    pub(crate) fn fill(&self) {
        let mut file: &File = self.filler.as_file();
        for size in [MIB, MIB, 4096] {
            let full = loop {
                if let Err(error) = file.write_all(&vec![1; size]) {
                    break error;
                }
            };
            assert_eq!(full.kind(), ErrorKind::StorageFull);
            // Bytes that were accepted may not all find room now.
            let _ = file.sync_all();
        }
    }

    /// The path of a name in it, as an argument.
    pub(crate) fn argument(&self, name: &str) -> String {
        self.path(name).into_os_string().into_string().unwrap()
    }
}

impl Deref for Small {
    type Target = Scratch;

    fn deref(&self) -> &Scratch {
        &self.scratch
    }
}
