//! Provider queries: fills a template with quotes from the note, and holds back every draft that would not be compliant.
//!
//! A query cites what the note says, with the section it stands in, and leaves the answer open: no diagnosis that the
//! note lacks, no code, no word about payment. A quote that would break that is left out; a draft that still does gives
//! way to the open form. A question with options always cites an indicator and offers "Other" and "Unable to determine".

use crate::lexicon::{Kind, Lexicon, Stream};
use crate::segment::Segments;
use crate::span::Span;
use serde::Deserialize;

/// Quotes that one query cites at most: a provider reads a query in seconds.
const QUOTES: usize = 4;

/// Characters of the longest quote that is cited. Cutting one could turn its meaning, so longer ones are left out.
const QUOTE_LENGTH: usize = 300;

/// What stands for the quotes in a template.
const PLACEHOLDER: &str = "{quotes}";

/// What starts an option.
const OPTION: &str = "( )";

/// Words of payment, policy and review, which a query never speaks of; whole words, lower case.
const MONEY: &[&str] = &[
    "reimburse",
    "reimbursed",
    "reimbursement",
    "payment",
    "payments",
    "paid",
    "payer",
    "payor",
    "denial",
    "denials",
    "denied",
    "lcd",
    "lcds",
    "ncd",
    "cpt",
    "icd",
    "hcpcs",
    "rvu",
    "rvus",
    "hcc",
    "hccs",
    "mcc",
    "drg",
    "audit",
    "audits",
    "auditor",
    "audited",
    "downcode",
    "downcoded",
    "upcode",
    "billing",
    "billable",
    "billed",
    "insurance",
    "insurer",
    "coverage",
    "in order to bill",
    "medical necessity",
    "medically necessary",
    "more specific code",
    "quality score",
    "prior authorization",
];

/// Phrases that ask for an answer instead of for the facts; whole words, lower case, apostrophes dropped.
const LEADING: &[&str] = &[
    "please document that",
    "please confirm that",
    "please state that",
    "please add",
    "agree that",
    "do you agree",
    "dont you",
    "wouldnt you",
    "isnt it",
    "should be documented as",
    "must be documented as",
    "we need you to",
    "in order to support",
    "to support the code",
];

/// Verbs that begin a question which yes or no answers.
const VERBS: &[&str] = &[
    "is", "are", "was", "were", "do", "does", "did", "has", "have", "had", "can", "could", "should", "would",
    "will", "may", "might", "isn", "aren", "wasn", "weren", "don", "doesn", "didn", "hasn", "haven",
];

/// How an element or a rule asks the provider.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Template {
    /// With indicators: `{quotes}` stands for them.
    pub cited: String,
    /// Without: an open question.
    pub open: String,
}

/// What the note says, in its own words.
#[derive(Clone, Copy)]
pub struct Indicator<'a> {
    /// The words.
    pub quote: &'a str,
    /// The section that they stand in, by [`SectionKind::name`](crate::segment::SectionKind::name).
    pub section: &'a str,
    /// Where they stand.
    pub span: Span,
}

/// A query that may go to a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// The whole text.
    pub text: String,
    /// The places of the indicators that it cites, in its order.
    pub cited: Vec<usize>,
}

impl Draft {
    /// What is asked, with the quotes that it rests on.
    pub fn question(&self) -> &str {
        self.text.split(OPTION).next().unwrap_or("").trim()
    }

    /// The options, "Other" and "Unable to determine" among them; none where the question is open.
    pub fn options(&self) -> impl Iterator<Item = &str> {
        self.text.split(OPTION).skip(1).map(str::trim)
    }
}

