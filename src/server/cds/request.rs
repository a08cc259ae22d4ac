//! Reads a request: strict about what is used, indifferent to the rest, and silent about values that are wrong.

use super::access::{BaseUrl, Token};
use super::{CdsError, Hook};
use serde_json::{Map, Value};
use uuid::Uuid;

/// A request to a service.
#[derive(Debug)]
pub struct Request {
    /// The hook.
    pub hook: Hook,
    /// The id of this call.
    pub instance: Uuid,
    /// Where the client's FHIR server is, and the token to read it with.
    pub(super) fhir: Option<(BaseUrl, Option<Token>)>,
    /// What the user is doing.
    pub context: Context,
    /// What came with the request, by key; `null` where the client has nothing.
    pub(super) prefetch: Prefetch,
}

/// What the user is doing. Its `Debug` tells that it is there and no more.
#[derive(Clone)]
pub struct Context {
    /// Reference to the user, `Practitioner/7`.
    pub user: String,
    /// The id of the patient.
    pub patient: String,
    /// The id of the encounter.
    pub encounter: Option<String>,
    /// `order-sign`: the bundle of orders.
    pub orders: Option<Value>,
}

/// Resources by key. Its `Debug` tells the number of keys alone.
#[derive(Clone, Default)]
pub(super) struct Prefetch(pub(super) Map<String, Value>);

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Prefetch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Prefetch").field(&self.0.len()).finish()
    }
}

/// Kinds of users whom the hooks know.
const USERS: [&str; 4] = ["Practitioner", "PractitionerRole", "Patient", "RelatedPerson"];

const ID: &str = "an id of at most 64 letters, digits, `-` and `.`";

impl Request {
    /// Reads the body of a request for a hook.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place.
    pub fn parse(hook: Hook, body: &[u8]) -> Result<Self, CdsError> {
        let root: Value = serde_json::from_slice(body).map_err(|e| CdsError::from(&e))?;
        let Value::Object(mut root) = root else {
            return Err(CdsError::WrongField { field: "body", wanted: "an object" });
        };
        match text(&root, "hook", "hook")? {
            Some(name) if name == hook.name() => {}
            Some(_) => return Err(CdsError::WrongHook(hook.name())),
            None => return Err(CdsError::MissingField("hook")),
        }
        let instance = text(&root, "hookInstance", "hookInstance")?;
        let instance = uuid(instance.ok_or(CdsError::MissingField("hookInstance"))?, "hookInstance")?;
        let fhir = fhir(&root)?;
        let context = context(hook, root.get_mut("context"))?;
        let prefetch = match root.remove("prefetch") {
            // Optional fields are left out; clients that write null mean the same.
            None | Some(Value::Null) => Prefetch::default(),
            Some(Value::Object(prefetch)) => Prefetch(prefetch),
            Some(_) => return Err(CdsError::WrongField { field: "prefetch", wanted: "an object" }),
        };
        Ok(Self { hook, instance, fhir, context, prefetch })
    }
}

fn context(hook: Hook, value: Option<&mut Value>) -> Result<Context, CdsError> {
    let context = match value {
        None | Some(Value::Null) => return Err(CdsError::MissingField("context")),
        Some(Value::Object(context)) => context,
        Some(_) => return Err(CdsError::WrongField { field: "context", wanted: "an object" }),
    };
    let user = text(context, "userId", "context.userId")?.ok_or(CdsError::MissingField("context.userId"))?;
    if !user.split_once('/').is_some_and(|(kind, id)| USERS.contains(&kind) && is_id(id)) {
        let wanted =
            "a reference to a Practitioner, PractitionerRole, Patient or RelatedPerson, as `Practitioner/7`";
        return Err(CdsError::WrongField { field: "context.userId", wanted });
    }
    let user = user.to_owned();
    let patient = id(context, "patientId", "context.patientId")?;
    let patient = patient.ok_or(CdsError::MissingField("context.patientId"))?;
    let encounter = id(context, "encounterId", "context.encounterId")?;
    if hook == Hook::EncounterDischarge && encounter.is_none() {
        return Err(CdsError::MissingField("context.encounterId"));
    }
    let orders = if hook == Hook::OrderSign { Some(orders(context)?) } else { None };
    Ok(Context { user, patient, encounter, orders })
}

