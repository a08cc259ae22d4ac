//! The engine: everything that is loaded once, and the pure way from a note to its report.

use crate::assertion::{Assertion, Target};
use crate::checklist::{Checklist, ChecklistError};
use crate::classify::Classifier;
use crate::coding::policy::{Policy, PolicyError};
use crate::coding::year::{self, CodeYear, UnknownYear};
use crate::coding::{self, CODE_SET, Grading, Rules};
use crate::datafile::{self, DataError};
use crate::explain::{self, Explanation};
use crate::fact::{self, Facts, View};
use crate::lexicon::{Data, Lexicon, LexiconError};
use crate::mention::Label;
use crate::note::Note;
use crate::procedure::{self, Jurisdiction, ProcedureError, Procedures};
use crate::query;
use crate::reading::{Reader, Reading};
use crate::report::queries::{NoteQueries, queries};
use crate::report::{self, v1};
use crate::span::Span;
use std::path::{Path, PathBuf};

/// The engine; share it between threads.
pub struct Engine {
    reader: Reader,
    checklist: Checklist,
    rules: Rules,
    grading: Grading,
    policy: Policy,
    year: CodeYear,
    procedures: Procedures,
    place: Option<Jurisdiction>,
    provenance: v1::Provenance,
    classifier: Option<Box<dyn Classifier>>,
}

/// What to load in place of, or beside, the embedded data.
#[derive(Clone, Debug, Default)]
pub struct EngineOptions {
    /// Directories whose `*.toml` files add to or replace the embedded lexicon.
    pub lexicon_dirs: Vec<PathBuf>,
    /// A checklist in place of the embedded one.
    pub checklist: Option<PathBuf>,
    /// A house policy: conditions that are accepted for a code against the official index.
    pub policy: Option<PathBuf>,
    /// The fiscal year of the code set, `FY2027`; the one in force unless given.
    pub code_year: Option<String>,
}

/// What to put into a report.
#[derive(Clone, Copy, Debug, Default)]
pub struct CheckOptions {
    /// The mentions as well.
    pub mentions: bool,
}

