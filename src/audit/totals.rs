//! The counts of an audit: they grow note by note, stay small, and stand in the journal.

use super::row::{OUTCOMES, VERDICTS};
use super::summary::UnreadNote;
use crate::report::v1::{NoteOutcome, Verdict};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Groups of one kind that are told apart; what comes after them is counted together, so that memory stays flat.
const GROUPS: usize = 1_000;
const OTHERS: &str = "(others)";
pub(super) const UNDATED: &str = "(undated)";
pub(super) const UNKNOWN: &str = "(unknown)";

/// Notes that are told of by name; in tests few, so that some leave the list.
const NAMED: usize = if cfg!(test) { 2 } else { 100 };

/// What one note adds.
#[derive(Debug)]
pub(super) struct Brief {
    pub(super) ordinal: u64,
    pub(super) id: String,
    pub(super) input: String,
    /// Year and month, `2026-02`.
    pub(super) month: Option<String>,
    pub(super) author_role: Option<String>,
    pub(super) bytes: u64,
    /// There is a page for it, should it come into the list of the worst.
    pub(super) page: bool,
    /// The report in brief; where there is none, the error.
    pub(super) result: Result<Checked, Failed>,
}

/// Why a note could not be read.
#[derive(Debug)]
pub(super) struct Failed {
    pub(super) code: &'static str,
    pub(super) message: String,
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

impl Checked {
    /// The place among the notes that need work, the worst first; `None` where nothing is to be done.
    pub(super) fn rank(&self) -> Option<u64> {
        let open = self.open();
        (open > 0 && applies(self.outcome)).then(|| rank(self.score, open))
    }

    fn open(&self) -> usize {
        self.verdicts.iter().filter(|v| is_open(**v)).count()
    }
}

/// Lowest score first, then most elements.
fn rank(score: u8, open: usize) -> u64 {
    u64::from(score) << 32 | u64::from(u32::MAX - u32::try_from(open).unwrap_or(u32::MAX))
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
pub(super) struct Tally {
    pub(super) notes: u64,
    pub(super) errors: u64,
    pub(super) outcomes: [u64; 4],
    /// Sum of the scores of the notes to which the checklist applies.
    pub(super) scores: u64,
    /// By element in the order of the checklist, then by verdict.
    pub(super) elements: Vec<[u64; 6]>,
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

    pub(super) fn mean(&self) -> Option<f64> {
        ratio(self.scores, self.scored()).map(|mean| (mean * 1e2).round() / 1e2)
    }
}

/// Whether notes of that outcome have a score that means something.
fn applies(outcome: usize) -> bool {
    OUTCOMES[outcome] != NoteOutcome::NotApplicable
}

/// The counts over all notes.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Totals {
    pub(super) all: Tally,
    pub(super) bytes: u64,
    pub(super) errors: BTreeMap<String, u64>,
    /// Scores by tens; 100 stands with the nineties.
    pub(super) scores: [u64; 10],
    pub(super) families: BTreeMap<String, u64>,
    pub(super) suggested: BTreeMap<String, u64>,
    pub(super) m53_86: BTreeMap<String, u64>,
    pub(super) months: BTreeMap<String, Tally>,
    pub(super) roles: BTreeMap<String, Tally>,
    pub(super) inputs: BTreeMap<String, Tally>,
    /// Sorted, the worst first.
    pub(super) worst: Vec<Worst>,
    /// The first ones.
    pub(super) unread: Vec<UnreadNote>,
}

/// A note that needs work. The order of the fields is that of the list: lowest score, most elements, first in the stream.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Worst {
    pub(super) score: u8,
    pub(super) open: Reverse<usize>,
    pub(super) ordinal: u64,
    pub(super) id: String,
    pub(super) outcome: usize,
    pub(super) family: String,
    pub(super) verdicts: Vec<usize>,
    /// Its page is there.
    #[serde(default)]
    pub(super) page: bool,
}

impl Worst {
    fn rank(&self) -> u64 {
        rank(self.score, self.open.0)
    }
}

/// What a note changed in the list of the worst, by ordinals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) came: Option<u64>,
    pub(super) left: Option<u64>,
}

