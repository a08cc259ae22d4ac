//! Escape sequences of HL7 text: separators, bytes, and the layout of formatted text.

use super::message::Separators;
use encoding_rs::Encoding;

/// No sequence that is known is longer, save bytes in hexadecimal.
const LONGEST: usize = 512;

/// Resolves the escapes; `charset` is that of bytes in hexadecimal. A backslash that begins no sequence is kept.
pub(super) fn decode(text: &str, separators: &Separators, charset: Option<&str>) -> String {
    let escape = separators.escape;
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(escape) {
        out.push_str(&rest[..at]);
        let after = &rest[at + escape.len_utf8()..];
        let window = (0..=after.len().min(LONGEST)).rev().find(|&i| after.is_char_boundary(i)).unwrap_or(0);
        let sequence = after[..window].find(escape).map(|end| &after[..end]);
        match sequence.and_then(|s| replacement(s, separators, charset).map(|r| (s, r))) {
            Some((sequence, replacement)) => {
                out.push_str(&replacement);
                rest = &after[sequence.len() + escape.len_utf8()..];
            }
            None => {
                out.push(escape);
                rest = after;
            }
        }
    }
    out.push_str(rest);
    if out.contains(['\r', '\0']) {
        out = out.replace("\r\n", "\n").replace('\r', "\n").replace('\0', "");
    }
    out
}

fn replacement(sequence: &str, separators: &Separators, charset: Option<&str>) -> Option<String> {
    let count = |s: &str| s.trim().trim_start_matches('+').parse::<usize>().unwrap_or(1).clamp(1, 20);
    Some(match sequence {
        "F" => separators.field.to_string(),
        "S" => separators.component.to_string(),
        "T" => separators.sub.to_string(),
        "R" => separators.repetition.to_string(),
        "E" => separators.escape.to_string(),
        "P" => "#".to_owned(),
        // Highlighting on and off.
        "H" | "N" => String::new(),
        _ => {
            if let Some(command) = sequence.strip_prefix('.') {
                match command.get(..2)? {
                    "br" | "ce" => "\n".to_owned(),
                    "sp" => "\n".repeat(count(&command[2..])),
                    "sk" => " ".repeat(count(&command[2..])),
                    "fi" | "nf" | "in" | "ti" => String::new(),
                    _ => return None,
                }
            } else if let Some(hex) = sequence.strip_prefix('X') {
                bytes(hex, charset)?
            } else if is_switch(sequence) {
                String::new()
            } else {
                return None;
            }
        }
    })
}

fn bytes(hex: &str, charset: Option<&str>) -> Option<String> {
    if hex.is_empty() || !hex.len().is_multiple_of(2) || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let bytes: Vec<u8> =
        (0..hex.len()).step_by(2).filter_map(|i| u8::from_str_radix(&hex[i..i + 2], 16).ok()).collect();
    let encoding = charset.and_then(|c| Encoding::for_label(c.as_bytes()));
    Some(match encoding {
        Some(encoding) => encoding.decode_without_bom_handling(&bytes).0.into_owned(),
        None => match std::str::from_utf8(&bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(&bytes).0.into_owned(),
        },
    })
}

/// Switches of the character set (`C2842`, `M242842`) and sequences that a site made up (`Zxx`).
fn is_switch(sequence: &str) -> bool {
    let mut chars = sequence.chars();
    match chars.next() {
        Some('C') => sequence.len() == 5 && chars.all(|c| c.is_ascii_hexdigit()),
        Some('M') => matches!(sequence.len(), 5 | 7) && chars.all(|c| c.is_ascii_hexdigit()),
        Some('Z') => sequence.len() <= 16 && chars.all(|c| c.is_ascii_alphanumeric()),
        _ => false,
    }
}
