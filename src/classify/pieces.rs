//! Word pieces: a sentence as the encoder reads it, with the byte offsets of every piece.

use super::error::ModelError;
use super::manifest::Input;
use super::package::{Package, TOKENIZER};
use crate::segment::SectionKind;
use crate::span::Span;
use rustc_hash::FxHashSet;
use std::ops::Range;
use tokenizers::Tokenizer;

/// What cuts sentences into word pieces.
pub struct Pieces {
    tokenizer: Tokenizer,
    input: Input,
    cls: u32,
    sep: u32,
    pad: u32,
    /// By the position of the kind in [`SectionKind::ALL`].
    sections: Vec<u32>,
    /// The pieces that go on with the word before them.
    goes_on: FxHashSet<u32>,
}

/// One piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its id.
    pub id: u32,
    /// Where it stands in the sentence, in bytes.
    pub span: Span,
    /// Whether a word begins with it.
    pub starts_word: bool,
}

/// A sequence for the encoder: a window of a sentence with what stands before and after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sequence {
    /// The ids, special ones among them.
    pub ids: Vec<u32>,
    /// Where the pieces of the window begin in `ids`.
    pub body: usize,
    /// Which pieces of the sentence they are.
    pub window: Range<usize>,
}

impl Pieces {
    /// Reads the tokenizer of a model.
    ///
    /// # Errors
    /// A file that is no tokenizer, or one without the special pieces that sequences are made of.
    pub fn new(package: &Package) -> Result<Self, ModelError> {
        let file = package.path(TOKENIZER);
        let refuse = |reason: String| ModelError::Tokenizer { file: file.clone(), reason };
        let mut tokenizer =
            Tokenizer::from_bytes(&package.tokenizer).map_err(|e| refuse(format!("not a tokenizer: {e}")))?;
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(|e| refuse(e.to_string()))?;
        // "[SEP]" in a note is text like any other
        tokenizer.set_encode_special_tokens(true);
        let id =
            |piece: &str| tokenizer.token_to_id(piece).ok_or_else(|| refuse(format!("no piece `{piece}`")));
        // no section of a note is of the kind `inherit`: it takes the kind of the one around it
        let section = |kind: &SectionKind| match kind {
            SectionKind::Inherit => id("[sec:other]"),
            kind => id(&format!("[sec:{}]", kind.name())),
        };
        let sections = SectionKind::ALL.iter().map(section).collect::<Result<_, _>>()?;
        let (cls, sep, pad) = (id("[CLS]")?, id("[SEP]")?, id("[PAD]")?);
        let vocabulary = tokenizer.get_vocab(true).into_iter();
        let goes_on = vocabulary.filter(|(piece, _)| piece.starts_with("##")).map(|(_, id)| id).collect();
        Ok(Self { input: package.manifest.input, tokenizer, cls, sep, pad, sections, goes_on })
    }

    /// The pieces of a sentence.
    pub fn cut(&self, sentence: &str) -> Vec<Piece> {
        // A tokenizer of this kind refuses no text; where one does, there is nothing to read.
        let Ok(encoding) = self.tokenizer.encode(sentence, false) else { return Vec::new() };
        let pieces = encoding.get_ids().iter().zip(encoding.get_offsets());
        pieces
            .enumerate()
            .map(|(i, (&id, &(start, end)))| Piece {
                id,
                span: Span::new(start, end),
                starts_word: i == 0 || !self.goes_on.contains(&id),
            })
            .collect()
    }

    /// How many pieces of the sentence before stand before a sentence.
    pub fn context(&self) -> usize {
        self.input.context
    }

