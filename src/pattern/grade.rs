//! Grades and severities; what they grade is settled where the mentions are put together.

use super::class::{Class, ClassStream};
use super::template::{Rule, Templates};
use serde::Deserialize;

/// A rule of `grades.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GradeRule {
    /// The grading system, as in the annotation guideline.
    pub system: String,
    /// Phrases over classes.
    pub terms: Vec<String>,
    /// The value; absent where it is the number or the words themselves.
    pub value: Option<String>,
    /// Lowest and highest grade of the system.
    pub range: Option<[u8; 2]>,
    /// What the numbers mean, where they are ambiguous.
    #[allow(dead_code, reason = "kept in the data for the reader of the file")]
    pub caveat: Option<String>,
    /// Where the rule comes from.
    #[allow(dead_code, reason = "kept in the data for the reader of the file")]
    pub source: Option<String>,
}

impl Rule for GradeRule {
    fn terms(&self) -> &[String] {
        &self.terms
    }
}

/// A grade found in a note.
#[derive(Clone, Debug, PartialEq)]
pub struct Grade {
    /// First token.
    pub first: usize,
    /// One past the last token.
    pub end: usize,
    /// The grading system: severity, measurement, pfirrmann, ...; `grade` for a bare `grade 1`, whose system the
    /// graded condition tells.
    pub system: String,
    /// The value in its normal form.
    pub value: String,
}

/// Finds the grades of a note.
pub fn find(
    rules: &Templates<GradeRule>,
    stream: &ClassStream,
    text_of: impl Fn(usize, usize) -> String,
) -> Vec<Grade> {
    rules
        .find(stream)
        .into_iter()
        .filter_map(|(rule, range)| {
            let elements = stream.elements.get(range)?;
            let (first, end) = (elements.first()?.first, elements.last()?.end);
            let number = elements.iter().find(|e| matches!(e.class, Class::Number(_) | Class::Roman(_)));
            if let (Some([low, high]), Some(e)) = (rule.range, number) {
                let n = match e.class {
                    Class::Number(n) => n,
                    Class::Roman(r) => f32::from(r),
                    _ => f32::from(low),
                };
                if n < f32::from(low) || n > f32::from(high) {
                    return None;
                }
            }
            let value = match (&rule.value, number) {
                (Some(value), _) => value.clone(),
                (None, Some(e)) => {
                    let digits = text_of(e.first, e.end);
                    let number = spelt(&e.class, &digits).unwrap_or_else(|| plain(&digits));
                    let unit = text_of(e.end, end).to_lowercase();
                    let unit = unit.trim_matches(|c: char| c == '-' || c.is_whitespace());
                    if rule.system == "measurement" { measure(&number, unit) } else { number }
                }
                // "Schizas A2": the letter is the value
                (None, None) if rule.system == "other" => {
                    let last = elements.last()?;
                    text_of(last.first, last.end)
                }
                (None, None) => words(&text_of(first, end)),
            };
            Some(Grade { first, end, system: rule.system.clone(), value })
        })
        .collect()
}

/// Severity words in their normal form: `very mild` is mild, `Moderate-to-severe` moderate to severe.
fn words(text: &str) -> String {
    let text = text.to_lowercase();
    let text = text.strip_prefix("very ").unwrap_or(&text);
    let full = |w: &str| if w == "mod" { "moderate".to_owned() } else { w.to_owned() };
    if text.contains("grade") {
        return text.split_whitespace().map(full).collect::<Vec<_>>().join(" ");
    }
    let parts = text.split(|c: char| c == '-' || c == '/' || c.is_whitespace()).filter(|w| !w.is_empty());
    let mut out: Vec<String> = parts.map(full).collect();
    if let [a, b] = out.as_slice()
        && a != b
        && ["mild", "moderate", "severe", "marked"].contains(&b.as_str())
    {
        out.insert(1, "to".into());
    }
    out.join(" ")
}

/// A number in words, in digits.
fn spelt(class: &Class, text: &str) -> Option<String> {
    match class {
        Class::Number(n) if text.starts_with(|c: char| c.is_alphabetic()) => Some(n.to_string()),
        _ => None,
    }
}

/// `III` to `3`, `I-II` to `1-2`.
fn plain(number: &str) -> String {
    let number = number.replace(" to ", "-").replace(" - ", "-");
    let mut out = String::with_capacity(number.len());
    for part in number.split_inclusive(['-', '/', ' ']) {
        let (word, sep) = part.split_at(part.trim_end_matches(['-', '/', ' ']).len());
        out.push_str(match word {
            "I" | "i" => "1",
            "II" | "ii" => "2",
            "III" | "iii" => "3",
            "IV" | "iv" => "4",
            "V" | "v" => "5",
            other => other,
        });
        out.push_str(sep);
    }
    out
}

fn measure(number: &str, unit: &str) -> String {
    let unit = match unit {
        u if u.starts_with('m') => "mm",
        u if u.starts_with('c') => "cm",
        u if u.starts_with('d') || u.starts_with('°') => "degrees",
        u if u.starts_with('%') || u.starts_with("percent") => return format!("{number}%"),
        u => u,
    };
    format!("{number} {unit}")
}
