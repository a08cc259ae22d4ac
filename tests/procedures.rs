//! Procedures: the examples of the data, small notes held against one element, places, errors, and what is never said.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may"
)]

mod support;

use chartgap::check::{CheckOptions, Engine, EngineOptions};
use chartgap::note::Note;
use chartgap::procedure::Procedures;
use chartgap::report::v1::{ElementReport, Report, Verdict};
use std::collections::BTreeSet;
use support::{ENGINE, report};

fn check(engine: &Engine, text: &str, cpts: &[&str]) -> Report {
    let mut note = Note::new("note", text);
    note.meta.procedures = cpts.iter().map(|c| (*c).to_owned()).collect();
    engine.check(&note, CheckOptions::default())
}

fn element(text: &str, cpt: &str, id: &str) -> ElementReport {
    let report = check(&ENGINE, text, &[cpt]);
    let found = report.procedures[0].elements.iter().find(|e| e.id == id);
    found.unwrap_or_else(|| panic!("{cpt} has no element {id}")).clone()
}

#[test]
fn every_example_gets_its_verdict() {
    let mut problems = Vec::new();
    let mut examples = 0;
    let procedures = ENGINE.procedures();
    for e in procedures.elements() {
        let asking = procedures.all().iter().find(|p| procedures.elements_of(p).any(|x| x.id == e.id));
        let cpt = asking.expect("a procedure").cpt[0].as_str();
        for (i, example) in e.examples.iter().enumerate() {
            examples += 1;
            let given = element(&example.text, cpt, &e.id);
            if given.verdict != example.verdict {
                let evidence: Vec<&str> = given.evidence.iter().map(|e| e.text.as_str()).collect();
                problems.push(format!(
                    "{} {} ({cpt}): is {:?}, given {:?} {evidence:?}\n    {}",
                    e.id,
                    i + 1,
                    example.verdict,
                    given.verdict,
                    example.text.replace('\n', " / ")
                ));
            }
        }
    }
    println!("{examples} examples");
    report("examples get another verdict", &problems);
}

#[test]
fn the_lexicon_has_every_group_and_concept() {
    let lexicon = &ENGINE.reader().lexicon;
    let groups: BTreeSet<&str> = lexicon.concepts().filter_map(|(_, c)| c.group.as_deref()).collect();
    let concepts: BTreeSet<&str> = lexicon.concepts().map(|(_, c)| c.id.as_str()).collect();
    let (named, ids) = ENGINE.procedures().names();
    let unknown: Vec<String> = named
        .into_iter()
        .filter(|g| !groups.contains(g))
        .chain(ids.into_iter().filter(|c| !concepts.contains(c)))
        .map(str::to_owned)
        .collect();
    report("names are not in the lexicon", &unknown);
}

