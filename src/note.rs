//! A provider note as intake hands it to the core.

use std::fmt;

/// One note. `Debug` shows the id and the size alone: note text is PHI and never reaches a log.
#[derive(Clone, Default)]
pub struct Note {
    /// Identifier as the source gives it; a file name where there is none.
    pub id: String,
    /// The text that every span refers to.
    pub text: String,
    /// What the source says about the note beside its text.
    pub meta: Meta,
}

/// Metadata that a source may carry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Meta {
    /// Date of the note, ISO 8601 (`2026-02-11`).
    pub date: Option<String>,
    /// CPT codes ordered or billed with the note.
    pub procedures: Vec<String>,
    /// ICD-10-CM codes billed with the note.
    pub codes: Vec<String>,
    /// Identifier of the document in its source, where it has one.
    pub document_id: Option<String>,
    /// LOINC code or title of the document's type.
    pub document_type: Option<String>,
    /// What the author is: a specialty, a profession.
    pub author_role: Option<String>,
    /// Keyed hash of the patient's identifier; the identifier itself is never kept.
    pub patient_key: Option<String>,
    /// Class or type of the encounter.
    pub encounter_type: Option<String>,
    /// Format that the note came in, as `--from` names it.
    pub source_format: Option<String>,
    /// File, or member of an archive, that the note came from, as errors name it.
    pub source: Option<String>,
    /// Its line in that file, from 1, in a format of lines; of a message in a batch, its first line.
    pub line: Option<u64>,
}

impl Note {
    /// A note without metadata.
    pub fn new(id: impl Into<String>, text: impl Into<String>) -> Self {
        Self { id: id.into(), text: text.into(), meta: Meta::default() }
    }
}

impl fmt::Debug for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Note").field("id", &self.id).field("bytes", &self.text.len()).finish_non_exhaustive()
    }
}
