//! Tells the durations of the problem from those of a treatment, a job, an age, another organ's disease.

use super::{is_light, over, starting_in};
use crate::lexicon::{Kind, Lexicon};
use crate::mention::{Acuity, Attributes, Label};
use crate::pattern::duration::{Duration, DurationKind};
use crate::reading::Found;
use crate::segment::{SectionKind, Segments, TokenKind};
use std::ops::Range;

/// A clause boundary between a time and a word counts as so many words.
const BOUNDARY: usize = 5;
/// A time belongs to nothing farther away than this.
const REACH: usize = 26;
/// `chronic` stands at most so many words before what it describes.
const LEADING: usize = 6;
/// ... and so many behind.
const TRAILING: usize = 8;
/// An event in free words after `since` has at most so many words.
const EVENT: usize = 12;

/// Adds the durations of the problem; those of a treatment, an age or a follow-up are left out.
pub(in crate::reading) fn durations(
    lexicon: &Lexicon,
    s: &Segments,
    found: &mut Vec<Found>,
    durations: Vec<Duration>,
) {
    let (anchors, times): (Vec<_>, Vec<_>) = durations.into_iter().partition(|d| d.kind.is_anchor());
    let organs = anchors.iter().filter(|a| a.kind == DurationKind::Organ).count();
    let problems = found.iter().filter(|f| is_problem(lexicon, f) || f.label == Label::Injury).count();
    let about_problem = 2 * problems >= organs;
    let mut out = Vec::new();
    for d in &times {
        let near = Near { lexicon, s, found, anchors: &anchors, times: &times, about_problem };
        let mut tokens = d.first..d.end;
        let (mut acuity, mut days) = (d.acuity, d.days);
        // one that is part of the last one, or that only goes on to say where it began: "for 8 years since that fall"
        let goes_on = s.word(d.first) == b"since";
        if out
            .last()
            .is_some_and(|f: &Found| tokens.start < f.tokens.end || goes_on && tokens.start == f.tokens.end)
        {
            continue;
        }
        let section = s.sections[s.section_of(d.first)].kind;
        let over = over(found, &tokens, |f| !matches!(f.label, Label::Function | Label::Injury));
        let keep = match (d.kind, over) {
            (DurationKind::Word, Some(f)) => {
                // "chronic back pain" as one term: the word is cut off and stands for itself
                let f = &found[f];
                let start = f.tokens.start;
                let leads =
                    f.label == Label::Condition && d.first <= start && start < d.end && d.end < f.tokens.end;
                let old = s.word(d.first) == b"old" && !near.is_fracture(f);
                leads
                    && !old
                    && near.is_problem(f)
                    && near.group(f) != "chronic-pain"
                    && !near.is_denied(d.first)
            }
            (_, Some(_)) => false,
            (DurationKind::Word, None) => near.word(d),
            (DurationKind::Open, None) => match near.event(d) {
                Some(event) => {
                    tokens = event;
                    // "since the first frost, so five months": the count tells
                    if let Some(count) = near.count(&tokens) {
                        (acuity, days) = (count.acuity, count.days);
                        tokens.end = tokens.end.max(count.end);
                    } else if tokens.clone().any(|k| matches!(s.word(k), b"year" | b"years")) {
                        acuity = Acuity::Chronic;
                    }
                    !is_aside(section)
                }
                None => false,
            },
            (_, None) => near.time(d, section),
        };
        if !keep {
            continue;
        }
        if let (DurationKind::Word, Some(f)) = (d.kind, over) {
            found[f].tokens.start = d.end;
        }
        let attrs = Attributes { acuity: Some(acuity), days, ..Attributes::default() };
        out.push(Found { label: Label::Chronicity, concept: None, tokens, attrs });
    }
    found.extend(out);
}

/// Sections that speak of other times than those of the problem.
fn is_aside(section: SectionKind) -> bool {
    matches!(
        section,
        SectionKind::Plan
            | SectionKind::Instructions
            | SectionKind::FamilyHistory
            | SectionKind::SocialHistory
            | SectionKind::SurgicalHistory
            | SectionKind::Medications
            | SectionKind::Allergies
            | SectionKind::Consent
            | SectionKind::Labs
    )
}

fn is_problem(lexicon: &Lexicon, f: &Found) -> bool {
    f.label == Label::Condition
        && f.concept.is_some_and(|c| lexicon.concept(c).kind != Some(Kind::Complication))
}

/// What stands around a time.
struct Near<'a> {
    lexicon: &'a Lexicon,
    s: &'a Segments,
    found: &'a [Found],
    anchors: &'a [Duration],
    times: &'a [Duration],
    /// The note has at least half as many mentions of a problem as of other organs.
    about_problem: bool,
}

