//! A stream of messages cut into its messages, of which it holds one at a time.
//!
//! The envelope of a batch (FHS, BHS, BTS, FTS) and the frame of the transport belong to no message.

use crate::intake::{At, Reason};
use std::io::{self, BufRead};

/// Lines of more bytes than this before their first letter begin no message.
const HEAD: usize = 64;

/// The messages of an input, in their order. After an error there are no more.
pub(super) struct Messages<R> {
    lines: Lines<R>,
    limit: usize,
    number: usize,
    state: State,
}

enum State {
    /// Nothing was read.
    New,
    /// The head of a message was read.
    Begun,
    /// There is no more.
    Ended,
    /// Nor can be; it was not told yet.
    Failed(Reason),
}

/// One message.
pub(super) struct Raw {
    /// Its place in the input, from 1.
    pub(super) number: usize,
    /// The line that it begins on, from 1.
    pub(super) line: u64,
    /// No other message stands in the input.
    pub(super) alone: bool,
    /// All of it, without what stands before the first letter.
    pub(super) bytes: Result<Vec<u8>, Reason>,
}

impl<R: BufRead> Messages<R> {
    /// `limit` is the most that one message may have, in bytes. A larger one is passed over, never held.
    pub(super) fn new(reader: R, limit: usize) -> Self {
        Self { lines: Lines::new(reader), limit, number: 0, state: State::New }
    }

    /// Reads on to the next head of a message.
    fn seek(&mut self) -> State {
        let mut enveloped = self.number > 0;
        loop {
            match self.lines.head() {
                Err(e) => return State::Failed(e.into()),
                Ok(false) if self.number == 0 => return State::Failed(Reason::NoNotes),
                Ok(false) => return State::Ended,
                Ok(true) => {}
            }
            match self.lines.kind() {
                Kind::Message => return State::Begun,
                Kind::Envelope => enveloped = true,
                Kind::Text if !enveloped => {
                    let what = "it begins with no MSH segment";
                    let at = Some(At::Byte(self.lines.first_letter()));
                    return State::Failed(Reason::Malformed { format: "HL7", what, at });
                }
                Kind::Text | Kind::Blank => {}
            }
            if let Err(e) = self.lines.rest(&mut |_| ()) {
                return State::Failed(e.into());
            }
        }
    }

    /// Reads the message whose head was read, and on to the head of the next one.
    fn read(&mut self) -> io::Result<Raw> {
        self.number += 1;
        let (number, line) = (self.number, self.lines.line);
        let mut body = Body { bytes: Some(Vec::new()), limit: self.limit };
        body.add(letters(&self.lines.head));
        self.lines.rest(&mut |bytes| body.add(bytes))?;
        self.state = loop {
            if !self.lines.head()? {
                break State::Ended;
            }
            match self.lines.kind() {
                Kind::Message => break State::Begun,
                Kind::Envelope => {
                    self.lines.rest(&mut |_| ())?;
                    break self.seek();
                }
                Kind::Text | Kind::Blank => {
                    body.add(&self.lines.head);
                    self.lines.rest(&mut |bytes| body.add(bytes))?;
                }
            }
        };
        let alone = number == 1 && matches!(self.state, State::Ended);
        let bytes = body.bytes.ok_or(Reason::DocumentTooLarge { limit: self.limit as u64 });
        Ok(Raw { number, line, alone, bytes })
    }
}

impl<R: BufRead> Iterator for Messages<R> {
    type Item = Result<Raw, Reason>;

    fn next(&mut self) -> Option<Self::Item> {
        if matches!(self.state, State::New) {
            self.state = self.seek();
        }
        match std::mem::replace(&mut self.state, State::Ended) {
            State::New | State::Ended => None,
            State::Failed(reason) => Some(Err(reason)),
            State::Begun => Some(self.read().map_err(Reason::from)),
        }
    }
}

/// The bytes of a message, as long as they keep to the limit.
struct Body {
    bytes: Option<Vec<u8>>,
    limit: usize,
}

impl Body {
    fn add(&mut self, more: &[u8]) {
        if let Some(bytes) = self.bytes.as_mut().filter(|bytes| bytes.len() + more.len() <= self.limit) {
            bytes.extend_from_slice(more);
        } else {
            self.bytes = None;
        }
    }
}

