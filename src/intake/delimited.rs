//! CSV and TSV with named columns to notes, one row at a time.

use super::options::Form;
use super::read::with_origin;
use super::sink::{Entry, Flow, Sink};
use super::{IntakeError, Options, Reason, charset, text};
use std::io::{self, BufRead, Read};

/// Reads a table of notes.
pub(super) fn read(reader: impl BufRead, file: &str, form: Form, options: &Options, sink: &mut Sink) -> Flow {
    let error = |reason| IntakeError::new(file, reason);
    let mut reader = reader;
    let separator = match (form, separator(&mut reader)) {
        (Form::Tsv, Ok(_)) => b'\t',
        (_, Ok(separator)) => separator,
        (_, Err(reason)) => return sink.put(Err(error(reason))),
    };
    let limit = options.line_limit() as u64;
    let mut table =
        csv::ReaderBuilder::new().delimiter(separator).from_reader(Fence { reader, left: limit, limit });
    let names: Vec<String> = match table.byte_headers() {
        Ok(header) => header.iter().map(field).collect(),
        Err(e) => return sink.put(Err(error(reason(e, limit)))),
    };
    if names.is_empty() {
        return sink.put(Err(error(Reason::NoNotes)));
    }
    let layout = match options.columns.find(&names) {
        Ok(layout) => layout,
        Err(reason) => return sink.put(Err(error(reason))),
    };
    let mut record = csv::ByteRecord::new();
    let mut any = false;
    loop {
        table.get_mut().open();
        let entry: Entry = match table.read_byte_record(&mut record) {
            Ok(false) => break,
            Ok(true) => {
                let line = record.position().map_or(0, csv::Position::line);
                layout.note(file, line, options, |column| record.get(column).map(field))
            }
            Err(e) => {
                let line = e.position().or(record.position()).map(csv::Position::line);
                let broken = e.is_io_error();
                let mut error = error(reason(e, limit));
                error.line = line;
                if broken {
                    // What follows the break cannot be told from the inside of a field.
                    return sink.put(Err(error));
                }
                Err(error)
            }
        };
        any = true;
        sink.put(with_origin(entry, form, file))?;
    }
    if any { Flow::Continue(()) } else { sink.put(Err(error(Reason::NoNotes))) }
}

/// The fields of the first line where it holds more than one.
pub(super) fn header(head: &[u8]) -> Option<Vec<String>> {
    let head = head.strip_prefix(text::UTF8_MARK).unwrap_or(head);
    let line = head.split(|b| matches!(b, b'\n' | b'\r')).next()?;
    let separator = most(line)?;
    let mut table = csv::ReaderBuilder::new().has_headers(false).delimiter(separator).from_reader(line);
    let mut record = csv::ByteRecord::new();
    table.read_byte_record(&mut record).ok()?.then(|| record.iter().map(field).collect())
}

/// The separator that stands most often in the first line, a comma where none does.
fn separator(reader: &mut impl BufRead) -> Result<u8, Reason> {
    let head = reader.fill_buf().map_err(Reason::from)?;
    text::check_head(head)?;
    let line = head.split(|b| *b == b'\n').next().unwrap_or_default();
    let separator = most(line).unwrap_or(b',');
    if head.starts_with(text::UTF8_MARK) {
        reader.consume(text::UTF8_MARK.len());
    }
    Ok(separator)
}

fn most(line: &[u8]) -> Option<u8> {
    let mut quoted = false;
    let bare: Vec<u8> = line
        .iter()
        .copied()
        .filter(|b| {
            quoted ^= *b == b'"';
            !quoted
        })
        .collect();
    let count = |separator: u8| memchr::memchr_iter(separator, &bare).count();
    [b'|', b';', b'\t', b','].into_iter().max_by_key(|s| count(*s)).filter(|s| count(*s) > 0)
}

fn field(bytes: &[u8]) -> String {
    charset::decode(bytes, Some("utf-8")).unwrap_or_else(|_| String::from_utf8_lossy(bytes).into_owned())
}

fn reason(error: csv::Error, limit: u64) -> Reason {
    match error.into_kind() {
        csv::ErrorKind::Io(e) if e.get_ref().is_some_and(|e| e.is::<TooLong>()) => {
            Reason::LineTooLong { limit }
        }
        csv::ErrorKind::Io(e) => e.into(),
        csv::ErrorKind::UnequalLengths { .. } => Reason::Malformed {
            format: "table",
            what: "the row has not as many fields as the header",
            at: None,
        },
        _ => Reason::Malformed { format: "table", what: "the row cannot be read", at: None },
    }
}

/// Bounds what one row may take: a quote that is never closed would read the whole input as one field.
struct Fence<R> {
    reader: R,
    left: u64,
    limit: u64,
}

