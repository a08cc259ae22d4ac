//! Bytes to note text: encoding, binary formats, NUL characters, emptiness.

use super::{Reason, charset};
use std::io::{BufRead, Read};

/// Byte order marks of what bytes cannot be split into lines or fields. UTF-32LE starts like UTF-16LE.
const WRONG_MARKS: &[(&[u8], &str)] = &[
    (&[0xFF, 0xFE, 0, 0], "UTF-32"),
    (&[0, 0, 0xFE, 0xFF], "UTF-32"),
    (&[0xFF, 0xFE], "UTF-16"),
    (&[0xFE, 0xFF], "UTF-16"),
];

/// Formats that come where notes are expected, by their first bytes.
const SIGNATURES: &[(&[u8], &str)] = &[
    (b"%PDF-", "a PDF file"),
    (b"{\\rtf", "an RTF file"),
    (b"PK\x03\x04", "a ZIP or Office file"),
    (b"\x1F\x8B", "a gzip file"),
    (b"\x28\xB5\x2F\xFD", "a zstd file"),
    (b"\xD0\xCF\x11\xE0", "an Office file"),
    (b"PAR1", "a Parquet file"),
];

pub(super) const UTF8_MARK: &[u8] = &[0xEF, 0xBB, 0xBF];

/// Whether text that did not come through a reader may be a note: no larger than the limit, not empty, nothing binary.
///
/// # Errors
/// Why not.
pub fn admit(text: &str, limit: usize) -> Result<(), Reason> {
    if text.len() > limit.min(super::MAX_NOTE_BYTES_CEILING) {
        return Err(Reason::TooLarge { limit: limit as u64 });
    }
    check_text(text)
}

/// What the first bytes of an input rule out.
pub(super) fn check_head(head: &[u8]) -> Result<(), Reason> {
    if let Some((_, name)) = WRONG_MARKS.iter().find(|(mark, _)| head.starts_with(mark)) {
        return Err(Reason::WrongEncoding(name));
    }
    match SIGNATURES.iter().find(|(mark, _)| head.starts_with(mark)) {
        Some((_, name)) => Err(Reason::Unsupported(name)),
        None => Ok(()),
    }
}

/// Reads one note to the end of its input. The error comes with its line where it has one.
pub(super) fn read_note(reader: impl BufRead, limit: usize) -> Result<String, (Option<u64>, Reason)> {
    let mut bytes = Vec::new();
    // Three bytes more for a byte order mark, one more to see that the limit is passed.
    reader.take(limit as u64 + 4).read_to_end(&mut bytes).map_err(|e| (None, e.into()))?;
    let mark = if bytes.starts_with(UTF8_MARK) { UTF8_MARK.len() } else { 0 };
    check_head(&bytes).or_else(|reason| match reason {
        Reason::WrongEncoding("UTF-16") => Ok(()),
        other => Err((None, other)),
    })?;
    let too_large = (None, Reason::TooLarge { limit: limit as u64 });
    if bytes.len() - mark > limit {
        return Err(too_large);
    }
    let text = match String::from_utf8(bytes) {
        Ok(mut text) => {
            text.drain(..mark);
            text
        }
        Err(e) => charset::decode(e.as_bytes(), None).map_err(|reason| (None, reason))?,
    };
    if text.len() > limit {
        return Err(too_large);
    }
    check_text(&text).map_err(|reason| match reason {
        Reason::NulByte { offset } => (
            Some(line_of(text.as_bytes(), offset as usize)),
            Reason::NulByte { offset: offset + mark as u64 },
        ),
        other => (None, other),
    })?;
    Ok(text)
}

/// What no note may be: empty, or with NUL characters.
pub(super) fn check_text(text: &str) -> Result<(), Reason> {
    if let Some(at) = memchr::memchr(0, text.as_bytes()) {
        return Err(Reason::NulByte { offset: at as u64 });
    }
    if text.trim().is_empty() {
        return Err(Reason::Empty);
    }
    Ok(())
}

fn line_of(bytes: &[u8], at: usize) -> u64 {
    1 + memchr::memchr_iter(b'\n', &bytes[..at.min(bytes.len())]).count() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(bytes: &[u8]) -> Result<String, (Option<u64>, &'static str)> {
        read_note(bytes, 20).map_err(|(line, reason)| (line, reason.code()))
    }

    #[test]
    fn encodings() {
        assert_eq!(code(b"\xEF\xBB\xBFBack pain.").unwrap(), "Back pain.");
        assert_eq!(code(b"a\nb\xE9c").unwrap(), "a\nbéc");
        assert_eq!(code(b"\xFF\xFEa\0").unwrap(), "a");
        assert_eq!(code(b"\xFF\xFE\0\0a\0\0\0"), Err((None, "wrong-encoding")));
        assert_eq!(code(b"%PDF-1.7 x"), Err((None, "unsupported-format")));
        assert_eq!(code(b"a\nb\nc\0"), Err((Some(3), "nul-byte")));
        assert_eq!(code(b" \r\n\t"), Err((None, "empty")));
        assert_eq!(code(b""), Err((None, "empty")));
    }

    #[test]
    fn the_limit_is_inclusive_and_a_mark_does_not_count() {
        assert_eq!(code(&[b'a'; 20]).unwrap().len(), 20);
        assert_eq!(code(&[UTF8_MARK, &[b'a'; 20]].concat()).unwrap().len(), 20);
        assert_eq!(code(&[b'a'; 21]), Err((None, "too-large")));
    }
}
