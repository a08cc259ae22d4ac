//! The files of a model, from the binary or from a directory, each checked against the manifest.

use super::error::ModelError;
use super::manifest::Manifest;
use crate::digest;
use std::borrow::Cow;
use std::io::Read;
use std::path::{Path, PathBuf};

/// A file of a model is no larger.
const LARGEST: u64 = 256 * 1024 * 1024;

/// Which model to load.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ModelSource {
    /// None: rules alone.
    #[default]
    None,
    /// The one in the binary; none where the program was built without (cargo feature `embedded-model`).
    Embedded,
    /// The one in a directory.
    Dir(PathBuf),
}

/// The files of a model, checked.
pub struct Package {
    pub(super) manifest: Manifest,
    /// What errors call a file: its path, or its name in the binary.
    place: String,
    pub(super) network: Cow<'static, [u8]>,
    pub(super) tokenizer: Cow<'static, [u8]>,
    pub(super) gate: Cow<'static, [u8]>,
    digest: String,
}

pub(super) const NETWORK: &str = "tagger.onnx";
pub(super) const TOKENIZER: &str = "tokenizer.json";
pub(super) const GATE: &str = "gate.tsv";
const MANIFEST: &str = "manifest.toml";

impl Package {
    /// Reads the files of a source; `None` where it names none.
    ///
    /// # Errors
    /// A file that can't be read, is not the one that the manifest names, or a manifest that is refused.
    pub fn open(source: &ModelSource) -> Result<Option<Self>, ModelError> {
        match source {
            ModelSource::None => Ok(None),
            ModelSource::Dir(dir) => Self::from_dir(dir).map(Some),
            ModelSource::Embedded => embedded(),
        }
    }

    fn from_dir(dir: &Path) -> Result<Self, ModelError> {
        let file = |name: &str| read(&dir.join(name)).map(Cow::Owned);
        let manifest = file(MANIFEST)?;
        // The manifest first: where it is missing, nothing else of the directory tells what is wrong.
        Self::new(dir.display().to_string(), &manifest, file(NETWORK)?, file(TOKENIZER)?, file(GATE)?)
    }

    fn new(
        place: String,
        manifest: &[u8],
        network: Cow<'static, [u8]>,
        tokenizer: Cow<'static, [u8]>,
        gate: Cow<'static, [u8]>,
    ) -> Result<Self, ModelError> {
        let at = |name: &str| format!("{place}/{name}");
        let file = at(MANIFEST);
        let text = std::str::from_utf8(manifest).map_err(|e| ModelError::Manifest {
            file: file.clone(),
            key: "(all)".into(),
            reason: format!("invalid UTF-8 at byte {}", e.valid_up_to()),
        })?;
        let manifest = Manifest::from_toml(&file, text)?;
        for (name, bytes) in [(NETWORK, &network), (TOKENIZER, &tokenizer), (GATE, &gate)] {
            let Some(expected) = manifest.files.get(name) else {
                let reason = format!("`{name}` is missing");
                return Err(ModelError::Manifest { file, key: "files".into(), reason });
            };
            let found = digest::sha256(bytes);
            if *expected != found {
                return Err(ModelError::Checksum { file: at(name), expected: expected.clone(), found });
            }
        }
        // The manifest names every other file with its digest, so its own stands for the whole model.
        let digest = digest::sha256(text);
        Ok(Self { manifest, place, network, tokenizer, gate, digest })
    }

    /// What errors call a file of this model.
    pub(super) fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.place)
    }

    /// The model's name.
    pub fn name(&self) -> &str {
        &self.manifest.name
    }

    /// SHA-256 of the manifest, which names the digest of every other file.
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

#[cfg(feature = "embedded-model")]
fn embedded() -> Result<Option<Package>, ModelError> {
    macro_rules! model {
        ($name:literal) => {
            include_bytes!(concat!("../../models/", $name)).as_slice()
        };
    }
    Package::new(
        "models".into(),
        model!("manifest.toml"),
        Cow::Borrowed(model!("tagger.onnx")),
        Cow::Borrowed(model!("tokenizer.json")),
        Cow::Borrowed(model!("gate.tsv")),
    )
    .map(Some)
}

#[cfg(not(feature = "embedded-model"))]
fn embedded() -> Result<Option<Package>, ModelError> {
    Ok(None)
}

fn read(path: &Path) -> Result<Vec<u8>, ModelError> {
    let file = std::fs::File::open(path).map_err(|e| ModelError::io(path, e))?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|e| ModelError::io(path, e))?;
    if bytes.len() as u64 > LARGEST {
        return Err(ModelError::TooLarge { file: path.display().to_string(), limit: LARGEST });
    }
    Ok(bytes)
}
