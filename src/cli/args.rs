//! The arguments of every command.

#[cfg(feature = "audit")]
use chartgap::audit::Plan;
use chartgap::coding::{CODE_SET, year};
use chartgap::intake::{
    self, ArchiveLimits, Columns, Form, MAX_NOTE_BYTES, MAX_NOTE_BYTES_CEILING, PatientKey,
};
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

#[cfg(feature = "audit")]
#[derive(Args)]
pub(super) struct AuditArgs {
    #[command(flatten)]
    pub(super) input: InputArgs,
    /// Directory for the output; made where it is not there
    #[arg(long, short, value_name = "DIR")]
    pub(super) out: PathBuf,
    /// Forms of the tables
    #[arg(long, value_enum, value_delimiter = ',', default_value = "parquet", value_name = "FORMAT,…")]
    pub(super) format: Vec<TableFormat>,
    /// Write the tables into a SQLite file as well
    #[arg(long)]
    pub(super) sqlite: bool,
    /// Write the table of mentions as well
    #[arg(long)]
    pub(super) mentions: bool,
    /// Write words of the notes as well: evidence, queries, and the text of sampled notes
    #[arg(long)]
    pub(super) text: bool,
    /// Sample this many notes for review, by outcome
    #[arg(long, value_name = "N", value_parser = sample_size)]
    pub(super) sample: Option<usize>,
    /// Another seed, another sample
    #[arg(long, value_name = "SEED", default_value_t = 0, requires = "sample")]
    pub(super) seed: u64,
    /// Go on with the interrupted audit in DIR; begin one where there is none
    #[arg(long)]
    pub(super) resume: bool,
    /// Replace the audit in DIR
    #[arg(long, conflicts_with = "resume")]
    pub(super) force: bool,
    /// Notes that are made durable together
    #[arg(long, value_name = "NOTES", default_value_t = Plan::SHARD,
        value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub(super) shard: u64,
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
    /// No progress and no summary
    #[arg(long, short)]
    pub(super) quiet: bool,
    #[command(flatten)]
    pub(super) threads: ThreadArgs,
}

#[cfg(feature = "server")]
#[derive(Args)]
pub(super) struct ServeArgs {
    /// Address to listen on
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8653")]
    pub(super) listen: std::net::SocketAddr,
    /// File that holds the token that clients have to show; at least 16 characters
    #[arg(long, value_name = "FILE")]
    pub(super) token_file: Option<PathBuf>,
    /// Certificates, PEM
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(super) tls_cert: Option<PathBuf>,
    /// Private key of the certificate, PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(super) tls_key: Option<PathBuf>,
    /// A proxy before the service encrypts what goes over the network
    #[arg(long)]
    pub(super) behind_proxy: bool,
    /// Header in which the proxy names the user, for the audit log
    #[arg(long, value_name = "HEADER", requires = "behind_proxy")]
    pub(super) user_header: Option<String>,
    /// Another name that clients may call the service by, without the port; may be repeated
    #[arg(long = "host", value_name = "NAME")]
    pub(super) hosts: Vec<String>,
    /// Origin whose pages may ask, https://chart.example.org; may be repeated
    #[arg(long = "origin", value_name = "ORIGIN", value_parser = origin)]
    pub(super) origins: Vec<String>,
    /// Append who had which note checked, when and with what result to this file; its lines are chained by hashes
    #[arg(long, value_name = "FILE", requires = "key_file")]
    pub(super) audit_log: Option<PathBuf>,
    /// TOML that configures CDS Hooks: hooks, clients with their keys, feedback, FHIR servers; see docs/cds-hooks.md
    #[arg(long, value_name = "FILE")]
    pub(super) cds: Option<PathBuf>,
    /// Output directory of an audit, made with --sample and --text, whose sample is reviewed on the page
    #[cfg(feature = "audit")]
    #[arg(long, value_name = "DIR")]
    pub(super) review: Option<PathBuf>,
    /// Secret that ids in the audit log and patients' identifiers are hashed with
    #[arg(long, value_name = "FILE", value_parser = key_file)]
    pub(super) key_file: Option<PatientKey>,
    /// Write no access log to standard error
    #[arg(long, short)]
    pub(super) quiet: bool,
    /// Refuse bodies that are larger
    #[arg(long, value_name = "BYTES", default_value_t = 16 << 20, value_parser = clap::value_parser!(u64).range(1..=1 << 30))]
    pub(super) max_body: u64,
    /// Refuse notes that are larger
    #[arg(long, value_name = "BYTES", default_value_t = chartgap::intake::MAX_NOTE_BYTES as u64, value_parser = clap::value_parser!(u64).range(1..=1 << 30))]
    pub(super) max_note_bytes: u64,
    /// Checks that may wait for a thread
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u64).range(0..=100_000))]
    pub(super) queue: u64,
    /// Connections at the same time
    #[arg(long, value_name = "N", default_value_t = 1024, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub(super) connections: u64,
    /// Batches at the same time
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub(super) batches: u64,
    /// Notes that are being written at the same time, by requests and as many over WebSockets
    #[arg(long, value_name = "N", default_value_t = 128, value_parser = clap::value_parser!(u64).range(0..=10_000))]
    pub(super) sessions: u64,
    /// Seconds after which such a note is forgotten that nobody edited
    #[arg(long, value_name = "SECONDS", default_value_t = 900, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(super) session_idle: u64,
    /// Seconds in which a request has to be read, and a client has to take on with its answer
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(super) timeout: u64,
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
    #[command(flatten)]
    pub(super) threads: ThreadArgs,
}

