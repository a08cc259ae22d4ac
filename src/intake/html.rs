//! HTML to text: what a browser would show, with headings, list items and table rows on lines of their own.

use super::blocks::Blocks;
use super::charset;
use super::found::{Found, Parsed};
use super::source::Source;
use super::{IntakeError, Reason};
use html5gum::{DefaultEmitter, HtmlString, StartTag, Token, Tokenizer};

/// Reads one HTML document as one note.
///
/// # Errors
/// The document or its text is over the limits, or it shows no text.
pub fn parse(bytes: &[u8], source: &Source) -> Parsed {
    let error = |reason| IntakeError::new(source.name, reason);
    source.check_size(bytes).map_err(error)?;
    let html = charset::decode(bytes, declared(bytes).as_deref()).map_err(error)?;
    let text = text(&html, source).map_err(error)?;
    Ok(vec![Found::default().note(text, source, None)])
}

/// The text that a document or fragment shows.
pub(super) fn text(html: &str, source: &Source) -> Result<String, Reason> {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut page = Page { blocks: Blocks::new(source.limits.note_bytes), open: Vec::new(), verbatim: None };
    for token in Tokenizer::new_with_emitter(html, emitter) {
        let Ok(token) = token;
        page.token(token);
        if page.blocks.is_full() {
            break;
        }
    }
    page.blocks.finish()
}

/// The charset that the document names in its first bytes.
fn declared(bytes: &[u8]) -> Option<String> {
    const HEAD: usize = 1024;
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(HEAD)]).to_ascii_lowercase();
    let at = head.find("charset")? + "charset".len();
    let value = head[at..].trim_start().strip_prefix('=')?.trim_start().trim_start_matches(['"', '\'']);
    let end = value.find(|c: char| !c.is_ascii_alphanumeric() && !"-_:.".contains(c)).unwrap_or(value.len());
    Some(value[..end].to_owned())
}

/// So many open elements are followed; those further in are read, but cannot hide anything.
const OPEN: usize = 256;

struct Page {
    blocks: Blocks,
    open: Vec<Element>,
    /// The element whose content the tokenizer hands over raw and which shows nothing.
    verbatim: Option<Name>,
}

struct Element {
    name: Name,
    hidden: bool,
    list: Option<u32>,
    pre: bool,
}

/// A tag name without allocation; longer names are cut, which no element of HTML needs.
type Name = [u8; 12];

fn name_of(name: &[u8]) -> Name {
    let mut out = [0; 12];
    for (to, from) in out.iter_mut().zip(name) {
        *to = *from;
    }
    out
}

/// Elements whose content no browser shows, or shows as deleted.
const HIDDEN: &[&[u8]] = &[
    b"script",
    b"style",
    b"title",
    b"template",
    b"noscript",
    b"iframe",
    b"object",
    b"svg",
    b"math",
    b"audio",
    b"video",
    b"noembed",
    b"noframes",
    b"datalist",
    b"del",
    b"s",
    b"strike",
];
const VOID: &[&[u8]] = &[
    b"area",
    b"base",
    b"br",
    b"col",
    b"embed",
    b"hr",
    b"img",
    b"input",
    b"link",
    b"meta",
    b"param",
    b"source",
    b"track",
    b"wbr",
    b"basefont",
    b"bgsound",
    b"frame",
    b"keygen",
];
/// Blocks that stand on lines of their own.
const LINES: &[&[u8]] = &[
    b"div",
    b"section",
    b"article",
    b"header",
    b"footer",
    b"main",
    b"nav",
    b"aside",
    b"address",
    b"form",
    b"fieldset",
    b"legend",
    b"figure",
    b"figcaption",
    b"details",
    b"summary",
    b"body",
    b"html",
    b"head",
    b"center",
    b"dt",
    b"dd",
    b"ul",
    b"ol",
    b"menu",
    b"caption",
    b"thead",
    b"tbody",
    b"tfoot",
    b"tr",
    b"li",
    b"table",
    b"option",
    b"optgroup",
    b"select",
    b"button",
    b"textarea",
];
/// Blocks with an empty line around them.
const PARAGRAPHS: &[&[u8]] = &[
    b"p",
    b"h1",
    b"h2",
    b"h3",
    b"h4",
    b"h5",
    b"h6",
    b"blockquote",
    b"pre",
    b"hr",
    b"dl",
    b"table",
    b"listing",
];
/// Elements whose end tag may be left out: what closes them where it begins, and where the search stops.
const OPTIONAL_END: &[(Names, Names, Names)] = &[
    (&[b"li"], &[b"li"], &[b"ul", b"ol", b"menu", b"table"]),
    (&[b"dt", b"dd"], &[b"dt", b"dd"], &[b"dl", b"table"]),
    (&[b"td", b"th"], &[b"td", b"th"], &[b"tr", b"table"]),
    (&[b"tr"], &[b"tr"], &[b"table"]),
    (&[b"thead", b"tbody", b"tfoot"], &[b"thead", b"tbody", b"tfoot"], &[b"table"]),
    (&[b"option", b"optgroup"], &[b"option"], &[b"select"]),
];

