//! What a reviewer says about a verdict, and what of it is refused.

use super::SampledNote;
use crate::report::v1::{ElementReport, Verdict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most bytes of a comment, of a name, of a corrected value.
pub const MAX_TEXT: usize = 4_000;

/// Whether a reviewer goes along with a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Judgement {
    /// The verdict is right.
    Agree,
    /// It is wrong.
    Disagree,
}

impl Judgement {
    /// Its name in every output.
    pub fn name(self) -> &'static str {
        match self {
            Judgement::Agree => "agree",
            Judgement::Disagree => "disagree",
        }
    }
}

/// What a reviewer says about a verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Given {
    /// `ordinal` of the note.
    pub note: u64,
    /// Id of the element.
    pub element: String,
    /// Who says so.
    pub reviewer: String,
    /// Whether the verdict is right.
    pub decision: Judgement,
    /// The verdict that would be right, of one that is wrong.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corrected: Option<Verdict>,
    /// What the note says about the element, as a value of the summary's field ([`field`], [`values`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Anything else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

/// A decision as it was recorded.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Decision {
    /// What was said.
    #[serde(flatten)]
    pub given: Given,
    /// The verdict that it is about.
    pub verdict: Verdict,
    /// When, RFC 3339.
    pub at: String,
}

/// Why a decision is refused. Never holds a comment or note text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The sample has no such note.
    #[error("note {0}: not in the sample")]
    Note(u64),
    /// The report has no such element.
    #[error("note {note}: the report has no such element (it has {known})")]
    Element {
        /// The note.
        note: u64,
        /// The elements that it has.
        known: String,
    },
    /// Nobody, or a name that cannot stand in a table.
    #[error("note {0}: the reviewer's name is empty, too long, or holds control characters")]
    Reviewer(u64),
    /// A corrected verdict beside an agreement, or the one that is called wrong.
    #[error("note {note}, {element}: a corrected verdict or value goes with a disagreement, and differs")]
    Correction {
        /// The note.
        note: u64,
        /// The element.
        element: String,
    },
    /// A value that the field does not have.
    #[error("note {note}, {element}: the value is none of the field's ({allowed})")]
    Value {
        /// The note.
        note: u64,
        /// The element.
        element: String,
        /// What is allowed.
        allowed: String,
    },
    /// A comment of more than [`MAX_TEXT`] bytes.
    #[error("note {note}, {element}: the comment or value is longer than {MAX_TEXT} bytes")]
    Long {
        /// The note.
        note: u64,
        /// The element.
        element: String,
    },
}

/// The field of the summary that an element rests on.
pub fn field(element: &str) -> Option<&'static str> {
    FIELDS.iter().find(|(id, ..)| *id == element).map(|(_, field, _)| *field)
}

/// The values that the field of an element can have, as the annotation guideline lists them; empty where it is open.
pub fn values(element: &str) -> &'static [&'static str] {
    FIELDS.iter().find(|(id, ..)| *id == element).map_or(&[], |(_, _, values)| *values)
}

/// Elements with the field that they rest on and its values (`corpus/GUIDELINE.md`).
const FIELDS: &[(&str, &str, &[&str])] = &[
    ("named-condition", "named_conditions", &[]),
    ("no-more-specific-code", "code_family", &[]),
    ("region", "region", &["lumbar", "lumbosacral", "thoracolumbar", "unstated", "other"]),
    ("imaging", "imaging", &["findings", "normal", "study_only", "planned", "absent"]),
    ("chronicity", "acuity", &["acute", "subacute", "chronic", "unstated"]),
    ("conservative-care", "conservative_care", &["documented", "planned_only", "declined_only", "absent"]),
    ("function", "function", &["limited", "not_limited", "absent"]),
    ("injury-history", "injury", &["current", "past", "denied", "unstated"]),
    ("not-nonspecific", "nonspecific_only", &["true", "false"]),
];

impl Given {
    /// Holds the decision against the note that it is about, and returns the verdict there.
    ///
    /// # Errors
    /// What does not fit.
    pub fn check(&self, note: &SampledNote) -> Result<Verdict, Refusal> {
        let at = self.note;
        let element = self.element_of(note)?;
        let name = self.reviewer.trim();
        if name.is_empty() || name.len() > 200 || name.chars().any(char::is_control) {
            return Err(Refusal::Reviewer(at));
        }
        let id = || element.id.clone();
        let texts = [&self.value, &self.comment];
        if texts.into_iter().flatten().any(|text| text.len() > MAX_TEXT) {
            return Err(Refusal::Long { note: at, element: id() });
        }
        let agrees = self.decision == Judgement::Agree;
        if agrees && (self.corrected.is_some() || self.value.is_some())
            || self.corrected == Some(element.verdict)
        {
            return Err(Refusal::Correction { note: at, element: id() });
        }
        if let Some(value) = &self.value {
            let allowed = values(&element.id);
            let known = field(&element.id).is_some();
            let fits =
                if allowed.is_empty() { !value.trim().is_empty() } else { allowed.contains(&value.as_str()) };
            if !known || !fits {
                let allowed = match (known, allowed.is_empty()) {
                    (false, _) => "it has none".to_owned(),
                    (true, true) => "anything but nothing".to_owned(),
                    (true, false) => allowed.join(", "),
                };
                return Err(Refusal::Value { note: at, element: id(), allowed });
            }
        }
        Ok(element.verdict)
    }

    fn element_of<'n>(&self, note: &'n SampledNote) -> Result<&'n ElementReport, Refusal> {
        let elements = &note.report.elements;
        elements.iter().find(|e| e.id == self.element).ok_or_else(|| {
            let known: Vec<&str> = elements.iter().map(|e| e.id.as_str()).collect();
            Refusal::Element { note: self.note, known: known.join(", ") }
        })
    }
}
