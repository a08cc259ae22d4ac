//! The lexicon files: every example is found or left alone as it says, and the data keep to their rules.

#![allow(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test may"
)]

mod support;

use chartgap::coding::table;
use chartgap::lexicon::{Codes, Concept, Context, Data, EMBEDDED, Lexicon, M5386, Stream, phrase};
use chartgap::mention::Label;
use chartgap::note::Note;
use chartgap::segment::Segments;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use support::{ENGINE, report};

/// Alternatives of one term that are written out at most; a longer term is checked as far as that.
const CAP: usize = 20_000;

/// Codes of other chapters that concepts name and the table of back codes lacks.
const ELSEWHERE: &[&str] = &[];

fn lexicon() -> &'static Lexicon {
    &ENGINE.reader().lexicon
}

/// The concepts whose words stand in a text, whatever the text is about.
fn matched(text: &str) -> BTreeSet<&'static str> {
    let lexicon = lexicon();
    let segments = Segments::new(text, &lexicon.headings);
    let stream = Stream::new(&segments, &lexicon.spelling);
    let matches = lexicon.matches(text, &segments, &stream);
    matches.iter().map(|m| lexicon.concept(m.concept).id.as_str()).collect()
}

/// The concepts that a reading of a text yields.
fn read(text: &str) -> BTreeSet<&'static str> {
    let reading = ENGINE.reader().read(&Note::new("", text));
    reading.mentions.iter().filter_map(|m| m.concept).map(|c| lexicon().concept(c).id.as_str()).collect()
}

/// Whether a mention of the concept stands for itself, so that its examples need not name the spine.
fn alone(label: Label, concept: &Concept) -> bool {
    concept.context == Context::Any && matches!(label, Label::Condition | Label::Surgery)
}

fn listed(found: &BTreeSet<&str>) -> String {
    if found.is_empty() { "nothing".into() } else { found.iter().copied().collect::<Vec<_>>().join(", ") }
}

#[test]
fn every_match_is_found() {
    let mut problems = Vec::new();
    for (label, c) in lexicon().concepts() {
        for text in &c.matches {
            let found = if alone(label, c) { read(text) } else { matched(text) };
            if !found.contains(c.id.as_str()) {
                problems.push(format!("{}: {text}\n    found: {}", c.id, listed(&found)));
            }
        }
    }
    report("examples are not found", &problems);
}

#[test]
fn every_reject_is_left_alone() {
    let mut problems = Vec::new();
    for (_, c) in lexicon().concepts() {
        // words that need the spine near are left alone where it is not, others wherever they stand
        let found = if c.context == Context::Any { matched } else { read };
        for text in &c.rejects {
            if found(text).contains(c.id.as_str()) {
                problems.push(format!("{}: {text}", c.id));
            }
        }
    }
    report("rejects are found", &problems);
}

#[test]
fn every_exclusion_hides_its_concept() {
    let mut problems = Vec::new();
    for (_, c) in lexicon().concepts() {
        for text in c.excludes.iter().flat_map(|t| expand(t)) {
            if matched(&text).contains(c.id.as_str()) {
                problems.push(format!("{}: `{text}` is found all the same", c.id));
            }
        }
    }
    report("exclusions fail", &problems);
}

fn spelling() -> &'static chartgap::segment::Spelling {
    &lexicon().spelling
}

#[test]
fn no_term_stands_twice_and_no_phrase_belongs_to_two_concepts() {
    assert_eq!(lexicon().fault().map(|e| e.to_string()), None);
}

#[test]
fn concepts_keep_to_policy() {
    let mut problems = Vec::new();
    let mut ids = BTreeSet::new();
    for (label, c) in lexicon().concepts() {
        let mut complain = |what: String| problems.push(format!("{}: {what}", c.id));
        if !ids.insert(&c.id) {
            complain("the id stands twice".into());
        }
        if c.name.trim().is_empty() || c.source.trim().is_empty() || c.source.contains('\n') {
            complain("name and source are one line each".into());
        }
        if !(c.terms.is_empty() && c.cased.is_empty()) && c.matches.is_empty() {
            complain("no example".into());
        }
        let codes = [
            &c.codes.lumbar,
            &c.codes.lumbosacral,
            &c.codes.thoracolumbar,
            &c.codes.sacral,
            &c.codes.unstated,
        ];
        for code in codes.into_iter().flatten() {
            let known = table::below(code).next().is_some();
            if known == ELSEWHERE.contains(&code.as_str()) {
                complain(format!("code {code} is {} the table", if known { "now in" } else { "not in" }));
            }
        }
        if label == Label::Condition {
            let coded = codes.iter().any(|code| code.is_some());
            let caveat = c.caveat.as_ref().is_some_and(|s| !s.trim().is_empty());
            match c.m53_86 {
                None => complain("a condition says whether M53.86 may stand for it".into()),
                Some(M5386::MoreSpecific) if !coded && !caveat => {
                    complain("`more-specific` names the code, or says in a caveat why it can't".into());
                }
                Some(M5386::Yes | M5386::YesNotIndexed) if !caveat => {
                    complain("where M53.86 may stand, a caveat says under which condition".into());
                }
                _ => {}
            }
        } else if c.m53_86.is_some() || codes.iter().any(|code| code.is_some()) {
            complain("codes belong to conditions".into());
        }
    }
    report("concepts break the policy", &problems);
}

