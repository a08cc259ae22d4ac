//! ICD-10-CM: the code family that a note supports, and why M53.86 does or does not stand.

pub mod confusion;
mod family;
mod grading;
mod guidance;
pub mod index;
pub mod notes;
pub mod policy;
mod range;
mod rules;
pub mod table;
mod tsv;
pub mod year;

pub use family::Family;
pub use grading::{Grading, System};
pub use guidance::{Case, guidance, specific};
pub use range::Range;
pub use rules::{Clash, Combination, InjuryCode, Neighbour, RegionCode, Rules, With};

/// The fiscal year of the code set in force.
pub const CODE_SET: &str = "FY2027";
