//! What all requests share.

use super::access::AccessLog;
use super::audit_log::AuditLog;
use super::metrics::Metrics;
use super::pool::Pool;
use super::{Config, ServeError};
use crate::check::Engine;
use crate::intake::Options;
use sha2::{Digest, Sha256};
use std::fmt::Write as _;
use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// What all requests share.
pub struct AppState {
    pub(super) engine: Arc<Engine>,
    pub(super) config: Config,
    pub(super) pool: Pool,
    pub(super) metrics: Metrics,
    pub(super) access: AccessLog,
    pub(super) audit: Option<AuditLog>,
    #[cfg(feature = "audit")]
    pub(super) review: Option<super::review::Desk>,
    /// Digest of the provenance, for the audit log.
    pub(super) provenance: String,
    stopping: AtomicBool,
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
        Ok(Arc::new(Self {
            pool: Pool::new(config.limits.threads, config.limits.waiting)?,
            metrics: Metrics::new(engine.provenance()),
            access: AccessLog::new(log),
            engine,
            audit,
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
            ..Options::default()
        }
    }

    /// From now on the service says that it is not ready.
    pub(super) fn stop(&self) {
        self.stopping.store(true, Ordering::Relaxed);
    }

    /// Whether it takes on another check.
    pub(super) fn is_ready(&self) -> bool {
        !self.stopping.load(Ordering::Relaxed) && self.pool.has_room()
    }
}
