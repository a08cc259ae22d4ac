//! The normalised stream that the automata read: each token between marks, each sentence between barriers.

use crate::segment::{Segments, Spelling, Token, TokenKind};
use std::ops::Range;

pub(super) const OPEN: u8 = 1;
pub(super) const CLOSE: u8 = 2;
const BARRIER: u8 = 3;

/// The normal forms of a note's tokens in one buffer. A phrase is found in it on token boundaries alone, and never
/// across a sentence end.
pub struct Stream {
    /// What the automata read.
    pub bytes: Vec<u8>,
    /// Where each token begins in `bytes`; a token that is left out begins where the next one does.
    starts: Vec<u32>,
}

impl Stream {
    /// Normalises the tokens of a segmented note.
    pub fn new(segments: &Segments, spelling: &Spelling) -> Self {
        let mut bytes = Vec::with_capacity(segments.folded.len() * 2);
        let mut starts = Vec::with_capacity(segments.tokens.len());
        for s in &segments.sentences {
            for i in s.tokens.clone() {
                starts.push(bytes.len() as u32);
                let next = segments.tokens.get(i + 1).filter(|_| i + 1 < s.tokens.end);
                let prev = i.checked_sub(1).filter(|&p| p >= s.tokens.start).map(|p| &segments.tokens[p]);
                let token = &segments.tokens[i];
                push(&segments.folded, prev, token, next, |w, out| spelling.read(w, out), &mut bytes);
            }
            bytes.push(BARRIER);
        }
        Self { bytes, starts }
    }

    /// No tokens yet.
    pub(crate) fn empty() -> Self {
        Self { bytes: Vec::new(), starts: Vec::new() }
    }

    /// Takes up the stream of the next sentence.
    pub(crate) fn append(&mut self, sentence: &Self) {
        let base = self.bytes.len() as u32;
        self.starts.extend(sentence.starts.iter().map(|&s| s + base));
        self.bytes.extend_from_slice(&sentence.bytes);
    }

    /// The token that begins at a stream offset (where a match starts).
    pub fn first(&self, at: usize) -> usize {
        // left-out tokens share the start of their successor: take the last
        self.starts.partition_point(|&s| s as usize <= at).saturating_sub(1)
    }

    /// One past the last token of a match that ends at a stream offset.
    pub fn end(&self, at: usize) -> usize {
        self.starts.partition_point(|&s| (s as usize) < at)
    }

    /// Where tokens stand in `bytes`, in what they share with the tokens around them.
    pub fn range(&self, tokens: Range<usize>) -> Range<usize> {
        let at = |token: usize| self.starts.get(token).map_or(self.bytes.len(), |&s| s as usize);
        at(tokens.start)..at(tokens.end)
    }

    /// The normal form of a token; empty where it is left out.
    pub fn word(&self, token: usize) -> &[u8] {
        let Some(&start) = self.starts.get(token) else { return b"" };
        let end = self.starts.get(token + 1).map_or(self.bytes.len(), |&e| e as usize);
        let slice = &self.bytes[start as usize..end];
        let slice = slice.strip_suffix(&[BARRIER]).unwrap_or(slice);
        slice.strip_prefix(&[OPEN]).and_then(|s| s.strip_suffix(&[CLOSE])).unwrap_or(b"")
    }
}

/// The stream form of a plain phrase of a data file.
pub fn phrase(text: &str, spelling: &Spelling) -> Vec<u8> {
    let folded = crate::segment::fold(text);
    let tokens = crate::segment::tokenize(&folded);
    let mut bytes = Vec::with_capacity(text.len() + 2 * tokens.len());
    for (i, t) in tokens.iter().enumerate() {
        let prev = i.checked_sub(1).map(|p| &tokens[p]);
        push(&folded, prev, t, tokens.get(i + 1), |w, out| spelling.normalize(w, out), &mut bytes);
    }
    bytes
}

fn push(
    folded: &[u8],
    prev: Option<&Token>,
    t: &Token,
    next: Option<&Token>,
    normal: impl FnOnce(&[u8], &mut Vec<u8>),
    out: &mut Vec<u8>,
) {
    let word = &folded[t.span.range()];
    match t.kind {
        TokenKind::Mark(b'-') if joins(prev, t, next) => {}
        TokenKind::Mark(mark) => {
            out.push(OPEN);
            if mark == b'&' {
                out.extend_from_slice(b"and")
            } else {
                out.push(mark)
            }
            out.push(CLOSE);
        }
        TokenKind::Number => {
            out.push(OPEN);
            out.extend(word.iter().filter(|&&b| b != crate::segment::FILL && b != b','));
            out.push(CLOSE);
        }
        TokenKind::Word => {
            out.push(OPEN);
            normal(word, out);
            out.push(CLOSE);
        }
    }
}

/// A hyphen between two word characters joins nothing and parts nothing.
fn joins(prev: Option<&Token>, t: &Token, next: Option<&Token>) -> bool {
    let word = |t: &Token| matches!(t.kind, TokenKind::Word | TokenKind::Number);
    prev.is_some_and(|p| word(p) && p.span.end == t.span.start)
        && next.is_some_and(|n| word(n) && n.span.start == t.span.end)
}
