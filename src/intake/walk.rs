//! Arguments to files: directories, patterns, standard input, in a fixed order and without holding the whole tree.

use super::detect::Hint;
use super::{IntakeError, Reason};
use std::io;
use std::path::{Path, PathBuf};

/// One input to read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// Standard input.
    Stdin,
    /// A file.
    File(PathBuf),
}

/// Walks the arguments in their order. Only the directories on the way to the current file are held.
pub(super) struct Walk {
    stack: Vec<Step>,
    files: u64,
}

enum Step {
    /// An argument: whatever it is, it must give notes.
    Argument(PathBuf),
    /// A directory inside one.
    Directory(PathBuf),
    /// A file with a known extension inside one.
    File(PathBuf),
    /// All below the argument is done; `files` is the count at its start.
    Close { directory: PathBuf, files: u64 },
}

impl Walk {
    pub(super) fn new(arguments: Vec<PathBuf>) -> Self {
        Self { stack: arguments.into_iter().rev().map(Step::Argument).collect(), files: 0 }
    }

    fn argument(&mut self, path: PathBuf) -> Option<Result<Input, IntakeError>> {
        if path.as_os_str() == "-" {
            return Some(Ok(Input::Stdin));
        }
        match std::fs::metadata(&path) {
            Ok(meta) if meta.is_dir() => {
                self.stack.push(Step::Close { directory: path.clone(), files: self.files });
                self.stack.push(Step::Directory(path));
                None
            }
            Ok(_) => Some(Ok(Input::File(path))),
            Err(e) if e.kind() == io::ErrorKind::NotFound => self.pattern(path),
            Err(e) => Some(Err(failed(&path, e))),
        }
    }

    /// A shell without globbing hands patterns through.
    fn pattern(&mut self, path: PathBuf) -> Option<Result<Input, IntakeError>> {
        let not_found = IntakeError::new(path.to_string_lossy(), Reason::NotFound);
        let Some(mut found) = expand(&path) else { return Some(Err(not_found)) };
        if found.is_empty() {
            return Some(Err(IntakeError::new(path.to_string_lossy(), Reason::NoMatch)));
        }
        found.sort();
        self.stack.extend(found.into_iter().rev().map(Step::Argument));
        None
    }

    fn directory(&mut self, directory: &Path) -> Result<(), IntakeError> {
        let mut below = Vec::new();
        for entry in std::fs::read_dir(directory).map_err(|e| failed(directory, e))? {
            let entry = entry.map_err(|e| failed(directory, e))?;
            let name = entry.file_name();
            if name.as_encoded_bytes().starts_with(b".") {
                continue;
            }
            let path = directory.join(&name);
            let kind = entry.file_type().map_err(|e| failed(&path, e))?;
            if kind.is_dir() {
                below.push((name, Step::Directory(path)));
            } else if Hint::of(&path.to_string_lossy()).is_known()
                && (kind.is_file() || (kind.is_symlink() && path.is_file()))
            {
                below.push((name, Step::File(path)));
            }
        }
        below.sort_by(|a, b| b.0.cmp(&a.0));
        self.stack.extend(below.into_iter().map(|(_, step)| step));
        Ok(())
    }
}

impl Iterator for Walk {
    type Item = Result<Input, IntakeError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let found = match self.stack.pop()? {
                Step::Argument(path) => self.argument(path),
                Step::File(path) => {
                    self.files += 1;
                    Some(Ok(Input::File(path)))
                }
                Step::Directory(path) => self.directory(&path).err().map(|e| {
                    // An unreadable directory is one error, not also an empty one.
                    self.files += 1;
                    Err(e)
                }),
                Step::Close { directory, files } => (files == self.files)
                    .then(|| Err(IntakeError::new(directory.to_string_lossy(), Reason::NoNotes))),
            };
            if found.is_some() {
                return found;
            }
        }
    }
}

fn failed(path: &Path, error: io::Error) -> IntakeError {
    IntakeError::new(path.to_string_lossy(), error.into())
}

/// The files that a pattern fits; `None` where `path` is no pattern.
#[cfg(feature = "cli")]
fn expand(path: &Path) -> Option<Vec<PathBuf>> {
    let pattern = path.to_str().filter(|p| p.contains(['*', '?', '[']))?;
    let options = glob::MatchOptions { require_literal_leading_dot: true, ..Default::default() };
    Some(glob::glob_with(pattern, options).ok()?.filter_map(Result::ok).collect())
}

#[cfg(not(feature = "cli"))]
fn expand(_: &Path) -> Option<Vec<PathBuf>> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn names(root: &Path, arguments: &[&str]) -> Vec<String> {
        let arguments =
            arguments.iter().map(|a| if *a == "-" { PathBuf::from(a) } else { root.join(a) }).collect();
        Walk::new(arguments)
            .map(|step| match step {
                Ok(Input::Stdin) => "-".to_owned(),
                Ok(Input::File(path)) => {
                    path.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/")
                }
                Err(e) => e.reason.code().to_owned(),
            })
            .collect()
    }

    #[test]
    fn order_and_what_is_left_out() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        for name in
            ["b.txt", "a/z.jsonl", "a/deep/c.TEXT", "a/x.pdf", ".hidden/n.txt", "a/.n.txt", "e/readme.md"]
        {
            fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
            fs::write(root.join(name), "x").unwrap();
        }
        #[cfg(unix)]
        std::os::unix::fs::symlink(root, root.join("a/loop")).unwrap();
        assert_eq!(names(root, &[""]), ["a/deep/c.TEXT", "a/z.jsonl", "b.txt"]);
        assert_eq!(
            names(root, &["b.txt", "-", "e", "gone.txt", "a/x.pdf"]),
            ["b.txt", "-", "no-notes", "not-found", "a/x.pdf"]
        );
    }

    #[cfg(feature = "cli")]
    #[test]
    fn patterns_that_the_shell_left() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["2.txt", "1.txt", "3.md"] {
            fs::write(dir.path().join(name), "x").unwrap();
        }
        assert_eq!(names(dir.path(), &["*.txt"]), ["1.txt", "2.txt"]);
        assert_eq!(names(dir.path(), &["*.jsonl"]), ["no-match"]);
    }
}
