//! Policies and the contractors that wrote them; the element that says what is not known about the covered diagnoses.

use super::{POLICY, Procedure, Procedures, Ruling};
use crate::report::v1::Verdict;
use serde::Deserialize;
use std::fmt;

/// A Medicare contractor.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mac {
    pub(super) id: String,
    pub(super) name: String,
    /// States and territories by their postal letters. A state that two contractors share is listed with both.
    pub(super) states: Vec<String>,
}

/// The policies for one kind of procedure.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PolicySet {
    pub(super) id: String,
    pub(super) list: Vec<Policy>,
}

/// One policy.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Policy {
    /// `L38773`, `A58364`, `NCD 160.7`.
    pub(super) id: String,
    /// Whose it is; absent for a national one.
    pub(super) mac: Option<String>,
    /// Since when it has been in force.
    effective: Option<String>,
    /// Whether id, contractor and date were read at the source.
    verified: bool,
    note: Option<String>,
}

impl Policy {
    fn is_article(&self) -> bool {
        self.id.starts_with('A')
    }

    fn kind(&self) -> &'static str {
        match self.id.as_bytes().first() {
            Some(b'A') => "article ",
            Some(b'L') => "LCD ",
            _ => "",
        }
    }
}

/// The contractors whose policies are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jurisdiction {
    /// Ids of contractors.
    macs: Vec<String>,
    /// How the user named it.
    given: String,
}

impl fmt::Display for Jurisdiction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.given)
    }
}

/// A contractor or a state that the data does not have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownPlace {
    /// No such contractor.
    #[error("`{given}` is no Medicare contractor known here; known are {known}")]
    Mac {
        /// What was given.
        given: String,
        /// The ids.
        known: String,
    },
    /// No such state.
    #[error("no Medicare contractor is known here for `{0}`; give a state or territory by its two letters")]
    State(String),
}

impl Procedures {
    /// The policies of one contractor, by its id (`cgs`) or its name.
    ///
    /// # Errors
    /// A contractor that the data does not have.
    pub fn mac(&self, given: &str) -> Result<Jurisdiction, UnknownPlace> {
        let plain = |s: &str| s.to_ascii_lowercase().replace([' ', '_'], "-");
        let wanted = plain(given.trim());
        let full = |m: &&Mac| m.id == wanted || plain(&m.name) == wanted;
        match self.macs.iter().find(full) {
            Some(m) => Ok(Jurisdiction { macs: vec![m.id.clone()], given: m.name.clone() }),
            None => Err(UnknownPlace::Mac {
                given: given.to_owned(),
                known: self.macs.iter().map(|m| m.id.as_str()).collect::<Vec<_>>().join(", "),
            }),
        }
    }

    /// The policies of the contractors of a state or territory, by its two letters.
    ///
    /// # Errors
    /// A state for which no contractor is known.
    pub fn state(&self, given: &str) -> Result<Jurisdiction, UnknownPlace> {
        let state = given.trim().to_ascii_uppercase();
        let found: Vec<&Mac> = self.macs.iter().filter(|m| m.states.contains(&state)).collect();
        if found.is_empty() {
            return Err(UnknownPlace::State(given.to_owned()));
        }
        let names: Vec<&str> = found.iter().map(|m| m.name.as_str()).collect();
        Ok(Jurisdiction {
            macs: found.iter().map(|m| m.id.clone()).collect(),
            given: format!("{} ({state})", names.join(" or ")),
        })
    }

    /// The element that lists the policies. It is never met: which diagnoses are covered was not read.
    pub(super) fn policy(&self, procedure: &Procedure, place: Option<&Jurisdiction>) -> Ruling<'_> {
        let set = self.policies.get(procedure.policies).map_or(&[][..], |s| s.list.as_slice());
        let here = |p: &&Policy| match (&p.mac, place) {
            (Some(mac), Some(place)) => place.macs.contains(mac),
            _ => true,
        };
        let listed: Vec<&Policy> = set.iter().filter(here).collect();
        let name = |p: &Policy| {
            let mac = p.mac.as_ref().and_then(|m| self.macs.iter().find(|x| x.id == *m));
            mac.map_or("national", |m| m.name.as_str())
        };
        let mut articles: Vec<String> = Vec::new();
        for p in listed.iter().filter(|p| p.is_article()) {
            articles.push(format!("{} ({})", p.id, name(p)));
        }
        let unread = "Whether M53.86 is on the covered list is not verified";
        let gap = match (articles.as_slice(), listed.as_slice(), place) {
            ([one], _, _) => format!("{unread}: check article {one}."),
            ([_, ..], _, Some(_)) => format!("{unread}: check article {}.", articles.join(" or ")),
            ([_, ..], _, None) => {
                format!("{unread}: check article {}, whichever contractor it is.", articles.join(", "))
            }
            ([], [first, ..], _) => format!(
                "{unread}: no article is in the list as of {}; check {}{} and the Medicare Coverage Database.",
                self.as_of,
                first.kind(),
                first.id
            ),
            ([], [], Some(place)) => format!(
                "{unread}, and no policy of {} for this procedure is in the list as of {}: check the Medicare Coverage Database.",
                place.given, self.as_of
            ),
            ([], [], None) => format!(
                "{unread}, and no Medicare policy for this procedure is in the list as of {}: check the payer's own rules.",
                self.as_of
            ),
        };
        let mut fix = "Look the diagnosis up in the version in force on the date of service.".to_owned();
        if let Some(limits) = &procedure.limits {
            fix.push_str(&format!(" A single note cannot show: {limits}."));
        }
        let mut sources: Vec<String> = listed
            .iter()
            .map(|p| {
                let since = p.effective.as_ref().map(|d| format!(", in force since {d}")).unwrap_or_default();
                let note = p.note.as_ref().map(|n| format!(", {n}")).unwrap_or_default();
                let mark = if p.verified { "id verified" } else { "not verified" };
                format!("{}{} ({}{since}{note}) [{mark}]", p.kind(), p.id, name(p))
            })
            .collect();
        sources.push(format!(
            "list of policies read as of {}; it may have changed since [not verified]",
            self.as_of
        ));
        sources.extend(procedure.diagnoses.as_ref().map(ToString::to_string));
        Ruling {
            id: POLICY,
            title: "Covered diagnoses",
            verdict: Verdict::Unclear,
            proof: Vec::new(),
            gap: Some(gap),
            fix,
            near: &[],
            ask: None,
            sources,
        }
    }
}
