//! The arguments of `chartgap audit` and `chartgap review`.

use super::{InputArgs, JudgeArgs, TerminalArgs, ThreadArgs};
use chartgap::audit::Plan;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Args)]
pub(in crate::cli) struct AuditArgs {
    #[command(flatten)]
    pub(in crate::cli) input: InputArgs,
    /// Directory for the output; made where it is not there
    #[arg(long, short, value_name = "DIR")]
    pub(in crate::cli) out: PathBuf,
    /// Forms of the tables
    #[arg(long, value_enum, value_delimiter = ',', default_value = "parquet", value_name = "FORMAT,…")]
    pub(in crate::cli) format: Vec<TableFormat>,
    /// Write the tables into a SQLite file as well
    #[arg(long)]
    pub(in crate::cli) sqlite: bool,
    /// Write the table of mentions as well
    #[arg(long)]
    pub(in crate::cli) mentions: bool,
    /// Write words of the notes as well: evidence, queries, and the text of sampled notes
    #[arg(long)]
    pub(in crate::cli) text: bool,
    /// Write a page of each of the hundred notes that need work most; the dashboard leads to them
    #[arg(long, requires = "text")]
    pub(in crate::cli) pages: bool,
    /// Sample this many notes for review, by outcome
    #[arg(long, value_name = "N", value_parser = sample_size)]
    pub(in crate::cli) sample: Option<usize>,
    /// Another seed, another sample
    #[arg(long, value_name = "SEED", default_value_t = 0, requires = "sample")]
    pub(in crate::cli) seed: u64,
    /// Go on with the interrupted audit in DIR; begin one where there is none
    #[arg(long)]
    pub(in crate::cli) resume: bool,
    /// Replace the audit in DIR
    #[arg(long, conflicts_with = "resume")]
    pub(in crate::cli) force: bool,
    /// Notes that are made durable together
    #[arg(long, value_name = "NOTES", default_value_t = Plan::SHARD,
        value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    pub(in crate::cli) shard: u64,
    #[command(flatten)]
    pub(in crate::cli) judge: JudgeArgs,
    /// No progress and no summary
    #[arg(long, short)]
    pub(in crate::cli) quiet: bool,
    #[command(flatten)]
    pub(in crate::cli) threads: ThreadArgs,
}

#[derive(Subcommand)]
pub(in crate::cli) enum ReviewCommand {
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

#[derive(Args)]
pub(in crate::cli) struct StepArgs {
    /// Output directory of the audit, made with --sample and --text
    pub(in crate::cli) dir: PathBuf,
    /// Name that the decisions are recorded under
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) reviewer: String,
    #[command(flatten)]
    pub(in crate::cli) terminal: TerminalArgs,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum AgreementFormat {
    /// Tables for people
    Text,
    /// One document
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum TableFormat {
    /// Compressed columns, one file a shard
    Parquet,
    /// One JSON object a line
    Jsonl,
    /// For spreadsheets, with formulas defused
    Csv,
}

fn sample_size(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(n @ 1..=Plan::MAX_SAMPLE) => Ok(n),
        _ => Err(format!("a number from 1 to {}", Plan::MAX_SAMPLE)),
    }
}
