//! The native part of the Python package: the engine, its reports, and Arrow batches in and out.

mod batch;
mod checker;
mod error;
mod report;

use pyo3::prelude::*;
use std::io::Write as _;

// As the command does. What Python and Arrow free of it comes back through functions of this library.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The native part of the Python package.
#[pymodule(gil_used = false)]
mod _native {
    #[pymodule_export]
    use super::checker::Checker;
    #[pymodule_export]
    use super::report::Report;
    use super::{Bound, PyModule, PyModuleMethods as _, PyResult, error};

    #[pymodule_init]
    fn init(module: &Bound<'_, PyModule>) -> PyResult<()> {
        super::quiet_panics();
        error::add(module)?;
        module.add("__version__", env!("CARGO_PKG_VERSION"))?;
        module.add("SCHEMA", chartgap::report::v1::SCHEMA)?;
        module.add("MAX_NOTE_BYTES", chartgap::intake::MAX_NOTE_BYTES)?;
        module.add_function(pyo3::wrap_pyfunction!(super::schema, module)?)?;
        module.add_function(pyo3::wrap_pyfunction!(super::batch::note_columns, module)?)?;
        module.add_function(pyo3::wrap_pyfunction!(super::batch::columns, module)?)
    }
}

/// The JSON Schema of the report, as text.
#[pyfunction]
fn schema() -> String {
    chartgap::render::schema::schema_text()
}

/// The standard message of a panic can quote the string that was being worked on, so only its place is told.
fn quiet_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(|at| format!(" at {}:{}", at.file(), at.line())).unwrap_or_default();
        // where standard error is closed there is nobody left to tell
        let _ = writeln!(std::io::stderr().lock(), "chartgap: internal error{place}");
    }));
}
