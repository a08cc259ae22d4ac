//! What the grades of a note mean: ambiguous ones are called so, and where a condition has none, the usual system is named.

use crate::datafile;
use crate::fact::{Area, Item, Named, View};
use crate::lexicon::{self, Concept, Lexicon, LexiconError};
use crate::mention::Label;
use crate::pattern::grade::numbers;
use crate::report::v1::Reason;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::BTreeMap;
use toml::Spanned;

/// Conditions without a grade that the report names at most.
const UNGRADED: usize = 2;

/// A grading system of `grades.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct System {
    /// Unique, kebab-case.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What it grades, on which study.
    pub of: String,
    /// The condition groups that it grades.
    pub groups: Vec<String>,
    /// It is asked for where a condition of its groups has no grade.
    #[serde(default)]
    pub expected: bool,
    /// A grade without a name beside a condition of its groups is one of it.
    #[serde(default)]
    pub bare: bool,
    /// Lowest and highest value.
    pub range: Option<[f32; 2]>,
    /// Units of its values, for lengths and angles.
    #[serde(default)]
    pub units: Vec<String>,
    /// What each value means.
    pub values: BTreeMap<String, String>,
    /// What to beware of wherever it is used.
    pub caveat: Option<String>,
    /// What two values at once mean.
    pub mixed: Option<String>,
    /// What else the reader of the documentation should know.
    pub remark: Option<String>,
    /// Where it comes from.
    pub source: String,
    /// Whether that was read.
    pub verified: bool,
}

impl System {
    fn grades(&self, group: &str) -> bool {
        self.groups.iter().any(|g| g == group)
    }

    fn holds(&self, value: &str) -> bool {
        let numbers = numbers(value);
        self.range
            .is_none_or(|[low, high]| !numbers.is_empty() && numbers.iter().all(|n| (low..=high).contains(n)))
    }

    fn measures(&self, value: &str) -> bool {
        self.units.iter().any(|u| value.ends_with(u.as_str())) && self.holds(value)
    }
}

/// The grading systems.
#[derive(Clone, Debug, Default)]
pub struct Grading {
    /// In the order of the file.
    pub systems: Vec<System>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "system")]
    systems: Vec<Spanned<System>>,
    #[serde(default, rename = "template")]
    _templates: Vec<IgnoredAny>,
}

impl Grading {
    /// Reads the systems of a `grades.toml`.
    ///
    /// # Errors
    /// What is not TOML or not the form of a system, a system that stands twice or has no source.
    pub fn from_toml(file: &str, text: &str) -> Result<Self, LexiconError> {
        let shown = lexicon::shown(file);
        let form: File = datafile::read(&shown, text)?;
        let mut systems: Vec<System> = Vec::with_capacity(form.systems.len());
        for system in form.systems {
            let at = system.span().start;
            let system = system.into_inner();
            let problem = if systems.iter().any(|s| s.id == system.id) {
                "the id is given twice"
            } else if system.source.trim().is_empty() {
                "a source is required"
            } else if system.range.is_some_and(|[low, high]| low > high) {
                "the range goes from the lowest value to the highest"
            } else {
                systems.push(system);
                continue;
            };
            return Err(
                datafile::refuse(&shown, text, at, format!("system \"{}\": {problem}", system.id)).into()
            );
        }
        Ok(Self { systems })
    }

    /// The systems that are expected for a group of conditions.
    fn expected(&self, group: &str) -> Vec<&System> {
        self.systems.iter().filter(|s| s.expected && s.grades(group)).collect()
    }

    /// What is to be said of the grades of a note, and of the conditions that have none.
    pub fn reasons(&self, lexicon: &Lexicon, view: &View<'_>, named: &[Named], studied: bool) -> Vec<Reason> {
        let mut out: Vec<Reason> = Vec::new();
        let lumbar = |i: &&Item<'_>| i.mention.label == Label::Grade && i.area == Area::Lumbar;
        for i in view.items.iter().filter(lumbar) {
            let graded = i.mention.attrs.graded.map(|c| lexicon.concept(c));
            for reason in self.of_grade(view, i, graded) {
                if !out.contains(&reason) {
                    out.push(reason);
                }
            }
        }
        if studied {
            out.extend(self.ungraded(lexicon, view, named).into_iter().take(UNGRADED).map(|(c, systems)| {
                Reason {
                    text: format!(
                        "The note gives no grade of the {}; {} would be usual.",
                        c.name,
                        either(systems.iter().map(|s| s.name.clone()))
                    ),
                    source: sources(&systems),
                }
            }));
        }
        out
    }

