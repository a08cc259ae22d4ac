//! Why an audit cannot start or go on.

use std::io;
use std::path::{Path, PathBuf};

/// Why an audit cannot start or go on. Never holds note text.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditError {
    /// The system refused something about a file of the output.
    #[error("{}: {}{}", path.display(), source, hint(source))]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// The output directory holds an audit.
    #[error("{}: holds an audit already (--resume goes on with it, --force replaces it)", .0.display())]
    Exists(PathBuf),
    /// The output directory holds something else.
    #[error("{}: is not empty and holds no audit (choose another directory)", .0.display())]
    NotEmpty(PathBuf),
    /// The output path is a file.
    #[error("{}: is no directory", .0.display())]
    NoDirectory(PathBuf),
    /// Another process writes into the output directory.
    #[error("{}: another audit is writing into it", .0.display())]
    Locked(PathBuf),
    /// Output inside the input would be read as notes, and the other way round.
    #[error("{}: input and output lie in one another ({})", output.display(), input.display())]
    Nested {
        /// The output directory.
        output: PathBuf,
        /// The input argument.
        input: PathBuf,
    },
    /// The journal cannot be read.
    #[error("{}: not the journal of an audit that this version can go on with ({fault})", path.display())]
    BadState {
        /// The journal.
        path: PathBuf,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// The interrupted audit was made by another engine.
    #[error("{}: was begun with {what} {then}, now it is {now} (--force starts anew)", dir.display())]
    OtherRun {
        /// The output directory.
        dir: PathBuf,
        /// What differs.
        what: String,
        /// Its value when the audit was begun.
        then: String,
        /// Its value now.
        now: String,
    },
    /// The inputs are not those of the interrupted audit.
    #[error("{}: the inputs have changed since the audit was begun: {change} (--force starts anew)", dir.display())]
    InputsChanged {
        /// The output directory.
        dir: PathBuf,
        /// What is seen to have changed.
        change: String,
    },
    /// The first notes of the stream are not those that were audited.
    #[error("the first {done} notes are not those of the interrupted audit (--force starts anew)")]
    StreamChanged {
        /// The number of notes that were audited.
        done: u64,
    },
    /// A file of the output is not as the journal says.
    #[error("{}: is not as the interrupted audit left it (--force starts anew)", .0.display())]
    Damaged(PathBuf),
    /// A Parquet file cannot be written.
    #[error("{}: {source}", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What the writer says.
        source: parquet::errors::ParquetError,
    },
    /// The SQLite store cannot be written.
    #[error("{}: {source}{}", path.display(), sqlite_hint(source))]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        source: rusqlite::Error,
    },
    /// A CSV row cannot be built; a defect.
    #[error("CSV: {0}")]
    Csv(#[from] csv::Error),
    /// The journal or the summary cannot be written as JSON; a defect.
    #[error("JSON: {0}")]
    Json(#[from] serde_json::Error),
}

impl AuditError {
    pub(super) fn io(path: &Path, source: io::Error) -> Self {
        AuditError::Io { path: path.to_owned(), source }
    }
}

const FULL: &str = " (what is committed stays: make room, then go on with --resume)";

fn hint(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => FULL,
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => " (--out names the directory)",
        _ => "",
    }
}

fn sqlite_hint(error: &rusqlite::Error) -> &'static str {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DiskFull) => FULL,
        _ => "",
    }
}
