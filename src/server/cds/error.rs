//! What can be wrong with a request: each fault has a status and a stable code, and none tells words of the request.

use super::auth::AuthFault;
use crate::intake::{JsonFault, Reason};

/// Why a request is refused.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CdsError {
    /// The body is no JSON.
    #[error("{fault} in the body at line {line}, column {column}")]
    BadJson {
        /// What kind of fault.
        fault: JsonFault,
        /// Line, from 1.
        line: usize,
        /// Column in bytes, from 1.
        column: usize,
    },
    /// A field that must be there.
    #[error("`{0}` is missing")]
    MissingField(&'static str),
    /// A field of another type or form.
    #[error("`{field}` must be {wanted}")]
    WrongField {
        /// Where in the request.
        field: &'static str,
        /// What is allowed.
        wanted: &'static str,
    },
    /// A request for another hook than that of the service.
    #[error("`hook` must be {0}, which is the hook of this service")]
    WrongHook(&'static str),
    /// More of something than is read.
    #[error("`{field}` has more than {limit} entries")]
    TooMany {
        /// Where in the request.
        field: &'static str,
        /// The limit.
        limit: usize,
    },
    /// No such service.
    #[error("there is no such service; GET /cds-services lists them")]
    UnknownService,
    /// Nowhere to put feedback.
    #[error("this server takes no feedback: no file for it is configured")]
    NoFeedback,
    /// What is needed was neither prefetched nor can it be read.
    #[error("prefetch `{key}` is missing{}", .fetch.map(|f| format!(", and {f}")).unwrap_or_default())]
    MissingPrefetch {
        /// The key.
        key: &'static str,
        /// Why it could not be read from the client's FHIR server either.
        fetch: Option<FetchFault>,
    },
    /// Documents came, but the text of none.
    #[error("no text in any of the {documents} documents of prefetch `notes`: {}", .reasons.join(", "))]
    UnreadableNotes {
        /// How many.
        documents: usize,
        /// The codes of the reasons, each once.
        reasons: Vec<&'static str>,
    },
    /// The client did not show who it is.
    #[error("{0}")]
    Unauthorized(#[from] AuthFault),
    /// The feedback could not be written.
    #[error("the feedback could not be stored")]
    FeedbackStore,
    /// A defect of this software, or a classifier that failed.
    #[error("internal error; please report it without the request")]
    Internal,
}

/// Why the client's FHIR server was of no help. None of these tells an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchFault {
    /// It is not on the list.
    #[error("the FHIR server of the request is not one that this service may read")]
    NotListed,
    /// Its answer has another status than 200.
    #[error("the FHIR server answered with status {0}")]
    Status(u16),
    /// No answer, or none in time.
    #[error("the FHIR server could not be reached in time")]
    Unreachable,
    /// The answer is over the limit.
    #[error("the answer of the FHIR server is too large")]
    TooLarge,
    /// The answer is no FHIR resource in JSON.
    #[error("the answer of the FHIR server is no FHIR resource in JSON")]
    NotFhir,
}

impl CdsError {
    /// The HTTP status.
    pub fn status(&self) -> u16 {
        match self {
            CdsError::BadJson { .. }
            | CdsError::MissingField(_)
            | CdsError::WrongField { .. }
            | CdsError::WrongHook(_)
            | CdsError::TooMany { .. } => 400,
            CdsError::Unauthorized(AuthFault::Full) => 503,
            CdsError::Unauthorized(_) => 401,
            CdsError::UnknownService | CdsError::NoFeedback => 404,
            CdsError::MissingPrefetch { .. } | CdsError::UnreadableNotes { .. } => 412,
            CdsError::FeedbackStore | CdsError::Internal => 500,
        }
    }

    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            CdsError::BadJson { .. } => "invalid-json",
            CdsError::MissingField(_) => "missing-field",
            CdsError::WrongField { .. } => "invalid-field",
            CdsError::WrongHook(_) => "wrong-hook",
            CdsError::TooMany { .. } => "too-many",
            CdsError::UnknownService => "unknown-service",
            CdsError::NoFeedback => "no-feedback",
            CdsError::MissingPrefetch { .. } => "missing-prefetch",
            CdsError::UnreadableNotes { .. } => "unreadable-notes",
            CdsError::Unauthorized(fault) => fault.code(),
            CdsError::FeedbackStore => "feedback-not-stored",
            CdsError::Internal => "internal",
        }
    }
}

impl From<&serde_json::Error> for CdsError {
    fn from(error: &serde_json::Error) -> Self {
        let fault = match Reason::from(error) {
            Reason::BadJson { fault, .. } => fault,
            _ => JsonFault::Syntax,
        };
        CdsError::BadJson { fault, line: error.line(), column: error.column() }
    }
}
