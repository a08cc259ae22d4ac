//! `POST /v1/batch`: notes as a stream of JSON lines in, reports as a stream of JSON lines out.
//!
//! Lines are worked on in groups as they come in, and the next group is read when the answer to the one before has been
//! taken: a client that reads slowly is sent slowly, and memory holds a group or two whatever the length of the stream.

use super::api::{Answer, Media, Operation, Parameter, ops};
use super::check;
use super::guard::{CLIENT_GONE, Caller};
use super::problem::Problem;
use super::state::AppState;
use crate::check::CheckOptions;
use crate::intake::{Form, IntakeError, Options, Reason, read_line};
use crate::note::Note;
use crate::render::json::{self, Entry, ErrorEntry};
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt, stream};
use serde::Deserialize;
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// What errors call the input.
const NAME: &str = "batch";
/// Notes of a group: what a classifier gains by working on notes together is reached with few.
const GROUP: usize = 16;
/// Bytes of a group, but for its last line.
const GROUP_BYTES: usize = 1 << 20;

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct BatchQuery {
    mentions: bool,
}

/// How the operation stands in the OpenAPI document.
pub(super) fn operation() -> Operation {
    let lines = "application/x-ndjson";
    let mut answers = vec![Answer::with(
        200,
        "A line for each note, in order: its report, or an error entry",
        vec![Media::of::<Entry>(lines)],
    )];
    answers.extend(ops::body_problems());
    answers.extend(ops::busy_problems());
    Operation {
        method: "post",
        path: "/v1/batch",
        id: "batch",
        summary: "Check a stream of notes",
        description: "A JSON object a line, {\"id\", \"text\", \"date\", \"codes\", \"procedures\"}; a line of the answer for each of \
                      them, in order, while they come in. A line that cannot be read is answered by an error entry.",
        parameters: vec![Parameter::flag("mentions", "Whether reports list all mentions")],
        body: vec![Media::text(lines, "A note a line")],
        answers,
        handler: axum::routing::post(batch),
    }
}

async fn batch(
    State(state): State<Arc<AppState>>,
    Extension(caller): Extension<Caller>,
    query: Result<Query<BatchQuery>, QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let Ok(Query(query)) = query else {
        return Err(Problem::invalid_query());
    };
    let kind = headers.get(header::CONTENT_TYPE).map_or(&b""[..], HeaderValue::as_bytes).to_ascii_lowercase();
    let known = [
        &b"application/x-ndjson"[..],
        b"application/jsonl",
        b"application/ndjson",
        b"application/json-lines",
    ];
    if !known.iter().any(|media| kind.split(|b| *b == b';').next().map(<[u8]>::trim_ascii) == Some(media)) {
        let detail = "a batch is application/x-ndjson";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-type", detail));
    }
    check::not_packed(&headers)?;
    let place = state.batch()?;
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        let last = match pump(&state, &caller, &query, body, &sender).await {
            Ok(()) => Part::End,
            Err(code) => {
                state.metrics.broken(code);
                Part::Broken(code)
            }
        };
        let _ = sender.send(last).await;
        drop(place);
    });
    let lines = HeaderValue::from_static("application/x-ndjson");
    Ok(([(header::CONTENT_TYPE, lines)], Body::from_stream(parts(receiver))).into_response())
}

