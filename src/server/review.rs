//! Reviews over HTTP: the sampled notes of one audit, decisions about their verdicts, agreement.
//!
//! What a reviewer may see of others is settled by `review::Store`. The name of a reviewer is what the client says: whoever
//! may use the service may use any name.

use super::api::{Answer, Media, Operation, Parameter, ops};
use super::check::{audited, parsed, read_body};
use super::guard::Caller;
use super::problem::Problem;
use super::state::AppState;
use crate::report::v1::{NoteOutcome, Report, Verdict};
use crate::review::{
    Agreement, Decision, Given, Refusal, ReviewError, Sample, Store, agreement, field, values,
};
use axum::body::Body;
use axum::extract::rejection::{PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path as FilePath;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

/// The audit that is reviewed.
pub(super) struct Desk {
    name: String,
    sample: Sample,
    store: Mutex<Store>,
}

impl Desk {
    pub(super) fn open(directory: &FilePath) -> Result<Self, ReviewError> {
        let sample = Sample::read(directory)?;
        let store = Mutex::new(Store::open(directory, &sample)?);
        let name = directory.file_name().unwrap_or(directory.as_os_str()).to_string_lossy().into_owned();
        Ok(Self { name, sample, store })
    }

    fn store(&self) -> MutexGuard<'_, Store> {
        // SQLite has rolled back what a thread that died had begun.
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The sample and how far reviewers are.
#[derive(Serialize, JsonSchema)]
struct Overview {
    /// Name of the audit's directory.
    audit: String,
    /// The sampled notes, in the order of the audit.
    notes: Vec<Row>,
    /// The elements to decide on, in the order of the checklist.
    elements: Vec<ElementRow>,
    /// How many elements each reviewer has decided on, by note.
    progress: BTreeMap<String, BTreeMap<u64, usize>>,
}

#[derive(Serialize, JsonSchema)]
struct Row {
    /// Its number, which decisions name it by.
    note: u64,
    /// Its id.
    id: String,
    /// The outcome that it was drawn for.
    stratum: String,
    /// Its outcome.
    outcome: NoteOutcome,
    /// Its score.
    score: u8,
}

#[derive(Serialize, JsonSchema)]
struct ElementRow {
    /// Its id.
    id: String,
    /// Its title.
    title: String,
    /// The field of the summary that it rests on.
    field: Option<&'static str>,
    /// The values that the field can have; none where it is open.
    values: &'static [&'static str],
}

/// A note to review.
#[derive(Serialize, JsonSchema)]
struct NoteView<'a> {
    /// Its number.
    note: u64,
    /// Its id.
    id: &'a str,
    /// The outcome that it was drawn for.
    stratum: &'a str,
    /// How many notes of the audit it stands for.
    weight: f64,
    /// Its text.
    text: &'a str,
    /// What chartgap says about it.
    report: &'a Report,
    /// The reviewer's decisions, and those of others when the own are complete.
    decisions: Vec<Said>,
}

/// A decision as it was recorded.
#[derive(Serialize, JsonSchema)]
struct Said {
    /// `ordinal` of the note.
    note: u64,
    /// Id of the element.
    element: String,
    /// Who says so.
    reviewer: String,
    /// `agree` or `disagree`.
    decision: &'static str,
    /// The verdict that would be right.
    corrected: Option<Verdict>,
    /// What the note says about the element.
    value: Option<String>,
    /// Anything else.
    comment: Option<String>,
    /// The verdict that it is about.
    verdict: Verdict,
    /// When, RFC 3339.
    at: String,
}

impl From<Decision> for Said {
    fn from(decision: Decision) -> Self {
        let Decision { given, verdict, at } = decision;
        let Given { note, element, reviewer, decision, corrected, value, comment } = given;
        let decision = decision.name();
        Self { note, element, reviewer, decision, corrected, value, comment, verdict, at }
    }
}

#[derive(Deserialize)]
struct Reviewer {
    reviewer: String,
}

