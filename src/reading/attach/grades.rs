//! Attaches a grade to the condition or finding that it grades.

use super::{is_light, over, starting_in};
use crate::lexicon::{Kind, Lexicon};
use crate::mention::{Attributes, Label};
use crate::pattern::grade::Grade;
use crate::reading::Found;
use crate::segment::{SectionKind, Segments, TokenKind};
use std::ops::Range;

/// A severity stands at most this many tokens before the condition that it grades, or [`AFTER`] behind it.
const BEFORE: usize = 9;
const AFTER: usize = 12;

/// What a grade grades.
#[derive(Clone, Copy)]
enum Owner {
    /// A condition, by its concept.
    Concept(u32),
    /// Words for a finding that is no condition by itself: `narrowing`, `loss of height`.
    Finding,
}

/// A place that can own a grade.
struct Place {
    tokens: Range<usize>,
    owner: Owner,
}

/// Adds the grades that stand beside a condition.
pub(in crate::reading) fn grades(
    lexicon: &Lexicon,
    s: &Segments,
    found: &mut Vec<Found>,
    grades: Vec<Grade>,
) {
    let (words, grades): (Vec<_>, Vec<_>) =
        grades.into_iter().partition(|g| matches!(g.system.as_str(), "finding" | "elsewhere"));
    let (findings, elsewhere): (Vec<_>, Vec<_>) = words.into_iter().partition(|g| g.system == "finding");
    let mut places: Vec<Place> = found
        .iter()
        .filter(|f| f.label == Label::Condition)
        .filter_map(|f| Some(Place { tokens: f.tokens.clone(), owner: Owner::Concept(f.concept?) }))
        .collect();
    for w in findings {
        let tokens = w.first..w.end;
        let section = s.sections[s.section_of(w.first)].kind;
        let free = !places.iter().any(|p| p.tokens.start < tokens.end && tokens.start < p.tokens.end);
        if free && !matches!(section, SectionKind::Exam | SectionKind::Ros) {
            places.push(Place { tokens, owner: Owner::Finding });
        }
    }
    places.sort_by_key(|p| p.tokens.start);
    let mut last: Option<(Range<usize>, Owner)> = None;
    let mut out = Vec::new();
    for g in grades {
        let tokens = g.first..g.end;
        let named = !matches!(g.system.as_str(), "severity" | "measurement" | "grade" | "kellgren_lawrence");
        let over = over(found, &tokens, |f| f.label != Label::Function);
        if let Some(over) = over {
            // "Modic type 2" and "severe back pain" are terms of conditions as well: the grade is cut off their front
            let f = &mut found[over];
            if f.label != Label::Condition || f.tokens.start != tokens.start {
                continue;
            }
            if f.tokens.end > tokens.end {
                f.tokens.start = tokens.end;
            } else if named {
                found.remove(over);
            } else {
                continue;
            }
            push(&mut out, lexicon, g, None);
            continue;
        }
        let reader = Reader { s, places: &places, elsewhere: &elsewhere };
        let owner = reader.owner(&tokens, last.as_ref());
        if g.system == "measurement" && !owner.is_some_and(|o| measures(lexicon, o)) {
            continue;
        }
        if g.value == "significant" && !significant(lexicon, s, &tokens, owner) {
            continue;
        }
        if owner.is_none() && !named || owner.is_some_and(|o| !counts(lexicon, s, found, &elsewhere, &g, o)) {
            continue;
        }
        if let Some(owner) = owner {
            last = Some((tokens, owner));
        }
        push(&mut out, lexicon, g, owner);
    }
    found.extend(out);
}

fn push(found: &mut Vec<Found>, lexicon: &Lexicon, g: Grade, owner: Option<Owner>) {
    let slip =
        matches!(owner, Some(Owner::Concept(c)) if lexicon.concept(c).group.as_deref() == Some("listhesis"));
    let system = match g.system.as_str() {
        "grade" if slip => "meyerding",
        "grade" => "other",
        other => other,
    };
    let attrs = Attributes { system: Some(system.into()), value: Some(g.value), ..Attributes::default() };
    found.push(Found { label: Label::Grade, concept: None, tokens: g.first..g.end, attrs });
}

struct Reader<'a> {
    s: &'a Segments,
    places: &'a [Place],
    elsewhere: &'a [Grade],
}

