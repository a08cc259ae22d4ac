//! Builds the report from a reading, its facts and the verdicts: offsets in bytes and code points, evidence, queries.

use super::v1::{
    self, ElementReport, Evidence, Gap, MentionReport, NoteOutcome, Place, Provenance, Report, Summary,
};
use crate::assertion::DecidedBy;
use crate::checklist::{Checklist, Ruling, score};
use crate::coding::policy::Policy;
use crate::coding::year::CodeYear;
use crate::coding::{self, Case, Family, Grading, Rules};
use crate::fact::{FactKind, Facts, Resolved, View};
use crate::lexicon::Lexicon;
use crate::mention::{Label, Mention};
use crate::note::Note;
use crate::procedure::{self, Assessed, Proof};
use crate::query::{self, Draft, Indicator, Template};
use crate::report::v1::{ProcedureReport, Verdict};
use crate::segment::SectionKind;
use crate::span::{CodePoints, Span};

/// Pieces of evidence that an element shows at most.
const EVIDENCE: usize = 8;
/// Sentences that a query cites at most.
const INDICATORS: usize = 3;

/// What a report is built from.
pub struct Parts<'a> {
    /// The note.
    pub note: &'a Note,
    /// Its mentions.
    pub view: &'a View<'a>,
    /// The concepts.
    pub lexicon: &'a Lexicon,
    /// The checklist in force.
    pub checklist: &'a Checklist,
    /// All facts, the specific code included.
    pub facts: &'a Facts,
    /// What the resolvers found beside them.
    pub resolved: &'a Resolved,
    /// The code family.
    pub family: &'a Family,
    /// The grading systems.
    pub grading: &'a Grading,
    /// The code rules.
    pub rules: &'a Rules,
    /// The house policy.
    pub policy: &'a Policy,
    /// The code set.
    pub year: CodeYear,
    /// What is asked for with the procedures of the note.
    pub procedures: &'a [Assessed<'a>],
    /// What made the report.
    pub provenance: Provenance,
}

/// Builds the report.
pub fn build(p: Parts<'_>, mentions: bool) -> Report {
    let points = CodePoints::new(&p.note.text);
    let rulings = p.checklist.verdicts(p.facts);
    let mut coding = coding::guidance(&Case {
        note: p.note,
        view: p.view,
        resolved: p.resolved,
        facts: p.facts,
        family: p.family,
        rules: p.rules,
        policy: p.policy,
        year: p.year,
    });
    coding.reasons.extend(grades(&p));
    let outcome = match p.checklist.outcome(p.facts, &rulings) {
        // what excludes the code has to be settled first
        NoteOutcome::Supported if !coding.excludes.is_empty() && coding.m53_86 != "supported" => {
            NoteOutcome::Gaps
        }
        outcome => outcome,
    };
    let elements = rulings.iter().map(|r| element(&p, &points, r)).collect();
    Report {
        schema: v1::SCHEMA.into(),
        id: p.note.id.clone(),
        score: score(&rulings),
        outcome,
        summary: summary(&p),
        elements,
        coding,
        procedures: p.procedures.iter().map(|a| procedure(&p, &points, a)).collect(),
        mentions: mentions.then(|| p.view.reading.mentions.iter().map(|m| mention(&p, &points, m)).collect()),
        provenance: p.provenance,
    }
}

/// What is to be said of the grades of the note.
fn grades(p: &Parts<'_>) -> Vec<v1::Reason> {
    if p.facts.value(FactKind::Lumbar) != "yes" {
        return Vec::new();
    }
    let studied = matches!(p.facts.value(FactKind::Imaging), "findings" | "study_only");
    p.grading.reasons(p.lexicon, p.view, &p.resolved.named, studied)
}

fn summary(p: &Parts<'_>) -> Summary {
    let f = p.facts;
    let value = |k| f.value(k).to_owned();
    let words = |m: usize| squeeze(p.view.words(&p.view.items[m]));
    Summary {
        lumbar: f.value(FactKind::Lumbar) == "yes",
        named_conditions: p.resolved.named.iter().map(|n| words(n.mention)).collect(),
        nonspecific_only: f.value(FactKind::Specificity) == "nonspecific",
        region: value(FactKind::Region),
        imaging: value(FactKind::Imaging),
        acuity: value(FactKind::Chronicity),
        duration: p.resolved.duration.map(words),
        conservative_care: value(FactKind::ConservativeCare),
        care_types: p.resolved.care_types.clone(),
        function: value(FactKind::Function),
        injury: value(FactKind::Injury),
        radiculopathy: value(FactKind::Radiculopathy),
        code_family: p.family.code.clone(),
    }
}

