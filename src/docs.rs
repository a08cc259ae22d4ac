//! The reference pages under `docs/`, written from the data files that the program runs on.

use crate::check::Engine;
use crate::checklist::{Checklist, Element, Requirement, Rule};
use crate::coding::{Grading, System};
use crate::fact::FactKind;
use crate::lexicon::{Concept, Lexicon, M5386};
use crate::mention::Label;
use crate::report::v1::Verdict;
use std::fmt::Write as _;

/// A page: its file name and its text in Markdown.
pub type Page = (&'static str, String);

/// Every page, from the data in force.
pub fn pages(engine: &Engine) -> Vec<Page> {
    let lexicon = &engine.reader().lexicon;
    vec![
        ("elements.md", elements(engine.checklist())),
        ("conditions.md", conditions(lexicon)),
        ("grades.md", grades(engine.grading())),
    ]
}

/// Appends a line; writing to a string cannot fail.
macro_rules! line {
    ($out:expr) => { $out.push('\n') };
    ($out:expr, $($part:tt)*) => {{
        let _ = writeln!($out, $($part)*);
    }};
}

fn heading(title: &str, from: &str) -> String {
    format!("# {title}\n\nWritten by `chartgap docs` from {from}; change those and write it anew.\n\n")
}

fn elements(c: &Checklist) -> String {
    let mut out = heading(&format!("Elements of the {} checklist", c.code), "`checklists/m53-86.toml`");
    line!(out, "{}: {}.\n", c.code, c.title);
    line!(out, "| element | points | |\n|---|---:|---|");
    for e in &c.elements {
        let points = if e.optional { format!("({})", e.weight) } else { e.weight.to_string() };
        line!(out, "| [`{0}`](#{0}) | {points} | {1} |", e.id, cell(&e.title));
    }
    line!(out, "\nPoints in brackets stand outside the 100 and count only where the element applies.\n");
    line!(out, "No element applies unless {}.\n", requirement(&c.applies));
    line!(out, "The documentation points to another code where {}.", requirement(&c.elsewhere));
    for e in &c.elements {
        element(&mut out, e);
    }
    out
}

fn element(out: &mut String, e: &Element) {
    line!(out, "\n## {}\n", e.id);
    line!(out, "**{}.** {}\n", e.title, e.what);
    line!(out, "**Why.** {}\n", e.why);
    line!(out, "**How to fix.** {}\n", e.fix);
    line!(out, "**Points.** {}. {}\n", e.weight, e.weight_reason);
    line!(out, "The first line that holds decides:\n");
    line!(out, "| when | verdict | share | what is missing |\n|---|---|---:|---|");
    for r in &e.rules {
        line!(out, "{}", row(r));
    }
    line!(out, "\n**Query.** {}\n", e.query.cited);
    line!(out, "**Where there is nothing to cite.** {}\n", e.query.open);
    for (r, q) in e.rules.iter().filter_map(|r| Some((r, r.query.as_ref()?))) {
        let when = r.when.as_ref().map_or_else(|| "nothing else holds".to_owned(), requirement);
        line!(out, "**Query where {when}.** {}\n", q.cited);
    }
    line!(out, "**Sources**\n");
    for s in &e.sources {
        let url = s.url.as_ref().map(|u| format!(" <{u}>")).unwrap_or_default();
        line!(out, "- {s}{url}");
    }
    line!(out, "\n**Examples**");
    for x in &e.examples {
        let with = match x.procedures.as_slice() {
            [] => String::new(),
            list => format!(", with CPT {}", list.join(", ")),
        };
        line!(out, "\n{}{with}:\n\n```text\n{}\n```", verdict(x.verdict), x.text.trim());
    }
}

fn row(r: &Rule) -> String {
    let when = r.when.as_ref().map_or_else(|| "nothing above".to_owned(), requirement);
    let gap = r.gap.as_deref().unwrap_or("");
    format!("| {} | {} | {} | {} |", cell(&when), verdict(r.verdict), r.credit, cell(gap))
}

fn requirement(r: &Requirement) -> String {
    match r {
        Requirement::Fact { kind, values, flags } => {
            let quoted = |words: &[&str], and: &str| {
                words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(and)
            };
            let mut text = format!("`{}`", name(*kind));
            if !values.is_empty() {
                text.push_str(&format!(" is {}", quoted(values, " or ")));
            }
            if !flags.is_empty() {
                text.push_str(&format!(" has {}", quoted(flags, " and ")));
            }
            text
        }
        Requirement::Any(list) => joined(list, " or "),
        Requirement::All(list) => joined(list, " and "),
        Requirement::Not(inner) => format!("not {}", inside(inner)),
    }
}

fn joined(list: &[Requirement], word: &str) -> String {
    list.iter().map(inside).collect::<Vec<_>>().join(word)
}

fn inside(r: &Requirement) -> String {
    match r {
        Requirement::Any(l) | Requirement::All(l) if l.len() > 1 => format!("({})", requirement(r)),
        _ => requirement(r),
    }
}

fn name(kind: FactKind) -> String {
    serde_json::to_value(kind).ok().and_then(|v| Some(v.as_str()?.to_owned())).unwrap_or_default()
}

fn verdict(v: Verdict) -> String {
    serde_json::to_value(v).ok().and_then(|v| Some(v.as_str()?.to_owned())).unwrap_or_default()
}

fn conditions(lexicon: &Lexicon) -> String {
    let mut all: Vec<&Concept> =
        lexicon.concepts().filter(|(l, _)| *l == Label::Condition).map(|(_, c)| c).collect();
    all.sort_by(|a, b| a.name.to_lowercase().cmp(&b.name.to_lowercase()).then(a.id.cmp(&b.id)));
    let mut out = heading("Conditions", "`lexicons/conditions-*.toml`");
    line!(
        out,
        "{} conditions. Terms: `[a|b]` may stand, one of `{{a|b}}` must; they match in any case, singular or",
        all.len()
    );
    line!(
        out,
        "plural, with or without hyphens, unless they are said to match as they are written. A code that ends in `-`"
    );
    line!(
        out,
        "or `_` takes another character. The last column says whether M53.86 may stand for the condition.\n"
    );
    line!(
        out,
        "| condition | lumbar | lumbosacral | thoracolumbar | sacral | not stated | M53.86 |\n|---|---|---|---|---|---|---|"
    );
    for c in &all {
        let code = |code: &Option<String>| code.clone().unwrap_or_default();
        let k = &c.codes;
        line!(
            out,
            "| [{}](#{}) | {} | {} | {} | {} | {} | {} |",
            cell(&c.name),
            c.id,
            code(&k.lumbar),
            code(&k.lumbosacral),
            code(&k.thoracolumbar),
            code(&k.sacral),
            code(&k.unstated),
            c.m53_86.map_or("", short)
        );
    }
    for c in all {
        condition(&mut out, c);
    }
    out
}

fn condition(out: &mut String, c: &Concept) {
    line!(out, "\n## {}\n", c.id);
    line!(out, "{}.\n", c.name);
    let list = |words: &[String]| words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(", ");
    if !c.terms.is_empty() {
        line!(out, "- Terms: {}", list(&c.terms));
    }
    if !c.cased.is_empty() {
        line!(out, "- Terms as they are written: {}", list(&c.cased));
    }
    if !c.excludes.is_empty() {
        line!(out, "- Not: {}", list(&c.excludes));
    }
    let codes = [
        ("lumbar", &c.codes.lumbar),
        ("lumbosacral", &c.codes.lumbosacral),
        ("thoracolumbar", &c.codes.thoracolumbar),
        ("sacral", &c.codes.sacral),
        ("not stated", &c.codes.unstated),
    ];
    let codes: Vec<String> =
        codes.iter().filter_map(|(region, code)| Some(format!("{region} {}", code.as_ref()?))).collect();
    if !codes.is_empty() {
        line!(out, "- Codes: {}", codes.join(", "));
    }
    if let Some(status) = c.m53_86 {
        line!(out, "- M53.86: {}", long(status));
    }
    if let Some(caveat) = &c.caveat {
        line!(out, "- Beware: {caveat}");
    }
    line!(out, "- Source: {} [{}]", c.source, mark(c.verified));
}

fn short(status: M5386) -> &'static str {
    match status {
        M5386::Yes => "yes",
        M5386::YesNotIndexed => "yes, not indexed",
        M5386::MoreSpecific => "no, more specific",
        M5386::Nonspecific => "no, nonspecific",
    }
}

