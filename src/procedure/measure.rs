//! Measures that no mention holds: pain scores, percent of relief with its length, how long care lasted.

use super::words::{Hit, Words};
use crate::assertion::Status;
use crate::fact::Item;
use crate::mention::Label;
use crate::pattern::Class;

/// A pain score on 0 to 10, the highest of a range.
pub(super) struct Pain {
    pub(super) score: f32,
    pub(super) hit: Hit,
}

/// What an earlier procedure brought.
pub(super) struct Relief {
    /// Percent, as often as they are told.
    pub(super) percent: Vec<f32>,
    /// For how many days, where it is told.
    pub(super) days: Option<f32>,
    pub(super) hit: Hit,
}

/// Elements between relief and its length at most.
const LASTING: usize = 14;

/// Elements between a measure of care and its length at most.
const CARE: usize = 12;

/// The pain scores of a note.
pub(super) fn pain(words: &Words<'_>) -> Vec<Pain> {
    let spoken: Vec<usize> = words.find(&words.patterns.pain_word).iter().map(|h| h.sentence).collect();
    let bare = words.find(&words.patterns.pain_score).into_iter().filter(|h| {
        // the pain may stand in the sentence before: "Pain is constant. Rated 7/10."
        spoken.contains(&h.sentence) || h.sentence > 0 && spoken.contains(&(h.sentence - 1))
    });
    let mut out: Vec<Pain> = Vec::new();
    for hit in words.find(&words.patterns.pain_scale).into_iter().chain(bare) {
        if out.iter().any(|p| p.hit.tokens.start < hit.tokens.end && hit.tokens.start < p.hit.tokens.end) {
            continue;
        }
        let numbers: Vec<f32> = numbers(words, &hit);
        let score = match numbers.as_slice() {
            [n] if (0.0..=10.0).contains(n) => *n,
            // a visual analogue scale in millimetres
            [n] if *n <= 100.0 => n / 10.0,
            [n, .., 10.0] if (0.0..=10.0).contains(n) => *n,
            [n, .., 100.0] if (0.0..=100.0).contains(n) => n / 10.0,
            _ => continue,
        };
        out.push(Pain { score, hit });
    }
    out
}

/// The relief that a note tells of: not what is hoped for, asked for or denied.
pub(super) fn relief(words: &Words<'_>) -> Vec<Relief> {
    let unreal: Vec<usize> = words.find(&words.patterns.relief_except).iter().map(|h| h.sentence).collect();
    let twice: Vec<usize> = words.find(&words.patterns.twice).iter().map(|h| h.sentence).collect();
    let mut out: Vec<Relief> = Vec::new();
    for hit in words.find(&words.patterns.relief) {
        let a = words.assertion(&hit.tokens, Label::Care);
        // the trial of a stimulator is no plan
        let trial = a.cue.is_some_and(|c| words.spelled(c).contains("trial"));
        let hoped = a.status() == Status::Hypothetical && !trial;
        let told = !unreal.contains(&hit.sentence) && !hoped && a.status() != Status::Family;
        let overlaps = out.iter().any(|r| r.hit.tokens.end > hit.tokens.start);
        if !told || overlaps {
            continue;
        }
        let mut percent = numbers(words, &hit);
        percent.retain(|p| (0.0..=100.0).contains(p));
        if let [one] = percent.as_slice()
            && twice.contains(&hit.sentence)
        {
            percent.push(*one);
        }
        if !percent.is_empty() {
            out.push(Relief { days: lasting(words, &hit), percent, hit });
        }
    }
    out
}

/// The length of care in days: the longest near the mention in its sentence that is not the age of the problem.
pub(super) fn care_days(words: &Words<'_>, item: &Item<'_>) -> Option<f32> {
    let elements = words.elements(item.mention.sentence as usize);
    let segments = words.segments();
    let token = segments.token_at(item.mention.span.start);
    let at = elements.partition_point(|e| e.end <= token);
    let sentence = words.note.view.sentence(item.mention.sentence);
    let ages: Vec<_> = sentence.filter(|i| i.mention.label == Label::Chronicity).collect();
    let mut best: Option<f32> = None;
    for k in at.saturating_sub(CARE)..(at + CARE).min(elements.len()) {
        let Some((days, first)) = length(elements, k) else { continue };
        let span = segments.span(first..elements[k].end);
        if !ages.iter().any(|a| a.mention.span.overlaps(span)) {
            best = Some(best.map_or(days, |b| b.max(days)));
        }
    }
    best
}

fn numbers(words: &Words<'_>, hit: &Hit) -> Vec<f32> {
    let elements = words.classes.elements.get(hit.elements.clone()).unwrap_or(&[]);
    let number = |e: &crate::pattern::Element| match e.class {
        Class::Number(n) => Some(n),
        _ => None,
    };
    elements.iter().filter_map(number).collect()
}

/// `x 5 hours`, `for 4 months` after the relief, or before it where nothing follows.
fn lasting(words: &Words<'_>, hit: &Hit) -> Option<f32> {
    let elements = words.elements(hit.sentence);
    let after = elements.partition_point(|e| e.first < hit.tokens.end);
    let before = elements.partition_point(|e| e.first < hit.tokens.start);
    let to = (after + LASTING).min(elements.len());
    (after..to)
        .find_map(|k| length(elements, k))
        .or_else(|| (before.saturating_sub(LASTING)..before).rev().find_map(|k| length(elements, k)))
        .map(|(days, _)| days)
}

/// The length that a unit at `k` ends, and the token that it begins with.
fn length(elements: &[crate::pattern::Element], k: usize) -> Option<(f32, usize)> {
    let Class::Unit(days) = elements[k].class else { return None };
    let before = elements.get(k.checked_sub(1)?)?;
    match before.class {
        Class::Number(n) => Some((n * days, before.first)),
        Class::Vague(n) if !n.is_nan() => Some((n * days, before.first)),
        _ => None,
    }
}
