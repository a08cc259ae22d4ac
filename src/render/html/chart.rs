//! Inline SVG: a score as a ring, shares as a bar, rates over months as lines. No figure stands in a chart alone.

use maud::{Markup, html};

/// A line of a chart.
pub(super) struct Series<'a> {
    /// Its name, written at its end.
    pub(super) name: &'a str,
    /// The class that colours it.
    pub(super) class: &'a str,
    /// 0 to 1 by month; `None` where the month has none.
    pub(super) values: Vec<Option<f64>>,
}

/// A score from 0 to 100 as a ring.
pub(super) fn score(score: u8, class: &str) -> Markup {
    let filled = format!("{} 100", score.min(100));
    html! {
        svg.ring viewBox="0 0 100 100" role="img" aria-label={ "Score " (score) " of 100" } {
            circle.rail cx="50" cy="50" r="43" fill="none" stroke-width="9" {}
            circle.arc.(class) cx="50" cy="50" r="43" fill="none" stroke-width="9" stroke-dasharray=(filled) pathLength="100" transform="rotate(-90 50 50)" {}
            text x="50" y="55" text-anchor="middle" font-size="30" font-weight="650" { (score) }
            text x="50" y="72" text-anchor="middle" font-size="12" opacity=".7" { "of 100" }
        }
    }
}

/// Shares as one bar; `parts` are counts with the class that colours each and its name.
pub(super) fn shares(parts: &[(u64, &str, &str)]) -> Markup {
    let all = parts.iter().map(|p| p.0).sum::<u64>().max(1) as f64;
    let mut at = 0.0;
    let placed: Vec<(f64, f64, &(u64, &str, &str))> = parts
        .iter()
        .filter(|p| p.0 > 0)
        .map(|p| {
            let width = 400.0 * p.0 as f64 / all;
            at += width;
            (at - width, width, p)
        })
        .collect();
    let label: Vec<String> = placed.iter().map(|(.., (n, _, name))| format!("{n} {name}")).collect();
    html! {
        svg.shares viewBox="0 0 400 12" preserveAspectRatio="none" role="img" aria-label=(label.join(", ")) {
            rect.rail x="0" y="0" width="400" height="12" {}
            @for (x, width, (n, class, name)) in placed {
                rect.(class) x=(number(x)) y="0" width=(number((width - 1.0).max(0.6))) height="12" { title { (n) " " (name) } }
            }
        }
    }
}

/// A rate over months, small enough for a cell of a table.
pub(super) fn spark(values: &[Option<f64>]) -> Markup {
    let (width, height, edge) = (112.0, 24.0, 3.0);
    let points = points(values, edge, width - 2.0 * edge, edge, height - 2.0 * edge);
    html! {
        @if points.len() > 1 {
            svg.spark viewBox="0 0 112 24" aria-hidden="true" {
                polyline points=(joined(&points)) fill="none" {}
                @if let Some((x, y)) = points.last() { circle cx=(number(*x)) cy=(number(*y)) r="2.5" {} }
            }
        }
    }
}

/// Rates from 0 to 1 over months as lines. `label` says what the chart shows, for those who do not see it.
pub(super) fn lines(months: &[&str], series: &[Series<'_>], label: &str) -> Markup {
    let (left, top, width, height) = (38.0, 12.0, 520.0, 168.0);
    let x = |i: usize| left + width * place(i, months.len());
    // At most eight names of months fit below.
    let step = months.len().div_ceil(8).max(1);
    html! {
        svg.trend viewBox="0 0 680 220" role="img" aria-label=(label) {
            @for share in [0.0, 0.25, 0.5, 0.75, 1.0] {
                @let y = number(top + height * (1.0 - share));
                line.grid x1=(left) x2=(left + width) y1=(y) y2=(y) {}
                text x=(left - 8.0) y=(number(top + height * (1.0 - share) + 4.0)) text-anchor="end" font-size="12" { (number(share * 100.0)) }
            }
            @for (i, month) in months.iter().enumerate().filter(|(i, _)| i % step == 0) {
                text x=(number(x(i))) y="205" text-anchor="middle" font-size="12" { (month) }
            }
            @for (s, at) in series.iter().zip(ends(series, months.len())) {
                @let points = points(&s.values, left, width, top, height);
                polyline.(s.class) points=(joined(&points)) fill="none" {}
                @for (x, y) in &points { circle.(s.class) cx=(number(*x)) cy=(number(*y)) r="3" {} }
                @if !points.is_empty() {
                    text.(s.class) x=(left + width + 12.0) y=(number(top + height * (1.0 - at) + 4.0)) font-size="13" font-weight="600" { (s.name) }
                }
            }
        }
    }
}

/// Where the names of the lines stand, from 0 to 1: at their ends, but never on each other.
fn ends(series: &[Series<'_>], months: usize) -> Vec<f64> {
    const APART: f64 = 0.1;
    let last = |s: &Series<'_>| s.values.iter().take(months).rev().find_map(|v| *v).unwrap_or(0.0);
    let mut order: Vec<(usize, f64)> = series.iter().map(last).enumerate().collect();
    order.sort_by(|a, b| b.1.total_cmp(&a.1));
    let mut ends = vec![0.0; series.len()];
    let mut above = f64::INFINITY;
    for (i, value) in order {
        above = value.min(above - APART);
        ends[i] = above;
    }
    ends
}

fn place(i: usize, n: usize) -> f64 {
    if n < 2 { 0.5 } else { i as f64 / (n - 1) as f64 }
}

fn points(values: &[Option<f64>], left: f64, width: f64, top: f64, height: f64) -> Vec<(f64, f64)> {
    let known = values.iter().enumerate().filter_map(|(i, v)| Some((i, (*v)?.clamp(0.0, 1.0))));
    known.map(|(i, v)| (left + width * place(i, values.len()), top + height * (1.0 - v))).collect()
}

fn joined(points: &[(f64, f64)]) -> String {
    points.iter().map(|(x, y)| format!("{},{}", number(*x), number(*y))).collect::<Vec<_>>().join(" ")
}

/// At most one decimal.
fn number(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map(str::to_owned).unwrap_or(text)
}
