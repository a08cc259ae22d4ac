//! From the numbers of the network to words, entities and assertions, as the manifest documents it.
//!
//! Every probability is rounded to four decimals before anything is compared. What engines, batches and processors
//! change lies several orders of magnitude below that (see `tests/classifier.rs`).

use super::manifest::{Columns, LABELS, STATUSES};
use super::pieces::{Piece, Sequence, best_window};
use crate::assertion::Status;
use crate::mention::Label;
use crate::span::Span;

/// Steps of a probability.
const STEPS: f32 = 10_000.0;

/// A word of a sentence with its probabilities, in steps of 1/10000.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// First byte in the sentence.
    start: u32,
    /// One past the last byte.
    end: u32,
    /// That a label stands there, by [`LABELS`].
    labels: [u16; 9],
    /// Bit `i`: label `i` rather begins here than goes on.
    begins: u16,
    /// Of the assertions, by [`STATUSES`].
    status: [u16; 6],
}

impl Word {
    fn span(&self) -> Span {
        Span { start: self.start, end: self.end }
    }

    /// The label that the word has, if any.
    fn label(&self, threshold: f32) -> Option<usize> {
        let best = (0..LABELS.len()).max_by_key(|&i| (self.labels[i], LABELS.len() - i))?;
        (f32::from(self.labels[best]) / STEPS >= threshold).then_some(best)
    }

    fn begins(&self, label: usize) -> bool {
        self.begins & (1 << label) != 0
    }
}

/// What the encoder says of a sentence; offsets are those of the sentence.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tagged {
    words: Box<[Word]>,
}

/// A stretch of words of one label.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Entity {
    /// What it is.
    pub label: Label,
    /// Where it stands in the sentence.
    pub span: Span,
    /// Mean probability of the label, 0 to 1.
    pub score: f32,
}

/// The probabilities of the assertions over some words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Distribution([f32; 6]);

impl Distribution {
    /// The likeliest assertion and its probability.
    pub fn best(&self) -> (Status, f32) {
        let mut best = 0;
        for i in 1..STATUSES.len() {
            if self.0[i] > self.0[best] {
                best = i;
            }
        }
        (STATUSES[best], self.0[best])
    }

    /// The probability of an assertion.
    pub fn of(&self, status: Status) -> f32 {
        STATUSES.iter().position(|s| *s == status).map_or(0.0, |i| self.0[i])
    }
}

/// The outputs of the network for one sequence.
pub(super) struct Rows<'a> {
    /// 19 columns a piece.
    pub(super) tags: &'a [f32],
    /// 6 columns a piece.
    pub(super) status: &'a [f32],
}

impl Tagged {
    /// Puts the words of a sentence together from the outputs of its windows.
    pub(super) fn new(columns: &Columns, pieces: &[Piece], windows: &[(Sequence, Rows<'_>)]) -> Self {
        let ranges: Vec<_> = windows.iter().map(|(s, _)| s.window.clone()).collect();
        let mut words: Vec<Word> = Vec::new();
        for (i, piece) in pieces.iter().enumerate() {
            if !piece.starts_word {
                if let Some(last) = words.last_mut() {
                    last.end = last.end.max(piece.span.end);
                }
                continue;
            }
            let Some(w) = best_window(&ranges, i) else { continue };
            let (sequence, rows) = &windows[w];
            let row = sequence.body + i - sequence.window.start;
            words.push(word(columns, piece.span, rows, row));
        }
        Self { words: words.into() }
    }

    /// The entities, in order.
    pub fn entities(&self, threshold: f32) -> Vec<Entity> {
        let mut out: Vec<Entity> = Vec::new();
        let mut open: Option<(usize, Span, u32, u32)> = None;
        let close = |open: Option<(usize, Span, u32, u32)>, out: &mut Vec<Entity>| {
            if let Some((label, span, sum, words)) = open {
                out.push(Entity { label: LABELS[label], span, score: sum as f32 / words as f32 / STEPS });
            }
        };
        for word in &self.words {
            let label = word.label(threshold);
            match (&mut open, label) {
                (Some((l, span, sum, words)), Some(label)) if *l == label && !word.begins(label) => {
                    *span = span.cover(word.span());
                    *sum += u32::from(word.labels[label]);
                    *words += 1;
                }
                _ => {
                    close(open.take(), &mut out);
                    open = label.map(|l| (l, word.span(), u32::from(word.labels[l]), 1));
                }
            }
        }
        close(open, &mut out);
        out
    }

    /// The best probability of a label over the words of a span; `None` where it has no word.
    pub fn support(&self, label: Label, span: Span) -> Option<f32> {
        let at = LABELS.iter().position(|l| *l == label)?;
        self.over(span).map(|w| w.labels[at]).max().map(|p| f32::from(p) / STEPS)
    }

    /// The assertion of a span; `None` where it has no word.
    pub fn status(&self, span: Span) -> Option<Distribution> {
        let (mut sums, mut words) = ([0u32; 6], 0u32);
        for w in self.over(span) {
            for (sum, p) in sums.iter_mut().zip(w.status) {
                *sum += u32::from(p);
            }
            words += 1;
        }
        (words > 0).then(|| Distribution(sums.map(|s| s as f32 / words as f32 / STEPS)))
    }

    fn over(&self, span: Span) -> impl Iterator<Item = &Word> {
        let from = self.words.partition_point(|w| w.end <= span.start);
        self.words[from..].iter().take_while(move |w| w.start < span.end)
    }

    /// Bytes that it holds.
    pub(super) fn size(&self) -> usize {
        self.words.len() * size_of::<Word>() + size_of::<Self>()
    }
}

fn word(columns: &Columns, span: Span, rows: &Rows<'_>, row: usize) -> Word {
    let tags = softmax::<19>(rows.tags, row);
    let status = softmax::<6>(rows.status, row);
    let mut begins = 0;
    for (i, &(b, inside)) in columns.tags.iter().enumerate() {
        begins |= u16::from(steps(tags[b]) > steps(tags[inside])) << i;
    }
    Word {
        start: span.start,
        end: span.end,
        labels: columns.tags.map(|(b, i)| steps(tags[b] + tags[i])),
        begins,
        status: columns.status.map(|c| steps(status[c])),
    }
}

fn steps(p: f32) -> u16 {
    // what is no number is no evidence
    (p * STEPS).round().clamp(0.0, STEPS) as u16
}

/// The softmax of a row of `N` columns; all zero where the rows end before it or are no numbers.
fn softmax<const N: usize>(rows: &[f32], row: usize) -> [f32; N] {
    let mut out = [0.0; N];
    let Some(logits) = rows.get(row * N..(row + 1) * N) else { return out };
    let max = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut sum = 0.0;
    for (p, x) in out.iter_mut().zip(logits) {
        *p = (x - max).exp();
        sum += *p;
    }
    if !sum.is_finite() {
        return [0.0; N];
    }
    out.map(|p| p / sum)
}
