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

/// Longest word that is compared, in letters.
pub(super) const LONGEST: usize = 24;

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
        distance(w, t, limit, substitution).is_some() && !self.derived(word, term)
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

/// Optimal string alignment distance (a transposition of neighbours counts one) where it is at most `limit`.
pub(super) fn distance(a: &[u8], b: &[u8], limit: u8, substitution: impl Fn(u8, u8) -> u8) -> Option<u8> {
    if a.len() > LONGEST || b.len() > LONGEST || a.len().abs_diff(b.len()) > usize::from(limit) {
        return None;
    }
    let mut rows = [[0u8; LONGEST + 1]; 3];
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j as u8;
    }
    for i in 1..=a.len() {
        let [mut row, above, before] = [i % 3, (i + 2) % 3, (i + 1) % 3].map(|r| rows[r]);
        row[0] = i as u8;
        let mut least = row[0];
        for j in 1..=b.len() {
            let change = if a[i - 1] == b[j - 1] { 0 } else { substitution(a[i - 1], b[j - 1]) };
            let mut cost = (above[j] + 1).min(row[j - 1] + 1).min(above[j - 1] + change);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                cost = cost.min(before[j - 2] + 1);
            }
            row[j] = cost;
            least = least.min(cost);
        }
        if least > limit {
            return None;
        }
        rows[i % 3] = row;
    }
    Some(rows[a.len() % 3][b.len()]).filter(|&d| d <= limit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn plain(a: &str, b: &str, limit: u8) -> Option<u8> {
        distance(a.as_bytes(), b.as_bytes(), limit, |_, _| 1)
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
            assert_eq!(plain(a, b, 2), expected, "{a} {b}");
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
        fn distance_is_symmetric_and_bounded(a in "[abc]{0,9}", b in "[abc]{0,9}") {
            prop_assert_eq!(plain(&a, &b, 9), plain(&b, &a, 9));
            prop_assert_eq!(plain(&a, &a, 0), Some(0));
            let exact = plain(&a, &b, 9);
            prop_assert_eq!(plain(&a, &b, 2), exact.filter(|&d| d <= 2));
        }
    }
}
