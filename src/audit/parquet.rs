//! Parquet: one file a table and shard, which appears under its name when it is complete.

use super::arrow::{Cells, field};
use super::disk::Disk;
use super::value::Row;
use super::worker::Done;
use super::{AuditError, TABLES, Table};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::errors::ParquetError;
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use std::fs::File;
use std::io;
use std::sync::Arc;

/// Rows that are gathered before they are encoded.
const BATCH: usize = 4096;

/// The Parquet files of the tables.
pub(super) struct ParquetFiles {
    tables: Vec<Parts>,
}

impl ParquetFiles {
    /// Makes the directories and removes what a killed run left beyond the shards that count.
    pub(super) fn open(disk: &Disk, tables: &[usize], shards: u64) -> Result<Self, AuditError> {
        for &table in tables {
            let directory = TABLES[table].name;
            disk.directory(directory)?;
            for name in disk.names(directory)? {
                if number(&name).is_some_and(|shard| shard >= shards) || is_temporary(&name) {
                    disk.remove(&format!("{directory}/{name}"))?;
                }
            }
            for shard in 0..shards {
                let part = part(TABLES[table], shard);
                if !disk.exists(&part) {
                    return Err(AuditError::Damaged(disk.path(&part)));
                }
            }
        }
        Ok(Self { tables: tables.iter().map(|&table| Parts::new(table)).collect() })
    }

    pub(super) fn append(&mut self, disk: &Disk, shard: u64, done: &Done) -> Result<(), AuditError> {
        for parts in &mut self.tables {
            for row in &done.rows[parts.table] {
                parts.append(row);
                if parts.rows == BATCH {
                    parts.flush(disk, shard)?;
                }
            }
        }
        Ok(())
    }

    /// Completes the files of a shard and makes them durable.
    pub(super) fn commit(&mut self, disk: &Disk, shard: u64) -> Result<(), AuditError> {
        self.tables.iter_mut().try_for_each(|parts| parts.commit(disk, shard))
    }
}

/// Whether the file is one that this format writes.
pub(super) fn owns(name: &str) -> bool {
    number(name).is_some() || is_temporary(name)
}

fn part(table: Table, shard: u64) -> String {
    format!("{}/part-{shard:06}.parquet", table.name)
}

fn number(name: &str) -> Option<u64> {
    let digits = name.strip_prefix("part-")?.strip_suffix(".parquet")?;
    digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())?
}

fn is_temporary(name: &str) -> bool {
    name.strip_suffix(".tmp").is_some_and(|name| number(name).is_some())
}

/// One table: the file of the shard that is being written, and the rows that are not in it yet.
struct Parts {
    table: usize,
    schema: SchemaRef,
    columns: Vec<Cells>,
    rows: usize,
    writer: Option<ArrowWriter<File>>,
}

impl Parts {
    fn new(table: usize) -> Self {
        let columns = TABLES[table].columns;
        let schema = Arc::new(Schema::new(columns.iter().map(field).collect::<Vec<_>>()));
        Self {
            table,
            schema,
            columns: columns.iter().map(|c| Cells::new(c.kind)).collect(),
            rows: 0,
            writer: None,
        }
    }

    fn append(&mut self, row: &Row) {
        for (cells, value) in self.columns.iter_mut().zip(row) {
            cells.push(value);
        }
        self.rows += 1;
    }

    fn temporary(&self, shard: u64) -> String {
        part(TABLES[self.table], shard) + ".tmp"
    }

    fn flush(&mut self, disk: &Disk, shard: u64) -> Result<(), AuditError> {
        let name = self.temporary(shard);
        let failed = |e| failed(disk, &name, e);
        let arrays: Vec<ArrayRef> = self.columns.iter_mut().map(Cells::finish).collect();
        let batch = RecordBatch::try_new(self.schema.clone(), arrays).map_err(|e| failed(e.into()))?;
        self.rows = 0;
        let writer = match &mut self.writer {
            Some(writer) => writer,
            None => {
                let file = disk.create(&name)?;
                let writer =
                    ArrowWriter::try_new(file, self.schema.clone(), Some(properties().map_err(failed)?));
                self.writer.insert(writer.map_err(failed)?)
            }
        };
        writer.write(&batch).map_err(failed)
    }

    fn commit(&mut self, disk: &Disk, shard: u64) -> Result<(), AuditError> {
        // A shard without rows has a file too, so that patterns over the directory always fit.
        if self.rows > 0 || self.writer.is_none() {
            self.flush(disk, shard)?;
        }
        let name = self.temporary(shard);
        if let Some(writer) = self.writer.take() {
            disk.step(&name)?;
            let file = writer.into_inner().map_err(|e| failed(disk, &name, e))?;
            disk.sync(&name, &file)?;
            drop(file);
            disk.rename(&name, &part(TABLES[self.table], shard))?;
        }
        Ok(())
    }
}

fn properties() -> Result<WriterProperties, ParquetError> {
    let schema = KeyValue::new("chartgap.schema".to_owned(), Some(super::state::SCHEMA.to_owned()));
    Ok(WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(1)?))
        .set_created_by(concat!("chartgap ", env!("CARGO_PKG_VERSION")).to_owned())
        .set_key_value_metadata(Some(vec![schema]))
        .build())
}

/// A full disk is told as such.
fn failed(disk: &Disk, name: &str, error: ParquetError) -> AuditError {
    let path = disk.path(name);
    match error {
        ParquetError::External(source) => match source.downcast::<io::Error>() {
            Ok(source) => AuditError::Io { path, source: *source },
            Err(source) => AuditError::Parquet { path, source: ParquetError::External(source) },
        },
        source => AuditError::Parquet { path, source },
    }
}
