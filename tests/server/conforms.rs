//! What every answer must be: declared in the OpenAPI document, of its schema, and with the headers of all answers.

use super::support::{Answer, server};
use axum::http::Method;
use chartgap::server::document;
use jsonschema::Validator;
use serde_json::{Value, json};
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, LazyLock, Mutex};

static DOCUMENT: LazyLock<Value> = LazyLock::new(document);
static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// Statuses that the guard gives on any path.
const OF_THE_GUARD: [u16; 3] = [401, 403, 421];

pub(crate) fn conforms(method: &Method, path: &str, answer: &Answer) {
    let place = format!("{method} {path}: {} {:?}", answer.status, String::from_utf8_lossy(&answer.body));
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cache-control", "no-store"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(answer.header(name), value, "{place}");
    }
    assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{place}");
    assert_eq!(answer.header("x-request-id").len(), 36, "{place}");
    assert_eq!(answer.status == 401, answer.headers.contains_key("www-authenticate"), "{place}");
    assert_eq!(answer.status == 503, answer.headers.contains_key("retry-after"), "{place}");
    assert!(answer.status != 405 || answer.headers.contains_key("allow"), "{place}");
    let Some((template, operations)) = declared(path) else {
        // The document itself and pages stand in no document.
        let page = ["/openapi.json", "/", "/review"].contains(&path);
        assert!(
            page || path.starts_with("/docs") || path.starts_with("/assets/") || answer.status >= 400,
            "{place}"
        );
        return;
    };
    let method = method.as_str().to_ascii_lowercase();
    let Some(operation) = operations.get(&method) else {
        // A preflight of an origin that may ask; the head of what may be got.
        let known = method == "options" && answer.status == 204 || method == "head";
        assert!(known || answer.status == 405 || OF_THE_GUARD.contains(&answer.status), "{place}");
        return;
    };
    let response = &operation["responses"][answer.status.to_string()];
    assert!(response.is_object(), "not declared: {place}");
    let media = answer.header("content-type").split(';').next().unwrap();
    assert!(response["content"][media].is_object(), "{media:?} is not declared: {place}");
    let validator = validator(template, &method, answer.status, media);
    let values: Vec<Value> = match media {
        "application/x-ndjson" => answer.text().lines().map(|l| serde_json::from_str(l).unwrap()).collect(),
        _ if media.ends_with("json") => vec![answer.json()],
        _ => vec![json!(answer.text())],
    };
    for value in values {
        if let Err(error) = validator.validate(&value) {
            panic!("{error}: {place}");
        }
    }
}

fn declared(path: &str) -> Option<(&'static str, &'static Value)> {
    let parts: Vec<&str> = path.split('/').collect();
    let fits = |template: &str| {
        let wanted: Vec<&str> = template.split('/').collect();
        wanted.len() == parts.len()
            && wanted.iter().zip(&parts).all(|(w, p)| w == p || w.starts_with('{') && !p.is_empty())
    };
    let (template, operations) = DOCUMENT["paths"].as_object().unwrap().iter().find(|(t, _)| fits(t))?;
    Some((template, operations))
}

fn validator(template: &str, method: &str, status: u16, media: &str) -> Arc<Validator> {
    let escaped = |part: &str| part.replace('~', "~0").replace('/', "~1");
    let pointer = format!(
        "#/paths/{}/{method}/responses/{status}/content/{}/schema",
        // A fragment of a URI has no braces.
        escaped(template).replace('{', "%7B").replace('}', "%7D"),
        escaped(media)
    );
    let mut all = VALIDATORS.lock().unwrap();
    all.entry(pointer.clone())
        .or_insert_with(|| {
            let mut schema = DOCUMENT.clone();
            schema["$ref"] = json!(pointer);
            Arc::new(jsonschema::draft202012::new(&schema).unwrap())
        })
        .clone()
}

fn references<'a>(value: &'a Value, into: &mut Vec<&'a str>) {
    match value {
        Value::Object(map) => map.iter().for_each(|(key, v)| match v.as_str() {
            Some(target) if key == "$ref" => into.push(target),
            _ => references(v, into),
        }),
        Value::Array(list) => list.iter().for_each(|v| references(v, into)),
        _ => {}
    }
}

#[test]
fn references_lead_somewhere_and_ids_differ() {
    let mut all = Vec::new();
    references(&DOCUMENT, &mut all);
    assert!(all.len() > 20);
    for target in all {
        assert!(DOCUMENT.pointer(target.strip_prefix('#').unwrap()).is_some(), "{target}");
    }
    let mut ids = BTreeSet::new();
    for (path, operations) in DOCUMENT["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            assert!(ids.insert(operation["operationId"].as_str().unwrap()), "{path}");
            for status in ["401", "403", "405", "421"] {
                assert!(operation["responses"][status].is_object(), "{method} {path}: {status}");
            }
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let of_path = parameters.iter().filter(|p| p["in"] == "path").count();
            assert_eq!(of_path, path.matches('{').count(), "{path}");
        }
    }
}

#[tokio::test]
async fn the_document_is_served_with_a_page_that_needs_nothing_else() {
    let server = server(|_| {});
    let served = server.get("/openapi.json").await;
    assert_eq!((served.status, &served.json()), (200, &*DOCUMENT));
    let page = server.get("/docs").await;
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(!page.text().contains("http://") && !page.text().contains("https://"));
    let mut linked = 0;
    for address in page.text().split(['"']).filter(|part| part.starts_with('/')) {
        assert_eq!(server.get(address).await.status, 200, "{address}");
        linked += 1;
    }
    assert!(linked >= 3);
    for address in ["/docs", "/docs/page.js", "/docs/page.css"] {
        let policy = server.get(address).await.header("content-security-policy").to_owned();
        assert!(policy.contains("default-src 'none'") && policy.contains("script-src 'self'"), "{policy}");
    }
    let post = server.post("/docs", "text/plain", "x").await;
    assert_eq!(post.problem(), (405, "method-not-allowed".into()));
}
