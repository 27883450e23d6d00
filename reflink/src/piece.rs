//! Parts of two files, and how a range is cut into the parts that can be shared and the rest.

/// `len` bytes at `src` in the source and at `dst` in the destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    pub(crate) src: u64,
    pub(crate) dst: u64,
    pub(crate) len: u64,
}

/// No file is this long, so the kernel can never change anything here.
pub(crate) const BEYOND: u64 = i64::MAX as u64 - 0xffff;

/// What sets the end of a range.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    /// The caller gave the end: the bytes up to it must exist.
    AtGivenByte,
    /// The source's end.
    WithSource,
}

impl Piece {
    /// A whole file of `len` bytes.
    pub(crate) fn whole(len: u64) -> Self {
        Self { src: 0, dst: 0, len }
    }

    pub(crate) fn src_end(self) -> u64 {
        self.src + self.len
    }

    pub(crate) fn dst_end(self) -> u64 {
        self.dst + self.len
    }

    /// The first `len` bytes.
    pub(crate) fn first(self, len: u64) -> Self {
        Self { len, ..self }
    }

    /// Everything after the first `len` bytes.
    pub(crate) fn after(self, len: u64) -> Self {
        Self { src: self.src + len, dst: self.dst + len, len: self.len - len }
    }

    /// Whether source and destination overlap, if both are one file.
    pub(crate) fn overlaps_itself(self) -> bool {
        self.src < self.dst_end() && self.dst < self.src_end()
    }

    /// Cuts the piece for a filesystem with blocks of `block` bytes (0: unknown) into a ragged
    /// head, whole blocks that both files can share, and a ragged tail.
    ///
    /// `None` if there is no block to share: both offsets must be at the same distance from a block
    /// boundary. The source's last block can be shared even if it is not whole, unless the
    /// destination continues past it.
    pub(crate) fn cut(self, block: u64, src_len: u64, dst_len: u64) -> Option<[Self; 3]> {
        if block == 0 || self.src % block != self.dst % block {
            return None;
        }
        let head = self.src.next_multiple_of(block) - self.src;
        let ends_both = self.src_end() == src_len && self.dst_end() >= dst_len;
        let tail = if ends_both { 0 } else { self.src_end() % block };
        let middle = self.len.checked_sub(head)?.checked_sub(tail).filter(|len| *len > 0)?;
        let rest = self.after(head);
        Some([self.first(head), rest.first(middle), rest.after(middle)])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: u64 = 1 << 40;

    fn lens(src: u64, dst: u64, len: u64, src_len: u64, dst_len: u64) -> Option<[u64; 3]> {
        Piece { src, dst, len }.cut(4096, src_len, dst_len).map(|pieces| pieces.map(|p| p.len))
    }

    #[test]
    fn an_aligned_range_is_one_middle() {
        assert_eq!(lens(4096, 0, 8192, LONG, LONG), Some([0, 8192, 0]));
    }

    #[test]
    fn a_ragged_range_has_a_head_and_a_tail() {
        assert_eq!(lens(100, 4196, 10_000, LONG, LONG), Some([3996, 4096, 1908]));
        let pieces = Piece { src: 100, dst: 4196, len: 10_000 }.cut(4096, LONG, LONG);
        assert_eq!(
            pieces,
            Some([
                Piece { src: 100, dst: 4196, len: 3996 },
                Piece { src: 4096, dst: 8192, len: 4096 },
                Piece { src: 8192, dst: 12_288, len: 1908 },
            ])
        );
    }

    #[test]
    fn incongruent_offsets_share_nothing() {
        assert_eq!(lens(1, 2, 1 << 20, LONG, LONG), None);
    }

    #[test]
    fn a_range_within_blocks_shares_nothing() {
        assert_eq!(lens(1, 1, 4095, LONG, LONG), None);
        assert_eq!(lens(1, 1, 8190, LONG, LONG), None);
        assert_eq!(lens(100, 100, 10, LONG, LONG), None);
        assert_eq!(lens(4090, 4090, 4097, LONG, LONG), None);
    }

    #[test]
    fn the_ragged_end_of_the_source_is_shared_unless_the_destination_goes_on() {
        assert_eq!(lens(0, 0, 5000, 5000, 5000), Some([0, 5000, 0]));
        assert_eq!(lens(0, 0, 5000, 5000, 5001), Some([0, 4096, 904]));
        assert_eq!(lens(0, 0, 5000, 5001, 0), Some([0, 4096, 904]));
        assert_eq!(lens(4096, 0, 904, 5000, 0), Some([0, 904, 0]));
    }

    #[test]
    fn an_unknown_block_size_shares_nothing() {
        assert_eq!(Piece::whole(8192).cut(0, 8192, 0), None);
    }
}
