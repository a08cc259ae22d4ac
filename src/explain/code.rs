//! A code or a family of codes: title, notes with those that it inherits, 7th characters, siblings, index entries,
//! confusions, and the conditions that lead there.

use super::{Explanation, Sources, mark};
use crate::coding::notes::{self, NoteKind, Statement};
use crate::coding::{Rules, confusion, index, table};
use crate::lexicon::{Concept, Lexicon};
use crate::mention::Label;

/// Codes below a family, and siblings of a code, that are listed.
const BELOW: usize = 40;
const SIBLINGS: usize = 12;

pub(super) fn explain(lexicon: &Lexicon, rules: &Rules, topic: &str) -> Option<Explanation> {
    let name = table::dotted(topic)?;
    let exact = table::find(&name);
    let below: Vec<table::Code> = table::below(&name).filter(|c| c.code != name).collect();
    let mut page = Page::default();
    let title = match (exact, below.first()) {
        (Some(c), _) => {
            page.sources.add(&c.citation(), table::mark(c.year));
            format!("{}: {}", c.code, c.title)
        }
        (None, Some(c)) => {
            page.sources.add(&c.citation().replace("title of", "titles from"), table::mark(c.year));
            match (notes::title(&name), stem_title(&name, &below)) {
                (Some(title), _) => format!("{name}: {title} (not billable by itself)"),
                (None, Some(title)) => format!("{name}: {title} (7th character needed)"),
                (None, None) => format!("{name}: not billable by itself"),
            }
        }
        (None, None) => return None,
    };
    page.below(&name, &below);
    page.family(rules, &name);
    page.notes(&name);
    page.siblings(&name);
    page.confusions(&name);
    page.index(&name);
    page.conditions(lexicon, &name);
    if page.body.is_empty() {
        page.push("Notes", &["none in the tables for this code".to_owned()]);
    }
    Some(Explanation { title, body: page.body, sources: page.sources.0 })
}

/// The title of a code without its 7th character: what its codes share before the encounter.
fn stem_title(name: &str, below: &[table::Code]) -> Option<&'static str> {
    if notes::seventh(name).is_empty() || below.iter().any(|c| c.code.len() != name.len() + 1) {
        return None;
    }
    let first = below.first()?.title;
    let (title, _) = first.rsplit_once(", ")?;
    below.iter().all(|c| c.title.starts_with(title)).then_some(title)
}

/// Where an inherited note stands.
fn from(s: &Statement, name: &str) -> String {
    if s.code == name { String::new() } else { format!(" [from {}]", s.code) }
}

#[derive(Default)]
struct Page {
    body: Vec<(String, String)>,
    sources: Sources,
}

impl Page {
    fn push(&mut self, heading: &str, lines: &[String]) {
        if !lines.is_empty() {
            self.body.push((heading.to_owned(), lines.join("\n")));
        }
    }

    /// The codes of a family.
    fn below(&mut self, name: &str, below: &[table::Code]) {
        // the family whose regions stand side by side needs no second list
        if name == "M53.8" {
            return;
        }
        let mut list: Vec<String> =
            below.iter().take(BELOW).map(|c| format!("- {} {}", c.code, c.title)).collect();
        if below.len() > BELOW {
            list.push(format!("- and {} more", below.len() - BELOW));
        }
        self.push("Billable codes", &list);
    }

    /// M53.80 to M53.88 side by side.
    fn family(&mut self, rules: &Rules, name: &str) {
        if !name.starts_with("M53.8") {
            return;
        }
        let mut list = Vec::new();
        for r in &rules.region {
            let title = table::find(&r.code).map_or("", |c| c.title);
            let region = title.rsplit_once(", ").map_or(title, |(_, region)| region);
            let own = if r.code == name { " (this code)" } else { "" };
            list.push(format!("- {} {region}: {}{own}", r.code, r.levels));
        }
        self.push("Siblings by region", &list);
        self.sources.add("ICD-10-CM tabular FY2027: titles of M53.80 to M53.88", "verified");
        self.sources.add("levels of each region: coding convention, not in the tabular list", "not verified");
    }

