//! `POST /v1/batch`: a line for each note, in order, while they come; never an answer that only looks whole.

use super::support::{BACK, SOON, Server, report, server};
use axum::body::{Body, Bytes};
use axum::http::Request;
use chartgap::note::Note;
use futures_util::StreamExt;
use http_body_util::BodyExt;
use serde_json::{Value, json};
use std::io;
use std::time::Duration;
use tokio::sync::mpsc;
use tower::ServiceExt;

const LINES: &str = "application/x-ndjson";

/// A batch whose lines are sent one by one.
struct Open {
    sender: Option<mpsc::UnboundedSender<io::Result<Bytes>>>,
    answer: axum::body::BodyDataStream,
    status: u16,
}

impl Open {
    async fn begin(server: &Server) -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        let stream = futures_util::stream::unfold(receiver, |mut receiver| async {
            Some((receiver.recv().await?, receiver))
        });
        let request = Request::post("/v1/batch").header("content-type", LINES);
        let response =
            server.app.clone().oneshot(request.body(Body::from_stream(stream)).unwrap()).await.unwrap();
        let status = response.status().as_u16();
        Self { sender: Some(sender), answer: response.into_body().into_data_stream(), status }
    }

    fn send(&self, text: impl Into<Bytes>) {
        let _ = self.sender.as_ref().unwrap().send(Ok(text.into()));
    }

    fn end(&mut self) {
        self.sender = None;
    }

    /// The next piece of the answer; an error where it broke off.
    async fn next(&mut self) -> Option<Result<String, ()>> {
        let next = tokio::time::timeout(SOON, self.answer.next()).await.expect("an answer in time")?;
        Some(next.map(|bytes| String::from_utf8(bytes.to_vec()).unwrap()).map_err(|_| ()))
    }
}

fn line(id: &str, text: &str) -> String {
    json!({"id": id, "text": text}).to_string() + "\n"
}

#[tokio::test]
async fn ten_thousand_notes_in_order() {
    let server = server(|_| {});
    let bad = |n: usize| n % 100 == 99;
    let stream = futures_util::stream::iter((0..10_000).map(move |n| {
        let text = if bad(n) { "{\n".to_owned() } else { line(&n.to_string(), "Low back pain.") };
        io::Result::Ok(text)
    }));
    let answer = server.post("/v1/batch", LINES, Body::from_stream(stream)).await;
    assert_eq!(answer.status, 200);
    let mut lines = 0;
    for (n, line) in answer.text().lines().enumerate() {
        let entry: Value = serde_json::from_str(line).unwrap();
        if bad(n) {
            assert_eq!(entry["error"]["line"], n + 1, "{entry}");
        } else {
            assert_eq!(entry["id"], n.to_string());
        }
        lines += 1;
    }
    assert_eq!(lines, 10_000);
}

#[tokio::test]
async fn a_line_is_answered_as_the_library_would() {
    let server = server(|_| {});
    let record =
        json!({"id": "a", "text": BACK, "date": "2026-02-11", "codes": ["M53.86"], "procedures": ["64493"]});
    let mut note = Note::new("a", BACK);
    note.meta.date = Some("2026-02-11".into());
    note.meta.codes = vec!["M53.86".into()];
    note.meta.procedures = vec!["64493".into()];
    for (path, mentions) in [("/v1/batch", false), ("/v1/batch?mentions=true", true)] {
        let answer = server.post(path, LINES, record.to_string()).await;
        assert_eq!(answer.text(), report(&note, mentions) + "\n");
    }
}

#[tokio::test]
async fn every_line_has_one_answer_with_its_number() {
    let server = server(|c| c.limits.note_bytes = 1000);
    let pad = |at: usize| {
        // The words that begin a tar archive, where they would stand in one.
        let head = "{\"id\":\"tar\",\"text\":\"";
        format!("{head}{}ustar\"}}", "x".repeat(at - head.len()))
    };
    for (body, expected) in [
        ("{\"text\": \"a\"}", vec![("batch:1", "")]),
        ("\n  \n{\"text\": \"a\"}\n\r\n{\"id\": 7, \"text\": \"a\"}\r\n\n", vec![("batch:3", ""), ("7", "")]),
        (
            "{\"id\": \"batch:1\", \"text\": \"a\"}\n{\"id\": \"batch:1\", \"text\": \"a\"}",
            vec![("batch:1", ""); 2],
        ),
        ("\u{feff}{\"id\": \"a\", \"text\": \"a\"}\n", vec![("a", "")]),
        ("\u{feff}\n{\"id\": \"a\", \"text\": \"a\"}\n", vec![("batch:1", "no-notes"), ("a", "")]),
        (
            "PK\u{3}\u{4}zyzzyva\n{\"id\": \"a\", \"text\": \"a\"}\n",
            vec![("batch:1", "unsupported-format"), ("a", "")],
        ),
        (
            "{\"id\": \"a\", \"text\": \"a\"}\nPK\u{3}\u{4}zyzzyva",
            vec![("a", ""), ("batch:2", "invalid-json")],
        ),
        (
            "zyzzyva\n[]\n7\n{\"id\": \"a\"}",
            vec![
                ("batch:1", "invalid-json"),
                ("batch:2", "invalid-json"),
                ("batch:3", "invalid-json"),
                ("a", "missing-field"),
            ],
        ),
        ("{\"id\": \"a\", \"text\": \" \"}", vec![("a", "empty")]),
        ("{\"id\": \"a\", \"text\": \"a\\u0000\"}", vec![("a", "nul-byte")]),
        (&pad(257), vec![("tar", "")]),
        (&line("a", &"x".repeat(1001)), vec![("a", "too-large")]),
        (&line("a", &"x".repeat(100_000)), vec![("batch:1", "line-too-long")]),
        ("", vec![]),
        ("\n\n", vec![]),
    ] {
        let answer = server.post("/v1/batch", LINES, body.to_owned()).await;
        let told = &body[..body.floor_char_boundary(60)];
        let entries: Vec<Value> = answer.text().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
        assert_eq!(entries.len(), expected.len(), "{told}: {}", answer.text());
        for (entry, (id, code)) in entries.iter().zip(expected) {
            assert_eq!(entry["id"], id, "{told}: {entry}");
            assert_eq!(entry["error"]["code"].as_str().unwrap_or_default(), code, "{told}: {entry}");
        }
        assert!(!answer.text().contains("zyzzyva"), "{told}");
    }
}

