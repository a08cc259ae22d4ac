//! What a thread does with one item: the report, its rows and lines, what it adds to the summary. Pure but for the bounds
//! of the sample and of the worst notes, which only spare work.

use super::AuditError;
use super::lines::{self, Lines};
use super::pages::{self, Bound};
use super::plan::{Format, Plan};
use super::row::{OUTCOMES, Place, Rows, VERDICTS, of_error, of_report, without_text};
use super::sample::{self, Bounds, Candidate};
use super::stream::{Chain, Item};
use super::totals::{Brief, Checked, Failed, month};
use crate::check::{CheckOptions, Engine};
use crate::intake::{IntakeError, Reason};
use crate::note::Note;
use crate::report::v1::{NoteOutcome, Report};
use serde::Serialize;
use std::sync::atomic::Ordering;

/// Works on items; share it between threads.
pub struct Worker<'e> {
    engine: &'e Engine,
    /// Rows are needed beside lines.
    rows: bool,
    jsonl: bool,
    csv: bool,
    mentions: bool,
    text: bool,
    seed: u64,
    bounds: Option<Bounds>,
    pages: Option<Bound>,
}

/// One item, ready to write.
pub struct Done {
    pub(super) ordinal: u64,
    pub(super) chain: Chain,
    pub(super) rows: Rows,
    pub(super) jsonl: Lines,
    pub(super) csv: Lines,
    pub(super) brief: Brief,
    pub(super) candidate: Option<Candidate>,
    pub(super) page: Option<String>,
    error: Option<String>,
}

impl Done {
    /// Why the note could not be read, with its place, for people.
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }
}

impl<'e> Worker<'e> {
    pub(super) fn new(engine: &'e Engine, plan: &Plan, bounds: Option<Bounds>, pages: Option<Bound>) -> Self {
        let has = |format| plan.formats.contains(&format);
        Self {
            engine,
            rows: plan.sqlite || has(Format::Parquet),
            jsonl: has(Format::Jsonl),
            csv: has(Format::Csv),
            mentions: plan.mentions,
            text: plan.text,
            seed: plan.seed,
            bounds,
            pages,
        }
    }

    /// Checks some items together, which is faster with a classifier and comes to the same. One result an item, in order.
    ///
    /// # Errors
    /// None but defects: a note that cannot be read is a row as well.
    pub fn work(&self, items: Vec<Item>) -> Vec<Result<Done, AuditError>> {
        let mut read = Vec::with_capacity(items.len());
        let heads: Vec<(Place, Chain, Option<IntakeError>)> = items
            .into_iter()
            .map(|Item { place, chain, note }| match note {
                Ok(note) => {
                    read.push(note);
                    (place, chain, None)
                }
                Err(error) => (place, chain, Some(error)),
            })
            .collect();
        let options = CheckOptions { mentions: self.mentions };
        let mut done = read.iter().zip(self.engine.check_each(&read, options));
        heads
            .into_iter()
            .filter_map(|(place, chain, error)| match error {
                Some(error) => Some(self.failed(&place, chain, &error)),
                None => done.next().map(|(note, report)| match report {
                    Some(report) => self.checked(&place, chain, note, report),
                    None => {
                        let error = IntakeError::new(place.input.as_ref(), Reason::Internal);
                        self.failed(&place, chain, &error.of_note(Some(note.id.clone())))
                    }
                }),
            })
            .collect()
    }

    fn checked(&self, place: &Place, chain: Chain, note: &Note, report: Report) -> Result<Done, AuditError> {
        let mut brief = Brief {
            ordinal: place.ordinal,
            id: note.id.clone(),
            input: place.input.to_string(),
            month: note.meta.date.as_deref().and_then(month),
            author_role: note.meta.author_role.clone(),
            bytes: note.text.len() as u64,
            page: false,
            result: Ok(Checked {
                outcome: stratum(report.outcome),
                score: report.score,
                verdicts: report
                    .elements
                    .iter()
                    .map(|e| VERDICTS.iter().position(|v| *v == e.verdict).unwrap_or(VERDICTS.len() - 1))
                    .collect(),
                family: report.summary.code_family.clone(),
                suggested: report.coding.suggested.clone(),
                m53_86: report.coding.m53_86.clone(),
            }),
        };
        let candidate = self.candidate(place, note, &report)?;
        let page = self.page(note, &report, &brief);
        brief.page = page.is_some();
        let rows = of_report(place, note, report, self.text);
        Ok(Done { candidate, page, ..self.done(place, chain, rows, brief, None)? })
    }

    fn failed(&self, place: &Place, chain: Chain, error: &IntakeError) -> Result<Done, AuditError> {
        let brief = Brief {
            ordinal: place.ordinal,
            id: error.id_or_place(),
            input: place.input.to_string(),
            month: None,
            author_role: None,
            bytes: 0,
            page: false,
            result: Err(Failed { code: error.reason.code(), message: error.to_string() }),
        };
        self.done(place, chain, of_error(place, error), brief, Some(error.to_string()))
    }

    fn done(
        &self,
        place: &Place,
        chain: Chain,
        rows: Rows,
        brief: Brief,
        error: Option<String>,
    ) -> Result<Done, AuditError> {
        Ok(Done {
            ordinal: place.ordinal,
            chain,
            jsonl: if self.jsonl { lines::jsonl(&rows) } else { Lines::default() },
            csv: if self.csv { lines::csv(&rows)? } else { Lines::default() },
            rows: if self.rows { rows } else { Rows::default() },
            brief,
            candidate: None,
            page: None,
            error,
        })
    }

    /// The page of the note, unless enough notes are worse already.
    fn page(&self, note: &Note, report: &Report, brief: &Brief) -> Option<String> {
        let bound = self.pages.as_ref()?.load(Ordering::Relaxed);
        let rank = brief.result.as_ref().ok()?.rank()?;
        if rank < bound { pages::render(self.engine, note, report) } else { None }
    }

    /// The note as a candidate of the sample, unless its key is too large already.
    fn candidate(
        &self,
        place: &Place,
        note: &Note,
        report: &Report,
    ) -> Result<Option<Candidate>, AuditError> {
        let Some(bounds) = &self.bounds else { return Ok(None) };
        let stratum = stratum(report.outcome);
        let key = sample::key(self.seed, &note.id);
        if bounds[stratum].load(Ordering::Relaxed) < key {
            return Ok(None);
        }
        let bare;
        let report = if self.text && self.mentions {
            report
        } else {
            // Few notes come here: the report of a sampled note has its mentions, whatever the tables have.
            let whole = match self.mentions {
                true => report.clone(),
                false => self.engine.check(note, CheckOptions { mentions: true }),
            };
            bare = if self.text { whole } else { without_text(whole) };
            &bare
        };
        let text = self.text.then_some(note.text.as_str());
        let sampled = Sampled { ordinal: place.ordinal, id: &note.id, input: &place.input, report, text };
        let line = serde_json::to_string(&sampled)?;
        Ok(Some(Candidate { key, ordinal: place.ordinal, stratum, line }))
    }
}

/// A line of the sample, but for stratum and weight.
#[derive(Serialize)]
struct Sampled<'a> {
    ordinal: u64,
    id: &'a str,
    input: &'a str,
    report: &'a Report,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
}

fn stratum(outcome: NoteOutcome) -> usize {
    OUTCOMES.iter().position(|o| *o == outcome).unwrap_or(OUTCOMES.len() - 1)
}
