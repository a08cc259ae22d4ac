//! Sessions of the service, by requests and over a WebSocket, with a server in this process.
#![cfg(feature = "server")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

use chartgap::check::{Engine, EngineOptions};
use chartgap::server::{AppState, Config, Secret, bind, document};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, LazyLock, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;
use tokio::sync::oneshot;
use tungstenite::client::IntoClientRequest;
use tungstenite::handshake::client::Request;
use tungstenite::{Error, Message, WebSocket};

static ENGINE: LazyLock<Arc<Engine>> = LazyLock::new(|| {
    let options = EngineOptions {
        #[cfg(feature = "classifier")]
        model: chartgap::classify::ModelSource::None,
        ..EngineOptions::default()
    };
    Arc::new(Engine::load(&options).unwrap())
});

const TEXT: &str = "HPI:\nLow back pain.\n";

/// What the access log was given.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

struct Server {
    address: SocketAddr,
    log: Log,
    stop: Option<oneshot::Sender<()>>,
    runs: Option<JoinHandle<()>>,
}

impl Server {
    fn new(set: impl FnOnce(&mut Config)) -> Self {
        let mut config = Config::local("127.0.0.1:0".parse().unwrap());
        config.limits.stop_time = Duration::from_secs(5);
        set(&mut config);
        let log = Log::default();
        let service = bind(AppState::new(ENGINE.clone(), config, Box::new(log.clone())).unwrap()).unwrap();
        let address = service.address();
        let (stop, stopped) = oneshot::channel();
        let runs = std::thread::spawn(move || {
            let stopped = async {
                let _ = stopped.await;
            };
            service.run(stopped).unwrap();
        });
        Self { address, log, stop: Some(stop), runs: Some(runs) }
    }

