//! Holds one requirement against a note: the verdict and what shows it.

use super::want::{As, Want};
use super::words::{Proof, Words};
use super::{care, diagnosis, imaging, measure, place};
use crate::assertion::Status;
use crate::fact::FactKind;
use crate::lexicon::Phrases;
use crate::mention::{Acuity, Label};
use crate::report::v1::Verdict;

/// A verdict and what shows it, most telling first.
pub(super) type Judged = (Verdict, Vec<Proof>);

/// Days up to which a problem that is called acute, without a length, may have lasted (annotation guideline).
const ACUTE: u32 = 42;

/// Days that a problem which is chronic by its onset has lasted at least.
const CHRONIC: u32 = 84;

/// Days that a problem which is called subacute, without a length, has lasted at least.
const SUBACUTE: u32 = 42;

/// Judges.
pub(super) fn judge(want: &Want, words: &Words<'_>) -> Judged {
    match want {
        Want::Duration { min_days } => duration(words, *min_days),
        Want::PainScale { min } => pain(words, *min),
        Want::FunctionScale {} => function(words),
        Want::Care { failed, min_days, types } => care::judge(words, *failed, *min_days, types),
        Want::Condition { groups, suspected, beside } => {
            diagnosis::condition(words, groups, *suspected, *beside)
        }
        Want::NoCondition { groups, denied_by, unless, by_imaging } => {
            diagnosis::no_condition(words, groups, denied_by, unless, *by_imaging)
        }
        Want::Imaging { modalities, groups } => imaging::study(words, modalities, groups),
        Want::Grade { system, values, groups } => imaging::grade(words, system, values, groups),
        Want::Levels { max } => place::levels(words, *max),
        Want::Side {} => place::side(words),
        Want::Phrase { min, status, first_needed, found: Some(phrases), .. } => {
            let (verdict, proof, first) = phrase(words, phrases, *min, *status);
            if *first_needed && !first { (Verdict::Missing, Vec::new()) } else { (verdict, proof) }
        }
        Want::Phrase { found: None, .. } => (Verdict::Unclear, Vec::new()),
        Want::Relief { concepts, min_percent, min_days, times, repeat } => {
            let asked =
                care::Asked { percent: *min_percent, days: *min_days, times: *times, repeat: *repeat };
            care::relief(words, concepts, &asked)
        }
        Want::Any { of } => any(of, words),
    }
}

/// The best of several; contradicted only where nothing better was found.
fn any(of: &[Want], words: &Words<'_>) -> Judged {
    let rank = |v: Verdict| match v {
        Verdict::Met => 0,
        Verdict::Partial => 1,
        Verdict::Contradicted => 2,
        Verdict::Unclear => 3,
        Verdict::Missing => 4,
        Verdict::NotApplicable => 5,
    };
    let judged = of.iter().map(|w| judge(w, words));
    judged.min_by_key(|(v, _)| rank(*v)).unwrap_or((Verdict::Missing, Vec::new()))
}

fn duration(words: &Words<'_>, min: u32) -> Judged {
    let Some(fact) = words.note.facts.get(FactKind::Chronicity) else {
        return (Verdict::Missing, Vec::new());
    };
    let items = &words.note.view.items;
    let days = fact.mentions.iter().filter_map(|&m| items.get(m)?.mention.attrs.days).max();
    let dated = fact.mentions.iter().filter_map(|&m| items.get(m)).any(|i| {
        let digits = words.note.view.words(i).bytes().any(|b| b.is_ascii_digit());
        digits && i.mention.attrs.acuity == Some(Acuity::Chronic)
    });
    let proof: Vec<Proof> = fact.mentions.iter().map(|&m| Proof::Mention(m)).collect();
    let verdict = match (days, fact.value) {
        (Some(days), _) if days >= min => Verdict::Met,
        // "since 2019", in a note whose own date is not known
        (None, "chronic") if min <= CHRONIC && dated => Verdict::Met,
        // "chronic, worse for 2 weeks": the length is that of the flare
        (_, "chronic") => Verdict::Partial,
        (Some(_), _) => Verdict::Contradicted,
        (None, "subacute") if min <= SUBACUTE => Verdict::Met,
        (None, "subacute") => Verdict::Partial,
        (None, "acute") if min > ACUTE => Verdict::Contradicted,
        (None, "acute") => Verdict::Partial,
        _ => Verdict::Missing,
    };
    (verdict, proof)
}

fn pain(words: &Words<'_>, min: Option<f32>) -> Judged {
    let mut scores = measure::pain(words);
    scores.sort_by(|a, b| b.score.total_cmp(&a.score));
    let Some(best) = scores.first() else { return (Verdict::Missing, Vec::new()) };
    let enough = min.is_none_or(|min| best.score >= min);
    let proof = scores.iter().take(2).map(|p| words.proof(&p.hit, Default::default())).collect();
    (if enough { Verdict::Met } else { Verdict::Contradicted }, proof)
}

fn function(words: &Words<'_>) -> Judged {
    let told = || {
        words
            .note
            .view
            .lumbar(Label::Function)
            .filter(|i| matches!(i.status, Status::Present | Status::Historical))
    };
    let scale = |i: &&crate::fact::Item<'_>| {
        i.concept.is_some_and(|c| c.scale) && words.note.view.words(i).bytes().any(|b| b.is_ascii_digit())
    };
    let scored: Vec<Proof> = told().filter(scale).map(Proof::of).collect();
    if !scored.is_empty() {
        return (Verdict::Met, scored);
    }
    let limited: Vec<Proof> = told().take(3).map(Proof::of).collect();
    (if limited.is_empty() { Verdict::Missing } else { Verdict::Partial }, limited)
}

/// Also says whether the first list was found.
fn phrase(words: &Words<'_>, phrases: &Phrases, min: usize, how: As) -> (Verdict, Vec<Proof>, bool) {
    let label = if how == As::Planned { Label::Care } else { Label::Condition };
    let (mut seen, mut proof, mut against) = (Vec::<u32>::new(), Vec::new(), Vec::new());
    for hit in words.find(phrases) {
        let a = words.assertion(&hit.tokens, label);
        // "refer for a psychological evaluation" is no evaluation
        let planned =
            how == As::Present && words.assertion(&hit.tokens, Label::Care).status() == Status::Hypothetical;
        if planned {
            continue;
        }
        let counts = match (how, a.status()) {
            (_, Status::Family) => continue,
            (As::Mentioned, _) => true,
            (As::Denied, status) => status == Status::Absent,
            (As::Planned, status) => status != Status::Absent,
            (As::Present, status) => matches!(status, Status::Present | Status::Historical),
        };
        if counts {
            if hit.owners.iter().any(|o| !seen.contains(o)) {
                proof.push(words.proof(&hit, a));
            }
            seen.extend(hit.owners.iter().filter(|o| !seen.contains(o)).copied().collect::<Vec<_>>());
        } else if how == As::Denied && a.status() == Status::Present
            || how == As::Present && a.status() == Status::Absent
        {
            against.push(words.proof(&hit, a));
        }
    }
    let (verdict, proof) = match (seen.len(), against.is_empty()) {
        (n, true) if n >= min => (Verdict::Met, proof),
        (n, false) if n >= min && how != As::Denied => (Verdict::Met, proof),
        (0, true) => (Verdict::Missing, Vec::new()),
        (0, false) | (_, false) if how == As::Denied => (Verdict::Contradicted, against),
        (0, false) => (Verdict::Contradicted, against),
        _ => (Verdict::Partial, proof),
    };
    (verdict, proof, seen.contains(&0))
}
