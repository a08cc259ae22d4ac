//! Facts: one resolver a file turns mentions into what the note says as a whole.

mod care;
mod chronicity;
mod diagnosis;
mod function;
mod imaging;
mod injury;
mod kind;
mod radiculopathy;
mod region;
mod topic;
mod view;

pub use diagnosis::Named;
pub use kind::{Fact, FactKind, Facts};
pub use view::{Area, Item, View};

use crate::note::Note;

/// Everything that the resolvers settle, without the code.
pub struct Resolved {
    /// One fact a kind, but for [`FactKind::SpecificCode`], which the coding adds.
    pub facts: Vec<Fact>,
    /// The named lumbar conditions that are present, the assessed ones first.
    pub named: Vec<Named>,
    /// The mention that states the duration.
    pub duration: Option<usize>,
    /// Types of care that were tried or are in use, sorted.
    pub care_types: Vec<String>,
}

/// Runs every resolver over a view.
pub fn resolve(view: &View<'_>, note: &Note) -> Resolved {
    let topic = topic::resolve(view);
    let lumbar = topic.value == "yes";
    let (mut named, mut condition, mut specificity) = diagnosis::resolve(view);
    if !lumbar {
        named.clear();
        (condition.value, condition.flags, condition.mentions) = ("absent", Vec::new(), Vec::new());
        (specificity.value, specificity.mentions) = ("none", Vec::new());
    }
    let (chronicity, duration) = chronicity::resolve(view, lumbar);
    let (care, care_types) = care::resolve(view, lumbar);
    let procedure = Fact {
        kind: FactKind::Procedure,
        value: if note.meta.procedures.is_empty() { "none" } else { "listed" },
        flags: Vec::new(),
        mentions: Vec::new(),
    };
    let facts = vec![
        topic,
        condition,
        region::resolve(view, lumbar),
        imaging::resolve(view, lumbar),
        chronicity,
        care,
        function::resolve(view, lumbar),
        injury::resolve(view, lumbar),
        radiculopathy::resolve(view, lumbar),
        specificity,
        procedure,
    ];
    Resolved { facts, named, duration, care_types }
}
