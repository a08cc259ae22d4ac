//! When there is a card, what it says, and what note text can do to it: nothing.

use crate::made::*;
use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag};
use serde_json::{Value, json};

fn summaries(cards: &[Value]) -> Vec<&str> {
    cards.iter().map(|c| c["summary"].as_str().unwrap()).collect()
}

#[test]
fn an_order_for_the_code_gets_one_card_about_what_is_missing() {
    let (cds, _dir) = service("");
    let cards = cards(&cds, &signing(&[order("99999", Some("M53.86"))], &[document(BACK, "2026-02-11")]));
    assert_eq!(cards.len(), 1, "{:?}", summaries(&cards));
    let card = &cards[0];
    assert!(card["summary"].as_str().unwrap().starts_with("M53.86 "), "{card:#}");
    assert_eq!(card["indicator"], "warning");
    let detail = card["detail"].as_str().unwrap();
    for part in [
        "the note of 2026-02-11",
        "Functional limitation",
        "Imaging findings",
        "A person assigns the code",
        "lexicon",
    ] {
        assert!(detail.contains(part), "{part} in {detail}");
    }
    assert!(!card["overrideReasons"].as_array().unwrap().is_empty());
    let task = &card["suggestions"][0]["actions"][0];
    assert_eq!((&task["type"], &task["resource"]["resourceType"]), (&json!("create"), &json!("Task")));
    assert_eq!(task["resource"]["for"]["reference"], "Patient/p1");
    assert_eq!(task["resource"]["encounter"]["reference"], "Encounter/e1");
    assert_eq!(task["resource"]["owner"]["reference"], "Practitioner/d1");
    let query = &card["suggestions"][1]["actions"][0]["resource"];
    assert_eq!((&query["resourceType"], &query["status"]), (&json!("CommunicationRequest"), &json!("draft")));
    assert!(query["payload"][0]["contentString"].as_str().unwrap().contains('?'));
}

#[test]
fn an_ordered_procedure_gets_a_card_of_its_own() {
    let (cds, _dir) = service("");
    let documents = [document(BACK, "2026-02-11")];
    // the codes of one procedure share it
    let orders = [order("64493", Some("M53.86")), order("64494", Some("M53.86"))];
    let both = cards(&cds, &signing(&orders, &documents));
    assert_eq!(both.len(), 2, "{:?}", summaries(&both));
    assert!(summaries(&both)[1].starts_with("Order 64493, 64494: "), "{:?}", summaries(&both));
    assert!(both[1]["detail"].as_str().unwrap().contains("covered list is not verified"));
    // without the code, the procedure alone
    let alone = cards(&cds, &signing(&[order("64493", None)], &documents));
    assert_eq!(summaries(&alone).len(), 1);
    assert!(summaries(&alone)[0].starts_with("Order 64493: "));
    // many procedures share one card
    let many = ["64493", "64635", "62322", "27096", "72148"].map(|cpt| order(cpt, None));
    let many = cards(&cds, &signing(&many, &documents));
    assert_eq!(many.len(), 1, "{:?}", summaries(&many));
}

#[test]
fn silent_where_there_is_nothing_to_say() {
    let (cds, _dir) = service("hooks = [\"order-sign\", \"encounter-discharge\", \"patient-view\"]");
    let back = || vec![document(BACK, "2026-02-11")];
    let mut view = discharge(None, &back());
    view["hook"] = json!("patient-view");
    for (what, request) in [
        ("an order for something else", signing(&[order("93000", Some("I10"))], &back())),
        ("exercise for a knee", signing(&[order("97110", Some("M17.11"))], &back())),
        ("no order that has codes", signing(&[json!({"resourceType": "MedicationRequest"})], &back())),
        ("the client has no notes", {
            let mut request = signing(&[order("64493", Some("M53.86"))], &[]);
            request["prefetch"]["notes"] = Value::Null;
            request
        }),
        ("a bundle without entries", {
            let mut request = signing(&[order("64493", Some("M53.86"))], &[]);
            request["prefetch"]["notes"] = json!({"resourceType": "Bundle", "type": "searchset", "total": 0});
            request
        }),
        ("an order about the back, notes about the throat", {
            signing(&[order("64493", None)], &[document(THROAT, "2026-02-11")])
        }),
        ("the end of an encounter about the throat", discharge(None, &[document(THROAT, "2026-02-11")])),
        ("a patient without the diagnosis", view),
    ] {
        assert_eq!(answer(&cds, &request).unwrap(), json!({ "cards": [] }), "{what}");
    }
}

#[test]
fn the_code_without_a_note_about_the_back_is_told() {
    let (cds, _dir) = service("");
    let cards = cards(&cds, &discharge(Some("M53.86"), &[document(THROAT, "2026-02-11")]));
    assert_eq!(summaries(&cards), ["M53.86 was given, but no lumbar problem was found in the notes"]);
    assert_eq!(cards[0]["indicator"], "info");
    assert!(cards[0].get("suggestions").is_none() && cards[0].get("selectionBehavior").is_none());
}

