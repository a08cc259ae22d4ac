//! How long the problem has been there: acute on chronic is chronic; the duration is given in the note's words.

use super::kind::{Fact, FactKind};
use super::view::{Area, Item, View};
use crate::assertion::Status;
use crate::lexicon::Kind;
use crate::mention::{Acuity, Label};
use crate::segment::SectionKind;

/// Resolves acuity; the second value is the mention that states the duration.
pub(super) fn resolve(view: &View<'_>, lumbar: bool) -> (Fact, Option<usize>) {
    let mut told: Vec<&Item<'_>> = Vec::new();
    if lumbar {
        told.extend(view.items.iter().filter(|i| {
            i.mention.label == Label::Chronicity
                && i.area == Area::Lumbar
                && !matches!(
                    i.section,
                    SectionKind::FamilyHistory | SectionKind::SocialHistory | SectionKind::PastMedicalHistory
                )
                && of_a_present_problem(view, i)
        }));
        // the age of an imaging finding ("chronic endplate changes") is not that of the problem
        told.retain(|i| !of_a_finding(view, i));
    }
    let rank = |a: Option<Acuity>| match a {
        Some(Acuity::Chronic) => 3,
        Some(Acuity::Subacute) => 2,
        Some(Acuity::Acute) => 1,
        _ => 0,
    };
    let best = told.iter().map(|i| rank(i.mention.attrs.acuity)).max().unwrap_or(0);
    let value = ["unstated", "acute", "subacute", "chronic"][best];
    let counted = |i: &&&Item<'_>| i.mention.attrs.days.is_some();
    let duration = told
        .iter()
        .filter(counted)
        .find(|i| rank(i.mention.attrs.acuity) == best)
        .or_else(|| told.iter().find(|i| view.words(i).bytes().any(|b| b.is_ascii_digit())))
        .map(|i| i.index);
    let flags = if duration.is_some() { vec!["duration"] } else { Vec::new() };
    let mut mentions: Vec<usize> = duration.into_iter().collect();
    mentions.extend(
        told.iter()
            .filter(|i| rank(i.mention.attrs.acuity) == best && Some(i.index) != duration)
            .map(|i| i.index),
    );
    (Fact { kind: FactKind::Chronicity, value, flags, mentions }, duration)
}

/// The sentence of a duration must not speak of what is denied, planned or over; the condition that a word describes must
/// not be in doubt either.
fn of_a_present_problem(view: &View<'_>, i: &Item<'_>) -> bool {
    if let Some(c) = described(view, i) {
        return matches!(c.status, Status::Present | Status::Historical);
    }
    let mut conditions =
        view.sentence(i.mention.sentence).filter(|c| c.mention.label == Label::Condition).peekable();
    if conditions.peek().is_none() {
        return true;
    }
    conditions.any(|c| matches!(c.status, Status::Present | Status::Possible | Status::Historical))
}

/// The condition that a word such as `chronic` describes: the nearest in its sentence.
fn described<'a, 'v>(view: &'v View<'a>, i: &Item<'_>) -> Option<&'v Item<'a>> {
    if i.mention.attrs.days.is_some() || view.words(i).contains(|c: char| c.is_ascii_digit() || c == ' ') {
        return None;
    }
    let word = i.mention.span;
    let gap = |c: &&Item<'_>| {
        let span = c.mention.span;
        if span.start >= word.end { span.start - word.end } else { word.start.saturating_sub(span.end) }
    };
    view.sentence(i.mention.sentence).filter(|c| c.mention.label == Label::Condition).min_by_key(gap)
}

fn of_a_finding(view: &View<'_>, i: &Item<'_>) -> bool {
    described(view, i).is_some_and(|c| c.kind() == Some(Kind::Finding) && c.group() != "fracture")
}
