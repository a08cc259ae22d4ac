//! The notes of a request: out of the prefetched documents, or out of a FHIR server that may be read.

use super::access::{AccessLimits, Reading, Servers};
use super::error::FetchFault;
use super::hook::{DIAGNOSES, ENCOUNTER, NOTES};
use super::{CdsError, Context, Request};
use crate::intake::{Limits, Source, fhir};
use crate::note::Note;
use serde_json::{Value, json};

/// Documents that are read, the newest first.
const DOCUMENTS: usize = 10;
/// Resources of one prefetched bundle.
const RESOURCES: usize = 2_000;
/// Orders of one request.
const ORDERS: usize = 500;

/// What was read for a request.
pub(super) struct Gathered {
    /// The notes, the newest first; empty where the client says that there is none.
    pub(super) notes: Vec<Note>,
    /// CPT codes of the orders.
    pub(super) procedures: Vec<String>,
    /// ICD-10-CM codes of the orders' reasons, or of the diagnoses.
    pub(super) codes: Vec<String>,
}

fn limits() -> Limits {
    Limits { note_bytes: 1 << 20, document_bytes: 8 << 20, parts: RESOURCES, ..Limits::default() }
}

/// Reads notes and codes. Blocks where it reads from a FHIR server.
pub(super) fn gather(request: &mut Request, servers: &Servers) -> Result<Gathered, CdsError> {
    let fhir = request.fhir.take();
    let mut reading = match &fhir {
        Some((base, token)) => servers.open(base, token.as_ref(), AccessLimits::default()),
        None => Err(FetchFault::NotListed),
    };
    let has_server = fhir.is_some();
    let given = match request.prefetch.0.remove(NOTES) {
        // An error of the client's own query is no answer.
        Some(value) if value["resourceType"] != "OperationOutcome" => value,
        _ => fetched(request, &mut reading)
            .map_err(|fault| CdsError::MissingPrefetch { key: NOTES, fetch: has_server.then_some(fault) })?,
    };
    let notes = notes(&given, &request.context, &mut reading)?;
    let (procedures, codes) = codes(request)?;
    Ok(Gathered { notes, procedures, codes })
}

/// Asks the FHIR server what the client left out.
fn fetched(request: &Request, reading: &mut Result<Reading<'_>, FetchFault>) -> Result<Value, FetchFault> {
    let reading = reading.as_mut().map_err(|fault| *fault)?;
    let template = request.hook.prefetch().iter().find(|(key, _)| *key == NOTES).map_or("", |(_, t)| t);
    let context = &request.context;
    // Ids have been checked: nothing in them ends a parameter.
    let query = template
        .replace("{{context.patientId}}", &context.patient)
        .replace("{{context.encounterId}}", context.encounter.as_deref().unwrap_or_default());
    let answer = reading.resource(&query)?;
    if answer["resourceType"] == "Bundle" { Ok(answer) } else { Err(FetchFault::NotFhir) }
}

fn notes(
    given: &Value,
    context: &Context,
    reading: &mut Result<Reading<'_>, FetchFault>,
) -> Result<Vec<Note>, CdsError> {
    let wrong = |wanted| CdsError::WrongField { field: "prefetch.notes", wanted };
    let mut resources: Vec<&Value> = Vec::new();
    match given["resourceType"].as_str() {
        _ if given.is_null() => return Ok(Vec::new()),
        Some("Bundle") => match &given["entry"] {
            Value::Null => {}
            Value::Array(entries) => resources.extend(entries.iter().map(|e| &e["resource"])),
            _ => return Err(wrong("a Bundle with a list of entries")),
        },
        Some("DocumentReference" | "Composition" | "DiagnosticReport") => resources.push(given),
        _ => return Err(wrong("a Bundle of DocumentReferences")),
    }
    if resources.len() > RESOURCES {
        return Err(CdsError::TooMany { field: "prefetch.notes.entry", limit: RESOURCES });
    }
    let (documents, others): (Vec<&Value>, Vec<&Value>) = resources.into_iter().partition(|r| is_document(r));
    let failed = others.iter().any(|r| r["resourceType"] == "OperationOutcome");
    if documents.is_empty() && failed {
        return Err(CdsError::MissingPrefetch { key: NOTES, fetch: None });
    }
    if documents.iter().any(|d| !is_about(d, &context.patient)) {
        return Err(wrong("documents of the patient of `context.patientId`"));
    }
    let documents = chosen(documents, context);
    if documents.is_empty() {
        return Ok(Vec::new());
    }
    let mut entries: Vec<Value> = Vec::new();
    for &document in &documents {
        let mut document = document.clone();
        if document["resourceType"] == "DocumentReference" {
            complete(&mut document, &others, reading);
        }
        entries.push(json!({ "resource": document }));
    }
    entries.extend(
        others.into_iter().filter(|r| r["resourceType"] == "Binary").map(|r| json!({ "resource": r })),
    );
    let bundle = json!({ "resourceType": "Bundle", "type": "collection", "entry": entries });
    let limits = limits();
    let read = fhir::notes(&bundle, &Source::new(NOTES, &limits)).map_err(|e| CdsError::UnreadableNotes {
        documents: documents.len(),
        reasons: vec![e.reason.code()],
    })?;
    let mut notes = Vec::new();
    let mut reasons: Vec<&'static str> = Vec::new();
    // Binaries that belong to no document stand behind the documents, and are no notes here.
    for entry in read.into_iter().take(documents.len()) {
        match entry {
            Ok(note) => notes.push(note),
            Err(e) if !reasons.contains(&e.reason.code()) => reasons.push(e.reason.code()),
            Err(_) => {}
        }
    }
    // What was withdrawn is not missing.
    if notes.is_empty() && reasons.iter().any(|r| *r != "entered-in-error") {
        return Err(CdsError::UnreadableNotes { documents: documents.len(), reasons });
    }
    notes.sort_by(|a, b| b.meta.date.cmp(&a.meta.date));
    Ok(notes)
}

