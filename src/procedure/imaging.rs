//! Studies of the lumbar spine and graded findings.

use super::judge::Judged;
use super::words::{Proof, Words};
use crate::assertion::Status;
use crate::fact::{FactKind, Item};
use crate::mention::Label;
use crate::report::v1::Verdict;
use crate::segment::SectionKind;

/// Sentences after a study in which its findings are told.
const TOLD: u32 = 5;

/// Whether a study was done and its findings are told, those of the groups where some are given.
pub(super) fn study(words: &Words<'_>, modalities: &[String], groups: &[String]) -> Judged {
    let view = words.note.view;
    let fits = |i: &&Item<'_>| {
        let own = i.mention.attrs.modality.as_deref().unwrap_or("");
        modalities.is_empty() || modalities.iter().any(|m| m == own)
    };
    let studies: Vec<&Item<'_>> = view.lumbar(Label::Imaging).filter(fits).collect();
    let done: Vec<&Item<'_>> = studies
        .iter()
        .copied()
        .filter(|i| matches!(i.status, Status::Present | Status::Historical))
        .collect();
    let report = modalities.is_empty() && view.is_study_report();
    if done.is_empty() && !report {
        let planned = studies.iter().filter(|i| i.status == Status::Hypothetical);
        return (Verdict::Missing, planned.take(1).map(|i| Proof::of(i)).collect());
    }
    let told = |i: &&Item<'_>| {
        report
            || i.section == SectionKind::Imaging
            || done.iter().any(|d| {
                d.mention.section == i.mention.section
                    && (d.mention.sentence..=d.mention.sentence + TOLD).contains(&i.mention.sentence)
            })
    };
    let mut proof: Vec<Proof> = done.iter().take(2).map(|i| Proof::of(i)).collect();
    if groups.is_empty() {
        let fact = words.note.facts.value(FactKind::Imaging);
        let findings = words.items(Label::Condition).filter(|i| i.is_named()).filter(told);
        proof.extend(findings.take(2).map(Proof::of));
        let said = matches!(fact, "findings" | "normal");
        return (if said { Verdict::Met } else { Verdict::Partial }, proof);
    }
    let concordant: Vec<Proof> = words
        .items(Label::Condition)
        .filter(|i| groups.iter().any(|g| g == i.group()))
        .filter(|i| matches!(i.status, Status::Present | Status::Possible))
        .filter(told)
        .take(3)
        .map(Proof::of)
        .collect();
    let met = !concordant.is_empty();
    proof.extend(concordant);
    (if met { Verdict::Met } else { Verdict::Partial }, proof)
}

/// Whether a finding has one of the grades.
pub(super) fn grade(words: &Words<'_>, system: &str, values: &[String], groups: &[String]) -> Judged {
    let graded: Vec<&Item<'_>> = words
        .items(Label::Grade)
        .filter(|i| i.mention.attrs.system.as_deref() == Some(system))
        .filter(|i| {
            let denied = |c: &Item<'_>| groups.iter().any(|g| g == c.group()) && c.status == Status::Absent;
            !words.note.view.sentence(i.mention.sentence).any(denied)
        })
        .collect();
    let fits = |i: &&&Item<'_>| {
        let value = i.mention.attrs.value.as_deref().unwrap_or("");
        values.iter().any(|v| v == value)
    };
    let proof = |list: &mut dyn Iterator<Item = &&Item<'_>>| list.take(3).map(|i| Proof::of(i)).collect();
    if graded.iter().any(|i| fits(&i)) {
        return (Verdict::Met, proof(&mut graded.iter().filter(fits)));
    }
    if !graded.is_empty() {
        return (Verdict::Contradicted, proof(&mut graded.iter()));
    }
    let with = |s: Status| {
        let items = words.items(Label::Condition).filter(|i| groups.iter().any(|g| g == i.group()));
        items.filter(|i| i.status == s).take(3).map(Proof::of).collect::<Vec<_>>()
    };
    let (bare, denied) = (with(Status::Present), with(Status::Absent));
    match (bare.is_empty(), denied.is_empty()) {
        (false, _) => (Verdict::Partial, bare),
        (true, false) => (Verdict::Contradicted, denied),
        (true, true) => (Verdict::Missing, Vec::new()),
    }
}
