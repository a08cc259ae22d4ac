//! The text of the resources that are documents.

use super::store::Store;
use super::{kind, list, metadata, string};
use crate::intake::found::Found;
use crate::intake::media::{self, Part};
use crate::intake::source::Source;
use crate::intake::{Reason, headings, html};
use serde_json::Value;
use std::cell::RefCell;
use std::collections::BTreeSet;

/// Reads documents, and remembers which binaries they were read from.
pub(super) struct Documents<'s, 'v> {
    store: &'s Store<'v>,
    source: &'s Source<'s>,
    used: RefCell<BTreeSet<usize>>,
}

/// Whether a diagnostic report is more than its values.
pub(super) fn has_report(report: &Value) -> bool {
    string(&report["conclusion"]).is_some() || !list(&report["presentedForm"]).is_empty()
}

/// Attachments hold one document in several formats: the one that loses least is read.
const PREFERENCE: &[&str] = &["text/plain", "text/html", "application/xhtml+xml", "rtf", "xml"];

impl<'s, 'v> Documents<'s, 'v> {
    pub(super) fn new(store: &'s Store<'v>, source: &'s Source<'s>) -> Self {
        Self { store, source, used: RefCell::default() }
    }

    /// Whether the binary at this place belonged to a document.
    pub(super) fn used(&self, index: usize) -> bool {
        self.used.borrow().contains(&index)
    }

    /// The text of a document.
    pub(super) fn read(&self, resource: &'v Value) -> Result<Part, Reason> {
        match kind(resource) {
            "Composition" => self.composition(resource).map(plain),
            "DocumentReference" => {
                let attachments: Vec<&Value> =
                    list(&resource["content"]).iter().map(|c| &c["attachment"]).collect();
                self.attachments(resource, &attachments)
            }
            _ => self.report(resource),
        }
    }

    /// The text of a binary.
    pub(super) fn binary(&self, binary: &Value) -> Result<Part, Reason> {
        let data = string(&binary["data"]).ok_or(Reason::MissingField("data"))?;
        let kind = string(&binary["contentType"]).unwrap_or_default();
        media::read(&media::base64(data, self.source)?, kind, self.source, 1)
    }

    /// The best of several formats that can be read; the fault of the best where none can.
    fn attachments(&self, owner: &'v Value, attachments: &[&Value]) -> Result<Part, Reason> {
        let rank = |attachment: &Value| {
            let kind = string(&attachment["contentType"]).unwrap_or_default().to_ascii_lowercase();
            PREFERENCE.iter().position(|p| kind.contains(p)).unwrap_or(PREFERENCE.len())
        };
        let mut sorted = attachments.to_vec();
        sorted.sort_by_key(|a| rank(a));
        let mut best = None;
        let mut fault = None;
        for attachment in sorted {
            // The binaries of the other formats are no notes of their own.
            let index = string(&attachment["url"]).and_then(|u| self.store.index(u));
            self.used.borrow_mut().extend(index);
            if best.is_none() {
                match self.attachment(owner, attachment) {
                    Ok(part) if part.text.trim().is_empty() => fault = fault.or(Some(Reason::Empty)),
                    Ok(part) => best = Some(part),
                    Err(reason) => fault = fault.or(Some(reason)),
                }
            }
        }
        best.ok_or(fault.unwrap_or(Reason::MissingField("attachment")))
    }

    fn attachment(&self, owner: &'v Value, attachment: &Value) -> Result<Part, Reason> {
        let kind_of = string(&attachment["contentType"]).unwrap_or_default();
        if let Some(data) = string(&attachment["data"]) {
            return media::read(&media::base64(data, self.source)?, kind_of, self.source, 1);
        }
        let url = string(&attachment["url"]).ok_or(Reason::MissingField("data"))?;
        let binary = match url.strip_prefix('#') {
            Some(id) => list(&owner["contained"]).iter().find(|c| string(&c["id"]) == Some(id)),
            None => self.store.index(url).map(|i| self.store.resources()[i]),
        };
        let binary = binary.filter(|b| kind(b) == "Binary").ok_or(Reason::NotIncluded)?;
        match (string(&binary["data"]), kind_of) {
            (Some(data), declared) if !declared.is_empty() && string(&binary["contentType"]).is_none() => {
                media::read(&media::base64(data, self.source)?, declared, self.source, 1)
            }
            _ => self.binary(binary),
        }
    }

