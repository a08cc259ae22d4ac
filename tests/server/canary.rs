//! A word of a note stays out of everything but the report: logs, errors, metrics, heads, the audit log.
#![cfg(unix)]

use super::command::Process;
use super::support::raw;
use base64::Engine as _;
use std::fs;
use std::io::{Cursor, Write};

const CANARY: &str = "zyzzyva";

/// Every writing of the word that an encoding on the way could make of it.
fn tells(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let encoded = base64::engine::general_purpose::STANDARD.encode(CANARY);
    let hex: String = CANARY.bytes().map(|b| format!("{b:02x}")).collect();
    lower.contains(CANARY) || text.contains(&encoded) || lower.contains(&hex)
}

fn zip(members: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in members {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

/// Bodies in every form, each of them with the word and damaged so that it must be refused.
fn damaged() -> Vec<(&'static str, Vec<u8>)> {
    let fhir = |inner: &str| {
        format!("{{\"resourceType\": \"DocumentReference\", \"id\": \"{CANARY}\",\n {inner}}}").into_bytes()
    };
    let mut bodies: Vec<(&str, Vec<u8>)> = vec![
        ("application/json", format!("{{\"text\": \"{CANARY}").into_bytes()),
        ("application/json", format!("{{\"{CANARY}\": \"{CANARY}\"}}").into_bytes()),
        ("application/json", format!("{{\"text\": \"x\", \"id\": [\"{CANARY}\"]}}").into_bytes()),
        ("application/json", format!("{{\"text\": \"{CANARY}\\u0000\"}}").into_bytes()),
        ("application/json", format!("{{\"text\": \"x\", \"codes\": \"{CANARY}\"}}").into_bytes()),
        ("application/json", CANARY.to_owned().into_bytes()),
        ("text/plain", format!("{CANARY}\0").into_bytes()),
        ("text/plain", format!("%PDF-{CANARY}").into_bytes()),
        ("text/plain", format!("{CANARY} {}", "x".repeat(20_000)).into_bytes()),
        ("text/html", format!("<!-- {CANARY} --><script>{CANARY}</script>").into_bytes()),
        ("text/html", format!("<p>{CANARY}\0").into_bytes()),
        ("application/rtf", format!("{{\\rtf1 {}{CANARY}", "{".repeat(200)).into_bytes()),
        ("application/rtf", CANARY.as_bytes().to_vec()),
        ("application/fhir+json", format!("{{\"resourceType\": \"{CANARY}\"}}").into_bytes()),
        (
            "application/fhir+json",
            fhir(&format!("\"content\": [{{\"attachment\": {{\"data\": \"{CANARY}!\"}}}}]")),
        ),
        (
            "application/fhir+json",
            fhir(&format!("\"content\": [{{\"attachment\": {{\"url\": \"{CANARY}\"}}}}]")),
        ),
        ("application/fhir+json", fhir(&format!("\"content\": {CANARY}"))),
        ("application/xml", format!("<ClinicalDocument xmlns='urn:hl7-org:v3'><{CANARY}>").into_bytes()),
        ("application/xml", format!("<{CANARY} a='{CANARY}'/>").into_bytes()),
        (
            "application/xml",
            format!("<!DOCTYPE {CANARY} [<!ENTITY {CANARY} '{CANARY}'>]><a>&{CANARY};</a>").into_bytes(),
        ),
        ("application/hl7-v2", format!("MSH|{CANARY}").into_bytes()),
        (
            "application/hl7-v2",
            format!("MSH|^~\\&|{CANARY}\rOBX|1|ED|{CANARY}||^^^Base64^{CANARY}!\r").into_bytes(),
        ),
        ("application/hl7-v2", CANARY.as_bytes().to_vec()),
        ("application/octet-stream", zip(&[(&format!("{CANARY}.txt"), "")])),
        (
            "application/octet-stream",
            zip(&[(&format!("{CANARY}/a.txt"), CANARY), (&format!("{CANARY}/b.txt"), CANARY)]),
        ),
        (
            "application/octet-stream",
            zip(&[(&format!("{CANARY}.rtf"), &format!("{{\\rtf1 {}{CANARY}", "{".repeat(200)))]),
        ),
        (
            "application/octet-stream",
            zip(&[(&format!("{CANARY}.xml"), &format!("<ClinicalDocument {CANARY}"))]),
        ),
        ("application/octet-stream", format!("PK\u{3}\u{4}{CANARY}").into_bytes()),
        ("application/octet-stream", format!("PAR1{CANARY}PAR1").into_bytes()),
        (CANARY, b"x".to_vec()),
        ("text/plain; charset=zyzzyva", b"x".to_vec()),
    ];
    // A whole archive, cut.
    let mut cut = zip(&[(&format!("{CANARY}.txt"), CANARY)]);
    cut.truncate(cut.len() - 10);
    bodies.push(("application/octet-stream", cut));
    bodies
}

#[test]
fn a_word_of_a_note_stays_out_of_everything_but_the_report() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("key"), "0123456789abcdef0123456789abcdef").unwrap();
    let arguments =
        ["--audit-log", "audit.log", "--key-file", "key", "--max-body", "10000", "--behind-proxy"];
    let process = Process::start(dir.path(), &arguments);
    let post = |path: &str, media: &str, extra: &str, body: &[u8]| {
        process.exchange(&raw("POST", path, &format!("content-type: {media}\r\n{extra}"), body))
    };
    let (mut seen, mut faults) = (0, Vec::new());
    for (media, body) in damaged() {
        for path in ["/v1/check", "/v1/check?format=html", "/v1/extract", "/v1/batch"] {
            let media = if path == "/v1/batch" { "application/x-ndjson" } else { media };
            let answer = post(path, media, "", &body);
            let told = format!(
                "{path} {media} {:?}\n{answer}",
                String::from_utf8_lossy(&body[..body.len().min(80)])
            );
            let refused = path == "/v1/batch" || answer.starts_with("HTTP/1.1 4");
            if !refused || tells(&answer) {
                faults.push(told);
            }
            seen += 1;
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n\n"));
    assert!(seen > 100);
    let headers = [
        format!("x-request-id: {CANARY}\r\n"),
        format!("{CANARY}: {CANARY}\r\n"),
        format!("origin: https://{CANARY}.example\r\n"),
        format!("authorization: Bearer {CANARY}\r\n"),
        format!("content-encoding: {CANARY}\r\n"),
        format!(
            "cookie: {CANARY}={CANARY}\r\nuser-agent: {CANARY}\r\nreferer: http://{CANARY}/\r\nx-user: {CANARY}\r\n"
        ),
    ];
    for (path, extra) in [
        (format!("/{CANARY}"), headers[0].as_str()),
        (format!("/v1/explain/{CANARY}"), &headers[1]),
        (format!("/v1/check?{CANARY}={CANARY}"), &headers[5]),
        (format!("/v1/check?format={CANARY}"), ""),
        (format!("/v1/batch?{CANARY}"), ""),
        ("/v1/check".to_owned(), &headers[2]),
        ("/v1/check".to_owned(), &headers[4]),
        (format!("/v1/check?id={}", CANARY.repeat(100)), &headers[3]),
    ] {
        let answer = post(&path, "text/plain", extra, b"Sore throat.");
        assert!(answer.starts_with("HTTP/1.1 4") && !tells(&answer), "{path} {extra}: {answer}");
    }
    // A note that is read: its report and its page tell of it, the head of the answer does not.
    let note = format!(
        "HPI: Low back pain for 8 months, {CANARY}. Naproxen tried.\nASSESSMENT: Lumbar spondylosis, {CANARY}."
    );
    for path in ["/v1/check?format=html", "/v1/check?format=fhir&mentions=true", "/v1/check"] {
        let answer = post(
            &format!("{path}&id={CANARY}").replacen("check&", "check?", 1),
            "text/plain",
            &headers[5],
            note.as_bytes(),
        );
        let (head, _) = answer.split_once("\r\n\r\n").unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 ") && !tells(head), "{head}");
    }
    let line = serde_json::json!({"id": CANARY, "text": note}).to_string();
    assert!(post("/v1/batch", "application/x-ndjson", "", line.as_bytes()).starts_with("HTTP/1.1 200 "));
    let metrics = process.exchange(&raw("GET", "/metrics", "", b""));
    assert!(metrics.contains("# EOF") && !tells(&metrics), "{metrics}");
    let (status, out, errors) = process.stop();
    assert_eq!((status, out.as_str()), (0, ""));
    assert!(errors.lines().count() > 100 && !tells(&errors), "{errors}");
    let audited = fs::read_to_string(dir.path().join("audit.log")).unwrap();
    assert!(audited.lines().count() > 50 && !tells(&audited), "{audited}");
}