fn element(p: &Parts<'_>, points: &CodePoints, r: &Ruling<'_>) -> ElementReport {
    let e = r.element;
    let applies = r.verdict != Verdict::NotApplicable;
    let mut rest: Vec<usize> =
        e.evidence.iter().filter_map(|k| p.facts.get(*k)).flat_map(|f| f.mentions.iter().copied()).collect();
    rest.dedup();
    rest.truncate(if applies { EVIDENCE } else { 0 });
    let mut sources: Vec<String> = e.sources.iter().map(ToString::to_string).collect();
    let mut fix = e.fix.clone();
    let ungraded = e.evidence.contains(&FactKind::Imaging) && !p.facts.has(FactKind::Imaging, "grade");
    if ungraded
        && r.gap.is_some()
        && applies
        && let Some((hint, cited)) = p.grading.hint(p.lexicon, p.view, &p.resolved.named)
    {
        fix = format!("{fix} {hint}");
        sources.extend(cited);
    }
    let gap = r.gap.filter(|_| applies).map(|message| Gap {
        message: message.to_owned(),
        fix,
        near: near(p, points, &e.near),
    });
    ElementReport {
        id: e.id.as_str().to_owned(),
        title: e.title.clone(),
        verdict: r.verdict,
        weight: r.weight,
        credit: r.credit,
        evidence: rest.into_iter().map(|m| evidence(p, points, &p.view.reading.mentions[m])).collect(),
        gap,
        query: drafted(p, r).map(|(draft, _)| draft.text),
        sources,
    }
}

/// What is asked for with one procedure; it has no weight, so that the score of the code stays apart.
fn procedure(p: &Parts<'_>, points: &CodePoints, a: &Assessed<'_>) -> ProcedureReport {
    let elements = a.rulings.iter().map(|r| asked(p, points, r)).collect();
    ProcedureReport { cpt: a.cpt.clone(), elements }
}

fn asked(p: &Parts<'_>, points: &CodePoints, r: &procedure::Ruling<'_>) -> ElementReport {
    let proof = r.proof.iter().take(EVIDENCE);
    ElementReport {
        id: r.id.to_owned(),
        title: r.title.to_owned(),
        verdict: r.verdict,
        weight: 0,
        credit: 0.0,
        evidence: proof.filter_map(|x| proven(p, points, x)).collect(),
        gap: r.gap.clone().map(|message| Gap { message, fix: r.fix.clone(), near: near(p, points, r.near) }),
        query: drafted_for_procedure(p, r).map(|(draft, _)| draft.text),
        sources: r.sources.clone(),
    }
}

fn proven(p: &Parts<'_>, points: &CodePoints, proof: &Proof) -> Option<Evidence> {
    match *proof {
        Proof::Mention(m) => Some(evidence(p, points, p.view.reading.mentions.get(m)?)),
        Proof::Words { span, assertion } => {
            let at = place(points, span);
            let s = &p.view.reading.segments;
            let section = s.sections.get(s.section_of(s.token_at(span.start)))?;
            Some(Evidence {
                start: at.start,
                end: at.end,
                byte_start: at.byte_start,
                byte_end: at.byte_end,
                text: span.of(&p.note.text).to_owned(),
                section: section.kind.name().to_owned(),
                assertion: assertion.status(),
                cue: assertion.cue.map(|c| squeeze(c.of(&p.note.text))),
            })
        }
    }
}

/// The query of an element of the checklist.
pub(super) fn drafted<'a>(p: &'a Parts<'_>, r: &Ruling<'_>) -> Option<(Draft, Vec<Cited<'a>>)> {
    let mentions =
        r.element.indicators.iter().filter_map(|k| p.facts.get(*k)).flat_map(|f| f.mentions.iter());
    let spans = mentions.filter_map(|&m| p.view.reading.mentions.get(m)).map(|m| m.span);
    draft(p, r.query?, spans)
}

