//! What an input is, told by its content; the extension decides where the content leaves it open.

use super::columns;
use super::delimited;
use super::options::Form;
use super::text::UTF8_MARK;
use std::io::{self, BufRead, Cursor, Read};
use std::path::Path;

/// How much of an input is looked at, but for the first line of JSON.
const HEAD: usize = 4096;

/// What the layers around the documents are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Container {
    Zip,
    Tar,
    Gzip,
    Zstd,
}

/// What an input is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Container(Container),
    /// Never [`Form::Auto`].
    Document(Form),
    /// FHIR with one resource a line.
    FhirLines,
}

/// What a name says about the content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Hint(Option<Kind>);

impl Hint {
    /// Of a path, or of the name of a member.
    pub(super) fn of(name: &str) -> Hint {
        let extension = Path::new(name).extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
        Hint(Some(match extension.as_deref() {
            Some("txt" | "text") => Kind::Document(Form::Text),
            Some("jsonl" | "ndjson") => Kind::Document(Form::Jsonl),
            Some("json") => Kind::Document(Form::Fhir),
            Some("csv") => Kind::Document(Form::Csv),
            Some("tsv" | "tab") => Kind::Document(Form::Tsv),
            Some("parquet" | "pq") => Kind::Document(Form::Parquet),
            Some("xml" | "ccda" | "cda") => Kind::Document(Form::Ccda),
            Some("hl7") => Kind::Document(Form::Hl7),
            Some("rtf") => Kind::Document(Form::Rtf),
            Some("html" | "htm" | "xhtml") => Kind::Document(Form::Html),
            Some("zip") => Kind::Container(Container::Zip),
            Some("tar") => Kind::Container(Container::Tar),
            Some("gz" | "tgz") => Kind::Container(Container::Gzip),
            Some("zst" | "zstd" | "tzst") => Kind::Container(Container::Zstd),
            _ => return Hint(None),
        }))
    }

    /// Whether the extension is one of those that are read.
    pub(super) fn is_known(self) -> bool {
        self.0.is_some()
    }

    fn document(self) -> Option<Form> {
        match self.0 {
            Some(Kind::Document(form)) => Some(form),
            _ => None,
        }
    }
}

/// The reader with what was looked at put back.
pub(super) type Rest<'a> = Box<dyn BufRead + 'a>;

/// Tells what an input is.
///
/// A form that the caller asked for holds for documents; archives and compression are told in any case. `line_limit`
/// bounds the first line of JSON.
pub(super) fn kind<'a>(
    reader: Rest<'a>,
    hint: Hint,
    asked: Form,
    line_limit: usize,
) -> io::Result<(Kind, Rest<'a>)> {
    let mut peek = Peek { head: Vec::new(), reader, ended: false };
    peek.fill(HEAD)?;
    let kind = match container(&peek.head, hint) {
        Some(container) => Kind::Container(container),
        None => document(&mut peek, hint, asked, line_limit)?,
    };
    Ok((kind, Box::new(Cursor::new(peek.head).chain(peek.reader))))
}

fn container(head: &[u8], hint: Hint) -> Option<Container> {
    let empty_zip = head.starts_with(b"PK\x05\x06");
    if head.starts_with(b"PK\x03\x04") || empty_zip {
        Some(Container::Zip)
    } else if head.starts_with(b"\x1F\x8B") {
        Some(Container::Gzip)
    } else if head.starts_with(b"\x28\xB5\x2F\xFD") {
        Some(Container::Zstd)
    } else if head.get(257..262) == Some(b"ustar") || hint.0 == Some(Kind::Container(Container::Tar)) {
        Some(Container::Tar)
    } else {
        None
    }
}

