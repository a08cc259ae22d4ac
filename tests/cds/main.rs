//! CDS Hooks from outside: what is asked, what is answered, who may ask, and what never comes out.
#![cfg(feature = "server")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../support/mod.rs"]
mod support;

mod auth;
mod cards;
mod examples;
mod feedback;
mod fetch;
mod http;
mod made;
mod requests;
