//! The threads that check notes, apart from those that talk to clients, and how much may wait for them.

use super::problem::Problem;
use super::together::{Line, Waiting};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// Some threads with a bounded number of jobs.
pub(super) struct Pool {
    threads: rayon::ThreadPool,
    places: Arc<Semaphore>,
    time: Duration,
}

impl Pool {
    /// So many threads, so many jobs that wait for one, and the time after which nobody waits for a job any more.
    pub(super) fn new(threads: usize, waiting: usize, time: Duration) -> io::Result<Self> {
        let threads = threads.max(1);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).thread_name(|n| format!("check-{n}"));
        Ok(Self {
            threads: pool.build().map_err(io::Error::other)?,
            places: Arc::new(Semaphore::new(threads.saturating_add(waiting).min(Semaphore::MAX_PERMITS))),
            time,
        })
    }

    /// Whether another job would be taken.
    pub(super) fn has_room(&self) -> bool {
        self.places.available_permits() > 0
    }

    /// Does a job, unless too many wait already.
    ///
    /// # Errors
    /// Busy, late, or a defect of the job.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| Problem::busy())?;
        tokio::time::timeout(self.time, self.with(place, job)).await.map_err(|_| Problem::late())?
    }

    /// Does a job when there is room: for streams, which wait instead of failing halfway.
    pub(super) async fn run_patiently<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let place = self.places.clone().acquire_owned().await.map_err(|_| Problem::internal())?;
        self.with(place, job).await
    }

    /// Does a job together with others of its line that wait at the same time, unless too many wait already. `work` answers
    /// each of them, in order. The answers go out together, which wakes fewer threads than one after the other.
    ///
    /// # Errors
    /// Busy, late, or a defect of the work.
    pub(super) async fn run_together<T: Send + 'static, R: Send + 'static>(
        &self,
        line: &Arc<Line<T, R>>,
        job: T,
        bytes: usize,
        work: impl FnOnce(&[T]) -> Vec<R> + Send + 'static,
    ) -> Result<R, Problem> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| Problem::busy())?;
        let (answer, receiver) = oneshot::channel();
        line.push(Waiting { job, bytes, place, answer });
        let (line, threads) = (line.clone(), self.threads.current_num_threads());
        // One turn a job, of which those find nothing left whose job went along with an earlier one.
        self.threads.spawn_fifo(move || {
            let (jobs, answers): (Vec<T>, Vec<_>) =
                line.take(threads).into_iter().map(|w| (w.job, (w.answer, w.place))).unzip();
            if jobs.is_empty() {
                return;
            }
            // A panic drops the answers, which their clients then miss.
            if let Ok(done) = catch_unwind(AssertUnwindSafe(|| work(&jobs))) {
                for ((answer, place), done) in answers.into_iter().zip(done) {
                    drop(place);
                    let _ = answer.send(done);
                }
            }
        });
        let answered = tokio::time::timeout(self.time, receiver).await.map_err(|_| Problem::late())?;
        answered.map_err(|_| Problem::internal())
    }

    async fn with<T: Send + 'static>(
        &self,
        place: OwnedSemaphorePermit,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let (sender, receiver) = oneshot::channel();
        self.threads.spawn_fifo(move || {
            // Nobody waits for it any more where the client went away, or waited too long.
            if !sender.is_closed() {
                let done = catch_unwind(AssertUnwindSafe(job));
                drop(place);
                let _ = sender.send(done);
            }
        });
        match receiver.await {
            Ok(Ok(done)) => Ok(done),
            _ => Err(Problem::internal()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::mpsc;

    fn block_on<T>(work: impl Future<Output = T>) -> T {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(work)
    }

    #[test]
    fn more_than_may_wait_is_refused_and_what_nobody_waits_for_is_not_done() {
        block_on(async {
            let pool = Arc::new(Pool::new(1, 1, Duration::from_millis(50)).unwrap());
            let done = Arc::new(AtomicUsize::new(0));
            let (release, held) = mpsc::channel::<()>();
            let slow = tokio::spawn({
                let pool = pool.clone();
                async move { pool.run(move || held.recv().unwrap()).await }
            });
            tokio::task::yield_now().await;
            let waits = tokio::spawn({
                let (pool, done) = (pool.clone(), done.clone());
                async move { pool.run(move || done.fetch_add(1, Ordering::SeqCst)).await }
            });
            tokio::task::yield_now().await;
            assert!(!pool.has_room());
            assert_eq!(pool.run(|| ()).await.unwrap_err().code, "busy");
            assert_eq!(slow.await.unwrap().unwrap_err().code, "too-slow");
            assert_eq!(waits.await.unwrap().unwrap_err().code, "too-slow");
            release.send(()).unwrap();
            assert_eq!(pool.run_patiently(|| 7).await.unwrap(), 7);
            assert_eq!(done.load(Ordering::SeqCst), 0);
        });
    }

    #[test]
    fn a_panic_costs_its_job_alone() {
        block_on(async {
            let pool = Pool::new(1, 1, Duration::from_secs(60)).unwrap();
            let failed = pool.run(|| panic!("zyzzyva")).await.unwrap_err();
            assert!(failed.code == "internal" && !failed.detail.contains("zyzzyva"));
            assert_eq!(pool.run(|| 7).await.unwrap(), 7);
        });
    }
}
