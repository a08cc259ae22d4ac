//! `POST /v1/check`: the report is the one of the library, byte for byte; what cannot be read is refused with its code.

use super::support::{BACK, ENGINE, report, server};
use axum::http::Method;
use chartgap::note::Note;
use futures_util::future::join_all;
use serde_json::{Value, json};

fn note(id: &str, codes: &[&str], procedures: &[&str]) -> Note {
    let mut note = Note::new(id, BACK);
    note.meta.codes = codes.iter().map(|c| (*c).to_owned()).collect();
    note.meta.procedures = procedures.iter().map(|c| (*c).to_owned()).collect();
    note
}

#[tokio::test]
async fn a_note_as_json() {
    let server = server(|_| {});
    let mut dated = note("a", &["M53.86", "M54.50"], &["64493"]);
    dated.meta.date = Some("2026-02-11".into());
    for (request, note, mentions) in [
        (json!({"text": BACK}), note("note", &[], &[]), false),
        (json!({"text": BACK, "mentions": true}), note("note", &[], &[]), true),
        (
            json!({"text": BACK, "id": "a", "date": "2026-02-11", "codes": ["M53.86", "M54.50"], "procedures": ["64493"]}),
            dated,
            false,
        ),
    ] {
        let answer = server.post("/v1/check", "application/json", request.to_string()).await;
        assert_eq!((answer.status, answer.header("content-type")), (200, "application/json"));
        assert_eq!(answer.text(), report(&note, mentions));
    }
}

#[tokio::test]
async fn what_the_address_says_of_a_note() {
    let server = server(|_| {});
    let path = "/v1/check?id=n%201&codes=M53.86,%20M54.50,&procedures=64493&mentions=true";
    let answer = server.post(path, "text/plain", BACK).await;
    assert_eq!(answer.text(), report(&note("n 1", &["M53.86", "M54.50"], &["64493"]), true));
    // Beside JSON it adds codes, and decides on the rest.
    let body = json!({"text": BACK, "id": "a", "codes": ["M53.86"], "mentions": true}).to_string();
    let path = "/v1/check?id=b&codes=M54.50&mentions=false";
    let answer = server.post(path, "application/json", body).await;
    assert_eq!(answer.text(), report(&note("b", &["M53.86", "M54.50"], &[]), false));
}

/// Notes that wait at the same time are checked together.
#[tokio::test]
async fn many_at_once_get_each_their_own() {
    let server = server(|c| c.limits.threads = 1);
    // Some that cannot be read, some with mentions.
    let asked = |n: usize| match n % 4 {
        3 => json!({"id": n}),
        _ => json!({"text": BACK, "id": format!("note-{n}"), "mentions": n.is_multiple_of(2)}),
    };
    let answers = join_all((0..64).map(|n| {
        let server = &server;
        async move { server.post("/v1/check", "application/json", asked(n).to_string()).await }
    }));
    for (n, answer) in answers.await.iter().enumerate() {
        if n % 4 == 3 {
            assert_eq!(answer.problem(), (422, "invalid-request".to_owned()));
        } else {
            let note = note(&format!("note-{n}"), &[], &[]);
            assert_eq!(answer.text(), report(&note, n.is_multiple_of(2)));
        }
    }
    assert!(server.metric("chartgap_requests_running 1").await);
    let outcome =
        serde_json::to_value(ENGINE.check(&note("x", &[], &[]), Default::default()).outcome).unwrap();
    let counted = format!("chartgap_notes_total{{outcome=\"{}\"}} 48", outcome.as_str().unwrap());
    assert!(server.metric(&counted).await, "{counted}");
}

#[tokio::test]
async fn other_forms_of_the_answer() {
    let server = server(|_| {});
    let page = server.post("/v1/check?format=html", "text/plain", BACK).await;
    assert!(page.text().starts_with("<!DOCTYPE html>") && page.text().contains("facet arthropathy"));
    let bundle = server.post("/v1/check?format=fhir", "text/plain", BACK).await;
    assert_eq!((bundle.status, &bundle.json()["resourceType"]), (200, &json!("Bundle")));
}

