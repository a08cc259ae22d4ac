//! What the service says of itself: explanations, version, health, metrics.

use super::api::{Answer, Media, Operation, Parameter, ops};
use super::problem::Problem;
use super::state::AppState;
use crate::report::v1::{Provenance, SCHEMA};
use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// An explanation.
#[derive(Serialize, JsonSchema)]
struct Explained {
    /// The topic's title.
    title: String,
    /// Headings with their text.
    body: Vec<Passage>,
    /// Sources with their verification mark.
    sources: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
struct Passage {
    /// The heading.
    heading: String,
    /// The text.
    text: String,
}

/// What answers.
#[derive(Serialize, JsonSchema)]
struct Version {
    /// The form of reports.
    report: String,
    /// What makes them.
    provenance: Provenance,
}

/// Whether the service does its work.
#[derive(Serialize, JsonSchema)]
struct Health {
    /// `ok`.
    status: &'static str,
}

/// How the operations stand in the OpenAPI document.
pub(super) fn operations() -> Vec<Operation> {
    let plain = |path, id, summary, description, answers, handler| Operation {
        method: "get",
        path,
        id,
        summary,
        description,
        parameters: Vec::new(),
        body: Vec::new(),
        answers,
        handler,
    };
    let healthy = |doc| Answer::with(200, doc, vec![Media::of::<Health>("application/json")]);
    vec![
        Operation {
            parameters: vec![Parameter::path(
                "id",
                "An element, an ICD-10-CM code, a condition or a question",
            )],
            ..plain(
                "/v1/explain/{id}",
                "explain",
                "Explain an element, a code, a condition",
                "What it is, why it matters, how to document it, and the sources.",
                vec![
                    Answer::with(200, "The explanation", vec![Media::of::<Explained>("application/json")]),
                    Answer::problem(StatusCode::BAD_REQUEST, "The topic is no text"),
                    Answer::problem(StatusCode::NOT_FOUND, "Nothing is known about it"),
                ],
                get(explain),
            )
        },
        plain(
            "/v1/version",
            "version",
            "What makes the reports",
            "Version, digests of lexicon, checklist and model, code set.",
            vec![Answer::with(200, "The version", vec![Media::of::<Version>("application/json")])],
            get(version),
        ),
        plain(
            "/health",
            "health",
            "Whether the service is up",
            "Asks for no token.",
            vec![healthy("It is up")],
            get(async || Json(Health { status: "ok" })),
        ),
        plain(
            "/ready",
            "ready",
            "Whether the service takes on another check",
            "Asks for no token. Not ready while it stops, and while as many requests wait as may.",
            [vec![healthy("It does")], ops::busy_problems()].concat(),
            get(ready),
        ),
        plain(
            "/metrics",
            "metrics",
            "Metrics for Prometheus",
            "Counts and times by route and code. Nothing of a note.",
            vec![Answer::with(
                200,
                "The metrics",
                vec![Media::text("application/openmetrics-text", "OpenMetrics text")],
            )],
            get(metrics),
        ),
    ]
}

async fn explain(
    State(state): State<Arc<AppState>>,
    topic: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let Ok(Path(topic)) = topic else {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "invalid-path", "the topic is no text"));
    };
    let Some(found) = state.engine.explain(&topic) else {
        let detail = "nothing is known about it; `chartgap explain` lists what there is";
        return Err(Problem::new(StatusCode::NOT_FOUND, "unknown-topic", detail));
    };
    let body = found.body.into_iter().map(|(heading, text)| Passage { heading, text }).collect();
    Ok(Json(Explained { title: found.title, body, sources: found.sources }).into_response())
}

async fn version(State(state): State<Arc<AppState>>) -> Response {
    let provenance = state.engine.provenance().clone();
    Json(Version { report: SCHEMA.to_owned(), provenance }).into_response()
}

async fn ready(State(state): State<Arc<AppState>>) -> Result<Response, Problem> {
    match state.is_ready() {
        true => Ok(Json(Health { status: "ok" }).into_response()),
        false => Err(Problem::busy()),
    }
}

async fn metrics(State(state): State<Arc<AppState>>) -> Response {
    let kind = HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], state.metrics.text()).into_response()
}
