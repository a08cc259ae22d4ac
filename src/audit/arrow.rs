//! Rows in Arrow form: the columns of the tables, and all rows of a note in one.

use super::row::{Place, Rows, of_error, of_report};
use super::table::{Column, Kind, MENTIONS, NOTES, Table, VERDICTS};
use super::value::Value;
use crate::check::{CheckOptions, Engine};
use crate::intake::{IntakeError, Reason};
use crate::note::Note;
use arrow_array::builder::{
    BooleanBuilder, Float64Builder, Int32Builder, Int64Builder, ListBuilder, StringBuilder, StructBuilder,
};
use arrow_array::{Array as _, ArrayRef, ListArray, RecordBatch, StructArray};
use arrow_buffer::OffsetBuffer;
use arrow_schema::{ArrowError, DataType, Field, Fields, Schema, SchemaRef};
use std::sync::Arc;

/// Notes that are checked together: what a batch saves is reached with few.
const GROUP: usize = 16;

/// Columns that a list has no need of: it stands in the row of its note.
const OF_THE_NOTE: usize = 2;

/// One note, or what stands in its place, with its place in the tables.
#[derive(Debug)]
pub struct Entry {
    /// Its number in the stream of all inputs, from 0.
    pub ordinal: u64,
    /// The input that it came from.
    pub input: Arc<str>,
    /// The note, or why there is none.
    pub note: Result<Note, IntakeError>,
}

/// What rows hold beside the verdicts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TableOptions {
    /// The mentions.
    pub mentions: bool,
    /// Words of the notes.
    pub text: bool,
}

/// The columns of [`check_entries`]: those of `notes`, then `verdicts` and, where they are wanted, `mentions` as lists.
pub fn nested_schema(mentions: bool) -> SchemaRef {
    let mut fields: Vec<Field> = NOTES.columns.iter().map(field).collect();
    fields.extend(lists(mentions).iter().map(|table| {
        let item = Field::new_list_field(DataType::Struct(item_fields(table)), false);
        Field::new(table.name, DataType::List(item.into()), false)
    }));
    Arc::new(Schema::new(fields))
}

/// Checks the notes: a row each, which holds the same as the rows of an audit. A note that cannot be read, or meets a
/// defect, is a row with its `error`.
///
/// # Errors
/// Rows beyond what Arrow can count: more than 2^31 in one list.
pub fn check_entries(
    engine: &Engine,
    entries: impl IntoIterator<Item = Entry>,
    options: TableOptions,
) -> Result<RecordBatch, ArrowError> {
    let mut sheet = Sheet::new(options.mentions);
    let mut entries = entries.into_iter();
    loop {
        let group: Vec<Entry> = entries.by_ref().take(GROUP).collect();
        if group.is_empty() {
            return sheet.finish();
        }
        for rows in check_group(engine, group, options) {
            sheet.push(&rows);
        }
    }
}

fn check_group(engine: &Engine, group: Vec<Entry>, options: TableOptions) -> Vec<Rows> {
    let mut notes = Vec::with_capacity(group.len());
    let heads: Vec<(Place, Option<IntakeError>)> = group
        .into_iter()
        .map(|Entry { ordinal, input, note }| {
            let place = Place { ordinal, input };
            match note {
                Ok(note) => {
                    notes.push(note);
                    (place, None)
                }
                Err(error) => (place, Some(error)),
            }
        })
        .collect();
    let reports = engine.check_each(&notes, CheckOptions { mentions: options.mentions });
    let mut done = notes.iter().zip(reports);
    heads
        .into_iter()
        .filter_map(|(place, error)| match error {
            Some(error) => Some(of_error(&place, &error)),
            None => done.next().map(|(note, report)| match report {
                Some(report) => of_report(&place, note, report, options.text),
                None => {
                    let error = IntakeError::new(place.input.as_ref(), Reason::Internal);
                    of_error(&place, &error.of_note(Some(note.id.clone())))
                }
            }),
        })
        .collect()
}

fn lists(mentions: bool) -> &'static [Table] {
    const LISTS: [Table; 2] = [VERDICTS, MENTIONS];
    if mentions { &LISTS } else { &LISTS[..1] }
}

fn item_fields(table: &Table) -> Fields {
    table.columns[OF_THE_NOTE..].iter().map(field).collect()
}

/// The rows of some notes, a row a note.
struct Sheet {
    schema: SchemaRef,
    notes: Vec<Cells>,
    lists: Vec<List>,
}

/// Rows of one table, cut by notes.
struct List {
    fields: Fields,
    cells: Vec<Cells>,
    lengths: Vec<usize>,
}

impl Sheet {
    fn new(mentions: bool) -> Self {
        let cells = |columns: &[Column]| columns.iter().map(|c| Cells::new(c.kind)).collect::<Vec<_>>();
        let list = |table: &Table| List {
            fields: item_fields(table),
            cells: cells(&table.columns[OF_THE_NOTE..]),
            lengths: Vec::new(),
        };
        Self {
            schema: nested_schema(mentions),
            notes: cells(NOTES.columns),
            lists: lists(mentions).iter().map(list).collect(),
        }
    }

