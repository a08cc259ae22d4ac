//! gzip and zstd: the content is an input of the same name without the extension.

use super::IntakeError;
use super::detect::{Container, Hint};
use super::meter::Given;
use super::read::{self, Context, Item};
use super::sink::{Flow, Sink};
use flate2::bufread::MultiGzDecoder;
use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::Arc;

/// The largest window of zstd as a power of two, 128 MiB: what the format's own tool takes without being asked.
const WINDOW_LOG: u32 = 27;

/// Reads what was compressed.
pub(super) fn read(
    kind: Container,
    item: Item<'_>,
    depth: usize,
    context: &Context<'_>,
    sink: &mut Sink,
) -> Flow {
    let hint = inner(&item.name);
    let reader: Box<dyn Read + '_> = match kind {
        Container::Zstd => {
            let decoder = zstd::Decoder::with_buffer(item.reader).and_then(|mut decoder| {
                decoder.window_log_max(WINDOW_LOG)?;
                Ok(decoder)
            });
            match decoder {
                Ok(decoder) => Box::new(decoder),
                Err(e) => return sink.put(Err(IntakeError::new(item.name, e.into()))),
            }
        }
        _ => Box::new(MultiGzDecoder::new(item.reader)),
    };
    let reader = BufReader::new(Given { reader, meter: Arc::clone(&context.meter) });
    read::read(Item { name: item.name, hint, reader: Box::new(reader), file: None }, depth, context, sink)
}

/// What the name says without the extension of the compression.
fn inner(name: &str) -> Hint {
    let path = Path::new(name);
    match path.extension().and_then(|e| e.to_str()).map(str::to_ascii_lowercase).as_deref() {
        Some("tgz" | "tzst") => Hint::of("x.tar"),
        Some("gz" | "zst" | "zstd") => {
            path.file_stem().and_then(|s| s.to_str()).map_or_else(Hint::default, Hint::of)
        }
        _ => Hint::default(),
    }
}
