//! Attaches what only means something beside something else: grades to conditions, durations to the problem, levels to the spine.

mod durations;
mod grades;
#[cfg(test)]
mod tests;

pub(super) use durations::durations;
pub(super) use grades::grades;

use super::Found;
use crate::mention::{Attributes, Label};
use crate::pattern::level::Level;
use crate::segment::Segments;

/// Adds the levels; a single cervical, thoracic or sacral one needs a note about the spine.
pub(super) fn levels(found: &mut Vec<Found>, levels: Vec<Level>, about_spine: bool) {
    for l in levels.into_iter().filter(|l| l.strong || about_spine) {
        let attrs = Attributes { norm: l.norm, root: l.root, ..Attributes::default() };
        found.push(Found { label: Label::Level, concept: None, tokens: l.tokens, attrs });
    }
}

/// The mentions, sorted by start, that begin in a range of tokens.
fn starting_in<'a>(found: &'a [Found], range: &std::ops::Range<usize>) -> &'a [Found] {
    let from = found.partition_point(|f| f.tokens.start < range.start);
    let to = found.partition_point(|f| f.tokens.start < range.end);
    &found[from..to.max(from)]
}

/// Index of the first mention, of those sorted by start, that shares a token with `tokens` and that `wanted` accepts.
fn over(found: &[Found], tokens: &std::ops::Range<usize>, wanted: impl Fn(&Found) -> bool) -> Option<usize> {
    /// No mention has more tokens.
    const LONGEST: usize = 48;
    let from = found.partition_point(|f| f.tokens.start + LONGEST < tokens.start);
    let to = found.partition_point(|f| f.tokens.start < tokens.end);
    (from..to.max(from)).find(|&i| tokens.start < found[i].tokens.end && wanted(&found[i]))
}

/// Words that stand inside a noun phrase about the spine, or between a condition and what is said of it, without naming
/// anything else: sides, levels, places, adjectives of shape.
fn is_light(s: &Segments, token: usize) -> bool {
    let word = s.word(token);
    if word.first().is_some_and(u8::is_ascii_digit) {
        return true;
    }
    let level = word.len() <= 3
        && matches!(word.first(), Some(b'l' | b's' | b't' | b'c'))
        && word[1..].iter().all(u8::is_ascii_digit);
    level
        || matches!(
            word,
            b"," | b"("
                | b")"
                | b"-"
                | b"/"
                | b"&"
                | b"~"
                | b"'"
                | b"\""
                | b"left"
                | b"right"
                | b"rt"
                | b"lt"
                | b"r"
                | b"l"
                | b"b"
                | b"bilateral"
                | b"bilaterally"
                | b"bilat"
                | b"side"
                | b"sides"
                | b"sided"
                | b"level"
                | b"levels"
                | b"lumbar"
                | b"lumbosacral"
                | b"thoracic"
                | b"cervical"
                | b"low"
                | b"lower"
                | b"upper"
                | b"central"
                | b"paracentral"
                | b"foraminal"
                | b"lateral"
                | b"posterior"
                | b"anterior"
                | b"axial"
                | b"diffuse"
                | b"focal"
                | b"the"
                | b"and"
                | b"at"
                | b"on"
                | b"of"
                | b"both"
                | b"acquired"
                | b"multilevel"
                | b"degenerative"
                | b"midline"
                | b"asymmetric"
                | b"through"
                | b"spine"
                | b"syndrome"
                | b"disorder"
                | b"region"
                | b"joint"
                | b"joints"
                | b"stable"
                | b"unstable"
                | b"chronic"
        )
}
