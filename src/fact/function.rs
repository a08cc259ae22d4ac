//! Functional limitation because of the back or leg problem.
//!
//! Traps: a pain score is no function; a limitation of another organ; "independent in all ADLs" is a stated absence.

use super::kind::{Fact, FactKind};
use super::view::{Item, View};
use crate::assertion::Status;
use crate::mention::Label;

/// Resolves the functional state.
pub(super) fn resolve(view: &View<'_>, lumbar: bool) -> Fact {
    let told: Vec<&Item<'_>> = if lumbar { view.lumbar(Label::Function).collect() } else { Vec::new() };
    let limited: Vec<&Item<'_>> = told.iter().copied().filter(|i| i.status == Status::Present).collect();
    let free: Vec<&Item<'_>> = told.iter().copied().filter(|i| i.status == Status::Absent).collect();
    let (value, rest) = if !limited.is_empty() {
        ("limited", limited)
    } else if !free.is_empty() {
        ("not_limited", free)
    } else {
        ("absent", Vec::new())
    };
    let flags =
        if rest.iter().any(|i| i.concept.is_some_and(|c| c.scale)) { vec!["scale"] } else { Vec::new() };
    Fact { kind: FactKind::Function, value, flags, mentions: rest.iter().map(|i| i.index).collect() }
}