#[test]
fn nothing_was_lost() {
    let count = |label| lexicon().concepts().filter(|(l, _)| *l == label).count();
    assert!(count(Label::Condition) >= 90);
    assert!(count(Label::Care) >= 80);
    assert!(count(Label::Imaging) >= 30);
    assert!(count(Label::Surgery) >= 30);
    assert!(count(Label::Injury) >= 30);
    let function = lexicon().concepts().filter(|(l, _)| *l == Label::Function);
    assert!(function.map(|(_, c)| c.terms.len() + c.cased.len()).sum::<usize>() >= 60);
    assert!(lexicon().headings.len() >= 40);
    assert!(ENGINE.reader().cues.iter().map(|c| c.terms.len()).sum::<usize>() >= 80);
}

#[test]
fn every_file_of_the_folder_is_embedded() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/lexicons");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|e| e.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".toml"))
        .collect();
    let embedded: BTreeSet<String> = EMBEDDED.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(files, embedded);
}

#[test]
fn a_heading_has_one_kind() {
    #[derive(Deserialize)]
    struct File {
        section: Vec<Section>,
    }
    #[derive(Deserialize)]
    struct Section {
        kind: String,
        headings: Vec<String>,
        source: Option<String>,
    }
    let data = Data::default();
    let file: File = toml::from_str(data.get("sections.toml").unwrap().1).unwrap();
    let mut kinds: BTreeMap<String, &str> = BTreeMap::new();
    let mut problems = Vec::new();
    for s in &file.section {
        if s.source.as_ref().is_none_or(|s| s.trim().is_empty()) {
            problems.push(format!("{}: no source", s.kind));
        }
        for h in &s.headings {
            let kind = kinds.entry(h.to_lowercase().replace('-', " ")).or_insert(&s.kind);
            if *kind != s.kind {
                problems.push(format!("`{h}` is {kind} and {}", s.kind));
            }
        }
    }
    report("headings are wrong", &problems);
}

/// Writes the alternatives of a term out, up to [`CAP`] phrases.
fn expand(term: &str) -> Vec<String> {
    let mut rest = term;
    let phrases = sequence(&mut rest);
    assert!(rest.is_empty(), "unbalanced: {term}");
    phrases
}

fn sequence(rest: &mut &str) -> Vec<String> {
    let mut phrases = vec![String::new()];
    while let Some(c) = rest.chars().next() {
        let alternatives = match c {
            '|' | ']' | '}' => break,
            '[' | '{' => {
                *rest = &rest[1..];
                let mut all = if c == '[' { vec![String::new()] } else { Vec::new() };
                loop {
                    all.extend(sequence(rest));
                    let close = rest.chars().next().expect("balanced");
                    *rest = &rest[1..];
                    if close != '|' {
                        break;
                    }
                }
                all
            }
            _ => {
                let end = rest.find(['[', ']', '{', '}', '|']).unwrap_or(rest.len());
                let (plain, after) = rest.split_at(end);
                *rest = after;
                vec![plain.to_owned()]
            }
        };
        let pairs = phrases.iter().flat_map(|p| alternatives.iter().map(move |a| format!("{p}{a}")));
        phrases = pairs.take(CAP).collect();
    }
    phrases
}

#[test]
fn the_expander_agrees_with_the_matcher() {
    let all = expand("a [b|c d] {e|f}");
    assert_eq!(all.len(), 6);
    assert!(all.iter().any(|p| phrase(p, spelling()) == phrase("a c d f", spelling())));
    assert_eq!(expand("{|un}stable"), ["stable", "unstable"]);
}

