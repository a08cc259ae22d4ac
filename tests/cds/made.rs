//! Requests, documents and services as the tests need them, and the schemas.

use crate::support::ENGINE;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use chartgap::server::cds::{Cds, CdsError, Config, Hook};
use serde_json::{Value, json};
use std::sync::LazyLock;
use tempfile::TempDir;

pub(crate) const CPT: &str = "http://www.ama-assn.org/go/cpt";
pub(crate) const ICD: &str = "http://hl7.org/fhir/sid/icd-10-cm";
pub(crate) const PUBLIC: &str = "https://cds.example.org";

/// Has gaps.
pub(crate) const BACK: &str = "HPI: Low back pain for 14 months.\nASSESSMENT: Rigid lumbar spine at L4-5.\n";
/// Is about something else.
pub(crate) const THROAT: &str = "CC: Sore throat for three days. No fever.";

static SCHEMA: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("cds-hooks-2.0.schema.json")).unwrap());

/// What a schema has to say against a value; nothing where it is right.
pub(crate) fn faults(name: &str, value: &Value) -> Vec<String> {
    let mut schema = SCHEMA.clone();
    assert!(schema["$defs"][name].is_object(), "no schema {name}");
    schema["$ref"] = json!(format!("#/$defs/{name}"));
    let validator = jsonschema::validator_for(&schema).unwrap();
    validator.iter_errors(value).map(|e| format!("{}: {e}", e.instance_path())).collect()
}

pub(crate) fn assert_valid(name: &str, value: &Value) {
    let faults = faults(name, value);
    assert!(faults.is_empty(), "{name}: {faults:#?}");
}

/// A service as a file configures it; its folder lives as long as the second value.
pub(crate) fn service(rest: &str) -> (Cds, TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let text = format!("public-url = \"{PUBLIC}\"\n{rest}");
    (Cds::new(Config::from_toml("cds.toml", &text, dir.path()).unwrap()), dir)
}

pub(crate) fn document(text: &str, date: &str) -> Value {
    json!({
        "resourceType": "DocumentReference",
        "status": "current",
        "subject": { "reference": "Patient/p1" },
        "date": format!("{date}T10:00:00Z"),
        "content": [{ "attachment": { "contentType": "text/plain", "data": STANDARD.encode(text) } }],
    })
}

pub(crate) fn bundle(resources: &[Value]) -> Value {
    let entries: Vec<Value> = resources.iter().map(|r| json!({ "resource": r })).collect();
    json!({ "resourceType": "Bundle", "type": "searchset", "entry": entries })
}

pub(crate) fn order(cpt: &str, icd: Option<&str>) -> Value {
    let mut order = json!({
        "resourceType": "ServiceRequest", "id": "draft-1", "status": "draft", "intent": "order",
        "subject": { "reference": "Patient/p1" },
        "code": { "coding": [{ "system": CPT, "code": cpt }] },
    });
    if let Some(icd) = icd {
        order["reasonCode"] = json!([{ "coding": [{ "system": ICD, "code": icd }] }]);
    }
    order
}

/// A request of order-sign.
pub(crate) fn signing(orders: &[Value], documents: &[Value]) -> Value {
    json!({
        "hook": "order-sign",
        "hookInstance": "0a5c2a3e-6c3b-4f6e-9d61-3f3a4c8c5a10",
        "context": {
            "userId": "Practitioner/d1", "patientId": "p1", "encounterId": "e1",
            "draftOrders": bundle(orders),
        },
        "prefetch": { "notes": bundle(documents) },
    })
}

/// A request of encounter-discharge.
pub(crate) fn discharge(icd: Option<&str>, documents: &[Value]) -> Value {
    let mut request = json!({
        "hook": "encounter-discharge",
        "hookInstance": "0a5c2a3e-6c3b-4f6e-9d61-3f3a4c8c5a11",
        "context": { "userId": "PractitionerRole/d1", "patientId": "p1", "encounterId": "e1" },
        "prefetch": { "notes": bundle(documents), "encounter": null },
    });
    if let Some(icd) = icd {
        let code = json!({ "coding": [{ "system": ICD, "code": icd }] });
        let condition =
            json!({ "resourceType": "Condition", "subject": { "reference": "Patient/p1" }, "code": code });
        request["prefetch"]["diagnoses"] = bundle(&[condition]);
    }
    request
}

/// The answer to a request, which keeps to the schema.
pub(crate) fn answer(cds: &Cds, request: &Value) -> Result<Value, CdsError> {
    let hook = Hook::named(request["hook"].as_str().unwrap()).unwrap();
    let prepared = cds.prepare(hook, request.to_string().as_bytes())?;
    let answer = serde_json::to_value(cds.answer(&ENGINE, prepared)?.0).unwrap();
    assert_valid("Response", &answer);
    for card in answer["cards"].as_array().unwrap() {
        for action in card["suggestions"]
            .as_array()
            .into_iter()
            .flatten()
            .flat_map(|s| s["actions"].as_array().unwrap())
        {
            assert_valid(action["resource"]["resourceType"].as_str().unwrap(), &action["resource"]);
        }
    }
    Ok(answer)
}

pub(crate) fn cards(cds: &Cds, request: &Value) -> Vec<Value> {
    answer(cds, request).unwrap()["cards"].as_array().unwrap().clone()
}
