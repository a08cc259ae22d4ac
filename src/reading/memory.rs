//! What the automata found in sentences that were read before, so that an edited note is searched only where it is new.

use super::{Hits, Reader, Times};
use crate::assertion::{CueMatch, CuesBySentence};
use crate::lexicon::{Hit, Match, Stream};
use crate::pattern::ClassStream;
use crate::segment::{Section, SectionKind, Segments, Sentence, Token};
use crate::span::Span;
use std::collections::HashMap;
use std::sync::Arc;

/// The sentences of one note as it changes, by their text. It is used with one [`Reader`] alone.
///
/// What is remembered of a sentence depends on nothing but its text: cutting it into tokens, normal forms and the hits
/// of every automaton neither look beyond its ends nor at where it stands. All else, whatever it is that a section, a
/// list or the note as a whole has a say in, is no part of this memory.
#[derive(Default)]
pub struct Memory {
    sentences: HashMap<Box<str>, Known>,
    turn: u64,
    read: usize,
}

/// A sentence, and the reading that used it last.
struct Known {
    part: Arc<Part>,
    turn: u64,
}

/// What was found in a sentence. Tokens are counted from its first one, offsets from the begin of its own streams.
struct Part {
    stream: Stream,
    concepts: Vec<Match>,
    cues: Vec<CueMatch>,
    times: Times,
}

/// The sentences of a note.
pub(super) struct Parts(Vec<Arc<Part>>);

/// So many sentences beside those of the note are remembered: an edit that is undone, a phrase that moved.
const SPARE: usize = 64;

impl Memory {
    /// Sentences that the last reading had to search, for they were not remembered.
    pub fn read(&self) -> usize {
        self.read
    }

    /// Sentences that are remembered.
    pub fn len(&self) -> usize {
        self.sentences.len()
    }

    /// True where nothing is remembered.
    pub fn is_empty(&self) -> bool {
        self.sentences.is_empty()
    }

    /// The sentences of a note, those that are new searched.
    pub(super) fn look_up(&mut self, reader: &Reader, text: &str, segments: &Segments) -> Parts {
        self.turn += 1;
        self.read = 0;
        let mut parts = Vec::with_capacity(segments.sentences.len());
        for s in &segments.sentences {
            let words = segments.span(s.tokens.clone()).of(text);
            let part = match self.sentences.get_mut(words) {
                Some(known) => {
                    known.turn = self.turn;
                    Arc::clone(&known.part)
                }
                None => {
                    self.read += 1;
                    let part = Arc::new(Part::new(reader, words, segments, s));
                    let known = Known { part: Arc::clone(&part), turn: self.turn };
                    self.sentences.insert(words.into(), known);
                    part
                }
            };
            parts.push(part);
        }
        if self.sentences.len() > parts.len() + SPARE {
            self.sentences.retain(|_, known| known.turn == self.turn);
        }
        Parts(parts)
    }
}

impl Part {
    fn new(reader: &Reader, words: &str, segments: &Segments, sentence: &Sentence) -> Self {
        let alone = alone(segments, sentence);
        let stream = Stream::new(&alone, &reader.lexicon.spelling);
        Self {
            concepts: reader.lexicon.matches(words, &alone, &stream),
            cues: reader.cues.of_sentence(&alone, &stream, 0),
            times: reader.times(&alone, &stream),
            stream,
        }
    }
}

/// A sentence as a note of its own.
fn alone(segments: &Segments, sentence: &Sentence) -> Segments {
    let span = segments.span(sentence.tokens.clone());
    let tokens: Vec<Token> = segments.tokens[sentence.tokens.clone()]
        .iter()
        .map(|t| Token {
            span: Span { start: t.span.start - span.start, end: t.span.end - span.start },
            ..*t
        })
        .collect();
    let all = 0..tokens.len();
    Segments {
        folded: segments.folded[span.range()].to_vec(),
        sections: vec![Section { kind: SectionKind::Other, heading: None, tokens: all.clone(), body: 0 }],
        sentences: vec![Sentence { tokens: all, section: 0 }],
        tokens,
    }
}

impl Parts {
    pub(super) fn stream(&self) -> Stream {
        let mut stream = Stream::empty();
        self.0.iter().for_each(|part| stream.append(&part.stream));
        stream
    }

    pub(super) fn hits(&self, segments: &Segments) -> Hits {
        let concepts = self.placed(segments).flat_map(|(first, part)| {
            part.concepts.iter().map(move |m| Match { first: m.first + first, end: m.end + first, ..*m })
        });
        let cues = self.placed(segments).map(|(first, part)| {
            let shifted = |m: &CueMatch| CueMatch { first: m.first + first, end: m.end + first, ..*m };
            part.cues.iter().map(shifted).collect()
        });
        Hits { concepts: concepts.collect(), cues: CuesBySentence::found(cues) }
    }

    pub(super) fn times(&self, segments: &Segments) -> Times {
        let mut all = Times { classes: ClassStream::empty(), durations: Vec::new(), grades: Vec::new() };
        for (first, part) in self.placed(segments) {
            let base = all.classes.bytes.len();
            let shifted =
                |h: &Hit| Hit { start: h.start + base, end: h.end + base, owners: h.owners.clone() };
            all.durations.extend(part.times.durations.iter().map(shifted));
            all.grades.extend(part.times.grades.iter().map(shifted));
            all.classes.append(&part.times.classes, first);
        }
        all
    }

    /// Each sentence with its first token.
    fn placed<'a>(&'a self, segments: &'a Segments) -> impl Iterator<Item = (usize, &'a Part)> {
        segments.sentences.iter().map(|s| s.tokens.start).zip(self.0.iter().map(Arc::as_ref))
    }
}
