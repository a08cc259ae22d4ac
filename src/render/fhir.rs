//! FHIR R4: a Bundle with a DetectedIssue for every gap, a GuidanceResponse for every note, the Device and the Provenance.
//!
//! Ids are UUIDs made from the content (version 5), so the same report gives the same ids. The resources follow base R4;
//! they claim no profile, those of DEQM Gaps in Care and Da Vinci Risk Adjustment least of all. Evidence and drafts of
//! queries quote the note.

use super::guide::{self, Asker, Severity};
use super::json::ErrorEntry;
use super::words;
use crate::report::v1::{ElementReport, Evidence, Provenance, Report};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// The namespace of the ids.
const NAMESPACE: Uuid = Uuid::from_u128(0x6d0f_8b52_91c7_4a3e_b5d4_2f7a_9c10_e863);

/// Systems of codes and identifiers that are this program's own.
const ELEMENT: &str = "urn:chartgap:element";
const PROCEDURE_ELEMENT: &str = "urn:chartgap:procedure-element";
const MITIGATION: &str = "urn:chartgap:mitigation";
const NOTE: &str = "urn:chartgap:note";

/// Everything before the entries of a Bundle.
pub const HEAD: &str = "{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[\n";
/// Everything after the entries of a Bundle.
pub const TAIL: &str = "\n]}\n";

/// The Bundle of one note. `recorded` is an instant (`2026-02-11T09:30:00Z`), which a Provenance must have.
pub fn bundle(report: &Report, recorded: &str) -> Value {
    let mut entries = vec![device(&report.provenance)];
    entries.extend(self::entries(report, recorded));
    let id = id_of(&json!(entries.iter().map(|e| &e["fullUrl"]).collect::<Vec<_>>()));
    json!({ "resourceType": "Bundle", "id": id, "type": "collection", "entry": entries })
}

/// The entries of one note, without the Device, which a Bundle holds once: GuidanceResponse, DetectedIssues, Provenance.
///
/// Two notes have the same [`id`] of the first entry only where nothing tells them apart.
pub fn entries(report: &Report, recorded: &str) -> Vec<Value> {
    let device = reference(&device(&report.provenance));
    let open = || guide::elements(report).filter(|(_, e)| words::open(e.verdict) && e.gap.is_some());
    let response = entry(response(report, &device, open().next().is_some()));
    let at = reference(&response);
    let mut entries = vec![response];
    entries.extend(open().map(|(asker, e)| entry(issue(report, asker, e, &device, &at))));
    for reason in &report.coding.excludes {
        entries.push(entry(excluded(report, &reason.text, &reason.source, &device, &at)));
    }
    let targets: Vec<Value> = entries.iter().map(reference).collect();
    let mut provenance = entry(provenance(report, targets, &device));
    // Not a part of the content that the id is made from.
    provenance["resource"]["recorded"] = json!(recorded);
    entries.push(provenance);
    entries
}

/// The id of the resource of an entry.
pub fn id(entry: &Value) -> Option<Uuid> {
    entry["resource"]["id"].as_str()?.parse().ok()
}

/// The program as the entry of a Device.
pub fn device(made: &Provenance) -> Value {
    entry(json!({
        "resourceType": "Device",
        "status": "active",
        "deviceName": [{ "name": made.software, "type": "model-name" }],
        "type": { "text": "Checker of clinical documentation" },
        "version": [{ "value": made.version }],
    }))
}

/// The entry that stands for a note that could not be read.
pub fn unread(error: &ErrorEntry) -> Value {
    let place = match error.error.line {
        Some(line) => format!("{}:{line}", error.error.file),
        None => error.error.file.clone(),
    };
    let details = json!({ "coding": [{ "system": "urn:chartgap:error", "code": error.error.code }] });
    entry(json!({
        "resourceType": "OperationOutcome",
        "issue": [{
            "severity": "error",
            "code": "processing",
            "details": details,
            "diagnostics": string(&format!("{place}: {}", error.error.message)),
        }],
    }))
}

fn response(report: &Report, device: &Value, open: bool) -> Value {
    let reasons: Vec<Value> = report
        .coding
        .reasons
        .iter()
        .map(|r| json!({ "text": string(&format!("{} [{}]", r.text, r.source)) }))
        .collect();
    let suggested = match &report.coding.suggested {
        Some(code) => format!("; best supported ICD-10-CM code: {code}"),
        None => String::new(),
    };
    let said = format!(
        "Documentation for ICD-10-CM M53.86: {}; score {} of 100{suggested}. A person assigns the code.",
        words::outcome(report.outcome),
        report.score
    );
    let mut out = json!({
        "resourceType": "GuidanceResponse",
        "requestIdentifier": identifier(NOTE, &report.id),
        "moduleUri": format!("urn:chartgap:checklist:sha256:{}", report.provenance.checklist),
        "status": if open { "data-required" } else { "success" },
        "performer": device,
        "note": [{ "text": string(&said) }],
    });
    if !reasons.is_empty() {
        out["reasonCode"] = json!(reasons);
    }
    if open {
        // What is asked for is words in a note of this encounter.
        out["dataRequirement"] = json!([{ "type": "DocumentReference" }]);
    }
    out
}

