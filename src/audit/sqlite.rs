//! SQLite: the tables in one file with indices, one transaction a shard.
//!
//! The store commits before the journal does, so that it can only be ahead of it; resuming takes the surplus back.

use super::disk::Disk;
use super::table::{Column, Kind};
use super::value::Value;
use super::worker::Done;
use super::{AuditError, TABLES, Table};
use rusqlite::{Connection, OpenFlags};
use std::path::PathBuf;

/// Its file.
pub(super) const FILE: &str = "audit.sqlite";

/// Indices, made at once: rows come in the order of the notes, and an index over all of them that was made at the end
/// would be sorted in a temporary file outside the output directory.
const INDICES: &str = "
CREATE INDEX notes_id ON notes (id);
CREATE INDEX notes_outcome ON notes (outcome);
CREATE INDEX verdicts_note ON verdicts (note);
CREATE INDEX verdicts_element ON verdicts (element, verdict);";
const MENTION_INDICES: &str = "
CREATE INDEX mentions_note ON mentions (note);
CREATE INDEX mentions_concept ON mentions (concept, assertion);";

/// The store.
pub(super) struct Store {
    path: PathBuf,
    connection: Connection,
    /// Index of each table with the statement that fills it.
    tables: Vec<(usize, String)>,
}

impl Store {
    /// Makes the store, or takes back what it holds from `resume` on.
    pub(super) fn open(disk: &Disk, tables: &[usize], resume: Option<u64>) -> Result<Self, AuditError> {
        let path = disk.path(FILE);
        // Nothing is committed yet: the store may be half made.
        let fresh = resume.is_none_or(|next| next == 0 || !disk.exists(FILE));
        if fresh {
            if resume.is_some_and(|next| next > 0) {
                return Err(AuditError::Damaged(path));
            }
            for ending in ["-journal", "-wal", "-shm"] {
                disk.remove(&format!("{FILE}{ending}"))?;
            }
            // SQLite makes files that others can read; it keeps the mode of one that is there.
            drop(disk.create(FILE)?);
        }
        disk.step(FILE)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&path, flags);
        let connection = connection.map_err(|source| AuditError::Sqlite { path: path.clone(), source })?;
        let insert = tables.iter().map(|&table| (table, insert(TABLES[table]))).collect();
        let store = Self { path, connection, tables: insert };
        // Nothing may leave the output directory, and what is committed is on the disk.
        store.run(
            "PRAGMA temp_store = MEMORY; PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL;
             PRAGMA locking_mode = EXCLUSIVE; PRAGMA cache_size = -32768;",
        )?;
        if fresh {
            let mut schema = String::from("BEGIN;");
            for &table in tables {
                schema += &create(TABLES[table]);
            }
            schema += INDICES;
            if tables.contains(&2) {
                schema += MENTION_INDICES;
            }
            store.run(&(schema + "COMMIT;"))?;
        } else if let Some(next) = resume {
            let mut undo = String::from("BEGIN;");
            for &table in tables {
                let Keyed { name, key } = keyed(TABLES[table]);
                undo += &format!("DELETE FROM {name} WHERE {key} >= {next};");
            }
            store.run(&(undo + "COMMIT;"))?;
        }
        store.run("BEGIN;")?;
        Ok(store)
    }

    pub(super) fn append(&mut self, done: &Done) -> Result<(), AuditError> {
        for (table, insert) in &self.tables {
            if done.rows[*table].is_empty() {
                continue;
            }
            let filled = self.connection.prepare_cached(insert).and_then(|mut statement| {
                for row in &done.rows[*table] {
                    for (at, value) in row.iter().enumerate() {
                        bind(&mut statement, at + 1, value)?;
                    }
                    statement.raw_execute()?;
                }
                Ok(())
            });
            filled.map_err(|source| AuditError::Sqlite { path: self.path.clone(), source })?;
        }
        Ok(())
    }

    /// Makes what was appended durable.
    pub(super) fn commit(&mut self, disk: &Disk) -> Result<(), AuditError> {
        disk.step(FILE)?;
        self.run("COMMIT; BEGIN;")
    }

    /// Lets go of the file. What SQLite leaves of its own journal after a commit is empty.
    pub(super) fn finish(self, disk: &Disk) -> Result<(), AuditError> {
        disk.step(FILE)?;
        self.run("COMMIT;")?;
        let Self { path, connection, .. } = self;
        connection.close().map_err(|(_, source)| AuditError::Sqlite { path, source })?;
        disk.remove(&format!("{FILE}-journal"))
    }

    fn run(&self, sql: &str) -> Result<(), AuditError> {
        self.connection
            .execute_batch(sql)
            .map_err(|source| AuditError::Sqlite { path: self.path.clone(), source })
    }
}

struct Keyed {
    name: &'static str,
    key: &'static str,
}

/// A table with the column that holds the note's number.
fn keyed(table: Table) -> Keyed {
    Keyed { name: table.name, key: table.columns.first().map_or("", |column| column.name) }
}

fn create(table: Table) -> String {
    let columns: Vec<String> = table.columns.iter().map(definition).collect();
    format!("CREATE TABLE {} (\n  {}\n) STRICT;", table.name, columns.join(",\n  "))
}

fn definition(column: &Column) -> String {
    let kind = match column.kind {
        Kind::Bool | Kind::Int => "INTEGER",
        Kind::Float => "REAL",
        Kind::Text | Kind::Words | Kind::Spans => "TEXT",
    };
    let rest = match (column.name, column.required) {
        ("ordinal", _) => " PRIMARY KEY",
        (_, true) => " NOT NULL",
        (_, false) => "",
    };
    format!("\"{}\" {kind}{rest}", column.name)
}

fn insert(table: Table) -> String {
    let marks = vec!["?"; table.columns.len()].join(", ");
    format!("INSERT INTO {} VALUES ({marks})", table.name)
}

fn bind(statement: &mut rusqlite::Statement<'_>, at: usize, value: &Value) -> rusqlite::Result<()> {
    match value {
        Value::Null => statement.raw_bind_parameter(at, rusqlite::types::Null),
        Value::Bool(value) => statement.raw_bind_parameter(at, *value),
        Value::Int(value) => statement.raw_bind_parameter(at, *value),
        Value::Float(value) => statement.raw_bind_parameter(at, *value),
        Value::Text(_) | Value::Words(_) | Value::Spans(_) => {
            statement.raw_bind_parameter(at, value.flat().as_deref())
        }
    }
}
