//! Audits of archives: tables of notes, verdicts and mentions that grow shard by shard and survive a kill at any point.
//!
//! The stream of notes is cut into shards of a fixed number of items. A shard counts once its journal entry
//! (`state.json`) is on the disk, and that is written after all of its rows are: what a killed run left beyond the last
//! entry is thrown away on resume, and the input is passed over up to it. Since shards are cut by position alone, the
//! output depends neither on the threads nor on interruptions.

#[cfg(feature = "html")]
mod dashboard;
mod disk;
mod error;
mod inputs;
mod lines;
mod parquet;
mod plan;
mod row;
mod run;
mod sample;
mod sqlite;
mod state;
mod stream;
mod summary;
mod table;
#[cfg(test)]
mod tests;
mod totals;
mod value;
mod worker;

pub use error::AuditError;
pub use inputs::{Survey, estimate, survey};
pub use plan::{Format, Mode, Plan};
pub use run::{Audit, Progress};
pub use stream::{Item, Stream};
pub use summary::{ElementRates, Group, Summary, UnreadNote, WorstNote};
pub use table::{Column, Kind, MENTIONS, NOTES, TABLES, Table, VERDICTS, markdown};
pub use worker::{Done, Worker};
