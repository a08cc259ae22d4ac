//! Code guidance: what the documentation supports, why M53.86 does or does not stand, each statement with its source.

mod alternative;
mod billed;
mod condition;
mod injury;
mod pain;
mod region;

use super::family::{self, Family};
use super::policy::Policy;
use super::rules::Rules;
use super::year::{CodeYear, Dated};
use crate::assertion::Status;
use crate::fact::{Fact, FactKind, Facts, Item, Resolved, View};
use crate::lexicon::{Codes, M5386};
use crate::mention::Label;
use crate::note::Note;
use crate::report::v1::{Coding, Reason};

/// Rival conditions: the note says why their codes do not apply where it excludes at least two of these groups.
const RIVALS: &[&str] = &[
    "facet",
    "disc-herniation",
    "disc-bulge",
    "disc-degeneration",
    "stenosis",
    "listhesis",
    "lysis",
    "instability",
    "radiculopathy",
    "spondylosis",
    "kissing-spine",
    "spondyloarthritis",
    "fracture",
    "transitional",
    "sacroiliitis",
    "ankylosis",
    "foraminal-stenosis",
];

/// What the guidance is written from.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    /// The note, for its metadata.
    pub note: &'a Note,
    /// Its mentions.
    pub view: &'a View<'a>,
    /// What the resolvers found.
    pub resolved: &'a Resolved,
    /// All facts.
    pub facts: &'a Facts,
    /// The code family.
    pub family: &'a Family,
    /// The code rules.
    pub rules: &'a Rules,
    /// The house policy.
    pub policy: &'a Policy,
    /// The code set.
    pub year: CodeYear,
}

/// The family and the fact that rests on it.
pub fn specific(rules: &Rules, policy: &Policy, view: &View<'_>, resolved: &Resolved) -> (Family, Fact) {
    let facts = Facts::new(resolved.facts.clone());
    let mut family = family::choose(rules, view, resolved, &facts);
    let mut flags = Vec::new();
    let named = !resolved.named.is_empty();
    let mut value = match family::m53_86(view, &family).filter(|_| named) {
        Some(M5386::Yes) => "none-exists",
        Some(M5386::YesNotIndexed) => {
            flags.push("not-indexed");
            "none-exists"
        }
        Some(M5386::MoreSpecific) => "exists",
        Some(M5386::Nonspecific) | None => "none-named",
    };
    if named && accept(rules, policy, view, &facts, &mut family) {
        (value, flags) = ("none-exists", Vec::new());
    }
    let (excluded, mentions) = rivals(view);
    if excluded >= 2 {
        flags.push("rationale");
    }
    let mut evidence: Vec<usize> = family.mention.into_iter().collect();
    evidence.extend(mentions);
    (family, Fact { kind: FactKind::SpecificCode, value, flags, mentions: evidence })
}

/// Puts the code of the house policy in the place of the official one; true where M53.8- is accepted.
fn accept(rules: &Rules, policy: &Policy, view: &View<'_>, facts: &Facts, family: &mut Family) -> bool {
    let concept = family.mention.and_then(|m| view.items[m].concept);
    let Some(accepted) = concept.and_then(|c| policy.about(&c.id, &family.code)) else { return false };
    let own = accepted.accepted.starts_with("M53.8");
    let region = if facts.has(FactKind::Region, "sacral") { "sacral" } else { facts.value(FactKind::Region) };
    let by_region = rules.region.iter().find(|r| own && r.region == region).map(|r| r.code.clone());
    let code = by_region.unwrap_or_else(|| accepted.accepted.clone());
    if code != family.code {
        family.official = Some(std::mem::replace(&mut family.code, code));
    }
    own
}