/// What a line is, by its first letters.
enum Kind {
    Message,
    Envelope,
    Text,
    Blank,
}

/// Lines that end with a carriage return or a line feed; the head of each is looked at before the rest is taken.
struct Lines<R> {
    reader: R,
    /// The first bytes of the line, its end included where they reach it.
    head: Vec<u8>,
    /// The head is the whole line.
    whole: bool,
    /// The number of the line, from 1; a pair of carriage return and line feed ends one line.
    line: u64,
    /// Bytes before the line.
    start: u64,
    /// Bytes that were taken.
    taken: u64,
    /// Lines that have ended.
    ended: u64,
    /// What the last of them ended with.
    end: u8,
}

impl<R: BufRead> Lines<R> {
    fn new(reader: R) -> Self {
        Self { reader, head: Vec::new(), whole: true, line: 0, start: 0, taken: 0, ended: 0, end: 0 }
    }

    /// Reads the head of the next line: as much as tells what the line is. False at the end.
    fn head(&mut self) -> io::Result<bool> {
        self.head.clear();
        self.whole = false;
        self.start = self.taken;
        self.line = self.ended + 1;
        loop {
            let chunk = filled(&mut self.reader)?;
            if chunk.is_empty() {
                self.whole = true;
                return Ok(!self.head.is_empty());
            }
            let mut used = 0;
            let mut told = false;
            for &byte in chunk {
                self.head.push(byte);
                used += 1;
                self.whole = is_end(byte);
                told = self.whole || letters(&self.head).len() == 4 || self.head.len() == HEAD;
                if told {
                    break;
                }
            }
            self.reader.consume(used);
            self.taken += used as u64;
            if told {
                if self.whole {
                    self.end(self.head[self.head.len() - 1]);
                }
                return Ok(true);
            }
        }
    }

    /// Takes the rest of the line, its end included.
    fn rest(&mut self, take: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        while !self.whole {
            let chunk = filled(&mut self.reader)?;
            if chunk.is_empty() {
                self.whole = true;
                break;
            }
            let end = memchr::memchr2(b'\r', b'\n', chunk);
            let line = &chunk[..end.map_or(chunk.len(), |end| end + 1)];
            take(line);
            let used = line.len();
            let last = line[used - 1];
            self.reader.consume(used);
            self.taken += used as u64;
            if end.is_some() {
                self.whole = true;
                self.end(last);
            }
        }
        Ok(())
    }

    /// Counts the end of the line, which was taken.
    fn end(&mut self, end: u8) {
        let pair = self.end == b'\r' && end == b'\n' && self.taken - self.start == 1;
        self.ended += u64::from(!pair);
        self.end = end;
    }

    /// The byte of the first letter, from 0, in the input.
    fn first_letter(&self) -> u64 {
        self.start + (self.head.len() - letters(&self.head).len()) as u64
    }

    fn kind(&self) -> Kind {
        match letters(&self.head) {
            [b'M', b'S', b'H', next, ..] if !next.is_ascii_alphanumeric() => Kind::Message,
            [b'F' | b'B', b'H' | b'T', b'S', rest @ ..]
                if rest.first().is_none_or(|next| !next.is_ascii_alphanumeric()) =>
            {
                Kind::Envelope
            }
            [] | [b'\r' | b'\n', ..] => Kind::Blank,
            _ => Kind::Text,
        }
    }
}

/// The head from its first letter on.
fn letters(head: &[u8]) -> &[u8] {
    // A vertical tab begins a message on the wire.
    &head[head.iter().take_while(|b| matches!(b, 0x0b | b' ' | b'\t')).count()..]
}