/// Small notes: text, CPT, element, verdict.
const CASES: &[(&str, &str, &str, Verdict)] = {
    use Verdict::*;
    &[
        // duration
        ("HPI: Low back pain since 2019.\nASSESSMENT: Facet syndrome.", "64493", "pain-3-months", Met),
        (
            "HPI: Low back pain. Physical therapy for 12 months.\nASSESSMENT: Facet syndrome.",
            "64493",
            "pain-3-months",
            Missing,
        ),
        // pain scores and what looks like one
        (
            "HPI: Low back pain rated 6 out of 10 for a year.\nASSESSMENT: Facet syndrome.",
            "64493",
            "pain-or-function-scale",
            Met,
        ),
        (
            "HPI: Low back pain, NRS 5-8/10.\nASSESSMENT: Facet syndrome.",
            "64493",
            "pain-or-function-scale",
            Met,
        ),
        (
            "HPI: Low back pain, VAS 68 mm.\nASSESSMENT: Facet syndrome.",
            "64493",
            "pain-or-function-scale",
            Met,
        ),
        (
            "HPI: Low back pain since 7/10/2024.\nASSESSMENT: Facet syndrome.",
            "64493",
            "pain-or-function-scale",
            Missing,
        ),
        (
            "HPI: Low back pain. Strength is 5/5 in both legs.\nASSESSMENT: Facet syndrome.",
            "64493",
            "pain-or-function-scale",
            Missing,
        ),
        (
            "HPI: Low back pain.\nASSESSMENT: L2 compression fracture. Pain 4/10.",
            "22513",
            "pain-score-5",
            Contradicted,
        ),
        // care
        (
            "HPI: Low back pain. Injections at L4-5 without relief.\nASSESSMENT: Facet syndrome.",
            "64493",
            "failed-care",
            Missing,
        ),
        (
            "HPI: Low back pain for 8 months. Tried naproxen without relief for 2 weeks.\nASSESSMENT: SI joint pain.",
            "27096",
            "failed-care-4-weeks",
            Partial,
        ),
        (
            "HPI: Low back pain for 8 months. Six weeks of physical therapy gave no relief.\nASSESSMENT: SI joint pain.",
            "27096",
            "failed-care-4-weeks",
            Met,
        ),
        // diagnosis and procedure
        (
            "HPI: Axial low back pain.\nASSESSMENT: Chronic low back pain.",
            "62323",
            "radicular-condition",
            Contradicted,
        ),
        (
            "HPI: Leg pain.\nASSESSMENT: L4-5 stenosis with neurogenic claudication.",
            "62323",
            "radicular-condition",
            Met,
        ),
        (
            "HPI: Low back pain.\nASSESSMENT: Lumbar interspinous bursitis.",
            "64493",
            "facet-pain",
            Contradicted,
        ),
        (
            "HPI: Low back pain.\nASSESSMENT: Right L5 radiculopathy, facet arthropathy.",
            "64635",
            "no-radiculopathy",
            Contradicted,
        ),
        (
            "HPI: Low back pain.\nASSESSMENT: Facet arthropathy.\nROS: Denies sciatica.",
            "64635",
            "no-radiculopathy",
            Met,
        ),
        // levels, side, guidance
        (
            "HPI: Low back pain.\nASSESSMENT: Facet syndrome.\nPLAN: Bilateral L3, L4, L5 medial branch blocks.",
            "64493",
            "facet-levels",
            Met,
        ),
        (
            "HPI: Low back pain.\nASSESSMENT: Facet syndrome.\nPLAN: Bilateral L3, L4, L5 medial branch blocks.",
            "64493",
            "procedure-side",
            Met,
        ),
        (
            "HPI: Low back pain.\nASSESSMENT: Facet syndrome.\nPROCEDURE: The C-arm was brought in. L4-5 facet injection.",
            "64493",
            "image-guidance",
            Met,
        ),
        // relief
        (
            "HPI: Low back pain. MBB x2 with >80% relief.\nASSESSMENT: Facet syndrome.",
            "64635",
            "two-blocks",
            Met,
        ),
        (
            "HPI: Low back pain. Medial branch blocks on 3/2/26 and 4/6/26 with 85% and 90% pain relief.\nASSESSMENT: Facet syndrome.",
            "64635",
            "two-blocks",
            Met,
        ),
        (
            "HPI: Low back pain.\nASSESSMENT: Facet syndrome.\nPLAN: Medial branch block. If 80% relief, radiofrequency ablation.",
            "64635",
            "two-blocks",
            Missing,
        ),
        (
            "HPI: Low back pain. Epidural steroid injection gave 90% relief.\nASSESSMENT: Facet syndrome.",
            "64635",
            "two-blocks",
            Missing,
        ),
        (
            "HPI: Low back pain. Medial branch block in May. The injection gave 90% relief.\nASSESSMENT: Facet syndrome.",
            "64493",
            "facet-prior-relief",
            Met,
        ),
        // words
        (
            "HPI: Low back pain. Heart rate 60.\nASSESSMENT: Facet syndrome.",
            "64493",
            "pain-or-function-scale",
            Missing,
        ),
        (
            "HPI: Low back pain. MRI of the lumbar spine with contrast.\nASSESSMENT: Radiculopathy.",
            "62323",
            "contrast-guidance",
            Missing,
        ),
        (
            "HPI: Low back pain. He can walk for 20 minutes.\nASSESSMENT: Low back pain.",
            "97110",
            "treatment-minutes",
            Missing,
        ),
        (
            "HPI: Low back pain.\nEXAM: FABER, Gaenslen and thigh thrust are negative.\nASSESSMENT: SI joint pain.",
            "27096",
            "provocation-tests",
            Contradicted,
        ),
        (
            "HPI: Low back pain.\nASSESSMENT: Stenosis at L4-5.\nPLAN: Enrolled in a clinical study.",
            "0275T",
            "study-enrolment",
            Met,
        ),
    ]
};

#[test]
fn small_notes() {
    let mut problems = Vec::new();
    for (text, cpt, id, verdict) in CASES {
        let given = element(text, cpt, id);
        if given.verdict != *verdict {
            let evidence: Vec<&str> = given.evidence.iter().map(|e| e.text.as_str()).collect();
            problems.push(format!(
                "{id}: is {verdict:?}, given {:?} {evidence:?}\n    {}",
                given.verdict,
                text.replace('\n', " / ")
            ));
        }
    }
    report("notes get another verdict", &problems);
}

const FACET: &str = "HPI: Low back pain for 14 months.\nASSESSMENT: Lumbar facet syndrome at L4-5.";

