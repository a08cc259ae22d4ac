//! `chartgap assert`: the assertion of given spans, in the form that assertion corpora are scored in.

use super::args::AssertArgs;
use super::{Status, batch, report};
use chartgap::assertion::{self, Assertion, DecidedBy, Experiencer, Presence, Temporality};
use chartgap::intake::{IntakeError, JsonLines, Options, Reason};
use chartgap::render::json::{self, ErrorBody};
use chartgap::span::{CodePoints, Span};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::io::{self, BufWriter, Write};

/// Reads spans and writes their assertions, a line each, in the same order.
pub(super) fn run(args: &AssertArgs) -> anyhow::Result<Status> {
    super::threads(args.threads.number)?;
    let engine = super::engine_with(&args.engine, &args.model)?;
    let queries = JsonLines::<Query>::open(&args.file, &Options::default())?;
    let file = args.file.to_string_lossy().into_owned();
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let mut failed = 0u64;
    let sink = |line: Result<String, IntakeError>| -> anyhow::Result<()> {
        let line = match line {
            Ok(line) => line,
            Err(error) => {
                failed += 1;
                json::line(&Failure { id: error.id.clone().map(Value::String), error: (&error).into() })?
            }
        };
        writeln!(out, "{line}")?;
        Ok(())
    };
    let size = |query: &Result<(u64, Query), IntakeError>| query.as_ref().map_or(0, |(_, q)| q.text.len());
    let work = |query: Result<(u64, Query), IntakeError>| {
        let (line, query) = query?;
        let id = query.id.as_ref().map(|id| id.as_str().map_or_else(|| id.to_string(), str::to_owned));
        let error = |reason| IntakeError::new(&file, reason).at_line(line).of_note(id);
        let span = match query.span() {
            Some(span) => span,
            None => return Err(error(Reason::BadSpan)),
        };
        match engine.try_assert_span(&query.text, span) {
            Ok(assertion) => json::line(&answer(&query, &assertion)).map_err(|e| error(Reason::from(&e))),
            Err(_) => Err(error(Reason::Internal)),
        }
    };
    batch::run(queries, size, work, sink)?;
    out.flush()?;
    if failed > 0 {
        report(&format!("{failed} lines could not be read"));
        return Ok(Status::Failed);
    }
    Ok(Status::Clean)
}

fn answer<'a>(query: &'a Query, assertion: &Assertion) -> Answer<'a> {
    Answer {
        id: query.id.as_ref(),
        assertion: assertion.status(),
        presence: assertion.presence,
        temporality: assertion.temporality,
        experiencer: assertion.experiencer,
        cue: assertion.cue.map(|cue| cue.of(&query.text)),
        decided_by: assertion.decided_by,
    }
}

/// One line of the input. Other keys are ignored.
#[derive(Deserialize)]
struct Query {
    id: Option<Value>,
    text: String,
    start: u32,
    end: u32,
}

impl Query {
    /// The span in bytes; `None` where it is empty or does not lie in the text.
    fn span(&self) -> Option<Span> {
        let points = CodePoints::new(&self.text);
        if self.start >= self.end || points.at(self.text.len() as u32) < self.end {
            return None;
        }
        let span = Span::new(points.byte(self.start) as usize, points.byte(self.end) as usize);
        self.text.get(span.range()).map(|_| span)
    }
}

#[derive(Serialize)]
struct Answer<'a> {
    id: Option<&'a Value>,
    assertion: assertion::Status,
    presence: Presence,
    temporality: Temporality,
    experiencer: Experiencer,
    cue: Option<&'a str>,
    decided_by: DecidedBy,
}

#[derive(Serialize)]
struct Failure {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Value>,
    error: ErrorBody,
}
