//! Over sockets: clients that are slow, silent, too many or wrong, and a service that stops while it is asked.

use super::support::{BACK, long_text, raw, read_to_end, service, until};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

const SHORT: Duration = Duration::from_millis(300);

fn status(answer: &str) -> u16 {
    let line = answer.lines().next().unwrap_or_default();
    line.strip_prefix("HTTP/1.1 ")
        .and_then(|l| l.get(..3)?.parse().ok())
        .unwrap_or_else(|| panic!("{answer:?}"))
}

fn body(answer: &str) -> &str {
    answer.split_once("\r\n\r\n").unwrap().1
}

fn check(text: &str) -> Vec<u8> {
    raw("POST", "/v1/check", "content-type: text/plain\r\n", text.as_bytes())
}

fn health() -> Vec<u8> {
    raw("GET", "/health", "", b"")
}

#[test]
fn a_connection_takes_many_requests() {
    let service = service(|_| {});
    let mut stream = service.connect();
    let mut requests = Vec::new();
    for _ in 0..3 {
        requests.extend_from_slice(b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n");
    }
    requests.extend_from_slice(&check(BACK));
    // One after the other without waiting for an answer.
    stream.write_all(&requests).unwrap();
    let answers = read_to_end(&mut stream);
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 4, "{answers}");
    assert!(answers.contains("chartgap.report/1"));
}