/// A piece of the answer.
enum Part {
    Lines(Bytes),
    /// All has been answered.
    End,
    /// Nothing more comes, for this reason.
    Broken(&'static str),
}

/// The answer as it is sent. One that does not come to its end breaks off: the client must not take it for a whole one.
fn parts(receiver: mpsc::Receiver<Part>) -> impl Stream<Item = io::Result<Bytes>> {
    stream::unfold(Some(receiver), |receiver| async {
        let mut receiver = receiver?;
        match receiver.recv().await {
            Some(Part::Lines(lines)) => Some((Ok(lines), Some(receiver))),
            Some(Part::End) => None,
            Some(Part::Broken(code)) => Some((Err(io::Error::other(code)), None)),
            None => Some((Err(io::Error::other(Problem::internal().code)), None)),
        }
    })
}

/// From the body to the answer, group by group. Ends early, with the reason, where that cannot go on.
async fn pump(
    state: &Arc<AppState>,
    caller: &Caller,
    query: &BatchQuery,
    body: Body,
    sender: &mpsc::Sender<Part>,
) -> Result<(), &'static str> {
    let options = Options { form: Form::Jsonl, ..state.intake() };
    // JSON can spell one byte in six.
    let longest = options.max_note_bytes.saturating_mul(6).saturating_add(64 * 1024);
    let mut lines = Lines::new(longest.min(state.config.limits.body_bytes));
    let time = state.config.limits.body_time;
    let mut stream = body.into_data_stream();
    let mut open = true;
    while open || !lines.is_empty() {
        // A whole group is worked on at once; a part of one as soon as nothing else is there yet.
        while open && !lines.has_group() {
            // A line that has begun has to end in the time of a body, however often a byte of it comes.
            let until = lines.since.unwrap_or_else(Instant::now) + time;
            match tokio::time::timeout_at(until, stream.next()).await {
                Ok(Some(Ok(chunk))) => lines.push(&chunk),
                Ok(None) => {
                    lines.end();
                    open = false;
                }
                Ok(Some(Err(_))) => return Err(check::cut_off().code),
                Err(_) => return Err(check::slow().code),
            }
            if !lines.is_empty() && lines.waiting() {
                break;
            }
        }
        let group = lines.take();
        if group.is_empty() {
            continue;
        }
        let (job, who, options) = (state.clone(), caller.clone(), options.clone());
        let mentions = query.mentions;
        let done = state.pool.run_patiently(move || answers(&job, &who, mentions, group, &options)).await;
        let text = done.and_then(|answered| answered).map_err(|problem| problem.code)?;
        sender.send(Part::Lines(text.into())).await.map_err(|_| CLIENT_GONE)?;
        // What the work and the client's reading took is not the time of the next line.
        lines.resume();
    }
    Ok(())
}

/// The lines of the answer for those of a group, each with its number.
fn answers(
    state: &AppState,
    caller: &Caller,
    mentions: bool,
    group: Vec<Numbered>,
    options: &Options,
) -> Result<String, Problem> {
    let mut notes: Vec<Note> = Vec::with_capacity(group.len());
    let mut heads: Vec<Option<IntakeError>> = Vec::with_capacity(group.len());
    for (number, line) in group {
        let too_long = |limit| Err(IntakeError::new(NAME, Reason::LineTooLong { limit }).at_line(number));
        match line.map_or_else(too_long, |line| read_line(NAME, number, &line, options)) {
            Ok(note) => {
                notes.push(note);
                heads.push(None);
            }
            Err(error) => heads.push(Some(error)),
        }
    }
    let mut reports = state.engine.check_each(&notes, CheckOptions { mentions }).into_iter();
    let mut done = notes.iter();
    let mut out = String::new();
    for head in heads {
        let (id, result, entry) = match head {
            Some(error) => failed(state, &error),
            None => {
                let (Some(note), Some(report)) = (done.next(), reports.next()) else { continue };
                match report {
                    Some(report) => {
                        state.metrics.checked(&report);
                        (note.id.clone(), report.outcome.name(), Entry::Report(report))
                    }
                    None => {
                        let error = IntakeError::new(NAME, Reason::Internal).of_note(Some(note.id.clone()));
                        failed(state, &error)
                    }
                }
            }
        };
        check::audited(state, caller, "batch", &id, result)?;
        out += &json::line(&entry).map_err(|_| Problem::internal())?;
        out.push('\n');
    }
    Ok(out)
}

fn failed(state: &AppState, error: &IntakeError) -> (String, &'static str, Entry) {
    state.metrics.unreadable();
    (error.id_or_place(), error.reason.code(), Entry::Error(ErrorEntry::from(error)))
}

/// A line with its number; of one that is too long, the bytes that it may have.
type Numbered = (u64, Result<Vec<u8>, u64>);

/// Cuts what comes in into numbered lines, and keeps no more of a line than it may have.
struct Lines {
    limit: usize,
    part: Vec<u8>,
    /// When the line began that is not whole yet.
    since: Option<Instant>,
    ready: VecDeque<Numbered>,
    bytes: usize,
    number: u64,
}

