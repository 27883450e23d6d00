//! Why an attribute was not kept, in words.

use std::io;

use reflink::Attribute;
use reflink::display::KernelText;

/// What the kernel's words are about, if the attribute does not tell.
pub(crate) fn cause(lost: &Attribute) -> &'static str {
    match lost {
        Attribute::GroupPermissions => ", because an ACL could not be read or removed",
        _ => "",
    }
}

/// What the kernel said when the attribute was refused.
pub(crate) fn kernel_text(errno: Option<i32>) -> Option<String> {
    let error = io::Error::from_raw_os_error(errno?);
    Some(KernelText(&error).to_string())
}
