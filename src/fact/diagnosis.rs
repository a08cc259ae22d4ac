//! The named lumbar conditions of a note, and whether its assessment is more than low back pain. The assessment wins over
//! the history: a condition that it excludes is not named, however often copied text repeats it.
//!
//! An uncertain diagnosis is not codable in an outpatient note (ICD-10-CM Guidelines IV.H); an imaging finding counts as
//! a diagnosis where the assessment, the impression or the reporting clinician takes it up (I.B.14).

use super::kind::{Fact, FactKind};
use super::view::{Item, View};
use crate::assertion::Status;
use crate::lexicon::Kind;
use crate::mention::Label;
use crate::segment::SectionKind;

/// A named condition that is present.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// Index of the mention.
    pub mention: usize,
    /// Stated in an assessment, a diagnosis or an impression.
    pub assessed: bool,
}

/// The named conditions, the assessed ones first, each once; and the facts that rest on them.
pub(super) fn resolve(view: &View<'_>) -> (Vec<Named>, Fact, Fact) {
    let report = view.is_study_report();
    let sections = view.reading.segments.sections.iter().any(|s| s.kind.is_assessment());
    let taken_up = |i: &Item<'_>| {
        i.section.is_assessment()
            || report
            || !sections
                && matches!(i.section, SectionKind::Imaging | SectionKind::Other | SectionKind::Indication)
    };
    let mut named: Vec<Named> = Vec::new();
    let mut seen: Vec<String> = Vec::new();
    let candidates = || view.lumbar(Label::Condition).filter(|i| i.is_named() && !compression(i));
    let present = || candidates().filter(|i| i.status == Status::Present);
    let assessed = present().filter(|i| taken_up(i)).map(|i| (i, true));
    let elsewhere = present()
        .filter(|i| !taken_up(i) && !matches!(i.section, SectionKind::Ros | SectionKind::Consent))
        .filter(|i| i.kind() == Some(Kind::Disease))
        .filter(|i| !excluded(view, i))
        .map(|i| (i, false));
    for (i, assessed) in assessed.chain(elsewhere) {
        let key = view.words(i).to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ");
        if !seen.contains(&key) {
            seen.push(key);
            named.push(Named { mention: i.index, assessed });
        }
    }

    let with = |s: Status| {
        candidates().find(|i| i.status == s && taken_up(i)).or_else(|| candidates().find(|i| i.status == s))
    };
    let symptom = view
        .lumbar(Label::Condition)
        .find(|i| i.status == Status::Present && matches!(i.kind(), Some(Kind::Symptom | Kind::Unspecific)));
    let (value, mentions): (_, Vec<usize>) = if !named.is_empty() {
        ("named", named.iter().map(|n| n.mention).collect())
    } else if let Some(i) = with(Status::Possible) {
        ("uncertain", vec![i.index])
    } else if let Some(i) = symptom {
        ("nonspecific", vec![i.index])
    } else if let Some(i) = with(Status::Absent) {
        ("negated", vec![i.index])
    } else {
        ("absent", Vec::new())
    };
    let mut flags = if named.iter().any(|n| n.assessed) { vec!["assessed"] } else { Vec::new() };
    if named.iter().any(|n| !n.assessed && denied_elsewhere(view, &view.items[n.mention])) {
        flags.push("conflict");
    }
    let specificity = match value {
        "named" => "specific",
        "uncertain" | "nonspecific" => "nonspecific",
        _ => "none",
    };
    let condition = Fact { kind: FactKind::NamedCondition, value, flags, mentions: mentions.clone() };
    let specificity = Fact { kind: FactKind::Specificity, value: specificity, flags: Vec::new(), mentions };
    (named, condition, specificity)
}

/// Whether an assessment excludes the condition that stands elsewhere in the note.
fn excluded(view: &View<'_>, i: &Item<'_>) -> bool {
    view.lumbar(Label::Condition).any(|x| {
        x.section.is_assessment() && x.status == Status::Absent && x.mention.concept == i.mention.concept
    })
}

/// Whether the note denies the disease in another place. Levels and studies tell of one place each: stenosis at L4-5 and
/// none at L3-4 is no contradiction.
fn denied_elsewhere(view: &View<'_>, i: &Item<'_>) -> bool {
    let plain = |x: &Item<'_>| {
        x.section != SectionKind::Imaging
            && !view
                .sentence(x.mention.sentence)
                .any(|l| matches!(l.mention.label, Label::Level | Label::Imaging))
    };
    plain(i)
        && view
            .lumbar(Label::Condition)
            .any(|x| x.status == Status::Absent && x.mention.concept == i.mention.concept && plain(x))
}

/// Compression or abutment of sac, canal or root is seen, not diagnosed (annotation guideline).
fn compression(i: &Item<'_>) -> bool {
    i.group() == "neural-compression"
}
