//! The class stream: numbers, units, dates and roman numerals collapsed, so that templates are plain phrases over classes.

use crate::lexicon::Stream;
use crate::segment::{Segments, TokenKind};
use std::ops::Range;

/// What a collapsed token stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Class {
    /// The word itself.
    Word,
    /// A number or range of numbers: the larger end, and the words `two`, `a dozen`.
    Number(f32),
    /// A couple (2), a few (3); several and many, which say no number, are NaN.
    Vague(f32),
    /// A unit of time, in days.
    Unit(f32),
    /// A calendar year.
    Year(u16),
    /// A month name (1 to 12).
    Month(u8),
    /// A numeric date.
    Date(Day),
    /// A roman numeral or range of them: the larger one.
    Roman(u8),
}

/// A date as far as it is told; good enough to say how many days lie between two of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    /// The year.
    pub year: u16,
    /// The month (1 to 12), where it is told.
    pub month: Option<u8>,
    /// The day of the month, where it is told.
    pub day: Option<u8>,
}

impl Day {
    /// Days from a fixed date, to within two; a month without a day is read as its middle, a year alone as its middle.
    pub fn ordinal(self) -> i32 {
        let month = self.month.map_or(6, |m| i32::from(m) - 1);
        let day = self.day.map_or(15, i32::from);
        i32::from(self.year) * 1461 / 4 + month * 3044 / 100 + day
    }
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
                let e = element(segments, stream, i, &s.tokens);
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
            Class::Vague(_) => b"#q",
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

    /// No elements yet.
    pub(crate) fn empty() -> Self {
        Self { elements: Vec::new(), bytes: Vec::new(), starts: Vec::new() }
    }

    /// Takes up the stream of the next sentence, whose tokens are counted from its first one, which is token `first` of
    /// the note.
    pub(crate) fn append(&mut self, sentence: &Self, first: usize) {
        let base = self.bytes.len() as u32;
        self.starts.extend(sentence.starts.iter().map(|&s| s + base));
        self.bytes.extend_from_slice(&sentence.bytes);
        self.elements.extend(sentence.elements.iter().map(|e| Element {
            class: e.class.clone(),
            first: e.first + first,
            end: e.end + first,
        }));
    }

    /// True for an element that is the word `word`.
    pub fn is_word(&self, element: &Element, word: &[u8]) -> bool {
        let at = self.elements.partition_point(|e| e.first < element.first);
        self.starts.get(at).is_some_and(|&start| {
            self.bytes[start as usize + 1..].strip_prefix(word).is_some_and(|rest| rest.first() == Some(&2))
        })
    }

    /// The elements of a match at stream offsets.
    pub fn elements_at(&self, start: usize, end: usize) -> std::ops::Range<usize> {
        let first = self.starts.partition_point(|&s| (s as usize) < start);
        let last = self.starts.partition_point(|&s| (s as usize) < end);
        first..last
    }
}

/// The element at a token of a sentence, which depends on the sentence alone.
fn element(s: &Segments, stream: &Stream, i: usize, sentence: &Range<usize>) -> Element {
    let stop = sentence.end;
    let one = |class, end| Element { class, first: i, end };
    if s.tokens[i].kind == TokenKind::Number {
        if let Some((day, end)) = date(s, i, stop) {
            return one(Class::Date(day), end);
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
    // x6w, 3d
    let glued = i > sentence.start
        && s.tokens[i - 1].kind == TokenKind::Number
        && s.tokens[i - 1].span.end == s.tokens[i].span.start;
    let letter = match word {
        b"w" => Some(7.0),
        b"d" => Some(1.0),
        b"y" => Some(365.0),
        _ => None,
    };
    if let Some(days) = letter.filter(|_| glued).or_else(|| unit(word)) {
        return one(Class::Unit(days), i + 1);
    }
    if let Some(month) = month(word) {
        return one(Class::Month(month), i + 1);
    }
    let vague = match word {
        b"couple" => 2.0,
        b"few" => 3.0,
        b"several" | b"many" | b"multiple" | b"some" | b"numerous" => f32::NAN,
        _ => return one(Class::Word, i + 1),
    };
    let of = i + 1 < stop && stream.word(i + 1) == b"of";
    one(Class::Vague(vague), if of { i + 2 } else { i + 1 })
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
fn date(s: &Segments, i: usize, stop: usize) -> Option<(Day, usize)> {
    let sep = |k: usize| k < stop && matches!(s.tokens[k].kind, TokenKind::Mark(b'/' | b'-'));
    let glued = |k: usize| k < stop && s.tokens[k - 1].span.end == s.tokens[k].span.start;
    let small = |k: usize| digits(s, k)?.parse::<u8>().ok().filter(|n| (1..=31).contains(n));
    let joined = |k: usize| sep(k) && glued(k) && glued(k + 1);
    if let Some(year) = year(s, i)
        && joined(i + 1)
        && joined(i + 3)
    {
        let (month, day) = (small(i + 2).filter(|m| *m <= 12)?, small(i + 4)?);
        return Some((Day { year, month: Some(month), day: Some(day) }, i + 5));
    }
    let first = small(i)?;
    if !joined(i + 1) {
        return None;
    }
    if joined(i + 3) && s.tokens[i + 1].kind == s.tokens[i + 3].kind {
        let second = small(i + 2)?;
        let third = digits(s, i + 4)?;
        let y: u16 = third.parse().ok()?;
        let year = match third.len() {
            4 => y,
            2 if y < 40 => 2000 + y,
            2 => 1900 + y,
            _ => return None,
        };
        let (month, day) = if first <= 12 { (first, second) } else { (second, first) };
        return (month <= 12).then_some((Day { year, month: Some(month), day: Some(day) }, i + 5));
    }
    let year = year(s, i + 2).filter(|_| first <= 12)?;
    Some((Day { year, month: Some(first), day: None }, i + 3))
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
    let n = match word {
        b"thirty" => 30.0,
        b"forty" => 40.0,
        b"fifty" => 50.0,
        b"dozen" => 12.0,
        _ => WORDS.iter().position(|w| *w == word)? as f32 + 1.0,
    };
    // two and a half, two-and-a-half
    let mut rest = (i + 1..stop).filter(|&k| !stream.word(k).is_empty());
    let mut next = || rest.next().map_or((stop, &b""[..]), |k| (k, stream.word(k)));
    let half = next().1 == b"and" && matches!(next().1, b"a" | b"one");
    match next() {
        (k, b"half") if half => Some((n + 0.5, k + 1)),
        _ => Some((n, i + 1)),
    }
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
        b"hour" | b"hr" | b"hrs" => 1.0 / 24.0,
        b"day" => 1.0,
        b"week" | b"wk" | b"wks" => 7.0,
        b"fortnight" => 14.0,
        b"month" | b"mo" | b"mos" | b"mth" => 30.4,
        b"year" | b"yr" | b"yrs" => 365.0,
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