#[test]
fn documentation_that_points_elsewhere_is_told() {
    let (cds, _dir) = service("");
    let note = "HPI: Chronic low back pain for 14 months.\nIMAGING: MRI of the lumbar spine shows moderate facet \
                arthropathy at L4-L5.\nASSESSMENT: Lumbar facet syndrome at L4-5.\n";
    let cards = cards(&cds, &discharge(Some("M53.86"), &[document(note, "2026-02-11")]));
    assert!(
        summaries(&cards)[0].starts_with("M53.86 may not stand: the documentation points to M47."),
        "{cards:#?}"
    );
    assert_eq!(cards[0]["indicator"], "warning");
}

#[test]
fn the_newest_note_about_the_back_counts_with_those_of_its_day() {
    let (cds, _dir) = service("");
    let orders = [order("99999", Some("M53.86"))];
    let function = "Functional status: cannot sit for more than 10 minutes; ODI 44%. Low back pain.";
    let named = |documents: &[Value]| {
        let cards = cards(&cds, &signing(&orders, documents));
        cards[0]["detail"].as_str().unwrap().to_owned()
    };
    let open = |detail: &str| detail.contains("**Functional limitation**");
    assert!(open(&named(&[document(BACK, "2026-02-11"), document(function, "2025-02-11")])));
    assert!(!open(&named(&[document(BACK, "2026-02-11"), document(function, "2026-02-11")])));
    // in whichever order they come
    assert!(open(&named(&[document(function, "2025-02-11"), document(BACK, "2026-02-11")])));
}

#[test]
fn notes_of_the_encounter_go_before_all_others() {
    let (cds, _dir) = service("");
    let mut of = document(BACK, "2026-01-05");
    of["context"] =
        json!({ "encounter": [{ "reference": "https://ehr.example.org/fhir/Encounter/e1/_history/2" }] });
    let newer = document("Low back pain for two days.", "2026-02-11");
    let cards = cards(&cds, &signing(&[order("99999", Some("M53.86"))], &[newer, of]));
    assert!(cards[0]["detail"].as_str().unwrap().contains("2026-01-05"), "{cards:#?}");
}

#[test]
fn ids_are_those_of_the_call() {
    let (cds, _dir) = service("");
    let request = signing(&[order("64493", Some("M53.86"))], &[document(BACK, "2026-02-11")]);
    let first = answer(&cds, &request).unwrap();
    assert_eq!(first, answer(&cds, &request).unwrap());
    let mut other = request;
    other["hookInstance"] = json!("0a5c2a3e-6c3b-4f6e-9d61-3f3a4c8c5a99");
    let second = answer(&cds, &other).unwrap();
    assert_ne!(first["cards"][0]["uuid"], second["cards"][0]["uuid"]);
    let ids: Vec<&Value> = first["cards"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|c| {
            [&c["uuid"]].into_iter().chain(c["suggestions"].as_array().unwrap().iter().map(|s| &s["uuid"]))
        })
        .collect();
    let mut unique: Vec<String> = ids.iter().map(ToString::to_string).collect();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), ids.len());
}

/// What a detail may be made of: lists, bold and italic text, no more.
fn is_plain(detail: &str) -> Result<(), String> {
    for event in Parser::new_ext(detail, Options::all() - Options::ENABLE_SMART_PUNCTUATION) {
        match event {
            Event::Start(Tag::Paragraph | Tag::List(None) | Tag::Item | Tag::Strong | Tag::Emphasis)
            | Event::End(_)
            | Event::Text(_)
            | Event::SoftBreak => {}
            other => return Err(format!("{other:?} in {detail}")),
        }
    }
    let lower = detail.to_lowercase();
    match ["<", "http://", "https://"].into_iter().find(|bad| lower.contains(bad)) {
        Some(bad) => Err(format!("{bad} in {detail}")),
        None => Ok(()),
    }
}

const HOSTILE: &[&str] = &[
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](https://evil.example)",
    "![x](https://evil.example/x.png)",
    "**bold**",
    "# heading",
    "\n# heading\n",
    "\n---\n",
    "| a | b |\n|---|---|\n",
    "```\ncode\n```",
    "`code`",
    "&lt;b&gt;",
    "<!-- -->",
    "https://evil.example",
    "www.evil.example",
    "\u{202e}gnp",
    "\u{0}",
    "\u{7}",
    "~~gone~~",
    "\n> quoted\n",
    "\n- item\n",
    "\n1. item\n",
    "[ref]: https://evil.example",
    "[^1]",
    "$x$",
    "\"",
    "\\",
];

const WORDS: &[&str] = &[
    "Low back pain",
    "for 8 months",
    "rigid lumbar spine at L4-5",
    "lumbar facet syndrome",
    "MRI of the lumbar spine",
    "shows facet arthropathy",
    "L5-S1",
    "denies",
    "no",
    "fell from a ladder",
    "physical therapy failed",
    "naproxen",
    "ODI 44%",
    "HPI:",
    "\nASSESSMENT:",
    "\nPLAN:",
    "\nIMAGING:",
    "pain 6/10",
    "radiculopathy",
    "unable to sit",
    ".",
    ",",
    ";",
    "muscle spasm",
    "lumbar strain",
    "M53.86",
    "sacroiliac joint",
    "T12-L1",
    "degenerative disc disease",
];

