//! Data files: bad ones of a user are refused with file, line and what is allowed; the embedded ones keep to policy.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

mod support;

use assert_cmd::Command;
use chartgap::coding::{Rules, confusion, index, notes, table};
use chartgap::lexicon::Data;
use std::collections::BTreeSet;
use std::fs;
use support::{ENGINE, report};

/// A file of conditions that is right.
const CONDITIONS: &str = r#"label = "condition"

[[concept]]
id = "zygo-ache"
name = "zygo ache"
terms = [
  "zygo [joint] {ache|soreness}",
  "zygoache",
]
cased = ["ZYA"]
source = "general clinical usage"
verified = false
kind = "disease"
site = "spine"
group = "facet"
codes = { lumbar = "M47.816", unstated = "M47.819" }

[[concept]]
id = "zygo-spasm"
name = "zygo spasm"
terms = ["zygospasm"]
source = "general clinical usage"
verified = false
kind = "symptom"
site = "lumbar"
group = "spasm"
"#;

/// What `check` says of files, given in a folder as the option wants it.
fn refused(option: &str, files: &[(&str, &str)]) -> String {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("note.txt"), "HPI: Low back pain for 8 months.").unwrap();
    fs::create_dir(dir.path().join("own")).unwrap();
    for (name, text) in files {
        fs::write(dir.path().join("own").join(name), text).unwrap();
    }
    let value = if option == "--lexicon" { "own".to_owned() } else { format!("own/{}", files[0].0) };
    let mut command = Command::cargo_bin("chartgap").unwrap();
    let out =
        command.current_dir(dir.path()).args(["check", "note.txt", "-q", option, &value]).output().unwrap();
    let error = String::from_utf8(out.stderr).unwrap();
    assert_eq!(out.status.code() == Some(2), !error.is_empty(), "{error}");
    assert!(error.is_empty() || out.stdout.is_empty() && error.trim_end().lines().count() == 1, "{error}");
    error.trim_end().strip_prefix("chartgap: ").unwrap_or("").to_owned()
}

fn check(option: &str, name: &str, good: &str, cases: &[(&str, &str, &str)]) {
    assert_eq!(refused(option, &[(name, good)]), "", "{name}");
    let mut problems = Vec::new();
    for (from, to, expected) in cases {
        assert!(good.contains(from), "{from}");
        let error = refused(option, &[(name, &good.replacen(from, to, 1))]);
        if !error.starts_with(&format!("own/{name}:{expected}")) {
            problems.push(format!("{from} → {to}: `{error}`, expected `{expected}`"));
        }
    }
    report("files are refused otherwise", &problems);
}

