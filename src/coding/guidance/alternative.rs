//! Other codes, and what would have to be documented for each: those of the other named conditions, then the neighbours of
//! the leading one.

use super::{Case, mark};
use crate::coding::notes;
use crate::fact::FactKind;
use crate::lexicon::{Codes, M5386};
use crate::report::v1::Alternative;

/// Other named conditions, and alternatives in all, that one report shows.
const NAMED: usize = 5;
const ALL: usize = 10;

pub(super) fn all(case: &Case<'_>) -> Vec<Alternative> {
    let mut out = Vec::new();
    if let Some(code) = case.family.official.as_deref().filter(|c| *c != "none") {
        push(case, &mut out, code, "the official code set is followed, and not the house policy".into());
    }
    named(case, &mut out);
    neighbours(case, &mut out);
    out.truncate(ALL);
    out
}

/// The codes of the other named conditions.
fn named(case: &Case<'_>, out: &mut Vec<Alternative>) {
    let main = case.main().and_then(|i| i.concept).map(|c| c.id.as_str());
    for n in &case.resolved.named {
        let i = &case.view.items[n.mention];
        let Some(c) = i.concept.filter(|c| c.codes != Codes::default()) else { continue };
        // a condition that is coded with another has no code without it
        if case.family.combined.is_some() && Some(c.id.as_str()) == main {
            continue;
        }
        let Some(code) = case.code(&c.codes) else { continue };
        // it stands in the note, and is not coded beside the suggested code: a reason says so
        if notes::excludes1(&case.family.code, code).is_some() {
            continue;
        }
        if out.len() < NAMED {
            let region =
                if c.codes.lumbosacral.as_deref() == Some(code) && c.codes.lumbar.as_deref() != Some(code) {
                    "lumbosacral"
                } else {
                    "lumbar"
                };
            let when = format!("the condition treated is {}, in the {region} region", c.name);
            push(case, out, code, format!("{when} ({}; {})", c.source, mark(c.verified)));
        }
    }
}

fn neighbours(case: &Case<'_>, out: &mut Vec<Alternative>) {
    let Some(main) = case.main() else { return };
    let group = main.group();
    let low =
        case.facts.value(FactKind::Region) == "lumbosacral" && !case.facts.has(FactKind::Region, "mixed");
    let name = main.concept.map_or("condition", |c| c.name.as_str());
    for c in case.rules.combination.iter().filter(|c| c.groups.iter().any(|g| g == group)) {
        let code = if low { &c.lumbosacral } else { &c.lumbar };
        push(
            case,
            out,
            code,
            format!("the {name} is documented with {} ({}; verified)", c.with.words(), c.source),
        );
    }
    for a in case.rules.alternative.iter().filter(|a| a.groups.iter().any(|g| g == group)) {
        let code = a.lumbosacral.as_ref().filter(|_| low).unwrap_or(&a.code);
        push(case, out, code, format!("{} ({}; {})", a.when, a.source, mark(a.verified)));
    }
    let specific = matches!(
        main.concept.and_then(|c| c.m53_86),
        Some(M5386::Yes | M5386::YesNotIndexed | M5386::MoreSpecific)
    );
    if !specific {
        let when = "a named condition of the lumbar spine is documented for which the index has no code of its own, with what it is not";
        push(
            case,
            out,
            "M53.86",
            format!("{when} (ICD-10-CM Official Guidelines FY2025, I.A.9.a; verified)"),
        );
    }
}

/// Adds a code once, never the suggested one; one that an Excludes1 note keeps apart from it says so.
fn push(case: &Case<'_>, out: &mut Vec<Alternative>, code: &str, mut when: String) {
    let suggested = case.family.code.as_str();
    if code == suggested || out.iter().any(|a| a.code == code) {
        return;
    }
    if let Some(note) = notes::excludes1(suggested, code) {
        when = format!("{when}; instead of {suggested}, not with it ({}; {})", note.citation(), note.mark());
    }
    out.push(Alternative { code: code.to_owned(), when });
}
