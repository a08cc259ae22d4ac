//! Remembers tokens until they expire, so that none is taken twice.

use sha2::{Digest, Sha256};
use std::collections::{BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};

/// Tokens that are remembered at most, about 100 bytes each.
const CAPACITY: usize = 200_000;

/// What came of showing a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// It was not seen before.
    First,
    /// It was.
    Again,
    /// More tokens than can be remembered: taking it could let it in twice.
    Full,
}

/// The tokens that were shown and have not expired.
#[derive(Debug)]
pub(super) struct Replay {
    tokens: Mutex<Tokens>,
    capacity: usize,
}

#[derive(Debug, Default)]
struct Tokens {
    seen: HashSet<[u8; 32]>,
    by_end: BTreeSet<(u64, [u8; 32])>,
}

impl Default for Replay {
    fn default() -> Self {
        Self::holding(CAPACITY)
    }
}

impl Replay {
    fn holding(capacity: usize) -> Self {
        Self { tokens: Mutex::default(), capacity }
    }

    /// Shows the token `id` of an issuer, which nobody accepts after `end`.
    pub(super) fn show(&self, issuer: &str, id: &str, end: u64, now: u64) -> Shown {
        let digest: [u8; 32] = Sha256::digest(format!("{}\0{issuer}\0{id}", issuer.len())).into();
        // A thread that panicked holding the lock left both sets usable: the worst is a token that is remembered longer.
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some(&(over, old)) = tokens.by_end.first()
            && over < now
        {
            tokens.by_end.pop_first();
            tokens.seen.remove(&old);
        }
        if tokens.seen.contains(&digest) {
            return Shown::Again;
        }
        if tokens.seen.len() >= self.capacity {
            return Shown::Full;
        }
        tokens.seen.insert(digest);
        tokens.by_end.insert((end, digest));
        Shown::First
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_taken_once_until_it_expires() {
        let replay = Replay::holding(2);
        assert_eq!(replay.show("a", "1", 100, 50), Shown::First);
        assert_eq!(replay.show("a", "1", 100, 51), Shown::Again);
        assert_eq!(replay.show("b", "1", 100, 52), Shown::First);
        assert_eq!(replay.show("c", "1", 100, 53), Shown::Full);
        // both are over, and nobody accepts them any more
        assert_eq!(replay.show("c", "1", 200, 101), Shown::First);
        assert_eq!(replay.show("a", "1", 200, 102), Shown::First);
        assert_eq!(replay.show("a", "1", 200, 200), Shown::Again);
    }
}
