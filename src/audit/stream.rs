//! The stream of items: numbered, chained, and passed over up to where an interrupted audit stood.

use super::AuditError;
use super::row::Place;
use crate::intake::IntakeError;
use crate::note::Note;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// One note, or what stands in its place, ready for a worker.
pub struct Item {
    pub(super) place: Place,
    /// The chain up to and with this item.
    pub(super) chain: Chain,
    pub(super) note: Result<Note, IntakeError>,
}

impl Item {
    /// The memory that the item holds, in bytes.
    pub fn size(&self) -> usize {
        self.note.as_ref().map_or(0, |note| note.text.len())
    }
}

/// A digest over the ids and sizes of all items so far. Equal chains: the same notes in the same order, as far as that
/// can be told without hashing the text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Chain([u8; 32]);

impl Chain {
    fn with(self, note: &Result<Note, IntakeError>) -> Self {
        let mut hash = Sha256::new();
        hash.update(self.0);
        match note {
            Ok(note) => {
                hash.update((note.text.len() as u64).to_le_bytes());
                hash.update(note.id.as_bytes());
            }
            Err(error) => {
                hash.update(u64::MAX.to_le_bytes());
                hash.update(error.reason.code());
                hash.update(error.id_or_place());
            }
        }
        Self(hash.finalize().into())
    }
}

impl Serialize for Chain {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&crate::digest::hex(&self.0))
    }
}

impl<'de> Deserialize<'de> for Chain {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        super::plan::unhex(&text)
            .map(Self)
            .ok_or_else(|| serde::de::Error::custom("no SHA-256 in hexadecimal"))
    }
}

/// Numbers the notes of all inputs and passes over those that are done.
pub struct Stream<I> {
    notes: I,
    next: u64,
    chain: Chain,
    /// The number of items that are done, and the chain that they gave.
    done: u64,
    expected: Chain,
    broken: bool,
}

impl<I> Stream<I> {
    pub(super) fn new(notes: I, done: u64, expected: Chain) -> Self {
        Self { notes, next: 0, chain: Chain::default(), done, expected, broken: false }
    }
}

impl<I: Iterator<Item = (Arc<str>, Result<Note, IntakeError>)>> Iterator for Stream<I> {
    type Item = Result<Item, AuditError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.broken {
            let Some((input, note)) = self.notes.next() else {
                if self.next < self.done {
                    self.broken = true;
                    return Some(Err(AuditError::StreamChanged { done: self.done }));
                }
                return None;
            };
            let ordinal = self.next;
            self.next += 1;
            self.chain = self.chain.with(&note);
            if self.next == self.done && self.chain != self.expected {
                self.broken = true;
                return Some(Err(AuditError::StreamChanged { done: self.done }));
            }
            if ordinal >= self.done {
                return Some(Ok(Item { place: Place { ordinal, input }, chain: self.chain, note }));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(ids: &str, done: u64, expected: Chain) -> (Vec<u64>, Option<AuditError>, Chain) {
        let ids: Vec<String> = ids.chars().map(String::from).collect();
        let notes = ids.into_iter().map(|id| ("in".into(), Ok(Note::new(id, "text"))));
        let (mut ordinals, mut chain) = (Vec::new(), Chain::default());
        for item in Stream::new(notes, done, expected) {
            match item {
                Ok(item) => {
                    ordinals.push(item.place.ordinal);
                    chain = item.chain;
                }
                Err(error) => return (ordinals, Some(error), chain),
            }
        }
        (ordinals, None, chain)
    }

    #[test]
    fn items_that_are_done_are_passed_over_if_they_are_the_same() {
        let (all, _, end) = stream("abcd", 0, Chain::default());
        assert_eq!(all, [0, 1, 2, 3]);
        let (_, _, middle) = stream("ab", 0, Chain::default());
        let (rest, error, resumed) = stream("abcd", 2, middle);
        assert!(error.is_none());
        assert_eq!((rest, resumed), (vec![2, 3], end));
        for other in ["axcd", "bacd", "a", ""] {
            let (rest, error, _) = stream(other, 2, middle);
            assert!(
                rest.is_empty() && matches!(error, Some(AuditError::StreamChanged { done: 2 })),
                "{other}"
            );
        }
    }
}
