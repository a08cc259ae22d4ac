//! ICD-10-CM: the code family that a note supports, and why M53.86 does or does not stand.

mod family;
mod grading;
mod guidance;
mod rules;
pub mod table;

pub use family::Family;
pub use grading::{Grading, System};
pub use guidance::{guidance, specific};
pub use rules::{Combination, Rules, With};

/// The fiscal year of the code set that the tables and rules are of.
pub const CODE_SET: &str = "FY2027";