fn document(peek: &mut Peek<'_>, hint: Hint, asked: Form, line_limit: usize) -> io::Result<Kind> {
    if asked == Form::Fhir {
        return Ok(match peek.json(line_limit)? {
            Some(Json { whole_line: true, .. }) => Kind::FhirLines,
            _ => Kind::Document(Form::Fhir),
        });
    }
    if asked != Form::Auto {
        return Ok(Kind::Document(asked));
    }
    if peek.head.starts_with(b"PAR1") {
        return Ok(Kind::Document(Form::Parquet));
    }
    let text = letters(&peek.head);
    let lower = text.to_ascii_lowercase();
    let form = if text.starts_with("{\\rtf") {
        Form::Rtf
    } else if is_hl7(&text) {
        Form::Hl7
    } else if lower.starts_with('<') && lower.contains("clinicaldocument") {
        Form::Ccda
    } else if lower.starts_with("<!doctype html") || lower.starts_with('<') && lower.contains("<html") {
        Form::Html
    } else if text.starts_with('{')
        && let Some(json) = peek.json(line_limit)?
    {
        match (json, hint.document()) {
            (Json { resource: true, whole_line: true, .. }, _) => return Ok(Kind::FhirLines),
            (Json { resource: true, .. }, _) => Form::Fhir,
            (Json { text: true, .. }, _) => Form::Jsonl,
            (_, Some(Form::Jsonl)) => Form::Jsonl,
            (_, Some(Form::Fhir)) => Form::Fhir,
            _ => Form::Text,
        }
    } else {
        match hint.document() {
            // RTF begins with its mark; what else bears the name is text that was given it.
            Some(Form::Rtf) | None => {
                let header = delimited::header(&peek.head);
                if header.is_some_and(|fields| columns::is_header(&fields)) { Form::Csv } else { Form::Text }
            }
            Some(Form::Jsonl) if text.is_empty() => Form::Jsonl,
            Some(form) => form,
        }
    };
    Ok(Kind::Document(form))
}

/// What the first line of a JSON input tells.
struct Json {
    /// It is a whole object.
    whole_line: bool,
    /// A FHIR resource.
    resource: bool,
    /// It has a text.
    text: bool,
}

struct Peek<'a> {
    head: Vec<u8>,
    reader: Rest<'a>,
    ended: bool,
}

impl Peek<'_> {
    /// Looks at `wanted` bytes, or at all that there are.
    fn fill(&mut self, wanted: usize) -> io::Result<()> {
        while !self.ended && self.head.len() < wanted {
            let chunk = match self.reader.fill_buf() {
                Ok(chunk) => chunk,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(e),
            };
            self.ended = chunk.is_empty();
            let used = chunk.len();
            self.head.extend_from_slice(chunk);
            self.reader.consume(used);
        }
        Ok(())
    }

    /// `None` where the input begins with no object.
    fn json(&mut self, line_limit: usize) -> io::Result<Option<Json>> {
        let mark = if self.head.starts_with(UTF8_MARK) { UTF8_MARK.len() } else { 0 };
        let Some(start) = self.head[mark..].iter().position(|b| !b.is_ascii_whitespace()) else {
            return Ok(None);
        };
        let start = start + mark;
        if self.head[start] != b'{' {
            return Ok(None);
        }
        let mut searched = start;
        let line = loop {
            if let Some(at) = memchr::memchr(b'\n', &self.head[searched..]) {
                break &self.head[start..searched + at];
            }
            if self.ended || self.head.len() > line_limit {
                break &self.head[start..];
            }
            searched = self.head.len();
            self.fill(searched + 1)?;
        };
        #[derive(serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Probe {
            resource_type: Option<serde::de::IgnoredAny>,
            text: Option<serde::de::IgnoredAny>,
        }
        Ok(Some(match serde_json::from_slice::<Probe>(line) {
            Ok(probe) => {
                Json { whole_line: true, resource: probe.resource_type.is_some(), text: probe.text.is_some() }
            }
            Err(_) => {
                let head = &self.head[start..self.head.len().min(start + HEAD)];
                let resource = memchr::memmem::find(head, b"\"resourceType\"").is_some();
                Json { whole_line: false, resource, text: false }
            }
        }))
    }
}

