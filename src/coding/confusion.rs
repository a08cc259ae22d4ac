//! What is widely said about a code and what the official code set says: data of `codes/confusions.toml`.

use super::range::plain;
use super::table;
use crate::datafile::{self, DataError};
use serde::Deserialize;
use std::sync::LazyLock;
use toml::Spanned;

/// A statement that contradicts the official code set.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Confusion {
    /// Unique.
    pub id: String,
    /// Concepts whose coding it is about.
    #[serde(default)]
    pub concepts: Vec<String>,
    /// Codes, or beginnings of codes, that it is about.
    pub codes: Vec<String>,
    /// What is said, as a clause after "Often said: ".
    pub said: String,
    /// What the official code set says.
    pub official: String,
    /// Where that stands.
    pub source: String,
    /// Whether it was read there.
    pub verified: bool,
}

impl Confusion {
    /// Whether it is about a code.
    pub fn is_about(&self, code: &str) -> bool {
        let code = plain(code);
        self.codes.iter().any(|c| {
            let c = plain(c);
            code.starts_with(&c) || c.starts_with(&code)
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    confusion: Vec<Spanned<Confusion>>,
}

static CONFUSIONS: LazyLock<Vec<Confusion>> = LazyLock::new(|| {
    // the tests hold the embedded file to its form
    parse("codes/confusions.toml", include_str!("../../codes/confusions.toml")).unwrap_or_default()
});

fn parse(file: &str, text: &str) -> Result<Vec<Confusion>, DataError> {
    let form: File = datafile::read(file, text)?;
    let mut out: Vec<Confusion> = Vec::with_capacity(form.confusion.len());
    for c in form.confusion {
        let at = c.span().start;
        let c = c.into_inner();
        let refuse = |at, what: String| {
            Err(datafile::refuse(file, text, at, format!("confusion \"{}\": {what}", c.id)))
        };
        if out.iter().any(|known| known.id == c.id) {
            return refuse(at, "the id is given twice".into());
        }
        if c.source.trim().is_empty() {
            return refuse(at, "a source is required".into());
        }
        if let Some(code) = c.codes.iter().find(|code| table::below(code).next().is_none()) {
            return refuse(datafile::quoted(text, at, code), table::unknown(code));
        }
        out.push(c);
    }
    Ok(out)
}

/// All of them.
pub fn all() -> &'static [Confusion] {
    &CONFUSIONS
}

/// Those that are about a concept.
pub fn of_concept(id: &str) -> impl Iterator<Item = &'static Confusion> {
    CONFUSIONS.iter().filter(move |c| c.concepts.iter().any(|x| x == id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_file_is_refused_with_its_line() {
        let entry = "[[confusion]]\nid = \"a\"\ncodes = [\n  \"M53.86\",\n]\nsaid = \"x\"\nofficial = \"y\"\nsource = \"s\"\nverified = true\n";
        for (text, error) in [
            (entry.replace("source = \"s\"\n", ""), "c.toml:1: missing field `source`"),
            (entry.replace("\"s\"", "\"\""), "c.toml:1: confusion \"a\": a source is required"),
            (entry.replace("said", "says"), "c.toml:6: unknown field `says`, expected one of `id`, "),
            (
                entry.replace("M53.86", "M54.6X"),
                "c.toml:4: confusion \"a\": unknown code M54.6X; the tables have M54.6",
            ),
            (entry.repeat(2), "c.toml:10: confusion \"a\": the id is given twice"),
        ] {
            let found = parse("c.toml", &text).unwrap_err().to_string();
            assert!(found.starts_with(error), "{found}");
        }
        let own = parse("codes/confusions.toml", include_str!("../../codes/confusions.toml"));
        assert_eq!(own.map(|c| c.len()), Ok(all().len()));
    }
}
