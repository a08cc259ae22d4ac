//! Code guidance: what the documentation supports, why M53.86 does or does not stand, each statement with its source.

use super::family::{self, Family};
use super::rules::Rules;
use crate::assertion::Status;
use crate::fact::{Fact, FactKind, Facts, Item, Resolved, View};
use crate::lexicon::{Codes, M5386};
use crate::mention::Label;
use crate::report::v1::{Alternative, Coding, Reason};

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

const EXCLUDES1: &str = "ICD-10-CM tabular FY2027, section M50-M54: Excludes1 current injury (verified)";

/// The family and the fact that rests on it.
pub fn specific(rules: &Rules, view: &View<'_>, resolved: &Resolved) -> (Family, Fact) {
    let facts = Facts::new(resolved.facts.clone());
    let family = family::choose(rules, view, resolved, &facts);
    let mut flags = Vec::new();
    let named = !resolved.named.is_empty();
    let value = match family::m53_86(view, &family).filter(|_| named) {
        Some(M5386::Yes) => "none-exists",
        Some(M5386::YesNotIndexed) => {
            flags.push("not-indexed");
            "none-exists"
        }
        Some(M5386::MoreSpecific) => "exists",
        Some(M5386::Nonspecific) | None => "none-named",
    };
    let (excluded, mentions) = rivals(view);
    if excluded >= 2 {
        flags.push("rationale");
    }
    let mut evidence: Vec<usize> = family.mention.into_iter().collect();
    evidence.extend(mentions);
    (family, Fact { kind: FactKind::SpecificCode, value, flags, mentions: evidence })
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
pub fn guidance(view: &View<'_>, resolved: &Resolved, facts: &Facts, family: &Family) -> Coding {
    if facts.value(FactKind::Lumbar) != "yes" {
        return Coding {
            suggested: None,
            m53_86: "not-applicable".into(),
            reasons: Vec::new(),
            alternatives: Vec::new(),
            excludes: Vec::new(),
        };
    }
    let main = family.mention.map(|m| &view.items[m]);
    let mut reasons = Vec::new();
    if let Some(i) = main {
        reasons.extend(about_condition(view, i, family, facts));
    } else {
        reasons.push(Reason {
            text: "The note names no lumbar condition that a code can rest on.".into(),
            source: "ICD-10-CM Guidelines I.B.18, I.A.9.a (verified)".into(),
        });
    }
    reasons.extend(about_region(facts));
    let mut excludes = Vec::new();
    if facts.value(FactKind::Injury) == "current" {
        excludes.push(Reason {
            text: "A current injury is coded in chapter 19 (S-codes); M53.86 is excluded with it.".into(),
            source: EXCLUDES1.into(),
        });
    }
    let supported = family.code == "M53.86" && excludes.is_empty();
    Coding {
        suggested: (family.code != "none").then(|| family.code.clone()),
        m53_86: if supported { "supported" } else { "not-supported" }.into(),
        reasons,
        alternatives: alternatives(view, resolved, family),
        excludes,
    }
}

fn about_condition(view: &View<'_>, i: &Item<'_>, family: &Family, facts: &Facts) -> Vec<Reason> {
    let Some(c) = i.concept else { return Vec::new() };
    let mark = if c.verified { "verified" } else { "not verified" };
    let words = view.words(i).split_whitespace().collect::<Vec<_>>().join(" ");
    let code = &family.code;
    let text = match c.m53_86 {
        Some(M5386::Yes) => format!("\"{words}\" is classified to M53.8- by the official index."),
        Some(M5386::YesNotIndexed) => format!(
            "\"{words}\" has no entry in the official index; M53.8- fits where the note says what the condition is not."
        ),
        Some(M5386::MoreSpecific) => {
            format!("\"{words}\" has a more specific code ({code}), so that M53.86 does not stand for it.")
        }
        _ => format!("\"{words}\" is a symptom or an unspecific term; it supports {code} and no M53.86."),
    };
    let mut out = vec![Reason { text, source: format!("{} ({mark})", c.source) }];
    if let Some(caveat) = &c.caveat {
        out.push(Reason { text: caveat.clone(), source: format!("{} ({mark})", c.source) });
    }
    if let Some(source) = &family.combined {
        out.push(Reason {
            text: format!(
                "With the radiculopathy, claudication or pain that the note states, it takes {code}."
            ),
            source: format!("{source} (verified)"),
        });
    }
    if facts.value(FactKind::NamedCondition) == "uncertain" {
        out.push(Reason {
            text: "An uncertain diagnosis is not coded in an outpatient note; the symptom is.".into(),
            source: "ICD-10-CM Guidelines IV.H (verified)".into(),
        });
    }
    out
}

fn about_region(facts: &Facts) -> Option<Reason> {
    let convention = "coding convention on the titles of M53.8-; not an official guideline (not verified)";
    let (text, source) = match facts.value(FactKind::Region) {
        "lumbosacral" if facts.has(FactKind::Region, "mixed") => (
            "Levels in the lumbar and the lumbosacral region are both documented; conventions differ (M53.87, or both codes): review.",
            convention,
        ),
        "lumbosacral" => (
            "The levels reach the sacrum: the lumbosacral code M53.87 is the one of this family.",
            convention,
        ),
        "thoracolumbar" => (
            "T12-L1 is the thoracolumbar region: M53.85 is the code of this family.",
            "ICD-10-CM tabular FY2027, title of M53.85 (verified)",
        ),
        "unstated" => (
            "No region is documented: M53.80 is the code of this family.",
            "ICD-10-CM Index FY2027: Dorsopathy, specified NEC (verified)",
        ),
        _ => return None,
    };
    Some(Reason { text: text.into(), source: source.into() })
}

/// The codes of the other named conditions.
fn alternatives(view: &View<'_>, resolved: &Resolved, family: &Family) -> Vec<Alternative> {
    let mut out: Vec<Alternative> = Vec::new();
    for n in &resolved.named {
        let i = &view.items[n.mention];
        let Some(c) = i.concept.filter(|c| c.codes != Codes::default()) else { continue };
        let Some(code) = c.codes.lumbar.as_ref().or(c.codes.lumbosacral.as_ref()) else { continue };
        if *code != family.code && !out.iter().any(|a| a.code == *code) && out.len() < 5 {
            out.push(Alternative {
                code: code.clone(),
                when: format!("the condition treated is {}, in the lumbar region", c.name),
            });
        }
    }
    out
}
