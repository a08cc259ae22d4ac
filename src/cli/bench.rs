//! `chartgap bench`: how fast the whole process is, over real notes.

use super::args::{BenchArgs, BenchFormat};
use super::batch::GROUP;
use super::{Status, print, report};
use anyhow::ensure;
use chartgap::check::{CheckOptions, Engine};
use chartgap::classify::{Classifier, Counts};
use chartgap::note::Note;
use chartgap::render::json;
use rayon::prelude::*;
use serde::Serialize;
use std::time::{Duration, Instant};

/// The notes are held in memory, so that the disk is not measured; more than this is left out.
const SAMPLE_BYTES: usize = 1 << 30;
/// The share of the time that goes to single notes.
const LATENCY_SHARE: f64 = 0.25;

/// Reads the notes, then measures single notes on one thread and all notes on all threads.
pub(super) fn run(args: &BenchArgs) -> anyhow::Result<Status> {
    super::threads(args.threads.number)?;
    let started = Instant::now();
    let engine = super::engine_with(&args.engine, &args.model)?;
    let load = started.elapsed();

    let started = Instant::now();
    let mut notes = Vec::new();
    let mut bytes = 0;
    let mut failed = 0;
    for note in args.input.open() {
        match note {
            Ok(note) => {
                bytes += note.text.len();
                notes.push(note);
            }
            Err(error) => {
                failed += 1;
                report(&error.to_string());
            }
        }
        if bytes >= SAMPLE_BYTES {
            report(&format!("the sample is full: measuring the first {} notes", notes.len()));
            break;
        }
    }
    ensure!(!notes.is_empty(), "there is no note to measure with");
    let read = started.elapsed();

    let options = CheckOptions { mentions: args.mentions };
    let time = Duration::from_secs_f64(args.seconds);
    let latency = latency(&engine, &notes, options, time.mul_f64(LATENCY_SHARE));
    let before = engine.classifier().map(Classifier::counts).unwrap_or_default();
    let (passes, elapsed) = throughput(&engine, &notes, options, time)?;
    let classifier = engine.classifier().map(|c| work(c, before, passes * notes.len()));

    let threads = rayon::current_num_threads();
    let seconds = elapsed.as_secs_f64();
    let per_second = (passes * notes.len()) as f64 / seconds;
    let megabytes = (passes * bytes) as f64 / 1e6 / seconds;
    let figures = Figures {
        notes: notes.len(),
        bytes,
        mean_note_bytes: bytes / notes.len(),
        passes,
        seconds,
        threads,
        notes_per_second: per_second,
        megabytes_per_second: megabytes,
        notes_per_second_per_thread: per_second / threads as f64,
        megabytes_per_second_per_thread: megabytes / threads as f64,
        latency_p50_ms: percentile(&latency, 50),
        latency_p99_ms: percentile(&latency, 99),
        latency_max_ms: percentile(&latency, 100),
        load_ms: load.as_secs_f64() * 1e3,
        read_ms: read.as_secs_f64() * 1e3,
        classifier,
    };
    print(&match args.format {
        BenchFormat::Text => figures.to_text(),
        BenchFormat::Json => json::pretty(&figures)? + "\n",
    })?;
    Ok(if failed > 0 { Status::Failed } else { Status::Clean })
}

/// Sorted times of single notes, each from note to report, on one thread.
fn latency(engine: &Engine, notes: &[Note], options: CheckOptions, time: Duration) -> Vec<Duration> {
    // The first note pays for cold caches.
    for note in notes.iter().take(20) {
        std::hint::black_box(engine.check(note, options));
    }
    let started = Instant::now();
    let mut times = Vec::new();
    for note in notes.iter().cycle() {
        forget(engine);
        let before = Instant::now();
        std::hint::black_box(engine.check(note, options));
        times.push(before.elapsed());
        if started.elapsed() >= time && times.len() >= notes.len().min(1000) {
            break;
        }
    }
    times.sort();
    times
}

