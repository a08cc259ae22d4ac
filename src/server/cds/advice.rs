//! What is worth a card, and the cards: one for the code, one for each ordered procedure, none where nothing is open.

use super::card::{self, Card, Indicator, Link, OVERRIDE_REASONS, Source};
use super::documents::Gathered;
use super::markdown::escape;
use super::request::Context;
use super::{CdsError, Hook, suggestion};
use crate::check::{CheckOptions, Engine};
use crate::checklist;
use crate::note::Note;
use crate::procedure;
use crate::render::guide::{self, Severity};
use crate::render::words;
use crate::report::queries::Query;
use crate::report::v1::{ElementReport, NoteOutcome, Provenance, Report, Verdict};
use std::fmt::Write;
use uuid::Uuid;

/// The code that the checklist is about.
const CODE: &str = "M53.86";
/// The element of the checklist that speaks of the procedures, which have cards of their own.
const PROCEDURE: &str = "procedure";
/// Beginnings of codes for which a procedure of the back is ordered. An order for exercise may be about a knee.
const BACK: [&str; 6] = ["M4", "M5", "S3", "Q76", "G5", "G8"];
/// Procedures that have a card each; more share one.
const CARDS: usize = 3;
/// Links of a card.
const LINKS: usize = 5;
/// Quotes that show why an element is not met.
const QUOTES: usize = 2;
/// Statements about the code.
const REASONS: usize = 4;
/// The namespace of the ids of cards and suggestions.
const NAMESPACE: Uuid = Uuid::from_u128(0x1f0c_7a52_5d9b_4be1_9a06_33d1_84c2_7e95);

/// What a request is about.
pub(super) struct Call<'a> {
    pub(super) hook: Hook,
    pub(super) instance: Uuid,
    pub(super) context: &'a Context,
}

/// Checks the notes and makes the cards; gives the reports of the notes that were checked as well.
pub(super) fn cards(
    engine: &Engine,
    call: &Call<'_>,
    gathered: Gathered,
) -> Result<(Vec<Card>, Vec<Report>), CdsError> {
    let Gathered { mut notes, procedures, codes } = gathered;
    let coded = codes.iter().any(|c| c == CODE);
    let about_back = codes.is_empty() || codes.iter().any(|c| BACK.iter().any(|b| c.starts_with(b)));
    let known = |cpt: &String| about_back && engine.procedures().find(cpt).is_some();
    let procedures: Vec<String> = procedures.into_iter().filter(known).collect();
    // Silence costs nothing: what no card can come of is not checked.
    let relevant = coded || !procedures.is_empty() || call.hook == Hook::EncounterDischarge;
    if notes.is_empty() || !relevant {
        return Ok((Vec::new(), Vec::new()));
    }
    for note in &mut notes {
        note.meta.codes.clone_from(&codes);
        note.meta.procedures.clone_from(&procedures);
    }
    let reports = engine.check_all(&notes, CheckOptions::default()).map_err(|_| CdsError::Internal)?;
    let made = about(engine, call, &notes, &reports, coded);
    Ok((made, reports))
}

/// The cards about the newest note of the lumbar spine.
fn about(engine: &Engine, call: &Call<'_>, notes: &[Note], reports: &[Report], coded: bool) -> Vec<Card> {
    let Some(at) = reports.iter().position(|r| r.summary.lumbar) else {
        return if coded { vec![unrelated(call, engine.provenance(), notes.len())] } else { Vec::new() };
    };
    let (note, report) = (&notes[at], &reports[at]);
    let queries = engine.queries(note).queries;
    let beside: Vec<&Report> = notes
        .iter()
        .zip(reports)
        .enumerate()
        .filter(|(i, (other, _))| *i != at && other.meta.date.is_some() && other.meta.date == note.meta.date)
        .map(|(_, (_, report))| report)
        .collect();
    let advice = Advice { engine, call, note, report, beside, queries: &queries };
    let mut cards: Vec<Card> = Vec::new();
    let points_here = report.coding.suggested.as_deref() == Some(CODE);
    if coded || call.hook == Hook::EncounterDischarge && points_here {
        cards.extend(advice.code(coded));
    }
    cards.extend(advice.procedures());
    cards
}