type Names = &'static [&'static [u8]];

fn any(list: &[&[u8]], name: &[u8]) -> bool {
    list.contains(&name)
}

impl Page {
    fn token(&mut self, token: Token) {
        match token {
            Token::String(text) => {
                if !self.hidden() {
                    let text = String::from_utf8_lossy(&text);
                    if self.open.last().is_some_and(|e| e.pre) {
                        self.blocks.preformatted(&text);
                    } else {
                        self.blocks.words(&text);
                    }
                }
            }
            Token::StartTag(tag) => self.start(&tag),
            Token::EndTag(tag) => self.end(&tag.name),
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }

    fn hidden(&self) -> bool {
        self.verbatim.is_some() || self.open.last().is_some_and(|e| e.hidden)
    }

    fn start(&mut self, tag: &StartTag<()>) {
        let name = tag.name.as_slice();
        self.close_optional(name);
        let hidden = self.hidden() || any(HIDDEN, name) || is_hidden(tag);
        if !hidden {
            self.show_start(tag);
        }
        if any(VOID, name) || tag.self_closing && any(HIDDEN, name) && !is_raw(name) {
            return;
        }
        if self.open.len() >= OPEN {
            if is_raw(name) {
                self.verbatim = Some(name_of(name));
            }
            return;
        }
        let pre = any(&[b"pre", b"textarea", b"listing", b"xmp"], name);
        let list = match name {
            b"ol" => Some(attribute(tag, b"start").and_then(|s| s.parse().ok()).unwrap_or(1)),
            _ => None,
        };
        let pre = pre || self.open.last().is_some_and(|e| e.pre);
        self.open.push(Element { name: name_of(name), hidden, list, pre });
    }

    fn show_start(&mut self, tag: &StartTag<()>) {
        match tag.name.as_slice() {
            b"br" => self.blocks.feed(),
            b"li" => {
                let mark =
                    match self.open.iter_mut().rev().find(|e| e.list.is_some() || is_plain_list(&e.name)) {
                        Some(Element { list: Some(number), .. }) => {
                            let mark = format!("{number}. ");
                            *number = number.saturating_add(1);
                            mark
                        }
                        _ => "- ".to_owned(),
                    };
                self.blocks.item(&mark);
            }
            b"tr" => self.blocks.row(),
            b"td" | b"th" => self.blocks.cell_start(),
            b"input" => self.input(tag),
            name if any(PARAGRAPHS, name) => self.blocks.paragraph(),
            name if any(LINES, name) => self.blocks.line(),
            _ => {}
        }
    }

    /// A form shows what is ticked and what was typed.
    fn input(&mut self, tag: &StartTag<()>) {
        let kind = attribute(tag, b"type").unwrap_or_default().to_ascii_lowercase();
        let checked = tag.attributes.contains_key(b"checked".as_slice());
        match kind.as_str() {
            "checkbox" | "radio" => self.blocks.words(if checked { " [x] " } else { " [ ] " }),
            "" | "text" | "number" | "date" => {
                self.blocks.words(" ");
                self.blocks.words(&attribute(tag, b"value").unwrap_or_default());
                self.blocks.words(" ");
            }
            _ => {}
        }
    }

    fn end(&mut self, name: &[u8]) {
        let packed = name_of(name);
        if self.verbatim == Some(packed) {
            self.verbatim = None;
            return;
        }
        if name == b"p" && !self.open.iter().any(|e| e.name == packed) && !self.hidden() {
            self.blocks.paragraph();
            return;
        }
        // An end tag reaches no further out than the cell or table that it stands in.
        let stops =
            !any(&[b"td", b"th", b"tr", b"table", b"tbody", b"thead", b"tfoot", b"body", b"html"], name);
        for at in (0..self.open.len()).rev() {
            if self.open[at].name == packed {
                let hidden = self.open[at].hidden;
                self.open.truncate(at);
                if !hidden {
                    self.show_end(name);
                }
                return;
            }
            if stops && (self.open[at].name == name_of(b"td") || self.open[at].name == name_of(b"table")) {
                return;
            }
        }
    }

    fn show_end(&mut self, name: &[u8]) {
        match name {
            b"td" | b"th" => self.blocks.cell_end(),
            b"tr" => self.blocks.row(),
            b"table" => {
                self.blocks.table_end();
                self.blocks.paragraph();
            }
            name if any(PARAGRAPHS, name) => self.blocks.paragraph(),
            name if any(LINES, name) => self.blocks.line(),
            _ => {}
        }
    }

    /// Closes what the element that begins leaves no room for.
    fn close_optional(&mut self, name: &[u8]) {
        let block = any(LINES, name) || any(PARAGRAPHS, name);
        if block && self.open.last().is_some_and(|e| e.name == name_of(b"p")) {
            self.end(b"p");
        }
        for (starts, closes, stops) in OPTIONAL_END {
            if !any(starts, name) {
                continue;
            }
            for at in (0..self.open.len()).rev() {
                let open = self.open[at].name;
                if let Some(close) = closes.iter().find(|c| name_of(c) == open) {
                    let hidden = self.open[at].hidden;
                    self.open.truncate(at);
                    if !hidden {
                        self.show_end(close);
                    }
                    break;
                }
                if stops.iter().any(|s| name_of(s) == open) {
                    break;
                }
            }
        }
    }
}

/// The tokenizer takes the content of these for text.
fn is_raw(name: &[u8]) -> bool {
    any(&[b"script", b"style", b"title", b"noscript", b"iframe", b"noembed"], name)
}

fn is_plain_list(name: &Name) -> bool {
    *name == name_of(b"ul") || *name == name_of(b"menu")
}

fn attribute(tag: &StartTag<()>, name: &[u8]) -> Option<String> {
    tag.attributes
        .get(name)
        .map(|v: &html5gum::Spanned<HtmlString, ()>| String::from_utf8_lossy(v).into_owned())
}

/// Hidden by attribute or by its own style. Style sheets are not applied.
fn is_hidden(tag: &StartTag<()>) -> bool {
    if tag.attributes.contains_key(b"hidden".as_slice()) {
        return true;
    }
    if tag.name.as_slice() == b"option" && !tag.attributes.contains_key(b"selected".as_slice()) {
        return true;
    }
    let style = attribute(tag, b"style").unwrap_or_default();
    let style: String =
        style.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_lowercase()).collect();
    ["display:none", "visibility:hidden", "mso-hide:all", "text-decoration:line-through"]
        .iter()
        .any(|s| style.contains(s))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::source::Limits;

