//! What several of the integration tests share.

#![allow(dead_code, reason = "each test file takes what it needs")]

use chartgap::check::{Engine, EngineOptions};
use std::sync::LazyLock;

/// The engine over the embedded data, loaded once a process.
pub(crate) static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::load(&EngineOptions::default()).expect("the embedded data load"));

/// Fails once for all problems, so that one run shows everything that is wrong.
pub(crate) fn report(what: &str, problems: &[String]) {
    assert!(problems.is_empty(), "{} {what}:\n{}", problems.len(), problems.join("\n"));
}
