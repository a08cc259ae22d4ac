//! Any messages on a live channel: each gets one answer.

#![no_main]

use chartgap::check::{Engine, EngineOptions};
use chartgap::session::{Limits, Live};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::load(&EngineOptions::default()).expect("the embedded data load"));

fuzz_target!(|messages: Vec<&str>| {
    let mut live = Live::new(&*ENGINE, Limits::default());
    live.answer(r#"{"type": "open", "text": "HPI:\nLow back pain.\n"}"#);
    for message in messages {
        live.answer(message);
    }
});
