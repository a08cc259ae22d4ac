//! `explain`: what an element, a question, a code or a concept is, why it matters, what to beware of, and the sources.

mod code;
mod concept;
mod question;

use crate::checklist::Checklist;
use crate::coding::{Rules, table};
use crate::lexicon::Lexicon;

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

/// Explains an element, a question, a code or a concept.
pub fn explain(checklist: &Checklist, lexicon: &Lexicon, rules: &Rules, topic: &str) -> Option<Explanation> {
    let topic = topic.trim();
    let slug = topic.to_ascii_lowercase().replace([' ', '_'], "-");
    if let Some(e) = checklist.element(&slug) {
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
    question::explain(&slug).or_else(|| code::explain(lexicon, rules, topic)).or_else(|| {
        let (label, c) = lexicon.find(&slug)?;
        Some(concept::explain(label, c))
    })
}

/// Every topic.
pub fn topics(checklist: &Checklist, lexicon: &Lexicon) -> Vec<String> {
    let mut out: Vec<String> = contents(checklist).into_iter().map(|(id, _)| id).collect();
    out.extend(table::all().map(|c| c.code.to_owned()));
    out.extend(lexicon.concepts().map(|(_, c)| c.id.clone()));
    out
}

/// The elements and the questions, each with its title.
pub fn contents(checklist: &Checklist) -> Vec<(String, String)> {
    let elements = checklist.elements.iter().map(|e| (e.id.as_str().to_owned(), e.title.clone()));
    elements.chain(question::all().iter().map(|q| (q.id.clone(), q.title.clone()))).collect()
}

/// Sources, each once, in the order in which they were first used.
#[derive(Default)]
struct Sources(Vec<String>);

impl Sources {
    fn add(&mut self, citation: &str, mark: &str) {
        let source = format!("{citation} [{mark}]");
        if !self.0.contains(&source) {
            self.0.push(source);
        }
    }
}

fn mark(verified: bool) -> &'static str {
    if verified { "verified" } else { "not verified" }
}
