//! A house policy: which conditions a practice accepts for a code against the official index, who decided it, and when.

use super::range::plain;
use super::table;
use crate::datafile::{self, DataError};
use crate::lexicon::Lexicon;
use crate::mention::Label;
use serde::Deserialize;
use std::path::Path;
use toml::Spanned;

/// Why a policy file is refused.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// Not the TOML that is expected.
    #[error(transparent)]
    Data(#[from] DataError),
    /// An entry that makes no sense.
    #[error("{file}:{line}: entry {entry}: {reason}")]
    Entry {
        /// The file.
        file: String,
        /// The line, counted from 1.
        line: usize,
        /// The number of the entry, from 1.
        entry: usize,
        /// What is wrong.
        reason: String,
    },
}

/// The policies in force; none unless a file is given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    /// The name of the file, without its folders.
    file: String,
    /// The date of the file.
    date: String,
    accept: Vec<Accept>,
}

/// One decision.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accept {
    /// The id of a condition of the lexicon.
    pub condition: Option<String>,
    /// Or the code, or the beginning of a code, that the official index gives.
    pub code: Option<String>,
    /// The code that is accepted. One of M53.8- follows the documented region.
    pub accepted: String,
    /// Why.
    pub reason: String,
    /// Who decided it.
    pub who: String,
    /// When, ISO 8601.
    pub date: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    date: String,
    #[serde(default)]
    accept: Vec<Spanned<Accept>>,
}

impl Policy {
    /// Reads a policy file; `file` is how the caller names it.
    ///
    /// # Errors
    /// What [`PolicyError`] says.
    pub fn from_toml(file: &str, text: &str, lexicon: &Lexicon) -> Result<Self, PolicyError> {
        let parsed: File = datafile::read(file, text)?;
        if !is_date(&parsed.date) {
            let at = datafile::quoted(text, 0, &parsed.date);
            return Err(datafile::refuse(file, text, at, DATE).into());
        }
        let mut accept: Vec<Accept> = Vec::with_capacity(parsed.accept.len());
        for a in parsed.accept {
            let at = a.span().start;
            let mut a = a.into_inner();
            check(&a, &accept, lexicon).map_err(|reason| PolicyError::Entry {
                file: file.to_owned(),
                line: datafile::line(text, at),
                entry: accept.len() + 1,
                reason,
            })?;
            a.accepted = table::dotted(&a.accepted).unwrap_or_default();
            accept.push(a);
        }
        let name = Path::new(file).file_name().and_then(|n| n.to_str()).unwrap_or(file);
        Ok(Self { file: name.to_owned(), date: parsed.date, accept })
    }

    /// The decision about a condition with the code that the official index gives it.
    pub fn about(&self, condition: &str, official: &str) -> Option<&Accept> {
        let code = plain(official);
        self.accept.iter().find(|a| {
            a.condition.as_deref() == Some(condition)
                || a.code.as_deref().is_some_and(|c| code.starts_with(&plain(c)))
        })
    }

    /// The file with its date, as a source.
    pub fn citation(&self) -> String {
        format!("house policy {}, {} (not an official source)", self.file, self.date)
    }
}

const DATE: &str = "a date has the form 2026-10-01";

fn check(a: &Accept, before: &[Accept], lexicon: &Lexicon) -> Result<(), String> {
    let bare = |a: &Accept| (a.condition.clone(), a.code.as_deref().map(plain));
    if let Some(first) = before.iter().position(|b| bare(b) == bare(a)) {
        return Err(format!("entry {} decides on the same", first + 1));
    }
    match (&a.condition, &a.code) {
        (Some(id), None) => {
            if lexicon.find(id).is_none_or(|(label, _)| label != Label::Condition) {
                return Err(format!("`{id}` is no condition of the lexicon"));
            }
        }
        (None, Some(code)) => {
            if table::dotted(code).is_none_or(|c| table::below(&c).next().is_none()) {
                return Err(table::unknown(code));
            }
        }
        _ => return Err("give either a condition or a code".into()),
    }
    if table::find(&a.accepted).is_none() {
        return Err(format!(
            "`{}` is not a billable code of the tables: {}",
            a.accepted,
            table::unknown(&a.accepted)
        ));
    }
    if a.reason.trim().is_empty() || a.who.trim().is_empty() {
        return Err("say why and who".into());
    }
    if is_date(&a.date) { Ok(()) } else { Err(DATE.into()) }
}

fn is_date(text: &str) -> bool {
    let year = super::year::YEARS[0];
    text.len() == 10 && year.dated(text) != super::year::Dated::Unreadable
}
