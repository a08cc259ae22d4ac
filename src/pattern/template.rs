//! Templates: phrases over classes, from `durations.toml` and `grades.toml`, compiled to one automaton each.

use super::class::{ClassStream, phrase};
use crate::lexicon::{LexiconError, expand};
use crate::segment::Spelling;
use aho_corasick::{AhoCorasick, MatchKind};
use serde::Deserialize;
use std::collections::HashMap;

/// A compiled set of templates; `T` is what a template of the file carries beside its terms.
pub struct Templates<T> {
    rules: Vec<T>,
    automaton: AhoCorasick,
    owner: Vec<u32>,
}

/// A rule of a template file.
pub trait Rule {
    /// The phrases, with `[a|b]`, `{a|b}` and classes: `<n>` number, `<q>` several, `<u>` unit of time, `<y>` year,
    /// `<m>` month, `<d>` date, `<r>` roman numeral.
    fn terms(&self) -> &[String];
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File<T> {
    template: Vec<T>,
}

impl<T: Rule + for<'de> Deserialize<'de>> Templates<T> {
    /// Reads and compiles a template file.
    ///
    /// # Errors
    /// Broken TOML or a broken term, with the file's name.
    pub fn new(name: &str, text: &str, spelling: &Spelling) -> Result<Self, LexiconError> {
        let file: File<T> = toml::from_str(text)
            .map_err(|e| LexiconError::Toml { file: name.into(), source: Box::new(e) })?;
        let refuse = |term: &str, reason: String| LexiconError::Concept {
            file: name.into(),
            concept: term.into(),
            reason,
        };
        let mut seen: HashMap<Vec<u8>, u32> = HashMap::new();
        let mut phrases = Vec::new();
        let mut owner = Vec::new();
        for (i, rule) in file.template.iter().enumerate() {
            for term in rule.terms() {
                for plain in expand(term).map_err(|e| refuse(term, e.to_string()))? {
                    let bytes = phrase(&plain, spelling);
                    match seen.insert(bytes.clone(), i as u32) {
                        Some(other) if other != i as u32 => {
                            return Err(refuse(&plain, "stands in two templates".into()));
                        }
                        Some(_) => {}
                        None => {
                            phrases.push(bytes);
                            owner.push(i as u32);
                        }
                    }
                }
            }
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&phrases)
            .map_err(|e| refuse("(all)", e.to_string()))?;
        Ok(Self { rules: file.template, automaton, owner })
    }

    /// The templates in a note: rule and range of elements.
    pub fn find<'a>(
        &'a self,
        stream: &'a ClassStream,
    ) -> impl Iterator<Item = (&'a T, std::ops::Range<usize>)> + 'a {
        self.automaton.find_iter(&stream.bytes).map(|m| {
            let rule = &self.rules[self.owner[m.pattern().as_usize()] as usize];
            (rule, stream.elements_at(m.start(), m.end()))
        })
    }
}
