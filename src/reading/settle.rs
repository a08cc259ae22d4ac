//! Settles what one mention alone can't tell: members of a list share their assertion, an injury of long ago is past.

use crate::assertion::{Assertion, DecidedBy, Temporality};
use crate::mention::{Acuity, Label, Mention};
use crate::segment::{Segments, TokenKind};

/// Tokens between two members of a list at most: a comma, an `and`, a dose.
const GAP: usize = 7;

/// Gives the members of a list of care, studies or operations the assertion that a cue gave its first or last member.
pub(super) fn lists(s: &Segments, mentions: &mut [Mention]) {
    let listed: Vec<usize> = (0..mentions.len())
        .filter(|&i| matches!(mentions[i].label, Label::Care | Label::Imaging | Label::Surgery))
        .collect();
    let joined = |a: &Mention, b: &Mention| {
        a.label == b.label && a.sentence == b.sentence && joins(s, a.span.end, b.span.start)
    };
    for pair in listed.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let from = mentions[a].assertion;
        let before = from.cue.is_some_and(|c| c.end <= mentions[a].span.start);
        if before && open(&mentions[b].assertion) && decided(&from) && joined(&mentions[a], &mentions[b]) {
            share(mentions, a, b);
        }
    }
    for pair in listed.windows(2).rev() {
        let (a, b) = (pair[0], pair[1]);
        let from = mentions[b].assertion;
        let after = from.cue.is_some_and(|c| c.start >= mentions[b].span.end);
        if after && open(&mentions[a].assertion) && decided(&from) && joined(&mentions[a], &mentions[b]) {
            share(mentions, b, a);
        }
    }
}

fn open(a: &Assertion) -> bool {
    matches!(a.decided_by, DecidedBy::Default | DecidedBy::Section)
}

fn decided(a: &Assertion) -> bool {
    a.decided_by == DecidedBy::Cue
}

fn share(mentions: &mut [Mention], from: usize, to: usize) {
    let (assertion, outcome) = (mentions[from].assertion, mentions[from].attrs.outcome);
    mentions[to].assertion = assertion;
    if mentions[to].label == Label::Care
        && mentions[to].attrs.outcome.is_none_or(|o| o == crate::mention::Outcome::Unknown)
    {
        mentions[to].attrs.outcome = outcome;
    }
}

/// Whether only a list's connectives, doses and brackets stand between two offsets.
fn joins(s: &Segments, from: u32, to: u32) -> bool {
    let first = s.token_at(from);
    let mut count = 0;
    let mut connective = false;
    let mut k = first;
    while let Some(t) = s.tokens.get(k).filter(|t| t.span.start < to) {
        count += 1;
        let ok = match t.kind {
            TokenKind::Mark(b',' | b'/' | b'&' | b'+') => {
                connective = true;
                true
            }
            TokenKind::Mark(b'(' | b')' | b'-' | b'%' | b'.' | b'#') | TokenKind::Number => true,
            TokenKind::Mark(_) => false,
            TokenKind::Word => match s.word(k) {
                b"and" | b"or" | b"then" | b"plus" | b"also" => {
                    connective = true;
                    true
                }
                w => {
                    w.len() <= 3
                        || matches!(
                            w,
                            b"well"
                                | b"some"
                                | b"multiple"
                                | b"daily"
                                | b"tabs"
                                | b"oral"
                                | b"topical"
                                | b"local"
                                | b"with"
                                | b"including"
                                | b"various"
                                | b"formal"
                        )
                }
            },
        };
        if !ok || count > GAP {
            return false;
        }
        k += 1;
    }
    connective
}

/// An injury that its sentence dates back for more than twelve weeks, or to a year, is past, unless a cue says otherwise.
pub(super) fn old_injuries(s: &Segments, mentions: &mut [Mention]) {
    let old: Vec<u32> = mentions
        .iter()
        .filter(|m| {
            m.label == Label::Chronicity && m.attrs.acuity == Some(Acuity::Chronic) && m.attrs.days.is_some()
        })
        .map(|m| m.sentence)
        .collect();
    for m in mentions.iter_mut().filter(|m| m.label == Label::Injury && open(&m.assertion)) {
        if old.binary_search(&m.sentence).is_ok() || in_a_year(s, m) {
            m.assertion.temporality = Temporality::Historical;
        }
    }
}

/// `in 1998`, `at age 22`, `in his 20s` in the mention or within a few words of it.
fn in_a_year(s: &Segments, m: &Mention) -> bool {
    const NEAR: usize = 8;
    let sentence = &s.sentences[m.sentence as usize].tokens;
    let first = s.token_at(m.span.start);
    let end = s.tokens.partition_point(|t| t.span.start < m.span.end);
    let range = first.saturating_sub(NEAR).max(sentence.start)..(end + NEAR).min(sentence.end);
    range.filter(|&k| s.tokens[k].kind == TokenKind::Number).any(|k| {
        let before = if k > sentence.start { s.word(k - 1) } else { b"" };
        let number = s.word(k);
        match number.len() {
            4 => {
                (number.starts_with(b"19") || number.starts_with(b"20"))
                    && matches!(before, b"in" | b"since" | b"of" | b"around" | b"about")
            }
            2 => before == b"age" || matches!(before, b"his" | b"her") && s.word(k + 1) == b"s",
            _ => false,
        }
    })
}
