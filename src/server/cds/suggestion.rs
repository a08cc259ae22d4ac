//! What a card suggests: a task to complete the note, and the draft of a query, as FHIR R4 resources to create.

use super::card::{Action, Suggestion};
use super::request::Context;
use crate::render::fhir::string;
use crate::report::queries::Query;
use crate::report::v1::ElementReport;
use serde_json::{Value, json};
use uuid::Uuid;

const TASK: &str = "urn:chartgap:task";

/// Characters of a title for buttons.
const LABEL: usize = 80;

/// A task for the user. It tells what is missing in words of the checklist, and none of the note.
pub(super) fn task(uuid: Uuid, context: &Context, about: &str, open: &[&ElementReport]) -> Suggestion {
    let mut said = format!("Complete the documentation for {about}.");
    for e in open {
        if let Some(gap) = &e.gap {
            said.push_str(&format!("\n{}: {} {}", e.title, gap.message, gap.fix));
        }
    }
    let coding =
        json!({ "system": TASK, "code": "complete-documentation", "display": "Complete the documentation" });
    let mut resource = json!({
        "resourceType": "Task",
        "status": "requested",
        "intent": "proposal",
        "priority": "routine",
        "code": { "coding": [coding], "text": "Complete the documentation" },
        "description": string(&said),
        "for": patient(context),
        "owner": { "reference": context.user },
    });
    with_encounter(&mut resource, context);
    Suggestion {
        label: "Add a task: complete the note".to_owned(),
        uuid,
        actions: vec![create(format!("Create a task to complete the documentation for {about}"), resource)],
    }
}

/// The drafts of queries as requests to communicate with the user who signed. They cite the note.
pub(super) fn queries(uuid: Uuid, context: &Context, queries: &[&Query]) -> Option<Suggestion> {
    if queries.is_empty() {
        return None;
    }
    let actions = queries.iter().map(|q| {
        let mut resource = json!({
            "resourceType": "CommunicationRequest",
            "status": "draft",
            "priority": "routine",
            "category": [{ "text": "Query about the documentation" }],
            "subject": patient(context),
            "recipient": [{ "reference": context.user }],
            "payload": [{ "contentString": string(&q.text) }],
        });
        with_encounter(&mut resource, context);
        let title: String = q.title.chars().take(LABEL).collect();
        create(format!("Create the draft of a query: {title}"), resource)
    });
    let label = match queries.len() {
        1 => "Add the draft of the query".to_owned(),
        n => format!("Add the drafts of the {n} queries"),
    };
    Some(Suggestion { label, uuid, actions: actions.collect() })
}

fn create(description: String, resource: Value) -> Action {
    Action { kind: "create", description, resource }
}

fn patient(context: &Context) -> Value {
    json!({ "reference": format!("Patient/{}", context.patient) })
}

fn with_encounter(resource: &mut Value, context: &Context) {
    if let Some(id) = &context.encounter {
        resource["encounter"] = json!({ "reference": format!("Encounter/{id}") });
    }
}
