//! `chartgap audit`: archives of any size into tables.

use super::args::{AuditArgs, InputArgs, TableFormat};
use super::progress::Bar;
use super::{Status, batch, print, report};
use anyhow::Context;
use chartgap::audit::{Audit, AuditError, Format, Mode, Plan, Summary};
use chartgap::check::Engine;
use chartgap::digest;
use chartgap::intake::IntakeError;
use chartgap::note::Note;
use std::collections::BTreeMap;
use std::path::Path;
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Bad notes that are told of one by one; all of them are rows.
const TOLD: u64 = 20;

/// Checks all notes into the output directory.
pub(super) fn run(args: &AuditArgs) -> anyhow::Result<Status> {
    super::threads(args.threads.number)?;
    let engine = super::judge(&args.judge)?;
    let mode = match (args.resume, args.force) {
        (true, _) => Mode::Resume,
        (_, true) => Mode::Force,
        _ => Mode::New,
    };
    let mut audit = Audit::open(&args.out, plan(args)?, &engine, mode)?;
    if !audit.is_exhausted() {
        let stop = interrupts()?;
        let mut bar = Bar::new(args.quiet, &args.input.notes, audit.done());
        match stream(args, &engine, &mut audit, &mut bar, &stop) {
            Ok(()) => bar.finish(),
            Err(Halt::Stopped(notes)) => {
                bar.finish();
                report(&format!("stopped after {notes} notes, all of them written; go on with --resume"));
                return Ok(Status::Failed);
            }
            Err(Halt::Failed(error)) => {
                bar.finish();
                return Err(error.into());
            }
        }
    }
    let summary = audit.finish()?;
    if !args.quiet {
        print(&summary.to_text())?;
    }
    Ok(status(&summary))
}

/// Why the stream was left before its end.
enum Halt {
    /// Ctrl-C, after so many notes.
    Stopped(u64),
    Failed(AuditError),
}

fn stream(
    args: &AuditArgs,
    engine: &Engine,
    audit: &mut Audit,
    bar: &mut Bar,
    stop: &AtomicBool,
) -> Result<(), Halt> {
    let worker = audit.worker(engine);
    let mut failed = 0;
    batch::run_groups(
        audit.stream(notes(&args.input)),
        |item| item.as_ref().map_or(0, chartgap::audit::Item::size),
        |items| {
            // The stream ends with its first error.
            let mut read = Vec::with_capacity(items.len());
            let mut broken = None;
            for item in items {
                match item {
                    Ok(item) => read.push(item),
                    Err(error) => broken = Some(Err(error)),
                }
            }
            worker.work(read).into_iter().chain(broken).collect()
        },
        |done| {
            let done = done.map_err(Halt::Failed)?;
            if let Some(error) = done.error() {
                failed += 1;
                if failed <= TOLD {
                    bar.aside(error);
                }
                if failed == TOLD {
                    bar.aside("further notes that cannot be read are told of in the tables alone");
                }
            }
            let progress = audit.push(done).map_err(Halt::Failed)?;
            bar.at(progress.items);
            match progress.committed && stop.load(Ordering::Relaxed) {
                true => Err(Halt::Stopped(progress.items)),
                false => Ok(()),
            }
        },
    )
}

/// The notes of all inputs, each with the argument that it came from.
fn notes(input: &InputArgs) -> impl Iterator<Item = (Arc<str>, Result<Note, IntakeError>)> + Send + 'static {
    let input = input.clone();
    input.notes.clone().into_iter().flat_map(move |path| {
        let name: Arc<str> = path.to_string_lossy().into();
        let one = InputArgs { notes: vec![path], ..input.clone() };
        one.open().map(move |note| (name.clone(), note))
    })
}

/// Set by the first Ctrl-C; the second ends the process, which is no worse for the output than a kill.
fn interrupts() -> anyhow::Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let set = stop.clone();
    ctrlc::set_handler(move || {
        if set.swap(true, Ordering::Relaxed) {
            report("stopped at once; go on with --resume");
            process::exit(130);
        }
        report("stopping when the current shard is written; once more stops at once (--resume goes on either way)");
    })
    .context("Ctrl-C cannot be handled")?;
    Ok(stop)
}

fn plan(args: &AuditArgs) -> anyhow::Result<Plan> {
    let mut formats: Vec<Format> = args
        .format
        .iter()
        .map(|f| match f {
            TableFormat::Parquet => Format::Parquet,
            TableFormat::Jsonl => Format::Jsonl,
            TableFormat::Csv => Format::Csv,
        })
        .collect();
    formats.sort_unstable();
    formats.dedup();
    Ok(Plan {
        inputs: args.input.notes.clone(),
        formats,
        sqlite: args.sqlite,
        mentions: args.mentions,
        text: args.text,
        pages: args.pages,
        sample: args.sample,
        seed: args.seed,
        shard: args.shard,
        arguments: arguments(args)?,
    })
}

/// What decides the output beside the plan and the engine's own digests.
fn arguments(args: &AuditArgs) -> anyhow::Result<BTreeMap<String, String>> {
    // By their `Debug`, so that no option can be forgotten; as a digest, since one may be a secret.
    let options = InputArgs { notes: Vec::new(), ..args.input.clone() };
    let digest_of = |path: &Path| -> anyhow::Result<String> {
        Ok(digest::sha256(std::fs::read(path).with_context(|| path.display().to_string())?))
    };
    let mut out = BTreeMap::new();
    let mut add = |name: &str, value: String| out.insert(name.to_owned(), value);
    add("the input options", digest::sha256(format!("{options:?}")));
    if let Some(key) = &args.input.key_file {
        add("--key-file", key.fingerprint());
    }
    for (name, file) in [("--policy", &args.judge.policy), ("--procedures", &args.judge.policies.procedures)]
    {
        if let Some(path) = file {
            add(name, digest_of(path)?);
        }
    }
    for (name, value) in [("--mac", &args.judge.policies.mac), ("--state", &args.judge.policies.state)] {
        if let Some(value) = value {
            add(name, value.clone());
        }
    }
    Ok(out)
}

/// As `check` has it.
fn status(summary: &Summary) -> Status {
    match (summary.unreadable, summary.outcome("gaps") + summary.outcome("other-code")) {
        (1.., _) => Status::Failed,
        (0, 1..) => Status::Gaps,
        (0, 0) => Status::Clean,
    }
}
