//! JSON objects, one a line, read without holding more than one line.

use super::lines::{Line, Lines};
use super::options::Form;
use super::read::with_origin;
use super::text::{UTF8_MARK, check_head, check_text};
use super::{IntakeError, Options, PatientKey, Reason};
use crate::note::{Meta, Note};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::io::BufRead;
use std::marker::PhantomData;

/// Iterates over the objects of a JSONL input with their line numbers. Blank lines are skipped; a bad line is one
/// error and the next line is read.
pub struct JsonLines<T, R = Box<dyn BufRead + Send>> {
    file: String,
    lines: Lines<R>,
    line_limit: usize,
    buffer: Vec<u8>,
    done: bool,
    seen: bool,
    record: PhantomData<fn() -> T>,
}

impl<T: DeserializeOwned, R: BufRead> JsonLines<T, R> {
    /// Reads from `reader`; `file` is the name that errors give.
    pub fn new(file: impl Into<String>, reader: R, options: &Options) -> Self {
        Self {
            file: file.into(),
            lines: Lines::new(reader, options.line_limit()),
            line_limit: options.line_limit(),
            buffer: Vec::new(),
            done: false,
            seen: false,
            record: PhantomData,
        }
    }

    fn error(&self, reason: impl Into<Reason>) -> IntakeError {
        IntakeError::new(&self.file, reason.into()).at_line(self.lines.number())
    }

    fn parse(&self, start: u64) -> Result<T, IntakeError> {
        let first = self.lines.number() == 1;
        let mark = if first && self.buffer.starts_with(UTF8_MARK) { UTF8_MARK.len() } else { 0 };
        let line = &self.buffer[mark..];
        let text = std::str::from_utf8(line).map_err(|e| {
            self.error(Reason::InvalidUtf8 { offset: start + (mark + e.valid_up_to()) as u64 })
        })?;
        if let Some(at) = memchr::memchr(0, line) {
            return Err(self.error(Reason::NulByte { offset: start + (mark + at) as u64 }));
        }
        serde_json::from_str(text).map_err(|e| {
            // Where only the shape is wrong, the id can still be told.
            let id = serde_json::from_str::<OnlyId>(text).ok().and_then(|r| r.id).map(Id::into_string);
            self.error(&e).of_note(id)
        })
    }
}

impl<T: DeserializeOwned, R: BufRead> Iterator for JsonLines<T, R> {
    type Item = Result<(u64, T), IntakeError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.done {
            let (line, start) = match self.lines.next(&mut self.buffer) {
                Ok(read) => read,
                Err(e) => {
                    self.done = true;
                    return Some(Err(IntakeError::new(&self.file, e.into())));
                }
            };
            match line {
                Line::End => {
                    self.done = true;
                    if !self.seen {
                        return Some(Err(IntakeError::new(&self.file, Reason::NoNotes)));
                    }
                }
                Line::TooLong => {
                    self.seen = true;
                    return Some(Err(self.error(Reason::LineTooLong { limit: self.line_limit as u64 })));
                }
                Line::Read => {
                    if self.lines.number() == 1
                        && let Err(reason) = check_head(&self.buffer)
                    {
                        // No line of such a file can be right.
                        self.done = true;
                        return Some(Err(IntakeError::new(&self.file, reason)));
                    }
                    let blank = self.buffer.strip_prefix(UTF8_MARK).unwrap_or(&self.buffer);
                    if blank.iter().all(u8::is_ascii_whitespace) {
                        continue;
                    }
                    self.seen = true;
                    return Some(self.parse(start).map(|record| (self.lines.number(), record)));
                }
            }
        }
        None
    }
}

/// Notes out of a JSONL input.
pub(super) struct JsonlNotes<'r> {
    records: JsonLines<Record, Box<dyn BufRead + 'r>>,
    limit: usize,
    key: Option<&'r PatientKey>,
}

impl<'r> JsonlNotes<'r> {
    pub(super) fn new(file: &str, reader: Box<dyn BufRead + 'r>, options: &'r Options) -> Self {
        Self {
            records: JsonLines::new(file, reader, options),
            limit: options.note_limit(),
            key: options.key.as_ref(),
        }
    }

