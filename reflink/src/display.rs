//! File names and kernel errors as the messages of this crate show them, for programs whose own
//! messages stand next to these.

use std::fmt::{self, Display, Formatter, Write as _};
use std::io;
use std::path::Path;

/// Displays a path in single quotes, with control characters, quotes, backslashes and bytes that
/// are not UTF-8 escaped: what it prints is one line, whatever the name holds.
///
/// # Examples
///
/// ```
/// use reflink::display::Quoted;
/// assert_eq!(Quoted("two\nlines".as_ref()).to_string(), r"'two\nlines'");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Quoted<'a>(pub &'a Path);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_char('\'')?;
        for chunk in self.0.as_os_str().as_encoded_bytes().utf8_chunks() {
            for c in chunk.valid().chars() {
                match c {
                    '\'' | '\\' => write!(f, "\\{c}")?,
                    c if is_unsafe_to_print(c) => write!(f, "{}", c.escape_default())?,
                    c => f.write_char(c)?,
                }
            }
            for byte in chunk.invalid() {
                write!(f, "\\x{byte:02x}")?;
            }
        }
        f.write_char('\'')
    }
}

/// Control characters move the cursor; bidirectional overrides show a name in another order.
fn is_unsafe_to_print(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Displays an error in the kernel's words, without the ` (os error 2)` that the standard library
/// puts after them.
///
/// # Examples
///
/// ```
/// # #[cfg(unix)] {
/// let error = std::io::Error::from_raw_os_error(2);
/// assert_eq!(reflink::display::KernelText(&error).to_string(), "No such file or directory");
/// # }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct KernelText<'a>(pub &'a io::Error);

impl Display for KernelText<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        match self.0.raw_os_error() {
            Some(errno) => f.write_str(text.trim_end_matches(&format!(" (os error {errno})"))),
            None => f.write_str(&text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quoted(name: &str) -> String {
        Quoted(Path::new(name)).to_string()
    }

    #[test]
    fn plain_names_stay_as_they_are() {
        assert_eq!(quoted("a b/ü.img"), "'a b/ü.img'");
    }

    #[test]
    fn a_name_cannot_leave_its_quotes_or_its_line() {
        assert_eq!(quoted("it's\n\x1b[2J\\"), r"'it\'s\n\u{1b}[2J\\'");
        assert_eq!(quoted("gpj.\u{202e}exe"), r"'gpj.\u{202e}exe'");
    }

    #[cfg(unix)]
    #[test]
    fn bytes_that_are_not_utf8_are_shown_as_hexadecimal() {
        use std::os::unix::ffi::OsStrExt as _;
        let name = std::ffi::OsStr::from_bytes(b"caf\xe9");
        assert_eq!(Quoted(Path::new(name)).to_string(), r"'caf\xe9'");
    }
}
