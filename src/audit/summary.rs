//! What an audit found, told from its counts: `summary.json` and `summary.txt`.

use super::row::{OUTCOMES, VERDICTS};
use super::totals::{Tally, Totals, UNDATED, UNKNOWN, Worst, is_open, rate};
use crate::checklist::Checklist;
use crate::report::v1::{NoteOutcome, Provenance, Verdict};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The name and version of the summary's form.
const SCHEMA: &str = "chartgap.audit-summary/1";

/// What an audit found; `summary.json`. It holds no clock, so that the same notes give the same bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// Always `chartgap.audit-summary/1`.
    pub schema: String,
    /// Notes in the stream, those that could not be read included.
    pub notes: u64,
    /// Bytes of the notes that were read.
    pub bytes: u64,
    /// Notes that could not be read.
    pub unreadable: u64,
    /// The same by reason.
    pub errors: BTreeMap<String, u64>,
    /// Notes by outcome.
    pub outcomes: BTreeMap<String, u64>,
    /// Mean score of the notes to which the checklist applies; `null` where there is none.
    pub score_mean: Option<f64>,
    /// The same notes by tens of the score: 0 to 9 up to 90 to 100.
    pub scores: [u64; 10],
    /// The checklist, element by element.
    pub elements: Vec<ElementRates>,
    /// Notes by code family.
    pub code_families: BTreeMap<String, u64>,
    /// Notes by suggested code.
    pub codes_suggested: BTreeMap<String, u64>,
    /// Notes by status of M53.86.
    pub m53_86: BTreeMap<String, u64>,
    /// By month of the note.
    pub by_month: Vec<Group>,
    /// By role of the author.
    pub by_author_role: Vec<Group>,
    /// By INPUT argument.
    pub by_input: Vec<Group>,
    /// The notes that need work most, worst first; at most a hundred.
    pub worst: Vec<WorstNote>,
    /// The first notes that could not be read; at most a hundred.
    pub unread: Vec<UnreadNote>,
    /// What made the reports.
    pub provenance: Provenance,
}

/// How often an element was documented.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ElementRates {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Points that it can give.
    pub weight: u32,
    /// Notes to which it applies.
    pub applies: u64,
    /// Notes by verdict.
    pub verdicts: BTreeMap<String, u64>,
    /// Share of `met` in the notes to which it applies; `null` where there is none.
    pub met_rate: Option<f64>,
}

/// Notes that have something in common.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// What they have in common; `(others)` where there are too many groups to tell them apart.
    pub name: String,
    /// Notes, those that could not be read included.
    pub notes: u64,
    /// Notes that could not be read.
    pub unreadable: u64,
    /// Notes by outcome.
    pub outcomes: BTreeMap<String, u64>,
    /// Mean score of the notes to which the checklist applies.
    pub score_mean: Option<f64>,
    /// Share of `met` by element, of the notes to which it applies.
    pub met_rates: BTreeMap<String, f64>,
}

impl Summary {
    pub(super) fn new(totals: &Totals, checklist: &Checklist, provenance: &Provenance) -> Self {
        let t = &totals.all;
        let elements = checklist.elements.iter().enumerate().map(|(at, element)| {
            let counts = t.elements.get(at).copied().unwrap_or_default();
            ElementRates {
                id: element.id.as_str().to_owned(),
                title: element.title.clone(),
                weight: element.weight,
                applies: applying(&counts),
                verdicts: VERDICTS.iter().zip(counts).map(|(v, n)| (v.name().to_owned(), n)).collect(),
                met_rate: rate(counts[0], applying(&counts)),
            }
        });
        let groups = |groups: &BTreeMap<String, Tally>| {
            groups.iter().map(|(name, tally)| Group::new(name, tally, checklist)).collect()
        };
        Self {
            schema: SCHEMA.into(),
            notes: t.notes,
            bytes: totals.bytes,
            unreadable: t.errors,
            errors: totals.errors.clone(),
            outcomes: outcomes(t),
            score_mean: t.mean(),
            scores: totals.scores,
            elements: elements.collect(),
            code_families: totals.families.clone(),
            codes_suggested: totals.suggested.clone(),
            m53_86: totals.m53_86.clone(),
            by_month: groups(&totals.months),
            by_author_role: groups(&totals.roles),
            by_input: groups(&totals.inputs),
            worst: totals.worst.iter().map(|worst| WorstNote::new(worst, checklist)).collect(),
            unread: totals.unread.clone(),
            provenance: provenance.clone(),
        }
    }

    /// Notes with that outcome.
    pub fn outcome(&self, name: &str) -> u64 {
        self.outcomes.get(name).copied().unwrap_or(0)
    }

