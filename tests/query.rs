//! Provider queries: every draft of every note keeps the rules, the lint catches each breach, and the command prints them.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may"
)]

mod support;

use assert_cmd::Command;
use chartgap::lexicon::{Kind, Stream};
use chartgap::note::Note;
use chartgap::query::{Draft, QueryProblem, lint_for_note};
use chartgap::report::queries::{NEUTRAL_TITLE, NoteQueries, Query, SCHEMA};
use chartgap::segment::Segments;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;
use support::{ENGINE, report};

const FACET: &str = "HPI: Low back pain. MRI of the lumbar spine shows facet arthropathy at L4-5.\n\
                     ASSESSMENT: Probable lumbar facet syndrome. Denied by insurance.\nPLAN: Physical therapy.";

/// The synthetic notes, and those of `CHARTGAP_CORPUS`: JSONL with `text`.
fn notes() -> Vec<Note> {
    let mut files = vec![PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/corpus/notes.jsonl"))];
    let mut folders: Vec<PathBuf> =
        std::env::var_os("CHARTGAP_CORPUS").map(PathBuf::from).into_iter().collect();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "jsonl") {
                files.push(path);
            }
        }
    }
    let mut out = Vec::new();
    for file in files {
        for line in fs::read_to_string(file).unwrap().lines().filter(|l| !l.trim().is_empty()) {
            let value: Value = serde_json::from_str(line).unwrap();
            let Some(text) = value["text"].as_str() else { continue };
            out.push(Note::new(value["id"].to_string(), text));
        }
    }
    out
}

/// The note with one code of every procedure.
fn with_procedures(note: &Note) -> Note {
    let mut note = note.clone();
    note.meta.procedures = ENGINE.procedures().all().iter().map(|p| p.cpt[0].clone()).collect();
    note
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('"', "'")
}

/// The diseases, findings and complications that words name.
fn named(text: &str) -> BTreeSet<&'static str> {
    let lexicon = &ENGINE.reader().lexicon;
    let segments = Segments::new(text, &lexicon.headings);
    let stream = Stream::new(&segments, &lexicon.spelling);
    let concepts = lexicon.matches(text, &segments, &stream).into_iter().map(|m| lexicon.concept(m.concept));
    concepts
        .filter(|c| matches!(c.kind, Some(Kind::Disease | Kind::Finding | Kind::Complication)))
        .map(|c| c.id.as_str())
        .collect()
}

/// Whether a word has the form of a code of ICD-10-CM with a point, or of CPT. Written without regard to the lint.
fn code_like(text: &str) -> bool {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '.').any(|w| {
        let b = w.trim_matches('.').as_bytes();
        let icd = b.len() > 4
            && b[0].is_ascii_uppercase()
            && b[1].is_ascii_digit()
            && b[2].is_ascii_alphanumeric()
            && b[3] == b'.'
            && b[4].is_ascii_alphanumeric();
        let cpt = b.len() == 5 && b.iter().all(u8::is_ascii_digit);
        icd || cpt
    })
}

/// Words that no query holds, in quotes or outside.
const BANNED: &[&str] = &[
    "reimburs",
    "payer",
    "payor",
    "denial",
    "denied",
    " lcd",
    " ncd",
    " cpt",
    " icd",
    " rvu",
    " hcc",
    " drg",
    "audit ",
    "audits",
    "billing",
    "billable",
    "billed",
    "medical necessity",
    "medically necessary",
    "more specific code",
    "insurance",
    "quality score",
    "prior authorization",
    "please document that",
    "agree that",
    "don't you",
    "please add",
];

