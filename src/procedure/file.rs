//! Reads `procedures.toml` and refuses what contradicts itself, naming file, line and what would be right.

use super::policy::{Mac, PolicySet};
use super::want::{self, Want};
use super::{Element, Example, Patterns, Procedure, Procedures};
use crate::checklist::Source;
use crate::datafile;
use crate::digest;
use crate::query;
use crate::report::v1::Verdict;
use crate::segment::{SectionKind, Spelling};
use serde::Deserialize;
use toml::Spanned;

/// A file of procedures that cannot be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{file}:{line}: {problem}")]
pub struct ProcedureError {
    /// The file, as the caller named it.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with a file of procedures.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum Problem {
    /// Not TOML, or not the fields of the file.
    #[error("{0}")]
    Toml(String),
    /// An id or a code that stands twice.
    #[error("`{0}` stands twice")]
    Duplicate(String),
    /// A reference to nothing.
    #[error("procedure `{procedure}`: there is no {what} `{name}`")]
    Unknown {
        /// The procedure.
        procedure: String,
        /// What it names.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// A text or list that is empty.
    #[error("`{name}`: `{field}` is empty")]
    Empty {
        /// The element or procedure.
        name: String,
        /// The field.
        field: &'static str,
    },
    /// A threshold or list of the requirement.
    #[error("element `{element}`: {problem}")]
    Want {
        /// The element.
        element: String,
        /// What is wrong.
        problem: String,
    },
    /// Not the form of a CPT or HCPCS code.
    #[error("procedure `{procedure}`: `{code}` has not the form of a procedure code")]
    Code {
        /// The procedure.
        procedure: String,
        /// The code.
        code: String,
    },
    /// Examples of one kind only.
    #[error("element `{0}` needs examples of both kinds: one that is met and one that is not")]
    OneSided(String),
    /// An element that no procedure asks for.
    #[error("no procedure asks for element `{0}`")]
    Unused(String),
    /// A policy of nobody.
    #[error("policy `{policy}`: there is no contractor `{mac}`")]
    Mac {
        /// The policy.
        policy: String,
        /// The contractor.
        mac: String,
    },
}

/// What is said where an element is not met.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Gaps {
    missing: String,
    partial: Option<String>,
    /// In place of the others where nothing was tried and a measure is contraindicated.
    excused: Option<String>,
    contradicted: Option<String>,
}

