//! `manifest.toml` of a model: its files, the form of its input and output, and how it is merged with the rules.

use super::error::ModelError;
use crate::assertion::{DecidedBy, Status};
use crate::mention::Label;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The labels in the order in which this program keeps them.
pub(super) const LABELS: [Label; 9] = [
    Label::Condition,
    Label::Level,
    Label::Grade,
    Label::Imaging,
    Label::Chronicity,
    Label::Care,
    Label::Surgery,
    Label::Function,
    Label::Injury,
];

/// The assertions in the order in which this program keeps them.
pub(super) const STATUSES: [Status; 6] = [
    Status::Present,
    Status::Absent,
    Status::Possible,
    Status::Historical,
    Status::Hypothetical,
    Status::Family,
];

/// The name of a label in the manifest.
pub(super) fn label_name(label: Label) -> &'static str {
    match label {
        Label::Condition => "condition",
        Label::Level => "level",
        Label::Grade => "grade",
        Label::Imaging => "imaging",
        Label::Chronicity => "chronicity",
        Label::Care => "care",
        Label::Surgery => "surgery",
        Label::Function => "function",
        Label::Injury => "injury",
    }
}

/// The name of an assertion in the manifest.
pub(super) fn status_name(status: Status) -> &'static str {
    match status {
        Status::Present => "present",
        Status::Absent => "absent",
        Status::Possible => "possible",
        Status::Historical => "historical",
        Status::Hypothetical => "hypothetical",
        Status::Family => "family",
    }
}

/// Most pieces of a sequence that a manifest may ask for.
const LONGEST: usize = 512;

/// A manifest whose parts fit together.
#[derive(Debug)]
pub(super) struct Manifest {
    pub(super) name: String,
    pub(super) files: BTreeMap<String, String>,
    pub(super) input: Input,
    pub(super) columns: Columns,
    pub(super) word_threshold: f32,
    pub(super) merge: BTreeMap<Label, Merge>,
    pub(super) status: Vec<StatusRule>,
    pub(super) assert: Vec<StatusRule>,
    pub(super) gate: GateRule,
}

/// The form of the sequences.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Input {
    /// Most pieces of a sequence, `[CLS]`, section and `[SEP]` among them.
    pub(super) max_tokens: usize,
    /// Pieces that two windows of a long sentence share.
    pub(super) stride: usize,
    /// Pieces of the sentence before in the same section that stand before the sentence.
    #[serde(default)]
    pub(super) context: usize,
}

/// Which column of the outputs is what.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Columns {
    /// By [`LABELS`]: the columns of beginning and inside.
    pub(super) tags: [(usize, usize); 9],
    /// By [`STATUSES`].
    pub(super) status: [usize; 6],
}

/// When the classifier adds or drops mentions of a label.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Merge {
    /// The score from which a mention is added that the rules do not have; never where absent.
    pub(super) add: Option<f32>,
    /// The probability up to which a mention of the rules is dropped; never where absent.
    pub(super) drop: Option<f32>,
    /// Who gives added mentions their assertion.
    #[serde(default)]
    pub(super) assertion: Decider,
}

/// A side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Decider {
    Rules,
    #[default]
    Model,
}

/// When the classifier's assertion beats that of the rules.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct StatusRule {
    /// Of mentions of this label; of any where absent.
    pub(super) label: Option<Label>,
    /// What the rules say; anything where absent.
    pub(super) rules: Option<Status>,
    /// What decided it; anything where absent.
    pub(super) by: Option<DecidedBy>,
    /// What the classifier says; anything where absent.
    pub(super) model: Option<Status>,
    /// How sure it must be.
    pub(super) min: f32,
}

impl StatusRule {
    /// Whether the entry speaks of this case.
    pub(super) fn fits(&self, label: Option<Label>, rules: Status, by: DecidedBy, model: Status) -> bool {
        self.label.is_none_or(|l| Some(l) == label)
            && self.rules.is_none_or(|s| s == rules)
            && self.by.is_none_or(|b| b == by)
            && self.model.is_none_or(|m| m == model)
    }

    /// Whether the entry speaks of a mention of the rules, whatever the classifier will say of it.
    pub(super) fn may_change(&self, label: Label, rules: Status, by: DecidedBy) -> bool {
        self.fits(Some(label), rules, by, self.model.unwrap_or(rules)) && self.model != Some(rules)
    }
}

/// Which sentences the encoder reads.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct GateRule {
    /// The score, a logit, from which a sentence is read.
    pub(super) threshold: f64,
    /// The score of a sentence without any word that has a weight.
    pub(super) bias: f64,
    /// Whether notes without any word of the spine are left alone.
    pub(super) note: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    files: BTreeMap<String, String>,
    input: Input,
    decode: Decode,
    #[serde(default)]
    merge: BTreeMap<Label, Merge>,
    #[serde(default)]
    status: Vec<Entry>,
    #[serde(default)]
    assert: Vec<Entry>,
    gate: GateRule,
    /// What the training wants to say of itself; nothing here depends on it.
    #[allow(dead_code, reason = "kept in the data for the reader of the file")]
    training: Option<toml::Table>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decode {
    word_threshold: f32,
    tags: Vec<String>,
    status: Vec<Status>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    #[serde(default)]
    label: Any<Label>,
    rules: Any<Status>,
    by: Any<DecidedBy>,
    model: Any<Status>,
    min: f32,
}

