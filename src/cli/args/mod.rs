//! The arguments of every command.

#[cfg(feature = "audit")]
mod audit;
mod input;
#[cfg(feature = "server")]
mod serve;

#[cfg(feature = "audit")]
pub(super) use audit::{AgreementFormat, AuditArgs, ReviewCommand, StepArgs, TableFormat};
pub(super) use input::InputArgs;
#[cfg(feature = "server")]
pub(super) use serve::ServeArgs;

use chartgap::coding::{CODE_SET, year};
use chartgap::intake::PatientKey;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// A linter for clinical charts: what a provider note lacks to support ICD-10-CM M53.86.
#[derive(Parser)]
#[command(version, max_term_width = 100, propagate_version = true)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Subcommand)]
pub(super) enum Command {
    /// Check notes and report their gaps
    #[command(
        after_help = "Exit status: 0 no gap in any note, 1 gaps or another code found, 2 a note could not be \
        read or the command failed."
    )]
    Check(CheckArgs),
    /// Check archives of any size into tables, with a summary and a sample for review; can be resumed
    #[cfg(feature = "audit")]
    #[command(
        after_help = "Exit status: as for check. An audit that was interrupted, by Ctrl-C too, ends with 2."
    )]
    Audit(AuditArgs),
    /// Record what people say about the sampled notes of an audit, and how far they agree
    #[cfg(feature = "audit")]
    Review {
        #[command(subcommand)]
        command: ReviewCommand,
    },
    /// Serve checks over HTTP: one process, nothing leaves the machine
    #[cfg(feature = "server")]
    #[command(
        after_help = "Listens on this machine alone. Another address needs a token, and TLS or a proxy that encrypts. \
        /docs tries the API, /openapi.json describes it."
    )]
    Serve(Box<ServeArgs>),
    /// Verify the chain of an audit log that `serve` has written
    #[cfg(feature = "server")]
    VerifyLog {
        /// The audit log
        file: PathBuf,
    },
    /// Draft the queries to the provider that the gaps of notes call for
    #[command(
        after_help = "Exit status: 0 no query for any note, 1 queries were drafted, 2 a note could not be read or \
        the command failed."
    )]
    Query(QueryArgs),
    /// Write the text of notes as it is read: what the offsets of reports refer to, with the metadata
    Extract(ExtractArgs),
    /// Explain an element of the checklist, an ICD-10-CM code, a condition, or answer a common question
    Explain(ExplainArgs),
    /// Write the reference pages: elements, conditions, grading systems
    Docs(DocsArgs),
    /// Score the engine, or an output of it, against annotated notes
    Eval(EvalArgs),
    /// Decide the assertion of given spans: JSONL of {"id", "text", "start", "end"} in code points
    Assert(AssertArgs),
    /// Show how notes are split: JSONL of sections and sentences, with the words as the lexicon reads them
    Segment(SegmentArgs),
    /// Measure the throughput over the notes of a path
    Bench(BenchArgs),
    /// Print the JSON Schema of the output
    Schema,
}

#[derive(Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    pub(super) input: InputArgs,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
    /// File for the document, or directory for a document a note (html, fhir); standard output unless given
    #[arg(long, value_name = "FILE|DIR")]
    pub(super) out: Option<PathBuf>,
    /// Quote the notes in a SARIF log
    #[arg(long)]
    pub(super) snippets: bool,
    /// Time that a FHIR Provenance gives, such as 2026-02-11T09:30:00Z; now unless given
    #[arg(long, value_name = "TIME", value_parser = instant)]
    pub(super) recorded: Option<String>,
    /// Report every mention as well
    #[arg(long)]
    pub(super) mentions: bool,
    /// ICD-10-CM code billed with the notes (repeatable)
    #[arg(long, value_name = "CODE", value_parser = icd)]
    pub(super) code: Vec<String>,
    /// CPT code ordered or billed with the notes (repeatable)
    #[arg(long, value_name = "CPT", value_parser = cpt)]
    pub(super) cpt: Vec<String>,
    #[command(flatten)]
    pub(super) judge: JudgeArgs,
    #[command(flatten)]
    pub(super) terminal: TerminalArgs,
    /// List where rules and classifier differ, and what decided
    #[arg(long, conflicts_with = "no_model")]
    pub(super) why: bool,
    /// One line a note
    #[arg(long, short)]
    pub(super) quiet: bool,
    #[command(flatten)]
    pub(super) threads: ThreadArgs,
}

