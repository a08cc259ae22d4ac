//! Everything that can be asked: one list that makes the router and the OpenAPI document.

use super::problem::Problem;
use super::state::AppState;
use super::{batch, cds, check, extract, guard, info, openapi, page, session};
use axum::Router;
use axum::http::StatusCode;
use axum::middleware;
use axum::routing::MethodRouter;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Value, json};
use std::sync::Arc;

/// One thing that can be asked.
pub(super) struct Operation {
    /// The method, in lower case.
    pub(super) method: &'static str,
    /// The path, with its parameters in braces.
    pub(super) path: &'static str,
    /// A name for generated clients.
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    pub(super) description: &'static str,
    pub(super) parameters: Vec<Parameter>,
    /// The forms that a body may have; none where there is no body.
    pub(super) body: Vec<Media>,
    pub(super) answers: Vec<Answer>,
    pub(super) handler: MethodRouter<Arc<AppState>>,
}

/// A parameter of the path or the query.
#[derive(Clone)]
pub(super) struct Parameter {
    pub(super) name: &'static str,
    pub(super) of_path: bool,
    pub(super) required: bool,
    pub(super) doc: &'static str,
    pub(super) schema: Value,
}

/// A body in one form.
#[derive(Clone)]
pub(super) struct Media {
    /// The type, `application/json`.
    pub(super) media: &'static str,
    pub(super) schema: fn(&mut SchemaGenerator) -> Schema,
    pub(super) doc: &'static str,
}

/// An answer.
#[derive(Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) doc: &'static str,
    pub(super) media: Vec<Media>,
}

impl Parameter {
    pub(super) fn text(name: &'static str, doc: &'static str) -> Self {
        Self {
            name,
            of_path: false,
            required: false,
            doc,
            schema: json!({"type": "string", "maxLength": 512}),
        }
    }

    pub(super) fn flag(name: &'static str, doc: &'static str) -> Self {
        Self { name, of_path: false, required: false, doc, schema: json!({"type": "boolean"}) }
    }

    pub(super) fn choice(name: &'static str, doc: &'static str, values: &[&str]) -> Self {
        Self { name, of_path: false, required: false, doc, schema: json!({"type": "string", "enum": values}) }
    }

    pub(super) fn path(name: &'static str, doc: &'static str) -> Self {
        Self { name, of_path: true, required: true, doc, schema: json!({"type": "string", "minLength": 1}) }
    }
}

impl Media {
    /// JSON of that type.
    pub(super) fn of<T: JsonSchema>(media: &'static str) -> Self {
        Self { media, schema: SchemaGenerator::subschema_for::<T>, doc: "" }
    }

    pub(super) fn text(media: &'static str, doc: &'static str) -> Self {
        Self { media, schema: |_| schemars::json_schema!({"type": "string"}), doc }
    }

    pub(super) fn object(media: &'static str, doc: &'static str) -> Self {
        Self { media, schema: |_| schemars::json_schema!({"type": "object"}), doc }
    }
}

impl Answer {
    pub(super) fn with(status: u16, doc: &'static str, media: Vec<Media>) -> Self {
        Self { status, doc, media }
    }

    /// An error.
    pub(super) fn problem(status: StatusCode, doc: &'static str) -> Self {
        let media = vec![Media::of::<Problem>("application/problem+json")];
        Self { status: status.as_u16(), doc, media }
    }
}

/// Errors that many operations share.
pub(super) mod ops {
    use super::{Answer, StatusCode};

    /// Of reading a body.
    pub(in crate::server) fn body_problems() -> Vec<Answer> {
        vec![
            Answer::problem(
                StatusCode::BAD_REQUEST,
                "The query or the body is malformed, or the body is cut off",
            ),
            Answer::problem(StatusCode::REQUEST_TIMEOUT, "The body did not come in time"),
            Answer::problem(StatusCode::PAYLOAD_TOO_LARGE, "The body or the note is too large"),
            Answer::problem(StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body is in no form that is read here"),
            Answer::problem(StatusCode::UNPROCESSABLE_ENTITY, "The body holds no note that can be read"),
        ]
    }

    /// Of doing the work.
    pub(in crate::server) fn busy_problems() -> Vec<Answer> {
        vec![
            Answer::problem(
                StatusCode::INTERNAL_SERVER_ERROR,
                "A defect, or an audit log that cannot be written",
            ),
            Answer::problem(
                StatusCode::SERVICE_UNAVAILABLE,
                "Too many requests wait already; `Retry-After` says how long",
            ),
        ]
    }
}

/// All that can be asked.
pub(super) fn operations() -> Vec<Operation> {
    let mut all = vec![check::operation(), batch::operation(), extract::operation()];
    all.extend(cds::operations());
    all.extend(session::operations());
    all.extend(info::operations());
    #[cfg(feature = "audit")]
    all.extend(super::review::operations());
    all
}

/// The routes of the service, behind the guard.
pub fn router(state: Arc<AppState>) -> Router {
    let document = Arc::new(openapi::document_of(&operations()));
    let mut router: Router<Arc<AppState>> = Router::new();
    for operation in operations() {
        router = router.route(operation.path, operation.handler);
    }
    router = router.merge(openapi::router(&document)).merge(page::router());
    let router = router
        .fallback(|| async { Problem::new(StatusCode::NOT_FOUND, "no-such-route", "there is nothing here") })
        .method_not_allowed_fallback(|| async {
            let detail = "the route is not asked in this way";
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "method-not-allowed", detail)
        });
    router.layer(middleware::from_fn_with_state(state.clone(), guard::guard)).with_state(state)
}
