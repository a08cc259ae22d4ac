//! HL7 messages in, notes out.

use super::*;
use crate::intake::Options;
use crate::intake::meter::Meter;
use crate::intake::source::Limits;
use crate::note::Note;
use std::io::{self, BufReader, Read};
use std::sync::mpsc;
use std::thread;

fn read(message: &[u8]) -> Vec<Result<Note, String>> {
    let limits = Limits::default();
    let source = Source::new("t.hl7", &limits);
    match parse(message, &source) {
        Ok(notes) => notes.into_iter().map(|n| n.map_err(|e| format!("{:?} {e}", e.id))).collect(),
        Err(e) => vec![Err(e.to_string())],
    }
}

fn text(body: &str) -> String {
    let message = format!("MSH|^~\\&|A|B|C|D|20261103||ORU^R01|7|P|2.5\rPID|1||MRN1\rOBR|1\r{body}");
    read(message.as_bytes()).remove(0).map_or_else(|e| e, |n| n.text)
}

#[test]
fn a_document() {
    let message = "MSH|^~\\&|DICT|HOSP|EHR|HOSP|20261103101500||MDM^T02^MDM_T02|MSG1|P|2.5.1\r\
        EVN|T02|20261103\rPID|1||MRN1^^^HOSP^MR||DOE^J\rPV1|1|O|||||||||ORT\r\
        DG1|1||M53.86^Other^I10\rDG1|2||724.2^Old^I9\rPR1|1||72148^MRI^C4\r\
        TXA|1|PN^Progress note|TX|20261102||||| 12^Smith^J^^^^MD|||DOC-9^HOSP\r\
        OBX|1|TX|11506-3^Progress note^LN||HPI: Fell at work.~Pain since.||||||F\r\
        OBX|2|TX|11506-3^Progress note^LN||||||||F\r\
        OBX|3|FT|11506-3^Progress note^LN||PLAN:\\.br\\PT \\T\\ ice||||||F\r";
    let note = read(message.as_bytes()).remove(0).unwrap();
    assert_eq!(note.id, "DOC-9");
    assert_eq!(note.text, "HPI: Fell at work.\nPain since.\n\nPLAN:\nPT & ice");
    assert_eq!(note.meta.date.as_deref(), Some("2026-11-02"));
    assert_eq!(note.meta.codes, ["M53.86"]);
    assert_eq!(note.meta.procedures, ["72148"]);
}

#[test]
fn observations() {
    for (body, expected) in [
        ("OBX|1|TX|1||a\rOBX|2|TX|1||b", "a\nb"),
        ("OBX|1|TX|1||a~b", "a\nb"),
        ("OBX|1|ST|1||a\rOBX|2|NM|2||4.5\rOBX|3|CE|3||x^y", "a"),
        ("OBX|1|TX|1||a||||||D\rOBX|2|TX|1||b||||||F", "b"),
        ("OBX|1|TX|1||a\rNTE|1||noted", "a\nnoted"),
        ("OBX|1|TX|1||line one\nline two\n\nline four", "line one\nline two\n\nline four"),
        (
            "OBX|1|TX|72148&GDT^MRI||Bulge.\rOBX|2|TX|72148&GDT^MRI||Mild.\rOBX|3|TX|72148&IMP^MRI||DDD.",
            "FINDINGS:\nBulge.\nMild.\n\nIMPRESSION:\nDDD.",
        ),
        ("OBX|1|FT|10164-2^HPI^LN||Fell.", "HISTORY OF PRESENT ILLNESS:\nFell."),
        (
            "OBX|1|TX|x^History||Fell.\rOBX|2|TX|y^Impression||Strain.",
            "HISTORY:\nFell.\n\nIMPRESSION:\nStrain.",
        ),
        ("OBX|1|TX|x^Zebra||Fell.\rOBX|2|TX|y^Lion||Strain.", "Fell.\nStrain."),
        ("OBX|1|ED|1||^TEXT^RTF^Base64^e1xydGYxIGFccGFyIGJ9", "a\nb"),
        ("OBX|1|ED|1||^text^html^Base64^PHA+YTxwPmI=", "a\n\nb"),
        ("OBX|1|ED|1||^Application^octet-stream^Base64^e1xydGYxIGFccGFyIGJ9", "a\nb"),
        ("OBX|1|ED|1||^TEXT^^A^a\\T\\b", "a&b"),
        ("OBX|1|ED|1||^text^plain^Hex^4261636B", "Back"),
        ("OBX|1|TX|1||a\rOBX|2|TX|1||b\rOBX|3|ED|1||^TEXT^RTF^Base64^e1xydGYxIGFccGFyIGJ9", "a\nb"),
        ("OBX|1|TX|1||a\rOBX|2|ED|1||^application^pdf^Base64^JVBERi0x", "a"),
    ] {
        assert_eq!(text(body), expected, "{body}");
    }
}