fn is_end(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

/// What the reader has at hand; empty at the end alone.
fn filled(reader: &mut impl BufRead) -> io::Result<&[u8]> {
    // Asked twice, since what the first call lends cannot be returned from within a loop.
    while let Err(e) = reader.fill_buf() {
        if e.kind() != io::ErrorKind::Interrupted {
            return Err(e);
        }
    }
    reader.fill_buf()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{BufReader, Read};

    fn split(input: &str, limit: usize) -> Vec<String> {
        let told = |message: Result<Raw, Reason>| match message {
            Ok(Raw { number, line, alone, bytes }) => {
                let text = match bytes {
                    Ok(bytes) => String::from_utf8(bytes).unwrap(),
                    Err(reason) => reason.code().to_owned(),
                };
                format!("{number} at {line}{}: {text:?}", if alone { " alone" } else { "" })
            }
            Err(reason) => reason.to_string(),
        };
        let whole: Vec<String> = Messages::new(input.as_bytes(), limit).map(told).collect();
        for capacity in 1..6 {
            let reader = BufReader::with_capacity(capacity, input.as_bytes());
            assert_eq!(Messages::new(reader, limit).map(told).collect::<Vec<_>>(), whole, "{capacity}");
        }
        whole
    }

    #[test]
    fn messages_begin_where_a_line_says_so() {
        for (input, expected) in [
            ("MSH|a\rOBX|b", &["1 at 1 alone: \"MSH|a\\rOBX|b\""][..]),
            ("\n\r\n \x0bMSH|a\r\n\r\n MSHA\n", &["1 at 3 alone: \"MSH|a\\r\\n\\r\\n MSHA\\n\""]),
            ("MSH|a\r\nb\r\n\r\n\tMSH|c", &["1 at 1: \"MSH|a\\r\\nb\\r\\n\\r\\n\"", "2 at 4: \"MSH|c\""]),
            (
                "FHS|x\rBHS|x\rMSH|a\rBTS|1\rlost\r\rBHS|x\rMSH|b\rBTS|1\rFTS|2\rlost",
                &["1 at 3: \"MSH|a\\r\"", "2 at 8: \"MSH|b\\r\""],
            ),
            ("MSH|a\rBTSX\rFTS", &["1 at 1 alone: \"MSH|a\\rBTSX\\r\""]),
            ("MSH|a\rBTS\rFTS", &["1 at 1 alone: \"MSH|a\\r\""]),
            ("MSH|a\rMSH", &["1 at 1 alone: \"MSH|a\\rMSH\""]),
            ("MSH|\r\rMSH|\r", &["1 at 1: \"MSH|\\r\\r\"", "2 at 3: \"MSH|\\r\""]),
            ("\r a\rMSH|", &["malformed HL7 at byte 2: it begins with no MSH segment"]),
            ("FHS|\ra\r", &["no notes in it"]),
            (" \r", &["no notes in it"]),
            ("", &["no notes in it"]),
        ] {
            assert_eq!(split(input, 100), expected, "{input:?}");
        }
    }

    #[test]
    fn a_message_over_the_limit_is_passed_over_and_the_next_one_read() {
        let long = format!("MSH|a\rMSH|b\rOBX|{}\r\rOBX|c\rMSH|d\r123", "x".repeat(100));
        assert_eq!(
            split(&long, 9),
            ["1 at 1: \"MSH|a\\r\"", "2 at 2: \"document-too-large\"", "3 at 6: \"MSH|d\\r123\""]
        );
        assert_eq!(split("MSH|a\r123456", 12), ["1 at 1 alone: \"MSH|a\\r123456\""]);
        assert_eq!(split("MSH|a\r1234567", 12), ["1 at 1 alone: \"document-too-large\""]);
    }

    /// Gives the text and then breaks.
    struct Broken<'a>(&'a [u8]);

    impl Read for Broken<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match self.0.read(buffer)? {
                0 => Err(io::ErrorKind::ConnectionReset.into()),
                read => Ok(read),
            }
        }
    }

    #[test]
    fn what_a_break_cuts_off_is_no_message() {
        for (input, whole) in [("MSH|a\rMSH|b\rOBX|", 1), ("MSH|a\rBTS|1\rx", 1), ("MSH|a\r", 0), ("", 0)] {
            let messages: Vec<_> = Messages::new(BufReader::new(Broken(input.as_bytes())), 100).collect();
            assert_eq!(messages.len(), whole + 1, "{input}");
            assert!(messages[..whole].iter().all(Result::is_ok));
            assert!(matches!(&messages[whole], Err(Reason::Unreadable(_))), "{input}");
        }
    }
}
