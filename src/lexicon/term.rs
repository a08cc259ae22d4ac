//! Term syntax of the data files: `[a|b]` optional and `{a|b}` required alternatives, expanded at load.

/// More expansions than this are a mistake in the data.
pub(super) const MAX_EXPANSIONS: usize = 5000;

/// Why a term can't be expanded.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TermError {
    /// A bracket without its partner.
    #[error("unbalanced bracket")]
    Unbalanced,
    /// Too many alternatives multiplied.
    #[error("more than {MAX_EXPANSIONS} expansions")]
    TooMany,
    /// Nothing would be left to match.
    #[error("a term must not be empty")]
    Empty,
}

/// Every plain phrase that a term stands for.
///
/// # Errors
/// Unbalanced brackets, more than 5000 expansions, an empty phrase.
pub(crate) fn expand(term: &str) -> Result<Vec<String>, TermError> {
    let mut rest = term;
    let phrases = sequence(&mut rest)?;
    if !rest.is_empty() {
        return Err(TermError::Unbalanced);
    }
    let mut out: Vec<String> =
        phrases.iter().map(|p| p.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    out.sort_unstable();
    out.dedup();
    if out.iter().any(String::is_empty) { Err(TermError::Empty) } else { Ok(out) }
}

/// Reads up to the end, a `|` or a closing bracket of the level above.
fn sequence(rest: &mut &str) -> Result<Vec<String>, TermError> {
    let mut phrases = vec![String::new()];
    while let Some(c) = rest.chars().next() {
        let alternatives = match c {
            '|' | ']' | '}' => break,
            '[' | '{' => {
                *rest = &rest[1..];
                let mut all = if c == '[' { vec![String::new()] } else { Vec::new() };
                loop {
                    all.extend(sequence(rest)?);
                    let close = rest.chars().next().ok_or(TermError::Unbalanced)?;
                    *rest = &rest[1..];
                    match close {
                        '|' => {}
                        ']' if c == '[' => break,
                        '}' if c == '{' => break,
                        _ => return Err(TermError::Unbalanced),
                    }
                }
                all
            }
            _ => {
                let end = rest.find(['[', ']', '{', '}', '|']).unwrap_or(rest.len());
                let (plain, after) = rest.split_at(end);
                *rest = after;
                for p in &mut phrases {
                    p.push_str(plain);
                }
                continue;
            }
        };
        if phrases.len() * alternatives.len() > MAX_EXPANSIONS {
            return Err(TermError::TooMany);
        }
        phrases = phrases.iter().flat_map(|p| alternatives.iter().map(move |a| format!("{p}{a}"))).collect();
    }
    Ok(phrases)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expansions() {
        let cases: &[(&str, &[&str])] = &[
            ("facet [joint] pain", &["facet joint pain", "facet pain"]),
            ("{a|b c} d", &["a d", "b c d"]),
            ("x {a|b[ c]}", &["x a", "x b", "x b c"]),
            ("{|un}stable", &["stable", "unstable"]),
        ];
        for (term, expected) in cases {
            assert_eq!(expand(term).unwrap(), *expected, "{term}");
        }
    }

    #[test]
    fn mistakes() {
        for (term, error) in [
            ("a [b", TermError::Unbalanced),
            ("a] b", TermError::Unbalanced),
            ("{a]", TermError::Unbalanced),
            ("[a]", TermError::Empty),
        ] {
            assert_eq!(expand(term), Err(error), "{term}");
        }
        let many = "{a|b|c|d|e|f|g|h|i|j}".repeat(5);
        assert_eq!(expand(&many), Err(TermError::TooMany));
    }
}
