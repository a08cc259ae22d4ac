//! Injury: a current one takes an S-code with its 7th character, an old one comes after its residual, a denied one none.

use super::{Case, reason};
use crate::assertion::Status;
use crate::coding::{notes, table};
use crate::fact::FactKind;
use crate::mention::Label;
use crate::report::v1::Reason;

pub(super) fn about(case: &Case<'_>) -> Vec<Reason> {
    match case.facts.value(FactKind::Injury) {
        "current" => current(case),
        "past" => vec![reason(
            "The injury is past. Where the condition of this visit is a residual of it, the residual is coded first and the injury code with 7th character S second, never with the code of the current injury; whether it is a residual, the provider says.",
            "ICD-10-CM Official Guidelines FY2025, I.B.10, I.C.13.b, I.C.19.a (verified)",
        )],
        "denied" => vec![reason(
            "An injury is denied: no S-code, and the Excludes1 note for a current injury does not apply.",
            "ICD-10-CM tabular FY2027, M50-M54: Excludes1 (verified)",
        )],
        _ => Vec::new(),
    }
}

/// A current injury bars the whole section.
pub(super) fn excludes(case: &Case<'_>) -> Vec<Reason> {
    if case.facts.value(FactKind::Injury) != "current" {
        return Vec::new();
    }
    vec![reason(
        "A current injury is coded in chapter 19 (S-codes); M53.86 is excluded with it.",
        "ICD-10-CM tabular FY2027, section M50-M54: Excludes1 current injury (verified)",
    )]
}

fn current(case: &Case<'_>) -> Vec<Reason> {
    let present = |groups: &[String]| {
        case.view
            .lumbar(Label::Condition)
            .any(|i| i.status == Status::Present && groups.iter().any(|g| g == i.group()))
    };
    let Some(injury) = case.rules.injury.iter().find(|i| i.groups.is_empty() || present(&i.groups)) else {
        return Vec::new();
    };
    let mut out = vec![reason(
        format!("The S-code of a current injury here: {} ({}).", list(&injury.codes), injury.name),
        "ICD-10-CM tabular FY2026: titles of S32 to S39 (verified for that year; FY2027 not read)",
    )];
    let mut shown = "";
    for code in &injury.codes {
        let set = notes::seventh(code);
        let Some(first) = set.first().filter(|s| s.code != shown) else { continue };
        shown = first.code;
        let meanings: Vec<String> = set.iter().map(|s| s.text.replacen(' ', " = ", 1)).collect();
        out.push(reason(
            format!("7th characters of {code}-: {}.", meanings.join("; ")),
            format!("{} ({})", first.citation(), first.mark()),
        ));
    }
    out.push(reason(
        "A stands while the injury is under active treatment, D in routine healing, S for a sequela together with the condition that it left.",
        "ICD-10-CM Official Guidelines FY2025, I.C.19.a (verified)",
    ));
    out
}

fn list(codes: &[String]) -> String {
    let billable = |c: &String| if table::find(c).is_some() { c.clone() } else { format!("{c}-") };
    codes.iter().map(billable).collect::<Vec<_>>().join(", ")
}
