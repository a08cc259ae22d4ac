//! Entries of the Alphabetic Index: the path that leads to a code, and the concepts of the lexicon that it stands for.

use super::range::{Range, scan};
use std::sync::LazyLock;

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexEntry {
    /// Main term and subterms, `Syndrome > facet`.
    pub path: &'static str,
    /// A code, a reference to another entry, or `no entry`.
    pub target: &'static str,
    /// Ids of concepts, apart by spaces.
    concepts: &'static str,
    /// `FY2027`, `WHO+`, `WHO`.
    read: &'static str,
    names: Vec<Range>,
}

impl IndexEntry {
    /// The entry as a source.
    pub fn citation(&self) -> String {
        match self.read {
            "WHO" => format!("index of ICD-10 (not of ICD-10-CM): {}", self.path),
            "WHO+" => {
                format!("index of ICD-10, with the ICD-10-CM tabular agreeing: {}", self.path)
            }
            year => format!("ICD-10-CM Alphabetic Index {year}: {}", self.path),
        }
    }

    /// How far it was verified.
    pub fn mark(&self) -> &'static str {
        if self.is_official() { "verified" } else { "not verified in the ICD-10-CM index" }
    }

    /// Whether it was read in the index of ICD-10-CM itself.
    pub fn is_official(&self) -> bool {
        self.read.starts_with("FY")
    }

    /// Path and target in one line.
    pub fn line(&self) -> String {
        format!("{}: {}", self.path, self.target)
    }
}

static INDEX: LazyLock<Vec<IndexEntry>> = LazyLock::new(|| {
    let lines = include_str!("../../codes/index-fy2027.tsv").lines().filter(|l| !l.starts_with('#'));
    let entry = |l: &'static str| {
        let mut cells = l.split('\t');
        let (path, target, concepts, read) = (cells.next()?, cells.next()?, cells.next()?, cells.next()?);
        Some(IndexEntry { path, target, concepts, read, names: scan(target) })
    };
    lines.filter_map(entry).collect()
});

/// The entries that stand for a concept.
pub fn of_concept(id: &str) -> impl Iterator<Item = &'static IndexEntry> {
    INDEX.iter().filter(move |e| e.concepts.split(' ').any(|c| c == id))
}

/// The entries that lead to a code or to its family.
pub fn leading_to(code: &str) -> impl Iterator<Item = &'static IndexEntry> {
    INDEX.iter().filter(move |e| e.names.iter().any(|r| r.holds(code)))
}

/// All entries.
pub fn all() -> &'static [IndexEntry] {
    &INDEX
}

impl IndexEntry {
    /// The ids of the concepts that it stands for.
    pub fn concepts(&self) -> impl Iterator<Item = &'static str> {
        self.concepts.split(' ').filter(|c| !c.is_empty())
    }
}
