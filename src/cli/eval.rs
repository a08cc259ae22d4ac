//! `chartgap eval`.

use super::Status;
use super::args::EvalArgs;

/// Scores the engine, or an output of it, against annotated notes.
pub(super) fn run(args: &EvalArgs) -> anyhow::Result<Status> {
    let _ = (&args.gold, &args.output, args.format, &args.engine, &args.threads);
    anyhow::bail!("eval is not wired yet")
}
