//! Evidence shown in the note: the source line, cut to fit, with the words underlined.

use super::style::{Paint, verdict_word};
use super::wrap::{clean, unsafe_on_terminal};
use crate::note::Note;
use crate::render::lines::LineIndex;
use crate::render::words;
use crate::report::v1::{ElementReport, Evidence, Verdict};
use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use std::ops::Range;

/// More pieces than this are counted, not shown.
const SHOWN: usize = 3;

/// The element's evidence, line feed at the end; empty where no span fits the note.
pub(super) fn render(
    element: &ElementReport,
    note: &Note,
    lines: &LineIndex,
    id: &str,
    paint: Paint,
    width: usize,
) -> String {
    let text = note.text.as_str();
    let mut shown: Vec<&Evidence> = Vec::new();
    let mut more = 0;
    for evidence in &element.evidence {
        let fits = evidence.byte_start < evidence.byte_end && text.get(bytes(evidence)).is_some();
        if !fits || shown.iter().any(|e| bytes(e) == bytes(evidence)) {
            continue;
        }
        if shown.len() < SHOWN { shown.push(evidence) } else { more += 1 }
    }
    shown.sort_by_key(|e| (e.byte_start, e.byte_end));
    let Some(first) = shown.first() else { return String::new() };
    let (line, column) = position(lines, text, first.byte_start as usize);

    let pieces: Vec<Piece> = shown.iter().flat_map(|e| pieces(e, text, lines)).collect();
    let digits = pieces.last().map_or(1, |p| p.line.to_string().len());
    let room = width.saturating_sub(INDENT.len() + digits + 3);
    // Pieces of one line share an excerpt where they fit into it together.
    let mut excerpts: Vec<Excerpt> = Vec::new();
    for group in pieces.chunk_by(|a, b| a.line == b.line) {
        let mut rest = group;
        while !rest.is_empty() {
            let fitting =
                (1..=rest.len()).rev().find(|n| fits_together(&rest[..*n], text, room)).unwrap_or(1);
            let mut excerpt = Excerpt::cut(text, lines, &rest[..fitting], room, paint);
            excerpt.label_once();
            excerpts.push(excerpt);
            rest = &rest[fitting..];
        }
    }

    let mut group =
        Group::with_level(level(element.verdict)).element(Origin::path(id).line(line).char_column(column));
    for excerpt in &excerpts {
        let marks = excerpt
            .marks
            .iter()
            .map(|(mark, label)| AnnotationKind::Primary.span(mark.clone()).label(label.as_deref()));
        let snippet = Snippet::source(excerpt.source.as_str()).line_start(excerpt.line);
        group = group.element(snippet.annotations(marks));
    }
    if more > 0 {
        group = group.element(Level::NOTE.no_name().message(format!("and {more} more")));
    }
    let renderer = if paint.color { Renderer::styled().hyperlink(false) } else { Renderer::plain() };
    let decor = if paint.unicode { DecorStyle::Unicode } else { DecorStyle::Ascii };
    // The excerpts are cut already; the renderer's own cutting would work against that.
    let drawn = renderer.decor_style(decor).term_width(width + 200).render(&[group]);
    let mut out = String::with_capacity(drawn.len());
    for line in drawn.lines().filter(|line| !is_spacer(line)) {
        out.push_str(INDENT);
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

const INDENT: &str = "  ";

/// Line and column in characters, both from 1.
pub(super) fn position(lines: &LineIndex, text: &str, byte: usize) -> (usize, usize) {
    let line = lines.line(byte);
    (line, 1 + text.get(lines.start(text, line)..byte).map_or(0, |before| before.chars().count()))
}

/// Bytes of a line without what is blank at its end.
fn visible_range(lines: &LineIndex, text: &str, line: usize) -> Range<usize> {
    let range = lines.range(text, line);
    range.start..range.start + text.get(range).map_or(0, |l| l.trim_end().len())
}

/// The part of a piece of evidence on one line.
struct Piece {
    line: usize,
    span: Range<usize>,
    label: Option<String>,
}

fn pieces(evidence: &Evidence, text: &str, lines: &LineIndex) -> Vec<Piece> {
    let span = bytes(evidence);
    let mut pieces: Vec<Piece> = (lines.line(span.start)..=lines.line(span.end - 1))
        .map(|line| {
            let whole = visible_range(lines, text, line);
            Piece { line, span: span.start.max(whole.start)..span.end.min(whole.end), label: None }
        })
        .filter(|piece| !piece.span.is_empty())
        .collect();
    // Over several lines the label stands once, at the end.
    if let Some(last) = pieces.last_mut() {
        last.label = Some(label(evidence));
    }
    pieces
}

/// First and last byte of the pieces together.
fn extent(pieces: &[Piece]) -> Range<usize> {
    let start = pieces.iter().map(|p| p.span.start).min().unwrap_or(0);
    start..pieces.iter().map(|p| p.span.end).max().unwrap_or(start)
}

fn fits_together(pieces: &[Piece], text: &str, room: usize) -> bool {
    let marked = text.get(extent(pieces)).map_or(0, |m| m.chars().count());
    let label = pieces.last().and_then(|p| p.label.as_ref()).map_or(0, |l| l.chars().count());
    marked + label < room
}

/// Lines with nothing but the gutter, which would double the height of a short excerpt.
fn is_spacer(line: &str) -> bool {
    let mut visible = String::new();
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        if c == '\u{1b}' {
            chars.by_ref().find(|c| *c == 'm');
        } else if c != ' ' {
            visible.push(c);
        }
    }
    matches!(visible.as_str(), "" | "│" | "|" | "⸬" | ":::")
}

fn bytes(evidence: &Evidence) -> Range<usize> {
    evidence.byte_start as usize..evidence.byte_end as usize
}

fn level(verdict: Verdict) -> Level<'static> {
    match verdict {
        Verdict::Met => Level::NOTE,
        Verdict::Partial => Level::WARNING,
        Verdict::Missing | Verdict::Contradicted => Level::ERROR,
        Verdict::Unclear | Verdict::NotApplicable => Level::INFO,
    }
    .with_name(verdict_word(verdict))
}