/// Why an engine can't be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A lexicon file.
    #[error(transparent)]
    Lexicon(#[from] LexiconError),
    /// The checklist.
    #[error(transparent)]
    Checklist(#[from] ChecklistError),
    /// The house policy.
    #[error(transparent)]
    Policy(#[from] PolicyError),
    /// The fiscal year.
    #[error(transparent)]
    CodeYear(#[from] UnknownYear),
    /// The checklist or the policy file can't be read.
    #[error("{file}: {source}")]
    Io {
        /// The file.
        file: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// The procedures.
    #[error(transparent)]
    Procedures(#[from] ProcedureError),
    /// The code rules, or queries that name a condition.
    #[error(transparent)]
    Data(#[from] DataError),
}

impl Engine {
    /// Loads the data and builds the automata; nothing is built again later.
    ///
    /// # Errors
    /// The first data file that is refused.
    pub fn load(options: &EngineOptions) -> Result<Self, LoadError> {
        let mut data = Data::default();
        for dir in &options.lexicon_dirs {
            data.add_dir(dir)?;
        }
        let year = year::find(options.code_year.as_deref().unwrap_or(CODE_SET))?;
        let reader = Reader::new(&data)?;
        let checklist = match &options.checklist {
            None => Checklist::m53_86()?,
            Some(path) => {
                let (file, text) = file(path)?;
                let checklist = Checklist::from_toml(&file, &text)?;
                let templates = checklist.elements.iter().flat_map(|e| {
                    let own = e.rules.iter().filter_map(|r| r.query.as_ref());
                    let all = own.chain([&e.query]).flat_map(|t| [t.cited.as_str(), t.open.as_str()]);
                    all.map(|words| (e.id.as_str(), words))
                });
                neutral(&file, &text, &reader.lexicon, templates)?;
                checklist
            }
        };
        let policy = match &options.policy {
            None => Policy::default(),
            Some(path) => {
                let (file, text) = file(path)?;
                Policy::from_toml(&file, &text, &reader.lexicon)?
            }
        };
        let procedures = Procedures::embedded(&reader.lexicon.spelling)?;
        let provenance = v1::Provenance {
            software: env!("CARGO_PKG_NAME").into(),
            version: env!("CARGO_PKG_VERSION").into(),
            lexicon: data.digest(),
            checklist: checklist.digest().into(),
            code_set: year.name.into(),
            classifier: None,
        };
        let (name, text) = data.get("grades.toml").unwrap_or(("", ""));
        let grading = Grading::from_toml(name, text)?;
        Ok(Self {
            reader,
            checklist,
            rules: Rules::embedded()?,
            grading,
            policy,
            year,
            procedures,
            place: None,
            provenance,
            classifier: None,
        })
    }

    /// Adds a classifier, whose model the provenance of every report then names.
    #[must_use]
    pub fn with_classifier(mut self, classifier: Box<dyn Classifier>) -> Self {
        self.provenance.classifier = Some(classifier.model());
        self.classifier = Some(classifier);
        self
    }

    /// Uses other procedures than the embedded ones. `file` is what errors call them.
    ///
    /// # Errors
    /// Procedures that are refused.
    pub fn with_procedures(mut self, file: &str, text: &str) -> Result<Self, LoadError> {
        let lexicon = &self.reader.lexicon;
        let procedures = Procedures::from_toml(file, text, &lexicon.spelling)?;
        let asks = procedures.elements().iter().filter_map(|e| Some((e.id.as_str(), e.ask()?)));
        neutral(file, text, lexicon, asks)?;
        self.procedures = procedures;
        Ok(self)
    }

    /// Names the policies of one place alone; [`Procedures::mac`] and [`Procedures::state`] give places.
    #[must_use]
    pub fn with_place(mut self, place: Jurisdiction) -> Self {
        self.place = Some(place);
        self
    }

    /// The procedures in force.
    pub fn procedures(&self) -> &Procedures {
        &self.procedures
    }

    /// The reader alone, for those who want mentions and no report.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }

    /// What the provenance of every report says.
    pub fn provenance(&self) -> &v1::Provenance {
        &self.provenance
    }

    /// The checklist in force.
    pub fn checklist(&self) -> &Checklist {
        &self.checklist
    }

    /// The grading systems in force.
    pub fn grading(&self) -> &Grading {
        &self.grading
    }

    /// Reads a note: mentions by rules, then by the classifier where there is one.
    pub fn read(&self, note: &Note) -> Reading {
        let mut reading = self.reader.read(note);
        if let Some(classifier) = &self.classifier {
            classifier.revise(note, &mut reading);
        }
        reading
    }

    /// Checks a note. Pure and deterministic; no text makes it fail.
    pub fn check(&self, note: &Note, options: CheckOptions) -> v1::Report {
        self.judged(note, |parts| report::build(parts, options.mentions))
    }

    /// Drafts the queries to the provider of a note. Pure and deterministic; no text makes it fail.
    pub fn queries(&self, note: &Note) -> NoteQueries {
        self.judged(note, queries)
    }

    /// Reads and judges a note, and hands over all that a report is made from.
    fn judged<T>(&self, note: &Note, make: impl FnOnce(report::Parts<'_>) -> T) -> T {
        let reading = self.read(note);
        let view = View::new(&self.reader.lexicon, &reading, &note.text);
        let mut resolved = fact::resolve(&view, note);
        let (family, specific) = coding::specific(&self.rules, &self.policy, &view, &resolved);
        resolved.facts.push(specific);
        let mut facts = Facts::new(resolved.facts.clone());
        let noted = procedure::Noted { view: &view, facts: &facts, resolved: &resolved };
        let codes = &note.meta.procedures;
        let procedures = self.procedures.assess(codes, &self.reader, &noted, self.place.as_ref());
        facts = facts.with(procedure::fact(&procedures));
        let parts = report::Parts {
            note,
            view: &view,
            lexicon: &self.reader.lexicon,
            checklist: &self.checklist,
            facts: &facts,
            resolved: &resolved,
            family: &family,
            grading: &self.grading,
            rules: &self.rules,
            policy: &self.policy,
            year: self.year,
            procedures: &procedures,
            provenance: self.provenance.clone(),
        };
        make(parts)
    }

    /// The assertion of any span of any medical text, by the cue rules.
    pub fn assert_span(&self, text: &str, span: Span) -> Assertion {
        self.reader.assert_span(text, span, Target { label: Label::Condition, general: true })
    }

    /// What, why, how to fix and sources of an element, a concept or a code.
    pub fn explain(&self, topic: &str) -> Option<Explanation> {
        explain::explain(&self.checklist, &self.reader.lexicon, &self.rules, topic)
            .or_else(|| self.procedures.explain(topic))
    }

    /// Every topic that [`Engine::explain`] knows: elements, questions, codes, concepts.
    pub fn topics(&self) -> Vec<String> {
        let mut topics = explain::topics(&self.checklist, &self.reader.lexicon);
        topics.extend(self.procedures.topics());
        topics
    }

    /// The elements and the common questions, each with its title.
    pub fn contents(&self) -> Vec<(String, String)> {
        explain::contents(&self.checklist)
    }
}

/// Refuses queries, as element and words, whose own words name a condition: no note is sure to name it.
fn neutral<'a>(
    file: &str,
    text: &str,
    lexicon: &Lexicon,
    queries: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<(), DataError> {
    for (element, words) in queries {
        if let Some(&c) = query::conditions(lexicon, words).first() {
            let at = datafile::quoted(text, 0, element);
            let problem =
                format!("element `{element}`: a query names the condition \"{}\"", lexicon.concept(c).name);
            return Err(datafile::refuse(file, text, at, problem));
        }
    }
    Ok(())
}

/// A file's name as it was given, and its text.
fn file(path: &Path) -> Result<(String, String), LoadError> {
    let file = path.display().to_string();
    match std::fs::read_to_string(path) {
        Ok(text) => Ok((file, text)),
        Err(source) => Err(LoadError::Io { file, source }),
    }
}