impl Totals {
    pub(super) fn add(&mut self, brief: &Brief) -> Listed {
        let mut listed = Listed::default();
        self.all.add(brief);
        self.bytes += brief.bytes;
        match &brief.result {
            Err(failed) => {
                count(&mut self.errors, failed.code);
                if self.unread.len() < NAMED {
                    self.unread.push(UnreadNote { id: brief.id.clone(), reason: failed.message.clone() });
                }
            }
            Ok(checked) => {
                count(&mut self.families, &checked.family);
                count(&mut self.suggested, checked.suggested.as_deref().unwrap_or("none"));
                count(&mut self.m53_86, &checked.m53_86);
                if applies(checked.outcome) {
                    self.scores[usize::from(checked.score / 10).min(9)] += 1;
                    listed = self.list(brief, checked);
                }
            }
        }
        group(&mut self.months, brief.month.as_deref().unwrap_or(UNDATED)).add(brief);
        group(&mut self.roles, brief.author_role.as_deref().unwrap_or(UNKNOWN)).add(brief);
        group(&mut self.inputs, &brief.input).add(brief);
        listed
    }

    /// The rank from which on no later note comes into the list of the worst.
    pub(super) fn bound(&self) -> u64 {
        let full = self.worst.len() == NAMED;
        self.worst.last().filter(|_| full).map_or(u64::MAX, Worst::rank)
    }

    fn list(&mut self, brief: &Brief, checked: &Checked) -> Listed {
        let Some(rank) = checked.rank().filter(|rank| *rank < self.bound()) else { return Listed::default() };
        // Of equals the first in the stream stands first.
        let at = self.worst.partition_point(|worst| worst.rank() <= rank);
        let worst = Worst {
            score: checked.score,
            open: Reverse(checked.open()),
            ordinal: brief.ordinal,
            id: brief.id.clone(),
            outcome: checked.outcome,
            family: checked.family.clone(),
            verdicts: checked.verdicts.clone(),
            page: brief.page,
        };
        self.worst.insert(at, worst);
        let left = if self.worst.len() > NAMED { self.worst.pop() } else { None };
        Listed { came: Some(brief.ordinal), left: left.map(|worst| worst.ordinal) }
    }

    /// The number of notes of each outcome.
    pub(super) fn outcomes(&self) -> [u64; 4] {
        self.all.outcomes
    }
}

/// Whether the verdict leaves something to do.
pub(super) fn is_open(verdict: usize) -> bool {
    !matches!(VERDICTS[verdict], Verdict::Met | Verdict::NotApplicable)
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

pub(super) fn rate(part: u64, whole: u64) -> Option<f64> {
    ratio(part, whole).map(|rate| (rate * 1e4).round() / 1e4)
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

    fn brief(ordinal: u64, input: &str, result: Result<Checked, Failed>) -> Brief {
        let (id, input) = (format!("note-{ordinal}"), input.to_owned());
        Brief { ordinal, id, input, month: None, author_role: None, bytes: 0, page: false, result }
    }

    #[test]
    fn groups_are_bounded() {
        let mut totals = Totals::default();
        for n in 0..GROUPS as u64 + 5 {
            let failed = Failed { code: "empty", message: "the note is empty".into() };
            totals.add(&brief(n, &format!("{n:05}"), Err(failed)));
        }
        assert_eq!(totals.inputs.len(), GROUPS + 1);
        assert_eq!(totals.inputs[OTHERS].notes, 5);
        assert_eq!((totals.errors["empty"], totals.all.errors, totals.unread.len()), (1005, 1005, NAMED));
    }

    #[test]
    fn the_worst_notes_come_first() {
        let mut totals = Totals::default();
        let mut list = |ordinal, score, open| {
            let (family, m53_86) = ("none".to_owned(), "not-supported".to_owned());
            let verdicts = vec![2; open];
            let checked = Checked { outcome: 1, score, verdicts, family, suggested: None, m53_86 };
            let may = checked.rank().is_some_and(|rank| rank < totals.bound());
            let Listed { came, left } = totals.add(&brief(ordinal, "in", Ok(checked)));
            assert_eq!(may, came == Some(ordinal), "{ordinal}");
            let list: Vec<u64> = totals.worst.iter().map(|worst| worst.ordinal).collect();
            assert!(totals.worst.is_sorted() && list.len() <= NAMED);
            (list, left)
        };
        for (ordinal, score, open, expected) in [
            (0, 60, 2, (vec![0], None)),
            // Nothing to do.
            (1, 10, 0, (vec![0], None)),
            (2, 50, 1, (vec![2, 0], None)),
            // As bad, but later.
            (3, 60, 2, (vec![2, 0], None)),
            // More to do.
            (4, 60, 3, (vec![2, 4], Some(0))),
            (5, 50, 1, (vec![2, 5], Some(4))),
            (6, 50, 9, (vec![6, 2], Some(5))),
            (7, 0, 1, (vec![7, 6], Some(2))),
        ] {
            assert_eq!(list(ordinal, score, open), expected, "{ordinal}");
        }
    }
}
