//! The report: facts, verdicts and guidance in the frozen form that every rendering reads.

mod build;
pub mod queries;
pub mod v1;

pub use build::{Parts, build};
