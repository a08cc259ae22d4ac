//! `chartgap check`.

use super::args::{CheckArgs, Format};
use super::files::{Target, is_directory};
use super::folder::Folder;
use super::output::{Class, Entry, Finish, Sight, Writer};
use super::{Status, batch, terminal};
use chartgap::check::{CheckOptions, Engine};
use chartgap::intake::{self, IntakeError, Reason};
use chartgap::note::Note;
use chartgap::render::fhir;
use chartgap::render::guide::Guide;
use chartgap::render::html::{self, Origin};
use chartgap::render::json::{self, ErrorEntry};
use chartgap::render::sarif::{self, SarifOptions};
use chartgap::render::text::{self, TextOptions};
use chartgap::report::v1::{NoteOutcome, Report};
use serde::Serialize;
use serde_json::Value;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::SystemTime;

/// Checks all notes and writes their reports in the order of the notes.
pub(super) fn run(args: &CheckArgs) -> anyhow::Result<Status> {
    fitting(args)?;
    super::threads(args.threads.number)?;
    let mut engine = super::judge(&args.judge)?;
    if args.why {
        engine = engine.with_disagreements();
    }
    let job = Job {
        engine,
        options: CheckOptions { mentions: args.mentions },
        format: args.format,
        many: args.out.as_deref().is_some_and(is_directory),
        quiet: args.quiet,
        text: terminal::options(&args.terminal, args.out.is_some()),
        sarif: SarifOptions { snippets: args.snippets },
        recorded: match &args.recorded {
            Some(recorded) => recorded.clone(),
            None => humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
        },
    };
    let mut output = job.output(args)?;
    let notes = with_codes(args.input.open(), &args.code, &args.cpt);
    batch::run_groups(
        notes,
        |note| note.as_ref().map_or(0, |n| n.text.len()),
        |notes| job.entries(notes),
        |entry| output.write(entry?),
    )?;
    output.finish()
}

/// Flags that would be passed over are a mistake of the caller.
fn fitting(args: &CheckArgs) -> anyhow::Result<()> {
    let only = |given: bool, format: Format, flag: &str, name: &str| match given && args.format != format {
        true => Err(anyhow::anyhow!("{flag} goes with --format {name}")),
        false => Ok(()),
    };
    only(args.snippets, Format::Sarif, "--snippets", "sarif")?;
    only(args.recorded.is_some(), Format::Fhir, "--recorded", "fhir")
}

/// In the order of [`NoteOutcome`].
const CLASSES: &[Class] = &[
    Class { words: "supported", open: false },
    Class { words: "with gaps", open: true },
    Class { words: "pointing to another code", open: true },
    Class { words: "not applicable", open: false },
];

/// The notes with the codes that the arguments add to each.
pub(super) fn with_codes(
    notes: intake::Notes,
    codes: &[String],
    procedures: &[String],
) -> impl Iterator<Item = Result<Note, IntakeError>> + Send + 'static {
    let (codes, procedures) = (codes.to_vec(), procedures.to_vec());
    notes.map(move |note| {
        note.map(|mut note| {
            note.meta.codes.extend(codes.iter().cloned());
            note.meta.procedures.extend(procedures.iter().cloned());
            note
        })
    })
}

/// What every worker needs.
struct Job {
    engine: Engine,
    options: CheckOptions,
    format: Format,
    /// A document a note.
    many: bool,
    quiet: bool,
    text: TextOptions,
    sarif: SarifOptions,
    /// When the run began, for FHIR.
    recorded: String,
}

impl Job {
    /// Works on some notes together.
    fn entries(&self, notes: Vec<Result<Note, IntakeError>>) -> Vec<anyhow::Result<Entry>> {
        let mut read: Vec<Note> = Vec::with_capacity(notes.len());
        // an error, or the place of the note among those that were read
        let places: Vec<Option<IntakeError>> = notes
            .into_iter()
            .map(|note| match note {
                Ok(note) => {
                    read.push(note);
                    None
                }
                Err(error) => Some(error),
            })
            .collect();
        let mut done = self.reports(&read).into_iter();
        places
            .into_iter()
            .filter_map(|place| match place {
                Some(error) => Some(self.error(&error)),
                None => done.next(),
            })
            .collect()
    }

