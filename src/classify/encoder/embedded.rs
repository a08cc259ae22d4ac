//! The embedded engine: rten, pure Rust, nothing to install.

use super::{Batch, Encoder, Idle, Logits};
use crate::classify::ClassifyError;
use crate::classify::error::ModelError;
use crate::classify::package::{NETWORK, Package};
use rten::{Model, ModelOptions, NodeId, RunOptions, ThreadPool, Value, ValueView};
use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

const NAME: &str = "rten 0.27.0";

/// A network in rten.
pub(super) struct Embedded {
    network: Arc<Network>,
    sessions: Idle<Session>,
}

struct Network {
    model: Model,
    inputs: [NodeId; 2],
    outputs: [NodeId; 2],
}

/// A thread that runs batches, the only one of its pool.
///
/// rten works in rayon pools, and a rayon thread that waits for another pool takes up other work meanwhile: one note
/// would be begun inside another, and one worker would keep two processors busy. So a worker hands its batch over and
/// blocks.
struct Session(Sender<Job>);

struct Job {
    batch: Batch,
    reply: SyncSender<Option<Logits>>,
}

impl Embedded {
    pub(super) fn load(package: &Package) -> Result<Self, ModelError> {
        let refuse =
            |reason: String| ModelError::Network { file: package.path(NETWORK), engine: NAME.into(), reason };
        let mut options = ModelOptions::with_all_ops();
        options.prepack_weights(true);
        let model = catch_unwind(AssertUnwindSafe(|| match &package.network {
            Cow::Borrowed(bytes) => options.load_static_slice(bytes),
            Cow::Owned(bytes) => options.load(bytes.clone()),
        }))
        .map_err(|_| refuse("the file makes the engine fail".into()))?
        .map_err(|e| refuse(e.to_string()))?;
        let node =
            |name: &str| model.node_id(name).map_err(|_| refuse(format!("no input or output `{name}`")));
        let network = Network {
            inputs: [node("input_ids")?, node("mask")?],
            outputs: [node("tags")?, node("status")?],
            model,
        };
        Ok(Self { network: Arc::new(network), sessions: Idle::new() })
    }
}

impl Encoder for Embedded {
    fn name(&self) -> String {
        NAME.into()
    }

    fn run(&self, batch: Batch) -> Result<Logits, ClassifyError> {
        let (rows, length) = (batch.rows, batch.length);
        let failed = || ClassifyError { engine: NAME.into(), rows, length };
        self.sessions.with(
            || Session::start(&self.network).ok_or_else(failed),
            |session| session.run(batch).filter(|logits| logits.fits(rows, length)).ok_or_else(failed),
        )
    }
}

impl Session {
    fn start(network: &Arc<Network>) -> Option<Self> {
        let (sender, jobs) = channel();
        let network = Arc::clone(network);
        // The loop ends when the session is dropped.
        thread::Builder::new().name("encoder".into()).spawn(move || serve(&network, &jobs)).ok()?;
        Some(Self(sender))
    }

    fn run(&self, batch: Batch) -> Option<Logits> {
        let (reply, answer) = sync_channel(1);
        self.0.send(Job { batch, reply }).ok()?;
        answer.recv().ok().flatten()
    }
}

fn serve(network: &Network, jobs: &Receiver<Job>) {
    let pool = Arc::new(ThreadPool::with_num_threads(1));
    let options = RunOptions::default().with_thread_pool(Some(Arc::clone(&pool)));
    while let Ok(Job { batch, reply }) = jobs.recv() {
        let logits = catch_unwind(AssertUnwindSafe(|| network.run(&batch, options.clone())));
        // A worker that has gone away needs no answer.
        let _ = reply.send(logits.ok().flatten());
    }
}

impl Network {
    fn run(&self, batch: &Batch, options: RunOptions) -> Option<Logits> {
        let (rows, length) = (batch.rows, batch.length);
        let ids = ValueView::from_shape([rows, length], &batch.ids).ok()?;
        let mask = ValueView::from_shape([rows, 1, 1, length], &batch.mask).ok()?;
        let inputs = vec![(self.inputs[0], ids.into()), (self.inputs[1], mask.into())];
        let [tags, status] = self.model.run_n(inputs, self.outputs, Some(options)).ok()?;
        Some(Logits { tags: flat(tags, rows, length)?, status: flat(status, rows, length)? })
    }
}

/// The numbers of an output, where it has the batch's rows and length.
fn flat(value: Value, rows: usize, length: usize) -> Option<Vec<f32>> {
    let ([r, l, _], data) = value.into_shape_vec::<f32, 3>().ok()?;
    (r == rows && l == length).then_some(data)
}
