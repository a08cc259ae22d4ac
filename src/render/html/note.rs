//! The page of one note: what it comes to, the checklist, the code, and the note with the evidence marked.
//!
//! Elements are numbered as the page shows them, gaps first. A number behind marked words leads to the element, the
//! element's quotes lead to the words; both are plain anchors.

use super::highlight::{Mark, Piece, lines, visible};
use super::{Shell, chart, provenance};
use crate::note::Note;
use crate::render::guide::{Asker, Guide};
use crate::render::lines::LineIndex;
use crate::render::words;
use crate::report::v1::{Coding, ElementReport, Evidence, NoteOutcome, Reason, Report, Summary, Verdict};
use maud::{Markup, html};
use std::ops::Range;

const STYLE: &str = include_str!("note.css");

/// Characters of a quote in the checklist; the words stand in full in the note.
const QUOTE: usize = 160;

/// Renders the page of one note. Spans of the report that do not fit the note are left out.
pub fn page(report: &Report, note: &Note, guide: Guide<'_>) -> String {
    let page = Page::new(report, note, guide);
    let title = format!("{}: {}", report.id, words::outcome(report.outcome));
    Shell { title: &title, class: "note-page", style: STYLE, script: None, body: page.body() }.render()
}

/// An element with its number on the page.
struct Item<'a> {
    number: String,
    /// The anchor.
    id: String,
    group: Asker<'a>,
    element: &'a ElementReport,
}

/// Words of the note that are marked, whoever points to them.
struct Target {
    range: Range<usize>,
    /// Whether they are a heading below which something is missing, and no evidence.
    heading: bool,
    /// Indices of the items that point to them.
    items: Vec<usize>,
}

struct Page<'a> {
    report: &'a Report,
    text: &'a str,
    guide: Guide<'a>,
    items: Vec<Item<'a>>,
    targets: Vec<Target>,
    lines: LineIndex,
}

impl<'a> Page<'a> {
    fn new(report: &'a Report, note: &'a Note, guide: Guide<'a>) -> Self {
        let mut items = Vec::new();
        add(&mut items, Asker::Checklist, &report.elements, "");
        for (i, p) in report.procedures.iter().enumerate() {
            let prefix = if report.procedures.len() == 1 { "P".to_owned() } else { format!("P{}.", i + 1) };
            add(&mut items, Asker::Procedure(&p.cpt), &p.elements, &prefix);
        }
        let mut targets: Vec<Target> = Vec::new();
        let mut point = |range: Range<usize>, heading: bool, item: usize| {
            if range.is_empty() || note.text.get(range.clone()).is_none() {
                return;
            }
            match targets.iter_mut().find(|t| t.range == range && t.heading == heading) {
                Some(t) if t.items.contains(&item) => {}
                Some(t) => t.items.push(item),
                None => targets.push(Target { range, heading, items: vec![item] }),
            }
        };
        for (i, item) in items.iter().enumerate() {
            item.element.evidence.iter().for_each(|e| point(bytes(e), false, i));
            if let Some(near) = item.element.gap.as_ref().and_then(|g| g.near) {
                point(near.byte_start as usize..near.byte_end as usize, true, i);
            }
        }
        targets.sort_by_key(|t| (t.range.start, std::cmp::Reverse(t.range.end)));
        Self { report, text: &note.text, guide, items, targets, lines: LineIndex::new(&note.text) }
    }

    fn target(&self, range: &Range<usize>, heading: bool) -> Option<usize> {
        self.targets.iter().position(|t| t.range == *range && t.heading == heading)
    }

