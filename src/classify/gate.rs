//! The gate: which sentences the encoder reads, by a weighed list of their words.

use super::error::ModelError;
use super::manifest::GateRule;
use super::package::{GATE, Package};
use crate::mention::Label;
use crate::reading::Reading;
use crate::segment::SectionKind;
use rustc_hash::FxHashMap;

/// Logistic regression over the distinct words of a sentence, in the normal form of the lexicon, and its section.
pub struct Gate {
    rule: GateRule,
    words: FxHashMap<Box<[u8]>, u32>,
    weights: Vec<f64>,
    sections: FxHashMap<SectionKind, f64>,
}

/// What the name of a section's weight begins with.
const SECTION: &str = "section:";

impl Gate {
    /// Reads the gate of a model.
    ///
    /// # Errors
    /// The first line that can't be read.
    pub fn new(package: &Package) -> Result<Self, ModelError> {
        Self::from_tsv(&package.path(GATE), &package.gate, package.manifest.gate)
    }

    fn from_tsv(file: &str, bytes: &[u8], rule: GateRule) -> Result<Self, ModelError> {
        let mut gate =
            Self { rule, words: FxHashMap::default(), weights: Vec::new(), sections: FxHashMap::default() };
        for (i, line) in bytes.split(|&b| b == b'\n').enumerate() {
            let refuse = |reason: &str| ModelError::Gate {
                file: file.to_owned(),
                line: i + 1,
                reason: reason.to_owned(),
            };
            let line = std::str::from_utf8(line).map_err(|_| refuse("invalid UTF-8"))?;
            let line = line.strip_suffix('\r').unwrap_or(line);
            if line.is_empty() {
                continue;
            }
            let Some((word, weight)) = line.split_once('\t') else {
                return Err(refuse("expected a word, a tab and a weight"));
            };
            let weight: f64 = match weight.trim().parse() {
                Ok(w) if f64::is_finite(w) => w,
                _ => return Err(refuse("the weight is no finite number")),
            };
            if let Some(name) = word.strip_prefix(SECTION) {
                let kind = SectionKind::ALL.iter().find(|k| k.name() == name);
                let kind = kind.ok_or_else(|| refuse("no section has this name"))?;
                if gate.sections.insert(*kind, weight).is_some() {
                    return Err(refuse("the section is given twice"));
                }
            } else {
                let at = gate.weights.len() as u32;
                if gate.words.insert(word.as_bytes().into(), at).is_some() {
                    return Err(refuse("the word is given twice"));
                }
                gate.weights.push(weight);
            }
        }
        Ok(gate)
    }

    /// Whether a note is read at all: whether the rules found a word of the spine in it.
    pub fn passes_note(&self, reading: &Reading) -> bool {
        let of_the_spine = |label| {
            matches!(
                label,
                Label::Condition
                    | Label::Level
                    | Label::Imaging
                    | Label::Surgery
                    | Label::Injury
                    | Label::Function
            )
        };
        !self.rule.note || reading.mentions.iter().any(|m| of_the_spine(m.label))
    }

    /// The sentences that are read, in order: those with a mention of the rules, and those that the words speak for.
    pub fn sentences(&self, reading: &Reading) -> Vec<usize> {
        let mut mentioned = reading.mentions.iter().map(|m| m.sentence as usize).peekable();
        let mut found = Vec::new();
        (0..reading.segments.sentences.len())
            .filter(|&s| {
                let mut has = false;
                while mentioned.next_if(|&m| m <= s).is_some() {
                    has = true;
                }
                has || self.score(reading, s, &mut found) >= self.rule.threshold
            })
            .collect()
    }

    /// The score of a sentence, a logit.
    pub fn sentence_score(&self, reading: &Reading, sentence: usize) -> f64 {
        self.score(reading, sentence, &mut Vec::new())
    }

    /// `found` is room for the words that have a weight.
    fn score(&self, reading: &Reading, sentence: usize, found: &mut Vec<u32>) -> f64 {
        let s = &reading.segments.sentences[sentence];
        found.clear();
        found.extend(s.tokens.clone().filter_map(|t| self.words.get(reading.stream.word(t)).copied()));
        // in the order of the file, so that the sum does not depend on the order of the words
        found.sort_unstable();
        found.dedup();
        let section = reading.segments.sections[s.section].kind;
        let words: f64 = found.iter().map(|&w| self.weights[w as usize]).sum();
        self.rule.bias + self.sections.get(&section).copied().unwrap_or(0.0) + words
    }
}
