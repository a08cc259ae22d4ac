//! The output of a batch: entries put together in one of the formats, counted for the exit status.

use super::args::Format;
use super::files::Target;
use super::{Status, report};
use chartgap::intake::IntakeError;
use chartgap::render::html::Origin;
use chartgap::render::json::{self, ErrorEntry};
use chartgap::render::{fhir, sarif};
use chartgap::report::v1::Report;
use std::collections::HashSet;
use std::io::Write;

/// Takes the entries of a run in their order.
pub(super) trait Finish {
    /// Writes an entry.
    fn write(&mut self, entry: Entry) -> anyhow::Result<()>;

    /// Closes the output and says what the run comes to.
    fn finish(self: Box<Self>) -> anyhow::Result<Status>;
}

/// One note's part of the output, ready to write.
pub(super) enum Entry {
    /// A report, or the queries of a note.
    Report {
        /// What it comes to, as a place in the writer's classes.
        class: usize,
        /// The report in the format of the output.
        text: String,
        /// What tells it from others, where the format shows a note once however often it comes.
        key: Option<uuid::Uuid>,
        /// What an overview counts, where one is made.
        sight: Option<Box<Sight>>,
    },
    /// A note that could not be read.
    Error {
        /// For standard error.
        message: String,
        /// Its entry in the format of the output; empty where the format has none.
        text: String,
        /// As that of a report.
        key: Option<uuid::Uuid>,
        /// For formats that put errors elsewhere.
        error: ErrorEntry,
    },
}

impl Entry {
    /// A report of which nothing is known but what it comes to.
    pub(super) fn plain(class: usize, text: String) -> Self {
        Self::Report { class, text, key: None, sight: None }
    }

    /// A note that could not be read, with its entry in the format of the output.
    pub(super) fn unread(error: &IntakeError, entry: ErrorEntry, text: String) -> Self {
        Self::Error { message: error.to_string(), text, key: None, error: entry }
    }
}

/// What notes come to, for the summary and the exit status.
pub(super) struct Class {
    /// Behind the number of notes.
    pub(super) words: &'static str,
    /// Whether it makes the exit status 1.
    pub(super) open: bool,
}

/// A report as an overview counts it.
pub(super) struct Sight {
    pub(super) report: Report,
    pub(super) origin: Origin,
}

/// Writes entries into one document.
pub(super) struct Writer {
    format: Format,
    quiet: bool,
    out: Target,
    counts: Counts,
    /// JSON, HTML: the first entry, until it is known whether it is the only one.
    first: Option<String>,
    /// SARIF, FHIR: whether nothing stands in the list yet.
    bare: bool,
    /// SARIF: the notes that could not be read, which stand at the end.
    errors: Vec<ErrorEntry>,
    /// FHIR: the notes that stand in the Bundle, in which no id may come twice.
    seen: HashSet<uuid::Uuid>,
}

impl Writer {
    /// `head` is what the document begins with.
    pub(super) fn new(
        format: Format,
        quiet: bool,
        classes: &'static [Class],
        head: &str,
        mut out: Target,
    ) -> anyhow::Result<Self> {
        out.write_all(head.as_bytes())?;
        let bare = format == Format::Sarif;
        Ok(Self {
            format,
            quiet,
            out,
            counts: Counts::new(classes),
            first: None,
            bare,
            errors: Vec::new(),
            seen: HashSet::new(),
        })
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

    /// Elements of the list that the document is, with commas between them.
    fn listed(&mut self, text: &str) -> anyhow::Result<()> {
        if text.is_empty() {
            return Ok(());
        }
        if !std::mem::take(&mut self.bare) {
            self.out.write_all(b",\n")?;
        }
        self.out.write_all(text.as_bytes())?;
        Ok(())
    }
}

impl Finish for Writer {
    fn write(&mut self, entry: Entry) -> anyhow::Result<()> {
        match (&entry, self.format) {
            (Entry::Report { text, .. }, Format::Text) => {
                if !self.quiet && self.counts.read() > 0 {
                    self.out.write_all(b"\n")?;
                }
                self.out.write_all(text.as_bytes())?;
            }
            (Entry::Error { message, .. }, Format::Text | Format::Html) => {
                // On a terminal it stands after what came before it.
                self.out.flush()?;
                report(message);
            }
            (Entry::Report { text, .. } | Entry::Error { text, .. }, Format::Jsonl) => {
                self.out.write_all(text.as_bytes())?;
            }
            (Entry::Report { text, .. } | Entry::Error { text, .. }, Format::Json) => self.element(text)?,
            (Entry::Report { text, .. }, Format::Html) => {
                if self.first.is_some() {
                    anyhow::bail!("a page holds one note: name a directory for several (--out DIR)");
                }
                self.first = Some(text.clone());
            }
            (Entry::Error { error, .. }, Format::Sarif) => self.errors.push(error.clone()),
            (
                Entry::Report { text, key, .. } | Entry::Error { text, key, .. },
                Format::Sarif | Format::Fhir,
            ) => {
                if key.is_none_or(|key| self.seen.insert(key)) {
                    self.listed(text)?;
                }
            }
        }
        self.counts.add(&entry);
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> anyhow::Result<Status> {
        match (self.format, self.first.take(), self.counts.all()) {
            (Format::Json, Some(only), _) => writeln!(self.out, "{only}")?,
            (Format::Json, None, 0) => writeln!(self.out, "[]")?,
            (Format::Json, None, _) => self.out.write_all(b"\n]\n")?,
            (Format::Text, _, 2..) if !self.quiet => writeln!(self.out, "\n{}", self.counts.summary())?,
            (Format::Html, Some(only), _) => self.out.write_all(only.as_bytes())?,
            // Nothing to show: what stood there before must not be replaced by an empty page.
            (Format::Html, None, _) => return Ok(self.counts.status()),
            (Format::Sarif, ..) => self.out.write_all(sarif::tail(&self.errors).as_bytes())?,
            (Format::Fhir, ..) => self.out.write_all(fhir::TAIL.as_bytes())?,
            _ => {}
        }
        self.out.commit()?;
        if self.counts.failed > 0 && (!matches!(self.format, Format::Text | Format::Html) || self.quiet) {
            report(&format!("{} of {} notes could not be read", self.counts.failed, self.counts.all()));
        }
        Ok(self.counts.status())
    }
}

/// How many notes there were, by what they came to.
pub(super) struct Counts {
    classes: &'static [Class],
    /// By class.
    read: Vec<usize>,
    failed: usize,
}

impl Counts {
    pub(super) fn new(classes: &'static [Class]) -> Self {
        Self { classes, read: vec![0; classes.len()], failed: 0 }
    }

    pub(super) fn add(&mut self, entry: &Entry) {
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

    pub(super) fn failed(&self) -> usize {
        self.failed
    }

    pub(super) fn all(&self) -> usize {
        self.read() + self.failed
    }

    pub(super) fn status(&self) -> Status {
        let open = self.read.iter().zip(self.classes).any(|(n, class)| *n > 0 && class.open);
        match (self.failed, open) {
            (1.., _) => Status::Failed,
            (0, true) => Status::Gaps,
            (0, false) => Status::Clean,
        }
    }

    fn summary(&self) -> String {
        let read = self.read.iter().zip(self.classes.iter().map(|c| c.words));
        let parts: Vec<String> = read
            .chain([(&self.failed, "not readable")])
            .filter(|(n, _)| **n > 0)
            .map(|(n, what)| format!("{n} {what}"))
            .collect();
        format!("{} notes: {}", self.all(), parts.join(", "))
    }
}
