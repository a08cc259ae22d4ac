//! The report for a terminal.

mod evidence;
mod explain;
mod queries;
mod style;
mod wrap;

use crate::note::Note;
use crate::procedure::POLICY;
use crate::render::words::{open, outcome as outcome_word, points, status as status_word};
use crate::report::v1::{Coding, ElementReport, NoteOutcome, Place, Provenance, Report, Summary, Verdict};
pub use explain::explanation;
pub use queries::queries;

use crate::render::lines::LineIndex;
use style::{Color, Paint};
use wrap::{clean, wrap};

/// How the text is laid out.
#[derive(Clone, Copy, Debug)]
pub struct TextOptions {
    /// ANSI colours.
    pub color: bool,
    /// Marks, bars and lines beyond ASCII.
    pub unicode: bool,
    /// Columns to fit into; source lines, messages and queries are cut or wrapped to it.
    pub width: usize,
}

impl Default for TextOptions {
    fn default() -> Self {
        Self { color: false, unicode: true, width: 100 }
    }
}

/// The whole report of one note.
pub fn text(report: &Report, note: &Note, options: &TextOptions) -> String {
    let mut page = Page {
        out: String::with_capacity(4096),
        paint: Paint { color: options.color, unicode: options.unicode },
        width: options.width.max(40),
        note,
        lines: LineIndex::new(&note.text),
        id: clean(&report.id),
    };
    page.header(report);
    page.elements(&report.elements);
    for procedure in &report.procedures {
        page.heading(&format!("procedure {}", clean(&procedure.cpt)));
        page.elements(&procedure.elements);
    }
    page.coding(&report.coding);
    page.mentions(report);
    page.provenance(&report.provenance);
    page.out
}

/// One line for one note, without its line feed: id, outcome, score, the elements that are not met.
pub fn line(report: &Report, options: &TextOptions) -> String {
    let paint = Paint { color: options.color, unicode: options.unicode };
    let word = outcome_word(report.outcome);
    let mut out = format!("{}: {}", clean(&report.id), paint.bold(outcome_color(report.outcome), word));
    if report.outcome != NoteOutcome::NotApplicable {
        out.push_str(&format!(" {}/100", report.score));
        if let Some(code) =
            report.coding.suggested.as_deref().filter(|_| report.outcome == NoteOutcome::OtherCode)
        {
            out.push_str(&format!(" {}", clean(code)));
        }
        let open = report.elements.iter().filter(|e| open(e.verdict));
        let open: Vec<String> = open
            .map(|e| {
                paint.paint(style::verdict_color(e.verdict), &format!("{} {}", paint.mark(e.verdict), e.id))
            })
            .collect();
        if !open.is_empty() {
            out.push_str(&format!("  {}", open.join("  ")));
        }
    }
    out
}

struct Page<'a> {
    out: String,
    paint: Paint,
    width: usize,
    note: &'a Note,
    lines: LineIndex,
    id: String,
}

/// Where the body of a labelled paragraph begins.
const INDENT: usize = 10;

