//! Reads a misspelt long word as the known word that lies nearest, if that is a word of the data's terms.

use super::slip::{SlipRules, reach, within};
use rustc_hash::FxHashSet;

/// Shortest word that is corrected, in letters; below, too many words lie side by side.
pub(super) const SHORTEST: usize = 7;

/// Longest word that is corrected, in letters; as many as a key holds.
const LONGEST: usize = 24;

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
    known: FxHashSet<u128>,
    /// The common words and those of terms by first letter and length.
    buckets: Vec<Vec<Entry>>,
    rules: SlipRules,
}

#[derive(Debug)]
struct Entry {
    word: Box<[u8]>,
    letters: u64,
    term: bool,
}

impl Dictionary {
    /// From the words of a list, one a line, `#` before a comment: common words, then after a line `---` rare ones.
    pub fn new(list: &str, rules: SlipRules) -> Self {
        let mut out = Self {
            known: FxHashSet::default(),
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
        let Some(key) = key(word).filter(|_| !self.buckets.is_empty()) else { return };
        self.known.insert(key);
        if standing == Standing::Rare {
            return;
        }
        let term = standing == Standing::Term;
        let bucket = &mut self.buckets[bucket(word[0], word.len())];
        match bucket.iter_mut().find(|e| *e.word == *word) {
            Some(e) => e.term |= term,
            None => bucket.push(Entry { word: word.into(), letters: letters(word), term }),
        }
    }

    /// Drops a word.
    pub fn forget(&mut self, word: &[u8]) {
        if key(word).is_some_and(|key| self.known.remove(&key)) {
            self.buckets[bucket(word[0], word.len())].retain(|e| *e.word != *word);
        }
    }

    /// True for a word that was learnt.
    pub fn knows(&self, word: &[u8]) -> bool {
        key(word).is_some_and(|key| self.known.contains(&key))
    }

    /// The word of a term that an unknown word stands for, if there is exactly one nearest word and it is such a one.
    pub fn correct(&self, word: &[u8]) -> Option<&[u8]> {
        let key = key(word).filter(|_| !self.buckets.is_empty())?;
        if self.known.contains(&key) {
            return None;
        }
        let nearest = self.nearest(word)?;
        (nearest.term && self.rules.is_slip(word, &nearest.word)).then_some(&nearest.word)
    }

    /// The one entry that fewest edits make of the word.
    fn nearest(&self, word: &[u8]) -> Option<&Entry> {
        let mut limit = reach(word.len());
        let far = usize::from(limit);
        let mut found = None;
        let mut alone = true;
        let given = letters(word);
        for length in (word.len() - far).max(SHORTEST)..=(word.len() + far).min(LONGEST) {
            for e in &self.buckets[bucket(word[0], length)] {
                // each edit adds one letter at most and takes one away; where the lengths differ, some of them do one alone
                let longer = length.saturating_sub(word.len()) as u8;
                let shorter = word.len().saturating_sub(length) as u8;
                if longer.max(shorter) > limit
                    || more(given & !e.letters, limit - longer)
                    || more(e.letters & !given, limit - shorter)
                {
                    continue;
                }
                let near = |edits| within(&word[1..], &e.word[1..], edits, &|_, _| 1);
                if !near(limit) {
                    continue;
                }
                let edits = if limit > 1 && near(1) { 1 } else { limit };
                alone = found.is_none() || edits < limit;
                limit = edits;
                found = Some(e);
            }
        }
        found.filter(|_| alone)
    }
}

/// Five bits a letter: exact, and compared without a look elsewhere. None for what is no long word of letters.
fn key(word: &[u8]) -> Option<u128> {
    if !(SHORTEST..=LONGEST).contains(&word.len()) {
        return None;
    }
    // a second half of its own, so that most words take narrow shifts alone
    let (first, second) = word.split_at(word.len().min(LONGEST / 2));
    let pack = |letters: &[u8]| {
        letters
            .iter()
            .try_fold(0u64, |key, &b| b.is_ascii_lowercase().then(|| key << 5 | u64::from(b - b'`')))
    };
    Some(u128::from(pack(first)?) << 64 | u128::from(pack(second)?))
}

fn bucket(first: u8, length: usize) -> usize {
    usize::from(first - b'a') * (LONGEST + 1) + length
}

/// True for more letters than none, one or two; quicker than counting them.
fn more(letters: u64, than: u8) -> bool {
    let less_one = |set: u64| set & set.wrapping_sub(1);
    let rest = match than {
        0 => letters,
        1 => less_one(letters),
        _ => less_one(less_one(letters)),
    };
    rest != 0
}

/// A bit for each letter that occurs, and another for each that occurs twice.
fn letters(word: &[u8]) -> u64 {
    word.iter().fold(0, |set, b| {
        let letter = 1 << (b - b'a');
        set | if set & letter == 0 { letter } else { letter << 26 }
    })
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
                prop_assert!(within(word.as_bytes(), term, reach(word.len()), &|_, _| 1));
            }
        }
    }
}
