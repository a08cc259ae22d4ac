//! The comparison itself.

use super::figures::{Accuracy, Agreement, ByMode, Errors, Figures, NO_CLASS, Prf, Summary, Table};
use super::gold::{Gold, Mention, Output};
use super::matching::{Mode, pair};
use super::order::left_over;
use super::value::{plain, quoted, repr, same, truthy};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The labels with the attributes that are scored, in the order of the report.
const LABELS: [(&str, &[&str]); 9] = [
    ("condition", &["assertion"]),
    ("level", &["norm", "root"]),
    ("grade", &["system", "value"]),
    ("imaging", &["modality", "assertion"]),
    ("chronicity", &["acuity"]),
    ("care", &["type", "assertion", "outcome"]),
    ("surgery", &["assertion"]),
    ("function", &["assertion"]),
    ("injury", &["assertion"]),
];

/// The fields of the summary that hold one value; `true` where it enters the means over the elements.
const FIELDS: [(&str, bool); 10] = [
    ("lumbar", false),
    ("nonspecific_only", false),
    ("region", true),
    ("imaging", true),
    ("acuity", true),
    ("conservative_care", true),
    ("function", true),
    ("injury", true),
    ("radiculopathy", false),
    (CODE_FAMILY, false),
];

const CODE_FAMILY: &str = "code_family";

/// Words that do not make two named conditions alike.
const SMALL_WORDS: [&str; 5] = ["lumbar", "the", "of", "and", "at"];

/// Compares `output` with `gold`. A gold note without output counts as one in which nothing was found; an output
/// without gold is ignored.
pub fn score(gold: &[Gold], output: &BTreeMap<String, Output>) -> Figures {
    let nothing = Output::default();
    let mut tally = Tally::default();
    for note in gold {
        let found = output.get(&note.id);
        tally.missing += usize::from(found.is_none());
        let found = found.unwrap_or(&nothing);
        tally.mentions(note, found);
        tally.summary(note, found);
        tally.named_conditions(note, found);
    }
    tally.figures(gold.len())
}

#[derive(Clone, Copy, Default)]
struct Counts {
    hit: usize,
    false_alarm: usize,
    missed: usize,
}

impl Counts {
    fn prf(self) -> Prf {
        let p = share(self.hit, self.hit + self.false_alarm);
        let r = share(self.hit, self.hit + self.missed);
        Prf { p, r, f1: harmonic(p, r), n: self.hit + self.missed }
    }
}

/// A field's agreeing notes and its pairs of gold and predicted value.
#[derive(Default)]
struct Field {
    agreeing: usize,
    pairs: Vec<(String, String)>,
}

#[derive(Default)]
struct Tally {
    missing: usize,
    strict: [Counts; LABELS.len()],
    lenient: [Counts; LABELS.len()],
    /// Right and all, by `label.attribute`.
    attributes: Vec<(String, (usize, usize))>,
    classes: Vec<(Option<String>, Counts)>,
    fields: [Field; FIELDS.len()],
    agreeing_categories: usize,
    named_gold: (usize, usize),
    named_found: (usize, usize),
    errors: Vec<String>,
}

impl Tally {
    fn mentions(&mut self, note: &Gold, output: &Output) {
        for (index, (label, attributes)) in LABELS.into_iter().enumerate() {
            let gold: Vec<&Mention> = note.mentions.iter().filter(|m| m.label == label).collect();
            let found: Vec<&Mention> = output.mentions.iter().filter(|m| m.label == label).collect();
            for mode in [Mode::Strict, Mode::Lenient] {
                let pairs = pair(&gold, &found, mode);
                let counts = match mode {
                    Mode::Strict => &mut self.strict[index],
                    Mode::Lenient => &mut self.lenient[index],
                };
                counts.hit += pairs.len();
                counts.missed += gold.len() - pairs.len();
                if !(label == "level" && note.levels_truncated) {
                    counts.false_alarm += found.len() - pairs.len();
                }
                if mode == Mode::Lenient {
                    for &(g, f) in &pairs {
                        self.attributes(&note.id, label, attributes, gold[g], found[f]);
                    }
                    self.unmatched(&note.id, label, &gold, &found, &pairs);
                }
            }
        }
    }