impl Gaps {
    pub(super) fn of(&self, verdict: Verdict, excused: bool) -> Option<&str> {
        let own = match verdict {
            Verdict::Partial if excused && self.excused.is_some() => self.excused.as_deref(),
            Verdict::Met | Verdict::NotApplicable => return None,
            Verdict::Partial => self.partial.as_deref(),
            Verdict::Contradicted => self.contradicted.as_deref(),
            Verdict::Missing | Verdict::Unclear => None,
        };
        Some(own.unwrap_or(&self.missing))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    as_of: String,
    patterns: PatternForm,
    #[serde(rename = "mac", default)]
    macs: Vec<Mac>,
    #[serde(default)]
    policies: Vec<Spanned<PolicySet>>,
    #[serde(rename = "procedure", default)]
    procedures: Vec<Spanned<ProcedureForm>>,
    #[serde(rename = "element", default)]
    elements: Vec<Spanned<ElementForm>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct PatternForm {
    pain_scale: Vec<String>,
    pain_score: Vec<String>,
    pain_word: Vec<String>,
    relief: Vec<String>,
    relief_except: Vec<String>,
    twice: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ProcedureForm {
    id: String,
    name: String,
    cpt: Vec<String>,
    policies: String,
    elements: Vec<String>,
    limits: Option<String>,
    diagnoses: Option<Source>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ElementForm {
    id: String,
    title: String,
    what: String,
    why: String,
    fix: String,
    want: Want,
    gap: Gaps,
    ask: Option<String>,
    near: Vec<SectionKind>,
    sources: Vec<Source>,
    #[serde(default)]
    examples: Vec<Example>,
}

impl Procedures {
    /// The procedures that come with the library.
    ///
    /// # Errors
    ///
    /// None in a released build: the tests load the same text.
    pub fn embedded(spelling: &Spelling) -> Result<Self, ProcedureError> {
        let text = include_str!("../../checklists/procedures.toml");
        Self::from_toml("checklists/procedures.toml", text, spelling)
    }

    /// Reads procedures; `file` is what errors call them.
    ///
    /// # Errors
    ///
    /// What is not TOML, names an unknown field or kind, or breaks a rule of [`Problem`].
    pub fn from_toml(file: &str, text: &str, spelling: &Spelling) -> Result<Self, ProcedureError> {
        let fail = |at: usize, problem| ProcedureError {
            file: file.to_owned(),
            line: datafile::line(text, at),
            problem,
        };
        let form: File = toml::from_str(text)
            .map_err(|e| fail(e.span().map_or(0, |s| s.start), Problem::Toml(e.message().to_owned())))?;
        let patterns = form.patterns.compile(spelling).map_err(|problem| fail(0, Problem::Toml(problem)))?;
        let mut elements: Vec<Element> = Vec::with_capacity(form.elements.len());
        for e in form.elements {
            let at = e.span().start;
            let e = e.into_inner().element(spelling).map_err(|problem| fail(at, problem))?;
            if elements.iter().any(|x| x.id == e.id) || e.id == super::POLICY {
                return Err(fail(at, Problem::Duplicate(e.id)));
            }
            elements.push(e);
        }
        for set in &form.policies {
            for p in &set.get_ref().list {
                if let Some(mac) = p.mac.as_ref().filter(|m| !form.macs.iter().any(|x| x.id == **m)) {
                    let problem = Problem::Mac { policy: p.id.clone(), mac: mac.clone() };
                    return Err(fail(set.span().start, problem));
                }
            }
        }
        let policies: Vec<PolicySet> = form.policies.into_iter().map(Spanned::into_inner).collect();
        let mut procedures: Vec<Procedure> = Vec::with_capacity(form.procedures.len());
        for p in form.procedures {
            let at = p.span().start;
            let p = p.into_inner().procedure(&elements, &policies).map_err(|problem| fail(at, problem))?;
            if procedures.iter().any(|x| x.id == p.id) {
                return Err(fail(at, Problem::Duplicate(p.id)));
            }
            if let Some(code) = p.cpt.iter().find(|c| procedures.iter().any(|x| x.cpt.contains(c))) {
                return Err(fail(at, Problem::Duplicate(code.clone())));
            }
            procedures.push(p);
        }
        let used = |i: usize| procedures.iter().any(|p| p.elements.contains(&i));
        if let Some(i) = (0..elements.len()).find(|&i| !used(i)) {
            return Err(fail(0, Problem::Unused(elements[i].id.clone())));
        }
        Ok(Self {
            elements,
            procedures,
            policies,
            macs: form.macs,
            as_of: form.as_of,
            patterns,
            digest: digest::sha256(text),
        })
    }
}

impl PatternForm {
    fn compile(&self, spelling: &Spelling) -> Result<Patterns, String> {
        let compile = |terms: &Vec<String>| want::compile(std::slice::from_ref(terms), spelling);
        Ok(Patterns {
            pain_scale: compile(&self.pain_scale)?,
            pain_score: compile(&self.pain_score)?,
            pain_word: compile(&self.pain_word)?,
            relief: compile(&self.relief)?,
            relief_except: compile(&self.relief_except)?,
            twice: compile(&self.twice)?,
        })
    }
}

impl ProcedureForm {
    fn procedure(self, elements: &[Element], policies: &[PolicySet]) -> Result<Procedure, Problem> {
        let unknown =
            |what, name: &str| Problem::Unknown { procedure: self.id.clone(), what, name: name.to_owned() };
        for (field, empty) in [
            ("cpt", self.cpt.is_empty()),
            ("elements", self.elements.is_empty()),
            ("name", self.name.is_empty()),
        ] {
            if empty {
                return Err(Problem::Empty { name: self.id, field });
            }
        }
        if let Some(code) = self.cpt.iter().find(|c| !is_code(c)) {
            return Err(Problem::Code { procedure: self.id, code: code.clone() });
        }
        let index =
            |id: &String| elements.iter().position(|e| e.id == *id).ok_or_else(|| unknown("element", id));
        let elements = self.elements.iter().map(index).collect::<Result<Vec<_>, _>>()?;
        let set = policies.iter().position(|p| p.id == self.policies);
        let policies = set.ok_or_else(|| unknown("list of policies", &self.policies))?;
        Ok(Procedure {
            id: self.id,
            name: self.name,
            cpt: self.cpt,
            limits: self.limits,
            diagnoses: self.diagnoses,
            elements,
            policies,
        })
    }
}

impl ElementForm {
    fn element(mut self, spelling: &Spelling) -> Result<Element, Problem> {
        for (field, empty) in [
            ("title", self.title.trim().is_empty()),
            ("what", self.what.trim().is_empty()),
            ("why", self.why.trim().is_empty()),
            ("fix", self.fix.trim().is_empty()),
            ("gap.missing", self.gap.missing.trim().is_empty()),
            ("near", self.near.is_empty()),
            ("sources", self.sources.is_empty()),
        ] {
            if empty {
                return Err(Problem::Empty { name: self.id, field });
            }
        }
        let refuse = |problem| Problem::Want { element: self.id.clone(), problem };
        self.want.prepare(spelling).map_err(refuse)?;
        if let Some(ask) = &self.ask {
            query::lint(ask, 0).map_err(|e| refuse(format!("query {e}")))?;
        }
        let met = self.examples.iter().filter(|e| e.verdict == Verdict::Met).count();
        if met == 0 || met == self.examples.len() {
            return Err(Problem::OneSided(self.id));
        }
        Ok(Element {
            id: self.id,
            title: self.title,
            what: self.what,
            why: self.why,
            fix: self.fix,
            sources: self.sources,
            examples: self.examples,
            near: self.near,
            ask: self.ask,
            gap: self.gap,
            want: self.want,
        })
    }
}

/// Five characters, digits but for the first or the last.
fn is_code(code: &str) -> bool {
    let b = code.as_bytes();
    let upper = |b: &u8| b.is_ascii_digit() || b.is_ascii_uppercase();
    matches!(b, [first, middle @ .., last]
        if middle.len() == 3 && middle.iter().all(u8::is_ascii_digit) && upper(first) && upper(last)
            && (first.is_ascii_digit() || last.is_ascii_digit()))
}
