//! Assertion: ConText-style cues and scopes decide presence, temporality and experiencer of a mention.

mod cue;
mod kind;
mod scope;

pub use cue::{Category, Cue, CueMatch, Cues, CuesBySentence, Direction, SectionDefault, Target};
pub use kind::{Assertion, DecidedBy, Experiencer, Presence, Status, Temporality};
pub use scope::{Told, assert};
