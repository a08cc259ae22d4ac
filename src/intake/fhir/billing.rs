//! ICD-10-CM and CPT codes that were billed, ordered or coded, by encounter.

use super::metadata;
use super::store::Store;
use super::{kind, list, string};
use crate::intake::found::Found;
use rustc_hash::FxHashMap;
use serde_json::Value;

/// The codes of an input. Codes without an encounter can be told to belong to a note only where there is one.
pub(super) struct Billing {
    all: Found,
    by_encounter: FxHashMap<String, Found>,
}

impl Billing {
    pub(super) fn new(store: &Store) -> Self {
        let mut billing = Self { all: Found::default(), by_encounter: FxHashMap::default() };
        for (index, &resource) in store.resources().iter().enumerate() {
            let mut found = Found::default();
            let mut encounters = Vec::new();
            collect(store, resource, &mut found, &mut encounters);
            if kind(resource) == "Encounter" {
                encounters.push(Store::own_key(index));
            }
            if found.codes.is_empty() && found.procedures.is_empty() {
                continue;
            }
            encounters.extend(metadata::encounter(resource).and_then(|e| store.key(resource, e)));
            encounters.dedup();
            for encounter in encounters {
                billing.by_encounter.entry(encounter).or_default().fill(&found);
            }
            billing.all.fill(&found);
        }
        billing
    }

    /// Adds the codes of a note's encounter, or all of them where the note is `alone`.
    pub(super) fn add(&self, encounter: Option<&str>, alone: bool, found: &mut Found) {
        if alone {
            found.fill(&self.all);
        } else if let Some(codes) = encounter.and_then(|e| self.by_encounter.get(e)) {
            found.fill(codes);
        }
    }
}

fn collect<'v>(store: &Store<'v>, r: &'v Value, found: &mut Found, encounters: &mut Vec<String>) {
    if matches!(string(&r["status"]), Some("entered-in-error" | "cancelled" | "revoked")) {
        return;
    }
    match kind(r) {
        "Claim" | "ExplanationOfBenefit" => {
            for diagnosis in list(&r["diagnosis"]) {
                add(&diagnosis["diagnosisCodeableConcept"], found);
                condition(store, r, &diagnosis["diagnosisReference"], found);
            }
            for procedure in list(&r["procedure"]) {
                add(&procedure["procedureCodeableConcept"], found);
                if let Some(done) = store.resolve(r, &procedure["procedureReference"]) {
                    add(&done["code"], found);
                }
            }
            for item in list(&r["item"]) {
                add(&item["productOrService"], found);
                encounters.extend(list(&item["encounter"]).iter().filter_map(|e| store.key(r, e)));
            }
        }
        "Encounter" => {
            add_all(&r["reasonCode"], found);
            for diagnosis in list(&r["diagnosis"]) {
                condition(store, r, &diagnosis["condition"], found);
            }
        }
        // A problem list is no bill.
        "Condition" if is_of_encounter(r) && !refuted(r) => add(&r["code"], found),
        "Procedure" | "ServiceRequest" => {
            add(&r["code"], found);
            add_all(&r["reasonCode"], found);
        }
        "DiagnosticReport" => add(&r["code"], found),
        _ => {}
    }
}

pub(super) fn condition<'v>(store: &Store<'v>, owner: &'v Value, reference: &Value, found: &mut Found) {
    if let Some(condition) = store.resolve(owner, reference).filter(|c| !refuted(c)) {
        add(&condition["code"], found);
    }
}

fn is_of_encounter(condition: &Value) -> bool {
    let codings = list(&condition["category"]).iter().flat_map(|c| list(&c["coding"]));
    codings.into_iter().any(|c| string(&c["code"]) == Some("encounter-diagnosis"))
}

pub(super) fn refuted(condition: &Value) -> bool {
    list(&condition["verificationStatus"]["coding"])
        .iter()
        .any(|c| matches!(string(&c["code"]), Some("refuted" | "entered-in-error")))
}

pub(super) fn add_all(concepts: &Value, found: &mut Found) {
    list(concepts).iter().for_each(|c| add(c, found));
}

/// The codes of a concept by their system; the OIDs are those of ICD-10-CM, CPT and HCPCS.
pub(super) fn add(concept: &Value, found: &mut Found) {
    for coding in list(&concept["coding"]) {
        let (Some(system), Some(code)) = (string(&coding["system"]), string(&coding["code"])) else {
            continue;
        };
        let system = system.to_ascii_lowercase();
        if system.contains("icd-10-cm") || system.ends_with("2.16.840.1.113883.6.90") {
            found.add_code(code);
        } else if system.ends_with("/cpt")
            || system.contains("hcpcs")
            || system.ends_with("2.16.840.1.113883.6.12")
            || system.ends_with("2.16.840.1.113883.6.285")
        {
            found.add_procedure(code);
        }
    }
}
