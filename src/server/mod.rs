//! `chartgap serve`: checks over HTTP while a note is written. One process, no database; nothing leaves the machine.
//!
//! `api` says what there is to ask and makes the router and the OpenAPI document from one list, so that they cannot differ.
//! A request passes `guard` (host, token, headers, request id, access log, limits) before anything reads it, and the work
//! itself runs in a `pool` of threads apart from those that talk to clients. What goes into logs, metrics and errors is
//! closed in type: routes, codes and numbers; no text of a request, no path, no name of a file.

mod access;
mod api;
mod audit_log;
mod batch;
pub mod cds;
mod check;
mod config;
mod connection;
mod error;
mod extract;
mod guard;
mod info;
mod listen;
mod metrics;
mod openapi;
mod page;
mod pool;
mod problem;
#[cfg(feature = "audit")]
mod review;
mod session;
mod state;
mod together;

pub use api::router;
pub use audit_log::{AuditLog, AuditLogError, Verified, verify};
pub use config::{Access, Config, Limits, Secret, Tls};
pub use error::ServeError;
pub use listen::{Service, bind};
pub use openapi::document;
pub use state::AppState;
