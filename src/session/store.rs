//! Many sessions by name, bounded in number and in time, for a service whose clients come back.

use super::{Change, EditError, Edits, Limits, Opening, Session};
use crate::check::Engine;
use crate::report::v1::Report;
use std::collections::HashMap;
use std::fmt;
use std::ops::Deref;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The name of a session. Who knows it can use the session, so it is made of random bytes; `Debug` shows none of them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Name([u8; 16]);

/// What a store may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreLimits {
    /// Sessions at once.
    pub sessions: usize,
    /// How long a session is kept that nobody uses.
    pub idle: Duration,
    /// What each one may hold.
    pub session: Limits,
}

impl Default for StoreLimits {
    /// 128 sessions, each for a quarter of an hour after it was used last.
    fn default() -> Self {
        Self { sessions: 128, idle: Duration::from_secs(15 * 60), session: Limits::default() }
    }
}

/// Why a store did not do what it was asked for. It holds no text.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// There is no such session, or none any more.
    #[error("there is no such session; one ends when it was not used for {} s", idle.as_secs())]
    Unknown {
        /// How long one is kept.
        idle: Duration,
    },
    /// There are as many as there may be.
    #[error("{limit} sessions are open, no more are allowed")]
    Full {
        /// What is allowed.
        limit: usize,
    },
    /// An edit, or a text to begin with, that was refused. The session is what it was.
    #[error("{error}")]
    Edit {
        /// Why.
        error: EditError,
        /// The revision of the note; `None` where no session was opened.
        revision: Option<u64>,
    },
}

/// The sessions of a service. Each is used by one request at a time; others wait for it, and for no other session.
pub struct Store<E> {
    engine: E,
    limits: StoreLimits,
    open: Mutex<HashMap<Name, Kept<E>>>,
}

struct Kept<E> {
    session: Arc<Mutex<Session<E>>>,
    used: Instant,
}

impl Name {
    /// A name of 16 bytes, which must come from a random source that can't be predicted.
    pub fn new(random: [u8; 16]) -> Self {
        Self(random)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Name")
    }
}

/// A text that is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the name of a session has 32 hexadecimal digits")]
pub struct NoName;

impl FromStr for Name {
    type Err = NoName;

    fn from_str(text: &str) -> Result<Self, NoName> {
        let digits = text.as_bytes();
        if digits.len() != 32 || !digits.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            return Err(NoName);
        }
        let mut bytes = [0; 16];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let value = |d: u8| if d <= b'9' { d - b'0' } else { d - b'a' + 10 };
            *byte = value(pair[0]) << 4 | value(pair[1]);
        }
        Ok(Self(bytes))
    }
}

impl StoreError {
    /// A stable name of the kind of fault, for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "no-such-session",
            Self::Full { .. } => "too-many-sessions",
            Self::Edit { error, .. } => error.code(),
        }
    }
}

impl<E: Deref<Target = Engine> + Clone> Store<E> {
    /// No sessions yet.
    pub fn new(engine: E, limits: StoreLimits) -> Self {
        Self { engine, limits, open: Mutex::default() }
    }

    /// What it may hold.
    pub fn limits(&self) -> StoreLimits {
        self.limits
    }

    /// Opens a session, and says all of its note as a change from nothing.
    ///
    /// # Errors
    /// As many sessions as there may be, a text that is too long.
    pub fn open(&self, name: Name, opening: Opening, now: Instant) -> Result<Change, StoreError> {
        self.sweep(now);
        let full = |open: &HashMap<_, _>| {
            let limit = self.limits.sessions;
            if open.len() >= limit { Err(StoreError::Full { limit }) } else { Ok(()) }
        };
        // before the work is done, and once more when it is
        full(&self.lock())?;
        let session = opening
            .open(self.engine.clone(), self.limits.session)
            .map_err(|error| StoreError::Edit { error, revision: None })?;
        let change = session.whole();
        let mut open = self.lock();
        full(&open)?;
        open.insert(name, Kept { session: Arc::new(Mutex::new(session)), used: now });
        Ok(change)
    }

    /// Makes edits in a session.
    ///
    /// # Errors
    /// No such session; edits that are refused.
    pub fn edit(&self, name: Name, edits: &Edits, now: Instant) -> Result<Change, StoreError> {
        self.within(name, now, |session| {
            session
                .edit_all(edits.revision, &edits.edits)
                .map_err(|error| StoreError::Edit { error, revision: Some(session.revision()) })
        })?
    }

