//! `--json`: one object a file.

use std::borrow::Cow;
use std::path::Path;

use reflink::{Attribute, Outcome};
use serde::Serialize;

use super::not_kept::kernel_text;
use crate::failure::Failure;
use crate::json::{Error, bytes_unless_utf8, line};

/// The object for a finished copy.
pub(crate) fn done(source: &Path, destination: &Path, outcome: &Outcome) -> String {
    let not_kept = outcome.not_kept.iter();
    line(&Done {
        names: Names::new(Some(source), destination),
        method: outcome.method().to_string(),
        bytes: Bytes {
            cloned: outcome.cloned,
            offloaded: outcome.offloaded,
            copied: outcome.copied,
            holes: outcome.holes,
            hard_linked: outcome.hard_linked.unwrap_or(0),
            total: outcome.total(),
        },
        fallback: outcome.fallback.as_ref().map(ToString::to_string),
        not_kept: not_kept.map(|lost| NotKept::new(&lost.attribute, lost.errno)).collect(),
        left_behind: outcome.left_behind.iter().map(|path| path.to_string_lossy()).collect(),
    })
}

/// The object for a snapshot.
pub(crate) fn snapshot(source: &Path, destination: &Path) -> String {
    line(&Snapshot { names: Names::new(Some(source), destination), method: "snapshot" })
}

/// The object for a copy that failed. Without a source all copies failed, as the destination is
/// not what it has to be.
pub(crate) fn failed(source: Option<&Path>, destination: &Path, failure: &Failure) -> String {
    line(&Failed { names: Names::new(source, destination), error: failure.into() })
}

#[derive(Serialize)]
struct Done<'a> {
    #[serde(flatten)]
    names: Names<'a>,
    method: String,
    bytes: Bytes,
    fallback: Option<String>,
    not_kept: Vec<NotKept>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    left_behind: Vec<Cow<'a, str>>,
}

#[derive(Serialize)]
struct Snapshot<'a> {
    #[serde(flatten)]
    names: Names<'a>,
    method: &'static str,
}

#[derive(Serialize)]
struct Failed<'a> {
    #[serde(flatten)]
    names: Names<'a>,
    error: Error<'a>,
}

/// Where from, and where to.
#[derive(Serialize)]
pub(crate) struct Names<'a> {
    source: Option<Cow<'a, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_bytes: Option<&'a [u8]>,
    destination: Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    destination_bytes: Option<&'a [u8]>,
}

impl<'a> Names<'a> {
    pub(crate) fn new(source: Option<&'a Path>, destination: &'a Path) -> Self {
        Self {
            source: source.map(Path::to_string_lossy),
            source_bytes: source.and_then(bytes_unless_utf8),
            destination: destination.to_string_lossy(),
            destination_bytes: bytes_unless_utf8(destination),
        }
    }
}

/// Bytes by the method that brought them.
#[derive(Serialize)]
pub(crate) struct Bytes {
    pub(crate) cloned: u64,
    pub(crate) offloaded: u64,
    pub(crate) copied: u64,
    pub(crate) holes: u64,
    pub(crate) hard_linked: u64,
    pub(crate) total: u64,
}

/// Metadata that a copy did not get.
#[derive(Serialize)]
pub(crate) struct NotKept {
    attribute: String,
    errno: Option<i32>,
    message: Option<String>,
}

impl NotKept {
    pub(crate) fn new(attribute: &Attribute, errno: Option<i32>) -> Self {
        Self { attribute: attribute.to_string(), errno, message: kernel_text(errno) }
    }
}
