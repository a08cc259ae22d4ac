//! Vertebral levels in every spelling: segments, ranges, lists, roots told from bones.

use crate::segment::{Segments, TokenKind};
use std::fmt;
use std::ops::Range;

/// A level expression found in a note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    /// Its tokens.
    pub tokens: Range<usize>,
    /// Segments (`L4-L5`) or single vertebrae (`L3`), top to bottom.
    pub norm: Vec<String>,
    /// Names a nerve root, dermatome or medial branch, which says nothing of the region.
    pub root: bool,
    /// A pair, a range, or a lumbar level: it can mean nothing but the spine.
    pub strong: bool,
}

/// A vertebra as its place in the column: C1 = 0 ... S5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Vertebra(u8);

const C: u8 = 0;
const T: u8 = 7;
const L: u8 = 19;
const S: u8 = 24;
const END: u8 = 29;

impl Vertebra {
    fn new(letter: u8, number: u8) -> Option<Self> {
        let (base, count) = match letter {
            b'c' if number == 8 => return Some(Self(C + 7)), // the C8 root leaves above T1
            b'c' => (C, 7),
            b't' | b'd' => (T, 12),
            b'l' if number == 6 => return Some(Self(S)), // a sixth lumbar vertebra takes the place of S1
            b'l' => (L, 5),
            b's' => (S, 5),
            _ => return None,
        };
        (1..=count).contains(&number).then(|| Self(base + number - 1))
    }

    fn letter(self) -> u8 {
        match self.0 {
            v if v < T => b'c',
            v if v < L => b't',
            v if v < S => b'l',
            _ => b's',
        }
    }

    fn next(self) -> Option<Self> {
        (self.0 + 1 < END).then(|| Self(self.0 + 1))
    }
}

impl fmt::Display for Vertebra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (letter, base) = match self.letter() {
            b'c' => ('C', C),
            b't' => ('T', T),
            b'l' => ('L', L),
            _ => ('S', S),
        };
        write!(f, "{letter}{}", self.0 - base + 1)
    }
}

/// The regions that a segment or vertebra of [`Level::norm`] touches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Region {
    /// C1 to C7-T1.
    Cervical,
    /// T1 to T11-T12.
    Thoracic,
    /// T12-L1.
    Thoracolumbar,
    /// L1 to L5.
    Lumbar,
    /// L5-S1.
    Lumbosacral,
    /// S1 and below.
    Sacral,
}

/// The region of one entry of [`Level::norm`].
pub fn region(norm: &str) -> Option<Region> {
    let mut parts = norm.split('-');
    let (top, bottom) = (parts.next()?, parts.next());
    let letter = |s: &str| s.bytes().next();
    Some(match (letter(top)?, bottom.and_then(letter)) {
        (b'C', _) => Region::Cervical,
        (b'T', Some(b'L')) => Region::Thoracolumbar,
        (b'T', _) => Region::Thoracic,
        (b'L', Some(b'S')) => Region::Lumbosacral,
        (b'L', _) => Region::Lumbar,
        _ => Region::Sacral,
    })
}

/// What one expression spells.
#[derive(Clone, Debug)]
enum Piece {
    Bone(Vertebra),
    /// From the upper to the lower vertebra, at least one disc.
    Span(Vertebra, Vertebra),
}

impl Piece {
    fn top(&self) -> Vertebra {
        match *self {
            Piece::Bone(v) | Piece::Span(v, _) => v,
        }
    }

    fn bottom(&self) -> Vertebra {
        match *self {
            Piece::Bone(v) | Piece::Span(_, v) => v,
        }
    }
}

/// Finds the level expressions of a note, in order, without overlap.
pub fn find(s: &Segments) -> Vec<Level> {
    let mut out = Vec::new();
    let mut i = 0;
    while i < s.tokens.len() {
        match expression(s, i) {
            Some(level) => {
                i = level.tokens.end;
                out.push(level);
            }
            None => i += 1,
        }
    }
    out
}