/// One note with what was found in it, and the other notes of the same day.
struct Advice<'a> {
    engine: &'a Engine,
    call: &'a Call<'a>,
    note: &'a Note,
    report: &'a Report,
    beside: Vec<&'a Report>,
    queries: &'a [Query],
}

/// The procedures of one kind that were ordered, with what is open.
struct Group<'a> {
    id: &'a str,
    name: &'a str,
    cpts: Vec<&'a str>,
    open: Vec<&'a ElementReport>,
    policy: Option<&'a ElementReport>,
}

impl<'a> Advice<'a> {
    /// The card about the code; `coded`: it was given for the order or the encounter.
    fn code(&self, coded: bool) -> Option<Card> {
        let report = self.report;
        let open: Vec<&ElementReport> = report
            .elements
            .iter()
            .filter(|e| e.id != PROCEDURE && is_open(e) && !self.is_met_beside(&e.id))
            .collect();
        let elsewhere = coded && report.outcome == NoteOutcome::OtherCode;
        if open.is_empty() && !elsewhere && report.coding.excludes.is_empty() {
            return None;
        }
        let summary = match report.coding.suggested.as_deref().filter(|s| elsewhere && *s != CODE) {
            Some(other) => format!("{CODE} may not stand: the documentation points to {other}"),
            None if elsewhere => format!("{CODE} may not stand: the documentation points elsewhere"),
            None if open.is_empty() => format!("{CODE} may not stand: the note has what excludes it"),
            None => format!("{CODE} needs more in the note: {}", titles(&open)),
        };
        let heavy = open.iter().any(|e| guide::severity(e) == Severity::High);
        let urgent = coded && (heavy || elsewhere || !report.coding.excludes.is_empty());
        let mut detail = self.head();
        list(&mut detail, &open);
        let reasons = report.coding.reasons.iter().take(REASONS);
        let stated: Vec<_> = reasons.chain(&report.coding.excludes).collect();
        if !stated.is_empty() {
            let _ = write!(detail, "\n**About the code**\n\n");
            for reason in stated {
                let _ = writeln!(detail, "- {} ({})", escape(&reason.text), escape(&reason.source));
            }
        }
        let ids: Vec<&str> = open.iter().map(|e| e.id.as_str()).collect();
        let queries: Vec<&Query> =
            self.queries.iter().filter(|q| q.procedures.is_empty() && asks(q, &ids)).collect();
        let sources =
            ids.iter().filter_map(|id| self.engine.checklist().element(id)).flat_map(|e| &e.sources);
        let source = Source {
            label: "ICD-10-CM guidelines, index and tabular list, by the checklist of chartgap".to_owned(),
            url: "https://www.cdc.gov/nchs/icd/icd-10-cm/".to_owned(),
        };
        let parts = Parts { key: "code", about: CODE.to_owned(), summary, urgent, detail, open, queries };
        Some(self.card(parts, source, links(sources)))
    }

    /// The cards about the ordered procedures.
    fn procedures(&self) -> Vec<Card> {
        let groups: Vec<Group<'_>> = self.groups().into_iter().filter(|g| !g.open.is_empty()).collect();
        if groups.len() > CARDS {
            return vec![self.procedure("procedures", &groups)];
        }
        groups.chunks(1).map(|g| self.procedure(g[0].id, g)).collect()
    }

