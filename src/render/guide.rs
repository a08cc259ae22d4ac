//! What the data says about an element beside what its verdict says: the renderings explain by it.

use crate::check::Engine;
use crate::checklist::Checklist;
use crate::procedure::Procedures;
use crate::report::v1::{ElementReport, Report, Verdict};

/// The data that made the reports.
#[derive(Clone, Copy)]
pub struct Guide<'a> {
    /// The checklist in force.
    pub checklist: &'a Checklist,
    /// The procedures in force.
    pub procedures: &'a Procedures,
}

impl<'a> From<&'a Engine> for Guide<'a> {
    fn from(engine: &'a Engine) -> Self {
        Self { checklist: engine.checklist(), procedures: engine.procedures() }
    }
}

/// What asks for an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asker<'a> {
    /// The checklist.
    Checklist,
    /// The policies for a CPT code.
    Procedure(&'a str),
}

impl Guide<'_> {
    /// Why an element matters; `None` where the data does not say.
    pub fn why(&self, asker: Asker<'_>, id: &str) -> Option<&str> {
        match asker {
            Asker::Checklist => self.checklist.element(id).map(|e| e.why.as_str()),
            Asker::Procedure(_) => {
                self.procedures.elements().iter().find(|e| e.id == id).map(|e| e.why.as_str())
            }
        }
    }
}

/// Every element of a report with what asks for it.
pub fn elements(report: &Report) -> impl Iterator<Item = (Asker<'_>, &ElementReport)> {
    let own = report.elements.iter().map(|e| (Asker::Checklist, e));
    let asked = report.procedures.iter();
    own.chain(asked.flat_map(|p| p.elements.iter().map(|e| (Asker::Procedure(p.cpt.as_str()), e))))
}

/// How much a gap matters, for formats that grade findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Good to know.
    Low,
    /// Should be settled.
    Moderate,
    /// Decides over the code.
    High,
}

/// Points from which an element decides over the code, and below which it rounds the note off.
const HEAVY: u32 = 12;
const LIGHT: u32 = 8;
/// What an element that has no points of its own, as those of procedures, counts as.
const UNWEIGHTED: u32 = 10;

/// The severity of an element that is not met: by what it weighs, and by how far the note is from it.
pub fn severity(e: &ElementReport) -> Severity {
    let weight = if e.weight == 0 { UNWEIGHTED } else { e.weight };
    match e.verdict {
        Verdict::Contradicted => Severity::High,
        Verdict::Missing if weight >= HEAVY => Severity::High,
        Verdict::Missing => Severity::Moderate,
        Verdict::Partial if weight >= LIGHT => Severity::Moderate,
        Verdict::Unclear if weight >= HEAVY => Severity::Moderate,
        Verdict::Partial | Verdict::Unclear | Verdict::Met | Verdict::NotApplicable => Severity::Low,
    }
}
