//! Edits: which part of a text is replaced by what, and what can be wrong with them.

use super::position::{Encoding, Nowhere};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Range;

/// One replacement. `Debug` shows the range and the length alone.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// The first position that is replaced; the whole text is replaced where neither `start` nor `end` is given.
    #[serde(default)]
    pub start: Option<u32>,
    /// One past the last position that is replaced; `start` unless given: an insertion.
    #[serde(default)]
    pub end: Option<u32>,
    /// What stands there now; nothing where it is left out: a deletion.
    #[serde(default)]
    pub text: String,
}

impl Edit {
    /// Replaces a range of positions.
    pub fn replace(range: Range<u32>, text: impl Into<String>) -> Self {
        Self { start: Some(range.start), end: Some(range.end), text: text.into() }
    }

    /// Replaces everything.
    pub fn all(text: impl Into<String>) -> Self {
        Self { start: None, end: None, text: text.into() }
    }
}

impl fmt::Debug for Edit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Edit")
            .field("start", &self.start)
            .field("end", &self.end)
            .field("bytes", &self.text.len())
            .finish_non_exhaustive()
    }
}

/// An edit that was made: how it moved what stands behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Applied {
    /// The first position that was replaced.
    pub start: u32,
    /// One past the last position that was replaced.
    pub end: u32,
    /// The length of what stands there now.
    pub inserted: u32,
}

impl Applied {
    /// Where a place is after the edit; `None` where the edit touched it.
    pub fn moved(&self, place: Range<u32>) -> Option<Range<u32>> {
        if place.end <= self.start {
            Some(place)
        } else if self.end <= place.start {
            let to = |p: u32| p - self.end + self.start + self.inserted;
            Some(to(place.start)..to(place.end))
        } else {
            None
        }
    }
}

/// Where a place is after some edits, made one after the other.
pub(super) fn moved(edits: &[Applied], place: Range<u32>) -> Option<Range<u32>> {
    edits.iter().try_fold(place, |place, edit| edit.moved(place))
}

/// What a session may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the text.
    pub bytes: usize,
    /// Edits that are made together.
    pub edits: usize,
}

impl Default for Limits {
    /// 256 KiB, far more than a note that somebody writes has, and 256 edits, more cursors than anybody sets.
    fn default() -> Self {
        Self { bytes: 256 * 1024, edits: 256 }
    }
}

/// Why an edit was not made. The note is then what it was. It holds no text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EditError {
    /// It was made on another revision.
    #[error("the edit was made on revision {given}, the note is at revision {revision}")]
    Stale {
        /// The revision that the edit names.
        given: u64,
        /// That of the note.
        revision: u64,
    },
    /// It reaches past the end of the text.
    #[error("edit {edit}: position {position} lies past the end, which is at {length}")]
    OutOfRange {
        /// Which one of those that are made together, from 0.
        edit: usize,
        /// The position.
        position: u32,
        /// The length of the text that it is made on.
        length: u32,
    },
    /// It ends before it starts, or has an end and no start.
    #[error("edit {edit}: a range has a start, and an end that is not before it")]
    BadRange {
        /// Which one.
        edit: usize,
    },
    /// A position lies inside a character.
    #[error("edit {edit}: position {position} lies inside a character")]
    InsideCharacter {
        /// Which one.
        edit: usize,
        /// The position.
        position: u32,
    },
    /// The text would be too long.
    #[error("the text would have {bytes} bytes; {limit} are allowed")]
    TooLarge {
        /// Its length in bytes.
        bytes: usize,
        /// What is allowed.
        limit: usize,
    },
    /// What is said beside the text is too long.
    #[error(
        "an id, a date or a code has at most {bytes} bytes, and a note has at most {codes} codes of a kind"
    )]
    Words {
        /// Bytes that are allowed.
        bytes: usize,
        /// Codes of a kind that are allowed.
        codes: usize,
    },
    /// There are too many together.
    #[error("{edits} edits are made together; {limit} are allowed")]
    TooMany {
        /// How many there are.
        edits: usize,
        /// What is allowed.
        limit: usize,
    },
}

impl EditError {
    /// A stable name of the kind of fault, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Stale { .. } => "stale-revision",
            Self::OutOfRange { .. } => "out-of-range",
            Self::BadRange { .. } => "bad-range",
            Self::InsideCharacter { .. } => "inside-character",
            Self::TooLarge { .. } | Self::Words { .. } => "too-large",
            Self::TooMany { .. } => "too-many-edits",
        }
    }
}

