//! Linux ioctl definitions for reflinks.
#![no_std]

// A name is the kernel's own; the layout of the text is the generator's.
#[cfg(any(target_os = "linux", target_os = "android"))]
#[allow(non_camel_case_types)]
#[rustfmt::skip]
mod generated;

#[cfg(any(target_os = "linux", target_os = "android"))]
pub use generated::*;
