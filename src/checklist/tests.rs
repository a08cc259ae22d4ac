//! The built-in checklist against tables of facts, and broken files against the errors that they must give.

use super::*;
use crate::fact::{Fact, Facts};
use crate::report::v1::NoteOutcome;
use FactKind::*;

/// A fact as the tables write it: kind, value, flags.
type State = (FactKind, &'static str, &'static [&'static str]);

/// A note that supports M53.86 in full.
const COMPLETE: &[State] = &[
    (Lumbar, "yes", &[]),
    (NamedCondition, "named", &["assessed"]),
    (SpecificCode, "none-exists", &[]),
    (Region, "lumbar", &["level"]),
    (Imaging, "findings", &["grade", "level"]),
    (Chronicity, "chronic", &["duration"]),
    (ConservativeCare, "documented", &["duration", "response"]),
    (Function, "limited", &["scale"]),
    (Injury, "denied", &[]),
    (Radiculopathy, "absent", &[]),
    (Specificity, "specific", &[]),
    (Procedure, "none", &[]),
];

fn fact(kind: FactKind, value: &str, flags: &[&str]) -> Fact {
    let known =
        |list: &'static [&'static str], word: &str| list.iter().copied().find(|w| *w == word).unwrap();
    let flags = flags.iter().map(|f| known(kind.flags(), f)).collect();
    Fact { kind, value: known(kind.values(), value), flags, mentions: vec![] }
}

/// The complete note with some facts put in place of its own.
fn facts(changes: &[State]) -> Facts {
    let own = COMPLETE.iter().filter(|(kind, ..)| changes.iter().all(|(changed, ..)| changed != kind));
    Facts::new(own.chain(changes).map(|(kind, value, flags)| fact(*kind, value, flags)).collect())
}

fn checklist() -> Checklist {
    Checklist::m53_86().unwrap()
}

#[test]
fn the_built_in_checklist_has_the_elements_in_order() {
    let ids: Vec<String> = checklist().elements.iter().map(|e| e.id.to_string()).collect();
    let expected = "named-condition no-more-specific-code region imaging chronicity conservative-care function \
                    injury-history not-nonspecific procedure";
    assert_eq!(ids.join(" "), expected);
}

#[test]
fn every_element_has_two_examples_of_each_kind() {
    for element in &checklist().elements {
        let met = element.examples.iter().filter(|e| e.verdict == Verdict::Met).count();
        assert!(met >= 2 && element.examples.len() - met >= 2, "{}", element.id);
        assert!(!element.sources.iter().any(|s| s.citation.trim().is_empty()), "{}", element.id);
    }
}

#[test]
fn facts_decide_verdicts() {
    use Verdict::*;
    type Row = (&'static str, FactKind, &'static str, &'static [&'static str], Verdict, f32);
    let table: &[Row] = &[
        ("named-condition", NamedCondition, "named", &["assessed"], Met, 20.0),
        ("named-condition", NamedCondition, "named", &[], Partial, 12.0),
        ("named-condition", NamedCondition, "uncertain", &["assessed"], Partial, 6.0),
        ("named-condition", NamedCondition, "negated", &[], Contradicted, 0.0),
        ("named-condition", NamedCondition, "nonspecific", &["assessed"], Missing, 0.0),
        ("named-condition", NamedCondition, "absent", &[], Missing, 0.0),
        ("no-more-specific-code", SpecificCode, "none-exists", &[], Met, 20.0),
        ("no-more-specific-code", SpecificCode, "none-exists", &["not-indexed"], Partial, 12.0),
        ("no-more-specific-code", SpecificCode, "none-exists", &["not-indexed", "rationale"], Met, 20.0),
        ("no-more-specific-code", SpecificCode, "exists", &[], Contradicted, 0.0),
        ("no-more-specific-code", SpecificCode, "exists", &["rationale"], Met, 16.0),
        ("no-more-specific-code", SpecificCode, "none-named", &[], Missing, 0.0),
        ("region", Region, "lumbar", &["level"], Met, 12.0),
        ("region", Region, "lumbar", &[], Met, 9.0),
        ("region", Region, "lumbar", &["level", "transitional"], Unclear, 6.0),
        ("region", Region, "lumbosacral", &["level"], Contradicted, 0.0),
        ("region", Region, "lumbosacral", &["level", "mixed"], Unclear, 6.0),
        ("region", Region, "thoracolumbar", &[], Contradicted, 0.0),
        ("region", Region, "thoracolumbar", &["mixed"], Unclear, 6.0),
        ("region", Region, "unstated", &[], Missing, 0.0),
        ("region", Region, "other", &[], Contradicted, 0.0),
        ("imaging", Imaging, "findings", &["grade", "level"], Met, 12.0),
        ("imaging", Imaging, "findings", &["grade"], Met, 10.8),
        ("imaging", Imaging, "findings", &["level"], Met, 9.0),
        ("imaging", Imaging, "findings", &[], Partial, 6.0),
        ("imaging", Imaging, "normal", &[], Partial, 4.8),
        ("imaging", Imaging, "study_only", &[], Partial, 3.0),
        ("imaging", Imaging, "planned", &[], Missing, 0.0),
        ("imaging", Imaging, "absent", &[], Missing, 0.0),
        ("chronicity", Chronicity, "acute", &["duration"], Met, 8.0),
        ("chronicity", Chronicity, "subacute", &["duration"], Met, 8.0),
        ("chronicity", Chronicity, "chronic", &[], Partial, 4.0),
        ("chronicity", Chronicity, "unstated", &["duration"], Partial, 4.0),
        ("chronicity", Chronicity, "unstated", &[], Missing, 0.0),
        ("conservative-care", ConservativeCare, "documented", &["duration", "response"], Met, 10.0),
        ("conservative-care", ConservativeCare, "documented", &["response"], Partial, 8.0),
        ("conservative-care", ConservativeCare, "documented", &["duration"], Partial, 7.0),
        ("conservative-care", ConservativeCare, "documented", &[], Partial, 5.0),
        ("conservative-care", ConservativeCare, "planned_only", &["duration"], Missing, 0.0),
        ("conservative-care", ConservativeCare, "declined_only", &[], Missing, 0.0),
        ("conservative-care", ConservativeCare, "absent", &[], Missing, 0.0),
        ("function", Function, "limited", &["scale"], Met, 6.0),
        ("function", Function, "limited", &[], Met, 4.5),
        ("function", Function, "not_limited", &[], Contradicted, 0.0),
        ("function", Function, "absent", &[], Missing, 0.0),
        ("injury-history", Injury, "current", &["dated"], Contradicted, 0.0),
        ("injury-history", Injury, "past", &["dated"], Met, 6.0),
        ("injury-history", Injury, "past", &[], Partial, 3.0),
        ("injury-history", Injury, "denied", &[], Met, 6.0),
        ("injury-history", Injury, "unstated", &[], Missing, 0.0),
        ("not-nonspecific", Specificity, "specific", &[], Met, 6.0),
        ("not-nonspecific", Specificity, "nonspecific", &[], Contradicted, 0.0),
        ("not-nonspecific", Specificity, "none", &[], Missing, 0.0),
        ("procedure", Procedure, "none", &[], NotApplicable, 0.0),
        ("procedure", Procedure, "listed", &["complete", "partly"], Met, 10.0),
        ("procedure", Procedure, "listed", &["complete", "partly", "contradicted"], Contradicted, 0.0),
        ("procedure", Procedure, "listed", &["partly"], Partial, 5.0),
        ("procedure", Procedure, "listed", &["unknown"], Unclear, 0.0),
        ("procedure", Procedure, "listed", &[], Missing, 0.0),
    ];
    let checklist = checklist();
    for (id, kind, value, flags, verdict, credit) in table {
        let rulings = checklist.verdicts(&facts(&[(*kind, value, flags)]));
        let ruling = rulings.iter().find(|r| r.element.id.as_str() == *id).unwrap();
        assert_eq!((ruling.verdict, ruling.credit), (*verdict, *credit), "{id}: {value} {flags:?}");
        assert_eq!(
            ruling.gap.is_some(),
            *verdict != NotApplicable && *credit < ruling.weight as f32,
            "{id}: {value} {flags:?}"
        );
        assert!(ruling.query.is_none() || !matches!(verdict, Met | NotApplicable), "{id}: {value} {flags:?}");
    }
}

