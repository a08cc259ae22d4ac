//! An audit that is stopped before any of its steps, and resumed, ends as one that was not.
#![allow(clippy::unwrap_used, clippy::panic, reason = "its helpers are no test functions")]

use super::disk::Disk;
use super::plan::{Format, Mode, Plan};
use super::run::Audit;
use super::{AuditError, Summary};
use crate::check::{Engine, EngineOptions};
use crate::intake::{IntakeError, Reason};
use crate::note::Note;
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;

fn notes() -> impl Iterator<Item = (Arc<str>, Result<Note, IntakeError>)> {
    (0..11u32).map(|n| {
        let text = match n % 3 {
            // Worse than all others.
            0 if n == 6 => "ASSESSMENT: Lumbar facet syndrome.",
            0 => "ASSESSMENT: Lumbar facet syndrome at L4-5. PT for 8 weeks failed.",
            1 => "Low back pain for 3 months. MRI lumbar spine: mild facet arthropathy.",
            _ => "Sore throat for three days.",
        };
        let mut note = Note::new(format!("note-{n}"), text);
        note.meta.date = Some(format!("2026-0{}-01", 1 + n % 2));
        let bad = || IntakeError::new("in.jsonl", Reason::Empty).at_line(n.into());
        ("in.jsonl".into(), if n % 5 == 4 { Err(bad()) } else { Ok(note) })
    })
}

fn plan(shard: u64) -> Plan {
    Plan {
        inputs: Vec::new(),
        formats: vec![Format::Parquet, Format::Jsonl, Format::Csv],
        sqlite: true,
        mentions: true,
        text: true,
        pages: true,
        sample: Some(3),
        seed: 7,
        shard,
        arguments: BTreeMap::new(),
    }
}

/// Runs until the end or until so many steps are done.
fn run(root: &Path, engine: &Engine, plan: Plan, mode: Mode, steps: u64) -> Result<Summary, AuditError> {
    let disk = Disk::new(root);
    disk.fuse.set(steps);
    let mut audit = Audit::open_with(disk, File::open(root).unwrap(), plan, engine, mode)?;
    let worker = audit.worker(engine);
    if !audit.is_exhausted() {
        for item in audit.stream(notes()) {
            for done in worker.work(vec![item?]) {
                audit.push(done?)?;
            }
        }
    }
    audit.finish()
}

/// Every file with its bytes; of the SQLite store its rows.
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
                tree.insert(name, rows(&path).into_bytes());
            } else {
                tree.insert(name, fs::read(path).unwrap());
            }
        }
    }
    tree
}

fn rows(path: &Path) -> String {
    let store = rusqlite::Connection::open(path).unwrap();
    let mut out = String::new();
    for table in super::TABLES {
        let mut statement = store.prepare(&format!("SELECT * FROM {} ORDER BY rowid", table.name)).unwrap();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for at in 0..table.columns.len() {
                out += &format!("{:?}\t", row.get_ref(at).unwrap());
            }
            out.push('\n');
        }
    }
    out
}

fn pages(tree: &BTreeMap<String, Vec<u8>>) -> Vec<&str> {
    tree.keys().filter(|name| name.starts_with("pages/")).map(String::as_str).collect()
}

