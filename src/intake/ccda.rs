//! C-CDA to text: the narrative blocks of a clinical document under headings that tell their sections.

use super::blocks::Blocks;
use super::found::{Found, Parsed, iso_day};
use super::media::{self, Part};
use super::source::Source;
use super::{At, IntakeError, Reason, charset, headings};
use roxmltree::{Document, Node, ParsingOptions};

/// Reads one clinical document as one note.
///
/// # Errors
/// The document is over the limits, no well-formed XML, has a document type definition, or is no clinical document.
pub fn parse(bytes: &[u8], source: &Source) -> Parsed {
    let error = |reason| IntakeError::new(source.name, reason);
    source.check_size(bytes).map_err(error)?;
    let xml = charset::decode(bytes, declared(bytes).as_deref()).map_err(error)?;
    let Part { text, found } = read(&xml, source, 0).map_err(error)?;
    Ok(vec![found.note(text, source, None)])
}

/// The text of a clinical document and what its header says. `level` counts the documents around it.
pub(super) fn read(xml: &str, source: &Source, level: usize) -> Result<Part, Reason> {
    check_tags(xml)?;
    let options = ParsingOptions { nodes_limit: NODES, ..ParsingOptions::default() };
    let document = Document::parse_with_options(xml, options).map_err(|e| reason(&e))?;
    let root = document.root_element();
    if root.tag_name().name() != "ClinicalDocument" {
        return Err(Reason::Unsupported("XML of another kind than C-CDA"));
    }
    let mut found = header(root);
    if let Some(text) = path(root, &["component", "nonXMLBody", "text"]) {
        return non_xml(text, found, source, level);
    }
    let mut writer = Writer { blocks: Blocks::new(source.limits.note_bytes), depth: source.limits.depth };
    if let Some(body) = path(root, &["component", "structuredBody"]) {
        for section in children(body, "component").filter_map(|c| child(c, "section")) {
            writer.section(section, &mut found, 0)?;
        }
    }
    Ok(Part { text: writer.blocks.finish()?, found })
}

/// Nodes of one document: a large record has some hundred thousand.
const NODES: u32 = 4_000_000;
/// The parser compares every attribute of an element with every other, and copies the namespaces of the parent.
const ATTRIBUTES: usize = 256;
const NAMESPACES: usize = 10_000;

/// Refuses in one pass what would cost the parser the square of its size.
fn check_tags(xml: &str) -> Result<(), Reason> {
    let bytes = xml.as_bytes();
    let mut at = 0;
    let mut namespaces = 0;
    while let Some(open) = memchr::memchr(b'<', &bytes[at..]) {
        at += open + 1;
        // Content of these is no markup.
        let skip = [("!--", "-->"), ("![CDATA[", "]]>"), ("?", "?>")]
            .iter()
            .find(|(begin, _)| bytes[at..].starts_with(begin.as_bytes()));
        if let Some((_, end)) = skip {
            match memchr::memmem::find(&bytes[at..], end.as_bytes()) {
                Some(length) => at += length + end.len(),
                None => return Ok(()),
            }
            continue;
        }
        let (mut quote, mut attributes) = (None, 0);
        while let Some(&byte) = bytes.get(at) {
            at += 1;
            match (quote, byte) {
                (Some(q), b) if q == b => quote = None,
                (Some(_), _) => {}
                (None, b'"' | b'\'') => quote = Some(byte),
                (None, b'>') => break,
                (None, b'=') => {
                    attributes += 1;
                    if attributes > ATTRIBUTES {
                        return Err(malformed("an element has too many attributes", None));
                    }
                }
                (None, b'x') if bytes[at..].starts_with(b"mlns") => {
                    namespaces += 1;
                    if namespaces > NAMESPACES {
                        return Err(malformed("it declares too many namespaces", None));
                    }
                }
                _ => {}
            }
        }
    }
    Ok(())
}

fn malformed(what: &'static str, line: Option<u64>) -> Reason {
    Reason::Malformed { format: "XML", what, at: line.map(At::Line) }
}