impl Lines {
    fn new(limit: usize) -> Self {
        Self { limit, part: Vec::new(), since: None, ready: VecDeque::new(), bytes: 0, number: 0 }
    }

    fn push(&mut self, mut chunk: &[u8]) {
        while let Some(at) = memchr::memchr(b'\n', chunk) {
            self.grow(&chunk[..at]);
            self.end();
            chunk = &chunk[at + 1..];
        }
        self.grow(chunk);
    }

    fn grow(&mut self, bytes: &[u8]) {
        let room = (self.limit + 1).saturating_sub(self.part.len());
        self.part.extend_from_slice(&bytes[..bytes.len().min(room)]);
        if !self.part.is_empty() {
            self.since.get_or_insert_with(Instant::now);
        }
    }

    /// Ends a line; blank ones count and are passed over.
    fn end(&mut self) {
        self.number += 1;
        self.since = None;
        let line = std::mem::take(&mut self.part);
        if line.len() > self.limit {
            self.ready.push_back((self.number, Err(self.limit as u64)));
        } else if !line.iter().all(u8::is_ascii_whitespace) {
            self.bytes += line.len();
            self.ready.push_back((self.number, Ok(line)));
        }
    }

    fn is_empty(&self) -> bool {
        self.ready.is_empty()
    }

    fn has_group(&self) -> bool {
        self.ready.len() >= GROUP || self.bytes >= GROUP_BYTES
    }

    fn resume(&mut self) {
        self.since = self.since.map(|_| Instant::now());
    }

    /// No line is half there: the client waits for the answer to what it has sent.
    fn waiting(&self) -> bool {
        self.part.is_empty()
    }

    fn take(&mut self) -> Vec<Numbered> {
        let mut group = Vec::new();
        let mut bytes = 0;
        while group.len() < GROUP && bytes < GROUP_BYTES {
            let Some(line) = self.ready.pop_front() else { break };
            bytes += line.1.as_ref().map_or(0, Vec::len);
            group.push(line);
        }
        self.bytes -= bytes;
        group
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(limit: usize, chunks: &[&str]) -> Vec<(u64, Result<String, u64>)> {
        let mut lines = Lines::new(limit);
        for chunk in chunks {
            lines.push(chunk.as_bytes());
        }
        lines.end();
        let mut out = Vec::new();
        while !lines.is_empty() {
            let taken = lines.take().into_iter();
            out.extend(taken.map(|(n, line)| (n, line.map(|l| String::from_utf8(l).unwrap()))));
        }
        assert_eq!(lines.bytes, 0);
        out
    }

    #[test]
    fn lines_are_the_same_however_they_are_cut_into_chunks() {
        let text = "a\n\nbcd\n \n0123456789\ne";
        let expected =
            [(1, Ok("a".to_owned())), (3, Ok("bcd".to_owned())), (5, Err(5)), (6, Ok("e".to_owned()))];
        for size in 1..=text.len() {
            let chunks: Vec<&str> =
                text.as_bytes().chunks(size).map(|c| std::str::from_utf8(c).unwrap()).collect();
            assert_eq!(cut(5, &chunks), expected, "{size}");
        }
    }

    #[test]
    fn a_group_has_few_lines_and_few_bytes() {
        let mut lines = Lines::new(usize::MAX - 1);
        lines.push("x\n".repeat(GROUP + 3).as_bytes());
        assert!(lines.has_group());
        assert_eq!((lines.take().len(), lines.take().len()), (GROUP, 3));
        let long = "x".repeat(GROUP_BYTES) + "\n";
        lines.push(long.repeat(2).as_bytes());
        assert_eq!((lines.take().len(), lines.take().len()), (1, 1));
    }

    #[test]
    fn a_line_is_timed_from_its_first_byte() {
        let mut lines = Lines::new(100);
        assert!(lines.since.is_none());
        lines.push(b"a");
        let since = lines.since;
        lines.push(b"b");
        assert!(since.is_some() && lines.since == since && !lines.waiting());
        lines.push(b"c\n");
        assert!(lines.since.is_none() && lines.waiting());
        lines.push(b"d\ne");
        assert!(lines.since >= since && lines.since.is_some());
    }
}
