//! The OpenAPI document, and a page to try what it describes.

use super::api::{Answer, Media, Operation, Parameter, operations};
use super::state::AppState;
use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::IntoResponse;
use axum::routing::get;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};
use std::sync::Arc;

const PAGE: &str = include_str!("try/page.html");
const SCRIPT: &str = include_str!("try/page.js");
const STYLE: &str = include_str!("try/page.css");
/// Its own script and style sheet, and requests to the service itself.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
                      form-action 'none'; frame-ancestors 'none'";

/// The document of the service.
pub fn document() -> Value {
    document_of(&operations())
}

pub(super) fn document_of(operations: &[Operation]) -> Value {
    let settings = SchemaSettings::draft2020_12().with(|s| {
        s.definitions_path = "/components/schemas".into();
        s.meta_schema = None;
    });
    let mut schemas = settings.into_generator();
    let mut paths = Map::new();
    for operation in operations {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method] = described(operation, &mut schemas);
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "chartgap",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What a clinical note lacks to support ICD-10-CM M53.86. Errors are problem+json with a stable \
                            code and never quote a note.",
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "paths": paths,
        "components": {
            "schemas": schemas.take_definitions(true),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    })
}

fn described(operation: &Operation, schemas: &mut SchemaGenerator) -> Value {
    let mut out = json!({
        "operationId": operation.id,
        "summary": operation.summary,
        "description": operation.description,
        "responses": answers(&operation.answers, schemas),
    });
    if !operation.parameters.is_empty() {
        out["parameters"] = operation.parameters.iter().map(parameter).collect();
    }
    if !operation.body.is_empty() {
        out["requestBody"] = json!({"required": true, "content": media(&operation.body, schemas)});
    }
    out
}

fn parameter(parameter: &Parameter) -> Value {
    json!({
        "name": parameter.name,
        "in": if parameter.of_path { "path" } else { "query" },
        "required": parameter.required,
        "description": parameter.doc,
        "schema": parameter.schema,
    })
}

/// The answers of an operation, with those that the guard gives to any of them.
fn answers(answers: &[Answer], schemas: &mut SchemaGenerator) -> Value {
    use axum::http::StatusCode;
    let guard = [
        Answer::problem(StatusCode::UNAUTHORIZED, "The token is missing or wrong"),
        Answer::problem(StatusCode::FORBIDDEN, "A page of another origin asks"),
        Answer::problem(StatusCode::METHOD_NOT_ALLOWED, "The route is not asked in this way"),
        Answer::problem(StatusCode::MISDIRECTED_REQUEST, "The service is not known by that name"),
    ];
    let mut out = Map::new();
    for answer in answers.iter().chain(&guard) {
        let mut value = json!({"description": answer.doc});
        if !answer.media.is_empty() {
            value["content"] = media(&answer.media, schemas);
        }
        out.insert(answer.status.to_string(), value);
    }
    Value::Object(out)
}

fn media(all: &[Media], schemas: &mut SchemaGenerator) -> Value {
    let mut out = Map::new();
    for one in all {
        let mut schema = (one.schema)(schemas).to_value();
        if !one.doc.is_empty() {
            schema["description"] = json!(one.doc);
        }
        out.insert(one.media.to_owned(), json!({"schema": schema}));
    }
    Value::Object(out)
}

/// The routes of document and page.
pub(super) fn router(document: &Arc<Value>) -> Router<Arc<AppState>> {
    let text = document.to_string();
    let json = HeaderValue::from_static("application/json");
    let typed = |media: &'static str, text: &'static str| {
        let policy = HeaderValue::from_static(POLICY);
        let headers: [(HeaderName, HeaderValue); 2] = [
            (header::CONTENT_TYPE, HeaderValue::from_static(media)),
            (header::CONTENT_SECURITY_POLICY, policy),
        ];
        get(async move || (headers, text).into_response())
    };
    Router::new()
        .route("/openapi.json", get(async move || ([(header::CONTENT_TYPE, json)], text).into_response()))
        .route("/docs", typed("text/html; charset=utf-8", PAGE))
        .route("/docs/page.js", typed("text/javascript; charset=utf-8", SCRIPT))
        .route("/docs/page.css", typed("text/css; charset=utf-8", STYLE))
}
