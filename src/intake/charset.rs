//! Bytes to characters.

use super::Reason;
use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Decoder, Encoding, UTF_8};
use std::io::{self, BufRead, Read};

/// Decodes by byte order mark, then as declared, then as UTF-8, then by what the bytes look like.
///
/// # Errors
/// UTF-32, which nothing writes on purpose.
pub(super) fn decode(bytes: &[u8], declared: Option<&str>) -> Result<String, Reason> {
    refuse_utf32(bytes)?;
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

fn refuse_utf32(bytes: &[u8]) -> Result<(), Reason> {
    match bytes.starts_with(&[0xFF, 0xFE, 0, 0]) || bytes.starts_with(&[0, 0, 0xFE, 0xFF]) {
        true => Err(Reason::WrongEncoding("UTF-32")),
        false => Ok(()),
    }
}

/// A stream that is UTF-8 where it begins with a byte order mark, and as it came where it does not.
pub(super) struct Recoded<R> {
    reader: R,
    /// None: nothing is to be done.
    decoder: Option<Decoder>,
    /// The decoder was told of the end, after which it takes nothing more.
    ended: bool,
    text: Vec<u8>,
    /// How much of the text was taken.
    at: usize,
}

/// How much is decoded at a time, in bytes.
const STEP: usize = 16 * 1024;

impl<R: BufRead> Recoded<R> {
    /// Looks for the mark. Whether there was one comes beside the stream.
    ///
    /// # Errors
    /// UTF-32; nothing to read from.
    pub(super) fn open(mut reader: R) -> Result<(Self, bool), Reason> {
        let head = reader.fill_buf()?;
        refuse_utf32(head)?;
        let mark = Encoding::for_bom(head);
        if let Some((_, length)) = mark {
            reader.consume(length);
        }
        let decoder = mark.map(|(encoding, _)| encoding.new_decoder_without_bom_handling());
        Ok((Self { reader, decoder, ended: false, text: Vec::new(), at: 0 }, mark.is_some()))
    }
}

impl<R: BufRead> Read for Recoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl<R: BufRead> BufRead for Recoded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        let Some(decoder) = &mut self.decoder else { return self.reader.fill_buf() };
        while self.at == self.text.len() && !self.ended {
            let chunk = self.reader.fill_buf()?;
            let chunk = &chunk[..chunk.len().min(STEP)];
            self.ended = chunk.is_empty();
            self.text.resize(decoder.max_utf8_buffer_length(STEP).unwrap_or(4 * STEP), 0);
            let (_, read, written, _) = decoder.decode_to_utf8(chunk, &mut self.text, self.ended);
            self.reader.consume(read);
            self.text.truncate(written);
            self.at = 0;
        }
        Ok(&self.text[self.at..])
    }

    fn consume(&mut self, amount: usize) {
        match self.decoder {
            Some(_) => self.at = (self.at + amount).min(self.text.len()),
            None => self.reader.consume(amount),
        }
    }
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
    use super::super::text::UTF8_MARK;
    use super::*;
    use std::io::BufReader;

    #[test]
    fn a_stream_with_a_mark_is_recoded_in_small_steps() {
        let text = "é🦴 pain\r".repeat(50_000);
        let units = |order: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
        for (bytes, marked) in [
            ([&b"\xFF\xFE"[..], &units(u16::to_le_bytes)].concat(), true),
            ([&b"\xFE\xFF"[..], &units(u16::to_be_bytes)].concat(), true),
            ([UTF8_MARK, text.as_bytes()].concat(), true),
            (text.clone().into_bytes(), false),
        ] {
            for capacity in [4, 7, 1 << 20] {
                let (mut stream, told) =
                    Recoded::open(BufReader::with_capacity(capacity, &bytes[..])).unwrap();
                let mut read = String::new();
                stream.read_to_string(&mut read).unwrap();
                assert!(read == text && told == marked, "{capacity}");
                assert!(stream.text.capacity() <= 8 * STEP);
            }
        }
        let (mut cut, _) = Recoded::open(&b"\xFF\xFEa\0b"[..]).unwrap();
        let mut read = String::new();
        cut.read_to_string(&mut read).unwrap();
        assert_eq!(read, "a\u{fffd}");
        assert!(matches!(Recoded::open(&b"\xFF\xFE\0\0a\0\0\0"[..]), Err(Reason::WrongEncoding("UTF-32"))));
    }

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
