//! Any bytes are read as text, tables, archives or what they look like: notes or errors come out, and no parser panics.

#![no_main]

use chartgap::intake::{Form, Options, Reason, read_bytes};
use libfuzzer_sys::fuzz_target;

/// Formats that have no target of their own. Archives are looked into whatever the format is.
const FORMS: [Form; 5] = [Form::Auto, Form::Text, Form::Csv, Form::Tsv, Form::Parquet];

fuzz_target!(|input: &[u8]| {
    let Some((first, bytes)) = input.split_first() else { return };
    let form = FORMS[usize::from(*first) % FORMS.len()];
    let mut options = Options { form, max_note_bytes: 4096, ..Options::default() };
    options.archives.free_bytes = 1 << 20;
    options.archives.members = 100;
    for entry in read_bytes("fuzz", bytes, &options) {
        match entry {
            Ok(note) => assert!(note.text.len() <= 4096),
            // a panic inside comes out as this
            Err(error) => assert!(!matches!(error.reason, Reason::Internal)),
        }
    }
});
