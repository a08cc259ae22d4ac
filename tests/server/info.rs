//! What the service says of itself.

use super::support::{ENGINE, server};
use axum::body::Body;
use axum::http::{Method, Request};
use serde_json::{Value, json};

#[tokio::test]
async fn explanations() {
    let server = server(|_| {});
    for topic in ENGINE.topics().iter().step_by(7).map(String::as_str).chain(["M53.86", "m5386"]) {
        let encoded: String = topic.bytes().map(|b| format!("%{b:02X}")).collect();
        let answer = server.get(&format!("/v1/explain/{encoded}")).await;
        let found = ENGINE.explain(topic);
        match found {
            Some(found) => assert_eq!((answer.status, &answer.json()["title"]), (200, &json!(found.title))),
            None => assert_eq!(answer.problem(), (404, "unknown-topic".into()), "{topic}"),
        }
    }
    for (path, status, code) in [
        ("/v1/explain/zyzzyva", 404, "unknown-topic"),
        ("/v1/explain/a%2Fb", 404, "unknown-topic"),
        ("/v1/explain/%FF", 400, "invalid-path"),
        ("/v1/explain/", 404, "no-such-route"),
        ("/v1/explain", 404, "no-such-route"),
        ("/zyzzyva", 404, "no-such-route"),
        ("/v1", 404, "no-such-route"),
    ] {
        let answer = server.get(path).await;
        assert_eq!(answer.problem(), (status, code.into()), "{path}");
        assert!(!answer.text().contains("zyzzyva"));
    }
}

#[tokio::test]
async fn version_and_health() {
    let server = server(|_| {});
    let version = server.get("/v1/version").await.json();
    assert_eq!(version["provenance"], serde_json::to_value(ENGINE.provenance()).unwrap());
    assert_eq!(version["report"], "chartgap.report/1");
    for path in ["/health", "/ready"] {
        assert_eq!(server.get(path).await.json(), json!({"status": "ok"}));
    }
}

#[tokio::test]
async fn methods_that_a_route_does_not_know() {
    let server = server(|_| {});
    for (method, path, allowed) in [
        (Method::GET, "/v1/check", "POST"),
        (Method::DELETE, "/v1/batch", "POST"),
        (Method::POST, "/v1/version", "GET,HEAD"),
        (Method::PUT, "/health", "GET,HEAD"),
        (Method::TRACE, "/metrics", "GET,HEAD"),
        (Method::from_bytes(b"ZYZZYVA").unwrap(), "/v1/check", "POST"),
    ] {
        let answer = server.with(method.clone(), path, &[]).await;
        assert_eq!(answer.problem(), (405, "method-not-allowed".into()), "{method} {path}");
        assert_eq!(answer.header("allow"), allowed);
    }
    let head = server.with(Method::HEAD, "/health", &[]).await;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert!(!server.log.text().contains("ZYZZYVA"));
}

#[tokio::test]
async fn requests_have_ids_that_come_from_nowhere_else() {
    let server = server(|_| {});
    let given = "0b8ee2d6-9f0f-4ccd-8a51-0a2d4a4a8a11";
    let answer = server.with(Method::GET, "/health", &[("x-request-id", given)]).await;
    assert_eq!(answer.header("x-request-id"), given);
    for other in ["zyzzyva", "0b8ee2d6-9f0f-4ccd-8a51-0a2d4a4a8a1g", "0b8ee2d69f0f4ccd8a510a2d4a4a8a11", ""] {
        let answer = server.with(Method::GET, "/health", &[("x-request-id", other)]).await;
        assert_ne!(answer.header("x-request-id"), other);
    }
    let first = server.get("/health").await;
    assert_ne!(first.header("x-request-id"), server.get("/health").await.header("x-request-id"));
}

#[tokio::test]
async fn the_access_log_has_routes_codes_and_numbers() {
    let server = server(|_| {});
    server.get("/v1/explain/zyzzyva").await;
    server.post("/v1/check?id=zyzzyva", "text/plain", "Low back pain, zyzzyva.").await;
    server.get("/zyzzyva?zyzzyva").await;
    let lines = server.logged();
    let told = |n: usize, key: &str| lines[n].get(key).cloned().unwrap_or(Value::Null);
    for (n, method, route, status, code) in [
        (0, "GET", "/v1/explain/{id}", 404, json!("unknown-topic")),
        (1, "POST", "/v1/check", 200, Value::Null),
        (2, "GET", "(none)", 404, json!("no-such-route")),
    ] {
        assert_eq!(told(n, "method"), method);
        assert_eq!(
            (told(n, "route"), told(n, "status"), told(n, "code")),
            (json!(route), json!(status), code)
        );
        assert!(told(n, "milliseconds").is_number() && told(n, "time").is_string());
    }
    assert!(!server.log.text().contains("zyzzyva"));
}

#[tokio::test]
async fn metrics_count_routes_and_outcomes() {
    let server = server(|_| {});
    server.post("/v1/check", "text/plain", "Sore throat.").await;
    server.post("/v1/check", "text/plain", "").await;
    server.post("/v1/batch", "application/x-ndjson", "{\"text\": \"Sore throat.\"}\nzyzzyva\n").await;
    let answer = server.get("/metrics").await;
    assert_eq!(answer.header("content-type"), "application/openmetrics-text; version=1.0.0; charset=utf-8");
    let text = answer.text();
    for line in [
        "chartgap_notes_total{outcome=\"not-applicable\"} 2",
        "chartgap_notes_total{outcome=\"unreadable\"} 2",
        "chartgap_requests_total{route=\"/v1/check\",method=\"POST\",status=\"200\",code=\"\"} 1",
        "chartgap_requests_total{route=\"/v1/check\",method=\"POST\",status=\"422\",code=\"empty\"} 1",
        "chartgap_request_duration_seconds_count{route=\"/v1/check\"} 2",
    ] {
        assert!(text.lines().any(|l| l == line), "{line}\n{text}");
    }
    assert!(text.ends_with("# EOF\n") && !text.contains("zyzzyva"));
}

#[tokio::test]
async fn a_client_that_goes_away_is_logged_and_no_longer_counted() {
    use tower::ServiceExt;
    let server = server(|_| {});
    let endless = Body::from_stream(futures_util::stream::pending::<std::io::Result<Vec<u8>>>());
    let request = Request::post("/v1/check").header("content-type", "text/plain").body(endless).unwrap();
    let asked = server.app.clone().oneshot(request);
    let waited = tokio::time::timeout(std::time::Duration::from_millis(100), asked).await;
    assert!(waited.is_err());
    let last = server.logged().pop().unwrap();
    assert_eq!((&last["status"], &last["code"]), (&json!(499), &json!("client-gone")));
    assert!(server.metric("chartgap_requests_running 1").await);
}
