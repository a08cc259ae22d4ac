//! Weighs what the classifier reads against what the rules read, entry by entry as the manifest says.

use super::added;
use super::decode::{Distribution, Entity, Tagged};
use super::manifest::{Decider, Manifest, StatusRule, label_name, status_name};
use super::{Disagreement, FoundBy, Verdict, Work};
use crate::assertion::{Assertion, DecidedBy, Experiencer, Presence, Status, Temporality};
use crate::mention::{Label, Mention, Outcome};
use crate::reading::Reader;
use crate::span::Span;
use std::sync::Arc;

/// Revises the reading of a note by what was read in some of its sentences, given in order.
pub(super) fn revise(
    manifest: &Manifest,
    reader: &Reader,
    work: &mut Work<'_>,
    read: &[(usize, Arc<Tagged>)],
) {
    let Work { note, reading } = work;
    let mut rules = std::mem::take(&mut reading.mentions).into_iter().peekable();
    let mut mentions: Vec<Mention> = Vec::with_capacity(rules.len() + 4);
    let mut differ: Vec<Disagreement> = Vec::new();
    let mut new: Vec<(usize, Entity, Distribution)> = Vec::new();
    for (at, tagged) in read {
        while let Some(m) = rules.next_if(|m| (m.sentence as usize) < *at) {
            mentions.push(m);
        }
        let base = reading.segments.span(reading.segments.sentences[*at].tokens.clone()).start;
        let mut entities = tagged.entities(manifest.word_threshold);
        for e in &mut entities {
            e.span = Span { start: e.span.start + base, end: e.span.end + base };
        }
        let here = Sentence { manifest, tagged, base, entities: &entities };
        let mut known: Vec<(Label, Span)> = Vec::new();
        while let Some(mut m) = rules.next_if(|m| m.sentence as usize == *at) {
            known.push((m.label, m.span));
            if here.weigh(&mut m, &mut differ) {
                mentions.push(m);
            }
        }
        for e in &entities {
            if known.iter().any(|(label, span)| *label == e.label && span.overlaps(e.span)) {
                continue;
            }
            if let Some(distribution) = here.status(e.span)
                && here.adds(e, &distribution, &mut differ)
            {
                new.push((*at, *e, distribution));
            }
        }
    }
    mentions.extend(rules);
    reading.mentions = mentions;
    if !new.is_empty() {
        let mut added = added::Added::new(reader, note, reading);
        let made: Vec<Mention> = new
            .iter()
            .filter_map(|(at, e, distribution)| {
                let mut m = added.mention(*at, e)?;
                if asserted(m.label) {
                    let decider = manifest.merge.get(&m.label).map_or(Decider::Model, |r| r.assertion);
                    match decider {
                        Decider::Model => m.assertion = assertion(distribution.best().0),
                        Decider::Rules => {
                            let label = Some(m.label);
                            settle(&manifest.status, "status", label, distribution, &mut m.assertion);
                        }
                    }
                    outcome(&mut m);
                }
                Some(m)
            })
            .collect();
        reading.mentions.extend(made);
        reading.mentions.sort_by_key(|m| (m.span.start, m.span.end, m.label));
    }
    differ.sort_by_key(|d| (d.span.start, d.span.end, d.label));
    reading.disagreements = differ;
    reading.classified = true;
}

/// Whether some entry lets the classifier change a mention of the rules, or bring one of its own beside it.
pub(super) fn may_change(manifest: &Manifest, m: &Mention) -> bool {
    let (status, by) = (m.assertion.status(), m.assertion.decided_by);
    manifest.merge.get(&m.label).is_some_and(|rule| rule.drop.is_some())
        || asserted(m.label) && manifest.status.iter().any(|rule| rule.may_change(m.label, status, by))
}

/// Whether some entry lets the classifier bring mentions that the rules do not have.
pub(super) fn may_add(manifest: &Manifest) -> bool {
    manifest.merge.values().any(|rule| rule.add.is_some())
}

/// A sentence that the classifier read.
struct Sentence<'a> {
    manifest: &'a Manifest,
    tagged: &'a Tagged,
    /// Where the sentence begins in the note.
    base: u32,
    /// Its entities, with offsets of the note.
    entities: &'a [Entity],
}

