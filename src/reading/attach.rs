//! Attaches what only means something beside something else: grades to conditions, durations to the problem, levels to the spine.

use super::Found;
use crate::lexicon::{Kind, Lexicon};
use crate::mention::{Attributes, Label};
use crate::pattern::duration::{Duration, DurationKind};
use crate::pattern::grade::Grade;
use crate::pattern::level::Level;
use crate::segment::{SectionKind, Segments, TokenKind};
use std::ops::Range;

/// A severity stands at most this many tokens before the condition that it grades, or [`AFTER`] behind it.
const BEFORE: usize = 6;
const AFTER: usize = 4;

/// Adds the levels; a single cervical, thoracic or sacral one needs a note about the spine.
pub(super) fn levels(s: &Segments, found: &mut Vec<Found>, levels: Vec<Level>, about_spine: bool) {
    let _ = s;
    for l in levels.into_iter().filter(|l| l.strong || about_spine) {
        let attrs = Attributes { norm: l.norm, root: l.root, ..Attributes::default() };
        found.push(Found { label: Label::Level, concept: None, tokens: l.tokens, attrs });
    }
}

/// Adds the grades that stand beside a condition.
pub(super) fn grades(lexicon: &Lexicon, s: &Segments, found: &mut Vec<Found>, grades: Vec<Grade>) {
    let conditions: Vec<(Range<usize>, u32)> = found
        .iter()
        .filter(|f| f.label == Label::Condition)
        .filter_map(|f| Some((f.tokens.clone(), f.concept?)))
        .collect();
    for g in grades {
        let tokens = g.first..g.end;
        if found
            .iter()
            .any(|f| f.tokens.start < tokens.end && tokens.start < f.tokens.end && f.label != Label::Function)
        {
            continue;
        }
        let owner = owner(s, &conditions, &tokens);
        let named = !matches!(g.system.as_str(), "severity" | "measurement" | "grade");
        let Some(concept) = owner.or(if named { Some(u32::MAX) } else { None }) else { continue };
        if g.system == "measurement" && !measures(lexicon, concept, &g.value) {
            continue;
        }
        let system = match g.system.as_str() {
            "grade"
                if concept != u32::MAX && lexicon.concept(concept).group.as_deref() == Some("listhesis") =>
            {
                "meyerding"
            }
            "grade" => "other",
            other => other,
        };
        let attrs = Attributes { system: Some(system.into()), value: Some(g.value), ..Attributes::default() };
        found.push(Found { label: Label::Grade, concept: None, tokens, attrs });
    }
}

/// The condition that a grade at `tokens` stands beside, in the same sentence and clause.
fn owner(s: &Segments, conditions: &[(Range<usize>, u32)], tokens: &Range<usize>) -> Option<u32> {
    let sentence = &s.sentences[s.sentence_of(tokens.start)].tokens;
    let clear = |gap: Range<usize>| {
        !gap.clone()
            .any(|k| matches!(s.tokens[k].kind, TokenKind::Mark(b';' | b':')) || s.tokens[k].is_mark(b'.'))
    };
    let at = conditions.partition_point(|(c, _)| c.start < tokens.end);
    let after = conditions[at..].first().filter(|(c, _)| c.start < sentence.end);
    if let Some((c, id)) = after
        && c.start - tokens.end <= BEFORE
        && clear(tokens.end..c.start)
    {
        return Some(*id);
    }
    let before = conditions[..at].last().filter(|(c, _)| c.start >= sentence.start);
    if let Some((c, id)) = before
        && c.end <= tokens.start
        && tokens.start - c.end <= AFTER
        && clear(c.end..tokens.start)
    {
        return Some(*id);
    }
    None
}

/// A length measures a finding of the imaging kind, not a symptom (`4 mm` of pain is nothing).
fn measures(lexicon: &Lexicon, concept: u32, value: &str) -> bool {
    concept != u32::MAX
        && match lexicon.concept(concept).kind {
            Some(Kind::Symptom | Kind::Unspecific | Kind::Complication) | None => false,
            Some(_) => !value.ends_with('%') || value.len() > 1,
        }
}

/// Adds the durations of the problem; those of a treatment, an age or a follow-up are left out.
pub(super) fn durations(lexicon: &Lexicon, s: &Segments, found: &mut Vec<Found>, durations: Vec<Duration>) {
    let mut out = Vec::new();
    for d in durations {
        let tokens = d.first..d.end;
        let overlaps = found.iter().any(|f| {
            f.tokens.start < tokens.end && tokens.start < f.tokens.end && f.label != Label::Function
        });
        if overlaps || !of_the_problem(lexicon, s, found, &d) {
            continue;
        }
        let attrs = Attributes { acuity: Some(d.acuity), days: d.days, ..Attributes::default() };
        out.push(Found { label: Label::Chronicity, concept: None, tokens, attrs });
    }
    found.extend(out);
}

fn of_the_problem(lexicon: &Lexicon, s: &Segments, found: &[Found], d: &Duration) -> bool {
    let sentence = &s.sentences[s.sentence_of(d.first)].tokens;
    let section = s.sections[s.section_of(d.first)].kind;
    if matches!(
        section,
        SectionKind::Plan
            | SectionKind::Instructions
            | SectionKind::FamilyHistory
            | SectionKind::SocialHistory
            | SectionKind::Medications
    ) && d.kind != DurationKind::Word
    {
        return false;
    }
    let problem = |f: &&Found| match f.label {
        Label::Condition => {
            f.concept.is_some_and(|c| !matches!(lexicon.concept(c).kind, Some(Kind::Complication)))
        }
        Label::Injury => d.kind != DurationKind::Word,
        _ => false,
    };
    let in_sentence = |f: &&Found| sentence.contains(&f.tokens.start);
    let gap = |f: &Found| {
        if f.tokens.start >= d.end { f.tokens.start - d.end } else { d.first.saturating_sub(f.tokens.end) }
    };
    let nearest_problem = found.iter().filter(problem).filter(in_sentence).map(gap).min();
    if d.kind == DurationKind::Word {
        // "chronic" belongs to the next words: chronic kidney disease is no back pain
        let next = found
            .iter()
            .filter(problem)
            .filter(in_sentence)
            .filter(|f| f.tokens.start >= d.end)
            .map(gap)
            .min();
        let previous = found
            .iter()
            .filter(problem)
            .filter(in_sentence)
            .filter(|f| f.tokens.end <= d.first)
            .map(gap)
            .min();
        let word_end = d.end - d.first == 1;
        return next.is_some_and(|g| g <= 4)
            || previous.is_some_and(|g| g <= 2)
            || !word_end && nearest_problem.is_some_and(|g| g <= 8);
    }
    let nearest_care = found
        .iter()
        .filter(|f| matches!(f.label, Label::Care | Label::Surgery | Label::Imaging))
        .filter(in_sentence)
        .map(gap)
        .min();
    match (nearest_problem, nearest_care, d.kind) {
        (Some(p), Some(c), DurationKind::Length) => p < c,
        (Some(p), Some(c), _) => p <= c + 2,
        (Some(_), None, _) => true,
        // the history goes on in the next sentence: "It started two years ago."
        (None, None, DurationKind::Onset) => {
            matches!(section, SectionKind::Hpi | SectionKind::ChiefComplaint)
        }
        _ => false,
    }
}
