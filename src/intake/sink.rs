//! Where the readers put notes and errors.

use super::IntakeError;
use crate::note::Note;
use std::ops::ControlFlow;
use std::sync::mpsc::{Sender, SyncSender};

/// Break: nobody wants more notes.
pub(super) type Flow = ControlFlow<()>;

/// A note, or the error in its place.
pub(super) type Entry = Result<Note, IntakeError>;

/// Hands entries to the reader of the stream.
pub(super) struct Sink {
    target: Target,
    sent: u64,
    most: u64,
}

enum Target {
    /// Waits while the reader is behind.
    Stream(SyncSender<Entry>),
    /// Keeps all.
    List(Sender<Entry>),
}

impl Sink {
    pub(super) fn new(sender: SyncSender<Entry>) -> Self {
        Self { target: Target::Stream(sender), sent: 0, most: u64::MAX }
    }

    /// Takes `most` entries and then no more.
    pub(super) fn list(sender: Sender<Entry>, most: u64) -> Self {
        Self { target: Target::List(sender), sent: 0, most }
    }

    /// Hands over one entry.
    pub(super) fn put(&mut self, entry: Entry) -> Flow {
        self.sent += 1;
        let sent = match &self.target {
            Target::Stream(sender) => sender.send(entry),
            Target::List(sender) => sender.send(entry),
        };
        if sent.is_ok() && self.sent < self.most { Flow::Continue(()) } else { Flow::Break(()) }
    }

    /// How many entries were handed over.
    pub(super) fn sent(&self) -> u64 {
        self.sent
    }
}
