//! What changed between two sets of figures, say those of a stored run and of the present one.

use serde_json::Value;

/// A figure that is not the same.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Its place in the JSON form, `mentions.lenient.micro.f1`.
    pub figure: String,
    /// Its value before; `None` where there was none.
    pub before: Option<f64>,
    /// Its value after; `None` where there is none.
    pub after: Option<f64>,
}

/// The numbers that differ between two sets of [`Figures`](super::Figures) in their JSON form, in the order of
/// `before` with the new ones last; differences of at most `tolerance` are passed over.
pub fn compare(before: &Value, after: &Value, tolerance: f64) -> Vec<Change> {
    let (before, after) = (numbers(before), numbers(after));
    let value = |numbers: &[(String, f64)], figure: &str| numbers.iter().find(|n| n.0 == figure).map(|n| n.1);
    let new = after.iter().filter(|(figure, _)| value(&before, figure).is_none());
    let changes = before.iter().chain(new).map(|(figure, _)| Change {
        before: value(&before, figure),
        after: value(&after, figure),
        figure: figure.clone(),
    });
    changes.filter(|c| c.before.zip(c.after).is_none_or(|(b, a)| (b - a).abs() > tolerance)).collect()
}

fn numbers(value: &Value) -> Vec<(String, f64)> {
    fn walk(path: &str, value: &Value, out: &mut Vec<(String, f64)>) {
        match value {
            Value::Number(n) => out.extend(n.as_f64().map(|n| (path.to_owned(), n))),
            Value::Object(entries) => {
                for (key, value) in entries {
                    let place = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                    walk(&place, value, out);
                }
            }
            _ => {}
        }
    }
    let mut out = Vec::new();
    walk("", value, &mut out);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_that_differ_come_and_go() {
        let before = json!({"a": {"f1": 0.5, "n": 3}, "b": 1.0, "k": null});
        let after = json!({"a": {"f1": 0.6, "n": 3}, "b": 1.0 + 1e-15, "k": 0.25});
        let change = |figure: &str, before, after| Change { figure: figure.to_owned(), before, after };
        assert_eq!(
            compare(&before, &after, 1e-12),
            [change("a.f1", Some(0.5), Some(0.6)), change("k", None, Some(0.25))]
        );
        assert_eq!(compare(&before, &before, 0.0), []);
    }
}
