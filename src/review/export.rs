//! Reviewed notes in the form of the corpus: what people said goes into `truth`, what they could not settle into `ok`.

use super::{Decision, Judgement, Sample, SampledNote, field};
use crate::report::v1::{MentionReport, Summary};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// A reviewed note in the form of the corpus, with what the corpus's scorer passes over.
#[derive(Clone, Serialize)]
pub struct Corrected {
    /// The note's id.
    pub id: String,
    /// Always `review`.
    pub source: &'static str,
    /// The text.
    pub text: String,
    /// The mentions as chartgap found them: no reviewer has looked at them one by one.
    pub mentions: Vec<Value>,
    /// The note as a whole, corrected.
    pub truth: Map<String, Value>,
    /// By field: other values that a reviewer defends.
    pub ok: BTreeMap<String, Vec<Value>>,
    /// Fields that at least one reviewer has confirmed or corrected; the others are as chartgap found them.
    pub reviewed: Vec<String>,
    /// Elements whose verdict a reviewer calls wrong without a value of the field: `truth` may be wrong there.
    pub open: Vec<String>,
}

/// The notes that somebody has decided on, in the order of the sample.
pub fn corrected(sample: &Sample, decisions: &[Decision]) -> Vec<Corrected> {
    let of = |note: &SampledNote| -> Vec<&Decision> {
        decisions.iter().filter(|d| d.given.note == note.ordinal).collect()
    };
    sample.notes.iter().map(|note| (note, of(note))).filter(|(_, d)| !d.is_empty()).map(one).collect()
}

fn one((note, decisions): (&SampledNote, Vec<&Decision>)) -> Corrected {
    let mut truth = summary(&note.report.summary);
    let (mut ok, mut reviewed, mut open) = (BTreeMap::new(), Vec::new(), Vec::new());
    for element in &note.report.elements {
        let here: Vec<&&Decision> = decisions.iter().filter(|d| d.given.element == element.id).collect();
        if here.iter().any(|d| d.given.decision == Judgement::Disagree && d.given.value.is_none()) {
            open.push(element.id.clone());
        }
        let Some(field) = field(&element.id) else { continue };
        let own = truth.get(field).cloned().unwrap_or(Value::Null);
        // How many say so, by value; the values are compared as they are written.
        let mut votes: BTreeMap<String, (usize, Value)> = BTreeMap::new();
        for decision in here {
            let value = match (&decision.given.decision, &decision.given.value) {
                (Judgement::Agree, _) => own.clone(),
                (Judgement::Disagree, Some(value)) => typed(&own, value),
                (Judgement::Disagree, None) => continue,
            };
            votes.entry(value.to_string()).or_insert((0, value)).0 += 1;
        }
        if votes.is_empty() {
            continue;
        }
        reviewed.push(field.to_owned());
        let mut votes: Vec<(usize, Value)> = votes.into_values().collect();
        // The most votes; where as many stand against each other, chartgap's own value, then the first by name.
        votes.sort_by_key(|(votes, value)| (std::cmp::Reverse(*votes), *value != own));
        let mut values = votes.into_iter().map(|(_, value)| value);
        if let Some(first) = values.next() {
            truth.insert(field.to_owned(), first);
        }
        let others: Vec<Value> = values.collect();
        if !others.is_empty() {
            ok.insert(field.to_owned(), others);
        }
    }
    let mentions = note.report.mentions.iter().flatten().map(mention).collect();
    Corrected {
        id: note.id.clone(),
        source: "review",
        text: note.text.clone(),
        mentions,
        truth,
        ok,
        reviewed,
        open,
    }
}

/// A value of the same type as the field has.
fn typed(like: &Value, value: &str) -> Value {
    match like {
        Value::Bool(_) => Value::Bool(value == "true"),
        Value::Array(_) => {
            value.split(';').map(str::trim).filter(|v| !v.is_empty()).map(Value::from).collect()
        }
        _ => Value::from(value.trim()),
    }
}

fn summary(summary: &Summary) -> Map<String, Value> {
    match serde_json::to_value(summary) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    }
}

/// The fields of the guideline alone.
fn mention(mention: &MentionReport) -> Value {
    let mut value = serde_json::to_value(mention).unwrap_or(Value::Null);
    if let Some(fields) = value.as_object_mut() {
        for ours in ["cue", "decided_by", "found_by", "concept"] {
            fields.remove(ours);
        }
    }
    value
}
