//! `POST /v1/check`: one note, as JSON or in any format of the intake, to its report.

use super::api::{Answer, Media, Operation, Parameter, ops};
use super::audit_log::Event;
use super::guard::Caller;
use super::problem::Problem;
use super::state::AppState;
use crate::check::CheckOptions;
use crate::intake::{Form, IntakeError, Options, Reason, admit, read_first};
use crate::note::Note;
use crate::render::guide::Guide;
use crate::render::{fhir, html, json};
use crate::report::v1::Report;
use axum::Extension;
use axum::body::{Body, BodyDataStream, Bytes};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use encoding_rs::Encoding;
use futures_util::StreamExt;
use schemars::JsonSchema;
use serde::Deserialize;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::sync::OwnedSemaphorePermit;

/// What a note is called that brings no id.
const ID: &str = "note";
/// Most bytes of an id, a date or a code, and most codes of a note.
const WORD: usize = 512;
const CODES: usize = 256;

/// One note and what is asked about it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckRequest {
    /// The text of the note.
    #[schemars(length(min = 1))]
    pub(super) text: String,
    /// Its id; `note` unless given.
    #[serde(default)]
    #[schemars(length(max = 512))]
    id: Option<String>,
    /// Its date, ISO 8601.
    #[serde(default)]
    #[schemars(length(max = 512))]
    date: Option<String>,
    /// ICD-10-CM codes billed with it.
    #[serde(default)]
    #[schemars(length(max = 256), inner(length(max = 512)))]
    codes: Vec<String>,
    /// CPT codes ordered or billed with it.
    #[serde(default)]
    #[schemars(length(max = 256), inner(length(max = 512)))]
    procedures: Vec<String>,
    /// Whether the report lists all mentions.
    #[serde(default)]
    mentions: bool,
}

/// What the address may ask for; of a note in another format than JSON also what JSON says in its fields.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct CheckQuery {
    format: Wanted,
    mentions: Option<bool>,
    id: Option<String>,
    /// Separated by commas.
    codes: Option<String>,
    procedures: Option<String>,
}

/// The form of the answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Wanted {
    #[default]
    Json,
    Html,
    Fhir,
}

/// How the operation stands in the OpenAPI document.
pub(super) fn operation() -> Operation {
    let raw = |media| Media::text(media, "A note in this format");
    Operation {
        method: "post",
        path: "/v1/check",
        id: "check",
        summary: "Check one note",
        description: "Checks a note against the documentation checklist of M53.86. The body is JSON, or the note in any \
                      format that chartgap reads; a body in another format must hold exactly one note.",
        parameters: vec![
            Parameter::choice("format", "Form of the answer", &["json", "html", "fhir"]),
            Parameter::flag("mentions", "Whether the report lists all mentions"),
            Parameter::text("id", "Id of the note"),
            Parameter::text("codes", "ICD-10-CM codes billed with the note, separated by commas"),
            Parameter::text("procedures", "CPT codes ordered with the note, separated by commas"),
        ],
        body: vec![
            Media::of::<CheckRequest>("application/json"),
            raw("text/plain"),
            raw("text/html"),
            raw("application/rtf"),
            raw("application/fhir+json"),
            raw("application/xml"),
            raw("application/hl7-v2"),
            raw("application/octet-stream"),
        ],
        answers: [
            vec![Answer::with(
                200,
                "The report",
                vec![
                    Media::of::<Report>("application/json"),
                    Media::text("text/html", "A page of the note"),
                    Media::object("application/fhir+json", "A bundle"),
                ],
            )],
            ops::body_problems(),
            ops::busy_problems(),
        ]
        .concat(),
        handler: axum::routing::post(check),
    }
}

async fn check(
    State(state): State<Arc<AppState>>,
    Extension(caller): Extension<Caller>,
    query: Result<Query<CheckQuery>, QueryRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let Ok(Query(query)) = query else {
        return Err(Problem::invalid_query());
    };
    let kind = content(&headers)?;
    let body = read_body(&state, &headers, body).await?;
    let (job, bytes) = (state.clone(), body.len());
    let asked = Asked { caller, query, kind, body };
    state.pool.run_together(&state.checks, asked, bytes, move |group| answers(&job, group)).await?
}

