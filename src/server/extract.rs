//! `POST /v1/extract`: the text of a note in any format of the intake, for clients that edit or show it.

use super::api::{Answer, Media, Operation, ops};
use super::check::{audited, content, note_of, read_body};
use super::guard::Caller;
use super::problem::Problem;
use super::state::AppState;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::{Extension, Json};
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// A note as it was read.
#[derive(Serialize, JsonSchema)]
struct Extracted {
    /// Its id; `note` where it brings none.
    id: String,
    /// Its text, as a check reads it.
    text: String,
    /// Its date, ISO 8601.
    date: Option<String>,
    /// ICD-10-CM codes billed with it.
    codes: Vec<String>,
    /// CPT codes ordered or billed with it.
    procedures: Vec<String>,
}

/// How the operation stands in the OpenAPI document.
pub(super) fn operation() -> Operation {
    let raw = |media| Media::text(media, "A note in this format");
    Operation {
        method: "post",
        path: "/v1/extract",
        id: "extract",
        summary: "Read the text of one note",
        description: "Reads a note in any format that chartgap reads, as a check would, and answers with its text. The body \
                      must hold exactly one note.",
        parameters: Vec::new(),
        body: vec![
            raw("application/octet-stream"),
            raw("text/plain"),
            raw("text/html"),
            raw("application/rtf"),
            raw("application/fhir+json"),
            raw("application/xml"),
            raw("application/hl7-v2"),
        ],
        answers: [
            vec![Answer::with(200, "The note", vec![Media::of::<Extracted>("application/json")])],
            ops::body_problems(),
            ops::busy_problems(),
        ]
        .concat(),
        handler: axum::routing::post(extract),
    }
}

async fn extract(
    State(state): State<Arc<AppState>>,
    Extension(caller): Extension<Caller>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<Extracted>, Problem> {
    let kind = content(&headers)?;
    let bytes = read_body(&state, &headers, body).await?;
    let job = state.clone();
    let read = move || {
        let (note, _) = note_of(&job, &kind, &bytes).inspect_err(|_| job.metrics.unreadable())?;
        audited(&job, &caller, "extract", &note.id, "read")?;
        let meta = note.meta;
        Ok::<_, Problem>(Extracted {
            id: note.id,
            text: note.text,
            date: meta.date,
            codes: meta.codes,
            procedures: meta.procedures,
        })
    };
    Ok(Json(state.pool.run(read).await??))
}
