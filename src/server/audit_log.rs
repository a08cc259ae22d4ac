//! The audit log: who had which note checked, when and with what result; appended, chained by hashes, without note text.
//!
//! A line is a JSON object whose last field `hash` is the SHA-256 of the line without that field, and whose field `prev` is
//! the hash of the line before. A line that was changed, put in or taken out breaks the chain. Lines that were cut off at the
//! end are told by comparing the last hash with one that was kept elsewhere.

use crate::digest;
use serde::{Deserialize, Serialize};
use std::fmt::Write as _;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

/// What the first line has in the place of the hash before it.
const START: &str = "0000000000000000000000000000000000000000000000000000000000000000";
/// Longer than any line that is written.
const LINE: u64 = 64 * 1024;

/// Why an audit log cannot be written or is not whole.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuditLogError {
    /// The system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A line was written in part and could not be taken back; nothing may follow it.
    #[error("{}: a line could be written in part only", .0.display())]
    Cut(PathBuf),
    /// Another process writes into it.
    #[error("{}: another process is writing into it", .0.display())]
    Locked(PathBuf),
    /// A line is not what was written, or stands in the wrong place.
    #[error("{}:{line}: the chain is broken: {fault}", path.display())]
    Broken {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        fault: &'static str,
    },
}

/// One thing that was done.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Event {
    /// Who: the user that a proxy names, `token`, or `local`.
    pub(super) who: String,
    /// The request id.
    pub(super) request: String,
    /// What was asked for: the route.
    pub(super) action: String,
    /// Keyed hash of the note's id.
    pub(super) note: String,
    /// The outcome, or the code of the error.
    pub(super) result: String,
}

