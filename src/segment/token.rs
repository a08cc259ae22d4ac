//! Tokens: words, numbers and single punctuation marks of the folded text.

use super::fold::FILL;
use crate::span::Span;

/// What a token is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// Letters, or letters directly followed by digits (`L4`, `T12`).
    Word,
    /// Digits, with a decimal part.
    Number,
    /// A single mark.
    Mark(u8),
}

/// One token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Where it stands in the note, in bytes.
    pub span: Span,
    /// What it is made of.
    pub kind: TokenKind,
    /// A line break stands between the token before it and this one.
    pub line_start: bool,
}

impl Token {
    /// True for the mark `b`.
    pub fn is_mark(&self, b: u8) -> bool {
        self.kind == TokenKind::Mark(b)
    }
}

/// Cuts folded text into tokens. A letter run that digits follow stays one token, so that `L5S1` is `l5`, `s1`.
pub fn tokenize(folded: &[u8]) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(folded.len() / 5 + 4);
    let (mut i, mut line_start) = (0, true);
    while let Some(&b) = folded.get(i) {
        let start = i;
        let kind = match b {
            b'\n' | b'\r' => {
                line_start = true;
                i += 1;
                continue;
            }
            b'a'..=b'z' => {
                i = run(folded, i, |b| b.is_ascii_lowercase());
                while apostrophe(folded, i) {
                    i = run(folded, i + 1, |b| b.is_ascii_lowercase() || b == FILL);
                }
                // x3, x8: a count is a token of its own
                if &folded[start..i] != b"x" && folded[start] != b'x'
                    || i - start > 1 && folded[start + 1] != FILL
                {
                    i = run(folded, i, |b| b.is_ascii_digit());
                }
                TokenKind::Word
            }
            b'0'..=b'9' => {
                i = run(folded, i, |b| b.is_ascii_digit());
                while matches!(folded.get(i), Some(b'.' | b','))
                    && folded.get(i + 1).is_some_and(u8::is_ascii_digit)
                    && (folded[i] == b'.' || thousands(folded, i))
                {
                    i = run(folded, i + 1, |b| b.is_ascii_digit());
                }
                TokenKind::Number
            }
            b if b.is_ascii_graphic() => {
                i += 1;
                while folded.get(i) == Some(&FILL) {
                    i += 1;
                }
                TokenKind::Mark(b)
            }
            _ => {
                i += 1;
                continue;
            }
        };
        tokens.push(Token { span: Span::new(start, i), kind, line_start });
        line_start = false;
    }
    tokens
}

/// The end of the run of bytes that `keep` accepts; fills belong to the character before them.
fn run(folded: &[u8], mut i: usize, keep: impl Fn(u8) -> bool) -> usize {
    while folded.get(i).is_some_and(|&b| keep(b) || b == FILL) {
        i += 1;
    }
    i
}

fn apostrophe(folded: &[u8], i: usize) -> bool {
    if folded.get(i) != Some(&b'\'') {
        return false;
    }
    let after = run(folded, i + 1, |b| b == FILL);
    folded.get(after).is_some_and(u8::is_ascii_lowercase)
}

fn thousands(folded: &[u8], comma: usize) -> bool {
    let after = &folded[comma + 1..];
    after.len() >= 3
        && after[..3].iter().all(u8::is_ascii_digit)
        && !after.get(3).is_some_and(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::super::fold::fold;
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        tokenize(&fold(text)).iter().map(|t| t.span.of(text)).collect()
    }

    #[test]
    fn cuts_as_clinicians_write() {
        let cases: &[(&str, &[&str])] = &[
            ("L5S1 disc", &["L5", "S1", "disc"]),
            ("L4-5", &["L4", "-", "5"]),
            ("10mg x3 ×8", &["10", "mg", "x", "3", "×", "8"]),
            ("4.5 mm, 1,000", &["4.5", "mm", ",", "1,000"]),
            ("can't – won’t", &["can't", "–", "won’t"]),
            ("L2,3,4", &["L2", ",", "3", ",", "4"]),
            ("naïve café.", &["naïve", "café", "."]),
        ];
        for (text, expected) in cases {
            assert_eq!(&words(text), expected, "{text}");
        }
    }

    #[test]
    fn line_starts_are_kept() {
        let text = "one\ntwo three\r\n\r\nfour";
        let starts: Vec<bool> = tokenize(&fold(text)).iter().map(|t| t.line_start).collect();
        assert_eq!(starts, [true, true, false, true]);
    }
}
