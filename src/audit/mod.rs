//! Audits of archives: tables of notes, verdicts and mentions that grow shard by shard and survive a kill at any point.
//!
//! The stream of notes is cut into shards of a fixed number of items. A shard counts once its journal entry
//! (`state.json`) is on the disk, and that is written after all of its rows are: what a killed run left beyond the last
//! entry is thrown away on resume, and the input is passed over up to it. Since shards are cut by position alone, the
//! output depends neither on the threads nor on interruptions.
//!
//! Without the feature `audit` there are the tables alone, in Arrow form, for those who store them in another way.

mod arrow;
#[cfg(all(feature = "audit", feature = "html"))]
mod dashboard;
#[cfg(feature = "audit")]
mod disk;
#[cfg(feature = "audit")]
mod error;
#[cfg(feature = "audit")]
mod inputs;
#[cfg(feature = "audit")]
mod lines;
#[cfg(feature = "audit")]
mod pages;
#[cfg(feature = "audit")]
mod parquet;
#[cfg(feature = "audit")]
mod plan;
mod row;
#[cfg(feature = "audit")]
mod run;
#[cfg(feature = "audit")]
mod sample;
#[cfg(feature = "audit")]
mod sqlite;
#[cfg(feature = "audit")]
mod state;
#[cfg(feature = "audit")]
mod stream;
#[cfg(feature = "audit")]
mod summary;
mod table;
#[cfg(all(test, feature = "audit"))]
mod tests;
#[cfg(feature = "audit")]
mod totals;
mod value;
#[cfg(feature = "audit")]
mod worker;

#[cfg(feature = "audit")]
pub use self::{
    error::AuditError,
    inputs::{Survey, estimate, survey},
    plan::{Format, Mode, Plan},
    run::{Audit, Progress},
    stream::{Item, Stream},
    summary::{ElementRates, Group, Summary, UnreadNote, WorstNote},
    worker::{Done, Worker},
};
pub use arrow::{Entry, TableOptions, check_entries, nested_schema};
pub use table::{Column, Kind, MENTIONS, NOTES, TABLES, Table, VERDICTS, markdown};
