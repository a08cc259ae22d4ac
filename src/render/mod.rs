//! Renderings of the report: JSON and its schema, the terminal, pages, and the forms that other tools read.

#[cfg(feature = "fhir")]
pub mod fhir;
pub mod guide;
#[cfg(feature = "html")]
pub mod html;
pub mod json;
mod lines;
pub mod sarif;
pub mod schema;
#[cfg(feature = "cli")]
pub mod text;
pub mod words;
