//! What the service takes on, and how it says that something is too much.

use super::support::{BACK, long_text, server};
use axum::body::Body;
use chartgap::server::{AppState, Config, ServeError};
use futures_util::future::join_all;
use std::io;
use std::time::Duration;

fn chunked(chunks: usize) -> Body {
    Body::from_stream(futures_util::stream::iter((0..chunks).map(|_| io::Result::Ok("x ".repeat(500)))))
}

#[tokio::test]
async fn a_body_has_a_limit_whether_its_length_is_told_or_not() {
    let server = server(|c| c.limits.body_bytes = 10_000);
    for (body, status) in [
        (Body::from("x ".repeat(5_000)), 200),
        (Body::from("x ".repeat(5_001)), 413),
        (chunked(10), 200),
        (chunked(11), 413),
        (chunked(1_000_000), 413),
    ] {
        let answer = server.post("/v1/check", "text/plain", body).await;
        assert_eq!(answer.status, status);
        if status == 413 {
            assert_eq!(answer.problem().1, "body-too-large");
        }
    }
}

#[tokio::test]
async fn a_length_that_is_a_lie_is_seen() {
    let server = server(|c| c.limits.body_bytes = 10_000);
    let request = axum::http::Request::post("/v1/check")
        .header("content-type", "text/plain")
        .header("content-length", "99999999999999999999")
        .body(chunked(11));
    assert_eq!(server.ask(request.unwrap()).await.problem(), (413, "body-too-large".into()));
}

#[tokio::test]
async fn all_bodies_together_have_a_limit() {
    let server = server(|c| {
        c.limits.body_bytes = 10_000;
        c.limits.all_bodies_bytes = 12_000;
        c.limits.body_time = Duration::from_secs(1);
    });
    let held = Body::from_stream(futures_util::StreamExt::chain(
        futures_util::stream::once(async { io::Result::Ok("x ".repeat(4_000)) }),
        futures_util::stream::pending(),
    ));
    let first = server.post("/v1/check", "text/plain", held);
    let second = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        let refused = server.post("/v1/check", "text/plain", "x ".repeat(4_000)).await;
        assert_eq!(refused.problem(), (503, "busy".into()));
        assert_eq!(server.post("/v1/check", "text/plain", BACK).await.status, 200);
    };
    let (first, ()) = tokio::join!(first, second);
    assert_eq!(first.problem(), (408, "body-too-slow".into()));
    assert_eq!(server.post("/v1/check", "text/plain", "x ".repeat(4_000)).await.status, 200);
}

#[tokio::test]
async fn more_than_may_wait_is_refused_and_told_when_to_come_again() {
    let server = server(|c| {
        c.limits.threads = 1;
        c.limits.waiting = 1;
    });
    let text = long_text(200_000);
    let asked = (0..12).map(|_| server.post("/v1/check", "text/plain", text.clone()));
    let ready = async {
        tokio::task::yield_now().await;
        server.get("/ready").await
    };
    let (answers, ready) = tokio::join!(join_all(asked), ready);
    let done = answers.iter().filter(|a| a.status == 200).count();
    assert_eq!(done, 2);
    for refused in answers.iter().filter(|a| a.status != 200) {
        assert_eq!(refused.problem(), (503, "busy".into()));
        assert_eq!(refused.header("retry-after"), "1");
    }
    assert_eq!(ready.problem(), (503, "busy".into()));
    assert_eq!(server.get("/ready").await.status, 200);
    assert_eq!(server.post("/v1/check", "text/plain", BACK).await.status, 200);
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_given_up() {
    let server = server(|c| {
        c.limits.threads = 1;
        c.limits.answer_time = Duration::from_millis(5);
    });
    let text = long_text(400_000);
    let late = server.post("/v1/check", "text/plain", text).await;
    assert_eq!(late.problem(), (503, "too-slow".into()));
}

#[tokio::test]
async fn a_body_that_comes_too_slowly() {
    let server = server(|c| c.limits.body_time = Duration::from_millis(100));
    let drops = futures_util::stream::unfold((), |()| async {
        tokio::time::sleep(Duration::from_millis(30)).await;
        Some((io::Result::Ok("x"), ()))
    });
    let slow = server.post("/v1/check", "text/plain", Body::from_stream(drops)).await;
    assert_eq!(slow.problem(), (408, "body-too-slow".into()));
    let broken = futures_util::stream::iter([Ok("x"), Err(io::Error::other("zyzzyva"))]);
    let broken = server.post("/v1/check", "text/plain", Body::from_stream(broken)).await;
    assert_eq!(broken.problem(), (400, "body-cut-off".into()));
}

#[test]
fn what_cannot_be_configured() {
    let refused = |change: fn(&mut Config)| {
        let config = super::support::local(change);
        match AppState::new(super::support::ENGINE.clone(), config, Box::new(io::sink())) {
            Err(error) => error,
            Ok(_) => panic!("accepted"),
        }
    };
    assert!(matches!(refused(|c| c.limits.body_bytes = 1 << 40), ServeError::Bodies));
    assert!(matches!(refused(|c| c.listen = "0.0.0.0:0".parse().unwrap()), ServeError::Open { .. }));
    assert!(matches!(refused(|c| c.audit_log = Some("audit.log".into())), ServeError::NoKey));
    assert!(matches!(refused(|c| c.access.user_header = Some("x-user".into())), ServeError::UserHeader));
}
