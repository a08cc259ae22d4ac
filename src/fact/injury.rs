//! Whether an injury is stated: current beats past, past beats denied.
//!
//! A current injury makes it an S-code (Excludes1 at M50-M54); an old one is coded as residual first, injury with S
//! second (ICD-10-CM Guidelines I.B.10, I.C.13.b).

use super::kind::{Fact, FactKind};
use super::view::{Item, View};
use crate::assertion::Status;
use crate::mention::Label;

/// Resolves the injury history.
pub(super) fn resolve(view: &View<'_>, lumbar: bool) -> Fact {
    let told: Vec<&Item<'_>> = if lumbar { view.lumbar(Label::Injury).collect() } else { Vec::new() };
    let with = |s: Status| told.iter().copied().filter(|i| i.status == s).collect::<Vec<_>>();
    let (current, past, denied) = (with(Status::Present), with(Status::Historical), with(Status::Absent));
    let contradicted = !denied.is_empty();
    let (value, rest) = if !current.is_empty() {
        ("current", current)
    } else if !past.is_empty() {
        ("past", past)
    } else if !denied.is_empty() {
        ("denied", denied)
    } else {
        ("unstated", Vec::new())
    };
    let mut flags = Vec::new();
    if rest.iter().any(|i| dated(view, i)) {
        flags.push("dated");
    }
    if value == "current" && contradicted {
        flags.push("conflict");
    }
    Fact { kind: FactKind::Injury, value, flags, mentions: rest.iter().map(|i| i.index).collect() }
}

/// The sentence of an injury says when it was.
fn dated(view: &View<'_>, i: &Item<'_>) -> bool {
    let s = &view.reading.segments;
    let year = |k: usize| {
        let w = s.word(k);
        w.len() == 4 && (w.starts_with(b"19") || w.starts_with(b"20")) && w.iter().all(u8::is_ascii_digit)
    };
    s.sentences[i.mention.sentence as usize].tokens.clone().any(year)
        || view.sentence(i.mention.sentence).any(|x| x.mention.label == Label::Chronicity)
        || view.words(i).bytes().any(|b| b.is_ascii_digit())
}
