//! chartgap reads a provider note and says what the chart lacks to support ICD-10-CM M53.86.

pub mod span;
pub mod note;
pub mod intake;
pub mod mention;
pub mod assertion;
pub mod fact;
pub mod report;
pub mod check;
pub mod render;
