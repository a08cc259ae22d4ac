//! Any bytes are read as C-CDA: notes within the limits or errors come out.

#![no_main]

use chartgap::intake::{Limits, Source, ccda};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| {
    let limits = Limits { note_bytes: 4096, document_bytes: 1 << 16, depth: 20, parts: 100, ..Limits::default() };
    match ccda::parse(input, &Source::new("fuzz", &limits)) {
        Ok(notes) => {
            for note in notes.into_iter().flatten() {
                assert!(note.text.len() <= limits.note_bytes && !note.text.trim().is_empty());
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
});
