//! Intake: the only reader of files. It turns text files, JSONL, directories and standard input into notes, one at a time.

mod blocks;
pub mod ccda;
mod charset;
mod codepage;
mod error;
pub mod fhir;
mod found;
mod headings;
pub mod hl7;
pub mod html;
mod jsonl;
mod lines;
mod media;
mod notes;
pub mod rtf;
mod source;
mod text;
mod walk;

pub use error::{At, IntakeError, JsonFault, Reason};
pub use found::Parsed;
pub use jsonl::JsonLines;
pub use notes::Notes;
pub use source::{Limits, Source};

use std::path::Path;

/// How many bytes one note may have unless [`Options::max_note_bytes`] says otherwise: far beyond any real note,
/// small enough that a wrong file is refused before it fills the memory.
pub const MAX_NOTE_BYTES: usize = 10 * 1024 * 1024;

/// The most that [`Options::max_note_bytes`] can allow: spans are 32-bit offsets.
pub const MAX_NOTE_BYTES_CEILING: usize = 1024 * 1024 * 1024;

/// What an input holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// Told by the extension (`.txt`, `.text`; `.jsonl`, `.ndjson`); by the first line where there is none.
    #[default]
    Auto,
    /// One note an input, whatever its name.
    Text,
    /// One JSON object a line, whatever its name.
    Jsonl,
}

impl Form {
    /// What the extension of `path` says; `Auto` where it says nothing.
    fn of(path: &Path) -> Form {
        match path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase).as_deref() {
            Some("txt" | "text") => Form::Text,
            Some("jsonl" | "ndjson") => Form::Jsonl,
            _ => Form::Auto,
        }
    }
}

/// How inputs are read.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// What the inputs hold.
    pub form: Form,
    /// Largest size of one note in bytes.
    pub max_note_bytes: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self { form: Form::Auto, max_note_bytes: MAX_NOTE_BYTES }
    }
}

impl Options {
    fn note_limit(&self) -> usize {
        self.max_note_bytes.min(MAX_NOTE_BYTES_CEILING)
    }

    /// JSON can spell one byte in six (`\u0001`), so a line within this bound is refused only where its note would be.
    fn line_limit(&self) -> usize {
        self.note_limit() * 6 + 64 * 1024
    }
}