/// A request for a check, as it waits for a thread.
pub(super) struct Asked {
    caller: Caller,
    query: CheckQuery,
    kind: Content,
    body: Whole,
}

/// Reads some notes, checks them together, counts, logs and renders each; on a thread of the pool.
fn answers(state: &AppState, group: &[Asked]) -> Vec<Result<Response, Problem>> {
    // A panic costs the request that it met.
    fn alone<T>(work: impl FnOnce() -> Result<T, Problem>) -> Result<T, Problem> {
        catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(Problem::internal()))
    }
    let read: Vec<Result<(Note, bool), Problem>> =
        group.iter().map(|asked| alone(|| read(state, asked))).collect();
    // The reports of a group have the mentions where one of them is to have them, and lose them where they are not asked for.
    let mentions = read.iter().flatten().any(|(_, mentions)| *mentions);
    let notes: Vec<&Note> = read.iter().flatten().map(|(note, _)| note).collect();
    let mut reports = state.engine.check_each(&notes, CheckOptions { mentions }).into_iter();
    let answer = |(asked, read): (&Asked, Result<(Note, bool), Problem>)| {
        let (note, mentions) = read?;
        let mut report = reports.next().flatten().ok_or_else(|| uncheckable(state, asked, &note))?;
        report.mentions = report.mentions.take().filter(|_| mentions);
        alone(|| {
            state.metrics.checked(&report);
            audited(state, &asked.caller, "check", &note.id, report.outcome.name())?;
            rendered(state, &note, &report, asked.query.format)
        })
    };
    group.iter().zip(read).map(answer).collect()
}

/// The problem of a note on which the classifier failed, or that met a defect.
fn uncheckable(state: &AppState, asked: &Asked, note: &Note) -> Problem {
    let problem = Problem::internal();
    match audited(state, &asked.caller, "check", &note.id, problem.code) {
        Ok(()) => problem,
        Err(worse) => worse,
    }
}

/// The note of a request, and whether its mentions are asked for.
fn read(state: &AppState, asked: &Asked) -> Result<(Note, bool), Problem> {
    let query = &asked.query;
    let read = note_of(state, &asked.kind, &asked.body)
        .and_then(|(note, mentions)| Ok((with(note, query)?, query.mentions.unwrap_or(mentions))));
    if let Err(problem) = &read {
        state.metrics.unreadable();
        audited(state, &asked.caller, "check", query.id.as_deref().unwrap_or(ID), problem.code)?;
    }
    read
}

/// The note with what the address says of it.
fn with(mut note: Note, query: &CheckQuery) -> Result<Note, Problem> {
    if let Some(id) = &query.id {
        note.id = word(id)?;
    }
    note.meta.codes.extend(list(query.codes.as_deref())?);
    note.meta.procedures.extend(list(query.procedures.as_deref())?);
    Ok(note)
}

/// Writes into the audit log, where there is one. What it cannot write down is not answered.
pub(super) fn audited(
    state: &AppState,
    caller: &Caller,
    action: &str,
    id: &str,
    result: &str,
) -> Result<(), Problem> {
    let (Some(log), Some(key)) = (&state.audit, &state.config.key) else { return Ok(()) };
    let event = Event {
        who: caller.who.clone(),
        request: caller.request.clone(),
        action: action.to_owned(),
        note: key.hash(id),
        result: result.to_owned(),
    };
    log.append(event, &state.provenance).map_err(|_| {
        Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "audit-log", "the audit log cannot be written")
    })
}

fn rendered(state: &AppState, note: &Note, report: &Report, wanted: Wanted) -> Result<Response, Problem> {
    let typed = |media: &'static str, text: String| {
        ([(header::CONTENT_TYPE, HeaderValue::from_static(media))], text).into_response()
    };
    let made = |text: serde_json::Result<String>| text.map_err(|_| Problem::internal());
    Ok(match wanted {
        Wanted::Json => typed("application/json", made(json::line(report))?),
        Wanted::Fhir => {
            let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
            typed("application/fhir+json", made(json::line(&fhir::bundle(report, &now)))?)
        }
        Wanted::Html => {
            let page = html::page(report, note, Guide::from(state.engine.as_ref()));
            let mut response = typed("text/html; charset=utf-8", page);
            // The page brings a stricter policy of its own, with the digest of its style sheet.
            let policy = HeaderValue::from_static("frame-ancestors 'none'");
            response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
            response
        }
    })
}