impl Page<'_> {
    fn push(&mut self, line: &str) {
        self.out.push_str(line.trim_end());
        self.out.push('\n');
    }

    fn header(&mut self, report: &Report) {
        let color = outcome_color(report.outcome);
        let outcome = self.paint.bold(color, &outcome_word(report.outcome).to_uppercase());
        let mut line = format!("{}  {outcome}", self.paint.bold(Color::Plain, &self.id));
        if report.outcome != NoteOutcome::NotApplicable {
            let bar = self.paint.bar(report.score, color);
            line.push_str(&format!(
                "  {bar} {}",
                self.paint.bold(Color::Plain, &format!("{}/100", report.score))
            ));
        }
        self.push(&line);
        let summary = summary_line(&report.summary, self.paint.dot());
        for line in wrap(&summary, self.width - 2) {
            let line = self.paint.paint(Color::Dim, &line);
            self.push(&format!("  {line}"));
        }
        self.push("");
    }

    fn heading(&mut self, title: &str) {
        let title = self.paint.bold(Color::Plain, title);
        self.push(&title);
        self.push("");
    }

    fn elements(&mut self, elements: &[ElementReport]) {
        let (beside, shown): (Vec<_>, Vec<_>) =
            elements.iter().partition(|e| e.verdict == Verdict::NotApplicable && e.evidence.is_empty());
        for element in shown {
            self.element(element);
        }
        if !beside.is_empty() {
            let titles: Vec<String> = beside.iter().map(|e| clean(&e.title)).collect();
            let mark = self.paint.mark(Verdict::NotApplicable);
            for (i, line) in
                wrap(&format!("not applicable: {}", titles.join(", ")), self.width - 2).iter().enumerate()
            {
                let line =
                    self.paint.paint(Color::Dim, &format!("{} {line}", if i == 0 { mark } else { " " }));
                self.push(&line);
            }
            self.push("");
        }
    }

    fn element(&mut self, element: &ElementReport) {
        let color = style::verdict_color(element.verdict);
        let title = clean(&element.title);
        // What is asked for with a procedure gives no points.
        let points = match element.weight {
            0 => String::new(),
            weight => format!("{}/{weight}", points(element.credit)),
        };
        let word = style::verdict_word(element.verdict);
        // Mark, title, and what both come to at the right margin of the first 72 columns: easy to scan down.
        let used = 2 + title.chars().count();
        let tail = format!("{word} {points:>6}");
        let fill = self.width.min(72).saturating_sub(used + tail.chars().count()).max(2);
        let line = format!(
            "{} {}{}{} {}",
            self.paint.bold(color, self.paint.mark(element.verdict)),
            self.paint.bold(Color::Plain, &title),
            " ".repeat(fill),
            self.paint.paint(color, word),
            self.paint.paint(Color::Dim, &format!("{points:>6}")),
        );
        self.push(&line);
        if !element.evidence.is_empty() {
            let shown = evidence::render(element, self.note, &self.lines, &self.id, self.paint, self.width);
            self.out.push_str(&shown);
        }
        if let Some(gap) = &element.gap {
            self.paragraph("gap", color, &gap.message);
            self.paragraph("write", Color::Green, &gap.fix);
            if let Some(place) = &gap.near {
                let (line, heading) = self.place(place);
                self.paragraph("where", Color::Cyan, &format!("line {line}, {heading}"));
            }
        }
        if let Some(query) = &element.query {
            self.paragraph("ask", Color::Blue, query);
        }
        if element.gap.is_some() && !element.sources.is_empty() {
            // the first is the rule's own; the others stand in `chartgap explain` and in the JSON. Of policies each counts.
            let all = element.id == POLICY;
            let more = if all { 0 } else { element.sources.len() - 1 };
            let mut text = if all { element.sources.join("; ") } else { element.sources[0].clone() };
            if more > 0 {
                text.push_str(&format!("; {more} more: chartgap explain {}", element.id));
            }
            self.paragraph("source", Color::Dim, &text);
        }
        self.push("");
    }

    fn place(&self, place: &Place) -> (usize, String) {
        let range = place.byte_start as usize..place.byte_end as usize;
        (self.lines.line(range.start), clean(self.note.text.get(range).unwrap_or("")).trim().to_owned())
    }

    /// A label and wrapped text that hangs beside it; paragraphs of the text are kept.
    fn paragraph(&mut self, label: &str, color: Color, text: &str) {
        let mut label = format!("{label:>width$}  ", width = INDENT - 2);
        for part in text.lines().map(str::trim) {
            for line in wrap(&clean(part), self.width.saturating_sub(INDENT)) {
                let head = if label.trim().is_empty() { label } else { self.paint.paint(color, &label) };
                let body = if color == Color::Dim { self.paint.paint(color, &line) } else { line };
                self.push(&format!("{head}{body}"));
                label = " ".repeat(INDENT);
            }
        }
    }

    fn coding(&mut self, coding: &Coding) {
        if coding.m53_86 == "not-applicable" && coding.suggested.is_none() {
            return;
        }
        let supported = coding.m53_86 == "supported";
        let color = if supported { Color::Green } else { Color::Yellow };
        let mut line = format!(
            "{} {}",
            self.paint.bold(Color::Plain, "Code"),
            self.paint.bold(color, &format!("M53.86 {}", coding.m53_86.replace('-', " ")))
        );
        if let Some(code) = coding.suggested.as_deref().filter(|c| *c != "M53.86") {
            let shown = self.paint.bold(Color::Plain, &clean(code));
            line.push_str(&format!(" {} documentation points to {shown}", self.paint.arrow()));
        }
        self.push(&line);
        for reason in &coding.reasons {
            self.paragraph("why", Color::Cyan, &sourced(&reason.text, &reason.source));
        }
        for exclude in &coding.excludes {
            self.paragraph("excludes", Color::Red, &sourced(&exclude.text, &exclude.source));
        }
        let width = coding.alternatives.iter().map(|a| a.code.chars().count()).max().unwrap_or(0);
        for (i, other) in coding.alternatives.iter().enumerate() {
            let code = format!("{:width$}", clean(&other.code));
            for (j, line) in
                wrap(&clean(&other.when), self.width.saturating_sub(INDENT + width + 2)).iter().enumerate()
            {
                let head = if i + j == 0 { self.paint.paint(Color::Cyan, "instead") } else { " ".repeat(7) };
                let code = if j == 0 { self.paint.bold(Color::Plain, &code) } else { " ".repeat(width) };
                self.push(&format!(" {head}  {code}  {line}"));
            }
        }
        self.push("");
    }

    fn mentions(&mut self, report: &Report) {
        let Some(mentions) = report.mentions.as_deref().filter(|m| !m.is_empty()) else { return };
        self.heading(&format!("Mentions ({})", mentions.len()));
        for mention in mentions {
            let points = crate::span::CodePoints::new(&self.note.text);
            let at = points.byte(mention.start) as usize;
            let (line, column) = evidence::position(&self.lines, &self.note.text, at);
            let mut about: Vec<String> = Vec::new();
            about.extend(mention.assertion.map(status_word).map(str::to_owned));
            about.extend(mention.cue.as_deref().map(|cue| format!("by \"{}\"", clean(cue))));
            about.extend(mention.concept.clone());
            about.extend(mention.norm.as_ref().map(|norm| norm.join(" ")));
            about.extend(mention.root.filter(|root| *root).map(|_| "nerve root".to_owned()));
            about.extend(mention.value.clone());
            about.extend(mention.modality.clone());
            about.extend(mention.acuity.map(snake));
            about.extend(mention.care_type.clone());
            about.extend(mention.outcome.map(snake));
            let place = self.paint.paint(Color::Dim, &format!("{:>9}", format!("{line}:{column}")));
            let label = self.paint.paint(Color::Cyan, &format!("{:<10}", snake(mention.label)));
            let about = self.paint.paint(Color::Dim, &clean(&about.join(", ")));
            self.push(&format!("{place}  {label}  {}  {about}", clean(&mention.text)));
        }
        self.push("");
    }

    fn provenance(&mut self, made: &Provenance) {
        let dot = self.paint.dot();
        let short = |digest: &str| digest.chars().take(12).collect::<String>();
        let classifier = match &made.classifier {
            Some(model) => format!("classifier {} {}", model.name, short(&model.sha256)),
            None => "no classifier".to_owned(),
        };
        let text = format!(
            "{} {} {dot} ICD-10-CM {} {dot} lexicon {} {dot} checklist {} {dot} {classifier}",
            made.software,
            made.version,
            made.code_set,
            short(&made.lexicon),
            short(&made.checklist),
        );
        for line in wrap(&clean(&text), self.width) {
            let line = self.paint.paint(Color::Dim, &line);
            self.push(&line);
        }
    }
}

