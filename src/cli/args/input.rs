//! The arguments that say which notes are read, and how.

use super::key_file;
use chartgap::intake::{
    self, ArchiveLimits, Columns, Form, MAX_NOTE_BYTES, MAX_NOTE_BYTES_CEILING, PatientKey,
};
use clap::{Args, ValueEnum};
use std::path::PathBuf;

#[derive(Args, Clone, Debug)]
pub(in crate::cli) struct InputArgs {
    /// Files of any format, archives, directories, patterns; `-` for standard input
    #[arg(required = true, value_name = "NOTE")]
    pub(in crate::cli) notes: Vec<PathBuf>,
    /// What the documents are, in archives too
    #[arg(long, value_enum, default_value_t = From::Auto, value_name = "FORMAT")]
    pub(in crate::cli) from: From,
    #[command(flatten)]
    pub(in crate::cli) columns: ColumnArgs,
    /// Secret that patients' identifiers are hashed with (HMAC-SHA256); without it they are dropped
    #[arg(long, value_name = "FILE", value_parser = key_file)]
    pub(in crate::cli) key_file: Option<PatientKey>,
    /// Refuse compressed inputs that unpack to more than this many times their size
    #[arg(long, value_name = "N", default_value_t = ArchiveLimits::default().ratio,
        value_parser = clap::value_parser!(u64).range(1..))]
    pub(in crate::cli) max_ratio: u64,
    /// Refuse notes that are larger
    #[arg(long, value_name = "BYTES", default_value_t = MAX_NOTE_BYTES as u64,
        value_parser = clap::value_parser!(u64).range(1..=MAX_NOTE_BYTES_CEILING as u64))]
    pub(in crate::cli) max_note_bytes: u64,
}

impl InputArgs {
    pub(in crate::cli) fn open(&self) -> intake::Notes {
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
pub(in crate::cli) struct ColumnArgs {
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum From {
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
