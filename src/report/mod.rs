//! The report: facts, verdicts and guidance in the frozen form that every rendering reads.

pub mod v1;
