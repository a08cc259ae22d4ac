//! What a parser is told beside the bytes: whose they are, and how much it may take in.

use super::{PatientKey, Reason};

/// Where the bytes come from, and the limits that hold for them.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The file, or the member of a container, as errors name it.
    pub name: &'a str,
    /// What may not be exceeded.
    pub limits: &'a Limits,
    /// Makes the keyed hash of patient identifiers; without it they are dropped.
    pub key: Option<&'a PatientKey>,
}

impl<'a> Source<'a> {
    /// A source without a key: patient identifiers are dropped.
    pub fn new(name: &'a str, limits: &'a Limits) -> Self {
        Self { name, limits, key: None }
    }

    /// Refuses a document over the limit.
    pub(super) fn check_size(&self, bytes: &[u8]) -> Result<(), Reason> {
        let limit = self.limits.document_bytes;
        if bytes.len() > limit { Err(Reason::DocumentTooLarge { limit: limit as u64 }) } else { Ok(()) }
    }
}

/// Limits of one input.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Extracted text of one note, in bytes.
    pub note_bytes: usize,
    /// One document before extraction, in bytes, an attachment after base64 as well.
    pub document_bytes: usize,
    /// Nesting: groups, elements, sections, documents in documents.
    pub depth: usize,
    /// Notes, attachments or segments of one document.
    pub parts: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { note_bytes: 10 << 20, document_bytes: 64 << 20, depth: 100, parts: 100_000 }
    }
}
