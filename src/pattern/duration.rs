//! Durations and onsets, normalised to days and to acute, subacute or chronic.

use super::class::{Class, ClassStream};
use super::template::{Rule, Templates};
use crate::mention::Acuity;
use serde::Deserialize;

/// A rule of `durations.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DurationRule {
    /// What the phrases say.
    pub kind: DurationKind,
    /// Phrases over classes.
    pub terms: Vec<String>,
    /// For `word`: the acuity that the word says.
    pub acuity: Option<Acuity>,
    /// Where the rule comes from.
    #[allow(dead_code, reason = "kept in the data for the reader of the file")]
    pub source: Option<String>,
}

impl Rule for DurationRule {
    fn terms(&self) -> &[String] {
        &self.terms
    }
}

/// How a phrase tells time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DurationKind {
    /// A length: `for 6 weeks`. It may be that of a treatment.
    Length,
    /// A length that can only be that of the problem, or an onset: `x 6 months`, `3-year history`, `2 weeks ago`.
    Onset,
    /// A date: `since 2019`, `on 3/14/24`.
    Date,
    /// A word: `chronic`, `longstanding`.
    Word,
    /// Looks like a duration and is none: an age, a follow-up interval.
    Trap,
}

/// A duration found in a note.
#[derive(Clone, Debug, PartialEq)]
pub struct Duration {
    /// First token.
    pub first: usize,
    /// One past the last token.
    pub end: usize,
    /// How it tells time.
    pub kind: DurationKind,
    /// Acute, subacute, chronic, unknown.
    pub acuity: Acuity,
    /// In days.
    pub days: Option<u32>,
}

/// Acuity of a length in days (< 6 weeks, 6 to 12 weeks, > 12 weeks; annotation guideline, LCD usage).
pub fn acuity(days: f32) -> Acuity {
    match days {
        d if d < 42.0 => Acuity::Acute,
        d if d <= 84.0 => Acuity::Subacute,
        _ => Acuity::Chronic,
    }
}

/// Finds the durations of a note. `year` is the year of the note, where it is known.
pub fn find(rules: &Templates<DurationRule>, stream: &ClassStream, year: Option<u16>) -> Vec<Duration> {
    rules
        .find(stream)
        .into_iter()
        .filter(|(rule, _)| rule.kind != DurationKind::Trap)
        .filter_map(|(rule, range)| {
            let elements = stream.elements.get(range)?;
            let days = length(elements);
            let acuity = match (rule.acuity, days) {
                (Some(acuity), _) => acuity,
                (None, Some(days)) => acuity(days),
                (None, None) => since(elements, year),
            };
            Some(Duration {
                first: elements.first()?.first,
                end: elements.last()?.end,
                kind: rule.kind,
                acuity,
                days: days.map(|d| d.round() as u32),
            })
        })
        .collect()
}

fn length(elements: &[super::class::Element]) -> Option<f32> {
    let unit = elements.iter().find_map(|e| if let Class::Unit(d) = e.class { Some(d) } else { None })?;
    let count = elements.iter().find_map(|e| match e.class {
        Class::Number(n) => Some(n),
        Class::Vague => Some(f32::NAN),
        _ => None,
    });
    match count {
        // several months or years are chronic; several weeks can be anything, and so are not a length
        Some(n) if n.is_nan() && unit >= 30.0 => Some(unit * 4.0),
        Some(n) if n.is_nan() && unit <= 1.0 => Some(unit * 3.0),
        Some(n) if n.is_nan() => None,
        Some(n) => Some(n * unit),
        None => Some(unit),
    }
}

/// A date alone: a year before the note's is chronic; without the note's year only a bare year or old date is.
fn since(elements: &[super::class::Element], note_year: Option<u16>) -> Acuity {
    let year = elements.iter().find_map(|e| match e.class {
        Class::Year(y) => Some(y),
        Class::Date(y) => y,
        _ => None,
    });
    match (year, note_year) {
        (Some(y), Some(now)) if y < now => Acuity::Chronic,
        (Some(_), None) => Acuity::Chronic,
        _ => Acuity::Unknown,
    }
}
