//! Templates: phrases over classes, from `durations.toml` and `grades.toml`, compiled once each.

use super::class::ClassStream;
use crate::datafile;
use crate::lexicon::{self, Builder, Hit, LexiconError, Phrases};
use crate::segment::Spelling;
use serde::Deserialize;
use serde::de::IgnoredAny;
use toml::Spanned;

/// A compiled set of templates; `T` is what a template of the file carries beside its terms.
pub struct Templates<T> {
    rules: Vec<T>,
    phrases: Phrases,
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
    template: Vec<Spanned<T>>,
    /// What the templates of a file mean, which its own reader takes up.
    #[serde(default, rename = "system")]
    _systems: Vec<IgnoredAny>,
}

impl<T: Rule + for<'de> Deserialize<'de>> Templates<T> {
    /// Reads and compiles a template file.
    ///
    /// # Errors
    /// Broken TOML or a broken term, with the file's name.
    pub fn new(name: &str, text: &str, spelling: &Spelling) -> Result<Self, LexiconError> {
        let shown = lexicon::shown(name);
        let file: File<T> = datafile::read(&shown, text)?;
        let mut builder = Builder::new(spelling);
        for (i, rule) in file.template.iter().enumerate() {
            let start = rule.span().start;
            for term in rule.get_ref().terms() {
                builder.add(term, i as u32).map_err(|e| {
                    let at = datafile::quoted(text, start, term);
                    datafile::refuse(&shown, text, at, format!("term `{term}`: {e}"))
                })?;
            }
        }
        let rules = file.template.into_iter().map(Spanned::into_inner).collect();
        Ok(Self { rules, phrases: builder.build() })
    }

    /// The words of all templates.
    pub fn words(&self) -> impl Iterator<Item = &[u8]> {
        self.phrases.words()
    }

    /// Where templates stand in a stream; a hit lies in one sentence and depends on it alone.
    pub fn hits(&self, stream: &ClassStream) -> Vec<Hit> {
        self.phrases.find(&stream.bytes)
    }

    /// The templates at some hits: rule and range of elements.
    pub fn at<'t>(
        &'t self,
        hits: &'t [Hit],
        stream: &'t ClassStream,
    ) -> impl Iterator<Item = (&'t T, std::ops::Range<usize>)> {
        hits.iter().map(|h| (&self.rules[h.owners[0] as usize], stream.elements_at(h.start, h.end)))
    }

    /// The templates at some hits: every rule with these words, in the order of the file, and the range of elements.
    pub fn all_at<'t>(
        &'t self,
        hits: &'t [Hit],
        stream: &'t ClassStream,
    ) -> impl Iterator<Item = (Vec<&'t T>, std::ops::Range<usize>)> {
        let rules = |owners: &[u32]| owners.iter().map(|&o| &self.rules[o as usize]).collect();
        hits.iter().map(move |h| (rules(&h.owners), stream.elements_at(h.start, h.end)))
    }
}
