//! The normal form of a word: folded, spelling variants mapped, plural dropped, slips mended; lexicon terms share it.

use super::fold::FILL;
use super::fuzzy::{Dictionary, SHORTEST, Standing};
use rustc_hash::FxHashMap;

/// Spelling variants and their normal tokens, from `lexicons/spelling.toml`.
#[derive(Debug, Default)]
pub struct Spelling {
    variants: FxHashMap<Vec<u8>, Vec<u8>>,
    longest: usize,
    dictionary: Dictionary,
}

impl Spelling {
    /// From pairs of variant and normal token, both single lower-case words.
    pub fn new(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        let variants: FxHashMap<_, _> =
            pairs.into_iter().map(|(k, v)| (k.into_bytes(), v.into_bytes())).collect();
        let longest = variants.keys().map(Vec::len).max().unwrap_or(0);
        Self { variants, longest, dictionary: Dictionary::default() }
    }

    /// Takes the dictionary that misspelt words of notes are looked up in. A variant is none of its words.
    pub fn set_dictionary(&mut self, mut dictionary: Dictionary) {
        self.variants.keys().for_each(|variant| dictionary.forget(variant));
        self.dictionary = dictionary;
    }

    /// Takes up a word of a term, in its normal form, that misspelt words may stand for.
    pub fn learn(&mut self, word: &[u8]) {
        if !self.variants.contains_key(word) {
            self.dictionary.learn(word, Standing::Term);
        }
    }

    /// Appends the normal form of a folded word of a term to `out`.
    pub fn normalize(&self, folded: &[u8], out: &mut Vec<u8>) {
        let start = letters(folded, out);
        if !self.replace(start, out) {
            self.singular(start, out);
        }
    }

    /// Appends the normal form of a folded word of a note to `out`; a misspelt long one is read as the word that is meant.
    pub fn read(&self, folded: &[u8], out: &mut Vec<u8>) {
        let start = letters(folded, out);
        let long = out.len() - start >= SHORTEST;
        // a known word is no variant: most long words are looked up once
        let known = long && self.dictionary.knows(&out[start..]);
        if !known && self.replace(start, out) {
            return;
        }
        let variant = self.singular(start, out);
        if variant || known || !long {
            return;
        }
        if let Some(meant) = self.dictionary.correct(&out[start..]) {
            out.truncate(start);
            out.extend_from_slice(meant);
        }
    }

    /// Drops the plural; true where a variant then took its normal form.
    fn singular(&self, start: usize, out: &mut Vec<u8>) -> bool {
        let n = singular(&out[start..]);
        if n < 0 {
            out.truncate((out.len() as isize + n) as usize);
        } else if n > 0 {
            // -ies becomes -y
            out.truncate(out.len() - 3);
            out.push(b'y');
        }
        n != 0 && self.replace(start, out)
    }

    fn replace(&self, start: usize, out: &mut Vec<u8>) -> bool {
        if out.len() - start > self.longest {
            return false;
        }
        let Some(normal) = self.variants.get(&out[start..]) else { return false };
        out.truncate(start);
        out.extend_from_slice(normal);
        let n = singular(&out[start..]);
        if n < 0 {
            out.truncate((out.len() as isize + n) as usize);
        }
        true
    }
}

/// Appends the letters of a word; returns where they start.
fn letters(folded: &[u8], out: &mut Vec<u8>) -> usize {
    let start = out.len();
    out.extend(folded.iter().filter(|&&b| b != b'\'' && b != FILL));
    start
}

/// How a word loses its plural: a negative count of letters to drop, 1 for `-ies`, 0 for none.
fn singular(word: &[u8]) -> isize {
    if word.len() < 4 || !word.ends_with(b"s") {
        return 0;
    }
    if word.ends_with(b"ies") && word.len() > 4 {
        return 1;
    }
    if word.ends_with(b"ss") || word.ends_with(b"us") || word.ends_with(b"is") { 0 } else { -1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_in_a_note_is_mended_and_a_variant_wins() {
        let mut spelling = Spelling::new([("retraciton".into(), "traction".into())]);
        spelling
            .set_dictionary(Dictionary::new("retraciton\nretention", crate::segment::SlipRules::default()));
        for term in ["retraction", "protrusion"] {
            spelling.learn(term.as_bytes());
        }
        for (word, expected) in [
            ("protrusoin", "protrusion"),
            ("protrusoins", "protrusion"),
            ("protru'soin", "protrusion"),
            ("retraciton", "traction"),
            ("retentions", "retention"),
            ("prot", "prot"),
        ] {
            let mut out = b"before ".to_vec();
            spelling.read(word.as_bytes(), &mut out);
            assert_eq!(String::from_utf8_lossy(&out[7..]), expected);
        }
        let mut out = Vec::new();
        spelling.normalize(b"protrusoin", &mut out);
        assert_eq!(out, b"protrusoin");
    }

    #[test]
    fn plural_and_spelling_fall_together() {
        let spelling =
            Spelling::new([("disk".into(), "disc".into()), ("protruion".into(), "protrusion".into())]);
        let cases = [
            ("discs", "disc"),
            ("disks", "disc"),
            ("denies", "deny"),
            ("biopsies", "biopsy"),
            ("spondylosis", "spondylosis"),
            ("protruions", "protrusion"),
            ("can't", "cant"),
            ("pus", "pus"),
            ("has", "has"),
            ("facets", "facet"),
        ];
        for (word, expected) in cases {
            let mut out = Vec::new();
            spelling.normalize(word.as_bytes(), &mut out);
            assert_eq!(String::from_utf8_lossy(&out), expected);
        }
    }
}
