//! JSON values under the equality, truth and spelling of the reference script's language, Python.

use serde_json::{Number, Value};
use std::fmt::Write;

/// Equality: a missing value equals `null`, numbers compare by value and a truth value counts as 0 or 1.
pub(super) fn same(a: Option<&Value>, b: Option<&Value>) -> bool {
    equal(a.unwrap_or(&Value::Null), b.unwrap_or(&Value::Null))
}

fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Bool(_) | Value::Number(_), Value::Bool(_) | Value::Number(_)) => number(a) == number(b),
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(k, a)| b.get(k).is_some_and(|b| equal(a, b)))
        }
        _ => a == b,
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Bool(b) => Some(f64::from(u8::from(*b))),
        value => value.as_f64(),
    }
}

/// Truth: `null`, false, zero and whatever is empty are false.
pub(super) fn truthy(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => false,
        Some(Value::Bool(b)) => *b,
        Some(Value::Number(n)) => n.as_f64() != Some(0.0),
        Some(Value::String(s)) => !s.is_empty(),
        Some(Value::Array(a)) => !a.is_empty(),
        Some(Value::Object(o)) => !o.is_empty(),
    }
}

/// The spelling of `str()`: a string as it is, everything else as [`repr`] has it, so `null` is `None`.
pub(super) fn plain(value: Option<&Value>) -> String {
    match value {
        Some(Value::String(s)) => s.clone(),
        value => repr(value),
    }
}

/// The spelling of `repr()`. Keys of an object come sorted, not in the order of the file.
pub(super) fn repr(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "None".to_owned(),
        Some(Value::Bool(true)) => "True".to_owned(),
        Some(Value::Bool(false)) => "False".to_owned(),
        Some(Value::Number(n)) => number_repr(n),
        Some(Value::String(s)) => quoted(s),
        Some(Value::Array(a)) => {
            let items: Vec<_> = a.iter().map(|v| repr(Some(v))).collect();
            format!("[{}]", items.join(", "))
        }
        Some(Value::Object(o)) => {
            let items: Vec<_> = o.iter().map(|(k, v)| format!("{}: {}", quoted(k), repr(Some(v)))).collect();
            format!("{{{}}}", items.join(", "))
        }
    }
}

fn number_repr(n: &Number) -> String {
    if n.is_f64() { n.as_f64().map_or_else(|| n.to_string(), float) } else { n.to_string() }
}

/// A float in the fewest digits that read back the same, with an exponent of at least two digits.
pub(super) fn float(x: f64) -> String {
    let digits = format!("{x:?}");
    match digits.split_once('e') {
        None => digits,
        Some((mantissa, exponent)) => {
            let (sign, power) = exponent.strip_prefix('-').map_or(('+', exponent), |p| ('-', p));
            format!("{mantissa}e{sign}{power:0>2}")
        }
    }
}

/// A string in quotes, single ones unless it holds a single and no double quote.
pub(super) fn quoted(s: &str) -> String {
    let quote = if s.contains('\'') && !s.contains('"') { '"' } else { '\'' };
    let mut out = String::with_capacity(s.len() + 2);
    out.push(quote);
    for c in s.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => out.extend(['\\', c]),
            c if printable(c) => out.push(c),
            c => {
                // Writing to a string cannot fail.
                let _ = match u32::from(c) {
                    n @ ..=0xff => write!(out, "\\x{n:02x}"),
                    n @ ..=0xffff => write!(out, "\\u{n:04x}"),
                    n => write!(out, "\\U{n:08x}"),
                };
            }
        }
    }
    out.push(quote);
    out
}

/// Not a control, format, surrogate, private or unassigned character, nor a separator other than the space.
/// The standard library applies the same rule when it escapes a string for `Debug`; after a first letter it leaves
/// combining marks alone.
fn printable(c: char) -> bool {
    if c.is_ascii() {
        return !c.is_ascii_control();
    }
    String::from_iter(['a', c]).escape_debug().count() == 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn missing_equals_null_and_numbers_compare_by_value() {
        assert!(same(None, Some(&Value::Null)));
        assert!(same(Some(&json!([1, true])), Some(&json!([1.0, 1]))));
        assert!(!same(Some(&json!(["L4-L5"])), Some(&json!("L4-L5"))));
        assert!(!same(Some(&json!("None")), None));
    }

    #[test]
    fn spelling_follows_the_script() {
        assert_eq!(plain(None), "None");
        assert_eq!(plain(Some(&json!(true))), "True");
        assert_eq!(plain(Some(&json!("a'b"))), "a'b");
        assert_eq!(repr(Some(&json!("a'b"))), "\"a'b\"");
        assert_eq!(repr(Some(&json!("a'b\"c"))), "'a\\'b\"c'");
        assert_eq!(repr(Some(&json!(["x\n", null, 2]))), "['x\\n', None, 2]");
        assert_eq!(
            quoted("5\u{a0}mg \u{2013} \u{feff}e\u{301}\u{7f}"),
            "'5\\xa0mg \u{2013} \\ufeffe\u{301}\\x7f'"
        );
    }

    #[test]
    fn floats_have_the_shortest_form() {
        assert_eq!(float(1.0), "1.0");
        assert_eq!(float(-0.0), "-0.0");
        assert_eq!(float(1.25e-7), "1.25e-07");
        assert_eq!(float(1e16), "1e+16");
        assert_eq!(float(0.0001), "0.0001");
    }
}
