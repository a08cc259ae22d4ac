//! The output of a batch: entries put together in one of the formats, counted for the exit status.

use super::args::Format;
use super::{Status, report};
use chartgap::render::json;
use std::io::Write;

/// One note's part of the output, ready to write.
pub(super) enum Entry {
    /// A report, or the queries of a note.
    Report {
        /// What it comes to, as a place in the writer's classes.
        class: usize,
        /// The report in the format of the output.
        text: String,
    },
    /// A note that could not be read.
    Error {
        /// For standard error.
        message: String,
        /// Its entry in the format of the output; empty where the format has none.
        text: String,
    },
}

/// What notes come to, for the summary and the exit status.
pub(super) struct Class {
    /// Behind the number of notes.
    pub(super) words: &'static str,
    /// Whether it makes the exit status 1.
    pub(super) open: bool,
}

/// Writes entries in the order in which they come.
pub(super) struct Writer<W> {
    format: Format,
    quiet: bool,
    out: W,
    classes: &'static [Class],
    counts: Counts,
    /// JSON: the first entry, until it is known whether it is the only one.
    first: Option<String>,
}

impl<W: Write> Writer<W> {
    pub(super) fn new(format: Format, quiet: bool, classes: &'static [Class], out: W) -> Self {
        let counts = Counts { read: vec![0; classes.len()], failed: 0 };
        Self { format, quiet, out, classes, counts, first: None }
    }

    pub(super) fn write(&mut self, entry: Entry) -> anyhow::Result<()> {
        match (&entry, self.format) {
            (Entry::Report { text, .. }, Format::Text) => {
                if !self.quiet && self.counts.read() > 0 {
                    self.out.write_all(b"\n")?;
                }
                self.out.write_all(text.as_bytes())?;
            }
            (Entry::Error { message, .. }, Format::Text) => {
                // On a terminal it stands after what came before it.
                self.out.flush()?;
                report(message);
            }
            (Entry::Report { text, .. } | Entry::Error { text, .. }, Format::Jsonl) => {
                self.out.write_all(text.as_bytes())?;
            }
            (Entry::Report { text, .. } | Entry::Error { text, .. }, Format::Json) => self.element(text)?,
        }
        self.counts.add(&entry);
        Ok(())
    }

    fn element(&mut self, text: &str) -> anyhow::Result<()> {
        if self.counts.all() == 0 {
            self.first = Some(text.to_owned());
            return Ok(());
        }
        if let Some(first) = self.first.take() {
            write!(self.out, "[\n{}", json::indent(&first))?;
        }
        write!(self.out, ",\n{}", json::indent(text))?;
        Ok(())
    }

    /// Closes the output and says what the run comes to.
    pub(super) fn finish(mut self) -> anyhow::Result<Status> {
        match (self.format, self.first.take(), self.counts.all()) {
            (Format::Json, Some(only), _) => writeln!(self.out, "{only}")?,
            (Format::Json, None, 0) => writeln!(self.out, "[]")?,
            (Format::Json, None, _) => self.out.write_all(b"\n]\n")?,
            (Format::Text, _, 2..) if !self.quiet => {
                writeln!(self.out, "\n{}", self.counts.summary(self.classes))?
            }
            _ => {}
        }
        self.out.flush()?;
        if self.counts.failed > 0 && (self.format != Format::Text || self.quiet) {
            report(&format!("{} of {} notes could not be read", self.counts.failed, self.counts.all()));
        }
        Ok(self.counts.status(self.classes))
    }
}

struct Counts {
    /// By class.
    read: Vec<usize>,
    failed: usize,
}

impl Counts {
    fn add(&mut self, entry: &Entry) {
        match entry {
            Entry::Error { .. } => self.failed += 1,
            Entry::Report { class, .. } => {
                if let Some(count) = self.read.get_mut(*class) {
                    *count += 1;
                }
            }
        }
    }

    fn read(&self) -> usize {
        self.read.iter().sum()
    }

    fn all(&self) -> usize {
        self.read() + self.failed
    }

    fn status(&self, classes: &[Class]) -> Status {
        let open = self.read.iter().zip(classes).any(|(n, class)| *n > 0 && class.open);
        match (self.failed, open) {
            (1.., _) => Status::Failed,
            (0, true) => Status::Gaps,
            (0, false) => Status::Clean,
        }
    }

    fn summary(&self, classes: &[Class]) -> String {
        let read = self.read.iter().zip(classes.iter().map(|c| c.words));
        let parts: Vec<String> = read
            .chain([(&self.failed, "not readable")])
            .filter(|(n, _)| **n > 0)
            .map(|(n, what)| format!("{n} {what}"))
            .collect();
        format!("{} notes: {}", self.all(), parts.join(", "))
    }
}
