//! HL7 v2 to notes: the text of results (ORU) and documents (MDM), from single messages and from batches.

mod escape;
mod message;
mod report;

use self::message::Message;
use super::found::Parsed;
use super::source::Source;
use super::{At, IntakeError, Reason, charset};

/// Reads one message or a batch of them; a message gives a note for each of its reports.
///
/// # Errors
/// The input is over the limits, or no HL7 message begins in it. A message without text is an error in its place.
pub fn parse(bytes: &[u8], source: &Source) -> Parsed {
    let error = |reason| IntakeError::new(source.name, reason);
    source.check_size(bytes).map_err(error)?;
    let decoded;
    let bytes = if encoding_rs::Encoding::for_bom(bytes).is_some() {
        decoded = charset::decode(bytes, None).map_err(error)?;
        decoded.as_bytes()
    } else {
        bytes
    };
    let messages = split(bytes, source.limits.parts).map_err(error)?;
    let single = messages.len() == 1;
    let mut notes = Vec::new();
    for (number, bytes) in (1..).zip(messages) {
        let label = message::charset(bytes);
        let text = charset::decode(bytes, label.as_deref()).map_err(error)?;
        let message = Message::parse(&text);
        if message.segments.len() > source.limits.parts {
            return Err(error(Reason::TooManyParts { limit: source.limits.parts as u64 }));
        }
        report::notes(&message, label.as_deref(), source, (!single).then_some(number), &mut notes);
        if notes.len() > source.limits.parts {
            return Err(error(Reason::TooManyParts { limit: source.limits.parts as u64 }));
        }
    }
    Ok(notes)
}

/// The bytes of each message, without the envelope of a batch and the frame of the transport.
fn split(bytes: &[u8], limit: usize) -> Result<Vec<&[u8]>, Reason> {
    let mut starts = Vec::new();
    let mut line = 0;
    let mut begun = false;
    while line < bytes.len() {
        // A vertical tab begins a message on the wire.
        let at = line + bytes[line..].iter().take_while(|b| matches!(b, 0x0b | b' ' | b'\t')).count();
        let rest = &bytes[at..];
        if rest.starts_with(b"MSH") && rest.get(3).is_some_and(|b| !b.is_ascii_alphanumeric()) {
            starts.push((at, true));
            if starts.len() > limit {
                return Err(Reason::TooManyParts { limit: limit as u64 });
            }
        } else if [&b"FHS"[..], b"BHS", b"BTS", b"FTS"].iter().any(|e| rest.starts_with(e)) {
            starts.push((at, false));
        } else if !begun && !matches!(rest.first(), None | Some(b'\r' | b'\n')) {
            return Err(Reason::Malformed {
                format: "HL7",
                what: "it begins with no MSH segment",
                at: Some(At::Byte(at as u64)),
            });
        }
        begun |= !starts.is_empty();
        line = memchr::memchr2(b'\r', b'\n', rest).map_or(bytes.len(), |feed| at + feed + 1);
    }
    let ends = starts.iter().skip(1).map(|s| s.0).chain([bytes.len()]);
    let messages: Vec<&[u8]> = starts
        .iter()
        .zip(ends)
        .filter(|((_, message), _)| *message)
        .map(|((at, _), end)| &bytes[*at..end])
        .collect();
    if messages.is_empty() { Err(Reason::NoNotes) } else { Ok(messages) }
}

#[cfg(test)]
mod tests;
