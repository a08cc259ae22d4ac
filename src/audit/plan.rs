//! What an audit is to do, and what must be the same when it is resumed.

use super::inputs::Survey;
use crate::report::v1::Provenance;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The form of the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    /// One file a shard.
    Parquet,
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated, with formulas defused.
    Csv,
}

impl Format {
    /// The ending of its files.
    pub fn name(self) -> &'static str {
        match self {
            Format::Parquet => "parquet",
            Format::Jsonl => "jsonl",
            Format::Csv => "csv",
        }
    }
}

/// What to do with what is in the output directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It must be empty.
    New,
    /// Go on with an interrupted audit; begin one where there is none.
    Resume,
    /// Replace an audit.
    Force,
}

/// What an audit is to do.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The INPUT arguments.
    pub inputs: Vec<PathBuf>,
    /// The forms of the tables.
    pub formats: Vec<Format>,
    /// A SQLite store as well.
    pub sqlite: bool,
    /// The table of mentions as well.
    pub mentions: bool,
    /// Words of the notes as well: evidence, queries, and the text of sampled notes.
    pub text: bool,
    /// A page of each note that the dashboard names. Pages hold words of the notes: without [`Plan::text`] there are none.
    /// Written where pages are built in.
    pub pages: bool,
    /// How many notes to sample for review, at most [`Plan::MAX_SAMPLE`].
    pub sample: Option<usize>,
    /// What the sample depends on beside the notes.
    pub seed: u64,
    /// Items a shard.
    pub shard: u64,
    /// What else decides the output, by the name of its argument.
    pub arguments: BTreeMap<String, String>,
}

impl Plan {
    /// Items a shard unless something else is asked for: some seconds of work.
    pub const SHARD: u64 = 20_000;
    /// The largest sample: candidates are held in memory with their reports.
    pub const MAX_SAMPLE: usize = 1_000;

    /// Everything that must be the same on resume, by name.
    pub(super) fn fingerprint(&self, engine: &Provenance) -> BTreeMap<String, String> {
        let mut all = self.arguments.clone();
        let formats: Vec<&str> = self.formats.iter().map(|f| f.name()).collect();
        let classifier = engine.classifier.as_ref().map(|m| format!("{} {}", m.name, m.sha256));
        let inputs: Vec<String> = self.inputs.iter().map(|path| format!("{}", path.display())).collect();
        for (name, value) in [
            ("chartgap", engine.version.clone()),
            ("lexicon", engine.lexicon.clone()),
            ("checklist", engine.checklist.clone()),
            ("code set", engine.code_set.clone()),
            ("classifier", classifier.unwrap_or_else(|| "none".into())),
            ("INPUT", inputs.join(" ")),
            ("--format", formats.join(",")),
            ("--sqlite", self.sqlite.to_string()),
            ("--mentions", self.mentions.to_string()),
            ("--text", self.text.to_string()),
            ("--pages", self.pages.to_string()),
            ("--sample", self.sample.map_or_else(|| "none".into(), |n| n.to_string())),
            ("--seed", self.seed.to_string()),
            ("--shard", self.shard.to_string()),
        ] {
            all.insert(name.to_owned(), value);
        }
        all
    }
}

/// What differs between the inputs of two runs, in words.
pub(super) fn change(then: &Survey, now: &Survey) -> Option<String> {
    if then == now {
        return None;
    }
    Some(match (then.files == now.files, then.bytes == now.bytes) {
        (false, _) => format!("{} files then, {} now", then.files, now.files),
        (true, false) => format!("{} bytes then, {} now", then.bytes, now.bytes),
        (true, true) => "a file has been renamed or written to".to_owned(),
    })
}

pub(super) fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut out = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (at, byte) in out.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(out)
}
