//! CDS Hooks 2.0: what a note still lacks, told while orders are signed or an encounter ends.
//!
//! A request names a hook and brings notes, as prefetched DocumentReferences, or a FHIR server from which they may be
//! read where the operator lists it. The answer is a few cards, or none where there is nothing to say.

mod access;
mod advice;
mod auth;
mod card;
mod config;
mod documents;
mod error;
mod feedback;
mod hook;
mod http;
mod jwks;
mod markdown;
pub mod operation;
mod replay;
mod request;
mod service;
mod suggestion;

pub use auth::{Auth, AuthFault};
pub use card::{Action, Card, Coding, Indicator, Link, Response, Source, Suggestion};
pub use config::{Config, ConfigError};
pub use error::CdsError;
pub use feedback::{Feedback, FeedbackStore};
pub use hook::{Discovery, Hook, ServiceEntry};
pub(super) use http::{Desk, operations};
pub use jwks::{Keys, KeysError};
pub use markdown::escape;
pub use request::{Context, Request};
pub use service::{Cds, Prepared};
