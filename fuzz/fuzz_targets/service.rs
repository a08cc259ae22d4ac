//! Any request: the service answers, never with a defect, and every refusal is a problem of one of its own codes.

#![no_main]

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Uri};
use chartgap::check::{Engine, EngineOptions};
use chartgap::server::{AppState, Config, router};
use http_body_util::BodyExt;
use libfuzzer_sys::fuzz_target;
use std::sync::{Arc, LazyLock};
use tokio::runtime::Runtime;
use tower::ServiceExt;

static SERVICE: LazyLock<(Runtime, Router)> = LazyLock::new(|| {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let engine = Engine::load(&EngineOptions::default()).unwrap();
    let mut config = Config::local("127.0.0.1:0".parse().unwrap());
    config.limits.threads = 1;
    config.limits.body_bytes = 64 * 1024;
    config.limits.note_bytes = 4096;
    let state = AppState::new(Arc::new(engine), config, Box::new(std::io::sink())).unwrap();
    (runtime, router(state))
});

const TYPES: [&str; 10] = [
    "application/json",
    "text/plain",
    "text/plain; charset=utf-16",
    "text/html; charset=latin1",
    "application/rtf",
    "application/fhir+json",
    "application/xml",
    "application/hl7-v2",
    "application/octet-stream",
    "application/x-ndjson",
];

// A byte for the route, one for the type; a line for the query, or for the topic that is explained; the body.
fuzz_target!(|input: &[u8]| {
    let [route, media, rest @ ..] = input else { return };
    let cut = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
    let (line, body) = (&rest[..cut], rest.get(cut + 1..).unwrap_or_default());
    let line = String::from_utf8_lossy(line);
    let (method, address) = match route % 4 {
        0 => ("POST", format!("/v1/check?{line}")),
        1 => ("POST", format!("/v1/batch?{line}")),
        2 => ("POST", "/v1/check".to_owned()),
        _ => ("GET", format!("/v1/explain/{line}")),
    };
    let Ok(uri) = address.parse::<Uri>() else { return };
    let media = TYPES[usize::from(*media) % TYPES.len()];
    let request = Request::builder().method(method).uri(uri).header("content-type", media);
    let Ok(request) = request.body(Body::from(body.to_vec())) else { return };
    let (runtime, router) = &*SERVICE;
    runtime.block_on(async {
        let response = router.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let kind = response.headers()["content-type"].clone();
        // A batch that breaks off would fail here: with a body that is whole there is no reason to.
        let answer = response.into_body().collect().await.unwrap().to_bytes();
        assert!(status < 500, "{status}");
        if status >= 400 {
            assert_eq!(kind, "application/problem+json");
            assert!(answer.starts_with(b"{\"type\":\"about:blank\""));
        }
    });
});
