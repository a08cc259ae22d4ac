//! Material of others, read as its manifest says; `tests/interop/run.sh` brings both.

use chartgap::intake::{Limits, Source, ccda, fhir, hl7, html, rtf};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

#[derive(Deserialize)]
struct Entry {
    file: String,
    format: String,
    /// What must stand in the notes, in this order, white space and marks aside.
    chunks: Vec<String>,
    /// What may not.
    #[serde(default)]
    absent: Vec<String>,
    /// Codes of the errors that are justified.
    #[serde(default)]
    errors: Vec<String>,
    id: Option<String>,
    date: Option<String>,
}

#[test]
#[ignore = "needs material that tests/interop/run.sh installs"]
fn material_of_others() {
    let work = PathBuf::from(std::env::var("CHARTGAP_INTEROP").unwrap());
    let manifest = std::fs::read_to_string(work.join("manifest.jsonl")).unwrap();
    let limits = Limits::default();
    let mut figures: BTreeMap<String, [usize; 4]> = BTreeMap::new();
    let mut faults = Vec::new();
    for line in manifest.lines() {
        let entry: Entry = serde_json::from_str(line).unwrap();
        let bytes = std::fs::read(work.join(&entry.file)).unwrap();
        let source = Source::new(&entry.file, &limits);
        let parser = match entry.format.as_str() {
            "fhir" => fhir::parse,
            "ccda" => ccda::parse,
            "hl7" => hl7::parse,
            "rtf" => rtf::parse,
            _ => html::parse,
        };
        let (mut notes, mut errors) = (Vec::new(), Vec::new());
        match parser(&bytes, &source) {
            Ok(all) => all.into_iter().for_each(|n| match n {
                Ok(note) => notes.push(note),
                Err(error) => errors.push(error),
            }),
            Err(error) => errors.push(error),
        }
        let figure = figures.entry(entry.format.clone()).or_default();
        figure[0] += 1;
        figure[1] += notes.len();
        figure[2] += errors.len();
        figure[3] += entry.chunks.len();
        faults.extend(
            errors
                .iter()
                .filter(|e| !entry.errors.iter().any(|c| c == e.reason.code()))
                .map(|e| format!("{}: {e}", entry.file)),
        );
        if notes.is_empty() && entry.errors.is_empty() {
            continue;
        }
        let text: String = notes.iter().map(|n| squeezed(&n.text) + " ").collect();
        let mut at = 0;
        for chunk in entry.chunks.iter().map(|c| squeezed(c)).filter(|c| !c.is_empty()) {
            match text[at..].find(&chunk) {
                Some(found) => at += found + chunk.len(),
                None => {
                    faults.push(format!("{}: missing or out of order: {chunk}", entry.file));
                    break;
                }
            }
        }
        for chunk in &entry.absent {
            if text.contains(&squeezed(chunk)) {
                faults.push(format!("{}: shown: {chunk}", entry.file));
            }
        }
        if let Some(note) = notes.first() {
            let meta = (Some(&note.id), note.meta.date.as_ref());
            if entry.id.is_some() && meta != (entry.id.as_ref(), entry.date.as_ref()) {
                faults.push(format!("{}: {meta:?}", entry.file));
            }
        }
    }
    for (format, [files, notes, errors, chunks]) in figures {
        println!(
            "{format:5} {files:4} files {notes:4} notes {errors:4} errors, all justified by the manifest unless listed; {chunks} chunks"
        );
    }
    assert!(faults.is_empty(), "{} faults\n{}", faults.len(), faults.join("\n"));
}

/// Letters and digits alone, in lower case.
fn squeezed(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
