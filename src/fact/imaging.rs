//! Whether a lumbar study with findings stands in the note.
//!
//! Traps: a study that is ordered or pending has no finding; "outside MRI not available"; a graded knee; "no acute
//! osseous abnormality" is a normal result.

use super::kind::{Fact, FactKind};
use super::view::{Area, Item, View};
use crate::assertion::Status;
use crate::lexicon::Kind;
use crate::mention::Label;
use crate::segment::SectionKind;

/// Sentences after a study in which its findings are told.
const TOLD: u32 = 5;

/// Resolves the imaging fact.
pub(super) fn resolve(view: &View<'_>, lumbar: bool) -> Fact {
    let fact = |value, flags, mentions| Fact { kind: FactKind::Imaging, value, flags, mentions };
    if !lumbar {
        return fact("absent", Vec::new(), Vec::new());
    }
    let studies: Vec<&Item<'_>> = view.lumbar(Label::Imaging).filter(|i| !of_a_joint(view, i)).collect();
    let done: Vec<&Item<'_>> = studies
        .iter()
        .copied()
        .filter(|i| matches!(i.status, Status::Present | Status::Historical))
        .collect();
    let finding = |i: &&Item<'_>| {
        i.mention.label == Label::Condition
            && i.area == Area::Lumbar
            && matches!(i.kind(), Some(Kind::Disease | Kind::Finding))
    };
    let positive = |i: &&Item<'_>| finding(i) && matches!(i.status, Status::Present | Status::Possible);
    let negative = |i: &&Item<'_>| finding(i) && i.status == Status::Absent;
    let told = |i: &Item<'_>| {
        i.section == SectionKind::Imaging
            || done.iter().any(|d| {
                d.mention.sentence <= i.mention.sentence
                    && i.mention.sentence <= d.mention.sentence + TOLD
                    && d.mention.section == i.mention.section
            })
            || view
                .sentence(i.mention.sentence)
                .any(|x| x.mention.label == Label::Imaging && x.status == Status::Present)
    };
    let report = view.is_study_report();
    // a spasm that a study's report states is its finding
    let spasm = |i: &Item<'_>| {
        report && i.area == Area::Lumbar && i.status == Status::Present && i.kind() == Some(Kind::Unspecific)
    };
    let mut found: Vec<usize> = view
        .items
        .iter()
        .filter(|i| positive(i) || spasm(i))
        .filter(|i| report || told(i))
        .map(|i| i.index)
        .collect();
    if !found.is_empty()
        && (report || !done.is_empty() || view.items.iter().any(|i| i.section == SectionKind::Imaging))
    {
        let with = |label: Label| {
            found
                .iter()
                .any(|&f| view.sentence(view.items[f].mention.sentence).any(|i| i.mention.label == label))
        };
        let mut flags = Vec::new();
        if with(Label::Grade) {
            flags.push("grade");
        }
        if with(Label::Level) {
            flags.push("level");
        }
        found.truncate(6);
        if let Some(d) = done.first() {
            found.insert(0, d.index);
        }
        return fact("findings", flags, found);
    }
    let normal = view.items.iter().filter(negative).any(|i| report || told(i))
        || done.iter().any(|d| normal_words(view, d));
    let mentions: Vec<usize> = done.iter().map(|i| i.index).collect();
    if normal && (report || !done.is_empty()) {
        return fact("normal", Vec::new(), mentions);
    }
    if !done.is_empty() {
        return fact("study_only", Vec::new(), mentions);
    }
    match studies.iter().find(|i| i.status == Status::Hypothetical) {
        Some(i) => fact("planned", Vec::new(), vec![i.index]),
        None => fact("absent", Vec::new(), Vec::new()),
    }
}

/// "X-ray: KL grade 3 right knee": the sentence of the study names a limb joint and nothing of the spine.
fn of_a_joint(view: &View<'_>, study: &Item<'_>) -> bool {
    let s = &view.reading.segments;
    let spine = view.own_area(study).is_some()
        || view
            .sentence(study.mention.sentence)
            .any(|i| i.mention.label == Label::Level || i.mention.label == Label::Condition && i.is_named());
    let joint = |k: usize| {
        matches!(
            s.word(k),
            b"knee"
                | b"knees"
                | b"hip"
                | b"hips"
                | b"shoulder"
                | b"shoulders"
                | b"ankle"
                | b"wrist"
                | b"elbow"
        )
    };
    !spine && s.sentences[study.mention.sentence as usize].tokens.clone().any(joint)
}

/// "X-rays were unremarkable": the study's own sentence or the next calls it normal.
fn normal_words(view: &View<'_>, study: &Item<'_>) -> bool {
    let s = &view.reading.segments;
    let range = study.mention.sentence as usize..(study.mention.sentence as usize + 2).min(s.sentences.len());
    range
        .flat_map(|n| s.sentences[n].tokens.clone())
        .any(|k| matches!(s.word(k), b"normal" | b"unremarkable" | b"negative"))
}
