//! Assertion: ConText-style cues and scopes decide presence, temporality and experiencer of a mention.

mod kind;

pub use kind::{Assertion, DecidedBy, Experiencer, Presence, Status, Temporality};
