//! Sentences: ends at full stops, list items and line breaks that are no wraps.

use super::section::Section;
use super::token::{Token, TokenKind};
use std::ops::Range;

/// One sentence: a range of tokens inside one section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// Its tokens.
    pub tokens: Range<usize>,
    /// Index of its section.
    pub section: usize,
}

/// A full stop after one of these ends no sentence.
const ABBREVIATIONS: &[&[u8]] = &[
    b"dr", b"mr", b"mrs", b"ms", b"vs", b"approx", b"st", b"fig", b"e", b"g", b"i", b"jr", b"sr", b"hx",
    b"dx", b"tx", b"rt", b"lt", b"b", b"q", b"p", b"o", b"t", b"l", b"c", b"s", b"inc", b"al", b"no", b"neg",
    b"pos", b"w", b"adj", b"incl", b"mod", b"rad", b"wk", b"wks", b"mo", b"yr", b"yrs", b"hr", b"hrs",
    b"min", b"ft", b"lb", b"lbs",
];

/// A line at least this long whose next line goes on without a list mark was wrapped by the editor.
const WRAP: u32 = 60;

/// A sentence of more tokens is cut at its next comma, at the latest after half as many again: no clinical sentence is that
/// long, and what asks for a sentence's mentions must not cost the square of a note without full stops.
const LONGEST: usize = 240;

/// Splits the tokens of each section into sentences.
pub(super) fn split(text: &str, folded: &[u8], tokens: &[Token], sections: &[Section]) -> Vec<Sentence> {
    let mut sentences = Vec::with_capacity(tokens.len() / 12 + sections.len());
    let mut line = 0u32;
    for (section, s) in sections.iter().enumerate() {
        let mut start = s.tokens.start;
        for i in s.tokens.clone() {
            if tokens[i].line_start {
                line = tokens[i].span.start;
            }
            let Some(next) = tokens.get(i + 1).filter(|_| i + 1 < s.tokens.end) else { break };
            let ends = i + 1 == s.body && s.body > s.tokens.start && next.line_start
                || if next.line_start {
                    line_ends(text, folded, tokens, i, line)
                } else {
                    stop_ends(text, folded, tokens, i)
                };
            let length = i + 1 - start;
            let cut = length > LONGEST
                && (tokens[i].is_mark(b',') || tokens[i].is_mark(b';') || length > LONGEST * 3 / 2);
            if ends || cut {
                sentences.push(Sentence { tokens: start..i + 1, section });
                start = i + 1;
            }
        }
        if start < s.tokens.end {
            sentences.push(Sentence { tokens: start..s.tokens.end, section });
        }
    }
    sentences
}

fn line_ends(text: &str, folded: &[u8], tokens: &[Token], i: usize, line: u32) -> bool {
    let (t, next) = (&tokens[i], &tokens[i + 1]);
    let between = &text.as_bytes()[t.span.end as usize..next.span.start as usize];
    if between.iter().filter(|&&b| b == b'\n').count() > 1 {
        return true;
    }
    if matches!(t.kind, TokenKind::Mark(b'.' | b'!' | b'?' | b':' | b';')) {
        return !matches!(t.kind, TokenKind::Mark(b'.')) || !is_abbreviation(folded, tokens, i);
    }
    if list_mark(tokens, i + 1) || labelled(tokens, i + 1) {
        return true;
    }
    let first = next.span.of(text).chars().next().unwrap_or(' ');
    if first.is_lowercase() || matches!(t.kind, TokenKind::Mark(b',' | b'-' | b'/' | b'(' | b'&')) {
        return false;
    }
    t.span.end - line < WRAP
}

/// `- x`, `* x`, `1. x`, `2) x` at the start of a line.
fn list_mark(tokens: &[Token], i: usize) -> bool {
    match tokens[i].kind {
        TokenKind::Mark(b'-' | b'*' | b'#' | b'+' | b'>') => true,
        TokenKind::Number => tokens.get(i + 1).is_some_and(|t| {
            matches!(t.kind, TokenKind::Mark(b'.' | b')')) && t.span.start == tokens[i].span.end
        }),
        _ => false,
    }
}

