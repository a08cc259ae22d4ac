//! How long each stage takes on the committed notes: `cargo bench`.

use chartgap::check::{CheckOptions, Engine, EngineOptions};
use chartgap::eval::load_gold;
use chartgap::lexicon::Stream;
use chartgap::note::Note;
use chartgap::segment::Segments;
use chartgap::span::Span;
use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use std::sync::LazyLock;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| engine(&EngineOptions::default()));
static NOTES: LazyLock<Vec<Note>> = LazyLock::new(notes);
static LONG: LazyLock<Vec<Note>> = LazyLock::new(long);

/// The notes as they are, and joined to about the length of a common provider note.
const SETS: [&str; 2] = ["notes", "4 kB"];

fn main() {
    // loaded before the first bench, so that none pays for it
    LazyLock::force(&ENGINE);
    divan::main();
}

#[allow(clippy::expect_used, reason = "a bench without its data has nothing to say")]
fn engine(options: &EngineOptions) -> Engine {
    Engine::load(options).expect("the embedded data load")
}

#[allow(clippy::expect_used, reason = "a bench without its data has nothing to say")]
fn notes() -> Vec<Note> {
    let lines = include_str!("../corpus/notes.jsonl");
    let gold = load_gold(lines.as_bytes(), "corpus/notes.jsonl").expect("the corpus is well formed");
    gold.into_iter().map(|g| Note::new(g.id, g.text)).collect()
}

fn long() -> Vec<Note> {
    let mut out: Vec<Note> = Vec::new();
    for note in NOTES.iter() {
        match out.last_mut().filter(|last| last.text.len() < 4000) {
            Some(last) => {
                last.text.push_str("\n\n");
                last.text.push_str(&note.text);
            }
            None => out.push(note.clone()),
        }
    }
    out
}

/// Runs `work` over a set; divan shows notes and bytes a second.
fn over(bencher: Bencher<'_, '_>, set: &str, work: impl Fn(&Note) -> usize + Sync) {
    let notes: &[Note] = if set == "notes" { &NOTES } else { &LONG };
    bencher
        .counter(ItemsCount::new(notes.len()))
        .counter(BytesCount::new(notes.iter().map(|n| n.text.len()).sum::<usize>()))
        .bench(|| notes.iter().map(|n| black_box(work(n))).sum::<usize>());
}

#[divan::bench(args = SETS)]
fn segment(bencher: Bencher<'_, '_>, set: &str) {
    over(bencher, set, |note| Segments::new(&note.text, &ENGINE.reader().lexicon.headings).sentences.len());
}

/// Segmenting, normalising and matching.
#[divan::bench(args = SETS, name = "match")]
fn matching(bencher: Bencher<'_, '_>, set: &str) {
    let lexicon = &ENGINE.reader().lexicon;
    over(bencher, set, |note| {
        let segments = Segments::new(&note.text, &lexicon.headings);
        let stream = Stream::new(&segments, &lexicon.spelling);
        lexicon.matches(&note.text, &segments, &stream).len()
    });
}

/// Normal forms of words that no list knows, each looked up among all words of the data.
#[divan::bench]
fn misspelt(bencher: Bencher<'_, '_>) {
    let spelling = &ENGINE.reader().lexicon.spelling;
    let words = ["comprssion", "spondylolithesis", "ligamnetum", "hypetrophy", "quervain", "cineangiography"];
    let mut out = Vec::new();
    bencher.counter(ItemsCount::new(words.len())).bench_local(|| {
        out.clear();
        words.iter().for_each(|w| spelling.read(black_box(w.as_bytes()), &mut out));
        out.len()
    });
}

/// All of the above, patterns and assertions.
#[divan::bench(args = SETS)]
fn read(bencher: Bencher<'_, '_>, set: &str) {
    over(bencher, set, |note| ENGINE.read(note).mentions.len());
}

#[divan::bench(args = SETS)]
fn check(bencher: Bencher<'_, '_>, set: &str) {
    over(bencher, set, |note| ENGINE.check(note, CheckOptions::default()).elements.len());
}

/// From the note to the line of JSON, mentions included.
#[divan::bench(args = SETS)]
fn check_to_json(bencher: Bencher<'_, '_>, set: &str) {
    over(bencher, set, |note| {
        let report = ENGINE.check(note, CheckOptions { mentions: true });
        serde_json::to_string(&report).map_or(0, |line| line.len())
    });
}

#[divan::bench]
fn assert_span(bencher: Bencher<'_, '_>) {
    let text = "She denies numbness, tingling or leg weakness, but reports low back pain.";
    bencher.bench(|| ENGINE.assert_span(black_box(text), Span::new(32, 45)));
}

/// Where work grows faster than the note, the rate of the longer one falls.
#[divan::bench(args = [1, 8, 64])]
fn one_long_note(bencher: Bencher<'_, '_>, times: usize) {
    let text = LONG.first().map_or(String::new(), |n| n.text.repeat(times));
    let note = Note::new("long", text);
    bencher
        .counter(BytesCount::new(note.text.len()))
        .bench(|| ENGINE.check(black_box(&note), CheckOptions::default()));
}

/// The same with everything in one sentence.
#[divan::bench(args = [1, 8, 64])]
fn one_long_sentence(bencher: Bencher<'_, '_>, times: usize) {
    let note = Note::new("long", "no stenosis at L4-5, moderate disc bulge, ".repeat(4 * times));
    bencher
        .counter(BytesCount::new(note.text.len()))
        .bench(|| ENGINE.check(black_box(&note), CheckOptions::default()));
}

#[divan::bench(sample_count = 20)]
fn load() -> Engine {
    engine(black_box(&EngineOptions::default()))
}
