//! The committed JSON Schema is the one that the types give, and it tells right output from wrong.

#![allow(clippy::unwrap_used)]

use chartgap::check::{CheckOptions, Engine, EngineOptions};
use chartgap::intake::{IntakeError, Reason};
use chartgap::note::Note;
use chartgap::render::json::{self, Entry, ErrorEntry};
use chartgap::render::schema::{schema, schema_text};
use chartgap::report::v1::Report;
use serde_json::{Value, json};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/schema/chartgap.report-1.schema.json");

#[test]
fn the_committed_schema_is_fresh() {
    let fresh = schema_text();
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(FILE, &fresh).unwrap();
    }
    let committed = std::fs::read_to_string(FILE).unwrap();
    assert!(committed == fresh, "run `UPDATE_SCHEMA=1 cargo test --test schema`");
}

#[test]
fn right_output_is_valid() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let valid = |value: &Value| {
        let faults: Vec<String> =
            validator.iter_errors(value).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(faults.is_empty(), "{faults:#?}");
    };
    valid(&report());
    // Without what may be left out.
    let mut short = report();
    short.as_object_mut().unwrap().remove("mentions");
    valid(&short);
    let error = IntakeError::new("a.jsonl", Reason::Empty).at_line(3).of_note(Some("n".to_owned()));
    valid(&serde_json::to_value(ErrorEntry::from(&error)).unwrap());
}

#[test]
fn wrong_output_is_invalid() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let changes: [(&str, Value); 8] = [
        ("/schema", json!("chartgap.report/2")),
        ("/score", json!(101)),
        ("/outcome", json!("fine")),
        ("/elements/0/verdict", json!("Met")),
        ("/elements/0/evidence/0/start", json!(-1)),
        ("/elements/0/gap", json!("missing")),
        ("/coding/reasons", json!([{"text": "no source"}])),
        ("/provenance", json!(null)),
    ];
    for (pointer, value) in changes {
        let mut report = report();
        *report.pointer_mut(pointer).unwrap() = value;
        assert!(!validator.is_valid(&report), "{pointer} passes");
    }
    for extra in ["/note", "/summary/note"] {
        let mut report = report();
        let (parent, key) = extra.rsplit_once('/').unwrap();
        report.pointer_mut(parent).unwrap()[key] = json!("text");
        assert!(!validator.is_valid(&report), "{extra} passes");
    }
    for missing in ["id", "outcome", "elements", "coding", "provenance"] {
        let mut report = report();
        report.as_object_mut().unwrap().remove(missing);
        assert!(!validator.is_valid(&report), "a report without {missing} passes");
    }
}

#[test]
fn the_engine_writes_what_the_schema_says() {
    let engine = Engine::load(&EngineOptions::default()).unwrap();
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let mut note = Note::new(
        "visit",
        "HPI: Low back pain for 8 months, no fall. Naproxen and 6 weeks of physical therapy did not help.\n\
         IMAGING: MRI of the lumbar spine shows moderate facet arthropathy at L4-L5.\n\
         ASSESSMENT: Lumbar facet syndrome.\nPLAN: Medial branch blocks at L4-5. Déjà vu — 5 µg.",
    );
    note.meta.procedures.push("64493".to_owned());
    let notes = [note, Note::new("other", "Sore throat for three days."), Note::new("short", "x")];
    for note in &notes {
        let report = engine.check(note, CheckOptions { mentions: true });
        let line: Value = serde_json::from_str(&json::line(&report).unwrap()).unwrap();
        let faults: Vec<String> =
            validator.iter_errors(&line).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(faults.is_empty(), "{}: {faults:#?}", note.id);
        assert_eq!(serde_json::from_value::<Report>(line).unwrap(), report);
    }
}

#[test]
fn entries_read_back() {
    assert!(matches!(serde_json::from_value(report()).unwrap(), Entry::Report(_)));
    let error = serde_json::to_value(ErrorEntry::from(&IntakeError::new("a.txt", Reason::NotFound))).unwrap();
    assert!(matches!(serde_json::from_value(error).unwrap(), Entry::Error(_)));
}

/// An invented report with every part filled.
fn report() -> Value {
    let evidence = json!({
        "start": 10, "end": 23, "byte_start": 10, "byte_end": 23, "text": "facet disease",
        "section": "assessment", "assertion": "possible", "cue": "likely"
    });
    let element = |verdict: &str| {
        json!({
            "id": "named-condition", "title": "Named condition", "verdict": verdict, "weight": 20, "credit": 7.5,
            "evidence": [evidence],
            "gap": {"message": "m", "fix": "f", "near": {"start": 0, "end": 4, "byte_start": 0, "byte_end": 4}},
            "query": "q", "sources": ["s"]
        })
    };
    json!({
        "schema": "chartgap.report/1", "id": "n-1", "score": 42, "outcome": "other-code",
        "summary": {
            "lumbar": true, "named_conditions": ["facet disease"], "nonspecific_only": false, "region": "lumbar",
            "imaging": "findings", "acuity": "chronic", "duration": "a year", "conservative_care": "documented",
            "care_types": ["injection"], "function": "limited", "injury": "denied", "radiculopathy": "absent",
            "code_family": "M47.816"
        },
        "elements": [element("partial"), element("not-applicable")],
        "coding": {
            "suggested": "M47.816", "m53_86": "not-supported", "reasons": [{"text": "t", "source": "s"}],
            "alternatives": [{"code": "M53.2X6", "when": "w"}], "excludes": [{"text": "t", "source": "s"}]
        },
        "procedures": [{"cpt": "64493", "elements": [element("missing")]}],
        "mentions": [
            {"label": "condition", "start": 10, "end": 23, "text": "facet disease", "assertion": "possible",
             "cue": "likely", "decided_by": "cue", "found_by": "both", "concept": "facet-disease"},
            {"label": "level", "start": 30, "end": 34, "text": "L4-5", "norm": ["L4-L5"], "root": false},
            {"label": "grade", "start": 36, "end": 40, "text": "mild", "system": "severity", "value": "mild"},
            {"label": "chronicity", "start": 42, "end": 48, "text": "a year", "acuity": "chronic"},
            {"label": "care", "start": 50, "end": 52, "text": "PT", "assertion": "historical",
             "type": "physical_therapy", "outcome": "failed"},
            {"label": "imaging", "start": 54, "end": 57, "text": "MRI", "assertion": "present", "modality": "mri"}
        ],
        "disagreements": [
            {"label": "care", "start": 50, "end": 52, "text": "PT",
             "rules": {"assertion": "historical", "decided_by": "section"},
             "classifier": {"assertion": "present", "decided_by": "classifier", "probability": 0.75},
             "score": 0.5, "won": "rules", "entry": "no [[status]] entry"},
            {"label": "injury", "start": 60, "end": 64, "text": "fall", "rules": null,
             "classifier": {"decided_by": "classifier"}, "score": 0.875, "won": "classifier",
             "entry": "merge.injury.add = 0.8"}
        ],
        "provenance": {
            "software": "chartgap", "version": "0.1.0", "lexicon": "ab", "checklist": "cd", "code_set": "FY2027",
            "classifier": {"name": "m", "sha256": "ef", "engine": "e 1"}
        }
    })
}
