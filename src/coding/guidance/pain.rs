//! Chronic pain: when a code of G89.2- stands beside that of the site or the diagnosis, in which order, and when not.

use super::{Case, reason};
use crate::assertion::Status;
use crate::fact::{FactKind, Item};
use crate::mention::{Acuity, Label};
use crate::report::v1::Reason;
use crate::span::Span;

/// Groups of conditions that are pain and name no cause of it. A chronic pain syndrome has a code of its own.
const PAIN: &[&str] = &["low-back-pain", "back-pain", "leg-pain"];

/// Where the provider calls the pain chronic. A length alone says nothing: the guideline sets no time from which pain is
/// chronic.
pub(super) fn about(case: &Case<'_>) -> Vec<Reason> {
    let Some(pain) = chronic(case) else { return Vec::new() };
    let code = case.family.code.as_str();
    let words = pain.of(case.view.text).split_whitespace().collect::<Vec<_>>().join(" ");
    let mut out = Vec::new();
    if case.facts.value(FactKind::NamedCondition) == "named" {
        out.push(reason(
            format!("Chronic pain is documented (\"{words}\") with a definitive diagnosis: G89.2- is not added to {code}, unless the visit is for the management of the pain and not for the diagnosis; then G89.2- comes first and the diagnosis second."),
            "ICD-10-CM Official Guidelines FY2025, I.C.6.b (verified); the order: I.C.6.b.1.a, from general knowledge (not verified)",
        ));
    } else {
        out.push(reason(
            format!("Chronic pain is documented (\"{words}\") without a definitive diagnosis: G89.29 may be added to {code}, since it says that the pain is chronic, which the code of the site does not."),
            "ICD-10-CM Official Guidelines FY2025, I.C.6.b (verified); tabular FY2026, G89: Excludes2 localized pain (verified for that year; FY2027 not read)",
        ));
        out.push(reason(
            format!("Order: {code} first and G89.29 second; G89.29 first only where the visit is for the management of the pain. A definitive diagnosis, once made, takes the place of both unless pain management is the reason for the visit."),
            "ICD-10-CM Official Guidelines FY2025, I.C.6.b (verified); the order: I.C.6.b.1.b, from general knowledge (not verified)",
        ));
    }
    out.push(reason(
        "G89.21 stands for chronic pain that is documented as due to trauma, G89.28 for that after a procedure; G89.4 only for a documented chronic pain syndrome.",
        "ICD-10-CM tabular FY2026: titles of G89.2- and Excludes1 at G89.2 (verified for that year; FY2027 not read)",
    ));
    out
}

/// The words that call a pain chronic.
fn chronic(case: &Case<'_>) -> Option<Span> {
    let says = |i: &Item<'_>| case.view.words(i).to_ascii_lowercase().contains("chronic");
    let described = |pain: Span, sentence: u32| {
        let mut words = case.view.sentence(sentence).filter(|c| {
            c.mention.label == Label::Chronicity && c.mention.attrs.acuity == Some(Acuity::Chronic) && says(c)
        });
        let near = |c: Span| c.end <= pain.start && pain.start - c.end <= NEAR;
        words.find(|c| near(c.mention.span)).map(|c| c.mention.span.cover(pain))
    };
    case.view
        .lumbar(Label::Condition)
        .filter(|i| i.status == Status::Present && PAIN.contains(&i.group()))
        .find_map(
            |i| if says(i) { Some(i.mention.span) } else { described(i.mention.span, i.mention.sentence) },
        )
}

/// Bytes between "chronic" and the pain that it describes: "chronic, constant low back pain".
const NEAR: u32 = 24;
