//! The coder's knowledge: tables of codes and billed pairs, guidance by note, house policy, and a source for everything.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

mod support;

use chartgap::check::{CheckOptions, Engine, EngineOptions};
use chartgap::coding::notes::{self, NoteKind};
use chartgap::coding::{Rules, confusion, index, table};
use chartgap::note::Note;
use chartgap::report::v1::{Coding, NoteOutcome, Report};
use std::collections::BTreeSet;
use support::{ENGINE, report};

fn check(text: &str, codes: &[&str]) -> Report {
    let mut note = Note::new("n", text);
    note.meta.codes = codes.iter().map(|c| (*c).to_owned()).collect();
    ENGINE.check(&note, CheckOptions::default())
}

fn reasons(coding: &Coding) -> String {
    coding.reasons.iter().map(|r| format!("{} [{}]\n", r.text, r.source)).collect()
}

#[test]
fn pairs_that_exclude_each_other() {
    // code, code, where the note stands; empty where the two may stand together
    let pairs = [
        ("M54.50", "M51.360", "M54.5"),
        ("M54.59", "M51.370", "M54.5"),
        ("M54.50", "M54.41", "M54.5"),
        ("M54.50", "S39.012A", "M54.5"),
        ("M54.50", "M51.26", "M54.5"),
        ("M54.50", "M51.361", ""),
        ("M54.30", "M51.361", "M54.3"),
        ("M54.42", "M51.362", "M54.4"),
        ("M54.31", "M54.41", "M54.3"),
        ("M54.16", "M51.16", "M54.1"),
        ("M54.17", "M51.17", "M54.1"),
        ("M54.16", "M47.26", "M54.1"),
        ("M54.16", "M47.816", ""),
        ("M54.16", "M51.26", ""),
        ("M53.86", "S33.5XXA", "M50-M54"),
        ("M53.86", "S39.012D", "M50-M54"),
        ("M53.86", "S32.010A", "M50-M54"),
        ("M53.86", "S39.012S", ""),
        ("M53.86", "S33.5XXS", ""),
        ("M53.86", "S72.001A", ""),
        ("M53.86", "M46.46", "M50-M54"),
        ("M53.86", "M46.1", ""),
        ("M53.86", "M54.50", ""),
        ("M53.86", "M47.816", ""),
        ("M51.26", "M46.46", "M50-M54"),
        ("M43.06", "M43.16", "M43.0"),
        ("M43.16", "Q76.2", "M43.1"),
        ("M43.16", "S33.110A", "M43.1"),
        ("M43.5X6", "M99.13", "M43.5"),
        ("M48.46XA", "M80.08XA", "M48.4"),
        ("M48.56XA", "S32.010A", "M48.5"),
        ("M80.08XA", "M81.0", "M81"),
        ("M54.50", "F45.41", "M54"),
        ("G57.01", "M54.31", "G57.0"),
        ("M53.86", "M53.86", ""),
    ];
    let mut problems = Vec::new();
    for (a, b, place) in pairs {
        for (x, y) in [(a, b), (b, a)] {
            let found = notes::excludes1(x, y).map_or("", |s| s.code);
            if found != place && (place.is_empty() || found.is_empty() || (x, y) == (a, b)) {
                problems.push(format!("{x} with {y}: `{found}`, expected `{place}`"));
            }
        }
    }
    report("pairs are wrong", &problems);
}

#[test]
fn seventh_characters() {
    let sets = [
        ("M53.86", ""),
        ("M54.50", ""),
        ("S39.012", "ADS"),
        ("S33.5XX", "ADS"),
        ("S34.21X", "ADS"),
        ("S32.010", "ABDGKS"),
        ("M48.46X", "ADGS"),
        ("M48.56X", "ADGS"),
        ("M80.08X", "ADGKPS"),
        ("M84.58X", "ADGKPS"),
    ];
    for (code, set) in sets {
        let found: String = notes::seventh(code).iter().filter_map(|s| s.text.chars().next()).collect();
        assert_eq!(found, set, "{code}");
        // the table has exactly the codes that the note allows
        let below: String =
            table::below(code).filter(|c| c.code != code).filter_map(|c| c.code.chars().last()).collect();
        if table::find(code).is_none() && code != "M84.58X" {
            assert_eq!(below, set, "{code}");
        }
    }
}

