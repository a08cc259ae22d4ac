//! Assertions: the examples of the cue file and a table of cases by phenomenon, in one markup.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may"
)]

mod support;

use chartgap::assertion::{Status, Target};
use chartgap::mention::Label;
use chartgap::span::Span;
use serde::Deserialize;
use serde::de::value::{Error, StrDeserializer};
use support::{ENGINE, report};

/// Examples of the cue file that are read wrongly today; the marks hold the right answer.
const KNOWN_FAILURES: &[&str] = &[];

/// A marked span of a case and what is right for it.
struct Mark {
    span: Span,
    status: Status,
    label: Option<Label>,
}

/// The text of a case without its marks, and the marks.
fn parse(case: &str) -> (String, Vec<Mark>) {
    let (mut text, mut marks) = (String::new(), Vec::new());
    let mut rest = case;
    while let Some((before, tag)) = rest.split_once("<m ") {
        let (attributes, inner) = tag.split_once('>').expect("a tag ends");
        let (words, after) = inner.split_once("</m>").expect("a mark ends");
        text.push_str(before);
        let start = text.len();
        text.push_str(words);
        let (mut status, mut label) = (None, None);
        for attribute in attributes.split(' ') {
            match attribute.split_once('=').expect("an attribute has a value") {
                ("presence", value) => status = Some(named(value)),
                ("label", value) => label = Some(named(value)),
                (other, _) => panic!("unknown attribute `{other}` in: {case}"),
            }
        }
        marks.push(Mark { span: Span::new(start, text.len()), status: status.expect("presence"), label });
        rest = after;
    }
    text.push_str(rest);
    assert!(!marks.is_empty(), "nothing is marked in: {case}");
    (text, marks)
}

/// The variant that serde knows by a name.
fn named<T: for<'de> Deserialize<'de>>(name: &str) -> T {
    let name: StrDeserializer<'_, Error> = serde::de::IntoDeserializer::into_deserializer(name);
    T::deserialize(name).expect("a name of the guideline")
}

/// What is read wrongly in a case.
fn wrong(case: &str, target: Target) -> Option<String> {
    let (text, marks) = parse(case);
    let mut problems = Vec::new();
    for m in &marks {
        let target = Target { label: m.label.unwrap_or(target.label), ..target };
        let a = ENGINE.reader().assert_span(&text, m.span, target);
        if a.status() != m.status {
            let cue = a.cue.map_or("", |c| c.of(&text));
            let (words, by) = (m.span.of(&text), a.decided_by);
            problems.push(format!("`{words}` is {:?}, read as {:?} ({by:?} {cue})", m.status, a.status()));
        }
    }
    (!problems.is_empty()).then(|| format!("{case}\n    {}", problems.join("\n    ")))
}

#[test]
fn the_examples_of_the_cues_hold() {
    let mut problems = Vec::new();
    for cue in ENGINE.reader().cues.iter() {
        let label = cue.labels.first().copied().unwrap_or(Label::Condition);
        for case in &cue.examples {
            let target = Target { label, general: cue.general };
            match (wrong(case, target), KNOWN_FAILURES.contains(&case.as_str())) {
                (Some(problem), false) => problems.push(format!("{}: {problem}", cue.id)),
                (None, true) => {
                    problems.push(format!("{}: is right now, take it off the list: {case}", cue.id))
                }
                _ => {}
            }
        }
    }
    report("examples of cues are read wrongly", &problems);
}

#[test]
fn the_cases_of_spine_notes_hold() {
    hold(include_str!("assertion/cases.txt"), Target::from(Label::Condition), 60);
}

#[test]
fn the_cases_of_any_medicine_hold() {
    hold(include_str!("assertion/general.txt"), Target { label: Label::Condition, general: true }, 100);
}

fn hold(file: &str, target: Target, least: usize) {
    let mut group = "";
    let (mut problems, mut cases, mut known) = (Vec::new(), 0, 0);
    for line in file.lines() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        if let Some(name) = line.strip_prefix("== ") {
            group = name;
            continue;
        }
        let (case, fails) = line.strip_prefix("! ").map_or((line, false), |case| (case, true));
        cases += 1;
        known += usize::from(fails);
        match (wrong(&case.replace("\\n", "\n"), target), fails) {
            (Some(problem), false) => problems.push(format!("{group}: {problem}")),
            (None, true) => problems.push(format!("{group}: is right now, take its `!` away: {case}")),
            _ => {}
        }
    }
    println!("{cases} cases, {known} of them known to fail");
    assert!(cases >= least);
    report("cases are read wrongly", &problems);
}
