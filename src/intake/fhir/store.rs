//! The resources of an input and the references between them.

use super::{kind, list, string};
use crate::intake::Reason;
use rustc_hash::FxHashMap;
use serde_json::Value;

/// All resources, those of bundles in bundles as well, found by URL or by type and id.
pub(super) struct Store<'v> {
    resources: Vec<&'v Value>,
    by_url: FxHashMap<&'v str, usize>,
    by_id: FxHashMap<(&'v str, &'v str), usize>,
    /// Practitioner to the role that names it.
    roles: FxHashMap<String, usize>,
}

impl<'v> Store<'v> {
    /// # Errors
    /// There are more than `limit` resources.
    pub(super) fn new(root: &'v Value, limit: usize) -> Result<Self, Reason> {
        let mut store = Self {
            resources: Vec::new(),
            by_url: FxHashMap::default(),
            by_id: FxHashMap::default(),
            roles: FxHashMap::default(),
        };
        store.add(root, None, limit)?;
        for (index, &role) in store.resources.iter().enumerate() {
            if kind(role) == "PractitionerRole"
                && let Some(practitioner) = store.key(role, &role["practitioner"])
            {
                store.roles.entry(practitioner).or_insert(index);
            }
        }
        Ok(store)
    }

    fn add(&mut self, resource: &'v Value, url: Option<&'v str>, limit: usize) -> Result<(), Reason> {
        if kind(resource) == "Bundle" {
            for entry in list(&resource["entry"]) {
                self.add(&entry["resource"], string(&entry["fullUrl"]), limit)?;
            }
            return Ok(());
        }
        if kind(resource).is_empty() {
            return Ok(());
        }
        let index = self.resources.len();
        if index >= limit {
            return Err(Reason::TooManyParts { limit: limit as u64 });
        }
        self.resources.push(resource);
        if let Some(url) = url {
            self.by_url.entry(unversioned(url)).or_insert(index);
        }
        if let Some(id) = string(&resource["id"]) {
            self.by_id.entry((kind(resource), id)).or_insert(index);
        }
        Ok(())
    }

    /// The resources in their order.
    pub(super) fn resources(&self) -> &[&'v Value] {
        &self.resources
    }

    /// Where the resource that a URL or a relative reference means stands.
    pub(super) fn index(&self, reference: &str) -> Option<usize> {
        let reference = unversioned(reference);
        self.by_url.get(reference).or_else(|| self.by_id.get(&tail(reference)?)).copied()
    }

    /// The resource that `owner` refers to.
    pub(super) fn resolve(&self, owner: &'v Value, reference: &Value) -> Option<&'v Value> {
        let reference = string(&reference["reference"])?;
        match reference.strip_prefix('#') {
            Some(id) => list(&owner["contained"]).iter().find(|c| string(&c["id"]) == Some(id)),
            None => self.index(reference).map(|i| self.resources[i]),
        }
    }

    /// What tells whether two references mean the same, whether or not it is in the input.
    pub(super) fn key(&self, owner: &Value, reference: &Value) -> Option<String> {
        let reference = string(&reference["reference"])?;
        if reference.starts_with('#') {
            return Some(format!("{}/{}{reference}", kind(owner), string(&owner["id"]).unwrap_or_default()));
        }
        Some(match (self.index(reference), tail(unversioned(reference))) {
            (Some(index), _) => format!("@{index}"),
            (None, Some((kind, id))) => format!("{kind}/{id}"),
            (None, None) => reference.to_owned(),
        })
    }

    /// The key of a resource itself.
    pub(super) fn own_key(index: usize) -> String {
        format!("@{index}")
    }

    /// The role in which a practitioner is named in the input.
    pub(super) fn role_of(&self, practitioner: &str) -> Option<&'v Value> {
        self.roles.get(practitioner).map(|&i| self.resources[i])
    }
}

fn unversioned(url: &str) -> &str {
    url.split("/_history/").next().unwrap_or(url)
}

/// `Patient/7` at the end of a reference.
fn tail(reference: &str) -> Option<(&str, &str)> {
    let (rest, id) = reference.rsplit_once('/')?;
    let kind = rest.rsplit('/').next()?;
    (kind.starts_with(|c: char| c.is_ascii_uppercase()) && !id.is_empty()).then_some((kind, id))
}
