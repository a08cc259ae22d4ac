//! `chartgap eval`.

use super::args::{BenchFormat, EvalArgs};
use super::{Status, batch, print, report};
use anyhow::Context;
use chartgap::check::CheckOptions;
use chartgap::eval::{Gold, Output, load_gold, load_output, score};
use chartgap::intake::{Form, IntakeError, Notes, Options};
use chartgap::note::Note;
use chartgap::render::json;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// Scores the engine, or an output of it, against annotated notes.
pub(super) fn run(args: &EvalArgs) -> anyhow::Result<Status> {
    let mut gold: Vec<Gold> = Vec::new();
    for path in &args.gold {
        gold.extend(load_gold(open(path)?, &path.to_string_lossy())?);
    }
    let (output, failed) = match &args.output {
        Some(path) => (load_output(open(path)?, &path.to_string_lossy())?, 0),
        None => check(args)?,
    };
    let figures = score(&gold, &output);
    print(&match args.format {
        BenchFormat::Text => figures.to_text(),
        BenchFormat::Json => json::pretty(&figures)? + "\n",
    })?;
    if let Some(limit) = args.errors {
        print(&figures.errors_to_text(limit))?;
    }
    Ok(if failed > 0 { Status::Failed } else { Status::Clean })
}

/// Runs the engine over the texts of the gold files.
fn check(args: &EvalArgs) -> anyhow::Result<(BTreeMap<String, Output>, usize)> {
    super::threads(args.threads.number)?;
    let engine = super::engine_with(&args.engine, &args.model)?;
    let notes = Notes::new(args.gold.clone(), Options { form: Form::Jsonl, ..Options::default() });
    let mut output = BTreeMap::new();
    let mut failed = 0;
    let work = |note: Result<Note, IntakeError>| {
        note.map(|note| -> anyhow::Result<Output> {
            let reports = engine.check_all(std::slice::from_ref(&note), CheckOptions { mentions: true })?;
            let report = reports.first().context("a note without report")?;
            Ok(Output::try_from(report)?)
        })
    };
    let sink = |done: Result<anyhow::Result<Output>, IntakeError>| -> anyhow::Result<()> {
        match done {
            Ok(one) => {
                let one = one?;
                output.insert(one.id.clone(), one);
            }
            Err(error) => {
                failed += 1;
                report(&error.to_string());
            }
        }
        Ok(())
    };
    batch::run(notes, |note| note.as_ref().map_or(0, |n| n.text.len()), work, sink)?;
    Ok((output, failed))
}

fn open(path: &Path) -> anyhow::Result<BufReader<File>> {
    let file = File::open(path).map_err(|e| e.kind().to_string()).map_err(anyhow::Error::msg);
    Ok(BufReader::new(file.with_context(|| path.display().to_string())?))
}