#[test]
fn stopped_before_any_step_and_resumed_it_ends_the_same() {
    let engine = Engine::load(&EngineOptions::default()).unwrap();
    let whole = tempfile::tempdir().unwrap();
    let summary = run(whole.path(), &engine, plan(6), Mode::New, u64::MAX).unwrap();
    assert_eq!((summary.notes, summary.unreadable), (11, 2));
    let expected = tree(whole.path());
    assert_eq!(expected.keys().filter(|name| name.starts_with("verdicts/")).count(), 2);
    assert!(expected.keys().all(|name| !name.contains("partial") && !name.contains("tmp")));
    // Note 1 comes into the list and leaves it for 3 before the first shard is durable, 3 leaves it for 6 in the second.
    assert_eq!(pages(&expected), ["pages/000000.html", "pages/000006.html"]);

    let mut stopped = 0;
    for steps in 0.. {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        if run(root, &engine, plan(6), Mode::New, steps).is_ok() {
            break;
        }
        stopped += 1;
        // Once more on the way back, then to the end.
        let _ = run(root, &engine, plan(6), Mode::Resume, steps * 7 % 50);
        let left = pages(&tree(root)).len();
        assert!(left <= 4, "stopped after {steps} steps: {left} pages");
        let resumed = run(root, &engine, plan(6), Mode::Resume, u64::MAX);
        assert_eq!(resumed.unwrap(), summary, "stopped after {steps} steps");
        let got = tree(root);
        let names = got.keys().chain(expected.keys());
        let differ: Vec<_> = names.filter(|name| got.get(*name) != expected.get(*name)).collect();
        assert!(differ.is_empty(), "stopped after {steps} steps: {differ:?}");
    }
    assert!(stopped > 60, "{stopped}");
}

#[test]
fn a_finished_audit_stays_as_it_is() {
    let engine = Engine::load(&EngineOptions::default()).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let summary = run(dir.path(), &engine, plan(100), Mode::Resume, u64::MAX).unwrap();
    let before = tree(dir.path());
    assert_eq!(run(dir.path(), &engine, plan(100), Mode::Resume, u64::MAX).unwrap(), summary);
    assert!(tree(dir.path()) == before);
    assert!(matches!(run(dir.path(), &engine, plan(100), Mode::New, u64::MAX), Err(AuditError::Exists(_))));
    let refused = run(dir.path(), &engine, plan(5), Mode::Resume, u64::MAX).unwrap_err();
    assert!(matches!(&refused, AuditError::OtherRun { what, .. } if what == "--shard"), "{refused}");
    fs::write(dir.path().join("mine.txt"), "x").unwrap();
    run(dir.path(), &engine, plan(5), Mode::Force, u64::MAX).unwrap();
    let after = tree(dir.path());
    assert!(after.contains_key("mine.txt") && after.contains_key("notes/part-000002.parquet"));
    assert_eq!(after["notes.csv"], before["notes.csv"]);
    // Pages go with the audit that wrote them; others stay.
    fs::write(dir.path().join("pages/mine.html"), "x").unwrap();
    for (pages, text) in [(false, true), (true, false)] {
        run(dir.path(), &engine, Plan { pages, text, ..plan(5) }, Mode::Force, u64::MAX).unwrap();
        let after = tree(dir.path());
        assert_eq!(self::pages(&after), ["pages/mine.html"]);
        assert!(!String::from_utf8_lossy(&after["dashboard.html"]).contains("pages/"));
    }
}

#[test]
fn what_is_damaged_is_not_built_upon() {
    let engine = Engine::load(&EngineOptions::default()).unwrap();
    for (file, cut) in [
        ("notes.csv.partial", true),
        ("verdicts/part-000001.parquet", false),
        ("audit.sqlite", false),
        ("pages/000006.html", false),
    ] {
        let dir = tempfile::tempdir().unwrap();
        // Far enough for two shards.
        let steps = (0..).find(|&steps| {
            let dir = tempfile::tempdir().unwrap();
            let _ = run(dir.path(), &engine, plan(6), Mode::New, steps);
            fs::read_to_string(dir.path().join("state.json")).is_ok_and(|s| s.contains("\"shards\": 2"))
        });
        let _ = run(dir.path(), &engine, plan(6), Mode::New, steps.unwrap());
        let path = dir.path().join(file);
        if cut {
            File::options().write(true).open(&path).unwrap().set_len(10).unwrap();
        } else {
            fs::remove_file(&path).unwrap();
        }
        let refused = run(dir.path(), &engine, plan(6), Mode::Resume, u64::MAX).unwrap_err();
        assert!(matches!(&refused, AuditError::Damaged(at) if *at == path), "{file}: {refused}");
    }
}
