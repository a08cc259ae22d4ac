//! The mentions as the resolvers see them: each with its concept, its status and the part of the spine that it speaks of.

use crate::assertion::Status;
use crate::lexicon::{Concept, Kind, Lexicon, Site};
use crate::mention::{Label, Mention};
use crate::pattern::level::{self, Region};
use crate::reading::Reading;
use crate::segment::SectionKind;

/// The part of the body that a mention speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    /// Low back, lumbar and lumbosacral spine, legs.
    Lumbar,
    /// Mid-back.
    Thoracic,
    /// Neck, arms.
    Cervical,
    /// Not told.
    Unknown,
}

/// A mention with what the resolvers ask of it.
pub struct Item<'a> {
    /// Its index among the mentions.
    pub index: usize,
    /// The mention.
    pub mention: &'a Mention,
    /// Its concept, for lexicon mentions.
    pub concept: Option<&'a Concept>,
    /// Present, absent, ...
    pub status: Status,
    /// What it speaks of, by itself or by its sentence.
    pub area: Area,
    /// Where it stands.
    pub section: SectionKind,
}

impl Item<'_> {
    /// What kind of condition it is.
    pub fn kind(&self) -> Option<Kind> {
        self.concept.and_then(|c| c.kind)
    }

    /// The group of its concept; empty where there is none.
    pub fn group(&self) -> &str {
        self.concept.and_then(|c| c.group.as_deref()).unwrap_or("")
    }

    /// A named disease or an imaging finding.
    pub fn is_named(&self) -> bool {
        self.mention.label == Label::Condition && matches!(self.kind(), Some(Kind::Disease | Kind::Finding))
    }
}

/// All items of a note.
pub struct View<'a> {
    /// In text order.
    pub items: Vec<Item<'a>>,
    /// The reading that they come from.
    pub reading: &'a Reading,
    /// The text of the note.
    pub text: &'a str,
    /// What a mention speaks of where nothing near it tells.
    pub area: Area,
}

impl<'a> View<'a> {
    /// Looks at a reading.
    pub fn new(lexicon: &'a Lexicon, reading: &'a Reading, text: &'a str) -> Self {
        let areas = sentence_areas(reading);
        let mut items: Vec<Item<'a>> = reading
            .mentions
            .iter()
            .enumerate()
            .map(|(index, mention)| {
                let concept = mention.concept.map(|c| lexicon.concept(c));
                let own = match mention.label {
                    Label::Level => {
                        mention.attrs.norm.iter().filter_map(|n| level::region(n)).map(of_region).next()
                    }
                    Label::Condition => concept.and_then(|c| c.site).and_then(of_site),
                    _ => words(reading, mention.span),
                };
                let area = own.unwrap_or_else(|| near(reading, mention, &areas));
                Item {
                    index,
                    mention,
                    concept,
                    status: mention.assertion.status(),
                    area,
                    section: reading.kind(mention),
                }
            })
            .collect();
        let count = |area| items.iter().filter(|i| i.area == area).count();
        let (lumbar, cervical, thoracic) =
            (count(Area::Lumbar), count(Area::Cervical), count(Area::Thoracic));
        let spinal = |i: &Item<'_>| {
            i.is_named() && i.concept.and_then(|c| c.site) == Some(Site::Spine) && of_a_disc(i.group())
        };
        let area = if lumbar == 0 && cervical == 0 && thoracic == 0 {
            // discs and sacs of no stated region, or back pain as the diagnosis: what this program reads is the low back
            let back = |i: &Item<'_>| {
                i.group() == "back-pain"
                    && i.status == Status::Present
                    && i.section.is_assessment()
                    && stands_alone(reading, i.mention)
            };
            if items.iter().any(|i| spinal(i) || back(i)) { Area::Lumbar } else { Area::Unknown }
        } else if lumbar >= cervical && lumbar >= thoracic {
            Area::Lumbar
        } else if cervical >= thoracic {
            Area::Cervical
        } else {
            Area::Thoracic
        };
        for i in &mut items {
            if i.area == Area::Unknown {
                i.area = area;
            }
        }
        Self { items, reading, text, area }
    }

    /// The items of a label that speak of the lumbar spine, of the patient, in order.
    pub fn lumbar(&self, label: Label) -> impl Iterator<Item = &Item<'a>> {
        self.items.iter().filter(move |i| {
            i.mention.label == label
                && i.area == Area::Lumbar
                && i.status != Status::Family
                && i.section != SectionKind::FamilyHistory
        })
    }

    /// The items of one sentence.
    pub fn sentence(&self, sentence: u32) -> impl Iterator<Item = &Item<'a>> {
        let from = self.items.partition_point(|i| i.mention.sentence < sentence);
        self.items[from..].iter().take_while(move |i| i.mention.sentence == sentence)
    }

    /// What the words of an item themselves say of its area.
    pub fn own_area(&self, item: &Item<'_>) -> Option<Area> {
        words(self.reading, item.mention.span)
    }

    /// The words of an item.
    pub fn words(&self, item: &Item<'_>) -> &'a str {
        item.mention.span.of(self.text)
    }

    /// True for a note that is a study's report and nothing else: no history, no plan.
    pub fn is_study_report(&self) -> bool {
        let told = self.reading.segments.sections.iter().any(|s| {
            matches!(
                s.kind,
                SectionKind::Hpi
                    | SectionKind::ChiefComplaint
                    | SectionKind::Plan
                    | SectionKind::AssessmentPlan
                    | SectionKind::Ros
                    | SectionKind::Exam
                    | SectionKind::Procedure
                    | SectionKind::PastMedicalHistory
                    | SectionKind::Medications
            )
        });
        !told
            && self.items.iter().any(|i| {
                i.kind() == Some(Kind::Finding) || matches!(i.group(), "disc-herniation" | "disc-bulge")
            })
            && !self.items.iter().any(|i| matches!(i.mention.label, Label::Care | Label::Function))
    }
}

