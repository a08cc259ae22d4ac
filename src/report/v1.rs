//! The frozen form of the report, `chartgap.report/1`: what every rendering and every consumer reads.

use crate::assertion::{DecidedBy, Status};
use crate::classify::FoundBy;
use crate::mention::{Acuity, Label, Outcome};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The name and version of this form.
pub const SCHEMA: &str = "chartgap.report/1";

/// One note's gap report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The note's id.
    pub id: String,
    /// 0 to 100: the credit of the elements that apply, by weight.
    pub score: u8,
    /// What the whole comes to.
    pub outcome: NoteOutcome,
    /// The note as a whole.
    pub summary: Summary,
    /// The checklist, element by element, in its order.
    pub elements: Vec<ElementReport>,
    /// Code guidance.
    pub coding: Coding,
    /// Documentation asked for by procedure; empty where no procedure came with the note.
    pub procedures: Vec<ProcedureReport>,
    /// The mentions, where they were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mentions: Option<Vec<MentionReport>>,
    /// Where rules and classifier differ, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disagreements: Option<Vec<DisagreementReport>>,
    /// What made this report.
    pub provenance: Provenance,
}

/// The outcome of a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Outcome")]
pub enum NoteOutcome {
    /// M53.86 is supported and complete.
    Supported,
    /// Something is missing.
    Gaps,
    /// The documentation points to another code.
    OtherCode,
    /// No lumbar problem.
    NotApplicable,
}

impl NoteOutcome {
    /// Its name in every output for programs.
    pub fn name(self) -> &'static str {
        match self {
            NoteOutcome::Supported => "supported",
            NoteOutcome::Gaps => "gaps",
            NoteOutcome::OtherCode => "other-code",
            NoteOutcome::NotApplicable => "not-applicable",
        }
    }
}

/// The note as a whole; fields and values are those of the annotation guideline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Summary {
    /// About a problem of the lumbar or lumbosacral spine.
    pub lumbar: bool,
    /// Named lumbar conditions that are present, in the note's words, the assessed ones first.
    pub named_conditions: Vec<String>,
    /// The only lumbar problem is a symptom or an unspecific term.
    pub nonspecific_only: bool,
    /// lumbar, lumbosacral, thoracolumbar, unstated, other.
    pub region: String,
    /// findings, normal, study_only, planned, absent.
    pub imaging: String,
    /// acute, subacute, chronic, unstated.
    pub acuity: String,
    /// The duration in the note's words.
    pub duration: Option<String>,
    /// documented, planned_only, declined_only, absent.
    pub conservative_care: String,
    /// The types of care that were tried or are in use, sorted.
    pub care_types: Vec<String>,
    /// limited, not_limited, absent.
    pub function: String,
    /// current, past, denied, unstated.
    pub injury: String,
    /// present, absent, unstated.
    pub radiculopathy: String,
    /// The best-supported ICD-10-CM family, or `none`.
    pub code_family: String,
}

/// The verdict on one element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Documented.
    Met,
    /// Documented in part.
    Partial,
    /// Not documented.
    Missing,
    /// The documentation speaks against it.
    Contradicted,
    /// Does not apply to this note.
    NotApplicable,
    /// The note can be read both ways.
    Unclear,
}

impl Verdict {
    /// Its name in every output for programs.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Met => "met",
            Verdict::Partial => "partial",
            Verdict::Missing => "missing",
            Verdict::Contradicted => "contradicted",
            Verdict::NotApplicable => "not-applicable",
            Verdict::Unclear => "unclear",
        }
    }
}

/// One element of the checklist.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ElementReport {
    /// The element's id, `named-condition`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Points that the element can give.
    pub weight: u32,
    /// Points that it gave.
    pub credit: f32,
    /// Where the note says so.
    pub evidence: Vec<Evidence>,
    /// What is missing; `null` where nothing is.
    pub gap: Option<Gap>,
    /// A compliant query to the provider; `null` where there is nothing to ask.
    pub query: Option<String>,
    /// The sources of the element's rule, with their verification mark.
    pub sources: Vec<String>,
}

