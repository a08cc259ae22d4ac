//! Applies cues to a mention: the nearest cue of each axis wins, unless a terminator or the end of its scope lies between.

use super::cue::{Category, CueMatch, Cues, Direction, Target};
use super::kind::{Assertion, DecidedBy, Experiencer, Presence, Temporality};
use crate::mention::{Label, Outcome};
use crate::segment::{Section, Segments, TokenKind};
use std::ops::Range;

/// How far a backward cue reaches where it does not say.
const BACKWARD: usize = 10;
/// How far a forward cue reaches where it does not say.
const FORWARD: usize = 40;

/// No cue has more tokens.
const LONGEST: usize = 16;

/// What cues say of a measure of care beside its assertion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// What came of it.
    pub outcome: Option<Outcome>,
    /// That it could not be given.
    pub contraindicated: bool,
}

/// What the cues of a sentence say of the mention at `tokens`.
pub fn assert(
    cues: &Cues,
    found: &[CueMatch],
    segments: &Segments,
    tokens: &Range<usize>,
    target: impl Into<Target>,
    section: &Section,
) -> (Assertion, Told) {
    let target = target.into();
    let (mut presence, mut time, mut who, mut outcome) = (None, None, None, None);
    let mut refused = None;
    let found = &applicable(cues, nearby(found, tokens), segments, tokens, target, section);
    for m in found {
        let cue = cues.get(m.cue);
        let Some(distance) = reach(cues, found, m, segments, tokens, target.label) else { continue };
        let slot = match cue.category {
            Category::Present | Category::Absent | Category::Possible | Category::Hypothetical => {
                &mut presence
            }
            Category::Historical => &mut time,
            Category::Family => &mut who,
            Category::Failed | Category::Partial | Category::Helped => &mut outcome,
            Category::Terminator | Category::Pseudo => continue,
        };
        if cue.category == Category::Absent && cue.direction == Direction::Backward {
            refused = Some(m);
        }
        if slot.is_none_or(|(d, _)| distance < d) {
            *slot = Some((distance, m));
        }
    }
    if let Some((d, m)) = presence
        && cues.get(m.cue).category == Category::Hypothetical
        // "was offered injections and declined": the answer beats the offer
        && let Some(over) = negated_plan(cues, found, segments, m).or(refused)
    {
        presence = Some((d, over));
    }
    // "continues physical therapy" speaks of now: it beats a past cue that stands farther off
    if let (Some((d, m)), Some((past, p))) = (presence, time) {
        let category = cues.get(m.cue).category;
        // "has had seizures in the past": what stands behind says when
        let behind = target.general && cues.get(p.cue).direction == Direction::Backward;
        if category == Category::Present && (d < past || d == past && !behind) {
            time = None;
        } else if category == Category::Present {
            presence = None;
        } else if category == Category::Hypothetical {
            if past < d { presence = None } else { time = None }
        }
    }
    let span = |m: &CueMatch| Some(segments.span(m.first..m.end));
    let mut a = Assertion::default();
    if let Some((_, m)) = time {
        a.temporality = Temporality::Historical;
        (a.cue, a.decided_by) = (span(m), DecidedBy::Cue);
    }
    if let Some((_, m)) = presence {
        a.presence = match cues.get(m.cue).category {
            Category::Absent => Presence::Absent,
            Category::Possible => Presence::Possible,
            Category::Hypothetical => Presence::Hypothetical,
            _ => Presence::Present,
        };
        (a.cue, a.decided_by) = (span(m), DecidedBy::Cue);
    }
    if let Some((_, m)) = who {
        a.experiencer = Experiencer::Family;
        (a.cue, a.decided_by) = (span(m), DecidedBy::Cue);
    }
    let defaults = cues
        .defaults
        .iter()
        .filter(|d| d.sections.contains(&section.kind) && target.met(&d.labels, d.general));
    if a.decided_by == DecidedBy::Default
        && let Some(d) = defaults.clone().next()
    {
        a = by_default(d.category);
    } else if a.experiencer == Experiencer::Patient
        && let Some(d) = defaults.clone().find(|d| d.category == Category::Family)
    {
        a = Assertion { presence: a.presence, ..by_default(d.category) };
    }
    let told = Told {
        outcome: outcome.and_then(|(_, m)| cues.get(m.cue).category.outcome()),
        contraindicated: presence.is_some_and(|(_, m)| cues.get(m.cue).contraindication),
    };
    (a, told)
}

/// "I do not think we need to refer her for injections": what denies the plan denies what is planned.
fn negated_plan<'f>(
    cues: &Cues,
    found: &'f [CueMatch],
    segments: &Segments,
    plan: &CueMatch,
) -> Option<&'f CueMatch> {
    const NEAR: usize = 4;
    found.iter().find(|m| {
        let cue = cues.get(m.cue);
        cue.category == Category::Absent
            && cue.direction == Direction::Forward
            && m.end <= plan.first
            && plan.first - m.end <= NEAR
            && !(m.end..plan.first).any(|k| matches!(segments.tokens[k].kind, TokenKind::Mark(_)))
    })
}

