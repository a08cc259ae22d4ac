//! Whether the note is about a current problem of the lumbar or lumbosacral spine.

use super::kind::{Fact, FactKind};
use super::view::{Area, View};
use crate::assertion::Status;
use crate::lexicon::Kind;
use crate::mention::Label;
use crate::segment::SectionKind;

/// The weight of what a mention says of the topic, by where it stands.
fn weight(section: SectionKind) -> u32 {
    match section {
        SectionKind::Assessment
        | SectionKind::AssessmentPlan
        | SectionKind::Diagnosis
        | SectionKind::Indication => 6,
        SectionKind::ChiefComplaint => 5,
        SectionKind::Hpi
        | SectionKind::Imaging
        | SectionKind::Procedure
        | SectionKind::Other
        | SectionKind::Plan => 2,
        SectionKind::FamilyHistory
        | SectionKind::Ros
        | SectionKind::SocialHistory
        | SectionKind::Consent
        | SectionKind::Instructions => 0,
        _ => 1,
    }
}

/// Decides the topic by weight: what is assessed or complained of counts most; a neck or chest problem that outweighs
/// a passing low back does not make the note lumbar.
pub(super) fn resolve(view: &View<'_>) -> Fact {
    let (mut lumbar, mut other) = (0, 0);
    let mut mentions = Vec::new();
    for i in &view.items {
        let own = match i.mention.label {
            Label::Condition => {
                matches!(i.status, Status::Present | Status::Possible)
                    && (i.is_named() || matches!(i.kind(), Some(Kind::Symptom | Kind::Unspecific)))
            }
            Label::Surgery | Label::Imaging => matches!(i.status, Status::Present | Status::Hypothetical),
            Label::Level => !i.mention.attrs.root,
            _ => false,
        };
        if !own {
            continue;
        }
        let telling = match i.kind() {
            // numbness or leg pain alone is no spine problem
            Some(Kind::Symptom)
                if i.concept.and_then(|c| c.site).is_none_or(|s| {
                    !matches!(
                        s,
                        crate::lexicon::Site::Lumbar
                            | crate::lexicon::Site::Lumbosacral
                            | crate::lexicon::Site::Cervical
                            | crate::lexicon::Site::Thoracic
                    )
                }) =>
            {
                0
            }
            _ => weight(i.section),
        };
        match i.area {
            Area::Lumbar => {
                lumbar += telling;
                if telling > 0 && i.mention.label == Label::Condition {
                    mentions.push(i.index);
                }
            }
            Area::Cervical | Area::Thoracic => other += telling,
            Area::Unknown => {}
        }
    }
    let yes = lumbar >= 2 && lumbar * 3 >= other && !mentions.is_empty() || lumbar >= 4 && lumbar >= other;
    let value = if yes { "yes" } else { "no" };
    Fact { kind: FactKind::Lumbar, value, flags: Vec::new(), mentions }
}