impl Near<'_> {
    fn is_problem(&self, f: &Found) -> bool {
        is_problem(self.lexicon, f)
    }

    /// Complaints: pain, numbness, a strain.
    fn is_symptom(&self, f: &Found) -> bool {
        let kind = f.concept.and_then(|c| self.lexicon.concept(c).kind);
        f.label == Label::Condition && matches!(kind, Some(Kind::Symptom | Kind::Unspecific))
    }

    fn is_fracture(&self, f: &Found) -> bool {
        f.tokens.clone().any(|k| matches!(self.s.word(k), b"fracture" | b"fractures" | b"fx"))
    }

    fn group(&self, f: &Found) -> &str {
        f.concept.and_then(|c| self.lexicon.concept(c).group.as_deref()).unwrap_or("")
    }

    fn sentence(&self, token: usize) -> Range<usize> {
        self.s.sentences[self.s.sentence_of(token)].tokens.clone()
    }

    fn in_range(&self, range: &Range<usize>) -> impl Iterator<Item = &Found> {
        starting_in(self.found, range).iter()
    }

    /// The last stated length that ends before a token, of the few times before it.
    fn stated_before(&self, token: usize) -> Option<&Duration> {
        let to = self.times.partition_point(|t| t.first < token);
        let few = &self.times[to.saturating_sub(8)..to];
        few.iter().rfind(|t| t.end <= token && t.kind == DurationKind::Stated)
    }

    fn anchors_in(&self, range: &Range<usize>) -> &[Duration] {
        let from = self.anchors.partition_point(|a| a.first < range.start);
        let to = self.anchors.partition_point(|a| a.first < range.end);
        &self.anchors[from..to]
    }

    /// Words between two places, clause boundaries counted as several.
    fn distance(&self, a: &Range<usize>, b: &Range<usize>) -> usize {
        let gap = if a.end <= b.start {
            a.end..b.start
        } else if b.end <= a.start {
            b.end..a.start
        } else {
            return 0;
        };
        let boundary = |k: usize| match self.s.tokens[k].kind {
            TokenKind::Mark(b',' | b';' | b':' | b'.' | b'(' | b')') => true,
            _ => matches!(
                self.s.word(k),
                b"but" | b"and" | b"when" | b"which" | b"who" | b"until" | b"while" | b"after" | b"however"
            ),
        };
        if gap.clone().all(|k| is_light(self.s, k)) {
            return gap.len();
        }
        gap.len() + BOUNDARY * gap.filter(|&k| boundary(k)).count()
    }

    /// True where a denial stands before a word in its sentence, up to the last full clause.
    fn is_denied(&self, token: usize) -> bool {
        let sentence = self.sentence(token);
        let before = sentence.start..token;
        let denies = |k: usize| matches!(self.s.word(k), b"denies" | b"denied" | b"deny" | b"denying");
        if before.clone().any(denies) {
            return true;
        }
        let clause = before
            .clone()
            .rev()
            .find(|&k| {
                matches!(self.s.tokens[k].kind, TokenKind::Mark(b',' | b';' | b':' | b'.'))
                    || self.s.word(k) == b"but"
            })
            .map_or(before.start, |k| k + 1);
        (clause.max(token.saturating_sub(9))..token).any(|k| {
            matches!(
                self.s.word(k),
                b"no" | b"without" | b"negative" | b"nor" | b"never" | b"nil" | b"neither"
            ) || self.s.word(k) == b"not" && token - k <= 3
        })
    }

    /// `chronic` and its like belong to the noun that follows, or to the one that they are set behind.
    fn word(&self, d: &Duration) -> bool {
        if self.is_denied(d.first) {
            return false;
        }
        let s = self.s;
        let sentence = self.sentence(d.first);
        let old = s.word(d.first) == b"old";
        let fits = |f: &Found| self.is_problem(f) && (!old || self.is_fracture(f));
        let other = |range: Range<usize>| {
            self.anchors_in(&range)
                .iter()
                .any(|a| matches!(a.kind, DurationKind::Organ | DurationKind::Other))
        };
        let wall = |k: usize| {
            matches!(s.tokens[k].kind, TokenKind::Mark(b'.' | b';' | b':' | b'(' | b')'))
                || matches!(
                    s.word(k),
                    b"with"
                        | b"who"
                        | b"which"
                        | b"that"
                        | b"has"
                        | b"had"
                        | b"have"
                        | b"is"
                        | b"was"
                        | b"were"
                        | b"for"
                        | b"from"
                        | b"secondary"
                        | b"due"
                        | b"no"
                        | b"but"
                        | b"without"
                        | b"in"
                        | b"to"
                        | b"relief"
                )
        };
        let next = self.in_range(&(d.end..sentence.end)).find(|f| fits(f) && f.tokens.start >= d.end);
        if let Some(f) = next {
            let gap = d.end..f.tokens.start;
            let limit = if old { 2 } else { LEADING };
            if gap.len() <= limit && !gap.clone().any(wall) && !other(gap) {
                return true;
            }
        }
        if old {
            return false;
        }
        // "chronic problem with back pain", "chronic pain"
        let complaint = self.anchors_in(&(d.end..d.end + 1));
        if complaint.iter().any(|a| {
            a.kind == DurationKind::Complaint
                && a.end < sentence.end
                && !self.anchors_in(&(a.end..a.end + 2)).iter().any(|x| x.kind == DurationKind::Organ)
        }) && d.end - d.first == 1
            && s.word(d.first).starts_with(b"chronic")
        {
            return true;
        }
        let ends = |k: usize| {
            k >= sentence.end
                || matches!(s.tokens[k].kind, TokenKind::Mark(_))
                || s.tokens[k].line_start
                || matches!(
                    s.word(k),
                    b"and" | b"with" | b"w" | b"in" | b"appearing" | b"since" | b"from" | b"but"
                )
        };
        let set_behind = |f: &Found| {
            let gap = f.tokens.end..d.first;
            gap.len() <= TRAILING
                && gap
                    .clone()
                    .all(|k| is_light(s, k) || matches!(s.word(k), b"is" | b"which" | b"was" | b":" | b"."))
        };
        if ends(d.end) {
            let previous = self.in_range(&(sentence.start..d.first)).filter(|f| fits(f)).last();
            if previous.is_some_and(set_behind) {
                return true;
            }
            // a sentence of its own behind the diagnosis: "Lumbar facet syndrome. Chronic."
            if d.first == sentence.start && d.end + 1 >= sentence.end && sentence.start > 0 {
                let before = self.sentence(sentence.start - 1);
                return self.in_range(&before).any(fits);
            }
        }
        false
    }

    /// `since the baby started crawling`: the clause behind `since`, where what goes before speaks of the problem.
    fn event(&self, d: &Duration) -> Option<Range<usize>> {
        let s = self.s;
        let sentence = self.sentence(d.first);
        let stop = |k: usize| {
            matches!(s.tokens[k].kind, TokenKind::Mark(b',' | b';' | b'.' | b'"' | b'(' | b')' | b':'))
                || matches!(s.word(k), b"and" | b"but" | b"when")
        };
        let end = (d.end..sentence.end.min(d.end + EVENT))
            .find(|&k| stop(k))
            .unwrap_or(sentence.end.min(d.end + EVENT));
        if end == d.end
            || d.end - d.first == 1 && d.first > sentence.start && s.tokens[d.first - 1].is_mark(b',')
        {
            return None;
        }
        let at = d.first..d.end;
        let told = self
            .in_range(&(sentence.start..d.first))
            .filter(|f| self.is_symptom(f))
            .map(|f| self.distance(&f.tokens, &at))
            .chain(
                self.anchors_in(&(sentence.start..d.first))
                    .iter()
                    .filter(|a| a.kind == DurationKind::Complaint)
                    .map(|a| self.distance(&(a.first..a.end), &at)),
            )
            .min();
        let against = self
            .anchors_in(&(sentence.start..d.first))
            .iter()
            .filter(|a| matches!(a.kind, DurationKind::Other | DurationKind::Organ))
            .map(|a| self.distance(&(a.first..a.end), &at))
            .min();
        let clear = d.end - d.first > 1;
        let told = told.is_some_and(|g| g <= if clear { 16 } else { 4 } && against.is_none_or(|o| g < o))
            || clear && d.first == sentence.start;
        (told && self.goes_on(d.first)).then_some(d.first..end)
    }

    /// The length that lies in or right behind an event.
    fn count(&self, event: &Range<usize>) -> Option<&Duration> {
        let sentence = self.sentence(event.start);
        let from = self.times.partition_point(|t| t.first <= event.start);
        self.times[from..].iter().take_while(|t| t.first <= event.end + 3).find(|t| {
            t.first <= event.end + 3
                && t.first < sentence.end
                && t.days.is_some()
                && matches!(
                    t.kind,
                    DurationKind::Length | DurationKind::Times | DurationKind::Bare | DurationKind::Stated
                )
        })
    }

    /// Whether a length, date or start is that of the problem.
    fn time(&self, d: &Duration, section: SectionKind) -> bool {
        let s = self.s;
        if is_aside(section) {
            return false;
        }
        let sentence = self.sentence(d.first);
        let at = d.first..d.end;
        if d.kind == DurationKind::Stated {
            return !self.is_denied(d.first);
        }
        let forward_only = d.kind == DurationKind::History;
        let wanted = |start: usize| !forward_only || start >= d.end;
        let problem = self
            .in_range(&sentence)
            .filter(|f| self.is_problem(f) && wanted(f.tokens.start))
            .map(|f| self.distance(&f.tokens, &at))
            .min();
        let injury = self
            .in_range(&sentence)
            .filter(|f| f.label == Label::Injury && wanted(f.tokens.start))
            // "headaches since the accident": the accident says when, not of what
            .filter(|f| !(d.first <= f.tokens.start && f.tokens.end <= d.end && s.word(d.first) == b"since"))
            .map(|f| self.distance(&f.tokens, &at))
            .min();
        let anchor = |kinds: &[DurationKind]| {
            self.anchors_in(&sentence)
                .iter()
                .filter(|a| kinds.contains(&a.kind) && wanted(a.first))
                .map(|a| self.distance(&(a.first..a.end), &at))
                .min()
        };
        let begins = anchor(&[DurationKind::Begins]);
        let complaint = anchor(&[DurationKind::Complaint]);
        let against = self
            .in_range(&sentence)
            .filter(|f| {
                matches!(f.label, Label::Care | Label::Surgery | Label::Imaging) && wanted(f.tokens.start)
            })
            .map(|f| self.distance(&f.tokens, &at))
            .chain(anchor(&[DurationKind::Other, DurationKind::Organ]))
            .min()
            .unwrap_or(REACH);
        let least = |of: &[Option<usize>]| of.iter().flatten().min().copied().filter(|&g| g < REACH);
        let touching = |range: Range<usize>| {
            range.len() <= 3
                && range.clone().all(|k| {
                    matches!(s.tokens[k].kind, TokenKind::Mark(_))
                        || matches!(
                            s.word(k),
                            b"going" | b"now" | b"onset" | b"gradual" | b"present" | b"constant"
                        )
                })
        };
        let on_topic = problem.is_some() || self.goes_on(d.first);
        match d.kind {
            DurationKind::Bare => {
                let before = self.in_range(&(sentence.start..d.first)).filter(|f| self.is_problem(f)).last();
                let word = self.anchors_in(&(sentence.start..d.first)).last();
                let first = d.first == sentence.start || self.opens_section(d.first);
                let stated = self.stated_before(d.first);
                let light = |gap: Range<usize>| gap.len() <= 8 && gap.clone().all(|k| is_light(s, k));
                before.is_some_and(|f| touching(f.tokens.end..d.first) || light(f.tokens.end..d.first))
                    || stated.is_some_and(|t| t.end > sentence.start && touching(t.end..d.first))
                    || word.is_some_and(|a| a.kind == DurationKind::Complaint && touching(a.end..d.first))
                        && on_topic
                    || first && self.in_range(&(d.end..d.end + 4)).any(|f| self.is_symptom(f))
            }
            // relief for some hours
            DurationKind::Length if d.days == Some(0) => false,
            DurationKind::History => least(&[problem]).is_some_and(|g| g <= 8 && g < against),
            DurationKind::Times => match least(&[problem, complaint, begins]) {
                Some(g) => g <= against && on_topic,
                None => d.first <= sentence.start + 1 && against == REACH && self.goes_on(d.first),
            },
            DurationKind::Date => {
                on_topic && least(&[begins, injury]).is_some_and(|g| g <= 14 && g < against)
            }
            DurationKind::Moment => {
                on_topic && least(&[begins, injury]).is_some_and(|g| g <= 10 && g < against)
            }
            _ => on_topic && least(&[problem, injury, begins, complaint]).is_some_and(|g| g < against),
        }
    }

    fn opens_section(&self, token: usize) -> bool {
        self.s.sections[self.s.section_of(token)].body == token
    }

    /// Whether the text before a sentence without a condition of its own is about the back.
    fn goes_on(&self, token: usize) -> bool {
        let here = self.s.sentence_of(token);
        for i in (here.saturating_sub(4)..=here).rev() {
            let range = &self.s.sentences[i].tokens;
            if self.in_range(range).any(|f| self.is_problem(f)) {
                return true;
            }
            // "his back", and "Back and both buttocks" at the start
            let back = |k: usize| {
                let determined = || {
                    let before: &[&[u8]] = &[
                        b"his", b"her", b"my", b"the", b"low", b"lower", b"their", b"and", b"right", b"left",
                    ];
                    k == range.start || before.contains(&self.s.word(k - 1))
                };
                matches!(self.s.word(k), b"back" | b"leg" | b"legs" | b"back's" | b"lbp") && determined()
            };
            if range.clone().any(back) {
                return true;
            }
            let organ = self.anchors_in(range).iter().any(|a| a.kind == DurationKind::Organ);
            if organ {
                return false;
            }
        }
        // a note that has more of other organs than of the back is about them
        self.about_problem
            && !matches!(
                self.s.sections[self.s.section_of(token)].kind,
                SectionKind::Exam
                    | SectionKind::Imaging
                    | SectionKind::Procedure
                    | SectionKind::Ros
                    | SectionKind::PastMedicalHistory
            )
    }
}
