//! Snippets that are easily read wrongly, from the words to the report.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may"
)]

mod support;

use chartgap::check::CheckOptions;
use chartgap::note::Note;
use serde::Deserialize;
use serde_json::Value;
use support::{ENGINE, report};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    /// The words that are easily read wrongly.
    snippet: String,
    /// The right reading.
    right: String,
    /// The note that they stand in.
    note: String,
    /// The day of the visit.
    date: Option<String>,
    /// A part of the report.
    #[serde(default = "nothing")]
    has: Value,
    /// What the report must not hold.
    #[serde(default = "nothing")]
    lacks: Value,
    /// Why it is still read wrongly.
    fails: Option<String>,
}

fn nothing() -> Value {
    Value::Object(serde_json::Map::new())
}

/// What of `wanted` a report lacks.
fn missing(path: &str, wanted: &Value, given: &Value, problems: &mut Vec<String>) {
    match (wanted, given) {
        (Value::Object(wanted), Value::Object(given)) => {
            for (key, w) in wanted {
                missing(&format!("{path}.{key}"), w, given.get(key).unwrap_or(&Value::Null), problems);
            }
        }
        (Value::Array(wanted), Value::Array(given)) => {
            if wanted.is_empty() && !given.is_empty() {
                problems.push(format!("{path} is not empty: {}", Value::Array(given.clone())));
            }
            for w in wanted.iter().filter(|w| !given.iter().any(|g| fits(w, g))) {
                problems.push(format!("{path} has no {w}"));
            }
        }
        _ if fits(wanted, given) => {}
        _ => problems.push(format!("{path} is {given}, not {wanted}")),
    }
}

/// What of `unwanted` a report holds.
fn present(path: &str, unwanted: &Value, given: &Value, problems: &mut Vec<String>) {
    match (unwanted, given) {
        (Value::Object(unwanted), Value::Object(given)) => {
            for (key, u) in unwanted {
                present(&format!("{path}.{key}"), u, given.get(key).unwrap_or(&Value::Null), problems);
            }
        }
        (Value::Array(unwanted), Value::Array(given)) => {
            for g in given.iter().filter(|g| unwanted.iter().any(|u| fits(u, g))) {
                problems.push(format!("{path} holds {g}"));
            }
        }
        _ if fits(unwanted, given) => problems.push(format!("{path} is {given}")),
        _ => {}
    }
}

fn fits(wanted: &Value, given: &Value) -> bool {
    match (wanted, given) {
        (Value::String(w), Value::String(g)) => match w.strip_prefix('~') {
            Some(part) => g.to_lowercase().contains(&part.to_lowercase()),
            None => w == g,
        },
        (Value::Number(w), Value::Number(g)) => w.as_f64() == g.as_f64(),
        (Value::Object(w), Value::Object(g)) => w.iter().all(|(k, w)| g.get(k).is_some_and(|g| fits(w, g))),
        (Value::Array(w), Value::Array(g)) => {
            if w.is_empty() {
                g.is_empty()
            } else {
                w.iter().all(|w| g.iter().any(|g| fits(w, g)))
            }
        }
        _ => wanted == given,
    }
}

#[test]
fn hard_cases_are_read_right() {
    let file: File = toml::from_str(include_str!("data/hard_cases.toml")).expect("the cases");
    let mut problems = Vec::new();
    for case in &file.case {
        let mut note = Note::new("case", case.note.trim());
        note.meta.date.clone_from(&case.date);
        let checked = ENGINE.check(&note, CheckOptions { mentions: true });
        let given = serde_json::to_value(&checked).expect("JSON");
        let mut wrong = Vec::new();
        missing("report", &case.has, &given, &mut wrong);
        present("report", &case.lacks, &given, &mut wrong);
        match (&case.fails, wrong.is_empty()) {
            (None, false) => {
                let read: Vec<String> = checked
                    .mentions
                    .iter()
                    .flatten()
                    .map(|m| format!("{:?} {:?} {:?}", m.label, m.text, m.assertion))
                    .collect();
                problems.push(format!(
                    "\"{}\" ({})\n    {}\n    read: {}",
                    case.snippet,
                    case.right,
                    wrong.join("\n    "),
                    read.join("; ")
                ));
            }
            (Some(_), true) => {
                problems.push(format!("\"{}\" is read right now: take `fails` away", case.snippet))
            }
            _ => {}
        }
    }
    let known = file.case.iter().filter(|c| c.fails.is_some()).count();
    println!("{} cases, {known} of them known to fail", file.case.len());
    assert_eq!(file.case.len(), 70);
    report("cases are read wrongly", &problems);
}
