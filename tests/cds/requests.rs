//! Requests that are wrong: each gets a status of its own kind, a code, a place, and no word of itself.

use crate::made::*;
use chartgap::server::cds::{CdsError, Hook};
use serde_json::{Value, json};

const CANARY: &str = "zyzzyva";

fn refused(body: &[u8]) -> CdsError {
    let (cds, _dir) = service("");
    match cds.prepare(Hook::OrderSign, body) {
        Ok(_) => panic!("passes: {}", String::from_utf8_lossy(body)),
        Err(error) => {
            let told = format!("{error} {error:?} {}", error.code());
            assert!(!told.contains(CANARY), "{told}");
            error
        }
    }
}

fn good() -> Value {
    signing(&[order("64493", Some("M53.86"))], &[document(BACK, "2026-02-11")])
}

#[test]
fn good_requests_are_valid_and_read() {
    let (cds, _dir) = service("hooks = [\"order-sign\", \"encounter-discharge\", \"patient-view\"]");
    let mut view = discharge(Some("M53.86"), &[document(BACK, "2026-02-11")]);
    view["hook"] = json!("patient-view");
    view["context"].as_object_mut().unwrap().remove("encounterId");
    let mut full = good();
    full["fhirServer"] = json!("https://ehr.example.org/fhir");
    full["fhirAuthorization"] = json!({
        "access_token": "t", "token_type": "Bearer", "expires_in": 300, "scope": "user/*.read", "subject": "client",
    });
    full["extension"] = json!({ "org.example": CANARY });
    for (schema, request) in [
        ("OrderSign", good()),
        ("OrderSign", full),
        ("EncounterDischarge", discharge(Some("M53.86"), &[document(BACK, "2026-02-11")])),
        ("PatientView", view),
    ] {
        assert_valid(schema, &request);
        assert!(!cards(&cds, &request).is_empty(), "{schema}");
    }
}

#[test]
fn what_the_schema_refuses_is_refused_with_its_place() {
    for (pointer, value, code, place) in [
        ("/hook", json!(null), "missing-field", "`hook`"),
        ("/hook", json!("zyzzyva"), "wrong-hook", "`hook`"),
        ("/hook", json!(7), "invalid-field", "`hook`"),
        ("/hookInstance", json!("zyzzyva"), "invalid-field", "`hookInstance`"),
        ("/hookInstance", json!({"a": "zyzzyva"}), "invalid-field", "`hookInstance`"),
        ("/context", json!("zyzzyva"), "invalid-field", "`context`"),
        ("/context", json!([]), "invalid-field", "`context`"),
        ("/context/userId", json!("zyzzyva"), "invalid-field", "`context.userId`"),
        ("/context/userId", json!("Device/zyzzyva"), "invalid-field", "`context.userId`"),
        ("/context/patientId", json!(""), "invalid-field", "`context.patientId`"),
        ("/context/patientId", json!("p1&_include=zyzzyva"), "invalid-field", "`context.patientId`"),
        ("/context/patientId", json!("../zyzzyva"), "invalid-field", "`context.patientId`"),
        ("/context/encounterId", json!(["zyzzyva"]), "invalid-field", "`context.encounterId`"),
        ("/context/draftOrders", json!("zyzzyva"), "invalid-field", "`context.draftOrders`"),
        (
            "/context/draftOrders",
            json!({"resourceType": "zyzzyva"}),
            "invalid-field",
            "`context.draftOrders`",
        ),
        ("/context/draftOrders/entry", json!([]), "invalid-field", "`context.draftOrders`"),
        ("/context/draftOrders/entry", json!("zyzzyva"), "invalid-field", "`context.draftOrders`"),
        ("/context/draftOrders/entry/0", json!({"zyzzyva": 1}), "invalid-field", "`context.draftOrders`"),
        ("/prefetch", json!("zyzzyva"), "invalid-field", "`prefetch`"),
        ("/prefetch", json!([]), "invalid-field", "`prefetch`"),
        ("/prefetch/notes", json!("zyzzyva"), "invalid-field", "`prefetch.notes`"),
        ("/prefetch/notes", json!([]), "invalid-field", "`prefetch.notes`"),
        ("/prefetch/notes", json!({"resourceType": "zyzzyva"}), "invalid-field", "`prefetch.notes`"),
    ] {
        let mut request = good();
        *request.pointer_mut(pointer).unwrap() = value;
        assert!(
            !faults("OrderSign", &request).is_empty() || pointer.starts_with("/prefetch/"),
            "{pointer}: {request}"
        );
        let error = refused(request.to_string().as_bytes());
        assert_eq!((error.status(), error.code()), (400, code), "{pointer}: {error}");
        assert!(error.to_string().contains(place), "{pointer}: {error}");
    }
}

