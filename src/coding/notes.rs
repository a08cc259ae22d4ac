//! The notes of the tabular list: what a code inherits from its category and section, and which codes exclude each other.

use super::range::{Range, plain, scan};
use super::tsv;
use crate::datafile::DataError;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What a note is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NoteKind {
    /// The official title of a section, category or subcategory.
    Title,
    /// What a category includes.
    Includes,
    /// A term that is classified here.
    Inclusion,
    /// A note in words.
    Note,
    /// What is coded before it.
    CodeFirst,
    /// What is coded beside it.
    CodeAlso,
    /// What is coded after it.
    UseAdditional,
    /// What is never coded together with it.
    Excludes1,
    /// What is not part of it and may be coded beside it.
    Excludes2,
    /// A 7th character with its meaning.
    Seventh,
}

impl NoteKind {
    /// In the order of the tabular list.
    pub const ALL: [NoteKind; 10] = [
        NoteKind::Title,
        NoteKind::Includes,
        NoteKind::Inclusion,
        NoteKind::Note,
        NoteKind::CodeFirst,
        NoteKind::CodeAlso,
        NoteKind::UseAdditional,
        NoteKind::Excludes1,
        NoteKind::Excludes2,
        NoteKind::Seventh,
    ];

    /// As the tabular list heads it.
    pub fn heading(self) -> &'static str {
        match self {
            NoteKind::Title => "Title",
            NoteKind::Includes => "Includes",
            NoteKind::Inclusion => "Inclusion terms",
            NoteKind::Note => "Note",
            NoteKind::CodeFirst => "Code first",
            NoteKind::CodeAlso => "Code also",
            NoteKind::UseAdditional => "Use additional code",
            NoteKind::Excludes1 => "Excludes1",
            NoteKind::Excludes2 => "Excludes2",
            NoteKind::Seventh => "7th characters",
        }
    }

    fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().zip(WORDS).find(|(_, w)| **w == word).map(|(kind, _)| kind)
    }
}

/// The kinds as the table writes them, in the order of [`NoteKind::ALL`].
const WORDS: &[&str; 10] = &[
    "title",
    "includes",
    "inclusion",
    "note",
    "code-first",
    "code-also",
    "use-additional",
    "excludes1",
    "excludes2",
    "seventh",
];

/// One note of the tabular list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The section, category, subcategory or code that it stands at.
    pub code: &'static str,
    /// What it is.
    pub kind: NoteKind,
    /// Its words; a 7th character leads its meaning.
    pub text: &'static str,
    /// The fiscal year whose tabular was read for it.
    pub year: &'static str,
    /// The codes that it names.
    names: Vec<Range>,
    /// Whether `names` is a reading of its words ("current injury") and not in them.
    read_into: bool,
}

impl Statement {
    /// Where it stands, for a list of sources.
    pub fn citation(&self) -> String {
        let read = if self.read_into { "; which codes it means is a reading of it" } else { "" };
        format!("ICD-10-CM tabular {}, {}: {}{read}", self.year, self.code, self.kind.heading())
    }

    /// How far it was verified.
    pub fn mark(&self) -> &'static str {
        super::table::mark(self.year)
    }

    /// Whether it names a code. The sequela of an injury is not the current injury that an Excludes1 note means.
    pub fn names(&self, code: &str) -> bool {
        let code = plain(code);
        let sequela = code.len() == 7 && code.starts_with('S') && code.ends_with('S');
        !sequela && self.names.iter().any(|r| r.holds(&code))
    }
}

struct Notes {
    sections: Vec<(Range, Vec<Statement>)>,
    codes: BTreeMap<String, Vec<Statement>>,
}

static NOTES: LazyLock<Notes> = LazyLock::new(|| {
    let mut notes = Notes { sections: Vec::new(), codes: BTreeMap::new() };
    // the tests hold the embedded file to its form
    let own = parse("codes/notes-fy2027.tsv", include_str!("../../codes/notes-fy2027.tsv"));
    for s in own.unwrap_or_default() {
        if !s.code.contains('-') {
            notes.codes.entry(plain(s.code)).or_default().push(s);
            continue;
        }
        let at = notes.sections.iter().position(|(_, list)| list.iter().any(|x| x.code == s.code));
        match (at, scan(s.code).pop()) {
            (Some(at), _) => notes.sections[at].1.push(s),
            (None, Some(range)) => notes.sections.push((range, vec![s])),
            (None, None) => {}
        }
    }
    notes
});

