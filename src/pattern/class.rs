//! The class stream: numbers, units, dates and roman numerals collapsed, so that templates are plain phrases over classes.

use crate::lexicon::Stream;
use crate::segment::{Segments, TokenKind};

/// What a collapsed token stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Class {
    /// The word itself.
    Word,
    /// A number or range of numbers: the larger end, and the words `two`, `a dozen`.
    Number(f32),
    /// Some, several, a few.
    Vague,
    /// A unit of time, in days.
    Unit(f32),
    /// A calendar year.
    Year(u16),
    /// A month name (1 to 12).
    Month(u8),
    /// A numeric date, with what it says of the year.
    Date(Option<u16>),
    /// A roman numeral or range of them: the larger one.
    Roman(u8),
}

/// One element of the stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Element {
    /// What it is.
    pub class: Class,
    /// First token.
    pub first: usize,
    /// One past the last token.
    pub end: usize,
}

/// The elements and the bytes that the template automaton reads.
pub struct ClassStream {
    /// In order.
    pub elements: Vec<Element>,
    /// Each element between marks, sentences between barriers.
    pub bytes: Vec<u8>,
    starts: Vec<u32>,
}

impl ClassStream {
    /// Collapses the normalised stream of a note.
    pub fn new(segments: &Segments, stream: &Stream) -> Self {
        let n = segments.tokens.len();
        let mut out = Self {
            elements: Vec::with_capacity(n),
            bytes: Vec::with_capacity(stream.bytes.len()),
            starts: Vec::with_capacity(n),
        };
        for s in &segments.sentences {
            let mut i = s.tokens.start;
            while i < s.tokens.end {
                let e = element(segments, stream, i, s.tokens.end);
                i = e.end;
                if e.class == Class::Word && stream.word(e.first).is_empty() {
                    continue;
                }
                out.push(stream, e);
            }
            out.bytes.push(3);
        }
        out
    }

    fn push(&mut self, stream: &Stream, e: Element) {
        self.starts.push(self.bytes.len() as u32);
        self.bytes.push(1);
        let name: &[u8] = match e.class {
            Class::Word => stream.word(e.first),
            Class::Number(_) => b"#n",
            Class::Vague => b"#q",
            Class::Unit(_) => b"#u",
            Class::Year(_) => b"#y",
            Class::Month(_) => b"#m",
            Class::Date(_) => b"#d",
            Class::Roman(_) => b"#r",
        };
        self.bytes.extend_from_slice(name);
        self.bytes.push(2);
        self.elements.push(e);
    }

    /// The elements of a match at stream offsets.
    pub fn elements_at(&self, start: usize, end: usize) -> std::ops::Range<usize> {
        let first = self.starts.partition_point(|&s| (s as usize) < start);
        let last = self.starts.partition_point(|&s| (s as usize) < end);
        first..last
    }
}

fn element(s: &Segments, stream: &Stream, i: usize, stop: usize) -> Element {
    let one = |class, end| Element { class, first: i, end };
    if s.tokens[i].kind == TokenKind::Number {
        if let Some((year, end)) = date(s, i, stop) {
            return one(Class::Date(year), end);
        }
        if let Some(year) = year(s, i) {
            return one(Class::Year(year), i + 1);
        }
    }
    if let Some((n, end)) = number(s, stream, i, stop) {
        // 2-3, 2 to 3, two or three
        let joined = |k: usize| {
            s.tokens.get(k).filter(|_| k < stop).is_some_and(|t| t.is_mark(b'-'))
                || matches!(stream.word(k), b"to" | b"or")
        };
        if joined(end)
            && end + 1 < stop
            && let Some((m, end)) = number(s, stream, end + 1, stop)
        {
            return one(Class::Number(n.max(m)), end);
        }
        return one(Class::Number(n), end);
    }
    if let Some((r, end)) = roman(s, i, stop) {
        return one(Class::Roman(r), end);
    }
    let word = stream.word(i);
    if let Some(days) = unit(word) {
        return one(Class::Unit(days), i + 1);
    }
    if let Some(month) = month(word) {
        return one(Class::Month(month), i + 1);
    }
    match word {
        b"several" | b"few" | b"many" | b"multiple" | b"some" | b"numerous" | b"couple" => {
            let of = i + 1 < stop && stream.word(i + 1) == b"of";
            one(Class::Vague, if of { i + 2 } else { i + 1 })
        }
        _ => one(Class::Word, i + 1),
    }
}

fn digits(s: &Segments, i: usize) -> Option<&str> {
    s.tokens.get(i).filter(|t| t.kind == TokenKind::Number)?;
    std::str::from_utf8(s.word(i)).ok()
}

