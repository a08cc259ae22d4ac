//! Holds concepts against each other: a term that a concept gives twice, a phrase that two concepts share.
//!
//! A phrase is shared where two walks through the graph of terms read the same words and end with different owners. The
//! walks go side by side, pair of states by pair of states, so that no term is ever written out.

use super::file::{Concept, LexiconError};
use super::load::Place;
use super::matcher::EXCLUDED;
use super::phrases::{Phrases, Shared};
use super::stream::phrase;
use crate::mention::Label;
use crate::segment::Spelling;
use rustc_hash::FxHashMap;

/// The first term that one of the chosen concepts gives twice, be it in other letters or spelling.
pub(super) fn repeated(
    concepts: &[(Label, Concept)],
    places: &[Place],
    chosen: &[bool],
    spelling: &Spelling,
) -> Option<LexiconError> {
    for ((_, c), place) in
        concepts.iter().zip(places).zip(chosen).filter(|(_, chosen)| **chosen).map(|(x, _)| x)
    {
        for (list, terms) in [("terms", &c.terms), ("cased", &c.cased), ("excludes", &c.excludes)] {
            let mut seen: FxHashMap<Vec<u8>, &String> = FxHashMap::default();
            for term in terms {
                let key = if list == "cased" { term.clone().into_bytes() } else { normal(term, spelling) };
                if let Some(first) = seen.insert(key, term) {
                    let reason = match first == term {
                        true => format!("term `{term}` stands twice in `{list}`"),
                        false => format!("term `{term}` is `{first}` again: both have one normal form"),
                    };
                    return Some(place.refuse(None, &c.id, reason));
                }
            }
        }
    }
    None
}

/// A term with its words in their normal form and its brackets as they are.
fn normal(term: &str, spelling: &Spelling) -> Vec<u8> {
    let mut out = Vec::new();
    for part in term.split_inclusive(['[', ']', '{', '}', '|']) {
        let words = part.trim_end_matches(['[', ']', '{', '}', '|']);
        out.extend(phrase(words, spelling));
        out.extend_from_slice(&part.as_bytes()[words.len()..]);
    }
    out
}

/// A phrase of one of the chosen concepts that belongs to another concept as well. A cased term and a plain one may
/// share their words, since the letters of the note decide; the context of a concept does not, since one match has one
/// concept before the context is looked at.
pub(super) fn shared(
    concepts: &[(Label, Concept)],
    places: &[Place],
    chosen: &[bool],
    phrases: &Phrases,
) -> Option<LexiconError> {
    let mine = |owner: u32| owner != EXCLUDED && owner.is_multiple_of(2) && chosen[owner as usize / 2];
    let others = |own: u32, other: u32| other != EXCLUDED && other.is_multiple_of(2) && other != own;
    let (own, other, reason) = match phrases.shared(mine, others) {
        Shared::None => return cased(concepts, places, chosen),
        Shared::Phrase { own, other, words } => (own / 2, other / 2, format!("`{words}`")),
        Shared::TooMany { own } => {
            let place = &places[own as usize / 2];
            let reason = "the terms have too many overlapping alternatives to be compared".to_owned();
            return Some(place.refuse(None, &concepts[own as usize / 2].1.id, reason));
        }
    };
    Some(refuse(concepts, places, own as usize, other as usize, &reason))
}

/// A cased term of two concepts.
fn cased(concepts: &[(Label, Concept)], places: &[Place], chosen: &[bool]) -> Option<LexiconError> {
    let mut owners: FxHashMap<&str, usize> = FxHashMap::default();
    for (i, (_, c)) in concepts.iter().enumerate() {
        for term in &c.cased {
            match owners.insert(term, i) {
                Some(first) if first != i && (chosen[i] || chosen[first]) => {
                    let (own, other) = if chosen[i] { (i, first) } else { (first, i) };
                    return Some(refuse(concepts, places, own, other, &format!("cased `{term}`")));
                }
                _ => {}
            }
        }
    }
    None
}

