//! Finds the concepts of the lexicon in a note, leftmost-longest on token boundaries.

use super::file::{self, Concept, LexiconError};
use super::stream::{Stream, phrase};
use super::term::expand;
use crate::mention::Label;
use crate::segment::{Headings, Segments, Spelling};
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use std::collections::HashMap;

/// The concepts and their automaton.
pub struct Lexicon {
    concepts: Vec<(Label, Concept)>,
    /// Spelling variants; shared by every phrase of the data files.
    pub spelling: Spelling,
    /// Section headings.
    pub headings: Headings,
    automaton: AhoCorasick,
    patterns: Vec<Pattern>,
}

/// What a pattern of the automaton stands for. Two concepts may own the same letters in different case.
#[derive(Default)]
struct Pattern {
    /// Matches in any case.
    plain: Option<u32>,
    /// Matches where the note has exactly these letters.
    cased: Vec<(String, u32)>,
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
    /// concept that a later file names again replaces the earlier one.
    ///
    /// # Errors
    /// What [`LexiconError`] says of the first file that is refused.
    pub fn new(files: &[(String, String)]) -> Result<Self, LexiconError> {
        let mut spelling = Vec::new();
        let mut headings = Vec::new();
        let mut concepts: Vec<(Label, Concept)> = Vec::new();
        let mut by_id: HashMap<String, (usize, &str)> = HashMap::new();
        for (name, text) in files {
            let toml = |e: toml::de::Error| LexiconError::Toml { file: name.clone(), source: Box::new(e) };
            match super::data::kind(name) {
                super::data::FileKind::Spelling => {
                    let f: file::SpellingFile = toml::from_str(text).map_err(toml)?;
                    spelling.extend(f.variants);
                }
                super::data::FileKind::Sections => {
                    let f: file::SectionsFile = toml::from_str(text).map_err(toml)?;
                    headings.extend(
                        f.section.into_iter().flat_map(|s| s.headings.into_iter().map(move |h| (h, s.kind))),
                    );
                }
                super::data::FileKind::Concepts => {
                    let f = file::parse(name, text)?;
                    for c in f.concept {
                        match by_id.get(&c.id) {
                            Some((_, file)) if file == name => {
                                return Err(LexiconError::Concept {
                                    file: name.clone(),
                                    concept: c.id,
                                    reason: "the id is given twice".into(),
                                });
                            }
                            Some(&(at, _)) => concepts[at] = (f.label, c),
                            None => {
                                by_id.insert(c.id.clone(), (concepts.len(), name));
                                concepts.push((f.label, c));
                            }
                        }
                    }
                }
                super::data::FileKind::Other => {}
            }
        }
        let spelling = Spelling::new(spelling);
        let (phrases, patterns) = compile(&concepts, &spelling)?;
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(&phrases)
            .map_err(|e| LexiconError::Concept {
                file: "lexicon".into(),
                concept: "(all)".into(),
                reason: e.to_string(),
            })?;
        Ok(Self { concepts, spelling, headings: Headings::new(headings), automaton, patterns })
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

    /// Number of phrases in the automaton.
    pub fn phrases(&self) -> usize {
        self.patterns.len()
    }

    /// The concepts in a note, in order, without overlap.
    pub fn matches(&self, text: &str, segments: &Segments, stream: &Stream) -> Vec<Match> {
        self.automaton
            .find_iter(&stream.bytes)
            .filter_map(|m| {
                let (first, end) = (stream.first(m.start()), stream.end(m.end()));
                let pattern = &self.patterns[m.pattern().as_usize()];
                let concept = if pattern.cased.is_empty() {
                    pattern.plain
                } else {
                    let words = segments.span(first..end).of(text);
                    let cased = pattern.cased.iter().find(|(w, _)| w == words).map(|&(_, c)| c);
                    cased.or(pattern.plain)
                };
                Some(Match { concept: concept?, first, end })
            })
            .collect()
    }
}

fn compile(
    concepts: &[(Label, Concept)],
    spelling: &Spelling,
) -> Result<(Vec<Vec<u8>>, Vec<Pattern>), LexiconError> {
    let mut index: HashMap<Vec<u8>, usize> = HashMap::new();
    let mut phrases: Vec<Vec<u8>> = Vec::new();
    let mut patterns: Vec<Pattern> = Vec::new();
    let mut slot = |bytes: Vec<u8>, patterns: &mut Vec<Pattern>| {
        *index.entry(bytes).or_insert_with_key(|k| {
            phrases.push(k.clone());
            patterns.push(Pattern::default());
            patterns.len() - 1
        })
    };
    for (i, (_, c)) in concepts.iter().enumerate() {
        let refuse = |term: &str, reason: String| LexiconError::Concept {
            file: "lexicon".into(),
            concept: c.id.clone(),
            reason: format!("term `{term}`: {reason}"),
        };
        for term in &c.terms {
            for plain in expand(term).map_err(|e| refuse(term, e.to_string()))? {
                let at = slot(phrase(&plain, spelling), &mut patterns);
                match patterns[at].plain {
                    Some(other) if other != i as u32 => {
                        let other = &concepts[other as usize].1.id;
                        return Err(refuse(&plain, format!("is a term of `{other}` as well")));
                    }
                    _ => patterns[at].plain = Some(i as u32),
                }
            }
        }
        for term in &c.cased {
            let at = slot(phrase(term, spelling), &mut patterns);
            if let Some((_, other)) = patterns[at].cased.iter().find(|(t, _)| t == term) {
                let other = &concepts[*other as usize].1.id;
                return Err(refuse(term, format!("is a term of `{other}` as well")));
            }
            patterns[at].cased.push((term.clone(), i as u32));
        }
        // an excluded phrase is a pattern without owner: it takes the words and yields nothing
        for term in &c.excludes {
            for plain in expand(term).map_err(|e| refuse(term, e.to_string()))? {
                slot(phrase(&plain, spelling), &mut patterns);
            }
        }
    }
    Ok((phrases, patterns))
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
    fn a_term_has_one_owner() {
        let twice = FILE.replace("terms = [\"pain\"]", "terms = [\"facet pain\"]");
        let error = Lexicon::new(&[("c.toml".into(), twice)]).err().unwrap().to_string();
        assert!(error.contains("`facet pain`: is a term of `facet-arthropathy` as well"), "{error}");
    }

    #[test]
    fn unknown_keys_are_named_with_their_line() {
        let bad = FILE.replace("group = \"facet\"", "grup = \"facet\"");
        let error = Lexicon::new(&[("c.toml".into(), bad)]).err().unwrap().to_string();
        assert!(error.contains("c.toml") && error.contains("grup") && error.contains("line"), "{error}");
    }
}
