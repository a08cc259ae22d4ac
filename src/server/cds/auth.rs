//! Who the client is: a JSON Web Token that it signs for each call, by ES384 or RS384, checked against keys from files.
//!
//! The algorithm is that of the key, never that of the token; the signature is checked before any claim; addresses of keys
//! in the token (`jku`, `x5u`, `jwk`) are not looked at.

use super::jwks::{Checked, Keys};
use super::replay::{Replay, Shown};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

/// Seconds by which clocks may differ.
const LEEWAY: u64 = 60;
/// Seconds that a token lives at most. Those of clients should live for five minutes.
const LIFETIME: u64 = 900;
/// Bytes of the longest token.
const LENGTH: usize = 8 * 1024;
/// Bytes of the longest `jti`.
const ID: usize = 256;

/// The clients that may call, with their keys.
#[derive(Debug, Default)]
pub struct Auth {
    clients: Vec<Client>,
    replay: Replay,
}

#[derive(Debug)]
struct Client {
    issuer: String,
    keys: Keys,
}

/// Why a client is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AuthFault {
    /// No token.
    #[error("a token is needed: Authorization: Bearer, with a JSON Web Token")]
    Missing,
    /// Not the form of a token.
    #[error("the token is malformed")]
    Malformed,
    /// An algorithm other than the key's.
    #[error("the token must be signed by ES384 or RS384, as its key says")]
    Algorithm,
    /// An issuer or a `kid` that is not known.
    #[error("the issuer of the token, or its key, is not known here")]
    UnknownKey,
    /// Not signed by that key.
    #[error("the signature of the token is wrong")]
    Signature,
    /// A claim that must be there, or of the wrong type.
    #[error("the token needs `iss`, `aud`, `exp`, `iat` and `jti`")]
    Claims,
    /// Over.
    #[error("the token has expired")]
    Expired,
    /// Made in the future.
    #[error("the token is not valid yet")]
    Early,
    /// Valid for too long.
    #[error("the token is valid for more than {LIFETIME} seconds")]
    Lifetime,
    /// For another service.
    #[error("the audience of the token is not the URL that was called")]
    Audience,
    /// Used before.
    #[error("the token was used before")]
    Replayed,
    /// Too many tokens to remember.
    #[error("too many tokens at once; try again later")]
    Full,
}

impl AuthFault {
    /// A stable word for programs.
    pub fn code(self) -> &'static str {
        match self {
            AuthFault::Missing => "token-missing",
            AuthFault::Malformed => "token-malformed",
            AuthFault::Algorithm => "token-algorithm",
            AuthFault::UnknownKey => "token-unknown-key",
            AuthFault::Signature => "token-signature",
            AuthFault::Claims => "token-claims",
            AuthFault::Expired => "token-expired",
            AuthFault::Early => "token-early",
            AuthFault::Lifetime => "token-lifetime",
            AuthFault::Audience => "token-audience",
            AuthFault::Replayed => "token-replayed",
            AuthFault::Full => "token-store-full",
        }
    }
}

impl Auth {
    /// Lets a client in by its issuer; false where it is there already.
    pub fn add(&mut self, issuer: &str, keys: Keys) -> bool {
        if self.clients.iter().any(|c| c.issuer == issuer) {
            return false;
        }
        self.clients.push(Client { issuer: issuer.to_owned(), keys });
        true
    }

    /// Whether any client is known, and so whether a token is needed.
    pub fn is_needed(&self) -> bool {
        !self.clients.is_empty()
    }

    /// Checks the value of an Authorization header. `audience` is the URL that was called, `now` in seconds since 1970.
    /// The token is used up where it is good. Gives the issuer.
    ///
    /// # Errors
    /// What [`AuthFault`] says.
    pub fn check(&self, header: Option<&str>, audience: &str, now: u64) -> Result<&str, AuthFault> {
        let (scheme, token) = header.and_then(|h| h.trim().split_once(' ')).ok_or(AuthFault::Missing)?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(AuthFault::Missing);
        }
        let token = token.trim_start();
        if token.len() > LENGTH {
            return Err(AuthFault::Malformed);
        }
        let mut parts = token.split('.');
        let (Some(head), Some(body), Some(signature), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(AuthFault::Malformed);
        };
        let signed = &token[..head.len() + 1 + body.len()];
        let (head, claims) = (object(head)?, object(body)?);
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| AuthFault::Malformed)?;
        if head.get("crit").is_some() {
            // An extension that has to be understood, and none is.
            return Err(AuthFault::Malformed);
        }
        let algorithm = head["alg"].as_str().ok_or(AuthFault::Malformed)?;
        if !matches!(algorithm, "ES384" | "RS384") {
            return Err(AuthFault::Algorithm);
        }
        let key = head["kid"].as_str().ok_or(AuthFault::UnknownKey)?;
        let issuer = claims["iss"].as_str().ok_or(AuthFault::Claims)?;
        let client = self.clients.iter().find(|c| c.issuer == issuer).ok_or(AuthFault::UnknownKey)?;
        match client.keys.verify(key, algorithm, signed.as_bytes(), &signature) {
            Checked::Good => {}
            Checked::Bad => return Err(AuthFault::Signature),
            Checked::UnknownKey => return Err(AuthFault::UnknownKey),
            Checked::OtherAlgorithm => return Err(AuthFault::Algorithm),
        }
        let end = times(&claims, now)?;
        let meant = match &claims["aud"] {
            Value::String(aud) => same(aud, audience),
            Value::Array(list) => list.iter().any(|aud| aud.as_str().is_some_and(|a| same(a, audience))),
            _ => return Err(AuthFault::Claims),
        };
        if !meant {
            return Err(AuthFault::Audience);
        }
        let id = claims["jti"].as_str().filter(|id| (1..=ID).contains(&id.len())).ok_or(AuthFault::Claims)?;
        match self.replay.show(issuer, id, end, now) {
            Shown::First => Ok(&client.issuer),
            Shown::Again => Err(AuthFault::Replayed),
            Shown::Full => Err(AuthFault::Full),
        }
    }
}

/// Checks when a token is valid, and gives the last second at which it is accepted.
fn times(claims: &Value, now: u64) -> Result<u64, AuthFault> {
    let expires = seconds(&claims["exp"])?;
    let issued = seconds(&claims["iat"])?;
    let starts = if claims.get("nbf").is_some() { seconds(&claims["nbf"])? } else { issued };
    let end = expires.saturating_add(LEEWAY);
    if now > end {
        return Err(AuthFault::Expired);
    }
    if issued.max(starts) > now.saturating_add(LEEWAY) {
        return Err(AuthFault::Early);
    }
    if expires.saturating_sub(issued) > LIFETIME {
        return Err(AuthFault::Lifetime);
    }
    Ok(end)
}

/// Seconds since 1970; a fraction is dropped.
fn seconds(value: &Value) -> Result<u64, AuthFault> {
    let whole = value.as_u64().or_else(|| {
        let number = value.as_f64().filter(|n| (0.0..1e15).contains(n))?;
        Some(number as u64)
    });
    whole.ok_or(AuthFault::Claims)
}

/// A slash at the end makes no other service.
fn same(audience: &str, called: &str) -> bool {
    audience.trim_end_matches('/') == called.trim_end_matches('/')
}

fn object(part: &str) -> Result<Value, AuthFault> {
    let bytes = URL_SAFE_NO_PAD.decode(part).map_err(|_| AuthFault::Malformed)?;
    let value: Value = serde_json::from_slice(&bytes).map_err(|_| AuthFault::Malformed)?;
    if value.is_object() { Ok(value) } else { Err(AuthFault::Malformed) }
}
