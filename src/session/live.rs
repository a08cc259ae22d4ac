//! The messages of a live channel: JSON texts in, one answer each, whatever carries them.

use super::{Change, Edit, EditError, Encoding, Limits, Session, SessionOptions};
use crate::check::Engine;
use crate::note::{Meta, Note};
use crate::report::v1::Report;
use schemars::JsonSchema;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use std::ops::Deref;

/// What opens a session.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    #[serde(default, rename = "type")]
    #[schemars(skip)]
    pub(super) _type: IgnoredAny,
    /// What the report calls the note; `note` unless given.
    #[serde(default)]
    pub id: Option<String>,
    /// The text so far.
    #[serde(default)]
    pub text: String,
    /// What positions count; UTF-16 units unless given.
    #[serde(default)]
    pub encoding: Encoding,
    /// The date of the note, ISO 8601.
    #[serde(default)]
    pub date: Option<String>,
    /// CPT codes ordered or billed with it.
    #[serde(default)]
    pub procedures: Vec<String>,
    /// ICD-10-CM codes billed with it.
    #[serde(default)]
    pub codes: Vec<String>,
}

/// Edits that are made together.
#[derive(Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Edits {
    #[serde(default, rename = "type")]
    #[schemars(skip)]
    pub(super) _type: IgnoredAny,
    /// The revision that they are made on.
    pub revision: u64,
    /// Each on what the one before it left.
    pub edits: Vec<Edit>,
}

/// What a message is answered by.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Answer {
    /// What an edit changed, or all that is said of a note that was opened.
    Change(Box<Change>),
    /// The report that was asked for.
    Report {
        /// The revision of the note.
        revision: u64,
        /// The report, with its mentions.
        report: Box<Report>,
    },
    /// What can't be done. The session is what it was.
    Error(Refusal),
}

/// Why a message was not followed. It holds no text of a note.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Refusal {
    /// The kind of fault, for programs.
    pub code: String,
    /// The fault in words.
    pub message: String,
    /// The revision of the note; `null` where no session is open.
    pub revision: Option<u64>,
}

/// One end of a live channel, which holds at most one session.
pub struct Live<E> {
    engine: E,
    limits: Limits,
    session: Option<Session<E>>,
}

/// The kind of a message; what else it holds is read once the kind is known.
#[derive(Deserialize)]
struct Kind {
    #[serde(rename = "type")]
    kind: String,
}

/// Bytes that an id, a date or a code has at most, and codes of a kind that a note has at most.
const WORD: usize = 512;
const CODES: usize = 256;

impl Opening {
    /// What the report calls the note.
    pub fn id(&self) -> &str {
        self.id.as_deref().unwrap_or("note")
    }

    /// Opens the session.
    ///
    /// # Errors
    /// A text, an id, a date or a code that is too long, or too many codes.
    pub fn open<E: Deref<Target = Engine>>(self, engine: E, limits: Limits) -> Result<Session<E>, EditError> {
        let words = self.procedures.iter().chain(&self.codes).chain(&self.id).chain(&self.date);
        let many = self.procedures.len().max(self.codes.len()) > CODES;
        if many || words.map(String::len).any(|length| length > WORD) {
            return Err(EditError::Words { bytes: WORD, codes: CODES });
        }
        let id = self.id().to_owned();
        let meta =
            Meta { date: self.date, procedures: self.procedures, codes: self.codes, ..Meta::default() };
        let note = Note { id, text: self.text, meta };
        Session::new(engine, note, SessionOptions { encoding: self.encoding, limits })
    }
}

impl<E: Deref<Target = Engine> + Clone> Live<E> {
    /// No session yet.
    pub fn new(engine: E, limits: Limits) -> Self {
        Self { engine, limits, session: None }
    }

    /// What the report calls the note; `None` where no session is open.
    pub fn id(&self) -> Option<&str> {
        self.session.as_ref().map(|s| s.note().id.as_str())
    }

    /// The longest message, in bytes, that can be of use: a text of the longest length, every character escaped.
    pub fn longest(limits: Limits) -> usize {
        limits.bytes.saturating_mul(6).saturating_add(64 * 1024)
    }

    /// Follows a message.
    pub fn answer(&mut self, message: &str) -> Answer {
        match self.follow(message) {
            Ok(answer) => answer,
            Err((code, message)) => Answer::Error(Refusal {
                code: code.to_owned(),
                message,
                revision: self.session.as_ref().map(Session::revision),
            }),
        }
    }