    /// Of a stream whose first line here has that number.
    pub(super) fn at_line(
        file: &str,
        number: u64,
        reader: Box<dyn BufRead + 'r>,
        options: &'r Options,
    ) -> Self {
        let mut notes = Self::new(file, reader, options);
        notes.records.lines.pass(number.saturating_sub(1));
        notes
    }

    fn note(&self, line: u64, record: Record) -> Result<Note, IntakeError> {
        let file = &self.records.file;
        let id = record.id.map(Id::into_string);
        let error = |reason| IntakeError::new(file, reason).at_line(line).of_note(id.clone());
        let text = record.text.ok_or_else(|| error(Reason::MissingField("text")))?;
        if text.len() > self.limit {
            return Err(error(Reason::TooLarge { limit: self.limit as u64 }));
        }
        check_text(&text).map_err(error)?;
        Ok(Note {
            id: id.unwrap_or_else(|| format!("{file}:{line}")),
            text,
            meta: Meta {
                date: record.date,
                procedures: record.procedures.unwrap_or_default(),
                codes: record.codes.unwrap_or_default(),
                document_id: record.document_id,
                document_type: record.document_type,
                author_role: record.author_role,
                patient_key: record
                    .patient_key
                    .or_else(|| Some(self.key?.hash(&record.patient_id.map(Id::into_string)?))),
                encounter_type: record.encounter_type,
                source_format: record.source_format,
                source: None,
                line: Some(line),
            },
        })
    }
}

impl Iterator for JsonlNotes<'_> {
    type Item = Result<Note, IntakeError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.records.next()?;
        Some(next.and_then(|(line, record)| self.note(line, record)))
    }
}

/// The note of one line that another reader cut out of a JSONL input, as reading the whole input gives it; `None` for a
/// blank line. `number` counts lines from 1, `offset` is the byte at which the line starts.
pub fn json_line(
    line: &[u8],
    file: &str,
    number: u64,
    offset: u64,
    options: &Options,
) -> Option<Result<Note, IntakeError>> {
    if line.strip_prefix(UTF8_MARK).unwrap_or(line).iter().all(u8::is_ascii_whitespace) {
        return None;
    }
    let mut records = JsonLines::new(file, Box::new(line) as Box<dyn BufRead>, options);
    records.lines = records.lines.within(number.saturating_sub(1), offset);
    let note = JsonlNotes { records, limit: options.note_limit(), key: options.key.as_ref() }.next()?;
    Some(with_origin(note, Form::Jsonl, file))
}

/// One line. Keys that are not named here are ignored: gold files carry annotations beside the text.
#[derive(Deserialize)]
struct Record {
    id: Option<Id>,
    text: Option<String>,
    date: Option<String>,
    codes: Option<Vec<String>>,
    procedures: Option<Vec<String>>,
    document_id: Option<String>,
    document_type: Option<String>,
    author_role: Option<String>,
    /// A keyed hash already.
    patient_key: Option<String>,
    /// Never kept as it is.
    patient_id: Option<Id>,
    encounter_type: Option<String>,
    source_format: Option<String>,
}

#[derive(Deserialize)]
struct OnlyId {
    id: Option<Id>,
}

/// Exports write ids as numbers as well.
#[derive(Deserialize)]
#[serde(untagged)]
enum Id {
    Text(String),
    Number(serde_json::Number),
}

