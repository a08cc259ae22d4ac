//! The notes to review: `sample.jsonl` of an audit.

use super::ReviewError;
use crate::digest;
use crate::note::Note;
use crate::report::v1::Report;
use serde::Deserialize;
use std::fmt;
use std::io::ErrorKind;
use std::path::Path;

/// The file of the sample.
const FILE: &str = "sample.jsonl";

/// The notes to review, in the order of the audit.
#[derive(Clone, Debug)]
pub struct Sample {
    /// The notes.
    pub notes: Vec<SampledNote>,
    /// SHA-256 of the file.
    pub digest: String,
}

/// A note to review. `Debug` shows no text.
#[derive(Clone)]
pub struct SampledNote {
    /// Its place in the stream of the audit, which names it here as well: ids may occur twice.
    pub ordinal: u64,
    /// Its id.
    pub id: String,
    /// The outcome that it was drawn for.
    pub stratum: String,
    /// How many notes of the audit it stands for.
    pub weight: f64,
    /// What chartgap says about it.
    pub report: Report,
    /// Its text.
    pub text: String,
}

impl Sample {
    /// Reads the sample of an audit.
    ///
    /// # Errors
    /// There is none, it holds no note text, or a line cannot be read.
    pub fn read(directory: &Path) -> Result<Self, ReviewError> {
        let path = directory.join(FILE);
        let bytes = std::fs::read(&path).map_err(|e| match e.kind() {
            ErrorKind::NotFound => ReviewError::NoSample(directory.to_owned()),
            _ => ReviewError::io(&path, e),
        })?;
        let digest = digest::sha256(&bytes);
        let lines = bytes.split(|b| *b == b'\n').enumerate().filter(|(_, line)| !line.is_empty());
        let notes = lines
            .map(|(at, line)| {
                let lost = || ReviewError::Line { path: path.clone(), line: at + 1 };
                let Line { text, ordinal, id, stratum, weight, report } =
                    serde_json::from_slice(line).map_err(|_| lost())?;
                let text = text.ok_or_else(|| ReviewError::NoText(path.clone()))?;
                let note = SampledNote { ordinal, id, stratum, weight, report, text };
                // Whatever shows the note cuts it by these places.
                if note.fits() { Ok(note) } else { Err(lost()) }
            })
            .collect::<Result<Vec<_>, _>>()?;
        Ok(Self { notes, digest })
    }

    /// The note of that ordinal.
    pub fn get(&self, ordinal: u64) -> Option<&SampledNote> {
        // In the order of the notes, as the audit writes it; a file made otherwise is searched all the same.
        match self.notes.binary_search_by_key(&ordinal, |note| note.ordinal) {
            Ok(at) => self.notes.get(at),
            Err(_) => self.notes.iter().find(|note| note.ordinal == ordinal),
        }
    }
}

#[derive(Deserialize)]
struct Line {
    ordinal: u64,
    id: String,
    stratum: String,
    weight: f64,
    report: Report,
    text: Option<String>,
}

impl SampledNote {
    /// The note as renderings take it.
    pub fn note(&self) -> Note {
        Note::new(self.id.clone(), self.text.clone())
    }

    fn fits(&self) -> bool {
        let elements = self.report.elements.iter();
        let all = elements.chain(self.report.procedures.iter().flat_map(|p| &p.elements));
        all.flat_map(|e| &e.evidence).all(|e| {
            self.text.get(e.byte_start as usize..e.byte_end as usize).is_some_and(|words| words == e.text)
        })
    }
}

impl fmt::Debug for SampledNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("SampledNote");
        out.field("ordinal", &self.ordinal).field("id", &self.id).finish_non_exhaustive()
    }
}