fn year(s: &Segments, i: usize) -> Option<u16> {
    let text = digits(s, i)?;
    let year: u16 = text.parse().ok().filter(|_| text.len() == 4)?;
    (1930..2100).contains(&year).then_some(year)
}

/// `3/14/2024`, `11-16-04`, `02/2022`. A bare `1/9` is read as a date only by its template.
fn date(s: &Segments, i: usize, stop: usize) -> Option<(Option<u16>, usize)> {
    let sep = |k: usize| k < stop && matches!(s.tokens[k].kind, TokenKind::Mark(b'/' | b'-'));
    let glued = |k: usize| k < stop && s.tokens[k - 1].span.end == s.tokens[k].span.start;
    let first: u16 = digits(s, i)?.parse().ok().filter(|n| (1..=31).contains(n))?;
    if !(sep(i + 1) && glued(i + 1) && glued(i + 2)) {
        return None;
    }
    let second = digits(s, i + 2)?;
    if sep(i + 3) && glued(i + 3) && glued(i + 4) {
        let _day: u16 = second.parse().ok().filter(|n| (1..=31).contains(n))?;
        let third = digits(s, i + 4)?;
        let y: u16 = third.parse().ok()?;
        let y = match third.len() {
            4 => y,
            2 if y < 40 => 2000 + y,
            2 => 1900 + y,
            _ => return None,
        };
        return Some((Some(y), i + 5));
    }
    (first <= 12).then(|| year(s, i + 2)).flatten().map(|y| (Some(y), i + 3))
}

fn number(s: &Segments, stream: &Stream, i: usize, stop: usize) -> Option<(f32, usize)> {
    if let Some(text) = digits(s, i) {
        let mut n: f32 = text.replace(',', "").parse().ok()?;
        let mut end = i + 1;
        // 2 1/2 and 2+
        let half = end + 2 < stop
            && digits(s, end) == Some("1")
            && s.tokens[end + 1].is_mark(b'/')
            && digits(s, end + 2) == Some("2");
        if half {
            n += 0.5;
            end += 3;
        } else if end < stop && s.tokens[end].is_mark(b'+') {
            end += 1;
        }
        return Some((n, end));
    }
    let word = stream.word(i);
    // x3: a count glued to its sign
    const WORDS: [&[u8]; 20] = [
        b"one",
        b"two",
        b"three",
        b"four",
        b"five",
        b"six",
        b"seven",
        b"eight",
        b"nine",
        b"ten",
        b"eleven",
        b"twelve",
        b"thirteen",
        b"fourteen",
        b"fifteen",
        b"sixteen",
        b"seventeen",
        b"eighteen",
        b"nineteen",
        b"twenty",
    ];
    let n = WORDS.iter().position(|w| *w == word)? as f32 + 1.0;
    let half = i + 3 < stop
        && stream.word(i + 1) == b"and"
        && matches!(stream.word(i + 2), b"a" | b"one")
        && stream.word(i + 3) == b"half";
    Some(if half { (n + 0.5, i + 4) } else { (n, i + 1) })
}

fn roman(s: &Segments, i: usize, stop: usize) -> Option<(u8, usize)> {
    let value = |k: usize| -> Option<u8> {
        match s.word(k) {
            b"i" => Some(1),
            b"ii" => Some(2),
            b"iii" => Some(3),
            b"iv" => Some(4),
            b"v" => Some(5),
            _ => None,
        }
    };
    let first = value(i)?;
    let range = i + 2 < stop
        && (s.tokens[i + 1].is_mark(b'-') || s.tokens[i + 1].is_mark(b'/') || s.word(i + 1) == b"to");
    match value(i + 2).filter(|_| range) {
        Some(second) => Some((second, i + 3)),
        None => Some((first, i + 1)),
    }
}

fn unit(word: &[u8]) -> Option<f32> {
    Some(match word {
        b"hour" | b"hr" => 1.0 / 24.0,
        b"day" => 1.0,
        b"week" | b"wk" => 7.0,
        b"month" | b"mo" | b"mos" | b"mth" => 30.4,
        b"year" | b"yr" => 365.0,
        b"decade" => 3650.0,
        _ => return None,
    })
}

fn month(word: &[u8]) -> Option<u8> {
    const NAMES: [&[u8]; 12] = [
        b"january",
        b"february",
        b"march",
        b"april",
        b"may",
        b"june",
        b"july",
        b"august",
        b"september",
        b"october",
        b"november",
        b"december",
    ];
    let full = NAMES.iter().position(|m| *m == word);
    let short = || {
        (word.len() == 3 || word == b"sept").then(|| NAMES.iter().position(|m| m.starts_with(&word[..3])))?
    };
    full.or_else(short).map(|m| m as u8 + 1)
}
