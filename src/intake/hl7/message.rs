//! The structure of one message: segments, fields, repetitions, components.
//!
//! The grammar is nothing but nested separators. Parsers at hand stop at the first line that is no segment and drop the
//! rest; senders break long texts into lines, so here such a line goes on with the segment before it.

/// The separators of a message, from MSH-1 and MSH-2.
#[derive(Clone, Copy, Debug)]
pub(super) struct Separators {
    pub(super) field: char,
    pub(super) component: char,
    pub(super) repetition: char,
    pub(super) escape: char,
    pub(super) sub: char,
}

/// One message.
pub(super) struct Message {
    pub(super) separators: Separators,
    pub(super) segments: Vec<Segment>,
}

/// One segment: its name and all of its text, line breaks of the sender included.
pub(super) struct Segment {
    pub(super) name: String,
    text: String,
    field: char,
}

impl Message {
    /// Parses a text that begins with `MSH` and a field separator.
    pub(super) fn parse(text: &str) -> Message {
        let mut head = text.chars().skip(3);
        let field = head.next().unwrap_or('|');
        let mut next =
            |default| head.next().filter(|c| *c != field && !c.is_alphanumeric()).unwrap_or(default);
        let separators = Separators {
            field,
            component: next('^'),
            repetition: next('~'),
            escape: next('\\'),
            sub: next('&'),
        };
        let mut segments: Vec<Segment> = Vec::new();
        for line in lines(text) {
            let line = line.trim_matches(['\u{b}', '\u{1c}']);
            match (name(line, field), segments.last_mut()) {
                (Some(name), _) => {
                    segments.push(Segment { name: name.to_owned(), text: line.to_owned(), field });
                }
                (None, Some(segment)) => {
                    segment.text.push('\n');
                    segment.text.push_str(line);
                }
                (None, None) => {}
            }
        }
        for segment in &mut segments {
            segment.text.truncate(segment.text.trim_end_matches('\n').len());
        }
        Message { separators, segments }
    }

    /// The first segment of that name.
    pub(super) fn segment(&self, name: &str) -> Option<&Segment> {
        self.segments.iter().find(|s| s.name == name)
    }

    /// Component `component` of the first repetition of field `field` of the first such segment, where it is not empty.
    pub(super) fn value(&self, segment: &str, field: usize, component: usize) -> Option<String> {
        self.component(self.segment(segment)?, field, component)
    }

    /// The same of one segment.
    pub(super) fn component(&self, segment: &Segment, field: usize, component: usize) -> Option<String> {
        let first = segment.field(field).split(self.separators.repetition).next()?;
        let raw = first.split(self.separators.component).nth(component.checked_sub(1)?)?;
        let raw = raw.split(self.separators.sub).next().unwrap_or(raw).trim();
        // Two quotes say that the value is empty on purpose.
        let value = super::escape::decode(raw, &self.separators, None);
        (!value.is_empty() && value != "\"\"").then_some(value)
    }
}

impl Segment {
    /// A field by its number in the standard, empty where there is none.
    pub(super) fn field(&self, number: usize) -> &str {
        // The first separator of MSH is its first field.
        let number = if self.name == "MSH" { number.saturating_sub(1) } else { number };
        self.text.split(self.field).nth(number).unwrap_or_default()
    }
}

/// Lines that end with a carriage return, as the standard has it, or as files have it.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some(end) = memchr::memchr2(b'\r', b'\n', text.as_bytes()) else {
            rest = None;
            return Some(text);
        };
        let pair = text[end..].starts_with("\r\n");
        rest = Some(&text[end + if pair { 2 } else { 1 }..]);
        Some(&text[..end])
    })
}

/// The name of a segment: a capital, two capitals or digits, and a separator.
fn name(line: &str, field: char) -> Option<&str> {
    let name = line.get(..3)?;
    let mut letters = name.chars();
    let good = letters.next().is_some_and(|c| c.is_ascii_uppercase())
        && letters.all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
    let after = line[3..].chars().next();
    (good && (after.is_none() || after == Some(field))).then_some(name)
}

/// The charset of MSH-18 as the web calls it.
pub(super) fn charset(message: &[u8]) -> Option<String> {
    let end = memchr::memchr2(b'\r', b'\n', message).unwrap_or(message.len());
    let header = String::from_utf8_lossy(&message[..end]);
    let field = header.chars().nth(3)?;
    let value = header.split(field).nth(17)?;
    let repetition = header.split(field).nth(1).and_then(|s| s.chars().nth(1)).unwrap_or('~');
    let name = value.split(repetition).find(|n| !n.trim().is_empty())?.trim().to_ascii_uppercase();
    Some(match name.as_str() {
        "UNICODE UTF-8" | "UTF-8" | "UTF8" => "utf-8".to_owned(),
        "UNICODE UTF-16" | "UNICODE" => "utf-16".to_owned(),
        "GB 18030-2000" => "gb18030".to_owned(),
        "BIG-5" => "big5".to_owned(),
        "KS X 1001" => "euc-kr".to_owned(),
        "CNS 11643-1992" => "big5".to_owned(),
        "ASCII" | "" => return None,
        name => match name.strip_prefix("8859/") {
            Some(part) => format!("iso-8859-{part}"),
            None => name.to_ascii_lowercase(),
        },
    })
}