#[test]
fn radicular_symptoms_need_a_word_about_where_they_belong() {
    for (flags, verdict) in [(&[][..], Verdict::Partial), (&["rationale"], Verdict::Met)] {
        let facts = facts(&[(Radiculopathy, "present", &[]), (SpecificCode, "none-exists", flags)]);
        assert_eq!(checklist().verdicts(&facts)[1].verdict, verdict, "{flags:?}");
    }
}

#[test]
fn a_procedure_asks_for_more() {
    let flags: [(&[&'static str], Verdict); 3] =
        [(&["complete"], Verdict::Met), (&["partly"], Verdict::Partial), (&[], Verdict::Missing)];
    for (flags, verdict) in flags {
        let facts = facts(&[(Procedure, "listed", flags)]);
        let checklist = checklist();
        let rulings = checklist.verdicts(&facts);
        assert_eq!(rulings.last().unwrap().verdict, verdict);
        assert_eq!(rulings.iter().map(|r| r.weight).sum::<u32>(), 110);
    }
}

#[test]
fn every_rule_decides_some_note() {
    for element in &checklist().elements {
        let mut kinds: Vec<FactKind> =
            element.rules.iter().flat_map(|r| r.when.iter().flat_map(Requirement::kinds)).collect();
        kinds.sort();
        kinds.dedup();
        let mut decided = vec![false; element.rules.len()];
        let mut notes: Vec<Vec<Fact>> = vec![vec![]];
        for kind in kinds {
            notes = notes
                .iter()
                .flat_map(|note| states(kind).into_iter().map(|s| [&note[..], &[s]].concat()))
                .collect();
        }
        for note in notes {
            let facts = Facts::new(note);
            let holds = |r: &Rule| r.when.as_ref().is_none_or(|w| w.holds(&facts));
            decided[element.rules.iter().position(holds).unwrap()] = true;
        }
        assert!(decided.iter().all(|d| *d), "{}: {decided:?}", element.id);
    }
}

/// Every value of a kind with every set of its flags.
fn states(kind: FactKind) -> Vec<Fact> {
    let sets = 0..1usize << kind.flags().len();
    let of = |set: usize| {
        kind.flags().iter().enumerate().filter(move |(i, _)| set >> i & 1 == 1).map(|(_, f)| *f).collect()
    };
    let values = kind.values().iter();
    values
        .flat_map(|v| sets.clone().map(|s| Fact { kind, value: v, flags: of(s), mentions: vec![] }))
        .collect()
}

#[test]
fn score_and_outcome_follow_from_the_facts() {
    use NoteOutcome::*;
    let table: &[(&[State], u8, NoteOutcome)] = &[
        (&[], 100, Supported),
        (&[(Function, "limited", &[])], 99, Supported),
        (&[(Injury, "unstated", &[])], 94, Gaps),
        (&[(NamedCondition, "uncertain", &[]), (SpecificCode, "none-named", &[])], 66, Gaps),
        (&[(Region, "lumbosacral", &["level", "mixed"])], 94, Gaps),
        (&[(Region, "lumbosacral", &["level"])], 88, OtherCode),
        (&[(Region, "unstated", &[])], 88, Gaps),
        (&[(SpecificCode, "exists", &[])], 80, OtherCode),
        (&[(SpecificCode, "exists", &["rationale"])], 96, Supported),
        (&[(Injury, "current", &["dated"])], 94, OtherCode),
        (&[(Specificity, "nonspecific", &[])], 94, OtherCode),
        (&[(Function, "not_limited", &[])], 94, Gaps),
        (&[(Procedure, "listed", &["complete"])], 100, Supported),
        (&[(Procedure, "listed", &["partly"]), (Radiculopathy, "unstated", &[])], 95, Gaps),
        (&[(Lumbar, "no", &[])], 0, NotApplicable),
        (&[(Lumbar, "no", &[]), (Injury, "current", &[])], 0, NotApplicable),
    ];
    let checklist = checklist();
    for (changes, points, outcome) in table {
        let facts = facts(changes);
        let rulings = checklist.verdicts(&facts);
        assert_eq!(
            (score(&rulings), checklist.outcome(&facts, &rulings)),
            (*points, *outcome),
            "{changes:?}"
        );
    }
}

#[test]
fn nothing_applies_to_a_note_that_is_not_lumbar_or_has_no_facts() {
    let checklist = checklist();
    for facts in [facts(&[(Lumbar, "no", &[])]), Facts::default()] {
        let rulings = checklist.verdicts(&facts);
        assert_eq!(rulings.len(), checklist.elements.len());
        assert!(
            rulings
                .iter()
                .all(|r| r.verdict == Verdict::NotApplicable && r.gap.is_none() && r.query.is_none())
        );
    }
}

#[test]
fn the_digest_is_that_of_the_text() {
    assert_eq!(checklist().digest().len(), 64);
    let edited = Checklist::from_toml("a", &format!("{MINIMAL}\n")).unwrap();
    assert_ne!(edited.digest(), Checklist::from_toml("a", MINIMAL).unwrap().digest());
}

const MINIMAL: &str = r#"code = "M53.86"
title = "Other specified dorsopathies, lumbar region"
applies = { fact = "lumbar", in = ["yes"] }
elsewhere = { fact = "injury", in = ["current"] }

[[element]]
id = "injury-history"
title = "t"
what = "t"
why = "t"
fix = "t"
weight = 100
weight-reason = "t"
evidence = ["injury"]
indicators = ["injury"]
near = ["hpi"]
query = { cited = "Seen: {quotes}. What happened?", open = "What happened?" }

[[element.source]]
citation = "t"
verified = false

[[element.rule]]
verdict = "met"
credit = 1.0
when = { fact = "injury", in = ["denied"] }

[[element.rule]]
verdict = "missing"
credit = 0.0
gap = "t"

[[element.example]]
verdict = "met"
text = "t"

[[element.example]]
verdict = "missing"
text = "t"
"#;

#[test]
fn broken_files_say_where_and_what() {
    let second = MINIMAL.find("[[element]]").unwrap();
    let twice = format!("{MINIMAL}\n{}", &MINIMAL[second..]);
    let swap = |from: &str, to: &str| {
        assert!(MINIMAL.contains(from), "{from}");
        MINIMAL.replacen(from, to, 1)
    };
    for (text, expected) in [
        (
            swap("title = \"Other", "title = \"other"),
            "x.toml:2: the official title of M53.86 is \"Other specified",
        ),
        (swap("\"M53.86\"", "\"M53.9X\""), "x.toml:1: unknown code M53.9X; the tables have M53.9"),
        (
            swap("title = \"Other", "titel = \"Other"),
            "x.toml:2: unknown field `titel`, expected one of `code`, ",
        ),
        (swap("weight = 100", "wieght = 100"), "x.toml:12: unknown field `wieght`, expected one of `id`, "),
        (
            swap("in = [\"denied\"]", "in = [\"denies\"]"),
            "x.toml:26: `denies` is no value of `injury`; its values are current, past, denied, unstated",
        ),
        (swap("\"missing\"", "\"misses\""), "x.toml:29: unknown variant `misses`, expected one of `met`, "),
        (
            swap("near = [\"hpi\"]", "near = [\"history\"]"),
            "x.toml:16: unknown variant `history`, expected one of `chief_complaint`, ",
        ),
        (swap("id = \"injury-history\"", "id = \"Injury\""), "x.toml:7: `Injury` is no element id"),
        (twice, "x.toml:41: element `injury-history` stands twice; ids are unique"),
        (
            swap("100", "90"),
            "x.toml:1: the weights of the elements that are not optional come to 90; they must come to 100",
        ),
        (swap("fix = \"t\"", "fix = \" \""), "x.toml:6: element `injury-history`: `fix` is empty"),
        (swap("near = [\"hpi\"]", "near = []"), "x.toml:6: element `injury-history`: `near` is empty"),
        (
            swap("[[element.source]]\ncitation = \"t\"\nverified = false\n", ""),
            "x.toml:6: element `injury-history` has no [[element.source]]; every rule comes from somewhere",
        ),
        (
            swap("gap = \"t\"", "gap = \"t\"\nwhen = { fact = \"injury\", in = [\"past\"] }"),
            "x.toml:6: element `injury-history`: the last [[element.rule]] must have no `when`, so that it catches the rest",
        ),
        (
            swap("when = { fact = \"injury\", in = [\"denied\"] }", ""),
            "x.toml:6: element `injury-history`: rule 1 has no `when` and hides those after it",
        ),
        (
            swap("credit = 1.0", "credit = 1.5"),
            "x.toml:6: element `injury-history`: rule 1 has credit 1.5; a credit is a share from 0 to 1",
        ),
        (
            swap("gap = \"t\"", ""),
            "x.toml:6: element `injury-history`: rule 2 withholds credit without a `gap` that says what is missing",
        ),
        (
            swap("[[element.example]]\nverdict = \"missing\"", "[[element.example]]\nverdict = \"met\""),
            "x.toml:6: element `injury-history` needs examples of both kinds: one that is met and one that is not",
        ),
        (
            swap("[[element.example]]\nverdict = \"missing\"", "[[element.example]]\nverdict = \"unclear\""),
            "x.toml:6: element `injury-history`: example 2 wants a verdict that no rule gives",
        ),
        (
            swap("open = \"What happened?\"", "open = \"Was it S39.012A?\""),
            "x.toml:6: element `injury-history`: query names a code",
        ),
        (swap(&MINIMAL[second..], ""), "x.toml:1: a checklist needs at least one element"),
    ] {
        let error = Checklist::from_toml("x.toml", &text).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}\nexpected {expected}");
    }
}
