//! The decisions in SQLite: added, never changed; several reviewers may write at the same time.

use super::{Decision, Given, ReviewError, Sample};
use crate::report::v1::Verdict;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};
use serde::de::{DeserializeOwned, IntoDeserializer, value::Error};
use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The file of the store in the directory of an audit.
pub const FILE: &str = "review.sqlite";

/// How long a reviewer waits for another one's decision to be written.
const PATIENCE: Duration = Duration::from_secs(10);

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS review (schema TEXT NOT NULL, sample TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS decisions (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    note INTEGER NOT NULL,
    id TEXT NOT NULL,
    element TEXT NOT NULL,
    reviewer TEXT NOT NULL,
    verdict TEXT NOT NULL,
    decision TEXT NOT NULL CHECK (decision IN ('agree', 'disagree')),
    corrected TEXT,
    value TEXT,
    comment TEXT,
    at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS decisions_of ON decisions (note, element, reviewer, number);
CREATE VIEW IF NOT EXISTS current AS
    SELECT * FROM decisions WHERE number IN (SELECT max(number) FROM decisions GROUP BY note, element, reviewer);";

const NAME: &str = "chartgap.review/1";

/// The decisions about one sample.
pub struct Store {
    path: PathBuf,
    connection: Connection,
}

impl Store {
    /// Opens the store in the directory of an audit; makes it where it is not there, for its owner alone.
    ///
    /// # Errors
    /// It cannot be opened, or was begun on another sample.
    pub fn open(directory: &Path, sample: &Sample) -> Result<Self, ReviewError> {
        let path = directory.join(FILE);
        // SQLite makes files that others can read; it keeps the mode of one that is there.
        let mut new = OpenOptions::new();
        new.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut new, 0o600);
        new.open(&path).map_err(|e| ReviewError::io(&path, e))?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&path, flags);
        let connection = connection.map_err(|source| ReviewError::Store { path: path.clone(), source })?;
        let store = Self { path, connection };
        let begun = store.doing(|c| {
            c.busy_timeout(PATIENCE)?;
            c.execute_batch(
                "PRAGMA temp_store = MEMORY; PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL;",
            )?;
            c.execute_batch(&format!("BEGIN IMMEDIATE;{SCHEMA}"))?;
            let select = "SELECT schema, sample FROM review";
            let old = c.query_row(select, [], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)));
            let old = old.optional()?;
            if old.is_none() {
                c.execute("INSERT INTO review VALUES (?, ?)", params![NAME, sample.digest])?;
            }
            c.execute_batch("COMMIT;")?;
            Ok(old)
        })?;
        match begun {
            Some((schema, digest)) if schema != NAME || digest != sample.digest => {
                Err(ReviewError::OtherSample(store.path))
            }
            _ => Ok(store),
        }
    }

    /// Adds a decision. `at` is the time, RFC 3339.
    ///
    /// # Errors
    /// It does not fit the note, or cannot be written.
    pub fn record(&mut self, sample: &Sample, given: Given, at: &str) -> Result<Decision, ReviewError> {
        let note = sample.get(given.note).ok_or(super::Refusal::Note(given.note))?;
        let verdict = given.check(note)?;
        let given = Given { reviewer: given.reviewer.trim().to_owned(), ..given };
        self.doing(|c| {
            c.execute(
                "INSERT INTO decisions (note, id, element, reviewer, verdict, decision, corrected, value, comment, at)
                 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                params![
                    i64::try_from(given.note).unwrap_or(i64::MAX),
                    note.id,
                    given.element,
                    given.reviewer,
                    verdict.name(),
                    given.decision.name(),
                    given.corrected.map(Verdict::name),
                    given.value,
                    given.comment,
                    at,
                ],
            )
        })?;
        Ok(Decision { given, verdict, at: at.to_owned() })
    }

    /// The decisions that count, in the order of notes, elements and reviewers.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn decisions(&self) -> Result<Vec<Decision>, ReviewError> {
        let rows = self.doing(|c| {
            let mut select = c.prepare_cached(
                "SELECT number, note, element, reviewer, verdict, decision, corrected, value, comment, at
                 FROM current ORDER BY note, element, reviewer",
            )?;
            let rows = select.query_map([], |row| {
                let word = |at: usize| row.get::<_, Option<String>>(at);
                let number: i64 = row.get(0)?;
                let decision = (|| {
                    Some(Decision {
                        given: Given {
                            note: u64::try_from(row.get::<_, i64>(1).ok()?).ok()?,
                            element: row.get(2).ok()?,
                            reviewer: row.get(3).ok()?,
                            decision: parse(&word(5).ok()??)?,
                            corrected: match word(6).ok()? {
                                Some(word) => Some(parse(&word)?),
                                None => None,
                            },
                            value: word(7).ok()?,
                            comment: word(8).ok()?,
                        },
                        verdict: parse::<Verdict>(&word(4).ok()??)?,
                        at: row.get(9).ok()?,
                    })
                })();
                Ok((number, decision))
            })?;
            rows.collect::<Result<Vec<_>, _>>()
        })?;
        rows.into_iter()
            .map(|(row, d)| d.ok_or_else(|| ReviewError::Row { path: self.path.clone(), row }))
            .collect()
    }

    /// The decisions about a note that a reviewer may see: the own ones, and those of others when the own are complete.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn visible(&self, sample: &Sample, note: u64, reviewer: &str) -> Result<Vec<Decision>, ReviewError> {
        let mut here: Vec<Decision> =
            self.decisions()?.into_iter().filter(|d| d.given.note == note).collect();
        let own = here.iter().filter(|d| d.given.reviewer == reviewer.trim()).count();
        let all = sample.get(note).map_or(0, |n| n.report.elements.len());
        if own < all {
            here.retain(|d| d.given.reviewer == reviewer.trim());
        }
        Ok(here)
    }

    /// How many elements each reviewer has decided on, by note.
    ///
    /// # Errors
    /// The store cannot be read.
    pub fn progress(&self) -> Result<BTreeMap<String, BTreeMap<u64, usize>>, ReviewError> {
        let mut out: BTreeMap<String, BTreeMap<u64, usize>> = BTreeMap::new();
        for decision in self.decisions()? {
            *out.entry(decision.given.reviewer).or_default().entry(decision.given.note).or_default() += 1;
        }
        Ok(out)
    }

    fn doing<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, ReviewError> {
        work(&self.connection).map_err(|source| ReviewError::Store { path: self.path.clone(), source })
    }
}

