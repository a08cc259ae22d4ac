//! What every request passes before it is read, and every answer on its way out.

use super::Config;
use super::access::Served;
use super::page;
use super::problem::{Code, Problem};
use super::session;
use super::state::AppState;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

/// The header of the request id.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Who asks, and under which id; in the extensions of a request.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    /// The user that a proxy names, `token`, or `local`.
    pub(super) who: String,
    /// The request id.
    pub(super) request: String,
}

/// Routes that need no token: they tell nothing but what anyone can read in the sources, and whether the service is up.
const OPEN: [&str; 6] = ["/health", "/ready", "/openapi.json", "/docs", "/docs/page.js", "/docs/page.css"];

/// The code of a request whose client went away before there was an answer.
pub(super) const CLIENT_GONE: &str = "client-gone";

/// A request that is being answered. One that is dropped before there is an answer is counted and logged as well.
struct Running {
    state: Arc<AppState>,
    id: String,
    method: &'static str,
    route: Option<MatchedPath>,
    began: Instant,
    answered: bool,
}

impl Running {
    fn route(&self) -> &str {
        self.route.as_ref().map_or("(none)", MatchedPath::as_str)
    }

    fn answered(&mut self, status: u16, code: Option<&'static str>) {
        self.answered = true;
        let took = self.began.elapsed();
        self.state.metrics.served(self.route(), self.method, status, code, took);
        let taken = self.state.access.write(&Served {
            time: humantime::format_rfc3339_millis(SystemTime::now()).to_string(),
            request: &self.id,
            method: self.method,
            route: self.route(),
            status,
            code,
            milliseconds: (took.as_secs_f64() * 1e6).round() / 1e3,
        });
        if !taken {
            self.state.metrics.lines_lost.inc();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.state.metrics.running.dec();
        if !self.answered {
            match std::thread::panicking() {
                true => self.answered(500, Some("internal")),
                // As proxies write it: HTTP has no status for it.
                false => self.answered(499, Some(CLIENT_GONE)),
            }
        }
    }
}

/// Gives the request an id, lets it through or refuses it, counts and logs it.
pub(super) async fn guard(State(state): State<Arc<AppState>>, mut request: Request, next: Next) -> Response {
    state.metrics.running.inc();
    let mut running = Running {
        id: request_id(request.headers()),
        method: method(request.method()),
        route: request.extensions().get::<MatchedPath>().cloned(),
        began: Instant::now(),
        answered: false,
        state: state.clone(),
    };
    let origin = origin(&state, &request);
    let mut response = match refusal(&state, &request, running.route(), &origin) {
        Some(problem) => problem.into_response(),
        None if origin.is_allowed() && is_preflight(&request) => preflight(),
        None => {
            let who = who(&state, request.headers());
            request.extensions_mut().insert(Caller { who, request: running.id.clone() });
            told(next.run(request).await)
        }
    };
    secure(response.headers_mut());
    if let Origin::Allowed(origin) = origin {
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
        let told = HeaderValue::from_static("x-request-id, retry-after");
        response.headers_mut().insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, told);
    }
    if !state.config.access.origins.is_empty() {
        response.headers_mut().append(header::VARY, HeaderValue::from_static("origin"));
    }
    if let Ok(value) = HeaderValue::from_str(&running.id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let code = response.extensions().get::<Code>().map(|c| c.0);
    running.answered(response.status().as_u16(), code);
    response
}

fn refusal(state: &AppState, request: &Request, route: &str, origin: &Origin) -> Option<Problem> {
    let headers = request.headers();
    // HTTP/2 has the name in the address; HTTP/1.1 may have one there as well, which then counts beside the header.
    let authority = request.uri().authority().map(|a| a.as_str());
    let named = headers.get_all(header::HOST).iter().map(|v| v.to_str().ok()).chain(authority.map(Some));
    if !{ named }.all(|name| name.is_some_and(|name| is_known_host(&state.config, name))) {
        let detail = "the service is not known by that name (--host)";
        return Some(Problem::new(StatusCode::MISDIRECTED_REQUEST, "unknown-host", detail));
    }
    if matches!(origin, Origin::Foreign) {
        let detail = "a page of another origin asks (--origin)";
        return Some(Problem::new(StatusCode::FORBIDDEN, "foreign-origin", detail));
    }
    // Browsers show no token before they know that they may ask.
    if origin.is_allowed() && is_preflight(request) {
        return None;
    }
    let token = state.config.access.token.as_ref()?;
    // Clients of CDS Hooks that are known sign tokens of their own, which the routes check.
    if OPEN.contains(&route) || page::ROUTES.contains(&route) || state.cds.knows_clients_of(route) {
        return None;
    }
    let given = headers.get(header::AUTHORIZATION).map(HeaderValue::as_bytes);
    let bearer = given.and_then(|v| v.split_at_checked(b"Bearer ".len()));
    if bearer.is_some_and(|(scheme, given)| scheme.eq_ignore_ascii_case(b"Bearer ") && token.is(given)) {
        return None;
    }
    if route == session::LIVE && protocol_token(headers).is_some_and(|given| token.is(&given)) {
        return None;
    }
    Some(Problem::new(
        StatusCode::UNAUTHORIZED,
        "unauthorized",
        "a token is asked for: Authorization: Bearer …",
    ))
}

/// The token of a page, which can give a WebSocket no header but its subprotocols: `chartgap.token.` and the token in
/// base64url, because tokens have characters that subprotocols have not.
fn protocol_token(headers: &HeaderMap) -> Option<Vec<u8>> {
    let all = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|v| v.to_str().ok());
    let mut each = all.flat_map(|v| v.split(',')).map(str::trim);
    let token = each.find_map(|p| p.strip_prefix("chartgap.token."))?;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(token).ok()
}

