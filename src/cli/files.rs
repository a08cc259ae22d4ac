//! Files that hold note text: for their owner alone, and whole or not there.

use anyhow::Context;
use std::fs::{self, DirBuilder};
use std::io::{self, BufWriter, StdoutLock, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Where a document goes.
pub(super) enum Target {
    Stdout(BufWriter<StdoutLock<'static>>),
    File(Box<NewFile>),
}

impl Target {
    /// Standard output, or the file.
    pub(super) fn open(path: Option<&Path>) -> anyhow::Result<Self> {
        Ok(match path {
            Some(path) => Self::File(Box::new(NewFile::create(path)?)),
            None => Self::Stdout(BufWriter::with_capacity(1 << 16, io::stdout().lock())),
        })
    }

    /// The document is complete.
    pub(super) fn commit(self) -> anyhow::Result<()> {
        match self {
            Self::Stdout(mut out) => Ok(out.flush()?),
            Self::File(file) => file.commit(),
        }
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Stdout(out) => out.write(bytes),
            Self::File(file) => file.temporary.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Stdout(out) => out.flush(),
            Self::File(file) => file.temporary.flush(),
        }
    }
}

/// A file that takes its name when it is complete; what stood there before stays until then. A symbolic link of that name
/// is replaced, not followed.
pub(super) struct NewFile {
    /// Created for its owner alone (0600), and removed where it is not committed.
    temporary: BufWriter<NamedTempFile>,
    path: PathBuf,
}

impl NewFile {
    fn create(path: &Path) -> anyhow::Result<Self> {
        let place = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        if path.is_dir() {
            anyhow::bail!("{}: is a directory", path.display());
        }
        let temporary = tempfile::Builder::new().prefix(".chartgap-").tempfile_in(place);
        let temporary = temporary.with_context(|| format!("{}: cannot be written", path.display()))?;
        Ok(Self { temporary: BufWriter::with_capacity(1 << 16, temporary), path: path.to_owned() })
    }

    fn commit(self) -> anyhow::Result<()> {
        let at = || format!("{}: cannot be written", self.path.display());
        let temporary = self.temporary.into_inner().map_err(|e| e.into_error()).with_context(at)?;
        temporary.as_file().sync_all().with_context(at)?;
        temporary.persist(&self.path).map_err(|e| e.error).with_context(at)?;
        Ok(())
    }
}

/// Writes a small file as a whole.
pub(super) fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    let mut file = NewFile::create(path)?;
    let done = file.temporary.write_all(text.as_bytes());
    done.with_context(|| format!("{}: cannot be written", path.display()))?;
    file.commit()
}

/// Makes a directory for its owner alone (0700) where there is none.
pub(super) fn directory(path: &Path) -> anyhow::Result<()> {
    if path.is_dir() {
        return Ok(());
    }
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).with_context(|| format!("{}: cannot be made", path.display()))
}

/// Whether a path stands for a directory: one that exists, or a name that ends like one or has no extension.
pub(super) fn is_directory(path: &Path) -> bool {
    let ends = path.as_os_str().to_string_lossy().ends_with(['/', std::path::MAIN_SEPARATOR]);
    match fs::metadata(path) {
        Ok(there) => there.is_dir(),
        Err(_) => ends || path.extension().is_none(),
    }
}
