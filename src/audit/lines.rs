//! JSONL and CSV: one file a table that grows, is durable up to the committed length, and gets its name at the end.

use super::disk::Disk;
use super::plan::Format;
use super::row::Rows;
use super::state::Lengths;
use super::value::Value;
use super::worker::Done;
use super::{AuditError, TABLES, Table};
use std::borrow::Cow;
use std::fs::File;
use std::io::{BufWriter, Write};

/// The lines of one note, table by table.
pub(super) type Lines = [Vec<u8>; 3];

/// The rows of one note as JSON lines.
pub(super) fn jsonl(rows: &Rows) -> Lines {
    let mut lines = Lines::default();
    for ((out, table), rows) in lines.iter_mut().zip(TABLES).zip(rows) {
        for row in rows {
            let mut mark = b"{\"";
            for (column, value) in table.columns.iter().zip(row) {
                out.extend_from_slice(mark);
                out.extend_from_slice(column.name.as_bytes());
                out.extend_from_slice(b"\":");
                value.json(out);
                mark = b",\"";
            }
            out.extend_from_slice(b"}\n");
        }
    }
    lines
}

/// The rows of one note as CSV records.
pub(super) fn csv(rows: &Rows) -> Result<Lines, AuditError> {
    let mut lines = Lines::default();
    for (out, rows) in lines.iter_mut().zip(rows) {
        if rows.is_empty() {
            continue;
        }
        let mut writer = csv::WriterBuilder::new().buffer_capacity(1 << 10).from_writer(out);
        for row in rows {
            for value in row {
                writer.write_field(cell(value).as_bytes())?;
            }
            writer.write_record(None::<&[u8]>)?;
        }
        writer.flush().map_err(csv::Error::from)?;
    }
    Ok(lines)
}

fn header(table: Table) -> Result<Vec<u8>, AuditError> {
    let mut out = Vec::new();
    let mut writer = csv::Writer::from_writer(&mut out);
    writer.write_record(table.columns.iter().map(|column| column.name))?;
    writer.flush().map_err(csv::Error::from)?;
    drop(writer);
    Ok(out)
}

/// A spreadsheet takes a text that begins like a formula for one; an apostrophe makes it text. Numbers are numbers.
fn cell(value: &Value) -> Cow<'_, str> {
    let text = value.flat().unwrap_or_default();
    let formula = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
    if value.is_free() && text.starts_with(formula) { format!("'{text}").into() } else { text }
}

/// The files of one format.
pub(super) struct LineFiles {
    format: Format,
    files: Vec<Growing>,
}

struct Growing {
    /// Index of its table.
    table: usize,
    /// What it is called now and in the end.
    name: String,
    last: String,
    file: BufWriter<File>,
    length: u64,
}

impl LineFiles {
    /// Opens the files of the tables: new ones with their headers, or those of the interrupted audit.
    pub(super) fn open(
        disk: &Disk,
        format: Format,
        tables: &[usize],
        lengths: Option<&Lengths>,
    ) -> Result<Self, AuditError> {
        let mut files = Vec::new();
        for &table in tables {
            let last = format!("{}.{}", TABLES[table].name, format.name());
            let partial = format!("{last}.partial");
            let grown = match lengths.map(|l| l.get(&last).copied().unwrap_or(0)) {
                Some(length) => {
                    // A run that was interrupted between renaming and its last entry has the last name already.
                    let name =
                        if disk.exists(&partial) || !disk.exists(&last) { partial } else { last.clone() };
                    let file = if disk.exists(&name) || length > 0 {
                        disk.reopen(&name, length)?
                    } else {
                        disk.create(&name)?
                    };
                    Growing { table, name, last, file: buffered(file), length }
                }
                None => {
                    let file = disk.create(&partial)?;
                    Growing { table, name: partial, last, file: buffered(file), length: 0 }
                }
            };
            files.push(grown);
        }
        for file in &mut files {
            if file.length == 0 && format == Format::Csv {
                let header = header(TABLES[file.table])?;
                file.write(disk, &header)?;
            }
        }
        Ok(Self { format, files })
    }

    pub(super) fn append(&mut self, disk: &Disk, done: &Done) -> Result<(), AuditError> {
        let lines = match self.format {
            Format::Csv => &done.csv,
            _ => &done.jsonl,
        };
        for file in &mut self.files {
            file.write(disk, &lines[file.table])?;
        }
        Ok(())
    }

    /// Makes what was appended durable and notes the lengths.
    pub(super) fn commit(&mut self, disk: &Disk, lengths: &mut Lengths) -> Result<(), AuditError> {
        for file in &mut self.files {
            file.file.flush().map_err(|e| AuditError::io(&disk.path(&file.name), e))?;
            disk.sync(&file.name, file.file.get_ref())?;
            lengths.insert(file.last.clone(), file.length);
        }
        Ok(())
    }

    /// Gives the files their names.
    pub(super) fn finish(&mut self, disk: &Disk) -> Result<(), AuditError> {
        for file in &mut self.files {
            if file.name != file.last {
                disk.rename(&file.name, &file.last)?;
                file.name.clone_from(&file.last);
            }
        }
        Ok(())
    }
}

impl Growing {
    fn write(&mut self, disk: &Disk, bytes: &[u8]) -> Result<(), AuditError> {
        self.file.write_all(bytes).map_err(|e| AuditError::io(&disk.path(&self.name), e))?;
        self.length += bytes.len() as u64;
        Ok(())
    }
}

fn buffered(file: File) -> BufWriter<File> {
    BufWriter::with_capacity(1 << 18, file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_are_defused_and_numbers_stay_numbers() {
        let cells: [(Value, &str); 12] = [
            ("=1+1".into(), "'=1+1"),
            ("+1".into(), "'+1"),
            ("-1".into(), "'-1"),
            ("@SUM(A1)".into(), "'@SUM(A1)"),
            ("\t=1".into(), "'\t=1"),
            ("\r=1".into(), "'\r=1"),
            (vec!["=1".to_owned(), "b".to_owned()].into(), "'=1; b"),
            ("a=1".into(), "a=1"),
            (Value::Int(-1), "-1"),
            (Value::Float(-0.5), "-0.5"),
            (Value::Spans(vec![[1, 2], [3, 4]]), "1-2 3-4"),
            (Value::Null, ""),
        ];
        for (value, expected) in cells {
            assert_eq!(cell(&value), expected, "{value:?}");
        }
    }

    #[test]
    fn records_and_objects() {
        let mut rows = Rows::default();
        rows[1] = vec![vec![7u64.into(), "a\"b\n".to_owned().into(), Value::Null]];
        assert_eq!(csv(&rows).unwrap()[1], b"7,\"a\"\"b\n\",\n");
        assert_eq!(jsonl(&rows)[1], b"{\"note\":7,\"id\":\"a\\\"b\\n\",\"procedure\":null}\n");
        assert!(csv(&rows).unwrap()[0].is_empty());
    }
}