    fn push(&mut self, [notes, rest @ ..]: &Rows) {
        for row in notes {
            push(&mut self.notes, row);
        }
        for (list, rows) in self.lists.iter_mut().zip(rest) {
            rows.iter().for_each(|row| push(&mut list.cells, &row[OF_THE_NOTE..]));
            list.lengths.push(rows.len());
        }
    }

    fn finish(mut self) -> Result<RecordBatch, ArrowError> {
        let mut columns: Vec<ArrayRef> = self.notes.iter_mut().map(Cells::finish).collect();
        for mut list in self.lists {
            let cells = list.cells.iter_mut().map(Cells::finish).collect();
            let items = StructArray::try_new(list.fields, cells, None)?;
            if i32::try_from(items.len()).is_err() {
                return Err(ArrowError::OffsetOverflowError(items.len()));
            }
            let field = Field::new_list_field(items.data_type().clone(), false);
            let offsets = OffsetBuffer::from_lengths(list.lengths);
            columns.push(Arc::new(ListArray::try_new(field.into(), offsets, Arc::new(items), None)?));
        }
        RecordBatch::try_new(self.schema, columns)
    }
}

fn push(cells: &mut [Cells], row: &[Value]) {
    for (cells, value) in cells.iter_mut().zip(row) {
        cells.push(value);
    }
}

/// A column of a table.
pub(super) fn field(column: &Column) -> Field {
    let kind = match column.kind {
        Kind::Bool => DataType::Boolean,
        Kind::Int => DataType::Int64,
        Kind::Float => DataType::Float64,
        Kind::Text => DataType::Utf8,
        Kind::Words => DataType::new_list(DataType::Utf8, true),
        Kind::Spans => DataType::new_list(DataType::Struct(span_fields()), true),
    };
    Field::new(column.name, kind, !column.required)
}

fn span_fields() -> Fields {
    Fields::from(vec![Field::new("start", DataType::Int32, false), Field::new("end", DataType::Int32, false)])
}

/// The cells of one column.
pub(super) enum Cells {
    Bool(BooleanBuilder),
    Int(Int64Builder),
    Float(Float64Builder),
    Text(StringBuilder),
    Words(ListBuilder<StringBuilder>),
    Spans(ListBuilder<StructBuilder>),
}

impl Cells {
    pub(super) fn new(kind: Kind) -> Self {
        match kind {
            Kind::Bool => Cells::Bool(BooleanBuilder::new()),
            Kind::Int => Cells::Int(Int64Builder::new()),
            Kind::Float => Cells::Float(Float64Builder::new()),
            Kind::Text => Cells::Text(StringBuilder::new()),
            Kind::Words => Cells::Words(ListBuilder::new(StringBuilder::new())),
            Kind::Spans => Cells::Spans(ListBuilder::new(StructBuilder::from_fields(span_fields(), 0))),
        }
    }

    /// A value of another kind than the column's is a null; rows are tested to fit.
    pub(super) fn push(&mut self, value: &Value) {
        match (self, value) {
            (Cells::Bool(cells), Value::Bool(value)) => cells.append_value(*value),
            (Cells::Int(cells), Value::Int(value)) => cells.append_value(*value),
            (Cells::Float(cells), Value::Float(value)) => cells.append_value(*value),
            (Cells::Text(cells), Value::Text(value)) => cells.append_value(value),
            (Cells::Words(cells), Value::Words(value)) => {
                for word in value {
                    cells.values().append_value(word);
                }
                cells.append(true);
            }
            (Cells::Spans(cells), Value::Spans(value)) => {
                let spans = cells.values();
                for span in value {
                    for (at, &offset) in span.iter().enumerate() {
                        if let Some(offsets) = spans.field_builder::<Int32Builder>(at) {
                            offsets.append_value(i32::try_from(offset).unwrap_or(i32::MAX));
                        }
                    }
                    spans.append(true);
                }
                cells.append(true);
            }
            (Cells::Bool(cells), _) => cells.append_null(),
            (Cells::Int(cells), _) => cells.append_null(),
            (Cells::Float(cells), _) => cells.append_null(),
            (Cells::Text(cells), _) => cells.append_null(),
            (Cells::Words(cells), _) => cells.append(false),
            (Cells::Spans(cells), _) => cells.append(false),
        }
    }

