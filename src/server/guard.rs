//! What every request passes before it is read, and every answer on its way out.

use super::access::Served;
use super::problem::{Code, Problem};
use super::state::AppState;
use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
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

/// Routes that tell nothing but what anyone can read in the sources, and need no token.
const OPEN: [&str; 6] = ["/health", "/ready", "/openapi.json", "/docs", "/docs/page.js", "/docs/page.css"];

/// Gives the request an id, lets it through or refuses it, counts and logs it.
pub(super) async fn guard(State(state): State<Arc<AppState>>, mut request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = request_id(request.headers());
    let method = method(request.method());
    let route = request.extensions().get::<MatchedPath>().cloned();
    let route = route.as_ref().map_or("(none)", MatchedPath::as_str);
    state.metrics.running.inc();
    let refused = refusal(&state, request.headers(), route);
    let mut response = match refused {
        Some(problem) => problem.into_response(),
        None => {
            let who = who(&state, request.headers());
            request.extensions_mut().insert(Caller { who, request: id.clone() });
            next.run(request).await
        }
    };
    state.metrics.running.dec();
    let took = began.elapsed();
    let status = response.status().as_u16();
    let code = response.extensions().get::<Code>().map(|c| c.0);
    secure(response.headers_mut());
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    state.metrics.served(route, method, status, code, took);
    state.access.write(&Served {
        time: humantime::format_rfc3339_millis(SystemTime::now()).to_string(),
        request: &id,
        method,
        route,
        status,
        code,
        milliseconds: (took.as_secs_f64() * 1e6).round() / 1e3,
    });
    response
}

fn refusal(state: &AppState, headers: &HeaderMap, route: &str) -> Option<Problem> {
    if !is_known_host(state, headers) {
        let detail = "the service is not known by that name (--host)";
        return Some(Problem::new(StatusCode::MISDIRECTED_REQUEST, "unknown-host", detail));
    }
    if is_foreign(headers) {
        let detail = "a page of another origin asks";
        return Some(Problem::new(StatusCode::FORBIDDEN, "foreign-origin", detail));
    }
    let token = state.config.access.token.as_ref()?;
    if OPEN.contains(&route) {
        return None;
    }
    let given = headers.get(header::AUTHORIZATION).and_then(|v| v.as_bytes().strip_prefix(b"Bearer "));
    if given.is_some_and(|given| token.is(given)) {
        return None;
    }
    Some(Problem::new(
        StatusCode::UNAUTHORIZED,
        "unauthorized",
        "a token is asked for: Authorization: Bearer …",
    ))
}

/// Whether the name that the client calls the service by is one of its own. A page that has made the browser take this
/// machine for its own server (DNS rebinding) calls it by another name.
fn is_known_host(state: &AppState, headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(header::HOST).and_then(|v| v.to_str().ok()) else {
        // HTTP/1.0 and requests that never went over the network.
        return !headers.contains_key(header::HOST);
    };
    let name = without_port(host);
    let listen = state.config.listen.ip();
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    match address {
        // An address is no name that could be made to point elsewhere.
        Ok(ip) => ip.is_loopback() || ip == listen || !listen.is_loopback(),
        Err(_) => {
            name.eq_ignore_ascii_case("localhost")
                || state.config.access.hosts.iter().any(|known| known.eq_ignore_ascii_case(name))
        }
    }
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.ends_with(':') => name,
        _ => host,
    }
}

/// Whether a page of another origin makes the browser ask. Routes for such pages (CDS Hooks) stand outside the guard's
/// reach only where origins are allowed by name.
fn is_foreign(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN) else {
        let site = headers.get("sec-fetch-site").map(HeaderValue::as_bytes);
        return matches!(site, Some(b"cross-site" | b"same-site"))
            && headers.get("sec-fetch-mode").map(HeaderValue::as_bytes) != Some(b"navigate");
    };
    let host = headers.get(header::HOST).and_then(|v| v.to_str().ok());
    let of = origin.to_str().ok().and_then(|o| o.split_once("://")).map(|(_, host)| host);
    host.is_none() || of != host
}

fn who(state: &AppState, headers: &HeaderMap) -> String {
    let access = &state.config.access;
    let named = access.user_header.as_ref().and_then(|name| headers.get(name)?.to_str().ok());
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
