//! The routes of CDS Hooks and of the FHIR operation.

use super::{Cds, CdsError, Config, ConfigError, Hook, Prepared, operation};
use crate::intake::Limits;
use crate::render::json as render;
use crate::report::v1::Report;
use crate::server::api::{Answer, Media, Operation, Parameter, ops};
use crate::server::check::{audited, read_body};
use crate::server::guard::Caller;
use crate::server::problem::{Code, Problem};
use crate::server::state::AppState;
use axum::Extension;
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::path::Path as FilePath;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::sync::Semaphore;

const SERVICES: &str = "/cds-services";
/// Requests that read from FHIR servers at the same time; each may take seconds, and holds a thread.
const READS: usize = 32;
/// Resources of one call of the operation.
const PARTS: usize = 10_000;
const FHIR: &str = "application/fhir+json";

/// The service with what its transport needs.
pub(in crate::server) struct Desk {
    cds: Cds,
    reads: Semaphore,
}

impl Desk {
    /// As a file configures it; with nothing but notes in prefetched documents where there is none.
    pub(in crate::server) fn open(file: Option<&FilePath>) -> Result<Self, ConfigError> {
        let config = file.map(Config::read).transpose()?.unwrap_or_default();
        Ok(Self { cds: Cds::new(config), reads: Semaphore::new(READS) })
    }

    /// Whether a route is one whose clients show who they are by tokens that they sign themselves.
    pub(in crate::server) fn knows_clients_of(&self, route: &str) -> bool {
        self.cds.knows_clients() && route.starts_with(SERVICES)
    }
}

