//! Sections: headings on a line of their own, before a colon, or run into a paragraph, mapped to kinds by data.

use super::token::{Token, TokenKind};
use crate::span::Span;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// What a section is for; the names are those of `lexicons/sections.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SectionKind {
    /// Why the patient came.
    ChiefComplaint,
    /// History of present illness, subjective.
    Hpi,
    /// Past medical history.
    PastMedicalHistory,
    /// Past surgical history.
    SurgicalHistory,
    /// Family history.
    FamilyHistory,
    /// Social history.
    SocialHistory,
    /// Current medications.
    Medications,
    /// Allergies.
    Allergies,
    /// Review of systems.
    Ros,
    /// Physical examination, objective.
    Exam,
    /// Imaging and other studies.
    Imaging,
    /// Laboratory results.
    Labs,
    /// Assessment.
    Assessment,
    /// Plan, recommendations.
    Plan,
    /// Assessment and plan in one.
    AssessmentPlan,
    /// The narrative of a procedure.
    Procedure,
    /// Indication of a study or procedure.
    Indication,
    /// A stated diagnosis, pre- and postoperative ones as well.
    Diagnosis,
    /// Treatment so far.
    PriorTreatment,
    /// Functional status.
    Function,
    /// Instructions to the patient.
    Instructions,
    /// Consent, risks and benefits.
    Consent,
    /// Hospital course.
    Course,
    /// A sub-heading (an organ system) that keeps the kind of the section around it.
    Inherit,
    /// A heading of no known kind, or none.
    Other,
}

impl SectionKind {
    /// All kinds, in the order in which they are declared.
    pub const ALL: [Self; 25] = {
        use SectionKind::*;
        [
            ChiefComplaint,
            Hpi,
            PastMedicalHistory,
            SurgicalHistory,
            FamilyHistory,
            SocialHistory,
            Medications,
            Allergies,
            Ros,
            Exam,
            Imaging,
            Labs,
            Assessment,
            Plan,
            AssessmentPlan,
            Procedure,
            Indication,
            Diagnosis,
            PriorTreatment,
            Function,
            Instructions,
            Consent,
            Course,
            Inherit,
            Other,
        ]
    };

    /// Its place in [`SectionKind::ALL`].
    pub fn index(self) -> usize {
        self as usize
    }

    /// The name as in the data files.
    pub fn name(self) -> &'static str {
        use SectionKind::*;
        match self {
            ChiefComplaint => "chief_complaint",
            Hpi => "hpi",
            PastMedicalHistory => "past_medical_history",
            SurgicalHistory => "surgical_history",
            FamilyHistory => "family_history",
            SocialHistory => "social_history",
            Medications => "medications",
            Allergies => "allergies",
            Ros => "ros",
            Exam => "exam",
            Imaging => "imaging",
            Labs => "labs",
            Assessment => "assessment",
            Plan => "plan",
            AssessmentPlan => "assessment_plan",
            Procedure => "procedure",
            Indication => "indication",
            Diagnosis => "diagnosis",
            PriorTreatment => "prior_treatment",
            Function => "function",
            Instructions => "instructions",
            Consent => "consent",
            Course => "course",
            Inherit => "inherit",
            Other => "other",
        }
    }

    /// Where a provider states what is wrong: assessment, diagnosis, impression.
    pub fn is_assessment(self) -> bool {
        matches!(self, SectionKind::Assessment | SectionKind::AssessmentPlan | SectionKind::Diagnosis)
    }
}

/// One section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// What it is for.
    pub kind: SectionKind,
    /// The heading's words, without colon.
    pub heading: Option<Span>,
    /// Its tokens, those of the heading first.
    pub tokens: Range<usize>,
    /// The first token after the heading.
    pub body: usize,
}

/// The heading lexicon: normalised phrase to kind.
#[derive(Debug, Default)]
pub struct Headings {
    kinds: FxHashMap<String, SectionKind>,
}

