//! What the resolvers settle about a note: one fact a kind, with a closed set of values and flags.

use serde::{Deserialize, Serialize};

/// The kinds of facts. The names are those that `checklists/*.toml` use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FactKind {
    /// Whether the note is about a lumbar or lumbosacral problem: `yes`, `no`.
    Lumbar,
    /// `named`, `uncertain`, `negated`, `nonspecific`, `absent`. Flags: `assessed` (named in an assessment, diagnosis or
    /// impression section), `conflict` (a disease is stated in one place and denied in another, and no assessment settles it).
    NamedCondition,
    /// Whether the main named condition has a more specific code than M53.8-: `none-exists`, `exists`, `none-named`.
    /// Flags: `rationale` (the note says why the rival codes do not apply), `not-indexed`.
    SpecificCode,
    /// `lumbar`, `lumbosacral`, `thoracolumbar`, `unstated`, `other`. Flags: `level`, `mixed`, `transitional`, `sacral`
    /// (at the sacrum or coccyx alone, which has no value of its own).
    Region,
    /// `findings`, `normal`, `study_only`, `planned`, `absent`. Flags: `grade`, `level`.
    Imaging,
    /// `acute`, `subacute`, `chronic`, `unstated`. Flag: `duration`.
    Chronicity,
    /// `documented`, `planned_only`, `declined_only`, `absent`. Flags: `duration`, `response`, `contraindicated`
    /// (nothing was tried, and a measure could not be given).
    ConservativeCare,
    /// `limited`, `not_limited`, `absent`. Flag: `scale`.
    Function,
    /// `current`, `past`, `denied`, `unstated`. Flags: `dated`, `conflict` (stated in one place, denied in another).
    Injury,
    /// `present`, `absent`, `unstated`.
    Radiculopathy,
    /// Whether the assessment is more than low back pain: `specific`, `nonspecific`, `none`.
    Specificity,
    /// Whether a procedure came with the note: `none`, `listed`. Flags: `complete` (all that is asked for is there), `partly`
    /// (some of it), `contradicted` (the note speaks against a procedure), `unknown` (no policy is known for one).
    Procedure,
}

impl FactKind {
    /// Every kind, in report order.
    pub const ALL: [FactKind; 12] = [
        FactKind::Lumbar,
        FactKind::NamedCondition,
        FactKind::SpecificCode,
        FactKind::Region,
        FactKind::Imaging,
        FactKind::Chronicity,
        FactKind::ConservativeCare,
        FactKind::Function,
        FactKind::Injury,
        FactKind::Radiculopathy,
        FactKind::Specificity,
        FactKind::Procedure,
    ];

    /// The values that a fact of this kind can take; a checklist that names another is refused.
    pub fn values(self) -> &'static [&'static str] {
        match self {
            FactKind::Lumbar => &["yes", "no"],
            FactKind::NamedCondition => &["named", "uncertain", "negated", "nonspecific", "absent"],
            FactKind::SpecificCode => &["none-exists", "exists", "none-named"],
            FactKind::Region => &["lumbar", "lumbosacral", "thoracolumbar", "unstated", "other"],
            FactKind::Imaging => &["findings", "normal", "study_only", "planned", "absent"],
            FactKind::Chronicity => &["acute", "subacute", "chronic", "unstated"],
            FactKind::ConservativeCare => &["documented", "planned_only", "declined_only", "absent"],
            FactKind::Function => &["limited", "not_limited", "absent"],
            FactKind::Injury => &["current", "past", "denied", "unstated"],
            FactKind::Radiculopathy => &["present", "absent", "unstated"],
            FactKind::Specificity => &["specific", "nonspecific", "none"],
            FactKind::Procedure => &["none", "listed"],
        }
    }

    /// The flags that a fact of this kind can carry.
    pub fn flags(self) -> &'static [&'static str] {
        match self {
            FactKind::NamedCondition => &["assessed", "conflict"],
            FactKind::SpecificCode => &["rationale", "not-indexed"],
            FactKind::Region => &["level", "mixed", "transitional", "sacral"],
            FactKind::Imaging => &["grade", "level"],
            FactKind::Chronicity => &["duration"],
            FactKind::ConservativeCare => &["duration", "response", "contraindicated"],
            FactKind::Function => &["scale"],
            FactKind::Injury => &["dated", "conflict"],
            FactKind::Procedure => &["complete", "partly", "contradicted", "unknown"],
            _ => &[],
        }
    }
}

/// One settled fact.
#[derive(Clone, Debug, PartialEq)]
pub struct Fact {
    /// Which.
    pub kind: FactKind,
    /// One of [`FactKind::values`].
    pub value: &'static str,
    /// Some of [`FactKind::flags`].
    pub flags: Vec<&'static str>,
    /// Indices of the mentions that it rests on, most telling first.
    pub mentions: Vec<usize>,
}

/// The facts of one note, one of each kind.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Facts {
    facts: Vec<Fact>,
}

impl Facts {
    /// Takes the resolvers' answers.
    pub fn new(facts: Vec<Fact>) -> Self {
        Self { facts }
    }

    /// The same facts with one in place of the one of its kind.
    #[must_use]
    pub fn with(mut self, fact: Fact) -> Self {
        self.facts.retain(|f| f.kind != fact.kind);
        self.facts.push(fact);
        self
    }

    /// The fact of a kind, where a resolver gave one.
    pub fn get(&self, kind: FactKind) -> Option<&Fact> {
        self.facts.iter().find(|f| f.kind == kind)
    }

    /// The value of a kind; the empty string where no resolver gave one.
    pub fn value(&self, kind: FactKind) -> &'static str {
        self.get(kind).map_or("", |f| f.value)
    }

    /// Whether the fact of a kind carries a flag.
    pub fn has(&self, kind: FactKind, flag: &str) -> bool {
        self.get(kind).is_some_and(|f| f.flags.contains(&flag))
    }
}
