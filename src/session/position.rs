//! Positions in a text as editors count them: UTF-16 units, bytes or code points.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What positions and lengths count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Encoding {
    /// UTF-16 code units, as most editors and all JavaScript strings count.
    #[default]
    #[serde(rename = "utf-16")]
    Utf16,
    /// Bytes of UTF-8.
    #[serde(rename = "utf-8")]
    Utf8,
    /// Unicode code points, as the report counts.
    CodePoints,
}

/// Why a position is none of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nowhere {
    /// It lies past the end; the length of the text.
    PastEnd(u32),
    /// It lies inside a character.
    InCharacter,
}

impl Encoding {
    /// The length of a text.
    pub fn length(self, text: &str) -> u32 {
        let length = match self {
            Self::Utf8 => text.len(),
            _ if text.is_ascii() => text.len(),
            Self::Utf16 => text.chars().map(char::len_utf16).sum(),
            Self::CodePoints => text.chars().count(),
        };
        u32::try_from(length).unwrap_or(u32::MAX)
    }

    /// The byte at a position of a text, which may be its end.
    pub(super) fn byte(self, text: &str, position: u32) -> Result<usize, Nowhere> {
        let wanted = position as usize;
        if self == Self::Utf8 || text.is_ascii() {
            return match text.is_char_boundary(wanted) {
                true => Ok(wanted),
                false if wanted > text.len() => Err(Nowhere::PastEnd(self.length(text))),
                false => Err(Nowhere::InCharacter),
            };
        }
        let mut at = 0;
        for (byte, c) in text.char_indices() {
            if at >= wanted {
                return if at == wanted { Ok(byte) } else { Err(Nowhere::InCharacter) };
            }
            at += if self == Self::Utf16 { c.len_utf16() } else { 1 };
        }
        match at {
            _ if at == wanted => Ok(text.len()),
            _ if at > wanted => Err(Nowhere::InCharacter),
            _ => Err(Nowhere::PastEnd(at as u32)),
        }
    }
}

/// Turns code points of one text into positions, in O(log n).
///
/// Only characters that count otherwise are kept, so that ASCII costs nothing.
pub(super) struct Positions {
    /// `(code point after the character, what positions are ahead of code points there)`, ascending.
    wide: Vec<(u32, u32)>,
}

impl Positions {
    pub(super) fn new(text: &str, encoding: Encoding) -> Self {
        let mut wide = Vec::new();
        if encoding != Encoding::CodePoints && !text.is_ascii() {
            let mut ahead = 0;
            for (point, c) in text.chars().enumerate() {
                let length = if encoding == Encoding::Utf16 { c.len_utf16() } else { c.len_utf8() };
                if length > 1 {
                    ahead += length as u32 - 1;
                    wide.push((point as u32 + 1, ahead));
                }
            }
        }
        Self { wide }
    }

    pub(super) fn at(&self, point: u32) -> u32 {
        match self.wide.partition_point(|&(after, _)| after <= point) {
            0 => point,
            i => point + self.wide[i - 1].1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn positions_lie_between_characters() {
        use Encoding::*;
        let text = "a–𝄞z";
        let cases = [
            (Utf8, &[0, 1, 4, 8, 9][..], &[2, 3, 5, 6, 7][..]),
            (Utf16, &[0, 1, 2, 4, 5], &[3]),
            (CodePoints, &[0, 1, 2, 3, 4], &[]),
        ];
        for (encoding, between, inside) in cases {
            let bytes: Vec<_> = between.iter().map(|&p| encoding.byte(text, p)).collect();
            assert_eq!(bytes, [0, 1, 4, 8, 9].map(Ok), "{encoding:?}");
            for &p in inside {
                assert_eq!(encoding.byte(text, p), Err(Nowhere::InCharacter), "{encoding:?} {p}");
            }
            let length = between[4];
            assert_eq!(encoding.length(text), length);
            assert_eq!(encoding.byte(text, length + 1), Err(Nowhere::PastEnd(length)));
            assert_eq!(encoding.byte("", 1), Err(Nowhere::PastEnd(0)));
        }
    }

    proptest! {
        #[test]
        fn code_points_and_positions_agree(text in "[a-c–é𝄞\\n]{0,20}") {
            for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::CodePoints] {
                let positions = Positions::new(&text, encoding);
                let ends = text.char_indices().map(|(i, _)| i).chain([text.len()]);
                for (point, byte) in ends.enumerate() {
                    let position = positions.at(point as u32);
                    prop_assert_eq!(position, encoding.length(&text[..byte]));
                    prop_assert_eq!(encoding.byte(&text, position), Ok(byte));
                }
            }
        }
    }
}
