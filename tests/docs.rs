//! The reference pages say what the data say. `UPDATE_DOCS=1 cargo test --test docs` writes them anew.

#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test may")]

mod support;

use chartgap::coding::System;
use chartgap::docs;
use chartgap::mention::Label;
use std::collections::BTreeSet;
use std::path::Path;
use support::{ENGINE, report};

#[test]
fn pages_are_up_to_date() {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let update = std::env::var_os("UPDATE_DOCS").is_some();
    let mut stale = Vec::new();
    for (name, text) in docs::pages(&ENGINE) {
        let path = dir.join(name);
        if update {
            std::fs::create_dir_all(&dir).expect("the folder");
            std::fs::write(&path, &text).expect("the page");
        }
        if std::fs::read_to_string(&path).ok().as_deref() != Some(&text) {
            stale.push(format!("docs/{name}: UPDATE_DOCS=1 cargo test --test docs writes it anew"));
        }
    }
    report("pages are stale", &stale);
}

#[test]
fn pages_hold_every_entry() {
    let pages = docs::pages(&ENGINE);
    let page = |name: &str| &pages.iter().find(|(n, _)| *n == name).expect("a page").1;
    for e in &ENGINE.checklist().elements {
        assert!(page("elements.md").contains(&format!("\n## {}\n", e.id)), "{}", e.id);
    }
    for (_, c) in ENGINE.reader().lexicon.concepts().filter(|(l, _)| *l == Label::Condition) {
        assert!(page("conditions.md").contains(&format!("\n## {}\n", c.id)), "{}", c.id);
    }
    for s in &ENGINE.grading().systems {
        assert!(page("grades.md").contains(&format!("\n## {}\n", s.id)), "{}", s.id);
    }
}

/// A template of `grades.toml`, as far as it names systems.
#[derive(serde::Deserialize)]
struct Template {
    #[serde(default)]
    grading: Vec<String>,
    range: Option<[f32; 2]>,
}

#[derive(serde::Deserialize)]
struct File {
    template: Vec<Template>,
}

#[test]
fn grading_systems_keep_to_policy() {
    let systems = &ENGINE.grading().systems;
    let find = |id: &str| systems.iter().find(|s| s.id == id);
    let groups: BTreeSet<&str> =
        ENGINE.reader().lexicon.concepts().filter_map(|(_, c)| c.group.as_deref()).collect();
    let mut problems = Vec::new();
    let mut ids = BTreeSet::new();
    for s in systems {
        if !ids.insert(&s.id) {
            problems.push(format!("{} stands twice", s.id));
        }
        for g in s.groups.iter().filter(|g| !groups.contains(g.as_str())) {
            problems.push(format!("{}: no condition is of the group {g}", s.id));
        }
        if s.values.is_empty() || s.source.is_empty() || s.groups.is_empty() && (s.expected || s.bare) {
            problems.push(format!("{}: values, source and groups are needed", s.id));
        }
        if let Some([low, high]) = s.range
            && s.values.keys().filter_map(|v| v.parse::<f32>().ok()).any(|v| !(low..=high).contains(&v))
        {
            problems.push(format!("{}: a value lies outside its range", s.id));
        }
    }
    assert_eq!(systems.len(), 25);
    let file: File = toml::from_str(include_str!("../lexicons/grades.toml")).expect("the templates");
    for t in &file.template {
        let named: Vec<&System> = t.grading.iter().filter_map(|id| find(id)).collect();
        if named.len() != t.grading.len() {
            problems.push(format!("{:?}: no such system", t.grading));
        }
        // words that can mean several systems take the range of all of them together
        let ranges = || named.iter().filter_map(|s| s.range);
        let (low, high) = (
            ranges().map(|r| r[0]).fold(f32::MAX, f32::min),
            ranges().map(|r| r[1]).fold(f32::MIN, f32::max),
        );
        if let Some([from, to]) = t.range.filter(|_| !named.is_empty())
            && (from < low || to > high)
        {
            problems.push(format!("{:?}: {from} to {to} is not within {low} to {high}", t.grading));
        }
    }
    report("grading systems are wrong", &problems);
}