/// Words of other meaning that lie near a term's, and slips that no variant names.
#[test]
fn misspelt_words_are_read_and_other_words_stay() {
    let spelling = &lexicon().spelling;
    let normal = |word: &str| {
        let (mut term, mut note) = (Vec::new(), Vec::new());
        spelling.normalize(word.as_bytes(), &mut term);
        spelling.read(word.as_bytes(), &mut note);
        (String::from_utf8(term).unwrap(), String::from_utf8(note).unwrap())
    };
    let stay = [
        "lamination",
        "extension",
        "extensions",
        "detention",
        "retention",
        "comparison",
        "compressive",
        "degenerated",
        "atypical",
        "asymmetric",
        "unremarkable",
        "uncomplicated",
        "nonunion",
        "hypotrophy",
        "hypoesthesia",
        "hypointensity",
        "neutropenic",
        "osteolytic",
        "osteogenic",
        "intermuscular",
        "intracuticular",
        "rhinotomy",
        "enteropathy",
        "steatosis",
        "carcinoid",
        "radioulnar",
        "metacarpophalangeal",
        "rerupture",
        "transferrin",
        "contraction",
        "contusion",
        "confusion",
        "perfusion",
        "intrusion",
        "distortion",
        "herniorrhaphy",
        "stenting",
        "ligation",
        "ligature",
        "vertebrate",
        "numerous",
        "conversation",
        "conservation",
        "medicinal",
        "immediate",
    ];
    let changed = stay.iter().map(|w| normal(w)).filter(|(term, note)| term != note);
    let mut problems: Vec<String> = changed.map(|(term, note)| format!("{term} is read as {note}")).collect();
    let slips = [
        ("multlevel", "multilevel"),
        ("prevertibral", "prevertebral"),
        ("osteoprotic", "osteoporotic"),
        ("tranpedicular", "transpedicular"),
        ("irrigular", "irregular"),
        ("secandary", "secondary"),
        ("spondylolisthseis", "spondylolisthesis"),
        ("protrusiosn", "protrusion"),
        ("physcial", "physical"),
        ("acupunture", "acupuncture"),
        ("gabapentni", "gabapentin"),
    ];
    for (slip, meant) in slips {
        let (_, note) = normal(slip);
        if note != meant {
            problems.push(format!("{slip} is read as {note}, not {meant}"));
        }
    }
    report("words read wrongly", &problems);
}

/// A long word of a term that the list called a common word would lose its slips.
#[test]
fn listed_words_are_no_variants_and_in_order() {
    let list = include_str!("../lexicons/words.txt");
    let spelling = &lexicon().spelling;
    let mut problems = Vec::new();
    for part in list.split("\n---\n") {
        let words: Vec<&str> = part.lines().filter(|l| !l.starts_with('#')).collect();
        problems.extend(
            words.windows(2).filter(|w| w[0] >= w[1]).map(|w| format!("{} stands before {}", w[0], w[1])),
        );
        for word in words {
            let mut out = Vec::new();
            spelling.normalize(word.as_bytes(), &mut out);
            let plain = word.len() >= 7 && word.bytes().all(|b| b.is_ascii_lowercase());
            if !plain || !word.as_bytes().starts_with(&out[..out.len().min(word.len()).saturating_sub(1)]) {
                problems.push(format!("{word} has the normal form {}", String::from_utf8_lossy(&out)));
            }
        }
    }
    report("listed words", &problems);
}

/// The code that a condition takes in a region: its own, else that of the next region that has one.
fn code<'a>(concept: &'a Concept, region: &str) -> &'a str {
    let c = &concept.codes;
    let own = match region {
        "lumbar" => &c.lumbar,
        "lumbosacral" => &c.lumbosacral,
        _ => &c.unstated,
    };
    let rest = [&c.lumbar, &c.lumbosacral, &c.sacral, &c.unstated];
    let code = own.as_ref().or_else(|| rest.into_iter().find_map(Option::as_ref));
    code.map_or("-", |code| code.trim_end_matches('_'))
}

#[test]
fn the_conditions_of_the_lumbar_spine_have_their_codes() {
    let rows = || include_str!("data/conditions.tsv").lines().filter(|l| !l.starts_with('#'));
    assert_eq!(rows().count(), 114);
    let mut problems = Vec::new();
    for row in rows() {
        let cells: Vec<&str> = row.split('\t').collect();
        let [name, words, id, lumbar, lumbosacral, unstated, status, caveat] = cells[..] else {
            problems.push(format!("{row}: eight cells"));
            continue;
        };
        let found = matched(words);
        if !found.contains(id) {
            problems.push(format!("{name}: `{words}` is read as {}, not {id}", listed(&found)));
        }
        let Some((_, c)) = lexicon().find(id) else {
            problems.push(format!("{name}: no concept {id}"));
            continue;
        };
        let has = [code(c, "lumbar"), code(c, "lumbosacral"), code(c, "unstated")];
        if has != [lumbar, lumbosacral, unstated] {
            problems.push(format!("{name}: {has:?}, not {:?}", [lumbar, lumbosacral, unstated]));
        }
        let stands = match c.m53_86 {
            Some(M5386::Yes) => "yes",
            Some(M5386::YesNotIndexed) => "yes-not-indexed",
            Some(M5386::MoreSpecific) => "more-specific",
            Some(M5386::Nonspecific) => "nonspecific",
            None => "-",
        };
        if stands != status || c.source.trim().is_empty() || (caveat == "+") != c.caveat.is_some() {
            problems.push(format!("{name}: {stands}, not {status}; or its source or caveat"));
        }
    }
    report("conditions are not as the tables have them", &problems);
}

#[test]
fn the_conditions_are_many() {
    let conditions = || lexicon().concepts().filter(|(label, _)| *label == Label::Condition);
    let coded = conditions().filter(|(_, c)| c.codes != Codes::default()).count();
    println!("{} conditions, {coded} of them with a code", conditions().count());
    assert!(coded >= 180, "{coded}");
}
