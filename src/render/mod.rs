//! Renderings of the report: JSON, its schema, and the terminal.

pub mod json;
pub mod schema;
#[cfg(feature = "cli")]
pub mod text;
