//! One input to notes: its format is told, and the reader of that format takes over.

use super::detect::{self, Container, Hint, Kind, Rest};
use super::found::Parsed;
use super::jsonl::JsonlNotes;
use super::meter::Meter;
use super::options::Form;
use super::sink::{Entry, Flow, Sink};
use super::source::Limits;
use super::{IntakeError, Options, Reason, Source, ccda, delimited, fhir, fhir_lines, hl7, html, rtf, text};
use std::fs::File;
use std::io::Read;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// One input, or one member of an archive.
pub(super) struct Item<'a> {
    /// How errors name it: `archive.zip!member`.
    pub(super) name: String,
    /// What its name says about its content.
    pub(super) hint: Hint,
    /// Its bytes.
    pub(super) reader: Rest<'a>,
    /// The same bytes where they can be read in any order.
    pub(super) file: Option<File>,
}

/// What holds for all that an input contains.
pub(super) struct Context<'a> {
    pub(super) options: &'a Options,
    pub(super) limits: Limits,
    pub(super) meter: Arc<Meter>,
}

/// Reads all notes of an item. `depth` counts the containers around it.
pub(super) fn read(item: Item<'_>, depth: usize, context: &Context<'_>, sink: &mut Sink) -> Flow {
    let Item { name, hint, reader, file } = item;
    let options = context.options;
    let (kind, reader) = match detect::kind(reader, hint, options.form, options.line_limit()) {
        Ok(told) => told,
        Err(e) => return sink.put(Err(IntakeError::new(name, e.into()))),
    };
    match kind {
        Kind::Container(container) => {
            let limit = options.archives.depth;
            if depth >= limit {
                return sink.put(Err(IntakeError::new(name, Reason::TooDeep { limit: limit as u64 })));
            }
            open(container, Item { name, hint, reader, file }, depth + 1, context, sink)
        }
        Kind::FhirLines => fhir_lines::read(reader, &name, context, sink),
        Kind::Document(form) => document(form, Item { name, hint, reader, file }, context, sink),
    }
}

#[cfg(feature = "archives")]
fn open(kind: Container, item: Item<'_>, depth: usize, context: &Context<'_>, sink: &mut Sink) -> Flow {
    use super::{archive_tar, archive_zip, compressed};
    match kind {
        Container::Zip => archive_zip::read(item, depth, context, sink),
        Container::Tar => archive_tar::read(item, depth, context, sink),
        Container::Gzip | Container::Zstd => compressed::read(kind, item, depth, context, sink),
    }
}

#[cfg(not(feature = "archives"))]
fn open(_: Container, item: Item<'_>, _: usize, _: &Context<'_>, sink: &mut Sink) -> Flow {
    sink.put(Err(IntakeError::new(item.name, Reason::NotBuilt("archives"))))
}

fn document(form: Form, item: Item<'_>, context: &Context<'_>, sink: &mut Sink) -> Flow {
    let Item { name, reader, file, .. } = item;
    let options = context.options;
    match form {
        Form::Auto | Form::Text => sink.put(plain(reader, &name, options)),
        Form::Jsonl => {
            for note in JsonlNotes::new(&name, reader, options) {
                sink.put(with_origin(note, form, &name))?;
            }
            Flow::Continue(())
        }
        Form::Csv | Form::Tsv => delimited::read(reader, &name, form, options, sink),
        Form::Parquet => parquet(Item { name, hint: Hint::default(), reader, file }, context, sink),
        Form::Fhir => whole(form, fhir::parse, reader, &name, context, sink),
        Form::Ccda => whole(form, ccda::parse, reader, &name, context, sink),
        Form::Hl7 => hl7::read(reader, &name, context, sink),
        Form::Rtf => whole(form, rtf::parse, reader, &name, context, sink),
        Form::Html => whole(form, html::parse, reader, &name, context, sink),
    }
}

#[cfg(feature = "parquet")]
fn parquet(item: Item<'_>, context: &Context<'_>, sink: &mut Sink) -> Flow {
    super::parquet::read(item, context, sink)
}

#[cfg(not(feature = "parquet"))]
fn parquet(item: Item<'_>, _: &Context<'_>, sink: &mut Sink) -> Flow {
    sink.put(Err(IntakeError::new(item.name, Reason::NotBuilt("parquet"))))
}

fn plain(reader: Rest<'_>, name: &str, options: &Options) -> Entry {
    let id = if name == super::notes::STDIN { super::notes::STDIN_ID } else { name };
    match text::read_note(reader, options.note_limit()) {
        Ok(text) => with_origin(Ok(crate::note::Note::new(id, text)), Form::Text, name),
        Err((line, reason)) => {
            let mut error = IntakeError::new(name, reason).of_note(Some(id.to_owned()));
            error.line = line;
            Err(error)
        }
    }
}

/// Reads a document that is parsed as a whole.
fn whole(
    form: Form,
    parse: fn(&[u8], &Source) -> Parsed,
    reader: Rest<'_>,
    name: &str,
    context: &Context<'_>,
    sink: &mut Sink,
) -> Flow {
    let bytes = match all(reader, context.limits.document_bytes) {
        Ok(bytes) => bytes,
        Err(reason) => return sink.put(Err(IntakeError::new(name, reason))),
    };
    match guarded(parse, &bytes, &context.options.source(name, &context.limits)) {
        Ok(notes) => notes.into_iter().try_for_each(|note| sink.put(with_origin(note, form, name))),
        Err(error) => sink.put(Err(error)),
    }
}

/// A defect of a parser must not cost more than the document that it met.
pub(super) fn guarded(parse: fn(&[u8], &Source) -> Parsed, bytes: &[u8], source: &Source) -> Parsed {
    catch_unwind(AssertUnwindSafe(|| parse(bytes, source)))
        .unwrap_or_else(|_| Err(IntakeError::new(source.name, Reason::Internal)))
}

/// All bytes of what must be in memory as a whole.
pub(super) fn all(reader: impl Read, limit: usize) -> Result<Vec<u8>, Reason> {
    let mut bytes = Vec::new();
    reader.take(limit as u64 + 1).read_to_end(&mut bytes)?;
    if bytes.len() > limit { Err(Reason::DocumentTooLarge { limit: limit as u64 }) } else { Ok(bytes) }
}

/// Notes the file, and the format where the source did not tell another: extracted notes keep that of their origin.
pub(super) fn with_origin(entry: Entry, form: Form, name: &str) -> Entry {
    entry.map(|mut note| {
        note.meta.source = Some(name.to_owned());
        note.meta.source_format.get_or_insert_with(|| form.name().to_owned());
        note
    })
}
