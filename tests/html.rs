//! Pages: what they show, that their links hold, and that nothing in a note gets out of its place.
#![cfg(feature = "html")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;
#[path = "html/tags.rs"]
mod tags;

use chartgap::check::CheckOptions;
use chartgap::note::Note;
use chartgap::render::guide::Guide;
use chartgap::render::html::dashboard::{Month, Outcomes, Verdicts, WorstNote};
use chartgap::render::html::{self, Dashboard, Origin, Tally};
use chartgap::report::v1::{NoteOutcome, Report};
use proptest::prelude::*;
use support::ENGINE;
use tags::{Page, attribute};

const NOTE: &str = "HPI: Low back pain for 14 months. No leg pain. Naproxen and 6 weeks of physical therapy helped little.\n\
     MRI lumbar spine: facet arthropathy at L4-5, no stenosis.\n\
     ASSESSMENT: Rigid lumbar spine at L4-5.\n\
     PLAN: Medial branch block.\n";

fn report(note: &Note) -> Report {
    ENGINE.check(note, CheckOptions::default())
}

fn page(note: &Note) -> String {
    html::page(&report(note), note, Guide::from(&*ENGINE))
}

fn with_procedure(id: &str, text: &str) -> Note {
    let mut note = Note::new(id, text);
    note.meta.procedures = vec!["64493".into(), "62321".into()];
    note
}

/// The words of the note as the page shows them, line by line.
fn shown_note(page: &Page) -> String {
    page.text_of("div", "text", &["sup"])
}

/// What must hold of every page.
fn check(html: &str) -> Page {
    let page = Page::read(html);
    page.is_well_formed();
    page.has_sound_links();
    page.has_ordered_headings();
    page.asks_for_nothing();
    page.policy_fits();
    page
}

#[test]
fn every_verdict_is_shown_and_linked_with_its_evidence() {
    let note = with_procedure("n1", NOTE);
    let report = report(&note);
    let page = check(&html::page(&report, &note, Guide::from(&*ENGINE)));
    let elements = || report.elements.iter().chain(report.procedures.iter().flat_map(|p| p.elements.iter()));
    let text = page.text();
    assert_eq!(page.count("article", "card"), elements().count());
    for e in elements() {
        assert!(text.contains(&e.title), "{}", e.id);
        // The verification mark is shown apart.
        let shown = |s: &String| {
            text.contains(s.trim_end_matches(" [verified]").trim_end_matches(" (verified)"))
                || text.contains(s.trim_end_matches(" [not verified]").trim_end_matches(" (not verified)"))
        };
        assert!(e.sources.iter().all(shown), "{}", e.id);
        if let Some(gap) = &e.gap {
            assert!(text.contains(&gap.message) && text.contains(&gap.fix), "{}", e.id);
        }
    }
    // Every piece of evidence leads to the words and every one of these leads back.
    let evidence: usize = elements().map(|e| e.evidence.len()).sum();
    let to_words = page.links().filter(|href| href.starts_with("#w")).count();
    let near = elements().filter(|e| e.gap.as_ref().is_some_and(|g| g.near.is_some())).count();
    assert!(evidence > 10);
    assert_eq!(to_words, evidence + near);
    assert!(page.links().filter(|href| href.starts_with("#e")).count() >= page.count("span", "anchor"));
    let first = &report.elements[0].evidence[0];
    assert!(text.contains(&format!("characters {}–{}", first.start, first.end)));
    assert!(text.contains(&report.provenance.lexicon) && text.contains("Code guidance"));
}

#[test]
fn the_note_is_shown_as_it_is() {
    for text in [
        NOTE,
        "One line.",
        "Back pain.\r\n\r\nASSESSMENT: Rigid lumbar spine at L3-4.\r\n",
        "Tab\there. “Quoté” 日本",
    ] {
        let shown = shown_note(&check(&page(&Note::new("n", text))));
        assert_eq!(shown, text.replace("\r\n", "\n").trim_end_matches('\n'));
    }
}