#[test]
fn the_data_keep_to_their_form() {
    let mut problems = Vec::new();
    let lines = |text: &'static str| text.lines().filter(|l| !l.starts_with('#')).count();
    assert_eq!(notes::all().count(), lines(include_str!("../codes/notes-fy2027.tsv")));
    assert_eq!(index::all().len(), lines(include_str!("../codes/index-fy2027.tsv")));
    let mut seen = BTreeSet::new();
    for s in notes::all() {
        if s.text.trim().is_empty() || !matches!(s.year, "FY2026" | "FY2027") {
            problems.push(format!("{} {:?}: no text or no year", s.code, s.kind));
        }
        if !seen.insert((s.code, s.kind, s.text)) {
            problems.push(format!("{}: `{}` stands twice", s.code, s.text));
        }
        if !s.code.contains('-') && s.kind != NoteKind::Title && table::below(s.code).next().is_none() {
            problems.push(format!("{}: no code of the table is below it", s.code));
        }
    }
    let conditions: BTreeSet<&str> = ENGINE.reader().lexicon.concepts().map(|(_, c)| c.id.as_str()).collect();
    for e in index::all() {
        problems.extend(e.concepts().filter(|c| !conditions.contains(c)).map(|c| format!("index: {c}?")));
    }
    assert!(confusion::all().len() >= 10);
    for c in confusion::all() {
        problems.extend(
            c.concepts.iter().filter(|x| !conditions.contains(x.as_str())).map(|x| format!("{}: {x}?", c.id)),
        );
        problems.extend(
            c.codes.iter().filter(|x| table::below(x).next().is_none()).map(|x| format!("{}: {x}?", c.id)),
        );
        if c.source.trim().is_empty() || c.said.ends_with('.') || c.official.ends_with('.') {
            problems.push(format!("{}: a source, and clauses without a point", c.id));
        }
    }
    let rules = Rules::embedded().unwrap();
    let groups: BTreeSet<&str> =
        ENGINE.reader().lexicon.concepts().filter_map(|(_, c)| c.group.as_deref()).collect();
    for a in &rules.alternative {
        problems
            .extend(a.groups.iter().filter(|g| !groups.contains(g.as_str())).map(|g| format!("group {g}?")));
        let codes = std::iter::once(&a.code).chain(&a.lumbosacral);
        problems.extend(codes.filter(|c| table::below(c).next().is_none()).map(|c| format!("code {c}?")));
        if a.source.trim().is_empty() {
            problems.push(format!("{}: no source", a.code));
        }
    }
    for r in &rules.region {
        let title = table::find(&r.code).unwrap().title;
        assert!(title.contains(&r.region) || r.region == "unstated", "{}: {title}", r.code);
    }
    report("data are wrong", &problems);
}

#[test]
fn titles_that_the_tabular_was_not_read_for_say_so() {
    let unread: Vec<&str> = table::all().filter(|c| c.year == "unread").map(|c| c.code).collect();
    assert_eq!(unread.len(), 15);
    assert!(unread.iter().all(|c| !table::mark("unread").starts_with("verified") && !c.starts_with("M53")));
}

