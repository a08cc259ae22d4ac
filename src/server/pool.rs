//! The threads that check notes, apart from those that talk to clients, and how much may wait for them.

use super::problem::Problem;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

/// Some threads with a bounded number of jobs.
pub(super) struct Pool {
    threads: rayon::ThreadPool,
    places: Arc<Semaphore>,
}

impl Pool {
    /// So many threads, and so many jobs that wait for one.
    pub(super) fn new(threads: usize, waiting: usize) -> io::Result<Self> {
        let threads = threads.max(1);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).thread_name(|n| format!("check-{n}"));
        Ok(Self {
            threads: pool.build().map_err(io::Error::other)?,
            places: Arc::new(Semaphore::new(threads.saturating_add(waiting).min(Semaphore::MAX_PERMITS))),
        })
    }

    /// Whether another job would be taken.
    pub(super) fn has_room(&self) -> bool {
        self.places.available_permits() > 0
    }

    /// Does a job, unless too many wait already.
    ///
    /// # Errors
    /// Busy, or a defect of the job.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| Problem::busy())?;
        self.with(place, job).await
    }

    /// Does a job when there is room: for streams, which wait instead of failing halfway.
    pub(super) async fn run_patiently<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let place = self.places.clone().acquire_owned().await.map_err(|_| Problem::internal())?;
        self.with(place, job).await
    }

    async fn with<T: Send + 'static>(
        &self,
        place: OwnedSemaphorePermit,
        job: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let (sender, receiver) = oneshot::channel();
        self.threads.spawn_fifo(move || {
            let done = catch_unwind(AssertUnwindSafe(job));
            drop(place);
            // Where the client went away, nobody waits for it.
            let _ = sender.send(done);
        });
        match receiver.await {
            Ok(Ok(done)) => Ok(done),
            _ => Err(Problem::internal()),
        }
    }
}
