//! Any file of concepts is compiled or refused with a reason, and one that compiles can be searched with.

#![no_main]

use chartgap::lexicon::{Lexicon, Stream};
use chartgap::segment::Segments;
use libfuzzer_sys::fuzz_target;

const NOTE: &str = "ASSESSMENT: L4-5 facet arthropathy, no disc bulge; can't sit.\nPLAN: PT x 6 weeks.";

fuzz_target!(|file: &str| {
    if let Ok(lexicon) = Lexicon::new(&[("conditions.toml".into(), file.into())]) {
        let segments = Segments::new(NOTE, &lexicon.headings);
        let stream = Stream::new(&segments, &lexicon.spelling);
        for m in lexicon.matches(NOTE, &segments, &stream) {
            assert!(m.first < m.end && m.end <= segments.tokens.len());
            let _ = lexicon.concept(m.concept);
        }
    }
});
