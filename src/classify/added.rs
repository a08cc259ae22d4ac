//! Mentions that only the classifier found: what can be said of them without a concept.

use super::FoundBy;
use super::decode::Entity;
use crate::assertion::{CuesBySentence, Status};
use crate::mention::{Acuity, Attributes, Label, Mention, Outcome};
use crate::note::Note;
use crate::pattern::duration::Duration;
use crate::reading::{Reader, Reading};
use std::ops::Range;

/// Makes mentions of one note. What the patterns and cues find in it is looked up once, when it is first needed.
pub(super) struct Added<'a> {
    reader: &'a Reader,
    note: &'a Note,
    reading: &'a Reading,
    durations: Option<Vec<Duration>>,
    cues: CuesBySentence,
}

impl<'a> Added<'a> {
    pub(super) fn new(reader: &'a Reader, note: &'a Note, reading: &'a Reading) -> Self {
        Self { reader, note, reading, durations: None, cues: CuesBySentence::new(&reading.segments) }
    }

    /// The mention of an entity, asserted as the rules would; `None` where it lies on no token.
    pub(super) fn mention(&mut self, sentence: usize, e: &Entity) -> Option<Mention> {
        let segments = &self.reading.segments;
        let first = segments.token_at(e.span.start);
        let end = segments.tokens.partition_point(|t| t.span.start < e.span.end);
        if first >= end || self.note.text.get(e.span.range()).is_none() {
            return None;
        }
        let tokens = first..end;
        let mut m = Mention {
            label: e.label,
            span: e.span,
            concept: None,
            attrs: Attributes::default(),
            assertion: Default::default(),
            found_by: FoundBy::Classifier,
            sentence: sentence as u32,
            section: segments.sentences[sentence].section as u32,
        };
        match e.label {
            Label::Level | Label::Grade => return None,
            Label::Chronicity => (m.attrs.acuity, m.attrs.days) = self.age(&tokens),
            label => {
                let stream = &self.reading.stream;
                let (assertion, told) =
                    self.reader.assert_tokens(segments, stream, &self.cues, &tokens, label);
                m.assertion = assertion;
                match label {
                    Label::Care => {
                        m.attrs.care = Some(self.care(&tokens).to_owned());
                        m.attrs.outcome = Some(match assertion.status() {
                            Status::Present | Status::Historical => told.outcome.unwrap_or(Outcome::Unknown),
                            _ => Outcome::Unknown,
                        });
                        m.attrs.contraindicated =
                            told.contraindicated && assertion.status() == Status::Absent;
                    }
                    Label::Imaging => m.attrs.modality = Some(self.modality(&tokens).to_owned()),
                    _ => {}
                }
            }
        }
        Some(m)
    }

    /// Acuity and days of the longest duration in the words.
    fn age(&mut self, tokens: &Range<usize>) -> (Option<Acuity>, Option<u32>) {
        let all = self.durations.get_or_insert_with(|| self.reader.durations(self.note, self.reading));
        let inside = all.iter().filter(|d| d.first < tokens.end && tokens.start < d.end);
        match inside.max_by_key(|d| (d.days, d.acuity != Acuity::Unknown)) {
            Some(d) => (Some(d.acuity), d.days),
            None => (Some(Acuity::Unknown), None),
        }
    }

    /// The kind of care: that of the concepts whose terms share most of its words, `other` where none does.
    fn care(&self, tokens: &Range<usize>) -> &'a str {
        const ENOUGH: f32 = 0.5;
        let mut votes: Vec<(&'a str, f32)> = Vec::new();
        for word in tokens.clone().map(|t| self.reading.stream.word(t)).filter(|w| w.len() > 3) {
            let with: Vec<&'a str> = self
                .reader
                .lexicon
                .concepts()
                .filter(|(label, c)| *label == Label::Care && c.terms.iter().any(|t| has_word(t, word)))
                .filter_map(|(_, c)| c.care.as_deref())
                .collect();
            for kind in &with {
                let vote = 1.0 / with.len() as f32;
                match votes.iter_mut().find(|(k, _)| k == kind) {
                    Some((_, sum)) => *sum += vote,
                    None => votes.push((kind, vote)),
                }
            }
        }
        let best = votes.iter().filter(|(_, sum)| *sum >= ENOUGH);
        best.max_by(|a, b| a.1.total_cmp(&b.1).then_with(|| b.0.cmp(a.0))).map_or("other", |(kind, _)| kind)
    }

    fn modality(&self, tokens: &Range<usize>) -> &'static str {
        tokens
            .clone()
            .find_map(|t| match self.reading.segments.word(t) {
                b"mri" | b"mr" | b"magnetic" => Some("mri"),
                b"ct" | b"cat" | b"tomography" => Some("ct"),
                b"xray" | b"xrays" | b"x" | b"radiograph" | b"radiographs" | b"films" | b"film" => {
                    Some("xray")
                }
                b"myelogram" | b"myelography" => Some("myelogram"),
                b"discogram" | b"discography" => Some("discogram"),
                b"bone" | b"scintigraphy" | b"spect" => Some("bone_scan"),
                _ => None,
            })
            .unwrap_or("other")
    }
}

/// Whether a term of the lexicon is written with a word.
fn has_word(term: &str, word: &[u8]) -> bool {
    term.split(|c: char| !c.is_alphanumeric()).any(|w| w.as_bytes().eq_ignore_ascii_case(word))
}
