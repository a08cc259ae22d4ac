//! Pages of the notes that need work most, to which the dashboard leads.
//!
//! A page is on the disk before the journal names its note, and goes only when the journal names it no longer. So the
//! directory never holds more pages than two lists have notes, and what a kill leaves can be told by the journal alone.

use super::AuditError;
use super::disk::Disk;
use super::totals::{Listed, Totals};
use crate::check::Engine;
use crate::note::Note;
use crate::report::v1::Report;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Where the pages lie.
pub(super) const DIRECTORY: &str = "pages";

/// The rank from which on a note cannot come into the list any more; it only falls, so that an old one is safe.
pub(super) type Bound = Arc<AtomicU64>;

/// What writes and removes pages.
pub(super) struct Pages {
    pub(super) bound: Bound,
    /// Notes that left the list since the last entry of the journal, which still names them.
    left: Vec<u64>,
}

impl Pages {
    /// Begins, or goes on where the journal stands.
    pub(super) fn open(disk: &Disk, totals: &Totals) -> Result<Self, AuditError> {
        disk.directory(DIRECTORY)?;
        match named(totals).map(path).find(|page| !disk.exists(page)) {
            Some(lost) => Err(AuditError::Damaged(disk.path(&lost))),
            None => Ok(Self { bound: Arc::new(AtomicU64::new(totals.bound())), left: Vec::new() }),
        }
    }

    /// Writes the page of a note that came into the list. `committed` is the ordinal of the first note that the journal
    /// does not speak of.
    pub(super) fn take(
        &mut self,
        disk: &Disk,
        totals: &Totals,
        listed: &Listed,
        page: Option<&str>,
        committed: u64,
    ) -> Result<(), AuditError> {
        if let (Some(ordinal), Some(page)) = (listed.came, page) {
            disk.replace(&path(ordinal), page.as_bytes())?;
        }
        match listed.left {
            Some(ordinal) if ordinal < committed => self.left.push(ordinal),
            Some(ordinal) => disk.remove(&path(ordinal))?,
            None => {}
        }
        self.bound.store(totals.bound(), Ordering::Relaxed);
        Ok(())
    }

    /// Removes what the new entry of the journal does not name any more.
    pub(super) fn committed(&mut self, disk: &Disk) -> Result<(), AuditError> {
        self.left.drain(..).try_for_each(|ordinal| disk.remove(&path(ordinal)))
    }
}

/// Removes pages that the journal does not name.
pub(super) fn tidy(disk: &Disk, totals: &Totals) -> Result<(), AuditError> {
    let keep: BTreeSet<String> = named(totals).map(path).collect();
    for page in ours(disk)?.filter(|page| !keep.contains(page)) {
        disk.remove(&page)?;
    }
    Ok(())
}

/// Removes all pages.
pub(super) fn clear(disk: &Disk) -> Result<(), AuditError> {
    ours(disk)?.try_for_each(|page| disk.remove(&page))
}

/// The page of a note, from the output directory.
pub(super) fn path(ordinal: u64) -> String {
    format!("{DIRECTORY}/{ordinal:06}.html")
}

/// The page as `chartgap check --format html` has it. `None` where pages are not built in, and where a defect met the
/// note: it costs no more than its page.
pub(super) fn render(engine: &Engine, note: &Note, report: &Report) -> Option<String> {
    #[cfg(feature = "html")]
    {
        use crate::render::{guide::Guide, html};
        use std::panic::{AssertUnwindSafe, catch_unwind};
        catch_unwind(AssertUnwindSafe(|| html::page(report, note, Guide::from(engine)))).ok()
    }
    #[cfg(not(feature = "html"))]
    {
        let _ = (engine, note, report);
        None
    }
}

/// The notes of the list that have a page.
fn named(totals: &Totals) -> impl Iterator<Item = u64> {
    totals.worst.iter().filter(|worst| worst.page).map(|worst| worst.ordinal)
}

/// What an audit wrote there, unfinished pages included.
fn ours(disk: &Disk) -> Result<impl Iterator<Item = String>, AuditError> {
    let is_ours = |name: &String| {
        let number = name.strip_suffix(".tmp").unwrap_or(name).strip_suffix(".html");
        number.is_some_and(|n| n.len() >= 6 && n.bytes().all(|b| b.is_ascii_digit()))
    };
    let names = disk.names(DIRECTORY)?.into_iter().filter(is_ours);
    Ok(names.map(|name| format!("{DIRECTORY}/{name}")))
}
