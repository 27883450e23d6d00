//! Byte counts on the command line: 4096, 4K, 4KiB, 4KB.

/// The largest offset or length that a file can have (off_t).
const MAX: u64 = i64::MAX as u64;

/// Parses a byte count by GNU's rule: K and KiB are 1024, KB is 1000, and so on up to E.
pub(crate) fn parse(text: &str) -> Result<u64, String> {
    if text.starts_with('-') {
        return Err("a byte count cannot be negative".to_owned());
    }
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, suffix) = text.split_at(digits);
    if number.is_empty() {
        return Err("a byte count starts with a digit".to_owned());
    }
    if suffix.starts_with(['.', ',']) {
        return Err(
            "a byte count must be whole: use a smaller unit, such as 1536M for 1.5G".to_owned()
        );
    }
    if let Some(hexadecimal) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        let value = u64::from_str_radix(hexadecimal, 16);
        let value = value.map_or_else(|_| String::new(), |value| format!("; {text} is {value}"));
        return Err(format!("a byte count is decimal{value}"));
    }
    let Some(unit) = unit(suffix) else {
        return Err(format!(
            "'{suffix}' is not a unit; use K, M, G, T, P or E (1024, as KiB), or KB, MB and so on (1000)"
        ));
    };
    // Digits alone can only be too large.
    number
        .parse::<u64>()
        .ok()
        .and_then(|number| number.checked_mul(unit))
        .filter(|bytes| *bytes <= MAX)
        .ok_or_else(|| format!("it is more than a file can have, {MAX} bytes"))
}

fn unit(suffix: &str) -> Option<u64> {
    let Some(letter) = suffix.chars().next() else { return Some(1) };
    let power = 1 + "kmgtpe".find(letter.to_ascii_lowercase())?;
    let base: u64 = match &suffix[letter.len_utf8()..] {
        "" | "iB" => 1024,
        "B" => 1000,
        _ => return None,
    };
    base.checked_pow(u32::try_from(power).ok()?)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn units_follow_gnu() {
        for (text, bytes) in [
            ("0", 0),
            ("4096", 4096),
            ("4K", 4096),
            ("4k", 4096),
            ("4KiB", 4096),
            ("4KB", 4000),
            ("4kB", 4000),
            ("2M", 2 << 20),
            ("2MiB", 2 << 20),
            ("1G", 1 << 30),
            ("3T", 3 << 40),
            ("1P", 1 << 50),
            ("7E", 7 << 60),
            ("9EB", 9_000_000_000_000_000_000),
            ("9223372036854775807", i64::MAX as u64),
        ] {
            assert_eq!(parse(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn an_invalid_byte_count_is_reported_as_such() {
        for (text, complaint) in [
            ("", "starts with a digit"),
            ("K", "starts with a digit"),
            (" 1", "starts with a digit"),
            ("+1", "starts with a digit"),
            ("-1", "negative"),
            ("-4K", "negative"),
            ("1.5G", "must be whole"),
            ("1 K", "not a unit"),
            ("1Kb", "not a unit"),
            ("1KiBB", "not a unit"),
            ("1Ki", "not a unit"),
            ("1B", "not a unit"),
            ("1Z", "not a unit"),
            ("1é", "not a unit"),
            ("0x10", "decimal; 0x10 is 16"),
            ("0xZ", "is decimal"),
            ("9223372036854775808", "more than a file"),
            ("18446744073709551616", "more than a file"),
            ("99999999999999999999999999", "more than a file"),
            ("8E", "more than a file"),
            ("16384P", "more than a file"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.contains(complaint), "{text}: {error}");
        }
    }
}
