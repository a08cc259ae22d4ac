//! The diagnosis that a procedure is for, and the conditions that speak against it.

use super::judge::Judged;
use super::words::{Proof, Words};
use crate::assertion::Status;
use crate::fact::{FactKind, Item};
use crate::lexicon::Kind;
use crate::mention::Label;
use crate::report::v1::Verdict;
use crate::segment::SectionKind;

/// Pieces that show a verdict.
const SHOWN: usize = 3;

fn of<'g>(groups: &'g [String]) -> impl Fn(&&Item<'_>) -> bool + 'g {
    move |i| groups.iter().any(|g| g == i.group())
}

fn shown<'a>(items: impl Iterator<Item = &'a Item<'a>>) -> Vec<Proof> {
    items.take(SHOWN).map(Proof::of).collect()
}

fn told<'a>(words: &Words<'a>) -> impl Iterator<Item = &'a Item<'a>> {
    words.items(Label::Condition).filter(|i| i.section != SectionKind::Ros)
}

/// Whether a condition of the groups is there. Where another is named in its place, the procedure does not fit.
pub(super) fn condition(words: &Words<'_>, groups: &[String], suspected: bool, beside: bool) -> Judged {
    let with = |s: Status| told(words).filter(of(groups)).filter(move |i| i.status == s);
    let mut present: Vec<&Item<'_>> = with(Status::Present).collect();
    present.sort_by_key(|i| (!i.section.is_assessment(), i.index));
    if !present.is_empty() {
        return (Verdict::Met, shown(present.into_iter()));
    }
    let possible = shown(with(Status::Possible));
    if !possible.is_empty() {
        return (if suspected { Verdict::Met } else { Verdict::Partial }, possible);
    }
    if beside {
        return (Verdict::Missing, Vec::new());
    }
    let denied = shown(with(Status::Absent));
    let named = words.note.resolved.named.iter().map(|n| Proof::Mention(n.mention));
    let mut others: Vec<Proof> = denied.into_iter().chain(named).take(SHOWN).collect();
    if others.is_empty() {
        others = shown(told(words).filter(|i| {
            i.status == Status::Present && matches!(i.kind(), Some(Kind::Unspecific | Kind::Symptom))
        }));
    }
    (if others.is_empty() { Verdict::Missing } else { Verdict::Contradicted }, others)
}

/// Whether the note excludes the conditions.
pub(super) fn no_condition(
    words: &Words<'_>,
    groups: &[String],
    denied_by: &[String],
    unless: &[String],
    by_imaging: bool,
) -> Judged {
    let here = |i: &&Item<'_>| i.status == Status::Present && i.section != SectionKind::PastMedicalHistory;
    let present = shown(told(words).filter(of(groups)).filter(here));
    if !present.is_empty() {
        let explained = told(words).any(|i| of(unless)(&i) && i.status == Status::Present);
        return (if explained { Verdict::Partial } else { Verdict::Contradicted }, present);
    }
    let absent = |i: &&Item<'_>| i.status == Status::Absent;
    // a denial in the review of systems is a denial all the same
    let denied =
        shown(words.items(Label::Condition).filter(|i| of(groups)(i) || of(denied_by)(i)).filter(absent));
    if !denied.is_empty() {
        return (Verdict::Met, denied);
    }
    let imaging = words.note.facts.get(FactKind::Imaging).filter(|_| by_imaging);
    match imaging.filter(|f| matches!(f.value, "findings" | "normal")) {
        Some(f) => (Verdict::Met, f.mentions.iter().take(SHOWN).map(|&m| Proof::Mention(m)).collect()),
        None => (Verdict::Missing, Vec::new()),
    }
}
