//! The code table: official titles by code, read when it is first asked.

use std::sync::LazyLock;

/// A code of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// With its dot, `M53.86`.
    pub code: &'static str,
    /// The official title.
    pub title: &'static str,
    /// The fiscal year whose tabular was read for it.
    pub year: &'static str,
}

static TABLE: LazyLock<Vec<Code>> = LazyLock::new(|| {
    let lines = include_str!("../../codes/icd10cm-fy2027.tsv").lines().filter(|l| !l.starts_with('#'));
    let mut codes: Vec<Code> = lines
        .filter_map(|l| {
            let mut cells = l.split('\t');
            Some(Code { code: cells.next()?, title: cells.next()?, year: cells.next()? })
        })
        .collect();
    codes.sort_unstable_by_key(|c| c.code);
    codes
});

/// A code in any case, with or without its dot.
pub fn find(code: &str) -> Option<Code> {
    let wanted = plain(code);
    TABLE.iter().find(|c| plain(c.code) == wanted).copied()
}

/// The billable codes below a category or family such as `M53.8`.
pub fn below(family: &str) -> impl Iterator<Item = Code> {
    let wanted = plain(family);
    TABLE.iter().filter(move |c| plain(c.code).starts_with(&wanted)).copied()
}

/// All codes, in order.
pub fn all() -> &'static [Code] {
    &TABLE
}

fn plain(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_are_official() {
        assert_eq!(find("m5386").map(|c| c.title), Some("Other specified dorsopathies, lumbar region"));
        assert_eq!(find("M51.36"), None, "not billable since FY2025");
        assert!(below("M51.36").count() >= 3);
        assert!(all().len() > 1000);
    }
}
