//! Parquet tables with named columns to notes, a few rows at a time.

use super::arrow::text;
use super::options::Form;
use super::read::{self, Context, Item, with_origin};
use super::sink::{Flow, Sink};
use super::{IntakeError, Reason};
use ::parquet::arrow::ProjectionMask;
use ::parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use ::parquet::file::reader::ChunkReader;
use arrow_array::RecordBatch;
use bytes::Bytes;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Rows that are in memory together.
const ROWS: usize = 64;

const DAMAGED: Reason = Reason::Malformed { format: "Parquet", what: "the table cannot be read", at: None };

/// Reads the rows in their order.
pub(super) fn read(item: Item<'_>, context: &Context<'_>, sink: &mut Sink) -> Flow {
    let name = item.name.clone();
    // The library panics on some damaged tables.
    let done = catch_unwind(AssertUnwindSafe(|| match item.file {
        Some(file) => table(file, &item.name, context, sink),
        // The directory stands at the end, so a table that cannot be searched is taken into memory.
        None => match read::all(item.reader, context.limits.document_bytes) {
            Ok(bytes) => table(Bytes::from(bytes), &item.name, context, sink),
            Err(reason) => sink.put(Err(IntakeError::new(&item.name, reason))),
        },
    }));
    done.unwrap_or_else(|_| sink.put(Err(IntakeError::new(name, DAMAGED))))
}

fn table(reader: impl ChunkReader + 'static, file: &str, context: &Context<'_>, sink: &mut Sink) -> Flow {
    let error = |reason| IntakeError::new(file, reason);
    // Without the hints that Arrow writers leave, every string column is read as one type, dictionary or not.
    let options = ArrowReaderOptions::new().with_skip_arrow_metadata(true);
    let Ok(builder) = ParquetRecordBatchReaderBuilder::try_new_with_options(reader, options) else {
        return sink.put(Err(error(DAMAGED)));
    };
    let names: Vec<String> = builder.schema().fields().iter().map(|f| f.name().clone()).collect();
    let layout = match context.options.columns.find(&names) {
        Ok(layout) => layout,
        Err(reason) => return sink.put(Err(error(reason))),
    };
    let size: i64 = builder.metadata().row_groups().iter().map(|group| group.total_byte_size().max(0)).sum();
    if let Err(e) = context.meter.give(size.unsigned_abs()) {
        return sink.put(Err(error(e.into())));
    }
    let mut roots: Vec<usize> = layout.columns().collect();
    roots.sort_unstable();
    roots.dedup();
    let mask = ProjectionMask::roots(builder.parquet_schema(), roots.iter().copied());
    let Ok(batches) = builder.with_projection(mask).with_batch_size(ROWS).build() else {
        return sink.put(Err(error(DAMAGED)));
    };
    let mut row = 0;
    for batch in batches {
        let Ok(batch) = batch else {
            return sink.put(Err(error(DAMAGED).at_line(row + 1)));
        };
        for at in 0..batch.num_rows() {
            row += 1;
            let value = |column: usize| {
                // The batch holds the wanted columns alone, in the order of the table.
                let index = roots.binary_search(&column).ok()?;
                value(&batch, index, at)
            };
            sink.put(with_origin(layout.note(file, row, context.options, value), Form::Parquet, file))?;
        }
    }
    if row == 0 { sink.put(Err(error(Reason::NoNotes))) } else { Flow::Continue(()) }
}

fn value(batch: &RecordBatch, column: usize, row: usize) -> Option<String> {
    text(batch.columns().get(column)?, row)
}
