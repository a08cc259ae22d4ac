//! The command from outside: inputs good and bad, formats, order, exit status.
#![cfg(feature = "cli")]
#![allow(clippy::unwrap_used, clippy::panic)]

use assert_cmd::Command;
use serde_json::{Value, json};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// Has gaps.
const BACK: &str = "Low back pain for two days.";
/// Is about something else.
const THROAT: &str = "Sore throat for three days. No fever.";
/// Must not come out of a note that cannot be read.
const CANARY: &str = "zyzzyva";

struct Run {
    status: i32,
    out: String,
    err: String,
}

impl Run {
    fn jsonl(&self) -> Vec<Value> {
        self.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn chartgap(dir: &Path, arguments: &[&str], stdin: &[u8]) -> Run {
    let output = Command::cargo_bin("chartgap")
        .unwrap()
        .current_dir(dir)
        .env_clear()
        .args(arguments)
        .write_stdin(stdin)
        .output()
        .unwrap();
    Run {
        status: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn files(files: &[(&str, &[u8])]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = dir.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    dir
}

fn record(id: &str, text: &str) -> String {
    json!({"id": id, "text": text}).to_string() + "\n"
}

#[test]
fn exit_status() {
    let dir = files(&[("back.txt", BACK.as_bytes()), ("throat.txt", THROAT.as_bytes())]);
    let status = |arguments: &[&str]| chartgap(dir.path(), arguments, b"").status;
    assert_eq!(status(&["check", "throat.txt"]), 0);
    assert_eq!(status(&["check", "back.txt"]), 1);
    assert_eq!(status(&["check", "throat.txt", "back.txt"]), 1);
    assert_eq!(status(&["check", "throat.txt", "gone.txt"]), 2);
    assert_eq!(status(&["check", "back.txt", "gone.txt"]), 2);
    assert_eq!(status(&["check"]), 2);
    assert_eq!(status(&["check", "back.txt", "--code", "back pain"]), 2);
    assert_eq!(status(&["check", "back.txt", "--checklist", "gone.toml"]), 2);
    assert_eq!(status(&["check", "back.txt", "--code", "m5386", "--cpt", "72148-26", "-j", "2"]), 1);
}

#[test]
fn bad_inputs_are_told_apart() {
    let large = vec![b'a'; 11 * 1024 * 1024];
    let dir = files(&[
        ("empty.txt", b""),
        ("blank.txt", b" \r\n\t\n"),
        ("large.txt", &large),
        ("nul.txt", b"zyzzyva\nback\0pain"),
        ("scan.pdf", b"%PDF-1.7 zyzzyva"),
        ("nothing/readme.md", b"zyzzyva"),
        ("void.jsonl", b"\n"),
    ]);
    let cases = [
        ("gone.txt", "gone.txt: no such file or directory", "not-found"),
        ("*.xml", "*.xml: the pattern matches no file", "no-match"),
        ("nothing", "nothing: no notes in it", "no-notes"),
        ("void.jsonl", "void.jsonl: no notes in it", "no-notes"),
        ("empty.txt", "empty.txt: the note is empty", "empty"),
        ("blank.txt", "blank.txt: the note is empty", "empty"),
        ("large.txt", "large.txt: the note is larger than 10485760 bytes (--max-note-bytes)", "too-large"),
        ("nul.txt", "nul.txt:2: NUL character at byte 12 (binary data or a damaged export)", "nul-byte"),
        ("scan.pdf", "scan.pdf: a PDF file, not plain text (export the note as text)", "unsupported-format"),
    ];
    for (name, message, code) in cases {
        let run = chartgap(dir.path(), &["check", name], b"");
        assert_eq!((run.status, run.out.as_str()), (2, ""), "{name}");
        assert_eq!(run.err, format!("chartgap: {message}\n"));

        let run = chartgap(dir.path(), &["check", "--format", "jsonl", name], b"");
        assert_eq!(run.status, 2, "{name}");
        let [entry] = &run.jsonl()[..] else { panic!("{name}: one entry") };
        assert_eq!(entry["schema"], "chartgap.report/1");
        assert_eq!((&entry["error"]["code"], &entry["error"]["file"]), (&json!(code), &json!(name)));
        assert!(!run.out.contains(CANARY) && !run.err.contains(CANARY), "{name} leaks");
    }
}

#[test]
fn extraction() {
    let dir = files(&[
        ("latin1.txt", b"line one\nd\xE9j\xE0 vu"),
        ("utf16.txt", b"\xFF\xFEB\0a\0c\0k\0"),
        ("page.html", b"<html><body><h1>HPI</h1><p>Back &amp; leg pain.</p></body></html>"),
    ]);
    let texts = |run: &Run| -> Vec<String> {
        run.jsonl().iter().map(|note| note["text"].as_str().unwrap().to_owned()).collect()
    };
    let run = chartgap(dir.path(), &["extract", "latin1.txt", "utf16.txt", "page.html"], b"");
    assert_eq!((run.status, run.err.as_str()), (0, ""));
    assert_eq!(texts(&run)[..2], ["line one\nd\u{e9}j\u{e0} vu", "Back"]);
    assert!(texts(&run)[2].contains("Back & leg pain."), "{:?}", texts(&run));
    let run = chartgap(dir.path(), &["extract", "--out", "texts", "page.html"], b"");
    assert_eq!(run.status, 0, "{}", run.err);
    let written = fs::read_dir(dir.path().join("texts")).unwrap().count();
    assert_eq!(written, 2, "the text and the index");
}

#[cfg(unix)]
#[test]
fn an_unreadable_directory_is_an_error() {
    use std::os::unix::fs::PermissionsExt;
    let dir = files(&[("closed/a.txt", BACK.as_bytes())]);
    let closed = dir.path().join("closed");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    // The superuser reads it all the same.
    if fs::read_dir(&closed).is_err() {
        let run = chartgap(dir.path(), &["check", "closed"], b"");
        assert_eq!(
            (run.status, run.err.as_str()),
            (2, "chartgap: closed: cannot be read: permission denied\n")
        );
    }
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
}

#[test]
fn a_bad_line_costs_one_note() {
    let mut notes = record("a", BACK).into_bytes();
    notes.extend(b"{\"id\":\"b\",\"text\":\"zyzzyva\n");
    notes.extend(b"{\"id\":\"c\",\"text\":[\"zyzzyva\"]}\n");
    notes.extend(b"{\"id\":\"d\",\"text\":7,\"zyzzyva\":1}\n");
    notes.extend(b"zyzzyva\n\xFFzyzzyva\n{\"zyzzyva\":1}\n");
    notes.extend(record("e", THROAT).into_bytes());
    let dir = files(&[("notes.jsonl", &notes)]);

    let run = chartgap(dir.path(), &["check", "--format", "jsonl", "notes.jsonl"], b"");
    assert_eq!(run.status, 2);
    let ids: Vec<String> = run.jsonl().iter().map(|e| e["id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(ids, ["a", "notes.jsonl:2", "c", "d", "notes.jsonl:5", "notes.jsonl:6", "notes.jsonl:7", "e"]);
    let lines: Vec<Value> = run.jsonl().iter().map(|e| e["error"]["line"].clone()).collect();
    assert_eq!(lines, [json!(null), json!(2), json!(3), json!(4), json!(5), json!(6), json!(7), json!(null)]);
    assert_eq!(run.err, "chartgap: 6 of 8 notes could not be read\n");
    assert!(!run.out.contains(CANARY) && !run.err.contains(CANARY));

    let run = chartgap(dir.path(), &["check", "notes.jsonl"], b"");
    assert_eq!(run.status, 2);
    assert!(run.err.starts_with("chartgap: notes.jsonl:2: JSON cut off at column "), "{}", run.err);
    assert_eq!(run.err.lines().count(), 6);
    assert!(!run.out.contains(CANARY) && !run.err.contains(CANARY));
}

#[test]
fn json_is_an_object_for_one_note_and_an_array_for_several() {
    let dir = files(&[("back.txt", BACK.as_bytes()), ("throat.txt", THROAT.as_bytes())]);
    let json = |arguments: &[&str]| -> Value {
        serde_json::from_str(
            &chartgap(dir.path(), &[&["check", "--format", "json"], arguments].concat(), b"").out,
        )
        .unwrap()
    };
    assert_eq!(json(&["back.txt"])["id"], "back.txt");
    let both = json(&["back.txt", "gone.txt", "throat.txt"]);
    assert_eq!(both.as_array().unwrap().len(), 3);
    assert_eq!((&both[0]["id"], &both[2]["id"]), (&json!("back.txt"), &json!("throat.txt")));
    assert_eq!(both[1]["error"]["code"], "not-found");
    // An array holds the same reports, only further to the right.
    assert_eq!(both[0], json(&["back.txt"]));
}

#[test]
fn standard_input() {
    let dir = files(&[]);
    let run = |arguments: &[&str], stdin: &str| {
        let run = chartgap(
            dir.path(),
            &[&["check", "--format", "jsonl", "-"], arguments].concat(),
            stdin.as_bytes(),
        );
        let ids: Vec<String> = run.jsonl().iter().map(|e| e["id"].as_str().unwrap().to_owned()).collect();
        (run.status, ids.join(" "))
    };
    assert_eq!(run(&[], BACK), (1, "-".to_owned()));
    assert_eq!(run(&[], &(record("a", BACK) + &record("b", THROAT))), (1, "a b".to_owned()));
    assert_eq!(run(&[], &(String::from("\n  ") + &record("a", THROAT))), (0, "a".to_owned()));
    assert_eq!(run(&[], "{braces} open this note"), (0, "-".to_owned()));
    assert_eq!(run(&["--from", "text"], &record("a", BACK)), (1, "-".to_owned()));
    assert_eq!(run(&["--from", "jsonl"], BACK), (2, "<stdin>:1".to_owned()));
    assert_eq!(run(&[], ""), (2, "-".to_owned()));
}

#[test]
fn directories_patterns_and_limits() {
    let dir = files(&[
        ("in/b.txt", BACK.as_bytes()),
        ("in/a/c.jsonl", record("one", THROAT).as_bytes()),
        ("in/.hidden.txt", BACK.as_bytes()),
        ("in/scan.pdf", b"%PDF-"),
    ]);
    let ids = |arguments: &[&str]| {
        let run = chartgap(dir.path(), &[&["check", "--format", "jsonl"], arguments].concat(), b"");
        run.jsonl().iter().map(|e| e["id"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&["in"]), ["one", "in/b.txt"]);
    assert_eq!(ids(&["in/*.txt"]), ["in/b.txt"]);
    let run = chartgap(dir.path(), &["check", "--max-note-bytes", "30", "in"], b"");
    assert_eq!(run.err, "chartgap: in/a/c.jsonl:1: the note is larger than 30 bytes (--max-note-bytes)\n");
}

#[test]
fn output_order_is_input_order() {
    let mut notes = String::new();
    for n in 0..1500 {
        match n % 100 {
            7 => notes.push_str("{\"id\":\n"),
            // Some take longer than others.
            n if n % 10 == 0 => notes.push_str(&record(&n.to_string(), &BACK.repeat(200))),
            _ => write!(notes, "{}", record(&n.to_string(), BACK)).unwrap(),
        }
    }
    let dir = files(&[("notes.jsonl", notes.as_bytes())]);
    let run = |threads: &str| {
        chartgap(dir.path(), &["check", "--format", "jsonl", "-j", threads, "notes.jsonl"], b"")
    };
    let (one, many) = (run("1"), run("8"));
    assert_eq!(one.jsonl().len(), 1500);
    assert!(one.out == many.out && one.err == many.err);
}

#[test]
fn quiet_is_one_line_a_note() {
    let dir = files(&[("back.txt", BACK.as_bytes()), ("throat.txt", THROAT.as_bytes())]);
    let run = chartgap(dir.path(), &["check", "-q", "back.txt", "throat.txt"], b"");
    let lines: Vec<&str> = run.out.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].starts_with("back.txt: "));
    assert_eq!(lines[1], "throat.txt: not applicable");
}

#[test]
fn colour_and_characters() {
    let dir = files(&[("back.txt", BACK.as_bytes())]);
    let plain = chartgap(dir.path(), &["check", "back.txt"], b"").out;
    assert!(plain.is_ascii() && !plain.contains('\u{1b}'), "no locale, no terminal");
    assert!(chartgap(dir.path(), &["check", "--color", "always", "back.txt"], b"").out.contains('\u{1b}'));
    let check = |variables: &[(&str, &str)], arguments: &[&str]| {
        let mut command = Command::cargo_bin("chartgap").unwrap();
        command
            .current_dir(dir.path())
            .env_clear()
            .envs(variables.iter().copied())
            .args(["check", "back.txt"]);
        String::from_utf8(command.args(arguments).output().unwrap().stdout).unwrap()
    };
    assert!(
        check(&[("LANG", "en_US.UTF-8")], &[]).contains('█')
            || check(&[("LANG", "C.utf8")], &[]).contains('░')
    );
    assert!(check(&[("LANG", "en_US.UTF-8")], &["--ascii"]).is_ascii());
    assert!(check(&[("CLICOLOR_FORCE", "1")], &[]).contains('\u{1b}'));
    assert!(!check(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")], &[]).contains('\u{1b}'));
}

#[test]
fn an_escape_sequence_in_a_note_does_not_reach_the_terminal() {
    let note = "ASSESSMENT:\nLow back pain\x1b[2J\x1b]0;title\x07 for two days.\n";
    let run = chartgap(files(&[]).path(), &["check", "--mentions", "-"], note.as_bytes());
    assert!(!run.out.contains(['\u{1b}', '\u{7}']));
}

#[test]
fn a_closed_pipe_is_no_failure() {
    use std::io::Read;
    use std::process::{Command, Stdio};
    let notes = record("a", &BACK.repeat(50)).repeat(3000);
    let dir = files(&[("notes.jsonl", notes.as_bytes())]);
    let mut child = Command::new(assert_cmd::cargo::cargo_bin("chartgap"))
        .current_dir(dir.path())
        .args(["check", "--format", "jsonl", "notes.jsonl"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut some = [0; 10];
    child.stdout.take().unwrap().read_exact(&mut some).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), String::from_utf8(output.stderr).unwrap()), (Some(0), String::new()));
}

#[test]
fn explanations() {
    let dir = files(&[]);
    let run = chartgap(dir.path(), &["explain", "imaging"], b"");
    assert_eq!((run.status, run.err.as_str()), (0, ""));
    assert!(run.out.contains("Sources"));
    let run = chartgap(dir.path(), &["explain", "imagign"], b"");
    assert_eq!((run.status, run.out.as_str()), (2, ""));
    assert!(run.err.contains("did you mean imaging"), "{}", run.err);
    assert!(chartgap(dir.path(), &["explain"], b"").out.lines().any(|topic| topic == "named-condition"));
}

#[test]
fn assertions_of_spans() {
    let dir = files(&[]);
    let input = [
        r#"{"id":"a","text":"Käse. There is no stenosis.","start":18,"end":26}"#,
        r#"{"id":7,"text":"There is stenosis.","start":9,"end":17,"extra":1}"#,
        r#"{"id":"b","text":"zyzzyva","start":3,"end":99}"#,
        r#"{"id":"c","text":"zyzzyva","start":"x"}"#,
        r#"{"text":"There is stenosis.","start":9,"end":17}"#,
    ]
    .join("\n");
    let run = chartgap(dir.path(), &["assert", "-"], input.as_bytes());
    assert_eq!(run.status, 2);
    let lines = run.jsonl();
    assert_eq!(lines.len(), 5);
    let cue = lines[0]["cue"].clone();
    assert!("There is no".ends_with(cue.as_str().unwrap()) && cue != "", "{cue}");
    assert_eq!(
        lines[0],
        json!({"id": "a", "assertion": "absent", "presence": "absent", "temporality": "recent",
            "experiencer": "patient", "cue": cue, "decided_by": "cue"})
    );
    assert_eq!((&lines[1]["id"], &lines[1]["assertion"]), (&json!(7), &json!("present")));
    assert_eq!((&lines[2]["id"], &lines[2]["error"]["code"]), (&json!("b"), &json!("bad-span")));
    assert_eq!((&lines[3]["id"], &lines[3]["error"]["line"]), (&json!("c"), &json!(4)));
    assert_eq!((&lines[4]["id"], &lines[4]["assertion"]), (&json!(null), &json!("present")));
    assert!(!run.out.contains(CANARY) && !run.err.contains(CANARY));
}

#[test]
fn segmentation() {
    let dir = files(&[]);
    let run = chartgap(
        dir.path(),
        &["segment", "-"],
        "HPI: Café, no back pain. Takes NSAIDs.\nPLAN\nX-rays.".as_bytes(),
    );
    assert_eq!(run.status, 0);
    assert_eq!(
        run.jsonl(),
        [json!({
            "id": "-",
            "sections": [
                {"kind": "hpi", "heading": "HPI", "start": 0, "end": 38},
                {"kind": "plan", "heading": "PLAN", "start": 39, "end": 51},
            ],
            "sentences": [
                {"section": 0, "start": 0, "end": 24, "words": ["hpi", ":", "cafe", ",", "no", "back", "pain", "."]},
                {"section": 0, "start": 25, "end": 38, "words": ["take", "nsaid", "."]},
                {"section": 1, "start": 39, "end": 43, "words": ["plan"]},
                {"section": 1, "start": 44, "end": 51, "words": ["x", "ray", "."]},
            ],
        })]
    );
}

#[test]
fn throughput() {
    let dir = files(&[("notes.jsonl", record("a", BACK).repeat(20).as_bytes())]);
    let run = chartgap(
        dir.path(),
        &["bench", "notes.jsonl", "--seconds", "0.1", "--format", "json", "-j", "2"],
        b"",
    );
    assert_eq!(run.status, 0);
    let figures: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!((&figures["notes"], &figures["threads"]), (&json!(20), &json!(2)));
    assert!(figures["notes_per_second"].as_f64().unwrap() > 0.0);
}

#[test]
fn evaluation() {
    let gold = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus/notes.jsonl");
    let run = chartgap(files(&[]).path(), &["eval", gold, "--format", "json"], b"");
    assert_eq!((run.status, run.err.as_str()), (0, ""));
    assert!(serde_json::from_str::<Value>(&run.out).unwrap().is_object());
    assert_eq!(chartgap(files(&[]).path(), &["eval", "gone.jsonl"], b"").status, 2);
}

#[test]
fn schema_is_printed() {
    let run = chartgap(files(&[]).path(), &["schema"], b"");
    assert_eq!(run.status, 0);
    assert_eq!(run.out, include_str!("../schema/chartgap.report-1.schema.json"));
}
