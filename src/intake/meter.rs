//! What comes out of compressed data, held against what went in.

use super::options::ArchiveLimits;
use std::error::Error;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Counts over all layers of one input, so that archives in archives cannot multiply what each may do.
#[cfg_attr(
    not(any(feature = "archives", feature = "parquet")),
    expect(dead_code, reason = "only decoders give")
)]
pub(super) struct Meter {
    taken: AtomicU64,
    given: AtomicU64,
    limits: ArchiveLimits,
}

impl Meter {
    /// `known` is the size of the input where it is known beforehand.
    pub(super) fn new(limits: ArchiveLimits, known: u64) -> Arc<Self> {
        Arc::new(Self { taken: AtomicU64::new(known), given: AtomicU64::new(0), limits })
    }

    /// Bytes of the input itself.
    pub(super) fn take(&self, bytes: u64) {
        self.taken.fetch_add(bytes, Ordering::Relaxed);
    }

    /// Bytes out of a decoder.
    #[cfg(any(feature = "archives", feature = "parquet"))]
    pub(super) fn give(&self, bytes: u64) -> io::Result<()> {
        let given = self.given.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        let ratio = self.limits.ratio;
        if given > self.limits.free_bytes && given > self.taken.load(Ordering::Relaxed).saturating_mul(ratio)
        {
            return Err(io::Error::other(OverRatio { ratio }));
        }
        Ok(())
    }
}

/// More came out than the ratio allows.
#[derive(Debug, thiserror::Error)]
#[error("the decompression ratio is over the limit")]
pub(super) struct OverRatio {
    pub(super) ratio: u64,
}

impl OverRatio {
    /// Finds it under what readers wrapped around it.
    pub(super) fn within(error: &io::Error) -> Option<&OverRatio> {
        let mut inner: Option<&(dyn Error + 'static)> = error.get_ref().map(|e| e as _);
        while let Some(error) = inner {
            if let Some(found) = error.downcast_ref() {
                return Some(found);
            }
            inner = match error.downcast_ref::<io::Error>() {
                Some(io) => io.get_ref().map(|e| e as _),
                None => error.source(),
            };
        }
        None
    }
}

/// The input itself, counted.
pub(super) struct Taken<R> {
    pub(super) reader: R,
    pub(super) meter: Arc<Meter>,
}

impl<R: Read> Read for Taken<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.meter.take(read as u64);
        Ok(read)
    }
}

/// What a decoder makes of it, counted and limited.
#[cfg(feature = "archives")]
pub(super) struct Given<R> {
    pub(super) reader: R,
    pub(super) meter: Arc<Meter>,
}

#[cfg(feature = "archives")]
impl<R: Read> Read for Given<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.meter.give(read as u64)?;
        Ok(read)
    }
}
