//! Sizes with the same number of decimals, for a column.

use std::fmt::{self, Display, Formatter};

/// "512 B", "1020.01 KiB".
pub(super) struct Size(pub(super) u64);

impl Display for Size {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if self.0 < 1024 {
            return f.pad(&format!("{} B", self.0));
        }
        let mut size = self.0 as f64 / 1024.0;
        let mut units = ["KiB", "MiB", "GiB", "TiB", "PiB"].iter();
        let mut unit = "EiB";
        for smaller in units.by_ref() {
            if size < 1024.0 {
                unit = smaller;
                break;
            }
            size /= 1024.0;
        }
        f.pad(&format!("{size:.2} {unit}"))
    }
}

#[cfg(test)]
mod tests {
    use super::Size;

    #[test]
    fn sizes_have_two_decimals_and_a_unit() {
        for (bytes, text) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.00 KiB"),
            (1_044_490, "1020.01 KiB"),
            (1_500_000, "1.43 MiB"),
            (3 << 39, "1.50 TiB"),
            (u64::MAX, "16.00 EiB"),
        ] {
            assert_eq!(Size(bytes).to_string(), text);
        }
        assert_eq!(format!("{:>8}", Size(1)), "     1 B");
    }
}
