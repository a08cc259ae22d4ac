//! The engine as a Python class.

use crate::batch::{self, Rows, Wanted};
use crate::error;
use crate::report::Report;
use chartgap::assertion::{Assertion, Experiencer, Presence, Temporality};
use chartgap::audit::TableOptions;
use chartgap::check::{CheckOptions, Engine, EngineOptions};
use chartgap::classify::{ModelSource, RuntimeOptions};
use chartgap::intake::{self, Columns, MAX_NOTE_BYTES, Options, Reason};
use chartgap::note::{Meta, Note};
use chartgap::span::{CodePoints, Span};
use pyo3::prelude::*;
use pyo3::types::PyString;
use pyo3_arrow::input::AnyRecordBatch;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;

/// Loaded rules and model. Share it between threads; it never changes.
#[pyclass(frozen, module = "chartgap._native")]
pub(crate) struct Checker {
    engine: Arc<Engine>,
}

#[pymethods]
impl Checker {
    #[new]
    #[pyo3(signature = (*, lexicon, checklist, policy, code_year, model, embedded_model, procedures, mac, state))]
    #[allow(clippy::too_many_arguments, reason = "the Python class gives them names and defaults")]
    fn new(
        py: Python<'_>,
        lexicon: Vec<PathBuf>,
        checklist: Option<PathBuf>,
        policy: Option<PathBuf>,
        code_year: Option<String>,
        model: Option<PathBuf>,
        embedded_model: bool,
        procedures: Option<PathBuf>,
        mac: Option<&str>,
        state: Option<&str>,
    ) -> PyResult<Self> {
        let options = EngineOptions {
            lexicon_dirs: lexicon,
            checklist,
            policy,
            code_year,
            model: match model {
                Some(dir) => ModelSource::Dir(dir),
                None if embedded_model => ModelSource::Embedded,
                None => ModelSource::None,
            },
            runtime: RuntimeOptions::default(),
        };
        let mut engine = py.detach(|| Engine::load(&options)).map_err(|e| error::load(&e))?;
        if let Some(path) = procedures {
            let file = path.display().to_string();
            let text = std::fs::read_to_string(&path).map_err(|e| error::refused(format!("{file}: {e}")))?;
            engine = engine.with_procedures(&file, &text).map_err(|e| error::load(&e))?;
        }
        let place = match (mac, state) {
            (Some(mac), _) => Some(engine.procedures().mac(mac).map_err(error::refused)?),
            (None, Some(state)) => Some(engine.procedures().state(state).map_err(error::refused)?),
            (None, None) => None,
        };
        let engine = match place {
            Some(place) => engine.with_place(place),
            None => engine,
        };
        Ok(Self { engine: Arc::new(engine) })
    }

    /// What the provenance of every report says, as JSON.
    fn provenance(&self) -> PyResult<String> {
        serde_json::to_string(self.engine.provenance()).map_err(error::refused)
    }

    #[pyo3(signature = (text, *, id, date, codes, procedures, mentions))]
    #[allow(clippy::too_many_arguments, reason = "the Python class gives them names and defaults")]
    fn check(
        &self,
        py: Python<'_>,
        text: &Bound<'_, PyString>,
        id: String,
        date: Option<String>,
        codes: Vec<String>,
        procedures: Vec<String>,
        mentions: bool,
    ) -> PyResult<Report> {
        let text = string(text)?;
        intake::admit(&text, MAX_NOTE_BYTES).map_err(|reason| error::note(py, &reason))?;
        let note = Note { id, text, meta: Meta { date, procedures, codes, ..Meta::default() } };
        let report = py
            .detach(|| {
                let check = || self.engine.check(&note, CheckOptions { mentions });
                catch_unwind(AssertUnwindSafe(check))
            })
            .map_err(|_| error::note(py, &Reason::Internal))?;
        Ok(Report { engine: self.engine.clone(), note, report })
    }

    /// Presence, temporality and experiencer of spans of a text, given in code points.
    fn assertions(
        &self,
        py: Python<'_>,
        text: &Bound<'_, PyString>,
        spans: Vec<(u32, u32)>,
    ) -> PyResult<Vec<[&'static str; 3]>> {
        let text = string(text)?;
        let points = CodePoints::new(&text);
        let length = points.at(u32::try_from(text.len()).unwrap_or(u32::MAX));
        if spans.iter().any(|&(start, end)| start >= end || end > length) {
            return Err(error::note(py, &Reason::BadSpan));
        }
        let done = py.detach(|| {
            let assert = |&(start, end): &(u32, u32)| {
                let span = Span::new(points.byte(start) as usize, points.byte(end) as usize);
                axes(self.engine.assert_span(&text, span))
            };
            catch_unwind(AssertUnwindSafe(|| spans.iter().map(assert).collect()))
        });
        done.map_err(|_| error::note(py, &Reason::Internal))
    }

    /// A row a note, with the columns of [`batch::columns`]. `rows` says what the rows of `data` are.
    #[pyo3(signature = (data, *, rows, columns, source, first, mentions, text))]
    #[allow(clippy::too_many_arguments, reason = "the Python class gives them names and defaults")]
    fn check_batch<'py>(
        &self,
        py: Python<'py>,
        data: AnyRecordBatch,
        rows: &str,
        columns: BTreeMap<String, String>,
        source: &str,
        first: u64,
        mentions: bool,
        text: bool,
    ) -> PyResult<Bound<'py, PyAny>> {
        let options = Options { columns: named(columns)?, ..Options::default() };
        let wanted =
            Wanted { rows: Rows::named(rows)?, source, first, options: TableOptions { mentions, text } };
        batch::check(py, &self.engine, data, &options, &wanted)?.into_pyarrow(py)
    }
}

/// A string of Python; lone surrogates, which no UTF-8 has, are refused without an exception that holds the text.
fn string(text: &Bound<'_, PyString>) -> PyResult<String> {
    match text.to_cow() {
        Ok(text) => Ok(text.into_owned()),
        Err(_) => Err(error::note(text.py(), &Reason::InvalidUtf8 { offset: 0 })),
    }
}

fn axes(assertion: Assertion) -> [&'static str; 3] {
    [
        match assertion.presence {
            Presence::Present => "present",
            Presence::Absent => "absent",
            Presence::Possible => "possible",
            Presence::Hypothetical => "hypothetical",
        },
        match assertion.temporality {
            Temporality::Recent => "recent",
            Temporality::Historical => "historical",
        },
        match assertion.experiencer {
            Experiencer::Patient => "patient",
            Experiencer::Family => "family",
        },
    ]
}

/// Names of columns by what they hold.
pub(crate) fn named(columns: BTreeMap<String, String>) -> PyResult<Columns> {
    let mut out = Columns::default();
    for (what, name) in columns {
        let field = match what.as_str() {
            "text" => &mut out.text,
            "id" => &mut out.id,
            "date" => &mut out.date,
            "codes" => &mut out.codes,
            "procedures" => &mut out.procedures,
            "author_role" => &mut out.author_role,
            "encounter_type" => &mut out.encounter,
            "document_type" => &mut out.document_type,
            _ => {
                return Err(error::refused(format!(
                    "no column \"{what}\": text, id, date, codes, procedures, author_role, encounter_type, \
                     document_type"
                )));
            }
        };
        *field = Some(name);
    }
    Ok(out)
}