    /// Sends a request; status, head and body of the answer.
    fn ask(&self, method: &str, path: &str, headers: &str, body: &str) -> (u16, String, Value) {
        let mut stream = TcpStream::connect(self.address).unwrap();
        let kind = if body.is_empty() { "" } else { "content-type: application/json\r\n" };
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n{kind}{headers}content-length: {}\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (head, body) = text.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, head.to_owned(), serde_json::from_str(body).unwrap_or(Value::Null))
    }

    fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let (status, _, body) = self.ask("POST", path, "", &body.to_string());
        (status, body)
    }

    fn request(&self, headers: &[(&'static str, &str)]) -> Request {
        let mut request = format!("ws://{}/v1/live", self.address).into_client_request().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        request
    }

    /// Opens the WebSocket; the status where that is refused.
    fn live(&self, headers: &[(&'static str, &str)]) -> Result<WebSocket<TcpStream>, u16> {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        match tungstenite::client(self.request(headers), stream) {
            Ok((socket, _)) => Ok(socket),
            Err(tungstenite::HandshakeError::Failure(Error::Http(response))) => {
                Err(response.status().as_u16())
            }
            Err(other) => panic!("{other}"),
        }
    }

    fn stop(&mut self) {
        if let Some(stop) = self.stop.take() {
            stop.send(()).unwrap();
        }
        if let Some(runs) = self.runs.take() {
            runs.join().unwrap();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.stop();
        }
    }
}

fn say(socket: &mut WebSocket<TcpStream>, message: &Value) -> Value {
    socket.send(Message::text(message.to_string())).unwrap();
    serde_json::from_str(socket.read().unwrap().to_text().unwrap()).unwrap()
}

/// The code with which the service closes the WebSocket.
fn closed(socket: &mut WebSocket<TcpStream>) -> u16 {
    match socket.read().unwrap() {
        Message::Close(Some(frame)) => frame.code.into(),
        other => panic!("{other}"),
    }
}

#[test]
fn a_session_is_opened_edited_read_and_closed() {
    let server = Server::new(|_| ());
    let (status, head, opened) =
        server.ask("POST", "/v1/sessions", "", &json!({"id": "a", "text": TEXT}).to_string());
    assert_eq!(status, 201);
    let session = opened["session"].as_str().unwrap();
    let path = format!("/v1/sessions/{session}");
    assert!(head.contains(&format!("location: {path}\r\n")) && session.len() == 32, "{head}");
    assert_eq!(opened["change"]["mentions"]["added"][0]["entry"]["text"], "Low back pain");

    let edit = json!({"revision": 0, "edits": [{"start": 18, "text": " for 8 weeks"}]});
    let (status, change) = server.post(&format!("{path}/edits"), &edit);
    assert_eq!((status, &change["revision"]), (200, &json!(1)));
    assert_eq!(change["mentions"]["added"][0]["entry"]["text"], "for 8 weeks");

    let (status, current) = {
        let (status, _, body) = server.ask("GET", &path, "", "");
        (status, body)
    };
    let text = "HPI:\nLow back pain for 8 weeks.\n";
    let (_, whole) = server.post("/v1/check", &json!({"id": "a", "text": text, "mentions": true}));
    assert_eq!((status, &current["revision"], &current["report"]), (200, &json!(1), &whole));

    let cases = [
        (edit.clone(), 409, "stale-revision"),
        (json!({"revision": 1, "edits": [{"start": 900}]}), 422, "out-of-range"),
        (json!({"revision": 1, "edits": [{"start": 2, "end": 1}]}), 422, "bad-range"),
        (json!({"revision": 1, "edits": [{"text": "x".repeat(300_000)}]}), 413, "too-large"),
        (json!({"revision": 1, "edits": [{"at": 1}]}), 422, "invalid-request"),
    ];
    for (body, status, code) in cases {
        let (given, problem) = server.post(&format!("{path}/edits"), &body);
        assert_eq!((given, problem["code"].as_str().unwrap()), (status, code));
    }
    assert_eq!(server.ask("DELETE", &path, "", "").0, 204);
    assert_eq!(server.ask("GET", &path, "", "").0, 404);
    assert_eq!(server.ask("DELETE", "/v1/sessions/secret", "", "").2["code"], "no-such-session");
    assert_eq!(server.post("/v1/sessions", &json!({"id": "x".repeat(600)})).0, 413);
}

#[test]
fn sessions_are_bounded_in_number_and_time() {
    let server = Server::new(|config| {
        config.limits.sessions = 1;
        config.limits.session_idle = Duration::from_millis(700);
    });
    let (_, opened) = server.post("/v1/sessions", &json!({"text": TEXT}));
    let (status, problem) = server.post("/v1/sessions", &json!({"text": TEXT}));
    assert_eq!((status, &problem["code"]), (429, &json!("too-many-sessions")));
    let mut socket = server.live(&[]).unwrap();
    assert_eq!(server.live(&[]).err(), Some(429));
    say(&mut socket, &json!({"type": "open"}));
    assert_eq!(closed(&mut socket), 1000, "nothing came for too long");
    let path = format!("/v1/sessions/{}", opened["session"].as_str().unwrap());
    assert_eq!(server.ask("GET", &path, "", "").0, 404);
    assert_eq!(server.post("/v1/sessions", &json!({"text": TEXT})).0, 201);
}

#[test]
fn a_websocket_answers_each_message() {
    let server = Server::new(|_| ());
    let mut socket = server.live(&[("origin", &format!("http://{}", server.address))]).unwrap();
    assert_eq!(say(&mut socket, &json!({"type": "report"}))["code"], "not-open");
    let opened = say(&mut socket, &json!({"type": "open", "text": TEXT}));
    assert_eq!((&opened["type"], &opened["revision"]), (&json!("change"), &json!(0)));
    // two edits before the answer to the first one came
    for (revision, text) in [(0, " for 8"), (1, " weeks")] {
        let edit = json!({"type": "edit", "revision": revision, "edits": [{"start": 18 + 6 * revision, "text": text}]});
        socket.send(Message::text(edit.to_string())).unwrap();
    }
    for revision in [1, 2] {
        let change: Value = serde_json::from_str(socket.read().unwrap().to_text().unwrap()).unwrap();
        assert_eq!(change["revision"], revision);
    }
    let report = say(&mut socket, &json!({"type": "report"}));
    assert_eq!(report["report"]["summary"]["duration"], "for 8 weeks");
    let refused = say(&mut socket, &json!({"type": "edit", "revision": 9, "edits": []}));
    assert_eq!((&refused["code"], &refused["revision"]), (&json!("stale-revision"), &json!(2)));
    socket.send(Message::binary(vec![1])).unwrap();
    assert_eq!(closed(&mut socket), 1003);
}

#[test]
fn who_may_not_ask_may_not_listen() {
    let server = Server::new(|config| config.access.token = Secret::new("0123456789-abcdef/(=)"));
    let bearer = ("authorization", "Bearer 0123456789-abcdef/(=)");
    assert_eq!(server.live(&[]).err(), Some(401));
    assert!(server.live(&[bearer]).is_ok());
    assert_eq!(server.live(&[bearer, ("origin", "http://elsewhere.example")]).err(), Some(403));
    assert_eq!(server.live(&[bearer, ("host", "elsewhere.example")]).err(), Some(421));
    // a page shows it as a subprotocol, and gets the other one confirmed
    let shown = "chartgap.live.1, chartgap.token.MDEyMzQ1Njc4OS1hYmNkZWYvKD0p";
    assert!(server.live(&[("sec-websocket-protocol", shown)]).is_ok());
    for wrong in
        ["chartgap.live.1, chartgap.token.MDEy", "chartgap.live.1, chartgap.token.(", "chartgap.live.1"]
    {
        assert_eq!(server.live(&[("sec-websocket-protocol", wrong)]).err(), Some(401), "{wrong}");
    }
    assert_eq!(server.post("/v1/sessions", &json!({"text": TEXT})).0, 401);
    let header = "sec-websocket-protocol: chartgap.token.MDEyMzQ1Njc4OS1hYmNkZWYvKD0p\r\n";
    assert_eq!(server.ask("POST", "/v1/sessions", header, "{}").0, 401, "for the WebSocket alone");
}

#[test]
fn a_service_that_stops_says_so() {
    let mut server = Server::new(|_| ());
    let mut socket = server.live(&[]).unwrap();
    say(&mut socket, &json!({"type": "open", "text": TEXT}));
    let stop = server.stop.take().unwrap();
    stop.send(()).unwrap();
    assert_eq!(closed(&mut socket), 1001);
    drop(socket);
    server.stop();
}

#[test]
fn no_text_and_no_name_gets_into_the_log() {
    let mut server = Server::new(|_| ());
    let (_, opened) = server.post("/v1/sessions", &json!({"id": "zyzzyva", "text": "Lumbar stenosis."}));
    let session = opened["session"].as_str().unwrap().to_owned();
    let edit = json!({"revision": 0, "edits": [{"start": 0, "text": "Severe "}]});
    server.post(&format!("/v1/sessions/{session}/edits"), &edit);
    server.post(&format!("/v1/sessions/{session}/edits"), &json!({"Severe": 1}));
    let mut socket = server.live(&[]).unwrap();
    say(&mut socket, &json!({"type": "open", "text": "Lumbar stenosis."}));
    drop(socket);
    server.stop();
    let log = String::from_utf8(server.log.0.lock().unwrap().clone()).unwrap();
    assert!(log.contains("/v1/sessions/{session}/edits") && log.contains("/v1/live"), "{log}");
    for word in ["stenosis", "Severe", "zyzzyva", session.as_str()] {
        assert!(!log.contains(word), "{log}");
    }
}

#[test]
fn the_document_has_the_sessions() {
    let document = document();
    for (path, method) in [
        ("/v1/sessions", "post"),
        ("/v1/sessions/{session}", "get"),
        ("/v1/sessions/{session}", "delete"),
        ("/v1/sessions/{session}/edits", "post"),
        ("/v1/live", "get"),
    ] {
        assert!(document["paths"][path][method].is_object(), "{method} {path}");
    }
    let schemas = &document["components"]["schemas"];
    for name in ["Change", "Opening", "Edits", "LiveMessage"] {
        assert!(schemas[name].is_object(), "{name}");
    }
}
