//! Reads a misspelt long word as the known word that lies nearest, if that is a word of the data's terms.

use super::slip::{LONGEST, SlipRules, distance, reach};
use rustc_hash::FxHashMap;

/// Shortest word that is corrected, in letters; below, too many words lie side by side.
pub(super) const SHORTEST: usize = 7;

/// What is known of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// A word that is never corrected, and too rare to be what was meant.
    Rare,
    /// A common word without meaning to the terms: what lies nearest to it is left as it is.
    Common,
    /// A word of a term.
    Term,
}

/// Long words that are known, and what misspelt ones are read as.
#[derive(Debug, Default)]
pub struct Dictionary {
    known: FxHashMap<Box<[u8]>, Standing>,
    /// The common words and those of terms by first letter and length.
    buckets: Vec<Vec<Entry>>,
    rules: SlipRules,
}

#[derive(Debug)]
struct Entry {
    word: Box<[u8]>,
    letters: u32,
}

impl Dictionary {
    /// From the words of a list, one a line, `#` before a comment: common words, then after a line `---` rare ones.
    pub fn new(list: &str, rules: SlipRules) -> Self {
        let mut out = Self {
            known: FxHashMap::default(),
            buckets: std::iter::repeat_with(Vec::new).take(26 * (LONGEST + 1)).collect(),
            rules: SlipRules::default(),
        };
        let mut standing = Standing::Common;
        for line in list.lines() {
            match line.as_bytes() {
                b"---" => standing = Standing::Rare,
                word => out.learn(word, standing),
            }
        }
        for word in &rules.keep {
            out.learn(word.as_bytes(), Standing::Rare);
        }
        out.rules = rules;
        out
    }

    /// Takes up a word in its normal form; what is no long word of letters is passed over.
    pub fn learn(&mut self, word: &[u8], standing: Standing) {
        if !fits(word) || self.buckets.is_empty() {
            return;
        }
        let before = self.known.get(word).copied();
        if before.is_some_and(|b| b >= standing) {
            return;
        }
        self.known.insert(word.into(), standing);
        if standing > Standing::Rare && before.is_none_or(|b| b == Standing::Rare) {
            let entry = Entry { word: word.into(), letters: letters(word) };
            self.buckets[bucket(word[0], word.len())].push(entry);
        }
    }

    /// True for a word that was learnt.
    pub fn knows(&self, word: &[u8]) -> bool {
        self.known.contains_key(word)
    }

    /// The word of a term that an unknown word stands for, if there is exactly one nearest word and it is such a one.
    pub fn correct(&self, word: &[u8]) -> Option<&[u8]> {
        if !fits(word) || self.buckets.is_empty() || self.knows(word) {
            return None;
        }
        let nearest = self.nearest(word)?;
        let term = self.known.get(nearest) == Some(&Standing::Term);
        (term && self.rules.is_slip(word, nearest)).then_some(nearest)
    }

    fn nearest(&self, word: &[u8]) -> Option<&[u8]> {
        let mut limit = reach(word.len());
        let most = u32::from(limit);
        let mut found: Option<&[u8]> = None;
        let mut alone = true;
        let given = letters(word);
        let far = usize::from(limit);
        for length in (word.len() - far).max(SHORTEST)..=(word.len() + far).min(LONGEST) {
            for e in &self.buckets[bucket(word[0], length)] {
                // an edit adds one letter at most and takes one away
                if (given & !e.letters).count_ones() > most || (e.letters & !given).count_ones() > most {
                    continue;
                }
                let Some(d) = distance(word, &e.word, limit, |_, _| 1) else { continue };
                alone = found.is_none() || d < limit;
                limit = d;
                found = Some(&e.word);
            }
        }
        found.filter(|_| alone)
    }
}

fn fits(word: &[u8]) -> bool {
    (SHORTEST..=LONGEST).contains(&word.len()) && word.iter().all(u8::is_ascii_lowercase)
}

fn bucket(first: u8, length: usize) -> usize {
    usize::from(first - b'a') * (LONGEST + 1) + length
}

fn letters(word: &[u8]) -> u32 {
    word.iter().fold(0, |set, b| set | 1 << (b - b'a'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn dictionary() -> Dictionary {
        let list = "# common\nextension\ndetention\nretention\ncomparison\n---\nlamination\natypical\n";
        let strings = |words: &str| words.split(' ').map(str::to_owned).collect();
        let rules = SlipRules {
            keep: vec!["compressor".into()],
            prefixes: strings("hyper hypo inter intra non peri pre"),
            suffixes: strings("osis itis ectomy otomy tomy pathy"),
            endings: strings("e ed ing ion ive al ic ly"),
            alike: vec![["ance".into(), "ence".into()]],
        };
        let mut out = Dictionary::new(list, rules);
        let terms = "compression compressing extrusion distention retraction hypertrophy spondylolisthesis laminotomy \
                     ligamentum degenerate typical interspinous stenosis arthropathy rhizotomy incontinence fracture fractured";
        for term in terms.split_whitespace() {
            out.learn(term.as_bytes(), Standing::Term);
        }
        out
    }

    #[test]
    fn slips_are_read_as_terms() {
        let d = dictionary();
        for (word, term) in [
            ("comrpession", "compression"),
            ("spondylolithesis", "spondylolisthesis"),
            ("ligamnetum", "ligamentum"),
            ("hypetrophy", "hypertrophy"),
            ("arthopathy", "arthropathy"),
            ("incontinance", "incontinence"),
        ] {
            assert_eq!(d.correct(word.as_bytes()), Some(term.as_bytes()), "{word}");
        }
    }

    #[test]
    fn other_words_stay() {
        let d = dictionary();
        // known, another prefix, another suffix, an inflected form, another stem, too short, as near to two words
        for word in [
            "extension",
            "detention",
            "retention",
            "comparison",
            "lamination",
            "atypical",
            "compressor",
            "hypotrophy",
            "intraspinous",
            "spondylolisthetic",
            "compressive",
            "degenerated",
            "rhinotomy",
            "noncompression",
            "steatosis",
            "fractur",
            "fracturec",
            "laminectomy",
            "distenti0n",
            "facets",
        ] {
            assert_eq!(d.correct(word.as_bytes()), None, "{word}");
        }
    }

    #[test]
    fn a_term_may_be_learnt_after_the_list() {
        let mut d = dictionary();
        assert_eq!(d.correct(b"extnesion"), None);
        d.learn(b"extension", Standing::Term);
        assert_eq!(d.correct(b"extnesion"), Some(&b"extension"[..]));
        d.learn(b"extension", Standing::Rare);
        assert_eq!(d.correct(b"extnesion"), Some(&b"extension"[..]));
    }

    proptest! {
        #[test]
        fn a_correction_is_near_and_begins_alike(word in "[a-z]{0,30}") {
            let d = dictionary();
            if let Some(term) = d.correct(word.as_bytes()) {
                prop_assert_eq!(term[0], word.as_bytes()[0]);
                prop_assert!(distance(word.as_bytes(), term, reach(word.len()), |_, _| 1).is_some());
            }
        }
    }
}
