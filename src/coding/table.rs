//! The code table: official titles by code, read when it is first asked.

use super::range::plain;
use super::tsv;
use crate::datafile::DataError;
use std::sync::LazyLock;

/// A code of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// With its dot, `M53.86`.
    pub code: &'static str,
    /// The official title.
    pub title: &'static str,
    /// The fiscal year whose tabular was read for it; `unread` where the title is known and the tabular was not read.
    pub year: &'static str,
}

impl Code {
    /// Where the title stands, for a list of sources.
    pub fn citation(&self) -> String {
        match self.year {
            "unread" => format!("ICD-10-CM, title of {} from general knowledge", self.code),
            year => format!("ICD-10-CM tabular {year}: title of {}", self.code),
        }
    }
}

/// How far what was read in the tabular of a fiscal year is verified for the code set in force.
pub fn mark(year: &str) -> &'static str {
    match year {
        "FY2027" => "verified",
        "unread" => "not read in the tabular",
        _ => "verified for that year; FY2027 not read",
    }
}

static TABLE: LazyLock<Vec<(String, Code)>> = LazyLock::new(|| {
    // the tests hold the embedded file to its form
    parse("codes/icd10cm-fy2027.tsv", include_str!("../../codes/icd10cm-fy2027.tsv")).unwrap_or_default()
});

/// Until when a table was read; see `codes/README.md`.
const YEARS: &[&str] = &["FY2026", "FY2027", "unread"];

/// Reads a table of codes, in the order of the codes.
fn parse(file: &str, text: &'static str) -> Result<Vec<(String, Code)>, DataError> {
    let mut codes: Vec<(String, usize, Code)> = Vec::new();
    for row in tsv::rows(file, text, ["code", "title", "year"]) {
        let (row, [code, title, year]) = row?;
        if dotted(code).as_deref() != Some(code) {
            return Err(row.refuse(format!("`{code}` has not the form of a code, such as M53.86")));
        }
        row.some("title", title)?;
        row.one_of("year", year, YEARS)?;
        codes.push((plain(code), row.line, Code { code, title, year }));
    }
    codes.sort_unstable_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
    match codes.windows(2).find(|w| w[0].0 == w[1].0) {
        Some([first, again]) => Err(DataError {
            file: file.to_owned(),
            line: again.1,
            problem: format!("code {} stands twice, first in line {}", again.2.code, first.1),
        }),
        _ => Ok(codes.into_iter().map(|(plain, _, code)| (plain, code)).collect()),
    }
}

/// A code in any case, with or without its dot.
pub fn find(code: &str) -> Option<Code> {
    let wanted = plain(code);
    let at = TABLE.binary_search_by(|(plain, _)| plain.as_str().cmp(&wanted)).ok()?;
    TABLE.get(at).map(|(_, c)| *c)
}

/// The billable codes below a category or family such as `M53.8`.
pub fn below(family: &str) -> impl Iterator<Item = Code> {
    let wanted = plain(family);
    let from = TABLE.partition_point(|(plain, _)| *plain < wanted);
    TABLE[from..].iter().take_while(move |(plain, _)| plain.starts_with(&wanted)).map(|(_, c)| *c)
}

/// Why a code is refused, with the codes of its family that there are.
pub fn unknown(code: &str) -> String {
    const NAMED: usize = 8;
    let wanted = plain(code);
    let family = (3..=wanted.len()).rev().filter_map(|n| wanted.get(..n)).find(|f| below(f).next().is_some());
    let Some(family) = family else {
        return format!("unknown code {code}; the tables have no code of that category");
    };
    let mut near: Vec<&str> = below(family).map(|c| c.code).collect();
    let more = if near.len() > NAMED { ", …" } else { "" };
    near.truncate(NAMED);
    format!("unknown code {code}; the tables have {}{more}", near.join(", "))
}

/// All codes, in order.
pub fn all() -> impl ExactSizeIterator<Item = Code> {
    TABLE.iter().map(|(_, c)| *c)
}

/// A code with its dot, in upper case: `m5386` is `M53.86`. Nothing that has not the form of a code has one.
pub fn dotted(code: &str) -> Option<String> {
    let text = code.trim();
    let plain = plain(text);
    let b = plain.as_bytes();
    let fits = (3..=7).contains(&b.len())
        && b[0].is_ascii_uppercase()
        && b[1].is_ascii_digit()
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-'));
    fits.then(|| if b.len() == 3 { plain.clone() } else { format!("{}.{}", &plain[..3], &plain[3..]) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_official() {
        assert_eq!(find("m5386").map(|c| c.title), Some("Other specified dorsopathies, lumbar region"));
        assert_eq!(find("M51.36"), None, "not billable since FY2025");
        assert!(below("M51.36").count() >= 3);
        assert_eq!(below("M53.8").count(), 9);
        assert!(all().len() > 1000);
    }

    #[test]
    fn codes_near_an_unknown_one_are_named() {
        assert_eq!(
            unknown("M51.36X"),
            "unknown code M51.36X; the tables have M51.360, M51.361, M51.362, M51.369"
        );
        assert!(unknown("M53.89").ends_with("M53.85, M53.86, M53.87, …"), "{}", unknown("M53.89"));
        assert_eq!(unknown("X99.1"), "unknown code X99.1; the tables have no code of that category");
        assert_eq!(unknown("back"), "unknown code back; the tables have no code of that category");
    }

    #[test]
    fn the_dot() {
        assert_eq!(dotted("m5386").as_deref(), Some("M53.86"));
        assert_eq!(dotted("M53.8-").as_deref(), Some("M53.8"));
        assert_eq!(dotted("s39012a").as_deref(), Some("S39.012A"));
        assert_eq!(dotted("M53").as_deref(), Some("M53"));
        for wrong in ["", "M5", "facet-syndrome", "12345", "M53 86", "médical", "M53.86.99.99"] {
            assert_eq!(dotted(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_bad_table_is_refused_with_its_line() {
        for (text, error) in [
            ("#\nM53.86\tTitle\tFY2027\nM53.87\tTitle", "t.tsv:3: 2 cells; a row has 3: code, title, year"),
            ("M53.86\tTitle\tFY2027\tmore", "t.tsv:1: 4 cells; a row has 3: code, title, year"),
            ("M53.86\tTitle\tFY2025", "t.tsv:1: unknown year `FY2025`; one of FY2026, FY2027, unread"),
            ("M5386\tTitle\tFY2027", "t.tsv:1: `M5386` has not the form of a code, such as M53.86"),
            ("M53.86\t \tFY2027", "t.tsv:1: the title is empty"),
            (
                "M53.86\tA\tFY2027\nM53.87\tB\tFY2027\nM53.86\tC\tFY2027",
                "t.tsv:3: code M53.86 stands twice, first in line 1",
            ),
        ] {
            assert_eq!(parse("t.tsv", text).unwrap_err().to_string(), error);
        }
        let own = include_str!("../../codes/icd10cm-fy2027.tsv");
        assert_eq!(parse("codes/icd10cm-fy2027.tsv", own).map(|t| t.len()), Ok(all().len()));
        assert!(all().len() > 1000);
    }
}
