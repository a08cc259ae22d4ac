//! Runs a functional or injury phrase on from its trigger to the end of the clause.

use crate::lexicon::{Concept, Extend};
use crate::segment::{Segments, TokenKind};

/// A clause runs on for at most this many tokens.
const MAX: usize = 12;

/// One past the last token of a mention whose trigger ends at `end`.
pub(super) fn end(concept: &Concept, s: &Segments, end: usize) -> usize {
    let stop = s.sentences[s.sentence_of(end - 1)].tokens.end;
    if concept.scale {
        return scale(s, end, stop);
    }
    match concept.extend {
        None => end,
        Some(Extend::Clause) => clause(s, end, stop),
    }
}

fn clause(s: &Segments, end: usize, stop: usize) -> usize {
    let mut k = end;
    while k < stop && k - end < MAX {
        match s.tokens[k].kind {
            TokenKind::Mark(b'-' | b'/' | b'\'' | b'%' | b'>' | b'<' | b'+') => {}
            TokenKind::Mark(_) => break,
            _ if ends_clause(s, k) => break,
            _ => {}
        }
        k += 1;
    }
    while k > end && matches!(s.tokens[k - 1].kind, TokenKind::Mark(_)) {
        k -= 1;
    }
    k
}

fn ends_clause(s: &Segments, k: usize) -> bool {
    match s.word(k) {
        b"but" | b"because" | b"due" | b"secondary" | b"although" | b"however" | b"which" | b"who"
        | b"since" | b"while" | b"so" | b"he" | b"she" | b"they" | b"despite" | b"when" | b"as"
        | b"after" | b"before" => true,
        b"and" => matches!(
            s.word(k + 1),
            b"has"
                | b"had"
                | b"is"
                | b"was"
                | b"he"
                | b"she"
                | b"the"
                | b"does"
                | b"denies"
                | b"reports"
                | b"will"
                | b"states"
                | b"there"
                | b"it"
                | b"i"
                | b"we"
                | b"now"
                | b"then"
                | b"takes"
                | b"took"
        ),
        _ => false,
    }
}

/// Takes in the score: `ODI 44%`, `Oswestry score is 36 percent`, `Roland-Morris 13/24`.
fn scale(s: &Segments, end: usize, stop: usize) -> usize {
    const GAP: usize = 6;
    let number = (end..stop.min(end + GAP)).find(|&k| s.tokens[k].kind == TokenKind::Number);
    let Some(mut k) = number else { return end };
    if (end..k).any(|k| s.tokens[k].is_mark(b',') || s.tokens[k].is_mark(b';') || s.tokens[k].is_mark(b'.')) {
        return end;
    }
    k += 1;
    if k + 1 < stop && s.tokens[k].is_mark(b'/') && s.tokens[k + 1].kind == TokenKind::Number {
        k += 2;
    }
    if k < stop && (s.tokens[k].is_mark(b'%') || s.word(k) == b"percent") {
        k += 1;
    }
    k
}
