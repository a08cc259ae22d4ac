//! The overview of many notes: outcomes, rates by element, trends, and the notes that need work most, as links.

use super::chart::{self, Series};
use super::dashboard::{Dashboard, ElementRates, Group, Outcomes, Verdicts, WorstNote};
use super::highlight::visible;
use super::note::outcome_class;
use super::{Shell, provenance};
use crate::render::words;
use crate::report::v1::{NoteOutcome, Verdict};
use maud::{Markup, html};

const STYLE: &str = include_str!("overview.css");
/// Sorts and filters the table; the page can be read without it.
const SCRIPT: &str = include_str!("overview.js");

/// Rows of a list of roles, sources or code families; the rest is counted.
const ROWS: usize = 10;

/// Renders the overview.
pub fn render(d: &Dashboard) -> String {
    let body = html! {
        a.skip href="#main" { "Skip to the content" }
        header.top {
            p.brand { "chartgap" span { " · documentation for ICD-10-CM M53.86" } }
            h1 { (visible(&d.title)) }
            (figures(d))
        }
        main #main {
            @if !d.elements.is_empty() { (elements(d)) }
            @if d.months.len() > 1 { (trend(d)) }
            div.columns {
                (families(d))
                (groups("By author role", "roles", &d.author_roles))
                (groups("By source", "sources", &d.sources))
            }
            @if !d.worst.is_empty() { (notes(d)) }
            @if d.unreadable > 0 { (errors(d)) }
            @if let Some(made) = &d.provenance {
                section.provenance aria-labelledby="provenance" { h2 #provenance { "How this overview was made" } (provenance(made)) }
            }
        }
    };
    Shell { title: &d.title, class: "overview", style: STYLE, script: Some(SCRIPT), body }.render()
}

fn figures(d: &Dashboard) -> Markup {
    let figure = |value: String, name: &str| html! { div { dd { (value) } dt { (name) } } };
    let o = &d.outcomes;
    html! {
        dl.figures {
            (figure(grouped(d.notes), "notes read"))
            (figure(percent(o.supported_share()), "of lumbar notes support M53.86"))
            (figure(o.mean_score().map_or("–".to_owned(), |s| format!("{s:.0}")), "mean score of 100"))
            @if d.unreadable > 0 { (figure(grouped(d.unreadable), "could not be read")) }
        }
        (chart::shares(&outcome_parts(o)))
        ul.key {
            @for (n, class, name) in outcome_parts(o) {
                li { span.swatch.(class) aria-hidden="true" {} (grouped(n)) " " (name) }
            }
        }
    }
}

fn outcome_parts(o: &Outcomes) -> [(u64, &'static str, &'static str); 4] {
    let all = [
        (o.supported, NoteOutcome::Supported),
        (o.gaps, NoteOutcome::Gaps),
        (o.other_code, NoteOutcome::OtherCode),
        (o.not_applicable, NoteOutcome::NotApplicable),
    ];
    all.map(|(n, outcome)| (n, outcome_class(outcome), words::outcome(outcome)))
}

fn verdict_parts(v: &Verdicts) -> [(u64, &'static str, &'static str); 6] {
    let all = [
        (v.met, "met", Verdict::Met),
        (v.partial, "partial", Verdict::Partial),
        (v.missing, "missing", Verdict::Missing),
        (v.contradicted, "contradicted", Verdict::Contradicted),
        (v.unclear, "unclear", Verdict::Unclear),
        (v.not_applicable, "none", Verdict::NotApplicable),
    ];
    all.map(|(n, class, verdict)| (n, class, words::verdict(verdict)))
}