#[test]
fn what_must_be_there_and_is_not() {
    for (parent, key) in [
        ("", "hook"),
        ("", "hookInstance"),
        ("", "context"),
        ("/context", "userId"),
        ("/context", "patientId"),
        ("/context", "draftOrders"),
    ] {
        for null in [false, true] {
            let mut request = good();
            let object = request.pointer_mut(parent).unwrap().as_object_mut().unwrap();
            if null {
                object.insert(key.to_owned(), Value::Null);
            } else {
                object.remove(key);
            }
            assert!(!faults("OrderSign", &request).is_empty(), "{key}");
            let error = refused(request.to_string().as_bytes());
            assert_eq!((error.status(), error.code()), (400, "missing-field"), "{key}: {error}");
        }
    }
    let (cds, _dir) = service("");
    let mut request = discharge(None, &[]);
    request["context"].as_object_mut().unwrap().remove("encounterId");
    let error = answer(&cds, &request).unwrap_err();
    assert_eq!(error.to_string(), "`context.encounterId` is missing");
}

#[test]
fn tokens_come_with_all_that_belongs_to_them() {
    let granted = json!({
        "access_token": "t", "token_type": "Bearer", "expires_in": 300, "scope": "s", "subject": "c",
    });
    let with = |key: &str, value: Value| {
        let mut request = good();
        request["fhirServer"] = json!("https://ehr.example.org/fhir");
        request["fhirAuthorization"] = granted.clone();
        request["fhirAuthorization"][key] = value;
        request
    };
    for (key, value, code) in [
        ("access_token", json!(null), "missing-field"),
        ("access_token", json!("zyzzyva\r\nHost: evil"), "invalid-field"),
        ("token_type", json!("Basic"), "invalid-field"),
        ("expires_in", json!("soon"), "invalid-field"),
        ("expires_in", json!(null), "missing-field"),
        ("scope", json!(null), "missing-field"),
        ("subject", json!(null), "missing-field"),
    ] {
        let error = refused(with(key, value).to_string().as_bytes());
        assert_eq!((error.status(), error.code()), (400, code), "{key}");
    }
    let mut alone = with("scope", json!("s"));
    alone.as_object_mut().unwrap().remove("fhirServer");
    assert_eq!(refused(alone.to_string().as_bytes()).to_string(), "`fhirServer` is missing");
    for url in ["zyzzyva", "ftp://zyzzyva", "https://u:p@ehr.example.org", "file:///etc/passwd"] {
        let mut request = good();
        request["fhirServer"] = json!(url);
        assert_eq!(refused(request.to_string().as_bytes()).code(), "invalid-field", "{url}");
    }
}

#[test]
fn missing_notes_are_a_failed_precondition() {
    let mut none = good();
    none.as_object_mut().unwrap().remove("prefetch");
    let mut null = good();
    null["prefetch"] = Value::Null;
    let mut empty = good();
    empty["prefetch"] = json!({});
    let mut failed = good();
    failed["prefetch"]["notes"] = json!({ "resourceType": "OperationOutcome" });
    let mut within = good();
    within["prefetch"]["notes"] = bundle(&[json!({ "resourceType": "OperationOutcome" })]);
    for request in [none, null, empty, failed, within] {
        let error = refused(request.to_string().as_bytes());
        assert_eq!((error.status(), error.code()), (412, "missing-prefetch"), "{request}");
        assert!(error.to_string().starts_with("prefetch `notes` is missing"), "{error}");
    }
}