#[test]
fn markup_in_a_note_is_text() {
    let hostile = "ASSESSMENT: </div></style></title><script>alert(1)</script> Rigid lumbar spine at L3-4 \
         <img src=x onerror=alert(1)> <a href=\"javascript:alert(1)\">\"' &amp; &#60;b&#62; --> <!-- ]]> \
         lumbar <b>facet</b> arthropathy {{x}} ${y}\u{202E}\u{2066}\u{0}\u{1b}[31m\u{85}";
    let mut note = with_procedure("<script>alert(\"id\")</script>\u{202E}", hostile);
    note.meta.codes = vec!["<b>M53.86</b>".into()];
    let html = page(&note);
    let page = check(&html);
    let shown = shown_note(&page);
    assert!(shown.starts_with("ASSESSMENT: </div></style></title><script>alert(1)</script> Rigid"));
    assert!(shown.ends_with("${y}\u{FFFD}\u{FFFD}␀␛[31m\u{FFFD}"), "{shown:?}");
    assert_eq!(page.count("script", ""), 0);
    assert_eq!(page.count("img", "") + page.count("b", ""), 0);
    assert!(!html.contains(['\u{0}', '\u{1b}', '\u{85}', '\u{202E}', '\u{2066}']));
}

#[test]
fn large_notes_and_long_lines_are_shown_whole() {
    let lines = NOTE.repeat(200_000 / NOTE.len());
    let line = format!("ASSESSMENT: Rigid lumbar spine at L3-4. {}", "x".repeat(200_000));
    for text in [lines, line] {
        let shown = shown_note(&check(&page(&Note::new("large", text.clone()))));
        assert_eq!(shown, text.trim_end_matches('\n'));
    }
}

