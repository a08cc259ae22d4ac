//! The stream of notes over all inputs.

use super::detect::Hint;
use super::jsonl::JsonlNotes;
use super::meter::{Meter, Taken};
use super::read::{self, Context, Item};
use super::sink::{Entry, Flow, Sink};
use super::walk::{Input, Walk};
use super::{Form, IntakeError, JsonLines, Options, Reason};
use serde::de::DeserializeOwned;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver};
use std::thread::{self, JoinHandle};

pub(super) const STDIN: &str = "<stdin>";
/// What a note from standard input is called.
pub(super) const STDIN_ID: &str = "-";
const BUFFER: usize = 64 * 1024;
/// How many notes are read ahead of the one that is wanted.
const AHEAD: usize = 8;
/// Enough for documents nested as deep as the limits allow.
const STACK: usize = 16 << 20;

/// Iterates over the notes of all inputs in their order. A note that cannot be read is one error; what follows is read.
///
/// A thread of its own reads a few notes ahead, from the first call of `next` on. It ends with the stream.
pub struct Notes {
    waiting: Option<(Vec<PathBuf>, Options)>,
    entries: Option<Receiver<Entry>>,
    reader: Option<JoinHandle<()>>,
}

impl Notes {
    /// Reads files, directories, patterns, and `-` for standard input.
    pub fn new(arguments: impl IntoIterator<Item = PathBuf>, options: Options) -> Self {
        let waiting = Some((arguments.into_iter().collect(), options));
        Self { waiting, entries: None, reader: None }
    }

    fn start(&mut self, arguments: Vec<PathBuf>, options: Options) -> io::Result<()> {
        let (sender, entries) = mpsc::sync_channel(AHEAD);
        let work = move || {
            let mut sink = Sink::new(sender);
            for input in Walk::new(arguments) {
                let flow = match input {
                    Ok(input) => open(input, &options, &mut sink),
                    Err(e) => sink.put(Err(e)),
                };
                if flow.is_break() {
                    return;
                }
            }
        };
        self.reader = Some(thread::Builder::new().name("intake".to_owned()).stack_size(STACK).spawn(work)?);
        self.entries = Some(entries);
        Ok(())
    }
}

impl Iterator for Notes {
    type Item = Entry;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some((arguments, options)) = self.waiting.take()
            && let Err(e) = self.start(arguments, options)
        {
            return Some(Err(IntakeError::new(STDIN_ID, Reason::Unreadable(e))));
        }
        if let Ok(entry) = self.entries.as_ref()?.recv() {
            return Some(entry);
        }
        self.entries = None;
        // A reader that died must not look like the end of the notes.
        let died = self.reader.take().is_some_and(|reader| reader.join().is_err());
        died.then(|| Err(IntakeError::new(STDIN_ID, Reason::Internal)))
    }
}

/// Opens one input and reads all of it.
fn open(input: Input, options: &Options, sink: &mut Sink) -> Flow {
    let limits = options.limits();
    let path = match input {
        Input::Stdin => {
            let meter = Meter::new(options.archives, 0);
            let counted = Taken { reader: io::stdin(), meter: meter.clone() };
            let reader = Box::new(BufReader::with_capacity(BUFFER, counted));
            let item = Item { name: STDIN.to_owned(), hint: Hint::default(), reader, file: None };
            return read::read(item, 0, &Context { options, limits, meter }, sink);
        }
        Input::File(path) => path,
    };
    let name = path.to_string_lossy().into_owned();
    let file = match File::open(&path) {
        Ok(file) => file,
        Err(e) => return sink.put(Err(IntakeError::new(name, e.into()))),
    };
    let hint = Hint::of(&name);
    // A pipe has no size and cannot be searched.
    let size = file.metadata().ok().filter(|m| m.is_file()).map(|m| m.len());
    let again = size.and_then(|_| file.try_clone().ok());
    let meter = Meter::new(options.archives, size.unwrap_or(0));
    let context = Context { options, limits, meter };
    if size.is_some() {
        let reader = Box::new(BufReader::with_capacity(BUFFER, file));
        return read::read(Item { name, hint, reader, file: again }, 0, &context, sink);
    }
    let counted = Taken { reader: file, meter: context.meter.clone() };
    let reader = Box::new(BufReader::with_capacity(BUFFER, counted));
    read::read(Item { name, hint, reader, file: None }, 0, &context, sink)
}

