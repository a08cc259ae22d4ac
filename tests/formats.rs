//! Documents of every format, damaged in every way: the parsers refuse or read, keep to their limits, and tell nothing of
//! the text.

use chartgap::intake::{Limits, Parsed, Source, ccda, fhir, hl7, html, rtf};
use proptest::prelude::*;

type Parser = fn(&[u8], &Source) -> Parsed;

/// A word that stands in every text here and may stand in no error.
const CANARY: &str = "quagga";

const HTML: &[u8] = b"<!DOCTYPE html><meta charset=utf-8><title>x</title><style>p{}</style><h2>HPI</h2><p>quagga fell &amp; hurt\
    <ul><li>PT<li hidden>ice</ul><table><tr><th>Level<td>L4-5</table><pre>a\n b</pre><ol><li>x</ol><input value=7>";
const RTF: &[u8] = b"{\\rtf1\\ansi\\ansicpg1252{\\fonttbl{\\f0 Arial;}{\\f1\\fcharset204 B;}{\\f2\\fcharset2 Wingdings;}}\
    {\\*\\x y}{\\pict 00ff}\\pard HPI: quagga\\'92s \\u8226?pain\\par\\trowd\\intbl a\\cell b\\cell\\row{\\v z}\\bin3 abc{\\f2\\'fe}}";
const CCDA: &[u8] = b"<?xml version='1.0' encoding='UTF-8'?><ClinicalDocument xmlns='urn:hl7-org:v3'><id extension='1'/>\
    <effectiveTime value='20261103'/><component><structuredBody><component><section><code code='51848-0'/><title>T</title>\
    <text><paragraph>quagga</paragraph><list><item>a</item></list><table><tr><td>b</td></tr></table></text>\
    <entry><observation><value code='M53.86' codeSystem='2.16.840.1.113883.6.90'/></observation></entry>\
    </section></component></structuredBody></component></ClinicalDocument>";
const HL7: &[u8] = b"MSH|^~\\&|A|B|C|D|20261103||MDM^T02|1|P|2.5||||||8859/1\rPID|1||7\rDG1|1||M53.86^x^I10\rTXA|1|PN||20261103\r\
    OBX|1|TX|18782-3&GDT^x||quagga \\T\\ \\.br\\ \\XE9\\~b\rOBX|2|ED|1||^TEXT^RTF^Base64^e1xydGYxIHF1YWdnYX0=\rMSH|^~\\&|A\rOBR|1\rOBX|1|FT|1||c\nd";
