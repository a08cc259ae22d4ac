//! The text of an attachment by its media type, or by its content where the type says nothing.

use super::found::Found;
use super::source::Source;
use super::{Reason, ccda, charset, html, rtf, text};
use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Documents in documents in documents: what goes deeper is no clinical note.
const NESTED: usize = 4;

/// The text of an attachment, and what its document says about itself.
pub(super) struct Part {
    pub(super) text: String,
    pub(super) found: Found,
}

/// What an attachment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Media {
    Plain,
    Html,
    Rtf,
    Ccda,
}

/// Reads one attachment. `level` counts the documents around it.
pub(super) fn read(bytes: &[u8], declared: &str, source: &Source, level: usize) -> Result<Part, Reason> {
    if level > NESTED {
        return Err(Reason::TooDeep { limit: NESTED as u64 });
    }
    source.check_size(bytes)?;
    let charset = parameter(declared, "charset");
    let plain = |text| Part { text, found: Found::default() };
    match media(bytes, declared)? {
        Media::Plain => {
            text::check_head(bytes).or_else(|reason| match reason {
                // The charset reader takes care of marks.
                Reason::WrongEncoding(_) => Ok(()),
                other => Err(other),
            })?;
            let text = charset::decode(bytes, charset)?;
            if text.len() > source.limits.note_bytes {
                return Err(Reason::TooLarge { limit: source.limits.note_bytes as u64 });
            }
            Ok(plain(text))
        }
        Media::Html => html::text(&charset::decode(bytes, charset)?, source).map(plain),
        Media::Rtf => rtf::text(bytes, source).map(plain),
        Media::Ccda => ccda::read(&charset::decode(bytes, charset)?, source, level),
    }
}

/// Base64 as it comes: with or without padding, broken into lines, in either alphabet.
pub(super) fn base64(data: &str, source: &Source) -> Result<Vec<u8>, Reason> {
    let limit = source.limits.document_bytes;
    if data.len() / 4 * 3 > limit {
        return Err(Reason::DocumentTooLarge { limit: limit as u64 });
    }
    let url = data.bytes().any(|b| matches!(b, b'-' | b'_'));
    let compact: Vec<u8> = data.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let engine = GeneralPurpose::new(if url { &alphabet::URL_SAFE } else { &alphabet::STANDARD }, config);
    // The decoder's own message tells a byte of the note.
    engine.decode(compact).map_err(|_| Reason::BadBase64)
}

fn media(bytes: &[u8], declared: &str) -> Result<Media, Reason> {
    let essence = declared.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match essence.as_str() {
        "text/plain" | "text/markdown" | "text/x-markdown" => Ok(Media::Plain),
        "text/html" | "application/xhtml+xml" => Ok(Media::Html),
        "text/rtf" | "application/rtf" | "text/richtext" | "application/x-rtf" => Ok(Media::Rtf),
        "text/xml"
        | "application/xml"
        | "application/hl7-v3+xml"
        | "application/cda+xml"
        | "application/hl7-cda+xml"
        | "text/x-hl7-text+xml"
        | "multipart/x-hl7-cda-level-one" => sniff_xml(bytes),
        "" | "application/octet-stream" | "text" | "application/text" => sniff(bytes),
        "application/pdf" => Err(Reason::Unsupported("a PDF file")),
        "application/msword" | "application/vnd.openxmlformats-officedocument.wordprocessingml.document" => {
            Err(Reason::Unsupported("an Office file"))
        }
        _ if essence.starts_with("image/") => Err(Reason::Unsupported("an image")),
        _ if essence.starts_with("text/") => sniff(bytes),
        _ => Err(Reason::Unsupported("an attachment of another type")),
    }
}

/// How far into a document its kind must show.
const HEAD: usize = 4096;

fn sniff(bytes: &[u8]) -> Result<Media, Reason> {
    text::check_head(bytes).or_else(|reason| match reason {
        Reason::WrongEncoding(_) => Ok(()),
        _ if bytes.starts_with(b"{\\rtf") => Ok(()),
        other => Err(other),
    })?;
    if bytes.starts_with(b"{\\rtf") {
        return Ok(Media::Rtf);
    }
    let head = head(bytes);
    Ok(if head.contains("<clinicaldocument") || head.contains(":clinicaldocument") {
        Media::Ccda
    } else if head.starts_with("<!doctype html") || head.contains("<html") {
        Media::Html
    } else {
        Media::Plain
    })
}

fn sniff_xml(bytes: &[u8]) -> Result<Media, Reason> {
    match sniff(bytes)? {
        Media::Plain => Err(Reason::Unsupported("XML of another kind than C-CDA")),
        media => Ok(media),
    }
}

/// The first characters in lower case, whatever the encoding: names of elements are ASCII.
fn head(bytes: &[u8]) -> String {
    let head: Vec<u8> = bytes.iter().take(HEAD).copied().filter(|&b| b != 0).collect();
    let head = String::from_utf8_lossy(&head).to_ascii_lowercase();
    head.trim_start_matches(|c: char| c == '\u{feff}' || c == '\u{fffd}' || c.is_whitespace()).to_owned()
}

/// A parameter of a media type: `text/plain; charset="utf-8"`.
fn parameter<'a>(declared: &'a str, name: &str) -> Option<&'a str> {
    declared.split(';').skip(1).find_map(|p| {
        let (key, value) = p.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::source::Limits;

    #[test]
    fn attachments_by_type_and_by_content() {
        let limits = Limits::default();
        let source = Source::new("t", &limits);
        let cases: &[(&str, &[u8], Result<&str, &str>)] = &[
            ("text/plain", b"Back pain", Ok("Back pain")),
            ("text/plain; charset=windows-1252", b"can\x92t", Ok("can’t")),
            ("Text/Plain;Charset=\"ISO-8859-1\"", b"\xE9", Ok("é")),
            ("text/plain", b"\xFF\xFEa\0b\0", Ok("ab")),
            ("text/html", b"<p>a<p>b", Ok("a\n\nb")),
            ("application/rtf", b"{\\rtf1 a\\par b}", Ok("a\nb")),
            ("", b"{\\rtf1 a\\par b}", Ok("a\nb")),
            ("", b"<!DOCTYPE html><p>a", Ok("a")),
            ("application/octet-stream", b"a <b", Ok("a <b")),
            ("application/xml", b"<a/>", Err("unsupported-format")),
            ("application/pdf", b"%PDF-1", Err("unsupported-format")),
            ("text/plain", b"%PDF-1", Err("unsupported-format")),
            ("image/png", b"x", Err("unsupported-format")),
        ];
        for (declared, bytes, expected) in cases {
            let got = read(bytes, declared, &source, 0);
            let got = got.as_ref().map(|p| p.text.as_str()).map_err(Reason::code);
            assert_eq!(&got, expected, "{declared} {bytes:?}");
        }
    }

    #[test]
    fn base64_as_it_comes() {
        let limits = Limits { document_bytes: 9, ..Limits::default() };
        let source = Source::new("t", &limits);
        for (data, expected) in [
            ("QmFjayBw", Ok("Back p")),
            ("QmFj\r\nayA=", Ok("Back ")),
            ("QmFjayA", Ok("Back ")),
            ("8J-mtA==", Ok("🦴")),
            ("QmFj*", Err("bad-base64")),
            ("QmFjayBwQmFjayBw", Err("document-too-large")),
        ] {
            let got = base64(data, &source).map(|b| String::from_utf8(b).unwrap());
            assert_eq!(got.as_deref().map_err(Reason::code), expected, "{data}");
        }
    }
}
