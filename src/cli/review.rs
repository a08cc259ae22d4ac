//! `chartgap review`: decisions about the sampled notes of an audit.

use super::args::{AgreementFormat, ReviewCommand, StepArgs};
use super::files::Target;
use super::{Status, print, report, terminal};
use anyhow::Context;
use chartgap::render::text::{self, TextOptions};
use chartgap::render::words;
use chartgap::report::v1::{ElementReport, Verdict};
use chartgap::review::{
    Agreement, Given, Judgement, Pair, Sample, SampledNote, Store, agreement, corrected, field, values,
};
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read as _, Write as _};
use std::path::Path;
use std::time::SystemTime;

/// Longest line of decisions.
const LINE: u64 = 64 * 1024;

/// Does what the subcommand says.
pub(super) fn run(command: &ReviewCommand) -> anyhow::Result<Status> {
    match command {
        ReviewCommand::Step(args) => step(args),
        ReviewCommand::Record { dir, decisions } => record(dir, decisions),
        ReviewCommand::Agreement { dir, format } => {
            let (sample, store) = open(dir)?;
            let agreement = agreement(&sample, &store.decisions()?);
            print(&match format {
                AgreementFormat::Text => table(&agreement),
                AgreementFormat::Json => serde_json::to_string_pretty(&agreement)? + "\n",
            })?;
            Ok(Status::Clean)
        }
        ReviewCommand::Export { dir, out } => {
            let (sample, store) = open(dir)?;
            let mut target = Target::open(out.as_deref())?;
            for note in corrected(&sample, &store.decisions()?) {
                target.write_all((serde_json::to_string(&note)? + "\n").as_bytes())?;
            }
            target.commit()?;
            Ok(Status::Clean)
        }
    }
}

fn open(dir: &Path) -> anyhow::Result<(Sample, Store)> {
    let sample = Sample::read(dir)?;
    let store = Store::open(dir, &sample)?;
    Ok((sample, store))
}

fn now() -> String {
    humantime::format_rfc3339_seconds(SystemTime::now()).to_string()
}

/// Decisions from a file; one that is refused costs its line.
fn record(dir: &Path, decisions: &Path) -> anyhow::Result<Status> {
    let (sample, mut store) = open(dir)?;
    let (name, reader): (String, Box<dyn BufRead>) = if decisions.as_os_str() == "-" {
        ("<stdin>".to_owned(), Box::new(io::stdin().lock()))
    } else {
        let name = decisions.display().to_string();
        let file = File::open(decisions).with_context(|| name.clone())?;
        (name, Box::new(BufReader::new(file)))
    };
    let (mut reader, mut number, mut recorded, mut refused) = (reader, 0u64, 0u64, 0u64);
    loop {
        let mut line = Vec::new();
        number += 1;
        if reader.by_ref().take(LINE).read_until(b'\n', &mut line).with_context(|| name.clone())? == 0 {
            break;
        }
        if line.len() as u64 == LINE && line.last() != Some(&b'\n') {
            anyhow::bail!("{name}:{number}: longer than {LINE} bytes");
        }
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        // What serde says of a line quotes it.
        let done = match serde_json::from_slice::<Given>(&line) {
            Ok(given) => store.record(&sample, given, &now()).map(|_| ()).map_err(anyhow::Error::from),
            Err(e) => Err(anyhow::anyhow!(
                "no decision of the form {{note, element, reviewer, decision, …}} (column {})",
                e.column()
            )),
        };
        match done {
            Ok(()) => recorded += 1,
            Err(error) => {
                refused += 1;
                report(&format!("{name}:{number}: {error:#}"));
            }
        }
    }
    print(&format!("{recorded} decisions recorded, {refused} refused\n"))?;
    Ok(if refused > 0 { Status::Failed } else { Status::Clean })
}

/// Goes through the notes that the reviewer has not done, element by element.
fn step(args: &StepArgs) -> anyhow::Result<Status> {
    let (sample, store) = open(&args.dir)?;
    let options = terminal::options(&args.terminal, false);
    let mut desk = Desk { sample: &sample, store, reviewer: &args.reviewer, options };
    for at in 0..sample.notes.len() {
        if let Next::Quit = desk.note(at)? {
            break;
        }
    }
    let done = desk.store.progress()?.remove(args.reviewer.trim()).unwrap_or_default();
    let complete = sample
        .notes
        .iter()
        .filter(|n| done.get(&n.ordinal).is_some_and(|d| *d >= n.report.elements.len()))
        .count();
    print(&format!("{complete} of {} notes done by {}\n", sample.notes.len(), args.reviewer.trim()))?;
    Ok(Status::Clean)
}

enum Next {
    Element,
    Note,
    Quit,
}

struct Desk<'a> {
    sample: &'a Sample,
    store: Store,
    reviewer: &'a str,
    options: TextOptions,
}

