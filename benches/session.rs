//! How long an edit of a note of about 5 kB takes, beside a full check of it: `cargo bench --bench session`.
//!
//! Percentiles over single edits, of the time on the clock and, where the system tells it, of the time on the
//! processor, which a busy machine does not stretch. The rules alone first, then with the embedded model.
#![allow(clippy::print_stdout, reason = "a bench prints its figures")]

use chartgap::check::{CheckOptions, Engine, EngineOptions};
use chartgap::eval::load_gold;
use chartgap::note::Note;
use chartgap::session::{Session, SessionOptions};
use std::hint::black_box;
use std::time::{Duration, Instant};

/// About the length of the notes, in bytes.
const LENGTH: usize = 5000;
/// What is typed.
const TYPED: &str =
    "She has had low back pain at L4-5 for 8 months, worse with sitting, despite physical therapy. ";

fn main() {
    let notes = notes();
    let bytes: usize = notes.iter().map(|n| n.text.len()).sum();
    println!("{} notes, {} bytes each", notes.len(), bytes / notes.len().max(1));
    println!(
        "{:<36} {:>6} {:>21} {:>21}  read, computed",
        "", "count", "clock p50, p99 in ms", "processor p50, p99"
    );
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

/// Types at four places of a note, `size` letters at a time, and takes every second one back.
#[allow(clippy::expect_used, reason = "the edits are within the note")]
fn typed(engine: &Engine, note: &Note, size: usize, times: &mut Times) {
    let mut session =
        Session::new(engine, note.clone(), SessionOptions::default()).expect("the note is not too long");
    let length = session.encoding().length(&note.text);
    for quarter in 0..4 {
        let mut at = length * quarter / 4;
        for (i, letters) in TYPED.as_bytes().chunks(size).enumerate() {
            let letters = String::from_utf8_lossy(letters);
            let inserted = letters.len() as u32;
            let change = times.time(|| session.edit(at..at, &letters));
            let reread = change.expect("the place is in the note").reread;
            times.read += reread.read;
            times.computed += reread.computed;
            at += inserted;
            if i % 8 == 7 || size == TYPED.len() {
                let change = times.time(|| session.edit(at - inserted..at, ""));
                let reread = change.expect("the place is in the note").reread;
                times.read += reread.read;
                times.computed += reread.computed;
                at -= inserted;
            }
        }
    }
}

#[derive(Default)]
struct Times {
    clock: Vec<Duration>,
    processor: Vec<Duration>,
    read: usize,
    computed: usize,
}

impl Times {
    fn time<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let (before, started) = (on_processor(), Instant::now());
        let done = black_box(work());
        self.clock.push(started.elapsed());
        if let (Some(before), Some(after)) = (before, on_processor()) {
            self.processor.push(after.saturating_sub(before));
        }
        done
    }

    fn print(mut self, what: &str) {
        let count = self.clock.len();
        let mut two = |times: &mut Vec<Duration>| {
            times.sort();
            match times.is_empty() {
                true => "-".to_owned(),
                false => format!("{:.3}, {:.3}", percentile(times, 50), percentile(times, 99)),
            }
        };
        let measuring = measuring();
        self.processor.iter_mut().for_each(|t| *t = t.saturating_sub(measuring));
        let (clock, processor) = (two(&mut self.clock), two(&mut self.processor));
        let mean = |n: usize| n as f64 / count as f64;
        let reread = match self.read {
            0 => String::new(),
            _ => format!("{:.2}, {:.2}", mean(self.read), mean(self.computed)),
        };
        println!("{what:<36} {count:>6} {clock:>21} {processor:>21}  {reread}");
    }
}

fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(at).map_or(0.0, |t| t.as_secs_f64() * 1e3)
}

/// How long the threads of this process ran so far; Linux tells. The network runs in a thread of its own.
fn on_processor() -> Option<Duration> {
    let threads = std::fs::read_dir("/proc/self/task").ok()?.flatten();
    let ran = |thread: std::fs::DirEntry| -> Option<u64> {
        std::fs::read_to_string(thread.path().join("schedstat")).ok()?.split(' ').next()?.parse().ok()
    };
    Some(Duration::from_nanos(threads.filter_map(ran).sum()))
}

/// What measuring itself takes of the processor.
fn measuring() -> Duration {
    let mut nothing = Times::default();
    (0..1000).for_each(|_| nothing.time(|| ()));
    nothing.processor.sort();
    nothing.processor.get(500).copied().unwrap_or_default()
}
