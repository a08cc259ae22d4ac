//! The assertion of a mention: presence, temporality, experiencer, and what decided them.

use crate::span::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Whether the note says the thing is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// Stated as there, done or in use.
    #[default]
    Present,
    /// Denied, excluded, refused.
    Absent,
    /// Suspected, likely, on the differential. Not codable in outpatient notes (ICD-10-CM Guidelines IV.H).
    Possible,
    /// Planned, conditional, a risk.
    Hypothetical,
}

/// When it is asserted for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Temporality {
    /// Now, or since lately.
    #[default]
    Recent,
    /// Past and over.
    Historical,
}

/// Whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Experiencer {
    /// The patient.
    #[default]
    Patient,
    /// Somebody else.
    Family,
}

/// What settled an assertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DecidedBy {
    /// Nothing spoke against the default of the label.
    #[default]
    Default,
    /// A cue in the sentence.
    Cue,
    /// The section that the mention stands in.
    Section,
    /// The classifier.
    Classifier,
}

/// The single value that the annotation guideline gives a mention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// There, done, in use.
    Present,
    /// Denied, refused, not done.
    Absent,
    /// Uncertain.
    Possible,
    /// Past and over.
    Historical,
    /// Planned, conditional.
    Hypothetical,
    /// Somebody else's.
    Family,
}

/// An assertion and its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Assertion {
    /// Whether.
    pub presence: Presence,
    /// When.
    pub temporality: Temporality,
    /// Whose.
    pub experiencer: Experiencer,
    /// Where the deciding cue stands in the note.
    pub cue: Option<Span>,
    /// What decided.
    pub decided_by: DecidedBy,
}

impl Assertion {
    /// The guideline's single value. Somebody else's beats everything; what is denied, possible or planned
    /// stays so even where it lies in the past.
    pub fn status(&self) -> Status {
        match (self.experiencer, self.presence, self.temporality) {
            (Experiencer::Family, _, _) => Status::Family,
            (_, Presence::Absent, _) => Status::Absent,
            (_, Presence::Possible, _) => Status::Possible,
            (_, Presence::Hypothetical, _) => Status::Hypothetical,
            (_, Presence::Present, Temporality::Historical) => Status::Historical,
            (_, Presence::Present, Temporality::Recent) => Status::Present,
        }
    }
}