/// How many rival groups the note excludes, and where.
fn rivals(view: &View<'_>) -> (usize, Vec<usize>) {
    let mut groups: Vec<&str> = Vec::new();
    let mut mentions = Vec::new();
    for i in view.lumbar(Label::Condition).filter(|i| i.status == Status::Absent) {
        let group = i.group();
        if RIVALS.contains(&group) && !groups.contains(&group) {
            groups.push(group);
            mentions.push(i.index);
        }
    }
    (groups.len(), mentions)
}

/// Writes the guidance of the report.
pub fn guidance(case: &Case<'_>) -> Coding {
    let (facts, family) = (case.facts, case.family);
    let billed = billed::codes(case.note);
    if facts.value(FactKind::Lumbar) != "yes" {
        return Coding {
            suggested: None,
            m53_86: "not-applicable".into(),
            reasons: billed::forms(&billed),
            alternatives: Vec::new(),
            excludes: billed::conflicts(case.rules, &billed).into_iter().map(|c| c.reason).collect(),
        };
    }
    let mut reasons = match case.main() {
        Some(i) => condition::about(case, i),
        None => vec![reason(
            "The note names no lumbar condition that a code can rest on.",
            "ICD-10-CM Official Guidelines FY2025, I.B.18, I.A.9.a (verified)",
        )],
    };
    reasons.extend(condition::apart(case));
    reasons.extend(condition::uncertain(case));
    reasons.extend(pain::about(case));
    reasons.extend(region::about(case));
    reasons.extend(injury::about(case));
    reasons.extend(dated(case));
    reasons.extend(billed::forms(&billed));
    reasons.extend(billed::documented(case, &billed));

    let mut excludes = injury::excludes(case);
    excludes.extend(condition::excludes(case));
    let mut barred = !excludes.is_empty();
    for conflict in billed::conflicts(case.rules, &billed) {
        barred |= conflict.codes.iter().any(|c| c == "M53.86");
        excludes.push(conflict.reason);
    }
    let supported = family.code == "M53.86" && !barred;
    Coding {
        suggested: (family.code != "none").then(|| family.code.clone()),
        m53_86: if supported { "supported" } else { "not-supported" }.into(),
        reasons,
        alternatives: alternative::all(case),
        excludes,
    }
}

impl<'a> Case<'a> {
    /// The leading condition.
    fn main(&self) -> Option<&'a Item<'a>> {
        self.family.mention.map(|m| &self.view.items[m])
    }

    /// The code of another condition in the note's region.
    fn code(&self, codes: &'a Codes) -> Option<&'a str> {
        if let Some(sacral) = codes.sacral.as_deref().filter(|_| self.facts.has(FactKind::Region, "sacral")) {
            return Some(sacral);
        }
        let low =
            self.facts.value(FactKind::Region) == "lumbosacral" && !self.facts.has(FactKind::Region, "mixed");
        let (first, second) =
            if low { (&codes.lumbosacral, &codes.lumbar) } else { (&codes.lumbar, &codes.lumbosacral) };
        let code = first.as_ref().or(second.as_ref())?;
        Some(code.trim_end_matches('_'))
    }
}

/// The code set is that of the day of the visit.
fn dated(case: &Case<'_>) -> Option<Reason> {
    let date = case.note.meta.date.as_deref()?;
    let CodeYear { name, from, to } = case.year;
    let text = match case.year.dated(date) {
        Dated::Within => return None,
        Dated::Outside(day) => format!(
            "The note is dated {day}; the codes here are those of {name}, in force from {from} to {to}. Check them in the code set of that day."
        ),
        Dated::Unreadable => format!(
            "The date that came with the note is not of the form 2026-10-01, so that it was not checked against {name}, in force from {from} to {to}."
        ),
    };
    Some(reason(text, format!("ICD-10-CM {name}: in force from {from} (verified)")))
}

fn reason(text: impl Into<String>, source: impl Into<String>) -> Reason {
    Reason { text: text.into(), source: source.into() }
}

fn mark(verified: bool) -> &'static str {
    if verified { "verified" } else { "not verified" }
}