    /// The end of a sentence from which the pieces come that stand before the next one: as many words as there may be
    /// pieces, and what lies between. A word with a letter or a digit is at least one piece.
    pub fn context_of<'a>(&self, sentence: &'a str) -> &'a str {
        last_words(sentence, self.input.context)
    }

    /// The piece that fills up shorter sequences of a batch.
    pub fn pad(&self) -> u32 {
        self.pad
    }

    /// The sequences of a sentence: one, or windows that overlap where it is too long.
    pub fn sequences(&self, section: SectionKind, context: &[Piece], sentence: &[Piece]) -> Vec<Sequence> {
        let context = &context[context.len().saturating_sub(self.input.context)..];
        let mut head = vec![self.cls, self.sections[section.index()]];
        if !context.is_empty() {
            head.extend(context.iter().map(|p| p.id));
            head.push(self.sep);
        }
        windows(sentence.len(), self.input.max_tokens - head.len() - 1, self.input.stride)
            .map(|window| {
                let mut ids = head.clone();
                ids.extend(sentence[window.clone()].iter().map(|p| p.id));
                ids.push(self.sep);
                Sequence { ids, body: head.len(), window }
            })
            .collect()
    }
}

/// The end of a text that has so many words with a letter or a digit, or all of it. Words end where every tokenizer of
/// word pieces ends them.
fn last_words(text: &str, count: usize) -> &str {
    let blank = |b: &u8| matches!(b, b' ' | b'\t' | b'\n' | b'\r');
    let (mut left, mut word) = (count, false);
    for (i, b) in text.bytes().enumerate().rev() {
        if blank(&b) && word {
            (left, word) = (left - 1, false);
        }
        if left == 0 {
            return &text[i + 1..];
        }
        word |= b.is_ascii_alphanumeric();
    }
    text
}

/// Windows of `room` over `length` pieces, of which neighbours share `shared`; none over nothing.
fn windows(length: usize, room: usize, shared: usize) -> impl Iterator<Item = Range<usize>> {
    let step = room - shared;
    let count = match length {
        0 => 0,
        n if n <= room => 1,
        n => 1 + (n - room).div_ceil(step),
    };
    (0..count).map(move |k| k * step..(k * step + room).min(length))
}

/// The window in which a piece lies farthest from both edges; the earlier one where two are equal.
pub(super) fn best_window(windows: &[Range<usize>], piece: usize) -> Option<usize> {
    let depth = |w: &Range<usize>| (piece - w.start).min(w.end - 1 - piece);
    let mut best: Option<(usize, usize)> = None;
    for (i, w) in windows.iter().enumerate().filter(|(_, w)| w.contains(&piece)) {
        if best.is_none_or(|(_, d)| depth(w) > d) {
            best = Some((i, depth(w)));
        }
    }
    best.map(|(i, _)| i)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn windows_overlap_and_end_with_the_sentence() {
        let of = |length| windows(length, 10, 4).collect::<Vec<_>>();
        assert!(of(0).is_empty());
        assert_eq!(of(10), vec![0..10; 1]);
        assert_eq!(of(11), [0..10, 6..11]);
        assert_eq!(of(16), [0..10, 6..16]);
        assert_eq!(of(17), [0..10, 6..16, 12..17]);
    }

    #[test]
    fn the_end_of_a_sentence_has_so_many_words() {
        let cases = [
            ("one two three", 2, "two three"),
            ("one two three", 3, "one two three"),
            ("one two three", 9, "one two three"),
            ("one - two\n, three ", 2, "two\n, three "),
            ("one – é two", 2, "one – é two"),
            ("one two", 0, ""),
            ("", 2, ""),
        ];
        for (text, count, expected) in cases {
            assert_eq!(last_words(text, count), expected, "{text}");
        }
    }

    #[test]
    fn a_piece_is_read_where_it_has_most_around_it() {
        let two = [0..10, 6..16];
        assert_eq!(best_window(&two, 0), Some(0));
        assert_eq!(best_window(&two, 7), Some(0), "two from the edge against one");
        assert_eq!(best_window(&two, 8), Some(1));
        assert_eq!(best_window(&two, 15), Some(1));
        assert_eq!(best_window(&two, 16), None);
    }

    proptest! {
        #[test]
        fn every_piece_is_in_a_window(length in 1usize..300, room in 2usize..40, shared in 0usize..39) {
            let all: Vec<_> = windows(length, room, shared.min(room - 1)).collect();
            for piece in 0..length {
                prop_assert!(best_window(&all, piece).is_some());
            }
            prop_assert_eq!(all.last().map(|w| w.end), Some(length));
        }
    }
}
