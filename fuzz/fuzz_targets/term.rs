//! A term and a text, parted by a line break: the term is refused or searched for.

#![no_main]

use chartgap::lexicon::{Builder, phrase};
use chartgap::segment::Spelling;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &str| {
    let (term, text) = input.split_once('\n').unwrap_or((input, "low back pain"));
    let spelling = Spelling::default();
    let mut builder = Builder::new(&spelling);
    if builder.add(term, 0).is_err() {
        return;
    }
    let phrases = builder.build();
    let stream = phrase(text, &spelling);
    let mut at = 0;
    for hit in phrases.find(&stream) {
        assert!(at <= hit.start && hit.start < hit.end && hit.end <= stream.len());
        at = hit.end;
    }
});
