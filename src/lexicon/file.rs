//! The form of `lexicons/*.toml` and its checks: unknown keys, missing sources and bad terms are refused with the place.

use crate::coding::table;
use crate::datafile::{self, DataError};
use crate::mention::Label;
use crate::segment::SlipRules;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use toml::Spanned;

/// Why a data file was refused. Messages name the file and the concept, and hold nothing of any note.
#[derive(Debug, thiserror::Error)]
pub enum LexiconError {
    /// Not the TOML that is expected, or an entry that makes no sense.
    #[error(transparent)]
    Data(#[from] DataError),
    /// A concept or cue that makes no sense.
    #[error("{file}:{line}: concept \"{concept}\": {reason}")]
    Concept {
        /// The file.
        file: String,
        /// The line, counted from 1: that of the term or code where it is one, else that of the concept.
        line: usize,
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
    pub(super) concept: Vec<Spanned<Concept>>,
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

/// Kinds of conditions, as files write them.
const KINDS: &[&str] = &["disease", "finding", "symptom", "unspecific", "complication"];
/// Sites of conditions, as files write them.
const SITES: &[&str] = &[
    "lumbar",
    "lumbosacral",
    "sacral",
    "thoracolumbar",
    "thoracic",
    "cervical",
    "spine",
    "leg",
    "arm",
    "general",
];

impl Codes {
    /// Those that are given, in the order of the fields.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        let all = [&self.lumbar, &self.lumbosacral, &self.thoracolumbar, &self.sacral, &self.unstated];
        all.into_iter().flatten().map(String::as_str)
    }
}

/// Parses a lexicon file and checks every concept. `file` is what errors call it.
///
/// # Errors
/// What [`LexiconError`] says.
pub(super) fn parse(file: &str, text: &str) -> Result<File, LexiconError> {
    let parsed: File = datafile::read(file, text)?;
    for c in &parsed.concept {
        let at = c.span().start;
        let c = c.get_ref();
        check(parsed.label, c).map_err(|(value, reason)| LexiconError::Concept {
            file: file.to_owned(),
            line: datafile::line(text, value.map_or(at, |v| datafile::quoted(text, at, v))),
            concept: c.id.clone(),
            reason,
        })?;
    }
    Ok(parsed)
}

/// What is wrong with a concept, and the value that it is wrong with where it is one.
fn check(label: Label, c: &Concept) -> Result<(), (Option<&str>, String)> {
    let whole = |reason: &str| Err((None, reason.to_owned()));
    if c.id.is_empty() || !c.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
        return whole("an id is lower-case letters, digits and hyphens");
    }
    if c.name.trim().is_empty() || c.name.contains('\n') {
        return whole("a name is required, in one line");
    }
    if c.source.trim().is_empty() || c.source.contains('\n') {
        return whole("a source is required, in one line: where the knowledge comes from");
    }
    if c.terms.is_empty() && c.cased.is_empty() && c.excludes.is_empty() {
        return whole("no terms; give `terms`, `cased` or `excludes`");
    }
    if let Some(term) = c.cased.iter().find(|t| t.contains(['[', ']', '{', '}', '|'])) {
        return Err((
            Some(term),
            format!("term `{term}`: a cased term is matched letter for letter, without alternatives"),
        ));
    }
    belongs(label, c)?;
    match label {
        Label::Condition => {
            given("kind", c.kind.is_some(), KINDS)?;
            given("site", c.site.is_some(), SITES)?;
            if c.group.as_ref().is_none_or(|g| g.trim().is_empty()) {
                return whole(
                    "group is required: the family that codes/rules.toml ranks and combines it in, its own id where it has none",
                );
            }
        }
        Label::Care => known("type", &c.care, CARE_TYPES)?,
        Label::Imaging if !c.terms.is_empty() || !c.cased.is_empty() => {
            known("modality", &c.modality, MODALITIES)?;
        }
        _ => {}
    }
    match c.codes.iter().find(|code| table::below(code).next().is_none()) {
        Some(code) => Err((Some(code), table::unknown(code))),
        None => Ok(()),
    }
}

/// Keys that say nothing for the label are refused, as unknown ones are.
fn belongs(label: Label, c: &Concept) -> Result<(), (Option<&str>, String)> {
    let condition = [
        ("kind", c.kind.is_some()),
        ("site", c.site.is_some()),
        ("group", c.group.is_some()),
        ("codes", c.codes != Codes::default()),
        ("m53_86", c.m53_86.is_some()),
        ("caveat", c.caveat.is_some()),
    ];
    let keys = condition.into_iter().map(|(key, set)| (key, set, Label::Condition, "condition")).chain([
        ("type", c.care.is_some(), Label::Care, "care"),
        ("modality", c.modality.is_some(), Label::Imaging, "imaging"),
        ("scale", c.scale, Label::Function, "function"),
    ]);
    match keys.into_iter().find(|(_, set, owner, _)| *set && *owner != label) {
        Some((key, _, _, owner)) => {
            Err((None, format!("`{key}` belongs to concepts of a file with label = \"{owner}\"")))
        }
        None => Ok(()),
    }
}

fn given(what: &str, is: bool, allowed: &[&str]) -> Result<(), (Option<&'static str>, String)> {
    if is { Ok(()) } else { Err((None, format!("{what} is required; one of {}", allowed.join(", ")))) }
}

fn known<'a>(
    what: &str,
    value: &'a Option<String>,
    allowed: &[&str],
) -> Result<(), (Option<&'a str>, String)> {
    match value {
        Some(v) if allowed.contains(&v.as_str()) => Ok(()),
        Some(v) => Err((Some(v), format!("unknown {what} `{v}`; one of {}", allowed.join(", ")))),
        None => given(what, false, allowed),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_allowed_values_are_those_that_are_read() {
        let kinds = KINDS.iter().map(|k| serde_json::from_value::<Kind>((*k).into()).unwrap());
        let sites = SITES.iter().map(|s| serde_json::from_value::<Site>((*s).into()).unwrap());
        assert_eq!((kinds.count(), sites.count()), (5, 10));
    }
}
