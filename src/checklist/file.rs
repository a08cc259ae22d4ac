//! Reads a checklist from TOML and refuses one that contradicts itself, naming file, line and what would be right.

use super::{Checklist, Element, Requirement};
use crate::coding::table;
use crate::datafile::{self, line};
use crate::digest;
use crate::query::QueryProblem;
use crate::report::v1::Verdict;
use serde::Deserialize;
use std::collections::BTreeSet;
use toml::Spanned;

/// What the weights of the elements that are not optional come to.
const POINTS: u32 = 100;

/// A checklist that cannot be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{file}:{line}: {problem}")]
pub struct ChecklistError {
    /// The file, as the caller named it.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a checklist.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Problem {
    /// Not TOML, or not the fields of a checklist.
    #[error("{0}")]
    Toml(String),
    /// A code or title that is not the official one.
    #[error("{0}")]
    Code(String),
    /// No element.
    #[error("a checklist needs at least one element")]
    NoElement,
    /// An id that stands twice.
    #[error("element `{0}` stands twice; ids are unique")]
    DuplicateElement(String),
    /// Weights that do not add up.
    #[error("the weights of the elements that are not optional come to {0}; they must come to {POINTS}")]
    Weights(u64),
    /// A text that is empty.
    #[error("element `{element}`: `{field}` is empty")]
    Empty {
        /// The element.
        element: String,
        /// The field.
        field: &'static str,
    },
    /// Nothing that the rules come from.
    #[error("element `{0}` has no [[element.source]]; every rule comes from somewhere")]
    NoSource(String),
    /// The rules leave facts undecided.
    #[error("element `{0}`: the last [[element.rule]] must have no `when`, so that it catches the rest")]
    NoCatchAll(String),
    /// A rule that hides those after it.
    #[error("element `{element}`: rule {rule} has no `when` and hides those after it")]
    HiddenRules {
        /// The element.
        element: String,
        /// The rule, counted from 1.
        rule: usize,
    },
    /// A share outside of 0 to 1.
    #[error("element `{element}`: rule {rule} has credit {credit}; a credit is a share from 0 to 1")]
    Credit {
        /// The element.
        element: String,
        /// The rule, counted from 1.
        rule: usize,
        /// What the file says.
        credit: f64,
    },
    /// A rule that withholds credit without saying why.
    #[error("element `{element}`: rule {rule} withholds credit without a `gap` that says what is missing")]
    SilentRule {
        /// The element.
        element: String,
        /// The rule, counted from 1.
        rule: usize,
    },
    /// Examples of one kind only.
    #[error("element `{0}` needs examples of both kinds: one that is met and one that is not")]
    OneSided(String),
    /// An example that no rule can satisfy.
    #[error("element `{element}`: example {example} wants a verdict that no rule gives")]
    Unreachable {
        /// The element.
        element: String,
        /// The example, counted from 1.
        example: usize,
    },
    /// A query that no provider may be sent.
    #[error("element `{element}`: query {problem}")]
    Query {
        /// The element.
        element: String,
        /// What is wrong with it.
        problem: QueryProblem,
    },
}

