//! Text of others inside GitHub Flavored Markdown: it stays text whatever it holds.

/// Characters of one piece; what is longer is cut, and says so.
const LENGTH: usize = 600;

/// A text as one line of Markdown that shows it and does nothing else: no markup, no HTML, no link.
///
/// White space is squeezed, so that nothing in it begins a block; control and direction characters are shown as `U+FFFD`.
pub fn escape(text: &str) -> String {
    let line = squeezed(text);
    let mut out = String::with_capacity(line.len() + 16);
    let mut before = '\0';
    // Digits at the start begin a list with the mark behind them.
    let mut counting = true;
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        let first = out.is_empty();
        let entity = match c {
            '&' => "&amp;",
            '<' => "&lt;",
            '>' => "&gt;",
            _ => "",
        };
        let escaped = match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' | '^' | '@' | '{' | '}' | '#' => true,
            '-' | '+' | '=' => first,
            '.' => counting && !first || before.eq_ignore_ascii_case(&'w'),
            ')' => counting && !first,
            // The colon of a scheme.
            ':' => chars.peek().is_some_and(|next| !next.is_whitespace()),
            _ => false,
        };
        counting &= c.is_ascii_digit();
        if entity.is_empty() {
            if escaped {
                out.push('\\');
            }
            out.push(c);
        } else {
            out.push_str(entity);
        }
        before = c;
    }
    out
}

/// A text in one line without what moves or hides text, cut where it is too long.
fn squeezed(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let mut out = String::new();
    let mut length = 0;
    for word in text.split_whitespace() {
        if length > 0 {
            out.push(' ');
        }
        for c in word.chars() {
            if length == LENGTH {
                out.push('…');
                return out;
            }
            out.push(if hidden(c) { char::REPLACEMENT_CHARACTER } else { c });
            length += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use pulldown_cmark::{Event, Options, Parser, Tag, TagEnd};

    /// What a reader sees of a text that stands in a paragraph of its own, or `None` where it is more than text.
    fn seen(markdown: &str) -> Option<String> {
        let mut out = String::new();
        for event in Parser::new_ext(markdown, Options::all() - Options::ENABLE_SMART_PUNCTUATION) {
            match event {
                Event::Text(text) => out.push_str(&text),
                Event::Start(Tag::Paragraph) | Event::End(TagEnd::Paragraph) => {}
                _ => return None,
            }
        }
        Some(out)
    }

    #[test]
    fn markup_stays_text() {
        for text in [
            "# Heading",
            "- item",
            "+ item",
            "1. item",
            "12) item",
            "=====",
            "---",
            "> quoted",
            "*bold* _it_ ~~gone~~ `code`",
            "[click](https://evil.example)",
            "![x](https://evil.example/x.png)",
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "&lt;b&gt; &amp; &#x41;",
            "a | b | c",
            "| --- |",
            "[ref]: https://evil.example",
            "[^1]",
            "$x$ {#id .class}",
            "back\\slash \\*",
            "```html",
            "    indented",
            "L4-5, 4/5 strength; pain 6/10 (NRS).",
        ] {
            let expected = text.split_whitespace().collect::<Vec<_>>().join(" ");
            assert_eq!(seen(&escape(text)).as_deref(), Some(expected.as_str()), "{text}");
        }
    }

    #[test]
    fn schemes_do_not_become_links() {
        assert_eq!(escape("see https://a.b, www.a.b"), "see https\\://a.b, www\\.a.b");
        assert_eq!(escape("Plan: rest."), "Plan: rest.");
    }

    #[test]
    fn what_hides_is_shown() {
        assert_eq!(escape("a\u{202e}b\u{7}c\u{200b}"), "a\u{fffd}b\u{fffd}c\u{fffd}");
        assert_eq!(escape("a\n\n# b\tc"), "a \\# b c");
        assert_eq!(escape(&"x".repeat(700)), format!("{}…", "x".repeat(LENGTH)));
    }

    proptest! {
        #[test]
        fn any_text_stays_text(text in "([#*_<>&|\\\\`~!()\\[\\]{}:/.@$^=+-]|[a-zw0-9]|[ \n\t]|é){0,40}") {
            let expected = squeezed(&text);
            prop_assert_eq!(seen(&escape(&text)), Some(expected));
        }
    }
}
