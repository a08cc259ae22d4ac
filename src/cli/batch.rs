//! Ordered parallel batches with flat memory: one thread reads ahead a little, the pool works on one chunk, and
//! meanwhile the caller writes the chunk before it.

use rayon::prelude::*;
use std::sync::mpsc::{self, TryRecvError};
use std::thread;

/// Most items that are worked on together; enough to keep many cores busy.
const CHUNK_ITEMS: usize = 256;
/// Most bytes of them: large notes must not add up.
const CHUNK_BYTES: usize = 8 * 1024 * 1024;

/// Works on all items in parallel and hands the results to `sink` in the order of the items.
///
/// `size` is the memory that an item holds, in bytes. Stops at the first error of `sink`.
pub(super) fn run<T, O, E>(
    items: impl Iterator<Item = T> + Send + 'static,
    size: fn(&T) -> usize,
    work: impl Fn(T) -> O + Sync,
    mut sink: impl FnMut(O) -> Result<(), E>,
) -> Result<(), E>
where
    T: Send + 'static,
    O: Send,
{
    let (sender, chunks) = mpsc::sync_channel(1);
    // Not joined: where the sink fails while the reader waits for input, the process must not wait for it.
    thread::spawn(move || {
        let mut items = items;
        // The first chunks are small, so that the first results come soon.
        let mut limit = CHUNK_ITEMS / 16;
        loop {
            let chunk = next_chunk(&mut items, size, limit);
            limit = (limit * 2).min(CHUNK_ITEMS);
            if chunk.is_empty() || sender.send(chunk).is_err() {
                return;
            }
        }
    });
    let mut ready: Vec<O> = Vec::new();
    loop {
        let chunk = match chunks.try_recv() {
            Ok(chunk) => chunk,
            Err(TryRecvError::Disconnected) => break,
            Err(TryRecvError::Empty) => {
                // Where the input is slow, no result waits for it.
                ready.drain(..).try_for_each(&mut sink)?;
                let Ok(chunk) = chunks.recv() else { break };
                chunk
            }
        };
        let mut done = Vec::new();
        rayon::in_place_scope(|scope| {
            scope.spawn(|_| done = chunk.into_par_iter().map(&work).collect());
            ready.drain(..).try_for_each(&mut sink)
        })?;
        ready = done;
    }
    ready.into_iter().try_for_each(&mut sink)
}

fn next_chunk<T>(items: &mut impl Iterator<Item = T>, size: fn(&T) -> usize, limit: usize) -> Vec<T> {
    let mut chunk = Vec::with_capacity(limit);
    let mut bytes = 0;
    for item in items {
        bytes += size(&item);
        chunk.push(item);
        if chunk.len() == limit || bytes >= CHUNK_BYTES {
            break;
        }
    }
    chunk
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_is_kept() {
        let mut out = Vec::new();
        let sink = |n: u32| {
            out.push(n);
            Ok::<(), ()>(())
        };
        run(0..2000u32, |_| 100_000, |n| n * 2, sink).unwrap();
        assert_eq!(out, (0..2000).map(|n| n * 2).collect::<Vec<_>>());
    }

    #[test]
    fn the_first_error_stops_an_endless_input() {
        let stopped = run(0.., |_| 1, |n| n, |n: u64| if n == 700 { Err(n) } else { Ok(()) });
        assert_eq!(stopped, Err(700));
    }
}