/// What is remembered of sentences would make every pass but the first a measurement of the memory.
fn forget(engine: &Engine) {
    if let Some(classifier) = engine.classifier() {
        classifier.forget();
    }
}

/// What the classifier had to do for `notes` notes.
fn work(classifier: &dyn Classifier, before: Counts, notes: usize) -> Work {
    let model = classifier.model();
    let after = classifier.counts();
    let each = |now: u64, then: u64| (now - then) as f64 / notes as f64;
    Work {
        model: model.name,
        engine: model.engine.unwrap_or_default(),
        sentences_per_note: each(after.sentences, before.sentences),
        passed_per_note: each(after.passed, before.passed),
        computed_per_note: each(after.computed, before.computed),
    }
}

/// Whole passes over the notes on all threads, each note from text to JSON line. Every pass begins with nothing
/// remembered.
fn throughput(
    engine: &Engine,
    notes: &[Note],
    options: CheckOptions,
    time: Duration,
) -> anyhow::Result<(usize, Duration)> {
    let started = Instant::now();
    let mut passes = 0;
    loop {
        forget(engine);
        notes.par_chunks(GROUP).try_for_each(|some| -> anyhow::Result<()> {
            for report in engine.check_all(some, options)? {
                std::hint::black_box(json::line(&report)?);
            }
            Ok(())
        })?;
        passes += 1;
        if started.elapsed() >= time {
            return Ok((passes, started.elapsed()));
        }
    }
}

fn percentile(sorted: &[Duration], percent: usize) -> f64 {
    let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(at).map_or(0.0, |t| t.as_secs_f64() * 1e3)
}

#[derive(Serialize)]
struct Figures {
    notes: usize,
    bytes: usize,
    mean_note_bytes: usize,
    passes: usize,
    seconds: f64,
    threads: usize,
    notes_per_second: f64,
    megabytes_per_second: f64,
    notes_per_second_per_thread: f64,
    megabytes_per_second_per_thread: f64,
    latency_p50_ms: f64,
    latency_p99_ms: f64,
    latency_max_ms: f64,
    load_ms: f64,
    read_ms: f64,
    /// `null` where the rules ran alone.
    classifier: Option<Work>,
}

/// What the classifier had to do.
#[derive(Serialize)]
struct Work {
    model: String,
    engine: String,
    sentences_per_note: f64,
    passed_per_note: f64,
    computed_per_note: f64,
}

impl Figures {
    fn to_text(&self) -> String {
        let classifier = match &self.classifier {
            None => "classifier   none\n".to_owned(),
            Some(w) => format!(
                "classifier   {} by {}: of {:.1} sentences a note {:.1} pass the gate, {:.1} are computed\n",
                w.model, w.engine, w.sentences_per_note, w.passed_per_note, w.computed_per_note
            ),
        };
        format!(
            "sample       {} notes, {:.2} MB, {} bytes a note\n\
             start        load {:.1} ms, read {:.1} ms\n\
             throughput   {:.0} notes/s, {:.2} MB/s on {} threads ({} passes, {:.1} s)\n\
             per thread   {:.0} notes/s, {:.2} MB/s\n\
             one note     p50 {:.3} ms, p99 {:.3} ms, max {:.3} ms\n\
             {classifier}",
            self.notes,
            self.bytes as f64 / 1e6,
            self.mean_note_bytes,
            self.load_ms,
            self.read_ms,
            self.notes_per_second,
            self.megabytes_per_second,
            self.threads,
            self.passes,
            self.seconds,
            self.notes_per_second_per_thread,
            self.megabytes_per_second_per_thread,
            self.latency_p50_ms,
            self.latency_p99_ms,
            self.latency_max_ms,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles() {
        let times: Vec<Duration> = (1..=200).map(Duration::from_millis).collect();
        assert_eq!(percentile(&times, 50), 100.0);
        assert_eq!(percentile(&times, 99), 198.0);
        assert_eq!(percentile(&times[..1], 99), 1.0);
    }
}