/// Reads the notes of one input that is in memory; `name` tells its format as the name of a file would.
pub fn read_bytes(name: &str, bytes: &[u8], options: &Options) -> Vec<Entry> {
    read_first(name, bytes, options, u64::MAX)
}

/// The first `most` notes and errors of what [`read_bytes`] reads.
pub fn read_first(name: &str, bytes: &[u8], options: &Options, most: u64) -> Vec<Entry> {
    let (sender, entries) = mpsc::channel();
    let meter = Meter::new(options.archives, bytes.len() as u64);
    let context = Context { options, limits: options.limits(), meter };
    let item = Item { name: name.to_owned(), hint: Hint::of(name), reader: Box::new(bytes), file: None };
    // Whether it was stopped makes no difference here.
    let _ = read::read(item, 0, &context, &mut Sink::list(sender, most));
    entries.into_iter().collect()
}

/// Reads the note of a line of JSON, the one of that number in its stream. A line is never taken for an archive.
pub fn read_line(name: &str, number: u64, line: &[u8], options: &Options) -> Entry {
    let none = || Err(IntakeError::new(name, Reason::NoNotes).at_line(number));
    let entry = JsonlNotes::at_line(name, number, Box::new(line), options).next().unwrap_or_else(none);
    // What the first bytes of an input rule out is told of the input.
    let entry = entry.map_err(|e| if e.line.is_none() { e.at_line(number) } else { e });
    read::with_origin(entry, Form::Jsonl, name)
}

impl<T: DeserializeOwned> JsonLines<T> {
    /// Opens one JSONL file, or standard input for `-`.
    ///
    /// # Errors
    /// The file does not open.
    pub fn open(path: &Path, options: &Options) -> Result<Self, IntakeError> {
        if path.as_os_str() == "-" {
            return Ok(Self::new(STDIN, Box::new(BufReader::with_capacity(BUFFER, io::stdin())), options));
        }
        let name = path.to_string_lossy();
        match File::open(path) {
            Ok(file) => Ok(Self::new(name, Box::new(BufReader::with_capacity(BUFFER, file)), options)),
            Err(e) => Err(IntakeError::new(name, e.into())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn ids(directory: &Path, form: Form) -> Vec<String> {
        let options = Options { form, ..Options::default() };
        Notes::new([directory.to_owned()], options)
            .map(|note| match note {
                Ok(note) => note.id.rsplit('/').next().unwrap().to_owned(),
                Err(e) => format!("{} {:?}", e.reason.code(), e.line),
            })
            .collect()
    }

    #[test]
    fn files_of_all_forms_in_one_stream() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("a.txt"), "Low back pain.").unwrap();
        fs::write(
            dir.path().join("b.jsonl"),
            "{\"id\":\"one\",\"text\":\"x\"}\n{\n{\"id\":\"two\",\"text\":\"y\"}\n",
        )
        .unwrap();
        fs::write(dir.path().join("c.txt"), "{\"id\":\"three\",\"text\":\"z\"}\n").unwrap();
        assert_eq!(ids(dir.path(), Form::Auto), ["a.txt", "one", "invalid-json Some(2)", "two", "three"]);
        assert_eq!(ids(dir.path(), Form::Text), ["a.txt", "b.jsonl", "c.txt"]);
        assert_eq!(
            ids(dir.path(), Form::Jsonl),
            ["invalid-json Some(1)", "one", "invalid-json Some(2)", "two", "three"]
        );
    }

    #[test]
    fn a_file_without_a_telling_name_is_told_by_its_first_line() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("export.json");
        fs::write(&path, "{\"id\":\"one\",\"text\":\"x\"}\n").unwrap();
        let notes: Vec<_> = Notes::new([path], Options::default()).map(|n| n.unwrap().id).collect();
        assert_eq!(notes, ["one"]);
    }
}
