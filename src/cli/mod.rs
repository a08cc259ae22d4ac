//! The command line: arguments, batches, exit status.

mod args;
mod assert;
#[cfg(feature = "audit")]
mod audit;
mod batch;
mod bench;
mod check;
mod docs;
mod eval;
mod explain;
mod extract;
mod files;
mod folder;
mod output;
#[cfg(feature = "audit")]
mod progress;
mod query;
#[cfg(feature = "audit")]
mod review;
mod segment;
#[cfg(feature = "server")]
mod serve;
mod terminal;

use anyhow::Context;
use args::{Command, EngineArgs, JudgeArgs, ModelArgs, PolicyArgs};
use chartgap::check::{Engine, EngineOptions};
use clap::Parser;
use std::io::{self, Write};
use std::process::ExitCode;

/// What a run comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Status {
    /// No gap in any note.
    Clean,
    /// Gaps, or documentation that points to another code.
    Gaps,
    /// A note could not be read, or nothing could be done.
    Failed,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        match status {
            Status::Clean => ExitCode::SUCCESS,
            Status::Gaps => ExitCode::from(1),
            Status::Failed => ExitCode::from(2),
        }
    }
}

/// Runs the command that the arguments name.
pub(crate) fn main() -> ExitCode {
    quiet_panics();
    let cli = args::Cli::parse();
    let done = match cli.command {
        Command::Check(args) => check::run(&args),
        #[cfg(feature = "audit")]
        Command::Audit(args) => audit::run(&args),
        #[cfg(feature = "audit")]
        Command::Review { command } => review::run(&command),
        #[cfg(feature = "server")]
        Command::Serve(args) => serve::run(&args),
        #[cfg(feature = "server")]
        Command::VerifyLog { file } => serve::verify(&file),
        Command::Query(args) => query::run(&args),
        Command::Extract(args) => extract::run(&args),
        Command::Explain(args) => explain::run(&args),
        Command::Docs(args) => docs::run(&args),
        Command::Eval(args) => eval::run(&args),
        Command::Assert(args) => assert::run(&args),
        Command::Segment(args) => segment::run(&args),
        Command::Bench(args) => bench::run(&args),
        Command::Schema => print(&chartgap::render::schema::schema_text()).map(|()| Status::Clean),
    };
    match done {
        Ok(status) => status.into(),
        // The reader of the output has seen enough.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            report(&format!("{error:#}"));
            Status::Failed.into()
        }
    }
}

fn engine(args: &EngineArgs) -> anyhow::Result<Engine> {
    load(&options(args))
}

/// The engine with the classifier that the arguments name: the built-in one unless they say otherwise.
fn engine_with(args: &EngineArgs, model: &ModelArgs) -> anyhow::Result<Engine> {
    load(&options_with(args, model))
}

/// The engine that judges notes as the arguments say.
fn judge(args: &JudgeArgs) -> anyhow::Result<Engine> {
    let options = EngineOptions {
        policy: args.policy.clone(),
        code_year: Some(args.codes.code_year.clone()),
        ..options_with(&args.engine, &args.model)
    };
    with_policies(load(&options)?, &args.policies)
}

/// The engine with the procedures and the place that the arguments name.
fn with_policies(mut engine: Engine, args: &PolicyArgs) -> anyhow::Result<Engine> {
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

#[cfg(feature = "classifier")]
fn options_with(args: &EngineArgs, model: &ModelArgs) -> EngineOptions {
    use args::RuntimeChoice;
    use chartgap::classify::{ModelSource, Runtime, RuntimeOptions};
    EngineOptions {
        model: match &model.model {
            _ if model.no_model => ModelSource::None,
            Some(dir) => ModelSource::Dir(dir.clone()),
            None => ModelSource::Embedded,
        },
        runtime: RuntimeOptions {
            runtime: match model.runtime {
                RuntimeChoice::Auto => Runtime::Auto,
                RuntimeChoice::Rten => Runtime::Embedded,
                RuntimeChoice::Ort => Runtime::OnnxRuntime,
            },
            library: model.onnxruntime.clone(),
        },
        ..options(args)
    }
}

#[cfg(not(feature = "classifier"))]
fn options_with(args: &EngineArgs, _model: &ModelArgs) -> EngineOptions {
    options(args)
}

fn options(args: &EngineArgs) -> EngineOptions {
    EngineOptions {
        lexicon_dirs: args.lexicon.clone(),
        checklist: args.checklist.clone(),
        ..EngineOptions::default()
    }
}

fn load(options: &EngineOptions) -> anyhow::Result<Engine> {
    // The message of a load error holds its cause already.
    Engine::load(options).map_err(|e| anyhow::anyhow!("{e}"))
}

fn threads(number: Option<usize>) -> anyhow::Result<()> {
    let mut pool = rayon::ThreadPoolBuilder::new();
    if let Some(number) = number {
        pool = pool.num_threads(number);
    }
    pool.build_global().context("the worker threads cannot be started")
}

fn print(text: &str) -> anyhow::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    Ok(())
}

/// One line on standard error; where that is closed there is nobody left to tell.
fn report(message: &str) {
    let _ = writeln!(io::stderr().lock(), "chartgap: {message}");
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .any(|e| e.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe))
}

/// The standard message of a panic can quote the string that was being worked on, so only its place is told.
fn quiet_panics() {
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map(|at| format!(" at {}:{}", at.file(), at.line())).unwrap_or_default();
        report(&format!("internal error{place}"));
    }));
}