#[test]
fn lexicon_files() {
    check(
        "--lexicon",
        "conditions-own.toml",
        CONDITIONS,
        &[
            (
                "group = \"facet\"",
                "grup = \"facet\"",
                "15: unknown field `grup`, expected one of `id`, `name`, ",
            ),
            ("source = \"general clinical usage\"\n", "", "3: missing field `source`"),
            ("\"general clinical usage\"", "\" \"", "3: concept \"zygo-ache\": a source is required"),
            ("name = \"zygo ache\"\n", "", "3: missing field `name`"),
            ("verified = false\n", "", "3: missing field `verified`"),
            (
                "\"disease\"",
                "\"illness\"",
                "13: unknown variant `illness`, expected one of `disease`, `finding`, ",
            ),
            ("site = \"spine\"", "site = \"back\"", "14: unknown variant `back`, expected one of `lumbar`, "),
            (
                "kind = \"disease\"\n",
                "",
                "3: concept \"zygo-ache\": kind is required; one of disease, finding, ",
            ),
            ("site = \"spine\"\n", "", "3: concept \"zygo-ache\": site is required; one of lumbar, "),
            ("group = \"facet\"\n", "", "3: concept \"zygo-ache\": group is required"),
            (
                "label = \"condition\"",
                "label = \"illness\"",
                "1: unknown variant `illness`, expected one of `condition`",
            ),
            (
                "[joint] {ache",
                "[joint {ache",
                "7: concept \"zygo-ache\": term `zygo [joint {ache|soreness}`: unbalanced",
            ),
            (
                "\"zygoache\"",
                "\"[zygoache]\"",
                "8: concept \"zygo-ache\": term `[zygoache]`: a term must not be empty",
            ),
            (
                "\"ZYA\"",
                "\"ZY{A|B}\"",
                "10: concept \"zygo-ache\": term `ZY{A|B}`: a cased term is matched letter",
            ),
            (
                "\"zygoache\"",
                "\"Zygo [joint] {ache|soreness}\"",
                "3: concept \"zygo-ache\": term `Zygo [joint] {ache|soreness}` is `zygo",
            ),
            (
                "\"M47.816\"",
                "\"M47.81X\"",
                "16: concept \"zygo-ache\": unknown code M47.81X; the tables have M47.811, ",
            ),
            (
                "\"M47.819\"",
                "\"X99\"",
                "16: concept \"zygo-ache\": unknown code X99; the tables have no code of that category",
            ),
            (
                "\"zygo-spasm\"",
                "\"zygo-ache\"",
                "18: concept \"zygo-ache\": the id is given twice, first at own/conditions-own.toml:3",
            ),
            (
                "\"zygospasm\"",
                "\"zygo soreness\"",
                "3: concept \"zygo-ache\": the phrase `zygo soreness` belongs to concept \"zygo-spasm\" too (own/conditions-own.toml:18)",
            ),
            (
                "\"zygospasm\"",
                "\"zygospasm\", \"facet joint syndrome\"",
                "18: concept \"zygo-spasm\": the phrase `facet joint syndrome` belongs to concept \"facet-syndrome\" too (lexicons/conditions-",
            ),
            (
                "group = \"spasm\"",
                "group = \"spasm\"\ntype = \"other\"",
                "18: concept \"zygo-spasm\": `type` belongs to concepts of a file with label = \"care\"",
            ),
            ("group = \"spasm\"", "group = ", "26: "),
        ],
    );
    let care = "label = \"care\"\n\n[[concept]]\nid = \"zygo-rub\"\nname = \"n\"\nterms = [\"zygorub\"]\nsource = \"s\"\nverified = false\ntype = \"other\"\n";
    check(
        "--lexicon",
        "care-own.toml",
        care,
        &[
            ("\"other\"", "\"magic\"", "9: concept \"zygo-rub\": unknown type `magic`; one of medication, "),
            ("type = \"other\"\n", "", "3: concept \"zygo-rub\": type is required; one of medication, "),
        ],
    );
}

#[test]
fn an_id_stands_once_in_a_folder_and_replaces_the_embedded_one() {
    let again = CONDITIONS.replacen("zygo-spasm", "zygo-other", 1);
    let error = refused("--lexicon", &[("conditions-a.toml", CONDITIONS), ("conditions-b.toml", &again)]);
    let expected = "own/conditions-b.toml:3: concept \"zygo-ache\": the id is given twice, first at own/conditions-a.toml:3";
    assert_eq!(error, expected);
    let replaced = CONDITIONS.replace("zygo-ache", "facet-syndrome").replace("zygoache", "facet syndrome");
    assert_eq!(refused("--lexicon", &[("conditions-a.toml", &replaced)]), "");
}