fn label(evidence: &Evidence) -> String {
    let status = words::status(evidence.assertion);
    let section = match words::section(&clean(&evidence.section)) {
        none if none.is_empty() => none,
        name => format!(", {name}"),
    };
    match &evidence.cue {
        Some(cue) => format!("{status} by \"{}\"{section}", clean(cue)),
        None => format!("{status}{section}"),
    }
}

/// One line of the note, cut so that the marked words and their labels fit.
struct Excerpt {
    source: String,
    line: usize,
    marks: Vec<(Range<usize>, Option<String>)>,
}

impl Excerpt {
    /// Cuts the line of `pieces`, which is the same for all of them.
    fn cut(text: &str, lines: &LineIndex, pieces: &[Piece], width: usize, paint: Paint) -> Self {
        let line = pieces.first().map_or(1, |p| p.line);
        let whole = visible_range(lines, text, line);
        let extent = extent(pieces);
        let get = |range: Range<usize>| text.get(range).unwrap_or("");
        let count = |range: Range<usize>| get(range).chars().count();
        let label_room = pieces.iter().filter_map(|p| {
            let label = p.label.as_ref()?.chars().count() + 1;
            Some(label.saturating_sub(count(p.span.end.min(extent.end)..extent.end)))
        });
        let label_room = label_room.max().unwrap_or(0);
        let room = width.saturating_sub(count(extent.clone()));
        // The label stands below what follows, so both share the room at the right; the left gets what remains, and
        // what it does not need goes back.
        let after = count(extent.end..whole.end);
        let right = after.min(room / 2).max(label_room.min(room));
        let (before, cut_left) =
            keep_end(get(whole.start..extent.start).trim_start(), room - right, paint.ellipsis());
        let dots = if cut_left { paint.ellipsis().chars().count() } else { 0 };
        let right = right.max(room.saturating_sub(before.chars().count() + dots));
        let (after, cut_right) = keep_start(get(extent.end..whole.end), right, paint.ellipsis());

        let mut source = String::new();
        source.push_str(if cut_left { paint.ellipsis() } else { "" });
        source.push_str(before);
        // `printable` keeps the number of characters but not of bytes, so marks are taken after it.
        let mut source = printable(&source);
        let mut marks = Vec::with_capacity(pieces.len());
        for piece in pieces {
            let start = source.len() + printable(get(extent.start..piece.span.start)).len();
            marks.push((start..start + printable(get(piece.span.clone())).len(), piece.label.clone()));
        }
        source.push_str(&printable(get(extent)));
        source.push_str(&printable(after));
        source.push_str(if cut_right { paint.ellipsis() } else { "" });
        Self { source, line, marks }
    }

    /// Of marks with the same label, a list under one denial say, only the last carries it.
    fn label_once(&mut self) {
        for i in 1..self.marks.len() {
            let (before, rest) = self.marks.split_at_mut(i);
            if rest.first().map(|(_, label)| label) == before.last().map(|(_, label)| label)
                && let Some((_, label)) = before.last_mut()
            {
                *label = None;
            }
        }
    }
}

/// The end of `text` from a word's start, with room for the dots; whether something was cut.
fn keep_end<'a>(text: &'a str, room: usize, dots: &str) -> (&'a str, bool) {
    let n = text.chars().count();
    if n <= room {
        return (text, false);
    }
    let keep = room.saturating_sub(dots.chars().count());
    let at = text.char_indices().nth(n - keep).map_or(text.len(), |(at, _)| at);
    let tail = &text[at..];
    let word = tail.find(' ').map_or(0, |space| space + 1);
    (if word < tail.len() { &tail[word..] } else { tail }, true)
}

/// The start of `text` up to a word's end, with room for the dots; whether something was cut.
fn keep_start<'a>(text: &'a str, room: usize, dots: &str) -> (&'a str, bool) {
    let n = text.chars().count();
    if n <= room {
        return (text, false);
    }
    let keep = room.saturating_sub(dots.chars().count());
    let at = text.char_indices().nth(keep).map_or(text.len(), |(at, _)| at);
    let head = &text[..at];
    (head.rfind(' ').map_or(head, |space| &head[..space]), true)
}

fn printable(text: &str) -> String {
    text.chars()
        .map(|c| {
            if c == '\t' {
                ' '
            } else if unsafe_on_terminal(c) {
                '\u{FFFD}'
            } else {
                c
            }
        })
        .collect()
}