fn long(status: M5386) -> &'static str {
    match status {
        M5386::Yes => "yes, by the official Index",
        M5386::YesNotIndexed => "not in the Index; may stand where the note says what the condition is not",
        M5386::MoreSpecific => "no, a more specific code exists",
        M5386::Nonspecific => "no, too unspecific",
    }
}

fn grades(grading: &Grading) -> String {
    let mut out = heading("Grading systems", "`lexicons/grades.toml`");
    line!(out, "What the grades of a lumbar study mean, and for which conditions a system would be usual.\n");
    line!(out, "| system | grades | values | usual |\n|---|---|---|---|");
    for s in &grading.systems {
        let values: Vec<&str> = s.values.keys().map(String::as_str).collect();
        let usual = if s.expected { "yes" } else { "" };
        line!(
            out,
            "| [{}](#{}) | {} | {} | {usual} |",
            cell(&s.name),
            s.id,
            cell(&s.of),
            cell(&values.join(", "))
        );
    }
    for s in &grading.systems {
        system(&mut out, s);
    }
    out
}

fn system(out: &mut String, s: &System) {
    line!(out, "\n## {}\n", s.id);
    line!(out, "{}: {}.\n", s.name, s.of);
    for (value, meaning) in &s.values {
        line!(out, "- {value}: {meaning}");
    }
    line!(out);
    for text in [&s.caveat, &s.mixed, &s.remark].into_iter().flatten() {
        line!(out, "{text}\n");
    }
    if s.bare {
        line!(out, "A grade without a name beside such a condition is one of this system.\n");
    }
    line!(out, "Source: {} [{}]", s.source, mark(s.verified));
}

/// Text that stands in one cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn mark(verified: bool) -> &'static str {
    if verified { "verified" } else { "not verified" }
}
