//! Why the service cannot start or go on.

use super::AuditLogError;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

/// Why the service cannot start or go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The address is reached from beyond the machine, and something that this needs is missing.
    #[error("{listen} is reached from other machines, which needs {missing}")]
    Open {
        /// The address.
        listen: SocketAddr,
        /// What is missing.
        missing: &'static str,
    },
    /// Ids in the audit log are keyed.
    #[error("an audit log needs a key, which ids in it are hashed with")]
    NoKey,
    /// Anyone could set the header.
    #[error("a header that names the user is believed behind a proxy alone")]
    UserHeader,
    /// Bodies together are allowed less than one of them.
    #[error("one body may be larger than all bodies together")]
    Bodies,
    /// The address cannot be bound.
    #[error("{listen}: {source}")]
    Bind {
        /// The address.
        listen: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// Certificate or key cannot be used.
    #[error("{}: no usable certificate and key: {source}", path.display())]
    Tls {
        /// The certificate.
        path: PathBuf,
        /// What is wrong.
        source: io::Error,
    },
    /// CDS Hooks cannot be answered as configured.
    #[error(transparent)]
    Cds(#[from] super::cds::ConfigError),
    /// The audit log cannot be written.
    #[error(transparent)]
    AuditLog(#[from] AuditLogError),
    /// The sample cannot be reviewed.
    #[cfg(feature = "audit")]
    #[error(transparent)]
    Review(#[from] crate::review::ReviewError),
    /// The threads or the connections failed.
    #[error("the service cannot go on: {0}")]
    Io(#[from] io::Error),
}
