//! Durations and onsets, normalised to days and to acute, subacute or chronic.

use super::class::{Class, ClassStream, Day, Element};
use super::template::{Rule, Templates};
use crate::lexicon::Hit;
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

/// How a phrase tells time, or what the times near it belong to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DurationKind {
    /// A length or a start that may be that of a treatment: `for 6 weeks`, `since 2019`.
    Length,
    /// A length that is seldom that of anything but the problem: `x 6 months`.
    Times,
    /// A number and a unit alone, which must touch the problem: `LBP 5 yrs`.
    Bare,
    /// A length whose problem follows: `3-year history of`, `4 months of`.
    History,
    /// A point in time, when something must have begun: `2 weeks ago`, `on 3/14/24`.
    Date,
    /// A point so near that most of what happened then is the visit: `yesterday`, `today`.
    Moment,
    /// Says itself that the problem or the injury began then: `date of injury: 1/9`, `onset was gradual`.
    Stated,
    /// `since` and an event in free words, up to the end of the clause.
    Open,
    /// A word: `chronic`, `longstanding`.
    Word,
    /// Looks like a duration and is none: an age, a follow-up interval.
    Trap,
    /// No time: words that say that something began, got worse or was injured.
    Begins,
    /// No time: words for the problem that are no condition: `symptom`, `it has been going on`.
    Complaint,
    /// No time: what happens at other times: `was seen`, `worked`, `diagnosed`.
    Other,
    /// No time: other organs and diseases, whose durations are not those of the back.
    Organ,
}

impl DurationKind {
    /// True for what is no time itself.
    pub fn is_anchor(self) -> bool {
        matches!(self, Self::Begins | Self::Complaint | Self::Other | Self::Organ)
    }
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

/// The durations of a note, and the words that tell what they belong to, from where the templates stand in it. `year` is
/// the year of the note, where it is known.
pub fn find(
    rules: &Templates<DurationRule>,
    hits: &[Hit],
    stream: &ClassStream,
    year: Option<u16>,
) -> Vec<Duration> {
    let latest = latest(&stream.elements);
    rules
        .at(hits, stream)
        .filter(|(rule, _)| rule.kind != DurationKind::Trap)
        .filter_map(|(rule, range)| {
            let mut elements = stream.elements.get(range)?;
            // "3-year history of", "back in October,"
            while let [phrase @ .., last] = elements
                && (stream.is_word(last, b"of") || stream.is_word(last, b","))
            {
                elements = phrase;
            }
            let days = length(stream, elements);
            // a man of 45, but a sprain of four days
            if elements.last().is_some_and(|e| stream.is_word(e, b"old")) && days.is_none_or(|d| d >= 28.0) {
                return (rule.kind == DurationKind::Word).then(|| word(rule, elements))?;
            }
            let acuity = match (rule.acuity, days) {
                (Some(acuity), _) => acuity,
                (None, Some(days)) => acuity(days),
                (None, None) => since(elements, latest, year),
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

fn word(rule: &DurationRule, elements: &[Element]) -> Option<Duration> {
    Some(Duration {
        first: elements.first()?.first,
        end: elements.last()?.end,
        kind: rule.kind,
        acuity: rule.acuity.unwrap_or(Acuity::Unknown),
        days: None,
    })
}

fn length(stream: &ClassStream, elements: &[Element]) -> Option<f32> {
    let at = elements.iter().position(|e| matches!(e.class, Class::Unit(_)))?;
    let Class::Unit(unit) = elements[at].class else { return None };
    let count = elements[..at].iter().rev().find_map(|e| match e.class {
        Class::Number(n) | Class::Vague(n) => Some(n),
        _ => None,
    });
    // "for months": more than one
    let bare = at == 1 && (stream.is_word(&elements[0], b"for") || stream.is_word(&elements[0], b"x"));
    match count.or(bare.then_some(f32::NAN)) {
        // several months or years are chronic; several weeks can be anything, and so are no length
        Some(n) if n.is_nan() && unit >= 30.0 => Some(unit * 4.0),
        Some(n) if n.is_nan() && unit <= 1.0 => Some(unit * 3.0),
        Some(n) if n.is_nan() => None,
        Some(n) => Some(n * unit),
        None => Some(unit),
    }
}

/// The date that elements tell: a numeric one, or month, day and year in words.
fn day(elements: &[Element]) -> Option<Day> {
    if let Some(day) = elements.iter().find_map(|e| if let Class::Date(d) = e.class { Some(d) } else { None })
    {
        return Some(day);
    }
    let year = elements.iter().find_map(|e| if let Class::Year(y) = e.class { Some(y) } else { None })?;
    let month = elements.iter().position(|e| matches!(e.class, Class::Month(_)));
    let number = month.and_then(|m| {
        elements[m..].iter().find_map(|e| match e.class {
            Class::Number(n) if (1.0..32.0).contains(&n) => Some(n as u8),
            _ => None,
        })
    });
    let month = month.and_then(|m| if let Class::Month(m) = elements[m].class { Some(m) } else { None });
    Some(Day { year, month, day: number })
}

/// The latest date in the note, which is the best guess at its own.
fn latest(elements: &[Element]) -> Option<Day> {
    let full = elements.iter().enumerate().filter_map(|(i, e)| match e.class {
        Class::Date(d) => Some(d),
        Class::Month(_) => day(&elements[i..elements.len().min(i + 4)]),
        _ => None,
    });
    full.filter(|d| d.year < 2090).max_by_key(|d| d.ordinal())
}

/// A date alone: its distance to the note's date, where one is known; a year alone is long ago unless it is the note's.
fn since(elements: &[Element], latest: Option<Day>, note_year: Option<u16>) -> Acuity {
    let Some(start) = day(elements) else { return Acuity::Unknown };
    let now = note_year.or(latest.map(|d| d.year));
    match (start.month, latest) {
        (None, _) if now.is_none_or(|now| start.year < now) => Acuity::Chronic,
        (None, _) => Acuity::Unknown,
        (Some(_), Some(now)) if now > start && note_year.is_none_or(|y| y == now.year) => {
            acuity((now.ordinal() - start.ordinal()) as f32)
        }
        _ if note_year.is_some_and(|y| start.year + 1 < y) => Acuity::Chronic,
        _ => Acuity::Unknown,
    }
}
