//! FHIR R4 JSON to notes: compositions, document references and diagnostic reports, alone or in bundles.

mod billing;
mod document;
mod metadata;
mod orders;
mod store;

pub use self::orders::{Orders, diagnoses, orders};

use self::billing::Billing;
use self::document::Documents;
use self::store::Store;
use super::found::{Found, Parsed};
use super::source::Source;
use super::{IntakeError, Reason, charset};
use serde_json::Value;

/// Reads one resource or one bundle; every document in it is a note.
///
/// References are followed within the input; nothing is fetched. Conditions, claims, encounters, procedures and orders
/// count as metadata of the notes alone.
///
/// # Errors
/// The input is over the limits, no JSON, no FHIR resource, or without any document. A document that cannot be read is
/// an error in its place.
pub fn parse(bytes: &[u8], source: &Source) -> Parsed {
    let error = |reason| IntakeError::new(source.name, reason);
    source.check_size(bytes).map_err(error)?;
    let json = charset::decode(bytes, None).map_err(error)?;
    check_depth(&json, source.limits.depth.min(JSON_DEPTH)).map_err(error)?;
    let root: Value =
        serde_json::from_str(&json).map_err(|e| error(Reason::from(&e)).at_line(e.line() as u64))?;
    drop(json);
    notes(&root, source)
}

/// The same for a resource or a bundle that is read already.
///
/// # Errors
/// As of [`parse`].
pub fn notes(root: &Value, source: &Source) -> Parsed {
    let error = |reason| IntakeError::new(source.name, reason);
    if kind(root).is_empty() {
        return Err(error(Reason::MissingField("resourceType")));
    }
    let store = Store::new(root, source.limits.parts).map_err(error)?;
    let billing = Billing::new(&store);
    let documents = Documents::new(&store, source);
    let single = store.resources().len() == 1;

    let is_document = |r: &Value| matches!(kind(r), "Composition" | "DocumentReference" | "DiagnosticReport");
    let alone = store.resources().iter().filter(|r| is_document(r)).count() <= 1;
    let mut notes = Vec::new();
    for &resource in store.resources().iter().filter(|r| is_document(r)) {
        // A panel of laboratory values in a bundle is no report.
        if !single && kind(resource) == "DiagnosticReport" && !document::has_report(resource) {
            continue;
        }
        let mut found = metadata::of(&store, resource);
        let encounter = metadata::encounter(resource).and_then(|r| store.key(resource, r));
        billing.add(encounter.as_deref(), alone, &mut found);
        let number = (!single).then_some(notes.len() + 1);
        notes.push(if metadata::withdrawn(resource) {
            Err(found.error(Reason::EnteredInError, source, number))
        } else {
            match documents.read(resource) {
                Ok(part) => {
                    found.fill(&part.found);
                    found.note(part.text, source, number)
                }
                Err(reason) => Err(found.error(reason, source, number)),
            }
        });
    }
    for (index, &binary) in store.resources().iter().enumerate().filter(|(_, r)| kind(r) == "Binary") {
        if documents.used(index) {
            continue;
        }
        let found = Found { id: string(&binary["id"]).map(str::to_owned), ..Found::default() };
        match documents.binary(binary) {
            Ok(part) => {
                let mut found = found;
                found.fill(&part.found);
                notes.push(found.note(part.text, source, None));
            }
            // Pictures lie in bundles beside the notes.
            Err(Reason::Unsupported(_)) if !single => {}
            Err(reason) => notes.push(Err(found.error(reason, source, None))),
        }
    }
    if notes.is_empty() {
        return Err(error(Reason::NoNotes));
    }
    Ok(notes)
}

/// The parser's own limit is 128, with an error that tells nothing.
const JSON_DEPTH: usize = 120;

fn check_depth(json: &str, limit: usize) -> Result<(), Reason> {
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    for byte in json.bytes() {
        match (in_string, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (_, b'"') => in_string = !in_string,
            (false, b'{' | b'[') => {
                depth += 1;
                if depth > limit {
                    return Err(Reason::TooDeep { limit: limit as u64 });
                }
            }
            (false, b'}' | b']') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(())
}

/// The type of a resource, empty where it has none.
fn kind(resource: &Value) -> &str {
    resource["resourceType"].as_str().unwrap_or_default()
}

/// A string with something in it.
fn string(value: &Value) -> Option<&str> {
    value.as_str().map(str::trim).filter(|s| !s.is_empty())
}

/// The elements of an array; FHIR writes one as an array too, exporters do not always.
fn list(value: &Value) -> &[Value] {
    match value {
        Value::Array(list) => list,
        Value::Null => &[],
        one => std::slice::from_ref(one),
    }
}

#[cfg(test)]
mod tests;
