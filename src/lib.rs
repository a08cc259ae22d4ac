//! chartgap reads a provider note and says what the chart lacks to support ICD-10-CM M53.86.

pub mod span;
pub mod datafile;
pub mod note;
pub mod intake;
pub mod segment;
pub mod lexicon;
pub mod mention;
pub mod pattern;
pub mod assertion;
pub mod classify;
pub mod reading;
pub mod fact;
pub mod coding;
pub mod checklist;
pub mod procedure;
pub mod query;
pub mod explain;
pub mod docs;
pub mod report;
pub mod check;
pub mod render;
#[cfg(feature = "arrow")]
pub mod audit;
pub mod eval;
