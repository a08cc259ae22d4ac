//! Reviews of sampled notes: what people say about verdicts, how far they agree, and corrected notes for the corpus.
//!
//! A review stands beside an audit: `sample.jsonl` gives the notes with their reports, `review.sqlite` takes the decisions.
//! Decisions are only ever added; the last one of a reviewer about an element of a note counts. What one reviewer says of a
//! note is hidden from the others until they have decided on all of it, so that agreement means something.

mod agreement;
mod decision;
mod error;
mod export;
mod sample;
mod store;

pub use agreement::{Agreement, ElementAgreement, Pair, agreement};
pub use decision::{Decision, Given, Judgement, MAX_TEXT, Refusal, field, values};
pub use error::ReviewError;
pub use export::{Corrected, corrected};
pub use sample::{Sample, SampledNote};
pub use store::{FILE, Store};