/// Makes edits one after the other on a copy of a text.
pub(super) fn apply(
    text: &str,
    edits: &[Edit],
    encoding: Encoding,
    limits: Limits,
) -> Result<(String, Vec<Applied>), EditError> {
    if edits.len() > limits.edits {
        return Err(EditError::TooMany { edits: edits.len(), limit: limits.edits });
    }
    let mut text = text.to_owned();
    let mut applied = Vec::with_capacity(edits.len());
    for (i, edit) in edits.iter().enumerate() {
        let byte = |position| {
            encoding.byte(&text, position).map_err(|nowhere| match nowhere {
                Nowhere::PastEnd(length) => EditError::OutOfRange { edit: i, position, length },
                Nowhere::InCharacter => EditError::InsideCharacter { edit: i, position },
            })
        };
        let (start, end) = match (edit.start, edit.end) {
            (None, None) => (0, encoding.length(&text)),
            (None, Some(_)) => return Err(EditError::BadRange { edit: i }),
            (Some(start), end) => (start, end.unwrap_or(start)),
        };
        if end < start {
            return Err(EditError::BadRange { edit: i });
        }
        let range = byte(start)?..byte(end)?;
        check_size(text.len() - range.len() + edit.text.len(), limits)?;
        text.replace_range(range, &edit.text);
        applied.push(Applied { start, end, inserted: encoding.length(&edit.text) });
    }
    Ok((text, applied))
}

pub(super) fn check_size(bytes: usize, limits: Limits) -> Result<(), EditError> {
    if bytes > limits.bytes { Err(EditError::TooLarge { bytes, limit: limits.bytes }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(text: &str, edits: &[Edit]) -> Result<String, &'static str> {
        let limits = Limits { bytes: 20, edits: 3 };
        apply(text, edits, Encoding::Utf16, limits).map(|(text, _)| text).map_err(|e| e.code())
    }

    #[test]
    fn edits_are_made_in_order_on_what_the_one_before_left() {
        let insert = |at, text: &str| Edit { start: Some(at), end: None, text: text.into() };
        let cases: &[(&str, &[Edit], Result<&str, &str>)] = &[
            ("abc", &[Edit::replace(1..2, "x")], Ok("axc")),
            ("abc", &[insert(3, "d"), insert(4, "e")], Ok("abcde")),
            ("abc", &[insert(4, "e"), insert(3, "d")], Err("out-of-range")),
            ("abc", &[Edit::all("z"), Edit::replace(0..1, "")], Ok("")),
            ("a𝄞c", &[Edit::replace(1..3, "b")], Ok("abc")),
            ("a𝄞c", &[insert(2, "b")], Err("inside-character")),
            ("abc", &[Edit { start: Some(2), end: Some(1), text: String::new() }], Err("bad-range")),
            ("abc", &[Edit { start: None, end: Some(1), text: String::new() }], Err("bad-range")),
            ("abc", &[insert(0, "12345678901234567")], Ok("12345678901234567abc")),
            ("abc", &[insert(0, "123456789012345678")], Err("too-large")),
            ("abc", &[insert(0, "1"), insert(0, "1"), insert(0, "1"), insert(0, "1")], Err("too-many-edits")),
            ("abc", &[], Ok("abc")),
        ];
        for (text, edits, expected) in cases {
            assert_eq!(edited(text, edits).as_deref().map_err(|e| *e), *expected, "{text} {edits:?}");
        }
    }

    #[test]
    fn places_move_unless_they_are_touched() {
        let edit = Applied { start: 4, end: 6, inserted: 5 };
        let cases =
            [(0..4, Some(0..4)), (6..8, Some(9..11)), (3..5, None), (5..9, None), (4..6, None), (2..9, None)];
        for (place, expected) in cases {
            assert_eq!(edit.moved(place.clone()), expected, "{place:?}");
        }
        let insertion = Applied { start: 4, end: 4, inserted: 2 };
        assert_eq!(insertion.moved(4..5), Some(6..7));
        assert_eq!(insertion.moved(3..4), Some(3..4));
        assert_eq!(insertion.moved(3..5), None);
    }

    #[test]
    fn debug_shows_no_text() {
        assert_eq!(
            format!("{:?}", Edit::replace(1..2, "pain")),
            "Edit { start: Some(1), end: Some(2), bytes: 4, .. }"
        );
    }
}
