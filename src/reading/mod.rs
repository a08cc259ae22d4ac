//! The reading of a note: segments and the mentions that lexicon, patterns and cues find in them.

mod attach;
mod context;
mod checkbox;
mod extend;
mod memory;
mod settle;

pub use memory::Memory;

use crate::assertion::{self, Assertion, Cues, CuesBySentence, Status, Target, Told};
use crate::classify::{Disagreement, FoundBy};
use crate::lexicon::{Data, Hit, Lexicon, LexiconError, Match, Stream};
use crate::mention::{Attributes, Label, Mention, Outcome};
use crate::note::Note;
use crate::pattern::{ClassStream, Templates, duration, grade, level};
use crate::segment::{Section, SectionKind, Segments};
use crate::span::Span;
use std::ops::Range;

/// Reads notes. Built once, shared by every thread.
pub struct Reader {
    /// The concepts.
    pub lexicon: Lexicon,
    /// The assertion cues.
    pub cues: Cues,
    durations: Templates<duration::DurationRule>,
    grades: Templates<grade::GradeRule>,
}

/// What was read in a note.
pub struct Reading {
    /// Tokens, sentences, sections.
    pub segments: Segments,
    /// The words in normal form.
    pub stream: Stream,
    /// The mentions, by start.
    pub mentions: Vec<Mention>,
    /// Where rules and classifier differ, by start; empty where no classifier ran.
    pub disagreements: Vec<Disagreement>,
    /// Whether a classifier read the note as well.
    pub classified: bool,
    /// Sentences that the classifier had to compute, for it had not read them before.
    pub computed: usize,
}

impl Reading {
    /// The section of a mention.
    pub fn section(&self, m: &Mention) -> &Section {
        &self.segments.sections[m.section as usize]
    }

    /// The kind of section that a mention stands in.
    pub fn kind(&self, m: &Mention) -> SectionKind {
        self.section(m).kind
    }
}

/// What the automata find in a note. Each hit lies in one sentence and depends on that sentence alone; what the hits come
/// to together is settled for the whole note.
struct Hits {
    concepts: Vec<Match>,
    cues: CuesBySentence,
}

/// What the templates find, which only a note about the spine is searched for.
struct Times {
    classes: ClassStream,
    durations: Vec<Hit>,
    grades: Vec<Hit>,
}

/// A mention before its assertion.
struct Found {
    label: Label,
    concept: Option<u32>,
    tokens: Range<usize>,
    attrs: Attributes,
}

impl Reader {
    /// Builds the reader from data files.
    ///
    /// # Errors
    /// The first file that is refused.
    pub fn new(data: &Data) -> Result<Self, LexiconError> {
        let mut lexicon = Lexicon::new(&data.files)?;
        let file = |name: &str| data.get(name).unwrap_or(("", ""));
        let (name, text) = file("cues.toml");
        let cues = Cues::new(name, text, &lexicon.spelling)?;
        let (name, text) = file("durations.toml");
        let durations = Templates::new(name, text, &lexicon.spelling)?;
        let (name, text) = file("grades.toml");
        let grades = Templates::new(name, text, &lexicon.spelling)?;
        lexicon.learn(cues.words().chain(durations.words()).chain(grades.words()));
        Ok(Self { lexicon, cues, durations, grades })
    }

    /// Reads a note.
    pub fn read(&self, note: &Note) -> Reading {
        let text = note.text.as_str();
        let segments = Segments::new(text, &self.lexicon.headings);
        let stream = Stream::new(&segments, &self.lexicon.spelling);
        let hits = Hits {
            concepts: self.lexicon.matches(text, &segments, &stream),
            cues: CuesBySentence::new(&segments),
        };
        self.settle(note, segments, stream, hits, |segments, stream| self.times(segments, stream))
    }

    /// Reads a note of which `memory` knows sentences. Comes to the same as [`Reader::read`].
    pub fn reread(&self, note: &Note, memory: &mut Memory) -> Reading {
        let segments = Segments::new(&note.text, &self.lexicon.headings);
        let known = memory.look_up(self, &note.text, &segments);
        let (stream, hits) = (known.stream(), known.hits(&segments));
        self.settle(note, segments, stream, hits, |segments, _| known.times(segments))
    }

    fn times(&self, segments: &Segments, stream: &Stream) -> Times {
        let classes = ClassStream::new(segments, stream);
        let (durations, grades) = (self.durations.hits(&classes), self.grades.hits(&classes));
        Times { classes, durations, grades }
    }

    /// Settles what the hits come to.
    fn settle(
        &self,
        note: &Note,
        segments: Segments,
        stream: Stream,
        hits: Hits,
        times: impl FnOnce(&Segments, &Stream) -> Times,
    ) -> Reading {
        let text = note.text.as_str();
        let Hits { concepts, cues } = hits;
        let mut found = self.concepts(text, &segments, concepts);
        let levels = level::find(&segments);
        let assertion = |f: &Found| self.assertion(&segments, &stream, &cues, f);
        let status = |f: &Found| assertion(f).0.status();
        found = context::keep(&self.lexicon, &segments, found, &levels, status);
        let about_spine = !found.is_empty();
        if about_spine {
            let Times { classes, durations, grades } = times(&segments, &stream);
            let durations = duration::find(&self.durations, &durations, &classes, year(note));
            let words = |first, end| segments.span(first..end).of(text).to_owned();
            let grades = grade::find(&self.grades, &grades, &classes, words);
            attach::durations(&self.lexicon, &segments, &mut found, durations);
            found.sort_by_key(|f| f.tokens.start);
            attach::grades(&self.lexicon, &segments, &mut found, grades);
        }
        attach::levels(&mut found, levels, about_spine);
        found.sort_by_key(|f| (f.tokens.start, f.tokens.end, f.label));

        let mut mentions: Vec<Mention> =
            found.into_iter().map(|f| self.mention(&segments, assertion, f)).collect();
        settle::lists(&segments, &mut mentions);
        settle::old_injuries(&segments, &mut mentions);
        Reading { segments, stream, mentions, disagreements: Vec::new(), classified: false, computed: 0 }
    }