/// A place in the note that supports a verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// First code point.
    pub start: u32,
    /// One past the last code point.
    pub end: u32,
    /// First byte.
    pub byte_start: u32,
    /// One past the last byte.
    pub byte_end: u32,
    /// The words.
    pub text: String,
    /// The kind of section that they stand in.
    pub section: String,
    /// Their assertion.
    pub assertion: Status,
    /// The words that decided the assertion.
    pub cue: Option<String>,
}

/// What is missing. A gap has no span: only, where one fits, the section in which the words would stand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gap {
    /// What is missing, in one sentence.
    pub message: String,
    /// What to write.
    pub fix: String,
    /// The section where it would stand, as `{start, end}` of its heading in code points.
    pub near: Option<Place>,
}

/// A range of the note without its text.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// First code point.
    pub start: u32,
    /// One past the last code point.
    pub end: u32,
    /// First byte.
    pub byte_start: u32,
    /// One past the last byte.
    pub byte_end: u32,
}

/// Code guidance: what the documentation supports and why M53.86 does or does not stand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Coding {
    /// The best-supported code or family; `null` where none is.
    pub suggested: Option<String>,
    /// `supported`, `not-supported`, `not-applicable`.
    pub m53_86: String,
    /// Why, each with its source.
    pub reasons: Vec<Reason>,
    /// Other codes and what would have to be documented for each.
    pub alternatives: Vec<Alternative>,
    /// Codes that exclude M53.86 here.
    pub excludes: Vec<Reason>,
}

/// A statement with its source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reason {
    /// The statement.
    pub text: String,
    /// Where it comes from.
    pub source: String,
}

/// Another code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Alternative {
    /// The code or family.
    pub code: String,
    /// What would have to be documented.
    pub when: String,
}

/// What a procedure's coverage policies ask for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ProcedureReport {
    /// The CPT code.
    pub cpt: String,
    /// What they ask for and whether the note has it.
    pub elements: Vec<ElementReport>,
}

/// One mention, with the fields of the annotation guideline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MentionReport {
    /// The label.
    pub label: Label,
    /// First code point.
    pub start: u32,
    /// One past the last code point.
    pub end: u32,
    /// The words.
    pub text: String,
    /// The assertion; levels, grades and chronicities have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assertion: Option<Status>,
    /// The words that decided the assertion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cue: Option<String>,
    /// What decided it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<DecidedBy>,
    /// Who found it, where a classifier ran.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found_by: Option<FoundBy>,
    /// The concept's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub concept: Option<String>,
    /// `level`: segments.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub norm: Option<Vec<String>>,
    /// `level`: a nerve root.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub root: Option<bool>,
    /// `grade`: the system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
    /// `grade`: the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// `imaging`: the modality.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modality: Option<String>,
    /// `chronicity`: the acuity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acuity: Option<Acuity>,
    /// `care`: the type.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub care_type: Option<String>,
    /// `care`: the outcome.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Outcome>,
}

/// Where rules and classifier differ, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DisagreementReport {
    /// What is in question.
    pub label: Label,
    /// First code point.
    pub start: u32,
    /// One past the last code point.
    pub end: u32,
    /// The words.
    pub text: String,
    /// What the rules say; `null` where they find nothing.
    pub rules: Option<VerdictReport>,
    /// What the classifier says; `null` where it finds nothing.
    pub classifier: Option<VerdictReport>,
    /// How sure the classifier is that the label stands there, 0 to 1.
    pub score: f32,
    /// `rules` or `classifier`.
    pub won: FoundBy,
    /// The entry of the model's manifest that decided, or which one is missing.
    pub entry: String,
}

/// One side of a disagreement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct VerdictReport {
    /// The assertion; levels, grades and chronicities have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assertion: Option<Status>,
    /// What decided it.
    pub decided_by: DecidedBy,
    /// The probability of the assertion, for the classifier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f32>,
}

/// What made a report. A report without it is a defect.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// `chartgap`.
    pub software: String,
    /// Its version.
    pub version: String,
    /// SHA-256 over the lexicon files in force.
    pub lexicon: String,
    /// SHA-256 over the checklist in force.
    pub checklist: String,
    /// The fiscal year of the code set, `FY2027`.
    pub code_set: String,
    /// The classifier's model; `null` where no classifier ran.
    pub classifier: Option<Model>,
}

/// A classifier model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// SHA-256 of its manifest, which names the digests of its other files.
    pub sha256: String,
    /// The engine that ran it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
}
