//! Errors for clients: `application/problem+json` with a stable code, and never a word of the request.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

/// An error (RFC 9457).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(super) struct Problem {
    /// Always `about:blank`: `code` tells errors apart.
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    /// What the status means.
    pub(super) title: &'static str,
    /// The status of the answer.
    pub(super) status: u16,
    /// A stable word for programs.
    pub(super) code: &'static str,
    /// A sentence for people; never quotes the request.
    pub(super) detail: String,
    /// Where in the request, where that is known: a line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) line: Option<u64>,
    /// Seconds after which to try again, for errors that pass.
    #[serde(skip)]
    pub(super) retry: Option<u32>,
}

impl Problem {
    /// An error of that status. `detail` must not hold anything that a client sent.
    pub(super) fn new(status: StatusCode, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code,
            detail: detail.into(),
            line: None,
            retry: None,
        }
    }

    /// A query that does not fit. What the extractor says of it quotes it.
    pub(super) fn invalid_query() -> Self {
        let detail = "a parameter of the query is unknown or has a value that it cannot have";
        Self::new(StatusCode::BAD_REQUEST, "invalid-query", detail)
    }

    /// The service has as much to do as it takes on.
    pub(super) fn busy() -> Self {
        let mut problem =
            Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "too many requests wait already");
        problem.retry = Some(1);
        problem
    }

    /// The work was not done in time.
    pub(super) fn late() -> Self {
        let detail = "the answer was not ready in time";
        let mut problem = Self::new(StatusCode::SERVICE_UNAVAILABLE, "too-slow", detail);
        problem.retry = Some(5);
        problem
    }

    /// A defect. The request is not at fault.
    pub(super) fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "a defect; the service goes on")
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let body = serde_json::to_string(&self).unwrap_or_default();
        let json = HeaderValue::from_static("application/problem+json");
        let mut response = (status, [(header::CONTENT_TYPE, json)], body).into_response();
        if let Some(seconds) = self.retry {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(Code(self.code));
        response
    }
}

/// The code of an error, for the access log.
#[derive(Clone, Copy, Debug)]
pub(super) struct Code(pub(super) &'static str);
