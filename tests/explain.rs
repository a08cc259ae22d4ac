//! `explain`: what is told of codes, families, conditions and common questions, word by word.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

mod support;

use assert_cmd::cargo::CommandCargoExt;
use chartgap::coding::table;
use chartgap::render::text::{TextOptions, explanation};
use std::process::Command;
use support::{ENGINE, report};

fn told(topic: &str) -> String {
    let options = TextOptions { color: false, unicode: false, width: 110 };
    explanation(&ENGINE.explain(topic).unwrap(), &options)
}

const QUESTIONS: &[&str] = &[
    "m54-50-or-m53-86",
    "when-m53-87",
    "primary-diagnosis-for-injections",
    "physical-therapy",
    "seventh-character",
    "imaging-support",
    "with-a-more-specific-code",
    "chronic-condition-indicator",
    "sibling-codes",
];

#[test]
fn every_code_and_topic_is_explained_with_its_sources() {
    let mut problems = Vec::new();
    for topic in ENGINE.topics() {
        match ENGINE.explain(&topic) {
            None => problems.push(format!("{topic}: nothing")),
            Some(e) => {
                if e.sources.is_empty() || e.body.is_empty() || e.title.is_empty() {
                    problems.push(format!("{topic}: no source or no text"));
                }
                // every source says how far it was verified
                let marked = |s: &String| s.ends_with(']') || s.ends_with("verified)");
                problems.extend(e.sources.iter().filter(|s| !marked(s)).map(|s| format!("{topic}: {s}")));
            }
        }
    }
    report("topics are not explained", &problems);
}

#[test]
fn a_code_in_any_spelling_and_its_families() {
    let title = |topic: &str| ENGINE.explain(topic).map(|e| e.title);
    for topic in ["M53.86", "m53.86", "M5386", " m5386 ", "M53.86-"] {
        assert_eq!(
            title(topic).as_deref(),
            Some("M53.86: Other specified dorsopathies, lumbar region"),
            "{topic}"
        );
    }
    for (topic, wanted) in [
        ("M53", "M53: Other and unspecified dorsopathies, not elsewhere classified (not billable by itself)"),
        ("M53.8-", "M53.8: Other specified dorsopathies (not billable by itself)"),
        ("M51.36", "M51.36: not billable by itself"),
        ("S39.012", "S39.012: Strain of muscle, fascia and tendon of lower back (7th character needed)"),
        ("S32.010", "S32.010: Wedge compression fracture of first lumbar vertebra (7th character needed)"),
    ] {
        assert_eq!(title(topic).as_deref(), Some(wanted));
    }
    assert!(title("M53.89").is_none() && title("Z99.99").is_none() && title("M5").is_none());
    // no code of the tables is without its page
    assert!(table::all().all(|c| title(c.code).is_some_and(|t| t.contains(c.title))));
}

#[test]
fn the_common_questions() {
    for id in QUESTIONS {
        assert!(ENGINE.explain(id).is_some(), "{id}");
        assert!(ENGINE.contents().iter().any(|(known, _)| known == id), "{id}");
    }
    let asked = ENGINE.explain("When M53 87").map(|e| e.title);
    assert_eq!(asked.as_deref(), Some("When is it M53.87 instead of M53.86?"));
}

