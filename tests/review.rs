//! `chartgap review` from outside: decisions, blindness, agreement, corrected notes.
#![cfg(all(feature = "cli", feature = "audit"))]
#![allow(clippy::unwrap_used, clippy::panic)]

use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use tempfile::TempDir;

const NOTES: [(&str, &str); 3] = [
    (
        "a",
        "HPI: Low back pain for 3 months. PT for 8 weeks failed. Cannot sit for long. Denies injury.\n\
         IMAGING: MRI lumbar spine shows moderate facet arthropathy at L4-5.\nASSESSMENT: Lumbar facet syndrome.",
    ),
    ("b", "HPI: Low back pain.\nASSESSMENT: Lumbar spondylosis. Plan MRI."),
    ("c", "Sore throat for three days. zyzzyva"),
];

fn run(dir: &Path, arguments: &[&str], input: &str) -> (i32, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_chartgap"))
        .current_dir(dir)
        .env_clear()
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The command may end before it has read all of it.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

fn audited(arguments: &[&str]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let lines: Vec<String> =
        NOTES.iter().map(|(id, text)| json!({"id": id, "text": text}).to_string()).collect();
    fs::write(dir.path().join("notes.jsonl"), lines.join("\n")).unwrap();
    let audit = ["audit", "notes.jsonl", "--out", "audit", "--no-model", "--quiet"];
    let (status, _, errors) = run(dir.path(), &[&audit[..], arguments].concat(), "");
    assert_eq!((status, errors.as_str()), (1, ""));
    dir
}

fn sampled() -> TempDir {
    audited(&["--sample", "10", "--text"])
}

fn verdicts(dir: &Path, note: usize) -> Vec<(String, String)> {
    let sample = fs::read_to_string(dir.join("audit/sample.jsonl")).unwrap();
    let line: Value = serde_json::from_str(sample.lines().nth(note).unwrap()).unwrap();
    let word = |e: &Value, key: &str| e[key].as_str().unwrap().to_owned();
    let elements = line["report"]["elements"].as_array().unwrap();
    elements.iter().map(|e| (word(e, "id"), word(e, "verdict"))).collect()
}

fn record(dir: &Path, decisions: &[Value]) -> (i32, String, String) {
    let lines: Vec<String> = decisions.iter().map(Value::to_string).collect();
    run(dir, &["review", "record", "audit"], &lines.join("\n"))
}

fn agreement(dir: &Path) -> Value {
    let (status, out, _) = run(dir, &["review", "agreement", "audit", "--format", "json"], "");
    assert_eq!(status, 0);
    serde_json::from_str(&out).unwrap()
}

#[test]
fn agreement_counts_the_last_decision_of_each_reviewer() {
    let dir = sampled();
    let root = dir.path();
    let say = |note: u64, reviewer: &str, decision: &str| json!({"note": note, "element": "imaging", "reviewer": reviewer, "decision": decision});
    let (status, out, _) = record(
        root,
        &[
            say(0, "anna", "disagree"),
            say(0, "anna", "agree"),
            say(1, "anna", "disagree"),
            say(0, "ben", "agree"),
            say(1, "ben", "agree"),
            say(2, " ben ", "agree"),
        ],
    );
    assert_eq!((status, out.as_str()), (0, "6 decisions recorded, 0 refused\n"));
    let agreement = agreement(root);
    let imaging =
        agreement["elements"].as_array().unwrap().iter().find(|e| e["element"] == "imaging").unwrap();
    assert_eq!(imaging["decisions"], 5);
    assert_eq!(imaging["agreed"], 0.8);
    // anna: met, not partial (or whatever it was); ben: as the report says.
    assert_eq!(imaging["pairs"][0]["reviewers"], json!(["anna", "ben"]));
    assert_eq!((&imaging["pairs"][0]["both"], &imaging["pairs"][0]["agreed"]), (&json!(2), &json!(0.5)));
    assert!(imaging["pairs"][0]["kappa"].as_f64().unwrap() < 1.0);
    let (_, table, _) = run(root, &["review", "agreement", "audit"], "");
    assert!(table.contains("anna and ben") && table.contains("imaging"), "{table}");
}

#[test]
fn a_decision_that_does_not_fit_costs_its_line() {
    let dir = sampled();
    let root = dir.path();
    let (met, _) = verdicts(root, 0).into_iter().find(|(_, v)| v == "met").unwrap();
    let given = |extra: Value| {
        let mut one = json!({"note": 0, "element": met, "reviewer": "anna", "decision": "disagree"});
        one.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        one
    };
    for (decision, problem) in [
        (given(json!({"note": 99})), "note 99: not in the sample"),
        (given(json!({"element": "zyzzyva"})), "note 0: the report has no such element"),
        (given(json!({"reviewer": " "})), "the reviewer's name is empty"),
        (given(json!({"reviewer": "a\u{1b}[2J"})), "the reviewer's name is empty"),
        (
            given(json!({"corrected": "met"})),
            "a corrected verdict or value goes with a disagreement, and differs",
        ),
        (given(json!({"decision": "agree", "corrected": "missing"})), "goes with a disagreement"),
        (
            given(json!({"element": "region", "value": "zyzzyva"})),
            "(lumbar, lumbosacral, thoracolumbar, unstated, other)",
        ),
        (given(json!({"comment": "x".repeat(4_001)})), "longer than 4000 bytes"),
        (given(json!({"comment": 7})), "no decision of the form"),
        (given(json!({"zyzzyva": 7})), "no decision of the form"),
        (json!("zyzzyva"), "no decision of the form"),
    ] {
        let good = given(json!({}));
        let (status, out, errors) = record(root, &[decision.clone(), good]);
        assert_eq!((status, out.as_str()), (2, "1 decisions recorded, 1 refused\n"), "{decision}");
        assert!(errors.starts_with("chartgap: <stdin>:1: ") && errors.contains(problem), "{errors}");
        assert!(!errors.contains("zyzzyva"), "{errors}");
    }
}

#[test]
fn corrected_notes_have_the_form_of_the_corpus() {
    let dir = sampled();
    let root = dir.path();
    let say = |element: &str, reviewer: &str, decision: &str, value: Value| {
        let mut one = json!({"note": 1, "element": element, "reviewer": reviewer, "decision": decision});
        if !value.is_null() {
            one["value"] = value;
        }
        one
    };
    let (status, ..) = record(
        root,
        &[
            say("imaging", "anna", "disagree", json!("study_only")),
            say("imaging", "ben", "disagree", json!("study_only")),
            say("function", "anna", "disagree", json!("limited")),
            say("function", "ben", "agree", Value::Null),
            say("region", "anna", "disagree", Value::Null),
            say("named-condition", "anna", "disagree", json!("lumbar spondylosis; spondylosis")),
            say("not-nonspecific", "anna", "disagree", json!("true")),
        ],
    );
    assert_eq!(status, 0);
    let (status, out, _) = run(root, &["review", "export", "audit"], "");
    assert_eq!((status, out.lines().count()), (0, 1));
    let note: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(note["text"], NOTES[1].1);
    let truth = &note["truth"];
    assert_eq!(truth["imaging"], "study_only");
    assert_eq!((&truth["function"], &note["ok"]["function"]), (&json!("absent"), &json!(["limited"])));
    assert_eq!(truth["named_conditions"], json!(["lumbar spondylosis", "spondylosis"]));
    assert_eq!(truth["nonspecific_only"], true);
    assert_eq!(note["open"], json!(["region"]));
    assert!(!note["reviewed"].as_array().unwrap().contains(&json!("region")));
    assert!(!note["mentions"].as_array().unwrap().is_empty());
    // The scorer reads it.
    let (status, ..) = run(root, &["review", "export", "audit", "--out", "reviewed.jsonl"], "");
    assert_eq!(status, 0);
    let (status, out, errors) = run(root, &["eval", "--no-model", "reviewed.jsonl"], "");
    assert!(status == 0 && out.contains("elements_kappa"), "{out}{errors}");
}

#[test]
fn stepping_asks_for_what_is_not_decided() {
    let dir = sampled();
    let root = dir.path();
    let step = |input: &str| {
        run(root, &["review", "step", "audit", "--reviewer", "anna", "--color", "never"], input)
    };
    let elements = verdicts(root, 0).len();
    // A word that is none of the answers is asked again; a comment goes with the answer after it.
    let (status, out, errors) = step("what\nc\nlooks right\ny\nn\nzyzzyva\n\n\nq\n");
    assert_eq!((status, errors.as_str()), (0, ""));
    assert!(out.ends_with("0 of 3 notes done by anna\n"), "{out}");
    assert_eq!(out.matches("note 1 of 3").count(), 1);
    // Two are done; the rest of the first note, then the second is left.
    let (_, out, _) = step(&("y\n".repeat(elements - 2) + "s\n"));
    assert!(out.contains("note 2 of 3") && out.ends_with("1 of 3 notes done by anna\n"), "{out}");
    let (_, out, _) = step("t\n");
    assert!(!out.contains("note 1 of 3") && out.contains(NOTES[1].1), "{out}");
    assert_eq!(agreement(root)["reviewers"], json!({"anna": 1}));
}

#[test]
fn what_cannot_be_reviewed() {
    let bare = audited(&["--sample", "10"]);
    let step = ["review", "step", "audit", "--reviewer", "anna"];
    let (status, _, errors) = run(bare.path(), &step, "");
    assert_eq!(status, 2);
    assert!(errors.contains("sample.jsonl: the sample holds no words of the notes"), "{errors}");
    let none = audited(&[]);
    let (status, _, errors) = run(none.path(), &step, "");
    assert!(status == 2 && errors.contains("holds no sample to review"), "{errors}");
    let dir = sampled();
    let path = dir.path().join("audit/sample.jsonl");
    record(dir.path(), &[]);
    let good = fs::read_to_string(&path).unwrap();
    fs::write(&path, good.replace("Sore throat", "Sour throat")).unwrap();
    let (status, _, errors) = run(dir.path(), &step, "");
    assert!(status == 2 && errors.contains("was begun on another sample"), "{errors}");
    // Evidence that does not lie in the text.
    fs::write(&path, good.replace("\"text\":\"HPI", "\"text\":\"HP")).unwrap();
    let (status, _, errors) = run(dir.path(), &step, "");
    assert!(status == 2 && errors.contains("sample.jsonl:1: no line of a sample"), "{errors}");
}

#[cfg(unix)]
#[test]
fn the_store_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let dir = sampled();
    record(dir.path(), &[]);
    let mode = fs::metadata(dir.path().join("audit/review.sqlite")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[cfg(feature = "server")]
mod service {
    use super::*;
    use std::io::{BufRead, BufReader, Read};
    use std::net::TcpStream;
    use std::process::{Child, ChildStderr};

    struct Service {
        child: Child,
        address: String,
        _log: BufReader<ChildStderr>,
    }

    impl Drop for Service {
        fn drop(&mut self) {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    fn serve(dir: &Path, arguments: &[&str]) -> Service {
        let mut child = Command::new(env!("CARGO_BIN_EXE_chartgap"))
            .current_dir(dir)
            .env_clear()
            .args(["serve", "--listen", "127.0.0.1:0", "--no-model", "--quiet"])
            .args(arguments)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        log.read_line(&mut line).unwrap();
        let address = line.split("http://").nth(1).unwrap().split(' ').next().unwrap().to_owned();
        Service { child, address, _log: log }
    }

    impl Service {
        fn ask(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
            let body = if body.is_null() { String::new() } else { body.to_string() };
            let mut stream = TcpStream::connect(&self.address).unwrap();
            let head = format!(
                "{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\n\
                 Content-Length: {}\r\n\r\n",
                self.address,
                body.len()
            );
            stream.write_all((head + &body).as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            let (head, body) = answer.split_once("\r\n\r\n").unwrap();
            (head.split(' ').nth(1).unwrap().parse().unwrap(), serde_json::from_str(body).unwrap())
        }

        fn get(&self, path: &str) -> (u16, Value) {
            self.ask("GET", path, &Value::Null)
        }

        fn decide(&self, given: &Value) -> (u16, Value) {
            self.ask("POST", "/v1/review/decisions", given)
        }
    }

    #[test]
    fn the_service_takes_the_same_decisions() {
        let dir = sampled();
        let service = serve(dir.path(), &["--review", "audit"]);
        let (status, overview) = service.get("/v1/review");
        assert_eq!((status, overview["notes"].as_array().unwrap().len()), (200, 3));
        assert_eq!(overview["notes"][0]["id"], "a");
        let elements: Vec<&str> =
            overview["elements"].as_array().unwrap().iter().map(|e| e["id"].as_str().unwrap()).collect();
        let given = |element: &str, reviewer: &str| json!({"note": 0, "element": element, "reviewer": reviewer, "decision": "disagree", "comment": "hm"});
        let (status, said) = service.decide(&given("imaging", "ben"));
        assert_eq!((status, &said["reviewer"], &said["comment"]), (201, &json!("ben"), &json!("hm")));
        // Not before the own decisions are complete.
        let seen = |reviewer: &str| {
            let (_, note) = service.get(&format!("/v1/review/notes/0?reviewer={reviewer}"));
            assert_eq!(note["text"], NOTES[0].1);
            note["decisions"].as_array().unwrap().len()
        };
        for element in &elements {
            assert!(seen("anna") < elements.len());
            service.decide(&given(element, "anna"));
        }
        assert_eq!((seen("anna"), seen("ben")), (elements.len() + 1, 1));
        let (_, agreed) = service.get("/v1/review/agreement");
        assert_eq!(agreed, agreement(dir.path()));
        assert_eq!(service.get("/v1/review").1["progress"]["anna"]["0"], elements.len());
    }

    #[test]
    fn what_the_service_refuses() {
        let dir = sampled();
        let service = serve(dir.path(), &["--review", "audit"]);
        let given = |extra: Value| {
            let mut one = json!({"note": 0, "element": "imaging", "reviewer": "anna", "decision": "agree"});
            one.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            service.decide(&one)
        };
        for (answer, status, code) in [
            (given(json!({"note": 77})), 404, "no-such-note"),
            (given(json!({"element": "zyzzyva"})), 422, "refused"),
            (given(json!({"zyzzyva": 1})), 422, "invalid-request"),
            (service.get("/v1/review/notes/0"), 400, "invalid-query"),
            (service.get("/v1/review/notes/zyzzyva?reviewer=a"), 400, "invalid-path"),
            (service.get("/v1/review/notes/77?reviewer=a"), 404, "no-such-note"),
        ] {
            assert_eq!((answer.0, answer.1["code"].as_str()), (status, Some(code)), "{}", answer.1);
            assert!(!answer.1.to_string().contains("zyzzyva"));
        }
        drop(service);
        let service = serve(dir.path(), &[]);
        for path in ["/v1/review", "/v1/review/notes/0?reviewer=a", "/v1/review/agreement"] {
            let (status, problem) = service.get(path);
            assert_eq!((status, &problem["code"]), (404, &json!("no-review")), "{path}");
        }
    }
}
