//! What users did with cards: read strictly, kept in a file that only grows.

use super::CdsError;
use super::request::{text, uuid};
use serde::Serialize;
use serde_json::{Map, Value};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use uuid::Uuid;

/// Entries of one call at most.
const ENTRIES: usize = 100;
/// Suggestions of one entry at most.
const SUGGESTIONS: usize = 20;
/// Bytes of a comment, a code or a system at most.
const COMMENT: usize = 4096;

/// What a user did with a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Feedback {
    /// The card.
    pub card: Uuid,
    /// Whether suggestions were taken or the card passed over.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// When, as the client writes it.
    pub outcome_timestamp: String,
}

/// What came of a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum Outcome {
    /// Suggestions were taken.
    Accepted {
        /// Which.
        accepted_suggestions: Vec<Accepted>,
    },
    /// The card was passed over.
    Overridden {
        /// Why, where the user said so.
        #[serde(skip_serializing_if = "Option::is_none")]
        override_reason: Option<OverrideReason>,
    },
}

/// A suggestion that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Accepted {
    /// Its id.
    pub id: Uuid,
}

/// Why a card was passed over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OverrideReason {
    /// One of the reasons of the card, or of the client.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<ReasonCode>,
    /// The user's own words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_comment: Option<String>,
}

/// A code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ReasonCode {
    /// The code.
    pub code: String,
    /// Whose code it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub system: Option<String>,
}

impl Feedback {
    /// Reads the body of a call of the feedback endpoint.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place.
    pub fn parse(body: &[u8]) -> Result<Vec<Self>, CdsError> {
        const FIELD: &str = "feedback";
        let root: Value = serde_json::from_slice(body).map_err(|e| CdsError::from(&e))?;
        let root = root.as_object().ok_or(CdsError::WrongField { field: "body", wanted: "an object" })?;
        let list = match root.get(FIELD) {
            None | Some(Value::Null) => return Err(CdsError::MissingField(FIELD)),
            Some(Value::Array(list)) if !list.is_empty() => list,
            Some(_) => {
                return Err(CdsError::WrongField { field: FIELD, wanted: "a list with at least one entry" });
            }
        };
        if list.len() > ENTRIES {
            return Err(CdsError::TooMany { field: FIELD, limit: ENTRIES });
        }
        list.iter().map(entry).collect()
    }
}

fn entry(value: &Value) -> Result<Feedback, CdsError> {
    let entry = value.as_object().ok_or(CdsError::WrongField { field: "feedback[]", wanted: "an object" })?;
    const CARD: &str = "feedback[].card";
    let card = uuid(text(entry, "card", CARD)?.ok_or(CdsError::MissingField(CARD))?, CARD)?;
    const TIME: &str = "feedback[].outcomeTimestamp";
    let time = text(entry, "outcomeTimestamp", TIME)?.ok_or(CdsError::MissingField(TIME))?;
    if !is_instant(time) {
        return Err(CdsError::WrongField { field: TIME, wanted: "a time as `2026-02-11T09:30:00Z`" });
    }
    const OUTCOME: &str = "feedback[].outcome";
    let outcome = match text(entry, "outcome", OUTCOME)? {
        None => return Err(CdsError::MissingField(OUTCOME)),
        Some("accepted") => Outcome::Accepted { accepted_suggestions: accepted(entry)? },
        Some("overridden") => Outcome::Overridden { override_reason: reason(entry)? },
        Some(_) => return Err(CdsError::WrongField { field: OUTCOME, wanted: "`accepted` or `overridden`" }),
    };
    Ok(Feedback { card, outcome, outcome_timestamp: time.to_owned() })
}

fn accepted(entry: &Map<String, Value>) -> Result<Vec<Accepted>, CdsError> {
    const FIELD: &str = "feedback[].acceptedSuggestions";
    const ID: &str = "feedback[].acceptedSuggestions[].id";
    let list = match entry.get("acceptedSuggestions") {
        None | Some(Value::Null) => return Err(CdsError::MissingField(FIELD)),
        Some(Value::Array(list)) if !list.is_empty() => list,
        Some(_) => {
            return Err(CdsError::WrongField { field: FIELD, wanted: "a list with at least one entry" });
        }
    };
    if list.len() > SUGGESTIONS {
        return Err(CdsError::TooMany { field: FIELD, limit: SUGGESTIONS });
    }
    let id = |suggestion: &Value| {
        let id = suggestion["id"].as_str().ok_or(CdsError::MissingField(ID))?;
        Ok(Accepted { id: uuid(id, ID)? })
    };
    list.iter().map(id).collect()
}

fn reason(entry: &Map<String, Value>) -> Result<Option<OverrideReason>, CdsError> {
    let given = match entry.get("overrideReason") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Object(given)) => given,
        Some(_) => {
            return Err(CdsError::WrongField { field: "feedback[].overrideReason", wanted: "an object" });
        }
    };
    let reason = match given.get("reason") {
        None | Some(Value::Null) => None,
        Some(Value::Object(coding)) => {
            const CODE: &str = "feedback[].overrideReason.reason.code";
            let code = short(text(coding, "code", CODE)?, CODE)?.ok_or(CdsError::MissingField(CODE))?;
            const SYSTEM: &str = "feedback[].overrideReason.reason.system";
            Some(ReasonCode { code, system: short(text(coding, "system", SYSTEM)?, SYSTEM)? })
        }
        Some(_) => {
            let field = "feedback[].overrideReason.reason";
            return Err(CdsError::WrongField { field, wanted: "an object" });
        }
    };
    const COMMENT: &str = "feedback[].overrideReason.userComment";
    // Clients send an empty comment where none was written.
    let comment = match given.get("userComment") {
        Some(Value::String(s)) if s.trim().is_empty() => None,
        _ => short(text(given, "userComment", COMMENT)?, COMMENT)?,
    };
    Ok(Some(OverrideReason { reason, user_comment: comment }))
}