/// The note of a body, and whether the body asks for its mentions.
pub(super) fn note_of(state: &AppState, kind: &Content, bytes: &[u8]) -> Result<(Note, bool), Problem> {
    match kind {
        Content::Json => from_json(state, bytes),
        Content::Note { form, charset } => from_format(state, *form, *charset, bytes),
    }
}

/// What a body is.
pub(super) enum Content {
    Json,
    Note { form: Form, charset: Option<&'static Encoding> },
}

pub(super) fn content(headers: &HeaderMap) -> Result<Content, Problem> {
    let unsupported = |detail| Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-type", detail);
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return Err(unsupported("a Content-Type is asked for"));
    };
    let value = value.to_str().unwrap_or_default().to_ascii_lowercase();
    let mut parts = value.split(';').map(str::trim);
    let media = parts.next().unwrap_or_default();
    let charset = parts.find_map(|p| p.strip_prefix("charset=")).map(|c| c.trim_matches('"').to_owned());
    let charset = match charset {
        Some(label) => Some(
            Encoding::for_label_no_replacement(label.as_bytes())
                .ok_or_else(|| unsupported("the charset is not known"))?,
        ),
        None => None,
    };
    let form = match media {
        "application/json" => return Ok(Content::Json),
        "text/plain" => Form::Text,
        "text/html" | "application/xhtml+xml" => Form::Html,
        "application/rtf" | "text/rtf" => Form::Rtf,
        "application/fhir+json" => Form::Fhir,
        "application/xml" | "text/xml" | "application/cda+xml" => Form::Ccda,
        "application/hl7-v2" | "x-application/hl7-v2+er7" => Form::Hl7,
        "application/octet-stream" => Form::Auto,
        _ => return Err(unsupported("notes are read as JSON, text, HTML, RTF, FHIR, C-CDA or HL7 v2")),
    };
    Ok(Content::Note { form, charset })
}

/// Refuses a body that was packed on its way.
pub(super) fn not_packed(headers: &HeaderMap) -> Result<(), Problem> {
    let identity = |v: &HeaderValue| v.as_bytes().eq_ignore_ascii_case(b"identity");
    if headers.get_all(header::CONTENT_ENCODING).iter().all(identity) {
        return Ok(());
    }
    let detail = "a body is sent without Content-Encoding";
    Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-encoding", detail))
}

/// A body, and its place in memory.
pub(super) struct Whole {
    pub(super) bytes: Vec<u8>,
    _place: Option<OwnedSemaphorePermit>,
}

impl Deref for Whole {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

/// The whole body within its limits of size and time.
pub(super) async fn read_body(state: &AppState, headers: &HeaderMap, body: Body) -> Result<Whole, Problem> {
    let limit = state.config.limits.body_bytes;
    let large = || {
        let detail = format!("a body has at most {limit} bytes");
        Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body-too-large", detail)
    };
    not_packed(headers)?;
    let length = headers.get(header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<usize>().ok());
    let mut stream = body.into_data_stream();
    if length.is_some_and(|length| length > limit) {
        // A client that asks first has sent nothing yet.
        if !headers.contains_key(header::EXPECT) {
            take_some(&mut stream).await;
        }
        return Err(large());
    }
    let whole = async {
        let mut bytes = Vec::with_capacity(length.unwrap_or(0).min(1 << 16));
        let mut place: Option<OwnedSemaphorePermit> = None;
        while let Some(chunk) = stream.next().await {
            let chunk: Bytes = chunk.map_err(|_| cut_off())?;
            if bytes.len() + chunk.len() > limit {
                take_some(&mut stream).await;
                return Err(large());
            }
            let more = state.room(chunk.len())?;
            match &mut place {
                Some(place) => place.merge(more),
                None => place = Some(more),
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(Whole { bytes, _place: place })
    };
    tokio::time::timeout(state.config.limits.body_time, whole).await.map_err(|_| slow())?
}

/// Takes in some of a body that is refused: a client whose sending breaks off does not read why.
async fn take_some(stream: &mut BodyDataStream) {
    const BYTES: usize = 4 << 20;
    const TIME: Duration = Duration::from_secs(1);
    let some = async {
        let mut taken = 0;
        while taken < BYTES {
            let Some(Ok(chunk)) = stream.next().await else { break };
            taken += chunk.len();
        }
    };
    // However far it came.
    let _ = tokio::time::timeout(TIME, some).await;
}

pub(super) fn slow() -> Problem {
    Problem::new(StatusCode::REQUEST_TIMEOUT, "body-too-slow", "the body did not come in time")
}

pub(super) fn cut_off() -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "body-cut-off", "the body ended before it was whole")
}

fn from_json(state: &AppState, bytes: &[u8]) -> Result<(Note, bool), Problem> {
    let request: CheckRequest = parsed(bytes)?;
    let mut note = Note::new(request.id.as_deref().map_or(Ok(ID.to_owned()), word)?, request.text);
    note.meta.date = request.date.as_deref().map(word).transpose()?;
    note.meta.codes = words(request.codes)?;
    note.meta.procedures = words(request.procedures)?;
    admit(&note.text, state.config.limits.note_bytes).map_err(|reason| unread(&reason, None))?;
    Ok((note, request.mentions))
}

/// JSON of a form. What serde says of it quotes it, so only the place is told.
pub(super) fn parsed<T: for<'de> Deserialize<'de>>(bytes: &[u8]) -> Result<T, Problem> {
    // Fields in the order of their declaration would do for serde.
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        let detail = "a request is a JSON object";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-request", detail));
    }
    serde_json::from_slice(bytes).map_err(|e| {
        let place = format!("line {}, column {}", e.line(), e.column());
        match e.classify() {
            serde_json::error::Category::Data => Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "invalid-request",
                format!("a field is missing, unknown or of the wrong type ({place})"),
            ),
            _ => Problem::new(StatusCode::BAD_REQUEST, "invalid-json", format!("no JSON ({place})")),
        }
    })
}