    pub(super) fn finish(&mut self) -> ArrayRef {
        match self {
            Cells::Bool(cells) => Arc::new(cells.finish()),
            Cells::Int(cells) => Arc::new(cells.finish()),
            Cells::Float(cells) => Arc::new(cells.finish()),
            Cells::Text(cells) => Arc::new(cells.finish()),
            Cells::Words(cells) => Arc::new(cells.finish()),
            Cells::Spans(cells) => Arc::new(cells.finish()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assertion::Assertion;
    use crate::check::EngineOptions;
    use crate::classify::{Classifier, ClassifyError, Extent, Work};
    use crate::reading::Reader;
    use crate::report::v1::Model;
    use crate::segment::Segments;
    use crate::span::Span;
    use arrow_array::cast::AsArray;

    /// Meets a defect in notes that say so.
    struct Defective;

    impl Classifier for Defective {
        fn model(&self) -> Model {
            Model { name: "defective".into(), sha256: String::new(), engine: None }
        }

        fn revise(&self, _: &Reader, notes: &mut [Work<'_>], _: Extent) -> Result<(), ClassifyError> {
            match notes.iter().any(|w| w.note.text.contains("quagga")) {
                true => panic!("at quagga"),
                false => Ok(()),
            }
        }

        fn assert(&self, _: &str, _: &Segments, _: Span, _: &mut Assertion) -> Result<(), ClassifyError> {
            Ok(())
        }
    }

    fn entry(ordinal: u64, text: &str) -> Entry {
        let note = match text {
            "" => Err(IntakeError::new("f", Reason::Empty).at_line(ordinal + 1)),
            text => Ok(Note::new(format!("n{ordinal}"), text)),
        };
        Entry { ordinal, input: "in".into(), note }
    }

    const LEVEL: &str = "Denies zyzzyva. Low back pain for 3 months. Facet arthropathy at L4-5 on MRI.";

    fn checked(texts: &[&str], mentions: bool, text: bool) -> RecordBatch {
        let engine = Engine::load(&EngineOptions::default()).unwrap().with_classifier(Box::new(Defective));
        let entries = texts.iter().enumerate().map(|(at, text)| entry(at as u64, text));
        check_entries(&engine, entries, TableOptions { mentions, text }).unwrap()
    }

    fn words<'b>(batch: &'b RecordBatch, column: &str) -> Vec<&'b str> {
        let column = batch.column_by_name(column).unwrap().as_string::<i32>();
        column.iter().map(|text| text.unwrap_or("-")).collect()
    }

    fn lengths(batch: &RecordBatch, column: &str) -> Vec<bool> {
        let lists = batch.column_by_name(column).unwrap().as_list::<i32>();
        lists.iter().map(|list| !list.unwrap().is_empty()).collect()
    }

    #[test]
    fn a_note_that_fails_costs_its_row() {
        // more than a group
        let mut texts = vec![LEVEL; 20];
        texts[1] = "";
        texts[3] = "A quagga.";
        texts[18] = "quagga";
        let batch = checked(&texts, true, false);
        let (errors, outcomes) = (words(&batch, "error"), words(&batch, "outcome"));
        let failed = |at: usize| [1, 3, 18].contains(&at);
        for at in 0..20 {
            assert_eq!((errors[at] == "-", outcomes[at] == "-"), (!failed(at), failed(at)), "{at}");
        }
        assert_eq!((errors[1], errors[3]), ("empty", "internal"));
        assert_eq!(words(&batch, "id")[..4], ["n0", "f:2", "n2", "n3"]);
        assert_eq!(lengths(&batch, "verdicts"), (0..20).map(|at| !failed(at)).collect::<Vec<_>>());
        assert_eq!(lengths(&batch, "mentions"), lengths(&batch, "verdicts"));
        let all = format!("{batch:?}");
        assert!(!all.contains("quagga") && !all.contains("Facet arthropathy"));
    }

    #[test]
    fn lists_are_the_rows_of_the_tables() {
        let batch = checked(&[LEVEL, "", LEVEL], true, true);
        assert_eq!(batch.schema(), nested_schema(true));
        let engine = Engine::load(&EngineOptions::default()).unwrap().with_classifier(Box::new(Defective));
        let note = Note::new("n0", LEVEL);
        let place = Place { ordinal: 0, input: "in".into() };
        let rows = of_report(&place, &note, engine.check(&note, CheckOptions { mentions: true }), true);
        for (table, rows) in [(VERDICTS, &rows[1]), (MENTIONS, &rows[2])] {
            let list = batch.column_by_name(table.name).unwrap().as_list::<i32>().value(0);
            let mut cells: Vec<Cells> = table.columns.iter().map(|c| Cells::new(c.kind)).collect();
            rows.iter().for_each(|row| push(&mut cells, row));
            for (column, (cells, items)) in
                table.columns.iter().zip(&mut cells).skip(OF_THE_NOTE).map(|(c, x)| (c, (x, c.name)))
            {
                let items = list.as_struct().column_by_name(items).unwrap();
                assert_eq!(&cells.finish(), items, "{}.{}", table.name, column.name);
            }
        }
        assert_eq!(checked(&[LEVEL], false, false).schema(), nested_schema(false));
    }

    #[test]
    fn no_notes_are_a_batch_without_rows() {
        assert_eq!(checked(&[], true, false).num_rows(), 0);
    }
}
