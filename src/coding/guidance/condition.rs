//! The leading condition: how the index classifies it, what is widely said against that, and what a house policy accepts.

use super::{Case, mark, reason};
use crate::coding::{confusion, index, notes};
use crate::fact::{FactKind, Item};
use crate::lexicon::M5386;
use crate::report::v1::Reason;

/// Index entries that one report shows.
const ENTRIES: usize = 3;

pub(super) fn about(case: &Case<'_>, i: &Item<'_>) -> Vec<Reason> {
    let Some(c) = i.concept else { return Vec::new() };
    let words = case.view.words(i).split_whitespace().collect::<Vec<_>>().join(" ");
    let code = case.family.official.as_ref().unwrap_or(&case.family.code);
    let source = format!("{} ({})", c.source, mark(c.verified));
    let text = match c.m53_86 {
        Some(M5386::Yes) => format!("\"{words}\" is classified to M53.8- by the official index."),
        Some(M5386::YesNotIndexed) => format!(
            "\"{words}\" has no entry in the official index; M53.8- fits where the note says what the condition is not."
        ),
        Some(M5386::MoreSpecific) if code == "none" => {
            format!(
                "\"{words}\" is classified elsewhere, so that M53.86 does not stand for it; which code fits, the note does not say."
            )
        }
        Some(M5386::MoreSpecific) => {
            format!("\"{words}\" has a more specific code ({code}), so that M53.86 does not stand for it.")
        }
        _ => format!("\"{words}\" is a symptom or an unspecific term; it supports {code} and no M53.86."),
    };
    let mut out = vec![reason(text, source.clone())];
    for entry in index::of_concept(&c.id).take(ENTRIES) {
        out.push(reason(
            format!("Index path: {}", entry.line()),
            format!("{} ({})", entry.citation(), entry.mark()),
        ));
    }
    if let Some(caveat) = &c.caveat {
        out.push(reason(caveat.clone(), source));
    }
    for x in confusion::of_concept(&c.id) {
        out.push(reason(
            format!(
                "Often said, not official: {}. Official: {}. The official code set decides.",
                x.said, x.official
            ),
            format!("{} ({})", x.source, mark(x.verified)),
        ));
    }
    if let Some(source) = &case.family.combined {
        out.push(reason(
            format!("With the radiculopathy, claudication or pain that the note states, it takes {code}."),
            format!("{source} (verified)"),
        ));
    }
    out.extend(policy(case, &c.id, code));
    out
}

/// A suspected condition carries no code; what is present does.
pub(super) fn uncertain(case: &Case<'_>) -> Option<Reason> {
    if case.facts.value(FactKind::NamedCondition) != "uncertain" {
        return None;
    }
    let symptom = match case.family.code.as_str() {
        "none" => String::new(),
        code => format!(", here {code}"),
    };
    Some(reason(
        format!("An uncertain diagnosis is not coded in an outpatient note; the symptom is{symptom}."),
        "ICD-10-CM Official Guidelines FY2025, IV.H (verified)",
    ))
}

/// What the house accepts, beside what the official index says.
fn policy(case: &Case<'_>, concept: &str, official: &str) -> Option<Reason> {
    if case.resolved.named.is_empty() {
        return None;
    }
    let accepted = case.policy.about(concept, official)?;
    let instead = match &case.family.official {
        Some(code) if code != "none" => format!("; the official code is {code}"),
        Some(_) => "; the official code set gives no code for it".to_owned(),
        None => String::new(),
    };
    Some(reason(
        format!(
            "House policy accepts {} for it{instead}. Reason: {}. Decided by {} on {}.",
            case.family.code,
            accepted.reason.trim().trim_end_matches('.'),
            accepted.who.trim(),
            accepted.date
        ),
        case.policy.citation(),
    ))
}

/// Named conditions that are not coded beside the suggested code, since an Excludes1 note keeps the two apart.
pub(super) fn apart(case: &Case<'_>) -> Vec<Reason> {
    if case.family.code.starts_with("M53.8") { Vec::new() } else { excluded(case) }
}

/// Named conditions whose codes an Excludes1 note keeps apart from M53.86.
pub(super) fn excludes(case: &Case<'_>) -> Vec<Reason> {
    if case.family.code.starts_with("M53.8") { excluded(case) } else { Vec::new() }
}

fn excluded(case: &Case<'_>) -> Vec<Reason> {
    let mut out: Vec<Reason> = Vec::new();
    for n in &case.resolved.named {
        let Some(c) = case.view.items[n.mention].concept else { continue };
        let Some(code) = case.code(&c.codes) else { continue };
        if let Some(note) = notes::excludes1(&case.family.code, code) {
            let text = format!("{} ({code}) is never coded together with {}.", c.name, case.family.code);
            if !out.iter().any(|r| r.text == text) {
                out.push(reason(text, format!("{} ({})", note.citation(), note.mark())));
            }
        }
    }
    out
}
