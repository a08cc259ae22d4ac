//! Cuts the text of a note into lines and pieces, so that overlapping marks become nested-free markup.

use crate::render::lines::LineIndex;
use std::ops::Range;

/// A marked range of the note: a byte range on character boundaries that is not empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) range: Range<usize>,
}

/// A part of one line over which the same marks lie.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) range: Range<usize>,
    /// Indices of the marks that lie over it.
    pub(super) over: Vec<usize>,
    /// Of these, the ones that begin with it.
    pub(super) first: Vec<usize>,
    /// Of these, the ones that end with it.
    pub(super) last: Vec<usize>,
}

/// The lines of `text`, each cut at the ends of the marks. Line ends belong to no piece.
///
/// Every byte of a line stands in exactly one piece. A mark of which nothing is left between line ends is lost.
pub(super) fn lines(text: &str, index: &LineIndex, marks: &[Mark]) -> Vec<Vec<Piece>> {
    let mut cuts: Vec<usize> = marks.iter().flat_map(|m| [m.range.start, m.range.end]).collect();
    cuts.sort_unstable();
    cuts.dedup();
    let mut begun = vec![false; marks.len()];
    let mut out: Vec<Vec<Piece>> = Vec::new();
    for line in (1..=index.count()).map(|n| shown_range(text, index, n)) {
        let from = cuts.partition_point(|&c| c <= line.start);
        let to = cuts.partition_point(|&c| c < line.end);
        let inner = cuts.get(from..to.max(from)).unwrap_or(&[]);
        let mut pieces = Vec::with_capacity(inner.len() + 1);
        let mut at = line.start;
        for end in inner.iter().copied().chain([line.end]).filter(|&end| end > line.start) {
            let range = at..end;
            at = end;
            let over: Vec<usize> = (0..marks.len()).filter(|&m| covers(&marks[m].range, &range)).collect();
            let first: Vec<usize> = over.iter().copied().filter(|&m| !begun[m]).collect();
            first.iter().for_each(|&m| begun[m] = true);
            pieces.push(Piece { range, over, first, last: Vec::new() });
        }
        out.push(pieces);
    }
    // A mark ends with the last piece that it lies over, which its own end may miss by a line end.
    let mut ended = vec![false; marks.len()];
    for piece in out.iter_mut().rev().flat_map(|line| line.iter_mut().rev()) {
        piece.last = piece.over.iter().copied().filter(|&m| !ended[m]).collect();
        piece.last.iter().for_each(|&m| ended[m] = true);
    }
    out
}

fn covers(mark: &Range<usize>, piece: &Range<usize>) -> bool {
    mark.start <= piece.start && piece.end <= mark.end
}

/// Bytes of a line without its end.
fn shown_range(text: &str, index: &LineIndex, line: usize) -> Range<usize> {
    let range = index.range(text, line);
    let end = range.end - usize::from(text[range.clone()].ends_with('\r'));
    range.start..end
}

/// Note text for a page: tabs stay, other control characters become the picture of themselves or, as the characters that
/// turn the direction of what follows and the invisible ones, the replacement character. One for one: offsets stay true.
pub(super) fn visible(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\t' => '\t',
            '\n' => ' ',
            '\0'..='\u{1F}' => char::from_u32(0x2400 + c as u32).unwrap_or(char::REPLACEMENT_CHARACTER),
            '\u{7F}' => '\u{2421}',
            c if c.is_control() => char::REPLACEMENT_CHARACTER,
            '\u{200B}'..='\u{200F}'
            | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}'
            | '\u{61C}'
            | '\u{FEFF}'
            | '\u{FFF9}'..='\u{FFFB}' => char::REPLACEMENT_CHARACTER,
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn shown(text: &str, ranges: &[(usize, usize)]) -> String {
        let marks: Vec<Mark> = ranges.iter().map(|&(start, end)| Mark { range: start..end }).collect();
        let names = |list: &[usize]| list.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
        let line = |pieces: Vec<Piece>| {
            let piece = |p: &Piece| match p.over.is_empty() {
                true => text[p.range.clone()].to_owned(),
                false => {
                    let (a, o, z) = (names(&p.first), names(&p.over), names(&p.last));
                    format!("[{a}<{o}:{}>{z}]", &text[p.range.clone()])
                }
            };
            pieces.iter().map(piece).collect::<String>()
        };
        lines(text, &LineIndex::new(text), &marks).into_iter().map(line).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn overlapping_marks_are_cut_at_every_end() {
        assert_eq!(shown("no marks", &[]), "no marks");
        assert_eq!(shown("abcdef", &[(0, 6)]), "[0<0:abcdef>0]");
        assert_eq!(shown("abcdef", &[(1, 4), (2, 6)]), "a[0<0:b>][1<0,1:cd>0][<1:ef>1]");
        assert_eq!(shown("abcdef", &[(1, 5), (2, 3), (2, 3)]), "a[0<0:b>][1,2<0,1,2:c>1,2][<0:de>0]f");
    }

    #[test]
    fn a_mark_over_several_lines_begins_and_ends_once() {
        assert_eq!(shown("ab\ncd\r\n\nef", &[(1, 9)]), "a[0<0:b>]|[<0:cd>]||[<0:e>0]f");
        // its end lies beyond the line end
        assert_eq!(shown("ab\ncd", &[(1, 3)]), "a[0<0:b>0]|cd");
    }

    #[test]
    fn what_cannot_be_seen_is_made_visible_one_for_one() {
        assert_eq!(visible("a\0\u{1b}[31m\tb\u{202E}\u{85}\u{7f}é"), "a␀␛[31m\tb\u{FFFD}\u{FFFD}␡é");
    }

    proptest! {
        #[test]
        fn every_character_of_a_line_stands_in_one_piece(
            text in "[a-cé\r\n]{0,30}",
            ends in proptest::collection::vec((0usize..31, 0usize..31), 0..6),
        ) {
            let at: Vec<usize> = text.char_indices().map(|(i, _)| i).chain([text.len()]).collect();
            let place = |n: usize| at[n.min(at.len() - 1)];
            let ranges = ends.iter().map(|&(a, b)| place(a.min(b))..place(a.max(b)));
            let marks: Vec<Mark> = ranges.filter(|r| !r.is_empty()).map(|range| Mark { range }).collect();
            let index = LineIndex::new(&text);
            let found = lines(&text, &index, &marks);
            let shown: Vec<Range<usize>> =
                (1..=index.count()).map(|n| shown_range(&text, &index, n)).collect();
            for (line, range) in found.iter().zip(&shown) {
                let joined: String = line.iter().map(|p| &text[p.range.clone()]).collect();
                prop_assert_eq!(joined, &text[range.clone()]);
            }
            let count = |of: fn(&Piece) -> &Vec<usize>, m: usize| {
                found.iter().flatten().filter(|p| of(p).contains(&m)).count()
            };
            for (m, mark) in marks.iter().enumerate() {
                let on = |line: &Range<usize>| mark.range.start.max(line.start) < mark.range.end.min(line.end);
                let blank = !shown.iter().any(on);
                prop_assert_eq!(count(|p| &p.first, m), usize::from(!blank));
                prop_assert_eq!(count(|p| &p.last, m), usize::from(!blank));
            }
        }
    }
}
