//! A directory of documents, one a note, and of pages an overview of them.
//!
//! Documents are named by number: ids can hold what must not stand in a file name, and what should not be read off one.

use super::args::Format;
use super::output::{Class, Counts, Entry, Finish};
use super::{Status, files, report};
use chartgap::render::html::{self, Tally};
use std::path::{Path, PathBuf};

/// Notes that the overview lists by name; beyond, it would no longer be read.
const LISTED: usize = 2000;

/// Writes documents in the order in which they come.
pub(super) struct Folder {
    path: PathBuf,
    extension: &'static str,
    /// Pages alone have an overview.
    tally: Option<Tally>,
    counts: Counts,
    written: u64,
}

impl Folder {
    pub(super) fn new(path: &Path, format: Format, classes: &'static [Class]) -> anyhow::Result<Self> {
        files::directory(path)?;
        let pages = format == Format::Html;
        Ok(Self {
            path: path.to_owned(),
            extension: if pages { "html" } else { "json" },
            tally: pages.then(|| Tally::new(LISTED)),
            counts: Counts::new(classes),
            written: 0,
        })
    }
}

impl Finish for Folder {
    fn write(&mut self, entry: Entry) -> anyhow::Result<()> {
        self.counts.add(&entry);
        match entry {
            Entry::Report { text, sight, .. } => {
                self.written += 1;
                let name = format!("note-{:06}.{}", self.written, self.extension);
                files::write(&self.path.join(&name), &text)?;
                if let (Some(tally), Some(sight)) = (&mut self.tally, sight) {
                    tally.add(&sight.report, &sight.origin, Some(name));
                }
            }
            Entry::Error { message, error, .. } => {
                report(&message);
                if let Some(tally) = &mut self.tally {
                    tally.add_unread(&error.id, &error.error.message);
                }
            }
        }
        Ok(())
    }

    fn finish(self: Box<Self>) -> anyhow::Result<Status> {
        if let Some(tally) = self.tally {
            let title = match self.counts.all() {
                1 => "Overview of 1 note".to_owned(),
                n => format!("Overview of {n} notes"),
            };
            files::write(&self.path.join("index.html"), &html::dashboard(&tally.finish(&title)))?;
        }
        if self.counts.failed() > 0 {
            report(&format!("{} of {} notes could not be read", self.counts.failed(), self.counts.all()));
        }
        Ok(self.counts.status())
    }
}
