//! Colours, marks and words of the terminal report.

use crate::render::words;
use crate::report::v1::Verdict;
use annotate_snippets::renderer::{AnsiColor, Effects, Style};

/// What a colour stands for is the caller's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Color {
    Plain,
    Dim,
    Green,
    Yellow,
    Red,
    Magenta,
    Blue,
    Cyan,
}

/// Draws in colour or without, in Unicode or ASCII.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint {
    pub(super) color: bool,
    pub(super) unicode: bool,
}

impl Paint {
    pub(super) fn paint(self, color: Color, text: &str) -> String {
        self.styled(style(color), text)
    }

    pub(super) fn bold(self, color: Color, text: &str) -> String {
        self.styled(style(color).effects(Effects::BOLD), text)
    }

    fn styled(self, style: Style, text: &str) -> String {
        if self.color && !text.is_empty() { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    pub(super) fn mark(self, verdict: Verdict) -> &'static str {
        let ascii = match verdict {
            Verdict::Met => "+",
            Verdict::Partial => "~",
            Verdict::Missing => "x",
            Verdict::Contradicted => "!",
            Verdict::Unclear => "?",
            Verdict::NotApplicable => "-",
        };
        if self.unicode { words::mark(verdict) } else { ascii }
    }

    pub(super) fn dot(self) -> &'static str {
        if self.unicode { "·" } else { "|" }
    }

    pub(super) fn arrow(self) -> &'static str {
        if self.unicode { "→" } else { "->" }
    }

    pub(super) fn ellipsis(self) -> &'static str {
        if self.unicode { "…" } else { "..." }
    }

    /// Ten cells for 0 to 100.
    pub(super) fn bar(self, score: u8, color: Color) -> String {
        let full = (usize::from(score.min(100)) + 5) / 10;
        let (on, off) = if self.unicode { ("█", "░") } else { ("#", ".") };
        format!("{}{}", self.paint(color, &on.repeat(full)), self.paint(Color::Dim, &off.repeat(10 - full)))
    }
}

fn style(color: Color) -> Style {
    match color {
        Color::Plain => Style::new(),
        Color::Dim => Style::new().effects(Effects::DIMMED),
        Color::Green => AnsiColor::Green.on_default(),
        Color::Yellow => AnsiColor::Yellow.on_default(),
        Color::Red => AnsiColor::Red.on_default(),
        Color::Magenta => AnsiColor::Magenta.on_default(),
        Color::Blue => AnsiColor::BrightBlue.on_default(),
        Color::Cyan => AnsiColor::Cyan.on_default(),
    }
}

pub(super) fn verdict_color(verdict: Verdict) -> Color {
    match verdict {
        Verdict::Met => Color::Green,
        Verdict::Partial => Color::Yellow,
        Verdict::Missing | Verdict::Contradicted => Color::Red,
        Verdict::Unclear => Color::Magenta,
        Verdict::NotApplicable => Color::Dim,
    }
}

pub(super) fn verdict_word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::NotApplicable => "n/a",
        other => words::verdict(other),
    }
}
