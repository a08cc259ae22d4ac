//! What a rule asks of the facts: a closed language whose words are the kinds, values and flags of `fact::kind`.

use crate::fact::{FactKind, Facts};
use serde::Deserialize;

/// A condition over the facts of a note.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Form")]
pub enum Requirement {
    /// The fact has one of the values (any, where none is listed) and all of the flags.
    Fact {
        /// Which fact.
        kind: FactKind,
        /// Some of [`FactKind::values`].
        values: Vec<&'static str>,
        /// Some of [`FactKind::flags`].
        flags: Vec<&'static str>,
    },
    /// One of them holds.
    Any(Vec<Requirement>),
    /// All of them hold.
    All(Vec<Requirement>),
    /// It does not hold.
    Not(Box<Requirement>),
}

impl Requirement {
    /// Whether it holds. A fact that no resolver gave has no value and no flag.
    pub fn holds(&self, facts: &Facts) -> bool {
        match self {
            Requirement::Fact { kind, values, flags } => facts.get(*kind).is_some_and(|fact| {
                (values.is_empty() || values.contains(&fact.value))
                    && flags.iter().all(|f| fact.flags.contains(f))
            }),
            Requirement::Any(list) => list.iter().any(|r| r.holds(facts)),
            Requirement::All(list) => list.iter().all(|r| r.holds(facts)),
            Requirement::Not(inner) => !inner.holds(facts),
        }
    }

    /// The kinds of facts that it looks at, in the order in which they are named.
    pub fn kinds(&self) -> Vec<FactKind> {
        let mut kinds = Vec::new();
        self.collect_kinds(&mut kinds);
        kinds
    }

    fn collect_kinds(&self, into: &mut Vec<FactKind>) {
        match self {
            Requirement::Fact { kind, .. } => {
                if !into.contains(kind) {
                    into.push(*kind);
                }
            }
            Requirement::Any(list) | Requirement::All(list) => {
                list.iter().for_each(|r| r.collect_kinds(into))
            }
            Requirement::Not(inner) => inner.collect_kinds(into),
        }
    }
}

/// Why a requirement cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RequirementError {
    /// None or several of the four forms.
    #[error("a requirement has exactly one of `fact`, `any`, `all`, `not`")]
    Form,
    /// `in` or `with` without `fact`.
    #[error("`in` and `with` go with `fact` only")]
    Stray,
    /// A fact without a value and without a flag.
    #[error("a `fact` needs values (`in`) or flags (`with`)")]
    Bare,
    /// An empty list.
    #[error("`any` and `all` need at least one requirement")]
    Empty,
    /// Not a value of that fact.
    #[error("`{value}` is no value of `{kind}`; its values are {}", list(allowed))]
    Value {
        /// The fact.
        kind: String,
        /// What the file says.
        value: String,
        /// What it could say.
        allowed: &'static [&'static str],
    },
    /// Not a flag of that fact.
    #[error("`{flag}` is no flag of `{kind}`; its flags are {}", list(allowed))]
    Flag {
        /// The fact.
        kind: String,
        /// What the file says.
        flag: String,
        /// What it could say.
        allowed: &'static [&'static str],
    },
}

fn list(words: &[&str]) -> String {
    if words.is_empty() { "none".to_owned() } else { words.join(", ") }
}

/// The form in the file. An untagged enum would accept the same, but its errors would not say what is wrong.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    fact: Option<FactKind>,
    r#in: Option<Vec<String>>,
    with: Option<Vec<String>>,
    any: Option<Vec<Requirement>>,
    all: Option<Vec<Requirement>>,
    not: Option<Box<Requirement>>,
}

impl TryFrom<Form> for Requirement {
    type Error = RequirementError;

