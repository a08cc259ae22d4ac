//! Any bytes are read as a request of CDS Hooks: cards within their limits or an error with a status come out.

#![no_main]

use chartgap::check::{Engine, EngineOptions};
use chartgap::server::cds::{Cds, Config, Feedback, Hook};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::load(&EngineOptions::default()).expect("the embedded data load"));
static CDS: LazyLock<Cds> = LazyLock::new(|| Cds::new(Config::default()));

fuzz_target!(|input: &[u8]| {
    let Some((first, body)) = input.split_first() else { return };
    let hook = Hook::ALL[usize::from(*first) % Hook::ALL.len()];
    match CDS.prepare(hook, body) {
        Ok(prepared) => {
            let (response, _) = CDS.answer(&ENGINE, prepared).expect("no classifier that could fail");
            for card in &response.cards {
                assert!((1..140).contains(&card.summary.chars().count()));
                assert_eq!(card.selection_behavior.is_some(), !card.suggestions.is_empty());
            }
        }
        Err(error) => assert!((400..500).contains(&error.status()) && !error.to_string().is_empty()),
    }
    if let Err(error) = Feedback::parse(body) {
        assert_eq!(error.status(), 400);
    }
});
