//! A strict reader of the pages: knows the few forms that the templates write, and fails on any other.

use base64::Engine as _;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;

const VOID: [&str; 3] = ["meta", "link", "br"];

enum Node {
    /// The tag as written, without angle brackets.
    Tag(String),
    Text(String),
}

pub(crate) struct Page {
    html: String,
    nodes: Vec<Node>,
}

fn name(tag: &str) -> &str {
    tag.trim_start_matches('/').split([' ', '>']).next().unwrap()
}

fn unescape(text: &str) -> String {
    text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
}

/// The attributes of a tag; panics on any that is not `name="value"`.
fn attributes(tag: &str) -> Vec<(String, String)> {
    let mut rest = tag[name(tag).len()..].trim_start();
    let mut out = Vec::new();
    while !rest.is_empty() {
        let (key, value) = rest.split_once("=\"").unwrap_or_else(|| panic!("attribute without value: {tag}"));
        assert!(key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'), "attribute {key} of {tag}");
        let (value, after) = value.split_once('"').unwrap_or_else(|| panic!("open quote: {tag}"));
        out.push((key.to_owned(), unescape(value)));
        rest = after.trim_start();
    }
    out
}

pub(crate) fn attribute(tag: &str, wanted: &str) -> Option<String> {
    attributes(tag).into_iter().find(|(key, _)| key == wanted).map(|(_, value)| value)
}

impl Page {
    pub(crate) fn read(html: &str) -> Self {
        let mut nodes = Vec::new();
        let mut rest = html.strip_prefix("<!DOCTYPE html>").expect("a doctype");
        while !rest.is_empty() {
            let (text, after) = rest.split_once('<').unwrap_or((rest, ""));
            assert!(!text.contains('>'), "a bare `>`: {}", &text[..text.len().min(80)]);
            nodes.push(Node::Text(unescape(text)));
            if after.is_empty() {
                break;
            }
            let (tag, after) = after.split_once('>').expect("a tag that ends");
            nodes.push(Node::Tag(tag.to_owned()));
            rest = after;
            if matches!(name(tag), "style" | "script") && !tag.starts_with('/') {
                let (raw, after) = rest.split_once(&format!("</{}>", name(tag))).unwrap();
                nodes.push(Node::Text(raw.to_owned()));
                nodes.push(Node::Tag(format!("/{}", name(tag))));
                rest = after;
            }
        }
        Self { html: html.to_owned(), nodes }
    }

    pub(crate) fn tags<'a>(&'a self, wanted: &'a str) -> impl Iterator<Item = &'a str> {
        self.opening().filter(move |tag| name(tag) == wanted)
    }

    fn opening(&self) -> impl Iterator<Item = &str> {
        self.nodes.iter().filter_map(|node| match node {
            Node::Tag(tag) if !tag.starts_with('/') => Some(tag.as_str()),
            _ => None,
        })
    }

    /// Tags of a name that have the class, or any class where it is empty.
    pub(crate) fn count(&self, wanted: &str, class: &str) -> usize {
        let has = |tag: &&str| {
            class.is_empty() || attribute(tag, "class").is_some_and(|c| c.split(' ').any(|c| c == class))
        };
        self.tags(wanted).filter(has).count()
    }

    pub(crate) fn links(&self) -> impl Iterator<Item = String> {
        self.tags("a").filter_map(|tag| attribute(tag, "href"))
    }

    /// All text but styles and scripts.
    pub(crate) fn text(&self) -> String {
        let mut out = String::new();
        let mut raw = false;
        for node in &self.nodes {
            match node {
                Node::Tag(tag) => raw = matches!(tag.as_str(), "style" | "script"),
                Node::Text(text) if !raw => out.push_str(text),
                Node::Text(_) => {}
            }
        }
        out
    }

    /// The text of the first element with a class, without the elements in `without`; a line for each `div` in it.
    pub(crate) fn text_of(&self, element: &str, class: &str, without: &[&str]) -> String {
        let begins = |node: &Node| {
            matches!(node, Node::Tag(tag) if name(tag) == element && !tag.starts_with('/')
            && attribute(tag, "class").as_deref() == Some(class))
        };
        let from = self.nodes.iter().position(begins).expect("the element");
        let (mut depth, mut skipped) = (1, 0);
        let mut lines: Vec<String> = Vec::new();
        for node in &self.nodes[from + 1..] {
            match node {
                Node::Tag(tag) => {
                    let step = if tag.starts_with('/') { -1 } else { 1 };
                    depth += step;
                    skipped += if without.contains(&name(tag)) { step } else { 0 };
                    if depth == 0 {
                        break;
                    }
                    if step == 1 && name(tag) == "div" {
                        lines.push(String::new());
                    }
                }
                Node::Text(text) if skipped == 0 && !text.is_empty() => {
                    lines.last_mut().unwrap().push_str(text)
                }
                Node::Text(_) => {}
            }
        }
        lines.join("\n")
    }

    pub(crate) fn is_well_formed(&self) {
        let mut open: Vec<&str> = Vec::new();
        for node in &self.nodes {
            let Node::Tag(tag) = node else { continue };
            if tag.starts_with('/') {
                assert_eq!(open.pop(), Some(name(tag)), "closed out of order");
            } else if !VOID.contains(&name(tag)) {
                open.push(name(tag));
            }
        }
        assert!(open.is_empty(), "never closed: {open:?}");
    }

    /// Ids are unique; what refers to one finds it.
    pub(crate) fn has_sound_links(&self) {
        let mut ids = BTreeSet::new();
        for tag in self.opening() {
            if let Some(id) = attribute(tag, "id") {
                assert!(ids.insert(id.clone()), "id {id} twice");
            }
        }
        for href in self.links().filter_map(|h| h.strip_prefix('#').map(str::to_owned)) {
            assert!(ids.contains(&href), "#{href} leads nowhere");
        }
        for tag in self.opening() {
            for label in attribute(tag, "aria-labelledby").iter().flat_map(|l| l.split(' ')) {
                assert!(ids.contains(label), "no label {label}");
            }
        }
    }

    /// One `h1`, and no level is passed over on the way down.
    pub(crate) fn has_ordered_headings(&self) {
        let level = |tag: &str| match name(tag).as_bytes() {
            [b'h', d @ b'1'..=b'6'] => Some(d - b'0'),
            _ => None,
        };
        let levels: Vec<u8> = self.opening().filter_map(level).collect();
        assert_eq!(levels.first(), Some(&1));
        assert_eq!(levels.iter().filter(|l| **l == 1).count(), 1);
        assert!(levels.windows(2).all(|w| w[1] <= w[0] + 1), "{levels:?}");
        assert_eq!(self.tags("main").count(), 1);
    }

    /// No request, no inline style, no handler.
    pub(crate) fn asks_for_nothing(&self) {
        for tag in self.opening() {
            for (key, value) in attributes(tag) {
                let fetches =
                    matches!(key.as_str(), "src" | "srcset" | "style" | "action" | "data" | "poster");
                assert!(!fetches && !key.starts_with("on"), "{tag}");
                assert!(key != "href" || !value.contains(':') && !value.starts_with("//"), "{tag}");
            }
            assert!(!matches!(name(tag), "link" | "iframe" | "img" | "object" | "form" | "base"), "{tag}");
        }
        assert!(!self.html.contains("url(") && !self.html.contains("@import"));
    }

    /// The policy allows the inline style and script that the page has, and nothing else.
    pub(crate) fn policy_fits(&self) {
        let policy = self
            .tags("meta")
            .find(|tag| attribute(tag, "http-equiv").as_deref() == Some("Content-Security-Policy"))
            .and_then(|tag| attribute(tag, "content"))
            .expect("a policy");
        let mut wanted = "default-src 'none'".to_owned();
        for element in ["style", "script"] {
            if self.tags(element).count() == 0 {
                continue;
            }
            assert_eq!(self.tags(element).count(), 1);
            let raw = self.html.split_once(&format!("<{element}>")).unwrap().1;
            let raw = raw.split_once(&format!("</{element}>")).unwrap().0;
            let digest = base64::engine::general_purpose::STANDARD.encode(Sha256::digest(raw));
            wanted.push_str(&format!("; {element}-src 'sha256-{digest}'"));
        }
        wanted.push_str("; base-uri 'none'; form-action 'none'");
        assert_eq!(policy, wanted);
    }
}
