//! FHIR Bulk Data: one resource a line, read without holding more than one line.

use super::detect::Rest;
use super::lines::{Line, Lines};
use super::options::Form;
use super::read::{Context, guarded, with_origin};
use super::sink::{Flow, Sink};
use super::text::UTF8_MARK;
use super::{IntakeError, Reason, fhir};

/// Reads the documents among the resources; a line with a resource of another kind is no error.
pub(super) fn read(reader: Rest<'_>, file: &str, context: &Context<'_>, sink: &mut Sink) -> Flow {
    let limit = context.limits.document_bytes;
    let mut lines = Lines::new(reader, limit);
    let mut buffer = Vec::new();
    let before = sink.sent();
    loop {
        let error = |reason| IntakeError::new(file, reason);
        match lines.next(&mut buffer) {
            Err(e) => return sink.put(Err(error(e.into()))),
            Ok((Line::End, _)) => break,
            Ok((Line::TooLong, _)) => {
                let reason = Reason::LineTooLong { limit: limit as u64 };
                sink.put(Err(error(reason).at_line(lines.number())))?;
            }
            Ok((Line::Read, _)) => {
                let line = buffer.strip_prefix(UTF8_MARK).unwrap_or(&buffer);
                if line.iter().all(u8::is_ascii_whitespace) {
                    continue;
                }
                one(line, lines.number(), file, context, sink)?;
            }
        }
    }
    if sink.sent() == before {
        sink.put(Err(IntakeError::new(file, Reason::NoNotes)))
    } else {
        Flow::Continue(())
    }
}

fn one(line: &[u8], number: u64, file: &str, context: &Context<'_>, sink: &mut Sink) -> Flow {
    match guarded(fhir::parse, line, &context.options.source(file, &context.limits)) {
        Ok(notes) => {
            for note in notes {
                let note = with_origin(note, Form::Fhir, file).map_err(|e| e.at_line(number));
                sink.put(note.map(|mut note| {
                    note.meta.line = Some(number);
                    if note.id == file {
                        note.id = format!("{file}:{number}");
                    }
                    note
                }))?;
            }
            Flow::Continue(())
        }
        Err(error) if matches!(error.reason, Reason::NoNotes) => Flow::Continue(()),
        Err(error) => sink.put(Err(error.at_line(number))),
    }
}
