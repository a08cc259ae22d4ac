//! Radiculopathy, sciatica, or pain that radiates into the leg.

use super::kind::{Fact, FactKind};
use super::view::{Item, View};
use crate::assertion::Status;
use crate::mention::Label;
use crate::segment::SectionKind;

/// Groups whose presence is a radiculopathy (annotation guideline: pain below the knee, sciatica, radiculitis).
const ROOT: &[&str] = &[
    "radiculopathy",
    "sciatica",
    "sciatica-lumbago",
    "spondylosis-radiculopathy",
    "disc-radiculopathy",
    "radiation",
];
/// Groups whose denial denies it.
const DENIED: &[&str] = &["radiculopathy", "sciatica", "sciatica-lumbago", "radiation", "leg-pain"];

/// Resolves radiculopathy. Denial of numbness alone says nothing.
pub(super) fn resolve(view: &View<'_>, lumbar: bool) -> Fact {
    let told: Vec<&Item<'_>> = if lumbar { view.lumbar(Label::Condition).collect() } else { Vec::new() };
    let present: Vec<usize> = told
        .iter()
        .filter(|i| i.status == Status::Present && ROOT.contains(&i.group()))
        .filter(|i| !matches!(i.section, SectionKind::Consent | SectionKind::PastMedicalHistory))
        .map(|i| i.index)
        .collect();
    let absent: Vec<usize> = told
        .iter()
        .filter(|i| i.status == Status::Absent && DENIED.contains(&i.group()))
        .map(|i| i.index)
        .collect();
    let (value, mentions) = if !present.is_empty() {
        ("present", present)
    } else if !absent.is_empty() {
        ("absent", absent)
    } else {
        ("unstated", Vec::new())
    };
    Fact { kind: FactKind::Radiculopathy, value, flags: Vec::new(), mentions }
}
