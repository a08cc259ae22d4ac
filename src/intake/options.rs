//! How inputs are read.

use super::columns::Columns;
use super::{Limits, PatientKey, Source};

/// How many bytes one note may have unless [`Options::max_note_bytes`] says otherwise: far beyond any real note,
/// small enough that a wrong file is refused before it fills the memory.
pub const MAX_NOTE_BYTES: usize = 10 * 1024 * 1024;

/// The most that [`Options::max_note_bytes`] can allow: spans are 32-bit offsets.
pub const MAX_NOTE_BYTES_CEILING: usize = 1024 * 1024 * 1024;

/// What the documents of an input are. Archives and compression are always told by their content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// Told by the content; the extension decides where the content leaves it open.
    #[default]
    Auto,
    /// One note an input.
    Text,
    /// One JSON object a line.
    Jsonl,
    /// A table with named columns, separated by commas, semicolons, bars or tabs.
    Csv,
    /// A table with named columns, separated by tabs.
    Tsv,
    /// A Parquet table.
    Parquet,
    /// FHIR R4 JSON: one resource or bundle, or one resource a line.
    Fhir,
    /// A C-CDA document.
    Ccda,
    /// HL7 v2 messages.
    Hl7,
    /// An RTF document.
    Rtf,
    /// An HTML document.
    Html,
}

impl Form {
    /// The word for it in options and metadata.
    pub fn name(self) -> &'static str {
        match self {
            Form::Auto => "auto",
            Form::Text => "text",
            Form::Jsonl => "jsonl",
            Form::Csv => "csv",
            Form::Tsv => "tsv",
            Form::Parquet => "parquet",
            Form::Fhir => "fhir",
            Form::Ccda => "ccda",
            Form::Hl7 => "hl7",
            Form::Rtf => "rtf",
            Form::Html => "html",
        }
    }
}

/// How inputs are read.
#[derive(Clone, Debug)]
pub struct Options {
    /// What the documents are.
    pub form: Form,
    /// Largest size of one note in bytes.
    pub max_note_bytes: usize,
    /// Columns of tables.
    pub columns: Columns,
    /// Makes the keyed hash of patient identifiers; without it they are dropped.
    pub key: Option<PatientKey>,
    /// What archives and compressed inputs may not exceed.
    pub archives: ArchiveLimits,
}

/// Limits of archives and of compressed inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ArchiveLimits {
    /// Archives and compression within each other; `.tar.gz` counts two.
    pub depth: usize,
    /// Members of one archive.
    pub members: u64,
    /// Bytes that may come out of one that went in, over all layers of an input.
    pub ratio: u64,
    /// Bytes that may come out before the ratio counts.
    pub free_bytes: u64,
}

impl Default for ArchiveLimits {
    fn default() -> Self {
        Self { depth: 4, members: 10_000_000, ratio: 200, free_bytes: 64 << 20 }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            form: Form::Auto,
            max_note_bytes: MAX_NOTE_BYTES,
            columns: Columns::default(),
            key: None,
            archives: ArchiveLimits::default(),
        }
    }
}

impl Options {
    pub(super) fn note_limit(&self) -> usize {
        self.max_note_bytes.min(MAX_NOTE_BYTES_CEILING)
    }

    /// JSON can spell one byte in six (`\u0001`), so a line within this bound is refused only where its note would be.
    pub(super) fn line_limit(&self) -> usize {
        self.note_limit() * 6 + 64 * 1024
    }

    /// The limits of one document.
    pub(super) fn limits(&self) -> Limits {
        let defaults = Limits::default();
        Limits {
            note_bytes: self.note_limit(),
            document_bytes: defaults.document_bytes.max(self.line_limit()),
            ..defaults
        }
    }

    pub(super) fn source<'a>(&'a self, name: &'a str, limits: &'a Limits) -> Source<'a> {
        Source { name, limits, key: self.key.as_ref() }
    }
}
