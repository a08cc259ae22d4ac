//! Grades and severities; what they grade is settled where the mentions are put together.

use super::class::{Class, ClassStream, Element};
use super::template::{Rule, Templates};
use crate::lexicon::Hit;
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
    /// The grading systems that the words can mean, by their ids; empty where they name none.
    #[serde(default)]
    pub grading: Vec<String>,
    /// Lowest and highest grade of the system; a number outside is none of it.
    pub range: Option<[f32; 2]>,
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
    /// The grading systems that the words can mean, by their ids.
    pub grading: Vec<String>,
}

/// The grades of a note, from where the templates stand in it.
pub fn find(
    rules: &Templates<GradeRule>,
    hits: &[Hit],
    stream: &ClassStream,
    text_of: impl Fn(usize, usize) -> String,
) -> Vec<Grade> {
    rules
        .all_at(hits, stream)
        .filter_map(|(rules, range)| {
            let elements = stream.elements.get(range)?;
            let (first, end) = (elements.first()?.first, elements.last()?.end);
            rules.into_iter().find_map(|rule| {
                let value = value(rule, elements, &text_of)?;
                let (system, grading) = (rule.system.clone(), rule.grading.clone());
                Some(Grade { first, end, system, value, grading })
            })
        })
        .collect()
}

/// The value that a rule reads in its words; `None` where it is none of the rule's system.
fn value(
    rule: &GradeRule,
    elements: &[Element],
    text_of: &impl Fn(usize, usize) -> String,
) -> Option<String> {
    if let Some(value) = &rule.value {
        return Some(value.clone());
    }
    let (first, last) = (elements.first()?, elements.last()?);
    let number = |e: &&Element| matches!(e.class, Class::Number(_) | Class::Roman(_));
    let value = match (elements.iter().find(number), elements.iter().rfind(number)) {
        (Some(e), _) if rule.system == "measurement" => {
            let digits = text_of(e.first, e.end);
            let number = spelt(&e.class, &digits).unwrap_or_else(|| plain(&digits));
            let unit = text_of(e.end, last.end).to_lowercase();
            let unit = unit.trim_matches(|c: char| c == '-' || c.is_whitespace());
            let before = if e.first > first.first {
                text_of(first.first, e.first).to_lowercase()
            } else {
                String::new()
            };
            let minus = !rule.grading.is_empty() && (before.ends_with('-') || before.ends_with("minus "));
            format!("{}{}", if minus { "-" } else { "" }, measure(&number, unit))
        }
        (Some(from), Some(to)) => {
            let digits = text_of(from.first, to.end);
            let number = spelt(&from.class, &digits).unwrap_or_else(|| plain(&digits));
            let side = if last.end > to.end { text_of(last.first, last.end) } else { String::new() };
            // Castellvi 2a
            if side.len() == 1 && side.starts_with(char::is_alphabetic) { number + &side } else { number }
        }
        // Schizas A2: the letter is the value; KL3, MC1: the digit alone is
        _ if rule.system == "other" && rule.range.is_none() => text_of(last.first, last.end),
        _ if rule.range.is_some() => {
            let text = text_of(last.first, last.end);
            text.trim_start_matches(|c: char| c.is_alphabetic()).to_owned()
        }
        _ => words(&text_of(first.first, last.end)),
    };
    let within = rule.range.is_none_or(|[low, high]| {
        let numbers = numbers(&value);
        !numbers.is_empty() && numbers.iter().all(|n| (low..=high).contains(n))
    });
    within.then_some(value)
}

/// The numbers in a value: `1-2` gives 1 and 2, `-2.7` gives -2.7, `4 mm` gives 4.
pub fn numbers(value: &str) -> Vec<f32> {
    let sign = if value.starts_with('-') { -1.0 } else { 1.0 };
    value
        .split(|c: char| !c.is_ascii_digit() && c != '.')
        .filter_map(|n| n.parse::<f32>().ok())
        .map(|n| n * sign)
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
    let number = number.replace(" to ", "-").replace(" and ", "-").replace(" - ", "-");
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
        "" => return number.to_owned(),
        u => u,
    };
    format!("{number} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexicon::{Data, Lexicon, Stream};
    use crate::segment::Segments;

    fn read(text: &str) -> Vec<(String, String, String)> {
        let data = Data::default();
        let lexicon = Lexicon::new(&data.files).unwrap();
        let (name, file) = data.get("grades.toml").unwrap();
        let rules = Templates::new(name, file, &lexicon.spelling).unwrap();
        let segments = Segments::new(text, &lexicon.headings);
        let classes = ClassStream::new(&segments, &Stream::new(&segments, &lexicon.spelling));
        let words = |first, end| segments.span(first..end).of(text).to_owned();
        let named = |g: &Grade| !matches!(g.system.as_str(), "elsewhere" | "finding" | "severity");
        let grades = find(&rules, &rules.hits(&classes), &classes, words);
        grades.into_iter().filter(named).map(|g| (g.system, g.grading.join(" "), g.value)).collect()
    }

    #[test]
    fn systems_and_their_ranges() {
        let cases: &[(&str, &str, &str, &str)] = &[
            ("Pfirrmann IV", "pfirrmann", "pfirrmann", "4"),
            ("grade III (Pfirrmann)", "pfirrmann", "pfirrmann", "3"),
            ("Pfirrmann 7", "other", "modified-pfirrmann", "7"),
            ("modified Pfirrmann 3", "other", "modified-pfirrmann", "3"),
            ("Modic I-II", "modic", "modic", "1-2"),
            ("Modic type 1 and 2", "modic", "modic", "1-2"),
            ("MC1", "modic", "modic", "1"),
            ("Meyerding II", "meyerding", "meyerding", "2"),
            ("Pathria grade 1", "pathria", "pathria pathria-1-4", "1"),
            ("KL3", "kellgren_lawrence", "kellgren-lawrence", "3"),
            ("Kellgren-Lawrence grade 0", "kellgren_lawrence", "kellgren-lawrence", "0"),
            ("Fujiwara 2", "other", "fujiwara", "2"),
            ("Genant grade 2", "other", "genant", "2"),
            ("SQ1", "other", "genant", "1"),
            ("Lee central grade 2", "other", "lee-central", "2"),
            ("Schizas A2", "other", "schizas", "A2"),
            ("Castellvi IIa", "other", "castellvi", "IIa"),
            ("Castellvi type 2a", "other", "castellvi", "2a"),
            ("Castellvi IV", "other", "castellvi", "4"),
            ("Goutallier 4", "other", "goutallier", "4"),
            ("T-score -2.7", "measurement", "t-score", "-2.7"),
            ("grade 1", "grade", "", "1"),
            ("4 mm", "measurement", "", "4 mm"),
        ];
        for (text, system, grading, value) in cases {
            let expected = vec![((*system).to_owned(), (*grading).to_owned(), (*value).to_owned())];
            assert_eq!(read(text), expected, "{text}");
        }
        for text in [
            "Pfirrmann 9",
            "Pfirrmann 0",
            "Modic 4",
            "Meyerding 6",
            "Weishaupt 4",
            "Fujiwara 0",
            "KL 5",
            "Lee 4",
        ] {
            assert_eq!(read(text), [], "{text}");
        }
    }
}