#[derive(Debug, thiserror::Error)]
#[error("the row is too long")]
struct TooLong;

impl<R> Fence<R> {
    /// The next row may take as much again.
    fn open(&mut self) {
        self.left = self.limit;
    }
}

impl<R: Read> Read for Fence<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::Error::other(TooLong));
        }
        let read = self.reader.read(buffer)?;
        self.left = self.left.saturating_sub(read as u64);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Columns;
    use super::*;
    use std::sync::mpsc;

    fn run(input: &[u8], form: Form, options: &Options) -> Vec<Entry> {
        let (sender, receiver) = mpsc::sync_channel(100);
        let mut sink = Sink::new(sender);
        assert!(read(input, "t.csv", form, options, &mut sink).is_continue());
        drop(sink);
        receiver.into_iter().collect()
    }

    fn shown(input: &[u8], form: Form) -> Vec<String> {
        run(input, form, &Options { max_note_bytes: 30, ..Options::default() })
            .into_iter()
            .map(|entry| match entry {
                Ok(note) => format!("{}={}", note.id, note.text),
                Err(e) => format!("{} {e}", e.reason.code()),
            })
            .collect()
    }

    #[test]
    fn separators_quotes_and_encodings() {
        for (input, form) in [
            (&b"id,text\n1,\"a, \"\"b\"\"\nc\"\n"[..], Form::Csv),
            (b"\xEF\xBB\xBFid;text\r\n1;\"a, \"\"b\"\"\nc\"\r\n", Form::Csv),
            (b"text\tid\n\"a, \"\"b\"\"\nc\"\t1\n", Form::Csv),
            (b"text\tid\n\"a, \"\"b\"\"\nc\"\t1\n", Form::Tsv),
            (b"id|text\n1|\"a, \"\"b\"\"\nc\"", Form::Csv),
        ] {
            assert_eq!(shown(input, form), ["1=a, \"b\"\nc"]);
        }
        assert_eq!(shown(b"id,text\n1,can\x92t lift\n", Form::Csv), ["1=can’t lift"]);
    }

    #[test]
    fn a_bad_row_costs_one_entry() {
        let input =
            b"id,text\n1,quagga\n2,quagga,quagga\n3, \n4,quagga quagga quagga quagga quagga\n5,q\0\n,last\n";
        assert_eq!(
            shown(input, Form::Csv),
            [
                "1=quagga",
                "malformed t.csv:3: malformed table: the row has not as many fields as the header",
                "empty t.csv:4: the note is empty",
                "too-large t.csv:5: the note is larger than 30 bytes (--max-note-bytes)",
                "nul-byte t.csv:6: NUL character at byte 1 (binary data or a damaged export)",
                "t.csv:7=last",
            ]
        );
        assert_eq!(shown(b"", Form::Csv), ["no-notes t.csv: no notes in it"]);
        assert_eq!(shown(b"id,text\n", Form::Csv), ["no-notes t.csv: no notes in it"]);
    }

    #[test]
    fn a_quote_that_is_never_closed_ends_within_the_limit() {
        let mut input = b"id,text\n1,ok\n2,\"".to_vec();
        input.extend_from_slice(&b"quagga\n".repeat(40_000));
        let got = shown(&input, Form::Csv);
        assert_eq!(got.len(), 2);
        assert!(got[1].starts_with("line-too-long t.csv:3: "), "{}", got[1]);
    }

    #[test]
    fn metadata_of_columns() {
        let options = Options {
            columns: Columns { text: Some("Body".to_owned()), ..Columns::default() },
            key: crate::intake::PatientKey::new(b"sixteen bytes ok"),
            ..Options::default()
        };
        let input = b"body,mrn,note_date,icd_codes,cpt,specialty,visit_type,note_type\na,quagga,2/11/2026,\"M53.86; M545\",72148|97110,PT,office,Progress\n";
        let notes = run(input, Form::Csv, &options);
        let meta = &notes[0].as_ref().unwrap().meta;
        assert_eq!(meta.date.as_deref(), Some("2026-02-11"));
        assert_eq!(meta.codes, ["M53.86", "M54.5"]);
        assert_eq!(meta.procedures, ["72148", "97110"]);
        assert_eq!(meta.author_role.as_deref(), Some("PT"));
        assert_eq!(meta.encounter_type.as_deref(), Some("office"));
        assert_eq!(meta.document_type.as_deref(), Some("Progress"));
        assert_eq!(meta.patient_key, options.key.as_ref().map(|k| k.hash("quagga")));
        let plain = Options { key: None, ..options };
        assert_eq!(run(input, Form::Csv, &plain)[0].as_ref().unwrap().meta.patient_key, None);
    }
}
