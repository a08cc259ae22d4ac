//! `chartgap extract`: the text of notes as it is read, with what the source says beside it.

use super::args::ExtractArgs;
use super::{Status, report};
use anyhow::{Context, bail};
use chartgap::note::Note;
use chartgap::render::json;
use serde::Serialize;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::Path;

/// Writes one line a note, or one file a note; a note that cannot be read is one line on standard error.
pub(super) fn run(args: &ExtractArgs) -> anyhow::Result<Status> {
    let mut out: Box<dyn Write> = match &args.out {
        Some(directory) => {
            prepare(directory)?;
            Box::new(BufWriter::new(create(&directory.join("index.jsonl"))?))
        }
        None => Box::new(BufWriter::with_capacity(1 << 16, io::stdout().lock())),
    };
    let mut failed = false;
    for (number, note) in (1u64..).zip(args.input.open()) {
        let note = match note {
            Ok(note) => note,
            Err(error) => {
                failed = true;
                report(&error.to_string());
                continue;
            }
        };
        let line = match &args.out {
            Some(directory) => {
                let name = file_name(number, &note.id);
                let path = directory.join(&name);
                create(&path)?.write_all(note.text.as_bytes()).with_context(|| path.display().to_string())?;
                json::line(&Line::new(&note, None, Some(&name)))?
            }
            None => json::line(&Line::new(&note, Some(&note.text), None))?,
        };
        writeln!(out, "{line}")?;
    }
    out.flush()?;
    Ok(if failed { Status::Failed } else { Status::Clean })
}

/// One note, in the keys that JSONL inputs take.
#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    date: &'a Option<String>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    codes: &'a [String],
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    procedures: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    document_id: &'a Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    document_type: &'a Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    author_role: &'a Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    patient_key: &'a Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    encounter_type: &'a Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_format: &'a Option<String>,
}

impl<'a> Line<'a> {
    fn new(note: &'a Note, text: Option<&'a str>, file: Option<&'a str>) -> Self {
        let meta = &note.meta;
        Self {
            id: &note.id,
            file,
            text,
            date: &meta.date,
            codes: &meta.codes,
            procedures: &meta.procedures,
            document_id: &meta.document_id,
            document_type: &meta.document_type,
            author_role: &meta.author_role,
            patient_key: &meta.patient_key,
            encounter_type: &meta.encounter_type,
            source_format: &meta.source_format,
        }
    }
}

/// A directory that is new or empty: nothing of another run is mixed in or overwritten.
fn prepare(directory: &Path) -> anyhow::Result<()> {
    let place = || directory.display().to_string();
    if directory.is_dir() {
        if fs::read_dir(directory).with_context(place)?.next().is_some() {
            bail!("{}: the directory is not empty", place());
        }
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory).with_context(place)
}

/// Creates a file that only its owner may read; it never follows a link or overwrites.
fn create(path: &Path) -> anyhow::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).with_context(|| path.display().to_string())
}

/// The running number keeps names apart; of the id only what is safe in every file system stays.
fn file_name(number: u64, id: &str) -> String {
    const LONGEST: usize = 80;
    let safe: String = id
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' })
        .collect();
    let safe = safe.strip_suffix(".txt").unwrap_or(&safe);
    // The end of a path tells more than its beginning.
    format!("{number:06}-{}.txt", &safe[safe.len().saturating_sub(LONGEST)..])
}

#[cfg(test)]
mod tests {
    use super::file_name;

    #[test]
    fn names_are_safe() {
        assert_eq!(file_name(1, "a.txt"), "000001-a.txt");
        assert_eq!(file_name(2, "../../etc/passwd"), "000002-.._.._etc_passwd.txt");
        assert_eq!(file_name(3, "z.zip!Größe\n.rtf"), "000003-z.zip_Gr__e_.rtf.txt");
        assert!(file_name(4, &"x".repeat(500)).len() < 100);
    }
}
