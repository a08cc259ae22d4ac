//! Small notes and the durations and grades that are read in them.

use crate::lexicon::Data;
use crate::mention::{Acuity, Label};
use crate::note::Note;
use crate::reading::Reader;

fn times(reader: &Reader, text: &str) -> Vec<(String, Acuity)> {
    let reading = reader.read(&Note::new("t", text));
    let of =
        |m: &crate::mention::Mention| (m.span.of(text).to_owned(), m.attrs.acuity.unwrap_or(Acuity::Unknown));
    reading.mentions.iter().filter(|m| m.label == Label::Chronicity).map(of).collect()
}

fn grades(reader: &Reader, text: &str) -> Vec<(String, String)> {
    let reading = reader.read(&Note::new("t", text));
    let of = |m: &crate::mention::Mention| {
        (m.attrs.system.clone().unwrap_or_default(), m.attrs.value.clone().unwrap_or_default())
    };
    reading.mentions.iter().filter(|m| m.label == Label::Grade).map(of).collect()
}

#[test]
fn durations_are_those_of_the_problem() {
    use Acuity::{Acute, Chronic, Subacute, Unknown};
    let reader = Reader::new(&Data::default()).unwrap();
    let cases: &[(&str, &[(&str, Acuity)])] = &[
        // lengths
        ("HPI: Low back pain for 3 years.", &[("for 3 years", Chronic)]),
        ("CC: LBP x 6 wks", &[("x 6 wks", Subacute)]),
        ("S: R LBP x6w, worse at night.", &[("x6w", Subacute)]),
        ("S: LBP 2+ yrs.", &[("2+ yrs", Chronic)]),
        ("HPI: He has a 6-month history of sciatica.", &[("a 6-month history", Chronic)]),
        ("HPI: 4 months of constant low back pain.", &[("4 months", Chronic)]),
        (
            "HPI: Low back pain for the better part of two years.",
            &[("for the better part of two years", Chronic)],
        ),
        ("HPI: Back pain x a year and change.", &[("x a year and change", Chronic)]),
        ("HPI: Sciatica for two and a half weeks.", &[("for two and a half weeks", Acute)]),
        ("HPI: Low back pain for several weeks.", &[("for several weeks", Unknown)]),
        ("HPI: Low back pain for months.", &[("for months", Chronic)]),
        // the history goes on without the word
        ("HPI: He has low back pain. It started two weeks ago.", &[("two weeks ago", Acute)]),
        ("HPI: He has low back pain. It has been going on for 8 weeks.", &[("for 8 weeks", Subacute)]),
        // dates and events
        ("HPI: Low back pain since 2015.", &[("since 2015", Chronic)]),
        ("HPI: He fell on 3/1/2024 and has low back pain. Seen 3/20/2024.", &[("on 3/1/2024", Acute)]),
        ("HPI: Low back pain since the pandemic.", &[("since the pandemic", Chronic)]),
        (
            "HPI: Low back pain since they bought the farm, worse lately.",
            &[("since they bought the farm", Unknown)],
        ),
        // words belong to the next noun
        ("A: Chronic low back pain. Chronic kidney disease.", &[("Chronic", Chronic)]),
        ("A: Lumbar spondylosis, L4-5, chronic.", &[("chronic", Chronic)]),
        ("A: Acute on chronic back pain.", &[("Acute on chronic", Chronic)]),
        ("X-ray: No acute fracture. Lumbar spondylosis.", &[]),
        ("Exam: No acute distress. Lumbar spasm.", &[]),
        ("HPI: Denies new onset of leg weakness. Low back pain.", &[]),
        // other times
        ("HPI: A 54-year-old man with low back pain.", &[]),
        ("HPI: Low back pain. He did physical therapy for 6 weeks.", &[]),
        ("HPI: Low back pain. He has worked there for 12 years.", &[]),
        ("HPI: Low back pain. Diabetes for 10 years.", &[]),
        ("HPI: Low back pain. He had a lumbar fusion 3 years ago.", &[]),
        ("HPI: Here today for low back pain.", &[]),
        ("PLAN: Low back pain: follow up in 6 weeks.", &[]),
    ];
    let mut wrong = Vec::new();
    for (text, expected) in cases {
        let found = times(&reader, text);
        let same = |(a, b): (&(String, Acuity), &(&str, Acuity))| {
            a.1 == b.1 && (a.0.contains(b.0) || b.0.contains(&*a.0))
        };
        if found.len() != expected.len() || !found.iter().zip(*expected).all(same) {
            wrong.push(format!("{text}: {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn grades_are_those_of_a_condition() {
    let reader = Reader::new(&Data::default()).unwrap();
    let cases: &[(&str, &[(&str, &str)])] = &[
        ("Mild broad-based L4-5 disc bulge.", &[("severity", "mild")]),
        ("There is a disc bulge which is moderate.", &[("severity", "moderate")]),
        ("Mild-to-moderate facet arthropathy.", &[("severity", "mild to moderate")]),
        ("Mod central stenosis.", &[("severity", "moderate")]),
        ("Very mild lumbar stenosis.", &[("severity", "mild")]),
        ("No moderate or severe spinal stenosis.", &[("severity", "moderate")]),
        (
            "Facet arthrosis: mild at L3-4, moderate at L4-5.",
            &[("severity", "mild"), ("severity", "moderate")],
        ),
        ("Grade I anterolisthesis of L4 on L5, 4 mm.", &[("meyerding", "1"), ("measurement", "4 mm")]),
        ("Disc desiccation, Pfirrmann IV, at L4-5.", &[("pfirrmann", "4")]),
        ("Central stenosis (Schizas C) at L3-4.", &[("other", "C")]),
        ("L4-5 disc protrusion measuring six millimeters.", &[("measurement", "6 mm")]),
        ("Slight narrowing of the left neural foramen by the disc bulge.", &[("severity", "slight")]),
        ("No significant spinal stenosis.", &[]),
        ("Lumbar stenosis. He has type 2 diabetes.", &[]),
        ("Lumbar stenosis. Mild distress. Moderate knee arthritis.", &[]),
        ("Lumbar stenosis. Knee films: KL grade 4 arthritis.", &[]),
        ("Facet arthropathy at L4-5 and KL grade 3 right knee osteoarthritis.", &[]),
        ("Lumbar stenosis. Kellgren-Lawrence grade 3.", &[]),
        ("Slip at L4-5 on flexion-extension views, grade 1.", &[("meyerding", "1")]),
        ("Low back pain. Minimal blood loss.", &[]),
    ];
    for (text, expected) in cases {
        let found = grades(&reader, text);
        let found: Vec<(&str, &str)> = found.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        assert_eq!(found.as_slice(), *expected, "{text}");
    }
}
