//! What Python sees of errors: a code and a message, never words of a note.

use chartgap::check::LoadError;
use chartgap::intake::Reason;
use pyo3::create_exception;
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

create_exception!(
    chartgap,
    NoteError,
    PyValueError,
    "A note that cannot be checked; `code` is a stable word."
);
create_exception!(chartgap, LoadError_, PyValueError, "Rules or a model that are refused.");

/// Adds the exceptions to the module.
pub(crate) fn add(module: &Bound<'_, PyModule>) -> PyResult<()> {
    module.add("NoteError", module.py().get_type::<NoteError>())?;
    module.add("LoadError", module.py().get_type::<LoadError_>())
}

/// The exception for a note.
pub(crate) fn note(py: Python<'_>, reason: &Reason) -> PyErr {
    let error = NoteError::new_err(reason.to_string());
    // without the code the message still says what is wrong
    let _ = error.value(py).setattr("code", reason.code());
    error
}

/// The exception for rules or a model.
pub(crate) fn load(error: &LoadError) -> PyErr {
    LoadError_::new_err(error.to_string())
}

/// The exception for what does not fit; the messages of the core name no note text.
pub(crate) fn refused(error: impl std::fmt::Display) -> PyErr {
    PyValueError::new_err(error.to_string())
}
