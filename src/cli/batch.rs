//! Ordered parallel batches with flat memory: one thread reads ahead a little, the pool works on one chunk, and
//! meanwhile the caller writes the chunk before it.

use rayon::prelude::*;
use std::sync::mpsc::{self, TryRecvError};
use std::thread;

/// Most items that are worked on together; enough to keep many cores busy.
const CHUNK_ITEMS: usize = 256;
/// Most bytes of them: large notes must not add up.
const CHUNK_BYTES: usize = 8 * 1024 * 1024;

/// Items that one worker takes at a time: what a batch saves is reached with few notes, and all workers must have some.
pub(super) const GROUP: usize = 16;

/// Works on all items in parallel, one by one, and hands the results to `sink` in the order of the items.
///
/// `size` is the memory that an item holds, in bytes. Stops at the first error of `sink`.
pub(super) fn run<T, O, E>(
    items: impl Iterator<Item = T> + Send + 'static,
    size: fn(&T) -> usize,
    work: impl Fn(T) -> O + Sync,
    sink: impl FnMut(O) -> Result<(), E>,
) -> Result<(), E>
where
    T: Send + 'static,
    O: Send,
{
    let one = |items: Vec<T>| items.into_iter().map(&work).collect();
    in_groups(items, size, 1, one, sink)
}

/// The same with some items at a time; `work` gives a result for each, in their order.
pub(super) fn run_groups<T, O, E>(
    items: impl Iterator<Item = T> + Send + 'static,
    size: fn(&T) -> usize,
    work: impl Fn(Vec<T>) -> Vec<O> + Sync,
    sink: impl FnMut(O) -> Result<(), E>,
) -> Result<(), E>
where
    T: Send + 'static,
    O: Send,
{
    in_groups(items, size, GROUP, work, sink)
}

fn in_groups<T, O, E>(
    items: impl Iterator<Item = T> + Send + 'static,
    size: fn(&T) -> usize,
    most: usize,
    work: impl Fn(Vec<T>) -> Vec<O> + Sync,
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
            scope.spawn(|_| {
                let each = chunk.len().div_ceil(rayon::current_num_threads()).clamp(1, most);
                let worked: Vec<Vec<O>> = groups(chunk, each).into_par_iter().map(&work).collect();
                done = worked.into_iter().flatten().collect();
            });
            ready.drain(..).try_for_each(&mut sink)
        })?;
        ready = done;
    }
    ready.into_iter().try_for_each(&mut sink)
}

/// Parts of at most `each` items.
fn groups<T>(items: Vec<T>, each: usize) -> Vec<Vec<T>> {
    let mut items = items.into_iter();
    std::iter::from_fn(|| Some(items.by_ref().take(each).collect::<Vec<T>>()).filter(|g| !g.is_empty()))
        .collect()
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
    fn groups_keep_the_order_too() {
        let mut out = Vec::new();
        let sink = |n: u32| {
            out.push(n);
            Ok::<(), ()>(())
        };
        run_groups(0..2000u32, |_| 1, |some| some.into_iter().map(|n| n + 1).collect(), sink).unwrap();
        assert_eq!(out, (1..=2000).collect::<Vec<_>>());
    }

    #[test]
    fn the_first_error_stops_an_endless_input() {
        let stopped = run(0.., |_| 1, |n| n, |n: u64| if n == 700 { Err(n) } else { Ok(()) });
        assert_eq!(stopped, Err(700));
    }
}
