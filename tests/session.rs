//! Sessions: what an edit changes, and that a session says what a full check says, at every step.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test may")]

use chartgap::check::{CheckOptions, Engine, EngineOptions, Reread};
use chartgap::note::Note;
use chartgap::report::v1::{Report, Verdict};
use chartgap::session::{Change, Edit, EditError, Encoding, Limits, Session, SessionOptions, State, Turn};
use proptest::prelude::*;
use std::sync::LazyLock;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| Engine::load(&rules()).unwrap());

fn rules() -> EngineOptions {
    EngineOptions {
        #[cfg(feature = "classifier")]
        model: chartgap::classify::ModelSource::None,
        ..EngineOptions::default()
    }
}

fn open(text: &str) -> Session<&'static Engine> {
    Session::new(&*ENGINE, Note::new("n", text), SessionOptions::default()).unwrap()
}

fn line(report: &Report) -> String {
    serde_json::to_string(report).unwrap()
}

/// The position of some words in a text without wide characters.
fn at(text: &str, words: &str) -> u32 {
    text.find(words).unwrap() as u32
}

const NOTE: &str = "\
HPI:
Low back pain for 8 months. She denies leg weakness. It began without an injury.
She tried physical therapy without relief.

IMAGING:
MRI lumbar spine shows facet arthropathy at L4-5.

FAMILY HISTORY: Mother with lumbar stenosis.

ASSESSMENT:
Lumbar facet arthropathy.
";

#[test]
fn an_edit_says_what_it_changed() {
    let mut session = open(NOTE);
    let end = at(NOTE, " for 8 months");
    let change = session.edit(end..end + 13, "").unwrap();
    assert_eq!(change.revision, 1);
    let chronicity = change.elements.iter().find(|e| e.id == "chronicity").unwrap();
    assert_eq!(chronicity.verdict, Turn { old: Some(Verdict::Met), new: Verdict::Missing });
    assert_eq!((chronicity.evidence.removed.len(), chronicity.evidence.added.len()), (1, 0));
    assert!(chronicity.gap.is_some());
    assert!(change.score.new < change.score.old.unwrap());
    let text = |range: std::ops::Range<u32>| &NOTE[range.start as usize..range.end as usize];
    assert_eq!(text(end..end + 13), " for 8 months");
    let removed: Vec<_> = change.mentions.removed.clone();
    assert_eq!(removed.len(), 1, "nothing but the duration left");
    assert!(change.mentions.added.is_empty(), "what moved did not come anew");
    assert_eq!(change.summary.unwrap().acuity, "unstated");
    assert_eq!(change.coding, None);
}

#[test]
fn words_that_only_moved_are_no_change() {
    let mut session = open(NOTE);
    let before = session.state().clone();
    let change = session.edit(0..0, "Seen today.\n\n").unwrap();
    assert!(change.elements.is_empty() && change.mentions.is_empty());
    assert_eq!((&change.summary, &change.coding, &change.provenance), (&None, &None, &None));
    assert_eq!(change.score, Turn { old: Some(before.score), new: before.score });
    let moved: Vec<u32> = session.state().mentions.iter().map(|m| m.start).collect();
    assert_eq!(moved, before.mentions.iter().map(|m| m.start + 13).collect::<Vec<_>>());
    assert_eq!(change.onto(Some(before)).unwrap(), *session.state());
}

#[test]
fn only_the_touched_sentences_are_read_again() {
    let mut session = open(NOTE);
    let all = session.reread();
    assert_eq!(all.read, all.sentences, "at first every sentence is new");
    let cases: &[(&str, u32, &str, usize)] = &[
        // where, what is replaced there, by what, sentences that are new
        ("for 8 months", 12, "for 3 weeks", 1),
        ("leg weakness", 0, "any ", 1),
        // one sentence becomes two
        ("without relief", 14, "twice. No relief", 2),
        // a heading: what follows is in another section, and the same words
        ("FAMILY HISTORY", 14, "ASSESSMENT", 1),
        ("MRI lumbar", 0, "PLAN:\n", 1),
        // nothing but white space between sentences
        ("Lumbar facet arthropathy.", 0, "\n\n", 0),
    ];
    for (place, length, text, read) in cases {
        let start = at(&session.note().text, place);
        let change = session.edit(start..start + length, text).unwrap();
        assert_eq!(change.reread.read, *read, "{place}: {text}");
        assert_eq!(line(session.report()), line(&check(&ENGINE, session.note())));
    }
    // what was there before is still known
    let start = at(&session.note().text, "for 3 weeks");
    let change = session.edit(start..start + 11, "for 8 months").unwrap();
    assert_eq!(change.reread.read, 0);
}

