//! `chartgap audit` from outside: tables, resuming after a kill, what it refuses, privacy of the output.
#![cfg(all(feature = "cli", feature = "audit"))]
#![allow(clippy::unwrap_used, clippy::panic)]

use parquet::file::reader::SerializedFileReader;
use parquet::record::{Field, Row};
use rusqlite::Connection;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;
use tempfile::TempDir;

/// Must not come out where no text was asked for.
const CANARY: &str = "zyzzyva";

fn command(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chartgap"));
    command.current_dir(dir).env_clear().arg("audit").args(arguments).stdin(Stdio::null());
    command
}

fn audit(dir: &Path, arguments: &[&str]) -> (i32, String, String) {
    let output = command(dir, arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

/// An archive of so many short notes of all outcomes.
fn archive(notes: usize) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    let mut out = File::create(dir.path().join("notes.jsonl")).unwrap();
    for n in 0..notes {
        let text = match n % 5 {
            0 => format!("ASSESSMENT: Lumbar facet {CANARY} syndrome at L4-5. PT for 8 weeks failed."),
            1 => format!(
                "{CANARY}: low back pain for {} months. No injury. MRI lumbar spine: facet arthropathy.",
                n % 9 + 1
            ),
            2 => "Sore throat for three days.".to_owned(),
            3 => {
                "HPI: back pain since 2024, cannot sit.\nASSESSMENT: Lumbar dorsal ramus syndrome, not facet \
                  mediated; no disc disease, no radiculopathy. PT 8 weeks without relief."
                    .to_owned()
            }
            _ => format!("Low back pain. {CANARY}. Possible lumbar spondylosis."),
        };
        let record = match n % 23 {
            22 => format!("{{\"id\":\"bad-{n}\",\"text\":7,\"{CANARY}\":1}}"),
            _ => {
                json!({"id": format!("note-{n}"), "text": text, "date": format!("2026-{:02}-03", n % 3 + 1)})
                    .to_string()
            }
        };
        writeln!(out, "{record}").unwrap();
    }
    dir
}

/// Every file of the output with its bytes; of the SQLite store its rows.
fn tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut tree = BTreeMap::new();
    let mut stack = vec![root.to_owned()];
    while let Some(directory) = stack.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            let name = path.strip_prefix(root).unwrap().display().to_string();
            if path.is_dir() {
                stack.push(path);
            } else if name == "audit.sqlite" {
                let store = Connection::open(&path).unwrap();
                for table in ["notes", "verdicts"] {
                    let rows = query(&store, &format!("SELECT * FROM {table} ORDER BY rowid"));
                    tree.insert(format!("{name}:{table}"), format!("{rows:?}").into_bytes());
                }
            } else {
                tree.insert(name, fs::read(path).unwrap());
            }
        }
    }
    tree
}

fn query(store: &Connection, sql: &str) -> Vec<Vec<String>> {
    let mut statement = store.prepare(sql).unwrap();
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| {
        (0..columns)
            .map(|at| {
                Ok(match row.get_ref(at)? {
                    rusqlite::types::ValueRef::Null => "null".to_owned(),
                    rusqlite::types::ValueRef::Integer(n) => n.to_string(),
                    rusqlite::types::ValueRef::Real(n) => n.to_string(),
                    other => other.as_str()?.to_owned(),
                })
            })
            .collect()
    });
    rows.unwrap().map(Result::unwrap).collect()
}

fn object(row: &Row) -> Value {
    row.get_column_iter().map(|(name, field)| (name.clone(), value(field))).collect()
}

fn value(field: &Field) -> Value {
    match field {
        Field::Null => Value::Null,
        Field::Bool(value) => json!(value),
        Field::Int(value) => json!(value),
        Field::Long(value) => json!(value),
        Field::Double(value) => json!(value),
        Field::Str(value) => json!(value),
        Field::ListInternal(list) => list.elements().iter().map(value).collect(),
        Field::Group(row) => object(row),
        other => panic!("{other}"),
    }
}

