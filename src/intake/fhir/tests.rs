//! FHIR resources in, notes out.

use super::*;
use crate::intake::source::Limits;
use base64::Engine;
use serde_json::json;

fn read(value: &Value) -> Vec<Result<crate::note::Note, String>> {
    let limits = Limits::default();
    let source = Source::new("t.json", &limits);
    match parse(value.to_string().as_bytes(), &source) {
        Ok(notes) => notes.into_iter().map(|n| n.map_err(|e| format!("{:?} {e}", e.id))).collect(),
        Err(e) => vec![Err(e.to_string())],
    }
}

fn texts(value: &Value) -> Vec<String> {
    read(value).into_iter().map(|n| n.map_or_else(|e| e, |n| n.text)).collect()
}

fn encoded(text: &str) -> String {
    base64::engine::general_purpose::STANDARD.encode(text)
}

fn document(content: Value) -> Value {
    json!({"resourceType": "DocumentReference", "id": "d", "status": "current", "content": content})
}

fn bundle(resources: &[Value]) -> Value {
    let entries: Vec<Value> = resources.iter().map(|r| json!({"resource": r})).collect();
    json!({"resourceType": "Bundle", "type": "collection", "entry": entries})
}

#[test]
fn attachments() {
    let attached =
        |kind: &str, text: &str| json!([{"attachment": {"contentType": kind, "data": encoded(text)}}]);
    for (content, expected) in [
        (attached("text/plain", "Back pain"), "Back pain"),
        (attached("text/plain; charset=utf-8", "é"), "é"),
        (attached("text/html", "<h1>Plan</h1>PT"), "Plan\n\nPT"),
        (attached("application/rtf", "{\\rtf1 a\\par b}"), "a\nb"),
        (
            attached(
                "application/xml",
                "<ClinicalDocument xmlns='urn:hl7-org:v3'><component><structuredBody><component><section>\
                 <code code='51848-0'/><text>Strain</text></section></component></structuredBody></component></ClinicalDocument>",
            ),
            "ASSESSMENT:\nStrain",
        ),
        (
            attached("application/pdf", "%PDF-1.4 zebra"),
            "Some(\"d\") t.json: a PDF file, not plain text (export the note as text)",
        ),
        (
            json!([{"attachment": {"contentType": "application/pdf", "data": "JVBERi0x"}},
                   {"attachment": {"contentType": "text/html", "data": encoded("<p>b")}},
                   {"attachment": {"contentType": "text/plain", "data": encoded("a")}}]),
            "a",
        ),
        (
            json!([{"attachment": {"url": "https://example.org/fhir/Binary/9"}}]),
            "Some(\"d\") t.json: the text lies elsewhere: a reference that nothing in the input answers",
        ),
        (
            json!([{"attachment": {"contentType": "text/plain"}}]),
            "Some(\"d\") t.json: the object has no \"data\"",
        ),
        (json!([]), "Some(\"d\") t.json: the object has no \"attachment\""),
        (
            json!([{"attachment": {"contentType": "text/plain", "data": "zebra*"}}]),
            "Some(\"d\") t.json: the base64 data are damaged",
        ),
        // One element that should have been an array.
        (json!({"attachment": {"contentType": "text/plain", "data": encoded("a")}}), "a"),
    ] {
        assert_eq!(texts(&document(content)), [expected]);
    }
}

#[test]
fn references_within_the_input() {
    let binary = json!({"resourceType": "Binary", "id": "b1", "contentType": "text/plain", "data": encoded("Back pain")});
    for url in ["Binary/b1", "https://ehr.example/fhir/Binary/b1", "Binary/b1/_history/3", "urn:uuid:0001"] {
        let value = json!({"resourceType": "Bundle", "type": "searchset", "entry": [
            {"resource": document(json!([{"attachment": {"url": url}}]))},
            {"fullUrl": "urn:uuid:0001", "resource": binary},
        ]});
        assert_eq!(texts(&value), ["Back pain"], "{url}");
    }
    let mut contained = document(json!([{"attachment": {"url": "#b1"}}]));
    contained["contained"] = json!([binary]);
    assert_eq!(texts(&contained), ["Back pain"]);
    assert_eq!(texts(&binary), ["Back pain"]);
    assert_eq!(texts(&bundle(&[bundle(std::slice::from_ref(&binary))])), ["Back pain"]);
    let picture = json!({"resourceType": "Binary", "id": "p", "contentType": "image/png", "data": "AAAA"});
    assert_eq!(texts(&bundle(&[binary, picture.clone()])), ["Back pain"]);
    assert!(texts(&picture)[0].contains("an image"));
}