/// How the operations stand in the OpenAPI document.
pub(super) fn operations() -> Vec<Operation> {
    let no_review =
        || Answer::problem(StatusCode::NOT_FOUND, "The service reviews no audit, or there is no such note");
    let plain = |path, id, summary, answer, handler| Operation {
        method: "get",
        path,
        id,
        summary,
        description: "Asks for a service that was started with `--review`.",
        parameters: Vec::new(),
        body: Vec::new(),
        answers: [vec![answer, no_review()], ops::busy_problems()].concat(),
        handler,
    };
    let json = |doc, media| Answer::with(200, doc, vec![media]);
    vec![
        plain(
            "/v1/review",
            "review",
            "The sampled notes of the audit under review",
            json("The sample", Media::of::<Overview>("application/json")),
            get(overview),
        ),
        Operation {
            parameters: vec![
                Parameter::path("note", "Number of the note"),
                Parameter { required: true, ..Parameter::text("reviewer", "Name of the reviewer") },
            ],
            answers: [
                vec![
                    json("The note", Media::of::<NoteView<'_>>("application/json")),
                    Answer::problem(
                        StatusCode::BAD_REQUEST,
                        "The reviewer is not named, or the note is no number",
                    ),
                    no_review(),
                ],
                ops::busy_problems(),
            ]
            .concat(),
            ..plain(
                "/v1/review/notes/{note}",
                "reviewNote",
                "A note to review",
                json("The note", Media::of::<NoteView<'_>>("application/json")),
                get(note),
            )
        },
        Operation {
            method: "post",
            body: vec![Media::of::<Given>("application/json")],
            answers: [
                vec![Answer::with(
                    201,
                    "The decision as recorded",
                    vec![Media::of::<Said>("application/json")],
                )],
                ops::body_problems(),
                vec![no_review()],
                ops::busy_problems(),
            ]
            .concat(),
            ..plain(
                "/v1/review/decisions",
                "decide",
                "Record a decision",
                json("", Media::of::<Said>("application/json")),
                post(decide),
            )
        },
        plain(
            "/v1/review/agreement",
            "agreement",
            "How far reviewers agree with chartgap and with each other",
            json("The agreement", Media::of::<Agreement>("application/json")),
            get(agreed),
        ),
    ]
}

fn desk(state: &AppState) -> Result<&Desk, Problem> {
    state.review.as_ref().ok_or_else(|| {
        Problem::new(StatusCode::NOT_FOUND, "no-review", "the service was started without --review DIR")
    })
}

fn refused(error: &ReviewError) -> Problem {
    match error {
        ReviewError::Refused(refusal @ Refusal::Note(_)) => {
            Problem::new(StatusCode::NOT_FOUND, "no-such-note", refusal.to_string())
        }
        ReviewError::Refused(refusal) => {
            Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "refused", refusal.to_string())
        }
        _ => {
            let detail = "the store of the review cannot be read or written";
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "review-store", detail)
        }
    }
}

async fn overview(State(state): State<Arc<AppState>>) -> Result<Response, Problem> {
    let job = state.clone();
    let make = move || {
        let desk = desk(&job)?;
        let progress = desk.store().progress().map_err(|e| refused(&e))?;
        let notes = desk.sample.notes.iter().map(|n| Row {
            note: n.ordinal,
            id: n.id.clone(),
            stratum: n.stratum.clone(),
            outcome: n.report.outcome,
            score: n.report.score,
        });
        let elements = desk.sample.notes.first().map_or(&[][..], |n| &n.report.elements).iter();
        let elements = elements.map(|e| ElementRow {
            id: e.id.clone(),
            title: e.title.clone(),
            field: field(&e.id),
            values: values(&e.id),
        });
        let (notes, elements) = (notes.collect(), elements.collect());
        Ok(Json(Overview { audit: desk.name.clone(), notes, elements, progress }).into_response())
    };
    state.pool.run(make).await?
}

async fn note(
    State(state): State<Arc<AppState>>,
    Extension(caller): Extension<Caller>,
    number: Result<Path<u64>, PathRejection>,
    reviewer: Result<Query<Reviewer>, QueryRejection>,
) -> Result<Response, Problem> {
    let bad = |code, detail| Problem::new(StatusCode::BAD_REQUEST, code, detail);
    let Ok(Path(number)) = number else { return Err(bad("invalid-path", "a note has a number here")) };
    let Ok(Query(Reviewer { reviewer })) = reviewer else {
        return Err(bad("invalid-query", "the reviewer is named: ?reviewer=…"));
    };
    let job = state.clone();
    let make = move || {
        let desk = desk(&job)?;
        let note = desk.sample.get(number).ok_or_else(|| refused(&Refusal::Note(number).into()))?;
        let seen = desk.store().visible(&desk.sample, number, &reviewer).map_err(|e| refused(&e))?;
        audited(&job, &caller, "review", &note.id, "read")?;
        Ok(Json(NoteView {
            note: number,
            id: &note.id,
            stratum: &note.stratum,
            weight: note.weight,
            text: &note.text,
            report: &note.report,
            decisions: seen.into_iter().map(Said::from).collect(),
        })
        .into_response())
    };
    state.pool.run(make).await?
}

async fn decide(
    State(state): State<Arc<AppState>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    desk(&state)?;
    let bytes = read_body(&state, &headers, body).await?;
    let job = state.clone();
    let make = move || {
        let desk = desk(&job)?;
        let given: Given = parsed(&bytes)?;
        let id = desk.sample.get(given.note).map(|n| n.id.clone()).unwrap_or_default();
        let now = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
        let said = desk.store().record(&desk.sample, given, &now).map_err(|e| refused(&e))?;
        audited(&job, &caller, "review", &id, "decided")?;
        Ok((StatusCode::CREATED, Json(Said::from(said))).into_response())
    };
    state.pool.run(make).await?
}

async fn agreed(State(state): State<Arc<AppState>>) -> Result<Response, Problem> {
    let job = state.clone();
    let make = move || {
        let desk = desk(&job)?;
        let decisions = desk.store().decisions().map_err(|e| refused(&e))?;
        Ok(Json(agreement(&desk.sample, &decisions)).into_response())
    };
    state.pool.run(make).await?
}