/// What is wrong with a query, by the rules alone.
fn breaches(note: &Note, q: &Query) -> Vec<String> {
    let mut out = Vec::new();
    let text = &q.text;
    for cited in &q.indicators {
        let (a, b) = (cited.byte_start as usize, cited.byte_end as usize);
        let quote = format!("\"{}\"", squeezed(&cited.text));
        if note.text.get(a..b) != Some(cited.text.as_str()) || !text.contains(&quote) {
            out.push("an indicator is not in the note, or not in the query".to_owned());
        }
    }
    let quotes: Vec<&str> = text.split('"').skip(1).step_by(2).collect();
    let whole: BTreeSet<String> = q.indicators.iter().map(|c| squeezed(&c.text)).collect();
    if quotes.iter().any(|quote| !whole.contains(*quote)) {
        out.push("quotes something else than whole sentences of the note".into());
    }
    let lower = format!(" {} ", text.to_lowercase());
    out.extend(BANNED.iter().filter(|w| lower.contains(*w)).map(|w| format!("holds `{w}`")));
    if code_like(text) || code_like(&q.title) {
        out.push("holds a code".into());
    }
    let options: Vec<&str> = text.split("( )").skip(1).map(str::trim).collect();
    if options != q.options {
        out.push("the options are others than those of the text".into());
    }
    if !options.is_empty() {
        let beside = |o: &&&str| !o.starts_with("Other") && !o.starts_with("Unable to determine");
        if !options.iter().any(|o| o.starts_with("Other"))
            || !options.iter().any(|o| o.starts_with("Unable to determine"))
            || options.iter().filter(beside).count() < 2
            || q.indicators.is_empty()
        {
            out.push("the options leave no way out, no choice or rest on nothing".into());
        }
    }
    let own: String = text.split('"').step_by(2).collect::<Vec<_>>().join("…");
    if options.is_empty() {
        let closed =
            ["Is", "Are", "Was", "Were", "Do", "Does", "Did", "Has", "Have", "Can", "Should", "Would"];
        let first = own.rsplit(['…', '.']).find(|s| s.contains('?')).unwrap_or(&own);
        let first = first.trim_start_matches(|c: char| !c.is_alphabetic());
        if closed.iter().any(|v| first.starts_with(&format!("{v} "))) || !own.contains(['?', '.']) {
            out.push("asks for a yes or a no".into());
        }
    }
    let documented = named(&note.text);
    let added: Vec<&str> =
        named(&format!("{}.\n{own}", q.title)).into_iter().filter(|c| !documented.contains(c)).collect();
    if !added.is_empty() {
        out.push(format!("names what the note does not: {}", added.join(", ")));
    }
    out
}

#[test]
fn every_draft_of_every_note_keeps_the_rules() {
    let mut problems = Vec::new();
    let (mut drafts, mut citing, mut offering, mut of_procedures) = (0, 0, 0, 0);
    let notes = notes();
    for note in &notes {
        let note = with_procedures(note);
        let found = ENGINE.queries(&note);
        for q in &found.queries {
            drafts += 1;
            citing += usize::from(!q.indicators.is_empty());
            offering += usize::from(!q.options.is_empty());
            of_procedures += usize::from(!q.procedures.is_empty());
            problems
                .extend(breaches(&note, q).into_iter().map(|b| format!("{} {}: {b}", note.id, q.element)));
        }
    }
    println!(
        "{} notes, {drafts} drafts: {citing} cite, {offering} offer options, {of_procedures} for procedures",
        notes.len()
    );
    assert!(citing > 1000 && offering > 50 && of_procedures > 1000, "{citing} {offering} {of_procedures}");
    problems.truncate(40);
    report("drafts break the rules", &problems);
}

#[test]
fn the_report_asks_what_the_command_drafts() {
    for note in notes().iter().take(40) {
        let note = with_procedures(note);
        let drafted: BTreeSet<String> = ENGINE.queries(&note).queries.into_iter().map(|q| q.text).collect();
        let checked = ENGINE.check(&note, Default::default());
        let all = checked.elements.iter().chain(checked.procedures.iter().flat_map(|p| &p.elements));
        let asked: BTreeSet<String> = all.filter_map(|e| e.query.clone()).collect();
        assert_eq!(drafted, asked, "{}", note.id);
    }
}

#[test]
fn every_element_of_a_procedure_can_be_asked_about() {
    for e in ENGINE.procedures().elements() {
        let ask = e.ask().unwrap_or_else(|| panic!("{}: no query", e.id));
        assert!(named(ask).is_empty(), "{}: {ask}", e.id);
    }
    for e in &ENGINE.checklist().elements {
        let own = e.rules.iter().filter_map(|r| r.query.as_ref()).chain([&e.query]);
        for words in own.flat_map(|t| [&t.cited, &t.open]) {
            assert!(named(words).is_empty(), "{}: {words}: {:?}", e.id, named(words));
        }
    }
}