    fn groups(&self) -> Vec<Group<'a>> {
        let mut groups: Vec<Group<'a>> = Vec::new();
        for asked in &self.report.procedures {
            let Some(procedure) = self.engine.procedures().find(&asked.cpt) else { continue };
            let open = asked
                .elements
                .iter()
                .filter(|e| e.id != procedure::POLICY && is_open(e) && !self.is_met_beside(&e.id));
            let policy = asked.elements.iter().find(|e| e.id == procedure::POLICY);
            match groups.iter_mut().find(|g| g.id == procedure.id) {
                Some(group) => {
                    group.cpts.push(&asked.cpt);
                    for e in open {
                        if !group.open.iter().any(|o| o.id == e.id) {
                            group.open.push(e);
                        }
                    }
                }
                None => groups.push(Group {
                    id: &procedure.id,
                    name: &procedure.name,
                    cpts: vec![&asked.cpt],
                    open: open.collect(),
                    policy,
                }),
            }
        }
        groups
    }

    fn procedure(&self, key: &str, groups: &[Group<'_>]) -> Card {
        let cpts: Vec<&str> = groups.iter().flat_map(|g| g.cpts.iter().copied()).collect();
        let mut open: Vec<&ElementReport> = Vec::new();
        for e in groups.iter().flat_map(|g| g.open.iter().copied()) {
            if !open.iter().any(|o| o.id == e.id) {
                open.push(e);
            }
        }
        let named = cpts.join(", ");
        let summary = format!("Order {named}: policies ask for more in the note: {}", titles(&open));
        let mut detail = self.head();
        for group in groups {
            let _ = write!(detail, "**{}** ({})\n\n", escape(group.name), escape(&group.cpts.join(", ")));
            list(&mut detail, &group.open);
            if let Some(gap) = group.policy.and_then(|p| p.gap.as_ref()) {
                let _ = writeln!(detail, "\n{}", escape(&gap.message));
            }
            detail.push('\n');
        }
        let ids: Vec<&str> = open.iter().map(|e| e.id.as_str()).collect();
        let mine = |q: &&Query| q.procedures.iter().any(|p| cpts.contains(&p.as_str())) && asks(q, &ids);
        let queries: Vec<&Query> = self.queries.iter().filter(mine).collect();
        let elements = self.engine.procedures().elements().iter();
        let sources = elements.filter(|e| ids.contains(&e.id.as_str())).flat_map(|e| &e.sources);
        let source = Source {
            label: "Medicare coverage policies, by the checklist of chartgap".to_owned(),
            url: "https://www.cms.gov/medicare-coverage-database/".to_owned(),
        };
        let urgent = open.iter().any(|e| guide::severity(e) == Severity::High);
        let about = format!("the ordered procedure {named}");
        let links = links(sources);
        self.card(Parts { key, about, summary, urgent, detail, open, queries }, source, links)
    }

    fn card(&self, parts: Parts<'_>, source: Source, links: Vec<Link>) -> Card {
        let Parts { key, about, summary, urgent, mut detail, open, queries } = parts;
        if !queries.is_empty() {
            let _ = write!(detail, "\n**Draft of a query** (the answer is the provider's alone)\n\n");
            for query in &queries {
                let _ = writeln!(detail, "- {}", escape(&query.question));
                for option in &query.options {
                    let _ = writeln!(detail, "  - ( ) {}", escape(option));
                }
            }
        }
        foot(&mut detail, &self.report.provenance);
        let id = |part: &str| id(self.call, &format!("{key}/{part}"));
        let mut suggestions = Vec::new();
        if !open.is_empty() {
            suggestions.push(suggestion::task(id("task"), self.call.context, &about, &open));
        }
        suggestions.extend(suggestion::queries(id("query"), self.call.context, &queries));
        Card {
            uuid: id("card"),
            summary: card::summary(&summary),
            detail,
            indicator: if urgent { Indicator::Warning } else { Indicator::Info },
            source,
            selection_behavior: (!suggestions.is_empty()).then_some("any"),
            suggestions,
            override_reasons: OVERRIDE_REASONS.to_vec(),
            links,
        }
    }

    /// Which notes were read, and how far the one in question gets.
    fn head(&self) -> String {
        let date = self.note.meta.date.as_deref();
        let of = date.map(|d| format!(" of {}", escape(d))).unwrap_or_default();
        let beside = match self.beside.len() {
            0 => String::new(),
            1 => ", with another one of that day".to_owned(),
            n => format!(", with {n} others of that day"),
        };
        format!("Read: the note{of}{beside}. Documentation score {} of 100.\n\n", self.report.score)
    }

    /// Whether another note of the same day has what this one lacks.
    fn is_met_beside(&self, id: &str) -> bool {
        let met = |(_, e): (_, &ElementReport)| e.id == id && matches!(e.verdict, Verdict::Met);
        self.beside.iter().any(|r| guide::elements(r).any(met))
    }
}

