//! The examples of the checklist, from the words of the note to the verdict.

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
use chartgap::report::v1::{NoteOutcome, Verdict};
use support::{ENGINE, report};

/// Examples that get another verdict today, as `(element, number from 1, verdict given)`; the checklist holds the right
/// one.
const KNOWN_FAILURES: &[(&str, usize, Verdict)] = &[];

#[test]
fn every_example_gets_its_verdict() {
    let mut problems = Vec::new();
    let mut examples = 0;
    for element in &ENGINE.checklist().elements {
        for (i, example) in element.examples.iter().enumerate() {
            examples += 1;
            let mut note = Note::new("example", example.text.as_str());
            note.meta.procedures.clone_from(&example.procedures);
            let checked = ENGINE.check(&note, CheckOptions::default());
            let reported = checked.elements.iter().find(|e| e.id == element.id.as_str()).expect("an element");
            let place = format!("{} {}", element.id, i + 1);
            let known = KNOWN_FAILURES.iter().find(|(id, n, _)| *id == element.id.as_str() && *n == i + 1);
            match (reported.verdict == example.verdict, known) {
                (true, Some(_)) => problems.push(format!("{place}: is right now, take it off the list")),
                (false, Some((_, _, given))) if reported.verdict == *given => {}
                (true, None) => {}
                (false, _) => problems.push(format!(
                    "{place}: is {:?}, given {:?}\n{}\n    {:?}",
                    example.verdict,
                    reported.verdict,
                    example.text.trim(),
                    checked.summary
                )),
            }
        }
    }
    println!("{examples} examples, {} of them known to fail", KNOWN_FAILURES.len());
    report("examples get another verdict", &problems);
}

#[test]
fn every_open_element_says_what_is_missing() {
    for element in &ENGINE.checklist().elements {
        for example in &element.examples {
            let mut note = Note::new("example", example.text.as_str());
            note.meta.procedures.clone_from(&example.procedures);
            let checked = ENGINE.check(&note, CheckOptions::default());
            assert_eq!(checked.elements.len(), ENGINE.checklist().elements.len());
            for e in &checked.elements {
                let full = e.credit >= e.weight as f32 || e.verdict == Verdict::NotApplicable;
                assert_eq!(e.gap.is_none(), full, "{}: {:?}", e.id, e.verdict);
                assert!(!e.sources.is_empty(), "{}", e.id);
                assert!(e.query.is_none() || e.verdict != Verdict::Met, "{}", e.id);
            }
            assert_eq!(checked.outcome == NoteOutcome::NotApplicable, !checked.summary.lumbar);
        }
    }
}
