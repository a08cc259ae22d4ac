//! Pages: one note with its checklist, and a batch of notes at a glance.
//!
//! Every page is one file that asks for nothing else. Its policy allows the inline style (and the one inline script of the
//! dashboard) by digest and nothing beside them, so that even markup that slipped in from a note could not act. All text
//! passes through the escaping of the templates.

mod chart;
pub mod dashboard;
mod highlight;
mod note;
mod overview;
mod tally;

pub use dashboard::Dashboard;
pub use note::page;
pub use overview::render as dashboard;
pub use tally::{Origin, Tally};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use highlight::visible;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

const BASE: &str = include_str!("base.css");

/// What a page consists of.
struct Shell<'a> {
    title: &'a str,
    /// The class of the body.
    class: &'a str,
    /// Style beside the base.
    style: &'a str,
    script: Option<&'a str>,
    body: Markup,
}

impl Shell<'_> {
    fn render(self) -> String {
        let style = format!("{BASE}{}", self.style);
        let mut policy = format!("default-src 'none'; style-src '{}'", digest(&style));
        if let Some(script) = self.script {
            policy.push_str(&format!("; script-src '{}'", digest(script)));
        }
        policy.push_str("; base-uri 'none'; form-action 'none'");
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta http-equiv="Content-Security-Policy" content=(policy);
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="referrer" content="no-referrer";
                    meta name="robots" content="noindex, nofollow";
                    meta name="color-scheme" content="light dark";
                    title { (visible(self.title)) }
                    style { (PreEscaped(&style)) }
                }
                body class=(self.class) {
                    (self.body)
                    @if let Some(script) = self.script { script { (PreEscaped(script)) } }
                }
            }
        };
        let mut page = page.into_string();
        page.push('\n');
        page
    }
}

/// The digest of an inline style or script, as a policy names it.
fn digest(text: &str) -> String {
    format!("sha256-{}", STANDARD.encode(Sha256::digest(text.as_bytes())))
}

/// What made the reports, at the foot of a page.
fn provenance(made: &crate::report::v1::Provenance) -> Markup {
    let row = |name: &str, value: &str| html! { div { dt { (name) } dd { code { (visible(value)) } } } };
    html! {
        dl.facts.made {
            (row("Software", &format!("{} {}", made.software, made.version)))
            (row("Code set", &format!("ICD-10-CM {}", made.code_set)))
            (row("Lexicon (SHA-256)", &made.lexicon))
            (row("Checklist (SHA-256)", &made.checklist))
            @match &made.classifier {
                Some(model) => (row("Classifier", &format!("{} ({})", model.name, model.sha256))),
                None => (row("Classifier", "none, rules alone")),
            }
        }
    }
}