fn orders(context: &mut Map<String, Value>) -> Result<Value, CdsError> {
    const FIELD: &str = "context.draftOrders";
    let wrong = |wanted| Err(CdsError::WrongField { field: FIELD, wanted });
    match context.remove("draftOrders") {
        None | Some(Value::Null) => Err(CdsError::MissingField(FIELD)),
        Some(bundle) if bundle["resourceType"] != "Bundle" => wrong("a Bundle"),
        Some(bundle) => match &bundle["entry"] {
            Value::Array(entries) if entries.is_empty() => wrong("a Bundle with at least one order"),
            Value::Array(entries) if entries.iter().all(|e| e["resource"]["resourceType"].is_string()) => {
                Ok(bundle)
            }
            Value::Null => wrong("a Bundle with at least one order"),
            _ => wrong("a Bundle whose entries have a resource each"),
        },
    }
}

fn fhir(root: &Map<String, Value>) -> Result<Option<(BaseUrl, Option<Token>)>, CdsError> {
    const SERVER: &str = "fhirServer";
    let server = match text(root, SERVER, SERVER)? {
        None => None,
        Some(url) => Some(BaseUrl::parse(url).ok_or(CdsError::WrongField {
            field: SERVER,
            wanted: "the http or https URL of a FHIR server",
        })?),
    };
    let granted = match root.get("fhirAuthorization") {
        None | Some(Value::Null) => return Ok(server.map(|s| (s, None))),
        Some(Value::Object(granted)) => granted,
        Some(_) => return Err(CdsError::WrongField { field: "fhirAuthorization", wanted: "an object" }),
    };
    let server = server.ok_or(CdsError::MissingField(SERVER))?;
    const TOKEN: &str = "fhirAuthorization.access_token";
    let token = text(granted, "access_token", TOKEN)?.ok_or(CdsError::MissingField(TOKEN))?;
    let token = Token::new(token).ok_or(CdsError::WrongField { field: TOKEN, wanted: "a bearer token" })?;
    const KIND: &str = "fhirAuthorization.token_type";
    let kind = text(granted, "token_type", KIND)?.ok_or(CdsError::MissingField(KIND))?;
    if kind != "Bearer" {
        return Err(CdsError::WrongField { field: KIND, wanted: "Bearer" });
    }
    for (key, field) in [("scope", "fhirAuthorization.scope"), ("subject", "fhirAuthorization.subject")] {
        text(granted, key, field)?.ok_or(CdsError::MissingField(field))?;
    }
    const EXPIRES: &str = "fhirAuthorization.expires_in";
    match granted.get("expires_in") {
        None | Some(Value::Null) => return Err(CdsError::MissingField(EXPIRES)),
        Some(seconds) if seconds.is_u64() => {}
        Some(_) => return Err(CdsError::WrongField { field: EXPIRES, wanted: "a number of seconds" }),
    }
    Ok(Some((server, Some(token))))
}

/// A string with something in it; `None` where it is absent.
pub(super) fn text<'v>(
    object: &'v Map<String, Value>,
    key: &str,
    field: &'static str,
) -> Result<Option<&'v str>, CdsError> {
    match object.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if !text.trim().is_empty() => Ok(Some(text)),
        Some(_) => Err(CdsError::WrongField { field, wanted: "a string that is not empty" }),
    }
}

fn id(object: &Map<String, Value>, key: &str, field: &'static str) -> Result<Option<String>, CdsError> {
    match text(object, key, field)? {
        None => Ok(None),
        Some(id) if is_id(id) => Ok(Some(id.to_owned())),
        Some(_) => Err(CdsError::WrongField { field, wanted: ID }),
    }
}

/// A UUID in its plain form.
pub(super) fn uuid(text: &str, field: &'static str) -> Result<Uuid, CdsError> {
    let plain = text.strip_prefix("urn:uuid:").unwrap_or(text);
    let parsed = if plain.len() == 36 { Uuid::try_parse(plain).ok() } else { None };
    parsed.ok_or(CdsError::WrongField { field, wanted: "a UUID" })
}

/// An id as FHIR allows it, which is also safe in a URL.
pub(super) fn is_id(id: &str) -> bool {
    // The dots alone would climb in a path.
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.');
    (1..=64).contains(&id.len()) && id.bytes().all(plain) && !id.bytes().all(|b| b == b'.')
}
