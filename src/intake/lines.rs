//! Lines of bounded length: a line over the bound is skipped, never held.

use std::io::{self, BufRead};

/// Reads lines one at a time.
pub(super) struct Lines<R> {
    reader: R,
    limit: usize,
    number: u64,
    offset: u64,
}

/// What came of one line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// A line, without its line feed, is in the buffer.
    Read,
    /// It was longer than the limit; the buffer is empty.
    TooLong,
    /// No more lines.
    End,
}

impl<R: BufRead> Lines<R> {
    pub(super) fn new(reader: R, limit: usize) -> Self {
        Self { reader, limit, number: 0, offset: 0 }
    }

    /// The same from within an input: `before` lines and `offset` bytes come before.
    pub(super) fn within(self, before: u64, offset: u64) -> Self {
        Self { number: before, offset, ..self }
    }

    /// Counts so many lines that others have read.
    pub(super) fn pass(&mut self, lines: u64) {
        self.number += lines;
    }

    /// Number of the line read last, from 1.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Reads the next line into `buffer` and returns the byte where it starts.
    pub(super) fn next(&mut self, buffer: &mut Vec<u8>) -> io::Result<(Line, u64)> {
        buffer.clear();
        let start = self.offset;
        let mut too_long = false;
        loop {
            let chunk = match self.reader.fill_buf() {
                Ok(chunk) => chunk,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(e),
            };
            if chunk.is_empty() {
                if self.offset == start {
                    return Ok((Line::End, start));
                }
                break;
            }
            let feed = memchr::memchr(b'\n', chunk);
            let taken = &chunk[..feed.unwrap_or(chunk.len())];
            if !too_long && buffer.len() + taken.len() > self.limit {
                too_long = true;
                *buffer = Vec::new();
            }
            if !too_long {
                buffer.extend_from_slice(taken);
            }
            let used = taken.len() + usize::from(feed.is_some());
            self.reader.consume(used);
            self.offset += used as u64;
            if feed.is_some() {
                break;
            }
        }
        self.number += 1;
        Ok((if too_long { Line::TooLong } else { Line::Read }, start))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::BufReader;

    fn read(input: &str, limit: usize) -> Vec<(Line, u64, String)> {
        let mut lines = Lines::new(BufReader::with_capacity(3, input.as_bytes()), limit);
        let mut buffer = Vec::new();
        let mut out = Vec::new();
        loop {
            let (line, at) = lines.next(&mut buffer).unwrap();
            if line == Line::End {
                return out;
            }
            out.push((line, at, String::from_utf8(buffer.clone()).unwrap()));
        }
    }

    #[test]
    fn a_long_line_is_skipped_and_the_next_one_read() {
        assert_eq!(
            read("ab\n0123456789\n\ncd", 4),
            [
                (Line::Read, 0, "ab".to_owned()),
                (Line::TooLong, 3, String::new()),
                (Line::Read, 14, String::new()),
                (Line::Read, 15, "cd".to_owned()),
            ]
        );
    }

    #[test]
    fn a_line_of_exactly_the_limit_is_read() {
        assert_eq!(read("0123", 4), [(Line::Read, 0, "0123".to_owned())]);
        assert_eq!(read("", 4), []);
    }
}