fn expression(s: &Segments, i: usize) -> Option<Level> {
    if let Some((end, norm)) = junction(s, i) {
        return Some(Level { tokens: i..end, norm: vec![norm.into()], root: false, strong: true });
    }
    let (mut piece, mut end) = piece(s, i)?;
    // L1-2 through L4-5, L3 to the S1
    if let Some(k) = word_in(s, end, &[b"to", b"through", b"thru"]) {
        let k = word_in(s, k, &[b"the"]).unwrap_or(k);
        if let Some((lower, lower_end)) = self::piece(s, k)
            && lower.bottom() > piece.top()
        {
            piece = Piece::Span(piece.top(), lower.bottom());
            end = lower_end;
        }
    }
    let mut norm = spell(&piece);
    // the root below C7 has a name and no bone
    if matches!(piece, Piece::Bone(_)) && s.word(i) == b"c8" {
        norm = vec!["C8".into()];
    }
    // L2,3,4: one letter for a list of numbers
    if let Piece::Bone(first) = piece {
        let mut last = first;
        while let Some(v) = listed(s, end, last) {
            norm.push(v.to_string());
            last = v;
            end += 2;
        }
    }
    if not_a_level(s, i, end, &piece) {
        return None;
    }
    let (root, root_end) = root(s, i, end);
    let single = matches!(piece, Piece::Bone(_)) && norm.len() == 1;
    let strong = !single || piece.top().letter() == b'l';
    Some(Level { tokens: i..root_end, norm, root, strong })
}

/// One vertebra or one range, and the token after it.
fn piece(s: &Segments, i: usize) -> Option<(Piece, usize)> {
    let (first, compact) = vertebra(s, i)?;
    if let Some(second) = compact {
        return Some((Piece::Span(first, second), i + 1));
    }
    let glued = |k: usize| k < s.tokens.len() && s.tokens[k - 1].span.end == s.tokens[k].span.start;
    // L5S1, L5 S1: neighbours in one breath
    if let Some((second, None)) = vertebra(s, i + 1)
        && !s.tokens[i + 1].line_start
        && (glued(i + 1) || first.next() == Some(second))
    {
        return adjacent_or_range(first, second).map(|p| (p, i + 2));
    }
    let Some(mark) = s.tokens.get(i + 1) else { return Some((Piece::Bone(first), i + 1)) };
    if matches!(mark.kind, TokenKind::Mark(b'-' | b'/' | b'\\')) {
        if let Some((second, compact)) = vertebra(s, i + 2) {
            if compact.is_none() && second > first && (mark.is_mark(b'-') || first.next() == Some(second)) {
                return adjacent_or_range(first, second).map(|p| (p, i + 3));
            }
        } else if let Some(n) = number(s, i + 2)
            && glued(i + 2)
        {
            let same = Vertebra::new(first.letter(), n).filter(|v| *v > first);
            let sacral = Vertebra::new(b's', n).filter(|_| first.0 == S - 1 && n == 1);
            let thoracic = Vertebra::new(b't', n).filter(|_| first.0 == T - 1 && n == 1);
            let lumbar = Vertebra::new(b'l', n).filter(|_| first.0 == L - 1 && n == 1);
            if let Some(second) = same.or(sacral).or(thoracic).or(lumbar) {
                return adjacent_or_range(first, second).map(|p| (p, i + 3));
            }
        }
    } else if let Some(k) = word_in(s, i + 1, &[b"on", b"over"])
        && let Some((second, None)) = vertebra(s, k)
        && first.next() == Some(second)
    {
        return Some((Piece::Span(first, second), k + 1));
    }
    Some((Piece::Bone(first), i + 1))
}

fn adjacent_or_range(a: Vertebra, b: Vertebra) -> Option<Piece> {
    (b > a).then_some(Piece::Span(a, b))
}

/// `L4`; with a second vertebra for `L45`, `L51`, `C56`.
fn vertebra(s: &Segments, i: usize) -> Option<(Vertebra, Option<Vertebra>)> {
    // "atL4/L5": the blank was lost
    let word = s.word(i);
    let word = [b"at".as_slice(), b"of", b"and", b"to", b"the", b"level"]
        .iter()
        .find_map(|p| word.strip_prefix(*p))
        .filter(|w| w.len() > 1)
        .unwrap_or(word);
    let (&letter, digits) = word.split_first()?;
    if digits.is_empty() || digits.len() > 4 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = |d: &[u8]| d.iter().fold(0u16, |n, b| n * 10 + u16::from(b - b'0')).min(255) as u8;
    if let Some(v) = Vertebra::new(letter, number(digits)) {
        return Some((v, None));
    }
    if digits.len() == 2 {
        let first = Vertebra::new(letter, number(&digits[..1]))?;
        let n = number(&digits[1..]);
        let second = Vertebra::new(letter, n)
            .filter(|v| Some(*v) == first.next())
            .or_else(|| Vertebra::new(b's', n).filter(|v| Some(*v) == first.next()))?;
        return Some((first, Some(second)));
    }
    None
}

