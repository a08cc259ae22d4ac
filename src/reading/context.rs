//! Keeps a mention only where its words can mean the spine: generic words need a spine note, or a spine mention near.

use super::Found;
use crate::lexicon::{Context, Lexicon};
use crate::mention::Label;
use crate::pattern::level::Level;
use crate::segment::Segments;

/// Sentences to either side that count as near.
const NEAR: usize = 2;

/// Drops the mentions whose context is not given.
pub(super) fn keep(lexicon: &Lexicon, s: &Segments, found: Vec<Found>, levels: &[Level]) -> Vec<Found> {
    let mut anchors: Vec<usize> =
        found.iter().filter(|f| anchor(lexicon, f)).map(|f| s.sentence_of(f.tokens.start)).collect();
    anchors.extend(levels.iter().filter(|l| l.strong).map(|l| s.sentence_of(l.tokens.start)));
    anchors.sort_unstable();
    anchors.dedup();
    let spine = !anchors.is_empty();
    found
        .into_iter()
        .filter(|f| {
            let Some(concept) = f.concept else { return true };
            match lexicon.concept(concept).context {
                Context::Any => spine || !matches!(f.label, Label::Care | Label::Function | Label::Injury),
                Context::Spine => spine,
                Context::Near => {
                    let at = s.sentence_of(f.tokens.start);
                    let from = anchors.partition_point(|&a| a + NEAR < at);
                    anchors.get(from).is_some_and(|&a| a <= at + NEAR)
                }
            }
        })
        .collect()
}

/// A mention that can mean nothing but the spine: a condition, study, operation or injection that stands for itself.
fn anchor(lexicon: &Lexicon, f: &Found) -> bool {
    let spine = matches!(f.label, Label::Condition | Label::Surgery | Label::Imaging)
        || f.label == Label::Care && f.attrs.care.as_deref() == Some("injection");
    spine && f.concept.is_some_and(|c| lexicon.concept(c).context == Context::Any)
}
