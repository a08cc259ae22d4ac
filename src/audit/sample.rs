//! The sample for review, stratified by outcome: in one pass, and the same whatever the threads and interruptions.
//!
//! Every note gets a key from the seed and its id. Of each outcome the notes with the smallest keys are candidates, as
//! many as the whole sample; when all notes are counted, the sample is shared out in proportion, with at least one note
//! of every outcome that occurs, and each outcome gives the candidates with the smallest keys.

use super::AuditError;
use super::disk::Disk;
use super::row::OUTCOMES;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The file of the sample.
pub(super) const FILE: &str = "sample.jsonl";
const CANDIDATES: &str = ".sample-";

/// A note that may come into the sample. The order is that of the keys; ids that occur twice go by the ordinal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Candidate {
    pub(super) key: u64,
    pub(super) ordinal: u64,
    /// Index of its outcome.
    pub(super) stratum: usize,
    /// Its line of the output, but for stratum and weight.
    pub(super) line: String,
}

/// The keys from which on a note cannot come into the sample any more; they only fall, so that an old one is safe.
pub(super) type Bounds = Arc<[AtomicU64; 4]>;

/// What keeps the candidates.
pub(super) struct Sampler {
    size: usize,
    /// The largest key on top.
    strata: [BinaryHeap<Candidate>; 4],
    pub(super) bounds: Bounds,
    changed: bool,
}

impl Sampler {
    pub(super) fn new(size: usize) -> Self {
        Self {
            size,
            strata: Default::default(),
            bounds: Arc::new([const { AtomicU64::new(u64::MAX) }; 4]),
            changed: false,
        }
    }

    pub(super) fn offer(&mut self, candidate: Candidate) {
        let stratum = candidate.stratum;
        let heap = &mut self.strata[stratum];
        heap.push(candidate);
        if heap.len() > self.size {
            heap.pop();
        }
        if heap.len() == self.size
            && let Some(largest) = heap.peek()
        {
            self.bounds[stratum].store(largest.key, Ordering::Relaxed);
        }
        self.changed = true;
    }

    /// Reads the candidates of the interrupted audit.
    pub(super) fn load(size: usize, disk: &Disk, name: &str) -> Result<Self, AuditError> {
        let path = disk.path(name);
        let text = std::fs::read_to_string(&path).map_err(|e| AuditError::io(&path, e))?;
        let mut sampler = Self::new(size);
        for line in text.lines() {
            let candidate: Candidate =
                serde_json::from_str(line).map_err(|_| AuditError::Damaged(path.clone()))?;
            if candidate.stratum >= OUTCOMES.len() {
                return Err(AuditError::Damaged(path));
            }
            sampler.offer(candidate);
        }
        sampler.changed = false;
        Ok(sampler)
    }

    /// Writes the candidates where they have changed, and returns the file that then holds them.
    pub(super) fn commit(&mut self, disk: &Disk, shard: u64) -> Result<Option<String>, AuditError> {
        if !self.changed {
            return Ok(None);
        }
        let mut text = Vec::new();
        for candidate in self.strata.iter().flat_map(BinaryHeap::iter) {
            serde_json::to_writer(&mut text, candidate)?;
            text.push(b'\n');
        }
        let name = format!("{CANDIDATES}{shard:06}.jsonl");
        disk.replace(&name, &text)?;
        self.changed = false;
        Ok(Some(name))
    }

    /// Writes the sample, in the order of the notes. `sizes` is the number of notes of each outcome.
    pub(super) fn finish(&self, disk: &Disk, sizes: [u64; 4]) -> Result<(), AuditError> {
        let shares = allocate(sizes, self.size as u64);
        let mut chosen: Vec<&Candidate> = Vec::new();
        for (heap, share) in self.strata.iter().zip(shares) {
            let mut stratum: Vec<&Candidate> = heap.iter().collect();
            stratum.sort();
            chosen.extend(stratum.into_iter().take(usize::try_from(share).unwrap_or(usize::MAX)));
        }
        chosen.sort_by_key(|candidate| candidate.ordinal);
        let mut text = String::new();
        for candidate in chosen {
            let outcome = OUTCOMES[candidate.stratum].name();
            let weight = sizes[candidate.stratum] as f64 / shares[candidate.stratum].max(1) as f64;
            let rest = candidate.line.strip_prefix('{').unwrap_or("}");
            text += &format!("{{\"stratum\":\"{outcome}\",\"weight\":{weight},{rest}\n");
        }
        disk.replace(FILE, text.as_bytes())
    }
}

