//! Finds the concepts of the lexicon in a note, leftmost-longest on token boundaries.

use super::audit;
use super::file::{Concept, LexiconError};
use super::load::{self, Place};
use super::phrases::{Builder, Hit, Phrases};
use super::stream::Stream;
use crate::datafile;
use crate::mention::Label;
use crate::segment::{Dictionary, Headings, Segments, Spelling};

/// The concepts and their automaton.
pub struct Lexicon {
    concepts: Vec<(Label, Concept)>,
    /// Where each concept stands.
    places: Vec<Place>,
    /// Spelling variants; shared by every phrase of the data files.
    pub spelling: Spelling,
    /// Section headings.
    pub headings: Headings,
    phrases: Phrases,
}

/// A concept found in a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Match {
    /// Index of the concept.
    pub concept: u32,
    /// First token.
    pub first: usize,
    /// One past the last token.
    pub end: usize,
}

impl Lexicon {
    /// Builds the lexicon from files as `(name, text)`: `spelling.toml`, `sections.toml`, and files of concepts. A
    /// concept that a file of another folder names again replaces the earlier one. Concepts of files that are not the
    /// embedded ones are held against all others; the tests do that for the embedded ones.
    ///
    /// # Errors
    /// What [`LexiconError`] says of the first file that is refused.
    pub fn new(files: &[(String, String)]) -> Result<Self, LexiconError> {
        let read = load::read(files)?;
        let mut spelling = Spelling::new(read.variants);
        let phrases = compile(&read.concepts, &read.places, files, &spelling)?;
        spelling.set_dictionary(Dictionary::new(super::data::WORDS, read.slips));
        let mut lexicon = Self {
            concepts: read.concepts,
            places: read.places,
            spelling,
            headings: Headings::new(read.headings),
            phrases,
        };
        let own = |place: &Place| !super::data::is_embedded(&files[place.index].0, &files[place.index].1);
        lexicon.faults(own).map_or(Ok(()), Err)?;
        let words: Vec<Vec<u8>> = lexicon.phrases.words().map(<[u8]>::to_vec).collect();
        lexicon.learn(words.iter().map(Vec::as_slice));
        Ok(lexicon)
    }

    /// What is wrong with the embedded concepts next to each other: a term that a concept gives twice, a phrase that
    /// two concepts share. `None` in a released build.
    pub fn fault(&self) -> Option<LexiconError> {
        self.faults(|_| true)
    }

    fn faults(&self, of: impl Fn(&Place) -> bool) -> Option<LexiconError> {
        let chosen: Vec<bool> = self.places.iter().map(of).collect();
        if !chosen.contains(&true) {
            return None;
        }
        audit::repeated(&self.concepts, &self.places, &chosen, &self.spelling)
            .or_else(|| audit::shared(&self.concepts, &self.places, &chosen, &self.phrases))
    }

    /// Where a concept stands, as errors write it: `lexicons/imaging.toml:12`.
    pub fn place(&self, id: &str) -> Option<String> {
        let at = self.concepts.iter().position(|(_, c)| c.id == id)?;
        self.places.get(at).map(ToString::to_string)
    }

    /// Takes up words that a misspelt word of a note may stand for, in their normal form.
    pub fn learn<'a>(&mut self, words: impl Iterator<Item = &'a [u8]>) {
        for word in words {
            self.spelling.learn(word);
        }
    }

    /// A concept by its index.
    pub fn concept(&self, index: u32) -> &Concept {
        &self.concepts[index as usize].1
    }

    /// The label of a concept.
    pub fn label(&self, index: u32) -> Label {
        self.concepts[index as usize].0
    }

    /// A concept by its id.
    pub fn find(&self, id: &str) -> Option<(Label, &Concept)> {
        self.concepts.iter().find(|(_, c)| c.id == id).map(|(l, c)| (*l, c))
    }

    /// All concepts with their labels.
    pub fn concepts(&self) -> impl Iterator<Item = (Label, &Concept)> {
        self.concepts.iter().map(|(l, c)| (*l, c))
    }

    /// Size of the graph of terms, in states.
    pub fn states(&self) -> usize {
        self.phrases.len()
    }

    /// The concepts in a note, in order, without overlap.
    pub fn matches(&self, text: &str, segments: &Segments, stream: &Stream) -> Vec<Match> {
        let found = self.phrases.find(&stream.bytes);
        let concept = |h: &Hit, first: usize, end: usize| {
            let words = segments.span(first..end).of(text);
            // a term in exactly the note's letters beats one in any case, and both beat an exclusion
            let cased = h.owners.iter().filter(|&&o| o != EXCLUDED && o % 2 == 1).map(|o| o / 2);
            let exact = cased.into_iter().find(|&c| self.concept(c).cased.iter().any(|t| t == words));
            exact.or_else(|| h.owners.iter().find(|&&o| o % 2 == 0).map(|o| o / 2))
        };
        found
            .iter()
            .filter_map(|h| {
                let (first, end) = (stream.first(h.start), stream.end(h.end));
                Some(Match { concept: concept(h, first, end)?, first, end })
            })
            .collect()
    }
}

