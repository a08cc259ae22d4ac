//! Who may ask: token, names of the service, pages of other origins, and the user that a proxy names.

use super::support::{Server, server};
use axum::body::Body;
use axum::http::{Method, Request};
use chartgap::intake::PatientKey;
use chartgap::server::{Config, Secret, verify};
use serde_json::Value;
use std::path::Path;

const TOKEN: &str = "0123456789abcdef";

fn with_token(config: &mut Config) {
    config.access.token = Secret::new(TOKEN);
}

async fn status(server: &Server, path: &str, headers: &[(&str, &str)]) -> u16 {
    server.with(Method::GET, path, headers).await.status
}

#[tokio::test]
async fn a_token_is_asked_for_where_there_is_one() {
    let server = server(with_token);
    let bearer = format!("Bearer {TOKEN}");
    for (given, expected) in [
        (Some(bearer.as_str()), 200),
        (Some("bearer 0123456789abcdef"), 200),
        (None, 401),
        (Some(TOKEN), 401),
        (Some("Bearer "), 401),
        (Some("Bearer"), 401),
        (Some("Basic 0123456789abcdef"), 401),
        (Some("Bearer 0123456789abcdeg"), 401),
        (Some("Bearer 0123456789abcdef0"), 401),
        (Some("Bearer 0123456789abcde"), 401),
        (Some("Bearer  0123456789abcdef"), 401),
    ] {
        let headers: Vec<_> = given.map(|value| ("authorization", value)).into_iter().collect();
        let answer = server.with(Method::GET, "/v1/version", &headers).await;
        assert_eq!(answer.status, expected, "{given:?}");
        if expected == 401 {
            assert_eq!(answer.problem().1, "unauthorized");
        }
    }
    for path in ["/health", "/ready", "/openapi.json", "/docs", "/docs/page.js", "/docs/page.css"] {
        assert_eq!(status(&server, path, &[]).await, 200, "{path}");
    }
    for path in ["/metrics", "/v1/version", "/v1/explain/region", "/v1/check", "/nothing"] {
        assert_eq!(status(&server, path, &[]).await, 401, "{path}");
    }
    assert_eq!(server.post("/v1/check", "text/plain", "x").await.status, 401);
    assert_eq!(server.post("/v1/batch", "application/x-ndjson", "x").await.status, 401);
    server.state.flush();
    assert!(!server.log.text().contains("0123456789"));
}

#[tokio::test]
async fn the_service_answers_to_its_own_names() {
    let server = server(|c| c.access.hosts = vec!["chart.example.org".into()]);
    for (host, known) in [
        ("localhost", true),
        ("LOCALHOST:8653", true),
        ("127.0.0.1:8653", true),
        ("127.8.8.8", true),
        ("[::1]", true),
        ("[::1]:8653", true),
        ("chart.example.org", true),
        ("Chart.Example.Org:443", true),
        ("attacker.example", false),
        ("localhost.attacker.example", false),
        ("192.168.0.1", false),
        ("localhost:80@attacker.example", false),
        ("", false),
    ] {
        let answer = server.with(Method::GET, "/health", &[("host", host)]).await;
        assert_eq!(answer.status, if known { 200 } else { 421 }, "{host:?}");
        if !known {
            assert_eq!(answer.problem().1, "unknown-host");
        }
    }
    let both = [("host", "localhost"), ("host", "attacker.example")];
    assert_eq!(status(&server, "/health", &both).await, 421);
    let absolute = Request::get("http://attacker.example/health").header("host", "localhost");
    assert_eq!(server.ask(absolute.body(Body::empty()).unwrap()).await.status, 421);
}

