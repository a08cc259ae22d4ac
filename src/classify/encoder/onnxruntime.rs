//! ONNX Runtime through `ort`: one session a worker, one thread a session, no telemetry.

use super::{Batch, Encoder, Idle, Logits};
use crate::classify::ClassifyError;
use crate::classify::error::ModelError;
use crate::classify::package::{NETWORK, Package};
use ort::environment::Environment;
use ort::logging::LogLevel;
use ort::session::Session;
use ort::session::builder::GraphOptimizationLevel;
use ort::value::TensorRef;
use std::borrow::Cow;
use std::sync::{Mutex, PoisonError};

/// The one environment of the process; `ort` allows no second one.
static ENVIRONMENT: Mutex<Option<Environment>> = Mutex::new(None);

/// A network in ONNX Runtime.
pub(super) struct OnnxRuntime {
    network: Cow<'static, [u8]>,
    name: String,
    sessions: Idle<Session>,
}

impl OnnxRuntime {
    /// Loads the network. The library must have been taken in before.
    pub(super) fn load(package: &Package) -> Result<Self, ModelError> {
        let this = Self {
            network: package.network.clone(),
            name: format!("onnxruntime {}", version()),
            sessions: Idle::new(),
        };
        let refuse = |reason: String| ModelError::Network {
            file: package.path(NETWORK),
            engine: this.name.clone(),
            reason,
        };
        let names = this
            .sessions
            .with(
                || this.session(),
                |s| {
                    let inputs = s.inputs().iter().map(|i| i.name().to_owned());
                    Ok(inputs.chain(s.outputs().iter().map(|o| o.name().to_owned())).collect::<Vec<_>>())
                },
            )
            .map_err(|e: ort::Error| refuse(e.to_string()))?;
        for name in ["input_ids", "mask", "tags", "status"] {
            if !names.iter().any(|n| n == name) {
                return Err(refuse(format!("no input or output `{name}`")));
            }
        }
        Ok(this)
    }

    fn session(&self) -> Result<Session, ort::Error> {
        let mut environment = ENVIRONMENT.lock().unwrap_or_else(PoisonError::into_inner);
        if environment.is_none() {
            *environment = Some(ort::init().with_name("chartgap").with_telemetry(false).build()?);
        }
        let Some(environment) = environment.as_ref() else { return Err(ort::Error::new("no environment")) };
        Session::builder(environment)?
            .with_log_level(LogLevel::Fatal)?
            .with_intra_threads(1)?
            .with_inter_threads(1)?
            .with_optimization_level(GraphOptimizationLevel::Level3)?
            .commit_from_memory(&self.network)
    }
}

impl Encoder for OnnxRuntime {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn run(&self, batch: Batch) -> Result<Logits, ClassifyError> {
        let (rows, length) = (batch.rows, batch.length);
        // What the engine says of its failure is dropped: it may speak of its input.
        let done = self.sessions.with(|| self.session(), |session| run(session, &batch));
        done.ok().filter(|logits| logits.fits(rows, length)).ok_or_else(|| ClassifyError {
            engine: self.name.clone(),
            rows,
            length,
        })
    }
}

fn run(session: &mut Session, batch: &Batch) -> Result<Logits, ort::Error> {
    let (rows, length) = (batch.rows, batch.length);
    let ids: Vec<i64> = batch.ids.iter().copied().map(i64::from).collect();
    let ids = TensorRef::from_array_view(([rows, length], ids.as_slice()))?;
    let mask = TensorRef::from_array_view(([rows, 1, 1, length], batch.mask.as_slice()))?;
    let outputs = session.run(ort::inputs!["input_ids" => ids, "mask" => mask])?;
    let numbers = |name: &str| -> Result<Vec<f32>, ort::Error> {
        let output = outputs.get(name).ok_or_else(|| ort::Error::new("an output is missing"))?;
        Ok(output.try_extract_tensor::<f32>()?.1.to_vec())
    };
    Ok(Logits { tags: numbers("tags")?, status: numbers("status")? })
}

#[cfg(feature = "ort-load")]
fn version() -> String {
    super::library::version().unwrap_or_default()
}

#[cfg(not(feature = "ort-load"))]
fn version() -> String {
    format!("1.{}", ort::MINOR_VERSION)
}
