//! Segmentation: a note becomes folded text, tokens, sections and sentences.

mod fold;
mod fuzzy;
mod normal;
mod section;
mod sentence;
mod slip;
mod token;

pub use fold::{FILL, fold};
pub use fuzzy::{Dictionary, Standing};
pub use normal::Spelling;
pub use section::{Headings, Section, SectionKind};
pub use sentence::Sentence;
pub use slip::SlipRules;
pub use token::{Token, TokenKind, tokenize};

use crate::span::Span;

/// A segmented note. Sections and sentences cover the tokens in order, without overlap.
pub struct Segments {
    /// Lower-case ASCII of the same length as the note.
    pub folded: Vec<u8>,
    /// The tokens, in order.
    pub tokens: Vec<Token>,
    /// At least one; the text before the first heading is a section without one.
    pub sections: Vec<Section>,
    /// In order; each lies in one section.
    pub sentences: Vec<Sentence>,
}

impl Segments {
    /// Segments `text`.
    pub fn new(text: &str, headings: &Headings) -> Self {
        let folded = fold(text);
        let tokens = tokenize(&folded);
        let sections = section::split(text, &folded, &tokens, headings);
        let sentences = sentence::split(text, &folded, &tokens, &sections);
        Self { folded, tokens, sections, sentences }
    }

    /// Index of the sentence that holds a token; the last one for a token past the end.
    pub fn sentence_of(&self, token: usize) -> usize {
        self.sentences.partition_point(|s| s.tokens.end <= token).min(self.sentences.len().saturating_sub(1))
    }

    /// Index of the section that holds a token.
    pub fn section_of(&self, token: usize) -> usize {
        self.sections.partition_point(|s| s.tokens.end <= token).min(self.sections.len().saturating_sub(1))
    }

    /// Index of the first token that ends after `byte`.
    pub fn token_at(&self, byte: u32) -> usize {
        self.tokens.partition_point(|t| t.span.end <= byte)
    }

    /// The span from the first token to the last of a non-empty range of tokens.
    pub fn span(&self, tokens: std::ops::Range<usize>) -> Span {
        match (self.tokens.get(tokens.start), self.tokens.get(tokens.end.saturating_sub(1))) {
            (Some(a), Some(b)) => a.span.cover(b.span),
            _ => Span::default(),
        }
    }

    /// The folded bytes of a token.
    pub fn word(&self, token: usize) -> &[u8] {
        self.tokens.get(token).map_or(b"", |t| &self.folded[t.span.range()])
    }
}
