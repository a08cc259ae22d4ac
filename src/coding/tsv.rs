//! Rows of the tab-separated tables in `codes/`, each with its place.

use crate::datafile::DataError;

/// The place of a row.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    file: &'a str,
    /// Counted from 1.
    pub(super) line: usize,
}

/// The rows of a table with columns of these names; `#` starts a comment.
pub(super) fn rows<'a, const N: usize>(
    file: &'a str,
    text: &'static str,
    columns: [&'static str; N],
) -> impl Iterator<Item = Result<(Row<'a>, [&'static str; N]), DataError>> {
    text.lines().enumerate().filter(|(_, l)| !l.starts_with('#')).map(move |(i, l)| {
        let row = Row { file, line: i + 1 };
        let cells: Vec<&str> = l.split('\t').collect();
        let found = cells.len();
        let cells = <[&str; N]>::try_from(cells);
        cells
            .map(|cells| (row, cells))
            .map_err(|_| row.refuse(format!("{found} cells; a row has {N}: {}", columns.join(", "))))
    })
}

impl Row<'_> {
    /// An error about the row.
    pub(super) fn refuse(self, problem: String) -> DataError {
        DataError { file: self.file.to_owned(), line: self.line, problem }
    }

    /// Refuses an empty cell.
    pub(super) fn some(self, column: &str, cell: &str) -> Result<(), DataError> {
        if cell.trim().is_empty() { Err(self.refuse(format!("the {column} is empty"))) } else { Ok(()) }
    }

    /// Refuses a cell that is none of the allowed ones.
    pub(super) fn one_of(self, column: &str, cell: &str, allowed: &[&str]) -> Result<(), DataError> {
        if allowed.contains(&cell) {
            return Ok(());
        }
        Err(self.refuse(format!("unknown {column} `{cell}`; one of {}", allowed.join(", "))))
    }
}