#[tokio::test]
async fn a_line_is_answered_while_the_next_is_not_sent_yet() {
    let server = server(|_| {});
    let mut batch = Open::begin(&server).await;
    assert_eq!(batch.status, 200);
    for n in 0..3 {
        batch.send(line(&n.to_string(), BACK));
        let piece = batch.next().await.unwrap().unwrap();
        assert_eq!(piece, report(&Note::new(n.to_string(), BACK), false) + "\n");
    }
    // A line in two pieces.
    let whole = line("cut", BACK);
    batch.send(whole[..20].to_owned());
    batch.send(whole[20..].to_owned());
    assert!(batch.next().await.unwrap().unwrap().contains("\"id\":\"cut\""));
    batch.end();
    assert!(batch.next().await.is_none());
}

#[tokio::test]
async fn an_answer_that_is_not_whole_breaks_off() {
    let server = server(|c| c.limits.body_time = Duration::from_millis(100));
    // The client falls silent.
    let mut batch = Open::begin(&server).await;
    batch.send(line("a", BACK));
    assert!(batch.next().await.unwrap().is_ok());
    assert_eq!(batch.next().await, Some(Err(())));
    assert!(server.metric("chartgap_batches_broken_total{code=\"body-too-slow\"} 1").await);
    // The body breaks off.
    let mut batch = Open::begin(&server).await;
    batch.sender.as_ref().unwrap().send(Err(io::ErrorKind::ConnectionReset.into())).unwrap();
    assert_eq!(batch.next().await, Some(Err(())));
    assert!(server.metric("chartgap_batches_broken_total{code=\"body-cut-off\"} 1").await);
}

#[tokio::test]
async fn no_more_batches_than_may_be_at_the_same_time() {
    let server = server(|c| c.limits.batches = 1);
    let mut first = Open::begin(&server).await;
    first.send(line("a", BACK));
    assert!(first.next().await.unwrap().is_ok());
    assert_eq!(server.post("/v1/batch", LINES, "").await.problem(), (503, "busy".into()));
    first.end();
    assert!(first.next().await.is_none());
    drop(first);
    let mut status = 503;
    for _ in 0..200 {
        status = server.post("/v1/batch", LINES, "").await.status;
        if status == 200 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(status, 200);
}

#[tokio::test]
async fn a_client_that_does_not_read_is_not_read_from() {
    let server = server(|_| {});
    // An endless body; how much of it was taken is counted.
    let taken = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counter = taken.clone();
    let stream = futures_util::stream::iter(0..usize::MAX).map(move |n| {
        counter.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        io::Result::Ok(line(&n.to_string(), BACK))
    });
    let request = Request::post("/v1/batch").header("content-type", LINES);
    let response =
        server.app.clone().oneshot(request.body(Body::from_stream(stream)).unwrap()).await.unwrap();
    let mut body = response.into_body();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let before = taken.load(std::sync::atomic::Ordering::SeqCst);
    assert!(before <= 64, "{before} lines for an answer that nobody takes");
    // It goes on as soon as it is read.
    for _ in 0..20 {
        body.frame().await.unwrap().unwrap();
    }
    assert!(taken.load(std::sync::atomic::Ordering::SeqCst) > before);
}

#[tokio::test]
async fn what_is_refused() {
    let server = server(|_| {});
    for (path, media, status, code) in [
        ("/v1/batch", "application/json", 415, "unsupported-type"),
        ("/v1/batch", "", 415, "unsupported-type"),
        ("/v1/batch", "application/x-ndjsonl", 415, "unsupported-type"),
        ("/v1/batch?mentions=7", LINES, 400, "invalid-query"),
        ("/v1/batch?other=7", LINES, 400, "invalid-query"),
    ] {
        assert_eq!(server.post(path, media, "{}").await.problem(), (status, code.into()), "{path} {media}");
    }
    for media in ["application/x-ndjson; charset=utf-8", "application/jsonl", "Application/NDJSON"] {
        assert_eq!(server.post("/v1/batch", media, "{\"text\": \"a\"}").await.status, 200, "{media}");
    }
    let headers = [("content-type", LINES), ("content-encoding", "gzip")];
    let packed = server.with(axum::http::Method::POST, "/v1/batch", &headers).await;
    assert_eq!(packed.problem(), (415, "unsupported-encoding".into()));
}