/// Rates by element, the least documented first.
fn elements(d: &Dashboard) -> Markup {
    let mut order: Vec<(usize, &ElementRates)> = d.elements.iter().enumerate().collect();
    let rate = |e: &ElementRates| e.verdicts.met_share().unwrap_or(2.0);
    order.sort_by(|a, b| rate(a.1).total_cmp(&rate(b.1)));
    let trends = d.months.len() > 1 && d.months.iter().all(|m| m.elements.len() == d.elements.len());
    let head = ["Met", "Partial", "Missing", "Contradicted", "Unclear", "Not applicable"];
    html! {
        section aria-labelledby="elements" {
            h2 #elements { "Documentation by element" }
            p.small { "Least documented first. The share is that of the notes to which an element applies." }
            div.scroll tabindex="0" role="region" aria-label="Table of elements" {
                table.rates {
                    thead { tr {
                        th scope="col" { "Element" } th.number scope="col" { "Documented" } th scope="col" { "Notes by verdict" }
                        @if trends { th scope="col" { "By month" } }
                        @for name in head { th.number scope="col" { (name) } }
                    } }
                    tbody {
                        @for (i, e) in order {
                            tr {
                                th scope="row" { (visible(&e.title)) }
                                td.number { strong { (percent(e.verdicts.met_share())) } }
                                td.wide { (chart::shares(&verdict_parts(&e.verdicts))) }
                                @if trends { td { (chart::spark(&by_month(d, i))) } }
                                @for (n, ..) in verdict_parts(&e.verdicts) { td.number { (grouped(n)) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn by_month(d: &Dashboard, element: usize) -> Vec<Option<f64>> {
    d.months.iter().map(|m| m.elements.get(element).and_then(Verdicts::met_share)).collect()
}

fn trend(d: &Dashboard) -> Markup {
    let months: Vec<&str> = d.months.iter().map(|m| m.month.as_str()).collect();
    let supported = d.months.iter().map(|m| m.outcomes.supported_share()).collect();
    let score = d.months.iter().map(|m| m.outcomes.mean_score().map(|s| s / 100.0)).collect();
    let series = [
        Series { name: "mean score", class: "accent", values: score },
        Series { name: "% supported", class: "met", values: supported },
    ];
    html! {
        section aria-labelledby="months" {
            h2 #months { "By month" }
            div.pair {
                (chart::lines(&months, &series, "Mean score and percent supported by month; the table has the figures"))
                div.scroll tabindex="0" role="region" aria-label="Figures by month" { (outcome_table("Month", d.months.iter().map(|m| (m.month.as_str(), &m.outcomes)))) }
            }
        }
    }
}

fn outcome_table<'a>(name: &str, rows: impl Iterator<Item = (&'a str, &'a Outcomes)>) -> Markup {
    html! {
        table {
            thead { tr { th scope="col" { (name) } th.number scope="col" { "Notes" } th.number scope="col" { "Supported" } th.number scope="col" { "Mean score" } } }
            tbody {
                @for (name, o) in rows {
                    tr {
                        th scope="row" { (visible(name)) }
                        td.number { (grouped(o.applicable() + o.not_applicable)) }
                        td.number { (percent(o.supported_share())) }
                        td.number { (o.mean_score().map_or("–".to_owned(), |s| format!("{s:.0}"))) }
                    }
                }
            }
        }
    }
}

fn groups(title: &str, id: &str, groups: &[Group]) -> Markup {
    html! {
        @if !groups.is_empty() {
            section aria-labelledby=(id) {
                h2 id=(id) { (title) }
                (outcome_table("Name", groups.iter().take(ROWS).map(|g| (g.name.as_str(), &g.outcomes))))
                @if groups.len() > ROWS { p.small { "and " (grouped((groups.len() - ROWS) as u64)) " more" } }
            }
        }
    }
}

fn families(d: &Dashboard) -> Markup {
    let most = d.code_families.iter().map(|c| c.notes).max().unwrap_or(0);
    html! {
        @if !d.code_families.is_empty() {
            section aria-labelledby="families" {
                h2 #families { "Best-supported code" }
                table {
                    thead { tr { th scope="col" { "Family" } th.number scope="col" { "Notes" } th scope="col" { span.sr { "Share" } } } }
                    tbody {
                        @for c in d.code_families.iter().take(ROWS) {
                            tr { th scope="row" { (visible(&c.name)) } td.number { (grouped(c.notes)) } td.wide { (chart::shares(&[(c.notes, "accent", "notes"), (most - c.notes, "rest", "fewer than the first")])) } }
                        }
                    }
                }
                @if d.code_families.len() > ROWS { p.small { "and " (grouped((d.code_families.len() - ROWS) as u64)) " more" } }
            }
        }
    }
}

fn notes(d: &Dashboard) -> Markup {
    let title = |id: &str| d.elements.iter().find(|e| e.id == id).map_or(id, |e| e.title.as_str()).to_owned();
    html! {
        section aria-labelledby="notes" {
            h2 #notes { "Notes, worst gaps first" }
            @if (d.worst.len() as u64) < d.notes { p.small { "The " (grouped(d.worst.len() as u64)) " of " (grouped(d.notes)) " notes that need work most." } }
            div.scroll tabindex="0" role="region" aria-label="Table of notes" {
                table.sortable {
                    thead { tr { th scope="col" { "Note" } th scope="col" { "Outcome" } th.number scope="col" { "Score" } th scope="col" { "Code" } th.number scope="col" { "Gaps" } th scope="col" { "What is open" } } }
                    tbody {
                        @for n in &d.worst {
                            tr {
                                th scope="row" { (link(n)) }
                                td { span class={ "pill " (outcome_class(n.outcome)) } { (words::outcome(n.outcome)) } }
                                td.number { @if n.outcome == NoteOutcome::NotApplicable { "–" } @else { (n.score) } }
                                td { (visible(&n.code_family)) }
                                td.number { (n.open.len()) }
                                td.open { @for (id, verdict) in &n.open { span.gap title=(words::verdict(*verdict)) { span aria-hidden="true" { (words::mark(*verdict)) } span.sr { (words::verdict(*verdict)) ": " } " " (visible(&title(id))) } " " } }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn link(note: &WorstNote) -> Markup {
    let id = visible(&note.id);
    match note.href.as_deref().filter(|h| is_plain(h)) {
        Some(href) => html! { a href=(href) { (id) } },
        None => html! { (id) },
    }
}

/// A relative path of harmless characters, which can hold neither a scheme nor a host.
fn is_plain(href: &str) -> bool {
    let harmless = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'/');
    !href.is_empty() && !href.starts_with('/') && href.bytes().all(harmless)
}

fn errors(d: &Dashboard) -> Markup {
    html! {
        section aria-labelledby="errors" {
            h2 #errors { "Notes that could not be read" }
            table {
                thead { tr { th scope="col" { "Note" } th scope="col" { "Reason" } } }
                tbody { @for e in &d.errors { tr { th scope="row" { (visible(&e.id)) } td { (visible(&e.reason)) } } } }
            }
            @if (d.errors.len() as u64) < d.unreadable { p.small { "and " (grouped(d.unreadable - d.errors.len() as u64)) " more" } }
        }
    }
}

fn percent(share: Option<f64>) -> String {
    share.map_or("–".to_owned(), |s| format!("{:.0} %", s * 100.0))
}

/// A number with its thousands set apart.
fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_relative_paths_become_links() {
        for good in ["note-000001.html", "pages/a_b.html", "../x.html"] {
            assert!(is_plain(good), "{good}");
        }
        for bad in
            ["", "javascript:alert(1)", "//host/x", "/etc/passwd", "a b", "x?y", "data:text/html,x", "a\"b"]
        {
            assert!(!is_plain(bad), "{bad}");
        }
    }

    #[test]
    fn thousands_are_set_apart() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
    }
}
