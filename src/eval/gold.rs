//! Gold annotations and outputs, read from JSON Lines.

use super::value;
use crate::report::v1::Report;
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::{Map, Value, error::Category};
use std::collections::BTreeMap;
use std::{fmt, io};

/// One annotated note. Keys of the file that are not named here are ignored.
#[derive(Clone, Default, Deserialize)]
pub struct Gold {
    /// The note's id; a number is read as its digits.
    #[serde(deserialize_with = "id")]
    pub id: String,
    /// The note's text.
    pub text: String,
    /// Its mentions.
    pub mentions: Vec<Mention>,
    /// The note as a whole, by field.
    pub truth: Map<String, Value>,
    /// Other values that a careful reader could defend, by field.
    #[serde(default, deserialize_with = "nullable")]
    pub ok: BTreeMap<String, Option<Vec<Value>>>,
    /// Not every level is annotated, so a predicted level that matches none is not counted as false.
    #[serde(default, deserialize_with = "nullable")]
    pub levels_truncated: bool,
}

/// What chartgap said about a note. Keys of the file that are not named here are ignored.
#[derive(Clone, Default, Deserialize)]
pub struct Output {
    /// The note's id.
    #[serde(deserialize_with = "id")]
    pub id: String,
    /// The note as a whole, by field.
    #[serde(default, deserialize_with = "nullable")]
    pub summary: Map<String, Value>,
    /// Its mentions.
    #[serde(default, deserialize_with = "nullable")]
    pub mentions: Vec<Mention>,
}

/// A mention in a gold file or an output.
#[derive(Clone, Default, Deserialize)]
pub struct Mention {
    /// The label, as the annotation guideline spells it; one that the guideline lacks is not scored.
    pub label: String,
    /// First code point.
    pub start: i64,
    /// One past the last code point.
    pub end: i64,
    /// The words.
    #[serde(default)]
    pub text: Option<String>,
    /// The attributes, by name.
    #[serde(flatten)]
    pub attributes: Map<String, Value>,
}

/// Why a gold file or an output could not be read. The line's own text is never part of it.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The reader failed, or the line is not UTF-8.
    #[error("{file}, line {line}: cannot be read")]
    Read {
        /// The file, as the caller names it.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What the reader said.
        #[source]
        source: io::Error,
    },
    /// The line is not of the expected form.
    #[error("{file}, line {line}, column {column}: {problem}")]
    Line {
        /// The file, as the caller names it.
        file: String,
        /// The line, from 1.
        line: usize,
        /// The byte in the line, from 1, where reading stopped.
        column: usize,
        /// What is wrong, without a word of the line.
        problem: String,
    },
    /// The file holds no note, so there is nothing to compare with.
    #[error("{file}: no notes")]
    Empty {
        /// The file, as the caller names it.
        file: String,
    },
}

/// Reads a gold file: one JSON object a line, blank lines skipped. Of several lines with one id the last counts, in
/// the place of the first. `file` is the name that errors carry.
///
/// # Errors
/// The reader fails, a line is not a gold note, or there is none.
pub fn load_gold(reader: impl io::BufRead, file: &str) -> Result<Vec<Gold>, LoadError> {
    let mut notes: Vec<Gold> = Vec::new();
    let mut places = BTreeMap::new();
    for note in lines::<Gold>(reader, file) {
        let note = note?;
        let place = *places.entry(note.id.clone()).or_insert(notes.len());
        match notes.get_mut(place) {
            Some(earlier) => *earlier = note,
            None => notes.push(note),
        }
    }
    if notes.is_empty() { Err(LoadError::Empty { file: file.to_owned() }) } else { Ok(notes) }
}

/// Reads what `chartgap check --format jsonl --mentions` wrote, by id; of several lines with one id the last counts.
/// `file` is the name that errors carry.
///
/// # Errors
/// The reader fails or a line is not an output.
pub fn load_output(reader: impl io::BufRead, file: &str) -> Result<BTreeMap<String, Output>, LoadError> {
    lines::<Output>(reader, file).map(|output| output.map(|o| (o.id.clone(), o))).collect()
}

