//! JSON and JSONL: reports, and the entries that stand for notes that could not be read.

use crate::intake::IntakeError;
use crate::report::v1::{Report, SCHEMA};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What stands in the place of a report where a note could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErrorEntry {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The note's id; its place where the id could not be read.
    pub id: String,
    /// Why.
    pub error: ErrorBody,
}

/// Why a note could not be read. Never holds note text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ErrorBody {
    /// A stable word for programs, `invalid-utf8`.
    pub code: String,
    /// A sentence for people.
    pub message: String,
    /// The file as the caller named it.
    pub file: String,
    /// The line in it, from 1, where one is known.
    pub line: Option<u64>,
}

impl From<&IntakeError> for ErrorBody {
    fn from(error: &IntakeError) -> Self {
        Self {
            code: error.reason.code().to_owned(),
            message: error.reason.to_string(),
            file: error.file.clone(),
            line: error.line,
        }
    }
}

impl From<&IntakeError> for ErrorEntry {
    fn from(error: &IntakeError) -> Self {
        Self { schema: SCHEMA.to_owned(), id: error.id_or_place(), error: error.into() }
    }
}

/// One entry of the output.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
#[allow(clippy::large_enum_variant, reason = "an entry is made, written and dropped; never held in numbers")]
pub enum Entry {
    /// A note's report.
    Report(Report),
    /// A note that could not be read.
    Error(ErrorEntry),
}

/// One line without its line feed.
///
/// # Errors
/// None for this crate's own types: they have no maps with keys that are not strings.
pub fn line(value: &impl Serialize) -> Result<String, serde_json::Error> {
    serde_json::to_string(value)
}

/// Indented JSON without a line feed at the end.
///
/// # Errors
/// As for [`line`].
pub fn pretty(value: &impl Serialize) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(value)
}

/// Indented JSON as an element of an indented array.
pub fn indent(json: &str) -> String {
    // Strings hold no raw line feed in JSON, so every one of them is layout.
    format!("  {}", json.replace('\n', "\n  "))
}
