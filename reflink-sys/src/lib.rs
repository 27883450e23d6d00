//! Linux ioctl definitions for reflinks.
#![no_std]