fn short(text: Option<&str>, field: &'static str) -> Result<Option<String>, CdsError> {
    match text {
        Some(text) if text.len() > COMMENT => {
            Err(CdsError::WrongField { field, wanted: "a string of at most 4096 bytes" })
        }
        text => Ok(text.map(str::to_owned)),
    }
}

/// RFC 3339: a day, a time with seconds, and `Z` or an offset.
fn is_instant(text: &str) -> bool {
    let Some((date, time)) = text.split_once(['T', 't']) else { return false };
    let number =
        |s: &str, max: u32| s.bytes().all(|b| b.is_ascii_digit()) && s.parse::<u32>().is_ok_and(|n| n <= max);
    let fields = |s: &str, mark: char, widths: &[(usize, u32)]| {
        let parts: Vec<&str> = s.split(mark).collect();
        parts.len() == widths.len()
            && parts.iter().zip(widths).all(|(p, &(w, max))| p.len() == w && number(p, max))
    };
    let (clock, zone_is_good) = match time.strip_suffix(['Z', 'z']) {
        Some(clock) => (clock, true),
        None => match time.rfind(['+', '-']).map(|at| (&time[..at], &time[at + 1..])) {
            Some((clock, offset)) => (clock, fields(offset, ':', &[(2, 23), (2, 59)])),
            None => return false,
        },
    };
    let (seconds, fraction) = clock.split_once('.').map_or((clock, None), |(s, f)| (s, Some(f)));
    let fraction_is_good =
        fraction.is_none_or(|f| (1..=9).contains(&f.len()) && f.bytes().all(|b| b.is_ascii_digit()));
    fields(date, '-', &[(4, 9999), (2, 12), (2, 31)])
        && fields(seconds, ':', &[(2, 23), (2, 59), (2, 60)])
        && fraction_is_good
        && zone_is_good
}

/// A file with a line of JSON for each entry, to which lines are added and from which none is taken.
#[derive(Debug)]
pub struct FeedbackStore {
    file: Mutex<File>,
}

#[derive(Serialize)]
struct Line<'a> {
    received: &'a str,
    service: &'a str,
    client: &'a str,
    #[serde(flatten)]
    feedback: &'a Feedback,
}

impl FeedbackStore {
    /// Opens the file, or makes it for its owner alone.
    ///
    /// # Errors
    /// It cannot be opened, is no plain file, or others may read it.
    pub fn open(path: &Path) -> io::Result<Self> {
        if std::fs::symlink_metadata(path).is_ok_and(|m| !m.is_file()) {
            return Err(io::Error::other("is no plain file"));
        }
        let mut options = OpenOptions::new();
        options.create(true).append(true).read(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(path)?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            if file.metadata()?.permissions().mode() & 0o077 != 0 {
                return Err(io::Error::other("may be read by others than its owner (chmod 600)"));
            }
        }
        // A line that was cut off when the power went stays what it is; the next begins on its own.
        if file.metadata()?.len() > 0 {
            file.seek(SeekFrom::End(-1))?;
            let mut last = [0];
            file.read_exact(&mut last)?;
            if last != *b"\n" {
                file.write_all(b"\n")?;
            }
        }
        Ok(Self { file: Mutex::new(file) })
    }

    /// Adds entries: all are on disk when this returns. `received` is the time of the call, `client` who called.
    ///
    /// # Errors
    /// They could not be written.
    pub fn append(
        &self,
        service: &str,
        client: &str,
        received: &str,
        entries: &[Feedback],
    ) -> Result<(), CdsError> {
        let mut lines = Vec::new();
        for feedback in entries {
            let line = Line { received, service, client, feedback };
            serde_json::to_writer(&mut lines, &line).map_err(|_| CdsError::Internal)?;
            lines.push(b'\n');
        }
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let written = file.write_all(&lines).and_then(|()| file.sync_data());
        if written.is_err() {
            // Part of a line may stand there.
            let _ = file.write_all(b"\n");
        }
        written.map_err(|_| CdsError::FeedbackStore)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants() {
        for (text, good) in [
            ("2026-02-11T09:30:00Z", true),
            ("2026-02-11T09:30:00.52Z", true),
            ("2026-02-11T09:30:00-05:00", true),
            ("2026-02-11T09:30:60Z", true),
            ("2026-02-11T09:30Z", false),
            ("2026-02-11T09:30:00", false),
            ("2026-02-11", false),
            ("2026-13-11T09:30:00Z", false),
            ("2026-02-11T25:30:00Z", false),
            ("2026-02-11T09:30:00.Z", false),
            ("2026-02-11T09:30:00+5", false),
            ("yesterday", false),
            ("éT", false),
        ] {
            assert_eq!(is_instant(text), good, "{text}");
        }
    }
}