/// A good draft of a note with options, and the concepts that the note names.
fn good() -> (Note, Query, Vec<u32>) {
    let note = Note::new("facet", FACET);
    let reading = ENGINE.read(&note);
    let found = ENGINE.queries(&note);
    let query = found.queries.into_iter().find(|q| !q.options.is_empty()).expect("a query with options");
    (note, query, reading.mentions.iter().filter_map(|m| m.concept).collect())
}

#[test]
fn the_lint_catches_a_breach_of_each_rule() {
    let (note, query, concepts) = good();
    let lexicon = &ENGINE.reader().lexicon;
    let lint = |text: &str, title: &str, cited: usize| {
        let draft = Draft { text: text.to_owned(), cited: vec![0; cited] };
        lint_for_note(&draft, title, &note.text, lexicon, &concepts)
    };
    let text = query.text.as_str();
    let n = query.indicators.len();
    assert_eq!(lint(text, &query.title, n), Ok(()), "{text}");
    assert!(breaches(&note, &query).is_empty());

    let option = query.options[0].as_str();
    let other = query.options.iter().find(|o| o.starts_with("Other")).unwrap().as_str();
    let with = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    };
    let quote = text.split('"').nth(1).unwrap();
    let head = query.question.as_str();
    for (mutant, problem) in [
        (with(quote, "severe instability at L4-5"), QueryProblem::Quote),
        (
            with(quote, &quote.replacen("Probable", "Established", 1).replacen("shows", "proves", 1)),
            QueryProblem::Quote,
        ),
        (with(option, "M47.816"), QueryProblem::Code),
        (format!("{text} 64493"), QueryProblem::Code),
        (with(head, &format!("{head} The payer asks.")), QueryProblem::Money("payer")),
        (with(head, &format!("{head} This raises the quality score.")), QueryProblem::Money("quality score")),
        (
            with(head, &format!("{head} Please document that it is established.")),
            QueryProblem::Leading("please document that"),
        ),
        (with(other, "Something else"), QueryProblem::NoOther),
        (with("( ) Unable to determine", ""), QueryProblem::NoUndetermined),
        (
            format!("{head} ( ) Established ( ) Other: ____ ( ) Unable to determine"),
            QueryProblem::SingleOption,
        ),
        (with(option, "Spinal stenosis"), QueryProblem::Condition),
        (with(head, &format!("{head} Consider posterior element instability.")), QueryProblem::Condition),
        (format!("{head} Is this established?"), QueryProblem::Closed),
        (with(head, "{quotes}"), QueryProblem::Placeholder),
        (" ".to_owned(), QueryProblem::Empty),
    ] {
        assert_eq!(lint(&mutant, &query.title, n), Err(problem), "{mutant}");
    }
    // a heading is held to the same
    assert_eq!(lint(text, "Lumbar stenosis", n), Err(QueryProblem::Condition));
    assert_eq!(lint(text, "Support for M53.86", n), Err(QueryProblem::Code));
    assert_eq!(lint(text, "Denial risk", n), Err(QueryProblem::Money("denial")));
    assert_eq!(lint(text, NEUTRAL_TITLE, n), Ok(()));
    assert_eq!(lint(text, &query.title, 0), Err(QueryProblem::NoIndicator));
    // what the note names may be named
    assert_eq!(lint(&with(head, &format!("{head} Facet syndrome was named.")), &query.title, n), Ok(()));
}

/// The independent rules of this file fire as well: a check that never fails proves nothing.
#[test]
fn the_rules_of_the_property_fire() {
    let (note, query, _) = good();
    let mutants: Vec<(&str, Query)> = vec![
        (
            "not in the note",
            Query {
                indicators: {
                    let mut i = query.indicators.clone();
                    i[0].byte_start += 1;
                    i
                },
                ..query.clone()
            },
        ),
        ("whole sentences", Query { indicators: Vec::new(), ..query.clone() }),
        ("holds a code", Query { title: "M53.86".into(), ..query.clone() }),
        ("holds ` lcd`", Query { text: format!("{} As the LCD asks.", query.text), ..query.clone() }),
        ("options", Query { options: Vec::new(), ..query.clone() }),
        (
            "a yes or a no",
            Query {
                text: "Is it stable?".into(),
                options: Vec::new(),
                indicators: Vec::new(),
                ..query.clone()
            },
        ),
        ("names what the note does not: ", Query { title: "Lumbar spinal stenosis".into(), ..query.clone() }),
    ];
    for (expected, mutant) in mutants {
        let found = breaches(&note, &mutant).join("\n");
        assert!(found.contains(expected), "{expected}: {found}");
    }
}

