//! Who may call: tokens that are let in, and everything that is not.

use crate::made::{PUBLIC, service};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chartgap::server::cds::{Auth, AuthFault, Keys, KeysError};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

const NOW: u64 = 1_800_000_000;
const ISSUER: &str = "https://ehr.example.org";
const PATH: &str = "/cds-services/chartgap-order-sign";

/// A client with a key that was made for this test.
pub(crate) struct Client {
    pair: EcdsaKeyPair,
    rng: SystemRandom,
}

impl Client {
    pub(crate) fn new() -> Self {
        let rng = SystemRandom::new();
        let algorithm = &ECDSA_P384_SHA384_FIXED_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &rng).unwrap();
        Self { pair: EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &rng).unwrap(), rng }
    }

    pub(crate) fn jwk(&self, id: &str) -> Value {
        let point = self.pair.public_key().as_ref();
        json!({
            "kty": "EC", "crv": "P-384", "use": "sig", "alg": "ES384", "kid": id,
            "x": URL_SAFE_NO_PAD.encode(&point[1..49]), "y": URL_SAFE_NO_PAD.encode(&point[49..]),
        })
    }

    fn keys(&self) -> Keys {
        Keys::from_json(&json!({ "keys": [self.jwk("k1")] }).to_string()).unwrap()
    }

    fn auth(&self) -> Auth {
        let mut auth = Auth::default();
        assert!(auth.add(ISSUER, self.keys()));
        auth
    }

    /// A good token for a URL.
    pub(crate) fn token(&self, audience: &str, id: &str, now: u64) -> String {
        let claims = json!({ "iss": ISSUER, "aud": audience, "iat": now, "exp": now + 60, "jti": id });
        self.sign(&head(), &claims)
    }

    fn sign(&self, head: &Value, claims: &Value) -> String {
        let message = format!("{}.{}", part(head), part(claims));
        let signature = self.pair.sign(&self.rng, message.as_bytes()).unwrap();
        format!("Bearer {message}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn head() -> Value {
    json!({ "alg": "ES384", "typ": "JWT", "kid": "k1", "jku": "https://evil.example/keys" })
}

fn claims(id: &str) -> Value {
    json!({ "iss": ISSUER, "aud": audience(), "iat": NOW - 10, "exp": NOW + 290, "jti": id })
}

fn audience() -> String {
    format!("{PUBLIC}{PATH}")
}

fn with(mut object: Value, key: &str, value: Value) -> Value {
    match value {
        Value::Null => {
            object.as_object_mut().unwrap().remove(key);
        }
        value => object[key] = value,
    }
    object
}

#[test]
fn a_token_is_let_in_once() {
    let client = Client::new();
    let auth = client.auth();
    let token = client.sign(&head(), &claims("1"));
    assert_eq!(auth.check(Some(&token), &audience(), NOW), Ok(ISSUER));
    assert_eq!(auth.check(Some(&token), &audience(), NOW), Err(AuthFault::Replayed));
    assert_eq!(
        auth.check(Some(&client.sign(&head(), &claims("1"))), &audience(), NOW + 1),
        Err(AuthFault::Replayed)
    );
    assert_eq!(auth.check(Some(&client.sign(&head(), &claims("2"))), &audience(), NOW + 1), Ok(ISSUER));
    // after it has expired it is refused for that
    assert_eq!(auth.check(Some(&token), &audience(), NOW + 1000), Err(AuthFault::Expired));
}

#[test]
fn claims_that_are_wrong() {
    let client = Client::new();
    for (key, value, expected) in [
        ("aud", json!(format!("{PUBLIC}/cds-services/chartgap-patient-view")), Err(AuthFault::Audience)),
        ("aud", json!("https://evil.example/cds-services/chartgap-order-sign"), Err(AuthFault::Audience)),
        ("aud", json!(PUBLIC), Err(AuthFault::Audience)),
        ("aud", json!([]), Err(AuthFault::Audience)),
        ("aud", json!(null), Err(AuthFault::Claims)),
        ("aud", json!(["https://other.example", audience()]), Ok(ISSUER)),
        ("aud", json!(format!("{}/", audience())), Ok(ISSUER)),
        ("exp", json!(NOW - 61), Err(AuthFault::Expired)),
        ("exp", json!(NOW - 30), Ok(ISSUER)),
        ("exp", json!(null), Err(AuthFault::Claims)),
        ("exp", json!("soon"), Err(AuthFault::Claims)),
        ("exp", json!(-1), Err(AuthFault::Claims)),
        ("exp", json!(u64::MAX), Err(AuthFault::Lifetime)),
        ("exp", json!(NOW + 86_400), Err(AuthFault::Lifetime)),
        ("iat", json!(NOW + 61), Err(AuthFault::Early)),
        ("iat", json!(null), Err(AuthFault::Claims)),
        ("nbf", json!(NOW + 61), Err(AuthFault::Early)),
        ("nbf", json!(NOW - 1), Ok(ISSUER)),
        ("jti", json!(null), Err(AuthFault::Claims)),
        ("jti", json!(""), Err(AuthFault::Claims)),
        ("jti", json!("x".repeat(300)), Err(AuthFault::Claims)),
        ("iss", json!("https://evil.example"), Err(AuthFault::UnknownKey)),
        ("iss", json!(null), Err(AuthFault::Claims)),
    ] {
        let token = client.sign(&head(), &with(claims("1"), key, value.clone()));
        assert_eq!(client.auth().check(Some(&token), &audience(), NOW), expected, "{key}: {value}");
    }
}

#[test]
fn a_token_with_a_wrong_claim_is_not_used_up() {
    let client = Client::new();
    let auth = client.auth();
    let wrong = client.sign(&head(), &with(claims("1"), "aud", json!("https://evil.example")));
    assert_eq!(auth.check(Some(&wrong), &audience(), NOW), Err(AuthFault::Audience));
    assert_eq!(auth.check(Some(&client.sign(&head(), &claims("1"))), &audience(), NOW), Ok(ISSUER));
}

#[test]
fn the_algorithm_is_that_of_the_key() {
    let client = Client::new();
    let auth = client.auth();
    let body = part(&claims("1"));
    let point = client.pair.public_key().as_ref().to_vec();
    // no signature
    for alg in ["none", "None", "NONE", ""] {
        for signature in ["", "AAAA"] {
            let token = format!("Bearer {}.{body}.{signature}", part(&with(head(), "alg", json!(alg))));
            assert_eq!(auth.check(Some(&token), &audience(), NOW), Err(AuthFault::Algorithm), "{alg}");
        }
    }
    // the public key as the secret of an HMAC
    for alg in ["HS256", "HS384"] {
        let message = format!("{}.{body}", part(&with(head(), "alg", json!(alg))));
        let kind = if alg == "HS256" { ring::hmac::HMAC_SHA256 } else { ring::hmac::HMAC_SHA384 };
        for secret in [point.clone(), client.jwk("k1").to_string().into_bytes()] {
            let tag = ring::hmac::sign(&ring::hmac::Key::new(kind, &secret), message.as_bytes());
            let token = format!("Bearer {message}.{}", URL_SAFE_NO_PAD.encode(tag.as_ref()));
            assert_eq!(auth.check(Some(&token), &audience(), NOW), Err(AuthFault::Algorithm), "{alg}");
        }
    }
    // the other allowed algorithm with a key of this one, and algorithms that are not allowed
    for alg in ["RS384", "ES256", "RS256", "PS384", "es384"] {
        let token = client.sign(&with(head(), "alg", json!(alg)), &claims("1"));
        assert_eq!(auth.check(Some(&token), &audience(), NOW), Err(AuthFault::Algorithm), "{alg}");
    }
}

#[test]
fn keys_that_are_not_known_and_signatures_that_are_not_theirs() {
    let (client, stranger) = (Client::new(), Client::new());
    let auth = client.auth();
    let check = |token: &str| auth.check(Some(token), &audience(), NOW);
    assert_eq!(
        check(&client.sign(&with(head(), "kid", json!("k2")), &claims("1"))),
        Err(AuthFault::UnknownKey)
    );
    assert_eq!(
        check(&client.sign(&with(head(), "kid", json!(null)), &claims("1"))),
        Err(AuthFault::UnknownKey)
    );
    assert_eq!(check(&stranger.sign(&head(), &claims("1"))), Err(AuthFault::Signature));
    // a key that comes with the token is not looked at
    let brought = with(with(head(), "jwk", stranger.jwk("k1")), "x5u", json!("https://evil.example"));
    assert_eq!(check(&stranger.sign(&brought, &claims("1"))), Err(AuthFault::Signature));
    // the key of one client does not speak for another
    let mut both = client.auth();
    assert!(both.add("https://other.example", stranger.keys()));
    assert!(!both.add("https://other.example", stranger.keys()));
    assert_eq!(
        both.check(Some(&stranger.sign(&head(), &claims("1"))), &audience(), NOW),
        Err(AuthFault::Signature)
    );
    // claims that were changed after signing
    let token = client.sign(&head(), &claims("1"));
    let parts: Vec<&str> = token.split('.').collect();
    let changed = format!("{}.{}.{}", parts[0], part(&claims("9")), parts[2]);
    assert_eq!(check(&changed), Err(AuthFault::Signature));
}

#[test]
fn what_is_no_token() {
    let client = Client::new();
    let auth = client.auth();
    let token = client.sign(&head(), &claims("1"));
    let bare = token.strip_prefix("Bearer ").unwrap();
    for (header, expected) in [
        (None, AuthFault::Missing),
        (Some(String::new()), AuthFault::Missing),
        (Some(bare.to_owned()), AuthFault::Missing),
        (Some(format!("Basic {bare}")), AuthFault::Missing),
        (Some("Bearer x".to_owned()), AuthFault::Malformed),
        (Some("Bearer a.b".to_owned()), AuthFault::Malformed),
        (Some("Bearer ...".to_owned()), AuthFault::Malformed),
        (Some(format!("{token}.x")), AuthFault::Malformed),
        (Some(format!("{token}=")), AuthFault::Malformed),
        (Some(format!("Bearer {}", "a".repeat(10_000))), AuthFault::Malformed),
        (Some(format!("Bearer {}.{}.", part(&json!([])), part(&json!({})))), AuthFault::Malformed),
        (Some(client.sign(&with(head(), "crit", json!(["x"])), &claims("1"))), AuthFault::Malformed),
    ] {
        assert_eq!(auth.check(header.as_deref(), &audience(), NOW), Err(expected), "{header:?}");
    }
    assert_eq!(auth.check(Some(&token.replace("Bearer", "bearer")), &audience(), NOW), Ok(ISSUER));
}

#[test]
fn tokens_that_openssl_signed_by_either_algorithm() {
    let signed: Value = serde_json::from_str(include_str!("signed.json")).unwrap();
    let mut auth = Auth::default();
    assert!(auth.add(ISSUER, Keys::from_json(&signed["keys"].to_string()).unwrap()));
    for algorithm in ["RS384", "ES384"] {
        let token = format!("Bearer {}", signed[algorithm].as_str().unwrap());
        let check = |token: &str, now| auth.check(Some(token), &audience(), now);
        assert_eq!(check(&token, 1_700_000_361), Err(AuthFault::Expired));
        let at = token.len() - 9;
        let other = if &token[at..=at] == "A" { "B" } else { "A" };
        let broken = format!("{}{other}{}", &token[..at], &token[at + 1..]);
        assert_eq!(check(&broken, 1_700_000_010), Err(AuthFault::Signature), "{algorithm}");
        assert_eq!(check(&token, 1_700_000_010), Ok(ISSUER), "{algorithm}");
        assert_eq!(check(&token, 1_700_000_011), Err(AuthFault::Replayed), "{algorithm}");
    }
}

#[test]
fn sets_of_keys_that_are_refused() {
    let key = Client::new().jwk("k1");
    let rsa = |n: &[u8]| json!({ "kty": "RSA", "kid": "r", "n": URL_SAFE_NO_PAD.encode(n), "e": "AQAB" });
    let refused = |keys: Value| Keys::from_json(&json!({ "keys": keys }).to_string()).unwrap_err();
    assert_eq!(Keys::from_json("zyzzyva").unwrap_err(), KeysError::NoSet);
    assert_eq!(Keys::from_json("{}").unwrap_err(), KeysError::NoSet);
    assert_eq!(refused(json!([])), KeysError::NoKey);
    assert_eq!(refused(json!([with(key.clone(), "use", json!("enc"))])), KeysError::NoKey);
    assert_eq!(refused(json!([with(key.clone(), "crv", json!("P-256"))])), KeysError::NoKey);
    assert_eq!(refused(json!([{ "kty": "oct", "kid": "o" }])), KeysError::NoKey);
    for (keys, part) in [
        (json!([with(key.clone(), "d", json!("AAAA"))]), "key 1: holds a secret"),
        (json!([key, key]), "key 2: its `kid` stands twice"),
        (json!([with(key.clone(), "kid", json!(null))]), "key 1: has no `kid`"),
        (json!([with(key.clone(), "x", json!("AAAA"))]), "key 1: `x` and `y` must have 48 bytes"),
        (json!([rsa(&[255; 128])]), "key 1: `n` must have 2048 to 8192 bits"),
        (json!(["x"]), "key 1: must be an object"),
    ] {
        assert!(refused(keys.clone()).to_string().starts_with(part), "{part}: {}", refused(keys));
    }
}

#[test]
fn a_service_without_clients_asks_for_no_token() {
    let (cds, _dir) = service("");
    assert_eq!(cds.caller(None, PATH, NOW), Ok(None));
    assert!(!cds.knows_clients());
}
