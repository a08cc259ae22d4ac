//! The classifier that comes with the program: an ONNX network behind a gate and a cache.

use super::encoder::RuntimeOptions;
use super::error::ModelError;
use super::gate::Gate;
use super::manifest::Manifest;
use super::merge;
use super::package::{ModelSource, Package};
use super::pieces::Pieces;
use super::tagger::{Sentence, Tagger};
use super::{Classifier, ClassifyError, Counts, Extent, Work};
use crate::assertion::Assertion;
use crate::mention::Mention;
use crate::reading::{Reader, Reading};
use crate::report::v1::Model;
use crate::segment::Segments;
use crate::span::Span;
use std::sync::atomic::{AtomicU64, Ordering};

/// The classifier.
pub struct OnnxClassifier {
    manifest: Manifest,
    model: Model,
    gate: Gate,
    tagger: Tagger,
    /// Sentences seen, and passed by the gate.
    seen: [AtomicU64; 2],
}

impl OnnxClassifier {
    /// Loads the model of a source; `None` where it names none.
    ///
    /// # Errors
    /// A model that is refused, or an engine that is not there.
    pub fn open(source: &ModelSource, runtime: &RuntimeOptions) -> Result<Option<Self>, ModelError> {
        Package::open(source)?.map(|package| Self::new(package, runtime)).transpose()
    }

    /// Loads a model.
    ///
    /// # Errors
    /// A model that is refused, or an engine that is not there.
    pub fn new(package: Package, runtime: &RuntimeOptions) -> Result<Self, ModelError> {
        let gate = Gate::new(&package)?;
        let pieces = Pieces::new(&package)?;
        let encoder = runtime.load(&package)?;
        let model = Model {
            name: package.name().to_owned(),
            sha256: package.digest().to_owned(),
            engine: Some(encoder.name()),
        };
        let tagger = Tagger::new(pieces, encoder, package.manifest.columns.clone());
        Ok(Self { manifest: package.manifest, model, gate, tagger, seen: Default::default() })
    }

    /// The gate.
    pub fn gate(&self) -> &Gate {
        &self.gate
    }

    /// What reads sentences.
    pub fn tagger(&self) -> &Tagger {
        &self.tagger
    }

    /// What reads sentences, to be set up otherwise.
    pub fn tagger_mut(&mut self) -> &mut Tagger {
        &mut self.tagger
    }

    /// The sentences of a note that the encoder reads, in order.
    fn wanted(&self, reading: &Reading, extent: Extent) -> Vec<usize> {
        if !self.gate.passes_note(reading) {
            return Vec::new();
        }
        // A mention of its own can stand where the rules have none.
        if extent == Extent::Whole || merge::may_add(&self.manifest) {
            return self.gate.sentences(reading);
        }
        let decisive = |m: &&Mention| extent == Extent::Mentioned || merge::may_change(&self.manifest, m);
        let mut sentences: Vec<usize> =
            reading.mentions.iter().filter(decisive).map(|m| m.sentence as usize).collect();
        // Mentions are in the order of the note.
        sentences.dedup();
        sentences
    }
}

impl Classifier for OnnxClassifier {
    fn model(&self) -> Model {
        self.model.clone()
    }

    fn revise(&self, reader: &Reader, notes: &mut [Work<'_>], extent: Extent) -> Result<(), ClassifyError> {
        let wanted: Vec<Vec<usize>> = notes.iter().map(|w| self.wanted(w.reading, extent)).collect();
        let sentences: Vec<Sentence<'_>> = notes
            .iter()
            .zip(&wanted)
            .flat_map(|(w, wanted)| {
                let (text, segments) = (w.note.text.as_str(), &w.reading.segments);
                wanted.iter().map(move |&s| sentence(text, segments, s))
            })
            .collect();
        let all: usize = notes.iter().map(|w| w.reading.segments.sentences.len()).sum();
        self.seen[0].fetch_add(all as u64, Ordering::Relaxed);
        self.seen[1].fetch_add(sentences.len() as u64, Ordering::Relaxed);
        let mut computed: Vec<usize> = Vec::new();
        let mut tagged = self.tagger.read_telling(&sentences, |i| computed.push(i))?.into_iter();
        let mut first = 0;
        for (work, wanted) in notes.iter_mut().zip(wanted) {
            let own = first..first + wanted.len();
            first = own.end;
            work.reading.computed = computed.iter().filter(|i| own.contains(i)).count();
            let read: Vec<_> = wanted.into_iter().zip(tagged.by_ref()).collect();
            merge::revise(&self.manifest, reader, work, &read);
        }
        Ok(())
    }

    fn assert(
        &self,
        text: &str,
        segments: &Segments,
        span: Span,
        assertion: &mut Assertion,
    ) -> Result<(), ClassifyError> {
        let first = segments.token_at(span.start);
        if self.manifest.assert.is_empty() || first >= segments.tokens.len() {
            return Ok(());
        }
        let at = segments.sentence_of(first);
        let read = self.tagger.read(&[sentence(text, segments, at)])?;
        let base = segments.span(segments.sentences[at].tokens.clone()).start;
        let local = Span { start: span.start.saturating_sub(base), end: span.end.saturating_sub(base) };
        if let Some(distribution) = read.first().and_then(|t| t.status(local)) {
            merge::settle(&self.manifest.assert, "assert", None, &distribution, assertion);
        }
        Ok(())
    }

    fn forget(&self) {
        self.tagger.forget();
    }

    fn counts(&self) -> Counts {
        let [sentences, passed] = [0, 1].map(|i| self.seen[i].load(Ordering::Relaxed));
        Counts { sentences, passed, computed: self.tagger.computed() }
    }
}

/// A sentence as the encoder reads it.
fn sentence<'a>(text: &'a str, segments: &Segments, at: usize) -> Sentence<'a> {
    let s = &segments.sentences[at];
    let before = at.checked_sub(1).map(|b| &segments.sentences[b]).filter(|b| b.section == s.section);
    Sentence {
        section: segments.sections[s.section].kind,
        before: before.map_or("", |b| segments.span(b.tokens.clone()).of(text)),
        text: segments.span(s.tokens.clone()).of(text),
    }
}
