//! Why a model can't be loaded. Nothing here can hold text of a note: no note has been read when these arise.

use std::path::Path;

/// A model that is refused, with the file and, where one is known, the place in it.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// A file that can't be read.
    #[error("{file}: {source}")]
    Io {
        /// The file.
        file: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// A file that is too large to be what it should be.
    #[error("{file}: larger than {limit} bytes")]
    TooLarge {
        /// The file.
        file: String,
        /// What is allowed.
        limit: u64,
    },
    /// A manifest that is no TOML of the expected form; toml's message has line, column and the allowed names.
    #[error("{file}: {source}")]
    Toml {
        /// The file.
        file: String,
        /// What toml says.
        source: Box<toml::de::Error>,
    },
    /// A manifest that contradicts itself.
    #[error("{file}: {key}: {reason}")]
    Manifest {
        /// The file.
        file: String,
        /// The key in question, `merge.care.add`.
        key: String,
        /// What is wrong, and what is allowed.
        reason: String,
    },
    /// A file that is not the one that the manifest names.
    #[error("{file}: SHA-256 is {found}, the manifest has {expected}")]
    Checksum {
        /// The file.
        file: String,
        /// The digest in the manifest.
        expected: String,
        /// The digest of the file.
        found: String,
    },
    /// A tokenizer that can't be used.
    #[error("{file}: {reason}")]
    Tokenizer {
        /// The file.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// A line of the gate that can't be read.
    #[error("{file}:{line}: {reason}")]
    Gate {
        /// The file.
        file: String,
        /// The line, from 1.
        line: usize,
        /// What is wrong, and what is allowed.
        reason: String,
    },
    /// A network that an engine refuses or that answers in another form.
    #[error("{file}: {engine}: {reason}")]
    Network {
        /// The file.
        file: String,
        /// The engine.
        engine: String,
        /// What is wrong.
        reason: String,
    },
    /// An ONNX Runtime that can't be used.
    #[error("{path}: {reason}")]
    Library {
        /// The shared library.
        path: String,
        /// What is wrong.
        reason: String,
    },
    /// ONNX Runtime was asked for and there is none.
    #[error(
        "no ONNX Runtime was found: name its library with --onnxruntime or ORT_DYLIB_PATH, or use the embedded engine"
    )]
    NoLibrary,
    /// An engine that this program was built without.
    #[error("this program was built without {what}")]
    NotBuilt {
        /// What is missing, with the cargo feature that brings it.
        what: &'static str,
    },
}

impl ModelError {
    pub(super) fn io(file: &Path, source: std::io::Error) -> Self {
        Self::Io { file: file.display().to_string(), source }
    }
}