#[derive(Args)]
pub(super) struct QueryArgs {
    #[command(flatten)]
    pub(super) input: InputArgs,
    /// Output format
    #[arg(long, value_enum, default_value_t = ListFormat::Text)]
    pub(super) format: ListFormat,
    /// Only the queries about this element of the checklist or of the procedures (repeatable)
    #[arg(long, value_name = "ID")]
    pub(super) element: Vec<String>,
    /// ICD-10-CM code billed with the notes (repeatable)
    #[arg(long, value_name = "CODE", value_parser = icd)]
    pub(super) code: Vec<String>,
    /// CPT code ordered or billed with the notes: queries about what its policies ask for as well (repeatable)
    #[arg(long, value_name = "CPT", value_parser = cpt)]
    pub(super) cpt: Vec<String>,
    #[command(flatten)]
    pub(super) judge: JudgeArgs,
    #[command(flatten)]
    pub(super) terminal: TerminalArgs,
    #[command(flatten)]
    pub(super) threads: ThreadArgs,
}

/// Everything that decides what a report says of a note.
#[derive(Args)]
pub(super) struct JudgeArgs {
    #[command(flatten)]
    pub(super) codes: CodeArgs,
    /// House policy: TOML of conditions that are accepted for a code against the official index
    #[arg(long, value_name = "FILE")]
    pub(super) policy: Option<PathBuf>,
    #[command(flatten)]
    pub(super) policies: PolicyArgs,
    #[command(flatten)]
    pub(super) engine: EngineArgs,
    #[command(flatten)]
    pub(super) model: ModelArgs,
}

#[derive(Args)]
pub(super) struct PolicyArgs {
    /// Name the policies of this Medicare contractor alone, such as cgs, novitas, palmetto
    #[arg(long, value_name = "NAME", conflicts_with = "state")]
    pub(super) mac: Option<String>,
    /// Name the policies of the Medicare contractor of this state alone, such as OH
    #[arg(long, value_name = "STATE")]
    pub(super) state: Option<String>,
    /// File of procedures and thresholds instead of the built-in one
    #[arg(long, value_name = "FILE")]
    pub(super) procedures: Option<PathBuf>,
}

#[derive(Args)]
pub(super) struct ExplainArgs {
    /// Element of the checklist, code or family of codes, condition or question; without it, all topics
    #[arg(value_name = "TOPIC")]
    pub(super) topic: Option<String>,
    /// List the elements and the common questions with their titles
    #[arg(long, conflicts_with = "topic")]
    pub(super) list: bool,
    #[command(flatten)]
    pub(super) codes: CodeArgs,
    #[command(flatten)]
    pub(super) engine: EngineArgs,
    #[command(flatten)]
    pub(super) terminal: TerminalArgs,
}

#[derive(Args)]
pub(super) struct DocsArgs {
    /// Directory that the pages are written into
    #[arg(long, value_name = "DIR", default_value = "docs")]
    pub(super) out: PathBuf,
    #[command(flatten)]
    pub(super) engine: EngineArgs,
}

#[derive(Args)]
pub(super) struct EvalArgs {
    /// Annotated notes, JSONL
    #[arg(required = true, value_name = "GOLD.jsonl")]
    pub(super) gold: Vec<PathBuf>,
    /// List the first N disagreements as well; they quote the notes
    #[arg(long, value_name = "N")]
    pub(super) errors: Option<usize>,
    /// Score this output of `check --format jsonl --mentions` instead of running the engine
    #[arg(long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Output format
    #[arg(long, value_enum, default_value_t = BenchFormat::Text)]
    pub(super) format: BenchFormat,
    #[command(flatten)]
    pub(super) engine: EngineArgs,
    #[command(flatten)]
    pub(super) model: ModelArgs,
    #[command(flatten)]
    pub(super) threads: ThreadArgs,
}

