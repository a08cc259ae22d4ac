//! Parquet tables with named columns to notes, a few rows at a time.

use super::options::Form;
use super::read::{self, Context, Item, with_origin};
use super::sink::{Flow, Sink};
use super::{IntakeError, Reason};
use ::parquet::arrow::ProjectionMask;
use ::parquet::arrow::arrow_reader::{ArrowReaderOptions, ParquetRecordBatchReaderBuilder};
use ::parquet::file::reader::ChunkReader;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, TimeUnit};
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

/// A value as text; a list is its values with spaces between them.
fn text(array: &dyn Array, row: usize) -> Option<String> {
    if array.is_null(row) {
        return None;
    }
    let list = |values: &dyn Array| {
        (0..values.len()).filter_map(|at| text(values, at)).collect::<Vec<_>>().join(" ")
    };
    Some(match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().value(row).to_owned(),
        DataType::LargeUtf8 => array.as_string::<i64>().value(row).to_owned(),
        DataType::Utf8View => array.as_string_view().value(row).to_owned(),
        DataType::Binary => String::from_utf8_lossy(array.as_binary::<i32>().value(row)).into_owned(),
        DataType::Int32 => array.as_primitive::<Int32Type>().value(row).to_string(),
        DataType::Int64 => array.as_primitive::<Int64Type>().value(row).to_string(),
        DataType::Date32 => day(i64::from(array.as_primitive::<Date32Type>().value(row))),
        DataType::Timestamp(unit, _) => {
            let (value, second) = match unit {
                TimeUnit::Second => (array.as_primitive::<TimestampSecondType>().value(row), 1),
                TimeUnit::Millisecond => (array.as_primitive::<TimestampMillisecondType>().value(row), 1_000),
                TimeUnit::Microsecond => {
                    (array.as_primitive::<TimestampMicrosecondType>().value(row), 1_000_000)
                }
                TimeUnit::Nanosecond => {
                    (array.as_primitive::<TimestampNanosecondType>().value(row), 1_000_000_000)
                }
            };
            day(value.div_euclid(second * 86_400))
        }
        DataType::Dictionary(_, _) => {
            let dictionary = array.as_any_dictionary();
            return text(dictionary.values(), *dictionary.normalized_keys().get(row)?);
        }
        DataType::List(_) => list(array.as_list::<i32>().value(row).as_ref()),
        DataType::LargeList(_) => list(array.as_list::<i64>().value(row).as_ref()),
        _ => return None,
    })
}

/// The ISO day of a number of days since 1970-01-01, by the cycle of 400 years in the Gregorian calendar.
fn day(days: i64) -> String {
    let days = days.saturating_add(719_468);
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let rest = day - (365 * year + year / 4 - year / 100);
    let month = (5 * rest + 2) / 153;
    let day = rest - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::day;

    #[test]
    fn days() {
        for (days, text) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (11_016, "2000-02-29"),
            (20_495, "2026-02-11"),
            (20_818, "2026-12-31"),
        ] {
            assert_eq!(day(days), text);
        }
    }
}