/// The cues that stand near enough to matter, so that a sentence of any length costs each mention the same.
fn nearby<'f>(found: &'f [CueMatch], tokens: &Range<usize>) -> &'f [CueMatch] {
    let from = found.partition_point(|m| m.first + FORWARD + LONGEST < tokens.start);
    let to = found.partition_point(|m| m.first <= tokens.end + FORWARD);
    &found[from..to.max(from)]
}

/// The cues that speak of a label. One inside a longer one is not meant (`no` in `no change in`); a terminator covers
/// nothing (`and denies` ends a scope, and denies).
fn applicable(
    cues: &Cues,
    found: &[CueMatch],
    segments: &Segments,
    tokens: &Range<usize>,
    target: Target,
    section: &Section,
) -> Vec<CueMatch> {
    let mut covered = 0;
    let mut out: Vec<CueMatch> = Vec::with_capacity(found.len());
    let mut last = (usize::MAX, 0);
    for m in found {
        let cue = cues.get(m.cue);
        if !target.met(&cue.labels, cue.general) || cue.except.contains(&section.kind) {
            continue;
        }
        // "in no acute distress" says nothing of the rest of its sentence, but it does of the distress.
        let within = m.first < tokens.end && tokens.start < m.end;
        if target.general && cue.category == Category::Pseudo && within {
            continue;
        }
        if cue.at_end && !ends_sentence(segments, m) {
            continue;
        }
        let same = last == (m.first, m.end);
        if m.end <= covered && !same {
            continue;
        }
        if cue.category != Category::Terminator {
            covered = covered.max(m.end);
        }
        last = (m.first, m.end);
        out.push(*m);
    }
    out
}

fn by_default(category: Category) -> Assertion {
    let mut a = Assertion { decided_by: DecidedBy::Section, ..Assertion::default() };
    match category {
        Category::Absent => a.presence = Presence::Absent,
        Category::Possible => a.presence = Presence::Possible,
        Category::Hypothetical => a.presence = Presence::Hypothetical,
        Category::Historical => a.temporality = Temporality::Historical,
        Category::Family => a.experiencer = Experiencer::Family,
        _ => {}
    }
    a
}

/// The distance in tokens from a cue to the mention, where its scope reaches it.
fn reach(
    cues: &Cues,
    found: &[CueMatch],
    m: &CueMatch,
    segments: &Segments,
    tokens: &Range<usize>,
    label: Label,
) -> Option<usize> {
    let cue = cues.get(m.cue);
    let forward = cue.direction != Direction::Backward && m.end <= tokens.start;
    let backward = cue.direction != Direction::Forward && tokens.end <= m.first;
    // "failed conservative care", "no slip" as one name: the cue is the beginning of the mention or runs into it
    let into = cue.direction != Direction::Backward
        && m.first <= tokens.start
        && tokens.start < m.end
        && m.end <= tokens.end;
    if into && label != Label::Function {
        return Some(0);
    }
    let (between, limit) = if forward {
        (m.end..tokens.start, FORWARD)
    } else if backward {
        (tokens.end..m.first, BACKWARD)
    } else {
        return None;
    };
    if between.len() > cue.window.unwrap_or(limit) {
        return None;
    }
    let stopped = found.iter().any(|t| {
        cues.get(t.cue).category == Category::Terminator && between.start <= t.first && t.end <= between.end
    });
    if stopped || between.clone().any(|k| matches!(segments.tokens[k].kind, TokenKind::Mark(b';'))) {
        return None;
    }
    if cue.phrase && comma_ends(segments, &between) {
        return None;
    }
    Some(between.len())
}

/// Whether nothing but closing marks follow a cue in its sentence.
fn ends_sentence(segments: &Segments, m: &CueMatch) -> bool {
    let end = segments.sentences[segments.sentence_of(m.first)].tokens.end;
    (m.end..end).all(|k| matches!(segments.tokens[k].kind, TokenKind::Mark(b'.' | b',' | b')' | b'*')))
}

/// A comma between cue and mention ends a phrase, unless the list that it belongs to goes on to an `or`.
fn comma_ends(segments: &Segments, between: &Range<usize>) -> bool {
    let Some(comma) = between.clone().find(|&k| segments.tokens[k].is_mark(b',')) else { return false };
    let sentence = &segments.sentences[segments.sentence_of(comma)];
    !(comma..sentence.tokens.end).take(16).any(|k| matches!(segments.word(k), b"or" | b"nor"))
}
