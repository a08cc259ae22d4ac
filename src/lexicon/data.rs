//! The embedded data files, and those that a user adds or overrides.

use super::file::LexiconError;
use crate::digest;
use sha2::{Digest, Sha256};
use std::path::Path;

/// A data file embedded in the binary: name and text.
pub type Source = (&'static str, &'static str);

macro_rules! embed {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../lexicons/", $name)))),*]
    };
}

/// Long words of the language, so that none of them is taken for a misspelt term.
pub(super) const WORDS: &str = include_str!("../../lexicons/words.txt");

/// The data files of the program, in the order in which they are read.
pub const EMBEDDED: &[Source] = embed![
    "spelling.toml",
    "sections.toml",
    "care-adjuvant.toml",
    "care-injection.toml",
    "care-medication.toml",
    "care-other.toml",
    "care-physical.toml",
    "conditions-bone.toml",
    "conditions-degenerative.toml",
    "conditions-disc.toml",
    "conditions-dorsopathy.toml",
    "conditions-instability.toml",
    "conditions-neuro.toml",
    "conditions-pain.toml",
    "conditions-surgical.toml",
    "cues.toml",
    "durations.toml",
    "function-participation.toml",
    "function-preserved.toml",
    "function-tolerance.toml",
    "function.toml",
    "grades.toml",
    "imaging.toml",
    "injury.toml",
    "surgery.toml",
];

/// What a data file holds, by its name.
pub(super) enum FileKind {
    Spelling,
    Sections,
    Concepts,
    Other,
}

pub(super) fn kind(name: &str) -> FileKind {
    let stem = Path::new(name).file_stem().and_then(|s| s.to_str()).unwrap_or(name);
    match stem {
        "spelling" => FileKind::Spelling,
        "sections" => FileKind::Sections,
        "cues" | "durations" | "grades" => FileKind::Other,
        _ => FileKind::Concepts,
    }
}

/// Whether a file is one of the program's own. Files of a user have a folder in their name.
pub(super) fn is_embedded(name: &str, text: &str) -> bool {
    EMBEDDED.iter().any(|(n, t)| *n == name && *t == text)
}

/// A file as errors call it: an embedded one by its place in the repository.
pub(crate) fn shown(name: &str) -> String {
    if EMBEDDED.iter().any(|(n, _)| *n == name) { format!("lexicons/{name}") } else { name.to_owned() }
}

/// Data files in force, in reading order.
#[derive(Clone)]
pub struct Data {
    /// `(name, text)`.
    pub files: Vec<(String, String)>,
}

impl Default for Data {
    fn default() -> Self {
        Self { files: EMBEDDED.iter().map(|(n, t)| ((*n).to_owned(), (*t).to_owned())).collect() }
    }
}

impl Data {
    /// Adds the `*.toml` files of a directory, in name order: concepts add to or replace the embedded ones by id; a
    /// `cues.toml`, `durations.toml` or `grades.toml` replaces the embedded file.
    ///
    /// # Errors
    /// A directory or file that can't be read.
    pub fn add_dir(&mut self, dir: &Path) -> Result<(), LexiconError> {
        let io = |path: &Path| {
            let file = path.display().to_string();
            move |source| LexiconError::Io { file, source }
        };
        let mut paths = Vec::new();
        for entry in std::fs::read_dir(dir).map_err(io(dir))? {
            let path = entry.map_err(io(dir))?.path();
            if path.extension().is_some_and(|e| e == "toml") {
                paths.push(path);
            }
        }
        paths.sort();
        for path in paths {
            let text = std::fs::read_to_string(&path).map_err(io(&path))?;
            let name = path.display().to_string();
            if matches!(kind(&name), FileKind::Other) {
                let stem = path.file_name();
                self.files.retain(|(n, _)| Path::new(n).file_name() != stem);
            }
            self.files.push((name, text));
        }
        Ok(())
    }

    /// The text of the file of that name, the last one given.
    pub fn get(&self, file_name: &str) -> Option<(&str, &str)> {
        let hit =
            self.files.iter().rev().find(|(n, _)| Path::new(n).file_name().is_some_and(|f| f == file_name));
        hit.map(|(n, t)| (n.as_str(), t.as_str()))
    }

    /// SHA-256 over the names and texts in force, in hex.
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        let words = ("words.txt".to_owned(), WORDS.to_owned());
        for (name, text) in self.files.iter().chain([&words]) {
            let name = Path::new(name).file_name().and_then(|n| n.to_str()).unwrap_or(name);
            hash.update(name.as_bytes());
            hash.update([0]);
            hash.update(text.as_bytes());
            hash.update([0]);
        }
        digest::hex(&hash.finalize())
    }
}