#[test]
fn cue_and_template_files() {
    let own = |name: &str| Data::default().get(name).unwrap().1.to_owned();
    let line = |text: &str, part: &str| text[..text.find(part).unwrap()].lines().count();
    let cues = own("cues.toml");
    let second = cues.match_indices("[[cue]]").nth(1).unwrap().0;
    let twice = format!("{cues}\n{}", &cues[cues.find("[[cue]]").unwrap()..second]);
    let error = refused("--lexicon", &[("cues.toml", &twice)]);
    assert!(error.starts_with(&format!("own/cues.toml:{}: cue ", cues.lines().count() + 2)), "{error}");
    let source = cues.lines().find(|l| l.starts_with("source = ")).unwrap();
    let error = refused("--lexicon", &[("cues.toml", &cues.replacen(source, "", 1))]);
    assert!(error.contains(": missing field `source`"), "{error}");
    let error = refused("--lexicon", &[("cues.toml", &cues.replacen("category = \"", "category = \"un", 1))]);
    let expected = format!("own/cues.toml:{}: unknown variant `un", line(&cues, "category = \"") + 1);
    assert!(error.starts_with(&expected) && error.contains("expected one of `present`"), "{error}");

    let durations = own("durations.toml");
    let bad = durations.replacen("terms = [", "terms = [\n\"for {<n> <u>\",", 1);
    let error = refused("--lexicon", &[("durations.toml", &bad)]);
    let expected = format!("own/durations.toml:{}: term `for {{<n> <u>`: ", line(&bad, "\"for {<n>") + 1);
    assert!(error.starts_with(&expected), "{error}");

    let grades = own("grades.toml");
    let id = grades.lines().find(|l| l.starts_with("id = ")).unwrap();
    let ids: Vec<&str> = grades.lines().filter(|l| l.starts_with("id = ")).collect();
    let error = refused("--lexicon", &[("grades.toml", &grades.replacen(ids[1], id, 1))]);
    assert!(error.contains("the id is given twice") && error.starts_with("own/grades.toml:"), "{error}");
}

#[test]
fn checklists() {
    check(
        "--checklist",
        "own.toml",
        include_str!("../checklists/m53-86.toml"),
        &[
            ("code = \"M53.86\"", "code = \"M53.9X\"", "10: unknown code M53.9X; the tables have M53.9"),
            (
                "lumbar region\"",
                "lumbar spine\"",
                "11: the official title of M53.86 is \"Other specified dorsopathies, lumbar region\"",
            ),
            ("weight = 20", "wieght = 20", "34: unknown field `wieght`, expected one of `id`, "),
            ("fix = ", "#", "28: missing field `fix`"),
            (
                "verdict = \"contradicted\"",
                "verdict = \"wrong\"",
                "61: unknown variant `wrong`, expected one of `met`, ",
            ),
            ("citation = \"", "#", "44: missing field `citation`"),
        ],
    );
}

#[test]
fn house_policies() {
    let policy = "date = \"2026-10-05\"\n\n[[accept]]\ncondition = \"facet-syndrome\"\naccepted = \"M53.86\"\nreason = \"r\"\nwho = \"w\"\ndate = \"2026-10-01\"\n";
    let twice = format!("{policy}{}", &policy[policy.find("\n[[").unwrap()..]);
    check(
        "--policy",
        "house.toml",
        policy,
        &[
            (
                "accepted = \"M53.86\"",
                "accepted = \"M53.8X\"",
                "3: entry 1: `M53.8X` is not a billable code of the tables: unknown code M53.8X; the tables have M53.80, ",
            ),
            (
                "condition = \"facet-syndrome\"",
                "code = \"M47.8X\"",
                "3: entry 1: unknown code M47.8X; the tables have M47.811, ",
            ),
            (
                "\"facet-syndrome\"",
                "\"facet-pian\"",
                "3: entry 1: `facet-pian` is no condition of the lexicon",
            ),
            ("who = \"w\"\n", "", "3: missing field `who`"),
            ("reason", "because", "6: unknown field `because`, expected one of `condition`, "),
            ("\"2026-10-05\"", "\"5/10/26\"", "1: a date has the form 2026-10-01"),
            (policy, &twice, "10: entry 2: entry 1 decides on the same"),
        ],
    );
}

#[test]
fn procedures() {
    check(
        "--procedures",
        "own.toml",
        include_str!("../checklists/procedures.toml"),
        &[("min-days = ", "min-day = ", ""), ("id = \"cgs\"", "id = \"cgz\"", "")],
    );
}