/// Why a draft may not go to a provider. None of them holds words of the note.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueryProblem {
    /// It looks like a diagnosis or procedure code.
    #[error("names a code")]
    Code,
    /// A word of payment, policy or review.
    #[error("speaks of `{0}`")]
    Money(&'static str),
    /// A phrase that asks for an answer.
    #[error("leads with `{0}`")]
    Leading(&'static str),
    /// One option is no choice.
    #[error("has options, but fewer than two beside \"Other\" and \"Unable to determine\"")]
    SingleOption,
    /// Options without a way out.
    #[error("has options without \"Other\"")]
    NoOther,
    /// Options without the other way out.
    #[error("has options without \"Unable to determine\"")]
    NoUndetermined,
    /// Options that rest on nothing.
    #[error("offers options without citing an indicator")]
    NoIndicator,
    /// Braces that nothing filled.
    #[error("has a placeholder other than {PLACEHOLDER}, or none where quotes belong")]
    Placeholder,
    /// A question that a yes or a no would answer.
    #[error("asks for a yes or a no; ask which, what, how or when, or offer options")]
    Closed,
    /// Quoted words that the note does not have.
    #[error("quotes words that the note does not have")]
    Quote,
    /// A condition that the note does not name.
    #[error("names a condition that the note does not name")]
    Condition,
    /// Nothing is asked.
    #[error("is empty")]
    Empty,
}

/// The query to send: citing the indicators where some can be cited, open otherwise; `None` where neither passes.
pub fn draft(template: &Template, indicators: &[Indicator<'_>]) -> Option<Draft> {
    let quotes = quotes(indicators);
    if !quotes.is_empty() {
        let words: Vec<&str> = quotes.iter().map(|(_, q)| q.as_str()).collect();
        // One pass, so that words of the note are never taken for a placeholder.
        let text = template.cited.replacen(PLACEHOLDER, &words.join("; "), 1);
        if lint(&text, quotes.len()).is_ok() {
            return Some(Draft { text, cited: quotes.into_iter().map(|(i, _)| i).collect() });
        }
    }
    lint(&template.open, 0).is_ok().then(|| Draft { text: template.open.clone(), cited: Vec::new() })
}

/// Whether a draft may go to the provider of this note, with a title above it; what [`lint`] asks, and that it quotes
/// the note alone and names no disease, finding or complication that the note does not name. `named` are the concepts
/// of the note's mentions.
///
/// # Errors
///
/// The first reason why it may not.
pub fn lint_for_note(
    draft: &Draft,
    title: &str,
    note: &str,
    lexicon: &Lexicon,
    named: &[u32],
) -> Result<(), QueryProblem> {
    lint(&draft.text, draft.cited.len())?;
    lint_words(title)?;
    let note = cited_form(note);
    if quoted(&draft.text).any(|q| q.is_empty() || !note.contains(q)) {
        return Err(QueryProblem::Quote);
    }
    let own = format!("{title}.\n{}", own_words(&draft.text));
    match conditions(lexicon, &own).iter().any(|c| !named.contains(c)) {
        true => Err(QueryProblem::Condition),
        false => Ok(()),
    }
}

/// The diseases, findings and complications that words name, by their concepts.
pub fn conditions(lexicon: &Lexicon, words: &str) -> Vec<u32> {
    let segments = Segments::new(words, &lexicon.headings);
    let stream = Stream::new(&segments, &lexicon.spelling);
    let found = lexicon.matches(words, &segments, &stream).into_iter().map(|m| m.concept);
    let told = |c: &u32| {
        matches!(lexicon.concept(*c).kind, Some(Kind::Disease | Kind::Finding | Kind::Complication))
    };
    found.filter(told).collect()
}

/// What stands between quotation marks.
fn quoted(draft: &str) -> impl Iterator<Item = &str> {
    draft.split('"').skip(1).step_by(2)
}

/// A draft without what it quotes.
fn own_words(draft: &str) -> String {
    draft.split('"').step_by(2).collect::<Vec<_>>().join("\u{2026}")
}

/// Words of a note as a query cites them.
fn cited_form(words: &str) -> String {
    words.split_whitespace().collect::<Vec<_>>().join(" ").replace('"', "'")
}

/// Whether a draft that cites so many indicators may go to a provider.
///
/// # Errors
///
/// The first reason why it may not.
pub fn lint(draft: &str, indicators: usize) -> Result<(), QueryProblem> {
    lint_words(draft)?;
    lint_options(draft, indicators)?;
    if !draft.contains(OPTION) && is_closed(&own_words(draft)) {
        return Err(QueryProblem::Closed);
    }
    Ok(())
}

/// Whether one of the questions begins with a verb, so that yes or no would answer it.
fn is_closed(draft: &str) -> bool {
    let asked = draft.split_inclusive(['.', '?', '!', ':', ';', '\u{2026}']).filter(|s| s.ends_with('?'));
    asked
        .filter_map(|s| s.split(|c: char| !c.is_alphanumeric()).find(|w| !w.is_empty()))
        .any(|first| VERBS.contains(&first.to_lowercase().as_str()))
}

/// What holds of quotes as well as of drafts.
fn lint_words(draft: &str) -> Result<(), QueryProblem> {
    if draft.trim().is_empty() {
        return Err(QueryProblem::Empty);
    }
    if draft.contains(['{', '}']) {
        return Err(QueryProblem::Placeholder);
    }
    // Once with the dot of a code and once without, since a code may follow a full stop directly.
    let word_end = |c: char| !c.is_ascii_alphanumeric();
    if draft.split(|c| c != '.' && word_end(c)).chain(draft.split(word_end)).any(is_code) {
        return Err(QueryProblem::Code);
    }
    let words = words(draft);
    if let Some(word) = find(&words, MONEY) {
        return Err(QueryProblem::Money(word));
    }
    if let Some(phrase) = find(&words, LEADING) {
        return Err(QueryProblem::Leading(phrase));
    }
    Ok(())
}

impl Template {
    /// Whether the template can only make compliant queries, whatever harmless words it cites.
    ///
    /// # Errors
    ///
    /// The first reason why not.
    pub fn check(&self) -> Result<(), QueryProblem> {
        if self.cited.matches(PLACEHOLDER).count() != 1 {
            return Err(QueryProblem::Placeholder);
        }
        lint(&self.cited.replacen(PLACEHOLDER, "\"stiffness\" (assessment)", 1), 1)?;
        lint(&self.open, 0)
    }
}

fn lint_options(draft: &str, indicators: usize) -> Result<(), QueryProblem> {
    let options: Vec<&str> = draft.split(OPTION).skip(1).map(str::trim_start).collect();
    if options.is_empty() {
        return Ok(());
    }
    if indicators == 0 {
        return Err(QueryProblem::NoIndicator);
    }
    let starting = |start: &str| options.iter().filter(|o| o.starts_with(start)).count();
    let (other, undetermined) = (starting("Other"), starting("Unable to determine"));
    if other == 0 {
        return Err(QueryProblem::NoOther);
    }
    if undetermined == 0 {
        return Err(QueryProblem::NoUndetermined);
    }
    if options.len() < other + undetermined + 2 {
        return Err(QueryProblem::SingleOption);
    }
    Ok(())
}

/// The indicators as a query cites them, without those that would break a rule and without repeats.
fn quotes(indicators: &[Indicator<'_>]) -> Vec<(usize, String)> {
    let mut quotes: Vec<(usize, String)> = Vec::new();
    for (i, indicator) in indicators.iter().enumerate() {
        let words = cited_form(indicator.quote);
        let usable = !words.is_empty()
            && words.chars().count() <= QUOTE_LENGTH
            && !words.contains(OPTION)
            && lint_words(&words).is_ok();
        if !usable {
            continue;
        }
        let quote = match heading(indicator.section).as_str() {
            "" => format!("\"{words}\""),
            section => format!("\"{words}\" ({section})"),
        };
        if !quotes.iter().any(|(_, known)| *known == quote) {
            quotes.push((i, quote));
        }
        if quotes.len() == QUOTES {
            break;
        }
    }
    quotes
}

/// How a query names a section; empty where the name would tell the provider nothing.
fn heading(section: &str) -> String {
    match section.trim() {
        "other" | "inherit" => String::new(),
        "hpi" => "HPI".to_owned(),
        "ros" => "ROS".to_owned(),
        name => name.replace(['_', '-'], " "),
    }
}

/// The words of a draft, lower case and joined by single blanks, with one at either end.
fn words(draft: &str) -> String {
    let plain = draft.to_lowercase().replace(['\'', '\u{2019}'], "");
    let words: Vec<&str> = plain.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    format!(" {} ", words.join(" "))
}

fn find(words: &str, list: &[&'static str]) -> Option<&'static str> {
    // blanks stand at both ends and between all words, so that a whole phrase begins after one and ends before one
    let starts: Vec<usize> = words.match_indices(' ').map(|(i, _)| i + 1).collect();
    let whole =
        |p: &str| starts.iter().any(|&i| words[i..].strip_prefix(p).is_some_and(|r| r.starts_with(' ')));
    list.iter().copied().find(|p| whole(p))
}

/// Whether a word looks like an ICD-10-CM, CPT or HCPCS code. Where in doubt it does: a quote lost costs little.
fn is_code(word: &str) -> bool {
    let word = word.trim_matches('.');
    let bytes = word.as_bytes();
    if bytes.len() == 5 && bytes.iter().take(4).all(u8::is_ascii_digit) {
        return bytes.iter().skip(4).all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
    }
    let [letter, digit, third, rest @ ..] = bytes else { return false };
    if !letter.is_ascii_alphabetic()
        || !digit.is_ascii_digit()
        || !(third.is_ascii_digit() || b"ABab".contains(third))
    {
        return false;
    }
    match rest {
        [] => letter.is_ascii_uppercase() && !is_level(word),
        [b'.', ..] => true,
        _ => letter.is_ascii_uppercase(),
    }
}

/// Whether three characters name a vertebra or a segment: T12, L45 for L4-5.
fn is_level(word: &str) -> bool {
    matches!(word, "T10" | "T11" | "T12" | "L12" | "L23" | "L34" | "L45" | "L51" | "L56")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checklist::Checklist;

    const OPTIONS: &str = "( ) Established ( ) Ruled out ( ) Other: ____ ( ) Unable to determine";

    fn template() -> Template {
        Template {
            cited: format!("The note records {{quotes}}. Please clarify. {OPTIONS}"),
            open: "Which condition?".into(),
        }
    }

    fn indicator<'a>(quote: &'a str, section: &'a str) -> Indicator<'a> {
        Indicator { quote, section, span: Span::new(0, 0) }
    }

    #[test]
    fn drafts_that_break_a_rule_are_rejected() {
        for (draft, problem) in [
            ("Please clarify M53.86.", QueryProblem::Code),
            ("Please clarify m53.86.", QueryProblem::Code),
            ("Seen today.M54.50 was chosen.", QueryProblem::Code),
            ("Is it S39.012A?", QueryProblem::Code),
            ("Is it M5450?", QueryProblem::Code),
            ("Was it I10?", QueryProblem::Code),
            ("Needed for 64493.", QueryProblem::Code),
            ("Needed for 0275T.", QueryProblem::Code),
            ("Needed for G0276.", QueryProblem::Code),
            ("The claim was denied.", QueryProblem::Money("denied")),
            ("As the LCD asks.", QueryProblem::Money("lcd")),
            ("This supports medical necessity.", QueryProblem::Money("medical necessity")),
            ("There is a more-specific code.", QueryProblem::Money("more specific code")),
            ("Please document that the joint is unstable.", QueryProblem::Leading("please document that")),
            ("Don\u{2019}t you think so?", QueryProblem::Leading("dont you")),
            ("Which? ( ) Rigid spine ( ) Other ( ) Unable to determine", QueryProblem::SingleOption),
            ("Which? ( ) Acute ( ) Chronic ( ) Unable to determine", QueryProblem::NoOther),
            ("Which? ( ) Acute ( ) Chronic ( ) Other", QueryProblem::NoUndetermined),
            ("The note records {quote}.", QueryProblem::Placeholder),
            ("The note records \"pain\". Is it unstable?", QueryProblem::Closed),
            ("Don't you see?", QueryProblem::Leading("dont you")),
            (" ", QueryProblem::Empty),
        ] {
            assert_eq!(lint(draft, 1), Err(problem), "{draft}");
        }
        assert_eq!(lint(OPTIONS, 0), Err(QueryProblem::NoIndicator));
    }

    #[test]
    fn ordinary_words_of_a_note_pass() {
        for draft in [
            "Pain at T12-L1, L34 and L4-5 since 2019, 4.5 mm slip, ODI 42%, S1 root, A1c 7.2.",
            "Denies trauma. Auditory aura. Bill walks 100 m.",
            "How does it affect function?",
        ] {
            assert_eq!(lint(draft, 1), Ok(()), "{draft}");
        }
        assert_eq!(lint(OPTIONS, 1), Ok(()));
    }

    #[test]
    fn quotes_are_cited_with_their_section() {
        let indicators = [
            indicator("probable \"facet\"\n syndrome", "assessment"),
            indicator("MRI pending", "prior_treatment"),
            indicator("MRI pending", "prior_treatment"),
        ];
        assert_eq!(
            draft(&template(), &indicators).unwrap().text,
            format!(
                "The note records \"probable 'facet' syndrome\" (assessment); \"MRI pending\" (prior treatment). Please clarify. {OPTIONS}"
            )
        );
    }

    #[test]
    fn without_a_quote_that_may_be_cited_the_question_is_open() {
        let long = "pain ".repeat(80);
        for quote in
            ["", "  ", "M54.50 low back pain", "payment denied", "{quotes}", "( ) Other", long.as_str()]
        {
            assert_eq!(
                draft(&template(), &[indicator(quote, "plan")]).map(|d| d.text).as_deref(),
                Some("Which condition?"),
                "{quote}"
            );
        }
        assert_eq!(draft(&template(), &[]).map(|d| d.text).as_deref(), Some("Which condition?"));
    }

    #[test]
    fn a_bad_quote_does_not_cost_the_good_ones() {
        let text =
            draft(&template(), &[indicator("M54.50", "plan"), indicator("stiff spine", "hpi")]).unwrap();
        assert_eq!(text.cited, [1]);
        let text = text.text;
        assert!(text.starts_with("The note records \"stiff spine\" (HPI). "), "{text}");
    }

    #[test]
    fn a_template_that_leads_gives_no_query() {
        let template =
            Template { cited: "{quotes}: agree that it is unstable?".into(), open: "Is it M53.2X6?".into() };
        assert_eq!(draft(&template, &[indicator("pain", "hpi")]), None);
        assert_eq!(template.check(), Err(QueryProblem::Leading("agree that")));
        let bare = Template { cited: "Which?".into(), open: "Which?".into() };
        assert_eq!(bare.check(), Err(QueryProblem::Placeholder));
    }

    #[test]
    fn every_template_of_the_checklist_makes_compliant_queries() {
        let samples = [
            indicator("low back stiffness for 8 months", "prior_treatment"),
            indicator("moderate facet arthropathy at L4-5", "imaging"),
            indicator("denies injury", "hpi"),
            indicator("T12-L1", ""),
        ];
        let checklist = Checklist::m53_86().unwrap();
        for element in &checklist.elements {
            let own = element.rules.iter().filter_map(|r| r.query.as_ref());
            for template in own.chain([&element.query]) {
                let cited = draft(template, &samples).unwrap().text;
                assert!(cited.contains("\"denies injury\" (HPI)"), "{}: {cited}", element.id);
                assert_eq!(lint(&cited, samples.len()), Ok(()), "{}", element.id);
                let open = draft(template, &[]).unwrap().text;
                assert_eq!(lint(&open, 0), Ok(()), "{}", element.id);
                assert!(open.ends_with(['?', '.']), "{}: {open}", element.id);
            }
        }
    }
}
