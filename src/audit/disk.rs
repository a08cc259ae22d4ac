//! The files of the output: private, never through a link, and durable before anything relies on them.

use super::AuditError;
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

/// The output directory.
pub(super) struct Disk {
    root: PathBuf,
    /// Tests: the number of operations that still succeed.
    #[cfg(test)]
    pub(super) fuse: std::cell::Cell<u64>,
}

impl Disk {
    pub(super) fn new(root: &Path) -> Self {
        Self {
            root: root.to_owned(),
            #[cfg(test)]
            fuse: std::cell::Cell::new(u64::MAX),
        }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Stands before everything that changes the disk, so that tests can stop an audit at each of these points.
    pub(super) fn step(&self, name: &str) -> Result<(), AuditError> {
        #[cfg(test)]
        {
            if self.fuse.get() == 0 {
                return Err(AuditError::io(&self.path(name), std::io::Error::other("the fuse has blown")));
            }
            self.fuse.set(self.fuse.get() - 1);
        }
        let _ = name;
        Ok(())
    }

    /// Makes a directory that nobody else can look into; one that is there is taken as it is.
    pub(super) fn directory(&self, name: &str) -> Result<(), AuditError> {
        self.step(name)?;
        let path = self.path(name);
        make_directory(&path)
    }

    /// A new file; one of that name is removed first, whatever it is.
    pub(super) fn create(&self, name: &str) -> Result<File, AuditError> {
        self.remove(name)?;
        self.step(name)?;
        let path = self.path(name);
        private(OpenOptions::new().read(true).write(true).create_new(true))
            .open(&path)
            .map_err(|e| AuditError::io(&path, e))
    }

    /// A file of the interrupted audit, cut to the length that was committed.
    pub(super) fn reopen(&self, name: &str, length: u64) -> Result<File, AuditError> {
        self.step(name)?;
        let path = self.path(name);
        let kind = fs::symlink_metadata(&path).map_err(|e| AuditError::io(&path, e))?;
        if !kind.is_file() || kind.len() < length {
            return Err(AuditError::Damaged(path));
        }
        let file = private(OpenOptions::new().append(true)).open(&path);
        let file = file.map_err(|e| AuditError::io(&path, e))?;
        file.set_len(length).map_err(|e| AuditError::io(&path, e))?;
        Ok(file)
    }

    /// Waits until the file is on the disk.
    pub(super) fn sync(&self, name: &str, file: &File) -> Result<(), AuditError> {
        self.step(name)?;
        file.sync_all().map_err(|e| AuditError::io(&self.path(name), e))
    }

    /// Gives a durable file its name, in place of what had it.
    pub(super) fn rename(&self, from: &str, to: &str) -> Result<(), AuditError> {
        self.step(to)?;
        let path = self.path(to);
        fs::rename(self.path(from), &path).map_err(|e| AuditError::io(&path, e))?;
        sync_directory(path.parent().unwrap_or(&self.root))
    }

    /// Writes a small file as a whole: after a crash it is either the old one or the new one.
    pub(super) fn replace(&self, name: &str, bytes: &[u8]) -> Result<(), AuditError> {
        let new = format!("{name}.tmp");
        let mut file = self.create(&new)?;
        file.write_all(bytes).map_err(|e| AuditError::io(&self.path(&new), e))?;
        self.sync(&new, &file)?;
        self.rename(&new, name)
    }

    pub(super) fn exists(&self, name: &str) -> bool {
        fs::symlink_metadata(self.path(name)).is_ok()
    }

    /// Removes a file that may be there.
    pub(super) fn remove(&self, name: &str) -> Result<(), AuditError> {
        self.step(name)?;
        let path = self.path(name);
        match fs::remove_file(&path) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(AuditError::io(&path, e)),
            _ => Ok(()),
        }
    }

    /// The names in a directory of the output, sorted; none where it is not there.
    pub(super) fn names(&self, directory: &str) -> Result<Vec<String>, AuditError> {
        let path = self.path(directory);
        let entries = match fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(AuditError::io(&path, e)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|e| AuditError::io(&path, e))?;
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }
}

pub(super) fn make_directory(path: &Path) -> Result<(), AuditError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|e| AuditError::io(path, e))
}

fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// A rename is durable once its directory is.
fn sync_directory(path: &Path) -> Result<(), AuditError> {
    #[cfg(unix)]
    File::open(path).and_then(|d| d.sync_all()).map_err(|e| AuditError::io(path, e))?;
    let _ = path;
    Ok(())
}