    /// A defect must not cost more than the note that it met: where some notes together meet one, each is done alone.
    fn reports(&self, notes: &[Note]) -> Vec<anyhow::Result<Entry>> {
        let work = || -> Option<Vec<anyhow::Result<Entry>>> {
            let reports = self.engine.check_all(notes, self.options).ok()?;
            Some(notes.iter().zip(reports).map(|(note, report)| self.report(note, report)).collect())
        };
        match (catch_unwind(AssertUnwindSafe(work)), notes) {
            (Ok(Some(entries)), _) => entries,
            (_, [note]) => {
                let error = IntakeError::new(note.id.clone(), Reason::Internal);
                vec![self.error(&error.of_note(Some(note.id.clone())))]
            }
            _ => notes.iter().flat_map(|note| self.reports(std::slice::from_ref(note))).collect(),
        }
    }

    fn output(&self, args: &CheckArgs) -> anyhow::Result<Box<dyn Finish>> {
        match (&args.out, self.format) {
            (Some(path), Format::Html | Format::Fhir) if self.many => {
                return Ok(Box::new(Folder::new(path, self.format, CLASSES)?));
            }
            _ => {}
        }
        let head = match self.format {
            Format::Sarif => sarif::head(Guide::from(&self.engine)),
            Format::Fhir => fhir::HEAD.to_owned() + &json::line(&fhir::device(self.engine.provenance()))?,
            _ => String::new(),
        };
        let target = Target::open(args.out.as_deref())?;
        Ok(Box::new(Writer::new(self.format, self.quiet, CLASSES, &head, target)?))
    }

    fn report(&self, note: &Note, report: Report) -> anyhow::Result<Entry> {
        let mut key = None;
        let text = match self.format {
            Format::Text if self.quiet => text::line(&report, &self.text) + "\n",
            Format::Text => text::text(&report, note, &self.text),
            Format::Json | Format::Jsonl => self.json(&report)?,
            Format::Html => html::page(&report, note, Guide::from(&self.engine)),
            Format::Sarif => list(&sarif::results(&report, note, self.sarif))?,
            Format::Fhir if self.many => json::pretty(&fhir::bundle(&report, &self.recorded))? + "\n",
            Format::Fhir => {
                let entries = fhir::entries(&report, &self.recorded);
                key = entries.first().and_then(fhir::id);
                list(&entries)?
            }
        };
        let class = match report.outcome {
            NoteOutcome::Supported => 0,
            NoteOutcome::Gaps => 1,
            NoteOutcome::OtherCode => 2,
            NoteOutcome::NotApplicable => 3,
        };
        let origin = Origin { date: note.meta.date.clone(), ..Origin::default() };
        let sight = (self.many && self.format == Format::Html).then(|| Box::new(Sight { report, origin }));
        Ok(Entry::Report { class, text, key, sight })
    }

    fn error(&self, error: &IntakeError) -> anyhow::Result<Entry> {
        let entry = ErrorEntry::from(error);
        let mut key = None;
        let text = match self.format {
            Format::Json | Format::Jsonl => self.json(&entry)?,
            Format::Fhir => {
                let entry = fhir::unread(&entry);
                key = fhir::id(&entry);
                json::line(&entry)?
            }
            Format::Text | Format::Html | Format::Sarif => String::new(),
        };
        Ok(Entry::Error { message: error.to_string(), text, key, error: entry })
    }

    fn json(&self, value: &impl Serialize) -> anyhow::Result<String> {
        Ok(match self.format {
            Format::Json => json::pretty(value)?,
            _ => json::line(value)? + "\n",
        })
    }
}

/// Elements of a JSON list, without its brackets.
fn list(values: &[Value]) -> anyhow::Result<String> {
    let lines: Result<Vec<String>, _> = values.iter().map(json::line).collect();
    Ok(lines?.join(",\n"))
}
