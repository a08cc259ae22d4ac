//! Where the lines of a note begin, so that every rendering counts them in the same way.

use std::ops::Range;

/// Where the lines of a note begin; a line feed ends a line.
pub(crate) struct LineIndex {
    starts: Vec<usize>,
}

impl LineIndex {
    pub(crate) fn new(text: &str) -> Self {
        let feeds = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1);
        Self { starts: std::iter::once(0).chain(feeds).collect() }
    }

    /// How many lines there are; at least one.
    #[cfg(feature = "html")]
    pub(crate) fn count(&self) -> usize {
        self.starts.len()
    }

    /// Number, from 1, of the line that holds a byte.
    pub(crate) fn line(&self, byte: usize) -> usize {
        self.starts.partition_point(|&start| start <= byte)
    }

    /// First byte of a line; the end of the text for one that there is not.
    pub(crate) fn start(&self, text: &str, line: usize) -> usize {
        self.starts.get(line - 1).copied().unwrap_or(text.len())
    }

    /// Bytes of a line without its line feed.
    pub(crate) fn range(&self, text: &str, line: usize) -> Range<usize> {
        let end = self.starts.get(line).map_or(text.len(), |next| next - 1);
        self.start(text, line)..end
    }
}
