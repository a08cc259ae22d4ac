//! What a session says of its note: the report, with places as the session's encoding counts them.

use super::position::Positions;
use crate::assertion::Status;
use crate::report::v1::{
    Coding, DisagreementReport, ElementReport, Evidence, MentionReport, NoteOutcome, Place, Provenance,
    Report, Summary, Verdict,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// A note as it was checked at one revision. `Debug` is as sensitive as a report.
///
/// It holds all that a report says, and is what a client has that took in every change: see [`super::Change::onto`].
#[derive(Clone, Debug, PartialEq)]
pub struct State {
    /// The revision of the note.
    pub revision: u64,
    /// The length of its text.
    pub length: u32,
    /// 0 to 100.
    pub score: u8,
    /// What the whole comes to.
    pub outcome: NoteOutcome,
    /// The elements of the checklist, then those that the procedures ask for.
    pub elements: Vec<Element>,
    /// The mentions.
    pub mentions: Vec<MentionReport>,
    /// Where rules and classifier differ; empty where that is not listed.
    pub disagreements: Vec<DisagreementReport>,
    /// The note as a whole.
    pub summary: Summary,
    /// Code guidance.
    pub coding: Coding,
    /// What made it.
    pub provenance: Provenance,
}

/// An element as it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Element {
    /// The CPT code of the procedure that asks for it; `None` for the checklist.
    pub procedure: Option<String>,
    /// Its id, unique within the checklist or the procedure.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The verdict.
    pub verdict: Verdict,
    /// Points that it can give.
    pub weight: u32,
    /// Points that it gave.
    pub credit: f32,
    /// Where the note says so.
    pub evidence: Vec<Passage>,
    /// What is missing.
    pub gap: Option<Missing>,
    /// A query to the provider.
    pub query: Option<String>,
    /// The sources of its rule.
    pub sources: Vec<String>,
}

/// Words of the note that support a verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Passage {
    /// First position.
    pub start: u32,
    /// One past the last position.
    pub end: u32,
    /// The words.
    pub text: String,
    /// The kind of section that they stand in.
    pub section: String,
    /// Their assertion.
    pub assertion: Status,
    /// The words that decided the assertion.
    pub cue: Option<String>,
}

/// What is missing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Missing {
    /// In one sentence.
    pub message: String,
    /// What to write.
    pub fix: String,
    /// The heading of the section where it would stand.
    pub near: Option<Heading>,
}

/// A heading of the note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Heading {
    /// First position.
    pub start: u32,
    /// One past the last position.
    pub end: u32,
}

/// What has a place in the note.
pub(super) trait Placed {
    fn place(&self) -> Range<u32>;
    fn put(&mut self, place: Range<u32>);
}

macro_rules! placed {
    ($($type:ty),*) => {$(
        impl Placed for $type {
            fn place(&self) -> Range<u32> {
                self.start..self.end
            }

            fn put(&mut self, place: Range<u32>) {
                (self.start, self.end) = (place.start, place.end);
            }
        }
    )*};
}

placed!(Passage, Heading, MentionReport, DisagreementReport);

impl State {
    /// What a report with its mentions says of a note.
    pub(super) fn new(report: &Report, revision: u64, length: u32, positions: &Positions) -> Self {
        let asked =
            report.procedures.iter().flat_map(|p| p.elements.iter().map(|e| (Some(p.cpt.as_str()), e)));
        let elements = report.elements.iter().map(|e| (None, e)).chain(asked);
        Self {
            revision,
            length,
            score: report.score,
            outcome: report.outcome,
            elements: elements.map(|(procedure, e)| Element::new(procedure, e, positions)).collect(),
            mentions: report.mentions.iter().flatten().map(|m| counted(m, positions)).collect(),
            disagreements: report.disagreements.iter().flatten().map(|d| counted(d, positions)).collect(),
            summary: report.summary.clone(),
            coding: report.coding.clone(),
            provenance: report.provenance.clone(),
        }
    }
}

/// An entry of the report, whose places are code points, as the session counts.
fn counted<T: Placed + Clone>(entry: &T, positions: &Positions) -> T {
    let mut entry = entry.clone();
    let place = entry.place();
    entry.put(positions.at(place.start)..positions.at(place.end));
    entry
}

impl Element {
    fn new(procedure: Option<&str>, e: &ElementReport, positions: &Positions) -> Self {
        let passage = |x: &Evidence| Passage {
            start: positions.at(x.start),
            end: positions.at(x.end),
            text: x.text.clone(),
            section: x.section.clone(),
            assertion: x.assertion,
            cue: x.cue.clone(),
        };
        let heading = |p: &Place| Heading { start: positions.at(p.start), end: positions.at(p.end) };
        Self {
            procedure: procedure.map(str::to_owned),
            id: e.id.clone(),
            title: e.title.clone(),
            verdict: e.verdict,
            weight: e.weight,
            credit: e.credit,
            evidence: e.evidence.iter().map(passage).collect(),
            gap: e.gap.as_ref().map(|g| Missing {
                message: g.message.clone(),
                fix: g.fix.clone(),
                near: g.near.as_ref().map(heading),
            }),
            query: e.query.clone(),
            sources: e.sources.clone(),
        }
    }
}