    fn body(&self) -> Markup {
        let procedures = &self.report.procedures;
        html! {
            a.skip href="#checklist" { "Skip to the checklist" }
            (self.header())
            main {
                div.findings tabindex="0" role="region" aria-label="Findings" {
                    section #checklist aria-labelledby="checklist-title" {
                        h2 #checklist-title { "Checklist" }
                        (self.group(Asker::Checklist))
                    }
                    (self.coding(&self.report.coding))
                    @for p in procedures {
                        section.procedure aria-label={ "Procedure " (visible(&p.cpt)) } {
                            h2 { "Procedure " (visible(&p.cpt)) }
                            (self.group(Asker::Procedure(&p.cpt)))
                        }
                    }
                    section.provenance #provenance aria-labelledby="provenance-title" {
                        h2 #provenance-title { "How this report was made" }
                        (provenance(&self.report.provenance))
                        p.small {
                            "Offsets count characters (Unicode code points) of the note from 0; the end is not included. "
                            "The report says what the documentation supports. A person assigns the code."
                        }
                    }
                }
                section.paper #note tabindex="0" aria-labelledby="note-title" {
                    h2 #note-title { "Note" }
                    (self.legend())
                    (self.note())
                }
            }
        }
    }

    fn header(&self) -> Markup {
        let report = self.report;
        let outcome = report.outcome;
        html! {
            header.top {
                div.lead {
                    p.brand { "chartgap" span { " · documentation for ICD-10-CM M53.86" } }
                    h1 { (visible(&report.id)) }
                    p.outcome { span class={ "pill big " (outcome_class(outcome)) } { (words::outcome(outcome)) } " " (self.sentence()) }
                    nav aria-label="Parts of this page" {
                        a href="#checklist" { "Checklist" } a href="#code" { "Code" } a href="#note" { "Note" } a href="#provenance" { "Provenance" }
                    }
                }
                @if outcome != NoteOutcome::NotApplicable { (chart::score(report.score, outcome_class(outcome))) }
                (summary(&report.summary))
            }
        }
    }

    /// What the outcome means, in one sentence.
    fn sentence(&self) -> String {
        let elements = || self.report.elements.iter().filter(|e| e.verdict != Verdict::NotApplicable);
        let (open, all) = (elements().filter(|e| words::open(e.verdict)).count(), elements().count());
        let code = self.report.coding.suggested.as_deref().map(visible);
        match (self.report.outcome, code) {
            (NoteOutcome::Supported, _) => format!("All {all} elements that apply are documented."),
            (NoteOutcome::Gaps, _) if open == 0 => {
                "Every element is documented; a code excludes M53.86.".to_owned()
            }
            (NoteOutcome::Gaps, _) => format!("{open} of {all} elements are not fully documented."),
            (NoteOutcome::OtherCode, Some(code)) => format!("The documentation points to {code}."),
            (NoteOutcome::OtherCode, None) => "The documentation does not point to M53.86.".to_owned(),
            (NoteOutcome::NotApplicable, _) => {
                "The note is not about a problem of the lumbar spine.".to_owned()
            }
        }
    }

    fn group(&self, group: Asker<'_>) -> Markup {
        let of = |keep: fn(Verdict) -> bool| -> Vec<usize> {
            let fits = |i: &usize| self.items[*i].group == group && keep(self.items[*i].element.verdict);
            (0..self.items.len()).filter(fits).collect()
        };
        let part = |title: &str, list: Vec<usize>| {
            html! {
                @if !list.is_empty() {
                    h3 { (title) " " span.count { "(" (list.len()) ")" } }
                    @for i in list { (self.card(i)) }
                }
            }
        };
        html! {
            (part("To complete", of(words::open)))
            (part("Documented", of(|v| v == Verdict::Met)))
            (part("Not applicable", of(|v| v == Verdict::NotApplicable)))
        }
    }

    fn card(&self, index: usize) -> Markup {
        let Item { number, id, group, element: e } = &self.items[index];
        let why = self.guide.why(*group, &e.id);
        let open = words::open(e.verdict);
        html! {
            article.card.(verdict_class(e.verdict)) id=(id) aria-labelledby={ (id) "-title" } {
                header {
                    span.number aria-hidden="true" { (number) }
                    h4 id={ (id) "-title" } { (visible(&e.title)) }
                    (pill(e.verdict))
                    @if e.weight > 0 && e.verdict != Verdict::NotApplicable {
                        span.points { (words::points(e.credit)) "/" (e.weight) span.sr { " points" } }
                    }
                }
                @if let Some(gap) = &e.gap {
                    p.gap { (visible(&gap.message)) }
                    h5 { "What to write" }
                    p { (visible(&gap.fix)) (self.near(e)) }
                }
                @if let (true, Some(why)) = (open, why) { h5 { "Why it matters" } p { (why) } }
                @if let Some(query) = &e.query {
                    h5 { "Question to the provider" span.hint { " draft · one click selects it" } }
                    blockquote.query { (query_text(query)) }
                }
                @if !e.evidence.is_empty() {
                    h5 { "Evidence" }
                    ul.evidence { @for piece in &e.evidence { (self.evidence(piece)) } }
                }
                @if !e.sources.is_empty() || (!open && why.is_some()) {
                    details {
                        summary { @if open { "Sources" } @else { "Why it matters, and sources" } }
                        @if let (false, Some(why)) = (open, why) { p { (why) } }
                        ul.sources { @for s in &e.sources { li { (source(s)) } } }
                    }
                }
            }
        }
    }

    /// Where the missing words would stand.
    fn near(&self, e: &ElementReport) -> Markup {
        let place = e.gap.as_ref().and_then(|g| g.near);
        let range = place.map(|p| p.byte_start as usize..p.byte_end as usize);
        let found = range.and_then(|r| Some((self.target(&r, true)?, r)));
        html! {
            @if let Some((target, range)) = found {
                " " span.where {
                    "Place: " a href={ "#w" (target + 1) } { (visible(self.text.get(range.clone()).unwrap_or("")).trim()) }
                    ", line " (self.lines.line(range.start)) "."
                }
            }
        }
    }

    fn evidence(&self, e: &Evidence) -> Markup {
        let range = bytes(e);
        let target = self.target(&range, false);
        let section = words::section(&e.section);
        html! {
            li {
                @let quote = clip(&visible(&e.text));
                @match target {
                    Some(t) => { a href={ "#w" (t + 1) } { "“" (quote) "”" } },
                    None => { "“" (quote) "”" },
                }
                span.meta {
                    (words::status(e.assertion))
                    @if let Some(cue) = &e.cue { " by “" (visible(cue)) "”" }
                    @if !section.is_empty() { " · " (visible(&section)) }
                    @if target.is_some() { " · line " (self.lines.line(range.start)) }
                    " · characters " (e.start) "–" (e.end)
                }
            }
        }
    }

    fn coding(&self, coding: &Coding) -> Markup {
        let verdict = coding.m53_86.replace('-', " ");
        let class = if coding.m53_86 == "supported" { "met" } else { "partial" };
        let list = |title: &str, reasons: &[Reason]| {
            html! {
                @if !reasons.is_empty() {
                    h3 { (title) }
                    ul.reasons { @for r in reasons { li { p { (visible(&r.text)) } @if !r.source.is_empty() { p.source { (source(&r.source)) } } } } }
                }
            }
        };
        html! {
            section #code aria-labelledby="code-title" {
                h2 #code-title { "Code guidance" }
                p.verdict-line {
                    span class={ "pill " (class) } { "M53.86 " (visible(&verdict)) }
                    @if let Some(code) = coding.suggested.as_deref().filter(|c| *c != "M53.86") { " Best supported: " strong { (visible(code)) } "." }
                }
                (list("Reasons", &coding.reasons))
                (list("Excluded by", &coding.excludes))
                @if !coding.alternatives.is_empty() {
                    h3 { "Other codes, and what each would need" }
                    dl.codes { @for a in &coding.alternatives { div { dt { (visible(&a.code)) } dd { (visible(&a.when)) } } } }
                }
            }
        }
    }

    fn legend(&self) -> Markup {
        html! {
            @if !self.targets.is_empty() {
                p.legend {
                    "Marks are evidence, their numbers lead to the checklist: "
                    mark.met { "supports a documented element" } ", " mark.partial { "one documented in part" } ", "
                    mark.open { "one still open" } ", "
                    span.near { "a section where something is missing" } "."
                }
            }
        }
    }

    fn note(&self) -> Markup {
        let marks: Vec<Mark> = self.targets.iter().map(|t| Mark { range: t.range.clone() }).collect();
        let mut found = lines(self.text, &self.lines, &marks);
        // A note that ends with a line end has no line after it.
        if found.len() > 1 && found.last().is_some_and(Vec::is_empty) {
            found.pop();
        }
        html! {
            div.text dir="auto" {
                @for (i, line) in found.iter().enumerate() {
                    div id={ "L" (i + 1) } { @for piece in line { (self.piece(piece)) } }
                }
            }
        }
    }

    fn piece(&self, piece: &Piece) -> Markup {
        let text = visible(self.text.get(piece.range.clone()).unwrap_or(""));
        let evidence: Vec<usize> = piece.over.iter().copied().filter(|&t| !self.targets[t].heading).collect();
        let near = piece.over.len() > evidence.len();
        let mut shown = html! { (text) };
        if near {
            shown = html! { span.near { (shown) } };
        }
        if !evidence.is_empty() {
            let verdicts =
                evidence.iter().flat_map(|&t| &self.targets[t].items).map(|&i| self.items[i].element.verdict);
            shown = html! { mark.(mark_class(verdicts)) { (shown) } };
        }
        for &target in piece.first.iter().rev() {
            shown = html! { span.anchor id={ "w" (target + 1) } { (shown) } };
        }
        html! { (shown) @if !piece.last.is_empty() { (self.references(&piece.last)) } }
    }

    /// The numbers behind marked words.
    fn references(&self, targets: &[usize]) -> Markup {
        let mut list: Vec<(usize, bool)> = Vec::new();
        for &t in targets {
            list.extend(self.targets[t].items.iter().map(|&i| (i, self.targets[t].heading)));
        }
        list.sort_unstable();
        list.dedup_by_key(|(i, _)| *i);
        html! {
            sup.refs {
                @for (i, heading) in list {
                    @let Item { number, id, element: e, .. } = &self.items[i];
                    @let what = if heading { "would stand here" } else { words::verdict(e.verdict) };
                    @let label = format!("{number}, {}: {what}", visible(&e.title));
                    a href={ "#" (id) } class=(verdict_class(e.verdict)) title=(label) aria-label=(label) { (number) }
                }
            }
        }
    }
}