#[test]
fn edits_made_together_are_one_revision_or_none() {
    let mut session = open("HPI:\nLow back pain.\n");
    let two = [Edit::replace(18..18, " and"), Edit::replace(22..22, " stiffness")];
    let change = session.edit_all(0, &two).unwrap();
    assert_eq!(session.note().text, "HPI:\nLow back pain and stiffness.\n");
    assert_eq!((change.revision, change.edits.len()), (1, 2));
    let before = session.state().clone();
    let wrong = [Edit::replace(0..4, ""), Edit::replace(90..90, "x")];
    let error = session.edit_all(1, &wrong).unwrap_err();
    assert_eq!(error, EditError::OutOfRange { edit: 1, position: 90, length: 30 });
    assert_eq!(session.edit_all(0, &[]).unwrap_err(), EditError::Stale { given: 0, revision: 1 });
    assert_eq!(*session.state(), before);
    let all = session.edit_all(1, &[Edit::all("Hypertension.")]).unwrap();
    assert_eq!((all.length, session.revision()), (13, 2));
}

#[test]
fn what_a_session_may_hold_is_bounded() {
    let limits = Limits { bytes: 30, edits: 1 };
    let options = SessionOptions { limits, ..SessionOptions::default() };
    let refused = Session::new(&*ENGINE, Note::new("n", "x".repeat(31)), options).unwrap_err();
    assert_eq!(refused, EditError::TooLarge { bytes: 31, limit: 30 });
    let mut session = Session::new(&*ENGINE, Note::new("n", "Back pain"), options).unwrap();
    assert_eq!(session.edit(9..9, &"y".repeat(22)).unwrap_err().code(), "too-large");
    assert_eq!(
        session.edit_all(0, &[Edit::default(), Edit::default()]).unwrap_err().code(),
        "too-many-edits"
    );
    assert_eq!(session.note().text, "Back pain");
}

#[test]
fn a_session_keeps_its_text_out_of_debug_and_errors() {
    let mut session = open("Lumbar stenosis");
    let shown = format!("{session:?} {}", session.edit(3..99, "secret").unwrap_err());
    assert!(!shown.contains("stenosis") && !shown.contains("secret"), "{shown}");
}

#[test]
fn a_change_of_another_state_is_refused() {
    let mut session = open(NOTE);
    let first = session.whole().onto(None).unwrap();
    let one = session.edit(0..0, "x").unwrap();
    let two = session.edit(0..0, "y").unwrap();
    assert!(two.onto(Some(first.clone())).is_err() && one.onto(None).is_err());
    let state = two.onto(Some(one.onto(Some(first)).unwrap())).unwrap();
    assert_eq!(state, *session.state());
}

fn check(engine: &Engine, note: &Note) -> Report {
    if let Some(classifier) = engine.classifier() {
        classifier.forget();
    }
    engine.check(note, CheckOptions { mentions: true })
}

/// Notes of this project, and what is pasted into others.
static NOTES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let lines = include_str!("../corpus/notes.jsonl");
    let gold = chartgap::eval::load_gold(lines.as_bytes(), "corpus/notes.jsonl").unwrap();
    gold.into_iter().map(|g| g.text).collect()
});

/// What moves boundaries, changes what stands around it, or counts otherwise in bytes, UTF-16 and code points.
const PIECES: &[&str] = &[
    "\nHPI:\n",
    "\nASSESSMENT: ",
    "PLAN:\n",
    "\nFAMILY HISTORY: ",
    "ROS:",
    "Allergies: ",
    "IMPRESSION\n",
    "\n",
    "\n\n",
    "\r\n",
    ".",
    ". ",
    ", ",
    "; ",
    ": ",
    " ",
    "'",
    "-",
    "(",
    "1. ",
    "\n- ",
    "[ ] ",
    "☐",
    "[x] ",
    "no ",
    "denies ",
    " for 8 weeks",
    " since 2019",
    "3/14/2024 ",
    "chronic ",
    "history of ",
    "L4-5",
    "L",
    "5",
    "6w",
    "S1 ",
    " to L5",
    "lumbar stenosis",
    "spondylolithesis",
    " is ruled out",
    " and ",
    "moderate ",
    "grade 1 ",
    "é",
    "–",
    "𝄞",
    "\u{a0}",
    "×",
    "’",
    "physical therapy, ibuprofen and ",
    "failed ",
    "low back pain",
    "MRI lumbar spine ",
    "Hypertension.",
];

