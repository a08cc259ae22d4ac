//! Jobs of one kind that wait at the same time and are done together: a classifier is faster on the sentences of several
//! notes.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use tokio::sync::{OwnedSemaphorePermit, oneshot};

/// Most jobs of a group, and the most bytes. What a classifier gains by a group is reached with few; without
/// one it still saves a wake-up a note.
const GROUP: usize = 16;
const GROUP_BYTES: usize = 256 << 10;

/// A job, its size, its place in the pool, and where its answer goes.
pub(super) struct Waiting<T, R> {
    pub(super) job: T,
    pub(super) bytes: usize,
    pub(super) place: OwnedSemaphorePermit,
    pub(super) answer: oneshot::Sender<R>,
}

/// Jobs in the order in which they came.
pub(super) struct Line<T, R>(Mutex<VecDeque<Waiting<T, R>>>);

impl<T, R> Default for Line<T, R> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T, R> Line<T, R> {
    pub(super) fn push(&self, waiting: Waiting<T, R>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push_back(waiting);
    }

    /// The next group for one of so many threads: its share of what waits, so that no thread is left without. Jobs that nobody
    /// waits for any more are dropped.
    pub(super) fn take(&self, threads: usize) -> Vec<Waiting<T, R>> {
        let mut line = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        line.retain(|w| !w.answer.is_closed());
        let share = line.len().div_ceil(threads.max(1)).min(GROUP);
        let mut bytes: usize = 0;
        // A large one goes alone, so that the small ones do not wait for it.
        let fit = line.iter().take(share).take_while(|w| {
            let open = bytes == 0 || bytes.saturating_add(w.bytes) <= GROUP_BYTES;
            bytes = bytes.saturating_add(w.bytes.max(1));
            open
        });
        let count = fit.count();
        line.drain(..count).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use tokio::sync::Semaphore;

    fn line(sizes: &[usize]) -> (Line<usize, ()>, Vec<oneshot::Receiver<()>>) {
        let line = Line::default();
        let places = Arc::new(Semaphore::new(sizes.len()));
        let push = |(job, &bytes)| {
            let (answer, receiver) = oneshot::channel();
            line.push(Waiting { job, bytes, place: places.clone().try_acquire_owned().unwrap(), answer });
            receiver
        };
        let receivers = sizes.iter().enumerate().map(push).collect();
        (line, receivers)
    }

    fn jobs(line: &Line<usize, ()>, threads: usize) -> Vec<usize> {
        line.take(threads).into_iter().map(|w| w.job).collect()
    }

    #[test]
    fn each_thread_takes_its_share_in_order() {
        let (line, _receivers) = line(&[1; 5]);
        assert_eq!(jobs(&line, 2), [0, 1, 2]);
        assert_eq!(jobs(&line, 2), [3]);
        assert_eq!(jobs(&line, 2), [4]);
        assert!(jobs(&line, 2).is_empty());
    }

    #[test]
    fn a_group_is_closed_by_its_number_and_by_its_bytes() {
        let (many, _receivers) = line(&[1; 40]);
        assert_eq!(jobs(&many, 1).len(), GROUP);
        let (large, _receivers) = line(&[1, 1, GROUP_BYTES + 1, 1]);
        assert_eq!(jobs(&large, 1), [0, 1]);
        assert_eq!(jobs(&large, 1), [2]);
        assert_eq!(jobs(&large, 1), [3]);
    }

    #[test]
    fn who_went_away_is_left_out() {
        let (line, mut receivers) = line(&[1; 3]);
        receivers.remove(1);
        assert_eq!(jobs(&line, 1), [0, 2]);
    }
}
