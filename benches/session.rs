//! How long an edit of a note of about 5 kB takes, beside a full check of it: `cargo bench --bench session`.
//!
//! Percentiles over single edits, by the clock, and of the time on the processor, which a busy machine does not stretch.
//! The rules alone first, then with the embedded model, for which the edits are told apart by how many sentences the
//! network had to compute.
#![allow(clippy::print_stdout, reason = "a bench prints its figures")]

use chartgap::check::{CheckOptions, Engine, EngineOptions, Reread};
use chartgap::eval::load_gold;
use chartgap::note::Note;
use chartgap::session::{Session, SessionOptions};
use cpu_time::ProcessTime;
use std::hint::black_box;
use std::time::{Duration, Instant};

// That of the service.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// About the length of the notes, in bytes.
const LENGTH: usize = 5000;
/// What is typed.
const TYPED: &str =
    "She has had low back pain at L4-5 for 8 months, worse with sitting, despite physical therapy. ";

fn main() {
    let notes = notes();
    let bytes: usize = notes.iter().map(|n| n.text.len()).sum();
    println!("{} notes, {} bytes each", notes.len(), bytes / notes.len().max(1));
    println!("{:<40} {:>6} {:>23} {:>23}", "p50, p90, p99 in ms", "count", "clock", "processor");
    run("rules", &engine(false), &notes);
    if cfg!(feature = "embedded-model") {
        run("classifier", &engine(true), &notes);
    }
}

#[allow(clippy::expect_used, reason = "a bench without its data has nothing to say")]
fn engine(classifier: bool) -> Engine {
    let mut options = EngineOptions::default();
    #[cfg(feature = "classifier")]
    {
        use chartgap::classify::ModelSource;
        options.model = match classifier {
            #[cfg(feature = "embedded-model")]
            true => ModelSource::Embedded,
            _ => ModelSource::None,
        };
    }
    let _ = (classifier, &mut options);
    Engine::load(&options).expect("the embedded data load")
}

/// The notes of this project, joined.
#[allow(clippy::expect_used, reason = "a bench without its data has nothing to say")]
fn notes() -> Vec<Note> {
    let lines = include_str!("../corpus/notes.jsonl");
    let gold = load_gold(lines.as_bytes(), "corpus/notes.jsonl").expect("the corpus is well formed");
    let mut out: Vec<Note> = Vec::new();
    for note in gold {
        match out.last_mut().filter(|last| last.text.len() + note.text.len() / 2 < LENGTH) {
            Some(last) => {
                last.text.push_str("\n\n");
                last.text.push_str(&note.text);
            }
            None => out.push(Note::new(note.id, note.text)),
        }
    }
    out.retain(|n| n.text.len().abs_diff(LENGTH) < LENGTH / 5);
    out
}

fn run(what: &str, engine: &Engine, notes: &[Note]) {
    let options = CheckOptions { mentions: true };
    let mut cold = Times::default();
    let mut warm = Times::default();
    for note in notes {
        if let Some(classifier) = engine.classifier() {
            classifier.forget();
        }
        cold.time(|| engine.check(note, options));
        for _ in 0..8 {
            warm.time(|| engine.check(note, options));
        }
    }
    cold.print(&format!("{what}: full check, nothing known"));
    warm.print(&format!("{what}: full check, classifier warm"));

    for (name, size) in [("a letter", 1), ("a word", 5), ("a sentence", TYPED.len())] {
        let mut times = Times::default();
        for note in notes {
            typed(engine, note, size, &mut times);
        }
        times.print(&format!("{what}: edit, {name}"));
    }
}

/// Types at four places of a note, `size` letters at a time, and takes some back.
#[allow(clippy::expect_used, reason = "the edits are within the note")]
fn typed(engine: &Engine, note: &Note, size: usize, times: &mut Times) {
    let mut session =
        Session::new(engine, note.clone(), SessionOptions::default()).expect("the note is not too long");
    let ends: Vec<usize> = note.text.match_indices('\n').map(|(i, _)| i + 1).collect();
    // from the end on, so that the places before it stay
    for quarter in (0..4).rev() {
        let line = ends.get(ends.len() * quarter / 4).copied().unwrap_or(0);
        let mut at = session.encoding().length(&note.text[..line]);
        for (i, letters) in TYPED.as_bytes().chunks(size).enumerate() {
            let letters = String::from_utf8_lossy(letters);
            let inserted = letters.len() as u32;
            let change = times.time(|| session.edit(at..at, &letters));
            times.note(change.expect("the place is in the note").reread);
            at += inserted;
            if i % 8 == 7 || size == TYPED.len() {
                let change = times.time(|| session.edit(at - inserted..at, ""));
                times.note(change.expect("the place is in the note").reread);
                at -= inserted;
            }
        }
    }
}

/// By the clock and on the processor.
type Taken = [Duration; 2];

/// How long single edits or checks took.
#[derive(Default)]
struct Times {
    taken: Vec<Taken>,
    /// By how many sentences were computed: 0, 1, 2 and more.
    by_computed: [Vec<Taken>; 3],
    read: usize,
    computed: usize,
}

impl Times {
    fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let (processor, clock) = (ProcessTime::now(), Instant::now());
        let done = black_box(work());
        self.taken.push([clock.elapsed(), processor.elapsed()]);
        done
    }

    /// Takes up what the last one had to read.
    fn note(&mut self, reread: Reread) {
        self.read += reread.read;
        self.computed += reread.computed;
        self.by_computed[reread.computed.min(2)].extend(self.taken.last());
    }

    fn print(mut self, what: &str) {
        let count = self.taken.len();
        let mean = |n: usize| n as f64 / count.max(1) as f64;
        let reread = match self.read {
            0 => String::new(),
            _ => format!("{:.2} read, {:.2} computed", mean(self.read), mean(self.computed)),
        };
        line(what, &mut self.taken, &reread);
        if self.computed > 0 {
            for (n, times) in self.by_computed.iter_mut().enumerate().filter(|(_, t)| !t.is_empty()) {
                line(&format!("  with {n}{} computed", if n == 2 { " or more" } else { "" }), times, "");
            }
        }
    }
}

fn line(what: &str, times: &mut [Taken], reread: &str) {
    let mut percentiles = |of: usize| {
        times.sort_by_key(|t| t[of]);
        let at = |percent: usize| {
            let at = (times.len() * percent).div_ceil(100).saturating_sub(1);
            times.get(at).map_or(0.0, |t| t[of].as_secs_f64() * 1e3)
        };
        format!("{:.3} {:>7.3} {:>7.3}", at(50), at(90), at(99))
    };
    let (clock, processor) = (percentiles(0), percentiles(1));
    println!("{what:<40} {:>6} {clock:>23} {processor:>23}  {reread}", times.len());
}
