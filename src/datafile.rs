//! Places in data files: every error about one reads `file:line: what is wrong`, with what would be right.

use serde::de::DeserializeOwned;

/// A data file that can't be used, with the place. Holds nothing of any note.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {problem}")]
pub struct DataError {
    /// The file, as the caller named it.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong, and what is allowed.
    pub problem: String,
}

/// Reads a TOML file.
///
/// # Errors
/// What is not TOML or not of the form: an unknown key, a missing one, a value that is not among the allowed ones.
pub(crate) fn read<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, DataError> {
    toml::from_str(text).map_err(|e| refuse(file, text, e.span().map_or(0, |s| s.start), e.message()))
}

/// An error at a byte of a file's text.
pub(crate) fn refuse(file: &str, text: &str, at: usize, problem: impl Into<String>) -> DataError {
    DataError { file: file.to_owned(), line: line(text, at), problem: problem.into() }
}

/// The line of a byte of a text, counted from 1.
pub(crate) fn line(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|b| *b == b'\n').count() + 1
}

/// Where a string stands in quotes behind `from`; `from` itself where it is written in another way.
pub(crate) fn quoted(text: &str, from: usize, value: &str) -> usize {
    let rest = text.get(from..).unwrap_or("");
    let found = ['"', '\''].iter().filter_map(|q| rest.find(&format!("{q}{value}{q}"))).min();
    found.map_or(from, |at| from + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        let text = "a = \"x\"\nb = 'y'\n";
        assert_eq!((line(text, 0), line(text, 8), line(text, 999)), (1, 2, 3));
        assert_eq!(line(text, quoted(text, 0, "y")), 2);
        assert_eq!(quoted(text, 3, "z"), 3);
    }
}
