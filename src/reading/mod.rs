//! The reading of a note: segments and the mentions that lexicon, patterns and cues find in them.

mod attach;
mod context;
mod checkbox;
mod extend;
mod settle;

use crate::assertion::{self, Assertion, Cues, CuesBySentence, Status, Target, Told};
use crate::lexicon::{Data, Lexicon, LexiconError, Stream};
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
    /// The mentions, by start.
    pub mentions: Vec<Mention>,
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
        let year = note.meta.date.as_deref().and_then(|d| d.get(..4)).and_then(|y| y.parse().ok());

        let mut found = self.concepts(text, &segments, &stream);
        let levels = level::find(&segments);
        let cues = CuesBySentence::new(&segments);
        let assertion = |f: &Found| self.assertion(&segments, &stream, &cues, f);
        let status = |f: &Found| assertion(f).0.status();
        found = context::keep(&self.lexicon, &segments, found, &levels, status);
        let about_spine = !found.is_empty();
        if about_spine {
            let classes = ClassStream::new(&segments, &stream);
            let durations = duration::find(&self.durations, &classes, year);
            let words = |first, end| segments.span(first..end).of(text).to_owned();
            let grades = grade::find(&self.grades, &classes, words);
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
        Reading { segments, mentions }
    }

    /// The assertion of any span of any text.
    pub fn assert_span(&self, text: &str, span: Span, target: Target) -> Assertion {
        let segments = Segments::new(text, &self.lexicon.headings);
        let stream = Stream::new(&segments, &self.lexicon.spelling);
        let first = segments.token_at(span.start);
        let end = segments.tokens.partition_point(|t| t.span.start < span.end).max(first);
        if first >= segments.tokens.len() {
            return Assertion::default();
        }
        let cues = CuesBySentence::new(&segments);
        let sentence = segments.sentence_of(first);
        let section = &segments.sections[segments.section_of(first)];
        let found = cues.of(&self.cues, &segments, &stream, sentence);
        assertion::assert(&self.cues, found, &segments, &(first..end), target, section).0
    }

    fn concepts(&self, text: &str, segments: &Segments, stream: &Stream) -> Vec<Found> {
        self.lexicon
            .matches(text, segments, stream)
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
        let found = cues.of(&self.cues, segments, stream, segments.sentence_of(f.tokens.start));
        let section = &segments.sections[segments.section_of(f.tokens.start)];
        assertion::assert(&self.cues, found, segments, &f.tokens, f.label, section)
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
            sentence: sentence as u32,
            section: section as u32,
        }
    }
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