#[test]
fn a_head_that_does_not_come_in_time() {
    let service = service(|c| c.limits.head_time = SHORT);
    for sent in
        [&b""[..], b"G", b"GET /health HTTP/1.1\r\nhost: localhost\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"]
    {
        let mut stream = service.connect();
        stream.write_all(sent).unwrap();
        let began = Instant::now();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
        assert!(began.elapsed() < Duration::from_secs(20), "{sent:?}");
    }
    // One byte now and then does not help.
    let mut stream = service.connect();
    let began = Instant::now();
    while stream.write_all(b"x").is_ok() {
        assert!(began.elapsed() < Duration::from_secs(20));
        std::thread::sleep(Duration::from_millis(50));
    }
    // Nor is a connection kept for one that has asked once and then says nothing.
    let mut stream = service.connect();
    stream.write_all(b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    assert_eq!(status(&read_to_end(&mut stream)), 200);
}

#[test]
fn a_body_that_does_not_come_in_time() {
    let service = service(|c| c.limits.body_time = SHORT);
    let mut stream = service.connect();
    let head = "POST /v1/check HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/plain\r\ncontent-length: 100\r\n\r\nLow ";
    stream.write_all(head.as_bytes()).unwrap();
    let answer = read_to_end(&mut stream);
    assert_eq!(status(&answer), 408);
    assert!(answer.contains("body-too-slow"));
}

#[test]
fn a_body_that_is_too_large_is_refused_before_it_is_sent() {
    let service = service(|c| c.limits.body_bytes = 100_000);
    // The length is told: the answer comes at once, and is there to be read though the client goes on sending.
    let mut stream = service.connect();
    let head = "POST /v1/check HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/plain\r\ncontent-length: 20000000\r\n\
                expect: 100-continue\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let answer = read_to_end(&mut stream);
    assert_eq!(status(&answer), 413, "{answer}");
    assert!(answer.contains("body-too-large"));
}

#[test]
fn what_is_no_http() {
    let service = service(|_| {});
    let long = format!("GET /{} HTTP/1.1\r\nhost: localhost\r\n\r\n", "zyzzyva".repeat(20_000));
    let wide = format!("GET / HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n", "zyzzyva".repeat(20_000));
    let many = format!("GET / HTTP/1.1\r\nhost: localhost\r\n{}\r\n", "zyzzyva: 1\r\n".repeat(500));
    for request in [
        "zyzzyva\r\n\r\n",
        "GET /zyzzyva\r\n\r\n",
        "GET / HTTP/9.9\r\nzyzzyva\r\n\r\n",
        "POST /v1/check HTTP/1.1\r\nhost: localhost\r\ncontent-length: zyzzyva\r\n\r\n",
        "POST /v1/check HTTP/1.1\r\nhost: localhost\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\nzyzzyva",
        "GET / HTTP/1.1\r\nhost: localhost\r\nzyz zyva: 1\r\n\r\n",
        &long,
        &wide,
        &many,
    ] {
        let answer = service.exchange(request.as_bytes());
        let told = &request[..request.len().min(60)];
        assert!(matches!(status(&answer), 400 | 414 | 431), "{told}: {answer}");
        assert!(!answer.contains("zyzzyva"), "{told}: {answer}");
    }
    // Chunks that are none.
    let head = "POST /v1/check HTTP/1.1\r\nhost: localhost\r\ncontent-type: text/plain\r\ntransfer-encoding: chunked\r\n\r\n";
    let answer = service.exchange(format!("{head}zyzzyva\r\n").as_bytes());
    assert_eq!(status(&answer), 400);
    service.state.flush();
    assert!(!answer.contains("zyzzyva") && !service.log.text().contains("zyzzyva"));
    assert_eq!(status(&service.exchange(&health())), 200);
}

#[test]
fn more_connections_than_may_be_open_are_refused_with_words() {
    let service = service(|c| c.limits.connections = 2);
    let held: Vec<TcpStream> = (0..2).map(|_| service.connect()).collect();
    until("both are let in", || status(&service.exchange(&health())) == 503);
    let answer = service.exchange(&health());
    assert!(answer.contains("retry-after: 1\r\n"));
    let problem: Value = serde_json::from_str(body(&answer)).unwrap();
    assert_eq!((&problem["code"], &problem["status"]), (&json!("busy"), &json!(503)));
    drop(held);
    until("a place is free again", || status(&service.exchange(&health())) == 200);
    let metrics = service.exchange(&raw("GET", "/metrics", "", b""));
    assert!(metrics.contains("chartgap_connections_refused_total "), "{metrics}");
}

/// Two batches may not be at the same time, so a place that is free again shows that the first has ended.
fn batch_place_is_free(service: &super::support::Service) -> bool {
    let request = raw("POST", "/v1/batch", "content-type: application/x-ndjson\r\n", b"{\"text\": \"x\"}");
    status(&service.exchange(&request)) == 200
}

#[test]
fn a_client_that_takes_nothing_of_its_answer_is_cut_off_and_costs_no_memory() {
    let service = service(|c| {
        c.limits.batches = 1;
        c.limits.write_time = Duration::from_millis(1500);
        c.limits.body_time = Duration::from_secs(5);
    });
    let mut stream = service.connect();
    stream.set_write_timeout(Some(Duration::from_millis(700))).unwrap();
    let head = "POST /v1/batch?mentions=true HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-ndjson\r\n\
                transfer-encoding: chunked\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let line = json!({"id": "a", "text": BACK}).to_string() + "\n";
    let chunk = line.repeat(100);
    let chunk = format!("{:x}\r\n{chunk}\r\n", chunk.len());
    // It sends as long as the service takes anything.
    let mut sent = 0;
    while stream.write_all(chunk.as_bytes()).is_ok() {
        sent += chunk.len();
        assert!(sent < 64 << 20, "{sent} bytes were taken in with no answer read");
    }
    until("the place of the batch is free", || batch_place_is_free(&service));
    // What was sent before is no whole answer: the last chunk of none is missing.
    let mut got = Vec::new();
    let _ = stream.read_to_end(&mut got);
    assert!(!got.ends_with(b"0\r\n\r\n"));
}

#[test]
fn a_client_that_goes_away_in_the_middle_leaves_nothing_behind() {
    let service = service(|c| c.limits.batches = 1);
    let mut stream = service.connect();
    let head = "POST /v1/batch HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-ndjson\r\n\
                content-length: 100000\r\n\r\n{\"text\": \"x\"}\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut first = [0; 64];
    stream.read_exact(&mut first).unwrap();
    drop(stream);
    until("the place of the batch is free", || batch_place_is_free(&service));
    let metrics = service.exchange(&raw("GET", "/metrics", "", b""));
    assert!(metrics.contains("chartgap_requests_running 1\n"), "{metrics}");
}

#[test]
fn requests_that_have_begun_are_answered_when_the_service_stops() {
    let mut service = service(|_| {});
    // Half a body is there when the service is told to stop.
    let request = check(BACK);
    let (before, after) = request.split_at(request.len() - 20);
    let mut half = service.connect();
    half.write_all(before).unwrap();
    // A batch has been answered in part.
    let mut batch = service.connect();
    let line = json!({"id": "a", "text": BACK}).to_string() + "\n";
    let chunk = format!("{:x}\r\n{line}\r\n", line.len());
    let head = "POST /v1/batch HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-ndjson\r\n\
                transfer-encoding: chunked\r\n\r\n";
    batch.write_all(format!("{head}{chunk}").as_bytes()).unwrap();
    let mut first = [0; 64];
    batch.read_exact(&mut first).unwrap();
    // One is open and asks nothing; one is being worked on.
    let mut idle = service.connect();
    idle.write_all(b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n").unwrap();
    let mut head = [0; 12];
    idle.read_exact(&mut head).unwrap();
    let mut working = service.connect();
    working.write_all(&check(&long_text(200_000))).unwrap();
    std::thread::sleep(Duration::from_millis(200));
    service.begin_stop();
    until("no new connection is let in", || TcpStream::connect(service.address).is_err());
    half.write_all(after).unwrap();
    batch.write_all(format!("{chunk}0\r\n\r\n").as_bytes()).unwrap();
    assert_eq!(status(&read_to_end(&mut half)), 200);
    assert_eq!(status(&read_to_end(&mut working)), 200);
    let rest = read_to_end(&mut batch);
    assert!(rest.ends_with("0\r\n\r\n") && rest.contains("chartgap.report/1"));
    read_to_end(&mut idle);
    service.stopped();
    let statuses: Vec<u64> = service.log.lines().iter().map(|l| l["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [200; 4]);
}

#[test]
fn a_stop_waits_no_longer_than_it_may() {
    let mut service = service(|c| c.limits.stop_time = SHORT);
    let request = check(BACK);
    let mut half = service.connect();
    half.write_all(&request[..request.len() - 20]).unwrap();
    std::thread::sleep(Duration::from_millis(200));
    let began = Instant::now();
    service.begin_stop();
    service.stopped();
    assert!(began.elapsed() < Duration::from_secs(20));
    assert_eq!(read_to_end(&mut half), "");
}