#[test]
fn documents_without_text_are_a_failed_precondition() {
    let attachment = |attachment: Value| {
        let mut document = document("", "2026-02-11");
        document["content"][0]["attachment"] = attachment;
        document
    };
    for (document, reason) in [
        (attachment(json!({"contentType": "text/plain", "url": "Binary/zyzzyva"})), "not-included"),
        (attachment(json!({"contentType": "application/pdf", "data": "JVBERi0x"})), "unsupported-format"),
        (attachment(json!({"contentType": "text/plain", "data": "zyzzyva*"})), "bad-base64"),
        (attachment(json!({"contentType": "text/plain", "data": ""})), "missing-field"),
        (attachment(json!("zyzzyva")), "missing-field"),
        (attachment(json!(null)), "missing-field"),
    ] {
        let request = signing(&[order("64493", None)], &[document]);
        let error = refused(request.to_string().as_bytes());
        assert_eq!((error.status(), error.code()), (412, "unreadable-notes"), "{error}");
        assert!(error.to_string().ends_with(reason), "{error}");
    }
    // a note that was taken back is not missing
    let (cds, _dir) = service("");
    let mut withdrawn = document(BACK, "2026-02-11");
    withdrawn["status"] = json!("entered-in-error");
    assert!(cards(&cds, &signing(&[order("64493", Some("M53.86"))], &[withdrawn])).is_empty());
}

#[test]
fn notes_of_another_patient_are_refused() {
    let mut other = document(BACK, "2026-02-11");
    other["subject"]["reference"] = json!("Patient/zyzzyva");
    let request = signing(&[order("64493", None)], &[document(BACK, "2026-02-11"), other]);
    let error = refused(request.to_string().as_bytes());
    assert_eq!((error.status(), error.code()), (400, "invalid-field"));
}

#[test]
fn bodies_that_are_no_request() {
    let deep = format!("{}\"zyzzyva\"{}", "[".repeat(100_000), "]".repeat(100_000));
    let huge = signing(&vec![order("64493", None); 5_000], &[]);
    let documents = signing(&[order("64493", None)], &vec![document(THROAT, "2026-02-11"); 5_000]);
    for (body, code) in [
        (&b""[..], "invalid-json"),
        (b"zyzzyva", "invalid-json"),
        (b"{\"hook\": \"zyzzyva", "invalid-json"),
        (b"\xff\xfe{\"zyzzyva\": 1}", "invalid-json"),
        (b"[]", "invalid-field"),
        (b"\"zyzzyva\"", "invalid-field"),
        (b"null", "invalid-field"),
        (b"{}", "missing-field"),
        (deep.as_bytes(), "invalid-json"),
        (huge.to_string().as_bytes(), "too-many"),
        (documents.to_string().as_bytes(), "too-many"),
    ] {
        let error = refused(body);
        assert_eq!((error.status(), error.code()), (400, code), "{error}");
    }
}

#[test]
fn other_codes_in_orders_of_any_form_do_no_harm() {
    let (cds, _dir) = service("");
    for value in [json!(null), json!("zyzzyva"), json!([]), json!({}), json!([{"coding": "x"}]), json!(7)] {
        for field in ["code", "reasonCode", "reasonReference", "contained", "status", "doNotPerform"] {
            let mut odd = order("64493", Some("M53.86"));
            odd[field] = value.clone();
            answer(&cds, &signing(&[odd], &[document(BACK, "2026-02-11")])).unwrap();
        }
        for field in ["content", "context", "date", "type", "author", "status", "category", "identifier"] {
            let mut odd = document(BACK, "2026-02-11");
            odd[field] = value.clone();
            let _ = answer(&cds, &signing(&[order("64493", Some("M53.86"))], &[odd]));
        }
    }
}
