//! The summary: counts that grow note by note, and the rates that are told of them.

use super::row::{OUTCOMES, VERDICTS, outcome_name, verdict_name};
use crate::checklist::Checklist;
use crate::report::v1::Provenance;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The name and version of the summary's form.
const SCHEMA: &str = "chartgap.audit-summary/1";
/// Groups of one kind that are told apart; what comes after them is counted together, so that memory stays flat.
const GROUPS: usize = 1_000;
const OTHERS: &str = "(others)";
const UNDATED: &str = "(undated)";
const UNKNOWN: &str = "(unknown)";

/// What one note adds.
#[derive(Debug)]
pub(super) struct Brief {
    pub(super) input: String,
    /// Year and month, `2026-02`.
    pub(super) month: Option<String>,
    pub(super) author_role: Option<String>,
    pub(super) bytes: u64,
    /// The report in brief; where there is none, the code of the error.
    pub(super) result: Result<Checked, &'static str>,
}

#[derive(Debug)]
pub(super) struct Checked {
    /// Index into [`OUTCOMES`].
    pub(super) outcome: usize,
    pub(super) score: u8,
    /// Indices into [`VERDICTS`], in the order of the checklist.
    pub(super) verdicts: Vec<usize>,
    pub(super) family: String,
    pub(super) suggested: Option<String>,
    pub(super) m53_86: String,
}

/// The month of an ISO 8601 date.
pub(super) fn month(date: &str) -> Option<String> {
    let month = date.get(..7)?;
    let b = month.as_bytes();
    let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    let fits = digits(&b[..4]) && b[4] == b'-' && digits(&b[5..]) && ("01"..="12").contains(&&month[5..]);
    (fits && matches!(date.as_bytes().get(7), None | Some(b'-'))).then(|| month.to_owned())
}

/// Counts over a group of notes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Tally {
    notes: u64,
    errors: u64,
    outcomes: [u64; 4],
    /// Sum of the scores of the notes to which the checklist applies.
    scores: u64,
    /// By element in the order of the checklist, then by verdict.
    elements: Vec<[u64; 6]>,
}

impl Tally {
    fn add(&mut self, brief: &Brief) {
        self.notes += 1;
        let checked = match &brief.result {
            Ok(checked) => checked,
            Err(_) => {
                self.errors += 1;
                return;
            }
        };
        self.outcomes[checked.outcome] += 1;
        if applies(checked.outcome) {
            self.scores += u64::from(checked.score);
        }
        if self.elements.len() < checked.verdicts.len() {
            self.elements.resize(checked.verdicts.len(), [0; 6]);
        }
        for (counts, &verdict) in self.elements.iter_mut().zip(&checked.verdicts) {
            counts[verdict] += 1;
        }
    }

    fn scored(&self) -> u64 {
        OUTCOMES.iter().enumerate().filter(|(k, _)| applies(*k)).map(|(k, _)| self.outcomes[k]).sum()
    }

    fn mean(&self) -> Option<f64> {
        ratio(self.scores, self.scored()).map(|mean| (mean * 1e2).round() / 1e2)
    }
}

/// Whether notes of that outcome have a score that means something.
fn applies(outcome: usize) -> bool {
    outcome_name(OUTCOMES[outcome]) != "not-applicable"
}

/// The counts over all notes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Totals {
    all: Tally,
    bytes: u64,
    errors: BTreeMap<String, u64>,
    /// Scores by tens; 100 stands with the nineties.
    scores: [u64; 10],
    families: BTreeMap<String, u64>,
    suggested: BTreeMap<String, u64>,
    m53_86: BTreeMap<String, u64>,
    months: BTreeMap<String, Tally>,
    roles: BTreeMap<String, Tally>,
    inputs: BTreeMap<String, Tally>,
}

impl Totals {
    pub(super) fn add(&mut self, brief: &Brief) {
        self.all.add(brief);
        self.bytes += brief.bytes;
        match &brief.result {
            Err(code) => *self.errors.entry((*code).to_owned()).or_default() += 1,
            Ok(checked) => {
                count(&mut self.families, &checked.family);
                count(&mut self.suggested, checked.suggested.as_deref().unwrap_or("none"));
                count(&mut self.m53_86, &checked.m53_86);
                if applies(checked.outcome) {
                    self.scores[usize::from(checked.score / 10).min(9)] += 1;
                }
            }
        }
        group(&mut self.months, brief.month.as_deref().unwrap_or(UNDATED)).add(brief);
        group(&mut self.roles, brief.author_role.as_deref().unwrap_or(UNKNOWN)).add(brief);
        group(&mut self.inputs, &brief.input).add(brief);
    }

    /// The number of notes of each outcome.
    pub(super) fn outcomes(&self) -> [u64; 4] {
        self.all.outcomes
    }
}

fn count(counts: &mut BTreeMap<String, u64>, name: &str) {
    match counts.get_mut(name) {
        Some(count) => *count += 1,
        None => *counts.entry(name.to_owned()).or_default() += 1,
    }
}

fn group<'a>(groups: &'a mut BTreeMap<String, Tally>, name: &str) -> &'a mut Tally {
    let name = if groups.len() < GROUPS || groups.contains_key(name) { name } else { OTHERS };
    groups.entry(name.to_owned()).or_default()
}

fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn rate(part: u64, whole: u64) -> Option<f64> {
    ratio(part, whole).map(|rate| (rate * 1e4).round() / 1e4)
}

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
                verdicts: VERDICTS
                    .iter()
                    .zip(counts)
                    .map(|(v, n)| (verdict_name(*v).to_owned(), n))
                    .collect(),
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
        for outcome in OUTCOMES.map(outcome_name) {
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
    OUTCOMES.iter().zip(tally.outcomes).map(|(outcome, n)| (outcome_name(*outcome).to_owned(), n)).collect()
}

/// All verdicts but the last, which is `not-applicable`.
fn applying(counts: &[u64; 6]) -> u64 {
    counts[..5].iter().sum()
}

fn percent(rate: Option<f64>) -> String {
    rate.map(|rate| format!("{:>9.1}%", rate * 100.0)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months() {
        for (date, expected) in [
            ("2026-02-11", Some("2026-02")),
            ("2026-02", Some("2026-02")),
            ("2026-02-11T10:00:00Z", Some("2026-02")),
            ("2026-13-01", None),
            ("2026-022", None),
            ("02/11/2026", None),
            ("2026-0é-1", None),
            ("", None),
        ] {
            assert_eq!(month(date).as_deref(), expected, "{date}");
        }
    }

    #[test]
    fn groups_are_bounded() {
        let mut totals = Totals::default();
        for n in 0..GROUPS + 5 {
            let input = format!("{n:05}");
            totals.add(&Brief { input, month: None, author_role: None, bytes: 0, result: Err("empty") });
        }
        assert_eq!(totals.inputs.len(), GROUPS + 1);
        assert_eq!(totals.inputs[OTHERS].notes, 5);
        assert_eq!((totals.errors["empty"], totals.all.errors), (1005, 1005));
    }
}