/// A heading is no longer than this many tokens.
const MAX_HEADING: usize = 8;

impl Headings {
    /// From phrases in any case; words are joined by single spaces, marks other than `/` dropped.
    pub fn new(entries: impl IntoIterator<Item = (String, SectionKind)>) -> Self {
        let kinds = entries
            .into_iter()
            .map(|(phrase, kind)| {
                let folded = super::fold(&phrase);
                let tokens = super::tokenize(&folded);
                (key(&folded, &tokens), kind)
            })
            .collect();
        Self { kinds }
    }

    /// Number of headings.
    pub fn len(&self) -> usize {
        self.kinds.len()
    }

    /// True without any.
    pub fn is_empty(&self) -> bool {
        self.kinds.is_empty()
    }

    fn find(&self, folded: &[u8], tokens: &[Token]) -> Option<SectionKind> {
        self.kinds.get(&key(folded, tokens)).copied()
    }
}

fn key(folded: &[u8], tokens: &[Token]) -> String {
    let mut out = String::new();
    for t in tokens {
        let word = match t.kind {
            TokenKind::Mark(b'&') => b"and".as_slice(),
            TokenKind::Mark(_) => continue,
            _ => &folded[t.span.range()],
        };
        if !out.is_empty() {
            out.push(' ');
        }
        out.extend(word.iter().filter(|&&b| b != super::FILL && b != b'\'').map(|&b| b as char));
    }
    out
}

struct Heading {
    kind: SectionKind,
    first: usize,
    words: Range<usize>,
    body: usize,
}

/// Splits the tokens of a note into sections.
pub(super) fn split(text: &str, folded: &[u8], tokens: &[Token], headings: &Headings) -> Vec<Section> {
    let mut found: Vec<Heading> = Vec::new();
    let mut i = 0;
    while i < tokens.len() {
        let after = found.last().map_or(0, |h| h.body);
        let heading = if tokens[i].is_mark(b':') {
            before_colon(text, folded, tokens, headings, i, after)
        } else if tokens[i].line_start {
            alone_on_line(text, folded, tokens, headings, i)
        } else {
            None
        };
        if let Some(h) = heading {
            i = h.body.max(i + 1);
            found.push(h);
        } else {
            i += 1;
        }
    }
    let mut sections = Vec::with_capacity(found.len() + 1);
    let first = found.first().map_or(tokens.len(), |h| h.first);
    if first > 0 || found.is_empty() {
        sections.push(Section { kind: SectionKind::Other, heading: None, tokens: 0..first, body: 0 });
    }
    for (n, h) in found.iter().enumerate() {
        let end = found.get(n + 1).map_or(tokens.len(), |next| next.first);
        let kind = match h.kind {
            SectionKind::Inherit => sections.last().map_or(SectionKind::Other, |s: &Section| s.kind),
            kind => kind,
        };
        let heading = tokens.get(h.words.start).zip(tokens.get(h.words.end - 1));
        let cut = if ends_at_blank_line(kind) { blank_line(text, tokens, h.body, end) } else { end };
        sections.push(Section {
            kind,
            heading: heading.map(|(a, b)| a.span.cover(b.span)),
            tokens: h.first..cut,
            body: h.body,
        });
        if cut < end {
            sections.push(Section { kind: SectionKind::Other, heading: None, tokens: cut..end, body: cut });
        }
    }
    sections
}

/// History of others and of long ago is told in one paragraph: what follows its blank line without a heading is not of it.
fn ends_at_blank_line(kind: SectionKind) -> bool {
    use SectionKind::*;
    matches!(kind, FamilyHistory | SocialHistory | Allergies | SurgicalHistory)
}

