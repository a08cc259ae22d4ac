//! Stand-in for the engine until the core is merged.

use crate::assertion::{Assertion, DecidedBy, Presence};
use crate::note::Note;
use crate::report::v1::{self, *};
use crate::span::Span;
use std::path::PathBuf;

/// Stand-in.
#[derive(Debug)]
pub struct Engine {}

/// Stand-in.
#[derive(Clone, Debug, Default)]
pub struct EngineOptions {
    /// Directories.
    pub lexicon_dirs: Vec<PathBuf>,
    /// File.
    pub checklist: Option<PathBuf>,
}

/// Stand-in.
#[derive(Clone, Copy, Debug, Default)]
pub struct CheckOptions {
    /// Mentions.
    pub mentions: bool,
}

/// Stand-in.
#[derive(Debug, thiserror::Error)]
#[error("cannot load")]
pub struct LoadError;

/// Stand-in.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// Title.
    pub title: String,
    /// Heading, text.
    pub body: Vec<(String, String)>,
    /// Sources.
    pub sources: Vec<String>,
}

impl Engine {
    /// Stand-in.
    pub fn load(options: &EngineOptions) -> Result<Engine, LoadError> {
        if options.checklist.as_ref().is_some_and(|p| !p.exists()) {
            return Err(LoadError);
        }
        Ok(Engine {})
    }

    /// Stand-in.
    pub fn check(&self, note: &Note, options: CheckOptions) -> v1::Report {
        let lower = note.text.to_ascii_lowercase();
        let back = lower.find("low back pain");
        let outcome = if back.is_some() { NoteOutcome::Gaps } else { NoteOutcome::NotApplicable };
        let evidence = back.map(|at| Evidence {
            start: at as u32,
            end: at as u32 + 13,
            byte_start: at as u32,
            byte_end: at as u32 + 13,
            text: note.text[at..at + 13].to_owned(),
            section: "other".into(),
            assertion: crate::assertion::Status::Present,
            cue: None,
        });
        v1::Report {
            schema: SCHEMA.into(),
            id: note.id.clone(),
            score: 10,
            outcome,
            summary: Summary {
                lumbar: back.is_some(),
                named_conditions: vec![],
                nonspecific_only: back.is_some(),
                region: "lumbar".into(),
                imaging: "absent".into(),
                acuity: "unstated".into(),
                duration: None,
                conservative_care: "absent".into(),
                care_types: vec![],
                function: "absent".into(),
                injury: "unstated".into(),
                radiculopathy: "unstated".into(),
                code_family: "none".into(),
            },
            elements: vec![ElementReport {
                id: "named-condition".into(),
                title: "Named condition".into(),
                verdict: if back.is_some() { Verdict::Missing } else { Verdict::NotApplicable },
                weight: 20,
                credit: 0.0,
                evidence: evidence.into_iter().collect(),
                gap: None,
                query: None,
                sources: vec![],
            }],
            coding: Coding {
                suggested: None,
                m53_86: "not-supported".into(),
                reasons: vec![],
                alternatives: vec![],
                excludes: vec![],
            },
            procedures: vec![],
            mentions: options.mentions.then(Vec::new),
            provenance: Provenance {
                software: "chartgap".into(),
                version: env!("CARGO_PKG_VERSION").into(),
                lexicon: "0".repeat(64),
                checklist: "0".repeat(64),
                code_set: "FY2027".into(),
                classifier: None,
            },
        }
    }

    /// Stand-in.
    pub fn assert_span(&self, text: &str, span: Span) -> Assertion {
        let before = &text[..span.start as usize];
        match before.rfind("no ") {
            Some(at) => Assertion {
                presence: Presence::Absent,
                cue: Some(Span::new(at, at + 2)),
                decided_by: DecidedBy::Cue,
                ..Assertion::default()
            },
            None => Assertion::default(),
        }
    }

    /// Stand-in.
    pub fn explain(&self, topic: &str) -> Option<Explanation> {
        self.topics().iter().any(|t| t.eq_ignore_ascii_case(topic)).then(|| Explanation {
            title: format!("{topic}: what the element asks for"),
            body: vec![
                ("What".into(), "A named condition of the lumbar spine stands in the assessment.".into()),
                ("How to fix".into(), "Name the condition.".into()),
            ],
            sources: vec!["ICD-10-CM Guidelines FY2027, IV.H [verified]".into()],
        })
    }

    /// Stand-in.
    pub fn topics(&self) -> Vec<String> {
        ["named-condition", "imaging", "chronicity", "M53.86", "M47.816"].map(String::from).to_vec()
    }
}