#[test]
fn spans_that_do_not_fit_the_note_are_left_out() {
    let note = Note::new("n", NOTE);
    let mut report = report(&note);
    for e in report.elements.iter_mut().flat_map(|e| e.evidence.iter_mut()) {
        (e.byte_start, e.byte_end) = (u32::MAX - 1, u32::MAX);
    }
    let page = check(&html::page(&report, &note, Guide::from(&*ENGINE)));
    assert_eq!(shown_note(&page), NOTE.trim_end());
    let other = Note::new("n", "é");
    check(&html::page(&self::report(&note), &other, Guide::from(&*ENGINE)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn no_text_breaks_a_page(parts in proptest::collection::vec(
        prop_oneof![
            Just("ASSESSMENT: Rigid lumbar spine at L3-4. ".to_owned()),
            Just("MRI: lumbar stenosis, no ".to_owned()),
            Just("\n".to_owned()),
            "[<>\"'&/a-z =]{0,12}",
            "\\PC{0,6}",
        ], 0..12)) {
        check(&page(&Note::new("p", parts.concat())));
    }
}

fn tallied() -> Dashboard {
    let mut tally = Tally::new(3);
    let texts = [
        NOTE,
        "HPI: Low back pain for two days.",
        "CC: Sore throat for three days. No fever.",
        "ASSESSMENT: Lumbar radiculopathy.",
        "ASSESSMENT: Rigid lumbar spine at L3-4.",
    ];
    for (i, text) in texts.into_iter().enumerate() {
        let origin = Origin {
            date: Some(format!("2026-0{}-11", 1 + i % 2)),
            author_role: Some("<physician>".into()),
            source: None,
        };
        tally.add(&report(&Note::new(format!("n{i}"), text)), &origin, Some(format!("note-{i}.html")));
    }
    tally.add_unread("b.txt", "the note is empty");
    tally.finish("Five <notes>")
}

#[test]
fn a_tally_counts_and_keeps_the_worst() {
    let d = tallied();
    assert_eq!((d.notes, d.unreadable, d.outcomes.not_applicable, d.outcomes.applicable()), (5, 1, 1, 4));
    assert_eq!(d.months.iter().map(|m| m.month.as_str()).collect::<Vec<_>>(), ["2026-01", "2026-02"]);
    assert_eq!(d.author_roles.len(), 1);
    assert_eq!(d.code_families.iter().map(|c| c.notes).sum::<u64>(), 5);
    for (i, e) in d.elements.iter().enumerate() {
        let v = e.verdicts;
        let all = v.met + v.partial + v.missing + v.contradicted + v.unclear + v.not_applicable;
        assert_eq!(all, 5, "{}", e.id);
        assert_eq!(d.months.iter().map(|m| m.elements[i].met).sum::<u64>(), v.met);
    }
    // Of five notes the three with the lowest scores, without the one that does not apply.
    let mut scores: Vec<u8> = [NOTE, "HPI: Low back pain for two days.", "ASSESSMENT: Lumbar radiculopathy."]
        .into_iter()
        .chain(["ASSESSMENT: Rigid lumbar spine at L3-4."])
        .map(|t| report(&Note::new("n", t)).score)
        .collect();
    scores.sort_unstable();
    assert_eq!(d.worst.iter().map(|n| n.score).collect::<Vec<_>>(), scores[..3]);
    assert!(d.worst.iter().all(|n| n.outcome != NoteOutcome::NotApplicable));
}

#[test]
fn an_overview_shows_what_was_counted() {
    let d = tallied();
    let page = check(&html::dashboard(&d));
    let text = page.text();
    for e in &d.elements {
        assert!(text.contains(&e.title), "{}", e.id);
    }
    for shown in ["Five <notes>", "<physician>", "2026-02", "the note is empty", "n1", "other code"] {
        assert!(text.contains(shown), "{shown}");
    }
    // Two lines by month, and one for each element that applies in more than one of them.
    let months = |i: usize| d.months.iter().filter(|m| m.elements[i].met_share().is_some()).count();
    let sparks = (0..d.elements.len()).filter(|&i| months(i) > 1).count();
    assert!(sparks > 5);
    assert_eq!(page.count("polyline", ""), 2 + sparks);
    assert!(page.links().any(|href| href == "note-1.html"));
    // Without its script the page has no control that does nothing.
    assert_eq!(page.count("button", "") + page.count("input", ""), 0);
}

#[test]
fn a_dashboard_can_be_filled_by_hand_and_read_back() {
    let empty = Dashboard::default();
    check(&html::dashboard(&empty));
    let d = Dashboard {
        title: "Audit".into(),
        notes: 1_234_567,
        outcomes: Outcomes { supported: 1, gaps: 2, score_sum: 240, ..Outcomes::default() },
        months: vec![
            Month { month: "2026-01".into(), elements: vec![Verdicts::default()], ..Month::default() },
            Month::default(),
        ],
        worst: vec![WorstNote {
            id: "x".into(),
            href: Some("javascript:alert(1)".into()),
            outcome: NoteOutcome::Gaps,
            score: 12,
            code_family: "M53.86".into(),
            open: Vec::new(),
        }],
        ..tallied()
    };
    let page = check(&html::dashboard(&d));
    assert!(page.text().contains("1,234,567") && page.text().contains("33 %"));
    assert!(page.links().all(|href| href.starts_with('#')), "a link that is no plain path is left out");
    let json = serde_json::to_string(&d).unwrap();
    assert_eq!(serde_json::from_str::<Dashboard>(&json).unwrap(), d);
    assert_eq!(serde_json::from_str::<Dashboard>("{\"notes\": 3}").unwrap().notes, 3);
}

#[test]
fn charts_say_in_words_what_they_show() {
    let page = check(&html::dashboard(&tallied()));
    for tag in page.tags("svg") {
        let told = attribute(tag, "aria-label").is_some_and(|l| !l.is_empty());
        assert!(told || attribute(tag, "aria-hidden") == Some("true".into()), "{tag}");
    }
}