/// The first token after a blank line in a section whose body begins on the line of its heading.
fn blank_line(text: &str, tokens: &[Token], body: usize, end: usize) -> usize {
    if body >= end || tokens[body].line_start {
        return end;
    }
    let blank = |k: &usize| {
        let between = &text.as_bytes()[tokens[*k - 1].span.end as usize..tokens[*k].span.start as usize];
        tokens[*k].line_start && between.iter().filter(|&&b| b == b'\n').count() > 1
    };
    (body + 1..end).find(blank).unwrap_or(end)
}

/// A heading whose last word stands before the colon at `colon`.
fn before_colon(
    text: &str,
    folded: &[u8],
    tokens: &[Token],
    headings: &Headings,
    colon: usize,
    after: usize,
) -> Option<Heading> {
    let mut start = colon;
    let mut parenthesis = None;
    let mut at_edge = false;
    while start > after && colon - start < MAX_HEADING {
        let t = &tokens[start - 1];
        match t.kind {
            TokenKind::Word | TokenKind::Number | TokenKind::Mark(b'/' | b'&' | b'-') => start -= 1,
            TokenKind::Mark(b')') if start == colon => {
                // PREOPERATIVE DIAGNOSIS (ES):
                let open = (after..start).rev().take(4).find(|&k| tokens[k].is_mark(b'('))?;
                parenthesis = Some(open);
                start = open;
            }
            _ => {
                at_edge = true;
                break;
            }
        }
        if tokens[start].line_start {
            at_edge = true;
            break;
        }
    }
    at_edge |= start <= after;
    let end = parenthesis.unwrap_or(colon);
    let line_start = tokens.get(start).is_some_and(|t| t.line_start)
        || start.checked_sub(1).is_some_and(|k| bullet(tokens, k));
    for first in start..end {
        if !matches!(tokens[first].kind, TokenKind::Word) {
            continue;
        }
        let upper = is_upper(text, &tokens[first..end]);
        let edge = first == start && at_edge;
        if !edge && !upper {
            continue;
        }
        let known = headings.find(folded, &tokens[first..end]);
        let kind = match known {
            Some(kind) => kind,
            None if edge && upper && line_start && end - first > 0 => {
                tail_kind(folded, tokens, headings, first..end)
            }
            None => continue,
        };
        return Some(Heading { kind, first, words: first..end, body: colon + 1 });
    }
    None
}

/// The kind of an all-caps heading that the lexicon does not hold: that of its last or first words, else `Other`.
fn tail_kind(folded: &[u8], tokens: &[Token], headings: &Headings, words: Range<usize>) -> SectionKind {
    let tails = (words.start + 1..words.end).map(|k| k..words.end);
    let heads = (words.start + 1..words.end).rev().map(|k| words.start..k);
    // a part of the body in a longer heading tells nothing of its kind: HPI - LUMBAR SPINE
    let known = |r: Range<usize>| headings.find(folded, &tokens[r]).filter(|k| *k != SectionKind::Inherit);
    tails.chain(heads).find_map(known).unwrap_or(SectionKind::Other)
}

/// A known heading that fills a line of its own, in capitals or title case.
fn alone_on_line(
    text: &str,
    folded: &[u8],
    tokens: &[Token],
    headings: &Headings,
    first: usize,
) -> Option<Heading> {
    let end = (first + 1..tokens.len())
        .take(MAX_HEADING)
        .find(|&k| tokens[k].line_start)
        .unwrap_or_else(|| if tokens.len() - first <= MAX_HEADING { tokens.len() } else { first });
    if end == first || end == tokens.len() {
        return None;
    }
    let words = &tokens[first..end];
    let plain = words
        .iter()
        .all(|t| !matches!(t.kind, TokenKind::Number | TokenKind::Mark(b'.' | b',' | b';' | b':')));
    let capital = words.first().is_some_and(|t| t.span.of(text).starts_with(char::is_uppercase));
    if !plain || !capital {
        return None;
    }
    let kind = headings.find(folded, words).or_else(|| {
        // TITLE OF THE OPERATION: capitals alone on a line whose last or first words are known
        let upper = words.len() > 1 && is_upper(text, words);
        upper.then(|| tail_kind(folded, tokens, headings, first..end)).filter(|k| *k != SectionKind::Other)
    })?;
    Some(Heading { kind, first, words: first..end, body: end })
}

