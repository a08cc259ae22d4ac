//! An audit from its directory to its summary: open, push every item in order, finish.

use super::disk::{Disk, make_directory};
use super::inputs::{Survey, apart, survey};
use super::lines::LineFiles;
use super::pages::{self, Pages};
use super::parquet::{self, ParquetFiles};
use super::plan::{Format, Mode, Plan, change};
use super::sample::{self, Sampler};
use super::sqlite::{self, Store};
use super::state::{self, State};
use super::stream::{Chain, Stream};
use super::summary::Summary;
use super::worker::{Done, Worker};
use super::{AuditError, TABLES};
use crate::check::Engine;
use crate::checklist::Checklist;
use crate::report::v1::Provenance;
use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::path::Path;

const SUMMARY: [&str; 2] = ["summary.json", "summary.txt"];
/// Written where pages are built in.
const DASHBOARD: &str = "dashboard.html";

/// An audit that is being made. Items come in with [`Audit::push`] in the order of the stream.
pub struct Audit {
    disk: Disk,
    /// Held as long as the audit is.
    _lock: File,
    plan: Plan,
    state: State,
    chain: Chain,
    /// The number of items pushed, those of earlier runs included.
    next: u64,
    parquet: Option<ParquetFiles>,
    lines: Vec<LineFiles>,
    store: Option<Store>,
    sampler: Option<Sampler>,
    pages: Option<Pages>,
    checklist: Checklist,
    provenance: Provenance,
}

/// How far an audit is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Items that were pushed, those of earlier runs included.
    pub items: u64,
    /// All of them are durable: an audit can stop here without loss.
    pub committed: bool,
}

impl Audit {
    /// Begins an audit in `directory`, or goes on with the one that is there.
    ///
    /// # Errors
    /// The directory holds something else, another process writes into it, or the audit there was begun with another
    /// engine, other arguments or other inputs.
    pub fn open(directory: &Path, plan: Plan, engine: &Engine, mode: Mode) -> Result<Self, AuditError> {
        if directory.exists() && !directory.is_dir() {
            return Err(AuditError::NoDirectory(directory.to_owned()));
        }
        make_directory(directory)?;
        apart(directory, &plan.inputs)?;
        let lock = lock(directory)?;
        Self::open_with(Disk::new(directory), lock, plan, engine, mode)
    }

    pub(super) fn open_with(
        disk: Disk,
        lock: File,
        plan: Plan,
        engine: &Engine,
        mode: Mode,
    ) -> Result<Self, AuditError> {
        let provenance = engine.provenance().clone();
        let run = plan.fingerprint(&provenance);
        let inputs = survey(&plan.inputs);
        let old = disk.exists(state::FILE);
        if old && mode == Mode::New {
            return Err(AuditError::Exists(disk.root().to_owned()));
        }
        if !old && disk.names("")?.iter().any(|name| !is_leftover(name)) {
            return Err(AuditError::NotEmpty(disk.root().to_owned()));
        }
        if old && mode == Mode::Force {
            clear(&disk)?;
        }
        let resumed = old && mode == Mode::Resume;
        let state = if resumed {
            let state = State::load(&disk)?;
            same(&disk, &state, &run, &inputs)?;
            state
        } else {
            let state = State::new(run, inputs);
            // Before anything else, so that whatever a kill leaves can be told from other people's files.
            state.save(&disk)?;
            state
        };
        let mut audit = Self {
            disk,
            _lock: lock,
            chain: state.chain,
            next: state.next,
            state,
            parquet: None,
            lines: Vec::new(),
            store: None,
            sampler: plan.sample.map(Sampler::new),
            pages: None,
            checklist: engine.checklist().clone(),
            provenance,
            plan,
        };
        if resumed {
            audit.tidy()?;
        }
        if !audit.state.finished {
            audit.open_outputs(resumed)?;
        }
        Ok(audit)
    }

    /// Removes candidates and pages that no entry of the journal speaks of.
    fn tidy(&self) -> Result<(), AuditError> {
        for name in self.disk.names("")? {
            if sample::owns(&name) && self.state.candidates.as_ref() != Some(&name) {
                self.disk.remove(&name)?;
            }
        }
        if self.plan.pages { pages::tidy(&self.disk, &self.state.totals) } else { Ok(()) }
    }