fn outcome_color(outcome: NoteOutcome) -> Color {
    match outcome {
        NoteOutcome::Supported => Color::Green,
        NoteOutcome::Gaps => Color::Yellow,
        NoteOutcome::OtherCode => Color::Magenta,
        NoteOutcome::NotApplicable => Color::Dim,
    }
}

fn summary_line(summary: &Summary, dot: &str) -> String {
    if !summary.lumbar {
        return "no problem of the lumbar spine".to_owned();
    }
    let mut parts: Vec<String> = Vec::new();
    if summary.named_conditions.is_empty() {
        parts.push("no named condition".to_owned());
    } else {
        parts.push(summary.named_conditions.join(", "));
    }
    parts.push(format!("region {}", summary.region));
    parts.push(match &summary.duration {
        Some(duration) => format!("{} ({duration})", summary.acuity),
        None => format!("acuity {}", summary.acuity),
    });
    parts.push(format!("imaging {}", summary.imaging.replace('_', " ")));
    parts.push(match summary.care_types.is_empty() {
        true => format!("care {}", summary.conservative_care.replace('_', " ")),
        false => format!("care {}", summary.care_types.join(", ").replace('_', " ")),
    });
    parts.push(format!("function {}", summary.function.replace('_', " ")));
    parts.push(format!("injury {}", summary.injury));
    parts.push(format!("radiculopathy {}", summary.radiculopathy));
    clean(&parts.join(&format!(" {dot} ")))
}

fn sourced(text: &str, source: &str) -> String {
    if source.is_empty() { text.to_owned() } else { format!("{text} [{source}]") }
}

/// The word that the JSON has for a value.
fn snake(value: impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

#[cfg(test)]
mod tests;