fn bullet(tokens: &[Token], k: usize) -> bool {
    tokens[k].line_start && matches!(tokens[k].kind, TokenKind::Mark(b'-' | b'*' | b'#' | b'>' | b'+'))
        || matches!(tokens[k].kind, TokenKind::Mark(b'.' | b')'))
            && k > 0
            && tokens[k - 1].line_start
            && matches!(tokens[k - 1].kind, TokenKind::Number)
}

fn is_upper(text: &str, tokens: &[Token]) -> bool {
    let mut letters = 0;
    for t in tokens.iter().filter(|t| t.kind == TokenKind::Word) {
        for c in t.span.of(text).chars() {
            if c.is_lowercase() {
                return false;
            }
            letters += usize::from(c.is_uppercase());
        }
    }
    letters >= 2
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::segment::{fold, tokenize};

    fn sections(text: &str) -> Vec<(SectionKind, String)> {
        let headings = Headings::new(
            [
                ("history of present illness", SectionKind::Hpi),
                ("hx", SectionKind::Hpi),
                ("impression", SectionKind::Assessment),
                ("assessment and plan", SectionKind::AssessmentPlan),
                ("plan", SectionKind::Plan),
                ("physical exam", SectionKind::Exam),
                ("neck", SectionKind::Inherit),
                ("preoperative diagnosis", SectionKind::Diagnosis),
            ]
            .map(|(p, k)| (p.to_owned(), k)),
        );
        let folded = fold(text);
        let tokens = tokenize(&folded);
        split(text, &folded, &tokens, &headings)
            .into_iter()
            .map(|s| (s.kind, s.heading.map_or(String::new(), |h| h.of(text).to_owned())))
            .collect()
    }

    #[test]
    fn every_kind_is_listed_in_its_place() {
        for (i, kind) in SectionKind::ALL.into_iter().enumerate() {
            assert_eq!(kind.index(), i, "{}", kind.name());
        }
        assert_eq!(SectionKind::Other.index() + 1, SectionKind::ALL.len());
    }

    #[test]
    fn headings_of_every_style() {
        use SectionKind::*;
        let cases: &[(&str, &[(SectionKind, &str)])] = &[
            ("HX: fell.\nIMPRESSION: strain.", &[(Hpi, "HX"), (Assessment, "IMPRESSION")]),
            ("History of Present Illness:\nPain.", &[(Hpi, "History of Present Illness")]),
            ("ASSESSMENT AND PLAN\n\nPain.", &[(AssessmentPlan, "ASSESSMENT AND PLAN")]),
            (
                "Seen today. IMPRESSION: strain. PLAN: rest",
                &[(Other, ""), (Assessment, "IMPRESSION"), (Plan, "PLAN")],
            ),
            ("PHYSICAL EXAM\nNeck\n- supple", &[(Exam, "PHYSICAL EXAM"), (Exam, "Neck")]),
            ("PREOPERATIVE DIAGNOSIS (ES): pain", &[(Diagnosis, "PREOPERATIVE DIAGNOSIS")]),
            ("SPECIMENS: none", &[(Other, "SPECIMENS")]),
            ("HX - NECK: stiff", &[(Hpi, "HX - NECK")]),
            ("LUMBAR SPINE MRI IMPRESSION: bulge", &[(Assessment, "LUMBAR SPINE MRI IMPRESSION")]),
            ("the plan: rest", &[(Other, "")]),
            ("No heading here.", &[(Other, "")]),
            ("", &[(Other, "")]),
        ];
        for (text, expected) in cases {
            let got = sections(text);
            let got: Vec<(SectionKind, &str)> = got.iter().map(|(k, h)| (*k, h.as_str())).collect();
            assert_eq!(&got, expected, "{text}");
        }
    }
}
