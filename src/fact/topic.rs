//! Whether the note is about a current problem of the lumbar or lumbosacral spine.
//!
//! What is assessed or complained of decides. A back that is only told of in the history of a hip, a slip that a CT of
//! the abdomen happens to show, a lumbar puncture: none of these makes the note lumbar.

use super::kind::{Fact, FactKind};
use super::view::{Area, Item, View};
use crate::assertion::Status;
use crate::lexicon::{Context, Kind, Site};
use crate::mention::Label;
use crate::segment::SectionKind;

/// How much of the note speaks of an area, by where it stands.
#[derive(Default)]
struct Weight {
    assessed: u32,
    chief: u32,
    body: u32,
}

/// A report or narrative without assessment speaks of the spine where at least one in so many tokens starts a mention.
const DENSITY: usize = 150;

/// Decides the topic.
pub(super) fn resolve(view: &View<'_>) -> Fact {
    let (mut lumbar, mut other) = (Weight::default(), Weight::default());
    let mut mentions = Vec::new();
    let mut operated = false;
    let mut studied = false;
    for i in &view.items {
        let own = view.own_area(i) == Some(Area::Lumbar);
        match i.mention.label {
            Label::Condition if telling(i) => {}
            Label::Surgery if i.status == Status::Present => {
                operated |= i.area == Area::Lumbar;
                continue;
            }
            Label::Care
                if i.status == Status::Present && i.mention.attrs.care.as_deref() == Some("injection") =>
            {
                // a sympathetic block or a trigger point is no sign of a spine problem by itself
                let spinal = i.concept.is_some_and(|c| c.context == Context::Any);
                operated |= spinal && (own || i.area == Area::Lumbar && i.section == SectionKind::Procedure);
                continue;
            }
            Label::Imaging if i.status == Status::Present => {
                studied |= own;
                continue;
            }
            _ => continue,
        }
        let both = view.words(i).to_ascii_lowercase();
        let both = both.contains("neck") && both.contains("back");
        let lumbar_too = i.area == Area::Lumbar || both;
        if lumbar_too {
            mentions.push(i.index);
            add(&mut lumbar, i.section);
        }
        if i.area != Area::Lumbar && i.area != Area::Unknown || both {
            add(&mut other, i.section);
        }
    }
    let assessment =
        view.reading.segments.sections.iter().any(|s| s.kind.is_assessment() && s.tokens.end >= s.body + 2);
    let dense = (lumbar.body as usize) * DENSITY >= view.reading.segments.tokens.len();
    let leads = lumbar.body * 2 >= other.body;
    let yes = if lumbar.assessed > 0 {
        lumbar.assessed * 3 >= other.assessed
    } else if lumbar.chief > 0 {
        other.assessed == 0
    } else if other.assessed > 0 {
        false
    } else if assessment {
        // a normal study of the lumbar spine for back pain is about the back all the same
        let study = studied && !visit(view) && lumbar.body > 0;
        (operated || study) && other.body == 0 && !mentions.is_empty()
    } else {
        operated && (leads || other.body == 0) || leads && lumbar.body > 0 && (dense || studied)
    };
    // "No disc herniation. No compression of the sac.": a report may be all denials, and name no study
    let short = view.reading.segments.tokens.len() < 80 && !visit(view);
    let report = view.is_study_report() && (studied || short) && other.body == 0;
    let value = if yes || report { "yes" } else { "no" };
    Fact { kind: FactKind::Lumbar, value, flags: Vec::new(), mentions }
}

/// Groups that a disease of something else brings along: by themselves they say nothing of the topic.
const SYSTEMIC: &[&str] = &[
    "osteoporosis",
    "paralysis",
    "tumor",
    "edema",
    "neurologic",
    "surgical-risk",
    "infection",
    "congenital",
    "chronic-pain",
    "posture",
    "gait",
];

/// Whether the note tells of a visit, not of a study alone.
fn visit(view: &View<'_>) -> bool {
    use SectionKind::{Exam, Medications, Plan, Ros};
    view.reading.segments.sections.iter().any(|s| matches!(s.kind, Exam | Medications | Plan | Ros))
}

/// A condition that tells of a spine problem now: numbness or leg pain alone does not.
fn telling(i: &Item<'_>) -> bool {
    let here = matches!(i.status, Status::Present | Status::Possible) && !SYSTEMIC.contains(&i.group());
    let site = i.concept.and_then(|c| c.site);
    here && match i.kind() {
        Some(Kind::Disease | Kind::Finding) => true,
        Some(Kind::Unspecific) => true,
        Some(Kind::Symptom) => matches!(
            site,
            Some(Site::Lumbar | Site::Lumbosacral | Site::Cervical | Site::Thoracic | Site::Spine)
        ),
        _ => false,
    }
}

fn add(w: &mut Weight, section: SectionKind) {
    use SectionKind::*;
    match section {
        Assessment | AssessmentPlan | Diagnosis => w.assessed += 1,
        ChiefComplaint | Indication => w.chief += 1,
        FamilyHistory | Ros | SocialHistory | Consent | Instructions | PastMedicalHistory
        | SurgicalHistory | Allergies => {}
        _ => w.body += 1,
    }
}
