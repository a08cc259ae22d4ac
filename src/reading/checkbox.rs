//! Template boxes: an item behind an unticked box was not answered and says nothing (annotation guideline).

use crate::segment::Segments;

/// Bytes before an item in which its box stands.
const REACH: usize = 48;

/// Whether the last box before a token, on its line, is unticked.
pub(super) fn unticked(text: &str, s: &Segments, token: usize) -> bool {
    let Some(t) = s.tokens.get(token) else { return false };
    let end = t.span.start as usize;
    let mut start = end.saturating_sub(REACH);
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let before = &text[start..end];
    let line = before.rfind('\n').map_or(before, |n| &before[n + 1..]);
    let open = line.rfind("[ ]").max(line.rfind("[]")).max(line.rfind('☐')).max(line.rfind('□'));
    let ticked = ["[x]", "[X]", "☑", "☒", "✓", "✔", "[*]"].iter().filter_map(|b| line.rfind(b)).max();
    open > ticked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::Headings;

    #[test]
    fn the_last_box_on_the_line_counts() {
        let cases = [
            ("[ ] weakness", true),
            ("[x] weakness", false),
            ("[x] pain  [ ] weakness", true),
            ("☐ ice ☑ weakness", false),
            ("[ ] ice\nweakness", false),
            ("weakness", false),
        ];
        for (text, expected) in cases {
            let s = Segments::new(text, &Headings::default());
            let token = s.token_at(text.find("weakness").unwrap() as u32);
            assert_eq!(unticked(text, &s, token), expected, "{text}");
        }
    }
}
