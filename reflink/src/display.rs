//! File names, sizes and kernel errors as this crate's messages show them, for programs that print
//! messages of their own beside these.

use std::fmt::{self, Display, Formatter, Write as _};
use std::io;
use std::path::Path;

/// Displays a path in quotes that can be pasted into a shell: `'it'\''s'`. A name with control characters, or
/// bytes that are not UTF-8, stands in `$'…'` with escapes (`$'two\nlines'`; POSIX 2024, bash, zsh), so the output
/// is one harmless line, whatever the name is.
///
/// # Examples
///
/// ```
/// use reflink::display::Quoted;
/// assert_eq!(Quoted("a b".as_ref()).to_string(), "'a b'");
/// assert_eq!(Quoted("two\nlines".as_ref()).to_string(), r"$'two\nlines'");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Quoted<'a>(pub &'a Path);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0.to_str() {
            Some(name) if !name.contains(is_unsafe_to_print) => {
                write!(f, "'{}'", name.replace('\'', r"'\''"))
            }
            _ => self.escaped(f),
        }
    }
}

impl Quoted<'_> {
    fn escaped(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("$'")?;
        for chunk in self.0.as_os_str().as_encoded_bytes().utf8_chunks() {
            for c in chunk.valid().chars() {
                match c {
                    '\'' | '\\' => write!(f, "\\{c}")?,
                    '\n' => f.write_str(r"\n")?,
                    '\t' => f.write_str(r"\t")?,
                    '\r' => f.write_str(r"\r")?,
                    c if is_unsafe_to_print(c) => octal(f, c.encode_utf8(&mut [0; 4]).as_bytes())?,
                    c => f.write_char(c)?,
                }
            }
            octal(f, chunk.invalid())?;
        }
        f.write_char('\'')
    }
}

/// Three digits each: a shell would take a digit of the name that follows as the rest of a hexadecimal number.
fn octal(f: &mut Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "\\{byte:03o}"))
}

/// Control characters move the cursor; bidirectional overrides show a name in another order.
fn is_unsafe_to_print(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Displays an error in the kernel's words, without the suffix ` (os error 2)` of the standard
/// library.
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

/// Displays a number of bytes in a readable unit: "512 bytes", "1.2 GiB".
///
/// The last digit is rounded down, so that an incomplete copy never looks complete.
///
/// # Examples
///
/// ```
/// use reflink::display::Size;
/// assert_eq!(Size(1_300_000_000).to_string(), "1.2 GiB");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Size(pub u64);

impl Display for Size {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
        let Self(bytes) = *self;
        let power = bytes.checked_ilog2().unwrap_or(0) / 10;
        let Some(unit) = (power as usize).checked_sub(1).and_then(|at| UNITS.get(at)) else {
            return write!(f, "{bytes} byte{}", if bytes == 1 { "" } else { "s" });
        };
        let tenths = (u128::from(bytes) * 10) >> (10 * power);
        write!(f, "{}.{} {unit}", tenths / 10, tenths % 10)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_rounded_down_to_a_tenth_of_their_unit() {
        for (bytes, text) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (1023, "1023 bytes"),
            (1024, "1.0 KiB"),
            (1536, "1.5 KiB"),
            ((1 << 20) - 1, "1023.9 KiB"),
            (1 << 20, "1.0 MiB"),
            ((4 << 30) - 1, "3.9 GiB"),
            (5 << 40, "5.0 TiB"),
            (u64::MAX, "15.9 EiB"),
        ] {
            assert_eq!(Size(bytes).to_string(), text);
        }
    }

    fn quoted(name: &str) -> String {
        Quoted(Path::new(name)).to_string()
    }

    #[test]
    fn plain_names_stay_as_they_are() {
        assert_eq!(quoted("a b/ü.img"), "'a b/ü.img'");
    }

    #[test]
    fn a_name_cannot_leave_its_quotes_or_its_line() {
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(r"back\slash"), r"'back\slash'");
        assert_eq!(quoted("it's\n\x1b[2J\\"), r"$'it\'s\n\033[2J\\'");
        assert_eq!(quoted("gpj.\u{202e}exe"), r"$'gpj.\342\200\256exe'");
    }

    #[cfg(unix)]
    #[test]
    fn bytes_that_are_not_utf8_are_shown_as_octal_numbers() {
        use std::os::unix::ffi::OsStrExt as _;
        let name = std::ffi::OsStr::from_bytes(b"caf\xe91");
        assert_eq!(Quoted(Path::new(name)).to_string(), r"$'caf\3511'");
    }
}
