//! Text out of markup: words with single blanks, lines, paragraphs, cells and list marks, bounded in size.

use super::Reason;
use std::mem;

/// Builds the text of one note. Breaks and separators are only written before the words that follow them, so that the
/// text neither begins nor ends with one.
pub(super) struct Blocks {
    out: String,
    limit: usize,
    /// Line feeds due before the next word: 0, 1 or 2.
    feeds: u8,
    /// A blank is due before the next word of the line.
    blank: bool,
    /// Cells that began since the last word.
    cells: usize,
    /// Cells keep the blocks within them on their line.
    in_cell: usize,
    /// What the next line begins with.
    mark: String,
    full: bool,
}

/// Between the cells of a row.
const CELL: &str = " | ";

impl Blocks {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            out: String::new(),
            limit,
            feeds: 0,
            blank: false,
            cells: 0,
            in_cell: 0,
            mark: String::new(),
            full: false,
        }
    }

    /// Running text: white space collapses, as a browser shows it.
    pub(super) fn words(&mut self, text: &str) {
        let mut rest = text;
        while !self.full {
            let trimmed = rest.trim_start_matches(is_blank);
            self.blank |= trimmed.len() < rest.len();
            if trimmed.is_empty() {
                return;
            }
            let end = trimmed.find(is_blank).unwrap_or(trimmed.len());
            self.begin();
            self.push(&trimmed[..end]);
            rest = &trimmed[end..];
        }
    }

    /// Text whose line breaks and blanks count.
    pub(super) fn preformatted(&mut self, text: &str) {
        let mut lines = text.split('\n');
        if let Some(first) = lines.next() {
            self.exact(first);
        }
        for line in lines {
            self.feed();
            self.exact(line);
        }
    }

    fn exact(&mut self, line: &str) {
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.trim_matches(is_blank).is_empty() {
            self.blank |= !line.is_empty();
            return;
        }
        let line = if self.feeds > 0 || self.out.is_empty() || self.out.ends_with('\n') {
            line.trim_end_matches(is_blank)
        } else {
            line
        };
        self.begin();
        self.push(line);
    }

    /// A break that always counts; two of them leave an empty line.
    pub(super) fn feed(&mut self) {
        if self.in_cell > 0 {
            self.blank = true;
        } else {
            self.feeds = (self.feeds + 1).min(2);
            self.blank = false;
        }
    }

    /// What follows stands on a line of its own.
    pub(super) fn line(&mut self) {
        self.gap(1);
    }

    /// What follows stands apart by an empty line.
    pub(super) fn paragraph(&mut self) {
        self.gap(2);
    }

    fn gap(&mut self, feeds: u8) {
        if self.in_cell > 0 {
            self.blank = true;
        } else {
            self.feeds = self.feeds.max(feeds);
            self.blank = false;
        }
    }

    /// A heading: in capitals with a colon, so that the section is recognised whatever its words are.
    pub(super) fn heading(&mut self, words: &str) {
        let words = words.trim().trim_end_matches(':').trim_end();
        if words.is_empty() {
            return;
        }
        self.paragraph();
        self.words(&words.to_uppercase());
        self.push(":");
        self.line();
    }

    /// The next words are those of a list item.
    pub(super) fn item(&mut self, mark: &str) {
        self.line();
        if self.in_cell == 0 {
            mark.clone_into(&mut self.mark);
        }
    }

    /// A row of a table begins.
    pub(super) fn row(&mut self) {
        self.in_cell = 0;
        self.cells = 0;
        self.line();
    }

    /// A cell of a row begins.
    pub(super) fn cell_start(&mut self) {
        self.in_cell += 1;
        self.cells += 1;
        self.blank = false;
    }

    /// What follows stands in the next cell of the row; for formats that mark where cells end.
    pub(super) fn next_cell(&mut self) {
        self.cells += 1;
        self.blank = false;
        self.feeds = 0;
    }

    /// The cell ends.
    pub(super) fn cell_end(&mut self) {
        self.in_cell = self.in_cell.saturating_sub(1);
    }

    /// The table ends, and with it all cells that were left open.
    pub(super) fn table_end(&mut self) {
        self.in_cell = 0;
        self.cells = 0;
        self.line();
    }

    /// Whether the limit is passed; what comes is dropped.
    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    /// The text.
    ///
    /// # Errors
    /// It is larger than the limit.
    pub(super) fn finish(self) -> Result<String, Reason> {
        if self.full { Err(Reason::TooLarge { limit: self.limit as u64 }) } else { Ok(self.out) }
    }

    /// Writes what is due before a word.
    fn begin(&mut self) {
        let at_start = self.out.is_empty();
        if self.feeds > 0 {
            if !at_start {
                self.push(if self.feeds > 1 { "\n\n" } else { "\n" });
            }
        } else if self.cells > 0 && !at_start && !self.out.ends_with('\n') {
            self.push(CELL);
        } else if self.blank && !at_start && !self.out.ends_with(['\n', ' ']) {
            self.push(" ");
        }
        (self.feeds, self.blank, self.cells) = (0, false, 0);
        let mark = mem::take(&mut self.mark);
        self.push(&mark);
    }

    fn push(&mut self, text: &str) {
        if self.out.len() + text.len() > self.limit {
            self.full = true;
        }
        if !self.full {
            self.out.push_str(text);
        }
    }
}

/// White space of markup, and the blanks that typists use for layout.
fn is_blank(c: char) -> bool {
    matches!(
        c,
        ' ' | '\t' | '\n' | '\r' | '\u{c}' | '\u{a0}' | '\u{2002}' | '\u{2003}' | '\u{2009}' | '\u{202f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn breaks_are_written_between_words_alone() {
        let mut b = Blocks::new(200);
        b.paragraph();
        b.heading("Plan ");
        b.words("  rest\n and   ");
        b.words("ice");
        b.item("- ");
        b.words("walk");
        b.item("- ");
        b.item("- ");
        b.words("swim");
        b.row();
        b.cell_start();
        b.words("L4-5");
        b.cell_end();
        b.cell_start();
        b.cell_end();
        b.cell_start();
        b.line();
        b.words("bulge");
        b.table_end();
        b.feed();
        b.words("end");
        b.paragraph();
        assert_eq!(b.finish().unwrap(), "PLAN:\nrest and ice\n- walk\n- swim\nL4-5 | bulge\n\nend");
    }

    #[test]
    fn preformatted_text_keeps_its_lines() {
        let mut b = Blocks::new(200);
        b.preformatted("\nA:  1\r\n\n\n  B\n");
        b.words("c");
        assert_eq!(b.finish().unwrap(), "A:  1\n\n  B\nc");
    }

    #[test]
    fn the_limit_is_inclusive() {
        let build = |limit| {
            let mut b = Blocks::new(limit);
            b.words("ab cd");
            b.finish().map_err(|r| r.code())
        };
        assert_eq!(build(5), Ok("ab cd".to_owned()));
        assert_eq!(build(4), Err("too-large"));
    }
}
