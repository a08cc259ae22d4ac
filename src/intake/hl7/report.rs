//! The reports of a message: which observations make one note, and what the message says about it.

use super::escape;
use super::message::{Message, Segment};
use crate::intake::found::{Found, iso_day};
use crate::intake::media::{self, Part};
use crate::intake::source::Source;
use crate::intake::{IntakeError, Reason, headings};
use crate::note::Note;

/// Adds the notes of a message. `number` is its place in a batch.
pub(super) fn notes(
    message: &Message,
    charset: Option<&str>,
    source: &Source,
    number: Option<usize>,
    out: &mut Vec<Result<Note, IntakeError>>,
) {
    let common = common(message);
    let document = message.segment("TXA").is_some();
    let reader = Reader { message, charset, source };
    let mut made = 0;
    for group in &groups(message, document) {
        let mut found = if document { Found::default() } else { group.found(message) };
        found.fill(&common);
        match reader.text(group) {
            Ok(Some(Part { text, found: inner })) => {
                found.fill(&inner);
                if found.id.is_none() {
                    // One control number for several reports: they are counted.
                    let control = message.value("MSH", 10, 1);
                    found.id = control.map(|id| if made > 0 { format!("{id}#{}", made + 1) } else { id });
                }
                out.push(found.note(text, source, number));
                made += 1;
            }
            Ok(None) => {}
            Err(reason) => {
                out.push(Err(found.error(reason, source, number)));
                made += 1;
            }
        }
    }
    if made == 0 {
        out.push(Err(found_name(message, &common).error(Reason::NoNotes, source, number)));
    }
}

fn found_name(message: &Message, common: &Found) -> Found {
    let mut found = common.clone();
    found.id = found.id.or_else(|| message.value("MSH", 10, 1));
    found
}

/// What holds for all reports of the message.
fn common(message: &Message) -> Found {
    let value = |s, f, c| message.value(s, f, c);
    let day = |s, f| value(s, f, 1).and_then(|v| iso_day(&v));
    let mut found = Found {
        // The document's own number, whatever carries it.
        id: value("TXA", 12, 1),
        date: day("TXA", 4).or_else(|| day("TXA", 6)),
        author_role: value("TXA", 9, 7).or_else(|| value("TXA", 5, 7)),
        patient: value("PID", 3, 1),
        encounter: value("PV1", 2, 1),
        kind: value("TXA", 2, 1),
        ..Found::default()
    };
    for segment in &message.segments {
        let code = |field| message.component(segment, field, 1);
        let system = |field| message.component(segment, field, 3).unwrap_or_default().to_ascii_uppercase();
        let icd = |field| code(field).filter(|_| !system(field).contains('9'));
        match segment.name.as_str() {
            "DG1" => icd(3).iter().for_each(|c| found.add_code(c)),
            "PR1" => code(3).iter().for_each(|c| found.add_procedure(c)),
            "FT1" => {
                code(25).iter().for_each(|c| found.add_procedure(c));
                let repetitions = segment.field(19).split(message.separators.repetition);
                for repetition in repetitions {
                    found.add_code(repetition.split(message.separators.component).next().unwrap_or_default());
                }
            }
            "OBR" => code(44).iter().for_each(|c| found.add_procedure(c)),
            _ => {}
        }
    }
    found
}

/// One report: its order, if it has one, and the segments that tell its text.
struct Group<'m> {
    order: Option<&'m Segment>,
    lines: Vec<&'m Segment>,
}

/// A document is one report, and so is every order of a result.
fn groups(message: &Message, document: bool) -> Vec<Group<'_>> {
    let mut groups: Vec<Group> = Vec::new();
    for segment in &message.segments {
        match segment.name.as_str() {
            "OBR" if !document || groups.is_empty() => {
                groups.push(Group { order: Some(segment), lines: Vec::new() });
            }
            "OBX" | "NTE" => match groups.last_mut() {
                Some(group) => group.lines.push(segment),
                None if segment.name == "OBX" => groups.push(Group { order: None, lines: vec![segment] }),
                // A note on the patient or the message.
                None => {}
            },
            _ => {}
        }
    }
    groups
}

impl Group<'_> {
    fn found(&self, message: &Message) -> Found {
        let Some(order) = self.order else { return Found::default() };
        let value = |f, c| message.component(order, f, c);
        let day = |f| value(f, 1).and_then(|v| iso_day(&v));
        Found {
            id: value(3, 1).or_else(|| value(2, 1)),
            date: day(7).or_else(|| day(22)),
            author_role: value(32, 7),
            kind: value(4, 1),
            ..Found::default()
        }
    }
}

/// Encapsulated documents of one report: each is held against the text so far.
const DOCUMENTS: usize = 50;

struct Reader<'a> {
    message: &'a Message,
    charset: Option<&'a str>,
    source: &'a Source<'a>,
}

