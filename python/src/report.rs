//! A report with its note, for its renderings.

use chartgap::check::Engine;
use chartgap::note::Note;
use chartgap::render::guide::Guide;
use chartgap::render::{html, json};
use chartgap::report::v1;
use pyo3::prelude::*;
use std::sync::Arc;

/// What was checked, and with what.
#[pyclass(frozen, module = "chartgap._native")]
pub(crate) struct Report {
    pub(crate) engine: Arc<Engine>,
    pub(crate) note: Note,
    pub(crate) report: v1::Report,
}

#[pymethods]
impl Report {
    /// The report as JSON, `chartgap.report/1`.
    fn json(&self, py: Python<'_>) -> PyResult<String> {
        py.detach(|| json::line(&self.report)).map_err(super::error::refused)
    }

    /// The page of the note: its text with the evidence marked, beside the checklist.
    fn page(&self, py: Python<'_>) -> String {
        py.detach(|| html::page(&self.report, &self.note, Guide::from(self.engine.as_ref())))
    }

    /// The text that was checked.
    #[getter]
    fn text(&self) -> &str {
        &self.note.text
    }
}