fn number(s: &Segments, i: usize) -> Option<u8> {
    s.tokens.get(i).filter(|t| t.kind == TokenKind::Number)?;
    std::str::from_utf8(s.word(i)).ok()?.parse().ok()
}

/// The vertebra of `,3` after `L2`.
fn listed(s: &Segments, comma: usize, last: Vertebra) -> Option<Vertebra> {
    s.tokens.get(comma).filter(|t| t.is_mark(b','))?;
    let n = number(s, comma + 1)?;
    Vertebra::new(last.letter(), n).filter(|v| Some(*v) == last.next())
}

fn word_in(s: &Segments, i: usize, words: &[&[u8]]) -> Option<usize> {
    words.contains(&s.word(i)).then_some(i + 1)
}

fn spell(piece: &Piece) -> Vec<String> {
    match *piece {
        Piece::Bone(v) => vec![v.to_string()],
        Piece::Span(a, b) => (a.0..b.0).map(|v| format!("{}-{}", Vertebra(v), Vertebra(v + 1))).collect(),
    }
}

fn junction(s: &Segments, i: usize) -> Option<(usize, &'static str)> {
    let norm = match s.word(i) {
        b"lumbosacral" => "L5-S1",
        b"thoracolumbar" => "T12-L1",
        b"cervicothoracic" => "C7-T1",
        _ => return None,
    };
    let end = word_in(s, i + 1, &[b"junction"]).or_else(|| {
        word_in(s, i + 1, &[b"disc", b"disk"])
            .and_then(|k| word_in(s, k, &[b"space", b"level", b"interspace"]))
    })?;
    Some((end, norm))
}

/// Heart sounds, MRI weightings, thyroid hormones, tumour stages, dextrose: letters and numbers that are no vertebra.
fn not_a_level(s: &Segments, i: usize, end: usize, piece: &Piece) -> bool {
    let Piece::Bone(v) = *piece else { return false };
    let sentence = &s.sentences[s.sentence_of(i)];
    let says = |words: &[&[u8]]| sentence.tokens.clone().any(|k| words.contains(&s.word(k)));
    let word = s.word(i);
    match (v.letter(), word.first()) {
        (_, Some(b'd')) => true, // a lone D level is dextrose or a vitamin far more often than a vertebra
        // S1 to S4 are heart sounds unless the sentence speaks of the spine
        (b's', _) => {
            let lumbar = |k: usize| matches!(s.word(k), [b'l', d, ..] if d.is_ascii_digit());
            !sentence.tokens.clone().any(lumbar)
                && !says(&[
                    b"nerve",
                    b"root",
                    b"roots",
                    b"radiculopathy",
                    b"radicular",
                    b"level",
                    b"vertebra",
                    b"vertebral",
                    b"body",
                    b"sacral",
                    b"sacrum",
                    b"screw",
                    b"screws",
                    b"pedicle",
                    b"pedicles",
                    b"dermatome",
                    b"dermatomal",
                    b"foramen",
                    b"foramina",
                    b"disc",
                    b"disk",
                    b"endplate",
                    b"lamina",
                    b"facet",
                    b"lumbar",
                    b"lumbosacral",
                    b"transforaminal",
                    b"epidural",
                    b"reflex",
                    b"distribution",
                    b"cyst",
                    b"canal",
                    b"fusion",
                    b"segment",
                    b"ala",
                    b"promontory",
                ])
        }
        (b't', _) => {
            let bone = [
                b"vertebra".as_slice(),
                b"vertebral",
                b"body",
                b"compression",
                b"fracture",
                b"level",
                b"spine",
            ];
            matches!(word, b"t1" | b"t2" | b"t3" | b"t4")
                && !bone.contains(&s.word(end))
                && (says(&[
                    b"weighted",
                    b"signal",
                    b"image",
                    b"images",
                    b"sequence",
                    b"sequences",
                    b"flair",
                    b"axial",
                    b"sagittal",
                    b"gadolinium",
                    b"hyperintense",
                    b"hyperintensity",
                    b"hypointense",
                    b"stir",
                    b"free",
                    b"tsh",
                    b"thyroid",
                    b"staging",
                    b"stage",
                    b"tumor",
                    b"carcinoma",
                    b"n0",
                    b"mri",
                ]) || s.word(end) == b"n0")
        }
        (b'c', _) => {
            says(&[b"complement", b"esterase", b"difficile", b"hepatitis", b"c3", b"cranial"]) && {
                word != b"c3" || says(&[b"complement", b"c4"])
            }
        }
        _ => false,
    }
}

