//! Copies a file with progress. Enter stops the copy, and then nothing is left behind:
//! `cargo run --example copy_with_progress -- big.bin copy.bin`

use std::io::Write as _;
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reflink::{Error, Options};

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    let (Some(src), Some(dst)) = (args.next(), args.next()) else {
        eprintln!("usage: copy_with_progress SOURCE DEST");
        return ExitCode::from(2);
    };
    let stop = Arc::new(AtomicBool::new(false));
    let stops = Arc::clone(&stop);
    std::thread::spawn(move || {
        if std::io::stdin().read_line(&mut String::new()).is_ok_and(|read| read > 0) {
            stops.store(true, Ordering::Relaxed);
        }
    });

    let result = Options::new()
        .on_progress(|progress| {
            let percent = progress.done * 100 / progress.total.max(1);
            // The copy continues if the terminal is gone.
            let _ = write!(std::io::stderr(), "\r{percent} %");
            if stop.load(Ordering::Relaxed) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })
        .copy(&src, &dst);
    eprintln!();
    match result {
        Ok(done) => {
            println!("{} bytes by {}", done.total(), done.method());
            if let Some(reason) = done.fallback {
                println!("not cloned, as {reason}");
            }
            ExitCode::SUCCESS
        }
        Err(Error::Cancelled { done, .. }) => {
            println!("stopped after {done} bytes");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
