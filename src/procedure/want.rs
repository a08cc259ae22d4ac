//! What an element asks of a note: a closed language whose thresholds stand in the data file.

use crate::lexicon::{Builder, Phrases};
use crate::lexicon::{CARE_TYPES, MODALITIES};
use crate::segment::Spelling;
use serde::Deserialize;

/// A requirement with its thresholds.
#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub(super) enum Want {
    /// The problem has lasted at least so many days. Partial: called chronic, without a length.
    Duration { min_days: u32 },
    /// A pain score; on 0 to 10 at least `min` where that is given.
    PainScale { min: Option<f32> },
    /// A disability scale with its score. Partial: a limitation without one.
    FunctionScale {},
    /// Conservative care that was tried; with `failed` without enough relief; of one of `types` where some are given; for
    /// at least `min-days` where that is given.
    Care {
        #[serde(default)]
        failed: bool,
        min_days: Option<u32>,
        #[serde(default)]
        types: Vec<String>,
    },
    /// A condition of one of the groups of the lexicon. Contradicted: the note names another instead.
    Condition {
        groups: Vec<String>,
        /// A suspected one will do, as where the procedure is to confirm it.
        #[serde(default)]
        suspected: bool,
        /// An uncertain or absent one does not count against the procedure where another is named.
        #[serde(default)]
        beside: bool,
    },
    /// No condition of the groups. Contradicted: one is present, unless one of `unless` explains it (then partial).
    NoCondition {
        groups: Vec<String>,
        /// Groups whose denial denies it too.
        #[serde(default)]
        denied_by: Vec<String>,
        #[serde(default)]
        unless: Vec<String>,
        /// A study whose findings are told and do not have it will do.
        #[serde(default)]
        by_imaging: bool,
    },
    /// A study of the lumbar spine with its findings, of one of the modalities and with one of the groups of conditions,
    /// where some are given. Partial: without findings, or without such findings.
    Imaging {
        #[serde(default)]
        modalities: Vec<String>,
        #[serde(default)]
        groups: Vec<String>,
    },
    /// A grade of a system with one of the values. Partial: the groups without grade; contradicted: another value.
    Grade { system: String, values: Vec<String>, groups: Vec<String> },
    /// Levels in assessment, plan or procedure. Partial: elsewhere only; contradicted: more segments than `max` in one go.
    Levels { max: Option<usize> },
    /// The side, beside a level or the procedure.
    Side {},
    /// Words: at least `min` of the lists, each once.
    Phrase {
        of: Vec<Vec<String>>,
        #[serde(default = "one")]
        min: usize,
        #[serde(default)]
        status: As,
        /// The others count beside the first list alone.
        #[serde(default)]
        first_needed: bool,
        #[serde(skip)]
        found: Option<Phrases>,
    },
    /// What earlier procedures of the concepts brought: so many times at least so many percent, for so many days.
    Relief {
        concepts: Vec<String>,
        min_percent: f32,
        min_days: Option<f32>,
        #[serde(default = "one")]
        times: usize,
        /// Asked only where the note tells of an earlier one.
        #[serde(default)]
        repeat: bool,
    },
    /// One of them is enough.
    Any { of: Vec<Want> },
}

/// How words count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum As {
    /// Said to be there or done.
    #[default]
    Present,
    /// Planned will do.
    Planned,
    /// Denied; contradicted where present.
    Denied,
    /// Spoken of, whatever is said.
    Mentioned,
}

fn one() -> usize {
    1
}

impl Want {
    /// Checks thresholds and lists, and compiles the words.
    pub(super) fn prepare(&mut self, spelling: &Spelling) -> Result<(), String> {
        let some = |list: &[String], what: &str| match list.is_empty() {
            true => Err(format!("`{what}` is empty")),
            false => Ok(()),
        };
        let known = |list: &[String], allowed: &[&str], what: &str| match list
            .iter()
            .find(|x| !allowed.contains(&x.as_str()))
        {
            Some(x) => Err(format!("`{x}` is no value of `{what}`; its values are {}", allowed.join(", "))),
            None => Ok(()),
        };
        match self {
            Want::Duration { min_days: 0 } | Want::Care { min_days: Some(0), .. } => {
                Err("`min-days` is a number of days from 1".into())
            }
            Want::PainScale { min: Some(n) } if !(0.0..=10.0).contains(n) => {
                Err(format!("`min` is {n}; a pain score goes from 0 to 10"))
            }
            Want::Care { types, .. } => known(types, CARE_TYPES, "types"),
            Want::Condition { groups, .. } | Want::NoCondition { groups, .. } => some(groups, "groups"),
            Want::Grade { values, groups, .. } => {
                some(values, "values").and_then(|()| some(groups, "groups"))
            }
            Want::Imaging { modalities, .. } => known(modalities, MODALITIES, "modalities"),
            Want::Levels { max: Some(0) } => Err("`max` is a number of segments from 1".into()),
            Want::Phrase { of, min, found, .. } => {
                if *min == 0 || *min > of.len() {
                    return Err(format!("`min` is {min}; there are {} lists of words", of.len()));
                }
                *found = Some(compile(of, spelling)?);
                Ok(())
            }
            Want::Relief { concepts, min_percent, times, .. } => {
                if !(0.0..=100.0).contains(min_percent) {
                    return Err(format!("`min-percent` is {min_percent}; a percentage goes from 0 to 100"));
                }
                if *times == 0 {
                    return Err("`times` is a number from 1".into());
                }
                some(concepts, "concepts")
            }
            Want::Any { of } if of.is_empty() => Err("`any` needs at least one requirement".into()),
            Want::Any { of } => of.iter_mut().try_for_each(|w| w.prepare(spelling)),
            _ => Ok(()),
        }
    }

    /// The groups of conditions and the concepts that it names, for the test that the lexicon has them.
    pub(super) fn names(&self) -> (Vec<&str>, Vec<&str>) {
        match self {
            Want::Condition { groups, .. } | Want::Grade { groups, .. } | Want::Imaging { groups, .. } => {
                (groups.iter().map(String::as_str).collect(), Vec::new())
            }
            Want::NoCondition { groups, denied_by, unless, .. } => {
                (groups.iter().chain(denied_by).chain(unless).map(String::as_str).collect(), Vec::new())
            }
            Want::Relief { concepts, .. } => (Vec::new(), concepts.iter().map(String::as_str).collect()),
            Want::Any { of } => of.iter().map(Want::names).fold(Default::default(), |mut all, (g, c)| {
                all.0.extend(g);
                all.1.extend(c);
                all
            }),
            _ => Default::default(),
        }
    }
}

/// Compiles lists of terms; the owner of a phrase is the number of its list.
pub(super) fn compile(lists: &[Vec<String>], spelling: &Spelling) -> Result<Phrases, String> {
    let mut builder = Builder::new(spelling);
    for (i, list) in lists.iter().enumerate() {
        for term in list {
            builder.add(term, i as u32).map_err(|e| format!("term `{term}`: {e}"))?;
        }
    }
    Ok(builder.build())
}