/// Whether the level names a root, and how far the quote reaches then.
fn root(s: &Segments, start: usize, end: usize) -> (bool, usize) {
    let stop = s.sentences[s.sentence_of(start)].tokens.end;
    let at = |k: usize| if k < stop { s.word(k) } else { b"" };
    let mut k = end;
    if matches!(at(k), b"traversing" | b"exiting" | b"exit" | b"spinal" | b"right" | b"left") {
        k += 1;
    }
    match at(k) {
        b"nerve" | b"nerves" => {
            let roots = matches!(at(k + 1), b"root" | b"roots");
            (true, if roots { k + 2 } else { k + 1 })
        }
        b"root" | b"roots" => (true, k + 1),
        b"dermatome" | b"dermatomes" => (true, k + 1),
        b"dermatomal" | b"nerveroot" => {
            let more = matches!(at(k + 1), b"distribution" | b"pattern");
            (true, if more { k + 2 } else { k + 1 })
        }
        b"radiculopathy" | b"radiculitis" | b"radiculopathies" | b"radicular" | b"distribution"
        | b"myotome" | b"myotomes" | b"radic" | b"reflex" | b"medial" | b"dorsal" | b"mbb" | b"drg" => {
            (true, end)
        }
        _ => (false, end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::Headings;

    fn levels(text: &str) -> Vec<String> {
        let s = Segments::new(text, &Headings::default());
        find(&s)
            .iter()
            .map(|l| {
                let quote = s.span(l.tokens.clone()).of(text);
                format!("{quote}={}{}", l.norm.join(","), if l.root { " root" } else { "" })
            })
            .collect()
    }

    #[test]
    fn spellings() {
        let cases: &[(&str, &[&str])] = &[
            ("L4-5", &["L4-5=L4-L5"]),
            ("L4/5, L4-L5; L4–L5", &["L4/5=L4-L5", "L4-L5=L4-L5", "L4–L5=L4-L5"]),
            ("L5S1 and L5 S1, L5/S1", &["L5S1=L5-S1", "L5 S1=L5-S1", "L5/S1=L5-S1"]),
            ("L45 or L51", &["L45=L4-L5", "L51=L5-S1"]),
            ("D12/L1", &["D12/L1=T12-L1"]),
            ("L2-4", &["L2-4=L2-L3,L3-L4"]),
            ("L3 through L5", &["L3 through L5=L3-L4,L4-L5"]),
            ("L4 to the S1", &["L4 to the S1=L4-L5,L5-S1"]),
            ("L1-2 through L4-5", &["L1-2 through L4-5=L1-L2,L2-L3,L3-L4,L4-L5"]),
            ("L4 on L5 slip", &["L4 on L5=L4-L5"]),
            ("L3-4 and L4-5", &["L3-4=L3-L4", "L4-5=L4-L5"]),
            ("L5-1 disc", &["L5-1=L5-S1"]),
            ("L2,3,4 medial branch", &["L2,3,4=L2,L3,L4 root"]),
            ("lumbosacral junction", &["lumbosacral junction=L5-S1"]),
            ("L3 vertebra", &["L3=L3"]),
            ("bulge atL4/L5", &["atL4/L5=L4-L5"]),
        ];
        for (text, expected) in cases {
            assert_eq!(&levels(text), expected, "{text}");
        }
    }

    #[test]
    fn roots_are_no_levels() {
        let cases: &[(&str, &[&str])] = &[
            ("right S1 nerve root", &["S1 nerve root=S1 root"]),
            ("L5 radiculopathy", &["L5=L5 root"]),
            ("L4 dermatome", &["L4 dermatome=L4 root"]),
            ("left C8 radiculopathy", &["C8=C8 root"]),
        ];
        for (text, expected) in cases {
            assert_eq!(&levels(text), expected, "{text}");
        }
    }

    #[test]
    fn letters_and_numbers_that_are_no_level() {
        for text in
            ["Heart: S1 and S2, no murmur", "T2 signal on MRI", "D5 half normal saline", "L9", "S4 gallop"]
        {
            assert!(levels(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn regions() {
        let cases = [
            ("L4-L5", Region::Lumbar),
            ("L5-S1", Region::Lumbosacral),
            ("T12-L1", Region::Thoracolumbar),
            ("S1", Region::Sacral),
            ("C5-C6", Region::Cervical),
            ("L3", Region::Lumbar),
        ];
        for (norm, expected) in cases {
            assert_eq!(region(norm), Some(expected));
        }
    }
}