/// What a card is made of.
struct Parts<'a> {
    key: &'a str,
    about: String,
    summary: String,
    urgent: bool,
    detail: String,
    open: Vec<&'a ElementReport>,
    queries: Vec<&'a Query>,
}

fn is_open(e: &ElementReport) -> bool {
    words::open(e.verdict) && e.gap.is_some()
}

fn asks(query: &Query, elements: &[&str]) -> bool {
    elements.contains(&query.element.as_str()) || query.also.iter().any(|e| elements.contains(&e.as_str()))
}

/// The card where the code was given and no note is about the lumbar spine.
fn unrelated(call: &Call<'_>, made: &Provenance, notes: usize) -> Card {
    let read = match notes {
        1 => "The note that was sent does".to_owned(),
        n => format!("None of the {n} notes that were sent does"),
    };
    let told = if notes == 1 { "not tell" } else { "tell" };
    let mut detail = format!("{read} {told} of a problem of the lumbar spine.\n");
    foot(&mut detail, made);
    Card {
        uuid: id(call, "unrelated/card"),
        summary: card::summary(&format!("{CODE} was given, but no lumbar problem was found in the notes")),
        detail,
        indicator: Indicator::Info,
        source: Source {
            label: "ICD-10-CM guidelines, index and tabular list, by the checklist of chartgap".to_owned(),
            url: "https://www.cdc.gov/nchs/icd/icd-10-cm/".to_owned(),
        },
        suggestions: Vec::new(),
        selection_behavior: None,
        override_reasons: OVERRIDE_REASONS.to_vec(),
        links: Vec::new(),
    }
}

/// The titles of some elements, the first three by name.
fn titles(open: &[&ElementReport]) -> String {
    let mut titles: Vec<&str> = Vec::new();
    for e in open {
        if !titles.contains(&e.title.as_str()) {
            titles.push(&e.title);
        }
    }
    match titles.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] if titles.len() <= 3 => format!("{} and {last}", first.join(", ")),
        all => format!("{} and {} more", all[..2].join(", "), all.len() - 2),
    }
}

/// What is open, an item an element.
fn list(detail: &mut String, open: &[&ElementReport]) {
    for e in open {
        let Some(gap) = &e.gap else { continue };
        let _ = write!(
            detail,
            "- **{}** ({}): {} *To write:* {}",
            escape(&e.title),
            words::verdict(e.verdict),
            escape(&gap.message),
            escape(&gap.fix)
        );
        let quotes: Vec<String> =
            e.evidence.iter().take(QUOTES).map(|x| format!("\"{}\"", escape(&x.text))).collect();
        if !quotes.is_empty() {
            let _ = write!(detail, " *The note says:* {}", quotes.join(", "));
        }
        detail.push('\n');
    }
}

/// Whose decision it is, and what made the card.
fn foot(detail: &mut String, made: &Provenance) {
    let short = |digest: &str| digest.chars().take(12).collect::<String>();
    let classifier = match &made.classifier {
        Some(model) => format!("classifier {} {}", escape(&model.name), escape(&short(&model.sha256))),
        None => "no classifier".to_owned(),
    };
    let _ = write!(
        detail,
        "\nA person assigns the code. {} {}, ICD-10-CM {}, lexicon {}, checklist {}, {classifier}.\n",
        escape(&made.software),
        escape(&made.version),
        escape(&made.code_set),
        escape(&short(&made.lexicon)),
        escape(&short(&made.checklist))
    );
}

/// Pages on which sources can be read.
fn links<'s>(sources: impl Iterator<Item = &'s checklist::Source>) -> Vec<Link> {
    let mut links: Vec<Link> = Vec::new();
    for source in sources {
        if let Some(url) = source.url.as_ref().filter(|u| u.starts_with("https://"))
            && links.len() < LINKS
            && !links.iter().any(|l| l.url == *url)
        {
            links.push(Link { label: card::summary(&source.citation), url: url.clone(), kind: "absolute" });
        }
    }
    links
}

/// The id of a part of the answer to a call: the same call gives the same ids, and no other call does.
fn id(call: &Call<'_>, part: &str) -> Uuid {
    Uuid::new_v5(&NAMESPACE, format!("{}/{}/{part}", call.instance, call.hook.service()).as_bytes())
}
