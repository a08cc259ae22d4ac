//! Arrow batches of notes to batches of their rows.

use crate::error::refused;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, BinaryArray, Int64Array, RecordBatch, StringArray};
use arrow_schema::{ArrowError, DataType, Field, Schema};
use arrow_select::concat::concat_batches;
use chartgap::audit::{self, Entry, TableOptions};
use chartgap::check::Engine;
use chartgap::intake::{self, BatchColumns, Form, Options};
use pyo3::prelude::*;
use pyo3_arrow::input::AnyRecordBatch;
use pyo3_arrow::{PyRecordBatch, PySchema};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the rows of a batch are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rows {
    /// Notes, numbered by their place in the data.
    Notes,
    /// Notes; `chartgap_ordinal`, `chartgap_file` and `chartgap_row` say where each comes from.
    Placed,
    /// Lines of JSONL in `chartgap_line`, with these columns and the byte that they start at, `chartgap_offset`.
    Lines,
}

impl Rows {
    pub(crate) fn named(name: &str) -> PyResult<Self> {
        match name {
            "notes" => Ok(Rows::Notes),
            "placed" => Ok(Rows::Placed),
            "lines" => Ok(Rows::Lines),
            _ => Err(refused("rows are notes, placed or lines")),
        }
    }
}

/// What to make of a batch.
pub(crate) struct Wanted<'a> {
    pub(crate) rows: Rows,
    /// What the rows call their input, and errors their file unless a column names it.
    pub(crate) source: &'a str,
    /// Number of the first note, where no column numbers them.
    pub(crate) first: u64,
    pub(crate) options: TableOptions,
}

/// The schema of the batches that [`check`] gives.
#[pyfunction]
pub(crate) fn columns(py: Python<'_>, mentions: bool) -> PyResult<Bound<'_, PyAny>> {
    PySchema::new(audit::nested_schema(mentions)).into_pyarrow(py)
}

/// Which of the columns are read for a note; `columns` names some by what they hold.
#[pyfunction]
pub(crate) fn note_columns(there: Vec<String>, columns: BTreeMap<String, String>) -> PyResult<Vec<String>> {
    let options = Options { columns: crate::checker::named(columns)?, ..Options::default() };
    let field = |name: &String| Field::new(name, DataType::Utf8, true);
    let schema = Schema::new(there.iter().map(field).collect::<Vec<_>>());
    let found = BatchColumns::find(&schema, &options).map_err(refused)?;
    Ok(found.indices().into_iter().filter_map(|at| there.get(at).cloned()).collect())
}

/// Checks all notes of the data; those that cannot be read are rows as well.
pub(crate) fn check(
    py: Python<'_>,
    engine: &Engine,
    data: AnyRecordBatch,
    options: &Options,
    wanted: &Wanted<'_>,
) -> PyResult<PyRecordBatch> {
    let reader = data.into_reader()?;
    let done = py.detach(|| {
        let schema = reader.schema();
        let columns = match wanted.rows {
            Rows::Lines => None,
            Rows::Notes | Rows::Placed => Some(BatchColumns::find(&schema, options).map_err(refused)?),
        };
        let input: Arc<str> = wanted.source.into();
        let mut first = wanted.first;
        let mut out = Vec::new();
        for batch in reader {
            let batch = batch.map_err(foreign)?;
            let entries: Box<dyn Iterator<Item = Entry> + '_> = match &columns {
                Some(columns) => Box::new(notes(&batch, columns, options, wanted, &input, first)?),
                None => Box::new(lines(&batch, options, &input)?),
            };
            out.push(audit::check_entries(engine, entries, wanted.options).map_err(refused)?);
            first += batch.num_rows() as u64;
        }
        match <[RecordBatch; 1]>::try_from(out) {
            Ok([one]) => Ok(one),
            Err(out) => concat_batches(&audit::nested_schema(wanted.options.mentions), &out).map_err(refused),
        }
    });
    done.map(PyRecordBatch::new)
}

/// The message of another library may quote values, so only its kind is told.
fn foreign(error: ArrowError) -> PyErr {
    let kind = match error {
        ArrowError::CDataInterface(_) => "the Arrow C Data Interface",
        ArrowError::MemoryError(_) => "memory",
        _ => "the source of the data",
    };
    refused(format!("a batch could not be read: {kind}"))
}

fn notes<'b>(
    batch: &'b RecordBatch,
    columns: &'b BatchColumns,
    options: &'b Options,
    wanted: &'b Wanted<'_>,
    input: &'b Arc<str>,
    first: u64,
) -> PyResult<impl Iterator<Item = Entry> + 'b> {
    let places = match wanted.rows {
        Rows::Placed => Some(Places::of(batch)?),
        Rows::Notes | Rows::Lines => None,
    };
    let entry = move |at: usize| {
        let (ordinal, file, row) = match &places {
            Some(places) => places.at(at),
            None => (first + at as u64, wanted.source, first + at as u64 + 1),
        };
        let mut note = columns.note(batch, at, file, row, options);
        if let (Rows::Placed, Ok(note)) = (wanted.rows, &mut note) {
            // as an audit of the files has it
            note.meta.source_format.get_or_insert_with(|| Form::Parquet.name().to_owned());
        }
        Entry { ordinal, input: input.clone(), note }
    };
    Ok((0..batch.num_rows()).map(entry))
}

fn lines<'b>(
    batch: &'b RecordBatch,
    options: &'b Options,
    input: &'b Arc<str>,
) -> PyResult<impl Iterator<Item = Entry> + 'b> {
    let places = Places::of(batch)?;
    let lines: &BinaryArray = column(batch, "chartgap_line", &DataType::Binary)?.as_binary();
    let offsets = integers(batch, "chartgap_offset")?;
    let entry = move |at: usize| {
        let (ordinal, file, row) = places.at(at);
        let offset = u64::try_from(offsets.value(at)).unwrap_or(0);
        let note = intake::json_line(lines.value(at), file, row, offset, options)?;
        Some(Entry { ordinal, input: input.clone(), note })
    };
    Ok((0..batch.num_rows()).filter_map(entry))
}

/// Where the rows of a batch come from.
struct Places<'b> {
    ordinals: &'b Int64Array,
    files: &'b StringArray,
    rows: &'b Int64Array,
}

impl<'b> Places<'b> {
    fn of(batch: &'b RecordBatch) -> PyResult<Self> {
        Ok(Self {
            ordinals: integers(batch, "chartgap_ordinal")?,
            files: column(batch, "chartgap_file", &DataType::Utf8)?.as_string(),
            rows: integers(batch, "chartgap_row")?,
        })
    }

    fn at(&self, at: usize) -> (u64, &'b str, u64) {
        let number = |numbers: &Int64Array| u64::try_from(numbers.value(at)).unwrap_or(0);
        (number(self.ordinals), self.files.value(at), number(self.rows))
    }
}

fn integers<'b>(batch: &'b RecordBatch, name: &str) -> PyResult<&'b Int64Array> {
    Ok(column(batch, name, &DataType::Int64)?.as_primitive::<Int64Type>())
}

/// A column of that type without nulls.
fn column<'b>(batch: &'b RecordBatch, name: &str, kind: &DataType) -> PyResult<&'b dyn Array> {
    match batch.column_by_name(name) {
        Some(array) if array.data_type() == kind && array.null_count() == 0 => Ok(array.as_ref()),
        _ => Err(refused(format!("there is no column \"{name}\" of type {kind} without nulls"))),
    }
}