    /// What to write where the imaging has no grade, with its sources; `None` where nothing would be usual.
    pub fn hint(&self, lexicon: &Lexicon, view: &View<'_>, named: &[Named]) -> Option<(String, Vec<String>)> {
        let (c, systems) = self.ungraded(lexicon, view, named).into_iter().next()?;
        let text = format!("Usual for {}: {}.", c.name, either(systems.iter().map(|s| s.name.clone())));
        Some((text, systems.iter().map(|s| cited(s)).collect()))
    }

    /// The named conditions without any grade or severity, each group once, with the systems that would be usual.
    fn ungraded<'a>(
        &'a self,
        lexicon: &'a Lexicon,
        view: &View<'a>,
        named: &[Named],
    ) -> Vec<(&'a Concept, Vec<&'a System>)> {
        // the name of a system tells what it grades, whatever stands nearest
        let mut graded: Vec<&str> = Vec::new();
        for a in view.items.iter().map(|i| &i.mention.attrs) {
            let named = self.systems.iter().filter(|s| a.grading.contains(&s.id));
            graded.extend(named.flat_map(|s| s.groups.iter().map(String::as_str)));
            if a.grading.is_empty() {
                let Some(group) = a.graded.and_then(|c| lexicon.concept(c).group.as_deref()) else {
                    continue;
                };
                // a graded fracture is graded, whichever of its names the assessment takes
                graded.extend(self.expected(group).iter().flat_map(|s| s.groups.iter().map(String::as_str)));
                graded.push(group);
            }
        }
        let mut out: Vec<(&Concept, Vec<&System>)> = Vec::new();
        for n in named {
            let Some(c) = view.items[n.mention].concept else { continue };
            let group = c.group.as_deref().unwrap_or("");
            let systems = self.expected(group);
            let seen = out.iter().any(|(o, _)| o.group == c.group);
            if !systems.is_empty() && !seen && !graded.contains(&group) {
                out.push((c, systems));
            }
        }
        out
    }

    fn of_grade(&self, view: &View<'_>, i: &Item<'_>, graded: Option<&Concept>) -> Vec<Reason> {
        let a = &i.mention.attrs;
        let value = a.value.as_deref().unwrap_or("");
        let words = view.words(i).split_whitespace().collect::<Vec<_>>().join(" ");
        let group = graded.and_then(|c| c.group.as_deref()).unwrap_or("");
        let system = a.system.as_deref().unwrap_or("");
        if a.grading.is_empty()
            && system == "other"
            && words.contains(|c: char| c.is_ascii_digit() || c == 'I')
        {
            return self.unnamed(&words, value, graded).into_iter().collect();
        }
        let meant: Vec<&System> = match (a.grading.as_slice(), system) {
            ([], "measurement") => {
                self.systems.iter().filter(|s| s.grades(group) && s.measures(value)).collect()
            }
            (ids, _) => self.systems.iter().filter(|s| ids.contains(&s.id)).collect(),
        };
        let mut out = Vec::new();
        let read: Vec<&System> = meant.iter().copied().filter(|s| s.values.contains_key(value)).collect();
        if read.len() > 1 {
            out.push(Reason {
                text: format!("\"{words}\" is ambiguous: {}.", meanings(&read, value)),
                source: sources(&read),
            });
        }
        for s in &meant {
            let mixed = s.mixed.as_ref().filter(|_| numbers(value).len() > 1);
            for text in mixed.map(|m| format!("\"{words}\": {m}")).into_iter().chain(s.caveat.clone()) {
                out.push(Reason { text, source: cited(s) });
            }
        }
        out
    }

    /// A number that names no system, beside a condition for which several are in use.
    fn unnamed(&self, words: &str, value: &str, graded: Option<&Concept>) -> Option<Reason> {
        let c = graded?;
        let group = c.group.as_deref()?;
        let in_use: Vec<&System> =
            self.systems.iter().filter(|s| s.grades(group) && s.units.is_empty()).collect();
        if in_use.iter().any(|s| s.bare) {
            return None;
        }
        let read: Vec<&System> = in_use.into_iter().filter(|s| s.values.contains_key(value)).collect();
        (!read.is_empty()).then(|| Reason {
            text: format!(
                "\"{words}\" beside {} names no grading system: {}.",
                c.name,
                meanings(&read, value)
            ),
            source: sources(&read),
        })
    }
}

/// `normal in Fujiwara, mild in Weishaupt`.
fn meanings(systems: &[&System], value: &str) -> String {
    let each = |s: &&System| format!("{} in {}", s.values.get(value).map_or("", String::as_str), s.name);
    systems.iter().map(each).collect::<Vec<_>>().join("; ")
}

/// `Pathria, Weishaupt or Fujiwara`.
fn either(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

fn cited(s: &System) -> String {
    format!("{}: {} ({})", s.name, s.source, if s.verified { "verified" } else { "not verified" })
}

fn sources(systems: &[&System]) -> String {
    systems.iter().map(|s| cited(s)).collect::<Vec<_>>().join("; ")
}