/// How a note is edited: places are shares of its length, so that they fit whatever the edits before left.
#[derive(Clone, Debug)]
enum Step {
    Insert(u16, String),
    Delete(u16, u8),
    Replace(u16, u8, String),
    /// A stretch goes to another place.
    Move(u16, u8, u16),
    All(usize),
}

fn pasted() -> impl Strategy<Value = String> {
    let piece = proptest::sample::select(PIECES);
    let lines = (0..108usize, any::<u16>(), 1..5usize).prop_map(|(note, from, count)| {
        let note = &NOTES[note % NOTES.len()];
        let lines: Vec<&str> = note.split_inclusive('\n').collect();
        let from = from as usize % lines.len();
        lines[from..lines.len().min(from + count)].concat()
    });
    // words without a full stop, so that sentences are cut where they are too long
    let long = (1..120usize).prop_map(|n| "pain at L4-5 6w ".repeat(n));
    prop_oneof![
        6 => piece.prop_map(str::to_owned),
        3 => lines,
        1 => long,
        2 => proptest::collection::vec(proptest::sample::select(PIECES), 1..6).prop_map(|p| p.concat()),
        2 => "[a-zL1-5 .\\n–é𝄞]{1,3}",
    ]
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (any::<u16>(), pasted()).prop_map(|(at, text)| Step::Insert(at, text)),
        3 => (any::<u16>(), any::<u8>()).prop_map(|(at, length)| Step::Delete(at, length)),
        3 => (any::<u16>(), 0..40u8, pasted()).prop_map(|(at, length, text)| Step::Replace(at, length, text)),
        1 => (any::<u16>(), any::<u8>(), any::<u16>()).prop_map(|(at, length, to)| Step::Move(at, length, to)),
        1 => (0..108usize).prop_map(Step::All),
    ]
}

impl Step {
    /// The edits of a step on a text, with positions on characters.
    fn edits(&self, text: &str, encoding: Encoding) -> Vec<Edit> {
        let ends: Vec<usize> = text.char_indices().map(|(i, _)| i).chain([text.len()]).collect();
        let point = |share: u16| share as usize * (ends.len() - 1) / usize::from(u16::MAX);
        let position = |point: usize| encoding.length(&text[..ends[point.min(ends.len() - 1)]]);
        let range = |at: u16, length: u8| position(point(at))..position(point(at) + usize::from(length));
        match self {
            Self::Insert(at, with) => vec![Edit { end: None, ..Edit::replace(range(*at, 0), with.as_str()) }],
            Self::Delete(at, length) => vec![Edit::replace(range(*at, *length), "")],
            Self::Replace(at, length, with) => vec![Edit::replace(range(*at, *length), with.as_str())],
            Self::Move(at, length, to) => {
                let (from, end) =
                    (ends[point(*at)], ends[(point(*at) + usize::from(*length)).min(ends.len() - 1)]);
                let (words, rest) = (&text[from..end], [&text[..from], &text[end..]].concat());
                let to = rest.char_indices().map(|(i, _)| i).nth(point(*to)).unwrap_or(rest.len());
                let to = encoding.length(&rest[..to]);
                vec![Edit::replace(range(*at, *length), ""), Edit::replace(to..to, words)]
            }
            Self::All(note) => vec![Edit::all(NOTES[note % NOTES.len()].as_str())],
        }
    }
}

/// A note, its metadata, and how it is edited.
#[derive(Clone, Debug)]
struct Case {
    note: usize,
    dated: bool,
    procedure: bool,
    encoding: Encoding,
    steps: Vec<Step>,
}

fn case(steps: std::ops::Range<usize>) -> impl Strategy<Value = Case> {
    let encoding = prop_oneof![Just(Encoding::Utf16), Just(Encoding::Utf8), Just(Encoding::CodePoints)];
    let steps = proptest::collection::vec(step(), steps);
    (0..108usize, any::<bool>(), any::<bool>(), encoding, steps).prop_map(
        |(note, dated, procedure, encoding, steps)| Case { note, dated, procedure, encoding, steps },
    )
}

