#![no_std]
// The page speaks of Linux and its examples compile there alone.
#![cfg_attr(any(target_os = "linux", target_os = "android"), doc = include_str!("../README.md"))]
#![cfg_attr(
    not(any(target_os = "linux", target_os = "android")),
    doc = "Linux ioctl definitions for reflinks; empty on this operating system."
)]

// Names are the kernel's own, and `cargo xtask codegen` compares the files byte by byte.
#[cfg(any(target_os = "linux", target_os = "android"))]
#[allow(non_camel_case_types)]
#[rustfmt::skip]
mod generated;

#[cfg(any(target_os = "linux", target_os = "android"))]
pub use generated::*;