    /// Its notes, those of its category, section and chapter included.
    fn notes(&mut self, name: &str) {
        let all = notes::of(name);
        for kind in NoteKind::ALL {
            let these: Vec<&Statement> = all
                .iter()
                .copied()
                .filter(|s| s.kind == kind && (kind != NoteKind::Title || s.code != name))
                .collect();
            for s in these.iter().filter(|_| kind != NoteKind::Title) {
                // which codes a "current injury" means is a reading, but its words are not
                let citation = s.citation();
                self.sources.add(citation.split(';').next().unwrap_or_default(), s.mark());
            }
            let lines: Vec<String> = match kind {
                NoteKind::Title => these.iter().map(|s| format!("- {} {}", s.code, s.text)).collect(),
                NoteKind::Seventh => {
                    these.iter().map(|s| format!("- {}", s.text.replacen(' ', " = ", 1))).collect()
                }
                // long, and seldom what the reader came for
                NoteKind::Excludes2 => these
                    .chunk_by(|a, b| a.code == b.code)
                    .map(|same| {
                        let texts: Vec<&str> = same.iter().map(|s| s.text).collect();
                        format!(
                            "- {}{}",
                            texts.join("; "),
                            same.first().map_or(String::new(), |s| from(s, name))
                        )
                    })
                    .collect(),
                _ => these.iter().map(|s| format!("- {}{}", s.text, from(s, name))).collect(),
            };
            let heading = match kind {
                NoteKind::Title => "Belongs to",
                NoteKind::Excludes1 => "Excludes1 (never coded together)",
                NoteKind::Excludes2 => "Excludes2 (not part of it; both may be coded)",
                kind => kind.heading(),
            };
            self.push(heading, &lines);
        }
        // all notes were read for the dorsopathies alone
        if let Some(c) = table::find(name).filter(|c| c.year == "FY2027" && notes::seventh(name).is_empty()) {
            self.push("7th characters", &["none".to_owned()]);
            self.sources.add(
                &format!("ICD-10-CM tabular FY2027: no 7th character note at {} or above it", c.code),
                "verified",
            );
        }
    }

    /// The codes that differ in the last character alone.
    fn siblings(&mut self, name: &str) {
        if name.starts_with("M53.8") || name.len() < 6 || table::find(name).is_none() {
            return;
        }
        let Some(stem) = name.get(..name.len() - 1) else { return };
        let near = table::below(stem).filter(|c| c.code != name && c.code.len() == name.len());
        let list: Vec<String> = near.take(SIBLINGS).map(|c| format!("- {} {}", c.code, c.title)).collect();
        self.push("Siblings", &list);
    }

    fn confusions(&mut self, name: &str) {
        let mut list = Vec::new();
        for c in confusion::all().iter().filter(|c| c.is_about(name)) {
            list.push(format!("- Often said: {}. Official: {}.", c.said, c.official));
            self.sources.add(&c.source, mark(c.verified));
        }
        self.push("Confused with", &list);
    }

    fn index(&mut self, name: &str) {
        let mut list = Vec::new();
        for entry in index::leading_to(name) {
            let doubt = if entry.is_official() { "" } else { " (index of ICD-10, not of ICD-10-CM)" };
            list.push(format!("- {}{doubt}", entry.line()));
            self.sources.add(&entry.citation(), entry.mark());
        }
        self.push("Alphabetic Index", &list);
    }

    fn conditions(&mut self, lexicon: &Lexicon, name: &str) {
        let leads = |c: &Concept| {
            let codes = [
                &c.codes.lumbar,
                &c.codes.lumbosacral,
                &c.codes.thoracolumbar,
                &c.codes.sacral,
                &c.codes.unstated,
            ];
            // a code without its 7th character stands for all that have one
            codes.into_iter().flatten().any(|x| name == x || x.len() >= 7 && name.starts_with(x.as_str()))
        };
        let mut list = Vec::new();
        for (_, c) in lexicon.concepts().filter(|(l, c)| *l == Label::Condition && leads(c)) {
            list.push(format!("- {} ({})", c.name, c.id));
            self.sources.add(&format!("{}: {}", c.name, c.source), mark(c.verified));
        }
        self.push("Conditions that lead here", &list);
    }
}
