//! Where rules and classifier differ, one line each.

use super::evidence;
use super::style::Color;
use super::wrap::{clean, wrap};
use super::{Page, snake};
use crate::assertion::DecidedBy;
use crate::classify::FoundBy;
use crate::render::words::status as status_word;
use crate::report::v1::{DisagreementReport, VerdictReport};
use crate::span::CodePoints;

/// Where what is said of a disagreement begins.
const INDENT: usize = 11;

impl Page<'_> {
    pub(super) fn disagreements(&mut self, all: Option<&[DisagreementReport]>) {
        let Some(all) = all else { return };
        self.heading(&format!("Rules against classifier ({})", all.len()));
        let points = CodePoints::new(&self.note.text);
        for d in all {
            let (line, column) =
                evidence::position(&self.lines, &self.note.text, points.byte(d.start) as usize);
            let place = self.paint.paint(Color::Dim, &format!("{:>9}", format!("{line}:{column}")));
            let label = self.paint.paint(Color::Cyan, &format!("{:<10}", snake(d.label)));
            self.push(&format!("{place}  {label}  {}", clean(&d.text)));
            let won = match d.won {
                FoundBy::Classifier => "classifier",
                _ => "rules",
            };
            let said = format!(
                "rules: {}; classifier: {}, {:.2} that it is one {} {won} ({})",
                side(d.rules.as_ref()),
                side(d.classifier.as_ref()),
                d.score,
                self.paint.arrow(),
                d.entry,
            );
            for line in wrap(&clean(&said), self.width.saturating_sub(INDENT)) {
                let line = self.paint.paint(Color::Dim, &line);
                self.push(&format!("{}{line}", " ".repeat(INDENT)));
            }
        }
        self.push("");
    }
}

fn side(verdict: Option<&VerdictReport>) -> String {
    let Some(verdict) = verdict else { return "nothing".to_owned() };
    let mut said = verdict.assertion.map_or("found", status_word).to_owned();
    if !matches!(verdict.decided_by, DecidedBy::Default | DecidedBy::Classifier) {
        said.push_str(&format!(" by {}", snake(verdict.decided_by)));
    }
    if let Some(p) = verdict.probability {
        said.push_str(&format!(" {p:.2}"));
    }
    said
}