/// A value, or `any`.
#[derive(Deserialize)]
#[serde(untagged, expecting = "`any`, or one of the names that the documentation lists")]
enum Any<T> {
    Any(Word),
    One(T),
}

#[derive(Deserialize)]
enum Word {
    #[serde(rename = "any")]
    Any,
}

impl<T> Default for Any<T> {
    fn default() -> Self {
        Self::Any(Word::Any)
    }
}

impl<T> From<Any<T>> for Option<T> {
    fn from(any: Any<T>) -> Self {
        match any {
            Any::Any(_) => None,
            Any::One(value) => Some(value),
        }
    }
}

impl Manifest {
    /// Reads a manifest. `file` is what errors call it.
    pub(super) fn from_toml(file: &str, text: &str) -> Result<Self, ModelError> {
        let read: File = toml::from_str(text)
            .map_err(|e| ModelError::Toml { file: file.to_owned(), source: Box::new(e) })?;
        let refuse = |key: &str, reason: String| {
            Err(ModelError::Manifest { file: file.to_owned(), key: key.to_owned(), reason })
        };
        let Input { max_tokens, stride, context } = read.input;
        // [CLS], section, [SEP], and [SEP] after the context
        let room = max_tokens.saturating_sub(context + 4);
        if !(16..=LONGEST).contains(&max_tokens) {
            return refuse("input.max_tokens", format!("{max_tokens} is not from 16 to {LONGEST}"));
        }
        if room < 8 {
            return refuse(
                "input.context",
                format!("{context} leaves no room for a sentence in {max_tokens}"),
            );
        }
        if stride >= room {
            return refuse(
                "input.stride",
                format!("{stride} must be less than the {room} pieces of a window"),
            );
        }
        probability(file, "decode.word_threshold", read.decode.word_threshold)?;
        for (label, merge) in &read.merge {
            let key = format!("merge.{}", label_name(*label));
            for (name, p) in [("add", merge.add), ("drop", merge.drop)] {
                if let Some(p) = p {
                    probability(file, &format!("{key}.{name}"), p)?;
                }
            }
            if merge.add.is_some() && matches!(label, Label::Level | Label::Grade) {
                return refuse(&format!("{key}.add"), "levels and grades are never added".into());
            }
        }
        let rules = |table: &str, entries: Vec<Entry>| -> Result<Vec<StatusRule>, ModelError> {
            let mut out = Vec::with_capacity(entries.len());
            for (i, e) in entries.into_iter().enumerate() {
                probability(file, &format!("{table}[{i}].min"), e.min)?;
                let (label, rules, by, model) = (e.label.into(), e.rules.into(), e.by.into(), e.model.into());
                out.push(StatusRule { label, rules, by, model, min: e.min });
            }
            Ok(out)
        };
        let assert = rules("assert", read.assert)?;
        if let Some(i) = assert.iter().position(|r| r.label.is_some()) {
            return refuse(&format!("assert[{i}].label"), "spans of `chartgap assert` have no label".into());
        }
        if !read.gate.threshold.is_finite() || !read.gate.bias.is_finite() {
            return refuse("gate", "threshold and bias must be finite".into());
        }
        Ok(Self {
            columns: columns(file, &read.decode)?,
            name: read.name,
            files: read.files,
            input: read.input,
            word_threshold: read.decode.word_threshold,
            merge: read.merge,
            status: rules("status", read.status)?,
            assert,
            gate: read.gate,
        })
    }
}

fn probability(file: &str, key: &str, p: f32) -> Result<(), ModelError> {
    if (0.0..=1.0).contains(&p) {
        return Ok(());
    }
    let reason = format!("{p} is no probability from 0 to 1");
    Err(ModelError::Manifest { file: file.to_owned(), key: key.to_owned(), reason })
}

fn columns(file: &str, decode: &Decode) -> Result<Columns, ModelError> {
    let refuse = |key: &str, reason: String| ModelError::Manifest {
        file: file.to_owned(),
        key: key.to_owned(),
        reason,
    };
    let tag = |name: String| {
        decode
            .tags
            .iter()
            .position(|t| *t == name)
            .ok_or_else(|| refuse("decode.tags", format!("`{name}` is missing")))
    };
    let mut tags = [(0, 0); 9];
    for (slot, label) in tags.iter_mut().zip(LABELS) {
        let label = label_name(label);
        *slot = (tag(format!("B-{label}"))?, tag(format!("I-{label}"))?);
    }
    tag("O".to_owned())?;
    if decode.tags.len() != 19 {
        return Err(refuse("decode.tags", format!("{} tags, 19 are expected", decode.tags.len())));
    }
    let mut status = [0; 6];
    for (slot, s) in status.iter_mut().zip(STATUSES) {
        *slot = decode
            .status
            .iter()
            .position(|x| *x == s)
            .ok_or_else(|| refuse("decode.status", format!("`{}` is missing", status_name(s))))?;
    }
    if decode.status.len() != 6 {
        return Err(refuse("decode.status", format!("{} classes, 6 are expected", decode.status.len())));
    }
    Ok(Columns { tags, status })
}