/// Notes of every kind, with their codes and dates.
const NOTES: &[(&str, &[&str], Option<&str>)] = &[
    (
        "HPI: Low back pain for 8 months. No injury.\nASSESSMENT: Lumbar facet syndrome at L4-L5.",
        &["M53.86", "M54.50", "S39.012A", "M51.36"],
        Some("2026-03-02"),
    ),
    (
        "HPI: Stiff low back for a year.\nASSESSMENT: Rigid lumbar spine at L3-L4.",
        &["M53.86", "M46.46", "S33.5XX"],
        Some("2026-11-02"),
    ),
    ("ASSESSMENT: Lumbar spinal stenosis at L4-L5. Lumbar radiculopathy.", &["M54.16", "M47.26"], None),
    ("HPI: Twisted his back lifting a box at work yesterday.\nASSESSMENT: Acute lumbar strain.", &[], None),
    ("HPI: Low back pain for 3 weeks.\nASSESSMENT: Possible lumbar facet syndrome.", &[], Some("03/04/2026")),
    ("ASSESSMENT: Low back pain.", &["M51.369", "M54.50"], None),
    ("ASSESSMENT: Posterior element instability at L5-S1.", &[], None),
    ("ASSESSMENT: Posterior element pain syndrome at L5-S1. Sacralization of L5.", &[], None),
    ("ASSESSMENT: Lumbar disc herniation at L4-L5 with radiculopathy.", &[], None),
    ("ASSESSMENT: Thoracolumbar junction syndrome, T12-L1.", &[], None),
    ("ASSESSMENT: Sore throat.", &["J02.9", "M51.36"], None),
    ("", &["\u{1b}[31m", "M53.86"], None),
];

#[test]
fn every_statement_has_a_source() {
    for (text, codes, date) in NOTES {
        let mut note = Note::new("n", *text);
        note.meta.codes = codes.iter().map(|c| (*c).to_owned()).collect();
        note.meta.date = date.map(str::to_owned);
        let coding = ENGINE.check(&note, CheckOptions::default()).coding;
        for r in coding.reasons.iter().chain(&coding.excludes) {
            assert!(
                !r.source.trim().is_empty() && r.text.ends_with(['.', ')', '-'])
                    || r.text.starts_with("Index path"),
                "{r:?}"
            );
        }
        for a in &coding.alternatives {
            // the source stands in brackets at the end
            assert!(a.when.ends_with(')') && table::below(&a.code).next().is_some(), "{a:?}");
        }
        let codes: BTreeSet<&str> = coding.alternatives.iter().map(|a| a.code.as_str()).collect();
        assert_eq!(codes.len(), coding.alternatives.len());
        assert!(coding.suggested.is_none_or(|s| !codes.contains(s.as_str())));
    }
}

#[test]
fn the_common_opinion_and_the_official_index_stand_side_by_side() {
    for (text, code, official) in [
        ("ASSESSMENT: Lumbar facet syndrome at L4-L5.", "M47.896", "Syndrome > facet: M47.89-"),
        (
            "ASSESSMENT: Posterior element instability at L4-L5.",
            "M53.2X6",
            "Instability > joint > spine: M53.2-",
        ),
        (
            "ASSESSMENT: Interspinous ligament syndrome at L4-L5.",
            "M48.8X6",
            "see Spondylopathy, specified NEC (M48.8-)",
        ),
    ] {
        let coding = check(text, &[]).coding;
        assert_eq!(coding.suggested.as_deref(), Some(code), "{text}");
        let said = reasons(&coding);
        assert!(
            said.contains("Often said, not official: ") && said.contains("The official code set decides."),
            "{said}"
        );
        assert!(said.contains(official), "{said}");
    }
}