/// The parser's own message can quote the document.
fn reason(error: &roxmltree::Error) -> Reason {
    use roxmltree::Error as E;
    let what = match error {
        E::DtdDetected => "it has a document type definition, which is not read",
        E::NodesLimitReached | E::AttributesLimitReached | E::NamespacesLimitReached => {
            return Reason::TooManyParts { limit: u64::from(NODES) };
        }
        E::UnexpectedCloseTag(..) | E::UnclosedRootNode => "an element is not closed where it should be",
        E::UnknownEntityReference(..) | E::MalformedEntityReference(_) | E::EntityReferenceLoop(_) => {
            "an entity is not defined"
        }
        E::UnknownNamespace(..) | E::DuplicatedNamespace(..) => "a namespace is not declared, or twice",
        E::DuplicatedAttribute(..) => "an attribute stands twice",
        E::NoRootNode => "there is no element",
        E::UnexpectedEndOfStream => "it is cut off",
        E::NonXmlChar(..) => "it holds a character that XML does not allow",
        _ => "syntax error",
    };
    let line = error.pos().row;
    malformed(what, (line > 1).then_some(u64::from(line)))
}

/// The encoding of the XML declaration.
fn declared(bytes: &[u8]) -> Option<String> {
    const HEAD: usize = 200;
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(HEAD)]);
    let declaration =
        head.trim_start_matches('\u{feff}').strip_prefix("<?xml")?.split("?>").next()?.to_owned();
    let at = declaration.find("encoding")? + "encoding".len();
    let value = declaration[at..].trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    Some(value[1..].split(quote).next()?.to_owned())
}

fn children<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |n| n.is_element() && n.tag_name().name() == name)
}

fn child<'a, 'i>(node: Node<'a, 'i>, name: &'static str) -> Option<Node<'a, 'i>> {
    children(node, name).next()
}

