//! Procedures: what coverage policies ask for with a CPT code, and whether the note has it.
//!
//! `checklists/procedures.toml` holds the elements with their thresholds, the procedures that ask for them, and the
//! policies with the contractors that wrote them. Nothing here says that a diagnosis is covered: which diagnoses a policy
//! covers was not read, and the element `policy` of every procedure says so and names the article to look into.

mod care;
mod diagnosis;
mod explain;
mod file;
mod imaging;
mod judge;
mod measure;
mod place;
mod policy;
mod want;
mod words;

pub use file::{Problem, ProcedureError};
pub use policy::{Jurisdiction, UnknownPlace};
pub use words::Proof;

use crate::fact::{Fact, FactKind, Facts, Resolved, View};
use crate::lexicon::Phrases;
use crate::reading::Reader;
use crate::report::v1::Verdict;
use crate::segment::SectionKind;
use policy::{Mac, PolicySet};
use want::Want;
use words::Words;

/// The id of the element that speaks of the covered diagnoses; always unclear, and no part of what must be met.
pub const POLICY: &str = "policy";

/// The procedures as loaded and validated.
pub struct Procedures {
    elements: Vec<Element>,
    procedures: Vec<Procedure>,
    policies: Vec<PolicySet>,
    macs: Vec<Mac>,
    as_of: String,
    patterns: Patterns,
    digest: String,
}

/// One thing that policies ask for.
pub struct Element {
    /// Its name, unique in the file.
    pub id: String,
    /// Its heading.
    pub title: String,
    /// What is looked for.
    pub what: String,
    /// Why it matters.
    pub why: String,
    /// What to write where it is missing.
    pub fix: String,
    /// Where the rule comes from, each with its verification mark.
    pub sources: Vec<crate::checklist::Source>,
    /// Notes with the verdict that they must get.
    pub examples: Vec<Example>,
    near: Vec<SectionKind>,
    ask: Option<String>,
    gap: file::Gaps,
    want: Want,
}

/// A note and the verdict that the element must get on it.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Example {
    /// The note.
    pub text: String,
    /// The verdict.
    pub verdict: Verdict,
}

/// A group of CPT codes for which the same is asked.
pub struct Procedure {
    /// Its name, unique in the file.
    pub id: String,
    /// What is done, in words of this project.
    pub name: String,
    /// The CPT codes.
    pub cpt: Vec<String>,
    /// What else the policies limit and a single note cannot show.
    pub limits: Option<String>,
    /// Diagnoses that such policies usually name, with a mark.
    pub diagnoses: Option<crate::checklist::Source>,
    elements: Vec<usize>,
    policies: usize,
}

/// Phrases that measure: pain scores and relief.
struct Patterns {
    pain_scale: Phrases,
    pain_score: Phrases,
    pain_word: Phrases,
    relief: Phrases,
    relief_except: Phrases,
    twice: Phrases,
}

/// What is asked for with one CPT code of one note.
pub struct Assessed<'a> {
    /// The code, without modifier.
    pub cpt: String,
    /// In the order of the file, the policy last.
    pub rulings: Vec<Ruling<'a>>,
}

/// The verdict on one element.
pub struct Ruling<'a> {
    /// The element's name.
    pub id: &'a str,
    /// Its heading.
    pub title: &'a str,
    /// The verdict.
    pub verdict: Verdict,
    /// What shows it.
    pub proof: Vec<Proof>,
    /// What is missing.
    pub gap: Option<String>,
    /// What to write.
    pub fix: String,
    /// The kinds of sections in which the words would stand.
    pub near: &'a [SectionKind],
    /// What to ask the provider.
    pub ask: Option<&'a str>,
    /// The sources.
    pub sources: Vec<String>,
}

impl Element {
    /// What to ask the provider.
    pub fn ask(&self) -> Option<&str> {
        self.ask.as_deref()
    }
}

impl Ruling<'_> {
    /// Whether the element is one that a note can meet, which the note about the covered diagnoses is not.
    pub fn counts(&self) -> bool {
        self.id != POLICY
    }
}

impl Procedures {
    /// The procedure of a CPT code, with or without modifier.
    pub fn find(&self, cpt: &str) -> Option<&Procedure> {
        let cpt = bare(cpt);
        self.procedures.iter().find(|p| p.cpt.contains(&cpt))
    }

    /// Every procedure.
    pub fn all(&self) -> &[Procedure] {
        &self.procedures
    }

    /// Every element.
    pub fn elements(&self) -> &[Element] {
        &self.elements
    }

