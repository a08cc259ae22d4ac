//! What resources say about a document: when, by whom, about whom, in which encounter.

use super::store::Store;
use super::{kind, list, string};
use crate::intake::found::{Found, iso_day};
use serde_json::Value;

/// The metadata of a composition, a document reference or a diagnostic report.
pub(super) fn of<'v>(store: &Store<'v>, resource: &'v Value) -> Found {
    let r = resource;
    let day = |values: &[&Value]| values.iter().find_map(|v| string(v).and_then(iso_day));
    let (date, author, kind_of) = match kind(r) {
        "Composition" => (day(&[&r["date"]]), &r["author"], &r["type"]),
        "DocumentReference" => {
            let created = list(&r["content"]).first().map_or(&Value::Null, |c| &c["attachment"]["creation"]);
            (day(&[&r["context"]["period"]["start"], &r["date"], created]), &r["author"], &r["type"])
        }
        _ => {
            let interpreter = &r["resultsInterpreter"];
            let author = if interpreter.is_null() { &r["performer"] } else { interpreter };
            (
                day(&[&r["effectiveDateTime"], &r["effectivePeriod"]["start"], &r["issued"]]),
                author,
                &r["code"],
            )
        }
    };
    Found {
        id: identifier(r),
        date,
        author_role: list(author).iter().find_map(|a| role(store, r, a)),
        patient: patient(store, r),
        encounter: encounter(r).and_then(|e| store.resolve(r, e)).and_then(encounter_type),
        kind: coded(kind_of, "loinc").or_else(|| display(kind_of)),
        ..Found::default()
    }
}

/// Whether the source took the document back.
pub(super) fn withdrawn(resource: &Value) -> bool {
    matches!(string(&resource["status"]), Some("entered-in-error" | "cancelled"))
        || string(&resource["docStatus"]) == Some("entered-in-error")
}

/// The reference to the encounter.
pub(super) fn encounter(resource: &Value) -> Option<&Value> {
    let direct = &resource["encounter"];
    let context = list(&resource["context"]["encounter"]);
    if direct.is_object() { Some(direct) } else { context.first() }
}

/// The words of a coded value: its text, else what its first code is called, else the code.
pub(super) fn display(concept: &Value) -> Option<String> {
    let first = |field| list(&concept["coding"]).iter().find_map(|c| string(&c[field]));
    string(&concept["text"]).or_else(|| first("display")).or_else(|| first("code")).map(str::to_owned)
}

/// The code of a system whose URL has `system` in it.
fn coded(concept: &Value, system: &str) -> Option<String> {
    let coding =
        list(&concept["coding"]).iter().find(|c| string(&c["system"]).is_some_and(|s| s.contains(system)))?;
    string(&coding["code"]).map(str::to_owned)
}

fn identifier(resource: &Value) -> Option<String> {
    let listed = ["masterIdentifier", "identifier"].into_iter().flat_map(|field| list(&resource[field]));
    listed.filter_map(|i| string(&i["value"])).next().or_else(|| string(&resource["id"])).map(str::to_owned)
}

fn role<'v>(store: &Store<'v>, owner: &'v Value, author: &Value) -> Option<String> {
    let Some(resource) = store.resolve(owner, author) else {
        return store.key(owner, author).and_then(|k| store.role_of(&k)).and_then(of_role);
    };
    match kind(resource) {
        "PractitionerRole" => of_role(resource),
        "Practitioner" => store
            .key(owner, author)
            .and_then(|k| store.role_of(&k))
            .and_then(of_role)
            .or_else(|| list(&resource["qualification"]).iter().find_map(|q| display(&q["code"]))),
        _ => None,
    }
}

fn of_role(role: &Value) -> Option<String> {
    let first = |field: &str| list(&role[field]).iter().find_map(display);
    first("specialty").or_else(|| first("code"))
}

fn patient<'v>(store: &Store<'v>, resource: &'v Value) -> Option<String> {
    let subject = &resource["subject"];
    if let Some(patient) = store.resolve(resource, subject) {
        let record = list(&patient["identifier"])
            .iter()
            .find(|i| list(&i["type"]["coding"]).iter().any(|c| string(&c["code"]) == Some("MR")))
            .and_then(|i| string(&i["value"]));
        return record.map(str::to_owned).or_else(|| identifier(patient));
    }
    let stated = string(&subject["identifier"]["value"]);
    let tail = string(&subject["reference"]).and_then(|r| r.rsplit('/').next());
    stated.or(tail).map(str::to_owned)
}

fn encounter_type(encounter: &Value) -> Option<String> {
    let class = &encounter["class"];
    list(&encounter["type"])
        .iter()
        .find_map(display)
        .or_else(|| string(&class["display"]).or_else(|| string(&class["code"])).map(str::to_owned))
}
