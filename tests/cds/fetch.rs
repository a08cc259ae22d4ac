//! Reading from a FHIR server: only from one that is listed, and only what is needed.

use crate::made::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const TOKEN: &str = "zyzzyva-token";

/// A FHIR server that answers what it is told, and remembers what it was asked.
struct Server {
    url: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn new(answer: impl Fn(&str) -> Vec<u8> + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/fhir", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let Ok(stream) = stream else { return };
                let _ = Self::serve(stream, &answer, &log);
            }
        });
        Self { url, asked }
    }

    fn serve(
        mut stream: TcpStream,
        answer: &impl Fn(&str) -> Vec<u8>,
        log: &Mutex<Vec<String>>,
    ) -> std::io::Result<()> {
        let mut head = String::new();
        let mut lines = BufReader::new(stream.try_clone()?);
        while lines.read_line(&mut head)? > 2 {}
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        log.lock().unwrap().push(head);
        stream.write_all(&answer(&path))
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn response(status: &str, kind: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn found(resource: &Value) -> Vec<u8> {
    response("200 OK", "application/fhir+json", resource.to_string().as_bytes())
}

fn listed(server: &Server) -> (chartgap::server::cds::Cds, tempfile::TempDir) {
    service(&format!("[[fhir-server]]\nurl = \"{}\"", server.url))
}

/// A request without notes that says where to find them.
fn without_notes(url: &str) -> Value {
    let mut request = signing(&[order("64493", Some("M53.86"))], &[]);
    request.as_object_mut().unwrap().remove("prefetch");
    request["fhirServer"] = json!(url);
    request["fhirAuthorization"] = json!({
        "access_token": TOKEN, "token_type": "Bearer", "expires_in": 300, "scope": "s", "subject": "c",
    });
    request
}

fn referring() -> Value {
    let mut document = document("", "2026-02-11");
    document["content"] = json!([{ "attachment": { "contentType": "text/plain", "url": "Binary/b1" } }]);
    document
}

#[test]
fn notes_are_read_where_they_were_left_out() {
    let server = Server::new(|path| match path {
        p if p.starts_with("/fhir/DocumentReference?patient=p1&category=clinical-note") => {
            found(&bundle(&[referring()]))
        }
        "/fhir/Binary/b1" => found(&json!({
            "resourceType": "Binary", "contentType": "text/plain", "data": STANDARD.encode(BACK),
        })),
        _ => response("404 Not Found", "text/plain", b""),
    });
    let (cds, _dir) = listed(&server);
    let read = cards(&cds, &without_notes(&server.url));
    assert_eq!(read.len(), 2);
    assert_eq!(
        read,
        cards(&cds, &signing(&[order("64493", Some("M53.86"))], &[document(BACK, "2026-02-11")]))
    );
    let asked = server.asked();
    assert_eq!(asked.len(), 2, "{asked:#?}");
    for head in asked {
        assert!(head.to_ascii_lowercase().contains(&format!("authorization: bearer {TOKEN}")), "{head}");
        assert!(head.starts_with("GET ") && head.contains("application/fhir+json"), "{head}");
    }
}

#[test]
fn attachments_are_read_where_the_notes_only_refer_to_them() {
    // the server sends the content and no resource; what has no attachment is passed over
    let server = Server::new(|_| response("200 OK", "text/plain; charset=utf-8", BACK.as_bytes()));
    let (cds, _dir) = listed(&server);
    let mut request = without_notes(&server.url);
    let mut document = referring();
    document["content"][0]["attachment"]["url"] = json!(format!("{}/Binary/b1", server.url));
    document["content"] = json!(["zyzzyva", { "attachment": 7 }, document["content"][0]]);
    request["prefetch"] = json!({ "notes": bundle(&[document]) });
    assert_eq!(cards(&cds, &request).len(), 2);
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn servers_that_are_not_listed_are_not_asked() {
    let server = Server::new(|_| found(&bundle(&[document(BACK, "2026-02-11")])));
    let other = Server::new(|_| found(&bundle(&[])));
    for (cds, _dir) in [service(""), listed(&other)] {
        let error = answer(&cds, &without_notes(&server.url)).unwrap_err();
        assert_eq!((error.status(), error.code()), (412, "missing-prefetch"));
        assert_eq!(
            error.to_string(),
            "prefetch `notes` is missing, and the FHIR server of the request is not one that this service may read"
        );
    }
    // nor is what an attachment refers to elsewhere
    let (cds, _dir) = listed(&other);
    let mut request = without_notes(&other.url);
    for url in [
        format!("{}/Binary/b1", server.url),
        format!("{}/Patient/p1", other.url),
        format!("{}/Binary/../Patient", other.url),
        "http://169.254.169.254/latest/meta-data".to_owned(),
    ] {
        let mut document = referring();
        document["content"][0]["attachment"]["url"] = json!(url);
        request["prefetch"] = json!({ "notes": bundle(&[document]) });
        assert_eq!(answer(&cds, &request).unwrap_err().code(), "unreadable-notes", "{url}");
    }
    assert!(server.asked().is_empty() && other.asked().is_empty());
}

#[test]
fn redirects_are_not_followed() {
    let target = Server::new(|_| found(&bundle(&[document(BACK, "2026-02-11")])));
    let to = target.url.clone();
    let server = Server::new(move |_| {
        format!("HTTP/1.1 302 Found\r\nLocation: {to}/x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            .into_bytes()
    });
    let (cds, _dir) = listed(&server);
    let error = answer(&cds, &without_notes(&server.url)).unwrap_err();
    assert!(error.to_string().ends_with("the FHIR server answered with status 302"), "{error}");
    assert!(target.asked().is_empty());
}

#[test]
fn answers_that_are_wrong_tell_no_token_and_no_address() {
    for (answer_bytes, expected) in [
        (response("500 Oops", "text/plain", b"zyzzyva"), "status 500"),
        (response("401 No", "text/plain", b"zyzzyva"), "status 401"),
        (response("200 OK", "text/html", b"<p>zyzzyva"), "no FHIR resource in JSON"),
        (response("200 OK", "application/json", b"{\"zyzzyva\": 1}"), "no FHIR resource in JSON"),
        (
            response("200 OK", "application/json", b"{\"resourceType\": \"Patient\"}"),
            "no FHIR resource in JSON",
        ),
        (response("200 OK", "application/json", &vec![b' '; 17 << 20]), "too large"),
        (b"zyzzyva".to_vec(), "could not be reached in time"),
        (b"".to_vec(), "could not be reached in time"),
    ] {
        let server = Server::new(move |_| answer_bytes.clone());
        let (cds, _dir) = listed(&server);
        let error = answer(&cds, &without_notes(&server.url)).unwrap_err();
        let told = format!("{error} {error:?}");
        assert!(told.contains(expected), "{told}");
        assert!(!told.contains("zyzzyva") && !told.contains("127.0.0.1"), "{told}");
        assert_eq!(error.status(), 412);
    }
}

#[test]
fn a_server_that_does_not_answer_costs_its_time_and_no_more() {
    let server = Server::new(|_| {
        std::thread::sleep(Duration::from_secs(20));
        Vec::new()
    });
    let (cds, _dir) = listed(&server);
    let began = Instant::now();
    let error = answer(&cds, &without_notes(&server.url)).unwrap_err();
    assert!(error.to_string().ends_with("could not be reached in time"), "{error}");
    assert!(began.elapsed() < Duration::from_secs(12), "{:?}", began.elapsed());
}