    /// The durations that stand in a note that was read, whatever they belong to.
    pub fn durations(&self, note: &Note, reading: &Reading) -> Vec<duration::Duration> {
        let classes = ClassStream::new(&reading.segments, &reading.stream);
        duration::find(&self.durations, &self.durations.hits(&classes), &classes, year(note))
    }

    /// The assertion of some tokens as words of a target, and what is told beside it; `cues` are those of the note.
    pub fn assert_tokens(
        &self,
        segments: &Segments,
        stream: &Stream,
        cues: &CuesBySentence,
        tokens: &Range<usize>,
        target: impl Into<Target>,
    ) -> (Assertion, Told) {
        let found = cues.of(&self.cues, segments, stream, segments.sentence_of(tokens.start));
        let section = &segments.sections[segments.section_of(tokens.start)];
        assertion::assert(&self.cues, found, segments, tokens, target, section)
    }

    /// The assertion of any span of any text.
    pub fn assert_span(&self, text: &str, span: Span, target: Target) -> Assertion {
        self.assert_in(&Segments::new(text, &self.lexicon.headings), span, target)
    }

    /// The assertion of any span of a segmented text.
    pub fn assert_in(&self, segments: &Segments, span: Span, target: Target) -> Assertion {
        let stream = Stream::new(segments, &self.lexicon.spelling);
        let first = segments.token_at(span.start);
        let end = segments.tokens.partition_point(|t| t.span.start < span.end).max(first);
        if first >= segments.tokens.len() {
            return Assertion::default();
        }
        let cues = CuesBySentence::new(segments);
        self.assert_tokens(segments, &stream, &cues, &(first..end), target).0
    }

    fn concepts(&self, text: &str, segments: &Segments, matches: Vec<Match>) -> Vec<Found> {
        matches
            .into_iter()
            .filter(|m| !in_heading(segments, m.first, m.end) && !checkbox::unticked(text, segments, m.first))
            .map(|m| {
                let c = self.lexicon.concept(m.concept);
                let attrs = Attributes {
                    care: c.care.clone(),
                    modality: c.modality.clone(),
                    ..Attributes::default()
                };
                let end = extend::end(c, segments, m.end);
                Found {
                    label: self.lexicon.label(m.concept),
                    concept: Some(m.concept),
                    tokens: m.first..end,
                    attrs,
                }
            })
            .scan([0usize; 2], |ends, f| Some((!inside(ends, &f)).then_some(f)))
            .flatten()
            .collect()
    }

    fn assertion(
        &self,
        segments: &Segments,
        stream: &Stream,
        cues: &CuesBySentence,
        f: &Found,
    ) -> (Assertion, Told) {
        self.assert_tokens(segments, stream, cues, &f.tokens, f.label)
    }

    fn mention(
        &self,
        segments: &Segments,
        assertion: impl Fn(&Found) -> (Assertion, Told),
        mut f: Found,
    ) -> Mention {
        let sentence = segments.sentence_of(f.tokens.start);
        let section = segments.section_of(f.tokens.start);
        let mut a = Assertion::default();
        if !matches!(f.label, Label::Level | Label::Grade | Label::Chronicity) {
            let (read, told) = assertion(&f);
            a = read;
            if f.label == Label::Care {
                f.attrs.outcome = Some(match a.status() {
                    Status::Present | Status::Historical => told.outcome.unwrap_or(Outcome::Unknown),
                    _ => Outcome::Unknown,
                });
                f.attrs.contraindicated = told.contraindicated && a.status() == Status::Absent;
            }
            let limited = f.concept.map(|c| self.lexicon.concept(c).polarity);
            if f.label == Label::Function && limited == Some(crate::lexicon::Polarity::NotLimited) {
                a.presence = match a.presence {
                    assertion::Presence::Absent => assertion::Presence::Present,
                    _ => assertion::Presence::Absent,
                };
            }
        }
        Mention {
            label: f.label,
            span: segments.span(f.tokens.clone()),
            concept: f.concept,
            attrs: f.attrs,
            assertion: a,
            found_by: FoundBy::Rules,
            sentence: sentence as u32,
            section: section as u32,
        }
    }
}

/// The year of a note, where its source tells it.
fn year(note: &Note) -> Option<u16> {
    note.meta.date.as_deref()?.get(..4)?.parse().ok()
}

/// Whether a functional or injury phrase lies in the clause that the last one of its label ran on to; `ends` keeps those.
fn inside(ends: &mut [usize; 2], f: &Found) -> bool {
    let slot = match f.label {
        Label::Function => 0,
        Label::Injury => 1,
        _ => return false,
    };
    let inside = f.tokens.start < ends[slot];
    if !inside {
        ends[slot] = f.tokens.end;
    }
    inside
}

/// A section heading names no concept (`INJURY:`), unless it names a study (`MRI LUMBAR SPINE:`) or what is done
/// (`LUMBAR EPIDURAL STEROID INJECTION`).
fn in_heading(segments: &Segments, first: usize, end: usize) -> bool {
    let section = &segments.sections[segments.section_of(first)];
    section.heading.is_some()
        && end <= section.body
        && !matches!(section.kind, SectionKind::Other | SectionKind::Imaging | SectionKind::Procedure)
}
