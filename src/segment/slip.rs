//! Whether two words that lie near each other are one word and its misspelling, or two words.

use serde::Deserialize;

/// What tells a slip from another word; the `[correction]` table of `lexicons/spelling.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct SlipRules {
    /// Words that are never corrected.
    pub keep: Vec<String>,
    /// First parts that change the meaning: `hypo`, `hyper`, `non`.
    pub prefixes: Vec<String>,
    /// Last parts of composed words: `itis`, `osis`, `ectomy`.
    pub suffixes: Vec<String>,
    /// Endings of inflected and derived words.
    pub endings: Vec<String>,
    /// Pairs of endings that are mistaken for each other and mean the same.
    pub alike: Vec<[String; 2]>,
}

/// Letters at the end of a word in which an ending may lie.
const ENDING: usize = 5;

/// No slip costs as much.
const FAR: u8 = 3;

/// Edits that a word or a part of one bears.
pub(super) fn reach(letters: usize) -> u8 {
    match letters {
        0..4 => 0,
        4..9 => 1,
        _ => 2,
    }
}

impl SlipRules {
    /// Adds the rules of another file.
    pub fn extend(&mut self, other: Self) {
        self.keep.extend(other.keep);
        self.prefixes.extend(other.prefixes);
        self.suffixes.extend(other.suffixes);
        self.endings.extend(other.endings);
        self.alike.extend(other.alike);
    }

    /// True where `word`, which is no known word, is `term` misspelt.
    pub(super) fn is_slip(&self, word: &[u8], term: &[u8]) -> bool {
        // rerupture is no rupture
        if word.ends_with(term) || term.ends_with(word) {
            return false;
        }
        let (mut w, mut t) = (word, term);
        let (first, of_term) = (
            longest(&self.prefixes, word, |w, p| w.starts_with(p)),
            longest(&self.prefixes, term, |w, p| w.starts_with(p)),
        );
        if let (Some(a), Some(b)) = (first, of_term) {
            if !a.starts_with(b) && !b.starts_with(a) {
                return false;
            }
            if a == b {
                (w, t) = (&w[a.len()..], &t[a.len()..]);
                if !same_start(w, t) {
                    return false;
                }
            }
        }
        let (last, of_term) = (
            longest(&self.suffixes, word, |w, s| w.ends_with(s)),
            longest(&self.suffixes, term, |w, s| w.ends_with(s)),
        );
        if let (Some(a), Some(b)) = (last, of_term) {
            if a != b {
                return false;
            }
            if w.len() > a.len() && t.len() > a.len() {
                (w, t) = (&w[..w.len() - a.len()], &t[..t.len() - a.len()]);
            }
        }
        let whole = w.len() == word.len() && t.len() == term.len();
        let limit = reach(if whole { word.len() } else { w.len().min(t.len()) });
        within(w, t, limit, &substitution) && !self.derived(word, term)
    }

    /// True where both words have the same stem and an ending each, or none.
    fn derived(&self, word: &[u8], term: &[u8]) -> bool {
        let stem = word.iter().zip(term).take_while(|(a, b)| a == b).count();
        let shorter = word.len().min(term.len());
        (shorter.saturating_sub(ENDING).max(3)..=stem).any(|at| {
            let (a, b) = (&word[at..], &term[at..]);
            a != b && !self.alike(a, b) && self.ending(a) && self.ending(b)
        })
    }

    fn ending(&self, letters: &[u8]) -> bool {
        letters.is_empty() || self.endings.iter().any(|e| e.as_bytes() == letters)
    }

    fn alike(&self, a: &[u8], b: &[u8]) -> bool {
        let is = |x: &str, y: &str| x.as_bytes() == a && y.as_bytes() == b;
        self.alike.iter().any(|[x, y]| is(x, y) || is(y, x))
    }
}

fn longest<'a>(parts: &'a [String], word: &[u8], has: impl Fn(&[u8], &[u8]) -> bool) -> Option<&'a [u8]> {
    parts.iter().map(String::as_bytes).filter(|p| has(word, p)).max_by_key(|p| p.len())
}

/// The same first letter, or the first two changed about.
fn same_start(a: &[u8], b: &[u8]) -> bool {
    match (a, b) {
        ([x, ..], [y, ..]) if x == y => true,
        ([x, y, ..], [v, w, ..]) => x == w && y == v,
        _ => false,
    }
}

