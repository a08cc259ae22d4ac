//! HL7 v2 to notes: the text of results (ORU) and documents (MDM), from single messages and from batches.

mod escape;
mod message;
mod report;
mod split;

use self::message::Message;
use self::split::{Messages, Raw};
use super::charset::{self, Recoded};
use super::found::Parsed;
use super::options::Form;
use super::read::{Context, with_origin};
use super::sink::{Entry, Flow, Sink};
use super::source::Source;
use super::{IntakeError, Reason};
use std::io::BufRead;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Reads one message or a batch of them; a message gives a note for each of its reports.
///
/// # Errors
/// The input is over the limits, or no HL7 message begins in it. A message that cannot be read, or has no text, is an
/// error in its place.
pub fn parse(bytes: &[u8], source: &Source) -> Parsed {
    let error = |reason| IntakeError::new(source.name, reason);
    source.check_size(bytes).map_err(error)?;
    let (reader, recoded) = Recoded::open(bytes).map_err(error)?;
    let mut notes = Vec::new();
    for message in Messages::new(reader, source.limits.document_bytes) {
        entries(message.map_err(error)?, recoded, source, &mut notes);
        if notes.len() > source.limits.parts {
            return Err(error(Reason::TooManyParts { limit: source.limits.parts as u64 }));
        }
    }
    Ok(notes)
}

/// Reads messages as they come, however many there are: the limits of a document are those of a message.
pub(super) fn read(reader: impl BufRead, name: &str, context: &Context<'_>, sink: &mut Sink) -> Flow {
    let error = |reason| IntakeError::new(name, reason);
    let source = context.options.source(name, &context.limits);
    let (reader, recoded) = match Recoded::open(reader) {
        Ok(opened) => opened,
        Err(reason) => return sink.put(Err(error(reason))),
    };
    for message in Messages::new(reader, context.limits.document_bytes) {
        let message = match message {
            Ok(message) => message,
            Err(reason) => return sink.put(Err(error(reason))),
        };
        // A defect must not cost more than the message that it met.
        let line = message.line;
        let work = || {
            let mut notes = Vec::new();
            entries(message, recoded, &source, &mut notes);
            notes
        };
        let notes = catch_unwind(AssertUnwindSafe(work))
            .unwrap_or_else(|_| vec![Err(error(Reason::Internal).at_line(line))]);
        notes.into_iter().try_for_each(|note| sink.put(with_origin(note, Form::Hl7, name)))?;
    }
    Flow::Continue(())
}

/// Adds the notes of a message. One of several is known by its number and its line. `recoded`: it is UTF-8 by now,
/// whatever it says of itself.
fn entries(raw: Raw, recoded: bool, source: &Source, out: &mut Vec<Entry>) {
    let before = out.len();
    let number = (!raw.alone).then_some(raw.number);
    let read = raw.bytes.and_then(|bytes| notes(&bytes, recoded, number, source, out));
    if let Err(reason) = read {
        let id = number.map(|number| format!("{}#{number}", source.name));
        out.push(Err(IntakeError::new(source.name, reason).of_note(id)));
    }
    if number.is_some() {
        for entry in &mut out[before..] {
            match entry {
                Ok(note) => note.meta.line = Some(raw.line),
                Err(error) => error.line = Some(raw.line),
            }
        }
    }
}

/// The notes of one message.
fn notes(
    bytes: &[u8],
    recoded: bool,
    number: Option<usize>,
    source: &Source,
    out: &mut Vec<Entry>,
) -> Result<(), Reason> {
    let label = message::charset(bytes);
    let text = charset::decode(bytes, if recoded { None } else { label.as_deref() })?;
    let message = Message::parse(&text);
    if message.segments.len() > source.limits.parts {
        return Err(Reason::TooManyParts { limit: source.limits.parts as u64 });
    }
    report::notes(&message, label.as_deref(), source, number, out);
    Ok(())
}

#[cfg(test)]
mod tests;
