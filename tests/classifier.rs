//! The classifier end to end, with the small model of `tests/data/model` and both engines.
#![cfg(feature = "classifier")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "a test may"
)]

mod support;

use chartgap::assertion::{DecidedBy, Status};
use chartgap::check::{CheckOptions, Engine, EngineOptions};
use chartgap::classify::{
    FoundBy, ModelSource, OnnxClassifier, Package, Pieces, Runtime, RuntimeOptions, Sentence,
};
use chartgap::note::Note;
use chartgap::reading::Reading;
use chartgap::report::v1::Report;
use chartgap::segment::SectionKind;
use chartgap::span::Span;
use proptest::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use tempfile::TempDir;

static CLASSIFIED: LazyLock<Engine> = LazyLock::new(|| engine(&model(), RuntimeOptions::default()).unwrap());

fn model() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/model")
}

fn engine(dir: &Path, runtime: RuntimeOptions) -> Result<Engine, String> {
    let options = EngineOptions { model: ModelSource::Dir(dir.into()), runtime, ..EngineOptions::default() };
    Engine::load(&options).map(Engine::with_disagreements).map_err(|e| e.to_string())
}

fn embedded() -> RuntimeOptions {
    RuntimeOptions { runtime: Runtime::Embedded, library: None }
}

/// Reads a text and lists its mentions as `words=label assertion who`.
fn mentions(text: &str) -> Vec<String> {
    let reading = CLASSIFIED.read(&Note::new("n", text));
    assert!(reading.classified);
    reading
        .mentions
        .iter()
        .map(|m| {
            let (label, status) = (word(m.label), word(m.assertion.status()));
            format!("{}={label} {status} {}", m.span.of(text), word(m.found_by))
        })
        .collect()
}

fn word(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).unwrap().as_str().unwrap().to_owned()
}

fn corpus() -> Vec<Note> {
    let lines = include_str!("../corpus/notes.jsonl");
    let gold = chartgap::eval::load_gold(lines.as_bytes(), "corpus/notes.jsonl").unwrap();
    gold.into_iter().map(|g| Note::new(g.id, g.text)).collect()
}

fn line(report: &Report) -> String {
    serde_json::to_string(report).unwrap()
}