#[test]
fn regions_injuries_and_doubt() {
    let rows = [
        (
            "ASSESSMENT: Rigid lumbar spine at L3-L4.",
            "M53.86",
            "The documented levels lie within L1 to L5: M53.86",
        ),
        ("ASSESSMENT: Rigid spine at L5-S1.", "M53.87", "the lumbosacral code M53.87"),
        (
            "ASSESSMENT: Thoracolumbar junction syndrome at T12-L1.",
            "M53.85",
            "M53.85 is the code of this family",
        ),
        (
            "ASSESSMENT: Rigid lumbar spine at L4-L5 and L5-S1.",
            "M53.87",
            "conventions differ (M53.87, or both codes): review.",
        ),
        (
            "ASSESSMENT: Posterior element pain syndrome at L4-L5. Sacralization of L5.",
            "M53.86",
            "A transitional vertebra is documented",
        ),
        (
            "HPI: Lifted a box at work yesterday and felt a pop.\nASSESSMENT: Acute lumbar strain.",
            "S39.012",
            "7th characters of S39.012-: A = initial encounter; D = subsequent encounter; S = sequela.",
        ),
        (
            "HPI: Fell from a ladder in 2015. Stiff back since.\nASSESSMENT: Rigid lumbar spine at L3-L4.",
            "M53.86",
            "the residual is coded first and the injury code with 7th character S second",
        ),
        (
            "HPI: Denies any injury or trauma.\nASSESSMENT: Rigid lumbar spine at L3-L4.",
            "M53.86",
            "An injury is denied: no S-code",
        ),
        (
            "HPI: Low back pain for 3 weeks.\nASSESSMENT: Possible lumbar facet syndrome.",
            "M54.50",
            "An uncertain diagnosis is not coded in an outpatient note; the symptom is, here M54.50.",
        ),
    ];
    let mut problems = Vec::new();
    for (text, code, said) in rows {
        let coding = check(text, &[]).coding;
        let all = reasons(&coding);
        if coding.suggested.as_deref() != Some(code) || !all.contains(said) {
            problems.push(format!("{text}\n  {:?}, expected {code} and `{said}`:\n{all}", coding.suggested));
        }
    }
    report("notes are guided wrongly", &problems);
}

#[test]
fn alternatives_say_what_would_have_to_be_documented() {
    let rows = [
        ("ASSESSMENT: Lumbar spinal stenosis at L4-L5.", "M48.062", "neurogenic claudication"),
        ("ASSESSMENT: Lumbar disc herniation at L4-L5.", "M51.16", "radiculopathy that is due to it"),
        ("ASSESSMENT: Degenerative disc disease at L4-L5.", "M51.360", "axial low back pain only"),
        ("ASSESSMENT: Low back pain.", "M53.86", "for which the index has no code of its own"),
        ("ASSESSMENT: Low back pain.", "S39.012", "an acute strain, a current injury"),
        (
            "ASSESSMENT: Low back pain.",
            "M51.360",
            "instead of M54.50, not with it (ICD-10-CM tabular FY2027, M54.5: Excludes1; verified)",
        ),
        (
            "ASSESSMENT: Lumbar disc herniation at L4-L5. Lumbar radiculopathy.",
            "M51.26",
            "the disc displacement is documented without radiculopathy",
        ),
        ("ASSESSMENT: Lumbar spondylolysis at L4-L5.", "M43.16", "the lysis is then not coded beside it"),
    ];
    for (text, code, when) in rows {
        let coding = check(text, &[]).coding;
        let found = coding.alternatives.iter().find(|a| a.code == code);
        assert!(found.is_some_and(|a| a.when.contains(when)), "{text}: {code}: {:#?}", coding.alternatives);
    }
}

