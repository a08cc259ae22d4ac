//! Facts: one resolver a file turns mentions into what the note says as a whole.

mod kind;

pub use kind::{Fact, FactKind, Facts};
