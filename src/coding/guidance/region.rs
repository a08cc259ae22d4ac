//! The region: which code of M53.8- the documented levels lead to, and what makes that doubtful.

use super::{Case, reason};
use crate::fact::FactKind;
use crate::report::v1::Reason;

const CONVENTION: &str =
    "coding convention on the titles of M53.8-; not an official guideline (not verified)";

pub(super) fn about(case: &Case<'_>) -> Vec<Reason> {
    let facts = case.facts;
    let own = case.family.code.starts_with("M53.8");
    let mut out = Vec::new();
    let (text, source) = match facts.value(FactKind::Region) {
        "lumbosacral" | "unstated" if facts.has(FactKind::Region, "sacral") => (
            "The problem is documented at the sacrum or coccyx alone: M53.88 (sacral and sacrococcygeal region) is the code of this family.",
            "ICD-10-CM tabular FY2027, title of M53.88 (verified)",
        ),
        "lumbosacral" if facts.has(FactKind::Region, "mixed") => (
            "Levels in the lumbar and the lumbosacral region are both documented; M53.8- has no code for several sites and conventions differ (M53.87, or both codes): review.",
            CONVENTION,
        ),
        "lumbosacral" => (
            "The levels reach the sacrum: the lumbosacral code M53.87 is the one of this family.",
            CONVENTION,
        ),
        "thoracolumbar" => (
            "T12-L1 is the thoracolumbar region: M53.85 is the code of this family.",
            "ICD-10-CM tabular FY2027, title of M53.85 (verified)",
        ),
        "unstated" => (
            "No region is documented: M53.80 is the code of this family.",
            "ICD-10-CM Index FY2027: Dorsopathy, specified NEC (verified)",
        ),
        "lumbar" if own && facts.has(FactKind::Region, "level") => {
            ("The documented levels lie within L1 to L5: M53.86 is the code of this family.", CONVENTION)
        }
        "lumbar" if own => (
            "The note says lumbar: M53.86 is the code of this family.",
            "ICD-10-CM tabular FY2027, title of M53.86 (verified)",
        ),
        _ => ("", ""),
    };
    if !text.is_empty() {
        out.push(reason(text, source));
    }
    if facts.has(FactKind::Region, "transitional") {
        out.push(reason(
            "A transitional vertebra is documented, so that the count of the levels is in doubt: review which segment is meant before the region decides. As a diagnosis of its own it is Q76.49.",
            "ICD-10-CM tabular FY2026, Q76.49: Inclusion terms, and M43: Excludes1 (verified; FY2027 not read for Q76); the doubt about the count is general knowledge",
        ));
    }
    if own && !matches!(facts.value(FactKind::Chronicity), "unstated" | "") {
        out.push(reason(
            "M53.8- has no acute or chronic form: the documented acuity supports the code and does not change it.",
            "ICD-10-CM Official Guidelines FY2025, I.B.8; tabular FY2027: titles of M53.8- (verified)",
        ));
    }
    out
}
