//! A defect must not cost more than the note that met it.

use crate::check::{CheckOptions, Engine};
use crate::note::Note;
use crate::report::v1::Report;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::slice;

/// The reports, `None` where there is none: where some notes together meet a defect, or the classifier fails, each is done
/// alone.
pub(super) fn reports(engine: &Engine, notes: &[Note], options: CheckOptions) -> Vec<Option<Report>> {
    let work = || engine.check_all(notes, options).ok();
    match (catch_unwind(AssertUnwindSafe(work)), notes) {
        (Ok(Some(reports)), _) => reports.into_iter().map(Some).collect(),
        (_, [_]) => vec![None],
        _ => notes.iter().flat_map(|note| reports(engine, slice::from_ref(note), options)).collect(),
    }
}
