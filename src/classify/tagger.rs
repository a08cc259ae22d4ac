//! Sentences in, words with probabilities out: through the cache, else in batches through the encoder.

use super::ClassifyError;
use super::batch;
use super::cache::{Key, Sentences};
use super::decode::{Rows, Tagged};
use super::encoder::{Encoder, Logits};
use super::manifest::Columns;
use super::pieces::{Piece, Pieces, Sequence};
use crate::segment::SectionKind;
use rustc_hash::FxHashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Most sentences that are computed together: the numbers of a long note must not add up.
const TOGETHER: usize = 512;

/// Reads sentences.
pub struct Tagger {
    pub(super) pieces: Pieces,
    pub(super) encoder: Box<dyn Encoder>,
    pub(super) columns: Columns,
    cache: Option<Sentences>,
    computed: AtomicU64,
}

/// A sentence with what the encoder sees around it.
#[derive(Clone, Copy, Debug)]
pub struct Sentence<'a> {
    /// The section that it stands in.
    pub section: SectionKind,
    /// The sentence before it in the same section; empty where there is none.
    pub before: &'a str,
    /// Its text.
    pub text: &'a str,
}

/// A sentence that has to be computed.
struct Miss {
    key: Key,
    pieces: Vec<Piece>,
    /// Which of the sequences are its.
    sequences: std::ops::Range<usize>,
}

impl Tagger {
    pub(super) fn new(pieces: Pieces, encoder: Box<dyn Encoder>, columns: Columns) -> Self {
        Self { pieces, encoder, columns, cache: Some(Sentences::new()), computed: AtomicU64::new(0) }
    }

    /// Remembers sentences, or does not.
    pub fn set_cache(&mut self, on: bool) {
        self.cache = on.then(Sentences::new);
    }

    /// Forgets every sentence.
    pub fn forget(&self) {
        if let Some(cache) = &self.cache {
            cache.clear();
        }
    }

    /// Sentences that were computed so far.
    pub fn computed(&self) -> u64 {
        self.computed.load(Ordering::Relaxed)
    }

    /// Reads sentences, in their order. What is said of one does not depend on the others.
    ///
    /// # Errors
    /// An engine that failed.
    pub fn read(&self, sentences: &[Sentence<'_>]) -> Result<Vec<Arc<Tagged>>, ClassifyError> {
        self.read_telling(sentences, |_| ())
    }

    /// The same, which tells of each sentence that it has to compute, by its place in `sentences`.
    pub(super) fn read_telling(
        &self,
        sentences: &[Sentence<'_>],
        mut computes: impl FnMut(usize),
    ) -> Result<Vec<Arc<Tagged>>, ClassifyError> {
        let mut out = Vec::with_capacity(sentences.len());
        for some in sentences.chunks(TOGETHER) {
            let from = out.len();
            out.extend(self.read_some(some, |i| computes(from + i))?);
        }
        Ok(out)
    }

    fn read_some(
        &self,
        sentences: &[Sentence<'_>],
        mut computes: impl FnMut(usize),
    ) -> Result<Vec<Arc<Tagged>>, ClassifyError> {
        let mut out: Vec<Option<Arc<Tagged>>> = Vec::with_capacity(sentences.len());
        let mut misses: Vec<Miss> = Vec::new();
        let mut sequences: Vec<Sequence> = Vec::new();
        // which miss a sentence waits for
        let mut waits: Vec<(usize, usize)> = Vec::new();
        let mut seen: FxHashMap<Key, usize> = FxHashMap::default();
        for (i, s) in sentences.iter().enumerate() {
            // no more than the encoder sees: a change at the begin of a sentence does not touch the one behind it
            let before = self.pieces.context_of(s.before);
            let key = Key::new(s.section, before, s.text);
            let hit = self.cache.as_ref().and_then(|c| c.get(&key));
            if hit.is_none() {
                let at = *seen.entry(key).or_insert_with(|| {
                    computes(i);
                    let context = if before.is_empty() { Vec::new() } else { self.pieces.cut(before) };
                    let pieces = self.pieces.cut(s.text);
                    let from = sequences.len();
                    sequences.extend(self.pieces.sequences(s.section, &context, &pieces));
                    misses.push(Miss { key, pieces, sequences: from..sequences.len() });
                    misses.len() - 1
                });
                waits.push((i, at));
            }
            out.push(hit);
        }
        self.computed.fetch_add(misses.len() as u64, Ordering::Relaxed);
        let read = self.compute(&misses, sequences)?;
        if let Some(cache) = &self.cache {
            for (miss, tagged) in misses.iter().zip(&read) {
                cache.insert(miss.key, Arc::clone(tagged));
            }
        }
        for (i, miss) in waits {
            out[i] = Some(Arc::clone(&read[miss]));
        }
        Ok(out.into_iter().flatten().collect())
    }

    fn compute(&self, misses: &[Miss], sequences: Vec<Sequence>) -> Result<Vec<Arc<Tagged>>, ClassifyError> {
        // by sequence: which outputs, and which row of them
        let mut places = vec![(0, 0); sequences.len()];
        let mut outputs: Vec<(Logits, usize)> = Vec::new();
        for (length, rows) in batch::plan(&sequences) {
            let filled = batch::fill(&sequences, &rows, length, self.pieces.pad());
            for (k, &row) in rows.iter().enumerate() {
                places[row] = (outputs.len(), k);
            }
            outputs.push((self.encoder.run(filled)?, length));
        }
        let rows = |sequence: usize| {
            let (output, row) = places[sequence];
            let (logits, length) = &outputs[output];
            let of = |numbers: &'_ [f32], columns: usize| {
                let size = length * columns;
                row * size..((row + 1) * size).min(numbers.len())
            };
            Rows { tags: &logits.tags[of(&logits.tags, 19)], status: &logits.status[of(&logits.status, 6)] }
        };
        let mut sequences: Vec<Option<Sequence>> = sequences.into_iter().map(Some).collect();
        Ok(misses
            .iter()
            .map(|m| {
                let windows: Vec<(Sequence, Rows<'_>)> =
                    m.sequences.clone().filter_map(|i| Some((sequences[i].take()?, rows(i)))).collect();
                Arc::new(Tagged::new(&self.columns, &m.pieces, &windows))
            })
            .collect())
    }
}
