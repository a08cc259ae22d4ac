//! The codes billed with the note: whether each is complete, whether two exclude each other, whether the note bears them out.

use super::{Case, mark, reason};
use crate::coding::rules::Rules;
use crate::coding::{notes, table};
use crate::note::Note;
use crate::report::v1::Reason;

/// Billed codes that are looked at; a claim holds fewer.
const CODES: usize = 24;

/// Two billed codes that do not go together.
pub(super) struct Conflict {
    pub(super) codes: [String; 2],
    pub(super) reason: Reason,
}

/// The billed codes that have the form of one, each once, with their dots.
pub(super) fn codes(note: &Note) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for code in note.meta.codes.iter().filter_map(|c| table::dotted(c)) {
        if !out.contains(&code) && out.len() < CODES {
            out.push(code);
        }
    }
    out
}

/// Codes that lack characters. Of a code that the tables do not hold nothing is said.
pub(super) fn forms(billed: &[String]) -> Vec<Reason> {
    let incomplete = |code: &String| {
        let below: Vec<table::Code> = table::below(code).take(12).collect();
        let first = below.first().filter(|c| c.code != code)?;
        let list: Vec<&str> = below.iter().map(|c| c.code).collect();
        let set = notes::seventh(code);
        let source = format!("{} ({})", first.citation(), table::mark(first.year));
        let length = code.chars().filter(|c| *c != '.').count();
        Some(match set.first() {
            Some(s) if length == 6 => reason(
                format!("The billed code {code} lacks its 7th character: {}.", list.join(", ")),
                format!("{} ({})", s.citation(), s.mark()),
            ),
            _ => reason(
                format!(
                    "The billed code {code} is not billable by itself; the codes below it are: {}.",
                    list.join(", ")
                ),
                source,
            ),
        })
    };
    billed.iter().filter_map(incomplete).collect()
}

/// Pairs that an Excludes1 note or their titles keep apart.
pub(super) fn conflicts(rules: &Rules, billed: &[String]) -> Vec<Conflict> {
    let mut out = Vec::new();
    for (k, a) in billed.iter().enumerate() {
        for b in &billed[k + 1..] {
            let reason = match notes::excludes1(a, b) {
                Some(note) => reason(
                    format!(
                        "{a} and {b} are both billed; {} excludes the other: \"{}\". Together they stand only where the two conditions are clearly unrelated.",
                        note.code, note.text
                    ),
                    format!(
                        "{} ({}); Official Guidelines FY2025, I.A.12.a (verified)",
                        note.citation(),
                        note.mark()
                    ),
                ),
                None => match clash(rules, a, b).or_else(|| clash(rules, b, a)) {
                    Some(reason) => reason,
                    None => continue,
                },
            };
            out.push(Conflict { codes: [a.clone(), b.clone()], reason });
        }
    }
    out
}

fn clash(rules: &Rules, a: &str, b: &str) -> Option<Reason> {
    let starts = |list: &[String], code: &str| list.iter().any(|c| code.starts_with(c.as_str()));
    let c = rules.clash.iter().find(|c| starts(&c.codes, a) && starts(&c.with, b))?;
    Some(reason(
        format!("{a} and {b} are both billed, and {a} contradicts the other: {}.", c.text),
        format!("{} ({})", c.source, mark(c.verified)),
    ))
}

/// M53.86 billed where the note points elsewhere.
pub(super) fn documented(case: &Case<'_>, billed: &[String]) -> Option<Reason> {
    let code = case.family.code.as_str();
    let own = billed.iter().find(|c| c.starts_with("M53.8") && *c != code)?;
    let points = match code {
        "none" => "names nothing that a code can rest on".to_owned(),
        code => format!("points to {code}"),
    };
    Some(reason(
        format!("{own} is billed; the documentation {points}."),
        "ICD-10-CM Official Guidelines FY2025, I.B.2, I.B.14 (verified)",
    ))
}