#[derive(Args)]
pub(super) struct AssertArgs {
    /// JSONL; `-` for standard input
    #[arg(value_name = "FILE.jsonl")]
    pub(super) file: PathBuf,
    #[command(flatten)]
    pub(super) engine: EngineArgs,
    #[command(flatten)]
    pub(super) model: ModelArgs,
    #[command(flatten)]
    pub(super) threads: ThreadArgs,
}

#[derive(Args)]
pub(super) struct BenchArgs {
    #[command(flatten)]
    pub(super) input: InputArgs,
    /// Repeat the notes for at least this long
    #[arg(long, default_value_t = 3.0, value_parser = seconds)]
    pub(super) seconds: f64,
    /// Report every mention as well
    #[arg(long)]
    pub(super) mentions: bool,
    /// Output format
    #[arg(long, value_enum, default_value_t = BenchFormat::Text)]
    pub(super) format: BenchFormat,
    #[command(flatten)]
    pub(super) engine: EngineArgs,
    #[command(flatten)]
    pub(super) model: ModelArgs,
    #[command(flatten)]
    pub(super) threads: ThreadArgs,
}

#[derive(Args)]
pub(super) struct SegmentArgs {
    #[command(flatten)]
    pub(super) input: InputArgs,
    #[command(flatten)]
    pub(super) engine: EngineArgs,
    #[command(flatten)]
    pub(super) threads: ThreadArgs,
}

#[derive(Args)]
pub(super) struct ExtractArgs {
    #[command(flatten)]
    pub(super) input: InputArgs,
    /// Write one .txt file a note into this new or empty directory, and their metadata into its index.jsonl
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
}

#[derive(Args)]
pub(super) struct EngineArgs {
    /// Directory of lexicon files that add to or override the built-in ones (repeatable)
    #[arg(long, value_name = "DIR")]
    pub(super) lexicon: Vec<PathBuf>,
    /// Checklist file instead of the built-in one
    #[arg(long, value_name = "FILE")]
    pub(super) checklist: Option<PathBuf>,
}

#[derive(Args)]
pub(super) struct ModelArgs {
    /// Directory of the classifier's model instead of the built-in one
    #[cfg(feature = "classifier")]
    #[arg(long, value_name = "DIR")]
    pub(super) model: Option<PathBuf>,
    /// Use the rules alone; the provenance of every report then names no classifier
    #[arg(long)]
    #[cfg_attr(feature = "classifier", arg(conflicts_with_all = ["model", "runtime", "onnxruntime"]))]
    pub(super) no_model: bool,
    /// What runs the model
    #[cfg(feature = "classifier")]
    #[arg(long = "engine", value_enum, default_value_t = RuntimeChoice::Auto, value_name = "ENGINE")]
    pub(super) runtime: RuntimeChoice,
    /// Library of ONNX Runtime, or the directory that holds it [env: ORT_DYLIB_PATH]
    #[cfg(feature = "classifier")]
    #[arg(long, value_name = "PATH")]
    pub(super) onnxruntime: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[cfg(feature = "classifier")]
pub(super) enum RuntimeChoice {
    /// ONNX Runtime where its library was named, else the embedded engine
    Auto,
    /// The embedded engine
    Rten,
    /// ONNX Runtime, looked for in Python environments, Node packages and the places of the system
    Ort,
}

#[derive(Args)]
pub(super) struct CodeArgs {
    /// Fiscal year of the ICD-10-CM code set
    #[arg(long, value_name = "YEAR", default_value = CODE_SET, value_parser = code_year)]
    pub(super) code_year: String,
}

#[derive(Args)]
pub(super) struct TerminalArgs {
    /// When to colour the text
    #[arg(long, value_enum, default_value_t = ColorWhen::Auto, value_name = "WHEN")]
    pub(super) color: ColorWhen,
    /// Draw marks and lines in ASCII
    #[arg(long)]
    pub(super) ascii: bool,
}

#[derive(Args)]
pub(super) struct ThreadArgs {
    /// Worker threads; one a processor unless given
    #[arg(short = 'j', long = "threads", value_name = "N", value_parser = thread_count)]
    pub(super) number: Option<usize>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Text,
    /// Indented JSON: one object for one note, an array for several
    Json,
    /// One JSON object a line
    Jsonl,
    /// A page for one note; with --out DIR a page a note and an overview
    Html,
    /// SARIF 2.1.0, for tools that read the output of linters
    Sarif,
    /// FHIR R4: one Bundle; with --out DIR a Bundle a note
    Fhir,
}

/// The formats that are lists of entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ListFormat {
    /// For people
    Text,
    /// Indented JSON: one object for one note, an array for several
    Json,
    /// One JSON object a line
    Jsonl,
}

