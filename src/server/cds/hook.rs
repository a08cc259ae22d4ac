//! The hooks that are answered, and how they are described to clients.

use serde::Serialize;
use std::collections::BTreeMap;

/// The key under which the notes are prefetched.
pub(super) const NOTES: &str = "notes";
/// The key under which the encounter is prefetched.
pub(super) const ENCOUNTER: &str = "encounter";
/// The key under which the diagnoses are prefetched.
pub(super) const DIAGNOSES: &str = "diagnoses";

/// A hook that is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Hook {
    /// Orders are about to be signed.
    OrderSign,
    /// An encounter is about to end.
    EncounterDischarge,
    /// A patient's record is opened; off unless it is asked for.
    PatientView,
}

impl Hook {
    /// Every hook.
    pub const ALL: [Hook; 3] = [Hook::OrderSign, Hook::EncounterDischarge, Hook::PatientView];
    /// The hooks that are answered unless a configuration says otherwise.
    pub const DEFAULT: [Hook; 2] = [Hook::OrderSign, Hook::EncounterDischarge];

    /// Its name in the standard.
    pub fn name(self) -> &'static str {
        match self {
            Hook::OrderSign => "order-sign",
            Hook::EncounterDischarge => "encounter-discharge",
            Hook::PatientView => "patient-view",
        }
    }

    /// The id of the service that answers it, as in `/cds-services/{id}`.
    pub fn service(self) -> &'static str {
        match self {
            Hook::OrderSign => "chartgap-order-sign",
            Hook::EncounterDischarge => "chartgap-encounter-discharge",
            Hook::PatientView => "chartgap-patient-view",
        }
    }

    /// The hook of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|h| h.name() == name)
    }

    /// What is asked for beforehand: key and FHIR query, the notes first. Only the notes are needed.
    pub(super) fn prefetch(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Hook::OrderSign => &[(
                NOTES,
                "DocumentReference?patient={{context.patientId}}&category=clinical-note&status=current&_sort=-date&_count=10",
            )],
            Hook::EncounterDischarge => &[
                (
                    NOTES,
                    "DocumentReference?encounter={{context.encounterId}}&category=clinical-note&status=current&_sort=-date&_count=10",
                ),
                (ENCOUNTER, "Encounter/{{context.encounterId}}"),
                (DIAGNOSES, "Condition?encounter={{context.encounterId}}&category=encounter-diagnosis"),
            ],
            Hook::PatientView => &[
                (
                    NOTES,
                    "DocumentReference?patient={{context.patientId}}&category=clinical-note&status=current&_sort=-date&_count=10",
                ),
                (DIAGNOSES, "Condition?patient={{context.patientId}}&clinical-status=active"),
            ],
        }
    }

    fn title(self) -> &'static str {
        match self {
            Hook::OrderSign => "Documentation for the order",
            Hook::EncounterDischarge => "Documentation for M53.86 at the end of the encounter",
            Hook::PatientView => "Documentation for M53.86",
        }
    }

    fn description(self) -> &'static str {
        match self {
            Hook::OrderSign => {
                "Says what the patient's newest note about the lumbar spine lacks to support ICD-10-CM M53.86 where an order gives it as its reason, and what coverage policies ask for with the ordered procedure."
            }
            Hook::EncounterDischarge => {
                "Says what the notes of the encounter lack to support ICD-10-CM M53.86 where it is a diagnosis of the encounter, or where they point to it."
            }
            Hook::PatientView => {
                "Says what the patient's newest note about the lumbar spine lacks to support ICD-10-CM M53.86 where it is one of the patient's active diagnoses."
            }
        }
    }

    fn usage(self) -> &'static str {
        "Notes are read from attachments of DocumentReferences that hold their data (text, HTML, RTF, C-CDA). Where they only refer to a Binary, the FHIR server must be one that this service may read."
    }
}

/// The answer to `GET /cds-services`.
#[derive(Clone, Debug, Serialize)]
pub struct Discovery {
    /// The services, one a hook.
    pub services: Vec<ServiceEntry>,
}

/// How a service describes itself.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceEntry {
    /// The hook.
    pub hook: &'static str,
    /// For people.
    pub title: &'static str,
    /// For people, in a sentence or two.
    pub description: &'static str,
    /// The part of the path.
    pub id: &'static str,
    /// FHIR queries by key.
    pub prefetch: BTreeMap<&'static str, &'static str>,
    /// What the client must be able to do.
    pub usage_requirements: &'static str,
}

impl Discovery {
    /// Describes the services of some hooks.
    pub fn of(hooks: &[Hook]) -> Self {
        let entry = |&h: &Hook| ServiceEntry {
            hook: h.name(),
            title: h.title(),
            description: h.description(),
            id: h.service(),
            prefetch: h.prefetch().iter().copied().collect(),
            usage_requirements: h.usage(),
        };
        Self { services: hooks.iter().map(entry).collect() }
    }
}
