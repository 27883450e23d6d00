//! Errors of files whose extents cannot be read.

use std::path::Path;

use reflink::{Error, Reason};

use crate::exit::Exit;
use crate::failure::Failure;
use crate::{json, output};

/// Reports that a file's extents cannot be read.
pub(super) fn fail(path: &Path, failure: &Failure, json: bool) -> Exit {
    output::report(failure);
    if json {
        output::print_line(json::failed(path, failure));
    }
    failure.exit
}

/// These messages have neither a source nor a destination.
pub(super) fn failure(error: &Error) -> Failure {
    let failure = Failure { exit: Exit::Error, ..Failure::from(error) };
    match error.reason() {
        // The kernel's message is as clear.
        Some(Reason::Directory { .. }) => Failure { reason: None, ..failure },
        Some(Reason::NotRegular { .. }) => {
            let reason = "it is not a regular file".to_owned();
            Failure { reason: Some(reason), hint: None, ..failure }
        }
        _ => failure,
    }
}
