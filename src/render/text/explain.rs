//! An explanation for a terminal.

use super::TextOptions;
use super::style::{Color, Paint};
use super::wrap::{clean, wrap};
use crate::explain::Explanation;

/// Title, headed paragraphs, sources.
pub fn explanation(explanation: &Explanation, options: &TextOptions) -> String {
    let paint = Paint { color: options.color, unicode: options.unicode };
    let mut out = format!("{}\n", paint.bold(Color::Plain, &clean(&explanation.title)));
    for (heading, text) in &explanation.body {
        out.push_str(&format!("\n{}\n", paint.bold(Color::Cyan, &clean(heading))));
        for part in text.lines() {
            paragraph(&mut out, part, options.width);
        }
    }
    if !explanation.sources.is_empty() {
        out.push_str(&format!("\n{}\n", paint.bold(Color::Cyan, "Sources")));
        for source in &explanation.sources {
            paragraph(&mut out, &format!("- {source}"), options.width);
        }
    }
    out
}

/// Wrapped and indented; what follows a list mark hangs.
fn paragraph(out: &mut String, text: &str, width: usize) {
    let text = clean(text);
    let list = text.trim_start().starts_with("- ");
    for (i, line) in wrap(&text, width.max(40).saturating_sub(4)).iter().enumerate() {
        out.push_str(if list && i > 0 { "    " } else { "  " });
        out.push_str(line);
        out.push('\n');
    }
}
