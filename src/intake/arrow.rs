//! Rows of Arrow batches with named columns to notes.

use super::columns::Layout;
use super::{IntakeError, Options, Reason};
use crate::note::Note;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType,
};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, Schema, TimeUnit};
use std::str;

/// Where the notes are in batches of one schema.
#[derive(Clone, Debug)]
pub struct BatchColumns {
    layout: Layout,
}

impl BatchColumns {
    /// Finds the columns by their names, those of [`Options::columns`] or common ones.
    ///
    /// # Errors
    /// A column that is named and not there, or none that could hold the note.
    pub fn find(schema: &Schema, options: &Options) -> Result<Self, Reason> {
        let names: Vec<String> = schema.fields().iter().map(|f| f.name().clone()).collect();
        options.columns.find(&names).map(|layout| Self { layout })
    }

    /// Which columns are read, by their place, ascending.
    pub fn indices(&self) -> Vec<usize> {
        let mut all: Vec<usize> = self.layout.columns().collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The note in a row of a batch. `file` and `row`, which counts from 1, are what errors call the place.
    ///
    /// # Errors
    /// What is wrong with the note. Text from other programs may not be UTF-8, whatever its type says.
    pub fn note(
        &self,
        batch: &RecordBatch,
        at: usize,
        file: &str,
        row: u64,
        options: &Options,
    ) -> Result<Note, IntakeError> {
        let array = |column: usize| batch.columns().get(column).map(AsRef::as_ref);
        for column in self.layout.columns() {
            if let Some(Err(e)) = array(column).and_then(|array| bytes(array, at)).map(str::from_utf8) {
                let reason = Reason::InvalidUtf8 { offset: e.valid_up_to() as u64 };
                return Err(IntakeError::new(file, reason).at_line(row));
            }
        }
        let mut note = self.layout.note(file, row, options, |column| text(array(column)?, at))?;
        note.meta.source = Some(file.to_owned());
        Ok(note)
    }
}

/// The bytes of a string, which are not taken at their word to be UTF-8; `None` for nulls and other types.
fn bytes(array: &dyn Array, row: usize) -> Option<&[u8]> {
    if row >= array.len() || array.is_null(row) {
        return None;
    }
    Some(match array.data_type() {
        DataType::Utf8 => array.as_string::<i32>().value(row).as_bytes(),
        DataType::LargeUtf8 => array.as_string::<i64>().value(row).as_bytes(),
        DataType::Utf8View => array.as_string_view().value(row).as_bytes(),
        _ => return None,
    })
}

/// A value as text; a list is its values with spaces between them.
pub(super) fn text(array: &dyn Array, row: usize) -> Option<String> {
    if row >= array.len() || array.is_null(row) {
        return None;
    }
    let list = |values: &dyn Array| {
        (0..values.len()).filter_map(|at| text(values, at)).collect::<Vec<_>>().join(" ")
    };
    Some(match array.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => {
            String::from_utf8_lossy(bytes(array, row)?).into_owned()
        }
        DataType::Binary => String::from_utf8_lossy(array.as_binary::<i32>().value(row)).into_owned(),
        DataType::LargeBinary => String::from_utf8_lossy(array.as_binary::<i64>().value(row)).into_owned(),
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
    use super::*;
    use arrow_array::builder::{ListBuilder, StringBuilder, StringDictionaryBuilder};
    use arrow_array::types::Int32Type as Keys;
    use arrow_array::{
        ArrayRef, BinaryArray, Date32Array, Int64Array, LargeStringArray, StringArray, StringViewArray,
    };
    use std::sync::Arc;

    fn read(columns: &[(&str, ArrayRef)]) -> Vec<Result<Note, String>> {
        let batch = RecordBatch::try_from_iter(columns.to_vec()).unwrap();
        let options = Options { max_note_bytes: 40, ..Options::default() };
        let found = BatchColumns::find(&batch.schema(), &options).unwrap();
        (0..batch.num_rows())
            .map(|at| {
                let note = found.note(&batch, at, "t", at as u64 + 1, &options);
                note.map_err(|e| format!("{} {:?} {e}", e.reason.code(), e.id))
            })
            .collect()
    }

    #[test]
    fn strings_of_every_layout() {
        let words = ["Back pain.", "Müde."];
        let mut keys = StringDictionaryBuilder::<Keys>::new();
        words.iter().for_each(|w| keys.append_value(w));
        let layouts: [ArrayRef; 5] = [
            Arc::new(StringArray::from_iter_values(words)),
            Arc::new(LargeStringArray::from_iter_values(words)),
            Arc::new(StringViewArray::from_iter_values(words)),
            Arc::new(BinaryArray::from_iter_values(words)),
            Arc::new(keys.finish()),
        ];
        for text in layouts {
            let kind = text.data_type().clone();
            let notes = read(&[("note_text", text)]);
            let notes: Vec<String> =
                notes.into_iter().map(|n| n.unwrap()).map(|n| n.id + "|" + &n.text).collect();
            assert_eq!(notes, ["t:1|Back pain.", "t:2|Müde."], "{kind}");
        }
    }

    #[test]
    fn what_comes_with_a_note() {
        let mut codes = ListBuilder::new(StringBuilder::new());
        codes.append_value([Some("M53.86"), None, Some("m545")]);
        let notes = read(&[
            ("id", Arc::new(Int64Array::from(vec![7]))),
            ("text", Arc::new(StringArray::from(vec!["Back pain."]))),
            ("date", Arc::new(Date32Array::from(vec![20_495]))),
            ("codes", Arc::new(codes.finish())),
            ("cpt", Arc::new(StringArray::from(vec!["64493, 72148"]))),
            ("other", Arc::new(Date32Array::from(vec![1]))),
        ]);
        let note = notes[0].as_ref().unwrap();
        assert_eq!((note.id.as_str(), note.meta.date.as_deref()), ("7", Some("2026-02-11")));
        assert_eq!(
            (note.meta.codes.join(" "), note.meta.procedures.join(" ")),
            ("M53.86 M54.5".into(), "64493 72148".into())
        );
    }

    #[test]
    fn a_bad_row_costs_one_note_and_tells_nothing_of_the_text() {
        let long = "zebra ".repeat(7);
        let text = StringArray::from(vec![None, Some(" "), Some("zebra\0"), Some(long.as_str()), Some("ok")]);
        let bad = read(&[("text", Arc::new(text))]);
        let bad: Vec<&str> = bad.iter().filter_map(|n| n.as_ref().err()).map(String::as_str).collect();
        assert_eq!(
            bad,
            [
                "empty None t:1: the note is empty",
                "empty None t:2: the note is empty",
                "nul-byte None t:3: NUL character at byte 5 (binary data or a damaged export)",
                "too-large None t:4: the note is larger than 40 bytes (--max-note-bytes)",
            ]
        );
    }

    #[test]
    fn strings_of_another_program_need_not_be_utf_8() {
        // what the C Data Interface hands over is not checked
        let data = BinaryArray::from_vec(vec![&b"z\xE9bra"[..], &b"ok"[..]]).to_data();
        let text = data.into_builder().data_type(DataType::Utf8);
        #[allow(unsafe_code, reason = "the only way to a string that is none")]
        let text = StringArray::from(unsafe { text.build_unchecked() });
        let notes = read(&[("text", Arc::new(text))]);
        assert_eq!(
            notes[0].as_ref().unwrap_err(),
            "invalid-utf8 None t:1: invalid UTF-8 at byte 1 (save the note as UTF-8)"
        );
        assert!(notes[1].is_ok());
    }

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