    fn follow(&mut self, message: &str) -> Result<Answer, (&'static str, String)> {
        let refused = |e: EditError| (e.code(), e.to_string());
        let Kind { kind } = read(message)?;
        if kind == "open" {
            let opening: Opening = read(message)?;
            let session = opening.open(self.engine.clone(), self.limits).map_err(refused)?;
            let change = session.whole();
            self.session = Some(session);
            return Ok(Answer::Change(Box::new(change)));
        }
        if !matches!(kind.as_str(), "edit" | "report") {
            return Err(("malformed", "`type` is one of `open`, `edit`, `report`".to_owned()));
        }
        let Some(session) = &mut self.session else {
            return Err(("not-open", "a message of the type `open` opens the session first".to_owned()));
        };
        if kind == "report" {
            let report = Box::new(session.report().clone());
            return Ok(Answer::Report { revision: session.revision(), report });
        }
        let edits: Edits = read(message)?;
        let change = session.edit_all(edits.revision, &edits.edits).map_err(refused)?;
        Ok(Answer::Change(Box::new(change)))
    }
}

/// Reads a message. The parser's own words may quote it, so that they are not passed on.
fn read<T: DeserializeOwned>(message: &str) -> Result<T, (&'static str, String)> {
    serde_json::from_str(message).map_err(|e| ("malformed", fault(&e)))
}

/// What is wrong with a message, and where, in words that quote nothing of it.
pub fn fault(e: &serde_json::Error) -> String {
    let what = if e.is_data() {
        "a field is missing, given twice, unknown or not of its type"
    } else {
        "this is not JSON"
    };
    format!("{what}: line {}, column {}", e.line(), e.column())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::EngineOptions;
    use serde_json::{Value, json};

    fn engine() -> Engine {
        let options = EngineOptions {
            #[cfg(feature = "classifier")]
            model: crate::classify::ModelSource::None,
            ..EngineOptions::default()
        };
        Engine::load(&options).unwrap()
    }

    #[test]
    fn messages_and_answers() {
        let engine = engine();
        let mut live = Live::new(&engine, Limits { bytes: 60, edits: 2 });
        let mut say =
            |message: Value| -> Value { serde_json::to_value(live.answer(&message.to_string())).unwrap() };

        let early = say(json!({"type": "report"}));
        assert_eq!((&early["code"], &early["revision"]), (&json!("not-open"), &Value::Null));

        let opened = say(json!({"type": "open", "id": "a", "text": "HPI:\nLow back pain.\n"}));
        assert_eq!((&opened["type"], &opened["revision"]), (&json!("change"), &json!(0)));
        assert_eq!(opened["score"]["old"], Value::Null);
        assert_eq!(opened["mentions"]["added"][0]["entry"]["text"], "Low back pain");

        let edit = json!({"type": "edit", "revision": 0, "edits": [{"start": 18, "text": " for 8 weeks"}]});
        let changed = say(edit.clone());
        assert_eq!(changed["revision"], 1);
        assert_eq!(changed["edits"], json!([{"start": 18, "end": 18, "inserted": 12}]));
        assert_eq!(changed["mentions"]["added"][0]["entry"]["text"], "for 8 weeks");

        let stale = say(edit);
        assert_eq!((&stale["type"], &stale["code"]), (&json!("error"), &json!("stale-revision")));
        assert_eq!(stale["revision"], 1);

        let report = say(json!({"type": "report"}));
        assert_eq!((&report["revision"], &report["report"]["id"]), (&json!(1), &json!("a")));

        let again = say(json!({"type": "open", "text": "Hypertension."}));
        assert_eq!((&again["revision"], &again["length"]), (&json!(0), &json!(13)));
    }

    #[test]
    fn what_is_wrong_is_told_without_the_words() {
        let engine = engine();
        let mut live = Live::new(&engine, Limits::default());
        live.answer(r#"{"type": "open"}"#);
        let cases = [
            ("secret", "this is not JSON: line 1, column 1"),
            (r#"{"type": "secret"}"#, "`type` is one of `open`, `edit`, `report`"),
            (r#"{"type": "open", "secret": 1}"#, "unknown or not of its type: line 1, column 25"),
            (r#"{"type": "edit", "revision": 0, "edits": [{"start": "secret"}]}"#, "line 1, column 60"),
            (r#"{"type": "edit", "revision": 0, "edits": [{"start": 4294967296}]}"#, "line 1, column 62"),
            (r#"{"type": "edit", "edits": []}"#, "a field is missing"),
        ];
        for (message, expected) in cases {
            let Answer::Error(refusal) = live.answer(message) else { panic!("{message}") };
            assert_eq!(refusal.code, "malformed");
            assert!(refusal.message.contains(expected), "{message}: {}", refusal.message);
            assert!(!refusal.message.contains("secret"), "{}", refusal.message);
        }
    }
}
