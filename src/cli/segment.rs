//! `chartgap segment`: how notes are split, for those who make rules or train a model on the same sentences.

use super::args::SegmentArgs;
use super::{Status, batch, report};
use chartgap::check::Engine;
use chartgap::intake::IntakeError;
use chartgap::lexicon::Stream;
use chartgap::note::Note;
use chartgap::render::json::{self, ErrorEntry};
use chartgap::segment::{SectionKind, Segments};
use chartgap::span::{CodePoints, Span};
use serde::Serialize;
use std::io::{self, BufWriter, Write};

/// Writes one line a note, in the order of the notes.
pub(super) fn run(args: &SegmentArgs) -> anyhow::Result<Status> {
    super::threads(args.threads.number)?;
    let engine = super::engine(&args.engine)?;
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    let mut failed = 0u64;
    batch::run(
        args.input.open(),
        |note| note.as_ref().map_or(0, |n| n.text.len()),
        |note: Result<Note, IntakeError>| match note {
            Ok(note) => (json::line(&split(&engine, &note)), None),
            Err(error) => (json::line(&ErrorEntry::from(&error)), Some(error.to_string())),
        },
        |(line, error)| -> anyhow::Result<()> {
            if let Some(error) = error {
                failed += 1;
                report(&error);
            }
            writeln!(out, "{}", line?)?;
            Ok(())
        },
    )?;
    out.flush()?;
    Ok(if failed > 0 { Status::Failed } else { Status::Clean })
}

fn split<'a>(engine: &Engine, note: &'a Note) -> Split<'a> {
    let lexicon = &engine.reader().lexicon;
    let text = note.text.as_str();
    let segments = Segments::new(text, &lexicon.headings);
    let stream = Stream::new(&segments, &lexicon.spelling);
    let points = CodePoints::new(text);
    let place = |span: Span| (points.at(span.start), points.at(span.end));
    let sections = segments.sections.iter().map(|section| {
        let (start, end) = place(segments.span(section.tokens.clone()));
        let heading = section.heading.map(|heading| heading.of(text));
        SectionPart { kind: section.kind, heading, start, end }
    });
    let sentences = segments.sentences.iter().map(|sentence| {
        let (start, end) = place(segments.span(sentence.tokens.clone()));
        let words =
            sentence.tokens.clone().map(|token| String::from_utf8_lossy(stream.word(token)).into_owned());
        let words = words.filter(|word| !word.is_empty()).collect();
        SentencePart { section: sentence.section, start, end, words }
    });
    Split { id: &note.id, sections: sections.collect(), sentences: sentences.collect() }
}

/// One line of the output; offsets are in code points.
#[derive(Serialize)]
struct Split<'a> {
    id: &'a str,
    sections: Vec<SectionPart<'a>>,
    sentences: Vec<SentencePart>,
}

#[derive(Serialize)]
struct SectionPart<'a> {
    kind: SectionKind,
    #[serde(skip_serializing_if = "Option::is_none")]
    heading: Option<&'a str>,
    start: u32,
    end: u32,
}

#[derive(Serialize)]
struct SentencePart {
    /// Index of its section.
    section: usize,
    start: u32,
    end: u32,
    /// Its tokens in the normal form that the lexicon is matched against.
    words: Vec<String>,
}