    fn shown(html: &str) -> String {
        let limits = Limits::default();
        text(html, &Source::new("t.html", &limits)).unwrap()
    }

    #[test]
    fn what_a_browser_shows() {
        let cases: &[(&str, &str)] = &[
            ("plain", "plain"),
            ("a  b\n\tc&nbsp;d", "a b c d"),
            ("<p>One</p><p>Two", "One\n\nTwo"),
            ("<h2>Assessment</h2>Strain", "Assessment\n\nStrain"),
            ("<div>a<div>b</div>c</div>d", "a\nb\nc\nd"),
            ("a<br>b<br/><br>c", "a\nb\n\nc"),
            ("can&rsquo;t &lt;5&nbsp;mm &amp; &#8805;3 &eacute; &bogus;", "can’t <5 mm & ≥3 é &bogus;"),
            ("<ul><li>PT<li>NSAIDs</ul>end", "- PT\n- NSAIDs\nend"),
            ("<ol start=3><li><p>a</p></li><li>b</li></ol>", "3. a\n\n4. b"),
            ("<ol><li>a<ul><li>x</ul><li>b</ol>", "1. a\n- x\n2. b"),
            (
                "<table><tr><th>Level</th><th>Finding</th></tr><tr><td>L4-5<td><p>bulge</p><p>mild</p></table>x",
                "Level | Finding\nL4-5 | bulge mild\n\nx",
            ),
            ("<table><tr><td>a</td><td></td><td>b</td></tr></table>", "a | b"),
            ("<dl><dt>CC<dd>Back pain<dt>HPI<dd>Fell</dl>", "CC\nBack pain\nHPI\nFell"),
            ("<pre>A:  1\n  B</pre>c", "A:  1\n  B\n\nc"),
            ("<b>PLAN:</b> r<i>es</i>t", "PLAN: rest"),
            (
                "<input type=checkbox checked>sitting <input type=checkbox>standing",
                "[x] sitting [ ] standing",
            ),
            ("Pain <input value='7'>/10", "Pain 7 /10"),
            ("<select><option>no<option selected>yes</select>", "yes"),
            ("<textarea>kept\nlines</textarea>", "kept\nlines"),
            ("a<hr>b", "a\n\nb"),
        ];
        for (html, expected) in cases {
            assert_eq!(&shown(html), expected, "{html}");
        }
    }