/// How the routes stand in the OpenAPI document.
pub(in crate::server) fn operations() -> Vec<Operation> {
    let json = |doc| vec![Media::object("application/json", doc)];
    let service = || Parameter::path("id", "The id of a service, as `GET /cds-services` lists it");
    let failed = |status, doc| Answer::problem(status, doc);
    let refused = || {
        vec![
            failed(StatusCode::BAD_REQUEST, "The body is no JSON, or a field is missing or wrong"),
            failed(StatusCode::UNAUTHORIZED, "The client's token is missing or wrong"),
            failed(StatusCode::NOT_FOUND, "There is no such service"),
            failed(StatusCode::REQUEST_TIMEOUT, "The body did not come in time"),
            failed(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large"),
            failed(StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body is not declared as JSON"),
        ]
    };
    vec![
        Operation {
            method: "get",
            path: SERVICES,
            id: "cdsDiscovery",
            summary: "List the services of CDS Hooks",
            description: "Discovery of CDS Hooks 2.0.",
            parameters: Vec::new(),
            body: Vec::new(),
            answers: vec![Answer::with(200, "The services", json("Services of CDS Hooks 2.0"))],
            handler: axum::routing::get(discovery),
        },
        Operation {
            method: "post",
            path: "/cds-services/{id}",
            id: "cdsCall",
            summary: "Call a service of CDS Hooks",
            description: "Cards about what the documentation lacks for the order or the encounter; none where there is \
                          nothing to say.",
            parameters: vec![service()],
            body: json("A request of CDS Hooks 2.0"),
            answers: [
                vec![
                    Answer::with(200, "The cards", json("A response of CDS Hooks 2.0")),
                    failed(
                        StatusCode::PRECONDITION_FAILED,
                        "The notes were neither prefetched nor can they be read",
                    ),
                ],
                refused(),
                ops::busy_problems(),
            ]
            .concat(),
            handler: axum::routing::post(call),
        },
        Operation {
            method: "post",
            path: "/cds-services/{id}/feedback",
            id: "cdsFeedback",
            summary: "Tell what users did with cards",
            description: "Feedback of CDS Hooks 2.0, kept in a file that only grows, where one is configured.",
            parameters: vec![service()],
            body: json("Feedback of CDS Hooks 2.0"),
            answers: [vec![Answer::with(200, "Stored", Vec::new())], refused(), ops::busy_problems()]
                .concat(),
            handler: axum::routing::post(feedback),
        },
        Operation {
            method: "post",
            path: "/fhir/$chartgap-check",
            id: "fhirCheck",
            summary: "Check notes in FHIR resources",
            description: "Notes as a DocumentReference, Composition, DiagnosticReport, a Bundle of them, or Parameters with \
                          `resource`, `text`, `procedure` and `code`. The answer is a Bundle of DetectedIssue, \
                          GuidanceResponse, Device and Provenance.",
            parameters: Vec::new(),
            body: vec![
                Media::object("application/fhir+json", "Resources with notes"),
                Media::object("application/json", "Resources with notes"),
            ],
            answers: vec![
                Answer::with(200, "What was found", vec![Media::object("application/fhir+json", "A Bundle")]),
                outcome(400, "The body is no JSON, or a parameter is wrong"),
                failed(StatusCode::REQUEST_TIMEOUT, "The body did not come in time"),
                failed(StatusCode::PAYLOAD_TOO_LARGE, "The body is too large"),
                failed(StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body is not declared as JSON"),
                outcome(422, "The body holds no note that can be read"),
                failed(StatusCode::INTERNAL_SERVER_ERROR, "A defect, or an audit log that cannot be written"),
                failed(StatusCode::SERVICE_UNAVAILABLE, "Too many requests wait already"),
            ],
            handler: axum::routing::post(fhir_check),
        },
    ]
}

fn outcome(status: u16, doc: &'static str) -> Answer {
    Answer::with(status, doc, vec![Media::object("application/fhir+json", "An OperationOutcome")])
}

impl From<CdsError> for Problem {
    fn from(error: CdsError) -> Self {
        let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        // None of these errors holds anything of the request.
        Problem::new(status, error.code(), error.to_string())
    }
}

async fn discovery(State(state): State<Arc<AppState>>) -> Response {
    json(StatusCode::OK, "application/json", &state.cds.cds.discovery())
}

async fn call(
    State(state): State<Arc<AppState>>,
    Extension(caller): Extension<Caller>,
    service: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    told(called(state, caller, &named(service), &headers, body).await)
}

/// The service of a path. What is no text is answered as a name that nothing has.
fn named(service: Result<Path<String>, PathRejection>) -> String {
    service.map(|Path(service)| service).unwrap_or_default()
}

async fn called(
    state: Arc<AppState>,
    caller: Caller,
    service: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let (hook, caller) = admitted(&state, caller, service, "", headers)?;
    let body = read_body(&state, headers, body).await?;
    let job = state.clone();
    if !state.cds.cds.reads_servers() {
        return state
            .pool
            .run(move || answer(&job, &caller, job.cds.cds.prepare(hook, &body.bytes)?))
            .await?;
    }
    // Reading may wait for a server, and must not hold up the threads that check.
    let place = state.cds.reads.try_acquire().map_err(|_| Problem::busy())?;
    let reading = state.clone();
    let read = tokio::task::spawn_blocking(move || reading.cds.cds.prepare(hook, &body.bytes)).await;
    drop(place);
    let prepared = read.map_err(|_| Problem::internal())??;
    state.pool.run(move || answer(&job, &caller, prepared)).await?
}

/// Checks, counts and logs; on a thread of the pool.
fn answer(state: &AppState, caller: &Caller, prepared: Prepared) -> Result<Response, Problem> {
    let hook = prepared.hook();
    let (response, reports) = state.cds.cds.answer(&state.engine, prepared)?;
    counted(state, caller, hook.name(), &reports)?;
    Ok(json(StatusCode::OK, "application/json", &response))
}

async fn feedback(
    State(state): State<Arc<AppState>>,
    Extension(caller): Extension<Caller>,
    service: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Body,
) -> Response {
    told(fed_back(state, caller, &named(service), &headers, body).await)
}

async fn fed_back(
    state: Arc<AppState>,
    caller: Caller,
    service: &str,
    headers: &HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let (hook, caller) = admitted(&state, caller, service, "/feedback", headers)?;
    let body = read_body(&state, headers, body).await?;
    let received = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    let job = state.clone();
    // Waits for the disk.
    let stored =
        tokio::task::spawn_blocking(move || job.cds.cds.feedback(hook, &body.bytes, &caller.who, &received));
    stored.await.map_err(|_| Problem::internal())??;
    Ok(StatusCode::OK.into_response())
}

async fn fhir_check(
    State(state): State<Arc<AppState>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    is_json(&headers)?;
    let body = read_body(&state, &headers, body).await?;
    let recorded = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
    let job = state.clone();
    state
        .pool
        .run(move || {
            let limits =
                Limits { note_bytes: job.config.limits.note_bytes, parts: PARTS, ..Limits::default() };
            match operation::check(&job.engine, &body.bytes, &limits, &recorded) {
                Ok((bundle, reports)) => {
                    counted(&job, &caller, "fhir-check", &reports)?;
                    Ok(json(StatusCode::OK, FHIR, &bundle))
                }
                Err(error) => {
                    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::BAD_REQUEST);
                    let mut response = json(status, FHIR, &error.outcome());
                    response.extensions_mut().insert(Code(error.code()));
                    Ok(response)
                }
            }
        })
        .await?
}

/// Which hook is called, and by whom: the client that the token names, where clients are known.
fn admitted(
    state: &AppState,
    mut caller: Caller,
    service: &str,
    below: &str,
    headers: &HeaderMap,
) -> Result<(Hook, Caller), Problem> {
    let cds = &state.cds.cds;
    // Before the service is looked up: a stranger learns nothing, not even what there is.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |d| d.as_secs());
    let token = headers.get(header::AUTHORIZATION).and_then(|v| v.to_str().ok());
    let client = cds.caller(token, &format!("{SERVICES}/{service}{below}"), now).map_err(CdsError::from)?;
    if let Some(client) = client {
        caller.who = client.to_owned();
    }
    let hook = cds.hook(service)?;
    is_json(headers)?;
    Ok((hook, caller))
}

fn is_json(headers: &HeaderMap) -> Result<(), Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let media = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match media.as_str() {
        "application/json" | FHIR => Ok(()),
        _ => Err(Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported-type",
            "the body must be declared as application/json",
        )),
    }
}

/// Counts what was checked, and writes it into the audit log.
fn counted(state: &AppState, caller: &Caller, action: &str, reports: &[Report]) -> Result<(), Problem> {
    for report in reports {
        state.metrics.checked(report);
        audited(state, caller, action, &report.id, report.outcome.name())?;
    }
    Ok(())
}

fn told(answered: Result<Response, Problem>) -> Response {
    let mut response = answered.unwrap_or_else(IntoResponse::into_response);
    if response.status() == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    response
}

fn json(status: StatusCode, media: &'static str, body: &impl Serialize) -> Response {
    match render::line(body) {
        Ok(text) => (status, [(header::CONTENT_TYPE, HeaderValue::from_static(media))], text).into_response(),
        Err(_) => Problem::internal().into_response(),
    }
}