impl Id {
    fn into_string(self) -> String {
        match self {
            Id::Text(text) => text,
            Id::Number(number) => number.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(input: &'static [u8], max: usize) -> Vec<Result<Note, String>> {
        let options = Options { max_note_bytes: max, ..Options::default() };
        JsonlNotes::new("f.jsonl", Box::new(input), &options)
            .map(|r| r.map_err(|e| format!("{} {:?} {e}", e.reason.code(), e.id)))
            .collect()
    }

    #[test]
    fn fields_and_ids() {
        let notes = read(
            br#"{"id":"a","text":"x","date":"2026-01-02","codes":["M53.86"],"procedures":["72148"],"extra":{"k":[1]}}

{"id":7,"text":"y"}
{"text":"z"}"#,
            100,
        );
        let notes: Vec<Note> = notes.into_iter().map(Result::unwrap).collect();
        assert_eq!(notes.iter().map(|n| n.id.as_str()).collect::<Vec<_>>(), ["a", "7", "f.jsonl:4"]);
        assert_eq!(notes[0].meta.codes, ["M53.86"]);
        assert_eq!(notes[0].meta.procedures, ["72148"]);
        assert_eq!(notes[0].meta.date.as_deref(), Some("2026-01-02"));
    }

    #[test]
    fn the_patient_is_a_keyed_hash_or_nothing() {
        let line = br#"{"text":"x","patient_id":7,"author_role":"PT","encounter_type":"AMB","source_format":"rtf","document_type":"11506-3"}"#;
        let read = |options: Options| {
            JsonlNotes::new("f.jsonl", Box::new(&line[..]), &options).next().unwrap().unwrap().meta
        };
        let meta = read(Options::default());
        assert_eq!((meta.patient_key, meta.source_format.as_deref()), (None, Some("rtf")));
        assert_eq!((meta.author_role.as_deref(), meta.encounter_type.as_deref()), (Some("PT"), Some("AMB")));
        let key = PatientKey::new(b"sixteen bytes ok");
        let hash = key.as_ref().map(|k| k.hash("7"));
        assert_eq!(read(Options { key, ..Options::default() }).patient_key, hash);
    }

    #[test]
    fn a_bad_line_costs_one_note_and_tells_nothing_of_the_text() {
        let notes = read(
            b"{\"id\":\"a\",\"text\":\"ok\"}\n{\"id\":\"b\",\"text\":\"zebra\n{\"id\":\"c\",\"text\":[\"zebra\"]}\n{\"id\":\"d\"}\n\"zebra\"\n{\"id\":\"e\",\"text\":\" \"}\n{\"id\":\"f\",\"text\":\"z\xE9bra\"}\n{\"id\":\"g\",\"text\":\"a\\u0000\"}\n{\"id\":\"h\",\"text\":\"123456789\"}\n{\"id\":\"i\",\"text\":\"ok\"}",
            8,
        );
        let bad: Vec<_> = notes.iter().filter_map(|n| n.as_ref().err().map(String::as_str)).collect();
        assert_eq!(
            bad,
            [
                "invalid-json None f.jsonl:2: JSON cut off at column 23",
                "invalid-json Some(\"c\") f.jsonl:3: JSON of the wrong shape at column 17",
                "missing-field Some(\"d\") f.jsonl:4: the object has no \"text\"",
                "invalid-json None f.jsonl:5: JSON of the wrong shape at column 7",
                "empty Some(\"e\") f.jsonl:6: the note is empty",
                "invalid-utf8 None f.jsonl:7: invalid UTF-8 at byte 135 (save the note as UTF-8)",
                "nul-byte Some(\"g\") f.jsonl:8: NUL character at byte 1 (binary data or a damaged export)",
                "too-large Some(\"h\") f.jsonl:9: the note is larger than 8 bytes (--max-note-bytes)",
            ]
        );
        assert!(notes[0].is_ok() && notes[9].is_ok());
    }

    #[test]
    fn a_line_alone_reads_as_in_its_input() {
        let input = b"\xEF\xBB\xBF{\"text\":\"one\"}\n\n{\"id\":7,\"text\":\"two\"}\r\n{\"id\":8}\n{\"text\":\"z\xE9bra\"}\n{\"text\":\"zebra";
        let told = |note: Result<Note, IntakeError>| match note {
            Ok(note) => format!("{}|{}", note.id, note.text),
            Err(error) => error.to_string(),
        };
        let options = Options::default();
        let whole: Vec<String> = JsonlNotes::new("f", Box::new(&input[..]), &options).map(told).collect();
        let (mut alone, mut offset) = (Vec::new(), 0);
        for (at, line) in input.split(|b| *b == b'\n').enumerate() {
            alone.extend(json_line(line, "f", at as u64 + 1, offset, &options).map(told));
            offset += line.len() as u64 + 1;
        }
        assert_eq!(alone, whole);
        assert_eq!(whole.len(), 5);
    }

    #[test]
    fn an_input_without_objects_is_an_error() {
        let read = read(b"\n \n", 8);
        assert_eq!(read.len(), 1);
        assert_eq!(read[0].as_ref().unwrap_err(), "no-notes None f.jsonl: no notes in it");
    }
}
