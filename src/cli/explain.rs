//! `chartgap explain`.

use super::args::ExplainArgs;
use super::{Status, print, report, terminal};
use chartgap::render::text;

/// Prints an explanation, the list of topics, or what an unknown topic may have meant.
pub(super) fn run(args: &ExplainArgs) -> anyhow::Result<Status> {
    let mut engine = super::options(&args.engine);
    engine.code_year = Some(args.codes.code_year.clone());
    let engine = super::load(&engine)?;
    if args.list {
        let contents = engine.contents();
        let width = contents.iter().map(|(id, _)| id.len()).max().unwrap_or(0);
        let lines: Vec<String> =
            contents.iter().map(|(id, title)| format!("{id:width$}  {title}\n")).collect();
        print(&lines.concat())?;
        return Ok(Status::Clean);
    }
    let Some(topic) = &args.topic else {
        print(&(engine.topics().join("\n") + "\n"))?;
        return Ok(Status::Clean);
    };
    if let Some(explanation) = engine.explain(topic) {
        print(&text::explanation(&explanation, &terminal::options(&args.terminal, false)))?;
        return Ok(Status::Clean);
    }
    let topics = engine.topics();
    let near = suggestions(topic, &topics);
    let hint = match near.is_empty() {
        true => "`chartgap explain` lists what there is".to_owned(),
        false => format!("did you mean {}?", near.join(", ")),
    };
    report(&format!("nothing is known about \"{}\"; {hint}", topic.escape_debug()));
    Ok(Status::Failed)
}

/// At most this many are named.
const SUGGESTIONS: usize = 5;

/// The topics that the user may have meant, nearest first.
fn suggestions<'a>(topic: &str, topics: &'a [String]) -> Vec<&'a str> {
    let wanted = plain(topic);
    let allowed = (wanted.len() / 3).max(1);
    let mut near: Vec<(usize, &str)> = topics
        .iter()
        .filter_map(|known| {
            let name = plain(known);
            let part = holds(&name, &wanted) || holds(&wanted, &name);
            let distance = distance(&wanted, &name);
            (part || distance <= allowed)
                .then_some((if part { distance.min(allowed) } else { distance }, known.as_str()))
        })
        .collect();
    near.sort();
    near.truncate(SUGGESTIONS);
    near.into_iter().map(|(_, known)| known).collect()
}

/// `M53.86`, `m5386`; `named condition`, `named-condition`.
fn plain(topic: &str) -> Vec<char> {
    topic.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

fn holds(text: &[char], part: &[char]) -> bool {
    part.len() >= 3 && text.windows(part.len()).any(|window| window == part)
}

/// Edit distance with neighbours swapped counted as one step.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i; b.len() + 1];
        for j in 1..=b.len() {
            let same = usize::from(a[i - 1] != b[j - 1]);
            row[j] = (last[j] + 1).min(row[j - 1] + 1).min(last[j - 1] + same);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_topics() {
        let topics =
            ["named-condition", "imaging", "injury-history", "M53.86", "M53.87", "M47.816"].map(String::from);
        assert_eq!(suggestions("imagign", &topics), ["imaging"]);
        assert_eq!(suggestions("condition", &topics), ["named-condition"]);
        assert_eq!(suggestions("m5386", &topics)[0], "M53.86");
        assert_eq!(suggestions("M53", &topics), ["M53.86", "M53.87"]);
        assert!(suggestions("zebra", &topics).is_empty());
        assert!(suggestions("", &topics).is_empty());
    }

    #[test]
    fn distances() {
        let d = |a: &str, b: &str| distance(&plain(a), &plain(b));
        assert_eq!((d("", "abc"), d("abc", "acb"), d("kitten", "sitting")), (3, 1, 3));
    }
}