#[test]
fn sentences_that_speak_of_money_are_not_cited() {
    let note = with_procedures(&Note::new("facet", FACET));
    for q in ENGINE.queries(&note).queries {
        assert!(!q.text.contains("insurance"), "{}", q.text);
    }
}

fn run(arguments: &[&str], stdin: &str) -> (i32, String, String) {
    let mut command = Command::cargo_bin("chartgap").unwrap();
    let out = command.env_clear().arg("query").args(arguments).write_stdin(stdin).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (out.status.code().unwrap(), text(out.stdout), text(out.stderr))
}

#[test]
fn exit_status_of_the_command() {
    assert_eq!(run(&["-"], FACET).0, 1);
    let (status, out, _) = run(&["-"], "Sore throat for three days.");
    assert_eq!((status, out.as_str()), (0, "-  no query\n"));
    let (status, out, error) = run(&["gone.txt"], "");
    assert_eq!(
        (status, out.as_str(), error.as_str()),
        (2, "", "chartgap: gone.txt: no such file or directory\n")
    );
    let (status, _, error) = run(&["-", "--element", "regoin"], FACET);
    assert!(
        status == 2
            && error.starts_with("chartgap: `regoin` is no element; the checklist has named-condition, "),
        "{error}"
    );
    assert_eq!(run(&[], "").0, 2);
}

#[test]
fn the_command_writes_text() {
    let (_, out, _) = run(&["-", "--ascii", "--element", "named-condition"], FACET);
    insta::assert_snapshot!(out, @r#"
    -  1 query

    [1] named-condition
        Named lumbar condition
        The note records "MRI of the lumbar spine shows facet arthropathy at L4-5."
        (HPI). Based on your clinical judgment, please clarify what this means for
        the current visit.
        ( ) It is a condition evaluated or treated at this visit
        ( ) It is a finding or history that was not evaluated at this visit
        ( ) Other: ____
        ( ) Unable to determine
    "#);
}

#[test]
fn the_command_writes_json() {
    let (_, out, _) = run(&["-", "--format", "json"], FACET);
    let one: NoteQueries = serde_json::from_str(&out).unwrap();
    assert_eq!((one.schema.as_str(), one.id.as_str()), (SCHEMA, "-"));
    assert!(one.queries.len() > 3 && one.queries.iter().all(|q| q.procedures.is_empty()));

    let lines = format!(
        "{}\n{}\n{{\"id\": \"b\"}}\n",
        json!({"id": "a", "text": FACET}),
        json!({"id": "c", "text": "Cough."})
    );
    let (status, out, _) = run(
        &["-", "--format", "jsonl", "--cpt", "64493", "--element", "procedure-side", "--element", "region"],
        &lines,
    );
    let entries: Vec<Value> = out.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!((status, entries.len()), (2, 3), "{out}");
    let elements: Vec<&str> =
        entries[0]["queries"].as_array().unwrap().iter().map(|q| q["element"].as_str().unwrap()).collect();
    assert!(elements.iter().all(|e| ["region", "procedure-side"].contains(e)), "{elements:?}");
    assert_eq!(entries[1]["queries"], json!([]));
    assert_eq!((&entries[2]["schema"], &entries[2]["id"]), (&json!(SCHEMA), &json!("b")));
    assert!(entries[2]["error"]["code"].is_string());
}

#[test]
fn a_checklist_whose_query_names_a_condition_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let own = include_str!("../checklists/m53-86.toml");
    for (from, to) in [
        (
            "which condition of the lumbar spine, if any, was",
            "which signs of lumbar facet syndrome, if any, were",
        ),
        ("Which studies of the lumbar spine, if any, were done", "Were studies done"),
    ] {
        assert!(own.contains(from), "{from}");
        let path = dir.path().join("own.toml");
        fs::write(&path, own.replacen(from, to, 1)).unwrap();
        let (status, _, error) = run(&["-", "--checklist", path.to_str().unwrap()], FACET);
        assert_eq!(status, 2);
        assert!(
            error.contains("names the condition \"") || error.contains("asks for a yes or a no"),
            "{error}"
        );
        assert!(error.contains("own.toml:"), "{error}");
    }
}
