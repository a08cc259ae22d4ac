//! Holds a checklist against facts: a ruling for each element, the score and the outcome of the note.

use super::{Checklist, Element};
use crate::fact::Facts;
use crate::query::Template;
use crate::report::v1::{NoteOutcome, Verdict};

/// What the checklist says about one element of one note.
#[derive(Clone, Copy, Debug)]
pub struct Ruling<'a> {
    /// The element.
    pub element: &'a Element,
    /// The verdict.
    pub verdict: Verdict,
    /// Points that the element can give in this note: 0 where it does not apply.
    pub weight: u32,
    /// Points that it gives, to two decimals.
    pub credit: f32,
    /// What is missing; also present on a met element that could say more.
    pub gap: Option<&'a str>,
    /// What to ask the provider.
    pub query: Option<&'a Template>,
}

impl Checklist {
    /// One ruling an element, in the order of the checklist.
    pub fn verdicts(&self, facts: &Facts) -> Vec<Ruling<'_>> {
        let applies = self.applies.holds(facts);
        self.elements
            .iter()
            .map(|element| if applies { rule_on(element, facts) } else { not_applicable(element) })
            .collect()
    }

    /// The outcome of a note, from its facts and the rulings on them; the module documentation has the rule.
    pub fn outcome(&self, facts: &Facts, rulings: &[Ruling<'_>]) -> NoteOutcome {
        let settled = |r: &Ruling<'_>| matches!(r.verdict, Verdict::Met | Verdict::NotApplicable);
        if !self.applies.holds(facts) {
            NoteOutcome::NotApplicable
        } else if self.elsewhere.holds(facts) {
            NoteOutcome::OtherCode
        } else if rulings.iter().all(settled) {
            NoteOutcome::Supported
        } else {
            NoteOutcome::Gaps
        }
    }
}

/// 0 to 100: the points given, in percent of the points that the elements which apply can give; 0 where none applies.
pub fn score(rulings: &[Ruling<'_>]) -> u8 {
    let weight: u32 = rulings.iter().map(|r| r.weight).sum();
    if weight == 0 {
        return 0;
    }
    let credit: f64 = rulings.iter().map(|r| f64::from(r.credit)).sum();
    // Credits lie between 0 and the weight, so the quotient is in range.
    (100.0 * credit / f64::from(weight)).round().clamp(0.0, 100.0) as u8
}

fn rule_on<'a>(element: &'a Element, facts: &Facts) -> Ruling<'a> {
    let decides = |when: &Option<super::Requirement>| when.as_ref().is_none_or(|w| w.holds(facts));
    // Loading made sure that the last rule catches all.
    let Some(rule) = element.rules.iter().find(|r| decides(&r.when)) else {
        return not_applicable(element);
    };
    if rule.verdict == Verdict::NotApplicable {
        return not_applicable(element);
    }
    Ruling {
        element,
        verdict: rule.verdict,
        weight: element.weight,
        credit: ((rule.credit * f64::from(element.weight) * 100.0).round() / 100.0) as f32,
        gap: rule.gap.as_deref(),
        query: element.query_for(rule),
    }
}

fn not_applicable(element: &Element) -> Ruling<'_> {
    Ruling { element, verdict: Verdict::NotApplicable, weight: 0, credit: 0.0, gap: None, query: None }
}