fn parse<T: DeserializeOwned>(word: &str) -> Option<T> {
    T::deserialize(IntoDeserializer::<Error>::into_deserializer(word)).ok()
}

#[cfg(test)]
mod tests {
    use super::super::{Judgement, SampledNote};
    use super::*;
    use crate::check::{CheckOptions, Engine, EngineOptions};
    use crate::note::Note;

    fn sample() -> Sample {
        let engine = Engine::load(&EngineOptions::default()).unwrap();
        let text = "ASSESSMENT: Lumbar facet syndrome.";
        let report = engine.check(&Note::new("n", text), CheckOptions { mentions: true });
        let (id, stratum, text) = ("n".to_owned(), "gaps".to_owned(), text.to_owned());
        let note = SampledNote { ordinal: 4, id, stratum, weight: 2.0, report, text };
        Sample { notes: vec![note], digest: "d".to_owned() }
    }

    fn given(element: &str, reviewer: &str) -> Given {
        Given {
            note: 4,
            element: element.to_owned(),
            reviewer: reviewer.to_owned(),
            decision: Judgement::Disagree,
            corrected: None,
            value: None,
            comment: Some("näh".to_owned()),
        }
    }

    #[test]
    fn another_reviewer_is_hidden_until_the_own_decisions_are_complete() {
        let (dir, sample) = (tempfile::tempdir().unwrap(), sample());
        let mut store = Store::open(dir.path(), &sample).unwrap();
        let mut again = Store::open(dir.path(), &sample).unwrap();
        let elements: Vec<String> = sample.notes[0].report.elements.iter().map(|e| e.id.clone()).collect();
        again.record(&sample, given(&elements[0], "ben"), "2026-01-01T00:00:00Z").unwrap();
        for element in &elements {
            let seen = store.visible(&sample, 4, "anna").unwrap();
            assert!(seen.iter().all(|d| d.given.reviewer == "anna"));
            store.record(&sample, given(element, "anna"), "2026-01-01T00:00:00Z").unwrap();
        }
        let seen = store.visible(&sample, 4, "anna").unwrap();
        assert_eq!(seen.len(), elements.len() + 1);
        assert_eq!(store.visible(&sample, 4, "ben").unwrap().len(), 1);
        assert_eq!(store.progress().unwrap()["anna"][&4], elements.len());
    }

    #[test]
    fn decisions_come_back_as_they_were_given() {
        let (dir, sample) = (tempfile::tempdir().unwrap(), sample());
        let mut store = Store::open(dir.path(), &sample).unwrap();
        let mut one = given("region", "anna");
        one.corrected = Some(Verdict::NotApplicable);
        one.value = Some("other".to_owned());
        let recorded = store.record(&sample, one.clone(), "2026-01-01T00:00:00Z").unwrap();
        assert_eq!(recorded.given, one);
        drop(store);
        let store = Store::open(dir.path(), &sample).unwrap();
        assert_eq!(store.decisions().unwrap(), [recorded]);
        let other = Sample { digest: "e".to_owned(), ..sample };
        assert!(matches!(Store::open(dir.path(), &other), Err(ReviewError::OtherSample(_))));
    }
}