/// Whether a sentence is little more than the mention, as the line of a diagnosis is: `1. Back pain.`
fn stands_alone(reading: &Reading, m: &Mention) -> bool {
    const OTHERS: usize = 3;
    let s = &reading.segments;
    let own = s.token_at(m.span.end) - s.token_at(m.span.start);
    s.sentences[m.sentence as usize].tokens.len() <= own + OTHERS
}

/// Groups of discs, canals and facets, which a note of the low back often names without a region.
fn of_a_disc(group: &str) -> bool {
    group.starts_with("disc-")
        || matches!(
            group,
            "facet"
                | "stenosis"
                | "foraminal-stenosis"
                | "neural-compression"
                | "annular-tear"
                | "spondylosis"
                | "schmorl"
        )
}

fn of_site(site: Site) -> Option<Area> {
    match site {
        Site::Lumbar | Site::Lumbosacral | Site::Sacral | Site::Thoracolumbar | Site::Leg => {
            Some(Area::Lumbar)
        }
        Site::Thoracic => Some(Area::Thoracic),
        Site::Cervical | Site::Arm => Some(Area::Cervical),
        Site::Spine | Site::General => None,
    }
}

fn of_region(region: Region) -> Area {
    match region {
        Region::Cervical => Area::Cervical,
        Region::Thoracic => Area::Thoracic,
        Region::Thoracolumbar | Region::Lumbar | Region::Lumbosacral | Region::Sacral => Area::Lumbar,
    }
}

/// What the region words under a span say.
fn words(reading: &Reading, span: crate::span::Span) -> Option<Area> {
    let s = &reading.segments;
    let first = s.token_at(span.start);
    (first..s.tokens.len()).take_while(|&k| s.tokens[k].span.start < span.end).find_map(|k| region_word(s, k))
}

fn region_word(s: &crate::segment::Segments, k: usize) -> Option<Area> {
    match s.word(k) {
        b"lumbar" | b"caudal" | b"lumbosacral" | b"lss" | b"ls" | b"sacral" | b"sacroiliac" | b"buttock"
        | b"buttocks" | b"leg" | b"legs" => Some(Area::Lumbar),
        b"low" | b"lower" if matches!(s.word(k + 1), b"back" | b"lumbar" | b"extremity" | b"extremities") => {
            Some(Area::Lumbar)
        }
        b"l" if s.word(k + 1) == b"spine" || s.word(k + 2) == b"spine" => Some(Area::Lumbar),
        b"cervical" | b"neck" | b"arm" | b"arms" | b"shoulder" => Some(Area::Cervical),
        b"c" if s.word(k + 1) == b"spine" || s.word(k + 2) == b"spine" => Some(Area::Cervical),
        b"upper" if matches!(s.word(k + 1), b"extremity" | b"extremities") => Some(Area::Cervical),
        b"thoracic" => Some(Area::Thoracic),
        _ => None,
    }
}

/// The areas that the levels and region words of each sentence speak of, with their tokens.
fn sentence_areas(reading: &Reading) -> Vec<(u32, u32, Area)> {
    let s = &reading.segments;
    let mut out: Vec<(u32, u32, Area)> = reading
        .mentions
        .iter()
        .filter(|m| m.label == Label::Level)
        .filter_map(|m| Some((m.sentence, m.span.start, of_region(level::region(m.attrs.norm.first()?)?))))
        .collect();
    for (i, sentence) in s.sentences.iter().enumerate() {
        for k in sentence.tokens.clone() {
            if let Some(area) = region_word(s, k) {
                out.push((i as u32, s.tokens[k].span.start, area));
            }
        }
    }
    out.sort_unstable();
    out
}

/// The area nearest to a mention within its sentence, else that of the last sentence before it that tells.
fn near(reading: &Reading, m: &Mention, areas: &[(u32, u32, Area)]) -> Area {
    let from = areas.partition_point(|a| a.0 < m.sentence);
    let same = areas[from..].iter().take_while(|a| a.0 == m.sentence);
    if let Some(a) = same.min_by_key(|a| a.1.abs_diff(m.span.start)) {
        return a.2;
    }
    // "MRI of the cervical spine. There is a bulge." - one section, one topic
    let section = &reading.segments.sections[m.section as usize];
    let start = reading.segments.span(section.tokens.clone()).start;
    areas[..from]
        .iter()
        .rev()
        .take_while(|a| a.1 >= start && a.0 + 4 >= m.sentence)
        .map(|a| a.2)
        .next()
        .unwrap_or(Area::Unknown)
}