    fn attributes(&mut self, id: &str, label: &str, names: &[&str], gold: &Mention, found: &Mention) {
        for &name in names {
            let (g, f) = (gold.attributes.get(name), found.attributes.get(name));
            let right = if name == "root" { truthy(g) == truthy(f) } else { same(g, f) };
            let (hits, all) = entry(&mut self.attributes, format!("{label}.{name}"));
            *hits += usize::from(right);
            *all += 1;
            if name == "assertion" {
                self.classes(right, g, f);
                if !right {
                    let (quote, g, f) = (mention_text(gold), plain(g), plain(f));
                    self.errors.push(format!("{id} {label} {quote}: assertion {g} read as {f}"));
                }
            }
        }
    }

    fn classes(&mut self, right: bool, gold: Option<&Value>, found: Option<&Value>) {
        let class = |v: Option<&Value>| v.filter(|v| !v.is_null()).map(|v| plain(Some(v)));
        if right {
            entry(&mut self.classes, class(gold)).hit += 1;
        } else {
            entry(&mut self.classes, class(gold)).missed += 1;
            entry(&mut self.classes, class(found)).false_alarm += 1;
        }
    }

    fn unmatched(
        &mut self,
        id: &str,
        label: &str,
        gold: &[&Mention],
        found: &[&Mention],
        pairs: &[(usize, usize)],
    ) {
        let (mut gold_used, mut found_used) = (vec![false; gold.len()], vec![false; found.len()]);
        for &(g, f) in pairs {
            (gold_used[g], found_used[f]) = (true, true);
        }
        for (what, mentions, used) in [("missed", gold, gold_used), ("false", found, found_used)] {
            for index in left_over(&used) {
                let mention = mentions[index];
                let (quote, start) = (mention_text(mention), mention.start);
                self.errors.push(format!("{id} {what} {label} {quote} at {start}"));
            }
        }
    }

    fn summary(&mut self, note: &Gold, output: &Output) {
        for (field, (name, _)) in self.fields.iter_mut().zip(FIELDS) {
            let (truth, found) = (note.truth.get(name), output.summary.get(name));
            let agrees = if name == CODE_FAMILY {
                let found = code(found);
                accepted(note, name).any(|v| code(v) == found)
            } else {
                accepted(note, name).any(|v| same(v, found))
            };
            field.agreeing += usize::from(agrees);
            field.pairs.push((plain(truth), if agrees { plain(truth) } else { plain(found) }));
            if !agrees {
                let (id, truth, found) = (&note.id, repr(truth), repr(found));
                self.errors.push(format!("{id} summary.{name}: {truth} read as {found}"));
            }
        }
        let category = |v: Option<&Value>| code(v).chars().take(3).collect::<String>();
        let found = category(output.summary.get(CODE_FAMILY));
        self.agreeing_categories += usize::from(accepted(note, CODE_FAMILY).any(|v| category(v) == found));
    }

    fn named_conditions(&mut self, note: &Gold, output: &Output) {
        let gold = conditions(note.truth.get("named_conditions"));
        let found = conditions(output.summary.get("named_conditions"));
        let alike =
            |a: &BTreeSet<String>, others: &[BTreeSet<String>]| others.iter().any(|b| !a.is_disjoint(b));
        self.named_gold.0 += gold.iter().filter(|g| alike(g, &found)).count();
        self.named_gold.1 += gold.len();
        self.named_found.0 += found.iter().filter(|f| alike(f, &gold)).count();
        self.named_found.1 += found.len();
    }