    fn open_outputs(&mut self, resumed: bool) -> Result<(), AuditError> {
        let disk = &self.disk;
        let tables: &[usize] = if self.plan.mentions { &[0, 1, 2] } else { &[0, 1] };
        let lengths = resumed.then_some(&self.state.lengths);
        for format in [Format::Parquet, Format::Jsonl, Format::Csv] {
            if !self.plan.formats.contains(&format) {
                continue;
            }
            match format {
                Format::Parquet => self.parquet = Some(ParquetFiles::open(disk, tables, self.state.shards)?),
                Format::Jsonl | Format::Csv => {
                    self.lines.push(LineFiles::open(disk, format, tables, lengths)?);
                }
            }
        }
        if self.plan.sqlite {
            self.store = Some(Store::open(disk, tables, resumed.then_some(self.state.next))?);
        }
        if let (Some(size), Some(name)) = (self.plan.sample, &self.state.candidates) {
            self.sampler = Some(Sampler::load(size, disk, name)?);
        }
        if self.plan.pages && self.plan.text {
            self.pages = Some(Pages::open(disk, &self.state.totals)?);
        }
        Ok(())
    }

    /// The number of items that need not be read again.
    pub fn done(&self) -> u64 {
        self.state.next
    }

    /// The input was read to its end: there is nothing to push.
    pub fn is_exhausted(&self) -> bool {
        self.state.exhausted
    }

    /// The audit was finished by an earlier run.
    pub fn is_finished(&self) -> bool {
        self.state.finished
    }

    /// The notes of all inputs, each with its INPUT argument, as items from where the audit stands.
    pub fn stream<I>(&self, notes: I) -> Stream<I> {
        Stream::new(notes, self.state.next, self.state.chain)
    }

    /// What works on the items.
    pub fn worker<'e>(&self, engine: &'e Engine) -> Worker<'e> {
        let bounds = self.sampler.as_ref().map(|s| s.bounds.clone());
        Worker::new(engine, &self.plan, bounds, self.pages.as_ref().map(|p| p.bound.clone()))
    }

    /// Takes the next item in; the last one of a shard makes the shard durable.
    ///
    /// # Errors
    /// The output cannot be written. What was committed stays.
    pub fn push(&mut self, done: Done) -> Result<Progress, AuditError> {
        debug_assert_eq!(done.ordinal, self.next, "items come in the order of the stream");
        if let Some(parquet) = &mut self.parquet {
            parquet.append(&self.disk, self.state.shards, &done)?;
        }
        for lines in &mut self.lines {
            lines.append(&self.disk, &done)?;
        }
        if let Some(store) = &mut self.store {
            store.append(&done)?;
        }
        let listed = self.state.totals.add(&done.brief);
        if let Some(pages) = &mut self.pages {
            let committed = self.state.next;
            pages.take(&self.disk, &self.state.totals, &listed, done.page.as_deref(), committed)?;
        }
        self.next = done.ordinal + 1;
        self.chain = done.chain;
        if let (Some(sampler), Some(candidate)) = (&mut self.sampler, done.candidate) {
            sampler.offer(candidate);
        }
        // By position alone, so that shards do not depend on interruptions.
        let committed = self.next.is_multiple_of(self.plan.shard);
        if committed {
            self.commit()?;
        }
        Ok(Progress { items: self.next, committed })
    }

    fn commit(&mut self) -> Result<(), AuditError> {
        let shard = self.state.shards;
        if let Some(parquet) = &mut self.parquet {
            parquet.commit(&self.disk, shard)?;
        }
        for lines in &mut self.lines {
            lines.commit(&self.disk, &mut self.state.lengths)?;
        }
        if let Some(store) = &mut self.store {
            store.commit(&self.disk)?;
        }
        let mut old = None;
        if let Some(sampler) = &mut self.sampler
            && let Some(name) = sampler.commit(&self.disk, shard)?
        {
            old = self.state.candidates.replace(name);
        }
        self.state.shards += 1;
        self.state.next = self.next;
        self.state.chain = self.chain;
        self.state.save(&self.disk)?;
        if let Some(old) = old {
            self.disk.remove(&old)?;
        }
        match &mut self.pages {
            Some(pages) => pages.committed(&self.disk),
            None => Ok(()),
        }
    }

    /// Commits the last shard, names the files and writes sample and summary.
    ///
    /// # Errors
    /// The output cannot be written; the audit can be resumed.
    pub fn finish(&mut self) -> Result<Summary, AuditError> {
        let summary = |s: &Self| Summary::new(&s.state.totals, &s.checklist, &s.provenance);
        if self.state.finished {
            return Ok(summary(self));
        }
        if !self.state.exhausted {
            self.state.exhausted = true;
            if self.next > self.state.next || self.state.shards == 0 {
                self.commit()?;
            } else {
                self.state.save(&self.disk)?;
            }
        }
        for lines in &mut self.lines {
            lines.finish(&self.disk)?;
        }
        if let Some(store) = self.store.take() {
            store.finish(&self.disk)?;
        }
        if let Some(sampler) = &self.sampler {
            sampler.finish(&self.disk, self.state.totals.outcomes())?;
        }
        let summary = summary(self);
        let json = serde_json::to_string_pretty(&summary)? + "\n";
        for (name, text) in SUMMARY.iter().zip([json, summary.to_text()]) {
            self.disk.replace(name, text.as_bytes())?;
        }
        #[cfg(feature = "html")]
        {
            let page = super::dashboard::page(&self.state.totals, &summary);
            self.disk.replace(DASHBOARD, page.as_bytes())?;
        }
        let candidates = self.state.candidates.take();
        self.state.finished = true;
        self.state.save(&self.disk)?;
        if let Some(candidates) = candidates {
            self.disk.remove(&candidates)?;
        }
        Ok(summary)
    }
}