/// Every entry of the data has a source and, where it has a mark, one; every code that it names is in the tables.
#[test]
fn every_entry_keeps_to_policy() {
    let mut problems = Vec::new();
    let text = |what: &str, s: &str, problems: &mut Vec<String>| {
        if s.trim().is_empty() || s.contains('\n') || s.trim() != s {
            problems.push(format!("{what}: a source is one line"));
        }
    };
    let known = |code: &str| table::below(code).next().is_some();
    for (name, file) in &Data::default().files {
        let parsed: toml::Table = toml::from_str(file).unwrap();
        for (kind, marked, sourced) in
            [("concept", true, true), ("system", true, true), ("cue", false, true), ("section", false, true)]
        {
            for entry in parsed.get(kind).and_then(|e| e.as_array()).into_iter().flatten() {
                let id = ["id", "kind"].iter().find_map(|k| entry.get(k)?.as_str()).unwrap();
                let what = format!("{name}: {kind} {id}");
                match entry.get("source").and_then(|s| s.as_str()) {
                    Some(source) => text(&what, source, &mut problems),
                    None if sourced => problems.push(format!("{what}: no source")),
                    None => {}
                }
                if marked && entry.get("verified").and_then(|v| v.as_bool()).is_none() {
                    problems.push(format!("{what}: no mark"));
                }
                let codes = entry.get("codes").and_then(|c| c.as_table()).into_iter().flatten();
                problems.extend(
                    codes.filter(|(_, c)| !known(c.as_str().unwrap())).map(|(_, c)| format!("{what}: {c}?")),
                );
            }
        }
        if name == "durations.toml" {
            for t in parsed["template"].as_array().unwrap() {
                text(name, t.get("source").and_then(|s| s.as_str()).unwrap_or(""), &mut problems);
            }
        }
    }
    let lexicon = &ENGINE.reader().lexicon;
    for (_, c) in lexicon.concepts() {
        assert!(lexicon.place(&c.id).unwrap().starts_with("lexicons/"), "{}", c.id);
    }
    let checklist = ENGINE.checklist();
    assert_eq!(table::find(&checklist.code).map(|c| c.title), Some(checklist.title.as_str()));
    let cited = checklist.elements.iter().flat_map(|e| e.sources.iter().map(move |s| (e.id.as_str(), s)));
    let asked = ENGINE.procedures().elements().iter();
    let asked = asked.flat_map(|e| e.sources.iter().map(move |s| (e.id.as_str(), s)));
    for (id, s) in cited.chain(asked) {
        text(id, &s.citation, &mut problems);
    }
    for s in notes::all() {
        let own = table::find(s.code).is_some();
        // a title of the notes heads codes; those of the codes themselves are in the table
        if s.kind == notes::NoteKind::Title && own && table::find(s.code).unwrap().title != s.text {
            problems.push(format!("{}: another title than in the table", s.code));
        }
    }
    let conditions: BTreeSet<&str> = lexicon.concepts().map(|(_, c)| c.id.as_str()).collect();
    for id in index::all().iter().flat_map(|e| e.concepts()) {
        if !conditions.contains(id) {
            problems.push(format!("index: {id}?"));
        }
    }
    problems.extend(confusion::all().iter().filter(|c| c.source.trim().is_empty()).map(|c| c.id.clone()));
    let rules = Rules::embedded().unwrap();
    let groups: BTreeSet<&str> = lexicon.concepts().filter_map(|(_, c)| c.group.as_deref()).collect();
    let named =
        rules.combination.iter().flat_map(|c| &c.groups).chain(rules.injury.iter().flat_map(|i| &i.groups));
    let named = named.chain(rules.alternative.iter().flat_map(|a| &a.groups)).chain(&rules.priority);
    problems.extend(named.filter(|g| !groups.contains(g.as_str())).map(|g| format!("rules: group {g}?")));
    report("entries break the policy", &problems);
}
