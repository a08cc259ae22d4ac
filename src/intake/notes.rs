//! The stream of notes over all inputs.

use super::jsonl::JsonlNotes;
use super::walk::{Input, Walk};
use super::{Form, IntakeError, JsonLines, Options, text};
use crate::note::Note;
use serde::de::DeserializeOwned;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

const STDIN: &str = "<stdin>";
/// What a note from standard input is called.
const STDIN_ID: &str = "-";
const BUFFER: usize = 64 * 1024;

/// Iterates over the notes of all inputs in their order. A note that cannot be read is one error; what follows is read.
///
/// At most one note, or one line, is in memory.
pub struct Notes {
    walk: Walk,
    current: Option<JsonlNotes>,
    options: Options,
}

impl Notes {
    /// Reads files, directories, patterns, and `-` for standard input.
    pub fn new(arguments: impl IntoIterator<Item = PathBuf>, options: Options) -> Self {
        Self { walk: Walk::new(arguments.into_iter().collect()), current: None, options }
    }

    /// Opens one input. A text is a note at once; JSONL becomes the current stream.
    fn open(&mut self, input: Input) -> Option<Result<Note, IntakeError>> {
        let (file, id, form, reader): (_, _, _, Box<dyn BufRead + Send>) = match input {
            Input::Stdin => {
                let reader = Box::new(BufReader::with_capacity(BUFFER, io::stdin()));
                (STDIN.to_owned(), STDIN_ID.to_owned(), Form::Auto, reader)
            }
            Input::File(path) => {
                let name = path.to_string_lossy().into_owned();
                let reader = match File::open(&path) {
                    Ok(file) => Box::new(BufReader::with_capacity(BUFFER, file)),
                    Err(e) => return Some(Err(IntakeError::new(name, e.into()))),
                };
                (name.clone(), name, Form::of(&path), reader)
            }
        };
        let form = if self.options.form == Form::Auto { form } else { self.options.form };
        self.read(&file, id, form, reader)
    }

    fn read(
        &mut self,
        file: &str,
        id: String,
        form: Form,
        mut reader: Box<dyn BufRead + Send>,
    ) -> Option<Result<Note, IntakeError>> {
        let jsonl = match form {
            Form::Text => false,
            Form::Jsonl => true,
            Form::Auto => match text::looks_like_jsonl(&mut reader, self.options.line_limit()) {
                Ok((jsonl, head)) => {
                    reader = Box::new(Cursor::new(head).chain(reader));
                    jsonl
                }
                Err(e) => return Some(Err(IntakeError::new(file, e.into()).of_note(Some(id)))),
            },
        };
        if jsonl {
            self.current = Some(JsonlNotes::new(file, reader, self.options));
            return None;
        }
        Some(match text::read_note(reader, self.options.note_limit()) {
            Ok(text) => Ok(Note::new(id, text)),
            Err((line, reason)) => {
                let mut error = IntakeError::new(file, reason).of_note(Some(id));
                error.line = line;
                Err(error)
            }
        })
    }
}

impl Iterator for Notes {
    type Item = Result<Note, IntakeError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(notes) = &mut self.current {
                if let Some(note) = notes.next() {
                    return Some(note);
                }
                self.current = None;
            }
            let found = match self.walk.next()? {
                Ok(input) => self.open(input),
                Err(e) => Some(Err(e)),
            };
            if found.is_some() {
                return found;
            }
        }
    }
}

impl<T: DeserializeOwned> JsonLines<T> {
    /// Opens one JSONL file, or standard input for `-`.
    ///
    /// # Errors
    /// The file does not open.
    pub fn open(path: &Path, options: Options) -> Result<Self, IntakeError> {
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
        assert_eq!(ids(dir.path(), Form::Auto), ["a.txt", "one", "invalid-json Some(2)", "two", "c.txt"]);
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