/// The query of an element that a procedure asks for: it cites what the verdict rests on.
pub(super) fn drafted_for_procedure<'a>(
    p: &'a Parts<'_>,
    r: &procedure::Ruling<'_>,
) -> Option<(Draft, Vec<Cited<'a>>)> {
    if matches!(r.verdict, Verdict::Met | Verdict::NotApplicable) {
        return None;
    }
    let ask = r.ask?;
    let template = Template { cited: format!("The note records {{quotes}}. {ask}"), open: ask.to_owned() };
    let spans = r.proof.iter().filter_map(|proof| match *proof {
        Proof::Mention(m) => Some(p.view.reading.mentions.get(m)?.span),
        Proof::Words { span, .. } => Some(span),
    });
    draft(p, &template, spans)
}

/// A sentence that a query cites, with the section it stands in.
pub(super) type Cited<'a> = (Span, &'a str);

fn draft<'a>(
    p: &'a Parts<'_>,
    template: &Template,
    spans: impl Iterator<Item = Span>,
) -> Option<(Draft, Vec<Cited<'a>>)> {
    let indicators = indicators(p, spans);
    let draft = query::draft(template, &indicators)?;
    let cited = draft.cited.iter().filter_map(|&i| indicators.get(i)).map(|i| (i.span, i.section)).collect();
    Some((draft, cited))
}

/// The sentences that a query may cite. Whole sentences: a bare "facet arthropathy" cut out of a denial would mislead.
fn indicators<'a>(p: &'a Parts<'_>, spans: impl Iterator<Item = Span>) -> Vec<Indicator<'a>> {
    let s = &p.view.reading.segments;
    let mut out: Vec<Indicator<'a>> = Vec::new();
    let mut seen: Vec<usize> = Vec::new();
    for span in spans {
        let token = s.token_at(span.start);
        let sentence = s.sentence_of(token);
        let (Some(of), Some(section)) = (s.sentences.get(sentence), s.sections.get(s.section_of(token)))
        else {
            continue;
        };
        if out.len() == INDICATORS || seen.contains(&sentence) {
            continue;
        }
        seen.push(sentence);
        let span = s.span(of.tokens.clone());
        out.push(Indicator { quote: span.of(&p.note.text), section: section.kind.name(), span });
    }
    out
}

/// The heading of the first section in which the missing words would stand.
fn near(p: &Parts<'_>, points: &CodePoints, kinds: &[SectionKind]) -> Option<Place> {
    let sections = &p.view.reading.segments.sections;
    let section = kinds.iter().find_map(|k| sections.iter().find(|s| s.kind == *k && s.heading.is_some()))?;
    section.heading.map(|h| place(points, h))
}

pub(super) fn place(points: &CodePoints, s: Span) -> Place {
    Place { start: points.at(s.start), end: points.at(s.end), byte_start: s.start, byte_end: s.end }
}

fn evidence(p: &Parts<'_>, points: &CodePoints, m: &Mention) -> Evidence {
    let at = place(points, m.span);
    Evidence {
        start: at.start,
        end: at.end,
        byte_start: at.byte_start,
        byte_end: at.byte_end,
        text: m.span.of(&p.note.text).to_owned(),
        section: p.view.reading.kind(m).name().to_owned(),
        assertion: m.assertion.status(),
        cue: cue(p, m),
    }
}

fn cue(p: &Parts<'_>, m: &Mention) -> Option<String> {
    m.assertion.cue.map(|c| squeeze(c.of(&p.note.text)))
}

fn mention(p: &Parts<'_>, points: &CodePoints, m: &Mention) -> MentionReport {
    let asserted = !matches!(m.label, Label::Level | Label::Grade | Label::Chronicity);
    let level = m.label == Label::Level;
    let a = &m.attrs;
    MentionReport {
        label: m.label,
        start: points.at(m.span.start),
        end: points.at(m.span.end),
        text: m.span.of(&p.note.text).to_owned(),
        assertion: asserted.then(|| m.assertion.status()),
        cue: cue(p, m),
        decided_by: (asserted && m.assertion.decided_by != DecidedBy::Default)
            .then_some(m.assertion.decided_by),
        concept: m.concept.map(|c| p.lexicon.concept(c).id.clone()),
        norm: level.then(|| a.norm.clone()),
        root: level.then_some(a.root),
        system: a.system.clone(),
        value: a.value.clone(),
        modality: a.modality.clone(),
        acuity: a.acuity,
        care_type: a.care.clone(),
        outcome: a.outcome,
    }
}

fn squeeze(words: &str) -> String {
    words.split_whitespace().collect::<Vec<_>>().join(" ")
}
