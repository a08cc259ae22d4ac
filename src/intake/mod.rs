//! Intake: the only reader of notes. It turns files of every format, archives, directories and standard input into
//! notes, one at a time.

#[cfg(feature = "archives")]
mod archive_tar;
#[cfg(feature = "archives")]
mod archive_zip;
#[cfg(feature = "arrow")]
mod arrow;
mod blocks;
pub mod ccda;
mod charset;
mod codepage;
mod columns;
#[cfg(feature = "archives")]
mod compressed;
mod delimited;
mod detect;
mod error;
pub mod fhir;
mod fhir_lines;
mod found;
mod headings;
pub mod hl7;
pub mod html;
mod jsonl;
mod key;
mod lines;
mod media;
mod meter;
mod notes;
mod options;
#[cfg(feature = "parquet")]
mod parquet;
mod read;
pub mod rtf;
mod sink;
mod source;
mod text;
mod walk;

#[cfg(feature = "arrow")]
pub use arrow::BatchColumns;
pub use columns::Columns;
pub use error::{At, IntakeError, JsonFault, Reason};
pub use found::Parsed;
pub use jsonl::{JsonLines, json_line};
pub use key::PatientKey;
pub use notes::{Notes, read_bytes, read_first, read_line};
pub use options::{ArchiveLimits, Form, MAX_NOTE_BYTES, MAX_NOTE_BYTES_CEILING, Options};
pub use source::{Limits, Source};
pub use text::admit;
