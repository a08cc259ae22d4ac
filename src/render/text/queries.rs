//! The queries of a note for a terminal.

use super::TextOptions;
use super::style::{Color, Paint};
use super::wrap::{clean, wrap};
use crate::report::queries::NoteQueries;

/// Note, then each query: a line for the sender, the heading, the question with its citations, the options.
pub fn queries(note: &NoteQueries, options: &TextOptions) -> String {
    let paint = Paint { color: options.color, unicode: options.unicode };
    let width = options.width.max(40);
    let count = match note.queries.len() {
        0 => "no query".to_owned(),
        1 => "1 query".to_owned(),
        n => format!("{n} queries"),
    };
    let mut out = format!("{}  {count}\n", paint.bold(Color::Plain, &clean(&note.id)));
    for (i, q) in note.queries.iter().enumerate() {
        let mut sender = format!(
            "[{}] {}",
            i + 1,
            std::iter::once(&q.element).chain(&q.also).cloned().collect::<Vec<_>>().join(", ")
        );
        if !q.procedures.is_empty() {
            sender.push_str(&format!(" {} {}", paint.dot(), clean(&q.procedures.join(", "))));
        }
        out.push_str(&format!("\n{}\n", paint.paint(Color::Dim, &sender)));
        out.push_str(&format!("    {}\n", paint.bold(Color::Cyan, &clean(&q.title))));
        for line in wrap(&clean(&q.question), width - 4) {
            out.push_str(&format!("    {line}\n"));
        }
        for option in &q.options {
            for (j, line) in wrap(&clean(option), width - 8).iter().enumerate() {
                out.push_str(if j == 0 { "    ( ) " } else { "        " });
                out.push_str(&format!("{line}\n"));
            }
        }
    }
    out
}
