//! How far a long run is: a bar on a terminal, a line now and then elsewhere.

use super::report;
use chartgap::audit::estimate;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::{IsTerminal, stderr};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

const REDRAW: Duration = Duration::from_millis(100);
const LINE: Duration = Duration::from_secs(10);

/// The progress of a run over notes; nothing of it where it is to be quiet.
pub(super) struct Bar {
    shown: Shown,
    started: Instant,
    /// Notes of earlier runs, which tell nothing of the rate.
    before: u64,
    items: u64,
    next: Instant,
    total: Arc<Total>,
}

enum Shown {
    Nothing,
    Lines,
    Bar { bar: ProgressBar, has_total: bool },
}

/// The number of notes, counted beside the work; 0 until it is known.
#[derive(Default)]
struct Total {
    notes: AtomicU64,
    over: AtomicBool,
}

impl Bar {
    /// Starts the clock, and counts the notes of the inputs where that can be told from outside.
    pub(super) fn new(quiet: bool, inputs: &[PathBuf], before: u64) -> Self {
        let shown = match (quiet, stderr().is_terminal()) {
            (true, _) => Shown::Nothing,
            (false, false) => Shown::Lines,
            (false, true) => {
                let bar = ProgressBar::new_spinner();
                bar.set_style(style("{spinner} {pos} notes, {msg}"));
                Shown::Bar { bar, has_total: false }
            }
        };
        let total = Arc::new(Total::default());
        if !quiet {
            let (inputs, total) = (inputs.to_owned(), total.clone());
            // Not joined: it ends by itself, or when the run is over.
            thread::spawn(move || {
                let go_on = || !total.over.load(Ordering::Relaxed);
                if let Some(notes) = estimate(&inputs, &go_on) {
                    total.notes.store(notes, Ordering::Relaxed);
                }
            });
        }
        let started = Instant::now();
        let first = started + if matches!(shown, Shown::Lines) { LINE } else { REDRAW };
        Self { shown, started, before, items: before, next: first, total }
    }

    /// So many notes are done.
    pub(super) fn at(&mut self, items: u64) {
        self.items = items;
        if matches!(self.shown, Shown::Nothing) || Instant::now() < self.next {
            return;
        }
        let total = Some(self.total.notes.load(Ordering::Relaxed)).filter(|total| *total >= items);
        let seconds = self.started.elapsed().as_secs_f64();
        let told = tell((items - self.before) as f64 / seconds, total.map(|total| total - items));
        match &mut self.shown {
            Shown::Nothing => {}
            Shown::Lines => {
                let of = total.map(|total| format!(" of {total}")).unwrap_or_default();
                report(&format!("{items}{of} notes, {told}"));
                self.next = Instant::now() + LINE;
            }
            Shown::Bar { bar, has_total } => {
                if let (Some(total), false) = (total, *has_total) {
                    bar.set_length(total);
                    bar.set_style(style("{spinner} {wide_bar} {pos}/{len} notes, {msg}"));
                    *has_total = true;
                }
                bar.set_position(items);
                bar.set_message(told);
                self.next = Instant::now() + REDRAW;
            }
        }
    }

    /// A line that does not belong to the progress.
    pub(super) fn aside(&self, line: &str) {
        match &self.shown {
            Shown::Bar { bar, .. } => bar.suspend(|| report(line)),
            _ => report(line),
        }
    }

    /// Takes the bar away and says what the run came to.
    pub(super) fn finish(&self) {
        self.total.over.store(true, Ordering::Relaxed);
        if let Shown::Bar { bar, .. } = &self.shown {
            bar.finish_and_clear();
        }
        if !matches!(self.shown, Shown::Nothing) {
            let seconds = self.started.elapsed().as_secs_f64();
            let notes = self.items - self.before;
            report(&format!(
                "{notes} notes in {}, {:.0} a second",
                duration(seconds),
                notes as f64 / seconds
            ));
        }
    }
}

fn style(template: &str) -> ProgressStyle {
    // The templates are fixed; were one wrong, the default style would do.
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner())
}

/// `2113 a second, 4 min 10 s left`.
fn tell(rate: f64, left: Option<u64>) -> String {
    match left {
        Some(left) if rate > 0.0 => format!("{rate:.0} a second, {} left", duration(left as f64 / rate)),
        _ => format!("{rate:.0} a second"),
    }
}

fn duration(seconds: f64) -> String {
    let whole = seconds.round() as u64;
    match (whole / 3600, whole / 60 % 60, whole % 60) {
        (0, 0, _) if seconds < 10.0 => format!("{seconds:.1} s"),
        (0, 0, s) => format!("{s} s"),
        (0, m, s) => format!("{m} min {s} s"),
        (h, m, _) => format!("{h} h {m} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        assert_eq!(tell(2112.6, Some(528_150)), "2113 a second, 4 min 10 s left");
        assert_eq!(tell(0.0, Some(5)), "0 a second");
        assert_eq!(tell(10.0, None), "10 a second");
        assert_eq!(duration(3.24), "3.2 s");
        assert_eq!(duration(7384.0), "2 h 3 min");
    }
}
