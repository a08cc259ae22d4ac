//! The note as the requirements see it: its streams and cues once, and the phrases that they find in it.

use super::{Noted, Patterns};
use crate::assertion::{self, Assertion, CuesBySentence, Status};
use crate::fact::{FactKind, Item};
use crate::lexicon::{Phrases, Stream};
use crate::mention::Label;
use crate::pattern::{ClassStream, Element};
use crate::reading::Reader;
use crate::segment::{SectionKind, Segments};
use crate::span::Span;
use std::ops::Range;

/// What shows a verdict.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Proof {
    /// A mention, by its index.
    Mention(usize),
    /// Words that are no mention.
    Words {
        /// Where they stand.
        span: Span,
        /// What is said of them.
        assertion: Assertion,
    },
}

impl Proof {
    pub(super) fn of(item: &Item<'_>) -> Self {
        Proof::Mention(item.index)
    }
}

/// The note, prepared.
pub(super) struct Words<'a> {
    pub(super) note: &'a Noted<'a>,
    pub(super) patterns: &'a Patterns,
    pub(super) classes: ClassStream,
    reader: &'a Reader,
    stream: Stream,
    cues: CuesBySentence,
}

/// Words that a set of phrases found.
pub(super) struct Hit {
    /// The lists that they stand in.
    pub(super) owners: Vec<u32>,
    /// Their elements in the class stream.
    pub(super) elements: Range<usize>,
    /// Their tokens.
    pub(super) tokens: Range<usize>,
    /// Their sentence.
    pub(super) sentence: usize,
}

impl<'a> Words<'a> {
    pub(super) fn new(reader: &'a Reader, note: &'a Noted<'a>, patterns: &'a Patterns) -> Self {
        let segments = &note.view.reading.segments;
        let stream = Stream::new(segments, &reader.lexicon.spelling);
        let classes = ClassStream::new(segments, &stream);
        Self { note, patterns, classes, reader, stream, cues: CuesBySentence::new(segments) }
    }

    pub(super) fn segments(&self) -> &'a Segments {
        &self.note.view.reading.segments
    }

    /// Whether the note speaks of a problem of the low back that is there, be it its topic or not.
    pub(super) fn about_the_back(&self) -> bool {
        let here = |i: &Item<'_>| {
            matches!(i.status, Status::Present | Status::Possible) && i.section != SectionKind::Ros
        };
        self.note.facts.value(FactKind::Lumbar) == "yes" || self.note.view.lumbar(Label::Condition).any(here)
    }

    /// The phrases of a set, overlapping ones included.
    pub(super) fn find(&self, phrases: &Phrases) -> Vec<Hit> {
        let hits = phrases.find_overlapping(&self.classes.bytes).into_iter();
        hits.filter_map(|h| {
            let elements = self.classes.elements_at(h.start, h.end);
            let all = self.classes.elements.get(elements.clone())?;
            let tokens = all.first()?.first..all.last()?.end;
            let sentence = self.segments().sentence_of(tokens.start);
            Some(Hit { owners: h.owners, elements, tokens, sentence })
        })
        .collect()
    }

    /// The elements of a sentence.
    pub(super) fn elements(&self, sentence: usize) -> &[Element] {
        let Some(s) = self.segments().sentences.get(sentence) else { return &[] };
        let all = &self.classes.elements;
        let from = all.partition_point(|e| e.first < s.tokens.start);
        let to = all.partition_point(|e| e.first < s.tokens.end);
        &all[from..to]
    }

    /// What is said of words.
    pub(super) fn assertion(&self, tokens: &Range<usize>, label: Label) -> Assertion {
        let s = self.segments();
        let cues = &self.reader.cues;
        let found = self.cues.of(cues, s, &self.stream, s.sentence_of(tokens.start));
        let section = &s.sections[s.section_of(tokens.start)];
        assertion::assert(cues, found, s, tokens, label, section).0
    }

    pub(super) fn proof(&self, hit: &Hit, assertion: Assertion) -> Proof {
        Proof::Words { span: self.segments().span(hit.tokens.clone()), assertion }
    }

    /// The words under a span, lower case.
    pub(super) fn spelled(&self, span: Span) -> String {
        span.of(self.note.view.text).to_ascii_lowercase()
    }

    /// The kind of section of a sentence.
    pub(super) fn section(&self, sentence: usize) -> SectionKind {
        let s = self.segments();
        s.sentences.get(sentence).map_or(SectionKind::Other, |x| s.sections[x.section].kind)
    }

    /// Items of a label that the patient has had to do with below the neck.
    pub(super) fn items(&self, label: Label) -> impl Iterator<Item = &'a Item<'a>> {
        let view = self.note.view;
        view.items.iter().filter(move |i| {
            i.mention.label == label
                && i.area != crate::fact::Area::Cervical
                && i.status != Status::Family
                && !matches!(i.section, SectionKind::FamilyHistory | SectionKind::Consent)
        })
    }
}
