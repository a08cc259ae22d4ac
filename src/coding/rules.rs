//! The code rules of `codes/rules.toml`: which condition leads, and which conditions combine into one code.

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
    pub fn embedded() -> Result<Self, toml::de::Error> {
        toml::from_str(include_str!("../../codes/rules.toml"))
    }

    /// The rank of a group, 0 leads.
    pub fn rank(&self, group: &str) -> usize {
        self.priority.iter().position(|g| g == group).unwrap_or(self.priority.len())
    }
}
