use super::*;
use crate::assertion::Status;
use crate::report::v1::*;

const TEXT: &str = "\
SPINE CLINIC, FOLLOW-UP

HPI: Axial low back pain for eight months, worse when he leans back or stands up from a chair, without any fall or lifting accident before it. He denies leg pain. Naproxen and six weeks of physical therapy in the spring helped only in part, and he has since gone back to his own exercises at home every second morning.

IMAGING
MRI of the lumbar spine 03/2026: moderate facet arthropathy at L3-L4, mild at L4-L5.

ASSESSMENT
1. Lumbar interspinous
bursitis, possibly facet syndrome.

PLAN
Continue naproxen. Injection at L4-5 if no better.
";

fn evidence(words: &str, assertion: Status, section: &str, cue: Option<&str>) -> Evidence {
    let at = TEXT.find(words).unwrap();
    Evidence {
        start: at as u32,
        end: (at + words.len()) as u32,
        byte_start: at as u32,
        byte_end: (at + words.len()) as u32,
        text: words.to_owned(),
        section: section.to_owned(),
        assertion,
        cue: cue.map(str::to_owned),
    }
}

fn element(
    title: &str,
    verdict: Verdict,
    weight: u32,
    credit: f32,
    evidence: Vec<Evidence>,
) -> ElementReport {
    ElementReport {
        id: title.to_lowercase().replace(' ', "-"),
        title: title.to_owned(),
        verdict,
        weight,
        credit,
        evidence,
        gap: None,
        query: None,
        sources: vec!["ICD-10-CM Guidelines FY2027, I.A.19 [verified]".to_owned()],
    }
}

fn report() -> Report {
    use Status::*;
    let mut function = element("Functional limitation", Verdict::Missing, 10, 0.0, vec![]);
    function.gap = Some(Gap {
        message: "The note does not say what the back problem keeps the patient from doing.".to_owned(),
        fix: "Describe one limited activity with its measure, for example how long the patient can stand, or the result of a disability scale.".to_owned(),
        near: Some(Place { start: 25, end: 28, byte_start: 25, byte_end: 28 }),
    });
    function.query = Some("The note of this visit describes axial low back pain of eight months. Based on your clinical judgment, please document the effect of the condition on the patient's daily activities:\n- limited (please describe)\n- not limited\n- unable to determine".to_owned());
    let mut named = element(
        "Named condition",
        Verdict::Unclear,
        20,
        10.0,
        vec![
            evidence("interspinous\nbursitis", Present, "assessment", None),
            evidence("facet syndrome", Possible, "assessment", Some("possibly")),
        ],
    );
    named.gap = Some(Gap {
        message: "One condition is named and another only suspected.".to_owned(),
        fix: "Name the condition that the visit treated.".to_owned(),
        near: None,
    });
    Report {
        schema: SCHEMA.to_owned(),
        id: "visit-17".to_owned(),
        score: 72,
        outcome: NoteOutcome::Gaps,
        summary: Summary {
            lumbar: true,
            named_conditions: vec!["interspinous bursitis".to_owned()],
            nonspecific_only: false,
            region: "lumbar".to_owned(),
            imaging: "findings".to_owned(),
            acuity: "chronic".to_owned(),
            duration: Some("eight months".to_owned()),
            conservative_care: "documented".to_owned(),
            care_types: vec!["medication".to_owned(), "physical_therapy".to_owned()],
            function: "absent".to_owned(),
            injury: "denied".to_owned(),
            radiculopathy: "absent".to_owned(),
            code_family: "M53.86".to_owned(),
        },
        elements: vec![
            named,
            element(
                "Imaging with findings",
                Verdict::Met,
                15,
                15.0,
                vec![
                    evidence("MRI of the lumbar spine", Present, "imaging", None),
                    evidence("facet arthropathy", Present, "imaging", None),
                ],
            ),
            element(
                "Conservative care",
                Verdict::Partial,
                15,
                7.5,
                vec![
                    evidence("physical therapy", Historical, "hpi", Some("in the spring")),
                    evidence("Naproxen", Present, "hpi", None),
                    evidence("naproxen", Present, "plan", None),
                    evidence("Injection", Hypothetical, "plan", Some("if")),
                ],
            ),
            element("Injury history", Verdict::Met, 5, 5.0, vec![evidence("lifting accident", Absent, "hpi", Some("without"))]),
            function,
            element("Procedure", Verdict::NotApplicable, 0, 0.0, vec![]),
        ],
        coding: Coding {
            suggested: Some("M53.86".to_owned()),
            m53_86: "supported".to_owned(),
            reasons: vec![Reason {
                text: "Interspinous bursitis has no entry of its own in the index, and the note places it between L1 and L5.".to_owned(),
                source: "ICD-10-CM Index FY2027, Dorsopathy, specified".to_owned(),
            }],
            alternatives: vec![
                Alternative { code: "M47.896".to_owned(), when: "facet syndrome is confirmed as the treated condition".to_owned() },
                Alternative { code: "M47.816".to_owned(), when: "facet arthropathy is assessed".to_owned() },
            ],
            excludes: vec![],
        },
        procedures: vec![],
        mentions: None,
        disagreements: None,
        provenance: Provenance {
            software: "chartgap".to_owned(),
            version: "0.1.0".to_owned(),
            lexicon: "0123456789abcdef".repeat(4),
            checklist: "fedcba9876543210".repeat(4),
            code_set: "FY2027".to_owned(),
            classifier: None,
        },
    }
}

