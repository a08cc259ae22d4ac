//! Conservative care before the procedure, and what earlier procedures brought.

use super::judge::Judged;
use super::measure;
use super::words::{Proof, Words};
use crate::assertion::Status;
use crate::fact::Item;
use crate::mention::{Label, Outcome};
use crate::report::v1::Verdict;
use crate::segment::SectionKind;

/// Sentences before a relief in which the procedure that brought it may stand.
const BACK: u32 = 2;

/// Concepts that name no procedure: "the injection" is the one that was named before it.
const UNNAMED: &[&str] = &[
    "injection-bare",
    "injection-phrase",
    "interventional-procedure",
    "shot-bare",
    "spinal-injection",
    "steroid-injection",
];

/// Whether conservative care was tried long enough and, where that is asked, in vain. A measure that is contraindicated
/// need not have been tried; it is part of what is asked for, since the others still may have been.
pub(super) fn judge(words: &Words<'_>, failed: bool, min_days: Option<u32>, types: &[String]) -> Judged {
    let (care, tried) = measures(words, types);
    if tried.is_empty() {
        let excused: Vec<Proof> =
            care.iter().filter(|i| i.mention.attrs.contraindicated).map(|i| Proof::of(i)).collect();
        if !excused.is_empty() {
            return (Verdict::Partial, excused);
        }
        let declined: Vec<Proof> =
            care.iter().filter(|i| i.status == Status::Absent).take(3).map(|i| Proof::of(i)).collect();
        return (Verdict::Missing, declined);
    }
    let in_vain =
        |i: &&&Item<'_>| matches!(i.mention.attrs.outcome, Some(Outcome::Failed | Outcome::Partial));
    let long = |i: &Item<'_>| {
        min_days.is_none_or(|min| measure::care_days(words, i).is_some_and(|d| d >= min as f32))
    };
    let without_relief = !failed || tried.iter().any(|i| in_vain(&i));
    let long_enough = min_days.is_none() || tried.iter().any(|i| long(i));
    let mut proof = tried.clone();
    proof.sort_by_key(|i| (!in_vain(&i), !long(i), i.index));
    let proof = proof.into_iter().take(4).map(Proof::of).collect();
    (if without_relief && long_enough { Verdict::Met } else { Verdict::Partial }, proof)
}

/// Whether nothing was tried and a measure of the types is contraindicated.
pub(super) fn is_excused(words: &Words<'_>, types: &[String]) -> bool {
    let (care, tried) = measures(words, types);
    tried.is_empty() && care.iter().any(|i| i.mention.attrs.contraindicated)
}

/// The measures of the types that the note speaks of, and those of them that were tried.
fn measures<'a>(words: &Words<'a>, types: &[String]) -> (Vec<&'a Item<'a>>, Vec<&'a Item<'a>>) {
    let wanted = |i: &&Item<'_>| {
        let kind = i.mention.attrs.care.as_deref().unwrap_or("");
        // an injection is the step that conservative care comes before
        i.section != SectionKind::Allergies
            && if types.is_empty() { kind != "injection" } else { types.iter().any(|t| t == kind) }
    };
    let care: Vec<&Item<'_>> = words.note.view.lumbar(Label::Care).filter(wanted).collect();
    let tried = care
        .iter()
        .copied()
        .filter(|i| matches!(i.status, Status::Present | Status::Historical))
        .filter(|i| !ordered(i))
        .collect();
    (care, tried)
}

/// "Start physical therapy" is read as planned; what stands in a plan with an outcome was tried.
fn ordered(i: &Item<'_>) -> bool {
    i.section == SectionKind::Instructions
}

/// What is asked of earlier procedures.
pub(super) struct Asked {
    pub(super) percent: f32,
    pub(super) days: Option<f32>,
    pub(super) times: usize,
    pub(super) repeat: bool,
}

/// Whether earlier procedures brought the relief that is asked.
pub(super) fn relief(words: &Words<'_>, concepts: &[String], asked: &Asked) -> Judged {
    let own = |i: &Item<'_>| i.concept.is_some_and(|c| concepts.contains(&c.id));
    let earlier: Vec<&Item<'_>> = words
        .items(Label::Care)
        .chain(words.items(Label::Surgery))
        .filter(|i| own(i))
        .filter(|i| {
            i.status == Status::Historical
                || i.status == Status::Present
                    && matches!(
                        i.section,
                        SectionKind::Hpi
                            | SectionKind::ChiefComplaint
                            | SectionKind::PriorTreatment
                            | SectionKind::PastMedicalHistory
                            | SectionKind::SurgicalHistory
                            | SectionKind::Course
                            | SectionKind::Other
                    )
        })
        .collect();
    let told: Vec<measure::Relief> =
        measure::relief(words).into_iter().filter(|r| brought(words, r, &own)).collect();
    let named: Vec<Proof> = earlier.iter().take(3).map(|i| Proof::of(i)).collect();
    if told.is_empty() {
        return match (earlier.is_empty(), asked.repeat) {
            (true, true) => (Verdict::NotApplicable, Vec::new()),
            (true, false) => (Verdict::Missing, Vec::new()),
            (false, true) => (Verdict::Missing, named),
            (false, false) => (Verdict::Partial, named),
        };
    }
    let proof: Vec<Proof> = told.iter().map(|r| words.proof(&r.hit, Default::default())).collect();
    let percents = || told.iter().flat_map(|r| r.percent.iter().map(move |p| (*p, r.days)));
    let enough = percents().filter(|(p, _)| *p >= asked.percent).count();
    let lasting = |d: Option<f32>| asked.days.is_none_or(|min| d.is_some_and(|d| d >= min));
    let full = percents().filter(|(p, d)| *p >= asked.percent && lasting(*d)).count();
    let verdict = if full >= asked.times {
        Verdict::Met
    } else if enough == 0 || percents().count() >= asked.times && enough < asked.times {
        Verdict::Contradicted
    } else if enough >= asked.times && percents().all(|(p, d)| p < asked.percent || d.is_some()) {
        // the relief was enough and did not last
        Verdict::Contradicted
    } else {
        Verdict::Partial
    };
    (verdict, proof)
}

/// Whether a relief is that of one of the procedures: the injection nearest before it, or after it in its sentence.
fn brought(words: &Words<'_>, r: &measure::Relief, own: &impl Fn(&Item<'_>) -> bool) -> bool {
    let at = words.segments().span(r.hit.tokens.clone()).start;
    let sentence = r.hit.sentence as u32;
    let near = |i: &&&Item<'_>| i.mention.sentence <= sentence && i.mention.sentence + BACK >= sentence;
    let intervention = |i: &&&Item<'_>| {
        let named = i.mention.label == Label::Surgery || i.mention.attrs.care.as_deref() == Some("injection");
        own(i) || named && !i.concept.is_some_and(|c| UNNAMED.contains(&c.id.as_str()))
    };
    let all: Vec<&Item<'_>> = words.items(Label::Care).chain(words.items(Label::Surgery)).collect();
    let before = all.iter().filter(near).filter(intervention).filter(|i| i.mention.span.start < at);
    let nearest = before.max_by_key(|i| i.mention.span.start).or_else(|| {
        let same = all.iter().filter(|i| i.mention.sentence == sentence);
        same.filter(intervention).min_by_key(|i| i.mention.span.start)
    });
    nearest.is_some_and(|i| own(i))
}
