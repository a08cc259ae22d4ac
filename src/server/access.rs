//! The access log: a line of JSON a request, of routes, codes and numbers alone.

use serde::Serialize;
use std::io::Write;
use std::sync::mpsc::{Receiver, Sender, SyncSender, TrySendError, channel, sync_channel};
use std::time::Duration;

/// Lines that wait for whoever reads the log. Beyond them lines are dropped and counted: a log that nobody takes must not
/// keep clinicians from their notes.
const WAITING: usize = 8192;
/// How long lines gather before they are written: under load a line then wakes nobody.
const GATHER: Duration = Duration::from_millis(5);
/// How long the last lines are waited for when the service ends.
const PARTING: Duration = Duration::from_secs(2);

/// What a request came to.
#[derive(Debug, Serialize)]
pub(super) struct Served<'a> {
    /// When it was answered, RFC 3339.
    pub(super) time: String,
    /// The request id.
    pub(super) request: &'a str,
    /// Its method; `other` for one that is not of HTTP.
    pub(super) method: &'static str,
    /// The route as the service knows it, never the path: that can hold anything.
    pub(super) route: &'a str,
    pub(super) status: u16,
    /// The code of an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) code: Option<&'static str>,
    /// From the head of the request to that of the answer.
    pub(super) milliseconds: f64,
}

/// Where the lines go; a thread of its own writes them.
pub(super) struct AccessLog(SyncSender<Message>);

enum Message {
    Line(Vec<u8>),
    Flush(Sender<()>),
}

impl AccessLog {
    /// A log into `out`.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub(super) fn new(out: Box<dyn Write + Send>) -> std::io::Result<Self> {
        let (sender, receiver) = sync_channel(WAITING);
        std::thread::Builder::new().name("access-log".to_owned()).spawn(move || write(&receiver, out))?;
        Ok(Self(sender))
    }

    /// Hands a line over; whether it was taken.
    pub(super) fn write(&self, served: &Served<'_>) -> bool {
        let mut line = serde_json::to_vec(served).unwrap_or_default();
        line.push(b'\n');
        !matches!(self.0.try_send(Message::Line(line)), Err(TrySendError::Full(_)))
    }

    /// Waits until the lines so far are written, or for a while.
    pub(super) fn flush(&self) {
        let (done, written) = channel();
        if self.0.try_send(Message::Flush(done)).is_ok() {
            let _ = written.recv_timeout(PARTING);
        }
    }
}

fn write(messages: &Receiver<Message>, mut out: Box<dyn Write + Send>) {
    let mut buffer = Vec::new();
    while let Ok(mut message) = messages.recv() {
        // What has gathered meanwhile goes out in one piece.
        let mut written = Vec::new();
        loop {
            match message {
                Message::Line(line) => buffer.extend_from_slice(&line),
                Message::Flush(done) => written.push(done),
            }
            if buffer.len() > 1 << 16 {
                break;
            }
            match messages.try_recv() {
                Ok(next) => message = next,
                Err(_) => break,
            }
        }
        let _ = out.write_all(&buffer).and_then(|()| out.flush());
        buffer.clear();
        for done in written {
            let _ = done.send(());
        }
        std::thread::sleep(GATHER);
    }
}