/// `Prior surgery: none`: a line that begins with a label and its colon goes on from no line before it.
fn labelled(tokens: &[Token], i: usize) -> bool {
    let line = tokens[i..].iter().enumerate().take(6).take_while(|(k, t)| *k == 0 || !t.line_start);
    line.skip(1).any(|(_, t)| t.is_mark(b':'))
}

fn stop_ends(text: &str, folded: &[u8], tokens: &[Token], i: usize) -> bool {
    let (t, next) = (&tokens[i], &tokens[i + 1]);
    let TokenKind::Mark(mark) = t.kind else { return false };
    if !matches!(mark, b'.' | b'!' | b'?') {
        return false;
    }
    let first = next.span.of(text).chars().next().unwrap_or(' ');
    let gap = next.span.start > t.span.end;
    // "? pars defect" asks; it ends nothing
    if mark == b'?'
        && (t.line_start || i > 0 && matches!(tokens[i - 1].kind, TokenKind::Mark(b'.' | b',' | b':' | b';')))
    {
        return false;
    }
    if i > 0 && tokens[i - 1].line_start && list_mark(tokens, i - 1) {
        return false;
    }
    if !gap {
        // "done.Next", ".,DESCRIPTION": the blank was lost, but a capital after a lower-case word tells
        let glued = first == ','
            || first.is_uppercase()
                && i > 0
                && tokens[i - 1].span.len() > 2
                && tokens[i - 1].kind == TokenKind::Word;
        return glued;
    }
    if mark == b'.' && is_abbreviation(folded, tokens, i) && !first.is_uppercase() {
        return false;
    }
    if mark == b'.' && is_title(folded, tokens, i) {
        return false;
    }
    !first.is_lowercase() || mark != b'.' || i > 0 && tokens[i - 1].span.len() > 3
}

fn is_abbreviation(folded: &[u8], tokens: &[Token], stop: usize) -> bool {
    stop > 0 && {
        let word = &folded[tokens[stop - 1].span.range()];
        tokens[stop - 1].span.end == tokens[stop].span.start && ABBREVIATIONS.contains(&word)
    }
}

/// `Dr.`, `vs.`, `L.` and the like are followed by a capital and still end nothing.
fn is_title(folded: &[u8], tokens: &[Token], stop: usize) -> bool {
    stop > 0
        && matches!(
            &folded[tokens[stop - 1].span.range()],
            b"dr" | b"mr" | b"mrs" | b"ms" | b"vs" | b"st" | b"rt" | b"lt" | b"l" | b"e" | b"g"
        )
}

#[cfg(test)]
mod tests {
    use crate::segment::{Headings, Segments};

    fn sentences(text: &str) -> Vec<String> {
        let s = Segments::new(text, &Headings::default());
        s.sentences.iter().map(|x| s.span(x.tokens.clone()).of(text).replace('\n', "⏎")).collect()
    }

    #[test]
    fn ends() {
        let cases: &[(&str, &[&str])] = &[
            ("Pain at L4-5. No weakness.", &["Pain at L4-5.", "No weakness."]),
            ("Seen by Dr. Smith. Stable.", &["Seen by Dr. Smith.", "Stable."]),
            ("ODI 4.5 today vs. 6 before.", &["ODI 4.5 today vs. 6 before."]),
            ("- no fever\n- no weakness", &["- no fever", "- no weakness"]),
            ("1. Pain\n2. Strain", &["1. Pain", "2. Strain"]),
            (
                "The patient has had pain in the low back for several years and\nnow comes in.",
                &["The patient has had pain in the low back for several years and⏎now comes in."],
            ),
            ("Disc bulge\nNo stenosis", &["Disc bulge", "No stenosis"]),
            ("Muscle spasm noted.Disc bulge", &["Muscle spasm noted.", "Disc bulge"]),
        ];
        for (text, expected) in cases {
            assert_eq!(&sentences(text), expected);
        }
    }
}
