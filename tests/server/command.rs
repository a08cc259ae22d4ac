//! `chartgap serve` and `chartgap verify-log` as processes.

use super::support::{BACK, SOON, raw, read_to_end};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

const KEY: &str = "0123456789abcdef0123456789abcdef";

fn chartgap(dir: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chartgap"));
    command.current_dir(dir).env_clear().args(arguments);
    command
}

fn told(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap_or(-1), text(&output.stdout), text(&output.stderr))
}

/// A service that runs as a process of its own.
pub(crate) struct Process {
    child: Child,
    pub(crate) address: String,
    errors: mpsc::Receiver<String>,
}

impl Process {
    pub(crate) fn start(dir: &Path, arguments: &[&str]) -> Self {
        let all = [&["serve", "--listen", "127.0.0.1:0", "--no-model"], arguments].concat();
        let mut child = chartgap(dir, &all)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut errors = BufReader::new(child.stderr.take().unwrap());
        let mut first = String::new();
        errors.read_line(&mut first).unwrap();
        let address = first
            .strip_prefix("chartgap: listening on http://")
            .and_then(|rest| rest.split_once(' '))
            .unwrap_or_else(|| panic!("{first:?}"));
        let address = address.0.to_owned();
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            let mut rest = String::new();
            let _ = errors.read_to_string(&mut rest);
            let _ = sender.send(rest);
        });
        Self { child, address, errors: receiver }
    }

    pub(crate) fn exchange(&self, request: &[u8]) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(SOON)).unwrap();
        // The service may have answered and closed before all was sent.
        let _ = stream.write_all(request);
        read_to_end(&mut stream)
    }

    /// Stops it, and returns what it wrote to standard output and standard error.
    #[cfg(unix)]
    pub(crate) fn stop(mut self) -> (i32, String, String) {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let mut out = String::new();
        self.child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        let status = self.child.wait().unwrap().code().unwrap_or(-1);
        (status, out, self.errors.recv_timeout(SOON).unwrap())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn what_is_refused_at_the_start() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("short"), "secret\n").unwrap();
    fs::write(dir.path().join("lines"), "0123456789abcdef\n0123456789abcdef\n").unwrap();
    fs::write(dir.path().join("token"), "0123456789abcdef\n").unwrap();
    fs::write(dir.path().join("key"), KEY).unwrap();
    fs::write(dir.path().join("broken.log"), "zyzzyva\n").unwrap();
    for (arguments, problem) in [
        (&["--listen", "0.0.0.0:0"][..], "which needs TLS, or a proxy that encrypts"),
        (&["--listen", "0.0.0.0:0", "--behind-proxy"], "which needs a token"),
        (&["--listen", "zyzzyva"], "invalid value"),
        (&["--token-file", "short"], "short: a token is one line of at least 16 characters without spaces"),
        (&["--token-file", "lines"], "lines: a token is one line"),
        (&["--token-file", "missing"], "missing: No such file or directory"),
        (&["--tls-cert", "cert.pem"], "--tls-key"),
        (&["--user-header", "x-user"], "--behind-proxy"),
        (&["--audit-log", "audit.log"], "--key-file"),
        (&["--audit-log", "broken.log", "--key-file", "key"], "broken.log:1: the chain is broken"),
        (&["--origin", "chart.example.org"], "an origin is a scheme and a host"),
        (&["--max-body", "0"], "invalid value"),
        (&["--tls-cert", "missing", "--tls-key", "missing"], "missing: no usable certificate and key"),
    ] {
        let mut all = vec!["serve", "--no-model"];
        if !arguments.contains(&"--listen") {
            all.extend(["--listen", "127.0.0.1:0"]);
        }
        all.extend(arguments);
        let (status, _, errors) = told(&chartgap(dir.path(), &all).output().unwrap());
        assert_eq!(status, 2, "{arguments:?}: {errors}");
        assert!(errors.contains(problem), "{arguments:?}: {errors}");
    }
}

#[cfg(unix)]
#[test]
fn it_serves_writes_its_log_and_stops_when_it_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("key"), KEY).unwrap();
    let arguments = ["--audit-log", "audit.log", "--key-file", "key", "--max-body", "1000"];
    let process = Process::start(dir.path(), &arguments);
    let check = raw("POST", "/v1/check?id=zyzzyva", "content-type: text/plain\r\n", BACK.as_bytes());
    assert!(process.exchange(&check).starts_with("HTTP/1.1 200 "));
    assert!(process.exchange(&check).starts_with("HTTP/1.1 200 "));
    let large = raw("POST", "/v1/check", "content-type: text/plain\r\n", &[b'x'; 1001]);
    assert!(process.exchange(&large).starts_with("HTTP/1.1 413 "));
    // Another process cannot write into the same log.
    let mut other = vec!["serve", "--no-model", "--listen", "127.0.0.1:0"];
    other.extend(&arguments);
    let (status, _, errors) = told(&chartgap(dir.path(), &other).output().unwrap());
    assert!(status == 2 && errors.contains("another process is writing into it"), "{errors}");
    let (status, out, errors) = process.stop();
    assert_eq!((status, out.as_str()), (0, ""));
    assert_eq!(errors.matches("\"route\":\"/v1/check\"").count(), 3, "{errors}");
    assert!(errors.contains("stopping when the requests that have begun are answered"));
    let log = dir.path().join("audit.log");
    assert_eq!(fs::metadata(&log).unwrap().permissions().mode() & 0o777, 0o600);

    let (status, out, _) = told(&chartgap(dir.path(), &["verify-log", "audit.log"]).output().unwrap());
    assert_eq!(status, 0);
    assert!(out.starts_with("2 lines, the chain is whole; last hash "), "{out}");
    let text = fs::read_to_string(&log).unwrap();
    assert!(!text.contains("zyzzyva"));
    fs::write(&log, text.replacen("\"result\":\"", "\"result\":\"x", 1)).unwrap();
    let (status, _, errors) = told(&chartgap(dir.path(), &["verify-log", "audit.log"]).output().unwrap());
    assert_eq!(status, 2);
    assert!(errors.contains("audit.log:1: the chain is broken: it was changed"), "{errors}");
    let (status, _, errors) = told(&chartgap(dir.path(), &["verify-log", "missing"]).output().unwrap());
    assert!(status == 2 && errors.contains("missing: No such file"), "{errors}");
}

#[cfg(unix)]
#[test]
fn quiet_writes_no_access_log() {
    let dir = tempfile::tempdir().unwrap();
    let process = Process::start(dir.path(), &["--quiet", "--timeout", "5"]);
    assert!(process.exchange(&raw("GET", "/health", "", b"")).starts_with("HTTP/1.1 200 "));
    std::thread::sleep(Duration::from_millis(50));
    let (_, _, errors) = process.stop();
    assert!(!errors.contains("/health"), "{errors}");
}
