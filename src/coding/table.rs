//! The code table: official titles by code, read when it is first asked.

use super::range::plain;
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
    let lines = include_str!("../../codes/icd10cm-fy2027.tsv").lines().filter(|l| !l.starts_with('#'));
    let mut codes: Vec<(String, Code)> = lines
        .filter_map(|l| {
            let mut cells = l.split('\t');
            let code = Code { code: cells.next()?, title: cells.next()?, year: cells.next()? };
            Some((plain(code.code), code))
        })
        .collect();
    codes.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    codes
});

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
    fn the_dot() {
        assert_eq!(dotted("m5386").as_deref(), Some("M53.86"));
        assert_eq!(dotted("M53.8-").as_deref(), Some("M53.8"));
        assert_eq!(dotted("s39012a").as_deref(), Some("S39.012A"));
        assert_eq!(dotted("M53").as_deref(), Some("M53"));
        for wrong in ["", "M5", "facet-syndrome", "12345", "M53 86", "médical", "M53.86.99.99"] {
            assert_eq!(dotted(wrong), None, "{wrong}");
        }
    }
}
