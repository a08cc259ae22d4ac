//! The common questions: answers of `codes/questions.toml`, each statement with its source.

use super::{Explanation, Sources, mark};
use crate::datafile::{self, DataError};
use serde::Deserialize;
use std::sync::LazyLock;
use toml::Spanned;

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
    question: Vec<Spanned<Question>>,
}

static QUESTIONS: LazyLock<Vec<Question>> = LazyLock::new(|| {
    // the tests hold the embedded file to its form
    parse("codes/questions.toml", include_str!("../../codes/questions.toml")).unwrap_or_default()
});

fn parse(file: &str, text: &str) -> Result<Vec<Question>, DataError> {
    let form: File = datafile::read(file, text)?;
    let mut out: Vec<Question> = Vec::with_capacity(form.question.len());
    for q in form.question {
        let at = q.span().start;
        let q = q.into_inner();
        let problem = if out.iter().any(|known| known.id == q.id) {
            "the id is given twice"
        } else if q.statement.is_empty() {
            "an answer needs a [[question.statement]]"
        } else if q.statement.iter().any(|s| s.source.trim().is_empty()) {
            "every statement has a source"
        } else {
            out.push(q);
            continue;
        };
        return Err(datafile::refuse(file, text, at, format!("question \"{}\": {problem}", q.id)));
    }
    Ok(out)
}

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
        let own = parse("codes/questions.toml", include_str!("../../codes/questions.toml")).unwrap();
        for q in &own {
            let slug = q.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
            assert!(slug && q.title.ends_with('?') && !q.statement.is_empty(), "{}", q.id);
            for s in &q.statement {
                assert!(s.text.ends_with('.') && !s.source.trim().is_empty(), "{}: {}", q.id, s.text);
                // nobody has read a list of covered codes that holds M53.86
                let lower = s.text.to_lowercase();
                assert!(!lower.contains("is covered") && !lower.contains("will be paid"), "{}", s.text);
            }
        }
        assert_eq!(own.len(), all().len());
    }

    #[test]
    fn a_bad_file_is_refused_with_its_line() {
        let entry = "\n[[question]]\nid = \"a\"\ntitle = \"b?\"\n[[question.statement]]\ntext = \"x.\"\nsource = \"s\"\nverified = true\n";
        for (text, error) in [
            (entry.replace("source = \"s\"\n", ""), "q.toml:5: missing field `source`"),
            (entry.replace("\"s\"", "\" \""), "q.toml:2: question \"a\": every statement has a source"),
            (entry.replace("title", "titel"), "q.toml:4: unknown field `titel`, expected one of `id`, "),
            (entry.repeat(2), "q.toml:10: question \"a\": the id is given twice"),
        ] {
            let found = parse("q.toml", &text).unwrap_err().to_string();
            assert!(found.starts_with(error), "{found}");
        }
    }
}
