//! `/v1/sessions` and `/v1/live`: notes that are being written, by requests or over a WebSocket.

use super::api::{Answer, Media, Operation, Parameter, ops};
use super::check::{audited, parsed, read_body};
use super::guard::Caller;
use super::problem::Problem;
use super::state::AppState;
use crate::check::Engine;
use crate::report::v1::Report;
use crate::session::{self, Change, Edits, Live, Name, Opening, StoreError};
use axum::body::Body;
use axum::extract::rejection::PathRejection;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{delete, get, post};
use axum::{Extension, Json};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Instant;
use tokio::sync::OwnedSemaphorePermit;

/// The WebSocket subprotocol. A browser can send its token as another one: see `guard`.
pub(super) const PROTOCOL: &str = "chartgap.live.1";

/// The route of the WebSocket.
pub(super) const LIVE: &str = "/v1/live";

/// A session that was opened.
#[derive(Serialize, JsonSchema)]
struct Opened {
    /// Its name; who knows it can use the session.
    session: String,
    /// All that is said of the note, as a change from nothing.
    change: Change,
}

/// A note as it is.
#[derive(Serialize, JsonSchema)]
struct Current {
    /// The revision.
    revision: u64,
    /// The report, with its mentions.
    report: Report,
}

/// A message of the client; `type` says which.
#[derive(JsonSchema, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
#[allow(dead_code, reason = "describes what `session::Live` reads")]
enum LiveMessage {
    /// Opens the session, or another one in its place.
    Open(Opening),
    /// Edits the note.
    Edit(Edits),
    /// Asks for the report.
    Report,
}

/// How the operations stand in the OpenAPI document.
pub(super) fn operations() -> Vec<Operation> {
    let json = "application/json";
    let name = || vec![Parameter::path("session", "The name of the session")];
    let none = || Answer::problem(StatusCode::NOT_FOUND, "There is no such session, or none any more");
    let many = || Answer::problem(StatusCode::TOO_MANY_REQUESTS, "As many sessions are open as may be");
    vec![
        Operation {
            method: "post",
            path: "/v1/sessions",
            id: "openSession",
            summary: "Open a session on a note that is being written",
            description: "The session takes edits and says what each one changed. It ends when it is closed or was not used \
                          for a while, and is kept in memory alone.",
            parameters: Vec::new(),
            body: vec![Media::of::<Opening>(json)],
            answers: [
                vec![Answer::with(201, "The session is open", vec![Media::of::<Opened>(json)]), many()],
                ops::body_problems(),
                ops::busy_problems(),
            ]
            .concat(),
            handler: post(open),
        },
        Operation {
            method: "post",
            path: "/v1/sessions/{session}/edits",
            id: "editSession",
            summary: "Edit the note of a session",
            description: "The edits are made one after the other, each on what the one before it left. Either all are made \
                          or none is. What was made on another revision is refused.",
            parameters: name(),
            body: vec![Media::of::<Edits>(json)],
            answers: [
                vec![
                    Answer::with(200, "What the edits changed", vec![Media::of::<Change>(json)]),
                    none(),
                    Answer::problem(StatusCode::CONFLICT, "The edits were made on another revision"),
                ],
                ops::body_problems(),
                ops::busy_problems(),
            ]
            .concat(),
            handler: post(edit),
        },
        Operation {
            method: "get",
            path: "/v1/sessions/{session}",
            id: "getSession",
            summary: "The report of the note of a session",
            description: "It is what a check of the text would say, with its mentions.",
            parameters: name(),
            body: Vec::new(),
            answers: [
                vec![Answer::with(200, "Revision and report", vec![Media::of::<Current>(json)]), none()],
                ops::busy_problems(),
            ]
            .concat(),
            handler: get(current),
        },
        Operation {
            method: "delete",
            path: "/v1/sessions/{session}",
            id: "closeSession",
            summary: "End a session",
            description: "Nothing is left of its note.",
            parameters: name(),
            body: Vec::new(),
            answers: vec![Answer::with(204, "The session has ended", Vec::new()), none()],
            handler: delete(close),
        },
        Operation {
            method: "get",
            path: LIVE,
            id: "live",
            summary: "A session over a WebSocket",
            description: "Messages are JSON texts: the client sends `LiveMessage`, the service answers each by one \
                          `LiveAnswer`, in order. A browser shows its token as a subprotocol, `chartgap.token.` and the \
                          token in base64url without padding, beside `chartgap.live.1`.",
            parameters: Vec::new(),
            body: Vec::new(),
            answers: vec![
                Answer::with(
                    101,
                    "The WebSocket is open",
                    vec![
                        Media {
                            doc: "A message of the client",
                            ..Media::of::<LiveMessage>("application/json; direction=in")
                        },
                        Media {
                            doc: "An answer",
                            ..Media::of::<session::Answer>("application/json; direction=out")
                        },
                    ],
                ),
                Answer::problem(StatusCode::BAD_REQUEST, "The request asks for no WebSocket"),
                many(),
            ],
            handler: get(live),
        },
    ]
}

async fn open(
    State(state): State<Arc<AppState>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let opening: Opening = from_body(&state, &headers, body).await?;
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|_| Problem::internal())?;
    let name = Name::new(random);
    let job = state.clone();
    let opened = move || {
        let id = opening.id().to_owned();
        let change = job.sessions.open(name, opening, Instant::now()).map_err(problem)?;
        if let Err(problem) = begun(&job, &caller, &id, &change) {
            let _ = job.sessions.close(name, Instant::now());
            return Err(problem);
        }
        Ok(Opened { session: name.to_string(), change })
    };
    let opened = state.pool.run(opened).await??;
    let place = HeaderValue::from_str(&format!("/v1/sessions/{name}")).map_err(|_| Problem::internal())?;
    Ok((StatusCode::CREATED, [(header::LOCATION, place)], Json(opened)).into_response())
}

