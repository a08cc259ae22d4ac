//! FHIR output: references that hold, ids that depend on the content alone, and what the resources must have.
#![cfg(feature = "fhir")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use chartgap::check::CheckOptions;
use chartgap::intake::{IntakeError, Reason};
use chartgap::note::Note;
use chartgap::render::fhir;
use chartgap::render::json::ErrorEntry;
use chartgap::report::v1::{Report, Verdict};
use serde_json::Value;
use std::collections::BTreeSet;
use support::ENGINE;

const NOW: &str = "2026-02-11T09:30:00Z";
const GAPS: &str = "HPI: Low back pain for 14 months.\nASSESSMENT: Rigid lumbar spine at L4-5.\n";

fn checked(id: &str, text: &str) -> Report {
    let mut note = Note::new(id, text);
    note.meta.procedures = vec!["64493".into(), "64494".into()];
    ENGINE.check(&note, CheckOptions::default())
}

fn of_type<'a>(bundle: &'a Value, wanted: &'a str) -> Vec<&'a Value> {
    let entries = bundle["entry"].as_array().unwrap().iter();
    entries.map(|e| &e["resource"]).filter(|r| r["resourceType"] == wanted).collect()
}

/// Every value under a key, at any depth.
fn under<'a>(value: &'a Value, key: &str, into: &mut Vec<&'a Value>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(k, v)| {
            if k == key {
                into.push(v);
            }
            under(v, key, into);
        }),
        Value::Array(list) => list.iter().for_each(|v| under(v, key, into)),
        _ => {}
    }
}

/// FHIR has no empty string, list, object or null.
fn nothing_is_empty(value: &Value) {
    match value {
        Value::Object(map) => {
            assert!(!map.is_empty());
            map.values().for_each(nothing_is_empty);
        }
        Value::Array(list) => {
            assert!(!list.is_empty());
            list.iter().for_each(nothing_is_empty);
        }
        Value::String(text) => {
            assert!(!text.is_empty() && text.trim() == text, "{text:?}");
            assert!(text.chars().all(|c| !c.is_control() || matches!(c, '\t' | '\n' | '\r')), "{text:?}");
        }
        other => assert!(!other.is_null()),
    }
}

fn check(bundle: &Value) {
    nothing_is_empty(bundle);
    let entries = bundle["entry"].as_array().unwrap();
    let mut urls = BTreeSet::new();
    for e in entries {
        let id = e["resource"]["id"].as_str().unwrap();
        assert_eq!(e["fullUrl"], format!("urn:uuid:{id}"));
        assert!(urls.insert(format!("urn:uuid:{id}")), "{id} twice");
        assert!(e["resource"]["meta"]["profile"].is_null(), "no profile is claimed");
    }
    let mut references = Vec::new();
    under(bundle, "reference", &mut references);
    assert!(references.iter().all(|r| urls.contains(r.as_str().unwrap())), "a reference that leads nowhere");
}

#[test]
fn every_gap_is_an_issue() {
    let report = checked("n1", GAPS);
    let bundle = fhir::bundle(&report, NOW);
    check(&bundle);
    assert_eq!((&bundle["resourceType"], &bundle["type"]), (&"Bundle".into(), &"collection".into()));
    let open = |v: Verdict| !matches!(v, Verdict::Met | Verdict::NotApplicable);
    let elements: Vec<_> =
        report.elements.iter().chain(report.procedures.iter().flat_map(|p| p.elements.iter())).collect();
    let gaps: Vec<_> = elements.iter().filter(|e| open(e.verdict) && e.gap.is_some()).collect();
    let issues = of_type(&bundle, "DetectedIssue");
    assert!(gaps.len() > 5);
    assert_eq!(issues.len(), gaps.len() + report.coding.excludes.len());
    for (issue, gap) in issues.iter().zip(&gaps) {
        assert_eq!(issue["code"]["coding"][0]["code"], gap.id);
        assert!(["high", "moderate", "low"].contains(&issue["severity"].as_str().unwrap()));
        assert_eq!(issue["evidence"][0]["code"].as_array().map_or(0, Vec::len), gap.evidence.len());
        if let Some(query) = &gap.query {
            assert_eq!(issue["mitigation"][0]["action"]["text"], query.trim());
        }
    }
    let response = of_type(&bundle, "GuidanceResponse");
    assert_eq!((response.len(), &response[0]["status"]), (1, &"data-required".into()));
    let provenance = of_type(&bundle, "Provenance");
    assert_eq!(provenance[0]["recorded"], NOW);
    assert_eq!(provenance[0]["target"].as_array().unwrap().len(), issues.len() + 1);
    assert!(provenance[0].to_string().contains(&report.provenance.lexicon));
    assert_eq!(of_type(&bundle, "Device")[0]["version"][0]["value"], report.provenance.version);
}

#[test]
fn a_note_without_gaps_succeeds() {
    let note = Note::new("n2", "CC: Sore throat for three days. No fever.");
    let bundle = fhir::bundle(&ENGINE.check(&note, CheckOptions::default()), NOW);
    check(&bundle);
    assert!(of_type(&bundle, "DetectedIssue").is_empty());
    assert_eq!(of_type(&bundle, "GuidanceResponse")[0]["status"], "success");
}

#[test]
fn ids_depend_on_the_content_alone() {
    let ids = |report: &Report, now: &str| {
        let bundle = fhir::bundle(report, now);
        let mut ids = Vec::new();
        under(&bundle, "id", &mut ids);
        ids.into_iter().cloned().collect::<Vec<Value>>()
    };
    let report = checked("n1", GAPS);
    assert_eq!(ids(&report, NOW), ids(&report, "2027-01-01T00:00:00Z"));
    // Of another note only the Device has the same id.
    let other = checked("n3", GAPS);
    let (a, b): (BTreeSet<String>, BTreeSet<String>) = (
        ids(&report, NOW).iter().map(ToString::to_string).collect(),
        ids(&other, NOW).iter().map(ToString::to_string).collect(),
    );
    assert_eq!(a.intersection(&b).count(), 1);
}

#[test]
fn no_text_makes_a_string_that_fhir_forbids() {
    for text in ["ASSESSMENT: Rigid\u{7}lumbar spine at L3-4.\u{1b}[0m", "\u{1}", "Lumbar \u{0} stenosis"] {
        check(&fhir::bundle(&checked(" ", text), NOW));
    }
}

#[test]
fn a_note_that_cannot_be_read_is_an_outcome() {
    let error = IntakeError::new("a.jsonl", Reason::Empty).at_line(3);
    let entry = fhir::unread(&ErrorEntry::from(&error));
    nothing_is_empty(&entry);
    assert_eq!(entry["resource"]["issue"][0]["details"]["coding"][0]["code"], "empty");
    assert_eq!(entry["resource"]["issue"][0]["diagnostics"], "a.jsonl:3: the note is empty");
}
