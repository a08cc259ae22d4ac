//! Term syntax of the data files: `[a|b]` optional and `{a|b}` required alternatives.

/// A term as a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// Words as written.
    Words(String),
    /// One of several sequences; an empty one makes it optional.
    Choice {
        /// The alternatives.
        of: Vec<Vec<Node>>,
        /// Whether it may be left out.
        optional: bool,
    },
}

/// More glued alternatives than this are a mistake in the data.
const MAX_GLUED: usize = 5000;

/// Brackets within brackets at most.
const MAX_DEPTH: usize = 16;

/// Why a term can't be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TermError {
    /// A bracket without its partner.
    #[error("unbalanced bracket")]
    Unbalanced,
    /// Brackets within too many brackets.
    #[error("more than {MAX_DEPTH} brackets within each other")]
    TooDeep,
    /// Too many alternatives that are glued to letters.
    #[error("more than {MAX_GLUED} alternatives glued to words")]
    TooMany,
    /// A term that matches nothing or everything.
    #[error("a term must not be empty")]
    Empty,
}

/// Reads a term. A term whose alternatives are glued to letters (`{|un}stable`) becomes a choice of plain phrases.
///
/// # Errors
/// Unbalanced brackets, a term that could be empty, too many glued alternatives.
pub(super) fn parse(term: &str) -> Result<Vec<Node>, TermError> {
    let mut rest = term;
    let nodes = sequence(&mut rest, 0)?;
    if !rest.is_empty() {
        return Err(TermError::Unbalanced);
    }
    if may_be_empty(&nodes) {
        return Err(TermError::Empty);
    }
    if !glued(term) {
        return Ok(nodes);
    }
    let plain = expand(&nodes)?;
    Ok(vec![Node::Choice { of: plain.into_iter().map(|p| vec![Node::Words(p)]).collect(), optional: false }])
}

fn sequence(rest: &mut &str, depth: usize) -> Result<Vec<Node>, TermError> {
    if depth > MAX_DEPTH {
        return Err(TermError::TooDeep);
    }
    let mut nodes = Vec::new();
    while let Some(c) = rest.chars().next() {
        match c {
            '|' | ']' | '}' => break,
            '[' | '{' => {
                *rest = &rest[1..];
                let mut of = Vec::new();
                loop {
                    of.push(sequence(rest, depth + 1)?);
                    let close = rest.chars().next().ok_or(TermError::Unbalanced)?;
                    *rest = &rest[1..];
                    match (c, close) {
                        (_, '|') => {}
                        ('[', ']') | ('{', '}') => break,
                        _ => return Err(TermError::Unbalanced),
                    }
                }
                let empty = of.iter().any(|s| may_be_empty(s));
                of.retain(|s| !s.is_empty());
                nodes.push(Node::Choice { of, optional: c == '[' || empty });
            }
            _ => {
                let end = rest.find(['[', ']', '{', '}', '|']).unwrap_or(rest.len());
                let (plain, after) = rest.split_at(end);
                *rest = after;
                if !plain.trim().is_empty() {
                    nodes.push(Node::Words(plain.to_owned()));
                }
            }
        }
    }
    Ok(nodes)
}

fn may_be_empty(nodes: &[Node]) -> bool {
    nodes.iter().all(|n| match n {
        Node::Words(_) => false,
        Node::Choice { of, optional } => *optional || of.iter().any(|s| may_be_empty(s)),
    })
}

/// A bracket that touches a letter or another bracket: `{|un}stable`.
fn glued(term: &str) -> bool {
    let b = term.as_bytes();
    let solid = |x: u8| !x.is_ascii_whitespace() && x != b'|';
    (0..b.len()).any(|i| match b[i] {
        b'[' | b'{' => i > 0 && solid(b[i - 1]) && !matches!(b[i - 1], b'[' | b'{'),
        b']' | b'}' => b.get(i + 1).is_some_and(|&n| solid(n) && !matches!(n, b']' | b'}')),
        _ => false,
    })
}

fn expand(nodes: &[Node]) -> Result<Vec<String>, TermError> {
    let mut phrases = vec![String::new()];
    for node in nodes {
        let alternatives = match node {
            Node::Words(w) => vec![w.clone()],
            Node::Choice { of, optional } => {
                let mut all = if *optional { vec![String::new()] } else { Vec::new() };
                for s in of {
                    all.extend(expand(s)?);
                }
                all
            }
        };
        if phrases.len() * alternatives.len() > MAX_GLUED {
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
    fn glued_alternatives_become_words() {
        let words = |s: &str| vec![Node::Words(s.into())];
        assert_eq!(
            parse("{|un}stable").unwrap(),
            [Node::Choice { of: vec![words("stable"), words("unstable")], optional: false }]
        );
        assert_eq!(
            parse("a [b|c]").unwrap(),
            [Node::Words("a ".into()), Node::Choice { of: vec![words("b"), words("c")], optional: true }]
        );
    }

    #[test]
    fn mistakes() {
        for (term, error) in [
            ("a [b", TermError::Unbalanced),
            ("a] b", TermError::Unbalanced),
            ("{a]", TermError::Unbalanced),
            ("[a]", TermError::Empty),
            ("", TermError::Empty),
            ("{a|} [b]", TermError::Empty),
        ] {
            assert_eq!(parse(term), Err(error), "{term}");
        }
        assert_eq!(parse(&"[".repeat(100_000)), Err(TermError::TooDeep));
        let many = "{a|b|c|d|e|f|g|h|i|j}".repeat(5);
        assert_eq!(parse(&many), Err(TermError::TooMany));
    }
}