/// Owners in the graph: twice the concept's index, one more for a cased term; [`EXCLUDED`] takes words and yields nothing.
pub(super) const EXCLUDED: u32 = u32::MAX;

fn compile(
    concepts: &[(Label, Concept)],
    places: &[Place],
    files: &[(String, String)],
    spelling: &Spelling,
) -> Result<Phrases, LexiconError> {
    let mut builder = Builder::new(spelling);
    for (i, (_, c)) in concepts.iter().enumerate() {
        let plain = c.terms.iter().map(|t| (t, 2 * i as u32));
        let cased = c.cased.iter().map(|t| (t, 2 * i as u32 + 1));
        let excluded = c.excludes.iter().map(|t| (t, EXCLUDED));
        for (term, owner) in plain.chain(cased).chain(excluded) {
            builder.add(term, owner).map_err(|e| {
                let place = &places[i];
                let text = &files[place.index].1;
                let line = datafile::line(text, datafile::quoted(text, place.at, term));
                place.refuse(Some(line), &c.id, format!("term `{term}`: {e}"))
            })?;
        }
    }
    Ok(builder.build())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"
label = "condition"
[[concept]]
id = "facet-arthropathy"
name = "facet arthropathy"
terms = ["facet [joint] {arthropathy|arthrosis}", "facet pain"]
cased = ["FA"]
excludes = ["non facet pain"]
source = "test"
verified = false
kind = "disease"
site = "spine"
group = "facet"
[[concept]]
id = "pain"
name = "pain"
terms = ["pain"]
source = "test"
verified = false
kind = "symptom"
site = "general"
group = "pain"
"#;

    fn found(text: &str) -> Vec<String> {
        let spelling = "[variants]\narthopathy = \"arthropathy\"".to_owned();
        let lexicon =
            Lexicon::new(&[("spelling.toml".into(), spelling), ("conditions.toml".into(), FILE.into())])
                .unwrap();
        let segments = Segments::new(text, &lexicon.headings);
        let stream = Stream::new(&segments, &lexicon.spelling);
        lexicon
            .matches(text, &segments, &stream)
            .iter()
            .map(|m| format!("{}={}", segments.span(m.first..m.end).of(text), lexicon.concept(m.concept).id))
            .collect()
    }

    #[test]
    fn leftmost_longest_on_tokens() {
        let cases: &[(&str, &[&str])] = &[
            ("Facet\njoint arthroses. no", &[]),
            ("Facet-joint arthopathy", &["Facet-joint arthopathy=facet-arthropathy"]),
            ("facets arthropathies", &["facets arthropathies=facet-arthropathy"]),
            ("painful, pain", &["pain=pain"]),
            ("a FA, a fa", &["FA=facet-arthropathy"]),
            ("non-facet pain, facet pain", &["facet pain=facet-arthropathy"]),
            ("facet. Arthropathy", &[]),
        ];
        for (text, expected) in cases {
            assert_eq!(&found(text), expected, "{text}");
        }
    }

    #[test]
    fn unknown_keys_are_named_with_their_line() {
        let bad = FILE.replace("group = \"facet\"", "grup = \"facet\"");
        let error = Lexicon::new(&[("c.toml".into(), bad)]).err().unwrap().to_string();
        assert!(error.starts_with("c.toml:13: unknown field `grup`, expected one of `id`, "), "{error}");
    }
}
