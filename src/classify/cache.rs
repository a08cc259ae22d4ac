//! Sentences that were read before. Archives repeat themselves: most of a follow-up note is copied.
//!
//! Keys are digests, so the cache holds no text of a note.

use super::decode::Tagged;
use crate::segment::SectionKind;
use quick_cache::Weighter;
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// What the cache holds at most, in bytes.
const BYTES: u64 = 64 * 1024 * 1024;
/// What an entry of the cache takes beside its value, about.
const OVERHEAD: usize = 64;

/// The first half of a SHA-256 over everything that the encoder sees of a sentence.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Key([u8; 16]);

impl Key {
    pub(super) fn new(section: SectionKind, context: &str, sentence: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update([section.index() as u8]);
        hash.update((context.len() as u64).to_le_bytes());
        hash.update(context);
        hash.update(sentence);
        let mut key = [0; 16];
        key.copy_from_slice(&hash.finalize()[..16]);
        Self(key)
    }
}

#[derive(Clone)]
struct Size;

impl Weighter<Key, Arc<Tagged>> for Size {
    fn weight(&self, _: &Key, tagged: &Arc<Tagged>) -> u64 {
        (tagged.size() + size_of::<Key>() + OVERHEAD) as u64
    }
}

/// A bounded cache that threads share. What it forgets is read again, with the same result.
pub(super) struct Sentences(Cache<Key, Arc<Tagged>, Size>);

impl Sentences {
    pub(super) fn new() -> Self {
        Self(Cache::with_weighter(BYTES as usize / 1024, BYTES, Size))
    }

    pub(super) fn get(&self, key: &Key) -> Option<Arc<Tagged>> {
        self.0.get(key)
    }

    pub(super) fn insert(&self, key: Key, tagged: Arc<Tagged>) {
        self.0.insert(key, tagged);
    }

    pub(super) fn clear(&self) {
        self.0.clear();
    }
}
