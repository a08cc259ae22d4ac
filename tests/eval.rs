//! The figures equal those of the reference script: as committed, and as it computes them where it can be run.

#![allow(clippy::unwrap_used)]

use chartgap::eval::{self, Figures, Gold, Output};
use chartgap::report::v1::Report;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::process::Command;

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/eval").join(name)
}

fn gold() -> Vec<Gold> {
    eval::load_gold(BufReader::new(File::open(data("gold.jsonl")).unwrap()), "gold.jsonl").unwrap()
}

fn output() -> BTreeMap<String, Output> {
    eval::load_output(BufReader::new(File::open(data("output.jsonl")).unwrap()), "output.jsonl").unwrap()
}

fn figures() -> Figures {
    eval::score(&gold(), &output())
}

fn whole_text(figures: &Figures) -> String {
    figures.to_text() + &figures.errors_to_text(usize::MAX)
}

/// The same keys in both, and every number within 1e-12.
fn assert_same(path: &str, ours: &Value, theirs: &Value) {
    match (ours, theirs) {
        (Value::Object(a), Value::Object(b)) => {
            assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>(), "keys of {path}");
            for (key, value) in a {
                assert_same(&format!("{path}/{key}"), value, &b[key]);
            }
        }
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            assert!((a - b).abs() <= 1e-12, "{path}: {a} against {b}");
        }
        _ => assert_eq!(ours, theirs, "{path}"),
    }
}

/// The reference script, where `CHARTGAP_CORPUS` names a folder that holds it.
fn script() -> Option<PathBuf> {
    let script = PathBuf::from(std::env::var_os("CHARTGAP_CORPUS")?).join("score.py");
    let python = Command::new("python3").arg("--version").output().is_ok_and(|o| o.status.success());
    (python && script.is_file()).then_some(script)
}

fn run(script: &Path, options: &[&str]) -> String {
    let mut command = Command::new("python3");
    command.arg(script).arg(data("gold.jsonl")).arg(data("output.jsonl")).args(options);
    let done = command.env("PYTHONIOENCODING", "utf-8").output().unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8(done.stdout).unwrap().replace("\r\n", "\n")
}

#[test]
fn figures_are_those_committed() {
    let committed: Value = serde_json::from_str(&fs::read_to_string(data("figures.json")).unwrap()).unwrap();
    assert_same("", &serde_json::to_value(figures()).unwrap(), &committed);
    assert_eq!(whole_text(&figures()), fs::read_to_string(data("figures.txt")).unwrap());
}

#[test]
fn figures_are_those_of_the_script() {
    let Some(script) = script() else {
        println!("no python3 or no score.py (CHARTGAP_CORPUS): compared with the committed figures alone");
        return;
    };
    let theirs: Value = serde_json::from_str(&run(&script, &["--json"])).unwrap();
    assert_same("", &serde_json::to_value(figures()).unwrap(), &theirs);
    assert_eq!(whole_text(&figures()), run(&script, &["--errors", "100000"]));
}

#[test]
fn the_files_exercise_every_label_and_attribute() {
    let figures = figures();
    for mode in [&figures.mentions.strict, &figures.mentions.lenient] {
        assert!(mode.0.iter().all(|(_, label)| label.n > 0));
    }
    let attributes: Vec<_> = figures.attributes.0.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(attributes.len(), 14, "{attributes:?}");
    for class in ["present", "absent", "possible", "historical", "hypothetical", "family", eval::NO_CLASS] {
        assert!(figures.assertion.get(class).is_some(), "{class}");
    }
    assert_eq!((figures.notes, figures.missing), (6, 1));
}

#[test]
fn gold_against_itself_is_perfect() {
    let gold = gold();
    let same = gold.iter().map(|g| {
        let output = Output { id: g.id.clone(), summary: g.truth.clone(), mentions: g.mentions.clone() };
        (g.id.clone(), output)
    });
    let figures = eval::score(&gold, &same.collect());
    assert!(figures.mentions.strict.0.iter().all(|(_, label)| label.f1 == 1.0));
    assert!(figures.summary.fields.0.iter().all(|(_, field)| field.agreement == 1.0));
    assert_eq!(figures.errors_to_text(usize::MAX), "");
}

#[test]
fn neither_the_text_nor_the_json_nor_debug_quotes_a_note() {
    let figures = figures();
    let shown = format!("{}{}{figures:?}", figures.to_text(), serde_json::to_string(&figures).unwrap());
    for quote in ["porch", "tightness", "relaxant"] {
        assert!(figures.errors_to_text(usize::MAX).contains(quote), "{quote}");
        assert!(!shown.contains(quote), "{quote}");
    }
}

#[test]
fn false_levels_of_a_truncated_note_are_not_counted() {
    let mut gold = gold();
    let precision = |gold: &[Gold]| eval::score(gold, &output()).mentions.lenient.get("level").unwrap().p;
    let truncated = precision(&gold);
    gold.iter_mut().for_each(|g| g.levels_truncated = false);
    assert!(truncated > precision(&gold));
}

#[test]
fn a_report_counts_as_the_output_that_it_is_written_as() {
    let report = json!({
        "schema": "chartgap.report/1", "id": "eval-6", "score": 0, "outcome": "gaps", "elements": [], "procedures": [],
        "summary": {
            "lumbar": true, "named_conditions": [], "nonspecific_only": false, "region": "lumbar", "imaging": "normal",
            "acuity": "unstated", "duration": null, "conservative_care": "absent", "care_types": [],
            "function": "absent", "injury": "unstated", "radiculopathy": "unstated", "code_family": "none"
        },
        "coding": {"suggested": null, "m53_86": "not-supported", "reasons": [], "alternatives": [], "excludes": []},
        "mentions": [{"label": "imaging", "start": 7, "end": 17, "text": "lumbar MRI", "assertion": "present", "modality": "mri"}],
        "provenance": {
            "software": "chartgap", "version": "0", "lexicon": "", "checklist": "", "code_set": "FY2027",
            "classifier": null
        }
    });
    let report: Report = serde_json::from_value(report).unwrap();
    let output = Output::try_from(&report).unwrap();
    let gold: Vec<Gold> = gold().into_iter().filter(|g| g.id == report.id).collect();
    let figures = eval::score(&gold, &BTreeMap::from([(output.id.clone(), output)]));
    assert_eq!(figures.errors_to_text(usize::MAX), "");
    assert_eq!(figures.attributes.get("imaging.modality").map(|a| a.accuracy), Some(1.0));
}