impl Reader<'_> {
    /// The condition that a grade at `tokens` stands beside, in the same sentence and clause.
    fn owner(&self, tokens: &Range<usize>, last: Option<&(Range<usize>, Owner)>) -> Option<Owner> {
        let s = self.s;
        let sentence = &s.sentences[s.sentence_of(tokens.start)].tokens;
        let at = self.places.partition_point(|p| p.tokens.start < tokens.end);
        if let Some(p) = self.places[at..].first().filter(|p| p.tokens.start < sentence.end) {
            // "3 mm of anterolisthesis"
            let of =
                s.word(tokens.end) == b"of" && s.word(tokens.start).first().is_some_and(u8::is_ascii_digit);
            let gap = (tokens.end + usize::from(of)).min(p.tokens.start)..p.tokens.start;
            if gap.len() <= BEFORE && !self.turns(&gap) && !gap.clone().any(|k| self.wall(k)) {
                return Some(p.owner);
            }
        }
        if !self.closes(tokens.end, sentence.end) {
            return None;
        }
        let before = self.places[..at].iter().rev().find(|p| p.tokens.start >= sentence.start);
        if let Some(p) = before
            && p.tokens.end <= tokens.start
        {
            let gap = p.tokens.end..tokens.start;
            if gap.len() <= AFTER && gap.clone().all(|k| self.leads_back(k)) {
                return Some(p.owner);
            }
        }
        // "facet arthrosis: mild at L3-4, moderate at L4-5"
        let (graded, owner) = last?;
        let gap = graded.end..tokens.start;
        (graded.start >= sentence.start && gap.len() <= AFTER && gap.clone().all(|k| self.leads_back(k)))
            .then_some(*owner)
    }

    /// Words of other things between a grade and a condition: `mild difficulty ...`.
    fn turns(&self, gap: &Range<usize>) -> bool {
        let from = self.elsewhere.partition_point(|e| e.first < gap.start);
        self.elsewhere[from..].first().is_some_and(|e| e.first < gap.end)
    }

    /// What a noun phrase does not run across.
    fn wall(&self, k: usize) -> bool {
        let s = self.s;
        match s.tokens[k].kind {
            TokenKind::Mark(b'.' | b';' | b':' | b'(' | b')' | b'?') => return true,
            TokenKind::Mark(_) => return false,
            _ => {}
        }
        match s.word(k) {
            b"of" => !matches!(s.word(k.saturating_sub(1)), b"degree" | b"form" | b"case" | b"degrees"),
            b"in" | b"on" | b"at" | b"for" | b"from" | b"by" | b"which" | b"that" | b"who" | b"is"
            | b"was" | b"are" | b"were" | b"has" | b"had" | b"have" | b"but" | b"when" | b"while"
            | b"without" | b"with" | b"no" | b"because" | b"then" | b"causing" | b"noted" | b"seen" => true,
            _ => false,
        }
    }

    /// What may stand between a condition and a grade set behind it.
    fn leads_back(&self, k: usize) -> bool {
        is_light(self.s, k)
            || matches!(
                self.s.word(k),
                b":" | b"is"
                    | b"are"
                    | b"was"
                    | b"were"
                    | b"which"
                    | b"appears"
                    | b"remains"
                    | b"considered"
                    | b"be"
                    | b"to"
                    | b"most"
                    | b"noted"
                    | b"seen"
                    | b"measuring"
                    | b"measures"
                    | b"in"
                    | b"grade"
                    | b"severity"
                    | b"now"
                    | b"frequent"
                    | b"would"
                    | b"very"
                    | b"up"
                    | b"by"
                    | b"about"
                    | b"mm"
                    | b"a"
                    | b"this"
                    | b"each"
                    | b"fatty"
                    | b"signal"
                    | b"slightly"
                    | b"complaints"
                    | b"abnormalities"
                    | b"occasional"
                    | b"described"
                    | b"as"
                    | b"these"
                    | b"that"
                    | b"states"
                    | b"rated"
            )
    }

    /// Whether a grade behind its condition ends there, so that it does not begin a noun phrase of its own.
    fn closes(&self, k: usize, end: usize) -> bool {
        k >= end
            || self.s.tokens[k].line_start
            || matches!(self.s.tokens[k].kind, TokenKind::Mark(_))
            || is_light(self.s, k)
            || matches!(
                self.s.word(k),
                b"in"
                    | b"with"
                    | b"w"
                    | b"to"
                    | b"without"
                    | b"today"
                    | b"degree"
                    | b"by"
                    | b"as"
                    | b"but"
                    | b"or"
                    | b"level"
                    | b"each"
                    | b"last"
                    | b"for"
                    | b"per"
                    | b"measuring"
                    | b"seen"
                    | b"noted"
                    | b"identified"
                    | b"throughout"
            )
    }
}

/// A length measures a finding of the imaging kind, not a symptom (`4 mm` of pain is nothing).
fn measures(lexicon: &Lexicon, owner: Owner) -> bool {
    match owner {
        Owner::Finding => true,
        Owner::Concept(c) => !matches!(
            lexicon.concept(c).kind,
            Some(Kind::Symptom | Kind::Unspecific | Kind::Complication) | None
        ),
    }
}

/// Whether a grade of that owner is one of the spine: not the strength of an examination, not a finding elsewhere.
fn counts(
    lexicon: &Lexicon,
    s: &Segments,
    found: &[Found],
    elsewhere: &[Grade],
    g: &Grade,
    owner: Owner,
) -> bool {
    let here = s.sentence_of(g.first);
    match owner {
        Owner::Concept(c) => {
            let concept = lexicon.concept(c);
            let symptom = concept.kind == Some(Kind::Symptom);
            let examined = s.sections[s.section_of(g.first)].kind == SectionKind::Exam;
            !(symptom && (g.system == "grade" || examined && !concept.name.contains("pain")))
        }
        Owner::Finding => {
            let sentence = &s.sentences[here].tokens;
            let near = s.sentences[here.saturating_sub(3)].tokens.start
                ..s.sentences[(here + 3).min(s.sentences.len() - 1)].tokens.end;
            !elsewhere.iter().any(|e| sentence.contains(&e.first))
                && starting_in(found, &near).iter().any(|f| f.label == Label::Condition)
        }
    }
}

/// `no significant stenosis` grades nothing, and `significant pain` hardly anything.
fn significant(lexicon: &Lexicon, s: &Segments, tokens: &Range<usize>, owner: Option<Owner>) -> bool {
    let named = matches!(owner, Some(Owner::Concept(c))
        if matches!(lexicon.concept(c).kind, Some(Kind::Disease | Kind::Finding)));
    let sentence = &s.sentences[s.sentence_of(tokens.start)].tokens;
    let before = tokens.start.saturating_sub(6).max(sentence.start)..tokens.start;
    named
        && !before
            .into_iter()
            .any(|k| matches!(s.word(k), b"no" | b"not" | b"without" | b"any" | b"never" | b"nor"))
}
