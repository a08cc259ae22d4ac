//! Reads from the FHIR servers that the operator lists, and from no other: by GET, without redirects or proxies, within
//! limits of time, size and number of requests.

use super::error::FetchFault;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};
use ureq::http::Uri;
use ureq::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use ureq::tls::{Certificate, RootCerts, TlsConfig};

/// The URL under which a FHIR server has its resources, in one form: no slash at the end, scheme and host in lower case.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct BaseUrl(String);

/// Tells nothing: URLs of servers may hold tenants and keys.
impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BaseUrl")
    }
}

impl BaseUrl {
    /// `None` where it is no http or https URL, or has a user, a query, a fragment or a path that climbs.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if text.len() > 2048 || text.contains(['#', '\\']) {
            return None;
        }
        let uri: Uri = text.parse().ok()?;
        let scheme = uri.scheme_str()?.to_ascii_lowercase();
        let authority = uri.authority()?.as_str().to_ascii_lowercase();
        let path = uri.path().trim_end_matches('/');
        let climbs = path.split('/').any(|s| s == "." || s == ".." || s.contains('%'));
        let good = matches!(scheme.as_str(), "http" | "https")
            && !authority.contains('@')
            && uri.query().is_none()
            && !climbs;
        good.then(|| Self(format!("{scheme}://{authority}{path}")))
    }

    /// Whether what is sent to it can be read on the way by nobody: https, or this very machine.
    pub(super) fn is_private(&self) -> bool {
        self.is_https() || self.is_loopback()
    }

    pub(super) fn is_https(&self) -> bool {
        self.0.starts_with("https://")
    }

    fn is_loopback(&self) -> bool {
        let rest = self.0.split_once("://").map_or("", |(_, rest)| rest);
        let authority = rest.split('/').next().unwrap_or_default();
        let host = match authority.strip_prefix('[') {
            Some(v6) => v6.split(']').next().unwrap_or_default(),
            None => authority.split(':').next().unwrap_or_default(),
        };
        matches!(host, "localhost" | "127.0.0.1" | "::1")
    }

    /// What stands behind the base in a URL of the same server; the whole where it is relative.
    pub(super) fn relative<'u>(&self, url: &'u str) -> Option<&'u str> {
        if !url.contains("://") {
            return Some(url);
        }
        url.strip_prefix(&self.0)?.strip_prefix('/')
    }
}

/// A bearer token. It is shown nowhere.
#[derive(Clone)]
pub(super) struct Token(String);

impl Token {
    /// `None` where it has other characters than a header may carry.
    pub(super) fn new(token: &str) -> Option<Self> {
        let good = token.len() <= 16 * 1024 && token.bytes().all(|b| b.is_ascii_graphic());
        good.then(|| Self(token.to_owned()))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token")
    }
}

/// What one request of a client may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct AccessLimits {
    /// For all that is read.
    pub(super) time: Duration,
    /// Bytes of all answers together.
    pub(super) bytes: u64,
    /// How many requests.
    pub(super) requests: usize,
}

impl Default for AccessLimits {
    fn default() -> Self {
        Self { time: Duration::from_secs(5), bytes: 16 << 20, requests: 12 }
    }
}

/// The servers that may be read.
#[derive(Debug, Default)]
pub(super) struct Servers(Vec<Server>);

#[derive(Debug)]
struct Server {
    base: BaseUrl,
    agent: ureq::Agent,
}

impl Servers {
    /// Whether none may be read.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a server; `roots` are the certificates that its own must rest on.
    pub(super) fn add(&mut self, base: BaseUrl, roots: &[Certificate<'static>]) {
        let tls = TlsConfig::builder()
            .root_certs(RootCerts::new_with_certs(roots))
            .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .build();
        let config = ureq::Agent::config_builder()
            .tls_config(tls)
            .https_only(base.is_https())
            // Whatever the environment says: the list decides where notes and tokens go.
            .proxy(None)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .max_response_header_size(32 * 1024)
            .build();
        self.0.push(Server { base, agent: config.new_agent() });
    }

    /// Starts reading from a server, where it is listed.
    pub(super) fn open<'s>(
        &'s self,
        base: &BaseUrl,
        token: Option<&'s Token>,
        limits: AccessLimits,
    ) -> Result<Reading<'s>, FetchFault> {
        let server = self.0.iter().find(|s| s.base == *base).ok_or(FetchFault::NotListed)?;
        Ok(Reading {
            server,
            token,
            until: Instant::now() + limits.time,
            bytes: limits.bytes,
            requests: limits.requests,
        })
    }
}

/// What may still be read for one request.
pub(super) struct Reading<'s> {
    server: &'s Server,
    token: Option<&'s Token>,
    until: Instant,
    bytes: u64,
    requests: usize,
}