fn hostile_note() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => proptest::sample::select(WORDS).prop_map(str::to_owned),
        2 => proptest::sample::select(HOSTILE).prop_map(str::to_owned),
        1 => "[ -~é]{0,12}",
    ];
    proptest::collection::vec(piece, 1..40).prop_map(|pieces| pieces.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Every answer keeps to the schema (which `answer` checks), and no text of a note is more than text in it.
    #[test]
    fn every_answer_is_valid_and_every_detail_plain(
        note in hostile_note(),
        cpts in proptest::collection::vec(proptest::sample::select(&["64493", "64635", "72148", "97110", "99999"][..]), 1..4),
        coded in any::<bool>(),
    ) {
        let (cds, _dir) = service("");
        let documents = [document(&note, "2026-02-11")];
        let orders: Vec<Value> = cpts.iter().map(|cpt| order(cpt, coded.then_some("M53.86"))).collect();
        for request in [signing(&orders, &documents), discharge(coded.then_some("M53.86"), &documents)] {
            // a note may be unreadable (a NUL character), which is an error and no answer
            let Ok(answer) = answer(&cds, &request) else { continue };
            for card in answer["cards"].as_array().unwrap() {
                prop_assert_eq!(is_plain(card["detail"].as_str().unwrap()), Ok(()));
            }
        }
    }
}

#[test]
fn words_of_a_note_stay_words() {
    let (cds, _dir) = service("");
    let note = "HPI: Low back pain for 14 months.\nASSESSMENT: Possible lumbar spondylosis <img src=x onerror=alert(1)> [a](https://evil.example) at L4-5.\n";
    let cards = cards(&cds, &signing(&[order("64493", Some("M53.86"))], &[document(note, "2026-02-11")]));
    let detail = cards[0]["detail"].as_str().unwrap();
    assert!(
        detail.contains("&lt;img src=x onerror=alert(1)&gt; \\[a\\]"),
        "the query quotes the sentence: {detail}"
    );
    assert_eq!(is_plain(detail), Ok(()));
}

#[test]
fn the_schema_tells_right_from_wrong() {
    let (cds, _dir) = service("");
    let right =
        answer(&cds, &signing(&[order("64493", Some("M53.86"))], &[document(BACK, "2026-02-11")])).unwrap();
    let with = |pointer: &str, value: Value| {
        let mut wrong = right.clone();
        *wrong.pointer_mut(pointer).unwrap() = value;
        wrong
    };
    for (pointer, value) in [
        ("/cards", json!(null)),
        ("/cards/0/summary", json!("x".repeat(140))),
        ("/cards/0/summary", json!("")),
        ("/cards/0/indicator", json!("hard-stop")),
        ("/cards/0/source", json!({})),
        ("/cards/0/source/url", json!("index.html")),
        ("/cards/0/detail", json!(null)),
        ("/cards/0/suggestions", json!([])),
        ("/cards/0/selectionBehavior", json!("all")),
        ("/cards/0/suggestions/0/actions/0/description", json!("")),
        ("/cards/0/suggestions/0/actions/0/type", json!("delete")),
        ("/cards/0/overrideReasons/0/display", json!("")),
        ("/cards/0/uuid", json!("1")),
    ] {
        assert!(!faults("Response", &with(pointer, value)).is_empty(), "{pointer} passes");
    }
    for (parent, key) in [
        ("/cards/0", "summary"),
        ("/cards/0", "source"),
        ("/cards/0", "selectionBehavior"),
        ("/cards/0/suggestions/0", "label"),
    ] {
        let mut wrong = right.clone();
        wrong.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(key);
        assert!(!faults("Response", &wrong).is_empty(), "without {parent}/{key} passes");
    }
    // fields of the ballot of 3.0
    let mut ballot = right;
    ballot["cards"][0]["suggestions"][0]["actionSelectionBehavior"] = json!("all");
    assert!(!faults("Response", &ballot).is_empty());
}

#[test]
fn discovery_is_valid_and_keeps_to_what_is_switched_on() {
    let (cds, _dir) = service("");
    let discovery = serde_json::to_value(cds.discovery()).unwrap();
    assert_valid("Discovery", &discovery);
    let ids = |d: &Value| {
        d["services"]
            .as_array()
            .unwrap()
            .iter()
            .map(|s| s["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&discovery), ["chartgap-order-sign", "chartgap-encounter-discharge"]);
    assert_eq!(cds.hook("chartgap-patient-view").unwrap_err().status(), 404);
    let (cds, _dir) = service("hooks = [\"patient-view\"]");
    let discovery = serde_json::to_value(cds.discovery()).unwrap();
    assert_valid("Discovery", &discovery);
    assert_eq!(ids(&discovery), ["chartgap-patient-view"]);
}
