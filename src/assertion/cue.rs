//! The cues of `lexicons/cues.toml` and the automaton that finds them.

use crate::datafile;
use crate::lexicon::{self, Builder, LexiconError, Phrases, Stream};
use crate::mention::{Label, Outcome};
use crate::segment::{SectionKind, Segments, Spelling};
use serde::Deserialize;
use std::cell::OnceCell;
use std::collections::HashSet;
use toml::Spanned;

/// What a cue says of the mentions in its scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Category {
    /// Stated as there, done or in use.
    Present,
    /// Denied, excluded, refused.
    Absent,
    /// Uncertain.
    Possible,
    /// Planned, conditional, a risk.
    Hypothetical,
    /// Past and over.
    Historical,
    /// Somebody else's.
    Family,
    /// Ends the scope of the cues around it.
    Terminator,
    /// Looks like a cue and is none.
    Pseudo,
    /// Care that did not help.
    Failed,
    /// Care that helped somewhat or for a time.
    Partial,
    /// Care that helped.
    Helped,
}

impl Category {
    /// The outcome that the category states.
    pub fn outcome(self) -> Option<Outcome> {
        match self {
            Category::Failed => Some(Outcome::Failed),
            Category::Partial => Some(Outcome::Partial),
            Category::Helped => Some(Outcome::Helped),
            _ => None,
        }
    }
}

/// Where the mentions stand that a cue speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// After it.
    #[default]
    Forward,
    /// Before it.
    Backward,
    /// On both sides.
    Both,
}

/// A cue.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cue {
    /// Unique.
    pub id: String,
    /// What it says.
    pub category: Category,
    /// Where.
    #[serde(default)]
    pub direction: Direction,
    /// Its words, with `[a|b]` and `{a|b}`.
    pub terms: Vec<String>,
    /// The labels that it speaks of; all where absent.
    #[serde(default)]
    pub labels: Vec<Label>,
    /// Whether it speaks only where a span of any medicine is asked about (`chartgap assert`), not of the mentions of a
    /// spine note: there a "history of low back pain" is the complaint.
    #[serde(default)]
    pub general: bool,
    /// Tokens that its scope reaches at most.
    pub window: Option<usize>,
    /// Sections in which it says nothing: the narrative of a procedure tells in the past what is done now.
    #[serde(default)]
    pub except: Vec<SectionKind>,
    /// Whether it counts only as the last words of its sentence (`Numbness: no`).
    #[serde(default)]
    pub at_end: bool,
    /// Whether it says that a measure of care could not be given, which is no refusal.
    #[serde(default)]
    pub contraindication: bool,
    /// Whether its scope ends at a comma that no `or` follows.
    #[serde(default)]
    pub phrase: bool,
    /// Where the knowledge comes from.
    pub source: String,
    /// Examples in markup: `No <m presence=absent>stenosis</m>.`
    #[serde(default)]
    pub examples: Vec<String>,
}

/// What a section says of the mentions in it where no cue does.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SectionDefault {
    /// The sections.
    pub sections: Vec<SectionKind>,
    /// What they say: present, absent, possible, hypothetical, historical or family.
    pub category: Category,
    /// Of which labels.
    pub labels: Vec<Label>,
    /// As for a cue.
    #[serde(default)]
    pub general: bool,
}

/// What is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// The label that cues are chosen by.
    pub label: Label,
    /// Whether it is a span of any medicine, of which the general cues speak as well.
    pub general: bool,
}

impl From<Label> for Target {
    fn from(label: Label) -> Self {
        Self { label, general: false }
    }
}

