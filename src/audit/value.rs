//! The values of a row, and how they are written as JSON and as text.

use std::borrow::Cow;
#[cfg(feature = "audit")]
use std::fmt::Write as _;

/// One cell.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Cow<'static, str>),
    Words(Vec<String>),
    /// Ranges of code points, the end not included.
    Spans(Vec<[u32; 2]>),
}

/// The cells of one row, in the order of the table's columns.
pub(super) type Row = Vec<Value>;

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}

impl From<u32> for Value {
    fn from(value: u32) -> Self {
        Value::Int(value.into())
    }
}

impl From<u64> for Value {
    fn from(value: u64) -> Self {
        Value::Int(value.try_into().unwrap_or(i64::MAX))
    }
}

impl From<usize> for Value {
    fn from(value: usize) -> Self {
        Value::Int(value.try_into().unwrap_or(i64::MAX))
    }
}

impl From<f32> for Value {
    /// Points have few decimals; the nearest `f64` would show more of them than were meant.
    fn from(value: f32) -> Self {
        Value::Float((f64::from(value) * 1e4).round() / 1e4)
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Value::Text(value.into())
    }
}

impl From<&'static str> for Value {
    fn from(value: &'static str) -> Self {
        Value::Text(value.into())
    }
}

impl From<Vec<String>> for Value {
    fn from(value: Vec<String>) -> Self {
        Value::Words(value)
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

#[cfg(feature = "audit")]
impl Value {
    /// Appends the value as JSON.
    pub(super) fn json(&self, out: &mut Vec<u8>) {
        // Writing to a vector does not fail, and no value here has keys.
        let _ = match self {
            Value::Null => serde_json::to_writer(out, &()),
            Value::Bool(value) => serde_json::to_writer(out, value),
            Value::Int(value) => serde_json::to_writer(out, value),
            Value::Float(value) => serde_json::to_writer(out, value),
            Value::Text(value) => serde_json::to_writer(out, value),
            Value::Words(value) => serde_json::to_writer(out, value),
            Value::Spans(value) => serde_json::to_writer(out, value),
        };
    }

    /// The value where a table has no lists: words joined by `; `, spans as `12-40 98-120`; `None` for null.
    pub(super) fn flat(&self) -> Option<Cow<'_, str>> {
        Some(match self {
            Value::Null => return None,
            Value::Bool(value) => if *value { "true" } else { "false" }.into(),
            Value::Int(value) => value.to_string().into(),
            Value::Float(value) => value.to_string().into(),
            Value::Text(value) => value.as_ref().into(),
            Value::Words(value) => value.join("; ").into(),
            Value::Spans(value) => spans(value).into(),
        })
    }

    /// Whether a spreadsheet could take the value for a formula: it comes from the note or its source.
    pub(super) fn is_free(&self) -> bool {
        matches!(self, Value::Text(_) | Value::Words(_))
    }
}

/// `12-40 98-120`.
#[cfg(feature = "audit")]
pub(super) fn spans(spans: &[[u32; 2]]) -> String {
    let mut out = String::with_capacity(spans.len() * 12);
    for [start, end] in spans {
        if !out.is_empty() {
            out.push(' ');
        }
        let _ = write!(out, "{start}-{end}");
    }
    out
}