#[cfg(feature = "audit")]
#[derive(Subcommand)]
pub(super) enum ReviewCommand {
    /// Go through the notes in the terminal, verdict by verdict; what is decided already is passed over
    Step(StepArgs),
    /// Record decisions from JSONL of {"note", "element", "reviewer", "decision", "corrected", "value", "comment"}
    Record {
        /// Output directory of the audit
        dir: PathBuf,
        /// File of decisions; `-` for standard input
        #[arg(default_value = "-")]
        decisions: PathBuf,
    },
    /// How far reviewers agree with chartgap and with each other, with Cohen's kappa by element
    Agreement {
        /// Output directory of the audit
        dir: PathBuf,
        #[arg(long, value_enum, default_value_t = AgreementFormat::Text)]
        format: AgreementFormat,
    },
    /// Write the reviewed notes, corrected, in the form of the annotated corpus
    Export {
        /// Output directory of the audit
        dir: PathBuf,
        /// File instead of standard output; holds note text, for its owner alone
        #[arg(long, value_name = "FILE")]
        out: Option<PathBuf>,
    },
}

#[cfg(feature = "audit")]
#[derive(Args)]
pub(super) struct StepArgs {
    /// Output directory of the audit, made with --sample and --text
    pub(super) dir: PathBuf,
    /// Name that the decisions are recorded under
    #[arg(long, value_name = "NAME")]
    pub(super) reviewer: String,
    #[command(flatten)]
    pub(super) terminal: TerminalArgs,
}

#[cfg(feature = "audit")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum AgreementFormat {
    /// Tables for people
    Text,
    /// One document
    Json,
}

#[cfg(feature = "audit")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum TableFormat {
    /// Compressed columns, one file a shard
    Parquet,
    /// One JSON object a line
    Jsonl,
    /// For spreadsheets, with formulas defused
    Csv,
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
    #[command(flatten)]
    pub(super) terminal: TerminalArgs,
    #[command(flatten)]
    pub(super) threads: ThreadArgs,
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

#[derive(Args, Clone, Debug)]
pub(super) struct InputArgs {
    /// Files of any format, archives, directories, patterns; `-` for standard input
    #[arg(required = true, value_name = "NOTE")]
    pub(super) notes: Vec<PathBuf>,
    /// What the documents are, in archives too
    #[arg(long, value_enum, default_value_t = From::Auto, value_name = "FORMAT")]
    pub(super) from: From,
    #[command(flatten)]
    pub(super) columns: ColumnArgs,
    /// Secret that patients' identifiers are hashed with (HMAC-SHA256); without it they are dropped
    #[arg(long, value_name = "FILE", value_parser = key_file)]
    pub(super) key_file: Option<PatientKey>,
    /// Refuse compressed inputs that unpack to more than this many times their size
    #[arg(long, value_name = "N", default_value_t = ArchiveLimits::default().ratio,
        value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) max_ratio: u64,
    /// Refuse notes that are larger
    #[arg(long, value_name = "BYTES", default_value_t = MAX_NOTE_BYTES as u64,
        value_parser = clap::value_parser!(u64).range(1..=MAX_NOTE_BYTES_CEILING as u64))]
    pub(super) max_note_bytes: u64,
}