    fn figures(self, notes: usize) -> Figures {
        let mut fields = Table::default();
        let (mut agreements, mut kappas) = (Vec::new(), Vec::new());
        if notes > 0 {
            for (field, (name, element)) in self.fields.iter().zip(FIELDS) {
                let (agreement, kappa) = (share(field.agreeing, notes), kappa(&field.pairs));
                fields.0.push((name.to_owned(), Agreement { agreement, kappa, n: notes }));
                if element {
                    agreements.push(agreement);
                    kappas.extend(kappa);
                }
            }
            let agreement = share(self.agreeing_categories, notes);
            fields
                .0
                .push(("code_family.category".to_owned(), Agreement { agreement, kappa: None, n: notes }));
        }
        let (p, r) =
            (share(self.named_found.0, self.named_found.1), share(self.named_gold.0, self.named_gold.1));
        Figures {
            notes,
            missing: self.missing,
            mentions: ByMode { strict: by_label(&self.strict), lenient: by_label(&self.lenient) },
            attributes: Table(
                self.attributes
                    .into_iter()
                    .map(|(name, (hits, n))| (name, Accuracy { accuracy: share(hits, n), n }))
                    .collect(),
            ),
            assertion: Table(
                self.classes
                    .into_iter()
                    .map(|(class, counts)| (class.unwrap_or_else(|| NO_CLASS.to_owned()), counts.prf()))
                    .collect(),
            ),
            summary: Summary {
                fields,
                named_conditions: Prf { p, r, f1: harmonic(p, r), n: self.named_gold.1 },
                elements_mean: mean(&agreements),
                elements_kappa: mean(&kappas),
            },
            errors: Errors(self.errors),
        }
    }
}

/// The value of that key; a new one at the end where there is none.
fn entry<K: PartialEq, V: Default>(entries: &mut Vec<(K, V)>, key: K) -> &mut V {
    let place = entries.iter().position(|(k, _)| *k == key).unwrap_or_else(|| {
        entries.push((key, V::default()));
        entries.len() - 1
    });
    &mut entries[place].1
}

fn mention_text(mention: &Mention) -> String {
    mention.text.as_deref().map_or_else(|| repr(None), quoted)
}

/// The gold value of a field and those that stand beside it.
fn accepted<'a>(note: &'a Gold, field: &str) -> impl Iterator<Item = Option<&'a Value>> {
    let others = note.ok.get(field).and_then(Option::as_ref).into_iter().flatten();
    std::iter::once(note.truth.get(field)).chain(others.map(Some))
}

fn by_label(counts: &[Counts; LABELS.len()]) -> Table<Prf> {
    let mut total = Counts::default();
    for c in counts {
        total.hit += c.hit;
        total.false_alarm += c.false_alarm;
        total.missed += c.missed;
    }
    let labels = LABELS.iter().zip(counts).map(|((label, _), c)| ((*label).to_owned(), c.prf()));
    Table(labels.chain([("micro".to_owned(), total.prf())]).collect())
}

/// A part of a whole; 1 of nothing.
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