/// The first characters, whatever the encoding: marks of formats are ASCII.
fn letters(head: &[u8]) -> String {
    let head: Vec<u8> = head.iter().copied().filter(|&b| b != 0).collect();
    String::from_utf8_lossy(&head)
        .trim_start_matches(|c: char| matches!(c, '\u{feff}' | '\u{fffd}' | '\u{b}') || c.is_whitespace())
        .to_owned()
}

fn is_hl7(text: &str) -> bool {
    let rest = ["MSH", "FHS", "BHS"].iter().find_map(|name| text.strip_prefix(name));
    // The separators follow: `|^~\&`.
    let mut next = rest.unwrap_or_default().chars();
    match (next.next(), next.next()) {
        (Some(field), Some(component)) => {
            field.is_ascii_punctuation() && component.is_ascii_punctuation() && field != component
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(content: &[u8], name: &str) -> Kind {
        let reader = io::BufReader::with_capacity(7, content);
        let (kind, mut rest) = kind(Box::new(reader), Hint::of(name), Form::Auto, 1000).unwrap();
        let mut all = Vec::new();
        rest.read_to_end(&mut all).unwrap();
        assert_eq!(all, content, "nothing is lost");
        kind
    }

    #[test]
    fn content_decides_and_the_extension_breaks_ties() {
        use Kind::{Container as C, Document as D};
        let mut tar = vec![b'a'; 600];
        tar[257..262].copy_from_slice(b"ustar");
        let cases: &[(&[u8], &str, Kind)] = &[
            (b"Back pain.", "", D(Form::Text)),
            (b"", "", D(Form::Text)),
            (b"Back pain.", "x.rtf", D(Form::Text)),
            (b"{\\rtf1 a}", "x.txt", D(Form::Rtf)),
            (b"\x0bMSH|^~\\&|A", "x.txt", D(Form::Hl7)),
            (b"FHS|^~\\&|A", "", D(Form::Hl7)),
            (b"MSH: normal", "", D(Form::Text)),
            (b"MSH - normal", "", D(Form::Text)),
            (b"PAR1....", "x.txt", D(Form::Parquet)),
            (b"PK\x03\x04..", "x.txt", C(Container::Zip)),
            (b"\x1F\x8B\x08", "", C(Container::Gzip)),
            (b"\x28\xB5\x2F\xFD", "", C(Container::Zstd)),
            (&tar, "x.txt", C(Container::Tar)),
            (b"<?xml version='1.0'?><ClinicalDocument/>", "", D(Form::Ccda)),
            (b"\xEF\xBB\xBF<!DOCTYPE html><p>", "x.txt", D(Form::Html)),
            (b"\xFF\xFE<\0h\0t\0m\0l\0>\0", "", D(Form::Html)),
            (b"<p>a", "x.html", D(Form::Html)),
            (b"<p>a", "x.txt", D(Form::Text)),
            (b"\n {\"text\":\"x\",\"id\":\"1\"}\n{}", "", D(Form::Jsonl)),
            (b"\xEF\xBB\xBF{\"text\":\"x\"}", "x.txt", D(Form::Jsonl)),
            (b"{\"note\":\"x\"}\n", "", D(Form::Text)),
            (b"{\"note\":\"x\"}\n", "x.jsonl", D(Form::Jsonl)),
            (b"{\"text\":\n\"x\"}\n", "", D(Form::Text)),
            (b"{\n \"resourceType\": \"Bundle\"}", "", D(Form::Fhir)),
            (b"{\"resourceType\":\"Binary\",\"text\":{}}\n", "x.ndjson", Kind::FhirLines),
            (b"id,text\n1,a", "", D(Form::Csv)),
            (b"note_id\tnote text\n1\ta", "", D(Form::Csv)),
            (b"Pain, worse\n", "x.csv", D(Form::Csv)),
            (b"Note, low back pain", "", D(Form::Text)),
        ];
        for (content, name, expected) in cases {
            assert_eq!(told(content, name), *expected, "{:?} {name}", String::from_utf8_lossy(content));
        }
    }
}
