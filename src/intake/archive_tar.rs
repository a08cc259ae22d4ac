//! tar archives: every member with a known name is an input of its own; nothing is written to disk.

use super::archive_zip::{is_wanted, member_name};
use super::detect::Hint;
use super::meter::OverRatio;
use super::read::{self, Context, Item};
use super::sink::{Flow, Sink};
use super::{IntakeError, Reason};
use std::io::{self, BufReader};
use tar::Archive;

/// Reads the members as they come.
pub(super) fn read(item: Item<'_>, depth: usize, context: &Context<'_>, sink: &mut Sink) -> Flow {
    let file = item.name;
    let error = |reason| IntakeError::new(&file, reason);
    let mut archive = Archive::new(item.reader);
    let entries = match archive.entries() {
        Ok(entries) => entries,
        Err(e) => return sink.put(Err(error(reason(e)))),
    };
    let limit = context.options.archives.members;
    let before = sink.sent();
    for (number, entry) in (1..).zip(entries) {
        if number > limit {
            return sink.put(Err(error(Reason::TooManyParts { limit })));
        }
        let entry = match entry {
            Ok(entry) => entry,
            // The next header cannot be found behind a broken one.
            Err(e) => return sink.put(Err(error(reason(e)))),
        };
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if !entry.header().entry_type().is_file() || !is_wanted(&name) {
            continue;
        }
        let item = Item {
            name: member_name(&file, &name),
            hint: Hint::of(&name),
            reader: Box::new(BufReader::new(entry)),
            file: None,
        };
        read::read(item, depth, context, sink)?;
    }
    if sink.sent() == before { sink.put(Err(error(Reason::NoNotes))) } else { Flow::Continue(()) }
}

/// The library's own messages name members and quote headers.
fn reason(error: io::Error) -> Reason {
    match OverRatio::within(&error) {
        Some(over) => Reason::OverRatio { ratio: over.ratio },
        None if error.raw_os_error().is_some() => error.into(),
        None => Reason::Damaged,
    }
}
