//! `chartgap query`.

use super::args::{Format, QueryArgs};
use super::check::with_codes;
use super::files::Target;
use super::output::{Class, Entry, Finish, Writer};
use super::{Status, batch, terminal};
use anyhow::bail;
use chartgap::check::Engine;
use chartgap::intake::{IntakeError, Reason};
use chartgap::note::Note;
use chartgap::render::json::{self, ErrorEntry};
use chartgap::render::text::{self, TextOptions};
use chartgap::report::queries::SCHEMA;
use serde::Serialize;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Drafts the queries of all notes and writes them in the order of the notes.
pub(super) fn run(args: &QueryArgs) -> anyhow::Result<Status> {
    super::threads(args.threads.number)?;
    let engine = super::judge(&args.judge)?;
    known(&engine, &args.element)?;
    let job = Job {
        engine,
        elements: args.element.clone(),
        format: args.format.into(),
        text: terminal::options(&args.terminal, false),
    };
    let notes = with_codes(args.input.open(), &args.code, &args.cpt);
    let mut writer = Box::new(Writer::new(job.format, false, CLASSES, "", Target::open(None)?)?);
    batch::run(
        notes,
        |note| note.as_ref().map_or(0, |n| n.text.len()),
        |note| job.entry(note),
        |entry| writer.write(entry?),
    )?;
    writer.finish()
}

const CLASSES: &[Class] =
    &[Class { words: "without a query", open: false }, Class { words: "with queries", open: true }];

/// Refuses elements that neither the checklist nor the procedures have.
fn known(engine: &Engine, wanted: &[String]) -> anyhow::Result<()> {
    let own: Vec<&str> = engine.checklist().elements.iter().map(|e| e.id.as_str()).collect();
    let asked = engine.procedures().elements();
    for id in wanted {
        if !own.contains(&id.as_str()) && !asked.iter().any(|e| e.id == *id) {
            bail!(
                "`{}` is no element; the checklist has {}; those of procedures are in `chartgap explain`",
                id.escape_debug(),
                own.join(", ")
            );
        }
    }
    Ok(())
}

/// What every worker needs.
struct Job {
    engine: Engine,
    /// All where empty.
    elements: Vec<String>,
    format: Format,
    text: TextOptions,
}

impl Job {
    fn entry(&self, note: Result<Note, IntakeError>) -> anyhow::Result<Entry> {
        let note = match note {
            Ok(note) => note,
            Err(error) => return self.error(&error),
        };
        // A defect must not cost more than the note that it met.
        match catch_unwind(AssertUnwindSafe(|| self.queries(&note))) {
            Ok(entry) => entry,
            Err(_) => self.error(&IntakeError::new(note.id.clone(), Reason::Internal).of_note(Some(note.id))),
        }
    }

    fn queries(&self, note: &Note) -> anyhow::Result<Entry> {
        let mut found = self.engine.queries(note);
        let wanted = |id: &String| self.elements.is_empty() || self.elements.contains(id);
        found.queries.retain(|q| wanted(&q.element) || q.also.iter().any(wanted));
        let text = match self.format {
            Format::Text => text::queries(&found, &self.text),
            _ => self.json(&found)?,
        };
        Ok(Entry::plain(usize::from(!found.queries.is_empty()), text))
    }

    fn error(&self, error: &IntakeError) -> anyhow::Result<Entry> {
        let entry = ErrorEntry { schema: SCHEMA.to_owned(), ..ErrorEntry::from(error) };
        let text = match self.format {
            Format::Text => String::new(),
            _ => self.json(&entry)?,
        };
        Ok(Entry::unread(error, entry, text))
    }

    fn json(&self, value: &impl Serialize) -> anyhow::Result<String> {
        Ok(match self.format {
            Format::Json => json::pretty(value)?,
            _ => json::line(value)? + "\n",
        })
    }
}
