//! Finds what changed between two states: what an edit only moved did not.

use super::change::{Added, Change, ElementChange, Entries, SCHEMA, Turn};
use super::edit::{Applied, moved};
use super::state::{Element, Placed, State};
use crate::check::Reread;

/// Two stretches of lists are compared entry by entry where the product of their lengths is no more than this; else all
/// of the one is said to have left, and all of the other to have come, which is true as well.
const COMPARED: usize = 1 << 16;

/// The change from `old`, or from nothing, to `new`.
pub(super) fn change(old: Option<State>, new: &State, edits: Vec<Applied>, reread: Reread) -> Change {
    let (mut elements, mut mentions, mut disagreements) = (Vec::new(), Vec::new(), Vec::new());
    let mut rest = None;
    if let Some(old) = old {
        (elements, mentions, disagreements) = (old.elements, old.mentions, old.disagreements);
        rest = Some((old.score, old.outcome, old.summary, old.coding, old.provenance));
    }
    let rest = rest.as_ref();
    let elements = new.elements.iter().filter_map(|e| {
        let before = elements.iter().position(|o| o.id == e.id && o.procedure == e.procedure);
        element(before.map(|i| elements.swap_remove(i)), e, &edits)
    });
    Change {
        schema: SCHEMA.to_owned(),
        revision: new.revision,
        length: new.length,
        score: Turn { old: rest.map(|o| o.0), new: new.score },
        outcome: Turn { old: rest.map(|o| o.1), new: new.outcome },
        elements: elements.collect(),
        mentions: entries(mentions, &new.mentions, &edits),
        disagreements: entries(disagreements, &new.disagreements, &edits),
        summary: turned(rest.map(|o| &o.2), &new.summary),
        coding: turned(rest.map(|o| &o.3), &new.coding),
        provenance: turned(rest.map(|o| &o.4), &new.provenance),
        reread,
        edits,
    }
}

fn turned<T: PartialEq + Clone>(old: Option<&T>, new: &T) -> Option<T> {
    if old == Some(new) { None } else { Some(new.clone()) }
}

/// The change of an element; `None` where nothing of it changed.
fn element(mut old: Option<Element>, new: &Element, edits: &[Applied]) -> Option<ElementChange> {
    let passages = old.as_mut().map(|o| std::mem::take(&mut o.evidence)).unwrap_or_default();
    let evidence = entries(passages, &new.evidence, edits);
    if let Some(old) = &old
        && evidence.is_empty()
        && same_but_places(old, new)
        && near_moved(old, new, edits)
    {
        return None;
    }
    Some(ElementChange {
        procedure: new.procedure.clone(),
        id: new.id.clone(),
        title: new.title.clone(),
        verdict: Turn { old: old.as_ref().map(|o| o.verdict), new: new.verdict },
        weight: new.weight,
        credit: new.credit,
        evidence,
        gap: new.gap.clone(),
        query: new.query.clone(),
        sources: new.sources.clone(),
    })
}

fn same_but_places(old: &Element, new: &Element) -> bool {
    fn gap(e: &Element) -> Option<(&str, &str)> {
        e.gap.as_ref().map(|g| (g.message.as_str(), g.fix.as_str()))
    }
    old.title == new.title
        && old.verdict == new.verdict
        && old.weight == new.weight
        && old.credit == new.credit
        && gap(old) == gap(new)
        && old.query == new.query
        && old.sources == new.sources
}

fn near_moved(old: &Element, new: &Element, edits: &[Applied]) -> bool {
    let near = |e: &Element| e.gap.as_ref().and_then(|g| g.near).map(|h| h.place());
    match near(old) {
        None => near(new).is_none(),
        Some(place) => near(new).is_some() && moved(edits, place) == near(new),
    }
}

