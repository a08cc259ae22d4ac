//! Cards as CDS Hooks 2.0 writes them. What may be left out is left out, never null and never empty.

use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

/// Characters that a summary has at most: the standard asks for less than 140.
pub(super) const SUMMARY: usize = 139;

/// The answer of a service.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Response {
    /// Empty where there is nothing to say.
    pub cards: Vec<Card>,
}

/// A card.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Card {
    /// Its id, for feedback.
    pub uuid: Uuid,
    /// One sentence of less than 140 characters.
    pub summary: String,
    /// GitHub Flavored Markdown.
    pub detail: String,
    /// How urgent it is.
    pub indicator: Indicator,
    /// What it rests on.
    pub source: Source,
    /// What may be done about it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suggestions: Vec<Suggestion>,
    /// Given where there are suggestions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selection_behavior: Option<&'static str>,
    /// Why it may be passed over.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub override_reasons: Vec<Coding>,
    /// Where to read more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
}

/// How urgent a card is. Gaps of documentation are never critical.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Indicator {
    /// Good to know.
    Info,
    /// Should be settled before going on.
    Warning,
}

/// What a card rests on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Source {
    /// Its name.
    pub label: String,
    /// Where to learn about it.
    pub url: String,
}

/// A set of changes that the user may take over.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Suggestion {
    /// What the button says.
    pub label: String,
    /// Its id, for feedback.
    pub uuid: Uuid,
    /// What it does; never empty.
    pub actions: Vec<Action>,
}

/// A resource to create.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Action {
    /// Always `create`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// What it does, for people.
    pub description: String,
    /// The FHIR R4 resource.
    pub resource: Value,
}

/// A reason to pass a card over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Coding {
    /// The code.
    pub code: &'static str,
    /// Whose code it is.
    pub system: &'static str,
    /// For people.
    pub display: &'static str,
}

/// A page to read more on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// What the link says.
    pub label: String,
    /// Where it leads.
    pub url: String,
    /// Always `absolute`.
    #[serde(rename = "type")]
    pub kind: &'static str,
}

const SYSTEM: &str = "urn:chartgap:override-reason";

/// The reasons that are offered with every card.
pub(super) const OVERRIDE_REASONS: [Coding; 5] = [
    Coding { code: "documented-elsewhere", system: SYSTEM, display: "Documented in another note" },
    Coding { code: "will-document", system: SYSTEM, display: "The note will be completed later" },
    Coding { code: "not-applicable", system: SYSTEM, display: "Does not apply to this patient" },
    Coding { code: "misread", system: SYSTEM, display: "The note was read wrongly" },
    Coding { code: "disagree", system: SYSTEM, display: "Not needed in my judgement" },
];

/// A summary within its length, cut between words.
pub(super) fn summary(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.chars().count() <= SUMMARY {
        return text;
    }
    let mut cut: String = text.chars().take(SUMMARY - 1).collect();
    if let Some(at) = cut.rfind(' ').filter(|at| *at > SUMMARY / 2) {
        cut.truncate(at);
    }
    format!("{}…", cut.trim_end_matches([',', ';', ':', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries_keep_their_length() {
        assert_eq!(summary("M53.86:  two  things"), "M53.86: two things");
        let long = summary(&"word, ".repeat(60));
        assert!(long.chars().count() < 140 && long.ends_with("word…"), "{long}");
        assert_eq!(summary(&"é".repeat(300)).chars().count(), 139);
    }
}
