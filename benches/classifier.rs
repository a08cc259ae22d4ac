//! How long each stage of the classifier takes: `cargo bench --bench classifier`.
//!
//! The model is that of the directory `CHARTGAP_MODEL`, else the embedded one, else the small one of the tests, whose
//! times say nothing of a real one.

use chartgap::check::{CheckOptions, Engine, EngineOptions};
use chartgap::classify::{ModelSource, OnnxClassifier, Package, Pieces, RuntimeOptions, Sentence};
use chartgap::eval::load_gold;
use chartgap::note::Note;
use chartgap::reading::Reading;
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use std::path::PathBuf;
use std::sync::LazyLock;

static NOTES: LazyLock<Vec<Note>> = LazyLock::new(notes);
static RULES: LazyLock<Engine> = LazyLock::new(|| engine(ModelSource::None));
static CLASSIFIED: LazyLock<Engine> = LazyLock::new(|| engine(model()));
static CLASSIFIER: LazyLock<OnnxClassifier> = LazyLock::new(classifier);
static PIECES: LazyLock<Pieces> = LazyLock::new(pieces);
static READINGS: LazyLock<Vec<Reading>> = LazyLock::new(|| NOTES.iter().map(|n| RULES.read(n)).collect());
static SENTENCES: LazyLock<Vec<Sentence<'static>>> = LazyLock::new(sentences);

fn main() {
    LazyLock::force(&SENTENCES);
    LazyLock::force(&CLASSIFIED);
    LazyLock::force(&CLASSIFIER);
    LazyLock::force(&PIECES);
    divan::main();
}

fn model() -> ModelSource {
    match std::env::var_os("CHARTGAP_MODEL") {
        Some(dir) => ModelSource::Dir(dir.into()),
        None if cfg!(feature = "embedded-model") => ModelSource::Embedded,
        None => ModelSource::Dir(PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/model"))),
    }
}

#[allow(clippy::expect_used, reason = "a bench without its data has nothing to say")]
fn engine(model: ModelSource) -> Engine {
    Engine::load(&EngineOptions { model, ..EngineOptions::default() }).expect("data and model load")
}

#[allow(clippy::expect_used, reason = "a bench without its data has nothing to say")]
fn package() -> Package {
    Package::open(&model()).expect("the model loads").expect("there is a model")
}

#[allow(clippy::expect_used, reason = "a bench without its data has nothing to say")]
fn pieces() -> Pieces {
    Pieces::new(&package()).expect("the tokenizer loads")
}

/// Without the cache: what is measured is the work.
#[allow(clippy::expect_used, reason = "a bench without its data has nothing to say")]
fn classifier() -> OnnxClassifier {
    let mut classifier = OnnxClassifier::new(package(), &RuntimeOptions::default()).expect("the model loads");
    classifier.tagger_mut().set_cache(false);
    classifier
}

#[allow(clippy::expect_used, reason = "a bench without its data has nothing to say")]
fn notes() -> Vec<Note> {
    let lines = include_str!("../corpus/notes.jsonl");
    let gold = load_gold(lines.as_bytes(), "corpus/notes.jsonl").expect("the corpus is well formed");
    gold.into_iter().map(|g| Note::new(g.id, g.text)).collect()
}

fn sentences() -> Vec<Sentence<'static>> {
    let all = NOTES.iter().zip(READINGS.iter()).flat_map(|(note, reading)| {
        let s = &reading.segments;
        s.sentences.iter().map(move |x| Sentence {
            section: s.sections[x.section].kind,
            before: "",
            text: s.span(x.tokens.clone()).of(&note.text),
        })
    });
    all.collect()
}

#[divan::bench(sample_count = 20)]
fn load() -> OnnxClassifier {
    classifier()
}

#[divan::bench]
fn gate(bencher: Bencher<'_, '_>) {
    let count: usize = READINGS.iter().map(|r| r.segments.sentences.len()).sum();
    bencher
        .counter(ItemsCount::new(count))
        .bench(|| READINGS.iter().map(|r| CLASSIFIER.gate().sentences(black_box(r)).len()).sum::<usize>());
}

#[divan::bench]
fn tokenize(bencher: Bencher<'_, '_>) {
    bencher
        .counter(ItemsCount::new(SENTENCES.len()))
        .bench(|| SENTENCES.iter().map(|s| PIECES.cut(black_box(s.text)).len()).sum::<usize>());
}

/// Tokenising, encoding and decoding so many sentences together.
#[divan::bench(args = [1, 4, 16, 64, 256], sample_count = 10)]
fn encode(bencher: Bencher<'_, '_>, together: usize) {
    let some = &SENTENCES[..SENTENCES.len().min(512)];
    bencher.counter(ItemsCount::new(some.len())).bench(|| {
        some.chunks(together)
            .filter_map(|s| CLASSIFIER.tagger().read(black_box(s)).ok())
            .map(|t| t.len())
            .sum::<usize>()
    });
}

/// Sentences that were read before.
#[divan::bench]
fn cache_hit(bencher: Bencher<'_, '_>) {
    let classifier = OnnxClassifier::new(package(), &RuntimeOptions::default());
    let Ok(classifier) = classifier else { return };
    let some = &SENTENCES[..SENTENCES.len().min(512)];
    let _ = classifier.tagger().read(some);
    bencher
        .counter(ItemsCount::new(some.len()))
        .bench(|| classifier.tagger().read(black_box(some)).map_or(0, |t| t.len()));
}

/// The whole check: by rules alone, with the classifier and nothing remembered, with everything remembered.
#[divan::bench(args = ["rules", "cold", "remembered"], sample_count = 10)]
fn check(bencher: Bencher<'_, '_>, how: &str) {
    let engine = if how == "rules" { &*RULES } else { &*CLASSIFIED };
    bencher.counter(ItemsCount::new(NOTES.len())).bench_local(|| {
        if let Some(classifier) = engine.classifier().filter(|_| how == "cold") {
            classifier.forget();
        }
        let some =
            NOTES.chunks(16).filter_map(|n| engine.check_all(black_box(n), CheckOptions::default()).ok());
        some.map(|r| r.len()).sum::<usize>()
    });
}
