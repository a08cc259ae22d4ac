//! What all requests share.

use super::access::AccessLog;
use super::audit_log::AuditLog;
use super::check::Asked;
use super::metrics::Metrics;
use super::pool::Pool;
use super::problem::Problem;
use super::together::Line;
use super::{Config, ServeError};
use crate::check::Engine;
use crate::digest;
use crate::intake::{ArchiveLimits, Options};
use crate::session::{self, Store, StoreLimits};
use axum::response::Response;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// What all requests share.
pub struct AppState {
    pub(super) engine: Arc<Engine>,
    pub(super) config: Config,
    pub(super) pool: Pool,
    /// The notes that wait for a check.
    pub(super) checks: Arc<Line<Asked, Result<Response, Problem>>>,
    pub(super) metrics: Metrics,
    pub(super) access: AccessLog,
    pub(super) audit: Option<AuditLog>,
    pub(super) cds: super::cds::Desk,
    #[cfg(feature = "audit")]
    pub(super) review: Option<super::review::Desk>,
    /// Digest of the provenance, for the audit log.
    pub(super) provenance: String,
    /// The notes that are being written, by requests.
    pub(super) sessions: Store<Arc<Engine>>,
    /// Places for those that are being written over a WebSocket.
    pub(super) live: Arc<Semaphore>,
    /// Bytes of bodies that may be held at the same time, in pieces of [`PIECE`].
    bodies: Arc<Semaphore>,
    batches: Arc<Semaphore>,
    stopping: AtomicBool,
    over: Notify,
}

/// What a machine that fails can take from the audit log.
const KEPT: Duration = Duration::from_secs(5);
/// What the memory for bodies is counted in.
const PIECE: usize = 1024;

impl AppState {
    /// The state of a service. `log` takes the access log, a line of JSON a request.
    ///
    /// # Errors
    /// The configuration is refused, or the audit log cannot be opened.
    pub fn new(
        engine: Arc<Engine>,
        config: Config,
        log: Box<dyn Write + Send>,
    ) -> Result<Arc<Self>, ServeError> {
        let config = config.checked()?;
        let audit = config.audit_log.as_deref().map(AuditLog::open).transpose()?;
        let provenance = serde_json::to_vec(engine.provenance()).unwrap_or_default();
        let provenance = digest::sha256(provenance);
        let limits = StoreLimits {
            sessions: config.limits.sessions,
            idle: config.limits.session_idle,
            session: session::Limits { bytes: config.limits.session_bytes, ..session::Limits::default() },
        };
        Ok(Arc::new(Self {
            sessions: Store::new(engine.clone(), limits),
            live: Arc::new(Semaphore::new(limits.sessions.min(Semaphore::MAX_PERMITS))),
            over: Notify::new(),
            pool: Pool::new(config.limits.threads, config.limits.waiting, config.limits.answer_time)?,
            checks: Arc::default(),
            metrics: Metrics::new(engine.provenance()),
            access: AccessLog::new(log)?,
            bodies: Arc::new(Semaphore::new(config.limits.all_bodies_bytes / PIECE)),
            batches: Arc::new(Semaphore::new(config.limits.batches.min(Semaphore::MAX_PERMITS))),
            engine,
            audit,
            cds: super::cds::Desk::open(config.cds.as_deref())?,
            #[cfg(feature = "audit")]
            review: config.review.as_deref().map(super::review::Desk::open).transpose()?,
            provenance,
            config,
            stopping: AtomicBool::new(false),
        }))
    }

    /// How the bodies of requests are read as notes.
    pub(super) fn intake(&self) -> Options {
        Options {
            max_note_bytes: self.config.limits.note_bytes,
            key: self.config.key.clone(),
            // A body that is packed unpacks to no more than one that is not.
            archives: ArchiveLimits {
                depth: 2,
                members: 1000,
                ratio: 1,
                free_bytes: self.config.limits.body_bytes as u64,
            },
            ..Options::default()
        }
    }

    /// A place in memory for so many more bytes of bodies.
    ///
    /// # Errors
    /// Busy.
    pub(super) fn room(&self, bytes: usize) -> Result<OwnedSemaphorePermit, Problem> {
        let pieces = u32::try_from(bytes.div_ceil(PIECE)).map_err(|_| Problem::busy())?;
        self.bodies.clone().try_acquire_many_owned(pieces).map_err(|_| Problem::busy())
    }

    /// A place for a batch.
    ///
    /// # Errors
    /// Busy.
    pub(super) fn batch(&self) -> Result<OwnedSemaphorePermit, Problem> {
        self.batches.clone().try_acquire_owned().map_err(|_| Problem::busy())
    }

    /// Waits until the access log is written, and asks the system to put the audit log on the disk.
    pub fn flush(&self) {
        self.access.flush();
        if let Some(audit) = &self.audit {
            audit.sync();
        }
    }

    /// From now on the service says that it is not ready.
    pub(super) fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        self.over.notify_waiters();
        self.sessions.clear();
    }

    /// Done when the service is asked to stop.
    pub(super) async fn stopped(&self) {
        let over = self.over.notified();
        // one that stopped before this was asked notifies nobody any more
        if !self.stopping.load(Ordering::SeqCst) {
            over.await;
        }
    }

    /// Done when the last WebSocket is closed; no new one is opened from then on.
    pub(super) async fn hung_up(&self) {
        let all = u32::try_from(self.sessions.limits().sessions).unwrap_or(u32::MAX);
        if let Ok(places) = self.live.acquire_many(all).await {
            places.forget();
        }
    }

    /// Asks the system every few seconds to put the audit log on the disk.
    pub(super) async fn keep(self: Arc<Self>) {
        while self.audit.is_some() {
            tokio::time::sleep(KEPT).await;
            let state = self.clone();
            let _ = tokio::task::spawn_blocking(move || state.audit.as_ref().map(AuditLog::sync)).await;
        }
    }

    /// Ends sessions that nobody used for too long, whether or not anybody asks for anything.
    pub(super) async fn sweep(&self) {
        let pause = (self.sessions.limits().idle / 4).clamp(Duration::from_secs(1), Duration::from_secs(60));
        loop {
            tokio::time::sleep(pause).await;
            self.sessions.sweep(Instant::now());
        }
    }

    /// Whether it takes on another check.
    pub(super) fn is_ready(&self) -> bool {
        !self.stopping.load(Ordering::Relaxed) && self.pool.has_room()
    }
}