impl Sentence<'_> {
    fn local(&self, span: Span) -> Span {
        Span { start: span.start.saturating_sub(self.base), end: span.end.saturating_sub(self.base) }
    }

    fn status(&self, span: Span) -> Option<Distribution> {
        self.tagged.status(self.local(span))
    }

    /// Weighs a mention of the rules; false where it is dropped.
    fn weigh(&self, m: &mut Mention, differ: &mut Vec<Disagreement>) -> bool {
        let support = self.tagged.support(m.label, self.local(m.span)).unwrap_or(0.0);
        let seen = self.entities.iter().any(|e| e.label == m.label && e.span.overlaps(m.span));
        let verdict = Verdict { status: m.assertion.status(), decided_by: m.assertion.decided_by };
        if seen {
            m.found_by = FoundBy::Both;
        } else {
            let drop = self.manifest.merge.get(&m.label).and_then(|r| r.drop);
            let dropped = drop.is_some_and(|p| support <= p);
            differ.push(Disagreement {
                label: m.label,
                span: m.span,
                rules: Some(verdict),
                classifier: None,
                score: support,
                certainty: 0.0,
                classifier_won: dropped,
                entry: entry(m.label, "drop", drop),
            });
            if dropped {
                return false;
            }
        }
        if !asserted(m.label) {
            return true;
        }
        let Some(distribution) = self.status(m.span) else { return true };
        let (status, certainty) = distribution.best();
        if status == verdict.status {
            return true;
        }
        let won = settle(&self.manifest.status, "status", Some(m.label), &distribution, &mut m.assertion);
        differ.push(Disagreement {
            label: m.label,
            span: m.span,
            rules: Some(verdict),
            classifier: Some(Verdict { status, decided_by: DecidedBy::Classifier }),
            score: support,
            certainty,
            classifier_won: won.is_some(),
            entry: won.unwrap_or_else(|| "no [[status]] entry".to_owned()),
        });
        outcome(m);
        true
    }

    /// Whether an entity that the rules do not have becomes a mention.
    fn adds(&self, e: &Entity, distribution: &Distribution, differ: &mut Vec<Disagreement>) -> bool {
        if matches!(e.label, Label::Level | Label::Grade) {
            return false;
        }
        let add = self.manifest.merge.get(&e.label).and_then(|r| r.add);
        let added = add.is_some_and(|p| e.score >= p);
        let (status, certainty) = distribution.best();
        differ.push(Disagreement {
            label: e.label,
            span: e.span,
            rules: None,
            classifier: Some(Verdict { status, decided_by: DecidedBy::Classifier }),
            score: e.score,
            certainty,
            classifier_won: added,
            entry: entry(e.label, "add", add),
        });
        added
    }
}

/// The entry of the manifest that adds or drops, with its value.
fn entry(label: Label, key: &str, value: Option<f32>) -> String {
    let name = format!("merge.{}.{key}", label_name(label));
    match value {
        Some(p) => format!("{name} = {p}"),
        None => format!("no {name}"),
    }
}

/// Lets the classifier settle an assertion where an entry says so; the entry that did, or `None`.
pub(super) fn settle(
    rules: &[StatusRule],
    table: &str,
    label: Option<Label>,
    distribution: &Distribution,
    a: &mut Assertion,
) -> Option<String> {
    let (best, p) = distribution.best();
    let (said, by) = (a.status(), a.decided_by);
    if best == said {
        return None;
    }
    let (i, rule) = rules.iter().enumerate().find(|(_, r)| r.fits(label, said, by, best) && p >= r.min)?;
    *a = assertion(best);
    Some(format!("{table}[{i}]: {} over {}, min = {}", status_name(best), status_name(said), rule.min))
}

/// Whether mentions of a label are asserted at all.
fn asserted(label: Label) -> bool {
    !matches!(label, Label::Level | Label::Grade | Label::Chronicity)
}

/// What is not done, or not yet, has come to nothing.
fn outcome(m: &mut Mention) {
    if m.label == Label::Care && !matches!(m.assertion.status(), Status::Present | Status::Historical) {
        m.attrs.outcome = Some(Outcome::Unknown);
    }
    m.attrs.contraindicated &= m.assertion.status() == Status::Absent;
}

/// An assertion that the classifier settled.
fn assertion(status: Status) -> Assertion {
    let mut a = Assertion { decided_by: DecidedBy::Classifier, ..Assertion::default() };
    match status {
        Status::Present => {}
        Status::Absent => a.presence = Presence::Absent,
        Status::Possible => a.presence = Presence::Possible,
        Status::Hypothetical => a.presence = Presence::Hypothetical,
        Status::Historical => a.temporality = Temporality::Historical,
        Status::Family => a.experiencer = Experiencer::Family,
    }
    a
}
