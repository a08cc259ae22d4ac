//! The form of `lexicons/*.toml` and its checks: unknown keys, missing sources and bad terms are refused with the place.

use crate::mention::Label;
use crate::segment::SlipRules;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Why a data file was refused. Messages name the file and the concept, and hold nothing of any note.
#[derive(Debug, thiserror::Error)]
pub enum LexiconError {
    /// Not the TOML that is expected; toml's message has line, column and the allowed names.
    #[error("{file}: {source}")]
    Toml {
        /// The file.
        file: String,
        /// What toml says.
        source: Box<toml::de::Error>,
    },
    /// A concept that makes no sense.
    #[error("{file}: concept `{concept}`: {reason}")]
    Concept {
        /// The file.
        file: String,
        /// The concept's id.
        concept: String,
        /// What is wrong.
        reason: String,
    },
    /// A file that can't be read.
    #[error("{file}: {source}")]
    Io {
        /// The file.
        file: String,
        /// What the system says.
        source: std::io::Error,
    },
}

/// A lexicon file: the concepts of one label.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) label: Label,
    #[serde(default)]
    pub(super) concept: Vec<Concept>,
}

/// Where a concept counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Context {
    /// Wherever it stands.
    #[default]
    Any,
    /// In notes that are about the spine.
    Spine,
    /// Where an unambiguous spine mention stands near.
    Near,
}

/// What a condition is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A named disease.
    Disease,
    /// An imaging finding.
    Finding,
    /// A symptom.
    Symptom,
    /// Low back pain, strain NOS, spasm, "spine disorder".
    Unspecific,
    /// A complication of care.
    Complication,
}

/// Where in the body a condition sits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Site {
    Lumbar,
    Lumbosacral,
    Sacral,
    Thoracolumbar,
    Thoracic,
    Cervical,
    Spine,
    Leg,
    Arm,
    General,
}

/// Whether M53.86 may stand for a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum M5386 {
    /// The index leads there.
    Yes,
    /// No index entry; acceptable where the note says what it is not.
    YesNotIndexed,
    /// A more specific code exists.
    MoreSpecific,
    /// Too unspecific for the checklist.
    Nonspecific,
}

/// Codes by region; absent where the code set has none.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[allow(missing_docs)]
pub struct Codes {
    pub lumbar: Option<String>,
    pub lumbosacral: Option<String>,
    pub thoracolumbar: Option<String>,
    pub sacral: Option<String>,
    pub unstated: Option<String>,
}

/// Whether a functional phrase states a limitation or its absence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)]
pub enum Polarity {
    #[default]
    Limited,
    NotLimited,
}

/// How far a mention runs on from its trigger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Extend {
    /// To the end of the clause, at most 12 tokens.
    Clause,
}

/// One concept as the files write it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Concept {
    /// Unique over all files.
    pub id: String,
    /// Preferred name.
    pub name: String,
    /// Terms with alternatives; see [`super::term`].
    #[serde(default)]
    pub terms: Vec<String>,
    /// Terms that match in this case and spelling alone.
    #[serde(default)]
    pub cased: Vec<String>,
    /// Longer phrases that hold a term and are not this concept.
    #[serde(default)]
    pub excludes: Vec<String>,
    /// Where it counts.
    #[serde(default)]
    pub context: Context,
    /// Where the knowledge comes from.
    pub source: String,
    /// Whether the source was read.
    pub verified: bool,
    /// Sentences in which the concept is found.
    #[serde(default)]
    pub matches: Vec<String>,
    /// Sentences in which it is not.
    #[serde(default)]
    pub rejects: Vec<String>,
    /// Conditions: what it is.
    pub kind: Option<Kind>,
    /// Conditions: where it sits.
    pub site: Option<Site>,
    /// Conditions: the family that the code combinations speak of.
    pub group: Option<String>,
    /// Conditions: codes by region.
    #[serde(default)]
    pub codes: Codes,
    /// Conditions: whether M53.86 may stand for it.
    pub m53_86: Option<M5386>,
    /// Conditions: what to beware of.
    pub caveat: Option<String>,
    /// Care: its type.
    #[serde(rename = "type")]
    pub care: Option<String>,
    /// Imaging: its modality.
    pub modality: Option<String>,
    /// Function: limitation or its absence.
    #[serde(default)]
    pub polarity: Polarity,
    /// Function and injury: how far the mention runs on.
    pub extend: Option<Extend>,
    /// Function: a disability scale.
    #[serde(default)]
    pub scale: bool,
}

/// Types of care, as in the annotation guideline.
pub(crate) const CARE_TYPES: &[&str] = &[
    "medication",
    "physical_therapy",
    "exercise",
    "chiropractic",
    "injection",
    "bracing",
    "activity_modification",
    "modality",
    "massage",
    "acupuncture",
    "weight_loss",
    "psychological",
    "other",
];
/// Modalities of studies, as in the annotation guideline.
pub(crate) const MODALITIES: &[&str] = &["mri", "ct", "xray", "myelogram", "discogram", "bone_scan", "other"];

/// Parses a lexicon file and checks every concept.
///
/// # Errors
/// What [`LexiconError`] says.
pub(super) fn parse(file: &str, text: &str) -> Result<File, LexiconError> {
    let parsed: File = toml::from_str(text)
        .map_err(|e| LexiconError::Toml { file: file.to_owned(), source: Box::new(e) })?;
    for c in &parsed.concept {
        check(parsed.label, c).map_err(|reason| LexiconError::Concept {
            file: file.to_owned(),
            concept: c.id.clone(),
            reason,
        })?;
    }
    Ok(parsed)
}

fn check(label: Label, c: &Concept) -> Result<(), String> {
    if c.id.is_empty() || !c.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
        return Err("an id is lower-case letters, digits and hyphens".into());
    }
    if c.source.trim().is_empty() {
        return Err("a source is required".into());
    }
    if c.terms.is_empty() && c.cased.is_empty() && c.excludes.is_empty() {
        return Err("no terms".into());
    }
    let known = |what: &str, value: &Option<String>, allowed: &[&str]| match value {
        Some(v) if allowed.contains(&v.as_str()) => Ok(()),
        Some(v) => Err(format!("unknown {what} `{v}`; one of {}", allowed.join(", "))),
        None => Err(format!("{what} is required; one of {}", allowed.join(", "))),
    };
    match label {
        Label::Condition if c.kind.is_none() || c.site.is_none() || c.group.is_none() => {
            Err("a condition has kind, site and group".into())
        }
        Label::Care => known("type", &c.care, CARE_TYPES),
        Label::Imaging if !c.terms.is_empty() || !c.cased.is_empty() => {
            known("modality", &c.modality, MODALITIES)
        }
        _ => Ok(()),
    }
}

/// `spelling.toml`: exact variants, and the rules for slips that no variant names.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SpellingFile {
    #[serde(default)]
    pub(super) variants: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) correction: SlipRules,
}

/// `sections.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SectionsFile {
    pub(super) section: Vec<SectionEntry>,
}

/// One kind of section with its headings.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SectionEntry {
    pub(super) kind: crate::segment::SectionKind,
    pub(super) headings: Vec<String>,
    #[serde(default)]
    #[allow(dead_code, reason = "kept in the data for the reader of the file")]
    pub(super) source: Option<String>,
}
