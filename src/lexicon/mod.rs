//! The lexicon: concepts from TOML, one automaton over them, mentions out of a note's normalised stream.

mod audit;
mod data;
mod file;
mod load;
mod matcher;
mod phrases;
mod stream;
mod term;

pub(crate) use data::shown;
pub use data::{Data, EMBEDDED, Source};
pub(crate) use file::{CARE_TYPES, MODALITIES};
pub use file::{Codes, Concept, Context, Extend, Kind, LexiconError, M5386, Polarity, Site};
pub use matcher::{Lexicon, Match};
pub use phrases::{Builder, Hit, Phrases};
pub use stream::{Stream, phrase};
pub use term::TermError;