    /// The elements that a procedure asks for, in its order.
    pub fn elements_of<'a>(&'a self, procedure: &'a Procedure) -> impl Iterator<Item = &'a Element> {
        procedure.elements.iter().filter_map(|&i| self.elements.get(i))
    }

    /// SHA-256 of the text that they were read from, in hexadecimal.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Holds the procedures that came with a note against it. `place` keeps the policies of one place alone.
    pub fn assess<'a>(
        &'a self,
        codes: &[String],
        reader: &Reader,
        note: &Noted<'_>,
        place: Option<&Jurisdiction>,
    ) -> Vec<Assessed<'a>> {
        let mut cpts: Vec<String> = Vec::new();
        for code in codes.iter().map(|c| bare(c)).filter(|c| !c.is_empty()) {
            if !cpts.contains(&code) {
                cpts.push(code);
            }
        }
        if cpts.is_empty() {
            return Vec::new();
        }
        let words = Words::new(reader, note, &self.patterns);
        cpts.into_iter()
            .map(|cpt| {
                let rulings = match self.find(&cpt) {
                    Some(procedure) => self.rule(procedure, &words, place),
                    None => vec![self.unknown()],
                };
                Assessed { cpt, rulings }
            })
            .collect()
    }

    fn rule<'a>(
        &'a self,
        procedure: &'a Procedure,
        words: &Words<'_>,
        place: Option<&Jurisdiction>,
    ) -> Vec<Ruling<'a>> {
        let applies = words.about_the_back();
        let mut out: Vec<Ruling<'a>> = self
            .elements_of(procedure)
            .map(|e| {
                let (verdict, proof) = match applies {
                    true => judge::judge(&e.want, words),
                    false => (Verdict::NotApplicable, Vec::new()),
                };
                let excused = match &e.want {
                    Want::Care { types, .. } => care::is_excused(words, types),
                    _ => false,
                };
                Ruling {
                    id: &e.id,
                    title: &e.title,
                    verdict,
                    proof,
                    gap: e.gap.of(verdict, excused).map(str::to_owned),
                    fix: e.fix.clone(),
                    near: &e.near,
                    ask: e.ask.as_deref(),
                    sources: e.sources.iter().map(ToString::to_string).collect(),
                }
            })
            .collect();
        out.push(self.policy(procedure, place));
        out
    }

    fn unknown(&self) -> Ruling<'_> {
        Ruling {
            id: "unknown-procedure",
            title: "Procedure",
            verdict: Verdict::Unclear,
            proof: Vec::new(),
            gap: Some("No policy for this procedure is known here; what it asks for was not checked.".into()),
            fix: "Look the procedure up in the Medicare Coverage Database or in the payer's policies.".into(),
            near: &[],
            ask: None,
            sources: vec![format!(
                "list of policies as of {}: none for this procedure [verified]",
                self.as_of
            )],
        }
    }
}

/// What was read in a note, as far as the procedures ask for it.
pub struct Noted<'a> {
    /// Its mentions.
    pub view: &'a View<'a>,
    /// Its facts.
    pub facts: &'a Facts,
    /// What the resolvers found beside them.
    pub resolved: &'a Resolved,
}

/// The fact about the procedures of a note: what all of them together come to.
pub fn fact(assessed: &[Assessed<'_>]) -> Fact {
    let kind = FactKind::Procedure;
    if assessed.is_empty() {
        return Fact { kind, value: "none", flags: Vec::new(), mentions: Vec::new() };
    }
    let all = || assessed.iter().flat_map(|a| &a.rulings).filter(|r| r.counts());
    let any = |v: Verdict| all().any(|r| r.verdict == v);
    let mut flags = Vec::new();
    if all().all(|r| matches!(r.verdict, Verdict::Met | Verdict::NotApplicable)) {
        flags.push("complete");
    }
    if any(Verdict::Met) || any(Verdict::Partial) {
        flags.push("partly");
    }
    if any(Verdict::Contradicted) {
        flags.push("contradicted");
    }
    if any(Verdict::Unclear) {
        flags.push("unknown");
    }
    let mut mentions: Vec<usize> = Vec::new();
    // what speaks against the procedure is shown first
    for wanted in [Verdict::Contradicted, Verdict::Met, Verdict::Partial] {
        for proof in all().filter(|r| r.verdict == wanted).flat_map(|r| &r.proof) {
            if let Proof::Mention(m) = proof
                && !mentions.contains(m)
            {
                mentions.push(*m);
            }
        }
    }
    Fact { kind, value: "listed", flags, mentions }
}

/// A modifier (64493-50) does not change what the policies ask for.
fn bare(cpt: &str) -> String {
    cpt.trim().split('-').next().unwrap_or("").trim().to_ascii_uppercase()
}
