//! Lines of text for a terminal: wrapping, and characters that must not reach it.

/// Breaks at spaces into lines of at most `width` characters; a longer word stands alone. Empty text gives no line.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        let n = word.chars().count();
        match lines.last_mut() {
            Some(line) if length + 1 + n <= width => {
                line.push(' ');
                line.push_str(word);
                length += 1 + n;
            }
            _ => {
                lines.push(word.to_owned());
                length = n;
            }
        }
    }
    lines
}

/// Note text for a terminal: white space becomes a space, control and direction characters are replaced, since an
/// escape sequence in a note must not reach the terminal.
pub(super) fn clean(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c.is_whitespace() {
                ' '
            } else if unsafe_on_terminal(c) {
                '\u{FFFD}'
            } else {
                c
            }
        })
        .collect()
}

/// Control characters, and those that change the direction of what follows.
pub(super) fn unsafe_on_terminal(c: char) -> bool {
    c.is_control() || matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapping() {
        assert_eq!(wrap("one two  three", 7), ["one two", "three"]);
        assert_eq!(wrap("unbreakable x", 4), ["unbreakable", "x"]);
        assert!(wrap("  ", 4).is_empty());
    }

    #[test]
    fn escapes_do_not_pass() {
        assert_eq!(clean("a\x1b[31m\tb\u{202E}\u{9b}"), "a\u{FFFD}[31m b\u{FFFD}\u{FFFD}");
    }
}
