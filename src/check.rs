//! The engine: everything that is loaded once, and the pure way from a note to its report.

use crate::assertion::{Assertion, Target};
use crate::checklist::{Checklist, ChecklistError};
use crate::classify::{Classifier, ClassifyError, Extent, Work};
#[cfg(feature = "classifier")]
use crate::classify::{ModelError, ModelSource, OnnxClassifier, RuntimeOptions};
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
use crate::reading::{Memory, Reader, Reading};
use crate::report::queries::{NoteQueries, queries};
use crate::report::{self, v1};
use crate::segment::Segments;
use crate::span::Span;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Borrow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::slice;

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
    disagreements: bool,
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
    /// The model of the classifier; none unless given.
    #[cfg(feature = "classifier")]
    pub model: ModelSource,
    /// What runs the model.
    #[cfg(feature = "classifier")]
    pub runtime: RuntimeOptions,
}

/// What to put into a report.
#[derive(Clone, Copy, Debug, Default)]
pub struct CheckOptions {
    /// The mentions as well.
    pub mentions: bool,
}

/// What a check had to read of a note that it knew in part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reread {
    /// Sentences of the note.
    pub sentences: usize,
    /// Those that the rules read anew; all others were the same before.
    pub read: usize,
    /// Those that the classifier computed; 0 where there is none.
    pub computed: usize,
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
    /// The classifier's model.
    #[cfg(feature = "classifier")]
    #[error(transparent)]
    Model(#[from] ModelError),
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
        let engine = Self {
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
            disagreements: false,
        };
        #[cfg(feature = "classifier")]
        if let Some(classifier) = OnnxClassifier::open(&options.model, &options.runtime)? {
            return Ok(engine.with_classifier(Box::new(classifier)));
        }
        Ok(engine)
    }

    /// Adds a classifier, whose model the provenance of every report then names.
    #[must_use]
    pub fn with_classifier(mut self, classifier: Box<dyn Classifier>) -> Self {
        self.provenance.classifier = Some(classifier.model());
        self.classifier = Some(classifier);
        self
    }

    /// Lists in every report where rules and classifier differ.
    #[must_use]
    pub fn with_disagreements(mut self) -> Self {
        self.disagreements = true;
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

    /// The classifier, where there is one.
    pub fn classifier(&self) -> Option<&dyn Classifier> {
        self.classifier.as_deref()
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

    /// Reads a note: mentions by rules, then by the classifier where there is one. Where the classifier fails, the
    /// reading is that of the rules, and says so.
    pub fn read(&self, note: &Note) -> Reading {
        self.revised(note, self.reader.read(note), Extent::Whole)
    }

    fn revised(&self, note: &Note, mut reading: Reading, extent: Extent) -> Reading {
        if let Some(classifier) = &self.classifier {
            // a classifier that fails leaves the reading as it was
            let _ = classifier.revise(&self.reader, &mut [Work { note, reading: &mut reading }], extent);
        }
        reading
    }

    /// Reads some notes together, which is faster with a classifier and comes to the same.
    ///
    /// # Errors
    /// A classifier that failed.
    pub fn read_all<N: Borrow<Note>>(&self, notes: &[N]) -> Result<Vec<Reading>, ClassifyError> {
        self.read_together(notes, Extent::Whole)
    }

    fn read_together<N: Borrow<Note>>(
        &self,
        notes: &[N],
        extent: Extent,
    ) -> Result<Vec<Reading>, ClassifyError> {
        let mut readings: Vec<Reading> = notes.iter().map(|note| self.reader.read(note.borrow())).collect();
        if let Some(classifier) = &self.classifier {
            let mut works: Vec<Work<'_>> = notes
                .iter()
                .zip(&mut readings)
                .map(|(note, reading)| Work { note: note.borrow(), reading })
                .collect();
            classifier.revise(&self.reader, &mut works, extent)?;
        }
        Ok(readings)
    }

    /// Checks a note. Pure and deterministic; no text makes it fail. Where the classifier fails, the report is that of
    /// the rules, and its provenance names no classifier.
    pub fn check(&self, note: &Note, options: CheckOptions) -> v1::Report {
        let reading = self.revised(note, self.reader.read(note), self.extent(options));
        self.judged(note, &reading, |parts| report::build(parts, options.mentions))
    }

    /// What the classifier has to read for a report.
    fn extent(&self, options: CheckOptions) -> Extent {
        match (self.disagreements, options.mentions) {
            (true, _) => Extent::Whole,
            (false, true) => Extent::Mentioned,
            (false, false) => Extent::Decisive,
        }
    }

    /// Checks a note of which `memory` knows sentences, and comes to the same as [`Engine::check`]. The memory is that of
    /// one note as it changes, and of this engine alone.
    pub fn recheck(&self, note: &Note, options: CheckOptions, memory: &mut Memory) -> (v1::Report, Reread) {
        let reading = self.revised(note, self.reader.reread(note, memory), self.extent(options));
        let reread = Reread {
            sentences: reading.segments.sentences.len(),
            read: memory.read(),
            computed: reading.computed,
        };
        (self.judged(note, &reading, |parts| report::build(parts, options.mentions)), reread)
    }

    /// Checks some notes together, which is faster with a classifier and comes to the same.
    ///
    /// # Errors
    /// A classifier that failed.
    pub fn check_all<N: Borrow<Note>>(
        &self,
        notes: &[N],
        options: CheckOptions,
    ) -> Result<Vec<v1::Report>, ClassifyError> {
        let readings = self.read_together(notes, self.extent(options))?;
        let build = |parts: report::Parts<'_>| report::build(parts, options.mentions);
        Ok(notes
            .iter()
            .zip(&readings)
            .map(|(note, reading)| self.judged(note.borrow(), reading, build))
            .collect())
    }

    /// The same for callers that want a result for every note: `None` stands for one on which the classifier failed, or that
    /// met a defect. Where some notes together do, each is done alone, so that it costs no more than the note that it met.
    pub fn check_each<N: Borrow<Note>>(&self, notes: &[N], options: CheckOptions) -> Vec<Option<v1::Report>> {
        let work = || self.check_all(notes, options).ok();
        match (catch_unwind(AssertUnwindSafe(work)), notes) {
            (Ok(Some(reports)), _) => reports.into_iter().map(Some).collect(),
            (_, [_]) => vec![None],
            _ => notes.iter().flat_map(|note| self.check_each(slice::from_ref(note), options)).collect(),
        }
    }

    /// Drafts the queries to the provider of a note. Pure and deterministic; no text makes it fail.
    pub fn queries(&self, note: &Note) -> NoteQueries {
        let reading = self.revised(note, self.reader.read(note), Extent::Decisive);
        self.judged(note, &reading, queries)
    }

    /// Judges a note that was read, and hands over all that a report is made from.
    fn judged<T>(&self, note: &Note, reading: &Reading, make: impl FnOnce(report::Parts<'_>) -> T) -> T {
        let view = View::new(&self.reader.lexicon, reading, &note.text);
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
            disagreements: self.disagreements,
            provenance: v1::Provenance {
                classifier: self.provenance.classifier.clone().filter(|_| reading.classified),
                ..self.provenance.clone()
            },
        };
        make(parts)
    }

    /// The assertion of any span of any medical text, by the cue rules and the classifier where there is one.
    pub fn assert_span(&self, text: &str, span: Span) -> Assertion {
        self.try_assert_span(text, span).unwrap_or_else(|(_, rules)| rules)
    }

    /// The same, which tells where the classifier failed.
    ///
    /// # Errors
    /// A classifier that failed, with the assertion of the rules.
    pub fn try_assert_span(&self, text: &str, span: Span) -> Result<Assertion, (ClassifyError, Assertion)> {
        let segments = Segments::new(text, &self.reader.lexicon.headings);
        let mut assertion =
            self.reader.assert_in(&segments, span, Target { label: Label::Condition, general: true });
        if let Some(classifier) = &self.classifier {
            // a classifier that fails leaves the assertion as it was
            classifier.assert(text, &segments, span, &mut assertion).map_err(|e| (e, assertion))?;
        }
        Ok(assertion)
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
