//! `chartgap check`.

use super::args::{CheckArgs, Format, PolicyArgs};
use super::output::{Entry, Writer};
use super::{Status, batch, terminal};
use anyhow::Context;
use chartgap::check::{CheckOptions, Engine};
use chartgap::intake::{IntakeError, Reason};
use chartgap::note::Note;
use chartgap::render::json::{self, ErrorEntry};
use chartgap::render::text::{self, TextOptions};
use serde::Serialize;
use std::io::{self, BufWriter};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Checks all notes and writes their reports in the order of the notes.
pub(super) fn run(args: &CheckArgs) -> anyhow::Result<Status> {
    super::threads(args.threads.number)?;
    let mut engine = super::options(&args.engine);
    engine.policy.clone_from(&args.policy);
    engine.code_year = Some(args.codes.code_year.clone());
    let job = Job {
        engine: with_policies(super::load(&engine)?, &args.policies)?,
        options: CheckOptions { mentions: args.mentions },
        format: args.format,
        quiet: args.quiet,
        text: terminal::options(&args.terminal),
    };
    let (codes, procedures) = (args.code.clone(), args.cpt.clone());
    let notes = args.input.open().map(move |note| {
        note.map(|mut note| {
            note.meta.codes.extend(codes.iter().cloned());
            note.meta.procedures.extend(procedures.iter().cloned());
            note
        })
    });
    let mut writer =
        Writer::new(args.format, args.quiet, BufWriter::with_capacity(1 << 16, io::stdout().lock()));
    batch::run(
        notes,
        |note| note.as_ref().map_or(0, |n| n.text.len()),
        |note| job.entry(note),
        |entry| writer.write(entry?),
    )?;
    writer.finish()
}

/// The engine with the procedures and the place that the arguments name.
pub(super) fn with_policies(mut engine: Engine, args: &PolicyArgs) -> anyhow::Result<Engine> {
    if let Some(path) = &args.procedures {
        let file = path.display().to_string();
        let text = std::fs::read_to_string(path).with_context(|| file.clone())?;
        engine = engine.with_procedures(&file, &text).map_err(|e| anyhow::anyhow!("{e}"))?;
    }
    let place = match (&args.mac, &args.state) {
        (Some(mac), _) => Some(engine.procedures().mac(mac)?),
        (None, Some(state)) => Some(engine.procedures().state(state)?),
        (None, None) => None,
    };
    Ok(match place {
        Some(place) => engine.with_place(place),
        None => engine,
    })
}

/// What every worker needs.
struct Job {
    engine: Engine,
    options: CheckOptions,
    format: Format,
    quiet: bool,
    text: TextOptions,
}

impl Job {
    fn entry(&self, note: Result<Note, IntakeError>) -> anyhow::Result<Entry> {
        let note = match note {
            Ok(note) => note,
            Err(error) => return self.error(&error),
        };
        // A defect must not cost more than the note that it met.
        match catch_unwind(AssertUnwindSafe(|| self.report(&note))) {
            Ok(entry) => entry,
            Err(_) => self.error(&IntakeError::new(note.id.clone(), Reason::Internal).of_note(Some(note.id))),
        }
    }

    fn report(&self, note: &Note) -> anyhow::Result<Entry> {
        let report = self.engine.check(note, self.options);
        let text = match self.format {
            Format::Text if self.quiet => text::line(&report, &self.text) + "\n",
            Format::Text => text::text(&report, note, &self.text),
            Format::Json | Format::Jsonl => self.json(&report)?,
        };
        Ok(Entry::Report { outcome: report.outcome, text })
    }

    fn error(&self, error: &IntakeError) -> anyhow::Result<Entry> {
        let text = match self.format {
            Format::Text => String::new(),
            Format::Json | Format::Jsonl => self.json(&ErrorEntry::from(error))?,
        };
        Ok(Entry::Error { message: error.to_string(), text })
    }

    fn json(&self, value: &impl Serialize) -> anyhow::Result<String> {
        Ok(match self.format {
            Format::Json => json::pretty(value)?,
            _ => json::line(value)? + "\n",
        })
    }
}
