//! A mention: a span of the note that names a concept, with its attributes and assertion.

use crate::assertion::Assertion;
use crate::span::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The nine labels of the annotation guideline (`corpus/GUIDELINE.md`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Label {
    /// A disease, imaging finding or symptom.
    Condition,
    /// A vertebral level, segment or range; a nerve root with `root` set.
    Level,
    /// A severity or grade.
    Grade,
    /// An imaging study.
    Imaging,
    /// How long the problem has been there.
    Chronicity,
    /// Conservative care.
    Care,
    /// Spine surgery.
    Surgery,
    /// A limitation of activity, or its stated absence.
    Function,
    /// An event or mechanism of injury, or its denial.
    Injury,
}

/// One mention. Attributes that a label does not have are `None` or empty.
#[derive(Clone, Debug, PartialEq)]
pub struct Mention {
    /// What it is.
    pub label: Label,
    /// Where it stands.
    pub span: Span,
    /// Index of the concept in the lexicon; `None` for mentions that a pattern found.
    pub concept: Option<u32>,
    /// What the label carries beside the span.
    pub attrs: Attributes,
    /// Whether, when and of whom it is asserted; levels and grades stay at the default.
    pub assertion: Assertion,
    /// Index of the sentence that holds its first byte.
    pub sentence: u32,
    /// Index of the section that holds its first byte.
    pub section: u32,
}

/// The label-specific attributes, named as in the annotation guideline.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Attributes {
    /// `level`: segments (`L4-L5`) or single vertebrae (`L3`), top to bottom.
    pub norm: Vec<String>,
    /// `level`: a nerve root, which is no evidence of the region.
    pub root: bool,
    /// `grade`: the grading system.
    pub system: Option<String>,
    /// `grade`: the value in its normal form.
    pub value: Option<String>,
    /// `grade`: the grading systems that the words can mean, by their ids in `grades.toml`; empty where they name none.
    pub grading: Vec<String>,
    /// `grade`: index of the concept of the condition that it grades.
    pub graded: Option<u32>,
    /// `imaging`: mri, ct, xray, myelogram, discogram, bone_scan, other.
    pub modality: Option<String>,
    /// `chronicity`: how old the problem is.
    pub acuity: Option<Acuity>,
    /// `chronicity`: duration in days where the words give one.
    pub days: Option<u32>,
    /// `care`: the kind of measure.
    pub care: Option<String>,
    /// `care`: what came of it.
    pub outcome: Option<Outcome>,
    /// `care`: it could not be given: a contraindication, an intolerance, an allergy.
    pub contraindicated: bool,
}

/// Acute (< 6 weeks), subacute (6 to 12 weeks), chronic (> 12 weeks or called so).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Acuity {
    /// Less than six weeks.
    Acute,
    /// Six to twelve weeks.
    Subacute,
    /// More than twelve weeks, or called chronic.
    Chronic,
    /// The words do not tell.
    Unknown,
}

/// What the note says came of a measure; never inferred from what was done next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// No or minimal relief.
    Failed,
    /// Some or temporary relief.
    Partial,
    /// It helped.
    Helped,
    /// Not said.
    Unknown,
}
