//! Entries of the Alphabetic Index: the path that leads to a code, and the concepts of the lexicon that it stands for.

use super::range::{Range, scan};
use super::tsv;
use crate::datafile::DataError;
use std::collections::BTreeMap;
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
    // the tests hold the embedded file to its form
    parse("codes/index-fy2027.tsv", include_str!("../../codes/index-fy2027.tsv")).unwrap_or_default()
});

/// Reads a table of index entries, in its order.
fn parse(file: &str, text: &'static str) -> Result<Vec<IndexEntry>, DataError> {
    let mut out = Vec::new();
    let mut seen = BTreeMap::new();
    for row in tsv::rows(file, text, ["path", "target", "concepts", "read"]) {
        let (row, [path, target, concepts, read]) = row?;
        row.some("path", path)?;
        row.some("target", target)?;
        row.one_of("mark", read, &["FY2027", "WHO", "WHO+"])?;
        if let Some(first) = seen.insert((path, target), row.line) {
            return Err(row.refuse(format!("the entry `{path}` stands twice, first in line {first}")));
        }
        out.push(IndexEntry { path, target, concepts, read, names: scan(target) });
    }
    Ok(out)
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_table_is_refused_with_its_line() {
        for (text, error) in [
            ("#\nDorsopathy\tM53.9", "i.tsv:2: 2 cells; a row has 4: path, target, concepts, read"),
            ("Dorsopathy\t\t\tWHO", "i.tsv:1: the target is empty"),
            ("Dorsopathy\tM53.9\t\tFY2020", "i.tsv:1: unknown mark `FY2020`; one of FY2027, WHO, WHO+"),
            (
                "Dorsopathy\tM53.9\t\tWHO\nDorsopathy\tM53.9\tx\tFY2027",
                "i.tsv:2: the entry `Dorsopathy` stands twice, first in line 1",
            ),
        ] {
            assert_eq!(parse("i.tsv", text).unwrap_err().to_string(), error);
        }
        let own = include_str!("../../codes/index-fy2027.tsv");
        assert_eq!(parse("codes/index-fy2027.tsv", own).map(|i| i.len()), Ok(all().len()));
        assert!(all().len() > 60);
    }
}