fn path<'a, 'i>(node: Node<'a, 'i>, names: &[&'static str]) -> Option<Node<'a, 'i>> {
    names.iter().try_fold(node, |node, name| child(node, name))
}

fn attribute(node: Option<Node>, name: &str) -> Option<String> {
    node.and_then(|n| n.attribute(name)).map(str::trim).filter(|v| !v.is_empty()).map(str::to_owned)
}

/// A code: what it is called, else the code.
fn display(code: Option<Node>) -> Option<String> {
    attribute(code, "displayName").or_else(|| attribute(code, "code"))
}

/// An instance identifier: the extension, else the root.
fn identifier(id: Option<Node>) -> Option<String> {
    attribute(id, "extension").or_else(|| attribute(id, "root"))
}

fn header(root: Node) -> Found {
    let stamp = |node: Option<Node>| {
        let low = node.and_then(|n| child(n, "low"));
        attribute(node, "value").or_else(|| attribute(low, "value")).and_then(|v| iso_day(&v))
    };
    let encounter = path(root, &["componentOf", "encompassingEncounter"]);
    // Systems sign as well; the author is a person.
    let author = children(root, "author")
        .filter_map(|a| child(a, "assignedAuthor"))
        .find(|a| child(*a, "assignedAuthoringDevice").is_none());
    Found {
        id: identifier(child(root, "id")),
        date: stamp(child(root, "effectiveTime"))
            .or_else(|| stamp(encounter.and_then(|e| child(e, "effectiveTime")))),
        author_role: display(author.and_then(|a| child(a, "code"))),
        patient: identifier(path(root, &["recordTarget", "patientRole", "id"])),
        encounter: display(encounter.and_then(|e| child(e, "code"))),
        kind: attribute(child(root, "code"), "code"),
        ..Found::default()
    }
}

fn non_xml(text: Node, mut found: Found, source: &Source, level: usize) -> Result<Part, Reason> {
    let kind = text.attribute("mediaType").unwrap_or_default();
    let content: String = text.descendants().filter(|n| n.is_text()).filter_map(|n| n.text()).collect();
    let part = if text.attribute("representation").is_some_and(|r| r.eq_ignore_ascii_case("B64")) {
        media::read(&media::base64(&content, source)?, kind, source, level + 1)?
    } else {
        media::read(content.as_bytes(), kind, source, level + 1)?
    };
    found.fill(&part.found);
    Ok(Part { text: part.text, found })
}

/// Sections whose codes tell what the visit was for; problem lists and histories are left out.
const CODED: &[&str] = &["46240-8", "51848-0", "51847-2", "29308-4", "11535-2", "29554-3", "18776-5"];
const ICD_10_CM: &str = "2.16.840.1.113883.6.90";
const CPT: &str = "2.16.840.1.113883.6.12";
const HCPCS: &str = "2.16.840.1.113883.6.285";

struct Writer {
    blocks: Blocks,
    depth: usize,
}

impl Writer {
    fn check(&self, depth: usize) -> Result<(), Reason> {
        if depth > self.depth { Err(Reason::TooDeep { limit: self.depth as u64 }) } else { Ok(()) }
    }

    fn section(&mut self, section: Node, found: &mut Found, depth: usize) -> Result<(), Reason> {
        self.check(depth)?;
        let code = child(section, "code").and_then(|c| c.attribute("code")).unwrap_or_default();
        let title: Option<String> = child(section, "title").map(|t| {
            t.descendants().filter(|n| n.is_text()).filter_map(|n| n.text()).collect::<Vec<_>>().join(" ")
        });
        let text = child(section, "text");
        let below = || children(section, "component").filter_map(|c| child(c, "section"));
        if (text.is_some() || below().next().is_some())
            && let Some(heading) = headings::of_section(title.as_deref(), &[code])
        {
            self.blocks.heading(heading);
        }
        if let Some(text) = text {
            self.inside(text, depth + 1)?;
            self.blocks.paragraph();
        }
        if CODED.contains(&code) {
            collect_codes(section, found);
        }
        for section in below() {
            self.section(section, found, depth + 1)?;
        }
        Ok(())
    }

    fn inside(&mut self, node: Node, depth: usize) -> Result<(), Reason> {
        self.check(depth)?;
        let mut number = 0;
        for n in node.children() {
            if let Some(text) = n.text().filter(|_| n.is_text()) {
                self.blocks.words(text);
            } else if n.is_element() {
                if n.tag_name().name() == "item" {
                    number += 1;
                    let ordered = node.attribute("listType") == Some("ordered");
                    self.blocks.item(&if ordered { format!("{number}. ") } else { "- ".to_owned() });
                }
                self.element(n, depth)?;
            }
            if self.blocks.is_full() {
                break;
            }
        }
        Ok(())
    }

    fn element(&mut self, node: Node, depth: usize) -> Result<(), Reason> {
        if node.attribute("revised") == Some("delete") {
            return Ok(());
        }
        match node.tag_name().name() {
            "br" => self.blocks.feed(),
            "paragraph" => {
                self.blocks.paragraph();
                self.inside(node, depth + 1)?;
                self.blocks.paragraph();
            }
            "tr" => {
                self.blocks.row();
                self.inside(node, depth + 1)?;
                self.blocks.row();
            }
            "td" | "th" => {
                self.blocks.cell_start();
                self.inside(node, depth + 1)?;
                self.blocks.cell_end();
            }
            "table" => {
                self.blocks.paragraph();
                self.inside(node, depth + 1)?;
                self.blocks.table_end();
                self.blocks.paragraph();
            }
            "list" | "item" | "caption" => {
                self.blocks.line();
                self.inside(node, depth + 1)?;
                self.blocks.line();
            }
            "renderMultiMedia" | "footnoteRef" | "col" | "colgroup" => {}
            // Foreign markup in narrative blocks: what HTML calls a block.
            "p" | "div" | "ul" | "ol" | "li" => {
                self.blocks.line();
                self.inside(node, depth + 1)?;
                self.blocks.line();
            }
            _ => self.inside(node, depth + 1)?,
        }
        Ok(())
    }
}

fn collect_codes(section: Node, found: &mut Found) {
    for entry in children(section, "entry") {
        for node in entry.descendants().filter(|n| n.is_element()) {
            // What was ruled out is not coded.
            if node.attribute("negationInd") == Some("true") {
                continue;
            }
            let Some(code) = node.attribute("code") else { continue };
            match node.attribute("codeSystem") {
                Some(ICD_10_CM) => found.add_code(code),
                Some(CPT | HCPCS) => found.add_procedure(code),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::source::Limits;

    const HEADER: &str = r#"<id root="2.16.1" extension="doc-7"/><code code="11506-3" codeSystem="2.16.840.1.113883.6.1"/>
        <title>Zebra</title><effectiveTime value="20261103101500-0500"/>
        <recordTarget><patientRole><id extension="MRN1" root="1.2"/></patientRole></recordTarget>
        <author><assignedAuthor><assignedAuthoringDevice/></assignedAuthor></author>
        <author><assignedAuthor><code code="207X00000X" displayName="Orthopaedic Surgery"/></assignedAuthor></author>
        <componentOf><encompassingEncounter><code displayName="Office visit"/></encompassingEncounter></componentOf>"#;

    fn document(body: &str) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ClinicalDocument xmlns=\"urn:hl7-org:v3\" xmlns:sdtc=\"urn:hl7-org:sdtc\">{HEADER}\
             <component>{body}</component></ClinicalDocument>"
        )
    }

    fn section(code: &str, title: &str, text: &str) -> String {
        format!(
            "<component><section><code code=\"{code}\"/><title>{title}</title><text>{text}</text></section></component>"
        )
    }

    fn note(body: &str) -> crate::note::Note {
        let limits = Limits::default();
        let source = Source::new("t.xml", &limits);
        parse(document(body).as_bytes(), &source).unwrap().remove(0).unwrap()
    }

    fn shown(text: &str) -> String {
        note(&format!("<structuredBody>{}</structuredBody>", section("x", "", text))).text
    }

    #[test]
    fn sections_and_header() {
        let nested = "<component><section><code code=\"29545-1\"/><title>Examination</title><text>Tender.</text>\
            <component><section><code code=\"8716-3\"/><text>BP 120/80</text></section></component></section></component>";
        let body = [
            section("10164-2", "Story of the patient", "Fell at work."),
            nested.to_owned(),
            section("51848-0", "ASSESSMENT", "Strain."),
            section("99999-9", "Local stuff", "Odd."),
        ]
        .concat();
        let note = note(&format!("<structuredBody>{body}</structuredBody>"));
        insta::assert_snapshot!(note.text, @r"
        HISTORY OF PRESENT ILLNESS:
        Fell at work.

        EXAMINATION:
        Tender.

        VITAL SIGNS:
        BP 120/80

        ASSESSMENT:
        Strain.

        LOCAL STUFF:
        Odd.
        ");
        assert_eq!(note.id, "doc-7");
        assert_eq!(note.meta.date.as_deref(), Some("2026-11-03"));
    }

    #[test]
    fn header_metadata() {
        let xml = document("");
        let doc = Document::parse(&xml).unwrap();
        let found = header(doc.root_element());
        assert_eq!(found.author_role.as_deref(), Some("Orthopaedic Surgery"));
        assert_eq!(found.patient.as_deref(), Some("MRN1"));
        assert_eq!(found.encounter.as_deref(), Some("Office visit"));
        assert_eq!(found.kind.as_deref(), Some("11506-3"));
    }

    #[test]
    fn narrative_blocks() {
        for (text, expected) in [
            ("a  b\n c", "a b c"),
            ("<paragraph>a</paragraph><paragraph>b</paragraph>", "a\n\nb"),
            ("a<br/>b<content styleCode=\"Bold\">c</content>", "a\nbc"),
            ("<list><item>PT</item><item>ice<br/>heat</item></list>", "- PT\n- ice\nheat"),
            (
                "<list listType=\"ordered\"><caption>Plan</caption><item>a</item><item>b</item></list>",
                "Plan\n1. a\n2. b",
            ),
            (
                "<table><thead><tr><th>Level</th><th>Finding</th></tr></thead>\
                 <tbody><tr><td>L4-5</td><td><paragraph>bulge</paragraph><list><item>mild</item></list></td></tr></tbody></table>x",
                "Level | Finding\nL4-5 | bulge mild\n\nx",
            ),
            ("a<content revised=\"delete\">zebra</content>b", "ab"),
            ("5 &lt; 6 &#8805; 3", "5 < 6 ≥ 3"),
            ("<![CDATA[a < b]]>", "a < b"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn codes_of_the_visit_alone() {
        let entry = |code: &str, system: &str, attributes: &str| {
            format!(
                "<entry><observation {attributes} ><value code=\"{code}\" codeSystem=\"{system}\"/></observation></entry>"
            )
        };
        let with = |loinc: &str, entries: String| {
            format!(
                "<component><section><code code=\"{loinc}\"/><text>x</text>{entries}</section></component>"
            )
        };
        let visit = [
            entry("M53.86", ICD_10_CM, ""),
            entry("99213", CPT, ""),
            entry("1", "2.16.840.1.113883.6.96", ""),
        ];
        let body =
            [with("46240-8", visit.concat()), with("11450-4", entry("M54.50", ICD_10_CM, ""))].concat();
        let note = note(&format!("<structuredBody>{body}</structuredBody>"));
        assert_eq!(note.meta.codes, ["M53.86"]);
        assert_eq!(note.meta.procedures, ["99213"]);
    }

    #[test]
    fn a_body_that_is_no_xml() {
        let body = "<nonXMLBody><text mediaType=\"application/rtf\" representation=\"B64\">e1xydGYxIGFccGFyIGJ9</text></nonXMLBody>";
        assert_eq!(note(body).text, "a\nb");
        assert_eq!(
            note("<nonXMLBody><text mediaType=\"text/plain\">Back\npain</text></nonXMLBody>").text,
            "Back\npain"
        );
    }

    #[test]
    fn what_is_refused() {
        let limits = Limits { depth: 20, ..Limits::default() };
        let source = Source::new("t.xml", &limits);
        let fails = |xml: &str| match parse(xml.as_bytes(), &source) {
            Err(e) => e.to_string(),
            Ok(mut notes) => notes.remove(0).unwrap_err().to_string(),
        };
        let deep = format!(
            "<structuredBody>{}</structuredBody>",
            section("x", "", &("<content>".repeat(50) + &"</content>".repeat(50)))
        );
        let wide: String = (0..300).map(|n| format!(" a{n}='zebra'")).collect();
        for (xml, message) in [
            ("<zebra>".to_owned(), "t.xml: malformed XML: an element is not closed where it should be"),
            (
                "<zebra/>".to_owned(),
                "t.xml: XML of another kind than C-CDA, not plain text (export the note as text)",
            ),
            (
                "<!DOCTYPE x [<!ENTITY zebra \"zebra\">]><ClinicalDocument>&zebra;</ClinicalDocument>"
                    .to_owned(),
                "t.xml: malformed XML: it has a document type definition, which is not read",
            ),
            (
                "<ClinicalDocument>\n\n&zebra;</ClinicalDocument>".to_owned(),
                "t.xml: malformed XML at line 3: an entity is not defined",
            ),
            (
                format!("<ClinicalDocument{wide}/>"),
                "t.xml: malformed XML: an element has too many attributes",
            ),
            (document(&deep), "t.xml: nested more than 20 deep"),
            (document("<structuredBody/>"), "t.xml: the note is empty"),
        ] {
            assert_eq!(fails(&xml), message, "{}", &xml[..xml.len().min(80)]);
        }
        let bomb = "<a>".repeat(1_000_000);
        assert!(fails(&format!("<ClinicalDocument>{bomb}")).contains("malformed"));
    }
}
