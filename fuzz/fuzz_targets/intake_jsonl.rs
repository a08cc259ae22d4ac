//! Any bytes are read as JSON Lines: records and errors come out, and an error holds no word of the line.

#![no_main]

use chartgap::eval::Output;
use chartgap::intake::{Form, JsonLines, Options};
use libfuzzer_sys::fuzz_target;
use std::io::Cursor;

fuzz_target!(|input: &[u8]| {
    let options = Options { form: Form::Jsonl, max_note_bytes: 4096, ..Options::default() };
    let reader = Cursor::new(input);
    let mut line = 0;
    for record in JsonLines::<Output, _>::new("fuzz.jsonl", reader, &options) {
        match record {
            Ok((at, _)) => {
                assert!(line < at);
                line = at;
            }
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
});
