//! Keeps a snapshot of a disk image before a risky change:
//! `cargo run --example snapshot -- disk.img`
//!
//! A snapshot must not take the size of the image again, so it must be a clone.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use reflink::{Mode, Options, Overwrite, Preserve};

fn main() -> ExitCode {
    let Some(image) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: snapshot IMAGE");
        return ExitCode::from(2);
    };
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let mut name = image.clone().into_os_string();
    name.push(format!(".{seconds}"));
    let snapshot = PathBuf::from(name);

    let result = Options::new()
        .mode(Mode::Always)
        .overwrite(Overwrite::Never)
        .preserve(Preserve::TIMES)
        .sync(true)
        .copy(&image, &snapshot);
    match result {
        Ok(done) => {
            println!("{}: {} bytes shared", snapshot.display(), done.cloned);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("snapshot: {error}");
            if let Some(reason) = error.reason() {
                eprintln!("because {reason}");
            }
            ExitCode::FAILURE
        }
    }
}
