//! Bytes to note text: encoding, binary formats, NUL characters, emptiness.

use super::Reason;
use std::io::{self, BufRead, Read};

/// Byte order marks that are not UTF-8's. The longer ones come first: UTF-32LE starts like UTF-16LE.
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
    check_head(&bytes).map_err(|reason| (None, reason))?;
    if bytes.len() - mark > limit {
        return Err((None, Reason::TooLarge { limit: limit as u64 }));
    }
    bytes.drain(..mark);
    let text = String::from_utf8(bytes).map_err(|e| {
        let at = e.utf8_error().valid_up_to();
        (Some(line_of(e.as_bytes(), at)), Reason::InvalidUtf8 { offset: (at + mark) as u64 })
    })?;
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

/// Whether the input is JSONL: its first line that is not blank is an object with `text`.
///
/// Returns the bytes that it had to read as well, for the reader that follows.
pub(super) fn looks_like_jsonl(reader: &mut impl BufRead, limit: usize) -> io::Result<(bool, Vec<u8>)> {
    let mut head = Vec::new();
    let mut searched = 0;
    loop {
        let chunk = match reader.fill_buf() {
            Ok(chunk) => chunk,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
            Err(e) => return Err(e),
        };
        let end = chunk.is_empty();
        let used = chunk.len();
        head.extend_from_slice(chunk);
        reader.consume(used);
        let mark = if head.starts_with(UTF8_MARK) { UTF8_MARK.len() } else { 0 };
        let first = head[mark..].iter().position(|b| !b.is_ascii_whitespace()).map(|at| at + mark);
        if let Some(first) = first {
            if head[first] != b'{' {
                return Ok((false, head));
            }
            let feed = memchr::memchr(b'\n', &head[searched.max(first)..]).map(|at| at + searched.max(first));
            if feed.is_some() || end {
                let line = &head[first..feed.unwrap_or(head.len())];
                return Ok((is_record(line), head));
            }
            searched = head.len();
        }
        if end || head.len() > limit {
            return Ok((false, head));
        }
    }
}

fn is_record(line: &[u8]) -> bool {
    #[derive(serde::Deserialize)]
    struct Probe {
        #[serde(rename = "text")]
        _text: serde::de::IgnoredAny,
    }
    serde_json::from_slice::<Probe>(line).is_ok()
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
        assert_eq!(code(b"a\nb\xE9c"), Err((Some(2), "invalid-utf8")));
        assert_eq!(code(b"\xFF\xFEa\0"), Err((None, "wrong-encoding")));
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

    #[test]
    fn jsonl_is_told_from_text_by_its_first_line() {
        let jsonl =
            |s: &str| looks_like_jsonl(&mut io::BufReader::with_capacity(4, s.as_bytes()), 1000).unwrap();
        assert!(jsonl("\n {\"text\":\"x\",\"id\":\"1\"}\n{}").0);
        assert!(jsonl("{\"text\":\"x\"}").0);
        assert!(!jsonl("{\"note\":\"x\"}\n").0);
        assert!(!jsonl("{\"text\":\n\"x\"}\n").0);
        assert!(!jsonl("CC: {\"text\":1}").0);
        assert!(!jsonl("").0);
        assert!(jsonl("\u{FEFF}{\"text\":\"x\"}").0);
    }
}
