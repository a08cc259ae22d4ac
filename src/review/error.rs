//! Why a review cannot start or go on.

use super::Refusal;
use std::io;
use std::path::{Path, PathBuf};

/// Why a review cannot start or go on. Never holds note text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReviewError {
    /// The system refused something about a file.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The directory holds no sample.
    #[error("{}: holds no sample to review (chartgap audit … --sample 50 --text makes one)", .0.display())]
    NoSample(PathBuf),
    /// The sample was written without the notes.
    #[error("{}: the sample holds no words of the notes (chartgap audit … --sample 50 --text)", .0.display())]
    NoText(PathBuf),
    /// A line of the sample cannot be read.
    #[error("{}:{line}: no line of a sample that this version can read", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// The store belongs to another sample.
    #[error("{}: was begun on another sample (move it away to begin anew)", .0.display())]
    OtherSample(PathBuf),
    /// The store cannot be read or written.
    #[error("{}: {source}", path.display())]
    Store {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// A row of the store is none that this version wrote.
    #[error("{}: decision {row} cannot be read", path.display())]
    Row {
        /// The file.
        path: PathBuf,
        /// Its number.
        row: i64,
    },
    /// A decision that does not fit the note.
    #[error(transparent)]
    Refused(#[from] Refusal),
}

impl ReviewError {
    pub(super) fn io(path: &Path, source: io::Error) -> Self {
        Self::Io { path: path.to_owned(), source }
    }
}