/// Counts a note that a session was opened on and writes it into the audit log.
fn begun(state: &AppState, caller: &Caller, id: &str, change: &Change) -> Result<(), Problem> {
    state.metrics.outcome(change.outcome.new);
    audited(state, caller, "session", id, change.outcome.new.name())
}

async fn edit(
    State(state): State<Arc<AppState>>,
    name: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Change>, Problem> {
    let name = named(&state, name)?;
    let edits: Edits = from_body(&state, &headers, body).await?;
    let job = state.clone();
    let edited = move || job.sessions.edit(name, &edits, Instant::now()).map_err(problem);
    Ok(Json(state.pool.run(edited).await??))
}

async fn current(
    State(state): State<Arc<AppState>>,
    name: Result<Path<String>, PathRejection>,
) -> Result<Json<Current>, Problem> {
    let name = named(&state, name)?;
    let job = state.clone();
    let read = move || job.sessions.report(name, Instant::now()).map_err(problem);
    let (revision, report) = state.pool.run(read).await??;
    Ok(Json(Current { revision, report }))
}

async fn close(
    State(state): State<Arc<AppState>>,
    name: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Problem> {
    let name = named(&state, name)?;
    state.sessions.close(name, Instant::now()).map_err(problem)?;
    Ok(StatusCode::NO_CONTENT)
}

/// The session of a path. What is no name is answered as a name that nothing has.
fn named(state: &AppState, name: Result<Path<String>, PathRejection>) -> Result<Name, Problem> {
    let name = name.ok().and_then(|Path(name)| name.parse().ok());
    name.ok_or_else(|| problem(StoreError::Unknown { idle: state.sessions.limits().idle }))
}

async fn from_body<T: for<'de> Deserialize<'de>>(
    state: &AppState,
    headers: &HeaderMap,
    body: Body,
) -> Result<T, Problem> {
    let media = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let media = media.split(';').next().unwrap_or_default().trim();
    if !media.eq_ignore_ascii_case("application/json") {
        let detail = "sessions are opened and edited by application/json";
        return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported-type", detail));
    }
    parsed(&read_body(state, headers, body).await?)
}

fn problem(error: StoreError) -> Problem {
    let status = match error.code() {
        "no-such-session" => StatusCode::NOT_FOUND,
        "too-many-sessions" => StatusCode::TOO_MANY_REQUESTS,
        "stale-revision" => StatusCode::CONFLICT,
        "too-large" => StatusCode::PAYLOAD_TOO_LARGE,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    Problem::new(status, error.code(), error.to_string())
}

async fn live(
    State(state): State<Arc<AppState>>,
    Extension(caller): Extension<Caller>,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let Ok(upgrade) = upgrade else {
        let detail = "this route is asked for a WebSocket";
        return Err(Problem::new(StatusCode::BAD_REQUEST, "no-websocket", detail));
    };
    let limit = state.config.limits.sessions;
    let place = state.live.clone().try_acquire_owned();
    let place = place.map_err(|_| problem(StoreError::Full { limit }))?;
    let longest = Live::<Arc<Engine>>::longest(state.sessions.limits().session);
    let upgrade = upgrade.protocols([PROTOCOL]).max_message_size(longest).max_frame_size(longest);
    Ok(upgrade.on_upgrade(move |socket| talk(state, caller, socket, place)))
}

/// Answers the messages of a client, one after the other, until it goes, falls silent, or the service stops.
async fn talk(state: Arc<AppState>, caller: Caller, mut socket: WebSocket, _place: OwnedSemaphorePermit) {
    let idle = state.sessions.limits().idle;
    let mut live = Live::new(state.engine.clone(), state.sessions.limits().session);
    let (code, reason) = loop {
        let received = tokio::select! {
            received = tokio::time::timeout(idle, socket.recv()) => received,
            () = state.stopped() => break (close_code::AWAY, "the service stops"),
        };
        let text = match received {
            Ok(Some(Ok(Message::Text(text)))) => text,
            Ok(Some(Ok(Message::Ping(_) | Message::Pong(_)))) => continue,
            Ok(Some(Ok(Message::Binary(_)))) => break (close_code::UNSUPPORTED, "messages are texts"),
            // gone, or sending what is no message or too long a one, which closes the connection
            Ok(Some(Ok(Message::Close(_)) | Err(_)) | None) => return,
            Err(_) => break (close_code::NORMAL, "nothing came for too long"),
        };
        let job = state.clone();
        let caller = caller.clone();
        let answered = state.pool.run_patiently(move || {
            let answer = answer(&job, &caller, &mut live, &text);
            (live, answer)
        });
        let text = match answered.await {
            Ok((same, Some(text))) => {
                live = same;
                text
            }
            _ => break (close_code::ERROR, "a defect"),
        };
        // A client that does not read its answers holds no place for long.
        let sent =
            tokio::time::timeout(state.config.limits.answer_time, socket.send(Message::Text(text.into())));
        if !matches!(sent.await, Ok(Ok(()))) {
            return;
        }
    };
    let frame = CloseFrame { code, reason: reason.into() };
    let _ =
        tokio::time::timeout(state.config.limits.answer_time, socket.send(Message::Close(Some(frame)))).await;
}

/// The answer to a message; `None` where it cannot be given.
fn answer(state: &AppState, caller: &Caller, live: &mut Live<Arc<Engine>>, message: &str) -> Option<String> {
    let answer = live.answer(message);
    if let (session::Answer::Change(change), Some(id)) = (&answer, live.id())
        && change.score.old.is_none()
    {
        begun(state, caller, id, change).ok()?;
    }
    serde_json::to_string(&answer).ok()
}