#[tokio::test]
async fn pages_of_other_origins_are_refused_unless_they_are_named() {
    let server = server(|c| c.access.origins = vec!["https://chart.example.org".into()]);
    let host = ("host", "localhost:8653");
    for (headers, expected) in [
        (&[host, ("origin", "http://localhost:8653")][..], 200),
        (&[host, ("origin", "https://chart.example.org")], 200),
        (&[host, ("origin", "https://chart.example.org.attacker.example")], 403),
        (&[host, ("origin", "https://attacker.example")], 403),
        (&[host, ("origin", "http://localhost:9999")], 403),
        (&[host, ("origin", "null")], 403),
        (&[("origin", "https://attacker.example")], 403),
        (&[host, ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "cors")], 403),
        (&[host, ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "no-cors")], 403),
        (&[host, ("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "navigate")], 200),
        (&[host, ("sec-fetch-site", "same-origin"), ("sec-fetch-mode", "cors")], 200),
    ] {
        let answer = server.with(Method::GET, "/v1/version", headers).await;
        assert_eq!(answer.status, expected, "{headers:?}");
        let named = headers.contains(&("origin", "https://chart.example.org"));
        assert_eq!(answer.headers.contains_key("access-control-allow-origin"), named, "{headers:?}");
    }
    let preflight = |origin| {
        let headers = [host, ("origin", origin), ("access-control-request-method", "POST")];
        let server = &server;
        async move { server.with(Method::OPTIONS, "/v1/check", &headers).await }
    };
    let allowed = preflight("https://chart.example.org").await;
    assert_eq!((allowed.status, allowed.header("access-control-allow-methods")), (204, "GET, POST, DELETE"));
    assert_eq!(allowed.header("access-control-allow-origin"), "https://chart.example.org");
    assert_eq!(preflight("https://attacker.example").await.status, 403);
}

fn audited(file: &Path, change: impl FnOnce(&mut Config)) -> Server {
    server(|c| {
        c.audit_log = Some(file.to_owned());
        c.key = Some(PatientKey::new(b"0123456789abcdef0123456789abcdef").unwrap());
        change(c);
    })
}

fn lines(file: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(file).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn who_had_which_note_checked_is_written_down() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("audit.log");
    let server = audited(&file, |c| {
        with_token(c);
        c.access.behind_proxy = true;
        c.access.user_header = Some("x-user".into());
    });
    let bearer = format!("Bearer {TOKEN}");
    let ask = async |users: &[&str], path: &str, media: &str, body: &str| {
        let mut request = Request::post(path).header("content-type", media).header("authorization", &bearer);
        for user in users {
            request = request.header("x-user", *user);
        }
        server.ask(request.body(Body::from(body.to_owned())).unwrap()).await
    };
    let first = ask(&["anna"], "/v1/check?id=zyzzyva", "text/plain", "Sore throat.").await;
    ask(&[], "/v1/check?id=zyzzyva", "text/plain", "Sore throat.").await;
    ask(&["anna", "admin"], "/v1/check", "text/plain", "Sore throat.").await;
    ask(&["an na"], "/v1/check", "text/plain", "").await;
    let batch = "{\"id\": \"zyzzyva\", \"text\": \"Sore throat.\"}\n{\n";
    ask(&["ben"], "/v1/batch", "application/x-ndjson", batch).await;
    assert_eq!(ask(&["anna"], "/v1/check", "image/png", "x").await.status, 415);
    let lines = lines(&file);
    let told: Vec<(&str, &str, &str)> = lines
        .iter()
        .map(|l| (l["who"].as_str().unwrap(), l["action"].as_str().unwrap(), l["result"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            ("anna", "check", "not-applicable"),
            ("token", "check", "not-applicable"),
            ("token", "check", "not-applicable"),
            ("token", "check", "empty"),
            ("ben", "batch", "not-applicable"),
            ("ben", "batch", "invalid-json"),
        ]
    );
    assert_eq!(lines[0]["request"], first.header("x-request-id"));
    // The same note is the same, whoever asks in whatever way; its id is not told.
    assert!(lines[0]["note"] == lines[1]["note"] && lines[0]["note"] == lines[4]["note"]);
    assert_ne!(lines[0]["note"], lines[2]["note"]);
    assert_eq!(lines[0]["provenance"].as_str().unwrap().len(), 64);
    assert!(!std::fs::read_to_string(&file).unwrap().contains("zyzzyva"));
    assert_eq!(verify(&file).unwrap().lines, 6);
}
