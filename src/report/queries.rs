//! The queries of one note, `chartgap.queries/1`: drafts to the provider with what they cite.

use super::build::{Cited as Sentence, Parts, drafted, drafted_for_procedure, place};
use super::v1::Provenance;
use crate::query::{self, Draft};
use crate::span::CodePoints;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The name and version of this form.
pub const SCHEMA: &str = "chartgap.queries/1";

/// The heading of a query whose element has a title that names a condition which the note does not.
pub const NEUTRAL_TITLE: &str = "Clarification of the documentation";

/// The queries of one note.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteQueries {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The note's id.
    pub id: String,
    /// In the order of the report; empty where there is nothing to ask.
    pub queries: Vec<Query>,
    /// What made them.
    pub provenance: Provenance,
}

/// One query.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Query {
    /// The element whose gap it is about; for the sender, no part of the query.
    pub element: String,
    /// Other elements that ask the same.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<String>,
    /// The CPT codes that ask for the element, where it is not one of the checklist; for the sender.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub procedures: Vec<String>,
    /// A heading that names nothing which the note does not name.
    pub title: String,
    /// The sentences of the note that it cites.
    pub indicators: Vec<Cited>,
    /// What is asked, with the citations in it.
    pub question: String,
    /// What may be answered, "Other" and "Unable to determine" among it; empty where the question is open.
    pub options: Vec<String>,
    /// Question and options in one text.
    pub text: String,
}

/// A sentence of the note that a query cites.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cited {
    /// First code point.
    pub start: u32,
    /// One past the last code point.
    pub end: u32,
    /// First byte.
    pub byte_start: u32,
    /// One past the last byte.
    pub byte_end: u32,
    /// The words, as the note has them.
    pub text: String,
    /// The kind of section that they stand in.
    pub section: String,
}

/// Drafts the queries of a note: those of the checklist, then those of its procedures, each once.
pub(crate) fn queries(p: Parts<'_>) -> NoteQueries {
    let points = CodePoints::new(&p.note.text);
    let named: Vec<u32> = p.view.reading.mentions.iter().filter_map(|m| m.concept).collect();
    let mut queries: Vec<Query> = Vec::new();
    let mut add = |element: &str,
                   title: &str,
                   cpt: Option<&str>,
                   drafted: Option<(Draft, Vec<Sentence<'_>>)>| {
        let Some((draft, cited)) = drafted else { return };
        let passes =
            |title: &str| query::lint_for_note(&draft, title, &p.note.text, p.lexicon, &named).is_ok();
        let title = [title, NEUTRAL_TITLE].into_iter().find(|t| passes(t));
        let known = queries.iter_mut().find(|q| q.text == draft.text);
        match (known, title) {
            // two elements, or two procedures, that ask the same ask once
            (Some(known), _) => {
                if known.element != element && !known.also.iter().any(|a| a == element) {
                    known.also.push(element.to_owned());
                }
                known.procedures.extend(
                    cpt.filter(|c| !known.procedures.is_empty() && !known.procedures.iter().any(|k| k == c))
                        .map(str::to_owned),
                );
            }
            (None, Some(title)) => queries.push(Query {
                element: element.to_owned(),
                also: Vec::new(),
                procedures: cpt.map(str::to_owned).into_iter().collect(),
                title: title.to_owned(),
                indicators: cited.iter().map(|s| cite(&p, &points, *s)).collect(),
                question: draft.question().to_owned(),
                options: draft.options().map(str::to_owned).collect(),
                text: draft.text.clone(),
            }),
            (None, None) => {}
        }
    };
    for r in &p.checklist.verdicts(p.facts) {
        add(r.element.id.as_str(), &r.element.title, None, drafted(&p, r));
    }
    for a in p.procedures {
        for r in &a.rulings {
            add(r.id, r.title, Some(&a.cpt), drafted_for_procedure(&p, r));
        }
    }
    NoteQueries { schema: SCHEMA.into(), id: p.note.id.clone(), queries, provenance: p.provenance }
}

fn cite(p: &Parts<'_>, points: &CodePoints, (span, section): Sentence<'_>) -> Cited {
    let at = place(points, span);
    Cited {
        start: at.start,
        end: at.end,
        byte_start: at.byte_start,
        byte_end: at.byte_end,
        text: span.of(&p.note.text).to_owned(),
        section: section.to_owned(),
    }
}
