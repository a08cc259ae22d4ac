//! Where the procedure is done: levels and side.

use super::judge::Judged;
use super::words::{Proof, Words};
use crate::assertion::{Assertion, Status};
use crate::fact::Item;
use crate::mention::Label;
use crate::report::v1::Verdict;
use crate::segment::SectionKind;

/// Sections that say what is to be done or was done.
fn decides(kind: SectionKind) -> bool {
    use SectionKind::*;
    matches!(kind, Assessment | AssessmentPlan | Plan | Procedure | Diagnosis | Indication)
}

fn intervention(i: &Item<'_>) -> bool {
    let here = matches!(i.status, Status::Present | Status::Hypothetical);
    here && match i.mention.label {
        Label::Care => i.mention.attrs.care.as_deref() == Some("injection"),
        Label::Surgery => true,
        _ => false,
    }
}

/// Whether levels are stated where the procedure is planned or told, and no more than `max` segments at once.
pub(super) fn levels(words: &Words<'_>, max: Option<usize>) -> Judged {
    let all: Vec<&Item<'_>> = words.items(Label::Level).collect();
    let stated: Vec<&Item<'_>> = all.iter().copied().filter(|i| decides(i.section)).collect();
    if let Some(max) = max {
        for i in words.items(Label::Care).filter(|i| decides(i.section) && intervention(i)) {
            let mut segments: Vec<&str> = Vec::new();
            let here: Vec<&Item<'_>> = words
                .note
                .view
                .sentence(i.mention.sentence)
                .filter(|x| x.mention.label == Label::Level && !x.mention.attrs.root)
                .collect();
            for norm in here.iter().flat_map(|x| &x.mention.attrs.norm).filter(|n| n.contains('-')) {
                if !segments.contains(&norm.as_str()) {
                    segments.push(norm);
                }
            }
            if segments.len() > max {
                return (Verdict::Contradicted, here.into_iter().map(Proof::of).collect());
            }
        }
    }
    if !stated.is_empty() {
        return (Verdict::Met, stated.into_iter().take(4).map(Proof::of).collect());
    }
    let verdict = if all.is_empty() { Verdict::Missing } else { Verdict::Partial };
    (verdict, all.into_iter().take(3).map(Proof::of).collect())
}

/// Whether the side is stated beside a level or the procedure.
pub(super) fn side(words: &Words<'_>) -> Judged {
    let s = words.segments();
    let mut elsewhere: Vec<Proof> = Vec::new();
    let mut stated: Vec<Proof> = Vec::new();
    for (n, sentence) in s.sentences.iter().enumerate() {
        let sides = sentence.tokens.clone().filter_map(|k| side_at(words, k).map(|end| k..end));
        let sides: Vec<_> = sides.collect();
        if sides.is_empty() {
            continue;
        }
        let beside =
            words.note.view.sentence(n as u32).any(|i| {
                i.mention.label == Label::Level || i.mention.label == Label::Care && intervention(i)
            });
        let condition = words.note.view.sentence(n as u32).any(|i| i.mention.label == Label::Condition);
        let list = match (beside && decides(words.section(n)), beside || condition) {
            (true, _) => &mut stated,
            (_, true) => &mut elsewhere,
            _ => continue,
        };
        let words = |tokens| Proof::Words { span: s.span(tokens), assertion: Assertion::default() };
        list.extend(sides.into_iter().take(1).map(words));
    }
    stated.truncate(3);
    elsewhere.truncate(3);
    match (stated.is_empty(), elsewhere.is_empty()) {
        (false, _) => (Verdict::Met, stated),
        (true, false) => (Verdict::Partial, elsewhere),
        (true, true) => (Verdict::Missing, Vec::new()),
    }
}

/// The end of the words for a side that begin at a token.
fn side_at(words: &Words<'_>, k: usize) -> Option<usize> {
    let s = words.segments();
    match s.word(k) {
        b"left" | b"right" | b"bilateral" | b"bilaterally" | b"bilat" | b"lt" | b"rt" | b"midline"
        | b"unilateral" => Some(k + 1),
        b"left-sided" | b"right-sided" => Some(k + 1),
        b"b" if s.tokens.get(k + 1).is_some_and(|t| t.is_mark(b'/')) && s.word(k + 2) == b"l" => Some(k + 3),
        _ => None,
    }
}
