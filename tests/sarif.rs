//! The SARIF log: its structure, regions that hold the words they stand for, and no word of a note unless asked for.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use chartgap::check::CheckOptions;
use chartgap::intake::{IntakeError, Reason};
use chartgap::note::Note;
use chartgap::render::guide::Guide;
use chartgap::render::json::ErrorEntry;
use chartgap::render::sarif::{self, SarifOptions};
use chartgap::report::v1::{Report, Verdict};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use support::ENGINE;

/// Characters of one, two, three and four bytes before what is found.
const NOTE: &str = "Señor 日本 𝄞 says: zyzzyva.\r\nHPI: “Low back pain” since zyzzyva day.\r\n\
     MRI lumbar spine: no zyzzyva, possible facet arthropathy at L4-5.\r\nASSESSMENT: Probable lumbar stenosis.\r\n";

fn checked(note: &Note) -> Report {
    ENGINE.check(note, CheckOptions::default())
}

fn note(text: &str) -> Note {
    let mut note = Note::new("clinic/a b.txt", text);
    note.meta.procedures = vec!["64493".into(), "99999".into()];
    note
}

fn log(notes: &[Note], errors: &[ErrorEntry], snippets: bool) -> Value {
    let results = notes.iter().flat_map(|n| sarif::results(&checked(n), n, SarifOptions { snippets }));
    let results: Vec<String> = results.map(|r| r.to_string()).collect();
    let text = sarif::head(Guide::from(&*ENGINE)) + &results.join(",\n") + &sarif::tail(errors);
    serde_json::from_str(&text).unwrap()
}

fn results(log: &Value) -> &Vec<Value> {
    log["runs"][0]["results"].as_array().unwrap()
}

#[test]
fn every_gap_is_a_result_of_a_known_rule() {
    let note = note(NOTE);
    let report = checked(&note);
    let log = log(std::slice::from_ref(&note), &[], false);
    assert_eq!(log["version"], "2.1.0");
    assert_eq!(log["runs"][0]["columnKind"], "unicodeCodePoints");
    let rules: Vec<&Value> = log["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap().iter().collect();
    let ids: BTreeSet<&str> = rules.iter().map(|r| r["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), rules.len(), "ids of rules are unique");
    for rule in &rules {
        for part in ["shortDescription", "fullDescription", "help"] {
            assert!(!rule[part]["text"].as_str().unwrap().is_empty(), "{rule}");
        }
    }
    assert!(ENGINE.checklist().elements.iter().all(|e| ids.contains(e.id.as_str())));

    let open = |v: Verdict| !matches!(v, Verdict::Met | Verdict::NotApplicable);
    let elements = report.elements.iter().chain(report.procedures.iter().flat_map(|p| p.elements.iter()));
    let gaps = elements.filter(|e| open(e.verdict) && e.gap.is_some()).count();
    let found = results(&log);
    assert!(gaps > 5);
    assert_eq!(found.len(), gaps + report.coding.excludes.len());
    for result in found {
        assert!(ids.contains(result["ruleId"].as_str().unwrap()), "{result}");
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        let at = &result["locations"][0]["physicalLocation"];
        assert_eq!(at["artifactLocation"]["uri"], "clinic/a%20b.txt");
        assert!(at["region"]["startLine"].as_u64().unwrap() >= 1);
    }
    let prints: BTreeSet<String> = found.iter().map(|r| r["partialFingerprints"].to_string()).collect();
    assert_eq!(prints.len(), found.len(), "each gap has a fingerprint of its own");
}

#[test]
fn regions_count_code_points() {
    let note = note(NOTE);
    let log = log(std::slice::from_ref(&note), &[], true);
    let all: Vec<char> = NOTE.chars().collect();
    let lines: Vec<Vec<char>> = NOTE.split_inclusive('\n').map(|l| l.chars().collect()).collect();
    let mut seen = 0;
    for result in results(&log) {
        let places =
            ["locations", "relatedLocations"].map(|k| result[k].as_array().cloned().unwrap_or_default());
        for place in places.concat() {
            let region = &place["physicalLocation"]["region"];
            let Some(words) = region["snippet"]["text"].as_str() else { continue };
            let number = |key: &str| usize::try_from(region[key].as_u64().unwrap()).unwrap();
            let from = number("charOffset");
            assert_eq!(all[from..from + number("charLength")].iter().collect::<String>(), words);
            assert_eq!(number("startLine"), number("endLine"));
            let line = &lines[number("startLine") - 1];
            let on_line: String = line[number("startColumn") - 1..number("endColumn") - 1].iter().collect();
            assert_eq!(on_line, words);
            seen += 1;
        }
    }
    assert!(seen > 3);
}

#[test]
fn a_note_is_quoted_only_where_asked_for() {
    let note = note(NOTE);
    let plain = log(std::slice::from_ref(&note), &[], false).to_string();
    for word in ["zyzzyva", "snippet", "Señor", "\"query\""] {
        assert!(!plain.contains(word), "{word}");
    }
    let quoted = log(std::slice::from_ref(&note), &[], true).to_string();
    assert!(quoted.contains("zyzzyva") && quoted.contains("snippet"));
}

#[test]
fn what_is_missing_stands_at_its_section_or_the_first_line() {
    let at = |text: &str| {
        let log = log(&[Note::new("n", text)], &[], false);
        let missing = results(&log).iter().find(|r| r["ruleId"] == "function").unwrap().clone();
        missing["locations"][0]["physicalLocation"]["region"].clone()
    };
    assert_eq!(at("Low back pain for two days.\nIt hurts."), json!({ "startLine": 1 }));
    let near = at("CC: Low back pain.\nHPI: Low back pain for two days.");
    assert_eq!((&near["startLine"], &near["startColumn"]), (&json!(2), &json!(1)));
}

#[test]
fn a_fingerprint_outlives_edits_elsewhere() {
    let prints = |text: &str| -> BTreeSet<String> {
        let log = log(&[Note::new("n", text)], &[], false);
        results(&log).iter().map(|r| r["partialFingerprints"]["chartgapGap/v1"].to_string()).collect()
    };
    let before = prints("HPI: Low back pain.\nASSESSMENT: Rigid lumbar spine at L3-4.");
    let after = prints(
        "Dictated but not read.\n\nHPI: Low back pain for 2 years.\nASSESSMENT: Rigid lumbar spine at L3-4.",
    );
    assert!(after.is_subset(&before) && after.len() < before.len());
}

#[test]
fn notes_that_cannot_be_read_are_notifications() {
    let error = IntakeError::new("a.jsonl", Reason::Empty).at_line(3);
    let log = log(&[], &[ErrorEntry::from(&error)], false);
    let invocation = &log["runs"][0]["invocations"][0];
    assert_eq!(invocation["executionSuccessful"], false);
    let told = &invocation["toolExecutionNotifications"][0];
    assert_eq!(told["descriptor"]["id"], "empty");
    assert_eq!(told["locations"][0]["physicalLocation"]["region"]["startLine"], 3);
    assert!(results(&log).is_empty());
    assert_eq!(self::log(&[], &[], false)["runs"][0]["invocations"][0]["executionSuccessful"], true);
}
