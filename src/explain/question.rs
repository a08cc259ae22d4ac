//! The common questions: answers of `codes/questions.toml`, each statement with its source.

use super::{Explanation, Sources, mark};
use serde::Deserialize;
use std::sync::LazyLock;

/// A question with its answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Question {
    /// Unique, by which it is asked for.
    pub(super) id: String,
    /// The question.
    pub(super) title: String,
    /// The answer, statement by statement.
    pub(super) statement: Vec<Statement>,
}

/// A statement of an answer.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Statement {
    /// What holds.
    pub(super) text: String,
    /// Where it stands.
    pub(super) source: String,
    /// Whether it was read there.
    pub(super) verified: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    question: Vec<Question>,
}

static QUESTIONS: LazyLock<Vec<Question>> = LazyLock::new(|| {
    // the tests hold the embedded file to its form
    toml::from_str::<File>(include_str!("../../codes/questions.toml")).map(|f| f.question).unwrap_or_default()
});

pub(super) fn all() -> &'static [Question] {
    &QUESTIONS
}

pub(super) fn explain(id: &str) -> Option<Explanation> {
    let question = QUESTIONS.iter().find(|q| q.id == id)?;
    let mut sources = Sources::default();
    let mut answer = Vec::new();
    for s in &question.statement {
        let doubt = if s.verified { "" } else { " (not verified)" };
        answer.push(format!("- {}{doubt}", s.text));
        sources.add(&s.source, mark(s.verified));
    }
    let body = vec![("Answer".to_owned(), answer.join("\n"))];
    Some(Explanation { title: question.title.clone(), body, sources: sources.0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_right() {
        let file: File = toml::from_str(include_str!("../../codes/questions.toml")).unwrap();
        for q in &file.question {
            let slug = q.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
            assert!(slug && q.title.ends_with('?') && !q.statement.is_empty(), "{}", q.id);
            for s in &q.statement {
                assert!(s.text.ends_with('.') && !s.source.trim().is_empty(), "{}: {}", q.id, s.text);
                // nobody has read a list of covered codes that holds M53.86
                let lower = s.text.to_lowercase();
                assert!(!lower.contains("is covered") && !lower.contains("will be paid"), "{}", s.text);
            }
        }
        assert_eq!(file.question.len(), all().len());
    }
}
