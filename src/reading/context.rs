//! Keeps a mention only where its words can mean the spine: generic words need a spine note, or a spine mention near.
//!
//! One denied "back pain" in a review of systems does not make a note one about the spine: else every fall, walker and
//! analgesic of a heart failure would be read as spine care.

use super::Found;
use crate::assertion::Status;
use crate::lexicon::{Context, Lexicon};
use crate::mention::Label;
use crate::pattern::level::Level;
use crate::segment::{SectionKind, Segments};

/// Sentences to either side that count as near.
const NEAR: usize = 2;
/// So many passing mentions of the spine make a note one about the spine all the same.
const PASSING: usize = 6;
/// Sentences of the body that tell of the spine.
const TOLD: usize = 2;
/// Tokens of a note in which one of them is enough.
const DENSE: usize = 220;

/// Drops the mentions whose context is not given. `status` asserts a mention that stands for itself.
pub(super) fn keep(
    lexicon: &Lexicon,
    s: &Segments,
    found: Vec<Found>,
    levels: &[Level],
    status: impl Fn(&Found) -> Status,
) -> Vec<Found> {
    // the spine is the topic where it is assessed, complained of, studied or operated on; told of in the body it is
    // where it is told of more than once, or in a short note
    let mut strong = false;
    let mut told: Vec<usize> = Vec::new();
    let mut anchors: Vec<usize> = Vec::new();
    for f in found.iter().filter(|f| anchor(lexicon, f)) {
        let at = f.tokens.start;
        anchors.push(s.sentence_of(at));
        if !is_aside(s, at) && matches!(status(f), Status::Present | Status::Possible | Status::Hypothetical)
        {
            strong |= is_topic(s, at);
            told.push(s.sentence_of(at));
        }
    }
    for l in levels.iter().filter(|l| l.strong) {
        anchors.push(s.sentence_of(l.tokens.start));
        strong |= !is_aside(s, l.tokens.start) && (is_topic(s, l.tokens.start) || levels.len() > 1);
    }
    anchors.sort_unstable();
    told.sort_unstable();
    told.dedup();
    let spine = strong
        || told.len() >= TOLD
        || !told.is_empty() && told.len() * DENSE >= s.tokens.len()
        || anchors.len() >= PASSING;
    anchors.dedup();
    let near = |f: &Found| {
        let at = s.sentence_of(f.tokens.start);
        let from = anchors.partition_point(|&a| a + NEAR < at);
        anchors.get(from).is_some_and(|&a| a <= at + NEAR)
    };
    found
        .into_iter()
        .filter(|f| {
            let Some(concept) = f.concept else { return true };
            if f.label == Label::Care
                && s.sections[s.section_of(f.tokens.start)].kind == SectionKind::Allergies
            {
                return false; // an allergy is no care (annotation guideline)
            }
            match lexicon.concept(concept).context {
                Context::Any => {
                    spine || !matches!(f.label, Label::Care | Label::Function | Label::Injury) || near(f)
                }
                Context::Spine => spine || near(f),
                Context::Near => near(f),
            }
        })
        .collect()
}

/// Sections whose mention of the spine makes it the topic.
fn is_topic(s: &Segments, token: usize) -> bool {
    use SectionKind::*;
    matches!(
        s.sections[s.section_of(token)].kind,
        Assessment | AssessmentPlan | Diagnosis | ChiefComplaint | Indication | Imaging | Procedure
    )
}

/// Sections that mention the spine in passing: systems asked, histories, lists.
fn is_aside(s: &Segments, token: usize) -> bool {
    use SectionKind::*;
    matches!(
        s.sections[s.section_of(token)].kind,
        Ros | Exam
            | PastMedicalHistory
            | SurgicalHistory
            | FamilyHistory
            | SocialHistory
            | Medications
            | Allergies
            | Labs
            | Consent
            | Instructions
    )
}

/// A mention that can mean nothing but the spine: a condition, study, operation or injection that stands for itself.
fn anchor(lexicon: &Lexicon, f: &Found) -> bool {
    let spine = matches!(f.label, Label::Condition | Label::Surgery | Label::Imaging)
        || f.label == Label::Care && f.attrs.care.as_deref() == Some("injection");
    spine && f.concept.is_some_and(|c| lexicon.concept(c).context == Context::Any)
}
