//! Any checklist is loaded or refused with the line and the reason.

#![no_main]

use chartgap::checklist::{Checklist, score};
use chartgap::fact::Facts;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &str| {
    match Checklist::from_toml("fuzz.toml", file) {
        Ok(checklist) => {
            let facts = Facts::default();
            let rulings = checklist.verdicts(&facts);
            assert_eq!(rulings.len(), checklist.elements.len());
            assert!(score(&rulings) <= 100);
        }
        Err(error) => assert!(error.line >= 1 && !error.to_string().is_empty()),
    }
});
