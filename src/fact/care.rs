//! Conservative care that was tried or is in use for the lumbar problem.
//!
//! Traps: planned or declined care does not count, nor does care of another joint, of a relative, or an allergy.

use super::kind::{Fact, FactKind};
use super::view::{Item, View};
use crate::assertion::Status;
use crate::mention::{Label, Outcome};
use crate::segment::{SectionKind, TokenKind};

/// Resolves conservative care; the second value is the sorted list of types that were tried or are in use.
pub(super) fn resolve(view: &View<'_>, lumbar: bool) -> (Fact, Vec<String>) {
    let care: Vec<&Item<'_>> = if lumbar {
        view.lumbar(Label::Care).filter(|i| i.section != SectionKind::Allergies).collect()
    } else {
        Vec::new()
    };
    let with =
        |wanted: &[Status]| care.iter().copied().filter(|i| wanted.contains(&i.status)).collect::<Vec<_>>();
    let tried = with(&[Status::Present, Status::Historical]);
    let (value, rest) = if !tried.is_empty() {
        ("documented", tried.clone())
    } else {
        let planned = with(&[Status::Hypothetical, Status::Possible]);
        let declined = with(&[Status::Absent]);
        if !planned.is_empty() {
            ("planned_only", planned)
        } else if !declined.is_empty() {
            ("declined_only", declined)
        } else {
            ("absent", Vec::new())
        }
    };
    let mut types: Vec<String> = tried.iter().filter_map(|i| i.mention.attrs.care.clone()).collect();
    types.sort_unstable();
    types.dedup();
    let mut flags = Vec::new();
    if tried.iter().any(|i| timed(view, i)) {
        flags.push("duration");
    }
    if tried.iter().any(|i| !matches!(i.mention.attrs.outcome, None | Some(Outcome::Unknown))) {
        flags.push("response");
    }
    if value == "declined_only" && rest.iter().any(|i| i.mention.attrs.contraindicated) {
        flags.push("contraindicated");
    }
    let mut mentions: Vec<usize> = rest.iter().map(|i| i.index).collect();
    // those with a response tell most
    mentions.sort_by_key(|&i| {
        let outcome = view.items[i].mention.attrs.outcome;
        (matches!(outcome, None | Some(Outcome::Unknown)), i)
    });
    (Fact { kind: FactKind::ConservativeCare, value, flags, mentions }, types)
}

/// The sentence of a measure says for how long or how often.
fn timed(view: &View<'_>, i: &Item<'_>) -> bool {
    let s = &view.reading.segments;
    let tokens = s.sentences[i.mention.sentence as usize].tokens.clone();
    tokens.clone().any(|k| {
        s.tokens[k].kind == TokenKind::Number
            && tokens.clone().skip_while(|&x| x <= k).take(3).any(|x| {
                matches!(
                    s.word(x),
                    b"week"
                        | b"weeks"
                        | b"wk"
                        | b"wks"
                        | b"month"
                        | b"months"
                        | b"mo"
                        | b"mos"
                        | b"visit"
                        | b"visits"
                        | b"session"
                        | b"sessions"
                        | b"year"
                        | b"years"
                        | b"yr"
                        | b"yrs"
                        | b"days"
                        | b"x"
                )
            })
    }) || tokens.clone().any(|k| {
        matches!(
            s.word(k),
            b"six" | b"two" | b"three" | b"four" | b"eight" | b"twelve" | b"several" | b"since"
        ) && matches!(
            s.word(k + 1),
            b"week" | b"weeks" | b"month" | b"months" | b"visits" | b"sessions" | b"years"
        )
    })
}
