//! What is widely said about a code and what the official code set says: data of `codes/confusions.toml`.

use super::range::plain;
use serde::Deserialize;
use std::sync::LazyLock;

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
    confusion: Vec<Confusion>,
}

static CONFUSIONS: LazyLock<Vec<Confusion>> = LazyLock::new(|| {
    // the tests hold the embedded file to its form
    toml::from_str::<File>(include_str!("../../codes/confusions.toml"))
        .map(|f| f.confusion)
        .unwrap_or_default()
});

/// All of them.
pub fn all() -> &'static [Confusion] {
    &CONFUSIONS
}

/// Those that are about a concept.
pub fn of_concept(id: &str) -> impl Iterator<Item = &'static Confusion> {
    CONFUSIONS.iter().filter(move |c| c.concepts.iter().any(|x| x == id))
}
