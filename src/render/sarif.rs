//! SARIF 2.1.0: one run, a rule for every element, a result for every gap, for tools that read the output of linters.
//!
//! The log is written in parts, so that a batch need not stand in memory: [`head`], the [`results`] of every note with
//! commas between them, [`tail`]. Without [`SarifOptions::snippets`] no word of a note gets into it.

use super::guide::{self, Asker, Guide, Severity};
use super::json::ErrorEntry;
use super::lines::LineIndex;
use super::words;
use crate::digest;
use crate::note::Note;
use crate::procedure::POLICY;
use crate::report::v1::{ElementReport, Place, Report};
use crate::span::CodePoints;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The rule for a code that excludes M53.86.
const EXCLUDED: &str = "excluded-code";
/// The rule for a procedure of which no policy is known.
const UNKNOWN: &str = "unknown-procedure";

/// What goes into the log.
#[derive(Clone, Copy, Debug, Default)]
pub struct SarifOptions {
    /// Quote the note: the marked words, and the drafts of queries, which cite it.
    pub snippets: bool,
}

/// Everything before the results. `digests` of the provenance are properties of the tool.
pub fn head(guide: Guide<'_>) -> String {
    let driver = json!({
        "name": env!("CARGO_PKG_NAME"),
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "shortDescription": { "text": env!("CARGO_PKG_DESCRIPTION") },
        "rules": rules(guide),
        "properties": { "checklist": guide.checklist.digest(), "procedures": guide.procedures.digest() },
    });
    let schema = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";
    format!(
        "{{\"$schema\":\"{schema}\",\"version\":\"2.1.0\",\"runs\":[{{\"tool\":{{\"driver\":{driver}}},\
         \"columnKind\":\"unicodeCodePoints\",\"results\":[\n"
    )
}

/// Everything after the results; `errors` are the notes that could not be read.
pub fn tail(errors: &[ErrorEntry]) -> String {
    let notifications: Vec<Value> = errors.iter().map(notification).collect();
    let invocation =
        json!({ "executionSuccessful": errors.is_empty(), "toolExecutionNotifications": notifications });
    format!("\n],\"invocations\":[{invocation}]}}]}}\n")
}

/// The results of one note: its gaps, in the order of the report.
pub fn results(report: &Report, note: &Note, options: SarifOptions) -> Vec<Value> {
    let artifact = Artifact::new(report, note, options);
    let gaps = guide::elements(report).filter_map(|(asker, e)| artifact.gap(asker, e));
    let excludes = report.coding.excludes.iter().map(|reason| {
        let said = if options.snippets {
            reason.text.clone()
        } else {
            "The note documents a condition whose code excludes M53.86; settle which of the two applies."
                .to_owned()
        };
        let text = format!("{said} [{}]", reason.source);
        let print = fingerprint(&[&report.id, EXCLUDED, &reason.source]);
        artifact.result(EXCLUDED, "error", &text, &print, vec![artifact.first_line()])
    });
    gaps.chain(excludes).collect()
}

fn rules(guide: Guide<'_>) -> Vec<Value> {
    let own = guide.checklist.elements.iter().map(|e| {
        let sources = e.sources.iter().map(ToString::to_string).collect();
        let mut rule = rule(e.id.as_str(), &e.title, &e.what, &e.why, &e.fix, sources);
        rule["properties"]["weight"] = json!(e.weight);
        rule
    });
    let asked = guide.procedures.elements().iter().map(|e| {
        let sources = e.sources.iter().map(ToString::to_string).collect();
        let mut rule = rule(&asked_rule(&e.id), &e.title, &e.what, &e.why, &e.fix, sources);
        rule["properties"]["tags"] = json!(["procedure"]);
        rule
    });
    let fixed = [
        (
            EXCLUDED.to_owned(),
            "Code that excludes M53.86",
            "A documented condition has a code that excludes M53.86 (Excludes1).",
            "Codes that exclude each other are not reported together.",
            "Document which condition was treated at this visit.",
        ),
        (
            asked_rule(POLICY),
            "Covered diagnoses",
            "Whether the coverage policy lists the diagnosis.",
            "Policies cover listed diagnoses alone; the lists are not part of this program.",
            "Look the diagnosis up in the article that the result names.",
        ),
        (
            asked_rule(UNKNOWN),
            "Unknown procedure",
            "A procedure of which no policy is known here.",
            "What it asks for was not checked.",
            "Look it up in the Medicare Coverage Database or in the payer's policies.",
        ),
    ];
    let fixed = fixed.map(|(id, title, what, why, fix)| rule(&id, title, what, why, fix, Vec::new()));
    own.chain(asked).chain(fixed).collect()
}

fn rule(id: &str, title: &str, what: &str, why: &str, fix: &str, sources: Vec<String>) -> Value {
    let mut help = format!("{why}\n\nWhat to write: {fix}");
    let mut markdown = format!("{}\n\n**What to write:** {}", escape(why), escape(fix));
    if !sources.is_empty() {
        help.push_str("\n\nSources:");
        markdown.push_str("\n\n**Sources**\n");
        for source in sources {
            help.push_str(&format!("\n- {source}"));
            markdown.push_str(&format!("\n- {}", escape(&source)));
        }
    }
    json!({
        "id": id,
        "name": pascal(id),
        "shortDescription": { "text": title },
        "fullDescription": { "text": what },
        "help": { "text": help, "markdown": markdown },
        "properties": { "tags": ["documentation"] },
    })
}

/// The rule of an element that policies ask for; its name may be that of an element of the checklist.
fn asked_rule(id: &str) -> String {
    format!("procedure/{id}")
}

/// A note as the log knows it.
struct Artifact<'a> {
    report: &'a Report,
    text: &'a str,
    uri: String,
    lines: LineIndex,
    points: CodePoints,
    options: SarifOptions,
}

