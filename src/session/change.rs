//! The change that an edit made to what is said of a note, `chartgap.change/1`, and how to take one in.

use super::edit::{Applied, moved};
use super::state::{Element, Missing, Passage, Placed, State};
use crate::check::Reread;
use crate::report::v1::{
    Coding, DisagreementReport, MentionReport, NoteOutcome, Provenance, Summary, Verdict,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The name and version of this form.
pub const SCHEMA: &str = "chartgap.change/1";

/// What an edit changed. Places and lengths are counted as the session's encoding says; what an edit only moved is no
/// change. `Debug` is as sensitive as a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The revision of the note after it.
    pub revision: u64,
    /// The edits that were made, one after the other; none for a change from nothing.
    pub edits: Vec<Applied>,
    /// The length of the text.
    pub length: u32,
    /// The score, 0 to 100.
    pub score: Turn<u8>,
    /// What the whole comes to.
    pub outcome: Turn<NoteOutcome>,
    /// The elements of which anything changed.
    pub elements: Vec<ElementChange>,
    /// The mentions.
    pub mentions: Entries<MentionReport>,
    /// Where rules and classifier differ, where that is listed.
    pub disagreements: Entries<DisagreementReport>,
    /// The note as a whole, where anything of it changed.
    pub summary: Option<Summary>,
    /// Code guidance, where anything of it changed.
    pub coding: Option<Coding>,
    /// What made the report, where that changed: a classifier that failed is not named.
    pub provenance: Option<Provenance>,
    /// What had to be read.
    pub reread: Reread,
}

/// A value before and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Turn<T> {
    /// Before; `null` in a change from nothing.
    pub old: Option<T>,
    /// After.
    pub new: T,
}

/// An element as it stands after an edit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ElementChange {
    /// The CPT code of the procedure that asks for it; `null` for the checklist.
    pub procedure: Option<String>,
    /// Its id, unique within the checklist or the procedure.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The verdict.
    pub verdict: Turn<Verdict>,
    /// Points that it can give.
    pub weight: u32,
    /// Points that it gave.
    pub credit: f32,
    /// Where the note says so.
    pub evidence: Entries<Passage>,
    /// What is missing; `null` where nothing is.
    pub gap: Option<Missing>,
    /// A query to the provider; `null` where there is nothing to ask.
    pub query: Option<String>,
    /// The sources of its rule.
    pub sources: Vec<String>,
}

/// What came to a list and what left it. All other entries are what and in the order that they were, moved by the edits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entries<T> {
    /// Indices into the list as it was, ascending.
    pub removed: Vec<usize>,
    /// Ascending by index.
    pub added: Vec<Added<T>>,
}

/// An entry that came to a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Added<T> {
    /// Its index in the list as it is.
    pub index: usize,
    /// The entry.
    pub entry: T,
}

/// A change that does not follow the state that it was to be applied to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the change does not follow the state that it is applied to")]
pub struct NotNext;

impl<T> Entries<T> {
    /// True where nothing came and nothing left.
    pub fn is_empty(&self) -> bool {
        self.removed.is_empty() && self.added.is_empty()
    }
}

impl Change {
    /// Takes the change in: from nothing on, one change after the other leads to the state that the session itself holds.
    ///
    /// # Errors
    /// A change of another state.
    pub fn onto(&self, old: Option<State>) -> Result<State, NotNext> {
        let follows = old.as_ref().is_none_or(|o| self.revision == o.revision + 1);
        if !follows || old.as_ref().map(|o| o.score) != self.score.old {
            return Err(NotNext);
        }
        let edits = self.edits.as_slice();
        let (mut elements, mut mentions, mut disagreements, mut rest) =
            (Vec::new(), Vec::new(), Vec::new(), None);
        if let Some(old) = old {
            (elements, mentions, disagreements) = (old.elements, old.mentions, old.disagreements);
            rest = Some((old.summary, old.coding, old.provenance));
        }
        apply(&mut mentions, &self.mentions, edits)?;
        apply(&mut disagreements, &self.disagreements, edits)?;
        for element in elements.iter_mut().filter(|e| !self.elements.iter().any(|c| c.is(e))) {
            let heading = element.gap.iter_mut().find_map(|g| g.near.as_mut());
            heading.map_or(Ok(()), |h| shift(h, edits))?;
            element.evidence.iter_mut().try_for_each(|p| shift(p, edits))?;
        }
        for given in &self.elements {
            match elements.iter_mut().find(|e| given.is(e)) {
                Some(element) => *element = given.element(std::mem::take(&mut element.evidence), edits)?,
                None => elements.push(given.element(Vec::new(), edits)?),
            }
        }
        let (summary, coding, provenance) = match (&self.summary, &self.coding, &self.provenance, rest) {
            (s, c, p, Some((summary, coding, provenance))) => {
                (s.clone().unwrap_or(summary), c.clone().unwrap_or(coding), p.clone().unwrap_or(provenance))
            }
            (Some(s), Some(c), Some(p), None) => (s.clone(), c.clone(), p.clone()),
            _ => return Err(NotNext),
        };
        Ok(State {
            revision: self.revision,
            length: self.length,
            score: self.score.new,
            outcome: self.outcome.new,
            elements,
            mentions,
            disagreements,
            summary,
            coding,
            provenance,
        })
    }
}

impl ElementChange {
    fn is(&self, element: &Element) -> bool {
        self.id == element.id && self.procedure == element.procedure
    }

    /// The element, of which `evidence` is what it rested on before.
    fn element(&self, mut evidence: Vec<Passage>, edits: &[Applied]) -> Result<Element, NotNext> {
        apply(&mut evidence, &self.evidence, edits)?;
        Ok(Element {
            procedure: self.procedure.clone(),
            id: self.id.clone(),
            title: self.title.clone(),
            verdict: self.verdict.new,
            weight: self.weight,
            credit: self.credit,
            evidence,
            gap: self.gap.clone(),
            query: self.query.clone(),
            sources: self.sources.clone(),
        })
    }
}

fn apply<T: Placed + Clone>(
    list: &mut Vec<T>,
    change: &Entries<T>,
    edits: &[Applied],
) -> Result<(), NotNext> {
    if change.removed.last().is_some_and(|&last| last >= list.len()) {
        return Err(NotNext);
    }
    let mut at = 0;
    list.retain(|_| {
        at += 1;
        change.removed.binary_search(&(at - 1)).is_err()
    });
    list.iter_mut().try_for_each(|entry| shift(entry, edits))?;
    for added in &change.added {
        if added.index > list.len() {
            return Err(NotNext);
        }
        list.insert(added.index, added.entry.clone());
    }
    Ok(())
}

fn shift<T: Placed>(entry: &mut T, edits: &[Applied]) -> Result<(), NotNext> {
    entry.put(moved(edits, entry.place()).ok_or(NotNext)?);
    Ok(())
}