impl Desk<'_> {
    fn note(&mut self, at: usize) -> anyhow::Result<Next> {
        let note = &self.sample.notes[at];
        let own = self.store.visible(self.sample, note.ordinal, self.reviewer)?;
        let done = |element: &ElementReport| {
            own.iter().any(|d| d.given.element == element.id && d.given.reviewer == self.reviewer.trim())
        };
        let left: Vec<&ElementReport> = note.report.elements.iter().filter(|e| !done(e)).collect();
        if left.is_empty() {
            return Ok(Next::Note);
        }
        print(&format!(
            "\n━━ note {} of {}\n{}",
            at + 1,
            self.sample.notes.len(),
            text::text(&note.report, &note.note(), &self.options)
        ))?;
        for element in left {
            match self.element(note, element)? {
                Next::Element => {}
                other => return Ok(other),
            }
        }
        Ok(Next::Note)
    }

    fn element(&mut self, note: &SampledNote, element: &ElementReport) -> anyhow::Result<Next> {
        let (mark, verdict) = (words::mark(element.verdict), words::verdict(element.verdict));
        let mut comment = None;
        loop {
            let question = format!(
                "{mark} {}: {verdict}. Right? [y]es [n]o [c]omment [t]ext of the note [s]kip the note [q]uit > ",
                element.id
            );
            let Some(answer) = ask(&question)? else { return Ok(Next::Quit) };
            let (decision, corrected, value) = match answer.to_ascii_lowercase().as_str() {
                "y" | "yes" => (Judgement::Agree, None, None),
                "n" | "no" => {
                    let Some((corrected, value)) = correction(element)? else { return Ok(Next::Quit) };
                    (Judgement::Disagree, corrected, value)
                }
                "c" | "comment" => {
                    let Some(words) = ask("Comment > ")? else { return Ok(Next::Quit) };
                    comment = Some(words).filter(|words| !words.is_empty());
                    continue;
                }
                "t" | "text" => {
                    print(&format!("{}\n", plain(&note.text)))?;
                    continue;
                }
                "s" | "skip" => return Ok(Next::Note),
                "q" | "quit" => return Ok(Next::Quit),
                _ => continue,
            };
            let given = Given {
                note: note.ordinal,
                element: element.id.clone(),
                reviewer: self.reviewer.to_owned(),
                decision,
                corrected,
                value,
                comment: comment.clone(),
            };
            match self.store.record(self.sample, given, &now()) {
                Ok(_) => return Ok(Next::Element),
                Err(chartgap::review::ReviewError::Refused(refusal)) => report(&refusal.to_string()),
                Err(error) => return Err(error.into()),
            }
        }
    }
}

/// What would be right; `None` at the end of the input.
fn correction(element: &ElementReport) -> anyhow::Result<Option<(Option<Verdict>, Option<String>)>> {
    const VERDICTS: [Verdict; 6] = [
        Verdict::Met,
        Verdict::Partial,
        Verdict::Missing,
        Verdict::Contradicted,
        Verdict::NotApplicable,
        Verdict::Unclear,
    ];
    let others: Vec<Verdict> = VERDICTS.into_iter().filter(|v| *v != element.verdict).collect();
    let names: Vec<&str> = others.iter().map(|v| words::verdict(*v)).collect();
    let question = format!("Which verdict is right? {}; nothing where it is open > ", names.join(", "));
    let corrected = loop {
        let Some(answer) = ask(&question)? else { return Ok(None) };
        match others.iter().find(|v| words::verdict(**v) == answer.to_ascii_lowercase()) {
            _ if answer.is_empty() => break None,
            Some(verdict) => break Some(*verdict),
            None => {}
        }
    };
    let Some(field) = field(&element.id) else { return Ok(Some((corrected, None))) };
    let allowed = values(&element.id);
    let choice = match (allowed.is_empty(), field) {
        (false, _) => allowed.join(", "),
        (true, "named_conditions") => "in the words of the note, with `;` between them".to_owned(),
        (true, _) => "as the guideline writes it".to_owned(),
    };
    let question = format!("What does the note say ({field})? {choice}; nothing where that stays > ");
    loop {
        let Some(answer) = ask(&question)? else { return Ok(None) };
        if answer.is_empty() {
            return Ok(Some((corrected, None)));
        }
        if allowed.is_empty() || allowed.contains(&answer.as_str()) {
            return Ok(Some((corrected, Some(answer))));
        }
    }
}

/// A line of the input without what surrounds it; `None` at its end.
fn ask(question: &str) -> anyhow::Result<Option<String>> {
    print(question)?;
    let mut line = Vec::new();
    let mut input = io::stdin().lock();
    if input.by_ref().take(LINE).read_until(b'\n', &mut line)? == 0 {
        io::stdout().lock().write_all(b"\n")?;
        return Ok(None);
    }
    Ok(Some(String::from_utf8_lossy(&line).trim().to_owned()))
}

/// The text with everything that could steer a terminal taken out.
fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' && c != '\t' { '\u{fffd}' } else { c }).collect()
}

fn table(agreement: &Agreement) -> String {
    let mut out = format!("{} notes in the sample\n", agreement.notes);
    for (name, done) in &agreement.reviewers {
        let _ = writeln!(out, "    {name:<24}{done:>6} done");
    }
    if agreement.reviewers.is_empty() {
        out += "    nobody has decided yet\n";
    }
    let _ = writeln!(out, "\n{:<26}{:>10}{:>10}{:>10}", "With chartgap", "decisions", "agreed", "weighted");
    for e in &agreement.elements {
        let (agreed, weighted) = (share(e.agreed), share(e.agreed_weighted));
        let _ = writeln!(out, "    {:<22}{:>10}{agreed:>10}{weighted:>10}", e.element, e.decisions);
    }
    for (at, all) in agreement.pairs.iter().enumerate() {
        let title = all.reviewers.join(" and ");
        let _ = writeln!(out, "\n{title:<26}{:>10}{:>10}{:>10}", "both", "agreed", "kappa");
        let mut line = |name: &str, pair: &Pair| {
            let kappa = pair.kappa.map_or_else(|| "–".to_owned(), |k| format!("{k:.3}"));
            let _ = writeln!(out, "    {name:<22}{:>10}{:>10}{kappa:>10}", pair.both, share(pair.agreed));
        };
        for element in &agreement.elements {
            if let Some(pair) = element.pairs.get(at) {
                line(&element.element, pair);
            }
        }
        line("all (mean kappa)", all);
    }
    out
}

fn share(share: Option<f64>) -> String {
    share.map_or_else(|| "–".to_owned(), |share| format!("{:.1} %", share * 100.0))
}