fn parquet(directory: &Path) -> Vec<Value> {
    let mut parts: Vec<_> = fs::read_dir(directory).unwrap().map(|e| e.unwrap().path()).collect();
    parts.sort();
    parts
        .iter()
        .flat_map(|part| SerializedFileReader::new(File::open(part).unwrap()).unwrap().into_iter())
        .map(|row| object(&row.unwrap()))
        .collect()
}

fn jsonl(path: &Path) -> Vec<Value> {
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn summary(out: &Path) -> Value {
    serde_json::from_slice(&fs::read(out.join("summary.json")).unwrap()).unwrap()
}

#[test]
fn the_tables_say_the_same_in_every_form() {
    let dir = archive(60);
    let arguments = ["notes.jsonl", "gone.txt", "--out", "out", "--shard", "25", "--sqlite", "--mentions"];
    let (status, out, err) =
        audit(dir.path(), &[&arguments[..], &["--format", "parquet,jsonl,csv"]].concat());
    assert_eq!(status, 2, "{err}");
    assert!(out.starts_with("61 notes, 3 not readable\n"), "{out}");
    assert!(err.contains("gone.txt: no such file or directory"), "{err}");
    let root = dir.path().join("out");
    let store = Connection::open(root.join("audit.sqlite")).unwrap();
    for table in chartgap::audit::TABLES {
        let name = table.name;
        let objects = jsonl(&root.join(format!("{name}.jsonl")));
        assert!(objects.len() > 50, "{name}");
        let columns: Vec<&str> = table.columns.iter().map(|c| c.name).collect();

        let parts = parquet(&root.join(name));
        assert_eq!(parts.len(), objects.len());
        for (row, object) in parts.iter().zip(&objects) {
            for column in table.columns {
                let list = column.kind == chartgap::audit::Kind::Spans;
                let expected = match &object[column.name] {
                    Value::Array(spans) if list => {
                        spans.iter().map(|span| json!({"start": span[0], "end": span[1]})).collect()
                    }
                    other => other.clone(),
                };
                assert_eq!(row[column.name], expected, "{name}.{}", column.name);
            }
        }

        let mut reader = csv::Reader::from_path(root.join(format!("{name}.csv"))).unwrap();
        assert_eq!(reader.headers().unwrap(), columns);
        let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        let rows = query(&store, &format!("SELECT * FROM {name} ORDER BY rowid"));
        assert_eq!((records.len(), rows.len()), (objects.len(), objects.len()));
        for ((record, row), object) in records.iter().zip(&rows).zip(&objects) {
            for (at, column) in columns.iter().enumerate() {
                let (flat, stored) = match &object[*column] {
                    Value::Null => (String::new(), "null".to_owned()),
                    Value::Bool(value) => (value.to_string(), i32::from(*value).to_string()),
                    Value::Number(n) => {
                        let n = n.as_f64().unwrap().to_string();
                        (n.clone(), n)
                    }
                    Value::String(text) => (text.clone(), text.clone()),
                    Value::Array(items) => {
                        let words = items.iter().map(|item| match item {
                            Value::String(word) => word.clone(),
                            span => format!("{}-{}", span[0], span[1]),
                        });
                        let mark = if items.iter().all(Value::is_string) { "; " } else { " " };
                        let flat = words.collect::<Vec<_>>().join(mark);
                        (flat.clone(), flat)
                    }
                    other => panic!("{other}"),
                };
                assert_eq!(record[at], flat, "{name}.{column}");
                assert_eq!(row[at], stored, "{name}.{column}");
            }
        }
    }
    let found: Vec<usize> = ["notes", "verdicts", "mentions"]
        .iter()
        .map(|table| fs::read_dir(root.join(table)).unwrap().count())
        .collect();
    assert_eq!(found, [3, 3, 3]);
}

#[test]
fn rows_are_those_of_check() {
    let dir = archive(40);
    audit(dir.path(), &["notes.jsonl", "--out", "out", "--format", "jsonl", "--text"]);
    let output = Command::new(env!("CARGO_BIN_EXE_chartgap"))
        .current_dir(dir.path())
        .args(["check", "--format", "jsonl", "notes.jsonl"])
        .output()
        .unwrap();
    let reports: Vec<Value> =
        String::from_utf8(output.stdout).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let notes = jsonl(&dir.path().join("out/notes.jsonl"));
    let verdicts = jsonl(&dir.path().join("out/verdicts.jsonl"));
    assert_eq!(notes.len(), reports.len());
    let mut verdicts = verdicts.iter();
    for (note, report) in notes.iter().zip(&reports) {
        assert_eq!(note["id"], report["id"]);
        if report.get("error").is_some() {
            assert_eq!((&note["error"], &note["line"]), (&report["error"]["code"], &report["error"]["line"]));
            assert_eq!(note["error_message"], report["error"]["message"]);
            continue;
        }
        for (column, value) in [
            ("outcome", &report["outcome"]),
            ("score", &report["score"]),
            ("region", &report["summary"]["region"]),
            ("named_conditions", &report["summary"]["named_conditions"]),
            ("code_suggested", &report["coding"]["suggested"]),
            ("m53_86", &report["coding"]["m53_86"]),
            ("lexicon", &report["provenance"]["lexicon"]),
        ] {
            assert_eq!(&note[column], value, "{column}");
        }
        for element in report["elements"].as_array().unwrap() {
            let row = verdicts.next().unwrap();
            assert_eq!((&row["note"], &row["element"]), (&note["ordinal"], &element["id"]));
            assert_eq!((&row["verdict"], &row["query"]), (&element["verdict"], &element["query"]));
            let spans: Vec<Value> = element["evidence"]
                .as_array()
                .unwrap()
                .iter()
                .map(|e| json!([e["start"], e["end"]]))
                .collect();
            assert_eq!(row["evidence"], json!(spans));
        }
    }
    assert!(verdicts.next().is_none());
}

#[test]
fn the_summary_is_what_a_query_gives() {
    let dir = archive(120);
    let (_, printed, _) = audit(dir.path(), &["notes.jsonl", "--out", "out", "--sqlite"]);
    let out = dir.path().join("out");
    let store = Connection::open(out.join("audit.sqlite")).unwrap();
    let summary = summary(&out);
    assert_eq!(printed, fs::read_to_string(out.join("summary.txt")).unwrap());

    for row in query(&store, "SELECT outcome, count(*) FROM notes WHERE outcome IS NOT NULL GROUP BY 1") {
        assert_eq!(summary["outcomes"][&row[0]].to_string(), row[1], "{row:?}");
    }
    for row in query(&store, "SELECT error, count(*) FROM notes WHERE error IS NOT NULL GROUP BY 1") {
        assert_eq!(summary["errors"][&row[0]].to_string(), row[1], "{row:?}");
    }
    for row in query(&store, "SELECT code_family, count(*) FROM notes WHERE error IS NULL GROUP BY 1") {
        assert_eq!(summary["code_families"][&row[0]].to_string(), row[1], "{row:?}");
    }
    let months = query(
        &store,
        "SELECT substr(date, 1, 7), count(*), round(avg(CASE WHEN outcome <> 'not-applicable' THEN score END), 2)
         FROM notes WHERE error IS NULL GROUP BY 1 ORDER BY 1",
    );
    assert_eq!(months.len(), 3);
    for row in months {
        let groups = summary["by_month"].as_array().unwrap();
        let group = groups.iter().find(|g| g["name"] == row[0]).unwrap();
        assert_eq!(
            (group["notes"].to_string(), group["score_mean"].as_f64().unwrap().to_string()),
            (row[1].clone(), row[2].clone())
        );
    }
    let rates = query(
        &store,
        "SELECT element, count(*), round(avg(verdict = 'met'), 4) FROM verdicts
         WHERE verdict <> 'not-applicable' GROUP BY 1",
    );
    assert!(rates.len() > 5);
    for row in rates {
        let elements = summary["elements"].as_array().unwrap();
        let element = elements.iter().find(|e| e["id"] == row[0]).unwrap();
        assert_eq!(element["applies"].to_string(), row[1], "{row:?}");
        assert_eq!(element["met_rate"].as_f64().unwrap().to_string(), row[2], "{row:?}");
    }
}

#[test]
fn the_output_does_not_depend_on_the_threads() {
    let dir = archive(700);
    let all =
        ["notes.jsonl", "--format", "parquet,jsonl,csv", "--sqlite", "--sample", "9", "--shard", "150", "-q"];
    let all = [&all[..], &["--text", "--pages"]].concat();
    for (out, threads) in [("one", "1"), ("four", "4")] {
        audit(dir.path(), &[&all[..], &["--out", out, "-j", threads]].concat());
    }
    let (one, four) = (tree(&dir.path().join("one")), tree(&dir.path().join("four")));
    assert_eq!(one.keys().collect::<Vec<_>>(), four.keys().collect::<Vec<_>>());
    for (name, bytes) in &one {
        assert!(*bytes == four[name], "{name}");
    }
}

/// Kills the process after so long. Whether it was still running.
fn kill_after(mut child: Child, time: Duration) -> bool {
    thread::sleep(time);
    let running = child.try_wait().unwrap().is_none();
    let _ = child.kill();
    child.wait().unwrap();
    running
}

#[cfg(unix)]
#[test]
fn killed_again_and_again_it_ends_as_if_undisturbed() {
    let dir = archive(2_000);
    let all = ["notes.jsonl", "--format", "parquet,jsonl,csv", "--sqlite", "--sample", "20", "--shard", "90"];
    let all = [&all[..], &["--text", "--pages"]].concat();
    let (_, printed, _) = audit(dir.path(), &[&all[..], &["--out", "whole"]].concat());
    let expected = tree(&dir.path().join("whole"));
    let resume = [&all[..], &["--out", "killed", "--resume"]].concat();
    let state = dir.path().join("killed/state.json");
    let next = || {
        let state = fs::read(&state).ok().map(|s| serde_json::from_slice::<Value>(&s).unwrap());
        state.map_or(0, |s| s["next"].as_u64().unwrap())
    };
    let (mut kills, mut positions) = (0, BTreeSet::new());
    // The times come from a fixed sequence; where they hit, the machine decides.
    let mut random = 12_345u64;
    while kills < 10 {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let before = next();
        let mut child =
            command(dir.path(), &resume).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Kills while the engine loads would prove little.
        while kills > 0 && next() == before && child.try_wait().unwrap().is_none() {
            thread::sleep(Duration::from_millis(1));
        }
        if !kill_after(child, Duration::from_micros(random >> 47)) {
            break;
        }
        kills += 1;
        positions.insert(next());
    }
    let (status, resumed, err) = audit(dir.path(), &resume);
    assert_eq!(status, 2, "{err}");
    assert_eq!(resumed, printed);
    let got = tree(&dir.path().join("killed"));
    assert_eq!(got.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (name, bytes) in &expected {
        assert!(*bytes == got[name], "{name}");
    }
    assert!(positions.len() > 2, "{kills} kills at {positions:?}");
}

#[cfg(unix)]
#[test]
fn ctrl_c_stops_where_it_can_go_on() {
    let dir = archive(200);
    let lines = fs::read_to_string(dir.path().join("notes.jsonl")).unwrap();
    let (_, printed, _) = audit(dir.path(), &["notes.jsonl", "--out", "whole", "--shard", "10"]);
    let arguments = ["-", "--out", "stopped", "--shard", "10"];
    let mut child = command(dir.path(), &arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut lines = lines.split_inclusive('\n');
    // Enough for two chunks of work; the third waits for more.
    lines.by_ref().take(60).for_each(|line| stdin.write_all(line.as_bytes()).unwrap());
    stdin.flush().unwrap();
    let state = dir.path().join("stopped/state.json");
    while !fs::read_to_string(&state).is_ok_and(|s| s.contains("\"next\": 40")) {
        thread::sleep(Duration::from_millis(5));
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    thread::sleep(Duration::from_millis(300));
    assert!(child.try_wait().unwrap().is_none(), "it waits for the end of the shard");
    // It may be gone before it has all of it.
    lines.for_each(|line| drop(stdin.write_all(line.as_bytes())));
    drop(stdin);
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{err}");
    assert!(err.contains("notes, all of them written; go on with --resume"), "{err}");
    assert!(!dir.path().join("stopped/summary.json").exists());

    // The same notes by another way in are another INPUT; the same way in goes on.
    let (status, _, err) =
        audit(dir.path(), &["notes.jsonl", "--out", "stopped", "--shard", "10", "--resume"]);
    assert!(status == 2 && err.contains("was begun with INPUT -, now it is notes.jsonl"), "{err}");
    let stdin = File::open(dir.path().join("notes.jsonl")).unwrap();
    let arguments = [&arguments[..], &["--resume"]].concat();
    let output = command(dir.path(), &arguments).stdin(stdin).output().unwrap();
    let resumed = String::from_utf8(output.stdout).unwrap();
    let counts = |text: &str| text.split("\nInput").next().unwrap().to_owned();
    assert_eq!(counts(&resumed), counts(&printed));
}

#[test]
fn it_refuses_what_would_mix_two_audits() {
    let dir = archive(20);
    let root = dir.path();
    fs::create_dir(root.join("full")).unwrap();
    fs::write(root.join("full/mine.txt"), "x").unwrap();
    fs::write(root.join("file"), "x").unwrap();
    let checklist = include_str!("../checklists/m53-86.toml").to_owned() + "\n# mine\n";
    fs::write(root.join("mine.toml"), checklist).unwrap();
    let base = ["notes.jsonl", "--shard", "5"];
    let run = |more: &[&str]| audit(root, &[&base[..], more].concat());
    assert_eq!(run(&["--out", "out"]).0, 1);
    let before = tree(&root.join("out"));

    for (more, message) in [
        (
            &["--out", "out"][..],
            "out: holds an audit already (--resume goes on with it, --force replaces it)",
        ),
        (&["--out", "out", "--resume", "--text"], "out: was begun with --text false, now it is true"),
        (
            &["--out", "out", "--resume", "--text", "--pages"],
            "out: was begun with --pages false, now it is true",
        ),
        (&["--out", "out", "--resume", "--from", "text"], "out: was begun with the input options"),
        (&["--out", "out", "--resume", "--checklist", "mine.toml"], "out: was begun with checklist "),
        (&["--out", "full"], "full: is not empty and holds no audit"),
        (&["--out", "full", "--force"], "full: is not empty and holds no audit"),
        (&["--out", "file"], "file: is no directory"),
        (&["full", "--out", "full/out"], "full/out: input and output lie in one another (full)"),
    ] {
        let (status, out, err) = run(more);
        assert_eq!((status, out.as_str()), (2, ""), "{more:?}");
        assert!(err.starts_with(&format!("chartgap: {message}")), "{more:?}: {err}");
    }
    assert!(tree(&root.join("out")) == before);

    let mut notes = File::options().append(true).open(root.join("notes.jsonl")).unwrap();
    writeln!(notes, "{}", json!({"id": "more", "text": "x"})).unwrap();
    drop(notes);
    let (status, _, err) = run(&["--out", "out", "--resume"]);
    assert!(status == 2 && err.contains("the inputs have changed since the audit was begun: "), "{err}");
    assert_eq!(run(&["--out", "out", "--force"]).0, 1);
    assert_eq!(summary(&root.join("out"))["notes"], 21);
    assert_eq!(
        run(&["--out", "out", "--resume"]).1,
        fs::read_to_string(root.join("out/summary.txt")).unwrap()
    );
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_told_and_costs_nothing_that_was_committed() {
    let dir = archive(400);
    let arguments = "audit notes.jsonl --format jsonl --shard 50 --resume";
    // A limit on the size of files stands in for the disk.
    let script = format!("trap '' XFSZ; ulimit -f 100; exec \"$0\" {arguments} --out out");
    let output = Command::new("sh")
        .current_dir(dir.path())
        .args(["-c", &script, env!("CARGO_BIN_EXE_chartgap")])
        .output()
        .unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{err}");
    assert!(err.contains("verdicts.jsonl.partial: "), "{err}");
    assert!(err.contains("(what is committed stays: make room, then go on with --resume)"), "{err}");
    let words: Vec<&str> = arguments.split(' ').skip(1).collect();
    audit(dir.path(), &[&words[..], &["--out", "whole"]].concat());
    audit(dir.path(), &[&words[..], &["--out", "out"]].concat());
    assert!(tree(&dir.path().join("out")) == tree(&dir.path().join("whole")));
}

#[cfg(unix)]
#[test]
fn the_output_is_private_and_holds_no_text_unless_asked() {
    use std::os::unix::fs::PermissionsExt;
    let dir = archive(50);
    let all = ["notes.jsonl", "--format", "parquet,jsonl,csv", "--sqlite", "--mentions", "--sample", "20"];
    let (_, printed, err) = audit(dir.path(), &[&all[..], &["--out", "deep/out"]].concat());
    assert!(!printed.contains(CANARY) && !err.contains(CANARY));
    let mut stack = vec![dir.path().join("deep")];
    while let Some(path) = stack.pop() {
        let meta = fs::metadata(&path).unwrap();
        let expected = if meta.is_dir() { 0o700 } else { 0o600 };
        assert_eq!(meta.permissions().mode() & 0o777, expected, "{}", path.display());
        if meta.is_dir() {
            stack.extend(fs::read_dir(&path).unwrap().map(|e| e.unwrap().path()));
        } else {
            let bytes = fs::read(&path).unwrap();
            let text = String::from_utf8_lossy(&bytes);
            // Compressed columns are looked at through their twins.
            for words in [CANARY, "cannot sit"] {
                assert!(!text.contains(words), "{}: {words}", path.display());
            }
        }
    }
    audit(dir.path(), &[&all[..], &["--out", "text", "--text", "--pages"]].concat());
    let pages = fs::metadata(dir.path().join("text/pages")).unwrap();
    assert_eq!(pages.permissions().mode() & 0o777, 0o700);
    for page in fs::read_dir(dir.path().join("text/pages")).unwrap() {
        assert_eq!(page.unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
    }
    for (file, words) in
        [("verdicts.jsonl", "cannot sit"), ("mentions.csv", "facet arthropathy"), ("sample.jsonl", CANARY)]
    {
        assert!(fs::read_to_string(dir.path().join("text").join(file)).unwrap().contains(words), "{file}");
    }
}

#[test]
fn the_dashboard_leads_to_a_page_of_each_of_the_worst_notes() {
    let dir = archive(700);
    let run = |more: &[&str]| audit(dir.path(), &[&["notes.jsonl", "--shard", "60", "-q"], more].concat());
    assert_eq!(run(&["--text", "--pages", "--out", "out"]).0, 2);
    let out = dir.path().join("out");
    let dashboard = fs::read_to_string(out.join("dashboard.html")).unwrap();
    let links: Vec<(&str, &str)> = dashboard
        .split("<a href=\"pages/")
        .skip(1)
        .map(|rest| rest.split_once("\">").unwrap())
        .map(|(href, rest)| (href, rest.split_once("</a>").unwrap().0))
        .collect();
    let worst = summary(&out)["worst"].as_array().unwrap().clone();
    assert_eq!(worst.len(), 100);
    let expected: Vec<(String, &str)> = worst
        .iter()
        .map(|note| (format!("{:06}.html", note["ordinal"].as_u64().unwrap()), note["id"].as_str().unwrap()))
        .collect();
    assert_eq!(links, expected.iter().map(|(href, id)| (href.as_str(), *id)).collect::<Vec<_>>());
    let mut files: Vec<String> = fs::read_dir(out.join("pages"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    files.sort();
    assert_eq!(
        files,
        expected
            .iter()
            .map(|(href, _)| href.clone())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect::<Vec<_>>()
    );

    // As `chartgap check` has the page of that note.
    let (href, id) = &expected[99];
    let notes = fs::read_to_string(dir.path().join("notes.jsonl")).unwrap();
    let note = notes.lines().find(|line| line.contains(&format!("\"{id}\""))).unwrap();
    fs::write(dir.path().join("one.jsonl"), note).unwrap();
    let check = Command::new(env!("CARGO_BIN_EXE_chartgap"))
        .current_dir(dir.path())
        .env_clear()
        .args(["check", "one.jsonl", "--format", "html"])
        .output()
        .unwrap();
    let page = fs::read(out.join("pages").join(href)).unwrap();
    assert!(!page.is_empty() && page == check.stdout);

    assert_eq!(run(&["--text", "--out", "out", "--force"]).0, 2);
    assert!(!out.join("pages").exists());
    assert!(!fs::read_to_string(out.join("dashboard.html")).unwrap().contains("pages/"));
    let (status, _, err) = run(&["--pages", "--out", "none"]);
    assert!(status == 2 && err.contains("--text"), "{err}");
    assert!(!dir.path().join("none").exists());
}

#[test]
fn formulas_in_ids_reach_no_spreadsheet() {
    let dir = tempfile::tempdir().unwrap();
    let ids = ["=cmd|' /C calc'!A0", "+1", "-2", "@SUM(A1)", "\t=1", "plain"];
    let lines: Vec<String> =
        ids.iter().map(|id| json!({"id": id, "text": "Low back pain."}).to_string()).collect();
    fs::write(dir.path().join("notes.jsonl"), lines.join("\n")).unwrap();
    let (status, _, _) = audit(dir.path(), &["notes.jsonl", "--out", "out", "--format", "csv,jsonl"]);
    assert_eq!(status, 1);
    for table in ["notes", "verdicts"] {
        let mut reader = csv::Reader::from_path(dir.path().join(format!("out/{table}.csv"))).unwrap();
        for record in reader.records().map(Result::unwrap) {
            for (at, cell) in record.iter().enumerate() {
                let number = cell.parse::<f64>().is_ok();
                assert!(
                    number || !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
                    "{table} {at}: {cell:?}"
                );
            }
        }
    }
    let kept: Vec<Value> =
        jsonl(&dir.path().join("out/notes.jsonl")).iter().map(|n| n["id"].clone()).collect();
    assert_eq!(kept, ids.map(Value::from));
}

#[test]
fn the_sample_has_every_outcome_and_depends_on_the_seed_alone() {
    let dir = archive(500);
    let sample = |out: &str, seed: &str, shard: &str, threads: &str| {
        let arguments =
            ["notes.jsonl", "--out", out, "--sample", "12", "--seed", seed, "--shard", shard, "-j", threads];
        audit(dir.path(), &arguments);
        fs::read_to_string(dir.path().join(out).join("sample.jsonl")).unwrap()
    };
    let first = sample("a", "7", "100", "1");
    assert_eq!(first, sample("b", "7", "33", "3"));
    assert_ne!(first, sample("c", "8", "100", "1"));
    let lines: Vec<Value> = first.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len(), 12);
    let summary = summary(&dir.path().join("a"));
    let mut weights: BTreeMap<&str, f64> = BTreeMap::new();
    for line in &lines {
        assert_eq!(line["stratum"], line["report"]["outcome"]);
        *weights.entry(line["stratum"].as_str().unwrap()).or_default() += line["weight"].as_f64().unwrap();
    }
    for (outcome, notes) in summary["outcomes"].as_object().unwrap() {
        let notes = notes.as_f64().unwrap();
        let estimate = weights.get(outcome.as_str()).copied().unwrap_or(0.0);
        assert!((estimate - notes).abs() < 1e-6, "{outcome}: {estimate} of {notes}");
    }
    assert!(weights.len() > 2);
}

#[test]
fn the_documentation_has_the_tables_as_they_are() {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/audit.md")).unwrap();
    let tables = chartgap::audit::markdown();
    assert!(page.contains(&tables), "docs/audit.md should hold:\n{tables}");
}