    fn try_from(form: Form) -> Result<Self, RequirementError> {
        let stray = form.r#in.is_some() || form.with.is_some();
        match (form.fact, form.any, form.all, form.not) {
            (Some(kind), None, None, None) => {
                fact(kind, form.r#in.unwrap_or_default(), form.with.unwrap_or_default())
            }
            (None, _, _, _) if stray => Err(RequirementError::Stray),
            (None, Some(list), None, None) => some(list).map(Requirement::Any),
            (None, None, Some(list), None) => some(list).map(Requirement::All),
            (None, None, None, Some(inner)) => Ok(Requirement::Not(inner)),
            _ => Err(RequirementError::Form),
        }
    }
}

fn some(list: Vec<Requirement>) -> Result<Vec<Requirement>, RequirementError> {
    if list.is_empty() { Err(RequirementError::Empty) } else { Ok(list) }
}

fn fact(kind: FactKind, values: Vec<String>, flags: Vec<String>) -> Result<Requirement, RequirementError> {
    if values.is_empty() && flags.is_empty() {
        return Err(RequirementError::Bare);
    }
    let known = |allowed: &'static [&'static str], word: &str| allowed.iter().copied().find(|a| *a == word);
    let values = values.into_iter().map(|value| {
        let allowed = kind.values();
        known(allowed, &value).ok_or_else(|| RequirementError::Value { kind: name(kind), value, allowed })
    });
    let flags = flags.into_iter().map(|flag| {
        let allowed = kind.flags();
        known(allowed, &flag).ok_or_else(|| RequirementError::Flag { kind: name(kind), flag, allowed })
    });
    Ok(Requirement::Fact {
        kind,
        values: values.collect::<Result<_, _>>()?,
        flags: flags.collect::<Result<_, _>>()?,
    })
}

/// The name of a kind as files write it.
fn name(kind: FactKind) -> String {
    match serde_json::to_value(kind) {
        Ok(serde_json::Value::String(name)) => name,
        _ => format!("{kind:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fact::Fact;

    fn read(text: &str) -> Result<Requirement, String> {
        #[derive(Deserialize)]
        struct File {
            when: Requirement,
        }
        toml::from_str::<File>(&format!("when = {text}")).map(|f| f.when).map_err(|e| e.message().to_owned())
    }

    fn facts() -> Facts {
        Facts::new(vec![
            Fact { kind: FactKind::Imaging, value: "findings", flags: vec!["level"], mentions: vec![] },
            Fact { kind: FactKind::Injury, value: "past", flags: vec![], mentions: vec![] },
        ])
    }

    #[test]
    fn requirements_hold_or_not() {
        for (text, expected) in [
            (r#"{ fact = "imaging", in = ["findings", "normal"] }"#, true),
            (r#"{ fact = "imaging", in = ["normal"] }"#, false),
            (r#"{ fact = "imaging", with = ["level"] }"#, true),
            (r#"{ fact = "imaging", in = ["findings"], with = ["level", "grade"] }"#, false),
            (r#"{ fact = "function", in = ["absent"] }"#, false),
            (r#"{ not = { fact = "function", in = ["absent"] } }"#, true),
            (
                r#"{ any = [{ fact = "injury", in = ["denied"] }, { fact = "imaging", with = ["level"] }] }"#,
                true,
            ),
            (
                r#"{ all = [{ fact = "injury", in = ["past"] }, { fact = "injury", with = ["dated"] }] }"#,
                false,
            ),
        ] {
            assert_eq!(read(text).unwrap().holds(&facts()), expected, "{text}");
        }
    }

    #[test]
    fn what_is_wrong_is_said_with_what_would_be_right() {
        for (text, expected) in [
            (
                r#"{ fact = "region", in = ["lumber"] }"#,
                "`lumber` is no value of `region`; its values are lumbar, lumbosacral, thoracolumbar, unstated, other",
            ),
            (
                r#"{ fact = "injury", with = ["date"] }"#,
                "`date` is no flag of `injury`; its flags are dated, conflict",
            ),
            (
                r#"{ fact = "lumbar", with = ["level"] }"#,
                "`level` is no flag of `lumbar`; its flags are none",
            ),
            (r#"{ fact = "lumbar" }"#, "a `fact` needs values (`in`) or flags (`with`)"),
            (r#"{ any = [] }"#, "`any` and `all` need at least one requirement"),
            (r#"{ in = ["yes"] }"#, "`in` and `with` go with `fact` only"),
            (r#"{ }"#, "a requirement has exactly one of `fact`, `any`, `all`, `not`"),
        ] {
            assert_eq!(read(text).unwrap_err(), expected, "{text}");
        }
        let unknown = read(r#"{ fact = "lumbago", in = ["yes"] }"#).unwrap_err();
        assert!(
            unknown.contains("unknown variant `lumbago`") && unknown.contains("`named-condition`"),
            "{unknown}"
        );
        assert!(read(r#"{ fact = "lumbar", on = ["yes"] }"#).unwrap_err().contains("unknown field `on`"));
    }

    #[test]
    fn the_kinds_are_those_that_are_named() {
        let r = read(
            r#"{ any = [{ not = { fact = "injury", in = ["past"] } }, { fact = "imaging", with = ["level"] }, { fact = "injury", with = ["dated"] }] }"#,
        );
        assert_eq!(r.unwrap().kinds(), [FactKind::Injury, FactKind::Imaging]);
    }
}
