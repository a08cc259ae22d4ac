//! The inputs seen from outside: how many files and bytes, whether they changed, about how many notes.

use super::AuditError;
use crate::digest::hex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::{self, File, Metadata};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// The files of all inputs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Survey {
    /// Their number.
    pub files: u64,
    /// Their size in bytes.
    pub bytes: u64,
    /// A digest over their names, sizes and times of modification.
    pub digest: String,
}

/// Looks at every file of the inputs without opening it. Standard input counts as no file.
pub fn survey(inputs: &[PathBuf]) -> Survey {
    let mut survey = Survey::default();
    let mut digest = [0u8; 32];
    visit(inputs, &mut |path, meta| {
        survey.files += 1;
        survey.bytes = survey.bytes.saturating_add(meta.len());
        let modified = meta.modified().ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok());
        let mut hash = Sha256::new();
        hash.update(path.as_os_str().as_encoded_bytes());
        hash.update([0]);
        hash.update(meta.len().to_le_bytes());
        hash.update(modified.map_or(0, |t| t.as_nanos()).to_le_bytes());
        // Names differ, so that exclusive-or keeps every file and directories need not be sorted.
        for (sum, byte) in digest.iter_mut().zip(hash.finalize()) {
            *sum ^= byte;
        }
        true
    });
    survey.digest = hex(&digest);
    survey
}

/// About how many notes the inputs hold, where their names tell what a note is: a text file is one, JSONL has one a
/// line. `None` where something else is among them, or `go_on` says no.
pub fn estimate(inputs: &[PathBuf], go_on: &dyn Fn() -> bool) -> Option<u64> {
    if inputs.iter().any(|path| path.as_os_str() == "-") {
        return None;
    }
    let mut notes = Some(0);
    visit(inputs, &mut |path, _| {
        let ending = path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase);
        let here = match ending.as_deref() {
            Some("txt" | "text") => Some(1),
            Some("jsonl" | "ndjson") => lines(path, go_on),
            // In a directory such a file is passed over.
            _ if inputs.iter().all(|input| input != path) => Some(0),
            _ => None,
        };
        notes = notes.zip(here).map(|(sum, here)| sum + here);
        notes.is_some()
    });
    notes
}

fn lines(path: &Path, go_on: &dyn Fn() -> bool) -> Option<u64> {
    let mut file = File::open(path).ok()?;
    let mut buffer = vec![0; 1 << 18];
    let mut lines = 0;
    let mut last = b'\n';
    while go_on() {
        match file.read(&mut buffer) {
            Ok(0) => return Some(lines + u64::from(last != b'\n')),
            Ok(n) => {
                lines += memchr::memchr_iter(b'\n', &buffer[..n]).count() as u64;
                last = buffer[n - 1];
            }
            Err(e) if e.kind() == ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
    None
}

/// Refuses output and input that lie in one another.
pub(super) fn apart(output: &Path, inputs: &[PathBuf]) -> Result<(), AuditError> {
    let Ok(real) = fs::canonicalize(output) else { return Ok(()) };
    for input in roots(inputs) {
        if let Ok(there) = fs::canonicalize(&input)
            && (there.starts_with(&real) || real.starts_with(&there))
        {
            return Err(AuditError::Nested { output: output.to_owned(), input });
        }
    }
    Ok(())
}

/// The arguments with their patterns filled in; what is not there is left out, since intake tells of it.
fn roots(inputs: &[PathBuf]) -> Vec<PathBuf> {
    let mut roots = Vec::new();
    for input in inputs {
        if fs::symlink_metadata(input).is_ok() {
            roots.push(input.clone());
        } else if let Some(found) = input.to_str().and_then(|pattern| glob::glob(pattern).ok()) {
            roots.extend(found.filter_map(Result::ok));
        }
    }
    roots
}

/// Calls `see` for every file until it says no. What cannot be looked at is passed over: intake will say why.
fn visit(inputs: &[PathBuf], see: &mut dyn FnMut(&Path, &Metadata) -> bool) {
    let mut stack = roots(inputs);
    stack.reverse();
    while let Some(path) = stack.pop() {
        let Ok(meta) = fs::metadata(&path) else { continue };
        if !meta.is_dir() {
            if !see(&path, &meta) {
                return;
            }
            continue;
        }
        let Ok(entries) = fs::read_dir(&path) else { continue };
        for entry in entries.filter_map(Result::ok) {
            let name = entry.file_name();
            // Links to directories are not followed, as in intake: they can lead in a circle.
            let link_to_directory = entry.file_type().is_ok_and(|t| t.is_symlink()) && entry.path().is_dir();
            if name.as_encoded_bytes().starts_with(b".") || link_to_directory {
                continue;
            }
            stack.push(path.join(name));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_survey_sees_what_changes() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        fs::create_dir(root.join("in")).unwrap();
        for (name, text) in [("in/a.txt", "x"), ("in/b.jsonl", "{}\n\n{}"), (".hidden", "x"), ("c.txt", "y")]
        {
            fs::write(root.join(name), text).unwrap();
        }
        let inputs = [root.join("in"), root.join("*.txt")];
        let before = survey(&inputs);
        assert_eq!((before.files, before.bytes), (3, 8));
        assert_eq!(before, survey(&inputs));
        fs::rename(root.join("in/a.txt"), root.join("in/z.txt")).unwrap();
        let after = survey(&inputs);
        assert_eq!(
            super::super::plan::change(&before, &after).unwrap(),
            "a file has been renamed or written to"
        );
        fs::write(root.join("in/new"), "x").unwrap();
        assert_eq!(super::super::plan::change(&before, &survey(&inputs)).unwrap(), "3 files then, 4 now");
    }

    #[test]
    fn the_number_of_notes_is_told_by_names_and_lines() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        fs::write(root.join("b.jsonl"), "{}\n{}\n{}").unwrap();
        fs::write(root.join("a.txt"), "x\ny\n").unwrap();
        fs::write(root.join("readme.md"), "x\ny\n").unwrap();
        let yes = || true;
        assert_eq!(estimate(&[root.to_owned()], &yes), Some(4));
        assert_eq!(estimate(&[root.join("readme.md")], &yes), None);
        assert_eq!(estimate(&["-".into()], &yes), None);
        assert_eq!(estimate(&[root.to_owned()], &|| false), None);
    }
}
