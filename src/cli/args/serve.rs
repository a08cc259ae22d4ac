//! The arguments of `chartgap serve`.

use super::{JudgeArgs, ThreadArgs, key_file};
use chartgap::intake::PatientKey;
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
pub(in crate::cli) struct ServeArgs {
    /// Address to listen on
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8653")]
    pub(in crate::cli) listen: std::net::SocketAddr,
    /// File that holds the token that clients have to show; at least 16 characters
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) token_file: Option<PathBuf>,
    /// Certificates, PEM
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(in crate::cli) tls_cert: Option<PathBuf>,
    /// Private key of the certificate, PEM
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(in crate::cli) tls_key: Option<PathBuf>,
    /// A proxy before the service encrypts what goes over the network
    #[arg(long)]
    pub(in crate::cli) behind_proxy: bool,
    /// Header in which the proxy names the user, for the audit log
    #[arg(long, value_name = "HEADER", requires = "behind_proxy")]
    pub(in crate::cli) user_header: Option<String>,
    /// Another name that clients may call the service by, without the port; may be repeated
    #[arg(long = "host", value_name = "NAME")]
    pub(in crate::cli) hosts: Vec<String>,
    /// Origin whose pages may ask, https://chart.example.org; may be repeated
    #[arg(long = "origin", value_name = "ORIGIN", value_parser = origin)]
    pub(in crate::cli) origins: Vec<String>,
    /// Append who had which note checked, when and with what result to this file; its lines are chained by hashes
    #[arg(long, value_name = "FILE", requires = "key_file")]
    pub(in crate::cli) audit_log: Option<PathBuf>,
    /// TOML that configures CDS Hooks: hooks, clients with their keys, feedback, FHIR servers; see docs/cds-hooks.md
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) cds: Option<PathBuf>,
    /// Output directory of an audit, made with --sample and --text, whose sample is reviewed on the page
    #[cfg(feature = "audit")]
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) review: Option<PathBuf>,
    /// Secret that ids in the audit log and patients' identifiers are hashed with
    #[arg(long, value_name = "FILE", value_parser = key_file)]
    pub(in crate::cli) key_file: Option<PatientKey>,
    /// Write no access log to standard error
    #[arg(long, short)]
    pub(in crate::cli) quiet: bool,
    /// Refuse bodies that are larger
    #[arg(long, value_name = "BYTES", default_value_t = 16 << 20, value_parser = clap::value_parser!(u64).range(1..=1 << 30))]
    pub(in crate::cli) max_body: u64,
    /// Refuse notes that are larger
    #[arg(long, value_name = "BYTES", default_value_t = chartgap::intake::MAX_NOTE_BYTES as u64, value_parser = clap::value_parser!(u64).range(1..=1 << 30))]
    pub(in crate::cli) max_note_bytes: u64,
    /// Checks that may wait for a thread
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u64).range(0..=100_000))]
    pub(in crate::cli) queue: u64,
    /// Connections at the same time
    #[arg(long, value_name = "N", default_value_t = 1024, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub(in crate::cli) connections: u64,
    /// Batches at the same time
    #[arg(long, value_name = "N", default_value_t = 16, value_parser = clap::value_parser!(u64).range(1..=10_000))]
    pub(in crate::cli) batches: u64,
    /// Notes that are being written at the same time, by requests and as many over WebSockets
    #[arg(long, value_name = "N", default_value_t = 128, value_parser = clap::value_parser!(u64).range(0..=10_000))]
    pub(in crate::cli) sessions: u64,
    /// Seconds after which such a note is forgotten that nobody edited
    #[arg(long, value_name = "SECONDS", default_value_t = 900, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(in crate::cli) session_idle: u64,
    /// Seconds in which a request has to be read, and a client has to take on with its answer
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub(in crate::cli) timeout: u64,
    #[command(flatten)]
    pub(in crate::cli) judge: JudgeArgs,
    #[command(flatten)]
    pub(in crate::cli) threads: ThreadArgs,
}

fn origin(text: &str) -> Result<String, &'static str> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() && host.bytes().all(|b| b.is_ascii_graphic() && b != b'/') => {
            Ok(text.to_owned())
        }
        _ => Err("an origin is a scheme and a host, without a slash at the end: https://chart.example.org"),
    }
}
