//! The seam of the engines that run the network: an embedded one, and ONNX Runtime where its library is at hand.

#[cfg(any(feature = "ort-load", feature = "ort-download"))]
mod onnxruntime;
mod embedded;
#[cfg(feature = "ort-load")]
mod library;

use super::ClassifyError;
use super::error::ModelError;
use super::package::{NETWORK, Package};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

/// What runs the network.
pub trait Encoder: Send + Sync {
    /// Its name and version, for the provenance.
    fn name(&self) -> String;

    /// Runs a batch. May be called from many threads at once; each call keeps one processor busy.
    ///
    /// # Errors
    /// An engine that failed, or answered in another form than it was loaded with.
    fn run(&self, batch: Batch) -> Result<Logits, ClassifyError>;
}

/// Sequences of one length.
#[derive(Clone, Debug)]
pub struct Batch {
    /// Number of sequences.
    pub rows: usize,
    /// Their length.
    pub length: usize,
    /// Their pieces, row by row.
    pub ids: Vec<i32>,
    /// 0 for a piece, [`Batch::MASKED`] for padding.
    pub mask: Vec<f32>,
}

impl Batch {
    /// What is added to the attention that padding would get.
    pub const MASKED: f32 = -10_000.0;
}

/// The outputs of the network, row by row and piece by piece.
#[derive(Clone, Debug, PartialEq)]
pub struct Logits {
    /// 19 a piece.
    pub tags: Vec<f32>,
    /// 6 a piece.
    pub status: Vec<f32>,
}

impl Logits {
    fn fits(&self, rows: usize, length: usize) -> bool {
        self.tags.len() == rows * length * TAGS && self.status.len() == rows * length * CLASSES
    }
}

/// Columns of the outputs.
const TAGS: usize = 19;
const CLASSES: usize = 6;

/// Which engine to use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Runtime {
    /// ONNX Runtime where its library was named, else the embedded engine. One that merely lies about is not taken, so
    /// that two machines, or two directories, do not differ by what happens to be installed there.
    #[default]
    Auto,
    /// The embedded engine.
    Embedded,
    /// ONNX Runtime; it is looked for where it was not named.
    OnnxRuntime,
}

/// Which engine to use, and where its library is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuntimeOptions {
    /// The engine.
    pub runtime: Runtime,
    /// The library of ONNX Runtime, or a directory that holds it; `ORT_DYLIB_PATH` where absent.
    pub library: Option<PathBuf>,
}

impl RuntimeOptions {
    /// Loads the network of a model.
    ///
    /// # Errors
    /// An engine that is not there, a network that it refuses, or one whose inputs and outputs have another form.
    pub fn load(&self, package: &Package) -> Result<Box<dyn Encoder>, ModelError> {
        let named = self.library.clone().or_else(|| {
            std::env::var_os("ORT_DYLIB_PATH").filter(|path| !path.is_empty()).map(PathBuf::from)
        });
        let encoder = match (self.runtime, named) {
            (Runtime::Embedded, _) | (Runtime::Auto, None) => embedded(package)?,
            (Runtime::OnnxRuntime, named) | (Runtime::Auto, named) => onnxruntime(package, named)?,
        };
        probe(encoder.as_ref(), package)?;
        Ok(encoder)
    }
}

fn embedded(package: &Package) -> Result<Box<dyn Encoder>, ModelError> {
    Ok(Box::new(embedded::Embedded::load(package)?))
}

#[cfg(feature = "ort-load")]
fn onnxruntime(package: &Package, named: Option<PathBuf>) -> Result<Box<dyn Encoder>, ModelError> {
    library::load(named)?;
    Ok(Box::new(onnxruntime::OnnxRuntime::load(package)?))
}

#[cfg(all(feature = "ort-download", not(feature = "ort-load")))]
fn onnxruntime(package: &Package, _named: Option<PathBuf>) -> Result<Box<dyn Encoder>, ModelError> {
    Ok(Box::new(onnxruntime::OnnxRuntime::load(package)?))
}

#[cfg(not(any(feature = "ort-load", feature = "ort-download")))]
fn onnxruntime(_package: &Package, _named: Option<PathBuf>) -> Result<Box<dyn Encoder>, ModelError> {
    Err(ModelError::NotBuilt { what: "ONNX Runtime (cargo feature `ort-load`)" })
}

/// Runs one batch of padding, so that a network of another form is refused when it is loaded and not on a note.
fn probe(encoder: &dyn Encoder, package: &Package) -> Result<(), ModelError> {
    let (rows, length) = (2, 8);
    let mut batch =
        Batch { rows, length, ids: vec![0; rows * length], mask: vec![Batch::MASKED; rows * length] };
    for row in batch.mask.chunks_mut(length) {
        row[..4].fill(0.0);
    }
    let refuse = |reason: &str| {
        Err(ModelError::Network {
            file: package.path(NETWORK),
            engine: encoder.name(),
            reason: reason.to_owned(),
        })
    };
    match encoder.run(batch) {
        Err(_) => refuse(
            "a first batch failed: expected inputs `input_ids` [B,L] and `mask` [B,1,1,L], outputs `tags` [B,L,19] and `status` [B,L,6]",
        ),
        Ok(logits) if logits.tags.iter().chain(&logits.status).any(|x| !x.is_finite()) => {
            refuse("the outputs are no finite numbers")
        }
        Ok(_) => Ok(()),
    }
}

/// Sessions that no thread uses at the moment. One is made where none is free, so there are as many as threads at most.
struct Idle<S>(Mutex<Vec<S>>);

impl<S> Idle<S> {
    fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Lends a session to `work`. One whose work failed is not used again.
    fn with<T, E>(
        &self,
        make: impl FnOnce() -> Result<S, E>,
        work: impl FnOnce(&mut S) -> Result<T, E>,
    ) -> Result<T, E> {
        let free = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut session = match free {
            Some(session) => session,
            None => make()?,
        };
        let done = work(&mut session)?;
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(session);
        Ok(done)
    }
}