impl TryFrom<&Report> for Output {
    type Error = serde_json::Error;

    /// Takes the id, the summary and the mentions of a report; one made without mentions counts as having none.
    fn try_from(report: &Report) -> Result<Self, Self::Error> {
        serde_json::from_value(serde_json::to_value(report)?)
    }
}

fn lines<T: DeserializeOwned>(
    reader: impl io::BufRead,
    file: &str,
) -> impl Iterator<Item = Result<T, LoadError>> {
    reader.lines().zip(1..).filter_map(move |(text, line)| match text {
        Err(source) => Some(Err(LoadError::Read { file: file.to_owned(), line, source })),
        Ok(text) if text.trim().is_empty() => None,
        Ok(text) => Some(serde_json::from_str(&text).map_err(|e| LoadError::Line {
            file: file.to_owned(),
            line,
            column: e.column(),
            problem: problem(&e),
        })),
    })
}

/// What is wrong with a line. The parser's own message may quote a value, so of those only the one that names a
/// missing key is passed on.
fn problem(error: &serde_json::Error) -> String {
    match error.classify() {
        Category::Data => {
            let message = error.to_string();
            let key = message.strip_prefix("missing field `").and_then(|m| m.split('`').next());
            key.map_or_else(|| "a value of the wrong type".to_owned(), |key| format!("`{key}` is missing"))
        }
        Category::Eof => "the JSON breaks off".to_owned(),
        Category::Syntax | Category::Io => "not JSON".to_owned(),
    }
}

fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Value::deserialize(deserializer).map(|v| value::plain(Some(&v)))
}

fn nullable<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

// Notes and their mentions are PHI, so `Debug` shows ids, labels and counts alone.

impl fmt::Debug for Gold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Gold");
        shown.field("id", &self.id).field("mentions", &self.mentions.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Output");
        shown.field("id", &self.id).field("mentions", &self.mentions.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Mention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Mention");
        shown.field("label", &self.label).field("start", &self.start).field("end", &self.end);
        shown.finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(lines: &str) -> String {
        load_gold(lines.as_bytes(), "gold.jsonl").unwrap_err().to_string()
    }

    #[test]
    fn a_broken_line_is_named_and_not_quoted() {
        let good = r#"{"id": "a", "text": "", "mentions": [], "truth": {}}"#;
        assert_eq!(error(&format!("{good}\n\n{{\"id\": secret}}")), "gold.jsonl, line 3, column 8: not JSON");
        assert_eq!(error(r#"{"id": "secret"#), "gold.jsonl, line 1, column 14: the JSON breaks off");
        assert_eq!(error(r#"{"id": "secret"}"#), "gold.jsonl, line 1, column 16: `text` is missing");
        let wrong = error(r#"{"id": "a", "text": "", "mentions": "secret", "truth": {}}"#);
        assert_eq!(wrong, "gold.jsonl, line 1, column 44: a value of the wrong type");
        assert_eq!(error("\n"), "gold.jsonl: no notes");
    }

    #[test]
    fn the_last_line_of_an_id_counts_in_the_place_of_the_first() {
        let lines = r#"{"id": 7, "text": "one", "mentions": [], "truth": {}}
{"id": "b", "text": "two", "mentions": [], "truth": {}, "ok": null, "levels_truncated": null}
{"id": "7", "text": "three", "mentions": [], "truth": {}, "levels_truncated": true, "style": "x"}"#;
        let gold = load_gold(lines.as_bytes(), "gold.jsonl").unwrap();
        assert_eq!(gold.iter().map(|g| g.text.as_str()).collect::<Vec<_>>(), ["three", "two"]);
        assert!(gold[0].levels_truncated && !gold[1].levels_truncated);
    }

    #[test]
    fn debug_holds_no_words() {
        let line = r#"{"id": "a", "summary": {"duration": "secret"},
            "mentions": [{"label": "care", "start": 1, "end": 2, "text": "secret"}]}"#
            .replace('\n', " ");
        let output = load_output(line.as_bytes(), "out.jsonl").unwrap();
        assert!(!format!("{output:?}{:?}", output["a"].mentions).contains("secret"));
    }
}
