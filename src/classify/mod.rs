//! The classifier: what reads sentences beside the rules. Without one, the provenance says so.
//!
//! [`Classifier`] is the seam; [`OnnxClassifier`] is the one that comes with the program. A note passes through the files
//! in this order: `gate` keeps sentences away that cannot matter, `cache` knows those that were read before, `pieces` cuts
//! the rest into word pieces and windows, `batch` puts windows of one length together, `encoder` runs the network, `decode`
//! turns its numbers into words, entities and assertions, `merge` weighs them against the rules as the manifest says.

#[cfg(feature = "classifier")]
mod added;
#[cfg(feature = "classifier")]
mod batch;
#[cfg(feature = "classifier")]
mod cache;
#[cfg(feature = "classifier")]
pub mod decode;
#[cfg(feature = "classifier")]
pub mod encoder;
#[cfg(feature = "classifier")]
mod error;
#[cfg(feature = "classifier")]
mod gate;
#[cfg(feature = "classifier")]
mod manifest;
#[cfg(feature = "classifier")]
mod merge;
#[cfg(feature = "classifier")]
mod onnx;
#[cfg(feature = "classifier")]
mod package;
#[cfg(feature = "classifier")]
mod pieces;
#[cfg(feature = "classifier")]
mod tagger;

#[cfg(feature = "classifier")]
pub use self::{
    encoder::{Runtime, RuntimeOptions},
    error::ModelError,
    gate::Gate,
    onnx::OnnxClassifier,
    package::{ModelSource, Package},
    pieces::Pieces,
    tagger::{Sentence, Tagger},
};

use crate::assertion::{Assertion, DecidedBy, Status};
use crate::mention::Label;
use crate::note::Note;
use crate::reading::{Reader, Reading};
use crate::report::v1::Model;
use crate::segment::Segments;
use crate::span::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A sentence classifier that adds mentions and settles assertions where the rules are unsure or silent.
///
/// It must be deterministic: what it says of a note depends on the note alone, not on the notes that are read with it.
pub trait Classifier: Send + Sync {
    /// The model's name and digest, for the provenance.
    fn model(&self) -> Model;

    /// Revises what the rules read in some notes: brings mentions and settles assertions, marks the mentions that it finds as
    /// well, and lists where it differs from the rules; the last two as far as `extent` goes.
    ///
    /// # Errors
    /// A model that failed on its input; the readings are then those of the rules.
    fn revise(&self, reader: &Reader, notes: &mut [Work<'_>], extent: Extent) -> Result<(), ClassifyError>;

    /// Revises the assertion that the rules gave a span of any medical text.
    ///
    /// # Errors
    /// A model that failed on its input; the assertion is then that of the rules.
    fn assert(
        &self,
        text: &str,
        segments: &Segments,
        span: Span,
        assertion: &mut Assertion,
    ) -> Result<(), ClassifyError>;

    /// Forgets what it remembers of sentences that it read, so that the next note is read as the first one was.
    fn forget(&self) {}

    /// How many sentences it was given so far, and how many of them it had to compute.
    fn counts(&self) -> Counts {
        Counts::default()
    }
}

/// What a classifier had to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Sentences in the notes that it was given.
    pub sentences: u64,
    /// Those that passed its gate.
    pub passed: u64,
    /// Those that it had not read before.
    pub computed: u64,
}

/// How much of a note a classifier reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Extent {
    /// What could change a mention or an assertion, and nothing else: enough for every verdict.
    Decisive,
    /// Every sentence with a mention as well, so that it is known of each who found it.
    Mentioned,
    /// All that may matter, so that it is known wherever rules and classifier differ.
    #[default]
    Whole,
}

/// A note and what the rules read in it.
pub struct Work<'a> {
    /// The note.
    pub note: &'a Note,
    /// Its reading, to be revised.
    pub reading: &'a mut Reading,
}

/// A model that failed on its input: a defect of model or engine, not of the note. It holds no text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{engine} failed on a batch of {rows} sequences of {length} pieces")]
pub struct ClassifyError {
    /// The engine that ran the model.
    pub engine: String,
    /// Sequences in the batch.
    pub rows: usize,
    /// Their common length.
    pub length: usize,
}

/// Who found a mention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FoundBy {
    /// Lexicon or patterns.
    #[default]
    Rules,
    /// The classifier alone.
    Classifier,
    /// Both, each by itself.
    Both,
}

/// Where rules and classifier differ about a piece of text, and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Disagreement {
    /// What is in question.
    pub label: Label,
    /// Where.
    pub span: Span,
    /// What the rules say; `None` where they find nothing.
    pub rules: Option<Verdict>,
    /// What the classifier says; `None` where it finds nothing.
    pub classifier: Option<Verdict>,
    /// How sure the classifier is that the label stands there, 0 to 1.
    pub score: f32,
    /// How sure it is of its assertion, 0 to 1.
    pub certainty: f32,
    /// Whether the classifier had its way.
    pub classifier_won: bool,
    /// The entry of the manifest that decided, `merge.care.add = 0.8`, or which one would have had to.
    pub entry: String,
}

/// One side of a disagreement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The assertion.
    pub status: Status,
    /// What decided it.
    pub decided_by: DecidedBy,
}
