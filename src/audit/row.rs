//! A report, or the error in its place, as rows of the tables.

use super::value::{Row, Value};
use crate::intake::IntakeError;
use crate::note::Note;
use crate::report::v1::{ElementReport, MentionReport, Report};
#[cfg(feature = "audit")]
use crate::report::v1::{NoteOutcome, Verdict};
use serde::Serialize;
use std::sync::Arc;

/// Where an item stands.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// Its number in the stream, from 0.
    pub(super) ordinal: u64,
    /// The INPUT argument that it came from.
    pub(super) input: Arc<str>,
}

/// The rows of one note, table by table in the order of [`super::TABLES`].
pub(super) type Rows = [Vec<Row>; 3];

/// The rows of a note that was read. `text` lets words of the note in.
pub(super) fn of_report(place: &Place, note: &Note, report: Report, text: bool) -> Rows {
    let Report { id, score, outcome, summary, elements, coding, procedures, mentions, provenance: p, .. } =
        report;
    let gaps = elements.iter().filter(|e| e.gap.is_some()).count();
    let reasons = coding.reasons.into_iter().map(|r| r.text).collect::<Vec<_>>();
    let conditions = summary.named_conditions.len();
    let meta = &note.meta;
    let row = vec![
        place.ordinal.into(),
        id.clone().into(),
        place.input.to_string().into(),
        meta.source.clone().into(),
        meta.line.into(),
        meta.date.clone().into(),
        meta.document_id.clone().into(),
        meta.document_type.clone().into(),
        meta.author_role.clone().into(),
        meta.encounter_type.clone().into(),
        meta.patient_key.clone().into(),
        meta.source_format.clone().into(),
        meta.codes.clone().into(),
        meta.procedures.clone().into(),
        note.text.len().into(),
        outcome.name().into(),
        u32::from(score).into(),
        gaps.into(),
        summary.lumbar.into(),
        conditions.into(),
        text.then_some(summary.named_conditions).into(),
        summary.nonspecific_only.into(),
        summary.region.into(),
        summary.imaging.into(),
        summary.acuity.into(),
        summary.duration.filter(|_| text).into(),
        summary.conservative_care.into(),
        summary.care_types.into(),
        summary.function.into(),
        summary.injury.into(),
        summary.radiculopathy.into(),
        summary.code_family.into(),
        coding.suggested.into(),
        coding.m53_86.into(),
        coding.excludes.len().into(),
        text.then_some(reasons).into(),
        format!("{} {}", p.software, p.version).into(),
        p.lexicon.into(),
        p.checklist.into(),
        p.code_set.into(),
        p.classifier.map(|m| format!("{} {}", m.name, m.sha256)).into(),
        Value::Null,
        Value::Null,
    ];
    let mut verdicts = Vec::with_capacity(elements.len());
    verdicts.extend(elements.into_iter().map(|e| verdict(place, &id, None, e, text)));
    for procedure in procedures {
        let cpt = procedure.cpt;
        verdicts.extend(procedure.elements.into_iter().map(|e| verdict(place, &id, Some(&cpt), e, text)));
    }
    let mentions = mentions.unwrap_or_default().into_iter().map(|m| mention(place, &id, m, text)).collect();
    [vec![row], verdicts, mentions]
}

fn verdict(place: &Place, id: &str, procedure: Option<&str>, e: ElementReport, text: bool) -> Row {
    let spans = e.evidence.iter().map(|x| [x.start, x.end]).collect();
    let mut sections = Vec::with_capacity(e.evidence.len());
    let mut words = Vec::with_capacity(if text { e.evidence.len() } else { 0 });
    for evidence in e.evidence {
        sections.push(evidence.section);
        if text {
            words.push(evidence.text);
        }
    }
    vec![
        place.ordinal.into(),
        id.to_owned().into(),
        procedure.map(str::to_owned).into(),
        e.id.into(),
        e.verdict.name().into(),
        e.weight.into(),
        e.credit.into(),
        e.gap.map(|gap| gap.message).into(),
        Value::Spans(spans),
        sections.into(),
        text.then_some(words).into(),
        e.query.filter(|_| text).into(),
    ]
}

fn mention(place: &Place, id: &str, m: MentionReport, text: bool) -> Row {
    vec![
        place.ordinal.into(),
        id.to_owned().into(),
        name(&m.label),
        m.start.into(),
        m.end.into(),
        Some(m.text).filter(|_| text).into(),
        name(&m.assertion),
        name(&m.decided_by),
        m.cue.filter(|_| text).into(),
        m.concept.into(),
        m.norm.into(),
        m.root.into(),
        m.system.into(),
        m.value.into(),
        m.modality.into(),
        name(&m.acuity),
        m.care_type.into(),
        name(&m.outcome),
    ]
}