impl Reader<'_> {
    /// The text of a report, `None` where it has none.
    fn text(&self, group: &Group) -> Result<Option<Part>, Reason> {
        let mut text = String::new();
        let mut found = Found::default();
        let mut failure = None;
        let mut documents = 0;
        let several = self.subjects(group) > 1;
        let mut subject = "";
        for segment in &group.lines {
            if segment.name == "NTE" {
                self.add(&mut text, &self.lines_of(segment.field(3)))?;
                continue;
            }
            // Deleted, wrong, or never to come.
            if matches!(segment.field(11).trim(), "D" | "W" | "X") {
                continue;
            }
            let value = segment.field(5);
            let part = match segment.field(2).trim() {
                "TX" | "FT" | "ST" | "" => self.lines_of(value),
                "ED" if documents == DOCUMENTS => {
                    return Err(Reason::TooManyParts { limit: DOCUMENTS as u64 });
                }
                "ED" => match self.encapsulated(value) {
                    Ok(part) => {
                        documents += 1;
                        found.fill(&part.found);
                        // The same text often comes twice, plain and as a document.
                        if !text.is_empty() && squeezed(&text).contains(&squeezed(&part.text)) {
                            continue;
                        }
                        part.text
                    }
                    Err(reason) => {
                        failure = failure.or(Some(reason));
                        continue;
                    }
                },
                _ => continue,
            };
            if part.trim().is_empty() && text.is_empty() {
                continue;
            }
            if subject != segment.field(3) {
                subject = segment.field(3);
                if let Some(heading) = self.heading(segment, several) {
                    let gap = if text.is_empty() { "" } else { "\n" };
                    self.add(&mut text, &format!("{gap}{}:", heading.to_uppercase()))?;
                }
            }
            self.add(&mut text, &part)?;
        }
        match (text.trim().is_empty(), failure) {
            (false, _) => Ok(Some(Part { text, found })),
            (true, Some(reason)) => Err(reason),
            (true, None) => Ok(None),
        }
    }

    /// Lines of text: repetitions stand on lines of their own.
    fn lines_of(&self, field: &str) -> String {
        let separators = &self.message.separators;
        let lines: Vec<String> =
            field.split(separators.repetition).map(|r| escape::decode(r, separators, self.charset)).collect();
        lines.join("\n")
    }

    fn add(&self, text: &mut String, part: &str) -> Result<(), Reason> {
        let limit = self.source.limits.note_bytes;
        if text.len() + part.len() + 1 > limit {
            return Err(Reason::TooLarge { limit: limit as u64 });
        }
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(part);
        Ok(())
    }

    fn subjects(&self, group: &Group) -> usize {
        let mut subjects: Vec<&str> =
            group.lines.iter().filter(|s| s.name == "OBX").map(|s| s.field(3)).collect();
        subjects.dedup();
        subjects.len()
    }

    /// What OBX-3 says of the section: the suffix of a radiology report, a section code, a title that is known.
    fn heading(&self, segment: &Segment, several: bool) -> Option<String> {
        let separators = &self.message.separators;
        let subject = segment.field(3).split(separators.repetition).next()?;
        let mut components = subject.split(separators.component);
        let code = components.next().unwrap_or_default();
        let mut parts = code.split(separators.sub);
        let (code, suffix) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let by_suffix = match suffix {
            "IMP" => Some("impression"),
            "GDT" => Some("findings"),
            "REC" => Some("recommendations"),
            "ADT" => Some("addendum"),
            _ => None,
        };
        let title = components.next().unwrap_or_default().trim();
        by_suffix
            .or_else(|| headings::of_code(code))
            .map(str::to_owned)
            .or_else(|| (several && headings::known(title)).then(|| title.trim_end_matches(':').to_owned()))
    }

    /// An encapsulated document: source, type, subtype, encoding, data.
    fn encapsulated(&self, value: &str) -> Result<Part, Reason> {
        let separators = &self.message.separators;
        let mut parts = value.splitn(5, separators.component).map(|p| p.trim().to_ascii_lowercase());
        let (_, kind, subtype, encoding) = (parts.next(), parts.next(), parts.next(), parts.next());
        let data = value.splitn(5, separators.component).nth(4).unwrap_or_default();
        let (kind, subtype) = (kind.unwrap_or_default(), subtype.unwrap_or_default());
        let media = match (kind.as_str(), subtype.as_str()) {
            (kind, _) if kind.contains('/') => kind.to_owned(),
            (_, subtype) if subtype.contains('/') => subtype.to_owned(),
            (_, "rtf") => "application/rtf".to_owned(),
            (_, "html" | "htm") => "text/html".to_owned(),
            (_, "xml" | "x-hl7-cda-level-one" | "cda") => "application/xml".to_owned(),
            (_, "pdf") => "application/pdf".to_owned(),
            ("text" | "tx" | "ft", _) | (_, "plain" | "txt" | "text") => "text/plain".to_owned(),
            ("image", _) | (_, "jpeg" | "png" | "gif" | "tiff" | "dicom") => "image/x".to_owned(),
            _ => String::new(),
        };
        let media = match self.charset {
            Some(charset) if media == "text/plain" => format!("{media};charset={charset}"),
            _ => media,
        };
        let bytes = match encoding.as_deref() {
            Some("base64") => media::base64(data, self.source)?,
            Some("hex") => hex(data).ok_or(Reason::BadBase64)?,
            _ => {
                let text = escape::decode(data, separators, self.charset);
                return media::read(
                    text.as_bytes(),
                    media.split(';').next().unwrap_or_default(),
                    self.source,
                    1,
                );
            }
        };
        media::read(&bytes, &media, self.source, 1)
    }
}

fn hex(data: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = data
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_digit(16).map(|d| d as u8))
        .collect::<Option<_>>()?;
    digits.len().is_multiple_of(2).then(|| digits.chunks_exact(2).map(|p| p[0] * 16 + p[1]).collect())
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
