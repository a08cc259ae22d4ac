//! Keyed hashes of patient identifiers.

use super::{IntakeError, Reason};
use crate::digest;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;
use std::path::Path;

/// A secret that turns a patient's identifier into a pseudonym: the same patient has the same one under the same key.
#[derive(Clone)]
pub struct PatientKey(Hmac<Sha256>);

impl PatientKey {
    /// Fewest bytes of a key.
    pub const MIN_BYTES: usize = 16;

    /// The key that a secret makes; `None` where it has less than [`PatientKey::MIN_BYTES`].
    pub fn new(secret: &[u8]) -> Option<Self> {
        (secret.len() >= Self::MIN_BYTES).then(|| Hmac::new_from_slice(secret).ok().map(Self)).flatten()
    }

    /// Reads a key file; line feeds at its end do not count.
    ///
    /// # Errors
    /// The file cannot be read, or is too short.
    pub fn read(path: &Path) -> Result<Self, IntakeError> {
        let error = |reason| IntakeError::new(path.to_string_lossy(), reason);
        let bytes = std::fs::read(path).map_err(|e| error(e.into()))?;
        let end = bytes.iter().rposition(|b| !matches!(b, b'\n' | b'\r')).map_or(0, |at| at + 1);
        Self::new(&bytes[..end]).ok_or_else(|| error(Reason::ShortKey { least: Self::MIN_BYTES }))
    }

    /// Tells one key from another and gives nothing of it away.
    pub fn fingerprint(&self) -> String {
        self.hash("chartgap patient key")[..16].to_owned()
    }

    /// HMAC-SHA256 of the identifier in lower-case hexadecimal digits.
    pub fn hash(&self, identifier: &str) -> String {
        let mut mac = self.0.clone();
        mac.update(identifier.trim().as_bytes());
        digest::hex(&mac.finalize().into_bytes())
    }
}

impl fmt::Debug for PatientKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PatientKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_published_vector() {
        // RFC 4231, test case 3.
        let key = PatientKey::new(&[0xaa; 20]).unwrap();
        let mut mac = key.0.clone();
        mac.update(&[0xdd; 50]);
        assert_eq!(mac.finalize().into_bytes()[..4], [0x77, 0x3e, 0xa9, 0x1e]);
        assert_eq!(key.hash(" 7 "), key.hash("7"));
        assert_ne!(key.hash("7"), key.hash("8"));
        assert_eq!(key.hash("7").len(), 64);
        assert_eq!(format!("{key:?}"), "PatientKey");
    }

    #[test]
    fn a_short_key_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        std::fs::write(&path, "short secret\n\n\n\n\n").unwrap();
        assert_eq!(PatientKey::read(&path).unwrap_err().reason.code(), "short-key");
        std::fs::write(&path, "sixteen bytes ok\n").unwrap();
        assert_eq!(
            PatientKey::read(&path).unwrap().hash("7"),
            PatientKey::new(b"sixteen bytes ok").unwrap().hash("7")
        );
    }
}
