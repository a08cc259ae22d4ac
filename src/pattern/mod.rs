//! Patterns: what a list of terms can't hold, because it counts: levels, grades, durations.

mod class;
pub mod duration;
pub mod grade;
pub mod level;
mod template;

pub use class::{Class, ClassStream, Element};
pub use template::Templates;
