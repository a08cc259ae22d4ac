//! The counts as the overview page shows them.

use super::pages;
use super::row::{OUTCOMES, VERDICTS};
use super::summary::Summary;
use super::totals::{Tally, Totals, UNDATED, UNKNOWN};
use crate::render::html::dashboard::{
    Count, Dashboard, ElementRates, Group, Month, Outcomes, Unread, Verdicts, WorstNote,
};
use crate::report::v1::{NoteOutcome, Verdict};
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// The page.
pub(super) fn page(totals: &Totals, summary: &Summary) -> String {
    let elements = summary.elements.iter().enumerate().map(|(at, element)| ElementRates {
        id: element.id.clone(),
        title: element.title.clone(),
        weight: element.weight,
        verdicts: verdicts(&totals.all, at),
    });
    let months = totals.months.iter().filter(|(month, _)| *month != UNDATED).map(|(month, tally)| Month {
        month: month.clone(),
        outcomes: outcomes(tally),
        elements: (0..summary.elements.len()).map(|at| verdicts(tally, at)).collect(),
    });
    let mut families: Vec<Count> =
        totals.families.iter().map(|(name, notes)| Count { name: name.clone(), notes: *notes }).collect();
    families.sort_by_key(|family| Reverse(family.notes));
    let worst = summary.worst.iter().zip(&totals.worst).map(|(note, listed)| WorstNote {
        id: note.id.clone(),
        href: listed.page.then(|| pages::path(listed.ordinal)),
        outcome: note.outcome,
        score: note.score,
        code_family: note.code_family.clone(),
        open: note.open.clone(),
    });
    let unread =
        summary.unread.iter().map(|note| Unread { id: note.id.clone(), reason: note.reason.clone() });
    crate::render::html::dashboard(&Dashboard {
        title: "Audit".to_owned(),
        notes: summary.notes - summary.unreadable,
        unreadable: summary.unreadable,
        outcomes: outcomes(&totals.all),
        elements: elements.collect(),
        code_families: families,
        months: months.collect(),
        author_roles: groups(&totals.roles),
        sources: groups(&totals.inputs),
        worst: worst.collect(),
        errors: unread.collect(),
        provenance: Some(summary.provenance.clone()),
    })
}

fn outcomes(tally: &Tally) -> Outcomes {
    let mut out = Outcomes { score_sum: tally.scores, ..Outcomes::default() };
    for (outcome, n) in OUTCOMES.iter().zip(tally.outcomes) {
        *match outcome {
            NoteOutcome::Supported => &mut out.supported,
            NoteOutcome::Gaps => &mut out.gaps,
            NoteOutcome::OtherCode => &mut out.other_code,
            NoteOutcome::NotApplicable => &mut out.not_applicable,
        } = n;
    }
    out
}

/// The verdicts on the element at that place of the checklist.
fn verdicts(tally: &Tally, at: usize) -> Verdicts {
    let mut out = Verdicts::default();
    for (verdict, n) in VERDICTS.iter().zip(tally.elements.get(at).copied().unwrap_or_default()) {
        *match verdict {
            Verdict::Met => &mut out.met,
            Verdict::Partial => &mut out.partial,
            Verdict::Missing => &mut out.missing,
            Verdict::Contradicted => &mut out.contradicted,
            Verdict::Unclear => &mut out.unclear,
            Verdict::NotApplicable => &mut out.not_applicable,
        } = n;
    }
    out
}

/// Groups with their outcomes, most notes first; what is only the lack of a name is left out.
fn groups(tallies: &BTreeMap<String, Tally>) -> Vec<Group> {
    let named = tallies.iter().filter(|(name, _)| *name != UNKNOWN);
    let mut groups: Vec<(u64, Group)> = named
        .map(|(name, tally)| (tally.notes, Group { name: name.clone(), outcomes: outcomes(tally) }))
        .collect();
    groups.sort_by_key(|(notes, _)| Reverse(*notes));
    groups.into_iter().map(|(_, group)| group).collect()
}
