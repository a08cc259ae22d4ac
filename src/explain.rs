//! `explain`: what an element, a code or a concept is, why it matters, how to fix what is missing, and the sources.

use crate::checklist::Checklist;
use crate::coding::table;
use crate::lexicon::{Concept, Lexicon, M5386};
use crate::mention::Label;

/// An explanation, ready to print.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The topic's title.
    pub title: String,
    /// Headings with their text.
    pub body: Vec<(String, String)>,
    /// Sources with their verification mark.
    pub sources: Vec<String>,
}

/// Explains an element, a code or a concept.
pub fn explain(checklist: &Checklist, lexicon: &Lexicon, topic: &str) -> Option<Explanation> {
    let topic = topic.trim();
    if let Some(e) = checklist.element(&topic.to_ascii_lowercase()) {
        let body = [
            ("What", e.what.clone()),
            ("Why", e.why.clone()),
            ("How to fix", e.fix.clone()),
            ("Weight", format!("{}: {}", e.weight, e.weight_reason)),
        ];
        return Some(Explanation {
            title: format!("{}: {}", e.id, e.title),
            body: body.map(|(h, t)| (h.to_owned(), t)).into(),
            sources: e.sources.iter().map(ToString::to_string).collect(),
        });
    }
    code(lexicon, topic).or_else(|| {
        let (label, c) = lexicon.find(&topic.to_ascii_lowercase().replace(' ', "-"))?;
        Some(concept(label, c))
    })
}

/// Every topic.
pub fn topics(checklist: &Checklist, lexicon: &Lexicon) -> Vec<String> {
    let mut out: Vec<String> = checklist.elements.iter().map(|e| e.id.as_str().to_owned()).collect();
    out.extend(table::all().iter().map(|c| c.code.to_owned()));
    out.extend(lexicon.concepts().map(|(_, c)| c.id.clone()));
    out
}

fn code(lexicon: &Lexicon, topic: &str) -> Option<Explanation> {
    let valid = topic.len() >= 3
        && topic.starts_with(|c: char| c.is_ascii_alphabetic())
        && topic.contains(|c: char| c.is_ascii_digit());
    if !valid {
        return None;
    }
    let exact = table::find(topic);
    let below: Vec<table::Code> = table::below(topic).take(24).collect();
    let (title, year) = match (exact, below.first()) {
        (Some(c), _) => (format!("{}: {}", c.code, c.title), c.year),
        (None, Some(c)) => (format!("{}: not billable by itself", topic.to_ascii_uppercase()), c.year),
        (None, None) => return None,
    };
    let mut body = Vec::new();
    let mut sources = vec![format!("ICD-10-CM tabular list, {year}: official title [verified]")];
    if exact.is_none() {
        let list: Vec<String> = below.iter().map(|c| format!("{} {}", c.code, c.title)).collect();
        body.push(("Codes".to_owned(), list.join("\n")));
    }
    let name = exact.map_or_else(|| topic.to_ascii_uppercase(), |c| c.code.to_owned());
    let conditions: Vec<&Concept> = lexicon
        .concepts()
        .filter(|(l, _)| *l == Label::Condition)
        .map(|(_, c)| c)
        .filter(|c| {
            let codes = [
                &c.codes.lumbar,
                &c.codes.lumbosacral,
                &c.codes.thoracolumbar,
                &c.codes.sacral,
                &c.codes.unstated,
            ];
            codes.into_iter().flatten().any(|x| *x == name)
        })
        .collect();
    if !conditions.is_empty() {
        let list: Vec<&str> = conditions.iter().map(|c| c.name.as_str()).collect();
        body.push(("Conditions that lead here".to_owned(), list.join("\n")));
        for c in conditions {
            sources.push(format!("{}: {} [{}]", c.name, c.source, mark(c)));
        }
    }
    if name.starts_with("M53.8") {
        body.push((
            "Beware".to_owned(),
            "Facet syndrome (M47.89-), posterior element instability (M53.2X-) and most ligament disorders (M24.28, M46.0-) have codes of their own by the official index, although they are often given as examples of this code. L1 to L5 is M53.86, L5-S1 M53.87, T12-L1 M53.85, no site M53.80. A current injury excludes the whole section M50-M54.".to_owned(),
        ));
        sources.push("ICD-10-CM Alphabetic Index FY2027: Syndrome, facet; Instability, joint, spine; Hypertrophy, ligament [verified]".into());
        sources.push(
            "ICD-10-CM tabular FY2027, M50-M54 Excludes1: current injury; discitis NOS [verified]".into(),
        );
    }
    Some(Explanation { title, body, sources })
}

fn concept(label: Label, c: &Concept) -> Explanation {
    let mut body = vec![("What".to_owned(), format!("{} ({label:?})", c.name))];
    let codes = [
        ("lumbar", &c.codes.lumbar),
        ("lumbosacral", &c.codes.lumbosacral),
        ("thoracolumbar", &c.codes.thoracolumbar),
        ("sacral", &c.codes.sacral),
        ("unstated", &c.codes.unstated),
    ];
    let list: Vec<String> =
        codes.iter().filter_map(|(r, code)| Some(format!("{r}: {}", code.as_ref()?))).collect();
    if !list.is_empty() {
        body.push(("Codes by region".to_owned(), list.join("\n")));
    }
    if let Some(status) = c.m53_86 {
        let text = match status {
            M5386::Yes => "yes, by the official index",
            M5386::YesNotIndexed => "not indexed; acceptable where the note says what the condition is not",
            M5386::MoreSpecific => "no, a more specific code exists",
            M5386::Nonspecific => "no, too unspecific",
        };
        body.push(("M53.86".to_owned(), text.to_owned()));
    }
    if let Some(caveat) = &c.caveat {
        body.push(("Caveat".to_owned(), caveat.clone()));
    }
    Explanation { title: c.name.clone(), body, sources: vec![format!("{} [{}]", c.source, mark(c))] }
}

fn mark(c: &Concept) -> &'static str {
    if c.verified { "verified" } else { "not verified" }
}
