//! Any text at all is checked: no panic, no span off its characters, no work beyond its length.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may"
)]

mod support;

use chartgap::check::CheckOptions;
use chartgap::note::Note;
use chartgap::report::v1::Report;
use chartgap::segment::Segments;
use proptest::prelude::*;
use support::ENGINE;

/// Checks a text and holds every place of the reading and of the report against it.
fn check(text: &str) -> Report {
    let note = Note::new("any", text);
    let reading = ENGINE.read(&note);
    segments_cover(&reading.segments, text);
    let starts: Vec<_> = reading.mentions.iter().map(|m| m.span.start).collect();
    assert!(starts.is_sorted(), "mentions are sorted");
    for m in &reading.mentions {
        let words = text.get(m.span.range()).expect("a mention lies on characters");
        assert!(!words.is_empty());
        assert!((m.sentence as usize) < reading.segments.sentences.len());
        assert!((m.section as usize) < reading.segments.sections.len());
        if let Some(cue) = m.assertion.cue {
            assert!(text.get(cue.range()).is_some(), "a cue lies on characters");
        }
    }

    let report = ENGINE.check(&note, CheckOptions { mentions: true });
    let points = CodePoints::new(text);
    let mentions = report.mentions.as_ref().expect("mentions were asked for");
    assert_eq!(mentions.len(), reading.mentions.len());
    for m in mentions {
        assert_eq!(points.slice(m.start, m.end), m.text);
    }
    let procedures = report.procedures.iter().flat_map(|p| &p.elements);
    for e in report.elements.iter().chain(procedures) {
        for x in &e.evidence {
            assert_eq!(text.get(x.byte_start as usize..x.byte_end as usize), Some(x.text.as_str()));
            assert_eq!(points.slice(x.start, x.end), x.text);
        }
        if let Some(near) = e.gap.as_ref().and_then(|gap| gap.near) {
            let bytes = text.get(near.byte_start as usize..near.byte_end as usize);
            assert_eq!(bytes, Some(points.slice(near.start, near.end)));
        }
    }
    assert!(report.score <= 100);
    report
}

/// Sections and sentences hold every token once, in order.
fn segments_cover(s: &Segments, text: &str) {
    assert_eq!(s.folded.len(), text.len());
    let mut at = 0;
    for t in &s.tokens {
        assert!(at <= t.span.start && !t.span.is_empty(), "tokens stand in order");
        assert!(text.get(t.span.range()).is_some(), "a token lies on characters");
        at = t.span.end;
    }
    let mut at = 0;
    for section in &s.sections {
        assert_eq!(section.tokens.start, at);
        assert!(section.tokens.contains(&section.body) || section.body <= section.tokens.end);
        at = section.tokens.end;
    }
    assert_eq!(at, s.tokens.len());
    let mut at = 0;
    for sentence in &s.sentences {
        assert_eq!(sentence.tokens.start, at);
        assert!(!sentence.tokens.is_empty());
        let section = &s.sections[sentence.section];
        assert!(section.tokens.start <= at && sentence.tokens.end <= section.tokens.end);
        at = sentence.tokens.end;
    }
    assert_eq!(at, s.tokens.len());
}

/// Code points of a text, counted the slow way.
struct CodePoints<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> CodePoints<'t> {
    fn new(text: &'t str) -> Self {
        Self { text, starts: text.char_indices().map(|(at, _)| at).chain([text.len()]).collect() }
    }

    fn slice(&self, start: u32, end: u32) -> &'t str {
        &self.text[self.starts[start as usize]..self.starts[end as usize]]
    }
}