fn issue(report: &Report, asker: Asker<'_>, e: &ElementReport, device: &Value, response: &Value) -> Value {
    let (system, text) = match asker {
        Asker::Checklist => (ELEMENT, e.title.clone()),
        Asker::Procedure(cpt) => (PROCEDURE_ELEMENT, format!("{} (procedure {cpt})", e.title)),
    };
    let severity = match guide::severity(e) {
        Severity::High => "high",
        Severity::Moderate => "moderate",
        Severity::Low => "low",
    };
    let mut evidence = Map::new();
    let found: Vec<Value> = e.evidence.iter().map(piece).collect();
    if !found.is_empty() {
        evidence.insert("code".to_owned(), json!(found));
    }
    evidence.insert("detail".to_owned(), json!([response]));
    let action = |code: &str, text: &str| json!({ "action": { "coding": [{ "system": MITIGATION, "code": code }], "text": string(text) } });
    let gap = e.gap.as_ref();
    let mut mitigation: Vec<Value> = e.query.iter().map(|q| action("query-provider", q)).collect();
    mitigation.extend(gap.map(|g| action("document", &g.fix)));
    json!({
        "resourceType": "DetectedIssue",
        "status": "preliminary",
        "code": { "coding": [{ "system": system, "code": e.id, "display": string(&e.title) }], "text": string(&text) },
        "severity": severity,
        "author": device,
        "implicated": [note(report)],
        "evidence": [evidence],
        "detail": string(&format!("{}: {}", words::verdict(e.verdict), gap.map_or("", |g| &g.message))),
        "mitigation": mitigation,
    })
}

fn excluded(report: &Report, text: &str, source: &str, device: &Value, response: &Value) -> Value {
    let title = "Code that excludes M53.86";
    json!({
        "resourceType": "DetectedIssue",
        "status": "preliminary",
        "code": { "coding": [{ "system": ELEMENT, "code": "excluded-code", "display": title }], "text": title },
        "severity": "high",
        "author": device,
        "implicated": [note(report)],
        "evidence": [{ "detail": [response] }],
        "detail": string(&format!("{text} [{source}]")),
    })
}

/// A piece of evidence: the words, what they assert, and where they stand in code points.
fn piece(e: &Evidence) -> Value {
    let section = words::section(&e.section);
    let place = if section.is_empty() { String::new() } else { format!(", {section}") };
    let at = format!("{}{place}, characters {} to {}", words::status(e.assertion), e.start, e.end);
    json!({ "text": string(&format!("\"{}\" ({at})", e.text)) })
}

fn provenance(report: &Report, targets: Vec<Value>, device: &Value) -> Value {
    let made = &report.provenance;
    let source = |system: &str, value: &str, display: &str| json!({ "role": "source", "what": { "identifier": identifier(system, value), "display": string(display) } });
    let mut entities = vec![
        source(NOTE, &report.id, "note"),
        source("urn:chartgap:lexicon", &format!("sha256:{}", made.lexicon), "lexicon"),
        source("urn:chartgap:checklist", &format!("sha256:{}", made.checklist), "checklist"),
        source("urn:chartgap:code-set", &made.code_set, "ICD-10-CM code set"),
    ];
    if let Some(model) = &made.classifier {
        entities.push(source("urn:chartgap:classifier", &format!("sha256:{}", model.sha256), &model.name));
    }
    let assembler = json!({
        "system": "http://terminology.hl7.org/CodeSystem/provenance-participant-type",
        "code": "assembler",
        "display": "Assembler",
    });
    json!({
        "resourceType": "Provenance",
        "target": targets,
        "agent": [{ "type": { "coding": [assembler] }, "who": device }],
        "entity": entities,
    })
}

/// The note, by its id: it is no resource of the Bundle.
fn note(report: &Report) -> Value {
    json!({ "type": "DocumentReference", "identifier": identifier(NOTE, &report.id) })
}

fn identifier(system: &str, value: &str) -> Value {
    json!({ "system": system, "value": string(value) })
}

/// A resource as an entry, with the id that its content gives.
fn entry(mut resource: Value) -> Value {
    let id = id_of(&resource);
    resource["id"] = json!(id);
    json!({ "fullUrl": format!("urn:uuid:{id}"), "resource": resource })
}

/// Keys are sorted in the text that the id is made from, so it depends on the content alone.
fn id_of(content: &Value) -> String {
    Uuid::new_v5(&NAMESPACE, content.to_string().as_bytes()).to_string()
}

fn reference(entry: &Value) -> Value {
    json!({ "reference": entry["fullUrl"] })
}

/// A string as FHIR allows it: not empty, without control characters but tab and line ends, not blank at its ends.
pub(crate) fn string(text: &str) -> String {
    let allowed = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r');
    let clean: String =
        text.chars().map(|c| if allowed(c) { c } else { char::REPLACEMENT_CHARACTER }).collect();
    match clean.trim() {
        "" => "-".to_owned(),
        trimmed => trimmed.to_owned(),
    }
}
