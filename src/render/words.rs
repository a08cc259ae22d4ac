//! The words and marks for verdicts, outcomes and assertions that every rendering for people shares.

use crate::assertion::Status;
use crate::report::v1::{NoteOutcome, Verdict};

/// Whether a verdict leaves something to do.
pub fn open(verdict: Verdict) -> bool {
    !matches!(verdict, Verdict::Met | Verdict::NotApplicable)
}

/// The word for a verdict.
pub fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "met",
        Verdict::Partial => "partial",
        Verdict::Missing => "missing",
        Verdict::Contradicted => "contradicted",
        Verdict::Unclear => "unclear",
        Verdict::NotApplicable => "not applicable",
    }
}

/// The mark for a verdict, so that no colour has to be told apart.
pub fn mark(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "✓",
        Verdict::Partial => "◐",
        Verdict::Missing => "✗",
        Verdict::Contradicted => "!",
        Verdict::Unclear => "?",
        Verdict::NotApplicable => "–",
    }
}

/// The words for an outcome.
pub fn outcome(outcome: NoteOutcome) -> &'static str {
    match outcome {
        NoteOutcome::Supported => "supported",
        NoteOutcome::Gaps => "gaps",
        NoteOutcome::OtherCode => "other code",
        NoteOutcome::NotApplicable => "not applicable",
    }
}

/// The word for an assertion.
pub fn status(status: Status) -> &'static str {
    match status {
        Status::Present => "present",
        Status::Absent => "absent",
        Status::Possible => "possible",
        Status::Historical => "historical",
        Status::Hypothetical => "hypothetical",
        Status::Family => "family",
    }
}

/// A section's kind in words; empty where it says nothing.
pub fn section(kind: &str) -> String {
    match kind {
        "" | "other" => String::new(),
        "hpi" | "pmh" | "ros" | "cc" => kind.to_ascii_uppercase(),
        name => name.replace(['_', '-'], " "),
    }
}

/// Points with at most one decimal.
pub fn points(credit: f32) -> String {
    let text = format!("{credit:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}