#[tokio::test]
async fn what_is_refused() {
    let server = server(|c| c.limits.note_bytes = 1000);
    let long = "x".repeat(513);
    let large = format!("{BACK} {}", "x".repeat(1000));
    let (json, text) = ("application/json", "text/plain");
    let of = |value: Value| value.to_string().into_bytes();
    for (path, media, body, status, code) in [
        ("/v1/check", json, b"{".to_vec(), 400, "invalid-json"),
        ("/v1/check", json, b"".to_vec(), 400, "invalid-json"),
        ("/v1/check", json, vec![b'['; 100_000], 422, "invalid-request"),
        ("/v1/check", json, of(json!(["Sore throat."])), 422, "invalid-request"),
        ("/v1/check", json, b"{\"text\": \"\xff\"}".to_vec(), 400, "invalid-json"),
        ("/v1/check", json, b"{\"text\": \"x\"} y".to_vec(), 400, "invalid-json"),
        ("/v1/check", json, of(json!([])), 422, "invalid-request"),
        ("/v1/check", json, of(json!({})), 422, "invalid-request"),
        ("/v1/check", json, of(json!({"text": 7})), 422, "invalid-request"),
        ("/v1/check", json, of(json!({"text": "x", "other": 1})), 422, "invalid-request"),
        ("/v1/check", json, of(json!({"text": "x", "id": long})), 422, "invalid-request"),
        ("/v1/check", json, of(json!({"text": "x", "date": long})), 422, "invalid-request"),
        ("/v1/check", json, of(json!({"text": "x", "codes": [long]})), 422, "invalid-request"),
        ("/v1/check", json, of(json!({"text": "x", "procedures": vec!["1"; 257]})), 422, "invalid-request"),
        ("/v1/check", json, of(json!({"text": " \n"})), 422, "empty"),
        ("/v1/check", json, of(json!({"text": "a\u{0}b"})), 422, "nul-byte"),
        ("/v1/check", json, of(json!({"text": large})), 413, "too-large"),
        ("/v1/check", text, b"".to_vec(), 422, "empty"),
        ("/v1/check", text, large.clone().into_bytes(), 413, "too-large"),
        ("/v1/check", text, b"a\0b".to_vec(), 422, "nul-byte"),
        ("/v1/check", text, b"%PDF-1.7".to_vec(), 422, "unsupported-format"),
        ("/v1/check?format=pdf", text, b"x".to_vec(), 400, "invalid-query"),
        ("/v1/check?mentions=perhaps", text, b"x".to_vec(), 400, "invalid-query"),
        ("/v1/check?other=1", text, b"x".to_vec(), 400, "invalid-query"),
        ("/v1/check?id=a&id=b", text, b"x".to_vec(), 400, "invalid-query"),
        ("/v1/check", "", b"x".to_vec(), 415, "unsupported-type"),
        ("/v1/check", "image/png", b"x".to_vec(), 415, "unsupported-type"),
        ("/v1/check", "text/plain; charset=no-such", b"x".to_vec(), 415, "unsupported-type"),
        ("/v1/check", "text/plain; charset=iso-2022-kr", b"x".to_vec(), 415, "unsupported-type"),
    ] {
        let told = String::from_utf8_lossy(&body[..body.len().min(40)]).into_owned();
        let answer = server.post(path, media, body).await;
        assert_eq!(answer.problem(), (status, code.into()), "{path} {media} {told:?}");
    }
    let path = format!("/v1/check?id={long}");
    assert_eq!(server.post(&path, text, "x").await.problem(), (422, "invalid-request".into()));
    let path = format!("/v1/check?codes={}", "1,".repeat(257));
    assert_eq!(server.post(&path, text, "x").await.problem(), (422, "invalid-request".into()));
    let headers = [("content-type", "text/plain"), ("content-encoding", "gzip")];
    let packed = server.with(Method::POST, "/v1/check", &headers).await;
    assert_eq!(packed.problem(), (415, "unsupported-encoding".into()));
    let none = server.with(Method::POST, "/v1/check", &[]).await;
    assert_eq!(none.problem(), (415, "unsupported-type".into()));
}

#[tokio::test]
async fn the_place_of_a_fault_is_told() {
    let server = server(|_| {});
    let answer =
        server.post("/v1/check", "application/json", "{\n \"text\": \"zyzzyva\",\n \"id\": 7}").await;
    assert_eq!(
        answer.json()["detail"],
        "a field is missing, unknown or of the wrong type (line 3, column 8)"
    );
    let answer = server.post("/v1/check", "text/plain", "a\nb\0").await;
    assert_eq!(answer.json()["line"], 2);
}
