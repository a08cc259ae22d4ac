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

/// The rules as loaded.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// Groups, most telling first.
    pub priority: Vec<String>,
    /// In order; the first that fits decides.
    pub combination: Vec<Combination>,
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