/// Refuses to go on with what was begun otherwise.
fn same(
    disk: &Disk,
    state: &State,
    run: &BTreeMap<String, String>,
    inputs: &Survey,
) -> Result<(), AuditError> {
    let dir = || disk.root().to_owned();
    let names = state.run.keys().chain(run.keys());
    if let Some(what) = names.into_iter().find(|name| state.run.get(*name) != run.get(*name)) {
        let value = |run: &BTreeMap<String, String>| run.get(what).cloned().unwrap_or_else(|| "none".into());
        return Err(AuditError::OtherRun {
            dir: dir(),
            what: what.clone(),
            then: value(&state.run),
            now: value(run),
        });
    }
    match change(&state.inputs, inputs) {
        Some(change) => Err(AuditError::InputsChanged { dir: dir(), change }),
        None => Ok(()),
    }
}

/// Removes the files of an audit, the journal last: until then the directory is known to hold one.
fn clear(disk: &Disk) -> Result<(), AuditError> {
    for table in TABLES {
        for name in disk.names(table.name)? {
            if parquet::owns(&name) {
                disk.remove(&format!("{}/{name}", table.name))?;
            }
        }
        // Stays where somebody else's file is in it.
        let _ = fs::remove_dir(disk.path(table.name));
    }
    pages::clear(disk)?;
    let _ = fs::remove_dir(disk.path(pages::DIRECTORY));
    for name in disk.names("")? {
        if name != state::FILE && is_ours(&name) {
            disk.remove(&name)?;
        }
    }
    disk.remove(state::FILE)
}

fn is_ours(name: &str) -> bool {
    let name = name.strip_suffix(".tmp").or_else(|| name.strip_suffix(".partial")).unwrap_or(name);
    let fixed = [state::FILE, sample::FILE, SUMMARY[0], SUMMARY[1], DASHBOARD];
    fixed.contains(&name)
        || sample::owns(name)
        || name
            .strip_prefix(sqlite::FILE)
            .is_some_and(|rest| ["", "-journal", "-wal", "-shm"].contains(&rest))
        || TABLES
            .iter()
            .any(|t| name.strip_prefix(t.name).is_some_and(|rest| [".jsonl", ".csv"].contains(&rest)))
}

/// What a kill can leave before the first entry of the journal.
fn is_leftover(name: &str) -> bool {
    name.strip_suffix(".tmp") == Some(state::FILE) || name == LOCK
}

const LOCK: &str = ".lock";

/// The lock goes with the process, however that ends.
fn lock(directory: &Path) -> Result<File, AuditError> {
    let failed = |e| AuditError::io(directory, e);
    let file = if cfg!(unix) {
        File::open(directory)
    } else {
        File::options().create(true).append(true).open(directory.join(LOCK))
    };
    let file = file.map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(AuditError::Locked(directory.to_owned())),
        Err(TryLockError::Error(e)) => Err(failed(e)),
    }
}