impl From<ListFormat> for Format {
    fn from(format: ListFormat) -> Self {
        match format {
            ListFormat::Text => Self::Text,
            ListFormat::Json => Self::Json,
            ListFormat::Jsonl => Self::Jsonl,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum BenchFormat {
    /// For people
    Text,
    /// For programs
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ColorWhen {
    /// On a terminal
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

fn key_file(path: &str) -> Result<PatientKey, String> {
    PatientKey::read(std::path::Path::new(path)).map_err(|e| e.to_string())
}

fn code_year(text: &str) -> Result<String, String> {
    year::find(text).map(|y| y.name.to_owned()).map_err(|e| e.to_string())
}

/// `m5386` and `M53.86` are the same code.
fn icd(text: &str) -> Result<String, String> {
    let code: String = text.trim().chars().filter(|c| *c != '.').collect::<String>().to_ascii_uppercase();
    let b = code.as_bytes();
    let fits = (3..=7).contains(&b.len())
        && b[0].is_ascii_uppercase()
        && b[1].is_ascii_digit()
        && b[2..].iter().all(u8::is_ascii_alphanumeric);
    match (fits, code.len()) {
        (true, 3) => Ok(code),
        (true, _) => Ok(format!("{}.{}", &code[..3], &code[3..])),
        _ => Err("not the form of an ICD-10-CM code, such as M53.86".to_owned()),
    }
}

fn cpt(text: &str) -> Result<String, String> {
    // A modifier (62321-50) does not change what the policies ask for.
    let code = text.trim().split('-').next().unwrap_or("").to_ascii_uppercase();
    let b = code.as_bytes();
    let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    let fits = b.len() == 5
        && digits(&b[1..4])
        && (b[0].is_ascii_alphanumeric() && digits(&b[4..]) || digits(&b[..1]));
    if fits && b[4].is_ascii_alphanumeric() {
        Ok(code)
    } else {
        Err("not the form of a CPT code, such as 72148".to_owned())
    }
}

/// An instant in UTC, as FHIR writes it.
fn instant(text: &str) -> Result<String, String> {
    let time = humantime::parse_rfc3339(text).map_err(|e| format!("not a time in UTC: {e}"))?;
    Ok(humantime::format_rfc3339_seconds(time).to_string())
}

fn thread_count(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(n @ 1..=1024) => Ok(n),
        _ => Err("a number from 1 to 1024".to_owned()),
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(s) if (0.0..=3600.0).contains(&s) => Ok(s),
        _ => Err("a number of seconds from 0 to 3600".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn arguments_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn instants() {
        assert_eq!(instant("2026-02-11T09:30:00.25Z").unwrap(), "2026-02-11T09:30:00Z");
        assert!(instant("2026-02-11").is_err() && instant("2026-02-30T00:00:00Z").is_err());
    }

    #[test]
    fn codes() {
        assert_eq!(icd("m5386").unwrap(), "M53.86");
        assert_eq!(icd("M53.2X6").unwrap(), "M53.2X6");
        assert_eq!(icd("S39.012A").unwrap(), "S39.012A");
        assert!(icd("53.86").is_err() && icd("M5").is_err() && icd("back pain").is_err());
        assert_eq!(cpt("62321-50").unwrap(), "62321");
        assert_eq!(cpt("0275t").unwrap(), "0275T");
        assert_eq!(cpt("G0283").unwrap(), "G0283");
        assert!(cpt("7214").is_err() && cpt("M53.86").is_err());
    }
}
