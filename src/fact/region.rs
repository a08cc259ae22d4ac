//! The region of the pathology: levels decide, then the word lumbar or lumbosacral.
//!
//! Traps: a root names no region; L5-S1 is lumbosacral (M53.87) by coding convention; T12-L1 is thoracolumbar (M53.85);
//! levels of a negated or settled finding say nothing.

use super::kind::{Fact, FactKind};
use super::view::{Area, Item, View};
use crate::assertion::Status;
use crate::lexicon::Site;
use crate::mention::Label;
use crate::pattern::level::{Region, region};
use crate::segment::{SectionKind, TokenKind};

/// Resolves the region; `lumbar` is the topic.
pub(super) fn resolve(view: &View<'_>, lumbar: bool) -> Fact {
    let fact = |value, flags, mentions| Fact { kind: FactKind::Region, value, flags, mentions };
    if !lumbar {
        return fact("other", Vec::new(), Vec::new());
    }
    let pathology = |i: &Item<'_>| {
        let here = matches!(i.status, Status::Present | Status::Possible);
        match i.mention.label {
            // an old fracture of the history is not the present problem
            Label::Condition => here && i.is_named() && i.section != SectionKind::PastMedicalHistory,
            Label::Surgery => matches!(i.status, Status::Present | Status::Hypothetical | Status::Historical),
            Label::Care => here && i.mention.attrs.care.as_deref() == Some("injection"),
            _ => false,
        }
    };
    let levels: Vec<(&Item<'_>, Region)> = view
        .items
        .iter()
        .filter(|i| i.mention.label == Label::Level && i.area == Area::Lumbar && !i.mention.attrs.root)
        .filter(|i| i.section != SectionKind::Exam && !called_normal(view, i))
        .filter(|i| nearest_is(view, i, pathology))
        .flat_map(|i| i.mention.attrs.norm.iter().filter_map(|n| region(n)).map(move |r| (i, r)))
        .collect();
    let has = |r: Region| levels.iter().any(|(_, x)| *x == r);
    let mut mentions: Vec<usize> = levels.iter().map(|(i, _)| i.index).collect();
    mentions.dedup();
    let mut flags = Vec::new();
    if view.lumbar(Label::Condition).any(|i| i.group() == "transitional" && i.status == Status::Present) {
        flags.push("transitional");
    }
    if !levels.is_empty() {
        flags.push("level");
        if levels.iter().all(|(_, r)| *r == Region::Sacral) {
            flags.push("sacral");
        }
        let low = has(Region::Lumbosacral) || has(Region::Sacral);
        if low && has(Region::Lumbar) {
            flags.push("mixed");
        }
        let value = if low {
            "lumbosacral"
        } else if has(Region::Thoracolumbar) {
            "thoracolumbar"
        } else {
            "lumbar"
        };
        return fact(value, flags, mentions);
    }
    by_words(view, flags)
}

/// Whether the nearest condition, operation or injection of the level's sentence is one that `pathology` accepts; a
/// level alone in its sentence (`L4-5:`) takes its next sentence's word for it.
fn nearest_is(view: &View<'_>, level: &Item<'_>, pathology: impl Fn(&Item<'_>) -> bool) -> bool {
    let at = level.mention.span.start;
    let telling = |i: &&Item<'_>| matches!(i.mention.label, Label::Condition | Label::Surgery | Label::Care);
    let mut near: Vec<&Item<'_>> = view.sentence(level.mention.sentence).filter(telling).collect();
    if near.is_empty() {
        near = view.sentence(level.mention.sentence + 1).filter(telling).collect();
    }
    near.iter().any(|i| pathology(i) && i.mention.span.start.abs_diff(at) < 400)
}

/// `L5-S1 normal`, `normal L1-S1`: the level of a finding that is none.
fn called_normal(view: &View<'_>, level: &Item<'_>) -> bool {
    let s = &view.reading.segments;
    let sentence = &s.sentences[level.mention.sentence as usize].tokens;
    let first = s.token_at(level.mention.span.start);
    let end = s.tokens.partition_point(|t| t.span.start < level.mention.span.end);
    let normal = |k: usize| {
        matches!(
            s.word(k),
            b"normal"
                | b"nl"
                | b"unremarkable"
                | b"preserved"
                | b"patent"
                | b"intact"
                | b"maintained"
                | b"clear"
                | b"negative"
                | b"neg"
        )
    };
    let open = |k: &usize| !matches!(s.tokens[*k].kind, TokenKind::Mark(b',' | b'.' | b';' | b'('));
    let after = (end..sentence.end).take_while(open).take(3).any(normal);
    after || (sentence.start..first).rev().take_while(open).take(2).any(normal)
}

fn by_words(view: &View<'_>, mut flags: Vec<&'static str>) -> Fact {
    let mut lumbosacral = None;
    let mut lumbar = None;
    let mut back = None;
    let mut sacral = false;
    for i in view.items.iter().filter(|i| i.area == Area::Lumbar && i.status != Status::Family) {
        let words = view.words(i).to_ascii_lowercase();
        let site = i.concept.and_then(|c| c.site);
        let present =
            i.mention.label != Label::Condition || matches!(i.status, Status::Present | Status::Possible);
        // a structure that spans the junction is lumbosacral by itself: the iliolumbar ligament, the sacroiliac joint
        let spans = i.is_named() && i.status == Status::Present && site == Some(Site::Lumbosacral);
        if spans
            || words.contains("lumbosacral")
            || words.contains("lss")
            || words.contains("l-s ")
            || words.contains("l/s")
            || words.contains("ls-spine")
        {
            lumbosacral = lumbosacral.or(Some(i.index));
        } else if present
            && (words.contains("lumbar")
                || words.contains("low back")
                || words.contains("lower back")
                || words.contains("lbp")
                || site == Some(Site::Lumbar))
        {
            lumbar = lumbar.or(Some(i.index));
        } else if present && i.mention.label == Label::Condition {
            sacral |= i.status == Status::Present && site == Some(Site::Sacral);
            back = back.or(Some(i.index));
        }
    }
    let (value, mention) = match (lumbosacral, lumbar, back) {
        (Some(i), _, _) => ("lumbosacral", Some(i)),
        (None, Some(i), _) => ("lumbar", Some(i)),
        (None, None, i) => {
            let said = has_word(view, b"lumbar");
            if sacral && !said {
                flags.push("sacral");
            }
            (if said { "lumbar" } else { "unstated" }, i)
        }
    };
    Fact { kind: FactKind::Region, value, flags, mentions: mention.into_iter().collect() }
}

fn has_word(view: &View<'_>, word: &[u8]) -> bool {
    let s = &view.reading.segments;
    (0..s.tokens.len()).any(|k| s.word(k) == word)
}
