//! What users did with cards: read strictly, and kept in a file that only grows.

use crate::made::*;
use chartgap::server::cds::{Feedback, FeedbackStore, Hook};
use serde_json::{Value, json};

const TIME: &str = "2026-02-11T09:30:00Z";
const CARD: &str = "4e0a3a1e-3283-4575-ab82-028d55fe2719";
const SUGGESTION: &str = "e56e1945-20b3-4393-8503-a1a20fd73152";

fn accepted() -> Value {
    json!({ "feedback": [{
        "card": CARD, "outcome": "accepted", "acceptedSuggestions": [{ "id": SUGGESTION }], "outcomeTimestamp": TIME,
    }] })
}

fn overridden() -> Value {
    json!({ "feedback": [{
        "card": CARD, "outcome": "overridden", "outcomeTimestamp": TIME,
        "overrideReason": {
            "reason": { "code": "misread", "system": "urn:chartgap:override-reason" },
            "userComment": "It stands in the plan.",
        },
    }] })
}

#[test]
fn entries_are_added_and_none_is_taken() {
    let (cds, dir) = service("feedback = \"feedback.jsonl\"");
    let file = dir.path().join("feedback.jsonl");
    for body in [accepted(), overridden()] {
        assert_valid("Feedback", &body);
        cds.feedback(Hook::OrderSign, body.to_string().as_bytes(), "https://ehr.example.org", TIME).unwrap();
    }
    let before = std::fs::read_to_string(&file).unwrap();
    let lines: Vec<Value> = before.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0]["acceptedSuggestions"][0]["id"], SUGGESTION);
    assert_eq!(
        (&lines[0]["service"], &lines[0]["client"]),
        (&json!("chartgap-order-sign"), &json!("https://ehr.example.org"))
    );
    assert_eq!(
        (&lines[1]["outcome"], &lines[1]["overrideReason"]["reason"]["code"]),
        (&json!("overridden"), &json!("misread"))
    );
    // what is refused leaves nothing, and what comes later is added behind
    assert!(cds.feedback(Hook::OrderSign, b"{}", "local", TIME).is_err());
    cds.feedback(Hook::EncounterDischarge, accepted().to_string().as_bytes(), "local", TIME).unwrap();
    let after = std::fs::read_to_string(&file).unwrap();
    assert!(after.starts_with(&before) && after.lines().count() == 3);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}

#[test]
fn all_entries_of_a_call_are_stored_or_none() {
    let (cds, dir) = service("feedback = \"feedback.jsonl\"");
    let mut body = accepted();
    let entry = body["feedback"][0].clone();
    let wrong = json!({ "card": CARD });
    body["feedback"] = json!([entry, wrong]);
    assert!(cds.feedback(Hook::OrderSign, body.to_string().as_bytes(), "local", TIME).is_err());
    assert_eq!(std::fs::read_to_string(dir.path().join("feedback.jsonl")).unwrap(), "");
}

#[test]
fn a_store_is_opened_as_it_was_left() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("f.jsonl");
    let entries = Feedback::parse(accepted().to_string().as_bytes()).unwrap();
    FeedbackStore::open(&path).unwrap().append("s", "local", TIME, &entries).unwrap();
    // the power went while a line was written
    let torn = std::fs::read_to_string(&path).unwrap() + "{\"received\":";
    std::fs::write(&path, &torn).unwrap();
    FeedbackStore::open(&path).unwrap().append("s", "local", TIME, &entries).unwrap();
    let after = std::fs::read_to_string(&path).unwrap();
    assert!(after.starts_with(&torn));
    assert_eq!(after.lines().count(), 3);
    assert!(serde_json::from_str::<Value>(after.lines().last().unwrap()).is_ok());
    assert!(FeedbackStore::open(dir.path()).is_err());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(FeedbackStore::open(&path).unwrap_err().to_string().contains("chmod 600"));
        let link = dir.path().join("link");
        std::os::unix::fs::symlink(&path, &link).unwrap();
        assert!(FeedbackStore::open(&link).is_err());
    }
}

#[test]
fn what_is_wrong_is_refused_with_its_place() {
    let (cds, _dir) = service("feedback = \"feedback.jsonl\"");
    for (pointer, value, code, place) in [
        ("/feedback", json!(null), "missing-field", "`feedback`"),
        ("/feedback", json!([]), "invalid-field", "`feedback`"),
        ("/feedback", json!("zyzzyva"), "invalid-field", "`feedback`"),
        ("/feedback/0", json!("zyzzyva"), "invalid-field", "`feedback[]`"),
        ("/feedback/0/card", json!(null), "missing-field", "`feedback[].card`"),
        ("/feedback/0/card", json!("zyzzyva"), "invalid-field", "`feedback[].card`"),
        ("/feedback/0/outcome", json!("zyzzyva"), "invalid-field", "`feedback[].outcome`"),
        ("/feedback/0/outcome", json!(null), "missing-field", "`feedback[].outcome`"),
        ("/feedback/0/acceptedSuggestions", json!(null), "missing-field", "`feedback[].acceptedSuggestions`"),
        ("/feedback/0/acceptedSuggestions", json!([]), "invalid-field", "`feedback[].acceptedSuggestions`"),
        ("/feedback/0/acceptedSuggestions/0", json!({}), "missing-field", "acceptedSuggestions[].id`"),
        (
            "/feedback/0/acceptedSuggestions/0/id",
            json!("zyzzyva"),
            "invalid-field",
            "acceptedSuggestions[].id`",
        ),
        ("/feedback/0/outcomeTimestamp", json!("zyzzyva"), "invalid-field", "`feedback[].outcomeTimestamp`"),
        ("/feedback/0/outcomeTimestamp", json!(null), "missing-field", "`feedback[].outcomeTimestamp`"),
    ] {
        let mut body = accepted();
        *body.pointer_mut(pointer).unwrap() = value;
        assert!(!faults("Feedback", &body).is_empty(), "{pointer}");
        let error = cds.feedback(Hook::OrderSign, body.to_string().as_bytes(), "local", TIME).unwrap_err();
        assert_eq!((error.status(), error.code()), (400, code), "{pointer}: {error}");
        assert!(error.to_string().contains(place) && !error.to_string().contains("zyzzyva"), "{error}");
    }
    let many = json!({ "feedback": vec![accepted()["feedback"][0].clone(); 101] });
    let error = cds.feedback(Hook::OrderSign, many.to_string().as_bytes(), "local", TIME).unwrap_err();
    assert_eq!((error.status(), error.code()), (400, "too-many"));
    let mut long = overridden();
    long["feedback"][0]["overrideReason"]["userComment"] = json!("x".repeat(5000));
    let error = cds.feedback(Hook::OrderSign, long.to_string().as_bytes(), "local", TIME).unwrap_err();
    assert_eq!(error.code(), "invalid-field");
}

#[test]
fn nothing_is_taken_where_nothing_can_be_kept() {
    let (cds, _dir) = service("");
    let error = cds.feedback(Hook::OrderSign, accepted().to_string().as_bytes(), "local", TIME).unwrap_err();
    assert_eq!((error.status(), error.code()), (404, "no-feedback"));
}