/// A vowel for a vowel or a key beside it is a slip; any other letter makes another word.
fn substitution(a: u8, b: u8) -> u8 {
    let vowel = |c: u8| b"aeiouy".contains(&c);
    if vowel(a) && vowel(b) || beside(a, b) { 1 } else { FAR }
}

/// Neighbours on a keyboard.
fn beside(a: u8, b: u8) -> bool {
    const ROWS: [&[u8]; 3] = [b"qwertyuiop", b"asdfghjkl", b"zxcvbnm"];
    let place = |c: u8| {
        ROWS.iter().enumerate().find_map(|(row, keys)| Some((row, keys.iter().position(|&k| k == c)?)))
    };
    let (Some(a), Some(b)) = (place(a), place(b)) else { return false };
    let (upper, lower) = if a.0 <= b.0 { (a, b) } else { (b, a) };
    match lower.0 - upper.0 {
        0 => upper.1.abs_diff(lower.1) == 1,
        1 => lower.1 == upper.1 || lower.1 + 1 == upper.1,
        _ => false,
    }
}

/// True where at most `left` edits make `b` of `a`: a letter more, less or another (at its cost), or two changed about.
///
/// With one edit or two, following each of them from the first letter that differs takes fewer steps than a table.
pub(super) fn within(a: &[u8], b: &[u8], left: u8, substitution: &impl Fn(u8, u8) -> u8) -> bool {
    let same = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (a, b) = (&a[same..], &b[same..]);
    if a.len().abs_diff(b.len()) > usize::from(left) {
        return false;
    }
    let (Some((&x, after_x)), Some((&y, after_y))) = (a.split_first(), b.split_first()) else { return true };
    if left == 0 {
        return false;
    }
    if let ([p, q, rest_a @ ..], [v, w, rest_b @ ..]) = (a, b)
        && p == w
        && q == v
        && within(rest_a, rest_b, left - 1, substitution)
    {
        return true;
    }
    let change = substitution(x, y);
    change <= left && within(after_x, after_y, left - change, substitution)
        || within(after_x, b, left - 1, substitution)
        || within(a, after_y, left - 1, substitution)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn edits(a: &str, b: &str) -> Option<u8> {
        (0..=2).find(|&n| within(a.as_bytes(), b.as_bytes(), n, &|_, _| 1))
    }

    /// Optimal string alignment by the table.
    fn by_table(a: &[u8], b: &[u8]) -> usize {
        let mut cost = vec![vec![0; b.len() + 1]; a.len() + 1];
        for i in 0..=a.len() {
            for j in 0..=b.len() {
                cost[i][j] = match (i, j) {
                    (0, n) | (n, 0) => n,
                    _ => {
                        let change = cost[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                        let plain = change.min(cost[i - 1][j] + 1).min(cost[i][j - 1] + 1);
                        let turned = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                        if turned { plain.min(cost[i - 2][j - 2] + 1) } else { plain }
                    }
                };
            }
        }
        cost[a.len()][b.len()]
    }

    #[test]
    fn distances() {
        let cases = [
            ("ligamnetum", "ligamentum", Some(1)),
            ("spondylolithesis", "spondylolisthesis", Some(1)),
            ("hypetrpohy", "hypertrophy", Some(2)),
            ("comparison", "compression", None),
            ("same", "same", Some(0)),
            ("", "ab", Some(2)),
        ];
        for (a, b, expected) in cases {
            assert_eq!(edits(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn keys() {
        for (a, b) in [(b'n', b'm'), (b'q', b'a'), (b's', b'w'), (b'g', b'v')] {
            assert!(beside(a, b) && beside(b, a));
        }
        for (a, b) in [(b'p', b'g'), (b't', b'p'), (b'q', b'z'), (b'a', b'l'), (b'1', b'2')] {
            assert!(!beside(a, b) && !beside(b, a));
        }
    }

    proptest! {
        #[test]
        fn edits_are_those_of_the_table(a in "[abc]{0,7}", b in "[abc]{0,7}") {
            let table = by_table(a.as_bytes(), b.as_bytes());
            prop_assert_eq!(edits(&a, &b).map(usize::from), Some(table).filter(|&d| d <= 2));
        }
    }
}