#[test]
fn the_classifier_adds_what_no_list_has() {
    let cases: &[(&str, &[&str])] = &[
        (
            "HPI:\nLow back pain. She tries zorbing orb orb for it.",
            &["Low back pain=condition present rules", "zorbing orb orb=care present classifier"],
        ),
        (
            "HPI:\nLumbar stenosis. The wheelbarrow is beyond him.",
            &["Lumbar stenosis=condition present both", "wheelbarrow=function present classifier"],
        ),
        // the assertion of an added injury is that of the rules: the manifest says so
        (
            "HPI:\nLow back pain. Denies trampoline.",
            &["Low back pain=condition present rules", "trampoline=injury absent classifier"],
        ),
        // both see it: the words are those of the rules
        (
            "HPI:\nLumbar stenosis. Cannot push the wheelbarrow.",
            &["Lumbar stenosis=condition present both", "Cannot push the wheelbarrow=function present both"],
        ),
        // two that touch are two
        (
            "HPI:\nLow back pain, zorbing zorbing.",
            &[
                "Low back pain=condition present rules",
                "zorbing=care present classifier",
                "zorbing=care present classifier",
            ],
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(&mentions(text), expected, "{text}");
    }
}

#[test]
fn an_entry_of_the_manifest_lets_the_classifier_settle_an_assertion() {
    // the model hears `erstwhile` anywhere in the sentence
    let text = "HPI:\nLumbar stenosis erstwhile.";
    let reading = CLASSIFIED.read(&Note::new("n", text));
    let m = &reading.mentions[0];
    assert_eq!((m.assertion.status(), m.assertion.decided_by), (Status::Historical, DecidedBy::Classifier));
    let d = &reading.disagreements[0];
    assert!(d.classifier_won, "{d:?}");
    assert!(d.entry.starts_with("status[0]: historical over present, min = 0.8"), "{}", d.entry);

    // a cue speaks: no entry of the manifest is about that
    let text = "HPI:\nNo lumbar stenosis erstwhile.";
    let reading = CLASSIFIED.read(&Note::new("n", text));
    assert_eq!(reading.mentions[0].assertion.status(), Status::Absent);
    assert!(!reading.disagreements[0].classifier_won);
    assert_eq!(reading.disagreements[0].entry, "no [[status]] entry");
}

#[test]
fn a_mention_that_the_classifier_does_not_believe_is_dropped() {
    let text = "HPI:\nLow back pain. She takes ibuprofen.";
    let reading = CLASSIFIED.read(&Note::new("n", text));
    assert_eq!(mentions(text), ["Low back pain=condition present rules"]);
    let dropped: Vec<_> = reading.disagreements.iter().filter(|d| d.classifier_won).collect();
    assert_eq!(dropped.len(), 1);
    assert_eq!(
        (dropped[0].span.of(text), dropped[0].entry.as_str()),
        ("ibuprofen", "merge.care.drop = 0.05")
    );
}

#[test]
fn what_only_the_classifier_found_has_attributes_where_its_words_tell() {
    let text = "HPI:\nLow back pain for 6 months fortnight. Plan fluxogram.";
    let reading = CLASSIFIED.read(&Note::new("n", text));
    let of = |words: &str| reading.mentions.iter().find(|m| m.span.of(text) == words).unwrap();
    assert_eq!(of("fluxogram").attrs.modality.as_deref(), Some("other"));
    assert_eq!(of("fluxogram").found_by, FoundBy::Classifier);
    let report = CLASSIFIED.check(&Note::new("n", text), CheckOptions { mentions: true });
    assert!(report.summary.lumbar);
}

#[test]
fn spans_are_asserted_by_the_classifier_too() {
    let text = "He erstwhile had gout attacks.";
    let at = text.find("gout").unwrap();
    let span = Span::new(at, at + 4);
    let a = CLASSIFIED.assert_span(text, span);
    assert_eq!((a.status(), a.decided_by), (Status::Historical, DecidedBy::Classifier));
    let rules = support::ENGINE.assert_span(text, span);
    assert_ne!(rules.decided_by, DecidedBy::Classifier);
}

#[test]
fn the_gate_keeps_notes_and_sentences_away() {
    // no word of the spine: not read, though the words of the gate are there
    assert!(mentions("HPI:\nSore throat. Zorbing.").is_empty());
    // a sentence without weight is not read: nothing of it can be in the list of disagreements
    let text = "HPI:\nLow back pain. Formerly a baker.\nLABS:\nwheelbarrow and pain";
    let note = Note::new("n", text);
    let reading = CLASSIFIED.read(&note);
    assert!(reading.mentions.iter().any(|m| m.span.of(text) == "wheelbarrow"));
}

#[test]
fn provenance_names_model_and_engine() {
    let note = Note::new("n", "Low back pain.");
    let with = CLASSIFIED.check(&note, CheckOptions::default()).provenance.classifier.unwrap();
    assert_eq!(with.name, "test");
    assert_eq!(with.engine.as_deref(), Some("rten 0.27.0"));
    let manifest = fs::read(model().join("manifest.toml")).unwrap();
    let digest: String = {
        use sha2::{Digest, Sha256};
        Sha256::digest(manifest).iter().map(|b| format!("{b:02x}")).collect()
    };
    assert_eq!(with.sha256, digest);
    assert_eq!(support::ENGINE.check(&note, CheckOptions::default()).provenance.classifier, None);
}

/// A long sentence is read in windows; nothing is lost at their seams.
#[test]
fn windows_of_a_long_sentence() {
    let filler = "and then again the same ".repeat(12);
    let text = format!("HPI:\nLow back pain {filler} zorbing orb orb {filler} wheelbarrow");
    let found = mentions(&text);
    assert!(found.contains(&"zorbing orb orb=care present classifier".to_owned()), "{found:?}");
    assert!(found.contains(&"wheelbarrow=function present classifier".to_owned()), "{found:?}");
}

#[test]
fn text_that_looks_like_a_special_piece_is_text() {
    let text = "HPI:\nLow back pain [SEP] zorbing [CLS] [sec:hpi] [PAD].";
    assert!(mentions(text).contains(&"zorbing=care present classifier".to_owned()));
}

#[test]
fn results_do_not_depend_on_what_is_read_together() {
    let notes = corpus();
    let options = CheckOptions { mentions: true };
    let alone = engine(&model(), embedded()).unwrap();
    let alone: Vec<String> = notes.iter().map(|n| line(&alone.check(n, options))).collect();
    for together in [3, 16, notes.len()] {
        // a fresh engine, so that nothing comes from the cache
        let fresh = engine(&model(), embedded()).unwrap();
        let got: Vec<String> = notes
            .chunks(together)
            .flat_map(|some| fresh.check_all(some, options).unwrap())
            .map(|r| line(&r))
            .collect();
        assert!(got == alone, "{together} notes together");
        let again: Vec<String> = fresh.check_all(&notes, options).unwrap().iter().map(line).collect();
        assert!(again == alone, "from the cache");
    }
}

/// A report without mentions needs less of the classifier, and says of the rest what one with them says; one with mentions
/// less than one that lists where rules and classifier differ.
#[test]
fn what_is_not_read_would_not_have_changed_a_report() {
    let notes = corpus();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("models");
    // Of the test model: entries that change mentions, some that drop, none that add.
    let drops = changed(
        "manifest.toml",
        |text| String::from_utf8(text).unwrap().replace("add = 0.", "# add = 0.").into_bytes(),
        false,
    );
    for (dir, fewer) in [(shipped.as_path(), true), (drops.path(), true), (model().as_path(), false)] {
        let reports = |mentions, differ: bool| {
            let options = EngineOptions {
                model: ModelSource::Dir(dir.into()),
                runtime: embedded(),
                ..EngineOptions::default()
            };
            let engine = Engine::load(&options).unwrap();
            let engine = if differ { engine.with_disagreements() } else { engine };
            let reports = engine.check_all(&notes, CheckOptions { mentions }).unwrap();
            (reports, engine.classifier().unwrap().counts().computed)
        };
        let (decisive, some) = reports(false, false);
        let (mentioned, more) = reports(true, false);
        let (whole, all) = reports(true, true);
        assert_eq!((some < more, more < all), (fewer, fewer), "{some}, {more}, {all}");
        for ((decisive, mentioned), whole) in decisive.into_iter().zip(mentioned).zip(whole) {
            assert_eq!(line(&mentioned), line(&Report { disagreements: None, ..whole }), "{}", dir.display());
            assert_eq!(line(&decisive), line(&Report { mentions: None, ..mentioned }), "{}", dir.display());
        }
    }
}

#[test]
fn results_do_not_depend_on_threads() {
    let notes = corpus();
    let options = CheckOptions { mentions: true };
    let one: Vec<String> = notes.iter().map(|n| line(&CLASSIFIED.check(n, options))).collect();
    let fresh = engine(&model(), embedded()).unwrap();
    std::thread::scope(|scope| {
        for offset in 0..4 {
            let (fresh, notes, one) = (&fresh, &notes, &one);
            scope.spawn(move || {
                for i in (offset..notes.len()).chain(0..offset) {
                    assert!(line(&fresh.check(&notes[i], options)) == one[i]);
                }
            });
        }
    });
}

/// The numbers of one sentence are the same bit for bit, whatever is computed with it.
#[test]
fn padding_and_neighbours_do_not_change_a_number() {
    let mut classifier = OnnxClassifier::open(&ModelSource::Dir(model()), &embedded()).unwrap().unwrap();
    classifier.tagger_mut().set_cache(false);
    let notes = corpus();
    let lines = notes.iter().flat_map(|n| n.text.lines());
    let all: Vec<_> = lines.map(|text| Sentence { section: SectionKind::Hpi, before: "", text }).collect();
    let together = classifier.tagger().read(&all).unwrap();
    for (s, expected) in all.iter().zip(&together).step_by(7) {
        assert_eq!(&classifier.tagger().read(&[*s]).unwrap()[0], expected);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn any_order_of_any_words_reads_the_same(
        words in prop::collection::vec(prop::sample::select(vec![
            "zorbing", "orb", "wheelbarrow", "low back pain", "erstwhile", "grandmother", "stenosis", "no", ".", "\n",
            "HPI:", "caf\u{e9}", "e\u{301}", "\u{1f9b4}", "L4-5", "[SEP]", "ibuprofen", "for 6 months",
        ]), 1..40),
        split in 0usize..40,
    ) {
        let text = words.join(" ");
        let notes = [Note::new("a", text.clone()), Note::new("b", words[split.min(words.len() - 1)..].join(" "))];
        let together = CLASSIFIED.read_all(&notes).unwrap();
        for (note, reading) in notes.iter().zip(&together) {
            let alone = CLASSIFIED.read(note);
            prop_assert_eq!(&alone.mentions, &reading.mentions);
            prop_assert_eq!(&alone.disagreements, &reading.disagreements);
            holds(note, reading);
        }
    }
}

proptest! {
    #[test]
    fn the_pieces_before_a_sentence_are_the_last_ones(
        text in "[ab1\u{e9}\u{301}.,\\-\u{2013}\u{c}\u{200d}\u{a0} \t\n]{0,60}",
    ) {
        static PIECES: LazyLock<Pieces> =
            LazyLock::new(|| Pieces::new(&Package::open(&ModelSource::Dir(model())).unwrap().unwrap()).unwrap());
        let last = |text: &str| -> Vec<u32> {
            let all = PIECES.cut(text);
            all[all.len().saturating_sub(PIECES.context())..].iter().map(|p| p.id).collect()
        };
        prop_assert_eq!(last(PIECES.context_of(&text)), last(&text));
    }
}

/// What every reading keeps, whoever made it.
fn holds(note: &Note, reading: &Reading) {
    assert!(reading.mentions.iter().map(|m| m.span.start).is_sorted());
    for m in &reading.mentions {
        assert!(note.text.get(m.span.range()).is_some_and(|w| !w.is_empty()));
        assert!((m.sentence as usize) < reading.segments.sentences.len());
    }
}

/// ONNX Runtime, where it is installed; the rest of the tests need nothing.
fn onnxruntime() -> Option<Engine> {
    match engine(&model(), RuntimeOptions { runtime: Runtime::OnnxRuntime, library: None }) {
        Ok(engine) => Some(engine),
        Err(error) => {
            eprintln!("skipped: {error}");
            None
        }
    }
}

#[test]
fn engines_agree() {
    let Some(other) = onnxruntime() else { return };
    let notes = corpus();
    for note in &notes {
        let (a, b) = (CLASSIFIED.read(note), other.read(note));
        assert_eq!(a.mentions, b.mentions, "{}", note.id);
        assert_eq!(a.disagreements.len(), b.disagreements.len());
        for (x, y) in a.disagreements.iter().zip(&b.disagreements) {
            assert!((x.score - y.score).abs() <= 2e-4 && (x.certainty - y.certainty).abs() <= 2e-4);
            assert_eq!((x.span, x.classifier_won), (y.span, y.classifier_won));
        }
    }
    let options = CheckOptions { mentions: true };
    let together = other.check_all(&notes, options).unwrap();
    for (note, report) in notes.iter().zip(&together) {
        assert!(line(report) == line(&other.check(note, options)), "{}", note.id);
    }
}

/// A copy of the model with one file changed.
fn changed(name: &str, change: impl Fn(Vec<u8>) -> Vec<u8>, digest: bool) -> TempDir {
    use sha2::{Digest, Sha256};
    let dir = tempfile::tempdir().unwrap();
    for file in ["manifest.toml", "tagger.onnx", "tokenizer.json", "gate.tsv"] {
        fs::copy(model().join(file), dir.path().join(file)).unwrap();
    }
    let path = dir.path().join(name);
    let before = fs::read(&path).unwrap();
    let after = change(before.clone());
    fs::write(&path, &after).unwrap();
    if digest {
        let hex = |b: &[u8]| Sha256::digest(b).iter().map(|b| format!("{b:02x}")).collect::<String>();
        let manifest = dir.path().join("manifest.toml");
        let text = fs::read_to_string(&manifest).unwrap().replace(&hex(&before), &hex(&after));
        fs::write(manifest, text).unwrap();
    }
    dir
}

fn refused(dir: &TempDir) -> String {
    let error = engine(dir.path(), embedded()).err().expect("the model is refused");
    error.replace(&format!("{}/", dir.path().display()), "")
}

#[test]
fn a_broken_model_is_refused_with_file_and_place() {
    let text = |from: &'static str, to: &'static str| {
        move |bytes: Vec<u8>| {
            let text = String::from_utf8(bytes).unwrap();
            assert!(text.contains(from), "{from}");
            text.replace(from, to).into_bytes()
        }
    };
    let manifest = |from, to| refused(&changed("manifest.toml", text(from, to), false));
    let half = |mut bytes: Vec<u8>| {
        bytes.truncate(bytes.len() / 2);
        bytes
    };

    let error = refused(&changed("tagger.onnx", half, false));
    assert!(
        error.starts_with("tagger.onnx: SHA-256 is ") && error.contains(", the manifest has "),
        "{error}"
    );
    let error = refused(&changed("tagger.onnx", half, true));
    assert!(error.starts_with("tagger.onnx: rten 0.27.0: "), "{error}");
    let error = refused(&changed("tagger.onnx", |_| b"no network".to_vec(), true));
    assert!(error.starts_with("tagger.onnx: rten 0.27.0: "), "{error}");
    // the outputs change places: right names, wrong shapes
    let swapped = |bytes: Vec<u8>| {
        let text = |b: &[u8]| b.to_vec();
        let mut out = bytes;
        for (from, to) in [(text(b"\x04tags"), text(b"\x04tagz")), (text(b"\x06status"), text(b"\x06stutas"))]
        {
            for i in 0..out.len() - from.len() {
                if out[i..].starts_with(&from) {
                    out[i..i + to.len()].copy_from_slice(&to);
                }
            }
        }
        out
    };
    let error = refused(&changed("tagger.onnx", swapped, true));
    assert_eq!(error, "tagger.onnx: rten 0.27.0: no input or output `tags`");

    let error = refused(&changed("tokenizer.json", half, true));
    assert!(error.starts_with("tokenizer.json: not a tokenizer: "), "{error}");
    let error = refused(&changed("tokenizer.json", text("[sec:hpi]", "[sec:hpj]"), true));
    assert_eq!(error, "tokenizer.json: no piece `[sec:hpi]`");

    let error = refused(&changed("gate.tsv", text("pain\t1.25", "pain 1.25"), true));
    assert_eq!(error, "gate.tsv:5: expected a word, a tab and a weight");
    let error = refused(&changed("gate.tsv", text("section:hpi", "section:hpj"), true));
    assert!(error.ends_with("no section has this name"), "{error}");

    let error = manifest("max_tokens = 48", "max_tokens = 4800");
    assert_eq!(error, "manifest.toml: input.max_tokens: 4800 is not from 16 to 512");
    let error = manifest("drop = 0.05", "drop = 1.05");
    assert_eq!(error, "manifest.toml: merge.care.drop: 1.05 is no probability from 0 to 1");
    let error = manifest("\"B-condition\", ", "");
    assert_eq!(error, "manifest.toml: decode.tags: `B-condition` is missing");
    let error = manifest("stride", "strife");
    assert!(
        error.starts_with("manifest.toml: ") && error.contains("line 10") && error.contains("strife"),
        "{error}"
    );

    let dir = changed("gate.tsv", |b| b, false);
    fs::remove_file(dir.path().join("tagger.onnx")).unwrap();
    assert!(refused(&dir).starts_with("tagger.onnx: No such file"));
    let gone = engine(Path::new("/nowhere"), embedded()).err().unwrap();
    assert!(gone.starts_with("/nowhere/manifest.toml: "), "{gone}");
}

/// A network whose answer to some input has another form fails on the note, and says nothing of it.
#[test]
fn a_failing_engine_costs_the_note_and_tells_no_text() {
    // every id is in range when the model is probed; those of real words are not
    let dir = changed(
        "tokenizer.json",
        |bytes| String::from_utf8(bytes).unwrap().replacen("\"zorbing\":", "\"zorbing\":9", 1).into_bytes(),
        true,
    );
    let engine = engine(dir.path(), embedded()).unwrap();
    let note = Note::new("n", "HPI:\nLow back pain, zorbing zyzzyva.");
    let error = engine.check_all(std::slice::from_ref(&note), CheckOptions::default()).unwrap_err();
    let shown = format!("{error} {error:?}");
    assert!(
        shown.contains("rten 0.27.0") && !shown.contains("zyzzyva") && !shown.contains("zorbing"),
        "{shown}"
    );
    // the report of the rules says that no classifier took part
    let report = engine.check(&note, CheckOptions::default());
    assert_eq!(report.provenance.classifier, None);
    // and the next note is read as ever
    let next = Note::new("n", "HPI:\nLow back pain, wheelbarrow.");
    assert!(engine.check(&next, CheckOptions::default()).provenance.classifier.is_some());
}

#[cfg(feature = "cli")]
mod command {
    use super::{changed, corpus, model};
    use assert_cmd::Command;
    use serde_json::{Value, json};
    use std::path::Path;

    /// Must not come out of a note that cannot be read.
    const CANARY: &str = "zyzzyva";

    struct Run {
        status: i32,
        out: String,
        err: String,
    }

    fn chartgap(arguments: &[&str], stdin: &str) -> Run {
        let mut command = Command::cargo_bin("chartgap").unwrap();
        let output = command.env_clear().args(arguments).write_stdin(stdin).output().unwrap();
        Run {
            status: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn with(dir: &Path, arguments: &[&str], stdin: &str) -> Run {
        let dir = dir.display().to_string();
        chartgap(&[arguments, &["--model", &dir]].concat(), stdin)
    }

    fn record(id: &str, text: &str) -> String {
        json!({"id": id, "text": text}).to_string() + "\n"
    }

    #[test]
    fn reports_say_who_found_what_and_why() {
        let text = "HPI:\nLow back pain, zorbing. Lumbar stenosis erstwhile.";
        let run = with(&model(), &["check", "--format", "json", "--mentions", "--why", "-"], text);
        assert_eq!((run.status, run.err.as_str()), (1, ""));
        let report: Value = serde_json::from_str(&run.out).unwrap();
        assert_eq!(report["provenance"]["classifier"]["name"], "test");
        let who: Vec<&str> =
            report["mentions"].as_array().unwrap().iter().map(|m| m["found_by"].as_str().unwrap()).collect();
        assert_eq!(who, ["rules", "classifier", "both"]);
        let entries: Vec<&str> = report["disagreements"]
            .as_array()
            .unwrap()
            .iter()
            .map(|m| m["entry"].as_str().unwrap())
            .collect();
        let settled = "status[0]: historical over present, min = 0.8";
        assert_eq!(entries, ["no merge.condition.drop", "merge.care.add = 0.8", settled]);

        let run = with(&model(), &["check", "--why", "-"], text);
        assert!(run.out.contains("Rules against classifier (3)"), "{}", run.out);
        assert!(run.out.contains("rules: nothing; classifier: present"), "{}", run.out);
        assert!(run.out.contains("(merge.care.add = 0.8)"), "{}", run.out);
    }

    #[test]
    fn the_rules_alone() {
        let run = chartgap(
            &["check", "--format", "json", "--mentions", "--no-model", "-"],
            "Low back pain, zorbing.",
        );
        let report: Value = serde_json::from_str(&run.out).unwrap();
        assert_eq!(report["provenance"]["classifier"], Value::Null);
        assert_eq!(report["mentions"].as_array().unwrap().len(), 1);
        assert_eq!(report["mentions"][0].get("found_by"), None);
        for flags in [&["--why"][..], &["--model", "x"], &["--engine", "rten"], &["--onnxruntime", "x"]] {
            let run = chartgap(&[&["check", "--no-model", "-"], flags].concat(), "Low back pain.");
            assert_eq!((run.status, run.out.as_str()), (2, ""), "{flags:?}");
        }
    }

    #[test]
    fn what_cannot_be_loaded_ends_the_run() {
        let dir = changed("tagger.onnx", |b| b[..b.len() - 1].to_vec(), false);
        for command in [&["check", "-"][..], &["assert", "-"], &["bench", "-"], &["query", "-"]] {
            let run = with(dir.path(), command, CANARY);
            assert_eq!((run.status, run.out.as_str()), (2, ""), "{command:?}");
            assert!(run.err.contains("tagger.onnx: SHA-256 is"), "{}", run.err);
            assert!(!run.err.contains(CANARY));
        }
        let run = with(&model(), &["check", "--onnxruntime", "/nowhere/lib.so", "-"], CANARY);
        assert_eq!(run.status, 2);
        assert!(run.err.starts_with("chartgap: /nowhere/lib.so: No such file"), "{}", run.err);
        let file = model().join("gate.tsv").display().to_string();
        let run = with(&model(), &["check", "--onnxruntime", &file, "-"], CANARY);
        assert_eq!(run.status, 2);
        assert!(run.err.contains("gate.tsv: cannot be loaded: ") && !run.err.contains(CANARY), "{}", run.err);
    }

    #[test]
    fn bytes_do_not_depend_on_threads() {
        let notes: String = corpus().iter().map(|n| record(&n.id, &n.text)).collect();
        let run = |threads| {
            with(&model(), &["check", "--format", "jsonl", "--mentions", "--why", "-j", threads, "-"], &notes)
                .out
        };
        let one = run("1");
        assert_eq!(one.lines().count(), corpus().len());
        assert!(one == run("5"));
    }

    #[test]
    fn a_failing_engine_costs_one_note() {
        // the id of this word lies outside of the embedding
        let dir = changed(
            "tokenizer.json",
            |b| String::from_utf8(b).unwrap().replacen("\"zorbing\":", "\"zorbing\":9", 1).into_bytes(),
            true,
        );
        let good = "HPI:\nLow back pain, wheelbarrow.";
        let bad = format!("HPI:\nLow back pain, zorbing {CANARY}.");
        let notes = [record("a", good), record("b", &bad), record("c", good)].concat();
        let run = with(dir.path(), &["check", "--format", "jsonl", "--mentions", "-"], &notes);
        assert_eq!(run.status, 2);
        let lines: Vec<Value> = run.out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        assert_eq!(
            (lines[1]["id"].as_str(), lines[1]["error"]["code"].as_str()),
            (Some("b"), Some("internal"))
        );
        for i in [0, 2] {
            assert_eq!(lines[i]["mentions"][1]["found_by"], "classifier");
            assert_eq!(lines[i]["provenance"]["classifier"]["name"], "test");
        }
        assert!(!run.out.contains(CANARY) && !run.err.contains(CANARY), "{}", run.err);

        let query = json!({"id": 1, "text": format!("zorbing {CANARY}"), "start": 0, "end": 7}).to_string();
        let run = with(dir.path(), &["assert", "-"], &query);
        assert_eq!(run.status, 2);
        assert!(run.out.contains("\"internal\"") && !run.out.contains(CANARY), "{}", run.out);
    }

    #[test]
    fn spans_and_throughput() {
        let query = r#"{"id":1,"text":"He erstwhile had gout attacks.","start":17,"end":21}"#;
        let run = with(&model(), &["assert", "-"], query);
        let answer: Value = serde_json::from_str(&run.out).unwrap();
        assert_eq!(
            (&answer["assertion"], &answer["decided_by"]),
            (&json!("historical"), &json!("classifier"))
        );
        let run = chartgap(&["assert", "--no-model", "-"], query);
        assert_eq!(serde_json::from_str::<Value>(&run.out).unwrap()["assertion"], "present");

        let notes = record("a", "HPI:\nLow back pain, zorbing.").repeat(20);
        let run = with(&model(), &["bench", "--seconds", "0.1", "--format", "json", "-"], &notes);
        let figures: Value = serde_json::from_str(&run.out).unwrap();
        assert_eq!(figures["classifier"]["model"], "test");
        assert_eq!(figures["classifier"]["passed_per_note"], 1.0);
        // one of twenty alike is computed in each pass
        assert!(figures["classifier"]["computed_per_note"].as_f64().unwrap() < 0.5, "{figures}");
    }
}