    #[test]
    fn what_no_browser_shows() {
        for html in [
            "a<script>if (x<b) { zebra }</script>b",
            "a<style>p { content: 'zebra' }</style>b",
            "<title>zebra</title>ab",
            "a<!-- zebra -->b",
            "a<span hidden>zebra <span>zebra</span> zebra</span>b",
            "a<span style='Display: none'>zebra</span>b",
            "a<div style=\"display:none\">zebra<p>zebra</div>b",
            "a<del>zebra</del>b",
            "a<span style='text-decoration: line-through'>zebra</span>b",
            "a<noscript>zebra</noscript>b",
            "a<input type=hidden value=zebra>b",
            "a<template>zebra<b>zebra</b></template>b",
            "<p hidden>zebra<p>ab",
        ] {
            assert_eq!(shown(html).replace('\n', ""), "ab", "{html}");
        }
    }

    #[test]
    fn broken_markup_hides_nothing() {
        for (html, expected) in [
            ("a</div></p>b", "a\n\nb"),
            ("<b>a<div>b</b>c", "a\nbc"),
            ("<table><tr><td>a</div></td><td>b", "a | b"),
            ("a < b and c > d", "a < b and c > d"),
            ("<p>a<table><tr><td>b</p>c</table>", "a\n\nb c"),
        ] {
            assert_eq!(shown(html), expected, "{html}");
        }
        let deep = "<div>".repeat(100_000) + "x" + &"</div>".repeat(100_000) + "<script>zebra</script>y";
        assert_eq!(shown(&deep), "x\ny");
        let unclosed = "<font>a ".repeat(50_000) + "<script>zebra</script>";
        assert_eq!(shown(&unclosed).len(), 2 * 50_000 - 1);
    }

    #[test]
    fn the_charset_of_the_document() {
        let limits = Limits::default();
        let source = Source::new("t.html", &limits);
        let read = |bytes: &[u8]| parse(bytes, &source).unwrap().remove(0).unwrap().text;
        assert_eq!(read(b"<meta charset=windows-1252>can\x92t"), "can’t");
        assert_eq!(read(b"<meta http-equiv=x content='text/html; charset=\"ISO-8859-2\"'>\xB1"), "ą");
        assert_eq!(read("<meta charset=utf-8>é".as_bytes()), "é");
        assert_eq!(read("é".as_bytes()), "é");
    }

    #[test]
    fn limits_and_emptiness() {
        let limits = Limits { note_bytes: 4, ..Limits::default() };
        let source = Source::new("t.html", &limits);
        assert_eq!(
            parse(b"<p>zebra", &source).unwrap_err().to_string(),
            "t.html: the note is larger than 4 bytes (--max-note-bytes)"
        );
        let empty = parse(b"<p> <!-- zebra --></p>", &source).unwrap().remove(0).unwrap_err();
        assert_eq!(empty.reason.code(), "empty");
    }
}
