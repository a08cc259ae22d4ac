//! The public keys of a client, from a file with a JSON Web Key Set; nothing is fetched.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P384_SHA384_FIXED, RSA_PKCS1_2048_8192_SHA384, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde_json::{Map, Value};
use std::fmt;

/// The keys of one client, by their `kid`.
#[derive(Clone, Debug)]
pub struct Keys(Vec<Key>);

#[derive(Clone)]
struct Key {
    id: String,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    /// A point of P-384, uncompressed.
    Es384(Vec<u8>),
    /// Modulus and exponent.
    Rs384 { n: Vec<u8>, e: Vec<u8> },
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} key", self.kind.algorithm())
    }
}

/// Why a set of keys is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// Not the form of a set.
    #[error("no JSON Web Key Set: an object with a list `keys`")]
    NoSet,
    /// A key that can't be used.
    #[error("key {number}: {problem}")]
    Key {
        /// From 1.
        number: usize,
        /// What is wrong, and what is allowed.
        problem: &'static str,
    },
    /// No key for signatures of the two algorithms.
    #[error("no key that signs by ES384 (kty EC, crv P-384) or RS384 (kty RSA, 2048 bits or more)")]
    NoKey,
}

/// Bytes of a coordinate of P-384.
const COORDINATE: usize = 48;
/// Bytes of the shortest and of the longest modulus.
const MODULUS: std::ops::RangeInclusive<usize> = 256..=1024;

impl Keys {
    /// Reads a set. Keys for other uses and algorithms are passed over.
    ///
    /// # Errors
    /// What [`KeysError`] says.
    pub fn from_json(text: &str) -> Result<Self, KeysError> {
        let set: Value = serde_json::from_str(text).map_err(|_| KeysError::NoSet)?;
        let listed = set["keys"].as_array().ok_or(KeysError::NoSet)?;
        let mut keys: Vec<Key> = Vec::new();
        for (at, key) in listed.iter().enumerate() {
            let refuse = |problem| KeysError::Key { number: at + 1, problem };
            let key = key.as_object().ok_or(refuse("must be an object"))?;
            let Some(key) = read(key).map_err(refuse)? else { continue };
            if keys.iter().any(|k| k.id == key.id) {
                return Err(refuse("its `kid` stands twice"));
            }
            keys.push(key);
        }
        if keys.is_empty() { Err(KeysError::NoKey) } else { Ok(Self(keys)) }
    }

    /// Whether a message is signed by the key of that id and by no other algorithm than the key's.
    pub(super) fn verify(&self, id: &str, algorithm: &str, message: &[u8], signature: &[u8]) -> Checked {
        let Some(key) = self.0.iter().find(|k| k.id == id) else { return Checked::UnknownKey };
        if key.kind.algorithm() != algorithm {
            return Checked::OtherAlgorithm;
        }
        let verified = match &key.kind {
            Kind::Es384(point) => {
                UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point).verify(message, signature)
            }
            Kind::Rs384 { n, e } => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PKCS1_2048_8192_SHA384, message, signature)
            }
        };
        if verified.is_ok() { Checked::Good } else { Checked::Bad }
    }
}

/// What came of checking a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Checked {
    Good,
    Bad,
    UnknownKey,
    OtherAlgorithm,
}

impl Kind {
    fn algorithm(&self) -> &'static str {
        match self {
            Kind::Es384(_) => "ES384",
            Kind::Rs384 { .. } => "RS384",
        }
    }
}

/// `None` where the key is for something else.
fn read(key: &Map<String, Value>) -> Result<Option<Key>, &'static str> {
    let text = |name: &str| key.get(name).and_then(Value::as_str);
    if ["d", "p", "q", "k"].iter().any(|part| key.contains_key(*part)) {
        return Err("holds a secret; only the public part belongs into the file");
    }
    if text("use").is_some_and(|u| u != "sig") {
        return Ok(None);
    }
    let bytes = |name: &str| text(name).and_then(|v| URL_SAFE_NO_PAD.decode(v).ok());
    let kind = match (text("kty"), text("crv")) {
        (Some("EC"), Some("P-384")) => {
            let (Some(x), Some(y)) = (bytes("x"), bytes("y")) else {
                return Err("`x` and `y` must be base64url");
            };
            if x.len() != COORDINATE || y.len() != COORDINATE {
                return Err("`x` and `y` must have 48 bytes");
            }
            Kind::Es384([&[4][..], &x, &y].concat())
        }
        (Some("RSA"), _) => {
            let (Some(n), Some(e)) = (bytes("n"), bytes("e")) else {
                return Err("`n` and `e` must be base64url");
            };
            let start = n.iter().position(|b| *b != 0).unwrap_or(n.len());
            let n = n[start..].to_vec();
            if !MODULUS.contains(&n.len()) {
                return Err("`n` must have 2048 to 8192 bits");
            }
            Kind::Rs384 { n, e }
        }
        _ => return Ok(None),
    };
    if text("alg").is_some_and(|alg| alg != kind.algorithm()) {
        return Ok(None);
    }
    let id = text("kid").filter(|id| !id.is_empty()).ok_or("has no `kid`")?;
    Ok(Some(Key { id: id.to_owned(), kind }))
}
