//! Byte ranges into the original note, and their conversion to code points at the output.

use std::ops::Range;

/// A byte range of the original text: `start <= end`, both on character boundaries.
///
/// Offsets are `u32`: intake refuses notes of 4 GiB and more long before that matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// A span of `start..end`; an inverted pair is read as empty at `start`.
    pub fn new(start: usize, end: usize) -> Self {
        let start = u32::try_from(start).unwrap_or(u32::MAX);
        let end = u32::try_from(end).unwrap_or(u32::MAX);
        Self { start, end: end.max(start) }
    }

    /// The range in bytes.
    pub fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Length in bytes.
    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// True for a span of no bytes.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// True when the two spans share at least one byte.
    pub fn overlaps(self, other: Span) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// True when `other` lies wholly inside `self`.
    pub fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// The smallest span that holds both.
    pub fn cover(self, other: Span) -> Span {
        Span { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// The text under the span; empty where the span does not fit `text`.
    pub fn of(self, text: &str) -> &str {
        text.get(self.range()).unwrap_or("")
    }
}

/// Converts byte offsets of one text to code-point offsets in O(log n).
///
/// Only the places where a character is longer than one byte are kept, so that ASCII notes cost nothing.
pub struct CodePoints {
    /// `(byte offset after the character, bytes beyond the first so far)`, ascending.
    wide: Vec<(u32, u32)>,
}

impl CodePoints {
    /// Reads `text` once.
    pub fn new(text: &str) -> Self {
        let mut wide = Vec::new();
        if !text.is_ascii() {
            let mut extra = 0u32;
            for (at, c) in text.char_indices() {
                let n = c.len_utf8();
                if n > 1 {
                    extra += n as u32 - 1;
                    wide.push(((at + n) as u32, extra));
                }
            }
        }
        Self { wide }
    }

    /// The code-point offset of a byte offset on a character boundary.
    pub fn at(&self, byte: u32) -> u32 {
        let i = self.wide.partition_point(|&(end, _)| end <= byte);
        if i == 0 { byte } else { byte - self.wide[i - 1].1 }
    }

    /// The byte offset of a code-point offset; past the end it runs on as if the rest were ASCII.
    pub fn byte(&self, point: u32) -> u32 {
        let i = self.wide.partition_point(|&(end, extra)| end - extra <= point);
        if i == 0 { point } else { point + self.wide[i - 1].1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn code_points_agree_with_a_naive_count(text in "\\PC{0,40}") {
            let cp = CodePoints::new(&text);
            let ends = text.char_indices().map(|(i, _)| i).chain([text.len()]);
            for (point, byte) in ends.enumerate() {
                prop_assert_eq!(cp.at(byte as u32), point as u32);
                prop_assert_eq!(cp.byte(point as u32), byte as u32);
            }
        }
    }

    #[test]
    fn overlap_needs_a_shared_byte() {
        let a = Span::new(2, 5);
        assert!(a.overlaps(Span::new(4, 9)));
        assert!(!a.overlaps(Span::new(5, 9)));
        assert_eq!(a.cover(Span::new(7, 9)), Span::new(2, 9));
    }
}
