//! The system calls, and the only unsafe code of the crate.
//!
//! Every operating system gives the same functions with the same signatures: files of its own
//! family for what it has, and [`no_clone`] for what only Linux has.
#![allow(unsafe_code)]

#[cfg(any(target_os = "linux", target_os = "android"))]
#[path = "linux.rs"]
mod os;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
#[path = "no_clone.rs"]
mod os;

#[cfg(any(target_os = "linux", target_os = "android"))]
mod facts;

#[cfg(unix)]
#[path = "dir_unix.rs"]
mod dir;
#[cfg(windows)]
#[path = "dir_windows.rs"]
mod dir;
#[cfg(unix)]
#[path = "unix.rs"]
mod family;
#[cfg(windows)]
#[path = "windows.rs"]
mod family;

pub(crate) use dir::Dir;
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) use facts::*;
pub(crate) use family::*;
pub(crate) use os::*;

#[cfg(not(any(unix, windows)))]
compile_error!(
    "reflink works on Unix and Windows: add a file for this system beside src/sys/unix.rs"
);