impl Reading<'_> {
    /// The resource at a path below the base.
    pub(super) fn resource(&mut self, path: &str) -> Result<Value, FetchFault> {
        let (_, bytes) = self.get(path)?;
        let value: Value = serde_json::from_slice(&bytes).map_err(|_| FetchFault::NotFhir)?;
        if value["resourceType"].is_string() { Ok(value) } else { Err(FetchFault::NotFhir) }
    }

    /// The Binary that an attachment refers to, as a resource even where the server sends its content.
    pub(super) fn binary(&mut self, url: &str) -> Result<Value, FetchFault> {
        let path = self.server.base.relative(url).and_then(binary_path).ok_or(FetchFault::NotListed)?;
        let (kind, bytes) = self.get(path)?;
        if kind.contains("json")
            && let Ok(value) = serde_json::from_slice::<Value>(&bytes)
            && value["resourceType"] == "Binary"
        {
            return Ok(value);
        }
        Ok(json!({ "resourceType": "Binary", "contentType": kind, "data": STANDARD.encode(&bytes) }))
    }

    fn get(&mut self, path: &str) -> Result<(String, Vec<u8>), FetchFault> {
        let left = self.until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(FetchFault::Unreachable);
        }
        self.requests = self.requests.checked_sub(1).ok_or(FetchFault::TooLarge)?;
        let url = format!("{}/{path}", self.server.base.0);
        let mut request = self.server.agent.get(url).header(ACCEPT, "application/fhir+json");
        if let Some(token) = self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {}", token.0));
        }
        let sent = request.config().timeout_global(Some(left)).build().call();
        // The messages of the client tell addresses; none is passed on.
        let mut response = sent.map_err(|_| FetchFault::Unreachable)?;
        if response.status() != 200 {
            return Err(FetchFault::Status(response.status().as_u16()));
        }
        let kind = response.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let kind = kind.to_owned();
        let body = response.body_mut().with_config().limit(self.bytes).read_to_vec();
        let body = body.map_err(|e| match e {
            ureq::Error::BodyExceedsLimit(_) => FetchFault::TooLarge,
            _ => FetchFault::Unreachable,
        })?;
        self.bytes -= (body.len() as u64).min(self.bytes);
        Ok((kind, body))
    }
}

/// A path that leads to a Binary and nowhere else: `Binary/7`, `Binary/7/_history/2`.
fn binary_path(path: &str) -> Option<&str> {
    let parts: Vec<&str> = path.split('/').collect();
    let good = match parts.as_slice() {
        ["Binary", id] => super::request::is_id(id),
        ["Binary", id, "_history", version] => super::request::is_id(id) && super::request::is_id(version),
        _ => false,
    };
    good.then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn base(text: &str) -> Option<String> {
        BaseUrl::parse(text).map(|b| b.0)
    }

    #[test]
    fn one_form_of_a_base() {
        assert_eq!(
            base("HTTPS://EHR.example.org/fhir/R4/").as_deref(),
            Some("https://ehr.example.org/fhir/R4")
        );
        assert_eq!(base("http://localhost:8080").as_deref(), Some("http://localhost:8080"));
        for bad in [
            "ftp://ehr.example.org/",
            "ehr.example.org/fhir",
            "https://user@ehr.example.org/",
            "https://ehr.example.org@evil.example/",
            "https://ehr.example.org/fhir?x=1",
            "https://ehr.example.org/fhir#x",
            "https://ehr.example.org/fhir/../admin",
            "https://ehr.example.org/fhir/%2e%2e/admin",
            "https://ehr.example.org\\@evil.example/",
            "https:///fhir",
            "file:///etc/passwd",
            "",
        ] {
            assert_eq!(base(bad), None, "{bad}");
        }
    }

    #[test]
    fn plain_http_is_for_this_machine() {
        for (url, private) in [
            ("https://ehr.example.org", true),
            ("http://ehr.example.org", false),
            ("http://localhost:1234/fhir", true),
            ("http://127.0.0.1/fhir", true),
            ("http://[::1]:80/fhir", true),
            ("http://localhost.evil.example", false),
            ("http://127.0.0.1.evil.example", false),
            ("http://169.254.169.254/latest", false),
        ] {
            assert_eq!(BaseUrl::parse(url).unwrap().is_private(), private, "{url}");
        }
    }

    #[test]
    fn binaries_of_the_server_alone() {
        let base = BaseUrl::parse("https://ehr.example.org/fhir").unwrap();
        for (url, path) in [
            ("Binary/7", Some("Binary/7")),
            ("Binary/7/_history/2", Some("Binary/7/_history/2")),
            ("https://ehr.example.org/fhir/Binary/a-1.b", Some("Binary/a-1.b")),
            ("https://ehr.example.org/fhirBinary/7", None),
            ("https://evil.example/fhir/Binary/7", None),
            ("https://ehr.example.org/fhir/Patient/7", None),
            ("Binary/..", None),
            ("Binary/7?x=1", None),
            ("Binary/7/../8", None),
            ("/Binary/7", None),
            ("//evil.example/Binary/7", None),
        ] {
            assert_eq!(base.relative(url).and_then(binary_path), path, "{url}");
        }
    }

    #[test]
    fn tokens_are_not_shown() {
        let token = Token::new("zyzzyva").unwrap();
        assert_eq!(format!("{token:?}"), "Token");
        assert!(Token::new("a b").is_none() && Token::new("a\nb").is_none());
    }
}
