//! `POST /fhir/$chartgap-check`: notes as FHIR resources in, the bundle of what was found out.

use crate::check::{CheckOptions, Engine};
use crate::intake::{IntakeError, JsonFault, Limits, Reason, Source, admit, fhir};
use crate::note::Note;
use crate::render::fhir::{device, entries, id, unread};
use crate::render::json::ErrorEntry;
use crate::report::v1::Report;
use serde_json::{Value, json};
use std::collections::HashSet;

/// Notes of one call.
const NOTES: usize = 100;
/// Codes of one call.
const CODES: usize = 256;
/// What a note is called that brings no id.
const NAME: &str = "note";

/// Why a call is refused.
#[derive(Debug, thiserror::Error)]
pub enum OperationError {
    /// The body holds no note that can be read.
    #[error("{0}")]
    Notes(Reason),
    /// A parameter that there is not, or one of another type.
    #[error(
        "parameter {number}: there are `resource` (a resource), `text`, `procedure` and `code` (strings)"
    )]
    Parameter {
        /// From 1.
        number: usize,
    },
    /// More than is checked at once.
    #[error("more than {0} notes, or more codes than notes have")]
    TooMany(usize),
    /// The classifier failed.
    #[error("the classifier failed on a note")]
    Classifier,
}

impl OperationError {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            OperationError::Notes(Reason::BadJson { fault, .. }) if *fault != JsonFault::Type => 400,
            OperationError::Parameter { .. } => 400,
            OperationError::Notes(_) | OperationError::TooMany(_) => 422,
            OperationError::Classifier => 500,
        }
    }

    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            OperationError::Notes(reason) => reason.code(),
            OperationError::Parameter { .. } => "invalid-parameter",
            OperationError::TooMany(_) => "too-many",
            OperationError::Classifier => "classifier-failed",
        }
    }

    /// The resource that tells it.
    pub fn outcome(&self) -> Value {
        let code = match self.status() {
            400 => "invalid",
            422 => "processing",
            _ => "exception",
        };
        json!({
            "resourceType": "OperationOutcome",
            "issue": [{
                "severity": "error",
                "code": code,
                "details": { "coding": [{ "system": "urn:chartgap:error", "code": self.code() }] },
                "diagnostics": self.to_string(),
            }],
        })
    }
}

/// What a call asks for.
#[derive(Default)]
struct Asked {
    resources: Vec<Value>,
    texts: Vec<String>,
    procedures: Vec<String>,
    codes: Vec<String>,
}

/// Checks the notes of a body: Parameters, a bundle, or one document. `recorded` is the time of the Provenance.
///
/// # Errors
/// What [`OperationError`] says. A note that cannot be read beside others is an entry of the bundle.
pub fn check(
    engine: &Engine,
    body: &[u8],
    limits: &Limits,
    recorded: &str,
) -> Result<(Value, Vec<Report>), OperationError> {
    let read = read(body, limits)?;
    if read.len() > NOTES {
        return Err(OperationError::TooMany(NOTES));
    }
    let mut errors: Vec<IntakeError> = Vec::new();
    let mut notes: Vec<Note> = Vec::new();
    for entry in read {
        match entry {
            Ok(note) => notes.push(note),
            Err(error) => errors.push(error),
        }
    }
    if notes.is_empty() {
        let reason = errors.into_iter().next().map_or(Reason::NoNotes, |e| e.reason);
        return Err(OperationError::Notes(reason));
    }
    let reports =
        engine.check_all(&notes, CheckOptions::default()).map_err(|_| OperationError::Classifier)?;
    let mut listed = vec![device(engine.provenance())];
    let mut seen = HashSet::new();
    let mut add = |new: Vec<Value>| {
        // In a bundle no id comes twice, so that of two notes which nothing tells apart one is shown.
        if new.first().and_then(id).is_none_or(|id| seen.insert(id)) {
            listed.extend(new);
        }
    };
    reports.iter().for_each(|r| add(entries(r, recorded)));
    errors.iter().for_each(|e| add(vec![unread(&ErrorEntry::from(e))]));
    let bundle = json!({ "resourceType": "Bundle", "type": "collection", "entry": listed });
    Ok((bundle, reports))
}

fn read(body: &[u8], limits: &Limits) -> Result<Vec<Result<Note, IntakeError>>, OperationError> {
    let source = Source::new(NAME, limits);
    let root: Value = serde_json::from_slice(body).map_err(|e| OperationError::Notes(Reason::from(&e)))?;
    if root["resourceType"] != "Parameters" {
        return fhir::notes(&root, &source).map_err(|e| OperationError::Notes(e.reason));
    }
    let asked = parameters(&root)?;
    if asked.texts.len() > NOTES || asked.codes.len() + asked.procedures.len() > CODES {
        return Err(OperationError::TooMany(NOTES));
    }
    let mut notes = Vec::new();
    if !asked.resources.is_empty() {
        let resources: Vec<Value> = asked.resources.into_iter().map(|r| json!({ "resource": r })).collect();
        let bundle = json!({ "resourceType": "Bundle", "type": "collection", "entry": resources });
        notes = fhir::notes(&bundle, &source).map_err(|e| OperationError::Notes(e.reason))?;
    }
    let many = notes.len() + asked.texts.len() > 1;
    for text in asked.texts {
        let name = if many { format!("{NAME}#{}", notes.len() + 1) } else { NAME.to_owned() };
        notes.push(match admit(&text, limits.note_bytes) {
            Ok(()) => Ok(Note::new(name, text)),
            Err(reason) => Err(IntakeError::new(NAME, reason).of_note(Some(name))),
        });
    }
    for note in notes.iter_mut().flatten() {
        note.meta.codes.extend(asked.codes.iter().cloned());
        note.meta.procedures.extend(asked.procedures.iter().cloned());
    }
    Ok(notes)
}

fn parameters(root: &Value) -> Result<Asked, OperationError> {
    let mut asked = Asked::default();
    let listed =
        root["parameter"].as_array().ok_or(OperationError::Notes(Reason::MissingField("parameter")))?;
    for (at, parameter) in listed.iter().enumerate() {
        let refused = OperationError::Parameter { number: at + 1 };
        let value = ["valueString", "valueCode", "valueMarkdown"].iter().find_map(|f| parameter[*f].as_str());
        let resource = &parameter["resource"];
        match (parameter["name"].as_str(), value) {
            (Some("resource"), None) if resource.is_object() => asked.resources.push(resource.clone()),
            (Some("text"), Some(text)) => asked.texts.push(text.to_owned()),
            (Some("procedure"), Some(code)) if is_code(code) => asked.procedures.push(code.to_owned()),
            (Some("code"), Some(code)) if is_code(code) => asked.codes.push(code.to_owned()),
            _ => return Err(refused),
        }
    }
    if asked.resources.is_empty() && asked.texts.is_empty() {
        return Err(OperationError::Notes(Reason::NoNotes));
    }
    Ok(asked)
}

fn is_code(code: &str) -> bool {
    (1..=32).contains(&code.len())
        && code.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
}