impl<'a> Artifact<'a> {
    fn new(report: &'a Report, note: &'a Note, options: SarifOptions) -> Self {
        Self {
            report,
            text: &note.text,
            uri: uri(&report.id),
            lines: LineIndex::new(&note.text),
            points: CodePoints::new(&note.text),
            options,
        }
    }

    fn gap(&self, asker: Asker<'_>, e: &ElementReport) -> Option<Value> {
        let gap = e.gap.as_ref().filter(|_| words::open(e.verdict))?;
        let (rule, about) = match asker {
            Asker::Checklist => (e.id.clone(), String::new()),
            Asker::Procedure(cpt) => (asked_rule(&e.id), format!("Procedure {cpt}: ")),
        };
        let level = match guide::severity(e) {
            Severity::High => "error",
            Severity::Moderate => "warning",
            Severity::Low => "note",
        };
        let text = format!("{about}{} What to write: {}", gap.message, gap.fix);
        let mut places: Vec<Value> = e
            .evidence
            .iter()
            .filter_map(|v| {
                self.place(Place {
                    start: v.start,
                    end: v.end,
                    byte_start: v.byte_start,
                    byte_end: v.byte_end,
                })
            })
            .collect();
        if places.is_empty() {
            // What is missing stands nowhere: the section where it would stand, else the first line.
            let near = gap.near.and_then(|near| self.place(near));
            places.push(near.unwrap_or_else(|| self.first_line()));
        }
        let print = fingerprint(&[&self.report.id, &rule, &about, &gap.message]);
        let mut result = self.result(&rule, level, &text, &print, places);
        result["properties"] = json!({ "verdict": words::verdict(e.verdict) });
        if e.weight > 0 {
            result["rank"] = json!((e.weight as f32 - e.credit).clamp(0.0, 100.0));
        }
        if let Some(query) = e.query.as_ref().filter(|_| self.options.snippets) {
            result["properties"]["query"] = json!(query);
        }
        Some(result)
    }

    fn result(&self, rule: &str, level: &str, text: &str, print: &str, mut places: Vec<Value>) -> Value {
        let related = places.split_off(1.min(places.len()));
        let mut result = json!({
            "ruleId": rule,
            "level": level,
            "message": { "text": text },
            "locations": places,
            "partialFingerprints": { "chartgapGap/v1": print },
        });
        if !related.is_empty() {
            result["relatedLocations"] = json!(related);
        }
        result
    }

    /// A place as a location; `None` where it does not fit the note.
    fn place(&self, at: Place) -> Option<Value> {
        let (start, end) = (at.byte_start as usize, at.byte_end as usize);
        let words = self.text.get(start..end).filter(|w| !w.is_empty())?;
        let position = |byte: usize| {
            let line = self.lines.line(byte);
            let first = self.points.at(self.lines.start(self.text, line) as u32);
            (line, self.points.at(byte as u32) - first + 1)
        };
        let ((start_line, start_column), (end_line, end_column)) = (position(start), position(end));
        let mut region = json!({
            "startLine": start_line,
            "startColumn": start_column,
            "endLine": end_line,
            "endColumn": end_column,
            "charOffset": at.start,
            "charLength": at.end - at.start,
        });
        if self.options.snippets {
            region["snippet"] = json!({ "text": words });
        }
        Some(self.location(region))
    }

    fn first_line(&self) -> Value {
        self.location(json!({ "startLine": 1 }))
    }

    fn location(&self, region: Value) -> Value {
        json!({ "physicalLocation": { "artifactLocation": { "uri": self.uri }, "region": region } })
    }
}

fn notification(error: &ErrorEntry) -> Value {
    let mut place = json!({ "artifactLocation": { "uri": uri(&error.error.file) } });
    if let Some(line) = error.error.line.filter(|line| *line > 0) {
        place["region"] = json!({ "startLine": line });
    }
    json!({
        "level": "error",
        "descriptor": { "id": error.error.code },
        "message": { "text": format!("{}: {}", error.id, error.error.message) },
        "locations": [{ "physicalLocation": place }],
    })
}

/// What stays the same from run to run while the gap stays: neither offsets nor words of the note.
fn fingerprint(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    digest::hex(&hash.finalize()[..16])
}

/// An id as a relative URI: what is not unreserved is percent-encoded, so that no id can name a scheme or a host.
fn uri(id: &str) -> String {
    let mut out = String::with_capacity(id.len());
    for b in id.trim_start_matches('/').bytes() {
        match b {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => out.push(b as char),
            _ => out.push_str(&format!("%{b:02X}")),
        }
    }
    if out.is_empty() { "note".to_owned() } else { out }
}

/// `named-condition` as `NamedCondition`.
fn pascal(id: &str) -> String {
    let word = |w: &str| {
        let mut chars = w.chars();
        chars.next().map(|c| c.to_ascii_uppercase()).into_iter().chain(chars).collect::<String>()
    };
    id.split(['-', '/']).map(word).collect()
}

/// Text for markdown, without what would be markup.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '!') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_names_neither_scheme_nor_host() {
        for (id, expected) in [
            ("syn-001", "syn-001"),
            ("notes/a b.txt", "notes/a%20b.txt"),
            ("javascript:x", "javascript%3Ax"),
            ("//host/é", "host/%C3%A9"),
            ("", "note"),
        ] {
            assert_eq!(uri(id), expected);
        }
    }

    #[test]
    fn parts_of_a_fingerprint_do_not_run_together() {
        assert_ne!(fingerprint(&["ab", "c"]), fingerprint(&["a", "bc"]));
        assert_eq!(fingerprint(&["a"]).len(), 32);
    }
}