    /// The report as it was issued, its conclusion where that is not in it.
    fn report(&self, report: &'v Value) -> Result<Part, Reason> {
        let forms: Vec<&Value> = list(&report["presentedForm"]).iter().collect();
        let conclusion = string(&report["conclusion"]);
        let issued = if forms.is_empty() { None } else { Some(self.attachments(report, &forms)) };
        let mut part = match (issued, conclusion) {
            (Some(Ok(part)), _) => part,
            (Some(Err(reason)), None) => return Err(reason),
            // Alone, a conclusion does not say what was examined.
            (_, Some(_)) => plain(metadata::display(&report["code"]).unwrap_or_default()),
            (None, None) => return self.narrative(report).map(plain),
        };
        if let Some(conclusion) = conclusion
            && !squeezed(&part.text).contains(&squeezed(conclusion))
        {
            let gap = if part.text.is_empty() { "" } else { "\n\n" };
            self.push(&mut part.text, &format!("{gap}IMPRESSION:\n{conclusion}"))?;
        }
        Ok(part)
    }

    /// The narrative of a resource whose parts hold no text.
    fn narrative(&self, resource: &Value) -> Result<String, Reason> {
        let div = string(&resource["text"]["div"]).ok_or(Reason::NoNotes)?;
        html::text(div, self.source)
    }

    fn composition(&self, composition: &'v Value) -> Result<String, Reason> {
        let mut text = String::new();
        for section in list(&composition["section"]) {
            self.section(composition, section, 0, &mut text)?;
        }
        if text.is_empty() { self.narrative(composition) } else { Ok(text) }
    }

    fn section(
        &self,
        owner: &'v Value,
        section: &'v Value,
        depth: usize,
        text: &mut String,
    ) -> Result<(), Reason> {
        if depth > self.source.limits.depth {
            return Err(Reason::TooDeep { limit: self.source.limits.depth as u64 });
        }
        let mut body = match string(&section["text"]["div"]) {
            Some(div) => html::text(div, self.source)?,
            None => String::new(),
        };
        if body.is_empty() {
            // What the section should say may stand in what it lists.
            for entry in list(&section["entry"]) {
                let listed = self.store.resolve(owner, entry).and_then(|r| string(&r["text"]["div"]));
                if let Some(div) = listed {
                    let gap = if body.is_empty() { "" } else { "\n\n" };
                    let said = html::text(div, self.source)?;
                    self.push(&mut body, &format!("{gap}{said}"))?;
                }
            }
        }
        let below = list(&section["section"]);
        if !body.is_empty() || !below.is_empty() {
            let codes: Vec<&str> =
                list(&section["code"]["coding"]).iter().filter_map(|c| string(&c["code"])).collect();
            let title = string(&section["title"]).or_else(|| string(&section["code"]["text"]));
            let gap = if text.is_empty() { "" } else { "\n\n" };
            let heading = headings::of_section(title, &codes)
                .map(|h| format!("{}:", squeezed(h).trim_end_matches(':').to_uppercase()))
                .unwrap_or_default();
            let feed = if heading.is_empty() || body.is_empty() { "" } else { "\n" };
            self.push(text, &format!("{gap}{heading}{feed}{body}"))?;
        }
        for section in below {
            self.section(owner, section, depth + 1, text)?;
        }
        Ok(())
    }

    fn push(&self, text: &mut String, part: &str) -> Result<(), Reason> {
        let limit = self.source.limits.note_bytes;
        if text.len() + part.len() > limit {
            return Err(Reason::TooLarge { limit: limit as u64 });
        }
        text.push_str(part);
        Ok(())
    }
}

fn plain(text: String) -> Part {
    Part { text, found: Found::default() }
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