/// What notes are made of, and what breaks readers of notes.
const FRAGMENTS: &[&str] = &[
    "L4-5",
    "L5-S1",
    "L4–L5",
    "T12-L1",
    "L3, L4 and L5",
    "L4/5",
    "C5-6",
    "S1 nerve root",
    "l4",
    "L",
    "S",
    "facet arthropathy",
    "lumbar spondylosis",
    "disc bulge",
    "low back pain",
    "LBP",
    "radiculopathy",
    "grade 1 anterolisthesis",
    "stenosis",
    "muscle spasm",
    "spondylolisthesis",
    "DDD",
    "moderate",
    "mild to moderate",
    "grade II",
    "Modic type 2",
    "4.5 mm",
    "Pfirrmann IV",
    "4/5",
    "1,000",
    "for 3 months",
    "x 6 wks",
    "since 2004",
    "since 11/16/2004",
    "chronic",
    "acute on chronic",
    "two-year",
    "physical therapy",
    "PT",
    "naproxen",
    "ESI",
    "home exercise",
    "chiropractor",
    "MRI of the lumbar spine",
    "x-ray",
    "laminectomy",
    "s/p fusion",
    "motor vehicle accident",
    "fell from a ladder",
    "ODI 44%",
    "unable to sit",
    "can't walk",
    "can’t stand",
    "returned to work",
    "no",
    "No evidence of",
    "denies",
    "without",
    "w/o",
    "but",
    "or",
    "nor",
    "is ruled out",
    "possible",
    "history of",
    "mother had",
    "if",
    "will start",
    "declined",
    "failed",
    "not",
    "versus",
    "?",
    "r/o",
    "HPI:",
    "ASSESSMENT:",
    "ASSESSMENT AND PLAN",
    "PLAN:",
    "IMPRESSION",
    "FAMILY HISTORY:",
    "ROS:",
    "Exam",
    "IMAGING (MRI):",
    "- ",
    "* ",
    "• ",
    "1.",
    "2)",
    "[x]",
    "[ ]",
    "☐",
    "☑",
    ":",
    ";",
    ",",
    ".",
    "...",
    "!",
    "(",
    ")",
    "((",
    "]",
    "}",
    "{",
    "/",
    "\\",
    "-",
    "–",
    "—",
    "−",
    "\u{ad}",
    "'",
    "’",
    "\"",
    "“",
    "`",
    "&",
    "#",
    "%",
    "°",
    "×",
    "±",
    "≥",
    "<m>",
    "</m>",
    "\u{0}",
    "\u{7f}",
    "\u{1}",
    "\u{2}",
    "\u{3}",
    "\u{feff}",
    "\u{a0}",
    "\u{200b}",
    "\u{2028}",
    "\u{202e}",
    "\u{301}",
    "e\u{301}",
    "é",
    "Kümmell",
    "🦴",
    "👩‍⚕️",
    "עמוד",
    "腰痛",
    "ﬁ",
    "ß",
    "İ",
    "\t",
    "\n",
    "\n\n",
    "\r\n",
    "\r",
    " ",
    "  ",
    "x",
    "X3",
    "q.d.",
    "Dr.",
    "e.g.",
    "vs.",
    "0",
    "9999999999999999999999",
    "1e9",
    "12/31/9999",
    "-5",
    "%20",
];

/// Fragments glued with blanks, or with nothing, between them.
fn glued() -> impl Strategy<Value = String> {
    let fragment = (prop::sample::select(FRAGMENTS), prop::sample::select(&["", " ", " ", "\n"][..]));
    prop::collection::vec(fragment, 0..60)
        .prop_map(|parts| parts.iter().map(|(word, gap)| format!("{word}{gap}")).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_checked(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn any_printable_text_is_checked(text in "\\PC{0,200}") {
        check(&text);
    }

    #[test]
    fn glued_fragments_are_checked(text in glued()) {
        check(&text);
    }

    #[test]
    fn any_span_is_asserted(text in glued(), from in 0usize..400, len in 0usize..40) {
        let floor = |at: usize| (0..=at.min(text.len())).rev().find(|&i| text.is_char_boundary(i)).unwrap_or(0);
        let span = chartgap::span::Span::new(floor(from), floor(from + len));
        let assertion = ENGINE.assert_span(&text, span);
        if let Some(cue) = assertion.cue {
            prop_assert!(text.get(cue.range()).is_some());
        }
    }
}

#[test]
fn nothing_and_next_to_nothing() {
    assert!(!check("").summary.lumbar);
    for text in FRAGMENTS {
        check(text);
    }
    for byte in 0u8..128 {
        check(&char::from(byte).to_string());
    }
}

#[test]
fn nasty_notes() {
    let wide = "🦴é\u{301}腰";
    for text in [
        "L4-".repeat(50_000),
        "L4-5, ".repeat(20_000),
        "\n".repeat(100_000),
        "\r\n".repeat(50_000),
        "a".repeat(1_000_000),
        "9".repeat(200_000),
        "no ".repeat(30_000) + "back pain",
        "no back pain, ".repeat(2_000),
        "(".repeat(50_000),
        "[x] ".repeat(20_000),
        "{[(<".repeat(10_000),
        ":".repeat(50_000),
        "A: ".repeat(20_000),
        "PLAN: ".repeat(10_000),
        "low ".repeat(30_000) + "back pain",
        "pain ".repeat(20_000),
        "MILD TO MODERATE ".repeat(5_000),
        "for 3 months ".repeat(5_000),
        wide.repeat(20_000),
        format!("{wide}Low back pain{wide} at L4\u{2013}5{wide}. ").repeat(200),
        "עמוד השדרה low back pain \u{202e}niap kcab".repeat(200),
        "\u{0}low\u{0}back\u{0}pain\u{0}".repeat(500),
        "e\u{301}\u{302}\u{303}".repeat(20_000),
    ] {
        check(&text);
    }
}
