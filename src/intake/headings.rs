//! What a section is called in the text: its title where readers of notes know it, else the heading of its LOINC code.

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// LOINC section code to heading.
static BY_CODE: LazyLock<BTreeMap<&'static str, &'static str>> = LazyLock::new(|| {
    let lines = include_str!("../../codes/loinc-sections.tsv").lines();
    lines.filter(|l| !l.starts_with('#')).filter_map(|l| l.split_once('\t')).collect()
});

/// The headings that segmentation knows.
static KNOWN: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    #[derive(Deserialize)]
    struct File {
        section: Vec<Section>,
    }
    #[derive(Deserialize)]
    struct Section {
        headings: Vec<String>,
    }
    let file = toml::from_str::<File>(include_str!("../../lexicons/sections.toml"));
    file.map(|f| f.section.into_iter().flat_map(|s| s.headings).collect()).unwrap_or_default()
});

/// Whether segmentation knows the heading.
pub(super) fn known(title: &str) -> bool {
    KNOWN.contains(&normal(title))
}

/// The heading for a section code.
pub(super) fn of_code(code: &str) -> Option<&'static str> {
    BY_CODE.get(code.trim()).copied()
}

/// The heading of a section: a title that is known, else that of the first code that is, else the title as it is.
pub(super) fn of_section<'a>(title: Option<&'a str>, codes: &[&str]) -> Option<&'a str> {
    let title = title.map(str::trim).filter(|t| !t.is_empty());
    match title {
        Some(title) if known(title) => Some(title),
        _ => codes.iter().find_map(|c| of_code(c)).or(title),
    }
}

fn normal(title: &str) -> String {
    let title = title.trim().trim_end_matches(':').to_lowercase();
    title.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_heading_that_is_known() {
        for (code, heading) in BY_CODE.iter() {
            assert!(known(heading), "{code} {heading}");
            let (number, check) = code.split_once('-').unwrap();
            assert!(number.parse::<u32>().is_ok() && check.len() == 1, "{code}");
            assert_eq!(check, check_digit(number), "{code}");
        }
    }

    /// The check digit of LOINC: modulus 10, as on payment cards.
    fn check_digit(number: &str) -> String {
        let sum: u32 = (0..)
            .zip(number.bytes().rev())
            .map(|(place, b)| {
                let digit = u32::from(b - b'0') * if place % 2 == 0 { 2 } else { 1 };
                digit / 10 + digit % 10
            })
            .sum();
        ((10 - sum % 10) % 10).to_string()
    }

    #[test]
    fn titles_before_codes() {
        assert_eq!(of_section(Some(" Plan: "), &["51848-0"]), Some("Plan:"));
        assert_eq!(of_section(Some("What we think"), &["51848-0"]), Some("assessment"));
        assert_eq!(of_section(Some("What we think"), &["1-8"]), Some("What we think"));
        assert_eq!(of_section(None, &["1-8", "18776-5"]), Some("plan of treatment"));
        assert_eq!(of_section(Some(""), &[]), None);
    }
}