/// What came to a list and what left it: what is left of the old list, moved, is a subsequence of the new one.
fn entries<T: Placed + PartialEq + Clone>(old: Vec<T>, new: &[T], edits: &[Applied]) -> Entries<T> {
    let old: Vec<Option<T>> = old
        .into_iter()
        .map(|mut entry| {
            entry.put(moved(edits, entry.place())?);
            Some(entry)
        })
        .collect();
    let same = |i: usize, k: usize| old[i].as_ref() == Some(&new[k]);
    let shorter = old.len().min(new.len());
    let head = (0..shorter).take_while(|&i| same(i, i)).count();
    let tail = (0..shorter - head).take_while(|&i| same(old.len() - 1 - i, new.len() - 1 - i)).count();
    let (from, to) = (head..old.len() - tail, head..new.len() - tail);
    let kept = if from.len() * to.len() <= COMPARED { common(&same, &from, &to) } else { Vec::new() };
    let added = |k: usize| Added { index: k, entry: new[k].clone() };
    Entries {
        removed: from.filter(|i| kept.binary_search_by_key(i, |&(i, _)| i).is_err()).collect(),
        added: to.filter(|k| kept.binary_search_by_key(k, |&(_, k)| k).is_err()).map(added).collect(),
    }
}

/// The longest common subsequence of two stretches, as pairs of indices, ascending.
fn common(
    same: &impl Fn(usize, usize) -> bool,
    from: &std::ops::Range<usize>,
    to: &std::ops::Range<usize>,
) -> Vec<(usize, usize)> {
    if from.is_empty() || to.is_empty() {
        return Vec::new();
    }
    let width = to.len() + 1;
    // lengths of the common subsequences of what is left behind each pair
    let mut lengths = vec![0u32; (from.len() + 1) * width];
    let mut equal = vec![false; from.len() * to.len()];
    for i in (0..from.len()).rev() {
        for k in (0..to.len()).rev() {
            let at = i * width + k;
            equal[i * to.len() + k] = same(from.start + i, to.start + k);
            lengths[at] = match equal[i * to.len() + k] {
                true => lengths[at + width + 1] + 1,
                false => lengths[at + 1].max(lengths[at + width]),
            };
        }
    }
    let (mut i, mut k) = (0, 0);
    let mut out = Vec::new();
    while i < from.len() && k < to.len() {
        if equal[i * to.len() + k] {
            out.push((from.start + i, to.start + k));
            (i, k) = (i + 1, k + 1);
        } else if lengths[(i + 1) * width + k] >= lengths[i * width + k + 1] {
            i += 1;
        } else {
            k += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::state::Heading;
    use proptest::prelude::*;

    /// Entries of one letter, each at its own place.
    fn list(places: &[u32]) -> Vec<Heading> {
        places.iter().map(|&p| Heading { start: p, end: p + 1 }).collect()
    }

    #[test]
    fn what_moved_did_not_change() {
        let insertion = [Applied { start: 5, end: 5, inserted: 3 }];
        let changed = |old: &[u32], new: &[u32]| {
            let e = entries(list(old), &list(new), &insertion);
            (e.removed, e.added.iter().map(|a| a.index).collect::<Vec<_>>())
        };
        assert_eq!(changed(&[1, 7, 9], &[1, 10, 12]), (vec![], vec![]));
        assert_eq!(changed(&[1, 7, 9], &[1, 6, 10, 12]), (vec![], vec![1]));
        assert_eq!(changed(&[1, 7, 9], &[1, 7, 12]), (vec![1], vec![1]));
        assert_eq!(changed(&[1, 7], &[]), (vec![0, 1], vec![]));
        assert_eq!(changed(&[], &[3]), (vec![], vec![0]));
    }

    proptest! {
        #[test]
        fn taking_out_and_putting_in_gives_the_new_list(
            old in proptest::collection::vec(0u32..6, 0..12),
            new in proptest::collection::vec(0u32..6, 0..12),
        ) {
            let (old, new) = (list(&old), list(&new));
            let e = entries(old.clone(), &new, &[]);
            let mut out: Vec<Heading> =
                old.iter().enumerate().filter(|(i, _)| !e.removed.contains(i)).map(|(_, h)| *h).collect();
            e.added.iter().for_each(|a| out.insert(a.index, a.entry));
            prop_assert_eq!(out, new);
        }
    }
}
