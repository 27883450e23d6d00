//! Numbers for people.

use crate::bench::report::Unit;

/// A number with its unit: "12.3 µs", "64 KiB".
pub(in crate::bench) fn with_unit(value: f64, unit: Unit) -> String {
    match unit {
        Unit::Count => count(value),
        Unit::Bytes => bytes(value),
        Unit::Seconds => seconds(value),
        Unit::BytesPerSecond => format!("{}/s", bytes(value)),
        Unit::PerSecond => format!("{} /s", count(value)),
    }
}

/// "1.5 KiB"
pub(in crate::bench) fn bytes(value: f64) -> String {
    let units = ["B", "KiB", "MiB", "GiB", "TiB"];
    let steps = (value.abs().max(1.0).log2() / 10.0).floor().clamp(0.0, 4.0);
    let scaled = value / 1024_f64.powf(steps);
    format!("{} {}", three_digits(scaled), units[steps as usize])
}

/// "34 µs"
pub(in crate::bench) fn seconds(value: f64) -> String {
    let (scale, unit) = match value.abs() {
        1.0.. => (1.0, "s"),
        1e-3.. => (1e3, "ms"),
        1e-6.. => (1e6, "µs"),
        _ => (1e9, "ns"),
    };
    format!("{} {unit}", three_digits(value * scale))
}

/// "200,000"
pub(in crate::bench) fn count(value: f64) -> String {
    if value.abs() < 1000.0 {
        return three_digits(value);
    }
    let digits = format!("{value:.0}");
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 && digit.is_ascii_digit() {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped.replace("-,", "-")
}

/// "1.31 ×"
pub(in crate::bench) fn times(ratio: f64) -> String {
    format!("{} ×", count(ratio))
}

/// Three digits that count, and no zeros after the point.
fn three_digits(value: f64) -> String {
    let decimals = match value.abs() {
        100.0.. => 0,
        10.0.. => 1,
        _ => 2,
    };
    let text = format!("{value:.decimals$}");
    if decimals == 0 {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        assert_eq!(bytes(0.0), "0 B");
        assert_eq!(bytes(4096.0), "4 KiB");
        assert_eq!(bytes(-1.5 * 1024.0 * 1024.0), "-1.5 MiB");
        assert_eq!(bytes(1024.0 * 1024.0 * 1024.0), "1 GiB");
        assert_eq!(seconds(0.000_034_12), "34.1 µs");
        assert_eq!(seconds(0.25), "250 ms");
        assert_eq!(seconds(3e-8), "30 ns");
        assert_eq!(count(0.0), "0");
        assert_eq!(count(999.0), "999");
        assert_eq!(count(200_000.0), "200,000");
        assert_eq!(count(-1234.0), "-1,234");
        assert_eq!(times(1.309), "1.31 ×");
        assert_eq!(with_unit(1234.0, Unit::PerSecond), "1,234 /s");
    }
}
