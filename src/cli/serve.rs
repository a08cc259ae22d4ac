//! `chartgap serve` and `chartgap verify-log`.

use super::args::ServeArgs;
use super::{Status, print, report};
use anyhow::Context;
use chartgap::server::{Access, AppState, Config, Limits, Secret, Tls, bind};
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Serves until the process is told to stop.
pub(super) fn run(args: &ServeArgs) -> anyhow::Result<Status> {
    let config = config(args)?.checked()?;
    let engine = super::judge(&args.judge)?;
    let log: Box<dyn io::Write + Send> = match args.quiet {
        true => Box::new(io::sink()),
        false => Box::new(io::stderr()),
    };
    let service = bind(AppState::new(Arc::new(engine), config, log)?)?;
    report(&format!("listening on {}://{} (Ctrl-C stops)", service.scheme(), service.address()));
    service.run(stop())?;
    Ok(Status::Clean)
}

/// Follows the chain of an audit log.
pub(super) fn verify(file: &Path) -> anyhow::Result<Status> {
    let whole = chartgap::server::verify(file)?;
    print(&format!("{} lines, the chain is whole; last hash {}\n", whole.lines, whole.hash))?;
    Ok(Status::Clean)
}

fn config(args: &ServeArgs) -> anyhow::Result<Config> {
    let token = match &args.token_file {
        None => None,
        Some(path) => {
            let name = path.display().to_string();
            let text = std::fs::read_to_string(path).with_context(|| name.clone())?;
            let token = Secret::new(text.trim_end_matches(['\n', '\r']));
            Some(token.with_context(|| {
                format!("{name}: a token is one line of at least {} characters without spaces", Secret::MIN)
            })?)
        }
    };
    let defaults = Limits::default();
    Ok(Config {
        listen: args.listen,
        access: Access {
            token,
            behind_proxy: args.behind_proxy,
            user_header: args.user_header.as_ref().map(|name| name.to_ascii_lowercase()),
            hosts: args.hosts.clone(),
            origins: args.origins.clone(),
        },
        tls: args
            .tls_cert
            .clone()
            .zip(args.tls_key.clone())
            .map(|(certificate, key)| Tls { certificate, key }),
        limits: Limits {
            body_bytes: usize::try_from(args.max_body)?,
            note_bytes: usize::try_from(args.max_note_bytes)?,
            all_bodies_bytes: defaults
                .all_bodies_bytes
                .max(usize::try_from(args.max_body)?.saturating_mul(2)),
            threads: args.threads.number.unwrap_or(defaults.threads),
            waiting: usize::try_from(args.queue)?,
            connections: usize::try_from(args.connections)?,
            batches: usize::try_from(args.batches)?,
            sessions: usize::try_from(args.sessions)?,
            session_idle: Duration::from_secs(args.session_idle),
            body_time: Duration::from_secs(args.timeout),
            answer_time: Duration::from_secs(args.timeout),
            write_time: Duration::from_secs(args.timeout),
            ..defaults
        },
        audit_log: args.audit_log.clone(),
        cds: args.cds.clone(),
        #[cfg(feature = "audit")]
        review: args.review.clone(),
        #[cfg(not(feature = "audit"))]
        review: None,
        key: args.key_file.clone(),
    })
}

/// Done at Ctrl-C, or when the system asks the process to end.
async fn stop() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut terminated) => {
                tokio::select! {
                    _ = interrupted => {}
                    _ = terminated.recv() => {}
                }
            }
            // No handler: the process ends at once, as it would without the service.
            Err(_) => {
                let _ = interrupted.await;
            }
        }
    }
    #[cfg(not(unix))]
    let _ = interrupted.await;
    report("stopping when the requests that have begun are answered");
}