fn refuse(
    concepts: &[(Label, Concept)],
    places: &[Place],
    own: usize,
    other: usize,
    phrase: &str,
) -> LexiconError {
    let (id, theirs) = (&concepts[own].1.id, &concepts[other].1.id);
    let reason = format!(
        "the phrase {phrase} belongs to concept \"{theirs}\" too ({}); a phrase belongs to one concept: take it out, give it \
         as `cased`, or replace \"{theirs}\" by a concept of that id",
        places[other]
    );
    places[own].refuse(None, id, reason)
}

#[cfg(test)]
mod tests {
    use crate::lexicon::{Data, Lexicon};

    fn file(concepts: &[(&str, &str)]) -> String {
        let mut out = "label = \"care\"\n".to_owned();
        for (id, terms) in concepts {
            out += &format!(
                "\n[[concept]]\nid = \"{id}\"\nname = \"n\"\n{terms}\nsource = \"s\"\nverified = false\ntype = \"other\"\n"
            );
        }
        out
    }

    fn error(concepts: &[(&str, &str)]) -> String {
        let files = [("mine/care.toml".to_owned(), file(concepts))];
        Lexicon::new(&files).err().map(|e| e.to_string()).unwrap_or_default()
    }

    #[test]
    fn a_phrase_of_two_concepts_is_found_behind_alternatives() {
        let said = error(&[
            ("a", r#"terms = ["{low|mid} back [deep] {massage|rub}"]"#),
            ("b", r#"terms = ["hot stone", "back rubs", "[very] low-back deep rubs"]"#),
        ]);
        let start = "mine/care.toml:3: concept \"a\": the phrase `low back deep rub` belongs to concept \"b\" too (mine/care.toml:11); ";
        assert!(said.starts_with(start), "{said}");
        assert_eq!(error(&[("a", r#"terms = ["low back rub"]"#), ("b", r#"terms = ["back rub"]"#)]), "");
    }

    #[test]
    fn letters_are_a_reason_to_share() {
        assert_eq!(error(&[("a", r#"cased = ["PT"]"#), ("b", r#"terms = ["pt"]"#)]), "");
        let said = error(&[("a", r#"cased = ["PT"]"#), ("b", r#"cased = ["PT"]"#)]);
        assert!(said.contains("the phrase cased `PT` belongs to concept"), "{said}");
        assert_eq!(error(&[("a", r#"cased = ["PT"]"#), ("b", r#"cased = ["Pt"]"#)]), "");
        let context = error(&[("a", "terms = [\"pt\"]\ncontext = \"near\""), ("b", r#"terms = ["pt"]"#)]);
        assert!(context.contains("the phrase `pt` belongs"), "{context}");
    }

    #[test]
    fn a_term_stands_once() {
        for (terms, reason) in [
            (r#"terms = ["back rub", "back rub"]"#, "term `back rub` stands twice in `terms`"),
            (
                r#"terms = ["[Low] back-rubs", "[low] back rub"]"#,
                "term `[low] back rub` is `[Low] back-rubs` again",
            ),
            (r#"cased = ["PT", "PT"]"#, "term `PT` stands twice in `cased`"),
            ("terms = [\"x y\"]\nexcludes = [\"a\", \"A\"]", "term `A` is `a` again"),
        ] {
            let said = error(&[("a", terms)]);
            assert!(said.starts_with(&format!("mine/care.toml:3: concept \"a\": {reason}")), "{said}");
        }
        assert_eq!(error(&[("a", "terms = [\"pt\"]\ncased = [\"pt\"]")]), "");
    }

    #[test]
    fn alternatives_that_multiply_are_compared_in_time() {
        let many = "[{a|b|c|d|e|f|g|h}] ".repeat(40);
        let said = error(&[
            ("a", &format!(r#"terms = ["{many} end"]"#)),
            ("b", &format!(r#"terms = ["{many} stop"]"#)),
        ]);
        assert!(said.is_empty() || said.contains("too many overlapping"), "{said}");
    }

    #[test]
    fn the_embedded_concepts_keep_apart() {
        let lexicon = Lexicon::new(&Data::default().files).unwrap();
        assert_eq!(lexicon.fault().map(|e| e.to_string()), None);
    }
}