fn chartgap(arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = Command::cargo_bin("chartgap").unwrap().args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_command_lists_topics_and_refuses_other_years() {
    let (status, out, _) = chartgap(&["explain", "--list"]);
    assert_eq!(status, Some(0));
    let listed: Vec<&str> = out.lines().filter_map(|l| l.split_whitespace().next()).collect();
    assert!(QUESTIONS.iter().all(|q| listed.contains(q)) && listed.contains(&"named-condition"), "{out}");
    assert_eq!(chartgap(&["explain", "M53.86", "--code-year", "fy2027"]).0, Some(0));
    for command in
        [&["explain", "M53.86", "--code-year", "FY2026"][..], &["check", "-", "--code-year", "2031"]]
    {
        let (status, out, error) = chartgap(command);
        assert_eq!((status, out.as_str()), (Some(2), ""));
        assert!(error.contains("there are tables for FY2027"), "{error}");
    }
}

#[test]
fn the_family_side_by_side() {
    insta::assert_snapshot!(told("M53.8"), @r#"
    M53.8: Other specified dorsopathies (not billable by itself)

    Siblings by region
      - M53.80 site unspecified: no site documented
      - M53.81 occipito-atlanto-axial region: occiput to C2
      - M53.82 cervical region: C2 to C7
      - M53.83 cervicothoracic region: C7-T1
      - M53.84 thoracic region: T1 to T12
      - M53.85 thoracolumbar region: T12-L1
      - M53.86 lumbar region: L1 to L5
      - M53.87 lumbosacral region: L5-S1
      - M53.88 sacral and sacrococcygeal region: sacrum and coccyx alone

    Belongs to
      - M00-M99 Diseases of the musculoskeletal system and connective tissue
      - M40-M54 Dorsopathies
      - M50-M54 Other dorsopathies
      - M53 Other and unspecified dorsopathies, not elsewhere classified

    Note
      - Use an external cause code following the code for the musculoskeletal condition, if applicable, to
        identify the cause of the musculoskeletal condition [from M00-M99]

    Excludes1 (never coded together)
      - current injury - see injury of spine by body region [from M50-M54]
      - discitis NOS (M46.4-) [from M50-M54]

    Excludes2 (not part of it; both may be coded)
      - arthropathic psoriasis (L40.5-); certain conditions originating in the perinatal period (P04-P96);
        certain infectious and parasitic diseases (A00-B99); compartment syndrome (traumatic) (T79.A-);
        complications of pregnancy, childbirth and the puerperium (O00-O9A); congenital malformations,
        deformations, and chromosomal abnormalities (Q00-Q99); endocrine, nutritional and metabolic diseases
        (E00-E88); injury, poisoning and certain other consequences of external causes (S00-T88); neoplasms
        (C00-D49); symptoms, signs and abnormal clinical and laboratory findings, not elsewhere classified
        (R00-R94) [from M00-M99]

    Confused with
      - Often said: facet syndrome is an example of M53.86. Official: the Index sends facet syndrome to M47.89-
        and facet joint syndrome to Spondylosis, M47.81-; M47 includes degeneration of facet joints.
      - Often said: posterior element instability is an example of M53.86. Official: instability is the lead
        term, and the Index sends instability of a joint of the spine to M53.2- (M53.2X6 lumbar, M53.2X7
        lumbosacral).
      - Often said: disorders of the lumbar ligaments are examples of M53.86. Official: most have codes of their
        own: hypertrophy of a ligament M24.28, disorder of an attachment M46.0-, interspinous ligament syndrome
        and ossified posterior longitudinal ligament M48.8X-.
      - Often said: a grade of facet arthropathy on imaging supports M53.86. Official: it is evidence of
        spondylosis (M47.8-), which includes degeneration of facet joints, and so speaks against M53.86.
      - Often said: stiffness of the spine is M53.8-, as in the index of ICD-10. Official: the ICD-10-CM index
        has no entry for stiffness of the spine (Stiffness, joint leads to M25.6-); only a rigid spine leads to
        M53.8-.
      - Often said: the codes of M53.8- differ by side, and M53.89 is for several sites. Official: they differ
        by region alone, 0 to 8; M53.89 does not exist, and there is no code for several sites.
      - Often said: the code set rules that L5-S1 takes M53.87. Official: the titles say lumbar and lumbosacral
        region and name no levels; L5-S1 as lumbosacral is coding convention.

    Alphabetic Index
      - Rigid, rigidity > spine: see Dorsopathy, specified NEC (M53.8-)
      - Disease > joint > spine NEC: see Dorsopathy (M53.9; M53.8- where an entity is specified)
      - Disease > spine > joint: see Dorsopathy (M53.9; M53.8- where an entity is specified)
      - Rigid spine; Stiffness > spine: M53.8 (index of ICD-10, not of ICD-10-CM)

    Sources
      - ICD-10-CM tabular FY2027: titles from M53.80 [verified]
      - ICD-10-CM tabular FY2027: titles of M53.80 to M53.88 [verified]
      - levels of each region: coding convention, not in the tabular list [not verified]
      - ICD-10-CM tabular FY2026, M00-M99: Note [verified for that year; FY2027 not read]
      - ICD-10-CM tabular FY2027, M50-M54: Excludes1 [verified]
      - ICD-10-CM tabular FY2026, M00-M99: Excludes2 [verified for that year; FY2027 not read]
      - ICD-10-CM Alphabetic Index FY2027: Syndrome, facet; Syndrome, facet joint; tabular FY2027, M47: Includes
        [verified]
      - ICD-10-CM Alphabetic Index FY2027: Instability, joint, spine [verified]
      - ICD-10-CM Alphabetic Index FY2027: Hypertrophy, ligament; Syndrome, interspinous ligament; tabular
        FY2027, M46.0 and M48.8: Inclusion terms [verified]
      - ICD-10-CM tabular FY2027, M47: Includes [verified]
      - ICD-10-CM Alphabetic Index FY2027: Stiffness, joint; Rigid, spine [verified]
      - ICD-10-CM tabular FY2027: titles of M53.86 and M53.87 [verified]
      - ICD-10-CM Alphabetic Index FY2027: Rigid, rigidity > spine [verified]
      - ICD-10-CM Alphabetic Index FY2027: Disease > joint > spine NEC [verified]
      - ICD-10-CM Alphabetic Index FY2027: Disease > spine > joint [verified]
      - index of ICD-10 (not of ICD-10-CM): Rigid spine; Stiffness > spine [not verified in the ICD-10-CM index]
    "#);
}

#[test]
fn a_sibling() {
    insta::assert_snapshot!(told("m5387"), @r#"
    M53.87: Other specified dorsopathies, lumbosacral region

    Siblings by region
      - M53.80 site unspecified: no site documented
      - M53.81 occipito-atlanto-axial region: occiput to C2
      - M53.82 cervical region: C2 to C7
      - M53.83 cervicothoracic region: C7-T1
      - M53.84 thoracic region: T1 to T12
      - M53.85 thoracolumbar region: T12-L1
      - M53.86 lumbar region: L1 to L5
      - M53.87 lumbosacral region: L5-S1 (this code)
      - M53.88 sacral and sacrococcygeal region: sacrum and coccyx alone

    Belongs to
      - M00-M99 Diseases of the musculoskeletal system and connective tissue
      - M40-M54 Dorsopathies
      - M50-M54 Other dorsopathies
      - M53 Other and unspecified dorsopathies, not elsewhere classified
      - M53.8 Other specified dorsopathies

    Note
      - Use an external cause code following the code for the musculoskeletal condition, if applicable, to
        identify the cause of the musculoskeletal condition [from M00-M99]

    Excludes1 (never coded together)
      - current injury - see injury of spine by body region [from M50-M54]
      - discitis NOS (M46.4-) [from M50-M54]

    Excludes2 (not part of it; both may be coded)
      - arthropathic psoriasis (L40.5-); certain conditions originating in the perinatal period (P04-P96);
        certain infectious and parasitic diseases (A00-B99); compartment syndrome (traumatic) (T79.A-);
        complications of pregnancy, childbirth and the puerperium (O00-O9A); congenital malformations,
        deformations, and chromosomal abnormalities (Q00-Q99); endocrine, nutritional and metabolic diseases
        (E00-E88); injury, poisoning and certain other consequences of external causes (S00-T88); neoplasms
        (C00-D49); symptoms, signs and abnormal clinical and laboratory findings, not elsewhere classified
        (R00-R94) [from M00-M99]

    7th characters
      none

    Confused with
      - Often said: facet syndrome is an example of M53.86. Official: the Index sends facet syndrome to M47.89-
        and facet joint syndrome to Spondylosis, M47.81-; M47 includes degeneration of facet joints.
      - Often said: posterior element instability is an example of M53.86. Official: instability is the lead
        term, and the Index sends instability of a joint of the spine to M53.2- (M53.2X6 lumbar, M53.2X7
        lumbosacral).
      - Often said: disorders of the lumbar ligaments are examples of M53.86. Official: most have codes of their
        own: hypertrophy of a ligament M24.28, disorder of an attachment M46.0-, interspinous ligament syndrome
        and ossified posterior longitudinal ligament M48.8X-.
      - Often said: the codes of M53.8- differ by side, and M53.89 is for several sites. Official: they differ
        by region alone, 0 to 8; M53.89 does not exist, and there is no code for several sites.
      - Often said: the code set rules that L5-S1 takes M53.87. Official: the titles say lumbar and lumbosacral
        region and name no levels; L5-S1 as lumbosacral is coding convention.

    Alphabetic Index
      - Dorsopathy > specified NEC > lumbosacral region: M53.87
      - Rigid, rigidity > spine: see Dorsopathy, specified NEC (M53.8-)
      - Disease > lumbosacral region: M53.87
      - Disease > joint > spine NEC: see Dorsopathy (M53.9; M53.8- where an entity is specified)
      - Disease > spine > joint: see Dorsopathy (M53.9; M53.8- where an entity is specified)
      - Rigid spine; Stiffness > spine: M53.8 (index of ICD-10, not of ICD-10-CM)

    Conditions that lead here
      - other specified dorsopathy (other-specified-dorsopathy)
      - rigid lumbar spine (rigid-spine)
      - disease of lumbosacral region (disease-of-lumbosacral-region)
      - disease of a joint of the spine (spinal-joint-disease)
      - posterior element syndrome (posterior-element-syndrome)
      - lumbar dorsal ramus syndrome (dorsal-ramus-syndrome)
      - third lumbar transverse process syndrome (transverse-process-syndrome)
      - spine disorder, not further named (back-problem-unspecific)

    Sources
      - ICD-10-CM tabular FY2027: title of M53.87 [verified]
      - ICD-10-CM tabular FY2027: titles of M53.80 to M53.88 [verified]
      - levels of each region: coding convention, not in the tabular list [not verified]
      - ICD-10-CM tabular FY2026, M00-M99: Note [verified for that year; FY2027 not read]
      - ICD-10-CM tabular FY2027, M50-M54: Excludes1 [verified]
      - ICD-10-CM tabular FY2026, M00-M99: Excludes2 [verified for that year; FY2027 not read]
      - ICD-10-CM tabular FY2027: no 7th character note at M53.87 or above it [verified]
      - ICD-10-CM Alphabetic Index FY2027: Syndrome, facet; Syndrome, facet joint; tabular FY2027, M47: Includes
        [verified]
      - ICD-10-CM Alphabetic Index FY2027: Instability, joint, spine [verified]
      - ICD-10-CM Alphabetic Index FY2027: Hypertrophy, ligament; Syndrome, interspinous ligament; tabular
        FY2027, M46.0 and M48.8: Inclusion terms [verified]
      - ICD-10-CM tabular FY2027: titles of M53.86 and M53.87 [verified]
      - ICD-10-CM Alphabetic Index FY2027: Dorsopathy > specified NEC > lumbosacral region [verified]
      - ICD-10-CM Alphabetic Index FY2027: Rigid, rigidity > spine [verified]
      - ICD-10-CM Alphabetic Index FY2027: Disease > lumbosacral region [verified]
      - ICD-10-CM Alphabetic Index FY2027: Disease > joint > spine NEC [verified]
      - ICD-10-CM Alphabetic Index FY2027: Disease > spine > joint [verified]
      - index of ICD-10 (not of ICD-10-CM): Rigid spine; Stiffness > spine [not verified in the ICD-10-CM index]
      - other specified dorsopathy: ICD-10-CM Index FY2027: Dorsopathy, specified NEC, lumbar region (M53.86)
        [verified]
      - rigid lumbar spine: ICD-10-CM Index FY2027: Rigid, spine (see Dorsopathy, specified NEC) [verified]
      - disease of lumbosacral region: ICD-10-CM Index FY2027: Disease, lumbosacral region (M53.87) [verified]
      - disease of a joint of the spine: ICD-10-CM Index FY2027: Disease, joint, spine NEC (see Dorsopathy)
        [verified]
      - posterior element syndrome: no index term; tabular M53.8 by guideline I.A.9.a [not verified]
      - lumbar dorsal ramus syndrome: no index term; tabular M53.8 by guideline I.A.9.a [not verified]
      - third lumbar transverse process syndrome: no index term; tabular M53.8 by guideline I.A.9.a [not
        verified]
      - spine disorder, not further named: ICD-10-CM Index FY2027: Dorsopathy (M53.9); Disease, spine (see also
        Spondylopathy, M48.9) [verified]
    "#);
}

#[test]
fn a_code_with_a_7th_character() {
    insta::assert_snapshot!(told("S39.012"), @r#"
    S39.012: Strain of muscle, fascia and tendon of lower back (7th character needed)

    Billable codes
      - S39.012A Strain of muscle, fascia and tendon of lower back, initial encounter
      - S39.012D Strain of muscle, fascia and tendon of lower back, subsequent encounter
      - S39.012S Strain of muscle, fascia and tendon of lower back, sequela

    Belongs to
      - S39 Other and unspecified injuries of abdomen, lower back, pelvis and external genitals
      - S39.0 Injury of muscle, fascia and tendon of abdomen, lower back and pelvis

    Code also
      - any associated open wound (S31.-) [from S39]

    Excludes2 (not part of it; both may be coded)
      - sprain of joints and ligaments of lumbar spine and pelvis (S33.-) [from S39]

    7th characters
      - A = initial encounter
      - D = subsequent encounter
      - S = sequela

    Confused with
      - Often said: trauma codes take A, D or S. Official: sprains, dislocations and strains do; a fracture of a
        lumbar vertebra takes A, B, D, G, K or S, a fatigue or collapse fracture A, D, G or S, an osteoporotic or
        pathological one A, D, G, K, P or S.

    Conditions that lead here
      - low back strain (back-strain)
      - strain or sprain (back understood) (strain-bare)

    Sources
      - ICD-10-CM tabular FY2026: titles from S39.012A [verified for that year; FY2027 not read]
      - ICD-10-CM tabular FY2026, S39: Code also [verified for that year; FY2027 not read]
      - ICD-10-CM tabular FY2026, S39: Excludes2 [verified for that year; FY2027 not read]
      - ICD-10-CM tabular FY2026, S39: 7th characters [verified for that year; FY2027 not read]
      - ICD-10-CM tabular FY2026: 7th characters of S32, S33, S39, M48.4, M48.5, M80 [verified]
      - low back strain: ICD-10-CM tabular FY2027: S39.012 (seventh character needed); Excludes1 at M54.5
        [verified]
      - strain or sprain (back understood): ICD-10-CM tabular FY2027: S39.012, S33.5 [verified]
    "#);
}

#[test]
fn a_code_with_excludes() {
    insta::assert_snapshot!(told("M54.16"), @r#"
    M54.16: Radiculopathy, lumbar region

    Belongs to
      - M00-M99 Diseases of the musculoskeletal system and connective tissue
      - M40-M54 Dorsopathies
      - M50-M54 Other dorsopathies
      - M54 Dorsalgia
      - M54.1 Radiculopathy

    Inclusion terms
      - Brachial neuritis or radiculitis NOS [from M54.1]
      - Lumbar neuritis or radiculitis NOS [from M54.1]
      - Lumbosacral neuritis or radiculitis NOS [from M54.1]
      - Thoracic neuritis or radiculitis NOS [from M54.1]
      - Radiculitis NOS [from M54.1]

    Note
      - Use an external cause code following the code for the musculoskeletal condition, if applicable, to
        identify the cause of the musculoskeletal condition [from M00-M99]

    Excludes1 (never coded together)
      - current injury - see injury of spine by body region [from M50-M54]
      - discitis NOS (M46.4-) [from M50-M54]
      - psychogenic dorsalgia (F45.41) [from M54]
      - neuralgia and neuritis NOS (M79.2) [from M54.1]
      - radiculopathy with cervical disc disorder (M50.1) [from M54.1]
      - radiculopathy with lumbar and other intervertebral disc disorder (M51.1-) [from M54.1]
      - radiculopathy with spondylosis (M47.2-) [from M54.1]

    Excludes2 (not part of it; both may be coded)
      - arthropathic psoriasis (L40.5-); certain conditions originating in the perinatal period (P04-P96);
        certain infectious and parasitic diseases (A00-B99); compartment syndrome (traumatic) (T79.A-);
        complications of pregnancy, childbirth and the puerperium (O00-O9A); congenital malformations,
        deformations, and chromosomal abnormalities (Q00-Q99); endocrine, nutritional and metabolic diseases
        (E00-E88); injury, poisoning and certain other consequences of external causes (S00-T88); neoplasms
        (C00-D49); symptoms, signs and abnormal clinical and laboratory findings, not elsewhere classified
        (R00-R94) [from M00-M99]

    7th characters
      none

    Siblings
      - M54.10 Radiculopathy, site unspecified
      - M54.11 Radiculopathy, occipito-atlanto-axial region
      - M54.12 Radiculopathy, cervical region
      - M54.13 Radiculopathy, cervicothoracic region
      - M54.14 Radiculopathy, thoracic region
      - M54.15 Radiculopathy, thoracolumbar region
      - M54.17 Radiculopathy, lumbosacral region
      - M54.18 Radiculopathy, sacral and sacrococcygeal region

    Confused with
      - Often said: M54.16 may be added wherever a leg hurts. Official: radiculopathy with spondylosis is M47.2-
        and with a disc disorder M51.1-; M54.1- is never billed with either.

    Alphabetic Index
      - Pain > radicular; root; spinal root: see Radiculopathy (M54.1-)

    Conditions that lead here
      - radiculopathy (radiculopathy)

    Sources
      - ICD-10-CM tabular FY2027: title of M54.16 [verified]
      - ICD-10-CM tabular FY2027, M54.1: Inclusion terms [verified]
      - ICD-10-CM tabular FY2026, M00-M99: Note [verified for that year; FY2027 not read]
      - ICD-10-CM tabular FY2027, M50-M54: Excludes1 [verified]
      - ICD-10-CM tabular FY2027, M54: Excludes1 [verified]
      - ICD-10-CM tabular FY2027, M54.1: Excludes1 [verified]
      - ICD-10-CM tabular FY2026, M00-M99: Excludes2 [verified for that year; FY2027 not read]
      - ICD-10-CM tabular FY2027: no 7th character note at M54.16 or above it [verified]
      - ICD-10-CM Alphabetic Index FY2027: Pain > radicular; root; spinal root [verified]
      - radiculopathy: ICD-10-CM Index FY2027: Pain, radicular (see Radiculopathy); tabular M54.16, M54.17 with
        Excludes1 [verified]
    "#);
}

#[test]
fn a_code_that_is_confused() {
    insta::assert_snapshot!(told("M47.896"), @r#"
    M47.896: Other spondylosis, lumbar region

    Belongs to
      - M00-M99 Diseases of the musculoskeletal system and connective tissue
      - M40-M54 Dorsopathies
      - M45-M49 Spondylopathies
      - M47 Spondylosis

    Includes
      - arthrosis or osteoarthritis of spine [from M47]
      - degeneration of facet joints [from M47]

    Note
      - Use an external cause code following the code for the musculoskeletal condition, if applicable, to
        identify the cause of the musculoskeletal condition [from M00-M99]

    Excludes2 (not part of it; both may be coded)
      - arthropathic psoriasis (L40.5-); certain conditions originating in the perinatal period (P04-P96);
        certain infectious and parasitic diseases (A00-B99); compartment syndrome (traumatic) (T79.A-);
        complications of pregnancy, childbirth and the puerperium (O00-O9A); congenital malformations,
        deformations, and chromosomal abnormalities (Q00-Q99); endocrine, nutritional and metabolic diseases
        (E00-E88); injury, poisoning and certain other consequences of external causes (S00-T88); neoplasms
        (C00-D49); symptoms, signs and abnormal clinical and laboratory findings, not elsewhere classified
        (R00-R94) [from M00-M99]

    7th characters
      none

    Siblings
      - M47.891 Other spondylosis, occipito-atlanto-axial region
      - M47.892 Other spondylosis, cervical region
      - M47.893 Other spondylosis, cervicothoracic region
      - M47.894 Other spondylosis, thoracic region
      - M47.895 Other spondylosis, thoracolumbar region
      - M47.897 Other spondylosis, lumbosacral region
      - M47.898 Other spondylosis, sacral and sacrococcygeal region
      - M47.899 Other spondylosis, site unspecified

    Confused with
      - Often said: facet syndrome is an example of M53.86. Official: the Index sends facet syndrome to M47.89-
        and facet joint syndrome to Spondylosis, M47.81-; M47 includes degeneration of facet joints.

    Alphabetic Index
      - Syndrome > facet: M47.89-
      - Hypertrophy > spondylitis: see Spondylosis (M47.-)
      - Spondylosis > specified NEC: M47.899 (by region M47.89-)

    Conditions that lead here
      - facet syndrome (facet-syndrome)

    Sources
      - ICD-10-CM tabular FY2027: title of M47.896 [verified]
      - ICD-10-CM tabular FY2027, M47: Includes [verified]
      - ICD-10-CM tabular FY2026, M00-M99: Note [verified for that year; FY2027 not read]
      - ICD-10-CM tabular FY2026, M00-M99: Excludes2 [verified for that year; FY2027 not read]
      - ICD-10-CM tabular FY2027: no 7th character note at M47.896 or above it [verified]
      - ICD-10-CM Alphabetic Index FY2027: Syndrome, facet; Syndrome, facet joint; tabular FY2027, M47: Includes
        [verified]
      - ICD-10-CM Alphabetic Index FY2027: Syndrome > facet [verified]
      - ICD-10-CM Alphabetic Index FY2027: Hypertrophy > spondylitis [verified]
      - ICD-10-CM Alphabetic Index FY2027: Spondylosis > specified NEC [verified]
      - facet syndrome: ICD-10-CM Index FY2027: Syndrome, facet (M47.89-); Syndrome, facet joint (see also
        Spondylosis) [verified]
    "#);
}

#[test]
fn a_code_that_was_not_read() {
    insta::assert_snapshot!(told("M79.606"), @r#"
    M79.606: Pain in leg, unspecified

    Belongs to
      - M00-M99 Diseases of the musculoskeletal system and connective tissue

    Note
      - Use an external cause code following the code for the musculoskeletal condition, if applicable, to
        identify the cause of the musculoskeletal condition [from M00-M99]

    Excludes2 (not part of it; both may be coded)
      - arthropathic psoriasis (L40.5-); certain conditions originating in the perinatal period (P04-P96);
        certain infectious and parasitic diseases (A00-B99); compartment syndrome (traumatic) (T79.A-);
        complications of pregnancy, childbirth and the puerperium (O00-O9A); congenital malformations,
        deformations, and chromosomal abnormalities (Q00-Q99); endocrine, nutritional and metabolic diseases
        (E00-E88); injury, poisoning and certain other consequences of external causes (S00-T88); neoplasms
        (C00-D49); symptoms, signs and abnormal clinical and laboratory findings, not elsewhere classified
        (R00-R94) [from M00-M99]

    Conditions that lead here
      - leg pain (leg-pain)

    Sources
      - ICD-10-CM, title of M79.606 from general knowledge [not read in the tabular]
      - ICD-10-CM tabular FY2026, M00-M99: Note [verified for that year; FY2027 not read]
      - ICD-10-CM tabular FY2026, M00-M99: Excludes2 [verified for that year; FY2027 not read]
      - leg pain: ICD-10-CM tabular FY2027: M79.60-, M79.65-, M79.66- [not verified]
    "#);
}

#[test]
fn an_answer() {
    insta::assert_snapshot!(told("seventh-character"), @r#"
    Does M53.86 take a 7th character?

    Answer
      - No: M53.86 is complete with five characters, and no code of M53.8- takes a 7th character.
      - Sprains, dislocations and strains (S33.-, S39.01-) take A, D or S.
      - A traumatic fracture of a lumbar vertebra (S32.0-) takes A, B, D, G, K or S.
      - A fatigue fracture (M48.4-) or a collapsed vertebra (M48.5-) takes A, D, G or S; an osteoporotic
        fracture (M80.-) A, D, G, K, P or S.
      - A stands for active treatment, D for routine healing, S for a sequela, whose residual is coded first.

    Sources
      - ICD-10-CM tabular FY2027: M53.8- [verified]
      - ICD-10-CM tabular FY2026, S33 and S39: 7th characters [verified]
      - ICD-10-CM tabular FY2026, S32: 7th characters [verified]
      - ICD-10-CM tabular FY2027, M48.4 and M48.5: 7th characters; FY2026, M80: 7th characters [verified]
      - ICD-10-CM Official Guidelines FY2025, I.B.10, I.C.19.a [verified]
    "#);
}

#[test]
fn an_answer_in_doubt() {
    insta::assert_snapshot!(told("chronic-condition-indicator"), @r#"
    Is M53.86 flagged as a chronic condition?

    Answer
      - Such a flag is not part of ICD-10-CM: the code has no acute or chronic form.
      - The flag that is meant is most likely the Chronic Condition Indicator of HCUP (AHRQ), a tool for
        research and no rule of a payer; its value for M53.86 was not read. (not verified)
      - Chronicity has to be documented all the same, since policies for procedures ask how long the pain has
        lasted.

    Sources
      - ICD-10-CM tabular FY2027: M53.8- [verified]
      - general knowledge [not verified]
      - Medicare facet joint and epidural policies (summaries) [verified]
    "#);
}

#[test]
fn a_condition() {
    insta::assert_snapshot!(told("facet-syndrome"), @r#"
    facet syndrome

    What
      facet syndrome (Condition)

    Codes by region
      lumbar: M47.896
      lumbosacral: M47.897
      thoracolumbar: M47.895
      unstated: M47.899

    M53.86
      no, a more specific code exists

    Alphabetic Index
      Syndrome > facet: M47.89-
      Syndrome > facet joint: M47.819 (see also Spondylosis)

    Confused with
      - Often said: facet syndrome is an example of M53.86. Official: the Index sends facet syndrome to M47.89-
        and facet joint syndrome to Spondylosis, M47.81-; M47 includes degeneration of facet joints.

    Caveat
      The index also leads from facet joint syndrome to spondylosis (M47.816); M53.86 is printed on some
      templates but has no index support.

    Sources
      - ICD-10-CM Index FY2027: Syndrome, facet (M47.89-); Syndrome, facet joint (see also Spondylosis)
        [verified]
      - ICD-10-CM Alphabetic Index FY2027: Syndrome > facet [verified]
      - ICD-10-CM Alphabetic Index FY2027: Syndrome > facet joint [verified]
      - ICD-10-CM Alphabetic Index FY2027: Syndrome, facet; Syndrome, facet joint; tabular FY2027, M47: Includes
        [verified]
    "#);
}