/// Whether the file is one that this module writes and nobody else reads.
pub(super) fn owns(name: &str) -> bool {
    name.starts_with(CANDIDATES)
}

/// The key of a note.
pub(super) fn key(seed: u64, id: &str) -> u64 {
    let mut hash = Sha256::new();
    hash.update(seed.to_le_bytes());
    hash.update(id.as_bytes());
    hash.finalize().iter().take(8).fold(0, |key, byte| key << 8 | u64::from(*byte))
}

/// How many notes each stratum gives: in proportion to its size, at least one where it has any, by largest remainder.
/// Where the sample is smaller than the number of strata, the largest give one each.
pub(super) fn allocate(sizes: [u64; 4], sample: u64) -> [u64; 4] {
    let total: u64 = sizes.iter().sum();
    if total <= sample {
        return sizes;
    }
    let exact = sizes.map(|size| u128::from(sample) * u128::from(size));
    let mut shares: [u64; 4] = [0; 4];
    for ((share, size), exact) in shares.iter_mut().zip(sizes).zip(exact) {
        *share = ((exact / u128::from(total)) as u64).max(size.min(1));
    }
    // The first of equals wins, so that the result is fixed.
    let best = |key: &dyn Fn(usize) -> Option<u128>| {
        (0..4).filter_map(|k| Some((key(k)?, k))).max_by_key(|&(key, k)| (key, 4 - k)).map(|(_, k)| k)
    };
    while shares.iter().sum::<u64>() > sample {
        // What minimums took too much goes off the largest share; where all are minimums, off the smallest stratum.
        let large = best(&|k| (shares[k] > 1).then(|| shares[k].into()));
        let small = || best(&|k| (shares[k] > 0).then(|| u128::MAX - u128::from(sizes[k])));
        let Some(k) = large.or_else(small) else { break };
        shares[k] -= 1;
    }
    while shares.iter().sum::<u64>() < sample {
        let missing = |k: usize| exact[k].saturating_sub(u128::from(shares[k]) * u128::from(total));
        let Some(k) = best(&|k| (shares[k] < sizes[k]).then(|| missing(k))) else { break };
        shares[k] += 1;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn shares() {
        assert_eq!(allocate([500, 300, 200, 0], 50), [25, 15, 10, 0]);
        assert_eq!(allocate([1, 9_998, 1, 0], 50), [1, 48, 1, 0]);
        assert_eq!(allocate([3, 4, 0, 2], 50), [3, 4, 0, 2]);
        assert_eq!(allocate([10, 30, 20, 40], 2), [0, 1, 0, 1]);
        assert_eq!(allocate([5, 5, 5, 5], 6), [2, 2, 1, 1]);
    }

    proptest! {
        #[test]
        fn shares_use_the_sample_up_and_leave_no_stratum_out(
            sizes in prop::array::uniform4(0u64..10_000), sample in 1u64..1_000,
        ) {
            let shares = allocate(sizes, sample);
            prop_assert_eq!(shares.iter().sum::<u64>(), sample.min(sizes.iter().sum()));
            let strata = sizes.iter().filter(|s| **s > 0).count() as u64;
            for (share, size) in shares.iter().zip(sizes) {
                prop_assert!(*share <= size);
                prop_assert!(sample < strata || size == 0 || *share > 0);
            }
        }
    }

    #[test]
    fn the_smallest_keys_stay_in_any_order() {
        let candidate = |key| Candidate { key, ordinal: key, stratum: 1, line: "{}".into() };
        let kept = |keys: &[u64]| {
            let mut sampler = Sampler::new(2);
            keys.iter().for_each(|key| sampler.offer(candidate(*key)));
            let mut kept: Vec<u64> = sampler.strata[1].iter().map(|c| c.key).collect();
            kept.sort_unstable();
            (kept, sampler.bounds[1].load(Ordering::Relaxed))
        };
        assert_eq!(kept(&[5, 1, 9, 3]), (vec![1, 3], 3));
        assert_eq!(kept(&[9, 3, 5, 1]), (vec![1, 3], 3));
        assert_eq!(kept(&[9]), (vec![9], u64::MAX));
    }

    #[test]
    fn keys_depend_on_seed_and_id() {
        assert_eq!(key(7, "a"), key(7, "a"));
        assert_ne!(key(7, "a"), key(8, "a"));
        assert_ne!(key(7, "a"), key(7, "b"));
    }
}