#[test]
fn a_condition_that_the_suggested_code_excludes_is_no_alternative() {
    // note, suggested code, excluded code, where the note stands
    let rows = [
        ("ASSESSMENT: Lumbar spondylosis with right L5 radiculopathy.", "M47.26", "M54.16", "M54.1"),
        ("ASSESSMENT: Lumbar disc herniation at L4-L5. Lumbar radiculopathy.", "M51.16", "M54.16", "M51.1"),
        ("HPI: Low back pain.\nASSESSMENT: L5 pars defect, 6 mm slip.", "M43.16", "M43.06", "M43.0"),
    ];
    for (text, code, excluded, place) in rows {
        let coding = check(text, &[]).coding;
        assert_eq!(coding.suggested.as_deref(), Some(code), "{text}");
        assert!(coding.alternatives.iter().all(|a| a.code != excluded), "{text}: {:#?}", coding.alternatives);
        let said = coding.reasons.iter().find(|r| r.text.contains(&format!("({excluded})")));
        let said = said.unwrap_or_else(|| panic!("{text}: {:#?}", coding.reasons));
        assert!(said.text.ends_with(&format!("is never coded together with {code}.")), "{}", said.text);
        assert!(said.source.contains(&format!("{place}: Excludes1")), "{}", said.source);
    }
    // what a code does not exclude stays an alternative
    let coding = check("ASSESSMENT: Lumbar spondylosis. Lumbar spinal stenosis.", &[]).coding;
    assert!(coding.alternatives.iter().any(|a| a.code.starts_with("M4")), "{:#?}", coding.alternatives);
}

#[test]
fn chronic_pain_has_its_rule_where_it_is_documented() {
    let about = |text: &str| -> String {
        let reasons = check(text, &[]).coding.reasons.into_iter();
        reasons.filter(|r| r.text.contains("G89.2")).map(|r| format!("{} [{}]\n", r.text, r.source)).collect()
    };
    let said = about("Assessment: chronic LBP.");
    assert!(
        said.contains("(\"chronic LBP\") without a definitive diagnosis: G89.29 may be added to M54.50"),
        "{said}"
    );
    assert!(said.contains("Order: M54.50 first and G89.29 second"), "{said}");
    assert!(said.contains("I.C.6.b (verified)"), "{said}");
    let said = about("HPI: Chronic low back pain.\nASSESSMENT: Lumbar spondylosis at L4-L5.");
    assert!(said.contains("with a definitive diagnosis: G89.2- is not added to M47.816, unless"), "{said}");
    for text in [
        // no time makes pain chronic, the provider's word does
        "HPI: Low back pain for 5 years.\nASSESSMENT: Low back pain.",
        "HPI: Low back pain. No chronic low back pain.\nASSESSMENT: Low back pain.",
        "HPI: Low back pain. Chronic kidney disease.\nASSESSMENT: Low back pain.",
        "ASSESSMENT: Chronic neck pain.",
    ] {
        assert_eq!(about(text), "", "{text}");
    }
}

#[test]
fn a_problem_at_the_sacrum_alone_keeps_the_values_of_the_report() {
    // note, region in the report, code
    let rows = [
        ("ASSESSMENT: Other specified dorsopathy of the sacral region.", "unstated", "M53.88"),
        ("ASSESSMENT: Posterior element syndrome at S2-S3.", "lumbosacral", "M53.88"),
        ("ASSESSMENT: Posterior element syndrome at L5-S1.", "lumbosacral", "M53.87"),
        ("ASSESSMENT: Posterior element syndrome at L3-L4.", "lumbar", "M53.86"),
        ("ASSESSMENT: Coccydynia.", "unstated", "M53.3"),
        ("ASSESSMENT: Coccydynia. Rigid lumbar spine.", "lumbar", "M53.86"),
        ("ASSESSMENT: Pain in back.", "unstated", "M54.9"),
    ];
    for (text, region, code) in rows {
        let report = check(text, &[]);
        let found = (report.summary.region.as_str(), report.coding.suggested.as_deref());
        assert_eq!(found, (region, Some(code)), "{text}");
    }
}

#[test]
fn the_procedure_counts_where_a_procedure_came() {
    let mut note = Note::new("n", "HPI: Low back pain.\nASSESSMENT: Rigid lumbar spine at L3-L4.");
    let plain = ENGINE.check(&note, CheckOptions::default());
    note.meta.procedures = vec!["64493".to_owned()];
    let with = ENGINE.check(&note, CheckOptions::default());
    let weight = |r: &Report| r.elements.iter().find(|e| e.id == "procedure").map(|e| e.weight);
    assert_eq!((weight(&plain), weight(&with)), (Some(0), Some(10)));
    assert!(with.score < plain.score, "{} and {}", with.score, plain.score);
    let element = ENGINE.checklist().elements.iter().find(|e| e.id.as_str() == "procedure");
    assert!(element.is_some_and(|e| e.weight_reason.contains("only where a procedure")));
}