fn harmonic(p: f64, r: f64) -> f64 {
    if p + r == 0.0 { 0.0 } else { 2.0 * p * r / (p + r) }
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Cohen's kappa of (gold, predicted) pairs against the agreement that the values' frequencies alone would give;
/// `None` without pairs or where one value alone occurs.
pub fn kappa(pairs: &[(String, String)]) -> Option<f64> {
    if pairs.is_empty() {
        return None;
    }
    let n = pairs.len() as f64;
    let observed = pairs.iter().filter(|(g, f)| g == f).count() as f64 / n;
    let mut frequencies: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (gold, found) in pairs {
        frequencies.entry(gold).or_default().0 += 1;
        frequencies.entry(found).or_default().1 += 1;
    }
    let expected = frequencies.values().map(|(g, f)| g * f).sum::<usize>() as f64 / n / n;
    // One value alone gives exactly 1; anything less is a proper denominator.
    if expected == 1.0 { None } else { Some((observed - expected) / (1.0 - expected)) }
}

/// A code family without its 7th character and filler: `S33.5XXA` is `S33.5`; an empty value is `none`.
fn code(value: Option<&Value>) -> String {
    if !truthy(value) || value.is_some_and(|v| v == "none") {
        return "none".to_owned();
    }
    let upper = plain(value).to_uppercase();
    let mut code = upper.trim_end_matches(['-', '_']);
    if let (true, Some((last, _))) = (has_seventh_character(code), code.char_indices().next_back()) {
        code = &code[..last];
    }
    code.trim_end_matches('X').to_owned()
}

/// Letter, digit, letter or digit, period, four letters or digits.
fn has_seventh_character(code: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    let mut rest = code.chars();
    rest.next().is_some_and(|c| c.is_ascii_uppercase())
        && rest.next().is_some_and(|c| c.is_ascii_digit())
        && rest.next().is_some_and(word)
        && rest.next() == Some('.')
        && rest.clone().count() == 4
        && rest.all(word)
}

/// The words of each named condition.
fn conditions(value: Option<&Value>) -> Vec<BTreeSet<String>> {
    value.and_then(Value::as_array).into_iter().flatten().map(|v| words(&plain(Some(v)))).collect()
}

fn words(condition: &str) -> BTreeSet<String> {
    let lower = condition.to_lowercase();
    let words = lower.split(|c: char| !c.is_ascii_alphanumeric()).filter(|w| !w.is_empty());
    words.filter(|w| !SMALL_WORDS.contains(w)).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(pairs: &[(&str, &str)]) -> Option<f64> {
        kappa(&pairs.iter().map(|(g, f)| ((*g).to_owned(), (*f).to_owned())).collect::<Vec<_>>())
    }

    #[test]
    fn kappa_is_cohens() {
        assert_eq!(of(&[]), None);
        assert_eq!(of(&[("a", "a"), ("a", "a")]), None);
        assert_eq!(of(&[("a", "a"), ("b", "b")]), Some(1.0));
        assert_eq!(of(&[("a", "b"), ("b", "a")]), Some(-1.0));
        // Observed 3/4; expected (2*1 + 2*3)/16 = 1/2.
        assert_eq!(of(&[("a", "a"), ("a", "b"), ("b", "b"), ("b", "b")]), Some(0.5));
    }

    #[test]
    fn code_drops_the_seventh_character_and_filler() {
        let of = |c: &str| code(Some(&json!(c)));
        assert_eq!(of("S33.5XXA"), "S33.5");
        assert_eq!(of("S39.012A"), "S39.012");
        assert_eq!(of("M53.2X6"), "M53.2X6");
        assert_eq!(of("m47.816"), "M47.816");
        assert_eq!(of("M51.3-"), "M51.3");
        assert_eq!(of("M51.__"), "M51.");
        assert_eq!(of("M48.XX"), "M48.");
        assert_eq!(of("S3é.5XXA"), "S3É.5");
        assert_eq!(of("none"), "none");
        assert_eq!(of("NONE"), "NONE");
        assert_eq!(of(""), "none");
        assert_eq!(code(None), "none");
        assert_eq!(code(Some(&Value::Null)), "none");
    }

    #[test]
    fn words_leave_out_case_punctuation_and_small_words() {
        let of = |s: &str| words(s).into_iter().collect::<Vec<_>>();
        assert_eq!(
            of("Lumbar facet-joint arthropathy at L4-5"),
            ["5", "arthropathy", "facet", "joint", "l4"]
        );
        assert!(of("the lumbar").is_empty());
    }

    #[test]
    fn nothing_to_compare_gives_no_figures_for_the_summary() {
        let figures = score(&[], &BTreeMap::new());
        assert_eq!((figures.notes, figures.summary.elements_mean), (0, None));
        assert_eq!(figures.mentions.lenient.get("micro").map(|m| m.f1), Some(1.0));
    }
}