    /// The summary for people; `summary.txt`.
    pub fn to_text(&self) -> String {
        let mut out = String::new();
        let mut line = |text: String| {
            out += text.trim_end();
            out.push('\n');
        };
        line(format!("{} notes, {} not readable", self.notes, self.unreadable));
        for (code, n) in &self.errors {
            line(format!("    {code:<26}{n:>10}"));
        }
        let read = self.notes - self.unreadable;
        line("\nOutcome".into());
        for outcome in OUTCOMES.map(NoteOutcome::name) {
            let n = self.outcome(outcome);
            line(format!("    {outcome:<26}{n:>10}{}", percent(rate(n, read))));
        }
        if let Some(mean) = self.score_mean {
            line(format!("    mean score, where it applies{mean:>8.1}"));
        }
        line(format!("\n{:<30}{:>10}{:>10}  {:>8} {:>8}", "Element", "applies", "met", "partial", "missing"));
        let mut elements: Vec<&ElementRates> = self.elements.iter().filter(|e| e.applies > 0).collect();
        // Stable: equals stay in the order of the checklist.
        elements.sort_by(|a, b| a.met_rate.partial_cmp(&b.met_rate).unwrap_or(std::cmp::Ordering::Equal));
        for e in elements {
            let n = |verdict: &str| e.verdicts.get(verdict).copied().unwrap_or(0);
            let met = percent(e.met_rate);
            line(format!(
                "    {:<26}{:>10}{met:>10}  {:>8} {:>8}",
                e.id,
                e.applies,
                n("partial"),
                n("missing")
            ));
        }
        line("\nCode family".into());
        let mut families: Vec<_> = self.code_families.iter().collect();
        families.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
        for (family, n) in families.iter().take(20) {
            line(format!("    {family:<26}{n:>10}{}", percent(rate(**n, read))));
        }
        for (title, groups) in
            [("Author role", &self.by_author_role), ("Month", &self.by_month), ("Input", &self.by_input)]
        {
            if groups.iter().all(|g| [UNKNOWN, UNDATED].contains(&g.name.as_str())) {
                continue;
            }
            line(format!("\n{title:<30}{:>10}{:>10}{:>10}{:>10}", "notes", "supported", "gaps", "score"));
            for g in groups {
                let n = |outcome: &str| g.outcomes.get(outcome).copied().unwrap_or(0);
                let score = g.score_mean.map(|mean| format!("{mean:.1}")).unwrap_or_default();
                let (supported, gaps) = (n("supported"), n("gaps"));
                line(format!("    {:<26}{:>10}{supported:>10}{gaps:>10}{score:>10}", g.name, g.notes));
            }
        }
        out
    }
}

/// A note that needs work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WorstNote {
    /// Its place in the stream.
    pub ordinal: u64,
    /// Its id.
    pub id: String,
    /// What it comes to.
    pub outcome: NoteOutcome,
    /// 0 to 100.
    pub score: u8,
    /// The best-supported code family, or `none`.
    pub code_family: String,
    /// The elements that leave something to do, in the order of the checklist.
    pub open: Vec<(String, Verdict)>,
}

/// A note that could not be read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UnreadNote {
    /// Its id, or its place.
    pub id: String,
    /// Why; holds no words of the note.
    pub reason: String,
}

impl WorstNote {
    fn new(worst: &Worst, checklist: &Checklist) -> Self {
        let open = checklist.elements.iter().zip(&worst.verdicts).filter(|(_, v)| is_open(**v));
        Self {
            ordinal: worst.ordinal,
            id: worst.id.clone(),
            outcome: OUTCOMES[worst.outcome],
            score: worst.score,
            code_family: worst.family.clone(),
            open: open.map(|(element, v)| (element.id.as_str().to_owned(), VERDICTS[*v])).collect(),
        }
    }
}

impl Group {
    fn new(name: &str, tally: &Tally, checklist: &Checklist) -> Self {
        let met = checklist.elements.iter().zip(&tally.elements).filter_map(|(element, counts)| {
            Some((element.id.as_str().to_owned(), rate(counts[0], applying(counts))?))
        });
        Self {
            name: name.to_owned(),
            notes: tally.notes,
            unreadable: tally.errors,
            outcomes: outcomes(tally),
            score_mean: tally.mean(),
            met_rates: met.collect(),
        }
    }
}

fn outcomes(tally: &Tally) -> BTreeMap<String, u64> {
    OUTCOMES.iter().zip(tally.outcomes).map(|(outcome, n)| (outcome.name().to_owned(), n)).collect()
}

/// All verdicts but the last, which is `not-applicable`.
fn applying(counts: &[u64; 6]) -> u64 {
    counts[..5].iter().sum()
}

fn percent(rate: Option<f64>) -> String {
    rate.map(|rate| format!("{:>9.1}%", rate * 100.0)).unwrap_or_default()
}
