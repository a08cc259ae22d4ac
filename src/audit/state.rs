//! The journal: one small file that is replaced as a whole when a shard is durable.

use super::AuditError;
use super::disk::Disk;
use super::inputs::Survey;
use super::stream::Chain;
use super::totals::Totals;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;

/// The name and version of its form.
pub(super) const SCHEMA: &str = "chartgap.audit/1";
pub(super) const FILE: &str = "state.json";

/// The committed length of every growing file, by its last name.
pub(super) type Lengths = BTreeMap<String, u64>;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    pub(super) schema: String,
    /// What must be the same on resume.
    pub(super) run: BTreeMap<String, String>,
    pub(super) inputs: Survey,
    /// The number of shards that are durable.
    pub(super) shards: u64,
    /// The number of items in them, which is the ordinal of the next one.
    pub(super) next: u64,
    pub(super) chain: Chain,
    pub(super) lengths: Lengths,
    /// The file with the candidates of the sample.
    pub(super) candidates: Option<String>,
    /// There is no item after those.
    pub(super) exhausted: bool,
    /// Every file of the output has its last name and content.
    pub(super) finished: bool,
    pub(super) totals: Totals,
}

impl State {
    pub(super) fn new(run: BTreeMap<String, String>, inputs: Survey) -> Self {
        Self {
            schema: SCHEMA.into(),
            run,
            inputs,
            shards: 0,
            next: 0,
            chain: Chain::default(),
            lengths: Lengths::new(),
            candidates: None,
            exhausted: false,
            finished: false,
            totals: Totals::default(),
        }
    }

    pub(super) fn load(disk: &Disk) -> Result<Self, AuditError> {
        let path = disk.path(FILE);
        let bad = |fault| AuditError::BadState { path: path.clone(), fault };
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::InvalidData => return Err(bad("no UTF-8")),
            Err(e) => return Err(AuditError::io(&path, e)),
        };
        let value: serde_json::Value = serde_json::from_str(&text).map_err(|_| bad("no JSON"))?;
        if value.get("schema").and_then(|s| s.as_str()) != Some(SCHEMA) {
            return Err(bad("another schema than chartgap.audit/1"));
        }
        serde_json::from_value(value).map_err(|_| bad("fields that do not fit"))
    }

    pub(super) fn save(&self, disk: &Disk) -> Result<(), AuditError> {
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        disk.replace(FILE, &text)
    }
}
