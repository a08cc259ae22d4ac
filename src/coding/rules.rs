//! The code rules of `codes/rules.toml`: which condition leads, and which conditions combine into one code.

use super::table;
use crate::datafile::{self, DataError};
use serde::Deserialize;

/// What a combination asks of the note beside the condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum With {
    /// Radiculopathy is present.
    Radiculopathy,
    /// Sciatica is named.
    Sciatica,
    /// Neurogenic claudication is present.
    Claudication,
    /// Both back and leg pain.
    BackAndLegPain,
    /// Back pain alone.
    BackPain,
    /// Leg pain alone.
    LegPain,
    /// Osteoporosis is present.
    Osteoporosis,
}

impl With {
    /// What the note would have to say, behind "the condition is documented with".
    pub fn words(self) -> &'static str {
        match self {
            With::Radiculopathy => "radiculopathy that is due to it",
            With::Sciatica => "sciatica",
            With::Claudication => "neurogenic claudication",
            With::BackAndLegPain => "both low back and leg pain",
            With::BackPain => "axial low back pain only",
            With::LegPain => "leg pain only",
            With::Osteoporosis => "osteoporosis as its cause",
        }
    }
}

/// Conditions that take one code together.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Combination {
    /// Groups of the condition.
    pub groups: Vec<String>,
    /// What must hold beside it.
    pub with: With,
    /// The code for the lumbar region.
    pub lumbar: String,
    /// The code for the lumbosacral region.
    pub lumbosacral: String,
    /// Where the rule comes from.
    pub source: String,
}

/// A code of M53.8- with its region.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegionCode {
    /// The code.
    pub code: String,
    /// The region in its title, as the report spells it.
    pub region: String,
    /// The levels that convention puts there.
    pub levels: String,
}

/// The codes of a current injury.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InjuryCode {
    /// Groups of the condition; without any, it stands for all others.
    pub groups: Vec<String>,
    /// Without the 7th character.
    pub codes: Vec<String>,
    /// What they are for.
    pub name: String,
}

/// Billed codes whose titles contradict each other.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Clash {
    /// The beginnings of the one.
    pub codes: Vec<String>,
    /// The beginnings of the other.
    pub with: Vec<String>,
    /// Why.
    pub text: String,
    /// Where that stands.
    pub source: String,
    /// Whether it was read there.
    pub verified: bool,
}

/// Another code in the neighbourhood of a condition.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Neighbour {
    /// Groups of the condition.
    pub groups: Vec<String>,
    /// The code, for the lumbar region where regions differ.
    pub code: String,
    /// The code for the lumbosacral region where it is another.
    pub lumbosacral: Option<String>,
    /// What would have to be documented.
    pub when: String,
    /// Where that stands.
    pub source: String,
    /// Whether it was read there.
    pub verified: bool,
}

/// The rules as loaded.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Groups, most telling first.
    pub priority: Vec<String>,
    /// In order; the first that fits decides.
    pub combination: Vec<Combination>,
    /// The codes of M53.8- by region.
    pub region: Vec<RegionCode>,
    /// The codes of a current injury; the first that fits.
    pub injury: Vec<InjuryCode>,
    /// Billed codes that contradict each other.
    pub clash: Vec<Clash>,
    /// Other codes by condition.
    pub alternative: Vec<Neighbour>,
}

impl Rules {
    /// The rules that come with the library.
    ///
    /// # Errors
    /// None in a released build: the tests load the same text.
    pub fn embedded() -> Result<Self, DataError> {
        Self::from_toml("codes/rules.toml", include_str!("../../codes/rules.toml"))
    }

    /// Reads rules; `file` is what errors call them.
    ///
    /// # Errors
    /// What is not of the form, a code that the tables have not, a rule without a source, a group that stands twice.
    pub fn from_toml(file: &str, text: &str) -> Result<Self, DataError> {
        let rules: Self = datafile::read(file, text)?;
        let refuse = |value: &str, problem| {
            Err(datafile::refuse(file, text, datafile::quoted(text, 0, value), problem))
        };
        if let Some(code) = rules.codes().find(|c| table::below(c).next().is_none()) {
            return refuse(code, table::unknown(code));
        }
        if let Some((i, group)) =
            rules.priority.iter().enumerate().find(|(i, g)| rules.priority[..*i].contains(g))
        {
            return refuse(group, format!("`priority` names `{group}` twice, last in place {}", i + 1));
        }
        let sources = rules.combination.iter().map(|c| (&c.source, &c.lumbar));
        let sources =
            sources.chain(rules.clash.iter().flat_map(|c| c.codes.iter().map(|code| (&c.source, code))));
        let mut sources = sources.chain(rules.alternative.iter().map(|a| (&a.source, &a.code)));
        match sources.find(|(source, _)| source.trim().is_empty()) {
            Some((_, code)) => refuse(code, format!("the rule of {code} has no source")),
            None => Ok(rules),
        }
    }

    /// Every code that a rule names, or beginning of one.
    fn codes(&self) -> impl Iterator<Item = &str> {
        let combined = self.combination.iter().flat_map(|c| [&c.lumbar, &c.lumbosacral]);
        let injury = self.injury.iter().flat_map(|i| &i.codes);
        let clash = self.clash.iter().flat_map(|c| c.codes.iter().chain(&c.with));
        let near = self.alternative.iter().flat_map(|a| std::iter::once(&a.code).chain(&a.lumbosacral));
        let region = self.region.iter().map(|r| &r.code);
        combined.chain(region).chain(injury).chain(clash).chain(near).map(String::as_str)
    }

    /// The rank of a group, 0 leads.
    pub fn rank(&self, group: &str) -> usize {
        self.priority.iter().position(|g| g == group).unwrap_or(self.priority.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_rules_are_refused_with_their_line() {
        let own = include_str!("../../codes/rules.toml");
        let source = own.lines().find(|l| l.starts_with("source = ")).unwrap();
        for (from, to, error) in [
            ("\"M51.16\"", "\"M51.1X\"", "unknown code M51.1X; the tables have M51.14, "),
            (
                "with = \"osteoporosis\"",
                "with = \"bones\"",
                "unknown variant `bones`, expected one of `radiculopathy`, ",
            ),
            ("lumbar = ", "lumber = ", "unknown field `lumber`, expected one of `groups`, "),
            (source, "", "missing field `source`"),
            (source, "source = \" \"", "the rule of M80.08X has no source"),
            ("\"cauda-equina\"", "\"infection\"", "`priority` names `infection` twice, last in place 7"),
        ] {
            let text = own.replacen(from, to, 1);
            let found = Rules::from_toml("r.toml", &text).unwrap_err();
            assert!(found.line > 1 && found.problem.starts_with(error), "{found}");
        }
        assert!(Rules::from_toml("r.toml", own).is_ok());
    }
}
