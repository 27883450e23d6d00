//! The parts that all objects of `--json` share: names and errors.

use std::borrow::Cow;
use std::path::Path;

use serde::Serialize;

use crate::failure::Failure;

/// An object on one line.
pub(crate) fn line(object: &impl Serialize) -> String {
    // The objects are strings, numbers and lists, which JSON can always hold.
    escape(&serde_json::to_string(object).unwrap_or_default())
}

/// JSON does not escape DEL and the controls above it, and a terminal obeys some of them. They
/// occur only within strings.
fn escape(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for char in json.chars() {
        match char {
            '\u{7f}'..='\u{9f}' => escaped += &format!("\\u{:04x}", u32::from(char)),
            _ => escaped.push(char),
        }
    }
    escaped
}

/// The name of an object's file.
///
/// Strings in JSON are Unicode. A name that is not Unicode is approximated, and its bytes are added
/// as a list of numbers.
#[derive(Serialize)]
pub(crate) struct Name<'a> {
    path: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path_bytes: Option<&'a [u8]>,
}

impl<'a> From<&'a Path> for Name<'a> {
    fn from(path: &'a Path) -> Self {
        Self { path: path.to_string_lossy(), path_bytes: bytes_unless_utf8(path) }
    }
}

/// The bytes of a name that is not UTF-8.
pub(crate) fn bytes_unless_utf8(path: &Path) -> Option<&[u8]> {
    path.to_str().is_none().then_some(path.as_os_str().as_encoded_bytes())
}

/// The object for a file that failed.
pub(crate) fn failed(path: &Path, failure: &Failure) -> String {
    #[derive(Serialize)]
    struct Failed<'a> {
        #[serde(flatten)]
        name: Name<'a>,
        error: Error<'a>,
    }
    line(&Failed { name: path.into(), error: failure.into() })
}

/// A failure, for programs.
#[derive(Serialize)]
pub(crate) struct Error<'a> {
    message: &'a str,
    errno: Option<i32>,
    reason: Option<&'a str>,
    hint: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    incomplete: Option<Incomplete>,
}

/// How far a copy came, in bytes, if its destination is incomplete.
#[derive(Serialize)]
struct Incomplete {
    done: u64,
    total: u64,
}

impl<'a> From<&'a Failure> for Error<'a> {
    fn from(failure: &'a Failure) -> Self {
        Self {
            message: &failure.message,
            errno: failure.errno,
            reason: failure.reason.as_deref(),
            hint: failure.hint.as_deref(),
            incomplete: failure
                .left
                .as_ref()
                .and_then(|left| left.incomplete)
                .map(|progress| Incomplete { done: progress.done, total: progress.total }),
        }
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn no_control_character_gets_out() {
        assert_eq!(super::line(&"a\u{7f}\u{9b}\n\u{a0}é"), "\"a\\u007f\\u009b\\n\u{a0}é\"");
    }
}