#[test]
fn billed_codes() {
    let facet = "ASSESSMENT: Lumbar facet syndrome at L4-L5.";
    let rigid = "ASSESSMENT: Rigid lumbar spine at L3-L4.";
    let with = |text: &str, codes: &[&str]| check(text, codes).coding;

    let coding = with(facet, &["m5386", "S39.012A", "M54.50"]);
    let excludes: Vec<&str> = coding.excludes.iter().map(|r| r.text.as_str()).collect();
    assert_eq!(excludes.len(), 2, "{excludes:?}");
    assert!(excludes[0].starts_with("M53.86 and S39.012A are both billed; M50-M54 excludes"), "{excludes:?}");
    assert!(coding.excludes[0].source.contains("a reading of it"));
    assert!(excludes[1].starts_with("S39.012A and M54.50 are both billed"), "{excludes:?}");
    assert!(reasons(&coding).contains("M53.86 is billed; the documentation points to M47.896."));

    let said = reasons(&with(rigid, &["M51.36", "S33.5XX", "Z99.99", "facet"]));
    assert!(said.contains("M51.36 is not billable by itself; the codes below it are: M51.360"), "{said}");
    assert!(said.contains("S33.5XX lacks its 7th character: S33.5XXA, S33.5XXD, S33.5XXS."), "{said}");
    assert!(!said.contains("Z99.99") && !said.contains("facet"), "{said}");

    assert_eq!(with(rigid, &["M53.86"]).m53_86, "supported");
    let coding = with(rigid, &["M53.86", "M46.46"]);
    assert_eq!((coding.m53_86.as_str(), coding.excludes.len()), ("not-supported", 1));
    // the conflict of two other codes says nothing about M53.86
    assert_eq!(with(rigid, &["M43.06", "M43.16"]).m53_86, "supported");
    assert_eq!(with("Sore throat.", &["M54.16", "M51.16"]).excludes.len(), 1);
    let coding = with("ASSESSMENT: Low back pain.", &["M51.369", "M54.50"]);
    assert!(coding.excludes[0].text.contains("without mention of low back or leg pain"));
}

#[test]
fn a_condition_that_bars_m53_86() {
    let coding =
        check("ASSESSMENT: Rigid lumbar spine at L3-L4. Discitis at L3-L4.", &["M53.86", "M46.46"]).coding;
    assert_eq!(coding.m53_86, "not-supported");
    assert!(!coding.excludes.is_empty());
}

#[test]
fn the_day_of_the_note() {
    let dated = |date: &str| {
        let mut note = Note::new("n", "ASSESSMENT: Rigid lumbar spine at L3-L4.");
        note.meta.date = Some(date.to_owned());
        let report = ENGINE.check(&note, CheckOptions::default());
        assert_eq!(report.provenance.code_set, "FY2027");
        reasons(&report.coding)
    };
    assert!(dated("2026-09-30").contains("The note is dated 2026-09-30; the codes here are those of FY2027"));
    assert!(dated("2027-10-01").contains("in force from 2026-10-01 to 2027-09-30"));
    assert!(
        !dated("2026-10-01").contains("FY2027, in force from")
            && !dated("2027-09-30T08:00").contains("dated")
    );
    let unreadable = dated("May 5\u{1b}");
    assert!(unreadable.contains("not of the form 2026-10-01") && !unreadable.contains("May"));
}

#[test]
fn a_code_year_without_tables() {
    let load = |year: &str| {
        Engine::load(&EngineOptions { code_year: Some(year.into()), ..EngineOptions::default() })
    };
    assert!(load("2027").is_ok());
    let error = load("FY2026").err().unwrap().to_string();
    assert_eq!(error, "there are no code tables for `FY2026`; there are tables for FY2027");
}