    /// The revision and the report of a session.
    ///
    /// # Errors
    /// No such session.
    pub fn report(&self, name: Name, now: Instant) -> Result<(u64, Report), StoreError> {
        self.within(name, now, |session| (session.revision(), session.report().clone()))
    }

    /// Ends a session.
    ///
    /// # Errors
    /// No such session.
    pub fn close(&self, name: Name, now: Instant) -> Result<(), StoreError> {
        self.sweep(now);
        self.lock().remove(&name).map(drop).ok_or(self.unknown())
    }

    /// Ends every session that was not used for too long.
    pub fn sweep(&self, now: Instant) {
        let idle = self.limits.idle;
        self.lock().retain(|_, kept| now.saturating_duration_since(kept.used) < idle);
    }

    /// Ends all.
    pub fn clear(&self) {
        self.lock().clear();
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.lock().len()
    }

    /// True where there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn within<T>(
        &self,
        name: Name,
        now: Instant,
        work: impl FnOnce(&mut Session<E>) -> T,
    ) -> Result<T, StoreError> {
        self.sweep(now);
        let session = {
            let mut open = self.lock();
            let kept = open.get_mut(&name).ok_or(self.unknown())?;
            kept.used = kept.used.max(now);
            Arc::clone(&kept.session)
        };
        // a session changes only once its note was checked, so that one in which a check failed is what it was before
        let mut session = session.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(work(&mut session))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Name, Kept<E>>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn unknown(&self) -> StoreError {
        StoreError::Unknown { idle: self.limits.idle }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::EngineOptions;
    use crate::session::Edit;

    fn engine() -> Engine {
        let options = EngineOptions {
            #[cfg(feature = "classifier")]
            model: crate::classify::ModelSource::None,
            ..EngineOptions::default()
        };
        Engine::load(&options).unwrap()
    }

    fn opening(text: &str) -> Opening {
        Opening { text: text.into(), ..Opening::default() }
    }

    #[test]
    fn sessions_are_opened_used_and_end() {
        let engine = engine();
        let limits = StoreLimits {
            sessions: 2,
            idle: Duration::from_secs(60),
            session: Limits { bytes: 40, edits: 4 },
        };
        let store = Store::new(&engine, limits);
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let [a, b, c] = [1, 2, 3].map(|n| Name::new([n; 16]));

        let too_long = store.open(a, opening(&"x".repeat(41)), start).unwrap_err();
        assert_eq!((too_long.code(), store.len()), ("too-large", 0));
        assert_eq!(store.open(a, opening("HPI: back pain."), start).unwrap().revision, 0);
        store.open(b, opening("HPI: neck pain."), start).unwrap();
        assert_eq!(store.open(c, opening(""), start).unwrap_err(), StoreError::Full { limit: 2 });

        let edits = Edits { edits: vec![Edit::replace(5..9, "low back")], ..Edits::default() };
        assert_eq!(store.edit(a, &edits, after(50)).unwrap().revision, 1);
        let stale = store.edit(a, &edits, after(50)).unwrap_err();
        let StoreError::Edit { revision, .. } = stale else { panic!("{stale}") };
        assert_eq!((stale.code(), revision), ("stale-revision", Some(1)));

        // only the one that was used is still there
        assert_eq!(store.report(b, after(70)).unwrap_err().code(), "no-such-session");
        let (revision, report) = store.report(a, after(70)).unwrap();
        assert_eq!((revision, report.id.as_str()), (1, "note"));
        store.open(c, opening(""), after(70)).unwrap();
        store.close(a, after(71)).unwrap();
        assert!(store.close(a, after(71)).is_err() && store.len() == 1);
        store.sweep(after(200));
        assert!(store.is_empty());
    }

    #[test]
    fn names_are_read_as_they_are_written() {
        let name = Name::new([0x0f; 16]);
        assert_eq!(name.to_string().parse(), Ok(name));
        assert_eq!(name.to_string(), "0f".repeat(16));
        for wrong in ["", "0f", &"0F".repeat(16), &"0g".repeat(16), &"é".repeat(16)] {
            assert_eq!(wrong.parse::<Name>(), Err(NoName), "{wrong}");
        }
        assert_eq!(format!("{name:?}"), "Name");
    }
}
