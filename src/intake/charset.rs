//! Bytes to characters.

use super::Reason;
use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// Decodes by byte order mark, then as declared, then as UTF-8, then as the Windows code page of the West.
///
/// # Errors
/// None today; the signature is that of a reader that may refuse.
pub(super) fn decode(bytes: &[u8], declared: Option<&str>) -> Result<String, Reason> {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return Ok(encoding.decode_without_bom_handling(&bytes[mark..]).0.into_owned());
    }
    let declared = declared.and_then(|label| Encoding::for_label(label.trim().as_bytes()));
    if let Some(encoding) = declared
        && encoding != UTF_8
    {
        return Ok(encoding.decode_without_bom_handling(bytes).0.into_owned());
    }
    Ok(match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0.into_owned(),
    })
}
