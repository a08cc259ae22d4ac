//! The figures that a comparison yields, in the JSON shape of the reference script.

use serde::{Serialize, Serializer};
use std::fmt;

/// The key under which [`Figures::assertion`] counts mentions without an assertion.
pub const NO_CLASS: &str = "null";

/// How far an output agrees with the gold.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures {
    /// Notes in the gold.
    pub notes: usize,
    /// Notes of the gold that the output lacks; they are scored as if it had found nothing.
    pub missing: usize,
    /// Mentions, by label and over all labels (`micro`).
    pub mentions: ByMode,
    /// Attributes on leniently matched mentions, by `label.attribute`, in the order of first occurrence.
    pub attributes: Table<Accuracy>,
    /// Assertion classes over all labels on leniently matched mentions, in the order of first occurrence.
    pub assertion: Table<Prf>,
    /// The notes as a whole.
    pub summary: Summary,
    /// What disagrees, one sentence each, in the order of the gold. It quotes the notes.
    #[serde(skip)]
    pub errors: Errors,
}

/// Figures under both ways of matching.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ByMode {
    /// Spans must be equal.
    pub strict: Table<Prf>,
    /// Spans must overlap.
    pub lenient: Table<Prf>,
}

/// Precision, recall and their harmonic mean, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Prf {
    /// Precision; 1 where nothing was predicted.
    pub p: f64,
    /// Recall; 1 where the gold has nothing.
    pub r: f64,
    /// F1.
    pub f1: f64,
    /// Items in the gold.
    pub n: usize,
}

/// The share of matched mentions whose attribute is right, from 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Accuracy {
    /// The share.
    pub accuracy: f64,
    /// Matched mentions.
    pub n: usize,
}

/// How far a field of the summary agrees.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Agreement {
    /// The share of notes that agree, from 0 to 1.
    pub agreement: f64,
    /// Cohen's kappa; `None` where one value alone occurs, and for `code_family.category`.
    pub kappa: Option<f64>,
    /// Notes.
    pub n: usize,
}

/// The notes as a whole.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// By field; `code_family.category` compares the first three characters of the code alone.
    #[serde(flatten)]
    pub fields: Table<Agreement>,
    /// Named conditions as sets; two match when they share a word other than `lumbar` and small words.
    pub named_conditions: Prf,
    /// Mean agreement of region, imaging, acuity, conservative care, function and injury; `None` without notes.
    pub elements_mean: Option<f64>,
    /// Their mean kappa; `None` where none of them has one.
    pub elements_kappa: Option<f64>,
}

/// Figures by name, in a fixed order; a JSON object.
#[derive(Clone, Debug, PartialEq)]
pub struct Table<T>(pub Vec<(String, T)>);

/// What disagrees. `Debug` shows the number alone, since the sentences quote the notes.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Errors(pub Vec<String>);

impl<T> Table<T> {
    /// The figures of that name.
    pub fn get(&self, name: &str) -> Option<&T> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, figures)| figures)
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Serialize> Serialize for Table<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, figures)| (name, figures)))
    }
}

impl fmt::Debug for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Errors({})", self.0.len())
    }
}