#[test]
fn escapes() {
    for (field, expected) in [
        (r"a\F\b\S\c\T\d\R\e\E\f", r"a|b^c&d~e\f"),
        (r"a\.br\b\.sp2\c\.ce\d\.sk3\e\.in+4\f", "a\nb\n\nc\nd   ef"),
        (r"\H\bold\N\ text", "bold text"),
        (r"a\X0D0A\b\X0A\c\XE9\", "a\nb\ncé"),
        (r"\XC3A9\\X00\x", "éx"),
        (r"\C2842\a\Z12\b", "ab"),
        (r"C:\dir\file \ alone", r"C:\dir\file \ alone"),
        (r"5\", r"5\"),
        ("é\\T\\é", "é&é"),
        (r"a\.zz\b\X0\c", r"a\.zz\b\X0\c"),
    ] {
        assert_eq!(text(&format!("OBX|1|TX|1||{field}")), expected, "{field}");
    }
}

#[test]
fn other_separators_and_line_ends() {
    let message =
        b"\x0bMSH#*!?%#A#B#C#D#20261103##ORU*R01#7#P#2.5\r\nOBR#1##ORD7\r\nOBX#1#TX#1##a?T?b!c|d\r\n\x1c\r";
    let note = read(message).remove(0).unwrap();
    assert_eq!((note.id.as_str(), note.text.as_str()), ("ORD7", "a%b\nc|d"));
}

#[test]
fn charsets() {
    let with = |charset: &str, body: &[u8]| {
        let head = format!("MSH|^~\\&|A|B|C|D|2026||ORU^R01|7|P|2.5||||||{charset}\rOBX|1|TX|1||");
        read(&[head.as_bytes(), body].concat()).remove(0).unwrap().text
    };
    assert_eq!(with("8859/1", b"caf\xe9"), "café");
    assert_eq!(with("8859/5", b"\xd1\xde\xdb\xec"), "боль");
    assert_eq!(with("UNICODE UTF-8", "é".as_bytes()), "é");
    assert_eq!(with("", b"can\x92t"), "can’t");
    assert_eq!(with("", "é".as_bytes()), "é");
    assert_eq!(with("8859/5", b"\\XD1\\"), "б");
}

#[test]
fn batches_and_several_reports() {
    let batch = "FHS|^~\\&|A\rBHS|^~\\&|A\r\
        MSH|^~\\&|A|B|C|D|20261103||ORU^R01|1|P|2.5\rOBR|1||F1|72148|||20261101\rOBX|1|TX|1||a\rOBR|2||F2\rOBX|1|NM|1||7\rOBR|3||F3\rOBX|1|TX|1||b\r\
        MSH|^~\\&|A|B|C|D|20261103||ORU^R01|2|P|2.5\rOBR|1\rOBX|1|TX|1||c\rOBR|1\rOBX|1|TX|1||d\r\
        MSH|^~\\&|A|B|C|D|20261103||ADT^A04|3|P|2.5\rPID|1\r\
        MSH|^~\\&|A|B|C|D|20261103||MDM^T02|4|P|2.5\rTXA|1\rOBX|1|ED|1||^application^pdf^Base64^JVBERi0x\r\
        BTS|4\rFTS|1\r";
    let notes = read(batch.as_bytes());
    let got: Vec<String> =
        notes.into_iter().map(|n| n.map_or_else(|e| e, |n| format!("{} {}", n.id, n.text))).collect();
    assert_eq!(
        got,
        [
            "F1 a",
            "F3 b",
            "2 c",
            "2#2 d",
            "Some(\"3\") t.hl7:15: no notes in it",
            "Some(\"t.hl7#4\") t.hl7:17: a PDF file, not plain text (export the note as text)",
        ]
    );
}

#[test]
fn what_is_refused() {
    for (message, error) in [
        (&b"PID|1\rMSH|^~\\&|"[..], "t.hl7: malformed HL7 at byte 0: it begins with no MSH segment"),
        (b"FHS|1\r", "t.hl7: no notes in it"),
        (b"", "t.hl7: no notes in it"),
    ] {
        assert_eq!(read(message).remove(0).unwrap_err(), error);
    }
    let bad = text("OBX|1|ED|1||^TEXT^RTF^Base64^zebra*");
    assert_eq!(bad, "Some(\"t.hl7\") t.hl7: the base64 data are damaged");
    let limits = Limits { note_bytes: 10, parts: 2, ..Limits::default() };
    let source = Source::new("t", &limits);
    let long = b"MSH|^~\\&|A\rOBX|1|TX|1||zebra zebra";
    assert_eq!(parse(long, &source).unwrap().remove(0).unwrap_err().reason.code(), "too-large");
    assert_eq!(parse(&b"MSH|^~\\&|A\r".repeat(3), &source).unwrap_err().reason.code(), "too-many-parts");
}

/// What comes of an input that is read as a stream.
fn stream(reader: impl Read + Send + 'static, limits: Limits) -> mpsc::Receiver<Entry> {
    let (sender, entries) = mpsc::sync_channel(1);
    thread::spawn(move || {
        let options = Options::default();
        let meter = Meter::new(options.archives, 0);
        let context = Context { options: &options, limits, meter };
        let _ = super::read(BufReader::new(reader), "t.hl7", &context, &mut Sink::new(sender));
    });
    entries
}

fn told(entry: Entry) -> String {
    match entry {
        Ok(note) => format!("{} {:?} {}", note.id, note.meta.line, note.text),
        Err(error) => format!("{:?} {error}", error.id),
    }
}

#[test]
fn limits_are_those_of_a_message() {
    let long = format!("MSH|^~\\&|A\rOBX|1|TX|1||{}\r", "x".repeat(300));
    let many = "MSH|^~\\&|A\r".to_owned() + &"OBX|1|TX|1||a\r".repeat(12);
    let good = |id| format!("MSH|^~\\&|A||||||ORU^R01|{id}\rOBX|1|TX|1||text {id}\r");
    let batch = ["BHS|^~\\&|A\r".to_owned(), long, good(7), many, "BTS|4\r".to_owned(), good(8)].concat();
    let limits = Limits { document_bytes: 250, parts: 12, ..Limits::default() };
    assert_eq!(
        stream(io::Cursor::new(batch), limits).iter().map(told).collect::<Vec<_>>(),
        [
            "Some(\"t.hl7#1\") t.hl7:2: the document is larger than 250 bytes",
            "7 Some(4) text 7",
            "Some(\"t.hl7#3\") t.hl7:6: more than 12 parts",
            "8 Some(20) text 8",
        ]
    );
}

/// Makes messages as they are read, so that nothing but the reader under test holds them.
struct Endless {
    made: u64,
    rest: io::Cursor<Vec<u8>>,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.rest.position() == self.rest.get_ref().len() as u64 {
            self.made += 1;
            let (number, text) = (self.made, "Low back pain. ".repeat(40));
            let message = format!("MSH|^~\\&|A||||||ORU^R01|{number}\rOBR|1\rOBX|1|TX|1||{text}\r");
            self.rest = io::Cursor::new(message.into_bytes());
        }
        self.rest.read(buffer)
    }
}

#[test]
fn a_stream_without_end_is_read_message_by_message() {
    // Some two hundred times the limit of a document, more messages than one document may have parts.
    let limits = Limits { document_bytes: 1_000, parts: 20, ..Limits::default() };
    let entries = stream(Endless { made: 0, rest: io::Cursor::default() }, limits);
    for (number, entry) in (1u64..=300).zip(entries.iter()) {
        let note = entry.unwrap();
        assert_eq!((note.id, note.meta.line), (number.to_string(), Some(3 * number - 2)));
        assert_eq!(note.meta.source_format.as_deref(), Some("hl7"));
    }
}

#[test]
fn a_stream_and_a_document_give_the_same() {
    let wide = |text: &str| -> Vec<u8> {
        [0xFF, 0xFE].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect()
    };
    let one = "MSH|^~\\&|A||||||ORU^R01|7||||||||UNICODE UTF-16\rOBX|1|TX|1||caf\u{e9} \u{1f9b4}\r";
    for bytes in [
        one.replace("UTF-16", "UTF-8").into_bytes(),
        wide(one),
        wide(&one.repeat(2)),
        [b"\xEF\xBB\xBF", one.replace("UNICODE UTF-16", "8859/1").as_bytes()].concat(),
        b"PID|1\r".to_vec(),
        Vec::new(),
    ] {
        let limits = Limits::default();
        let whole: Vec<String> = match parse(&bytes, &Source::new("t.hl7", &limits)) {
            Ok(notes) => notes.into_iter().map(told).collect(),
            Err(error) => vec![told(Err(error))],
        };
        assert_eq!(stream(io::Cursor::new(bytes), limits).iter().map(told).collect::<Vec<_>>(), whole);
        assert!(whole[0].ends_with("caf\u{e9} \u{1f9b4}") || whole[0].starts_with("None"), "{whole:?}");
    }
}