const FHIR: &[u8] = br##"{"resourceType":"Bundle","entry":[
    {"fullUrl":"urn:uuid:1","resource":{"resourceType":"Binary","id":"b","contentType":"text/html","data":"PHA+cXVhZ2dh"}},
    {"resource":{"resourceType":"DocumentReference","id":"d","content":[{"attachment":{"url":"urn:uuid:1"}},
      {"attachment":{"contentType":"application/rtf","data":"e1xydGYxIHF1YWdnYX0="}}],"context":{"encounter":[{"reference":"Encounter/e"}]}}},
    {"resource":{"resourceType":"Encounter","id":"e","reasonCode":[{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10-cm","code":"M53.86"}]}]}},
    {"resource":{"resourceType":"Composition","section":[{"title":"Plan","text":{"div":"<div>quagga</div>"},"section":[{"entry":[{"reference":"#x"}]}]}]}},
    {"resource":{"resourceType":"DiagnosticReport","conclusion":"quagga","presentedForm":[{"contentType":"text/plain","data":"cXVhZ2dh"}]}}]}"##;

const SEEDS: [(&str, Parser, &[u8]); 5] = [
    ("html", html::parse, HTML),
    ("rtf", rtf::parse, RTF),
    ("ccda", ccda::parse, CCDA),
    ("hl7", hl7::parse, HL7),
    ("fhir", fhir::parse, FHIR),
];

/// Pieces that mean something to one of the parsers.
const TOKENS: &[&[u8]] = &[
    b"<",
    b">",
    b"</p>",
    b"<td>",
    b"<!--",
    b"-->",
    b"<![CDATA[",
    b"<script>",
    b"&#x110000;",
    b"&amp",
    b"{",
    b"}",
    b"\\",
    b"\\u-1 ",
    b"\\u55357?",
    b"\\'",
    b"\\'ff",
    b"\\bin9999999999",
    b"\\uc99999",
    b"\\f2 ",
    b"\\intbl",
    b"|",
    b"^",
    b"~",
    b"\r",
    b"\n",
    b"\r\n",
    b"MSH",
    b"MSH|^~\\&|",
    b"OBX|1|ED|",
    b"\\X",
    b"\\.sp99999\\",
    b"\"",
    b":",
    b"[",
    b"]",
    b",",
    b"null",
    b"\\ud800",
    b"e1x",
    b"=",
    b"\0",
    b"\x0b",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    "é".as_bytes(),
    "🦴".as_bytes(),
    b"xmlns:a='b'",
    b"<!DOCTYPE x [<!ENTITY a 'b'>]>",
    b"-999999999999",
    b"<table><tr>",
    b"<ol start=4294967295><li>",
];

#[derive(Clone, Debug)]
enum Damage {
    Cut(usize),
    Drop(usize, usize),
    Double(usize, usize),
    Insert(usize, usize),
    Set(usize, u8),
}

fn damage() -> impl Strategy<Value = Damage> {
    prop_oneof![
        1 => any::<usize>().prop_map(Damage::Cut),
        3 => (any::<usize>(), 1usize..40).prop_map(|(a, n)| Damage::Drop(a, n)),
        2 => (any::<usize>(), 1usize..200).prop_map(|(a, n)| Damage::Double(a, n)),
        6 => (any::<usize>(), 0..TOKENS.len()).prop_map(|(a, t)| Damage::Insert(a, t)),
        3 => (any::<usize>(), any::<u8>()).prop_map(|(a, b)| Damage::Set(a, b)),
    ]
}

fn apply(bytes: &mut Vec<u8>, damage: &Damage) {
    let place = |at: usize| at % (bytes.len() + 1);
    match *damage {
        Damage::Cut(at) => bytes.truncate(place(at)),
        Damage::Drop(at, n) => {
            let at = place(at);
            bytes.drain(at..bytes.len().min(at + n));
        }
        Damage::Double(at, n) => {
            let at = place(at);
            let piece = bytes[at..bytes.len().min(at + n)].to_vec();
            bytes.splice(at..at, piece);
        }
        Damage::Insert(at, token) => {
            let at = place(at);
            bytes.splice(at..at, TOKENS[token].iter().copied());
        }
        Damage::Set(at, byte) => {
            let at = place(at);
            if let Some(b) = bytes.get_mut(at) {
                *b = byte;
            }
        }
    }
}

fn check(name: &str, parser: Parser, bytes: &[u8], limits: &Limits) {
    let source = Source::new(name, limits);
    let told = |message: String| assert!(!message.contains(CANARY), "{name}: {message}");
    match parser(bytes, &source) {
        Ok(notes) => {
            assert!(!notes.is_empty(), "{name}: neither a note nor an error");
            for note in notes {
                match note {
                    Ok(note) => {
                        assert!(note.text.len() <= limits.note_bytes, "{name}: {} bytes", note.text.len());
                        assert!(!note.text.trim().is_empty() && !note.text.contains('\0'), "{name}");
                    }
                    Err(error) => told(error.to_string()),
                }
            }
        }
        Err(error) => told(error.to_string()),
    }
}

#[test]
fn the_seeds_are_read() {
    for (name, parser, bytes) in SEEDS {
        let limits = Limits::default();
        let notes = parser(bytes, &Source::new(name, &limits)).unwrap();
        let text: String = notes.into_iter().map(|n| n.unwrap().text).collect();
        assert!(text.contains(CANARY), "{name}: {text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn damaged_documents(seed in 0..SEEDS.len(), damages in prop::collection::vec(damage(), 1..12)) {
        let (name, parser, bytes) = SEEDS[seed];
        let mut bytes = bytes.to_vec();
        damages.iter().for_each(|d| apply(&mut bytes, d));
        let tight = Limits { note_bytes: 40, document_bytes: 2000, depth: 12, parts: 20 };
        check(name, parser, &bytes, &Limits::default());
        check(name, parser, &bytes, &tight);
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200), head in 0..SEEDS.len(), keep in 0usize..60) {
        let (name, parser, seed) = SEEDS[head];
        let bytes = [&seed[..keep.min(seed.len())], &bytes].concat();
        check(name, parser, &bytes, &Limits::default());
    }
}

/// What costs a careless parser the square of its size, its stack or its memory, each about a megabyte.
#[test]
fn hostile_documents() {
    let n = 1 << 20;
    let fill = |head: &str, piece: &str, tail: &str| {
        [head.as_bytes(), piece.repeat(n / piece.len()).as_bytes(), tail.as_bytes()].concat()
    };
    let xml =
        "<ClinicalDocument xmlns='urn:hl7-org:v3'><component><structuredBody><component><section><text>";
    let msh = "MSH|^~\\&|A\rOBR|1\r";
    let report = "{\"resourceType\":\"DiagnosticReport\",\"conclusion\":";
    let documents: Vec<(Parser, Vec<u8>)> = vec![
        (html::parse, fill("", "<div>", "x")),
        (html::parse, fill("", "<b>", "x")),
        (html::parse, fill("", "<table><tr><td>", "x")),
        (html::parse, fill("", "</p></div>", "x")),
        (html::parse, fill("<p ", "a=b ", ">x")),
        (html::parse, fill("", "<", "x")),
        (html::parse, fill("", "&", "x")),
        (html::parse, fill("x", "<br>", "x")),
        (html::parse, fill("x", " ", "x")),
        (html::parse, fill("<pre>", "\n ", "x")),
        (rtf::parse, fill("{\\rtf1 ", "{", "x")),
        (rtf::parse, fill("{\\rtf1 ", "{\\b x}", "")),
        (rtf::parse, fill("{\\rtf1 ", "\\par ", "x}")),
        (rtf::parse, fill("{\\rtf1 ", "\\'92", "x}")),
        (rtf::parse, fill("{\\rtf1 ", "\\u8226?", "x}")),
        (rtf::parse, fill("{\\rtf1 {\\fonttbl ", "{\\f1 wingdings}", "}x}")),
        (rtf::parse, fill("{\\rtf1 \\", "a", " x}")),
        (rtf::parse, fill("{\\rtf1 \\u", "9", " x}")),
        (ccda::parse, fill(xml, "<content>", "")),
        (ccda::parse, fill(xml, "<br/>", "")),
        (ccda::parse, fill(xml, "<!--", "")),
        (ccda::parse, fill("<a", " b='c'", "/>")),
        (ccda::parse, fill("<a>", "<b xmlns:c='d'/>", "</a>")),
        (hl7::parse, fill(msh, "OBX|1|TX|1||a\r", "")),
        (hl7::parse, fill(msh, "OBR|1\r", "OBX|1|TX|1||a")),
        (hl7::parse, fill("", "MSH|^~\\&|A\r", "")),
        (hl7::parse, fill("MSH|^~\\&|A\rOBX|1|TX|1||", "\\", "")),
        (hl7::parse, fill("MSH|^~\\&|A\rOBX|1|TX|1||", "a~", "")),
        (hl7::parse, fill("MSH|^~\\&|A\rOBX|1|TX|1||", "a\n", "")),
        (hl7::parse, fill(msh, "OBX|1|ED|1||^TEXT^^A^a\r", "")),
        (fhir::parse, fill(report, "[", "")),
        (
            fhir::parse,
            fill(
                "{\"resourceType\":\"Bundle\",\"entry\":[",
                "{\"resource\":{\"resourceType\":\"Claim\"}},",
                "{}]}",
            ),
        ),
        (fhir::parse, fill(&format!("{report}\""), "a ", "\"}")),
        (fhir::parse, fill("", "{\"entry\":", "")),
    ];
    for (number, (parser, bytes)) in documents.iter().enumerate() {
        let begun = std::time::Instant::now();
        check("hostile", *parser, bytes, &Limits::default());
        let head = String::from_utf8_lossy(&bytes[..60]).into_owned();
        assert!(begun.elapsed().as_secs() < 20, "{number} {head}: {:?}", begun.elapsed());
    }
}