impl Checklist {
    /// Reads a checklist. `file` is what errors call it.
    ///
    /// # Errors
    ///
    /// What is not TOML, names an unknown field, fact, value or flag, or breaks a rule of [`Problem`].
    pub fn from_toml(file: &str, text: &str) -> Result<Self, ChecklistError> {
        let fail =
            |at: usize, problem| ChecklistError { file: file.to_owned(), line: line(text, at), problem };
        let form: File = toml::from_str(text).map_err(|error| {
            fail(error.span().map_or(0, |s| s.start), Problem::Toml(error.message().to_owned()))
        })?;
        let at = |value: &str| datafile::quoted(text, 0, value);
        match table::find(&form.code) {
            None => return Err(fail(at(&form.code), Problem::Code(table::unknown(&form.code)))),
            Some(code) if code.title != form.title => {
                let problem = format!("the official title of {} is \"{}\"", code.code, code.title);
                return Err(fail(at(&form.title), Problem::Code(problem)));
            }
            Some(_) => {}
        }
        let mut seen = BTreeSet::new();
        for element in &form.elements {
            let at = element.span().start;
            let element = element.get_ref();
            if !seen.insert(&element.id) {
                return Err(fail(at, Problem::DuplicateElement(element.id.to_string())));
            }
            validate(element).map_err(|problem| fail(at, problem))?;
        }
        if form.elements.is_empty() {
            return Err(fail(0, Problem::NoElement));
        }
        let elements: Vec<Element> = form.elements.into_iter().map(Spanned::into_inner).collect();
        let points: u64 = elements.iter().filter(|e| !e.optional).map(|e| u64::from(e.weight)).sum();
        if points != u64::from(POINTS) {
            return Err(fail(0, Problem::Weights(points)));
        }
        Ok(Self {
            code: form.code,
            title: form.title,
            applies: form.applies,
            elsewhere: form.elsewhere,
            elements,
            digest: digest::sha256(text),
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    code: String,
    title: String,
    applies: Requirement,
    elsewhere: Requirement,
    #[serde(rename = "element", default)]
    elements: Vec<Spanned<Element>>,
}

fn validate(element: &Element) -> Result<(), Problem> {
    let id = || element.id.to_string();
    for (field, text) in [
        ("title", &element.title),
        ("what", &element.what),
        ("why", &element.why),
        ("fix", &element.fix),
        ("weight-reason", &element.weight_reason),
    ] {
        if text.trim().is_empty() {
            return Err(Problem::Empty { element: id(), field });
        }
    }
    for (field, empty) in [
        ("evidence", element.evidence.is_empty()),
        ("indicators", element.indicators.is_empty()),
        ("near", element.near.is_empty()),
    ] {
        if empty {
            return Err(Problem::Empty { element: id(), field });
        }
    }
    if element.sources.is_empty() || element.sources.iter().any(|s| s.citation.trim().is_empty()) {
        return Err(Problem::NoSource(id()));
    }
    validate_rules(element)?;
    validate_examples(element)?;
    for template in
        std::iter::once(&element.query).chain(element.rules.iter().filter_map(|r| r.query.as_ref()))
    {
        template.check().map_err(|problem| Problem::Query { element: id(), problem })?;
    }
    Ok(())
}

fn validate_rules(element: &Element) -> Result<(), Problem> {
    let id = || element.id.to_string();
    let Some((last, others)) = element.rules.split_last() else {
        return Err(Problem::NoCatchAll(id()));
    };
    if last.when.is_some() {
        return Err(Problem::NoCatchAll(id()));
    }
    if let Some(at) = others.iter().position(|r| r.when.is_none()) {
        return Err(Problem::HiddenRules { element: id(), rule: at + 1 });
    }
    for (at, rule) in element.rules.iter().enumerate() {
        if !(0.0..=1.0).contains(&rule.credit) {
            return Err(Problem::Credit { element: id(), rule: at + 1, credit: rule.credit });
        }
        if rule.gap.is_none() && rule.credit < 1.0 && rule.verdict != Verdict::NotApplicable {
            return Err(Problem::SilentRule { element: id(), rule: at + 1 });
        }
    }
    Ok(())
}

fn validate_examples(element: &Element) -> Result<(), Problem> {
    let met = element.examples.iter().filter(|e| e.verdict == Verdict::Met).count();
    if met == 0 || met == element.examples.len() {
        return Err(Problem::OneSided(element.id.to_string()));
    }
    // `applies` can make any element not applicable, without a rule.
    let given =
        |verdict| verdict == Verdict::NotApplicable || element.rules.iter().any(|r| r.verdict == verdict);
    match element.examples.iter().position(|e| !given(e.verdict)) {
        Some(at) => Err(Problem::Unreachable { element: element.id.to_string(), example: at + 1 }),
        None => Ok(()),
    }
}