/// Numbers the elements in the order in which the page shows them.
fn add<'a>(items: &mut Vec<Item<'a>>, group: Asker<'a>, elements: &'a [ElementReport], prefix: &str) {
    let rank = |e: &&ElementReport| match e.verdict {
        v if words::open(v) => 0,
        Verdict::Met => 1,
        _ => 2,
    };
    let mut sorted: Vec<&ElementReport> = elements.iter().collect();
    sorted.sort_by_key(rank);
    for (i, element) in sorted.into_iter().enumerate() {
        let number = format!("{prefix}{}", i + 1);
        let id = format!("e{}", number.replace('.', "-"));
        items.push(Item { number, id, group, element });
    }
}

fn bytes(e: &Evidence) -> Range<usize> {
    e.byte_start as usize..e.byte_end as usize
}

fn pill(verdict: Verdict) -> Markup {
    html! { span class={ "pill " (verdict_class(verdict)) } { span aria-hidden="true" { (words::mark(verdict)) } " " (words::verdict(verdict)) } }
}

fn verdict_class(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::NotApplicable => "none",
        other => words::verdict(other),
    }
}

pub(super) fn outcome_class(outcome: NoteOutcome) -> &'static str {
    match outcome {
        NoteOutcome::Supported => "met",
        NoteOutcome::Gaps => "partial",
        NoteOutcome::OtherCode => "unclear",
        NoteOutcome::NotApplicable => "none",
    }
}