/// Whether the name that the client calls the service by is one of its own. A page that has made the browser take this
/// machine for its own server (DNS rebinding) calls it by another name.
fn is_known_host(config: &Config, host: &str) -> bool {
    let name = without_port(host);
    let listen = config.listen.ip();
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    match address {
        // An address is no name that could be made to point elsewhere.
        Ok(ip) => ip.is_loopback() || ip == listen || !listen.is_loopback(),
        Err(_) => {
            name.eq_ignore_ascii_case("localhost")
                || config.access.hosts.iter().any(|known| known.eq_ignore_ascii_case(name))
        }
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => host,
    }
}

/// What page asks.
enum Origin {
    /// None, or one of the service itself.
    Own,
    /// One that may.
    Allowed(HeaderValue),
    /// Any other.
    Foreign,
}

impl Origin {
    fn is_allowed(&self) -> bool {
        matches!(self, Origin::Allowed(_))
    }
}

fn origin(state: &AppState, request: &Request) -> Origin {
    let named = state.config.access.origins.iter();
    asks_from(request, named.map(String::as_str))
}

/// Which page asks, where pages of the named origins may.
fn asks_from<'a>(request: &Request, mut named: impl Iterator<Item = &'a str>) -> Origin {
    let headers = request.headers();
    let Some(origin) = headers.get(header::ORIGIN) else {
        let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
        let follows_link = headers.get("sec-fetch-mode").map(HeaderValue::as_bytes) == Some(b"navigate");
        return match site {
            Some(b"cross-site" | b"same-site") if !follows_link => Origin::Foreign,
            _ => Origin::Own,
        };
    };
    // HTTP/2 has the name in the address alone.
    let host = headers.get(header::HOST).and_then(|v| v.to_str().ok());
    let host = host.or_else(|| request.uri().authority().map(|a| a.as_str()));
    let of = origin.to_str().ok().and_then(|o| o.split_once("://")).map(|(_, host)| host);
    if of.is_some() && of == host {
        Origin::Own
    } else if named.any(|known| known.as_bytes() == origin.as_bytes()) {
        Origin::Allowed(origin.clone())
    } else {
        Origin::Foreign
    }
}

/// Errors that the service did not word itself can quote the request; of those the status alone is told.
fn told(response: Response) -> Response {
    let status = response.status();
    let is_error = status.is_client_error() || status.is_server_error();
    if !is_error || response.extensions().get::<Code>().is_some() {
        return response;
    }
    Problem::new(status, "refused", "the request is not of the form that this route takes").into_response()
}

fn is_preflight(request: &Request) -> bool {
    request.method() == Method::OPTIONS
        && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD)
}

/// What pages of other origins may ask, and with which headers.
fn preflight() -> Response {
    const ALLOWED: [(HeaderName, &str); 3] = [
        (header::ACCESS_CONTROL_ALLOW_METHODS, "GET, POST, DELETE"),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type, x-request-id"),
        (header::ACCESS_CONTROL_MAX_AGE, "600"),
    ];
    (StatusCode::NO_CONTENT, ALLOWED.map(|(name, value)| (name, HeaderValue::from_static(value))))
        .into_response()
}

fn who(state: &AppState, headers: &HeaderMap) -> String {
    let access = &state.config.access;
    // Of two names one is not the proxy's.
    let given = access.user_header.as_ref().map(|name| headers.get_all(name).iter());
    let named = given.and_then(|mut all| all.next().filter(|_| all.next().is_none())?.to_str().ok());
    let named = named.filter(|n| !n.is_empty() && n.len() <= 128 && n.bytes().all(|b| b.is_ascii_graphic()));
    match (named, &access.token) {
        (Some(name), _) => name.to_owned(),
        (None, Some(_)) => "token".to_owned(),
        (None, None) => "local".to_owned(),
    }
}