#[test]
fn compositions() {
    let div = |html: &str| json!({"status": "generated", "div": format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{html}</div>")});
    let composition = json!({
        "resourceType": "Composition", "id": "c", "identifier": {"value": "DOC-1"}, "date": "2026-11-03T10:00:00Z",
        "type": {"coding": [{"system": "http://loinc.org", "code": "11506-3"}]},
        "section": [
            {"title": "The story", "code": {"coding": [{"system": "http://loinc.org", "code": "10164-2"}]}, "text": div("Fell &amp; hurt.")},
            {"title": "Physical exam", "section": [{"title": "Back", "text": div("<p>Tender.</p>")}]},
            {"title": "Assessment", "entry": [{"reference": "Condition/x"}]},
            {"title": "Empty", "text": {"status": "empty"}},
        ],
    });
    let condition = json!({"resourceType": "Condition", "id": "x", "text": div("Strain")});
    let note = read(&bundle(&[composition, condition])).remove(0).unwrap();
    insta::assert_snapshot!(note.text, @r"
    HISTORY OF PRESENT ILLNESS:
    Fell & hurt.

    PHYSICAL EXAM:

    BACK:
    Tender.

    ASSESSMENT:
    Strain
    ");
    assert_eq!((note.id.as_str(), note.meta.date.as_deref()), ("DOC-1", Some("2026-11-03")));
    let narrative = json!({"resourceType": "Composition", "id": "c", "text": div("Whole story")});
    assert_eq!(texts(&narrative), ["Whole story"]);
}

#[test]
fn reports() {
    let report = |mut fields: Value| {
        fields["resourceType"] = "DiagnosticReport".into();
        fields["id"] = "r".into();
        fields["code"] = json!({"text": "MRI lumbar spine"});
        fields
    };
    let form = |text: &str| json!([{"contentType": "text/plain", "data": encoded(text)}]);
    for (fields, expected) in [
        (json!({"conclusion": "DDD."}), "MRI lumbar spine\n\nIMPRESSION:\nDDD."),
        (json!({"presentedForm": form("FINDINGS: bulge")}), "FINDINGS: bulge"),
        (
            json!({"presentedForm": form("FINDINGS: bulge"), "conclusion": "DDD."}),
            "FINDINGS: bulge\n\nIMPRESSION:\nDDD.",
        ),
        (
            json!({"presentedForm": form("IMPRESSION:  Mild\nDDD."), "conclusion": "Mild DDD."}),
            "IMPRESSION:  Mild\nDDD.",
        ),
        (
            json!({"presentedForm": [{"contentType": "application/pdf", "data": "JVBERi0x"}], "conclusion": "DDD."}),
            "MRI lumbar spine\n\nIMPRESSION:\nDDD.",
        ),
        (json!({}), "Some(\"r\") t.json: no notes in it"),
        (
            json!({"status": "entered-in-error", "conclusion": "zebra"}),
            "Some(\"r\") t.json: marked as entered in error",
        ),
    ] {
        assert_eq!(texts(&report(fields)), [expected]);
    }
    let panel = report(json!({}));
    let note = document(json!([{"attachment": {"contentType": "text/plain", "data": encoded("a")}}]));
    assert_eq!(texts(&bundle(&[panel, note])), ["a"]);
}

#[test]
fn metadata_by_reference() {
    let content = json!([{"attachment": {"contentType": "text/plain", "data": encoded("a")}}]);
    let mut note = document(content);
    note["masterIdentifier"] = json!({"value": "urn:oid:1.2"});
    note["author"] = json!([{"reference": "Practitioner/p"}]);
    note["subject"] = json!({"reference": "Patient/x"});
    note["context"] =
        json!({"encounter": [{"reference": "Encounter/e"}], "period": {"start": "2026-11-02T08:00:00Z"}});
    let value = bundle(&[
        note,
        json!({"resourceType": "Practitioner", "id": "p"}),
        json!({"resourceType": "PractitionerRole", "practitioner": {"reference": "Practitioner/p"}, "specialty": [{"text": "Orthopaedics"}]}),
        json!({"resourceType": "Patient", "id": "x", "identifier": [{"value": "1"}, {"type": {"coding": [{"code": "MR"}]}, "value": "MRN7"}]}),
        json!({"resourceType": "Encounter", "id": "e", "class": {"code": "AMB", "display": "ambulatory"}}),
    ]);
    let store = Store::new(&value, 100).unwrap();
    let found = metadata::of(&store, store.resources()[0]);
    assert_eq!(found.id.as_deref(), Some("urn:oid:1.2"));
    assert_eq!(found.date.as_deref(), Some("2026-11-02"));
    assert_eq!(found.author_role.as_deref(), Some("Orthopaedics"));
    assert_eq!(found.patient.as_deref(), Some("MRN7"));
    assert_eq!(found.encounter.as_deref(), Some("ambulatory"));
}

#[test]
fn codes_go_to_the_note_of_their_encounter() {
    let note = |id: &str, encounter: &str| {
        json!({"resourceType": "DocumentReference", "id": id, "context": {"encounter": [{"reference": format!("Encounter/{encounter}")}]},
               "content": [{"attachment": {"contentType": "text/plain", "data": encoded(id)}}]})
    };
    let icd = |code: &str| json!({"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": code}]});
    let cpt = |code: &str| json!({"coding": [{"system": "http://www.ama-assn.org/go/cpt", "code": code}]});
    let of = |encounter: &str| json!({"reference": format!("Encounter/{encounter}")});
    let billing = [
        json!({"resourceType": "Encounter", "id": "e1", "reasonCode": [icd("M54.50")], "diagnosis": [{"condition": {"reference": "Condition/c1"}}]}),
        json!({"resourceType": "Condition", "id": "c1", "code": icd("M53.86")}),
        json!({"resourceType": "Condition", "id": "c2", "encounter": of("e2"), "category": [{"coding": [{"code": "encounter-diagnosis"}]}], "code": icd("M51.36")}),
        json!({"resourceType": "Condition", "id": "c3", "encounter": of("e2"), "category": [{"coding": [{"code": "problem-list-item"}]}], "code": icd("E11.9")}),
        json!({"resourceType": "ServiceRequest", "encounter": of("e2"), "code": cpt("72148"), "reasonCode": [icd("M54.16")]}),
        json!({"resourceType": "Procedure", "encounter": of("e1"), "code": cpt("64493")}),
        json!({"resourceType": "Claim", "diagnosis": [{"diagnosisReference": {"reference": "Condition/c2"}}],
               "item": [{"productOrService": cpt("99213"), "encounter": [of("e2")]}]}),
    ];
    let value = bundle(&[&[note("n1", "e1"), note("n2", "e2")][..], &billing[..]].concat());
    let notes: Vec<_> = read(&value).into_iter().map(Result::unwrap).collect();
    assert_eq!(notes[0].meta.codes, ["M54.50", "M53.86"]);
    assert_eq!(notes[0].meta.procedures, ["64493"]);
    assert_eq!(notes[1].meta.codes, ["M51.36", "M54.16"]);
    assert_eq!(notes[1].meta.procedures, ["72148", "99213"]);
    let alone = bundle(&[&[note("n1", "e9")][..], &billing[..]].concat());
    assert_eq!(read(&alone).remove(0).unwrap().meta.procedures, ["72148", "64493", "99213"]);
}

#[test]
fn what_is_refused() {
    let limits = Limits { depth: 10, parts: 3, note_bytes: 10, ..Limits::default() };
    let source = Source::new("t.json", &limits);
    let fails = |json: &str| match parse(json.as_bytes(), &source) {
        Err(e) => e.to_string(),
        Ok(mut notes) => notes.remove(0).unwrap_err().to_string(),
    };
    for (json, message) in [
        ("{\"resourceType\":\n \"zebra", "t.json:2: JSON cut off at column 7"),
        ("[\"zebra\"]", "t.json: the object has no \"resourceType\""),
        ("{\"resourceType\":\"Patient\",\"name\":\"zebra\"}", "t.json: no notes in it"),
        ("{\"resourceType\":\"Bundle\",\"entry\":\"zebra\"}", "t.json: no notes in it"),
    ] {
        assert_eq!(fails(json), message, "{json}");
    }
    assert_eq!(fails(&format!("{{\"a\":{}", "[".repeat(100_000))), "t.json: nested more than 10 deep");
    let patients = bundle(&vec![json!({"resourceType": "Patient"}); 4]);
    assert_eq!(fails(&patients.to_string()), "t.json: more than 3 parts");
    let long = json!({"resourceType": "DiagnosticReport", "conclusion": "zebra zebra zebra"});
    assert_eq!(fails(&long.to_string()), "t.json: the note is larger than 10 bytes (--max-note-bytes)");
}
