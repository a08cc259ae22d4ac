//! ZIP archives: every member with a known name is an input of its own; nothing is written to disk.

use super::detect::Hint;
use super::meter::Given;
use super::read::{self, Context, Item};
use super::sink::{Flow, Sink};
use super::{IntakeError, Reason};
use std::io::{BufReader, Cursor, Read, Seek};
use std::path::Path;
use std::sync::Arc;
use zip::ZipArchive;
use zip::result::ZipError;

/// Reads the members in the order of the archive's directory.
pub(super) fn read(item: Item<'_>, depth: usize, context: &Context<'_>, sink: &mut Sink) -> Flow {
    match item.file {
        Some(mut file) => match file.rewind() {
            Ok(()) => members(BufReader::new(file), &item.name, depth, context, sink),
            Err(e) => sink.put(Err(IntakeError::new(item.name, e.into()))),
        },
        // The directory stands at the end, so an archive that cannot be searched is taken into memory.
        None => match read::all(item.reader, context.limits.document_bytes) {
            Ok(bytes) => members(Cursor::new(bytes), &item.name, depth, context, sink),
            Err(reason) => sink.put(Err(IntakeError::new(item.name, reason))),
        },
    }
}

fn members(
    reader: impl Read + Seek,
    file: &str,
    depth: usize,
    context: &Context<'_>,
    sink: &mut Sink,
) -> Flow {
    let error = |reason| IntakeError::new(file, reason);
    let mut archive = match ZipArchive::new(reader) {
        Ok(archive) => archive,
        Err(e) => return sink.put(Err(error(reason(e)))),
    };
    let limit = context.options.archives.members;
    if archive.len() as u64 > limit {
        return sink.put(Err(error(Reason::TooManyParts { limit })));
    }
    let before = sink.sent();
    for index in 0..archive.len() {
        let member = match archive.by_index(index) {
            Ok(member) => member,
            Err(e) => {
                sink.put(Err(IntakeError::new(format!("{file}!#{}", index + 1), reason(e))))?;
                continue;
            }
        };
        let name = String::from_utf8_lossy(member.name_raw()).into_owned();
        if name == "[Content_Types].xml" {
            return sink.put(Err(error(Reason::Unsupported("an Office file"))));
        }
        if member.is_dir() || !is_wanted(&name) {
            continue;
        }
        let reader = BufReader::new(Given { reader: member, meter: Arc::clone(&context.meter) });
        let item = Item {
            name: member_name(file, &name),
            hint: Hint::of(&name),
            reader: Box::new(reader),
            file: None,
        };
        read::read(item, depth, context, sink)?;
    }
    if sink.sent() == before { sink.put(Err(error(Reason::NoNotes))) } else { Flow::Continue(()) }
}

/// Whether a member is read: as in a directory, known extensions without hidden files and those that systems leave.
pub(super) fn is_wanted(name: &str) -> bool {
    Hint::of(name).is_known()
        && Path::new(name)
            .components()
            .filter_map(|c| c.as_os_str().to_str())
            .all(|part| part != "__MACOSX" && (part == "." || part == ".." || !part.starts_with('.')))
}

/// `archive.zip!member`, without what could forge lines of a log.
pub(super) fn member_name(file: &str, member: &str) -> String {
    let member: String =
        member.chars().map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect();
    format!("{file}!{member}")
}

fn reason(error: ZipError) -> Reason {
    match error {
        ZipError::Io(e) => e.into(),
        ZipError::UnsupportedArchive(text) if text == ZipError::PASSWORD_REQUIRED => {
            Reason::Unsupported("an encrypted member")
        }
        ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => {
            Reason::Unsupported("a member compressed in a rare way")
        }
        _ => Reason::Damaged,
    }
}
