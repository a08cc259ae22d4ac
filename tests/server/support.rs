//! A service in the process, one on a socket, and what every answer must be.

use super::conforms;
use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, header};
use chartgap::check::{CheckOptions, Engine, EngineOptions};
use chartgap::note::Note;
use chartgap::render::json;
use chartgap::server::{AppState, Config, ServeError, bind, router};
use http_body_util::BodyExt;
use serde_json::Value;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, LazyLock, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;
use tower::ServiceExt;

/// The engine over the embedded data, without the classifier.
pub(crate) static ENGINE: LazyLock<Arc<Engine>> =
    LazyLock::new(|| Arc::new(Engine::load(&EngineOptions::default()).unwrap()));

pub(crate) const BACK: &str = "HPI: Low back pain for 8 months. Naproxen and 6 weeks of PT without relief.\n\
    MRI lumbar spine: moderate facet arthropathy at L4-5.\nASSESSMENT: Lumbar facet syndrome.";

/// How long anything may take that is expected to happen soon.
pub(crate) const SOON: Duration = Duration::from_secs(60);

/// The report as a library would write it.
pub(crate) fn report(note: &Note, mentions: bool) -> String {
    json::line(&ENGINE.check(note, CheckOptions { mentions })).unwrap()
}

/// A text whose check takes a while.
pub(crate) fn long_text(bytes: usize) -> String {
    let mut text = BACK.to_owned();
    while text.len() < bytes {
        text += "\nHPI: Low back pain for 8 months, worse with sitting. Naproxen, PT and an epidural injection gave no relief.";
    }
    text
}

/// Where a service writes its access log.
#[derive(Clone, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    pub(crate) fn lines(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

pub(crate) fn local(change: impl FnOnce(&mut Config)) -> Config {
    let mut config = Config::local("127.0.0.1:0".parse().unwrap());
    config.limits.threads = 2;
    change(&mut config);
    config
}

/// A service in the process.
pub(crate) struct Server {
    pub(crate) app: Router,
    pub(crate) state: Arc<AppState>,
    pub(crate) log: Log,
}

/// A service whose configuration is changed so.
pub(crate) fn server(change: impl FnOnce(&mut Config)) -> Server {
    let log = Log::default();
    let state = AppState::new(ENGINE.clone(), local(change), Box::new(log.clone())).unwrap();
    Server { app: router(state.clone()), state, log }
}

/// An answer that was read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().unwrap())
    }

    /// Status and code of an error.
    pub(crate) fn problem(&self) -> (u16, String) {
        let problem = self.json();
        let kind = (&problem["status"], &problem["type"]);
        assert_eq!(
            kind,
            (&self.status.into(), &"about:blank".into()),
            "{}",
            &self.text()[..self.body.len().min(300)]
        );
        (self.status, problem["code"].as_str().unwrap().to_owned())
    }
}

impl Server {
    /// Asks, and holds the answer against the OpenAPI document and against what holds for all answers.
    pub(crate) async fn ask(&self, request: Request<Body>) -> Answer {
        let (method, path) = (request.method().clone(), request.uri().path().to_owned());
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        let answer = Answer { status: head.status.as_u16(), headers: head.headers, body };
        conforms::conforms(&method, &path, &answer);
        answer
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Request::get(path).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, media: &str, body: impl Into<Body>) -> Answer {
        let request = Request::post(path).header(header::CONTENT_TYPE, media);
        self.ask(request.body(body.into()).unwrap()).await
    }

    /// A request with these headers and an empty body.
    pub(crate) async fn with(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.ask(request.body(Body::empty()).unwrap()).await
    }

    /// The access log so far.
    pub(crate) fn logged(&self) -> Vec<Value> {
        self.state.flush();
        self.log.lines()
    }

    pub(crate) async fn metric(&self, line: &str) -> bool {
        self.get("/metrics").await.text().lines().any(|l| l == line)
    }
}

/// A service on a socket, which is stopped when this is dropped.
pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    pub(crate) log: Log,
    pub(crate) state: Arc<AppState>,
    stop: Option<oneshot::Sender<()>>,
    done: Option<JoinHandle<Result<(), ServeError>>>,
}

pub(crate) fn service(change: impl FnOnce(&mut Config)) -> Service {
    let log = Log::default();
    let state = AppState::new(ENGINE.clone(), local(change), Box::new(log.clone())).unwrap();
    let service = bind(state.clone()).unwrap();
    let address = service.address();
    let (stop, stopped) = oneshot::channel();
    let done = std::thread::spawn(move || {
        service.run(async {
            let _ = stopped.await;
        })
    });
    Service { address, log, state, stop: Some(stop), done: Some(done) }
}

impl Service {
    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        stream.set_write_timeout(Some(SOON)).unwrap();
        stream
    }

    /// Sends all of it and reads until the service closes.
    pub(crate) fn exchange(&self, request: &[u8]) -> String {
        let mut stream = self.connect();
        stream.write_all(request).unwrap();
        read_to_end(&mut stream)
    }

    /// Asks it to stop, without waiting.
    pub(crate) fn begin_stop(&mut self) {
        let _ = self.stop.take().unwrap().send(());
    }

    /// Waits until it has stopped.
    pub(crate) fn stopped(&mut self) {
        self.done.take().unwrap().join().unwrap().unwrap();
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            let _ = stop.send(());
        }
        if let Some(done) = self.done.take() {
            let _ = done.join();
        }
    }
}

/// All until the other side closes; what came before a reset counts.
pub(crate) fn read_to_end(stream: &mut TcpStream) -> String {
    let mut all = Vec::new();
    match stream.read_to_end(&mut all) {
        Ok(_) => {}
        Err(e) if e.kind() == io::ErrorKind::ConnectionReset => {}
        Err(e) => panic!("{e}, after {} bytes", all.len()),
    }
    String::from_utf8(all).unwrap()
}

/// A request as bytes, which asks to close the connection.
pub(crate) fn raw(method: &str, path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut request = format!(
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n"
    )
    .into_bytes();
    request.extend_from_slice(body);
    request
}

/// Waits until something holds.
pub(crate) fn until(what: &str, holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < SOON, "never: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
