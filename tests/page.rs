//! The web page of the service: what is served, under which policy, and what its files must never do. How the page behaves is
//! tested in a browser (`tests/browser`).
#![cfg(feature = "server")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

use chartgap::check::{Engine, EngineOptions};
use chartgap::server::{AppState, Config, Secret, bind};
use serde_json::Value;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

const ASSETS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/server/page/assets");
const TOKEN: &str = "correct-horse-battery-staple-1234";

/// A service that asks for a token, for as long as the tests run.
static SERVICE: LazyLock<SocketAddr> = LazyLock::new(|| {
    let options = EngineOptions {
        #[cfg(feature = "classifier")]
        model: chartgap::classify::ModelSource::None,
        ..EngineOptions::default()
    };
    let engine = Arc::new(Engine::load(&options).unwrap());
    let mut config = Config::local("127.0.0.1:0".parse().unwrap());
    config.access.token = Secret::new(TOKEN);
    let service = bind(AppState::new(engine, config, Box::new(std::io::sink())).unwrap()).unwrap();
    let address = service.address();
    std::thread::spawn(move || service.run(std::future::pending()).unwrap());
    address
});

/// Status, head and body of an answer.
fn ask(method: &str, path: &str, headers: &str, body: &[u8]) -> (u16, String, String) {
    let mut stream = TcpStream::connect(*SERVICE).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n"
    )
    .unwrap();
    stream.write_all(body).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), head.to_ascii_lowercase(), body.to_owned())
}

fn get(path: &str) -> (u16, String, String) {
    ask("GET", path, "", b"")
}

fn files() -> Vec<(String, String)> {
    let entries = std::fs::read_dir(ASSETS).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(path).unwrap())
        })
        .collect();
    files.sort();
    files
}

#[test]
fn pages_and_files_are_served_without_a_token_under_a_policy_that_allows_nothing_else() {
    for (name, text) in files() {
        let (path, media) = match name.as_str() {
            "index.html" => ("/".to_owned(), "text/html"),
            "review.html" => ("/review".to_owned(), "text/html"),
            other if other.ends_with(".js") => (format!("/assets/{other}"), "text/javascript"),
            other if other.ends_with(".css") => (format!("/assets/{other}"), "text/css"),
            other => (format!("/assets/{other}"), "image/svg+xml"),
        };
        let (status, head, body) = get(&path);
        assert_eq!(status, 200, "{path}");
        assert!(body == text, "{path} is not the file that stands in the sources");
        assert!(head.contains(&format!("content-type: {media}")), "{path}");
        assert!(head.contains("x-content-type-options: nosniff"), "{path}");
        for part in [
            "default-src 'none'",
            "script-src 'self';",
            "require-trusted-types-for 'script'",
            "frame-ancestors 'none'",
        ] {
            assert!(head.contains(part), "{path}: {part}");
        }
        assert!(!head.contains("unsafe"), "{path}");
    }
    assert_eq!(get("/assets/nothing.js").0, 404);
    assert_eq!(get("/assets/..%2Fmod.rs").0, 404);
    assert_eq!(get("/v1/version").0, 401);
}

#[test]
fn everything_that_a_page_asks_for_is_served() {
    let mut asked = 0;
    for (name, text) in files() {
        for part in text.split(['"', '\'']).filter(|p| p.starts_with("/assets/") || p.starts_with("./")) {
            let path = part.replace("./", "/assets/");
            assert_eq!(get(&path).0, 200, "{name}: {part}");
            asked += 1;
        }
    }
    assert!(asked > 40, "{asked}");
}

#[test]
fn no_file_makes_markup_of_text_or_keeps_anything_or_names_another_host() {
    const NEVER: [&str; 12] = [
        "innerHTML",
        "outerHTML",
        "insertAdjacentHTML",
        "createContextualFragment",
        "document.write",
        "eval(",
        "new Function",
        "localStorage",
        "sessionStorage",
        "indexedDB",
        "document.cookie",
        "https://",
    ];
    for (name, text) in files() {
        for word in NEVER {
            assert!(!text.contains(word), "{name}: {word}");
        }
    }
    for (name, text) in files().into_iter().filter(|(name, _)| name.ends_with(".html")) {
        for word in [" style=", "<style", " onclick", " onload", "<script>"] {
            assert!(!text.contains(word), "{name}: {word}");
        }
    }
}

#[test]
fn a_note_of_any_format_is_read_as_text() {
    let token = format!("authorization: Bearer {TOKEN}\r\n");
    let typed = |media: &str| format!("{token}content-type: {media}\r\n");
    let rtf = br"{\rtf1\ansi HPI:\par Low back pain for 8 months.\par }";
    let (status, _, body) = ask("POST", "/v1/extract", &typed("application/octet-stream"), rtf);
    let note: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(status, 200, "{body}");
    assert!(note["text"].as_str().unwrap().contains("Low back pain for 8 months."), "{body}");
    assert_eq!(note["id"], "note");

    let line = br#"{"id": "v1", "text": "Low back pain.", "date": "2026-02-03", "procedures": ["64493"]}"#;
    let (_, _, body) = ask("POST", "/v1/extract", &typed("application/octet-stream"), line);
    let note: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (&note["id"], &note["date"], &note["procedures"][0]),
        (&"v1".into(), &"2026-02-03".into(), &"64493".into())
    );

    let (status, _, body) =
        ask("POST", "/v1/extract", &typed("application/octet-stream"), b"%PDF-1.7 secret words");
    assert!((400..500).contains(&status), "{body}");
    assert!(!body.contains("secret"), "{body}");
    assert_eq!(ask("POST", "/v1/extract", &typed("text/plain"), b"").0, 422);
    assert_eq!(ask("POST", "/v1/extract", "content-type: text/plain\r\n", b"x").0, 401);
}