#[test]
fn every_group_answers_for_its_codes() {
    let procedures = ENGINE.procedures();
    let codes: Vec<&str> = procedures.all().iter().flat_map(|p| &p.cpt).map(String::as_str).collect();
    assert_eq!(codes.len(), codes.iter().collect::<BTreeSet<_>>().len());
    for cpt in codes {
        let report = check(&ENGINE, FACET, &[cpt]);
        let [one] = report.procedures.as_slice() else { panic!("{cpt}") };
        assert_eq!(one.cpt, cpt);
        for e in &one.elements {
            assert_eq!((e.weight, e.credit), (0, 0.0), "{cpt} {}", e.id);
            assert!(!e.sources.is_empty(), "{cpt} {}", e.id);
            let open = !matches!(e.verdict, Verdict::Met | Verdict::NotApplicable);
            assert_eq!(e.gap.is_some(), open, "{cpt} {}", e.id);
        }
        // never a word about what is covered but that it is not verified
        let policy = one.elements.last().unwrap();
        assert_eq!((policy.id.as_str(), policy.verdict), ("policy", Verdict::Unclear));
        let gap = &policy.gap.as_ref().unwrap().message;
        assert!(gap.starts_with("Whether M53.86 is on the covered list is not verified"), "{gap}");
    }
}

#[test]
fn the_other_elements_and_the_code_stay_as_they_are() {
    let (with, without) = (check(&ENGINE, FACET, &["64493"]), check(&ENGINE, FACET, &[]));
    assert!(without.procedures.is_empty());
    assert_eq!(with.coding, without.coding);
    let of = |r: &Report| r.elements.iter().filter(|e| e.id != "procedure").cloned().collect::<Vec<_>>();
    assert_eq!(of(&with), of(&without));
}

#[test]
fn codes_are_read_with_modifier_and_once() {
    let report = check(&ENGINE, FACET, &["64493-50", " 64493", "0275t", ""]);
    let cpts: Vec<&str> = report.procedures.iter().map(|p| p.cpt.as_str()).collect();
    assert_eq!(cpts, ["64493", "0275T"]);
}

#[test]
fn a_code_without_policy_is_unclear() {
    let report = check(&ENGINE, FACET, &["99213"]);
    let [e] = report.procedures[0].elements.as_slice() else { panic!("one element") };
    assert_eq!((e.id.as_str(), e.verdict), ("unknown-procedure", Verdict::Unclear));
    assert!(e.gap.as_ref().unwrap().message.starts_with("No policy for this procedure is known here"));
}

#[test]
fn a_note_about_something_else_is_asked_nothing() {
    let report = check(&ENGINE, "HPI: Knee pain for 2 years.\nASSESSMENT: Gonarthrosis.", &["97110"]);
    let elements = &report.procedures[0].elements;
    assert!(elements.iter().all(|e| e.id == "policy" || e.verdict == Verdict::NotApplicable));
}

#[test]
fn a_place_keeps_its_own_policies() {
    let engine = || Engine::load(&EngineOptions::default()).unwrap();
    let policies = |engine: &Engine, cpt: &str| {
        let report = check(engine, FACET, &[cpt]);
        let e = report.procedures[0].elements.last().unwrap().clone();
        (e.sources.join("\n"), e.gap.unwrap().message)
    };
    let (all, message) = policies(&ENGINE, "64493");
    assert!(all.contains("LCD L38773 (CGS") && all.contains("LCD L34892 (Novitas"), "{all}");
    assert!(message.contains("A58364 (CGS") && message.contains("A56670 (Novitas"), "{message}");

    let cgs = engine();
    let place = cgs.procedures().mac("CGS").unwrap();
    assert_eq!(cgs.procedures().state("oh").unwrap().to_string(), "CGS Administrators, LLC (OH)");
    let cgs = cgs.with_place(place);
    let (mine, message) = policies(&cgs, "64493");
    assert!(mine.contains("L38773") && !mine.contains("L34892") && mine.contains("August 2025"), "{mine}");
    assert_eq!(
        message,
        "Whether M53.86 is on the covered list is not verified: check article A58364 (CGS Administrators, LLC)."
    );
    // a national policy is everybody's; CGS has none of its own on the studies that it asks for
    assert!(policies(&cgs, "0275T").0.contains("NCD 150.13"));
    assert!(policies(&cgs, "72148").1.contains("no policy of CGS Administrators, LLC for this procedure"));

    let both = ENGINE.procedures().state("VA").unwrap().to_string();
    assert_eq!(both, "Novitas Solutions, Inc. or Palmetto GBA (VA)");
    assert!(ENGINE.procedures().mac("acme").unwrap_err().to_string().contains("known are cgs, first-coast"));
    assert!(ENGINE.procedures().state("ZZ").unwrap_err().to_string().contains("no Medicare contractor"));
}