/// How words are marked that several elements point to: by what most needs an eye.
fn mark_class(verdicts: impl Iterator<Item = Verdict>) -> &'static str {
    let rank = verdicts.map(|v| match v {
        Verdict::Met | Verdict::NotApplicable => 0,
        Verdict::Partial => 1,
        Verdict::Missing | Verdict::Contradicted | Verdict::Unclear => 2,
    });
    ["met", "partial", "open"][rank.max().unwrap_or(0)]
}

/// A source with its verification mark set apart.
fn source(text: &str) -> Markup {
    let text = visible(text);
    let marks = [
        (" [verified]", "verified"),
        (" (verified)", "verified"),
        (" [not verified]", "not verified"),
        (" (not verified)", "not verified"),
    ];
    match marks.iter().find_map(|(tail, word)| Some((text.strip_suffix(tail)?, word))) {
        Some((head, word)) => html! { (head) " " span.tag { (word) } },
        None => html! { (text) },
    }
}

/// The draft, with every option that it offers on a line of its own.
fn query_text(query: &str) -> Markup {
    let mut parts = query.split("( ) ");
    let lead = parts.next().unwrap_or("").trim();
    html! { p { (visible(lead)) } @for option in parts { p { "( ) " (visible(option.trim())) } } }
}

fn clip(text: &str) -> String {
    match text.char_indices().nth(QUOTE) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

fn summary(s: &Summary) -> Markup {
    let plain = |value: &str| visible(&value.replace('_', " "));
    let row = |name: &str, value: &str| html! { div { dt { (name) } dd { (value) } } };
    let conditions = match s.named_conditions.is_empty() {
        true => "none named".to_owned(),
        false => visible(&s.named_conditions.join(", ")),
    };
    let acuity = match &s.duration {
        Some(duration) => format!("{} ({})", plain(&s.acuity), visible(duration)),
        None => plain(&s.acuity),
    };
    let care = match s.care_types.is_empty() {
        true => plain(&s.conservative_care),
        false => plain(&s.care_types.join(", ")),
    };
    html! {
        @if s.lumbar {
            dl.facts aria-label="Summary" {
                (row("Condition", &conditions)) (row("Region", &plain(&s.region))) (row("Acuity", &acuity))
                (row("Imaging", &plain(&s.imaging))) (row("Care", &care)) (row("Function", &plain(&s.function)))
                (row("Injury", &plain(&s.injury))) (row("Radiculopathy", &plain(&s.radiculopathy)))
            }
        }
    }
}
