//! Every format of the intake through its media type and by its content alone.

use super::support::{BACK, report, server};
use base64::Engine as _;
use chartgap::intake::{Form, Options, read_bytes};
use std::io::{Cursor, Write};

const HTML: &str = "<!DOCTYPE html><h2>HPI</h2><p>Low back pain for 8 months &amp; stiffness.<h2>ASSESSMENT</h2><p>Lumbar facet syndrome.";
const RTF: &str = "{\\rtf1\\ansi HPI: Low back pain for 8 months.\\par ASSESSMENT: Lumbar facet syndrome.}";
const CCDA: &str = "<?xml version='1.0'?><ClinicalDocument xmlns='urn:hl7-org:v3'><id extension='doc-1'/><effectiveTime \
    value='20260211'/><component><structuredBody><component><section><code code='51848-0'/><title>Assessment</title>\
    <text><paragraph>Lumbar facet syndrome with low back pain for 8 months.</paragraph></text></section></component>\
    </structuredBody></component></ClinicalDocument>";
const HL7: &str = "MSH|^~\\&|A|B|C|D|20260211||MDM^T02|1|P|2.5\rPID|1||7\rDG1|1||M53.86^x^I10\rTXA|1|PN||20260211\r\
    OBX|1|TX|11506-3^Note||HPI: Low back pain for 8 months.~ASSESSMENT: Lumbar facet syndrome.\r";

fn fhir() -> String {
    let data = base64::engine::general_purpose::STANDARD.encode(BACK);
    format!(
        "{{\"resourceType\": \"DocumentReference\", \"id\": \"d1\", \"status\": \"current\", \"date\": \"2026-02-11\",\n \
         \"content\": [{{\"attachment\": {{\"contentType\": \"text/plain\", \"data\": \"{data}\"}}}}]}}"
    )
}

fn zip(members: &[(&str, &str)]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in members {
        archive.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        archive.write_all(text.as_bytes()).unwrap();
    }
    archive.finish().unwrap().into_inner()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    out.write_all(bytes).unwrap();
    out.finish().unwrap()
}

#[tokio::test]
async fn each_format_is_read_as_the_intake_reads_it() {
    let server = server(|_| {});
    let line = serde_json::json!({"id": "l1", "text": BACK, "codes": ["M53.86"]}).to_string();
    let table = "note_id,note_text,icd10\nc1,\"HPI: Low back pain for 8 months.\",M53.86\n";
    let columns = "note_id\tnote_text\nc1\tHPI: Low back pain for 8 months.\n";
    let mut cases: Vec<(&str, Form, Vec<u8>)> = vec![
        ("application/octet-stream", Form::Auto, line.clone().into_bytes()),
        ("application/octet-stream", Form::Auto, table.as_bytes().to_vec()),
        ("application/octet-stream", Form::Auto, columns.as_bytes().to_vec()),
        ("application/octet-stream", Form::Auto, gzip(line.as_bytes())),
        ("application/octet-stream", Form::Auto, gzip(RTF.as_bytes())),
        ("application/octet-stream", Form::Auto, zip(&[("n.txt", BACK)])),
        ("application/octet-stream", Form::Auto, zip(&[("n.html", HTML)])),
    ];
    for (form, medias, bytes) in [
        (Form::Text, &["text/plain", "TEXT/PLAIN", "text/plain; charset=utf-8"][..], BACK.to_owned()),
        (Form::Html, &["text/html", "application/xhtml+xml"], HTML.to_owned()),
        (Form::Rtf, &["application/rtf", "text/rtf"], RTF.to_owned()),
        (Form::Fhir, &["application/fhir+json"], fhir()),
        (Form::Ccda, &["application/xml", "text/xml", "application/cda+xml"], CCDA.to_owned()),
        (Form::Hl7, &["application/hl7-v2", "x-application/hl7-v2+er7"], HL7.to_owned()),
    ] {
        cases.extend(medias.iter().map(|media| (*media, form, bytes.clone().into_bytes())));
        cases.push(("application/octet-stream", Form::Auto, bytes.into_bytes()));
    }
    for (media, form, bytes) in cases {
        let mut entries = read_bytes("note", &bytes, &Options { form, ..Options::default() });
        let what = format!("{media}: {}", String::from_utf8_lossy(&bytes[..bytes.len().min(30)]));
        assert_eq!(entries.len(), 1, "{what}");
        let note = entries.remove(0).unwrap_or_else(|e| panic!("{what}: {e}"));
        let answer = server.post("/v1/check", media, bytes).await;
        assert_eq!(answer.status, 200, "{what}: {}", answer.text());
        assert_eq!(answer.text(), report(&note, false), "{what}");
    }
}

#[tokio::test]
async fn the_charset_of_the_head_counts_before_that_of_the_document() {
    let server = server(|_| {});
    let read = async |media: &str, bytes: &[u8]| {
        let answer = server.post("/v1/check?mentions=true", media, bytes.to_vec()).await;
        let report = answer.json();
        report["mentions"]
            .as_array()
            .unwrap()
            .iter()
            .map(|m| m["text"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let text = |word: &str| format!("ASSESSMENT: Lumbar spondylosis. {word}Naproxen 500 mg tried.");
    let utf16: Vec<u8> = text("").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let plain = read("text/plain", text("").as_bytes()).await;
    assert!(plain.len() >= 2);
    for (media, bytes) in [
        ("text/plain; charset=utf-16le", &utf16),
        ("text/plain;format=flowed; Charset=\"UTF-16LE\"", &utf16),
        ("text/plain; charset=latin1", &text("").into_bytes()),
    ] {
        assert_eq!(read(media, bytes).await, plain, "{media}");
    }
    // What is read of the page shows in its text; 0xB1 is a letter in one charset and a sign in the other.
    let page = b"<meta charset=iso-8859-1><p>Lumbar spondylosis at L4\xB1 level.";
    let shown = async |media: &str| {
        let answer = server.post("/v1/check?format=html", media, page.to_vec()).await;
        answer.text().contains('\u{105}')
    };
    assert!(!shown("text/html").await && shown("text/html; charset=iso-8859-2").await);
}

#[tokio::test]
async fn a_body_holds_exactly_one_note() {
    let server = server(|_| {});
    let two = "{\"id\": 1, \"text\": \"a\"}\n{\"id\": 2, \"text\": \"b\"}\n";
    // More notes than would fit into memory together, were they all read.
    let many = format!("note_id,note_text\n{}", "1,a\n".repeat(3_000_000));
    let bomb = gzip(&vec![b'a'; 20 << 20]);
    for (body, status, code) in [
        (two.as_bytes().to_vec(), 422, "several-notes"),
        (many.into_bytes(), 422, "several-notes"),
        (zip(&[("a.txt", "a"), ("b.txt", "b")]), 422, "several-notes"),
        (zip(&[]), 422, "no-notes"),
        (b"note_id,note_text\n".to_vec(), 422, "no-notes"),
        (b"PK\x03\x04".to_vec(), 422, "damaged"),
        (gzip(b"a")[..12].to_vec(), 422, "damaged"),
        (gzip(&gzip(&gzip(b"Low back pain."))), 422, "too-deep"),
        (b"{\"text\": \"a\", \"id\": {}}".to_vec(), 422, "invalid-json"),
        (bomb, 413, ""),
    ] {
        let told = String::from_utf8_lossy(&body[..body.len().min(20)]).into_owned();
        let answer = server.post("/v1/check", "application/octet-stream", body).await;
        let (got, got_code) = answer.problem();
        assert!(got == status && (code.is_empty() || got_code == code), "{told}: {}", answer.text());
    }
}
