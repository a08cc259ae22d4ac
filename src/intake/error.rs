//! Why a note could not be read: where, and a reason that never holds note text.

use super::meter::OverRatio;
use std::fmt;
use std::io;

/// One input, or one note of it, that could not be read.
#[derive(Debug, thiserror::Error)]
#[error("{}: {reason}", self.place())]
pub struct IntakeError {
    /// The file as the caller named it; `<stdin>` for standard input; `archive.zip!member` for a member.
    pub file: String,
    /// The line, or the row of a Parquet table, from 1, where one is known.
    pub line: Option<u64>,
    /// The note's id, where it could be read.
    pub id: Option<String>,
    /// What is wrong.
    pub reason: Reason,
}

impl IntakeError {
    /// An error about a whole input.
    pub fn new(file: impl Into<String>, reason: Reason) -> Self {
        Self { file: file.into(), line: None, id: None, reason }
    }

    /// Names the line.
    pub fn at_line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    /// Names the note.
    pub fn of_note(mut self, id: Option<String>) -> Self {
        self.id = id;
        self
    }

    /// `file:line`, or `file` where no line is known.
    pub fn place(&self) -> String {
        match self.line {
            Some(line) => format!("{}:{line}", self.file),
            None => self.file.clone(),
        }
    }

    /// The note's id, or its place where the id could not be read.
    pub fn id_or_place(&self) -> String {
        self.id.clone().unwrap_or_else(|| self.place())
    }
}

