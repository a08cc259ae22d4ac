//! What orders ask for and why, and what an encounter is for: CPT codes of services, ICD-10-CM codes of reasons and diagnoses.

use super::billing::{add, add_all, condition, refuted};
use super::store::Store;
use super::{kind, list, string};
use crate::intake::Reason;
use crate::intake::found::Found;
use serde_json::Value;

/// The codes of some orders, each once, in the order of the orders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Orders {
    /// CPT and HCPCS codes of the services.
    pub procedures: Vec<String>,
    /// ICD-10-CM codes of the reasons.
    pub codes: Vec<String>,
}

/// Reads a resource, or a bundle, with orders. Reasons stand in `reasonCode`, or in conditions of the same bundle that
/// `reasonReference` names. Orders that were taken back, and those that ask for something not to be done, do not count.
///
/// # Errors
/// There are more than `limit` resources.
pub fn orders(root: &Value, limit: usize) -> Result<Orders, Reason> {
    let store = Store::new(root, limit)?;
    let mut found = Found::default();
    for &order in store.resources() {
        let withdrawn =
            matches!(string(&order["status"]), Some("entered-in-error" | "cancelled" | "revoked"));
        if withdrawn || order["doNotPerform"] == true {
            continue;
        }
        match kind(order) {
            "ServiceRequest" => add(&order["code"], &mut found),
            "MedicationRequest" | "DeviceRequest" => {}
            _ => continue,
        }
        add_all(&order["reasonCode"], &mut found);
        for reason in list(&order["reasonReference"]) {
            condition(&store, order, reason, &mut found);
        }
    }
    Ok(Orders { procedures: found.procedures, codes: found.codes })
}

/// The ICD-10-CM codes of the conditions and encounters of a bundle, each once; what was refuted does not count.
///
/// # Errors
/// There are more than `limit` resources.
pub fn diagnoses(root: &Value, limit: usize) -> Result<Vec<String>, Reason> {
    let store = Store::new(root, limit)?;
    let mut found = Found::default();
    for &resource in store.resources() {
        match kind(resource) {
            "Condition" if !refuted(resource) => add(&resource["code"], &mut found),
            "Encounter" => {
                add_all(&resource["reasonCode"], &mut found);
                for diagnosis in list(&resource["diagnosis"]) {
                    condition(&store, resource, &diagnosis["condition"], &mut found);
                }
            }
            _ => {}
        }
    }
    Ok(found.codes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const CPT: &str = "http://www.ama-assn.org/go/cpt";
    const ICD: &str = "http://hl7.org/fhir/sid/icd-10-cm";

    fn codes(orders: &[Value]) -> (Vec<String>, Vec<String>) {
        let entries: Vec<Value> = orders.iter().map(|o| json!({ "resource": o })).collect();
        let bundle = json!({ "resourceType": "Bundle", "type": "collection", "entry": entries });
        let orders = super::orders(&bundle, 100).unwrap();
        (orders.procedures, orders.codes)
    }

    #[test]
    fn a_service_with_its_reason() {
        let order = json!({
            "resourceType": "ServiceRequest", "status": "draft",
            "code": { "coding": [{ "system": CPT, "code": "64493" }] },
            "reasonCode": [{ "coding": [{ "system": ICD, "code": "M53.86" }] }],
        });
        assert_eq!(codes(&[order.clone(), order]), (vec!["64493".into()], vec!["M53.86".into()]));
    }

    #[test]
    fn a_reason_may_be_a_condition() {
        let condition = json!({
            "resourceType": "Condition", "id": "c",
            "code": { "coding": [{ "system": ICD, "code": "M5386" }] },
        });
        let order = |reference: &str| {
            json!({
                "resourceType": "MedicationRequest", "status": "draft",
                "reasonReference": [{ "reference": reference }],
                "contained": [condition],
            })
        };
        assert_eq!(codes(&[order("#c")]).1, ["M53.86"]);
        assert_eq!(codes(&[order("Condition/c"), condition.clone()]).1, ["M53.86"]);
        assert!(codes(&[order("Condition/d"), condition.clone()]).1.is_empty());
        // a condition beside the orders is no reason
        assert!(codes(std::slice::from_ref(&condition)).1.is_empty());
    }

    #[test]
    fn orders_taken_back_do_not_count() {
        for (field, value) in [
            ("status", json!("revoked")),
            ("status", json!("entered-in-error")),
            ("doNotPerform", json!(true)),
        ] {
            let mut order = json!({
                "resourceType": "ServiceRequest",
                "code": { "coding": [{ "system": CPT, "code": "64493" }] },
            });
            order[field] = value;
            assert_eq!(codes(&[order]), Default::default(), "{field}");
        }
    }

    #[test]
    fn diagnoses_of_an_encounter() {
        let condition = |id: &str, code: &str, status: &str| {
            json!({ "resource": {
                "resourceType": "Condition", "id": id,
                "verificationStatus": { "coding": [{ "code": status }] },
                "code": { "coding": [{ "system": ICD, "code": code }] },
            }})
        };
        let encounter = json!({ "resource": {
            "resourceType": "Encounter",
            "reasonCode": [{ "coding": [{ "system": ICD, "code": "M54.50" }] }],
            "diagnosis": [{ "condition": { "reference": "Condition/a" } }],
        }});
        let entries = [encounter, condition("a", "M53.86", "confirmed"), condition("b", "M51.26", "refuted")];
        let bundle = json!({ "resourceType": "Bundle", "entry": entries });
        assert_eq!(diagnoses(&bundle, 10).unwrap(), ["M54.50", "M53.86"]);
        assert!(diagnoses(&bundle, 2).is_err());
    }
}
