//! What all requests share.

use super::access::AccessLog;
use super::audit_log::AuditLog;
use super::metrics::Metrics;
use super::pool::Pool;
use super::{Config, ServeError};
use crate::check::Engine;
use crate::intake::Options;
use crate::session::{self, Store, StoreLimits};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, Semaphore};

/// What all requests share.
pub struct AppState {
    pub(super) engine: Arc<Engine>,
    pub(super) config: Config,
    pub(super) pool: Pool,
    pub(super) metrics: Metrics,
    pub(super) access: AccessLog,
    pub(super) audit: Option<AuditLog>,
    /// Digest of the provenance, for the audit log.
    pub(super) provenance: String,
    /// The notes that are being written, by requests.
    pub(super) sessions: Store<Arc<Engine>>,
    /// Places for those that are being written over a WebSocket.
    pub(super) live: Arc<Semaphore>,
    stopping: AtomicBool,
    over: Notify,
}

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
        let provenance = Sha256::digest(provenance).iter().fold(String::new(), |mut out, byte| {
            let _ = write!(out, "{byte:02x}");
            out
        });
        let limits = StoreLimits {
            sessions: config.limits.sessions,
            idle: config.limits.session_idle,
            session: session::Limits { bytes: config.limits.session_bytes, ..session::Limits::default() },
        };
        Ok(Arc::new(Self {
            sessions: Store::new(engine.clone(), limits),
            live: Arc::new(Semaphore::new(limits.sessions.min(Semaphore::MAX_PERMITS))),
            over: Notify::new(),
            pool: Pool::new(config.limits.threads, config.limits.waiting)?,
            metrics: Metrics::new(engine.provenance()),
            access: AccessLog::new(log),
            engine,
            config,
            audit,
            provenance,
            stopping: AtomicBool::new(false),
        }))
    }

    /// How the bodies of requests are read as notes.
    pub(super) fn intake(&self) -> Options {
        Options {
            max_note_bytes: self.config.limits.note_bytes,
            key: self.config.key.clone(),
            ..Options::default()
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