#[test]
fn a_coder_can_move_a_threshold() {
    let text = include_str!("../checklists/procedures.toml");
    let edited = text.replacen("min-days = 84", "min-days = 730", 1);
    let engine =
        Engine::load(&EngineOptions::default()).unwrap().with_procedures("mine.toml", &edited).unwrap();
    let verdict = |engine: &Engine| {
        let report = check(engine, FACET, &["64493"]);
        report.procedures[0].elements.iter().find(|e| e.id == "pain-3-months").unwrap().verdict
    };
    assert_eq!((verdict(&ENGINE), verdict(&engine)), (Verdict::Met, Verdict::Partial));
}

#[test]
fn errors_name_file_line_and_what_would_be_right() {
    let text = include_str!("../checklists/procedures.toml");
    let spelling = &ENGINE.reader().lexicon.spelling;
    let line = |part: &str| text[..text.find(part).unwrap()].lines().count();
    for (part, edited, message, at) in [
        ("min-percent = 80", "min-percent = 800", "a percentage goes from 0 to 100", None),
        ("kind = \"duration\"", "kind = \"during\"", "unknown variant `during`", None),
        ("failed = true", "fails = true", "unknown field `fails`", None),
        ("\"64493\"", "\"6449\"", "`6449` has not the form of a procedure code", None),
        ("\"64493\"", "\"64635\"", "`64635` stands twice", None),
        ("\"facet-pain\",", "\"facet-pains\",", "there is no element `facet-pains`", None),
        ("policies = \"facet\"", "policies = \"facets\"", "there is no list of policies `facets`", None),
        ("mac = \"cgs\"", "mac = \"cgsa\"", "there is no contractor `cgsa`", None),
        ("ask = \"How long", "ask = \"Please document that for 64493", "names a code", None),
        ("as-of = ", "asof = ", "unknown field `asof`", Some(line("as-of = ") + 1)),
    ] {
        let error = Procedures::from_toml("mine.toml", &text.replacen(part, edited, 1), spelling).err();
        let error = error.unwrap_or_else(|| panic!("{edited} is accepted"));
        assert!(error.to_string().contains(message), "{error}");
        assert!(error.to_string().starts_with(&format!("mine.toml:{}: ", error.line)), "{error}");
        assert!(error.line > 1, "{error}");
        assert!(at.is_none_or(|at| at == error.line), "{error}");
    }
}

#[test]
fn codes_and_elements_are_explained() {
    let code = ENGINE.explain("64493").unwrap();
    assert!(code.title.starts_with("facet-block"), "{}", code.title);
    assert!(code.body.iter().any(|(h, t)| h == "Beware" && t.contains("not verified")));
    assert!(ENGINE.explain("two-blocks").unwrap().body.iter().any(|(_, t)| t.contains("64635")));
    let mut topics = ENGINE.topics();
    topics.sort();
    let twice: Vec<String> = topics.windows(2).filter(|w| w[0] == w[1]).map(|w| w[0].clone()).collect();
    // the name of a checklist element and of a concept
    let twice: Vec<String> =
        twice.into_iter().filter(|t| t != "conservative-care" && t != "physical-therapy").collect();
    report("topics stand twice", &twice);
}

#[cfg(feature = "cli")]
#[test]
fn the_command_takes_codes_and_places() {
    use assert_cmd::Command;
    let run = |args: &[&str]| {
        let mut command = Command::cargo_bin("chartgap").unwrap();
        command.args(["check", "-", "--from", "text"]).args(args).write_stdin(FACET).output().unwrap()
    };
    let words =
        |bytes: &[u8]| String::from_utf8_lossy(bytes).split_whitespace().collect::<Vec<_>>().join(" ");
    let done = run(&["--cpt", "64493", "--cpt", "72148-26", "--mac", "cgs", "--ascii"]);
    let text = words(&done.stdout);
    assert_eq!(done.status.code(), Some(1), "{}", words(&done.stderr));
    for part in ["procedure 64493", "procedure 72148", "Image guidance missing", "check article A58364"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(!text.contains("L34892"), "{text}");
    for (args, message) in [
        (&["--cpt", "64493", "--mac", "acme"][..], "known are cgs"),
        (&["--cpt", "64493", "--state", "ZZ"], "no Medicare contractor is known here for `ZZ`"),
        (&["--procedures", "/no/such/file.toml"], "/no/such/file.toml"),
    ] {
        let done = run(args);
        assert_eq!(done.status.code(), Some(2), "{args:?}");
        assert!(words(&done.stderr).contains(message), "{}", words(&done.stderr));
    }
}