/// The row of a note that could not be read.
pub(super) fn of_error(place: &Place, error: &IntakeError) -> Rows {
    let mut row = vec![Value::Null; super::NOTES.columns.len()];
    let known: [(usize, Value); 7] = [
        (0, place.ordinal.into()),
        (1, error.id_or_place().into()),
        (2, place.input.to_string().into()),
        (3, error.file.clone().into()),
        (4, error.line.into()),
        (row.len() - 2, error.reason.code().into()),
        (row.len() - 1, error.reason.to_string().into()),
    ];
    for (at, value) in known {
        row[at] = value;
    }
    [vec![row], Vec::new(), Vec::new()]
}

/// The report without the words of the note: offsets, verdicts, codes and sources stay.
#[cfg(feature = "audit")]
pub(super) fn without_text(mut report: Report) -> Report {
    report.summary.named_conditions.clear();
    report.summary.duration = None;
    let elements =
        report.elements.iter_mut().chain(report.procedures.iter_mut().flat_map(|p| &mut p.elements));
    for element in elements {
        element.query = None;
        for evidence in &mut element.evidence {
            evidence.text.clear();
            evidence.cue = None;
        }
    }
    for reason in report.coding.reasons.iter_mut().chain(&mut report.coding.excludes) {
        reason.text.clear();
    }
    for alternative in &mut report.coding.alternatives {
        alternative.when.clear();
    }
    for mention in report.mentions.iter_mut().flatten() {
        mention.text.clear();
        mention.cue = None;
    }
    report
}

/// The outcomes in their order; an index into tallies and strata.
#[cfg(feature = "audit")]
pub(super) const OUTCOMES: [NoteOutcome; 4] =
    [NoteOutcome::Supported, NoteOutcome::Gaps, NoteOutcome::OtherCode, NoteOutcome::NotApplicable];

/// The verdicts in their order; an index into tallies.
#[cfg(feature = "audit")]
pub(super) const VERDICTS: [Verdict; 6] = [
    Verdict::Met,
    Verdict::Partial,
    Verdict::Missing,
    Verdict::Contradicted,
    Verdict::Unclear,
    Verdict::NotApplicable,
];

/// A unit variant by its name in the report; null for `None`.
fn name(value: &impl Serialize) -> Value {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name.into(),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::{Kind, TABLES};
    use super::*;
    use crate::check::{CheckOptions, Engine, EngineOptions};
    use crate::intake::Reason;

    fn fits(kind: Kind, value: &Value) -> bool {
        matches!(
            (kind, value),
            (_, Value::Null)
                | (Kind::Bool, Value::Bool(_))
                | (Kind::Int, Value::Int(_))
                | (Kind::Float, Value::Float(_))
                | (Kind::Text, Value::Text(_))
                | (Kind::Words, Value::Words(_))
                | (Kind::Spans, Value::Spans(_))
        )
    }

    fn rows(text: bool) -> Rows {
        let engine = Engine::load(&EngineOptions::default()).unwrap();
        let mut note = Note::new(
            "n",
            "HPI: Denies zyzzyva. Low back pain for 3 months, worse with sitting. L4-5 facet arthropathy on MRI, \
             moderate. PT for 8 weeks without relief.\nASSESSMENT: Lumbar facet syndrome. Plan L4-5 MBB.",
        );
        note.meta.procedures.push("64493".into());
        let place = Place { ordinal: 3, input: "notes.jsonl".into() };
        let report = engine.check(&note, CheckOptions { mentions: true });
        of_report(&place, &note, report, text)
    }

    #[test]
    fn rows_fit_their_tables() {
        let error = IntakeError::new("f.jsonl", Reason::Empty).at_line(4);
        let place = Place { ordinal: 9, input: "f.jsonl".into() };
        for rows in [rows(false), rows(true), of_error(&place, &error)] {
            for (table, rows) in TABLES.iter().zip(&rows) {
                for row in rows {
                    assert_eq!(row.len(), table.columns.len(), "{}", table.name);
                    for (column, value) in table.columns.iter().zip(row) {
                        assert!(fits(column.kind, value), "{}.{}", table.name, column.name);
                        assert!(!column.required || *value != Value::Null, "{}.{}", table.name, column.name);
                    }
                }
            }
        }
    }

    #[test]
    fn words_of_the_note_come_only_where_they_were_asked_for() {
        for (with_text, without) in rows(true)
            .iter()
            .zip(&rows(false))
            .zip(TABLES)
            .flat_map(|((a, b), t)| {
                assert!(!a.is_empty(), "{}", t.name);
                a.iter().zip(b).flat_map(move |(a, b)| t.columns.iter().zip(a.iter().zip(b)))
            })
            .filter(|(c, _)| c.note_text)
            .map(|(_, values)| values)
        {
            assert!(*without == Value::Null, "{with_text:?}");
        }
        let all = format!("{:?}", rows(false)).to_lowercase();
        assert!(
            !all.contains("facet syndrome") && !all.contains("without relief") && !all.contains("3 months")
        );
        assert!(format!("{:?}", rows(true)).contains("facet syndrome"));
    }
}