#[test]
fn the_whole_report() {
    let note = Note::new("visit-17", TEXT);
    insta::assert_snapshot!("unicode", text(&report(), &note, &TextOptions::default()));
    let ascii = text(&report(), &note, &TextOptions { unicode: false, width: 80, ..TextOptions::default() });
    assert!(ascii.is_ascii());
    insta::assert_snapshot!("ascii", ascii);
    assert!(ascii.lines().all(|line| line.len() <= 80), "too wide");
}

#[test]
fn colour_changes_nothing_but_colour() {
    let note = Note::new("visit-17", TEXT);
    let colored = text(&report(), &note, &TextOptions { color: true, ..TextOptions::default() });
    let mut plain = String::new();
    let mut rest = colored.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    plain.push_str(rest);
    let trimmed = |text: &str| text.lines().map(|l| l.trim_end().to_owned()).collect::<Vec<_>>();
    assert_eq!(trimmed(&plain), trimmed(&text(&report(), &note, &TextOptions::default())));
}

#[test]
fn one_line() {
    let shown = line(&report(), &TextOptions::default());
    assert_eq!(
        shown,
        "visit-17: gaps 72/100  ? named-condition  ◐ conservative-care  ✗ functional-limitation"
    );
}

#[test]
fn another_code_and_no_lumbar_problem() {
    let mut report = report();
    report.outcome = NoteOutcome::OtherCode;
    report.coding.suggested = Some("M47.816".to_owned());
    report.coding.m53_86 = "not-supported".to_owned();
    let shown = text(&report, &Note::new("visit-17", TEXT), &TextOptions::default());
    assert!(shown.contains("Code M53.86 not supported → documentation points to M47.816"), "{shown}");
    assert!(line(&report, &TextOptions::default()).starts_with("visit-17: other code 72/100 M47.816"));
    report.outcome = NoteOutcome::NotApplicable;
    assert_eq!(line(&report, &TextOptions::default()), "visit-17: not applicable");
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(300))]
    #[test]
    fn no_note_and_no_span_breaks_it(
        note in "(\\PC|[\t\r\n \u{1b}é中]){0,120}",
        spans in proptest::collection::vec((0u32..300, 0u32..300), 0..5),
        width in 0usize..120,
        unicode: bool,
    ) {
        let mut report = report();
        let evidence = &mut report.elements[0].evidence;
        evidence.clear();
        for (byte_start, byte_end) in spans {
            evidence.push(Evidence {
                start: 0, end: 1, byte_start, byte_end, text: String::new(), section: "plan".to_owned(),
                assertion: Status::Present, cue: Some("no\nt".to_owned()),
            });
        }
        let shown = text(&report, &Note::new("n\u{1b}", note), &TextOptions { color: false, unicode, width });
        proptest::prop_assert!(!shown.contains('\u{1b}'), "an escape passed");
    }
}
