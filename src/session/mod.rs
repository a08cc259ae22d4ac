//! Sessions: a note that is being written, checked anew at every edit, of which only the touched sentences are read again.
//!
//! **Invariant:** after every edit, [`Session::report`] is what [`Engine::check`] says of the text, byte for byte.
//!
//! How that is kept. A check has two halves. The first one looks at one sentence at a time and at nothing else: it
//! brings words into their normal form (misspelt ones are looked up among all words of the data), finds concepts, cues,
//! durations and grades by their automata, and lets the classifier's network read the sentence and the end of the one
//! before it. All of that is remembered by the text that it depends on ([`Memory`], and the classifier's cache), so
//! that an edit costs it for the sentences that are new alone: mostly one, and for the classifier the one that follows
//! as well. The second half is cutting the text into sections and sentences, and everything in which a section, a list or the
//! whole note has a say: what the note is about, assertions, what a duration belongs to, facts, verdicts, code guidance.
//! It is done anew, by the same code that checks a whole note. So no rule says which edit is small: an edit that moves
//! every boundary of the note is one in which more sentences are new.
//!
//! What an edit changed is then found by holding the two reports against each other, in places that the edit moved.

mod change;
mod diff;
mod edit;
mod live;
mod position;
mod state;
mod store;

pub use change::{Added, Change, ElementChange, Entries, NotNext, SCHEMA, Turn};
pub use edit::{Applied, Edit, EditError, Limits};
pub use live::{Answer, Edits, Live, Opening, Refusal, fault};
pub use position::Encoding;
pub use state::{Element, Heading, Missing, Passage, State};
pub use store::{Name, NoName, Store, StoreError, StoreLimits};

use crate::check::{CheckOptions, Engine, Reread};
use crate::note::Note;
use crate::reading::Memory;
use crate::report::v1::Report;
use position::Positions;
use std::fmt;
use std::ops::{Deref, Range};

/// A note that is being written. `E` is how it holds its engine: `&Engine`, `Arc<Engine>`.
///
/// `Debug` shows the note's id, its size and the revision.
///
/// ```
/// use chartgap::check::{Engine, EngineOptions};
/// use chartgap::note::Note;
/// use chartgap::session::{Session, SessionOptions};
///
/// let engine = Engine::load(&EngineOptions::default())?;
/// let note = Note::new("note-1", "HPI:\nLow back pain.\n");
/// let mut session = Session::new(&engine, note, SessionOptions::default())?;
/// let change = session.edit(18..18, " for 8 weeks")?;
/// assert_eq!(change.mentions.added[0].entry.text, "for 8 weeks");
/// assert!(change.elements.iter().any(|e| e.id == "chronicity"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Session<E> {
    engine: E,
    note: Note,
    options: SessionOptions,
    memory: Memory,
    report: Report,
    state: State,
    reread: Reread,
}

/// How a session counts, and what it may hold.
#[derive(Clone, Copy, Debug, Default)]
pub struct SessionOptions {
    /// What positions and lengths count.
    pub encoding: Encoding,
    /// What it may hold.
    pub limits: Limits,
}

/// A text that was checked.
struct Checked {
    report: Report,
    state: State,
    reread: Reread,
}

impl<E: Deref<Target = Engine>> Session<E> {
    /// Opens a session on a note, at revision 0.
    ///
    /// # Errors
    /// A text that is too long.
    pub fn new(engine: E, note: Note, options: SessionOptions) -> Result<Self, EditError> {
        edit::check_size(note.text.len(), options.limits)?;
        let mut memory = Memory::default();
        let Checked { report, state, reread } = check(&engine, &note, options.encoding, &mut memory, 0);
        Ok(Self { engine, note, options, memory, report, state, reread })
    }

    /// Replaces a range of positions, and says what that changed.
    ///
    /// # Errors
    /// An edit that can't be made; the note is then what it was.
    pub fn edit(&mut self, range: Range<u32>, text: &str) -> Result<Change, EditError> {
        self.edit_all(self.state.revision, &[Edit::replace(range, text)])
    }

    /// Makes edits that a client made on `revision`, each on what the one before it left, and says what all of them
    /// together changed. They are one revision. Either all are made or none is.
    ///
    /// # Errors
    /// An edit that can't be made, or that was made on another revision; the note is then what it was.
    pub fn edit_all(&mut self, revision: u64, edits: &[Edit]) -> Result<Change, EditError> {
        if revision != self.state.revision {
            return Err(EditError::Stale { given: revision, revision: self.state.revision });
        }
        let (encoding, limits) = (self.options.encoding, self.options.limits);
        let (text, applied) = edit::apply(&self.note.text, edits, encoding, limits)?;
        let note = Note { text, ..self.note.clone() };
        let next = check(&self.engine, &note, encoding, &mut self.memory, revision + 1);
        (self.note, self.report, self.reread) = (note, next.report, next.reread);
        let before = std::mem::replace(&mut self.state, next.state);
        Ok(diff::change(Some(before), &self.state, applied, self.reread))
    }

    /// All that is said of the note as a change from nothing, for a client that begins or begins again.
    pub fn whole(&self) -> Change {
        diff::change(None, &self.state, Vec::new(), self.reread)
    }
}

impl<E> Session<E> {
    /// The report of the note as it is, with its mentions.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// The same with places as the session counts them.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The note as it is.
    pub fn note(&self) -> &Note {
        &self.note
    }

    /// How often it was edited.
    pub fn revision(&self) -> u64 {
        self.state.revision
    }

    /// What the last check had to read.
    pub fn reread(&self) -> Reread {
        self.reread
    }

    /// What positions and lengths count.
    pub fn encoding(&self) -> Encoding {
        self.options.encoding
    }
}

impl<E> fmt::Debug for Session<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("note", &self.note)
            .field("revision", &self.state.revision)
            .finish_non_exhaustive()
    }
}

fn check(engine: &Engine, note: &Note, encoding: Encoding, memory: &mut Memory, revision: u64) -> Checked {
    let (report, reread) = engine.recheck(note, CheckOptions { mentions: true }, memory);
    let positions = Positions::new(&note.text, encoding);
    let state = State::new(&report, revision, encoding.length(&note.text), &positions);
    Checked { report, state, reread }
}
