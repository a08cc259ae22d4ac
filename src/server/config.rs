//! What the service is told when it starts, and what of it is refused.

use super::ServeError;
use crate::intake::PatientKey;
use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;
use subtle::ConstantTimeEq;

/// How the service is reached, by whom, and how much it takes on.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where it listens. Beyond the machine itself only as [`Config::checked`] allows.
    pub listen: SocketAddr,
    /// Who may ask.
    pub access: Access,
    /// Certificate and key.
    pub tls: Option<Tls>,
    /// What it takes on.
    pub limits: Limits,
    /// The file of the audit log.
    pub audit_log: Option<PathBuf>,
    /// The file that configures CDS Hooks; without one, the default hooks are answered by what is prefetched.
    pub cds: Option<PathBuf>,
    /// Output directory of an audit whose sample is reviewed.
    pub review: Option<PathBuf>,
    /// Makes the keyed hashes of note ids in the audit log, and of patients' identifiers in notes.
    pub key: Option<PatientKey>,
}

/// Who may ask.
#[derive(Clone, Debug, Default)]
pub struct Access {
    /// What a client has to show as `Authorization: Bearer …`; nothing unless given.
    pub token: Option<Secret>,
    /// A proxy stands before the service and encrypts what goes over the network.
    pub behind_proxy: bool,
    /// Header in which the proxy names the user, for the audit log.
    pub user_header: Option<String>,
    /// Names that clients may call the service by (`Host`), beside those of the machine itself; without the port.
    pub hosts: Vec<String>,
    /// Origins whose pages may ask (`https://chart.example.org`), beside the service's own.
    pub origins: Vec<String>,
}

/// Where certificate and key lie.
#[derive(Clone, Debug)]
pub struct Tls {
    /// Chain of certificates, PEM.
    pub certificate: PathBuf,
    /// Private key, PEM.
    pub key: PathBuf,
}

/// What the service takes on.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Largest body of a request that is read as a whole, in bytes.
    pub body_bytes: usize,
    /// What all bodies that are being read or wait for their answer take together, in bytes.
    pub all_bodies_bytes: usize,
    /// Largest note, in bytes.
    pub note_bytes: usize,
    /// Threads that check notes.
    pub threads: usize,
    /// Checks that wait for a thread; one more is refused with 503.
    pub waiting: usize,
    /// Notes that are being written at the same time by requests, and as many over WebSockets; one more is refused with 429.
    pub sessions: usize,
    /// Largest text of such a note, in bytes.
    pub session_bytes: usize,
    /// Such a note is forgotten when nothing came for so long.
    pub session_idle: Duration,
    /// Batches at the same time; one more is refused with 503.
    pub batches: usize,
    /// Connections at the same time; one more is refused with 503.
    pub connections: usize,
    /// Time for the head of a request.
    pub head_time: Duration,
    /// Time for the body of a request, and for each pause within a stream.
    pub body_time: Duration,
    /// Time for an answer once the request is read.
    pub answer_time: Duration,
    /// Time in which a client takes nothing of its answer.
    pub write_time: Duration,
    /// Time for requests to finish when the service is asked to stop.
    pub stop_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 16 << 20,
            all_bodies_bytes: 256 << 20,
            note_bytes: crate::intake::MAX_NOTE_BYTES,
            threads: std::thread::available_parallelism().map_or(1, usize::from),
            waiting: 256,
            sessions: 128,
            session_bytes: crate::session::Limits::default().bytes,
            session_idle: Duration::from_secs(15 * 60),
            batches: 16,
            connections: 1024,
            head_time: Duration::from_secs(10),
            body_time: Duration::from_secs(30),
            answer_time: Duration::from_secs(30),
            write_time: Duration::from_secs(30),
            stop_time: Duration::from_secs(30),
        }
    }
}

impl Config {
    /// A service for this machine alone.
    pub fn local(listen: SocketAddr) -> Self {
        let (access, limits) = (Access::default(), Limits::default());
        Self { listen, access, tls: None, limits, audit_log: None, cds: None, review: None, key: None }
    }

    /// Refuses what would let notes out: an address beyond the machine needs a token and encryption, by TLS or by a proxy
    /// that is said to be there.
    ///
    /// # Errors
    /// What is missing.
    pub fn checked(self) -> Result<Self, ServeError> {
        if !self.listen.ip().is_loopback() {
            if self.tls.is_none() && !self.access.behind_proxy {
                return Err(ServeError::Open {
                    listen: self.listen,
                    missing: "TLS, or a proxy that encrypts",
                });
            }
            if self.access.token.is_none() {
                return Err(ServeError::Open { listen: self.listen, missing: "a token" });
            }
        }
        if self.audit_log.is_some() && self.key.is_none() {
            return Err(ServeError::NoKey);
        }
        if self.limits.all_bodies_bytes < self.limits.body_bytes {
            return Err(ServeError::Bodies);
        }
        if self.access.user_header.is_some() && !self.access.behind_proxy {
            return Err(ServeError::UserHeader);
        }
        Ok(self)
    }
}

/// A secret that is shown to nobody and compared in the same time whatever is wrong with the other one.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Fewest characters of a token.
    pub const MIN: usize = 16;

    /// `None` for what is too short or does not fit into a header.
    pub fn new(secret: &str) -> Option<Self> {
        let fits = secret.len() >= Self::MIN && secret.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| Self(secret.to_owned()))
    }

    /// Whether the other one is the same.
    pub fn is(&self, other: &[u8]) -> bool {
        // Unequal lengths give away the length alone.
        self.0.as_bytes().ct_eq(other).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_beyond_the_machine_needs_a_token_and_encryption() {
        let tls = || Some(Tls { certificate: "c".into(), key: "k".into() });
        let token = || Secret::new("0123456789abcdef");
        for (listen, tls, proxy, token, refused) in [
            ("127.0.0.1:1", None, false, None, None),
            ("127.8.8.8:1", None, false, None, None),
            ("[::1]:1", None, false, None, None),
            ("0.0.0.0:1", None, false, token(), Some("TLS, or a proxy that encrypts")),
            ("0.0.0.0:1", None, true, None, Some("a token")),
            ("192.168.0.9:1", tls(), false, None, Some("a token")),
            ("192.168.0.9:1", tls(), false, token(), None),
            ("[::]:1", None, true, token(), None),
        ] {
            let mut config = Config::local(listen.parse().unwrap());
            config.tls = tls;
            config.access = Access { token, behind_proxy: proxy, ..Access::default() };
            let missing = match config.checked() {
                Ok(_) => None,
                Err(ServeError::Open { missing, .. }) => Some(missing),
                Err(other) => panic!("{other}"),
            };
            assert_eq!(missing, refused, "{listen}");
        }
    }

    #[test]
    fn a_token_is_long_and_shown_to_nobody() {
        assert!(Secret::new("short").is_none() && Secret::new("0123456789 abcdef").is_none());
        let secret = Secret::new("0123456789abcdef").unwrap();
        assert!(secret.is(b"0123456789abcdef"));
        assert!(!secret.is(b"0123456789abcdeg") && !secret.is(b"0123456789abcde") && !secret.is(b""));
        assert_eq!(format!("{secret:?}"), "Secret");
    }
}
