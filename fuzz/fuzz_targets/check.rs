//! Any text is checked; every place in the report lies on its characters.

#![no_main]

use chartgap::check::{CheckOptions, Engine, EngineOptions};
use chartgap::note::Note;
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::load(&EngineOptions::default()).expect("the embedded data load"));

fuzz_target!(|text: &str| {
    let report = ENGINE.check(&Note::new("fuzz", text), CheckOptions { mentions: true });
    for e in report.elements.iter().flat_map(|e| &e.evidence) {
        assert_eq!(text.get(e.byte_start as usize..e.byte_end as usize), Some(e.text.as_str()));
    }
    for m in report.mentions.iter().flatten() {
        let words: String = text.chars().skip(m.start as usize).take((m.end - m.start) as usize).collect();
        assert_eq!(words, m.text);
    }
});
