//! What the overview of many notes shows: counts alone, and the notes that need work most.

use crate::report::v1::{NoteOutcome, Provenance, Verdict};
use serde::{Deserialize, Serialize};

/// Counts over many notes. [`super::Tally`] makes one from reports; any other source of counts can fill it as well.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Dashboard {
    /// The heading of the page.
    pub title: String,
    /// Notes that were read.
    pub notes: u64,
    /// Notes that could not be read.
    pub unreadable: u64,
    /// What the notes come to.
    pub outcomes: Outcomes,
    /// Verdicts by element, in the order of the checklist.
    pub elements: Vec<ElementRates>,
    /// Notes by best-supported code family, most first.
    pub code_families: Vec<Count>,
    /// By month, ascending.
    pub months: Vec<Month>,
    /// By the author's role, most notes first.
    pub author_roles: Vec<Group>,
    /// By source, most notes first.
    pub sources: Vec<Group>,
    /// Notes that need work most, worst first; there may be more notes than these.
    pub worst: Vec<WorstNote>,
    /// Notes that could not be read, with the reason; there may be more than these.
    pub errors: Vec<Unread>,
    /// What made the reports.
    pub provenance: Option<Provenance>,
}

/// Notes by outcome, and their scores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Outcomes {
    /// M53.86 is supported and complete.
    pub supported: u64,
    /// Something is missing.
    pub gaps: u64,
    /// The documentation points to another code.
    pub other_code: u64,
    /// No lumbar problem.
    pub not_applicable: u64,
    /// Sum of the scores (0 to 100) of the notes about a lumbar problem.
    pub score_sum: u64,
}

impl Outcomes {
    /// Counts one note.
    pub fn add(&mut self, outcome: NoteOutcome, score: u8) {
        *match outcome {
            NoteOutcome::Supported => &mut self.supported,
            NoteOutcome::Gaps => &mut self.gaps,
            NoteOutcome::OtherCode => &mut self.other_code,
            NoteOutcome::NotApplicable => &mut self.not_applicable,
        } += 1;
        if outcome != NoteOutcome::NotApplicable {
            self.score_sum += u64::from(score);
        }
    }

    /// Notes about a lumbar problem.
    pub fn applicable(&self) -> u64 {
        self.supported + self.gaps + self.other_code
    }

    /// The share that supports M53.86 of the notes about a lumbar problem; `None` where there are none.
    pub fn supported_share(&self) -> Option<f64> {
        share(self.supported, self.applicable())
    }

    /// The mean score, 0 to 100, of the notes about a lumbar problem; `None` where there are none.
    pub fn mean_score(&self) -> Option<f64> {
        share(self.score_sum, self.applicable())
    }
}

/// Notes by the verdict on one element.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Verdicts {
    /// Documented.
    pub met: u64,
    /// In part.
    pub partial: u64,
    /// Not at all.
    pub missing: u64,
    /// The documentation speaks against it.
    pub contradicted: u64,
    /// Can be read both ways.
    pub unclear: u64,
    /// Does not apply.
    pub not_applicable: u64,
}

impl Verdicts {
    /// Counts one note.
    pub fn add(&mut self, verdict: Verdict) {
        *match verdict {
            Verdict::Met => &mut self.met,
            Verdict::Partial => &mut self.partial,
            Verdict::Missing => &mut self.missing,
            Verdict::Contradicted => &mut self.contradicted,
            Verdict::Unclear => &mut self.unclear,
            Verdict::NotApplicable => &mut self.not_applicable,
        } += 1;
    }

    /// The share that is met of the notes to which the element applies; `None` where there are none.
    pub fn met_share(&self) -> Option<f64> {
        share(self.met, self.met + self.partial + self.missing + self.contradicted + self.unclear)
    }
}

/// The verdicts on one element.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ElementRates {
    /// The element's id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Points that it can give.
    pub weight: u32,
    /// Notes by verdict.
    pub verdicts: Verdicts,
}

/// How many notes have a value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Count {
    /// The value.
    pub name: String,
    /// Notes.
    pub notes: u64,
}

/// The notes of one month.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Month {
    /// `2026-02`.
    pub month: String,
    /// What they come to.
    pub outcomes: Outcomes,
    /// Verdicts by element, in the order of [`Dashboard::elements`]; may be empty where they are not known by month.
    pub elements: Vec<Verdicts>,
}

/// The notes that share a role or a source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Group {
    /// The role or the source.
    pub name: String,
    /// What they come to.
    pub outcomes: Outcomes,
}

/// A note that needs work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorstNote {
    /// Its id.
    pub id: String,
    /// Its page, relative to the overview. Only plain relative paths become links.
    #[serde(default)]
    pub href: Option<String>,
    /// What it comes to.
    pub outcome: NoteOutcome,
    /// 0 to 100.
    pub score: u8,
    /// The best-supported code family.
    #[serde(default)]
    pub code_family: String,
    /// The elements that leave something to do: id and verdict.
    #[serde(default)]
    pub open: Vec<(String, Verdict)>,
}

/// A note that could not be read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Unread {
    /// Its id or its place.
    pub id: String,
    /// Why; holds no note text.
    pub reason: String,
}

fn share(part: u64, all: u64) -> Option<f64> {
    (all > 0).then(|| part as f64 / all as f64)
}
