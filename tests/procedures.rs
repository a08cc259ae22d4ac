//! Procedures: the examples of the data, small notes held against one element, places, errors, and what is never said.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may"
)]

mod support;

use chartgap::check::{CheckOptions, Engine, EngineOptions};
use chartgap::note::Note;
use chartgap::procedure::Procedures;
use chartgap::report::v1::{ElementReport, Report, Verdict};
use std::collections::BTreeSet;
use support::{ENGINE, report};

fn check(engine: &Engine, text: &str, cpts: &[&str]) -> Report {
    let mut note = Note::new("note", text);
    note.meta.procedures = cpts.iter().map(|c| (*c).to_owned()).collect();
    engine.check(&note, CheckOptions::default())
}

fn element(text: &str, cpt: &str, id: &str) -> ElementReport {
    let report = check(&ENGINE, text, &[cpt]);
    let found = report.procedures[0].elements.iter().find(|e| e.id == id);
    found.unwrap_or_else(|| panic!("{cpt} has no element {id}")).clone()
}

#[test]
fn every_example_gets_its_verdict() {
    let mut problems = Vec::new();
    let mut examples = 0;
    let procedures = ENGINE.procedures();
    for e in procedures.elements() {
        let asking = procedures.all().iter().find(|p| procedures.elements_of(p).any(|x| x.id == e.id));
        let cpt = asking.expect("a procedure").cpt[0].as_str();
        for (i, example) in e.examples.iter().enumerate() {
            examples += 1;
            let given = element(&example.text, cpt, &e.id);
            if given.verdict != example.verdict {
                let evidence: Vec<&str> = given.evidence.iter().map(|e| e.text.as_str()).collect();
                problems.push(format!(
                    "{} {} ({cpt}): is {:?}, given {:?} {evidence:?}\n    {}",
                    e.id,
                    i + 1,
                    example.verdict,
                    given.verdict,
                    example.text.replace('\n', " / ")
                ));
            }
        }
    }
    println!("{examples} examples");
    report("examples get another verdict", &problems);
}

#[test]
fn the_lexicon_has_every_group_and_concept() {
    let lexicon = &ENGINE.reader().lexicon;
    let groups: BTreeSet<&str> = lexicon.concepts().filter_map(|(_, c)| c.group.as_deref()).collect();
    let concepts: BTreeSet<&str> = lexicon.concepts().map(|(_, c)| c.id.as_str()).collect();
    let (named, ids) = ENGINE.procedures().names();
    let unknown: Vec<String> = named
        .into_iter()
        .filter(|g| !groups.contains(g))
        .chain(ids.into_iter().filter(|c| !concepts.contains(c)))
        .map(str::to_owned)
        .collect();
    report("names are not in the lexicon", &unknown);
}
