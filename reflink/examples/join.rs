//! Joins files into one, and shares their blocks if the filesystem can:
//! `cargo run --example join -- whole.bin part1 part2 part3`
//!
//! The blocks of a part can be shared if it begins on a block boundary of the whole file; every
//! other part is copied. For each part the number of shared bytes is printed.

use std::fs::File;
use std::process::ExitCode;

use reflink::{Mode, Result};

fn main() -> ExitCode {
    let mut args = std::env::args_os().skip(1);
    let Some(whole) = args.next() else {
        eprintln!("usage: join WHOLE PART...");
        return ExitCode::from(2);
    };
    let joined = File::create_new(&whole)
        .map_err(|error| format!("{}: {error}", whole.to_string_lossy()))
        .and_then(|whole| args.try_fold(0, |end, part| append(&whole, end, &part)));
    match joined {
        Ok(_) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("join: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Puts the file `part` at the offset `end` of `whole`, and returns the new end.
fn append(whole: &File, end: u64, part: &std::ffi::OsString) -> std::result::Result<u64, String> {
    let name = part.to_string_lossy();
    let part = File::open(part).map_err(|error| format!("{name}: {error}"))?;
    let done: Result<_> = reflink::partial(&part, .., whole, end, Mode::Auto);
    let done = done.map_err(|error| format!("{name}: {error}"))?;
    println!("{name}: {} of {} bytes shared", done.cloned, done.total());
    Ok(end + done.total())
}
