//! Why an attribute was not kept, in words.

use std::io;

use reflink::display::KernelText;
use reflink::{Attribute, NotKept};

/// What the kernel's words are about, if the attribute does not tell.
pub(super) fn cause(lost: &Attribute) -> &'static str {
    match lost {
        Attribute::GroupPermissions => ", because an ACL could not be read or removed",
        _ => "",
    }
}

/// What the kernel said when the attribute was refused.
pub(super) fn kernel_text(lost: &NotKept) -> Option<String> {
    let error = io::Error::from_raw_os_error(lost.errno?);
    Some(KernelText(&error).to_string())
}
