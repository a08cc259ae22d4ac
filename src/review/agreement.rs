//! How far reviewers go along with chartgap, and with each other.

use super::{Decision, Judgement, Sample};
use crate::eval::kappa;
use schemars::JsonSchema;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// How far reviewers agree.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Agreement {
    /// Notes of the sample.
    pub notes: usize,
    /// The reviewers, with the number of notes that each has decided on in full.
    pub reviewers: BTreeMap<String, usize>,
    /// Element by element, in the order of the checklist.
    pub elements: Vec<ElementAgreement>,
    /// Over all elements, for every two reviewers: `kappa` is the mean of the elements that have one.
    pub pairs: Vec<Pair>,
}

/// One element.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ElementAgreement {
    /// Its id.
    pub element: String,
    /// Decisions about it, of all reviewers.
    pub decisions: usize,
    /// Share of them that agree with chartgap; `null` where there are none.
    pub agreed: Option<f64>,
    /// The same with each decision weighted by the notes of the audit that its note stands for.
    pub agreed_weighted: Option<f64>,
    /// The reviewers two by two.
    pub pairs: Vec<Pair>,
}

/// Two reviewers, on what both have decided.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Pair {
    /// Their names, in alphabetical order.
    pub reviewers: [String; 2],
    /// Verdicts that both have decided on.
    pub both: usize,
    /// Share in which they come to the same verdict; `null` where there are none.
    pub agreed: Option<f64>,
    /// Cohen's kappa of the verdicts that they come to; `null` where one verdict alone occurs.
    pub kappa: Option<f64>,
}

/// Sums up the decisions that count.
pub fn agreement(sample: &Sample, decisions: &[Decision]) -> Agreement {
    let order: Vec<&str> = sample
        .notes
        .first()
        .map(|n| n.report.elements.iter().map(|e| e.id.as_str()).collect())
        .unwrap_or_default();
    let names: BTreeSet<&str> = decisions.iter().map(|d| d.given.reviewer.as_str()).collect();
    let names: Vec<&str> = names.into_iter().collect();
    let two: Vec<[&str; 2]> = names
        .iter()
        .enumerate()
        .flat_map(|(at, first)| names[at + 1..].iter().map(move |second| [*first, *second]))
        .collect();
    let elements: Vec<ElementAgreement> = order
        .iter()
        .map(|element| {
            let here: Vec<&Decision> = decisions.iter().filter(|d| d.given.element == *element).collect();
            ElementAgreement {
                element: (*element).to_owned(),
                decisions: here.len(),
                agreed: weighted(here.iter().map(|d| (1.0, agrees(d)))),
                agreed_weighted: weighted(
                    here.iter().filter_map(|d| Some((sample.get(d.given.note)?.weight, agrees(d)))),
                ),
                pairs: two.iter().map(|names| pair(*names, &here)).collect(),
            }
        })
        .collect();
    let pairs = two
        .iter()
        .enumerate()
        .map(|(at, names)| {
            let each: Vec<&Pair> = elements.iter().filter_map(|e| e.pairs.get(at)).collect();
            let both: usize = each.iter().map(|p| p.both).sum();
            let same: f64 = each.iter().filter_map(|p| Some(p.agreed? * p.both as f64)).sum();
            let kappas: Vec<f64> = each.iter().filter_map(|p| p.kappa).collect();
            Pair {
                reviewers: names.map(str::to_owned),
                both,
                agreed: (both > 0).then(|| same / both as f64),
                kappa: (!kappas.is_empty()).then(|| kappas.iter().sum::<f64>() / kappas.len() as f64),
            }
        })
        .collect();
    let reviewers =
        names.iter().map(|name| ((*name).to_owned(), complete(sample, decisions, name))).collect();
    Agreement { notes: sample.notes.len(), reviewers, elements, pairs }
}

/// The verdict that a reviewer comes to. One that is called wrong and not corrected is its own value: two reviewers who
/// leave it at that agree.
pub(super) fn settled(decision: &Decision) -> String {
    let verdict = crate::render::words::verdict;
    match (decision.given.decision, decision.given.corrected) {
        (Judgement::Agree, _) => verdict(decision.verdict).to_owned(),
        (Judgement::Disagree, Some(corrected)) => verdict(corrected).to_owned(),
        (Judgement::Disagree, None) => format!("not {}", verdict(decision.verdict)),
    }
}

fn agrees(decision: &Decision) -> bool {
    decision.given.decision == Judgement::Agree
}

fn weighted(decisions: impl Iterator<Item = (f64, bool)>) -> Option<f64> {
    let (all, yes) = decisions.fold((0.0, 0.0), |(all, yes), (weight, agrees)| {
        (all + weight, if agrees { yes + weight } else { yes })
    });
    (all > 0.0).then(|| yes / all)
}

fn pair([first, second]: [&str; 2], here: &[&Decision]) -> Pair {
    let of = |name: &str| -> BTreeMap<u64, String> {
        here.iter().filter(|d| d.given.reviewer == name).map(|d| (d.given.note, settled(d))).collect()
    };
    let others = of(second);
    let both: Vec<(String, String)> =
        of(first).into_iter().filter_map(|(note, a)| Some((a, others.get(&note)?.clone()))).collect();
    let same = both.iter().filter(|(a, b)| a == b).count();
    Pair {
        reviewers: [first.to_owned(), second.to_owned()],
        both: both.len(),
        agreed: (!both.is_empty()).then(|| same as f64 / both.len() as f64),
        kappa: kappa(&both),
    }
}

fn complete(sample: &Sample, decisions: &[Decision], name: &str) -> usize {
    let mut each: BTreeMap<u64, usize> = BTreeMap::new();
    for decision in decisions.iter().filter(|d| d.given.reviewer == name) {
        *each.entry(decision.given.note).or_default() += 1;
    }
    each.iter().filter(|(note, n)| sample.get(**note).is_some_and(|s| **n >= s.report.elements.len())).count()
}
