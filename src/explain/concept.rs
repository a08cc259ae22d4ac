//! A concept of the lexicon: its codes by region, whether M53.86 may stand for it, the index entries that lead there.

use super::{Explanation, Sources, mark};
use crate::coding::{confusion, index};
use crate::lexicon::{Concept, M5386};
use crate::mention::Label;

pub(super) fn explain(label: Label, c: &Concept) -> Explanation {
    let mut sources = Sources::default();
    sources.add(&c.source, mark(c.verified));
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
    let mut paths = Vec::new();
    for entry in index::of_concept(&c.id) {
        paths.push(entry.line());
        sources.add(&entry.citation(), entry.mark());
    }
    if !paths.is_empty() {
        body.push(("Alphabetic Index".to_owned(), paths.join("\n")));
    }
    let mut said = Vec::new();
    for x in confusion::of_concept(&c.id) {
        said.push(format!("- Often said: {}. Official: {}.", x.said, x.official));
        sources.add(&x.source, mark(x.verified));
    }
    if !said.is_empty() {
        body.push(("Confused with".to_owned(), said.join("\n")));
    }
    if let Some(caveat) = &c.caveat {
        body.push(("Caveat".to_owned(), caveat.clone()));
    }
    Explanation { title: c.name.clone(), body, sources: sources.0 }
}