/// Reads a table of notes, in its order.
fn parse(file: &str, text: &'static str) -> Result<Vec<Statement>, DataError> {
    let mut out: Vec<Statement> = Vec::new();
    let mut seen = BTreeMap::new();
    for row in tsv::rows(file, text, ["code", "kind", "text", "codes", "year"]) {
        let (row, [code, word, text, named, year]) = row?;
        let Some(kind) = NoteKind::of(word) else {
            return Err(row.refuse(format!("unknown kind `{word}`; one of {}", WORDS.join(", "))));
        };
        row.some("text", text)?;
        row.one_of("year", year, &["FY2026", "FY2027"])?;
        if scan(code).len() != 1 {
            return Err(
                row.refuse(format!("`{code}` is no code, category or section, such as M53.8 or M50-M54"))
            );
        }
        if !named.is_empty() && scan(named).is_empty() {
            return Err(row.refuse(format!("`{named}` names no codes")));
        }
        if let Some(first) = seen.insert((code, kind, text), row.line) {
            return Err(row.refuse(format!("the note of {code} stands twice, first in line {first}")));
        }
        let names = match kind {
            NoteKind::Excludes1 | NoteKind::Excludes2 => scan(if named.is_empty() { text } else { named }),
            _ => Vec::new(),
        };
        out.push(Statement { code, kind, text, year, names, read_into: !named.is_empty() });
    }
    Ok(out)
}

/// All notes that bind a code, those of the widest heading first.
pub fn of(code: &str) -> Vec<&'static Statement> {
    let code = plain(code);
    let mut out: Vec<&'static Statement> =
        NOTES.sections.iter().filter(|(range, _)| range.holds(&code)).flat_map(|(_, list)| list).collect();
    // the chapter holds the block, the block the section
    out.sort_by_key(|s| match s.code {
        "M00-M99" => 0,
        "M40-M54" => 1,
        _ => 2,
    });
    for end in 3..=code.len() {
        out.extend(code.get(..end).and_then(|head| NOTES.codes.get(head)).into_iter().flatten());
    }
    out
}

/// The title of a section, category or subcategory; those of billable codes are in the table.
pub fn title(code: &str) -> Option<&'static str> {
    let own = NOTES.codes.get(&plain(code))?;
    own.iter().find(|s| s.kind == NoteKind::Title).map(|s| s.text)
}

/// The 7th characters that a code takes; empty where it takes none.
pub fn seventh(code: &str) -> Vec<&'static Statement> {
    of(code).into_iter().filter(|s| s.kind == NoteKind::Seventh).collect()
}

/// The Excludes1 note by which two codes are never billed together, whichever of them it stands at.
pub fn excludes1(a: &str, b: &str) -> Option<&'static Statement> {
    let bars = |code: &str, other: &str| {
        of(code).into_iter().rev().find(|s| s.kind == NoteKind::Excludes1 && s.names(other))
    };
    if plain(a) == plain(b) { None } else { bars(a, b).or_else(|| bars(b, a)) }
}

/// Every note, in the order of the codes; for checks of the data.
pub fn all() -> impl Iterator<Item = &'static Statement> {
    let sections = NOTES.sections.iter().flat_map(|(_, list)| list);
    sections.chain(NOTES.codes.values().flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_table_is_refused_with_its_line() {
        for (text, error) in [
            ("#\nM53\ttitle\tA", "n.tsv:2: 3 cells; a row has 5: code, kind, text, codes, year"),
            (
                "M53\theading\tA\t\tFY2027",
                "n.tsv:1: unknown kind `heading`; one of title, includes, inclusion, note, code-first, code-also, use-additional, excludes1, excludes2, seventh",
            ),
            ("M53\ttitle\tA\t\tFY1999", "n.tsv:1: unknown year `FY1999`; one of FY2026, FY2027"),
            ("M53\ttitle\t\t\tFY2027", "n.tsv:1: the text is empty"),
            (
                "back\ttitle\tA\t\tFY2027",
                "n.tsv:1: `back` is no code, category or section, such as M53.8 or M50-M54",
            ),
            ("M53\texcludes1\tA\tinjury\tFY2027", "n.tsv:1: `injury` names no codes"),
            (
                "M53\tnote\tA\t\tFY2027\nM53\tnote\tA\t\tFY2026",
                "n.tsv:2: the note of M53 stands twice, first in line 1",
            ),
        ] {
            assert_eq!(parse("n.tsv", text).unwrap_err().to_string(), error);
        }
        let own = include_str!("../../codes/notes-fy2027.tsv");
        assert_eq!(parse("codes/notes-fy2027.tsv", own).map(|n| n.len()), Ok(all().count()));
        assert!(all().count() > 400);
    }
}