impl Event {
    /// Something that was done to the log itself.
    fn of_log(result: &str) -> Self {
        let none = String::new;
        Self {
            who: none(),
            request: none(),
            action: "log".to_owned(),
            note: none(),
            result: result.to_owned(),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Line {
    n: u64,
    at: String,
    #[serde(flatten)]
    event: Event,
    /// Digest of the provenance.
    provenance: String,
    prev: String,
}

/// A log that is being written.
pub struct AuditLog {
    path: PathBuf,
    tail: Mutex<Tail>,
}

/// The file, with the number and the hash of its last line.
struct Tail {
    file: File,
    lines: u64,
    hash: String,
    bytes: u64,
    /// Ends within a line.
    cut: bool,
}

/// A log that is whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Its lines.
    pub lines: u64,
    /// The hash of the last one: kept elsewhere, it tells later whether lines were cut off.
    pub hash: String,
}

impl AuditLog {
    /// Opens a log, or begins one that its owner alone can read. One that is there is verified first.
    ///
    /// Half a line at the end, of a process that was killed while it wrote, was answered to nobody: it is taken away, and a
    /// line says so.
    ///
    /// # Errors
    /// It cannot be opened, is written by another process, or its chain is broken.
    pub fn open(path: &Path) -> Result<Self, AuditLogError> {
        let failed = |source| AuditLogError::Io { path: path.to_owned(), source };
        let mut new = OpenOptions::new();
        new.append(true).read(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut new, 0o600);
        let file = new.open(path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(AuditLogError::Locked(path.to_owned())),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        let bytes = whole(&file).map_err(failed)?;
        let halved = bytes < file.metadata().map_err(failed)?.len();
        if halved {
            file.set_len(bytes).map_err(failed)?;
        }
        let Verified { lines, hash } = verify(path)?;
        let log =
            Self { path: path.to_owned(), tail: Mutex::new(Tail { file, lines, hash, bytes, cut: false }) };
        if halved {
            log.append(Event::of_log("half-line-removed"), "")?;
        }
        Ok(log)
    }

    /// Appends what was done. Nothing may be answered to a client before this has succeeded.
    ///
    /// # Errors
    /// The line cannot be written.
    pub(super) fn append(&self, event: Event, provenance: &str) -> Result<(), AuditLogError> {
        let failed = |source| AuditLogError::Io { path: self.path.clone(), source };
        // A thread that died while it held the log has written a whole line or none.
        let mut tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        if tail.cut {
            return Err(AuditLogError::Cut(self.path.clone()));
        }
        let at = humantime::format_rfc3339_millis(SystemTime::now()).to_string();
        let (n, prev) = (tail.lines + 1, tail.hash.clone());
        let line = Line { n, at, event, provenance: provenance.to_owned(), prev };
        let (text, hash) = sealed(&line).map_err(|e| failed(e.into()))?;
        if let Err(source) = tail.file.write_all(text.as_bytes()) {
            // A full disk takes part of a line: without it the chain goes on once there is room.
            tail.cut = tail.file.set_len(tail.bytes).is_err();
            return Err(failed(source));
        }
        tail.lines = n;
        tail.hash = hash;
        tail.bytes += text.len() as u64;
        Ok(())
    }

    /// Asks the system to put the lines on the disk. They are in its hands before: only a machine that fails loses them.
    pub(super) fn sync(&self) {
        let tail = self.tail.lock().unwrap_or_else(PoisonError::into_inner);
        let _ = tail.file.sync_data();
    }
}

/// Reads a log and follows its chain.
///
/// # Errors
/// It cannot be read, or the chain is broken; the line is named.
pub fn verify(path: &Path) -> Result<Verified, AuditLogError> {
    let failed = |source| AuditLogError::Io { path: path.to_owned(), source };
    let mut reader = BufReader::new(File::open(path).map_err(failed)?);
    let (mut lines, mut hash) = (0, START.to_owned());
    let mut text = Vec::new();
    loop {
        text.clear();
        if reader.by_ref().take(LINE).read_until(b'\n', &mut text).map_err(failed)? == 0 {
            return Ok(Verified { lines, hash });
        }
        let broken = |fault| AuditLogError::Broken { path: path.to_owned(), line: lines + 1, fault };
        if text.last() != Some(&b'\n') {
            return Err(broken("the line is not whole"));
        }
        let line: Line = serde_json::from_slice(&text).map_err(|_| broken("no line of an audit log"))?;
        if line.prev != hash {
            return Err(broken("it does not follow the line before"));
        }
        if line.n != lines + 1 {
            return Err(broken("its number is wrong"));
        }
        let (again, seal) = sealed(&line).map_err(|_| broken("no line of an audit log"))?;
        if again.as_bytes() != text {
            return Err(broken("it was changed"));
        }
        (lines, hash) = (lines + 1, seal);
    }
}

/// Where the last whole line ends, unless what follows is longer than any line.
fn whole(file: &File) -> io::Result<u64> {
    let mut file = file;
    let length = file.metadata()?.len();
    let start = length.saturating_sub(LINE);
    file.seek(SeekFrom::Start(start))?;
    let mut end = Vec::new();
    file.take(LINE).read_to_end(&mut end)?;
    Ok(match memchr::memrchr(b'\n', &end) {
        Some(feed) => start + feed as u64 + 1,
        None if start == 0 => 0,
        None => length,
    })
}

/// The line with its hash, and the hash.
fn sealed(line: &Line) -> serde_json::Result<(String, String)> {
    let mut text = serde_json::to_string(line)?;
    let hash = digest::sha256(&text);
    text.pop();
    let _ = writeln!(text, ",\"hash\":\"{hash}\"}}");
    Ok((text, hash))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn event(note: &str) -> Event {
        Event {
            who: "local".into(),
            request: "r".into(),
            action: "/v1/check".into(),
            note: note.into(),
            result: "gaps".into(),
        }
    }

    fn log(notes: &[&str]) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("audit.log");
        let log = AuditLog::open(&path).unwrap();
        for note in notes {
            log.append(event(note), "p").unwrap();
        }
        (dir, path)
    }

    #[test]
    fn a_log_goes_on_where_it_ended() {
        let (_dir, path) = log(&["a", "b"]);
        let before = verify(&path).unwrap();
        assert_eq!(before.lines, 2);
        let again = AuditLog::open(&path).unwrap();
        assert!(matches!(AuditLog::open(&path), Err(AuditLogError::Locked(_))));
        again.append(event("c"), "p").unwrap();
        let after = verify(&path).unwrap();
        assert!(after.lines == 3 && after.hash != before.hash);
    }

    #[test]
    fn after_half_a_line_nothing_is_written() {
        let (_dir, path) = log(&["a"]);
        let log = AuditLog::open(&path).unwrap();
        // Neither a line nor taking it back goes through this one.
        log.tail.lock().unwrap().file = File::open(&path).unwrap();
        assert!(matches!(log.append(event("b"), "p"), Err(AuditLogError::Io { .. })));
        assert!(matches!(log.append(event("c"), "p"), Err(AuditLogError::Cut(_))));
        assert_eq!(verify(&path).unwrap().lines, 1);
    }

    #[test]
    fn half_a_line_at_the_end_is_taken_away_and_told() {
        for halves in ["{\"n\":3,\"at\"", "x"] {
            let (_dir, path) = log(&["a", "b"]);
            fs::write(&path, fs::read_to_string(&path).unwrap() + halves).unwrap();
            assert!(verify(&path).is_err());
            drop(AuditLog::open(&path).unwrap());
            assert_eq!(verify(&path).unwrap().lines, 3);
            let last = fs::read_to_string(&path).unwrap();
            assert!(last.lines().last().unwrap().contains("half-line-removed"), "{last}");
        }
        // Only half a line, and more of it than any line has.
        let (_dir, path) = log(&[]);
        fs::write(&path, "{\"n\"").unwrap();
        drop(AuditLog::open(&path).unwrap());
        assert_eq!(verify(&path).unwrap().lines, 1);
        fs::write(&path, "x".repeat(LINE as usize + 1)).unwrap();
        assert!(matches!(AuditLog::open(&path), Err(AuditLogError::Broken { line: 1, .. })));
    }

    #[test]
    fn what_was_changed_put_in_or_taken_out_is_found() {
        let (_dir, path) = log(&["a", "b", "c"]);
        let whole = fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = whole.lines().collect();
        for (text, line) in [
            (whole.replace("\"note\":\"b\"", "\"note\":\"x\""), 2),
            ([lines[0], lines[2], ""].join("\n"), 2),
            ([lines[1], lines[2], ""].join("\n"), 1),
            ([lines[0], lines[0], lines[1], lines[2], ""].join("\n"), 2),
            (whole.replace(",\"hash\"", ", \"hash\""), 1),
            (whole.trim_end().to_owned(), 3),
            (whole.clone() + "zyzzyva\n", 4),
        ] {
            fs::write(&path, text).unwrap();
            match verify(&path) {
                Err(e @ AuditLogError::Broken { line: at, .. }) if at == line => {
                    assert!(!e.to_string().contains("zyzzyva"));
                }
                other => panic!("line {line}: {other:?}"),
            }
        }
        // Cut off at the end: whole, but another hash.
        fs::write(&path, lines[0].to_owned() + "\n").unwrap();
        assert_eq!(verify(&path).unwrap().lines, 1);
    }
}
