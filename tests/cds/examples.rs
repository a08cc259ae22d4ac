//! The example of the documentation is what the service answers.

use crate::made::*;
use serde_json::Value;

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/cds-hooks.md");

/// The JSON block behind a mark of the page.
fn block(page: &str, mark: &str) -> Value {
    let behind = page.split_once(&format!("<!-- {mark} -->\n```json\n")).expect("the mark").1;
    serde_json::from_str(behind.split_once("\n```").expect("the end of the block").0).unwrap()
}

#[test]
fn the_example_is_what_happens() {
    let page = std::fs::read_to_string(PAGE).unwrap();
    let (cds, _dir) = service("");
    let request = block(&page, "request");
    assert_valid("OrderSign", &request);
    let got = answer(&cds, &request).unwrap();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        let (head, rest) = page.split_once("<!-- response -->\n```json\n").unwrap();
        let (_, tail) = rest.split_once("\n```").unwrap();
        std::fs::write(PAGE, format!("{head}<!-- response -->\n```json\n{got:#}\n```{tail}")).unwrap();
        return;
    }
    assert!(block(&page, "response") == got, "run `UPDATE_DOCS=1 cargo test --test cds examples`");
    assert_valid("Feedback", &block(&page, "feedback"));
    assert_valid("Discovery", &serde_json::to_value(cds.discovery()).unwrap());
}
