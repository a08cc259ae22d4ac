//! The best-supported code family: the leading condition, its region, and what it combines with.
//!
//! Uncertain diagnoses carry no code (Guidelines IV.H); L5-S1 alone takes the lumbosacral code, L4-5 with it the lumbar
//! one, since most lumbar codes have no multiple-site form.

use super::rules::{Rules, With};
use crate::assertion::Status;
use crate::fact::{FactKind, Facts, Item, Resolved, View};
use crate::lexicon::{Codes, Kind, M5386};
use crate::mention::Label;

/// The choice and what it rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Family {
    /// The code, or `none`.
    pub code: String,
    /// Index of the mention of the leading condition.
    pub mention: Option<usize>,
    /// The combination's source, where one was used.
    pub combined: Option<String>,
    /// The official code, where a house policy put another in its place.
    pub official: Option<String>,
}

/// Chooses the family.
pub(super) fn choose(rules: &Rules, view: &View<'_>, resolved: &Resolved, facts: &Facts) -> Family {
    let none = Family { code: "none".into(), mention: None, combined: None, official: None };
    if facts.value(FactKind::Lumbar) != "yes" {
        return none;
    }
    let Some(main) = leading(rules, view, resolved, facts) else { return none };
    // M53.8- has no code for several sites: the region of the pathology decides, not that of most levels
    let own = matches!(main.concept.and_then(|c| c.m53_86), Some(M5386::Yes | M5386::YesNotIndexed));
    let region = match own {
        _ if facts.has(FactKind::Region, "sacral") => "sacral",
        true => facts.value(FactKind::Region),
        false => main_region(view, main, facts),
    };
    let group = main.group();
    let radiculopathy = facts.value(FactKind::Radiculopathy) == "present";
    let has = |groups: &[&str]| {
        view.lumbar(Label::Condition).any(|i| i.status == Status::Present && groups.contains(&i.group()))
    };
    let back = has(&["low-back-pain", "back-pain"]);
    let leg = has(&["leg-pain", "radiation", "sciatica", "sciatica-lumbago"]) || radiculopathy;
    let holds = |with: With| match with {
        With::Radiculopathy => {
            radiculopathy
                && has(&[
                    "radiculopathy",
                    "sciatica",
                    "disc-radiculopathy",
                    "spondylosis-radiculopathy",
                    "sciatica-lumbago",
                ])
        }
        With::Sciatica => has(&["sciatica"]),
        With::Claudication => has(&["claudication", "stenosis-claudication"]),
        With::BackAndLegPain => back && leg,
        With::BackPain => back && !leg,
        With::LegPain => leg && !back,
        With::Osteoporosis => has(&["osteoporosis"]),
    };
    let combination = rules.combination.iter().find(|c| c.groups.iter().any(|g| g == group) && holds(c.with));
    if let Some(c) = combination {
        let code = if matches!(region, "lumbosacral" | "sacral") { &c.lumbosacral } else { &c.lumbar };
        return Family {
            code: code.clone(),
            mention: Some(main.index),
            combined: Some(c.source.clone()),
            official: None,
        };
    }
    let code = main.concept.and_then(|c| by_region(&c.codes, region)).unwrap_or_else(|| "none".into());
    Family { code, mention: Some(main.index), combined: None, official: None }
}

/// The condition that the visit is about: the first named one of the best rank, assessed before mentioned; without a
/// named one the leading symptom or unspecific term.
fn leading<'a, 'v>(
    rules: &Rules,
    view: &'a View<'v>,
    resolved: &Resolved,
    facts: &Facts,
) -> Option<&'a Item<'v>> {
    let coded = |i: &&Item<'_>| i.concept.is_some_and(|c| c.codes != Codes::default());
    let assessed = resolved.named.iter().any(|n| n.assessed);
    let named = resolved
        .named
        .iter()
        .filter(|n| n.assessed == assessed)
        .map(|n| &view.items[n.mention])
        .filter(coded)
        .min_by_key(|i| (rules.rank(i.group()), i.kind() != Some(Kind::Disease), i.index));
    if named.is_some() {
        return named;
    }
    let current = facts.value(FactKind::Injury) == "current";
    view.lumbar(Label::Condition)
        .filter(|i| i.status == Status::Present && !i.is_named())
        .filter(coded)
        .min_by_key(|i| {
            let strain = matches!(i.group(), "strain" | "sprain") && (current || i.section.is_assessment());
            (!strain, !i.section.is_assessment(), rules.rank(i.group()), i.index)
        })
}

/// The region of the leading condition: that of the levels in its sentence where there are any, else the note's.
fn main_region(view: &View<'_>, main: &Item<'_>, facts: &Facts) -> &'static str {
    let mut lumbar = false;
    let mut low = false;
    let same = |i: &&Item<'_>| {
        i.mention.label == Label::Condition && i.group() == main.group() && i.status == Status::Present
    };
    for i in view.lumbar(Label::Condition).filter(same) {
        for l in view
            .sentence(i.mention.sentence)
            .filter(|l| l.mention.label == Label::Level && !l.mention.attrs.root)
        {
            for r in l.mention.attrs.norm.iter().filter_map(|n| crate::pattern::level::region(n)) {
                use crate::pattern::level::Region;
                lumbar |= r == Region::Lumbar;
                low |= matches!(r, Region::Lumbosacral | Region::Sacral);
            }
        }
    }
    match (lumbar, low) {
        (true, _) => "lumbar",
        (false, true) => "lumbosacral",
        _ if facts.value(FactKind::Region) == "lumbosacral" && facts.has(FactKind::Region, "mixed") => {
            "lumbar"
        }
        _ => facts.value(FactKind::Region),
    }
}

fn by_region(codes: &Codes, region: &str) -> Option<String> {
    let first = match region {
        "lumbar" => &codes.lumbar,
        "sacral" if codes.sacral.is_some() => &codes.sacral,
        "lumbosacral" | "sacral" => &codes.lumbosacral,
        "thoracolumbar" => &codes.thoracolumbar,
        _ => &codes.unstated,
    };
    let code = first
        .as_ref()
        .or(codes.lumbar.as_ref())
        .or(codes.lumbosacral.as_ref())
        .or(codes.sacral.as_ref())
        .or(codes.unstated.as_ref())?;
    Some(code.trim_end_matches('_').to_owned())
}

/// Whether the leading condition may stand under M53.8-.
pub(super) fn m53_86(view: &View<'_>, family: &Family) -> Option<M5386> {
    view.items[family.mention?].concept?.m53_86
}
