//! Counts reports into a dashboard, with memory that does not grow with the notes.

use super::dashboard::{Count, Dashboard, ElementRates, Group, Month, Outcomes, Unread, Verdicts, WorstNote};
use crate::render::words;
use crate::report::v1::{NoteOutcome, Provenance, Report};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// Different months, roles or sources that are told apart; the rest counts as [`REST`].
const GROUPS: usize = 500;
/// The name of what no longer has a name of its own.
const REST: &str = "(others)";

/// What is known of a note beside its report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// The date, ISO 8601; its month is counted.
    pub date: Option<String>,
    /// The author's role.
    pub author_role: Option<String>,
    /// Where the note comes from.
    pub source: Option<String>,
}

/// The notes counted so far.
#[derive(Clone, Debug)]
pub struct Tally {
    notes: u64,
    unreadable: u64,
    outcomes: Outcomes,
    elements: Vec<ElementRates>,
    families: BTreeMap<String, u64>,
    months: BTreeMap<String, (Outcomes, Vec<Verdicts>)>,
    roles: BTreeMap<String, Outcomes>,
    sources: BTreeMap<String, Outcomes>,
    /// The worst notes, of which the least bad is at hand.
    worst: BinaryHeap<Ranked>,
    errors: Vec<Unread>,
    keep: usize,
    provenance: Option<Provenance>,
}

impl Tally {
    /// Nothing counted yet. `keep`: how many notes, and how many that could not be read, are listed by name.
    pub fn new(keep: usize) -> Self {
        Self {
            notes: 0,
            unreadable: 0,
            outcomes: Outcomes::default(),
            elements: Vec::new(),
            families: BTreeMap::new(),
            months: BTreeMap::new(),
            roles: BTreeMap::new(),
            sources: BTreeMap::new(),
            worst: BinaryHeap::new(),
            errors: Vec::new(),
            keep,
            provenance: None,
        }
    }

    /// Counts a note; `href` is its page, relative to the overview.
    pub fn add(&mut self, report: &Report, origin: &Origin, href: Option<String>) {
        self.notes += 1;
        self.outcomes.add(report.outcome, report.score);
        let at: Vec<usize> =
            report.elements.iter().map(|e| self.element(&e.id, &e.title, e.weight)).collect();
        for (e, &i) in report.elements.iter().zip(&at) {
            self.elements[i].verdicts.add(e.verdict);
        }
        *entry(&mut self.families, &report.summary.code_family) += 1;
        if let Some(month) = origin.date.as_deref().and_then(month) {
            let (outcomes, verdicts) = entry(&mut self.months, month);
            outcomes.add(report.outcome, report.score);
            verdicts.resize(self.elements.len().max(verdicts.len()), Verdicts::default());
            for (e, &i) in report.elements.iter().zip(&at) {
                verdicts[i].add(e.verdict);
            }
        }
        for (groups, name) in [(&mut self.roles, &origin.author_role), (&mut self.sources, &origin.source)] {
            if let Some(name) = name {
                entry(groups, name).add(report.outcome, report.score);
            }
        }
        if self.provenance.is_none() {
            self.provenance = Some(report.provenance.clone());
        }
        self.rank(report, href);
    }

    /// Counts a note that could not be read.
    pub fn add_unread(&mut self, id: &str, reason: &str) {
        self.unreadable += 1;
        if self.errors.len() < self.keep {
            self.errors.push(Unread { id: id.to_owned(), reason: reason.to_owned() });
        }
    }

    /// The counts, put in order.
    pub fn finish(self, title: &str) -> Dashboard {
        let number = self.elements.len();
        let months = self.months.into_iter().map(|(month, (outcomes, mut elements))| {
            elements.resize(number, Verdicts::default());
            Month { month, outcomes, elements }
        });
        let mut families: Vec<Count> =
            self.families.into_iter().map(|(name, notes)| Count { name, notes }).collect();
        families.sort_by_key(|c| Reverse(c.notes));
        Dashboard {
            title: title.to_owned(),
            notes: self.notes,
            unreadable: self.unreadable,
            outcomes: self.outcomes,
            elements: self.elements,
            code_families: families,
            months: months.collect(),
            author_roles: groups(self.roles),
            sources: groups(self.sources),
            worst: self.worst.into_sorted_vec().into_iter().map(|r| r.note).collect(),
            errors: self.errors,
            provenance: self.provenance,
        }
    }

    fn element(&mut self, id: &str, title: &str, weight: u32) -> usize {
        self.elements.iter().position(|e| e.id == id).unwrap_or_else(|| {
            let (id, title) = (id.to_owned(), title.to_owned());
            self.elements.push(ElementRates { id, title, weight, verdicts: Verdicts::default() });
            self.elements.len() - 1
        })
    }

    fn rank(&mut self, report: &Report, href: Option<String>) {
        let open = report.elements.iter().filter(|e| words::open(e.verdict));
        let open: Vec<_> = open.map(|e| (e.id.clone(), e.verdict)).collect();
        let note = WorstNote {
            id: report.id.clone(),
            href,
            outcome: report.outcome,
            score: report.score,
            code_family: report.summary.code_family.clone(),
            open,
        };
        self.worst.push(Ranked { number: self.notes, note });
        if self.worst.len() > self.keep {
            self.worst.pop();
        }
    }
}

/// A note by how much it needs work: notes that do not apply last, then by score, open elements, and order of coming.
#[derive(Clone, Debug)]
struct Ranked {
    number: u64,
    note: WorstNote,
}

impl Ranked {
    fn key(&self) -> (bool, u8, Reverse<usize>, u64) {
        let n = &self.note;
        (n.outcome == NoteOutcome::NotApplicable, n.score, Reverse(n.open.len()), self.number)
    }
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Ranked {}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(&other.key())
    }
}

fn entry<'a, T: Default>(map: &'a mut BTreeMap<String, T>, name: &str) -> &'a mut T {
    let name = if map.len() < GROUPS || map.contains_key(name) { name } else { REST };
    map.entry(name.to_owned()).or_default()
}

fn groups(map: BTreeMap<String, Outcomes>) -> Vec<Group> {
    let mut groups: Vec<Group> = map.into_iter().map(|(name, outcomes)| Group { name, outcomes }).collect();
    groups.sort_by_key(|g| Reverse(g.outcomes.applicable() + g.outcomes.not_applicable));
    groups
}

/// `2026-02` of `2026-02-11`.
fn month(date: &str) -> Option<&str> {
    let month = date.get(..7)?;
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    (digits(&month[..4]) && month.as_bytes()[4] == b'-' && digits(&month[5..])).then_some(month)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_are_read_off_dates() {
        assert_eq!(month("2026-02-11"), Some("2026-02"));
        assert_eq!(month("2026-02"), Some("2026-02"));
        for bad in ["", "2026", "02/11/2026", "20260211", "2026-0é"] {
            assert_eq!(month(bad), None, "{bad}");
        }
    }

    #[test]
    fn names_without_number_do_not_grow_the_memory() {
        let mut map: BTreeMap<String, u64> = BTreeMap::new();
        for i in 0..10_000 {
            *entry(&mut map, &format!("source {i}")) += 1;
        }
        assert_eq!(map.len(), GROUPS + 1);
        assert_eq!(map[REST], 10_000 - GROUPS as u64);
        assert_eq!(map.values().sum::<u64>(), 10_000);
    }
}