fn is_document(resource: &Value) -> bool {
    matches!(
        resource["resourceType"].as_str(),
        Some("DocumentReference" | "Composition" | "DiagnosticReport")
    )
}

/// Whether a document is about the patient; true where it does not say, or names the patient in another way.
fn is_about(document: &Value, patient: &str) -> bool {
    let reference = document["subject"]["reference"].as_str().and_then(|r| r.split("/_history/").next());
    match reference.and_then(|r| r.rsplit_once('/')) {
        Some((kind, id)) if kind.ends_with("Patient") => id == patient,
        _ => true,
    }
}

/// The documents of the encounter where some are of it, else all; the newest, as many as are read.
fn chosen<'v>(documents: Vec<&'v Value>, context: &Context) -> Vec<&'v Value> {
    let of_encounter: Vec<&Value> = match &context.encounter {
        Some(id) => documents.iter().copied().filter(|d| is_of(d, id)).collect(),
        None => Vec::new(),
    };
    let mut chosen = if of_encounter.is_empty() { documents } else { of_encounter };
    let date = |d: &Value| d["date"].as_str().unwrap_or_default().to_owned();
    chosen.sort_by_key(|d| std::cmp::Reverse(date(d)));
    chosen.truncate(DOCUMENTS);
    chosen
}

fn is_of(document: &Value, encounter: &str) -> bool {
    let listed = document["context"]["encounter"].as_array().map_or(&[][..], Vec::as_slice);
    let references = listed.iter().chain([&document["encounter"], &document["context"]["encounter"]]);
    references
        .filter_map(|r| r["reference"].as_str())
        .filter_map(|r| r.split("/_history/").next())
        .any(|r| r.rsplit_once('/').is_some_and(|(kind, id)| kind.ends_with("Encounter") && id == encounter))
}

/// Puts into a document what its attachments only refer to, where that may be read. What cannot be read stays as it is,
/// and is told when the document is read.
fn complete(document: &mut Value, included: &[&Value], reading: &mut Result<Reading<'_>, FetchFault>) {
    let Ok(reading) = reading else { return };
    let Some(contents) = document["content"].as_array_mut() else { return };
    let has_data = |c: &Value| c["attachment"]["data"].is_string();
    if contents.iter().any(has_data) {
        return;
    }
    for content in contents {
        let Some(attachment) = content.get_mut("attachment").filter(|a| a.is_object()) else { continue };
        let Some(url) = attachment["url"].as_str() else { continue };
        let id = url.rsplit('/').next().unwrap_or_default();
        let is_there = |r: &&Value| r["resourceType"] == "Binary" && r["id"].as_str() == Some(id);
        if included.iter().any(is_there) || url.starts_with('#') {
            continue;
        }
        let Ok(binary) = reading.binary(url) else { continue };
        if let Some(kind) = binary["contentType"].as_str()
            && attachment["contentType"].as_str().is_none_or(str::is_empty)
        {
            attachment["contentType"] = json!(kind);
        }
        attachment["data"] = binary["data"].clone();
        // One of several formats is enough.
        return;
    }
}

fn codes(request: &Request) -> Result<(Vec<String>, Vec<String>), CdsError> {
    if let Some(bundle) = &request.context.orders {
        let orders = fhir::orders(bundle, ORDERS)
            .map_err(|_| CdsError::TooMany { field: "context.draftOrders.entry", limit: ORDERS })?;
        return Ok((orders.procedures, orders.codes));
    }
    let mut codes: Vec<String> = Vec::new();
    // Both may be left out; they are read together, since an encounter refers to its diagnoses.
    let given = [ENCOUNTER, DIAGNOSES].into_iter().filter_map(|key| request.prefetch.0.get(key));
    let entries: Vec<Value> = given.filter(|v| v.is_object()).map(|v| json!({ "resource": v })).collect();
    let bundle = json!({ "resourceType": "Bundle", "type": "collection", "entry": entries });
    let found = fhir::diagnoses(&bundle, RESOURCES)
        .map_err(|_| CdsError::TooMany { field: "prefetch.diagnoses.entry", limit: RESOURCES })?;
    codes.extend(found);
    Ok((Vec::new(), codes))
}
