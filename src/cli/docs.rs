//! `chartgap docs`.

use super::args::DocsArgs;
use super::{Status, print};
use anyhow::Context;

/// Writes the reference pages into a directory.
pub(super) fn run(args: &DocsArgs) -> anyhow::Result<Status> {
    let engine = super::engine(&args.engine)?;
    let dir = &args.out;
    std::fs::create_dir_all(dir).with_context(|| format!("{} cannot be made", dir.display()))?;
    for (name, text) in chartgap::docs::pages(&engine) {
        let path = dir.join(name);
        std::fs::write(&path, text).with_context(|| format!("{} cannot be written", path.display()))?;
        print(&format!("{}\n", path.display()))?;
    }
    Ok(Status::Clean)
}
