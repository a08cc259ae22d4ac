//! The JSON Schema of the output, made from the types.

use super::json::Entry;
use crate::report::v1::SCHEMA;
use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

/// The schema of one output entry: a report, or the error entry that stands for a note that could not be read.
pub fn schema() -> Value {
    let mut schema =
        SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Entry>().to_value();
    schema["$id"] = json!("urn:chartgap:report:1");
    schema["title"] = json!(SCHEMA);
    schema["description"] = json!("One entry of the output of `chartgap check`: one line of JSONL.");
    // What the types leave open.
    for name in ["Report", "ErrorEntry"] {
        if let Some(field) = schema.pointer_mut(&format!("/$defs/{name}/properties/schema")) {
            field["const"] = json!(SCHEMA);
        }
    }
    if let Some(score) = schema.pointer_mut("/$defs/Report/properties/score") {
        score["maximum"] = json!(100);
    }
    schema
}

/// The schema as the committed file holds it.
pub fn schema_text() -> String {
    format!("{:#}\n", schema())
}