impl InputArgs {
    pub(super) fn open(&self) -> intake::Notes {
        let columns = &self.columns;
        intake::Notes::new(
            self.notes.clone(),
            intake::Options {
                form: self.from.form(),
                max_note_bytes: usize::try_from(self.max_note_bytes).unwrap_or(MAX_NOTE_BYTES_CEILING),
                columns: Columns {
                    text: columns.text_column.clone(),
                    id: columns.id_column.clone(),
                    date: columns.date_column.clone(),
                    codes: columns.codes_column.clone(),
                    procedures: columns.procedures_column.clone(),
                    patient: columns.patient_column.clone(),
                    author_role: columns.author_role_column.clone(),
                    encounter: columns.encounter_column.clone(),
                    document_type: columns.type_column.clone(),
                },
                key: self.key_file.clone(),
                archives: ArchiveLimits { ratio: self.max_ratio, ..ArchiveLimits::default() },
            },
        )
    }
}

/// Names of columns in CSV, TSV and Parquet; common names are found without them.
#[derive(Args, Clone, Debug)]
pub(super) struct ColumnArgs {
    /// Column of a table that holds the note
    #[arg(long, value_name = "NAME")]
    text_column: Option<String>,
    /// Column of the note's identifier
    #[arg(long, value_name = "NAME")]
    id_column: Option<String>,
    /// Column of the note's date
    #[arg(long, value_name = "NAME")]
    date_column: Option<String>,
    /// Column of billed ICD-10-CM codes
    #[arg(long, value_name = "NAME")]
    codes_column: Option<String>,
    /// Column of CPT codes
    #[arg(long, value_name = "NAME")]
    procedures_column: Option<String>,
    /// Column of the patient's identifier
    #[arg(long, value_name = "NAME")]
    patient_column: Option<String>,
    /// Column of what the author is
    #[arg(long, value_name = "NAME")]
    author_role_column: Option<String>,
    /// Column of the type of encounter
    #[arg(long, value_name = "NAME")]
    encounter_column: Option<String>,
    /// Column of the type of document
    #[arg(long, value_name = "NAME")]
    type_column: Option<String>,
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

impl std::convert::From<ListFormat> for Format {
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
pub(super) enum From {
    /// Told by content, then by extension
    Auto,
    /// One note a file
    Text,
    /// One {"id", "text"} a line
    Jsonl,
    /// Table with named columns
    Csv,
    /// The same, separated by tabs
    Tsv,
    /// Parquet table with named columns
    Parquet,
    /// FHIR R4 JSON or Bulk Data NDJSON
    Fhir,
    /// C-CDA XML
    Ccda,
    /// HL7 v2 messages
    Hl7,
    /// RTF
    Rtf,
    /// HTML
    Html,
}

impl From {
    fn form(self) -> Form {
        match self {
            From::Auto => Form::Auto,
            From::Text => Form::Text,
            From::Jsonl => Form::Jsonl,
            From::Csv => Form::Csv,
            From::Tsv => Form::Tsv,
            From::Parquet => Form::Parquet,
            From::Fhir => Form::Fhir,
            From::Ccda => Form::Ccda,
            From::Hl7 => Form::Hl7,
            From::Rtf => Form::Rtf,
            From::Html => Form::Html,
        }
    }
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

#[cfg(feature = "audit")]
fn sample_size(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(n @ 1..=Plan::MAX_SAMPLE) => Ok(n),
        _ => Err(format!("a number from 1 to {}", Plan::MAX_SAMPLE)),
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(s) if (0.0..=3600.0).contains(&s) => Ok(s),
        _ => Err("a number of seconds from 0 to 3600".to_owned()),
    }
}

#[cfg(feature = "server")]
fn origin(text: &str) -> Result<String, &'static str> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() && host.bytes().all(|b| b.is_ascii_graphic() && b != b'/') => {
            Ok(text.to_owned())
        }
        _ => Err("an origin is a scheme and a host, without a slash at the end: https://chart.example.org"),
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
