//! The access log: a line of JSON a request, of routes, codes and numbers alone.

use serde::Serialize;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

/// What a request came to.
#[derive(Debug, Serialize)]
pub(super) struct Served<'a> {
    /// When it was answered, RFC 3339.
    pub(super) time: String,
    /// The request id.
    pub(super) request: &'a str,
    /// Its method; `other` for one that is not of HTTP.
    pub(super) method: &'static str,
    /// The route as the service knows it, never the path: that can hold anything.
    pub(super) route: &'a str,
    pub(super) status: u16,
    /// The code of an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<&'static str>,
    /// From the head of the request to that of the answer.
    pub(super) milliseconds: f64,
}

/// Where the lines go.
pub(super) struct AccessLog(Mutex<Box<dyn Write + Send>>);

impl AccessLog {
    pub(super) fn new(log: Box<dyn Write + Send>) -> Self {
        Self(Mutex::new(log))
    }

    /// Writes a line. A log that cannot be written must not keep clinicians from their notes.
    pub(super) fn write(&self, served: &Served<'_>) {
        let mut line = serde_json::to_vec(served).unwrap_or_default();
        line.push(b'\n');
        let mut log = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = log.write_all(&line).and_then(|()| log.flush());
    }
}