/// A client's id where it is a UUID, else a new one: anything else could hold a word or a number of a patient.
fn request_id(headers: &HeaderMap) -> String {
    let given = headers.get(REQUEST_ID).and_then(|v| v.to_str().ok());
    given.filter(|id| is_uuid(id)).map_or_else(new_id, str::to_owned)
}

fn is_uuid(id: &str) -> bool {
    let groups = [8, 4, 4, 4, 12];
    let is_hex = |part: &str| part.bytes().all(|b| b.is_ascii_hexdigit());
    id.split('-').count() == groups.len()
        && id.split('-').zip(groups).all(|(part, length)| part.len() == length && is_hex(part))
}

fn new_id() -> String {
    use std::hash::{BuildHasher, Hasher, RandomState};
    // Each state is keyed anew; an id has to differ, not to be secret.
    let word = || RandomState::new().build_hasher().finish();
    uuid::Builder::from_random_bytes((u128::from(word()) << 64 | u128::from(word())).to_be_bytes())
        .into_uuid()
        .to_string()
}

fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

/// Headers of every answer. A page that needs more than nothing sets its own policy.
fn secure(headers: &mut HeaderMap) {
    const DEFAULTS: [(HeaderName, &str); 6] = [
        (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in DEFAULTS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    #[test]
    fn names_of_this_machine_and_those_that_were_named() {
        let mut config = Config::local("127.0.0.1:8653".parse().unwrap());
        config.access.hosts = vec!["chart.example.org".to_owned()];
        let mut open = config.clone();
        open.listen = "0.0.0.0:8653".parse().unwrap();
        for (host, local, beyond) in [
            ("localhost", true, true),
            ("LocalHost:8653", true, true),
            ("127.0.0.1:8653", true, true),
            ("[::1]:8653", true, true),
            ("chart.example.org:443", true, true),
            // What listens on all addresses does not know which ones they are.
            ("192.168.0.9:8653", false, true),
            ("evil.example.com", false, false),
            ("localhost.evil.example.com", false, false),
            ("127.0.0.1.evil.example.com", false, false),
            ("localhost:80:80", false, false),
            ("", false, false),
        ] {
            assert_eq!(is_known_host(&config, host), local, "{host}");
            assert_eq!(is_known_host(&open, host), beyond, "{host}");
        }
    }

    #[test]
    fn what_others_word_is_not_passed_on() {
        let theirs = told((StatusCode::BAD_REQUEST, "unknown field `zyzzyva`").into_response());
        assert_eq!(theirs.headers()[header::CONTENT_TYPE], "application/problem+json");
        assert!(theirs.status() == 400 && theirs.extensions().get::<Code>().unwrap().0 == "refused");
        let own = Problem::new(StatusCode::NOT_FOUND, "no-such-route", "there is nothing here");
        assert_eq!(told(own.into_response()).extensions().get::<Code>().unwrap().0, "no-such-route");
        let good = told("zyzzyva".into_response());
        assert_eq!(good.headers()[header::CONTENT_TYPE], "text/plain; charset=utf-8");
    }

    #[test]
    fn the_pages_of_the_service_ask_over_either_protocol() {
        let named = ["https://ehr.example.org"];
        let own = |origin: Origin| match origin {
            Origin::Own => "own",
            Origin::Allowed(_) => "allowed",
            Origin::Foreign => "foreign",
        };
        for (uri, host, origin, expected) in [
            ("/", Some("localhost:8653"), Some("http://localhost:8653"), "own"),
            // HTTP/2: no header, but an address.
            ("https://localhost:8653/", None, Some("https://localhost:8653"), "own"),
            ("https://localhost:8653/", None, Some("https://evil.example.com"), "foreign"),
            ("/", Some("localhost:8653"), Some("https://ehr.example.org"), "allowed"),
            ("/", Some("localhost:8653"), Some("http://localhost:9999"), "foreign"),
            ("/", Some("localhost:8653"), Some("null"), "foreign"),
            ("/", None, Some("null"), "foreign"),
            ("/", None, None, "own"),
        ] {
            let mut request = Request::get(uri);
            for (name, value) in [("host", host), ("origin", origin)] {
                if let Some(value) = value {
                    request = request.header(name, value);
                }
            }
            let request = request.body(Body::empty()).unwrap();
            assert_eq!(own(asks_from(&request, named.into_iter())), expected, "{uri} {host:?} {origin:?}");
        }
    }
}