/// What is wrong with an input.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Reason {
    /// Nothing has that name.
    #[error("no such file or directory")]
    NotFound,
    /// A pattern that fits no file.
    #[error("the pattern matches no file")]
    NoMatch,
    /// A directory or a JSONL file in which there is no note.
    #[error("no notes in it")]
    NoNotes,
    /// The system refused; its message names no content.
    #[error("cannot be read: {}", .0.kind())]
    Unreadable(#[source] io::Error),
    /// Not UTF-8.
    #[error("invalid UTF-8 at byte {offset} (save the note as UTF-8)")]
    InvalidUtf8 {
        /// First bad byte, from 0, in the file.
        offset: u64,
    },
    /// A UTF-16 or UTF-32 byte order mark.
    #[error("{0} text (save the note as UTF-8)")]
    WrongEncoding(&'static str),
    /// A format that is no plain text.
    #[error("{0}, not plain text (export the note as text)")]
    Unsupported(&'static str),
    /// A NUL character.
    #[error("NUL character at byte {offset} (binary data or a damaged export)")]
    NulByte {
        /// Its byte, from 0: in the file; for JSON that spells it `\u0000`, in the note's text.
        offset: u64,
    },
    /// Nothing but white space.
    #[error("the note is empty")]
    Empty,
    /// A note over the limit.
    #[error("the note is larger than {limit} bytes (--max-note-bytes)")]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// A line over the bound that the note limit implies.
    #[error("the line is longer than {limit} bytes (--max-note-bytes)")]
    LineTooLong {
        /// The bound in bytes.
        limit: u64,
    },
    /// A line that is not the JSON object asked for.
    #[error("{fault} at column {column}")]
    BadJson {
        /// What kind of fault.
        fault: JsonFault,
        /// Column in bytes, from 1.
        column: u64,
    },
    /// An object without a field that it must have.
    #[error("the object has no \"{0}\"")]
    MissingField(&'static str),
    /// A document that breaks the rules of its format.
    #[error("malformed {format}{}: {what}", place_of(.at))]
    Malformed {
        /// The format.
        format: &'static str,
        /// Which rule.
        what: &'static str,
        /// Where in the document, which may be an attachment.
        at: Option<At>,
    },
    /// Base64 with characters that are none, or cut off.
    #[error("the base64 data are damaged")]
    BadBase64,
    /// Groups, elements or documents within each other over the limit.
    #[error("nested more than {limit} deep")]
    TooDeep {
        /// The limit.
        limit: u64,
    },
    /// More notes, attachments or elements than the limit.
    #[error("more than {limit} parts")]
    TooManyParts {
        /// The limit.
        limit: u64,
    },
    /// A document over the limit, before its text is taken out of it.
    #[error("the document is larger than {limit} bytes")]
    DocumentTooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// Text that the source took back.
    #[error("marked as entered in error")]
    EnteredInError,
    /// A reference to what is not in the input; nothing is fetched.
    #[error("the text lies elsewhere: a reference that nothing in the input answers")]
    NotIncluded,
    /// A table without a column that is asked for.
    #[error("no column for {option}; there are: {columns}")]
    NoColumn {
        /// The option that names the column.
        option: &'static str,
        /// The columns that exist; not told where the first row is data.
        columns: String,
    },
    /// Compressed data that do not decode.
    #[error("the data are damaged or cut off")]
    Damaged,
    /// Compressed data that unpack to more than the limit.
    #[error("more than {ratio} times its size comes out of the compressed data (--max-ratio)")]
    OverRatio {
        /// The limit.
        ratio: u64,
    },
    /// A secret too short to keep patients apart from guesses.
    #[error("a key has at least {least} bytes")]
    ShortKey {
        /// Fewest bytes.
        least: usize,
    },
    /// A format that this build leaves out.
    #[error("this build reads no such format (cargo feature {0})")]
    NotBuilt(&'static str),
    /// `start` and `end` that do not fit the text.
    #[error("start and end are no span of the text")]
    BadSpan,
    /// The note was read, but working on it failed: a defect of this software.
    #[error("internal error; please report it without the note")]
    Internal,
}

impl Reason {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Reason::NotFound => "not-found",
            Reason::NoMatch => "no-match",
            Reason::NoNotes => "no-notes",
            Reason::Unreadable(_) => "unreadable",
            Reason::InvalidUtf8 { .. } => "invalid-utf8",
            Reason::WrongEncoding(_) => "wrong-encoding",
            Reason::Unsupported(_) => "unsupported-format",
            Reason::NulByte { .. } => "nul-byte",
            Reason::Empty => "empty",
            Reason::TooLarge { .. } => "too-large",
            Reason::LineTooLong { .. } => "line-too-long",
            Reason::BadJson { .. } => "invalid-json",
            Reason::MissingField(_) => "missing-field",
            Reason::Malformed { .. } => "malformed",
            Reason::BadBase64 => "bad-base64",
            Reason::TooDeep { .. } => "too-deep",
            Reason::TooManyParts { .. } => "too-many-parts",
            Reason::DocumentTooLarge { .. } => "document-too-large",
            Reason::EnteredInError => "entered-in-error",
            Reason::NotIncluded => "not-included",
            Reason::NoColumn { .. } => "no-column",
            Reason::Damaged => "damaged",
            Reason::OverRatio { .. } => "over-ratio",
            Reason::ShortKey { .. } => "short-key",
            Reason::NotBuilt(_) => "not-built",
            Reason::BadSpan => "bad-span",
            Reason::Internal => "internal",
        }
    }
}

/// A place in a document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// A byte, from 0.
    Byte(u64),
    /// A line, from 1.
    Line(u64),
}

fn place_of(at: &Option<At>) -> String {
    match at {
        Some(At::Byte(byte)) => format!(" at byte {byte}"),
        Some(At::Line(line)) => format!(" at line {line}"),
        None => String::new(),
    }
}

/// The kind of a JSON fault. The parser's own message is dropped: it can quote the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonFault {
    /// Not JSON.
    Syntax,
    /// The line ends inside a value.
    Truncated,
    /// JSON, but a field has the wrong type, or the line is no object.
    Type,
}

impl fmt::Display for JsonFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            JsonFault::Syntax => "JSON syntax error",
            JsonFault::Truncated => "JSON cut off",
            JsonFault::Type => "JSON of the wrong shape",
        })
    }
}

impl From<&serde_json::Error> for Reason {
    fn from(error: &serde_json::Error) -> Self {
        let fault = match error.classify() {
            serde_json::error::Category::Data => JsonFault::Type,
            serde_json::error::Category::Eof => JsonFault::Truncated,
            serde_json::error::Category::Syntax | serde_json::error::Category::Io => JsonFault::Syntax,
        };
        Reason::BadJson { fault, column: error.column() as u64 }
    }
}

impl From<io::Error> for Reason {
    fn from(error: io::Error) -> Self {
        if let Some(over) = OverRatio::within(&error) {
            return Reason::OverRatio { ratio: over.ratio };
        }
        match error.kind() {
            io::ErrorKind::NotFound => Reason::NotFound,
            // The system gives none of these for a file; decoders do.
            io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput | io::ErrorKind::UnexpectedEof => {
                Reason::Damaged
            }
            _ => Reason::Unreadable(error),
        }
    }
}
