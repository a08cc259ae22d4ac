//! Bytes to characters.

use super::Reason;
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, UTF_8};

/// Decodes by byte order mark, then as declared, then as UTF-8, then by what the bytes look like.
///
/// # Errors
/// UTF-32, which nothing writes on purpose.
pub(super) fn decode(bytes: &[u8], declared: Option<&str>) -> Result<String, Reason> {
    if bytes.starts_with(&[0xFF, 0xFE, 0, 0]) || bytes.starts_with(&[0, 0, 0xFE, 0xFF]) {
        return Err(Reason::WrongEncoding("UTF-32"));
    }
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return Ok(encoding.decode_without_bom_handling(&bytes[mark..]).0.into_owned());
    }
    let declared = declared.and_then(|label| Encoding::for_label(label.trim().as_bytes()));
    if let Some(encoding) = declared
        && encoding != UTF_8
    {
        return Ok(encoding.decode_without_bom_handling(bytes).0.into_owned());
    }
    Ok(match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => guess(bytes).decode_without_bom_handling(bytes).0.into_owned(),
    })
}

/// How much of a text tells its encoding.
const SAMPLE: usize = 64 * 1024;

fn guess(bytes: &[u8]) -> &'static Encoding {
    let first = bytes.iter().position(|b| !b.is_ascii()).unwrap_or(0);
    let sample = &bytes[first.saturating_sub(SAMPLE / 2)..];
    let sample = &sample[..sample.len().min(SAMPLE)];
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(sample, true);
    // Without the country a short note of the West is taken for a Baltic one.
    detector.guess(Some(b"us"), Utf8Detection::Deny)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_declarations_and_guesses() {
        for (bytes, declared, expected) in [
            (&b"\xEF\xBB\xBFna\xC3\xAFve"[..], Some("latin1"), "naïve"),
            (b"\xFF\xFEa\0\xE9\0", None, "aé"),
            (b"\xFE\xFF\0a\0\xE9", Some("utf-8"), "aé"),
            (b"na\xC3\xAFve", None, "naïve"),
            (b"na\xC3\xAFve", Some("latin1"), "naÃ¯ve"),
            (b"na\xEFve patient; can\x92t lift", None, "naïve patient; can’t lift"),
            (b"na\xEFve", Some("utf-8"), "naïve"),
            (b"a", Some("no such"), "a"),
        ] {
            assert_eq!(decode(bytes, declared).unwrap(), expected);
        }
        assert_eq!(decode(b"\xFF\xFE\0\0a\0\0\0", None).unwrap_err().code(), "wrong-encoding");
    }
}