/// Edits a note as a case says, and holds every step against a full check and against a client that takes in changes.
fn follow(engine: &Engine, fresh: &Engine, case: &Case) -> Result<(), TestCaseError> {
    let mut note = Note::new("n", NOTES[case.note % NOTES.len()].as_str());
    note.meta.date = case.dated.then(|| "2024-03-20".to_owned());
    note.meta.procedures = if case.procedure { vec!["64493".into()] } else { Vec::new() };
    let options = SessionOptions { encoding: case.encoding, ..SessionOptions::default() };
    let mut session = Session::new(engine, note, options).unwrap();
    let mut client = sent(&session.whole()).onto(None).unwrap();
    prop_assert_eq!(&client, session.state());
    for step in &case.steps {
        let edits = step.edits(&session.note().text, case.encoding);
        let change = session.edit_all(session.revision(), &edits).unwrap();
        prop_assert_eq!(line(session.report()), line(&check(fresh, session.note())));
        client = sent(&change).onto(Some(client)).unwrap();
        prop_assert_eq!(&client, session.state());
        prop_assert_eq!(&session.whole().onto(None).unwrap(), session.state());
        stands(&client, &session.note().text, case.encoding)?;
        let Reread { sentences, read, computed } = change.reread;
        prop_assert!(read <= sentences && computed <= sentences);
    }
    Ok(())
}

/// A change as a client gets it.
fn sent(change: &Change) -> Change {
    serde_json::from_str(&serde_json::to_string(change).unwrap()).unwrap()
}

/// Every place of a state holds the words that it is said to hold.
fn stands(state: &State, text: &str, encoding: Encoding) -> Result<(), TestCaseError> {
    let words = |start: u32, end: u32| -> String {
        match encoding {
            Encoding::Utf8 => text[start as usize..end as usize].to_owned(),
            Encoding::CodePoints => text.chars().skip(start as usize).take((end - start) as usize).collect(),
            Encoding::Utf16 => {
                let units: Vec<u16> = text.encode_utf16().collect();
                String::from_utf16(&units[start as usize..end as usize]).unwrap()
            }
        }
    };
    prop_assert_eq!(state.length, encoding.length(text));
    for m in &state.mentions {
        prop_assert_eq!(words(m.start, m.end), m.text.as_str());
    }
    for p in state.elements.iter().flat_map(|e| &e.evidence) {
        prop_assert_eq!(words(p.start, p.end), p.text.as_str());
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_session_says_what_a_full_check_says(case in case(1..12)) {
        follow(&ENGINE, &ENGINE, &case)?;
    }
}

#[cfg(feature = "classifier")]
mod classifier {
    use super::*;
    use chartgap::classify::ModelSource;
    use std::path::Path;

    static SMALL: LazyLock<Engine> = LazyLock::new(small);
    /// The same model in another engine, which remembers nothing.
    static FRESH: LazyLock<Engine> = LazyLock::new(small);

    fn small() -> Engine {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/model");
        let options = EngineOptions { model: ModelSource::Dir(dir), ..EngineOptions::default() };
        Engine::load(&options).unwrap().with_disagreements()
    }

    #[test]
    fn only_the_touched_sentences_are_computed_again() {
        let mut session = Session::new(&*SMALL, Note::new("n", NOTE), SessionOptions::default()).unwrap();
        let passed = session.reread().computed;
        assert!(passed > 4, "the gate lets most of them pass: {passed}");
        let start = at(NOTE, "without relief");
        let change = session.edit(start..start, "for a while ").unwrap();
        assert_eq!(change.reread.read, 1);
        assert!((1..=2).contains(&change.reread.computed), "the sentence, and the one that follows it");
        let whole = SMALL.check(session.note(), CheckOptions { mentions: true });
        assert_eq!(line(session.report()), line(&whole));
        let change = session.edit(0..0, "").unwrap();
        assert_eq!((change.reread.read, change.reread.computed), (0, 0));
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn a_session_says_what_a_full_check_says_with_the_classifier(case in case(1..8)) {
            follow(&SMALL, &FRESH, &case)?;
        }
    }

    #[cfg(feature = "embedded-model")]
    mod embedded {
        use super::*;

        static EMBEDDED: LazyLock<Engine> = LazyLock::new(load);
        static FRESH: LazyLock<Engine> = LazyLock::new(load);

        fn load() -> Engine {
            let options = EngineOptions { model: ModelSource::Embedded, ..EngineOptions::default() };
            Engine::load(&options).unwrap()
        }

        proptest! {
            #![proptest_config(ProptestConfig { cases: 3, failure_persistence: None, ..ProptestConfig::default() })]

            #[test]
            fn a_session_says_what_a_full_check_says_with_the_model(case in case(1..4)) {
                follow(&EMBEDDED, &FRESH, &case)?;
            }
        }
    }
}