fn from_format(
    state: &AppState,
    form: Form,
    charset: Option<&'static Encoding>,
    bytes: &[u8],
) -> Result<(Note, bool), Problem> {
    let decoded;
    let bytes = match charset {
        Some(charset) if matches!(form, Form::Text | Form::Html) && charset != encoding_rs::UTF_8 => {
            // The mark makes it stand against what a document says of itself.
            decoded = "\u{feff}".to_owned() + &charset.decode(bytes).0;
            decoded.as_bytes()
        }
        _ => bytes,
    };
    let options = Options { form, ..state.intake() };
    // A second one is enough to refuse both.
    let mut entries = read_first(ID, bytes, &options, 2).into_iter();
    match (entries.next(), entries.next()) {
        (Some(Ok(note)), None) => Ok((note, false)),
        (Some(Err(IntakeError { reason, line, .. })), None) => Err(unread(&reason, line)),
        (None, _) => Err(unread(&Reason::NoNotes, None)),
        (Some(_), Some(_)) => Err(Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "several-notes",
            "the body holds more than one note; /v1/batch takes many",
        )),
    }
}

/// Why a note could not be read, for clients.
pub(super) fn unread(reason: &Reason, line: Option<u64>) -> Problem {
    let status = match reason {
        Reason::TooLarge { .. } | Reason::DocumentTooLarge { .. } | Reason::OverRatio { .. } => {
            StatusCode::PAYLOAD_TOO_LARGE
        }
        Reason::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    let detail = match reason {
        // Columns are named in it.
        Reason::NoColumn { .. } => "a table without the column of the notes".to_owned(),
        // The ratio of the command is none of the service's.
        Reason::OverRatio { .. } => "more comes out of the body than a body may have".to_owned(),
        other => other.to_string(),
    };
    Problem { line, ..Problem::new(status, reason.code(), detail) }
}

fn word(word: &str) -> Result<String, Problem> {
    if word.len() > WORD {
        let detail = format!("an id, a date or a code has at most {WORD} bytes");
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-request", detail));
    }
    Ok(word.to_owned())
}

fn words(given: Vec<String>) -> Result<Vec<String>, Problem> {
    if given.len() > CODES {
        let detail = format!("a note has at most {CODES} codes of a kind");
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid-request", detail));
    }
    given.iter().map(|w| word(w)).collect()
}

fn list(given: Option<&str>) -> Result<Vec<String>, Problem> {
    let each = given.unwrap_or_default().split(',').map(str::trim).filter(|code| !code.is_empty());
    words(each.map(str::to_owned).collect())
}
