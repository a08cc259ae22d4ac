//! The HTTP service from outside: in the process where that shows all there is to see, over sockets where it is about them.
//!
//! Every answer that a test sees is held against the OpenAPI document (`support::Server::ask`).
#![cfg(all(feature = "server", feature = "cli"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod access;
mod batch;
mod canary;
mod check;
mod command;
mod conforms;
mod formats;
mod info;
mod limits;
mod sockets;
mod support;
mod tls;
