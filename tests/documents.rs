//! The formats that are documents, from outside: one document or a directory of them, whole files for their owner alone.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use assert_cmd::Command;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

const BACK: &str = "Low back pain for two days.";
const THROAT: &str = "Sore throat for three days. No fever.";

fn chartgap(dir: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = Command::cargo_bin("chartgap")
        .unwrap()
        .current_dir(dir)
        .env_clear()
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// Two notes, the first twice, and a line that cannot be read.
fn notes() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let record = |id: &str, text: &str| json!({"id": id, "date": "2026-02-11", "text": text}).to_string();
    let lines =
        [record("back", BACK), record("throat", THROAT), record("back", BACK), r#"{"id":"bad"}"#.into()];
    fs::write(dir.path().join("all.jsonl"), lines.join("\n")).unwrap();
    fs::write(dir.path().join("back.txt"), BACK).unwrap();
    dir
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(dir).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    std::os::unix::fs::PermissionsExt::mode(&fs::metadata(path).unwrap().permissions()) & 0o777
}

#[test]
fn a_page_holds_one_note() {
    let dir = notes();
    let (status, out, _) = chartgap(dir.path(), &["check", "back.txt", "--format", "html"]);
    assert_eq!(status, 1);
    assert!(out.starts_with("<!DOCTYPE html>") && out.contains("Low back pain"));
    let (status, out, err) = chartgap(dir.path(), &["check", "all.jsonl", "--format", "html"]);
    assert_eq!((status, out.as_str()), (2, ""));
    assert!(err.contains("--out DIR"), "{err}");
}

#[test]
fn a_directory_holds_a_page_a_note_and_an_overview() {
    let dir = notes();
    let (status, out, err) =
        chartgap(dir.path(), &["check", "all.jsonl", "--format", "html", "--out", "pages"]);
    assert_eq!((status, out.as_str()), (2, ""));
    assert!(err.contains("1 of 4 notes could not be read"), "{err}");
    let pages = dir.path().join("pages");
    assert_eq!(names(&pages), ["index.html", "note-000001.html", "note-000002.html", "note-000003.html"]);
    let index = fs::read_to_string(pages.join("index.html")).unwrap();
    assert!(
        index.contains("href=\"note-000003.html\"") && index.contains("the object has no &quot;text&quot;")
    );
    #[cfg(unix)]
    {
        assert_eq!(mode(&pages), 0o700);
        assert!(names(&pages).iter().all(|n| mode(&pages.join(n)) == 0o600));
    }
}

#[test]
fn a_file_is_replaced_as_a_whole_or_not_at_all() {
    let dir = notes();
    let at = dir.path().join("page.html");
    fs::write(&at, "before").unwrap();
    // Two notes do not fit a page: what stood there stays, and nothing is left behind.
    let before = names(dir.path());
    let args = |input| ["check", input, "--format", "html", "--out", "page.html"];
    assert_eq!(chartgap(dir.path(), &args("all.jsonl")).0, 2);
    assert_eq!(fs::read_to_string(&at).unwrap(), "before");
    assert_eq!(chartgap(dir.path(), &args("gone.txt")).0, 2);
    assert_eq!(fs::read_to_string(&at).unwrap(), "before");
    assert_eq!(names(dir.path()), before);
    assert_eq!(chartgap(dir.path(), &args("back.txt")).0, 1);
    assert!(fs::read_to_string(&at).unwrap().starts_with("<!DOCTYPE html>"));
    #[cfg(unix)]
    {
        assert_eq!(mode(&at), 0o600);
        let (link, far) = (dir.path().join("link.html"), dir.path().join("far.html"));
        fs::write(&far, "far").unwrap();
        std::os::unix::fs::symlink(&far, &link).unwrap();
        chartgap(dir.path(), &["check", "back.txt", "--format", "html", "--out", "link.html"]);
        assert_eq!(fs::read_to_string(&far).unwrap(), "far", "a link is replaced, not followed");
    }
}

#[test]
fn a_log_and_a_bundle_hold_many_notes() {
    let dir = notes();
    let (status, out, _) = chartgap(dir.path(), &["check", "all.jsonl", "--format", "sarif"]);
    let log = json_of(&out);
    assert_eq!(status, 2);
    assert!(log["runs"][0]["results"].as_array().unwrap().len() > 4);
    assert_eq!(log["runs"][0]["invocations"][0]["toolExecutionNotifications"].as_array().unwrap().len(), 1);

    let time = "2026-02-11T09:30:00Z";
    let fhir = ["check", "all.jsonl", "--format", "fhir", "--recorded", time];
    let bundle = json_of(&chartgap(dir.path(), &fhir).1);
    let entries = bundle["entry"].as_array().unwrap();
    let urls: BTreeSet<String> = entries.iter().map(|e| e["fullUrl"].to_string()).collect();
    assert_eq!(urls.len(), entries.len(), "a note that comes twice stands there once");
    let count = |kind: &str| entries.iter().filter(|e| e["resource"]["resourceType"] == kind).count();
    assert_eq!(["Device", "GuidanceResponse", "Provenance", "OperationOutcome"].map(count), [1, 2, 2, 1]);
    assert_eq!(chartgap(dir.path(), &fhir).1, chartgap(dir.path(), &[&fhir[..], &["-j", "2"]].concat()).1);

    assert_eq!(chartgap(dir.path(), &[&fhir[..], &["--out", "bundles/"]].concat()).0, 2);
    assert_eq!(
        names(&dir.path().join("bundles")),
        ["note-000001.json", "note-000002.json", "note-000003.json"]
    );
    let one = json_of(&fs::read_to_string(dir.path().join("bundles/note-000002.json")).unwrap());
    assert_eq!(one["resourceType"], "Bundle");
}

#[test]
fn nothing_read_is_still_a_document() {
    let dir = notes();
    for format in ["sarif", "fhir"] {
        let (status, out, _) = chartgap(dir.path(), &["check", "gone.txt", "--format", format]);
        assert_eq!(status, 2);
        assert!(json_of(&out).is_object(), "{format}");
    }
}

#[test]
fn flags_that_do_not_fit_are_refused() {
    let dir = notes();
    for (arguments, told) in [
        (vec!["--snippets"], "--snippets goes with --format sarif"),
        (vec!["--recorded", "2026-02-11T09:30:00Z"], "--recorded goes with --format fhir"),
        (vec!["--format", "fhir", "--recorded", "today"], "not a time in UTC"),
        (vec!["--format", "sarif", "--out", "."], "is a directory"),
        (vec!["--format", "json", "--out", "none/x.json"], "none/x.json: cannot be written"),
    ] {
        let (status, _, err) = chartgap(dir.path(), &[&["check", "back.txt"][..], &arguments].concat());
        assert_eq!(status, 2, "{arguments:?}");
        assert!(err.contains(told), "{err}");
    }
}

#[test]
fn every_format_can_go_into_a_file() {
    let dir = notes();
    for format in ["text", "json", "jsonl"] {
        let plain = chartgap(dir.path(), &["check", "all.jsonl", "--format", format]);
        let filed = chartgap(dir.path(), &["check", "all.jsonl", "--format", format, "--out", "out"]);
        assert_eq!((filed.0, filed.1.as_str()), (plain.0, ""));
        assert_eq!(fs::read_to_string(dir.path().join("out")).unwrap(), plain.1);
    }
}