impl Target {
    /// Whether a cue or a default for `labels` (all where empty) speaks of the target.
    pub(super) fn met(self, labels: &[Label], general: bool) -> bool {
        (self.general || !general) && (labels.is_empty() || labels.contains(&self.label))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    cue: Vec<Spanned<Cue>>,
    #[serde(default)]
    section_default: Vec<SectionDefault>,
}

/// The cues and their automaton.
pub struct Cues {
    cues: Vec<Cue>,
    /// Section defaults, the first that fits decides.
    pub defaults: Vec<SectionDefault>,
    phrases: Phrases,
}

/// A cue found in a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CueMatch {
    /// Index of the cue.
    pub cue: u32,
    /// First token.
    pub first: usize,
    /// One past the last token.
    pub end: usize,
}

impl Cues {
    /// Reads and compiles a cue file.
    ///
    /// # Errors
    /// Broken TOML, a broken term, an id given twice, a missing source.
    pub fn new(name: &str, text: &str, spelling: &Spelling) -> Result<Self, LexiconError> {
        let shown = lexicon::shown(name);
        let file: File = datafile::read(&shown, text)?;
        let mut builder = Builder::new(spelling);
        let mut ids = HashSet::new();
        for (i, cue) in file.cue.iter().enumerate() {
            let start = cue.span().start;
            let cue = cue.get_ref();
            let refuse_at = |at: usize, reason: String| {
                datafile::refuse(&shown, text, at, format!("cue \"{}\": {reason}", cue.id))
            };
            let refuse = |reason: String| refuse_at(start, reason);
            if !ids.insert(cue.id.as_str()) {
                return Err(refuse("the id is given twice".into()).into());
            }
            if cue.source.trim().is_empty() {
                return Err(refuse("a source is required".into()).into());
            }
            if cue.terms.is_empty() {
                return Err(refuse("no terms".into()).into());
            }
            for term in &cue.terms {
                builder.add(term, i as u32).map_err(|e| {
                    refuse_at(datafile::quoted(text, start, term), format!("term `{term}`: {e}"))
                })?;
            }
        }
        let cues = file.cue.into_iter().map(Spanned::into_inner).collect();
        Ok(Self { cues, defaults: file.section_default, phrases: builder.build() })
    }

    /// A cue by its index.
    pub fn get(&self, index: u32) -> &Cue {
        &self.cues[index as usize]
    }

    /// The words of all cues.
    pub fn words(&self) -> impl Iterator<Item = &[u8]> {
        self.phrases.words()
    }

    /// All cues.
    pub fn iter(&self) -> impl Iterator<Item = &Cue> {
        self.cues.iter()
    }

    /// The cues of one sentence, in order.
    pub(crate) fn of_sentence(&self, segments: &Segments, stream: &Stream, sentence: usize) -> Vec<CueMatch> {
        let Some(s) = segments.sentences.get(sentence) else { return Vec::new() };
        let range = stream.range(s.tokens.clone());
        let mut out = Vec::new();
        for h in self.phrases.find_all(&stream.bytes[range.clone()]) {
            let (first, end) = (stream.first(range.start + h.start), stream.end(range.start + h.end));
            out.extend(h.owners.into_iter().map(|cue| CueMatch { cue, first, end }));
        }
        out
    }
}

/// The cues of a note by sentence. Most sentences say nothing of the spine, so that each is searched when it is first
/// asked for.
pub struct CuesBySentence {
    found: Vec<OnceCell<Vec<CueMatch>>>,
}

impl CuesBySentence {
    /// Nothing searched yet.
    pub fn new(segments: &Segments) -> Self {
        Self { found: vec![OnceCell::new(); segments.sentences.len()] }
    }

    /// Everything searched: the cues of every sentence.
    pub(crate) fn found(sentences: impl Iterator<Item = Vec<CueMatch>>) -> Self {
        Self { found: sentences.map(OnceCell::from).collect() }
    }

    /// The cues of a sentence, in order. `cues`, `segments` and `stream` are those of every call.
    pub fn of(&self, cues: &Cues, segments: &Segments, stream: &Stream, sentence: usize) -> &[CueMatch] {
        let Some(cell) = self.found.get(sentence) else { return &[] };
        cell.get_or_init(|| cues.of_sentence(segments, stream, sentence))
    }
}