fn policy(text: &str) -> Result<Engine, String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("house.toml");
    std::fs::write(&path, text).unwrap();
    let options = EngineOptions { policy: Some(path), ..EngineOptions::default() };
    Engine::load(&options).map_err(|e| e.to_string().replace(&dir.path().display().to_string(), ""))
}

const HOUSE: &str = r#"
date = "2026-10-05"

[[accept]]
condition = "facet-syndrome"
accepted = "M53.86"
reason = "Agreed with the contractor for this practice."
who = "coding board"
date = "2026-10-01"

[[accept]]
code = "M99.6"
accepted = "M48.061"
reason = "Foraminal stenosis is coded as stenosis here."
who = "coding board"
date = "2026-10-01"
"#;

#[test]
fn a_house_policy_is_followed_and_named() {
    let engine = policy(HOUSE).unwrap();
    let check = |text: &str| engine.check(&Note::new("n", text), CheckOptions::default());
    let coding = check("ASSESSMENT: Lumbar facet syndrome at L4-L5.").coding;
    assert_eq!((coding.suggested.as_deref(), coding.m53_86.as_str()), (Some("M53.86"), "supported"));
    let told = coding.reasons.iter().find(|r| r.text.starts_with("House policy")).unwrap();
    assert_eq!(
        told.text,
        "House policy accepts M53.86 for it; the official code is M47.896. Reason: Agreed with the contractor for this \
         practice. Decided by coding board on 2026-10-01."
    );
    assert_eq!(told.source, "house policy house.toml, 2026-10-05 (not an official source)");
    assert!(coding.alternatives.iter().any(|a| a.code == "M47.896"));
    // the region still decides within M53.8-
    let report = check("ASSESSMENT: Lumbar facet syndrome at L5-S1.");
    assert_eq!(report.coding.suggested.as_deref(), Some("M53.87"));
    // an injury still bars the code
    let report = check("HPI: Fell off a ladder yesterday.\nASSESSMENT: Lumbar facet syndrome at L4-L5.");
    assert_eq!(report.coding.m53_86, "not-supported");
    let coding = check("ASSESSMENT: Foraminal stenosis at L4-L5.").coding;
    assert_eq!(coding.suggested.as_deref(), Some("M48.061"));
    assert_ne!(check("ASSESSMENT: Foraminal stenosis at L4-L5.").outcome, NoteOutcome::Supported);
    // a suspected condition is accepted for nothing
    let coding = check("HPI: Low back pain for 3 weeks.\nASSESSMENT: Possible lumbar facet syndrome.").coding;
    assert_eq!(coding.suggested.as_deref(), Some("M54.50"));
}

#[test]
fn a_wrong_policy_is_refused() {
    for (from, to, message) in [
        ("\"facet-syndrome\"", "\"facet-sindrome\"", "entry 1: `facet-sindrome` is no condition"),
        ("\"M53.86\"", "\"M53.8\"", "entry 1: `M53.8` is not a billable code"),
        ("\"M99.6\"", "\"X99\"", "entry 2: unknown code X99; the tables have no code of that category"),
        ("code = \"M99.6\"", "", "entry 2: give either a condition or a code"),
        ("\"coding board\"", "\" \"", "entry 1: say why and who"),
        ("\"2026-10-05\"", "\"5 October\"", "a date has the form 2026-10-01"),
        ("who =", "whom =", "unknown field `whom`"),
    ] {
        let error = policy(&HOUSE.replacen(from, to, 1)).err().unwrap_or_default();
        assert!(error.contains(message), "{to}: {error}");
        let line =
            error.split_once("house.toml:").and_then(|(_, rest)| rest.split(':').next()?.parse::<u32>().ok());
        assert!(line.is_some(), "names no line: {error}");
    }
}
