//! The checklist: elements with their rules, sources and examples, read from data and held against the facts of a note.
//!
//! **Verdict.** Of an element's rules the first whose requirement holds decides; the last one has no requirement and
//! catches the rest. Where the checklist's `applies` does not hold (no lumbar problem), no element applies.
//!
//! **Score.** The points given by the elements that apply, in percent of the points that they can give.
//!
//! **Outcome.** In this order:
//! 1. `not-applicable` where `applies` does not hold;
//! 2. `other-code` where `elsewhere` holds: the condition has a more specific code and the note does not say why that
//!    code does not apply, or the region is not lumbar (and neither mixed nor of uncertain numbering), or the problem is
//!    a current injury, or the assessment is nonspecific;
//! 3. `supported` where every element that applies is met, optional ones included;
//! 4. `gaps` otherwise.

mod file;
mod requirement;
mod score;
#[cfg(test)]
mod tests;

pub use file::{ChecklistError, Problem};
pub use requirement::{Requirement, RequirementError};
pub use score::{Ruling, score};

use crate::fact::FactKind;
use crate::query::Template;
use crate::report::v1::Verdict;
use crate::segment::SectionKind;
use serde::Deserialize;
use std::fmt;

/// A checklist as loaded and validated.
#[derive(Clone, Debug)]
pub struct Checklist {
    /// The code that it is for.
    pub code: String,
    /// The official title of that code.
    pub title: String,
    /// What must hold for any element to apply.
    pub applies: Requirement,
    /// What makes the documentation point to another code.
    pub elsewhere: Requirement,
    /// The elements, in report order.
    pub elements: Vec<Element>,
    digest: String,
}

impl Checklist {
    /// The checklist for M53.86 that comes with the library.
    ///
    /// # Errors
    ///
    /// None in a released build: the tests load the same text.
    pub fn m53_86() -> Result<Self, ChecklistError> {
        Self::from_toml("checklists/m53-86.toml", include_str!("../../checklists/m53-86.toml"))
    }

    /// The element with an id.
    pub fn element(&self, id: &str) -> Option<&Element> {
        self.elements.iter().find(|e| e.id.as_str() == id)
    }

    /// SHA-256 of the text that the checklist was read from, in hexadecimal.
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

/// The name of an element: lower-case words joined by hyphens.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct ElementId(String);

impl ElementId {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ElementId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ElementId {
    type Error = String;

    fn try_from(id: String) -> Result<Self, String> {
        let word = |w: &str| !w.is_empty() && w.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        if id.split('-').all(word) {
            Ok(Self(id))
        } else {
            Err(format!("`{id}` is no element id: lower-case words joined by hyphens are"))
        }
    }
}

/// One thing that the note should say.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Element {
    /// Its name.
    pub id: ElementId,
    /// Its heading.
    pub title: String,
    /// What is looked for.
    pub what: String,
    /// Why it matters.
    pub why: String,
    /// What to write where it is missing.
    pub fix: String,
    /// Points that it can give.
    pub weight: u32,
    /// Why so many.
    pub weight_reason: String,
    /// It stands outside the 100 points and counts only in notes to which it applies.
    #[serde(default)]
    pub optional: bool,
    /// The facts whose mentions show its verdict.
    pub evidence: Vec<FactKind>,
    /// The facts whose mentions a query may cite.
    pub indicators: Vec<FactKind>,
    /// The kinds of sections in which the missing words would stand, best first.
    pub near: Vec<SectionKind>,
    /// What to ask the provider, unless the deciding rule has a query of its own.
    pub query: Template,
    /// Where its rules come from.
    #[serde(rename = "source", default)]
    pub sources: Vec<Source>,
    /// The first rule that holds decides.
    #[serde(rename = "rule", default)]
    pub rules: Vec<Rule>,
    /// Notes with the verdict that they must get.
    #[serde(rename = "example", default)]
    pub examples: Vec<Example>,
}

impl Element {
    /// The query for a rule of this element; `None` where there is nothing to ask.
    pub fn query_for<'a>(&'a self, rule: &'a Rule) -> Option<&'a Template> {
        let open = !matches!(rule.verdict, Verdict::Met | Verdict::NotApplicable);
        (open && rule.ask).then(|| rule.query.as_ref().unwrap_or(&self.query))
    }
}

/// A citation.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Document and place, with what they say.
    pub citation: String,
    /// Where to read it.
    pub url: Option<String>,
    /// Whether it was read at the source; convention, inference and memory are not verified.
    pub verified: bool,
}

impl fmt::Display for Source {
    /// The citation with its verification mark, as reports show it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} [{}]", self.citation, if self.verified { "verified" } else { "not verified" })
    }
}

/// One line of an element's decision table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// The verdict.
    pub verdict: Verdict,
    /// The share of the weight that it gives, 0 to 1.
    pub credit: f64,
    /// What is missing, in one sentence; absent where nothing is.
    pub gap: Option<String>,
    /// When it holds; absent in the last rule, which catches the rest.
    pub when: Option<Requirement>,
    /// What to ask instead of the element's query.
    pub query: Option<Template>,
    /// Whether there is anything to ask the provider.
    #[serde(default = "yes")]
    pub ask: bool,
}

fn yes() -> bool {
    true
}

/// A note and the verdict that the element must get on it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// The note.
    pub text: String,
    /// The CPT codes that come with it.
    #[serde(default)]
    pub procedures: Vec<String>,
    /// The verdict.
    pub verdict: Verdict,
}
