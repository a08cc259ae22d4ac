//! RTF to text: paragraphs, table rows, every character set, and nothing of fonts, pictures and hidden text.

use super::blocks::Blocks;
use super::codepage::CodePage;
use super::found::{Found, Parsed};
use super::source::Source;
use super::{At, IntakeError, Reason};
use rustc_hash::FxHashMap;

/// Reads one RTF document as one note.
///
/// # Errors
/// The document is over the limits, no RTF, cut off, or without text.
pub fn parse(bytes: &[u8], source: &Source) -> Parsed {
    let error = |reason| IntakeError::new(source.name, reason);
    source.check_size(bytes).map_err(error)?;
    let text = text(bytes, source).map_err(error)?;
    Ok(vec![Found::default().note(text, source, None)])
}

/// The text that the document shows.
pub(super) fn text(bytes: &[u8], source: &Source) -> Result<String, Reason> {
    let start =
        bytes.iter().position(|b| !b.is_ascii_whitespace() && !b"\xEF\xBB\xBF".contains(b)).unwrap_or(0);
    if !bytes[start..].starts_with(b"{\\rtf") {
        return Err(malformed("it does not begin with {\\rtf", start));
    }
    let mut reader = Reader {
        bytes,
        at: start,
        groups: Vec::new(),
        group: Group::default(),
        fonts: FxHashMap::default(),
        page: CodePage::WEST,
        font: None,
        pending: Vec::new(),
        unicode_skip: 0,
        high: None,
        in_table: false,
        blocks: Blocks::new(source.limits.note_bytes),
        depth: source.limits.depth,
    };
    reader.run()?;
    reader.blocks.finish()
}

fn malformed(what: &'static str, at: usize) -> Reason {
    Reason::Malformed { format: "RTF", what, at: Some(At::Byte(at as u64)) }
}

/// What a group changes and its end restores.
#[derive(Clone, Copy)]
struct Group {
    place: Place,
    /// Hidden, struck out or deleted text.
    hidden: bool,
    /// Characters that follow `\u` for readers without Unicode.
    skip: u32,
    page: Option<CodePage>,
    /// `\*` was read: a destination that is not known is to be skipped.
    starred: bool,
}

impl Default for Group {
    fn default() -> Self {
        Self { place: Place::Text, hidden: false, skip: 1, page: None, starred: false }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Text,
    Fonts,
    Skipped,
}

/// Destinations without text of the note. Headers and footers repeat on every page what stands elsewhere.
const SKIPPED: &[&str] = &[
    "author",
    "colortbl",
    "comment",
    "company",
    "filetbl",
    "fldinst",
    "footer",
    "footerf",
    "footerl",
    "footerr",
    "ftncn",
    "ftnsep",
    "ftnsepc",
    "aftncn",
    "aftnsep",
    "aftnsepc",
    "generator",
    "header",
    "headerf",
    "headerl",
    "headerr",
    "info",
    "keywords",
    "latentstyles",
    "listoverridetable",
    "listtable",
    "nonshppict",
    "objdata",
    "operator",
    "pict",
    "private",
    "revtbl",
    "rsidtbl",
    "rxe",
    "shprslt",
    "sn",
    "sp",
    "stylesheet",
    "subject",
    "sv",
    "tc",
    "tcn",
    "template",
    "themedata",
    "title",
    "txe",
    "xe",
    "bkmkstart",
    "bkmkend",
    "falt",
    "panose",
];
/// Starred destinations that hold text, or what does.
const SHOWN: &[&str] = &["shpinst", "shptxt", "do", "dptxbxtext"];

struct Reader<'b> {
    bytes: &'b [u8],
    at: usize,
    groups: Vec<Group>,
    group: Group,
    fonts: FxHashMap<i32, CodePage>,
    page: CodePage,
    /// The font whose entry of the table is being read.
    font: Option<i32>,
    /// Bytes of text that may be parts of characters.
    pending: Vec<u8>,
    /// Characters still to be passed over behind `\u`.
    unicode_skip: u32,
    /// The first half of a surrogate pair.
    high: Option<u32>,
    in_table: bool,
    blocks: Blocks,
    depth: usize,
}

impl Reader<'_> {
    fn run(&mut self) -> Result<(), Reason> {
        while let Some(&byte) = self.bytes.get(self.at) {
            self.at += 1;
            match byte {
                b'{' => {
                    self.flush();
                    self.unicode_skip = 0;
                    if self.groups.len() >= self.depth {
                        return Err(Reason::TooDeep { limit: self.depth as u64 });
                    }
                    self.groups.push(self.group);
                    self.group.starred = false;
                }
                b'}' => {
                    self.flush();
                    self.unicode_skip = 0;
                    match self.groups.pop() {
                        Some(group) => self.group = group,
                        None => return Ok(()),
                    }
                    if self.groups.is_empty() {
                        return Ok(());
                    }
                }
                b'\\' => self.control()?,
                b'\r' | b'\n' | 0 => {}
                _ => self.byte(byte),
            }
            if self.blocks.is_full() {
                return Ok(());
            }
        }
        self.flush();
        // A missing brace at the end is common and costs no text; a document that ends elsewhere has lost some.
        if self.group.place == Place::Text { Ok(()) } else { Err(malformed("it is cut off", self.at)) }
    }

    fn control(&mut self) -> Result<(), Reason> {
        let Some(&first) = self.bytes.get(self.at) else { return Err(malformed("it is cut off", self.at)) };
        if first.is_ascii_alphabetic() {
            return self.word();
        }
        self.at += 1;
        match first {
            b'\'' => {
                let hex = |k: usize| self.bytes.get(self.at + k).and_then(|&b| (b as char).to_digit(16));
                if let (Some(high), Some(low)) = (hex(0), hex(1)) {
                    self.at += 2;
                    self.byte((high * 16 + low) as u8);
                }
            }
            b'*' => self.group.starred = true,
            b'\r' | b'\n' => self.symbol("\n"),
            b'~' => self.symbol(" "),
            b'_' => self.symbol("-"),
            b'{' | b'}' | b'\\' => self.byte(first),
            // Optional hyphens, index marks.
            _ => self.symbol(""),
        }
        Ok(())
    }

    fn word(&mut self) -> Result<(), Reason> {
        let rest = &self.bytes[self.at..];
        let letters = rest.iter().take_while(|b| b.is_ascii_alphabetic()).count();
        let (word, rest) = rest.split_at(letters);
        let minus = usize::from(rest.first() == Some(&b'-') && rest.get(1).is_some_and(u8::is_ascii_digit));
        let digits = rest[minus..].iter().take_while(|b| b.is_ascii_digit()).count();
        let number = rest[..minus + digits]
            .iter()
            .filter(|b| b.is_ascii_digit())
            .fold(0i64, |n, &b| (n * 10 + i64::from(b - b'0')).min(i64::from(i32::MAX)));
        let number = (digits > 0).then_some(if minus > 0 { -(number as i32) } else { number as i32 });
        self.at += letters + minus + digits;
        if self.bytes.get(self.at) == Some(&b' ') {
            self.at += 1;
        }
        // No control word is longer.
        let word = std::str::from_utf8(&word[..letters.min(32)]).unwrap_or_default();
        if word == "bin" {
            let length = usize::try_from(number.unwrap_or(0)).unwrap_or(0);
            if length > self.bytes.len() - self.at {
                return Err(malformed("it is cut off", self.bytes.len()));
            }
            self.at += length;
            self.unicode_skip = self.unicode_skip.saturating_sub(1);
            return Ok(());
        }
        if self.unicode_skip > 0 {
            self.unicode_skip -= 1;
            return Ok(());
        }
        self.act(word, number);
        Ok(())
    }

    fn act(&mut self, word: &str, number: Option<i32>) {
        self.flush();
        if self.group.starred && !SHOWN.contains(&word) {
            self.group.place = Place::Skipped;
        }
        self.group.starred = false;
        if self.group.place == Place::Skipped {
            return;
        }
        if self.group.place == Place::Fonts {
            return self.font_entry(word, number);
        }
        let on = number != Some(0);
        match word {
            "par" | "sect" | "page" | "column" => self.symbol(if self.in_table { " " } else { "\n" }),
            "line" | "lbr" | "softline" => self.symbol(if self.in_table { " " } else { "\n" }),
            "tab" | "emspace" | "enspace" | "qmspace" => self.symbol(" "),
            "emdash" => self.symbol("—"),
            "endash" => self.symbol("–"),
            "bullet" => self.symbol("•"),
            "lquote" => self.symbol("‘"),
            "rquote" => self.symbol("’"),
            "ldblquote" => self.symbol("“"),
            "rdblquote" => self.symbol("”"),
            "cell" | "nestcell" => self.blocks.next_cell(),
            "row" | "nestrow" => self.blocks.row(),
            "intbl" => self.in_table = true,
            "pard" => self.in_table = false,
            "plain" => (self.group.hidden, self.group.page) = (false, None),
            "v" | "strike" | "striked" | "deleted" => self.group.hidden = on,
            "u" => self.unicode(number.unwrap_or(0)),
            "uc" => self.group.skip = number.and_then(|n| u32::try_from(n).ok()).unwrap_or(1).min(16),
            "f" => self.group.page = number.and_then(|n| self.fonts.get(&n).copied()),
            "ansi" => self.page = CodePage::WEST,
            "mac" => self.page = CodePage::MAC,
            "pc" => self.page = CodePage::DOS,
            "pca" => self.page = CodePage::DOS_WEST,
            "ansicpg" => self.page = number.and_then(CodePage::number).unwrap_or(self.page),
            "fonttbl" => self.group.place = Place::Fonts,
            word if SKIPPED.contains(&word) => {
                self.group.place = Place::Skipped;
            }
            _ => {}
        }
    }

    fn font_entry(&mut self, word: &str, number: Option<i32>) {
        match word {
            "f" => self.font = number,
            "fcharset" => {
                if let (Some(font), Some(page)) = (self.font, number.and_then(CodePage::charset)) {
                    self.fonts.insert(font, page);
                }
            }
            "cpg" => {
                if let (Some(font), Some(page)) = (self.font, number.and_then(CodePage::number)) {
                    self.fonts.insert(font, page);
                }
            }
            _ => {}
        }
    }

    fn byte(&mut self, byte: u8) {
        if self.unicode_skip > 0 {
            self.unicode_skip -= 1;
        } else if self.group.place != Place::Skipped {
            self.pending.push(byte);
        }
    }

    fn symbol(&mut self, text: &str) {
        if self.unicode_skip > 0 {
            self.unicode_skip -= 1;
            return;
        }
        self.flush();
        self.write(text);
    }

    fn unicode(&mut self, number: i32) {
        self.unicode_skip = self.group.skip;
        let unit = (number as u32) & if number < 0 { 0xffff } else { u32::MAX };
        if (0xd800..0xdc00).contains(&unit) {
            self.high = Some(unit);
            return;
        }
        let code = match (self.high.take(), unit) {
            (Some(high), 0xdc00..0xe000) => 0x10000 + ((high - 0xd800) << 10) + (unit - 0xdc00),
            _ => unit,
        };
        let c = char::from_u32(code).filter(|c| *c != '\0').unwrap_or('\u{fffd}');
        let page = self.group.page.unwrap_or(self.page);
        let mut buffer = [0; 4];
        self.write(page.private(c).encode_utf8(&mut buffer));
    }

    /// Decodes the bytes that came together.
    fn flush(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let bytes = std::mem::take(&mut self.pending);
        match self.group.place {
            Place::Fonts => {
                let wingdings = bytes.windows(9).any(|w| w.eq_ignore_ascii_case(b"wingdings"));
                if let (Some(font), true) = (self.font, wingdings) {
                    self.fonts.insert(font, CodePage::Wingdings);
                }
            }
            Place::Text => {
                let text = self.group.page.unwrap_or(self.page).decode(&bytes);
                self.write(&text);
            }
            Place::Skipped => {}
        }
        self.pending = bytes;
        self.pending.clear();
    }

    fn write(&mut self, text: &str) {
        if self.group.hidden || self.group.place != Place::Text {
            return;
        }
        match text {
            "\n" => self.blocks.feed(),
            text => self.blocks.words(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intake::source::Limits;

    fn shown(body: &[u8]) -> String {
        let limits = Limits::default();
        let whole = [b"{\\rtf1\\ansi\\ansicpg1252 ", body, b"}"].concat();
        text(&whole, &Source::new("t.rtf", &limits)).unwrap()
    }

    #[test]
    fn text_and_layout() {
        let cases: &[(&[u8], &str)] = &[
            (b"Back pain", "Back pain"),
            (b"a\\par b\\line c\\par\\par d", "a\nb\nc\n\nd"),
            (b"a\r\nb", "ab"),
            (b"a\\\nb", "a\nb"),
            (b"HPI:\\tab fell", "HPI: fell"),
            (b"can\\'92t \\'96 5\\'b0", "can’t – 5°"),
            (b"{\\b PLAN:} r{\\i es}t", "PLAN: rest"),
            (b"\\{x\\} a\\~b\\_c\\-d \\\\", "{x} a b-cd \\"),
            (b"\\lquote a\\rquote  \\ldblquote b\\rdblquote\\emdash c\\endash\\bullet", "‘a’ “b”—c–•"),
            (b"\\u8226? one \\u8805\\'b3 5", "• one ≥ 5"),
            (b"{\\uc0\\u233 a}\\uc2\\u233 xya{\\u233 x}b", "éaéaéb"),
            (b"\\uc1\\u-3913?x \\u55358?\\u56756?", "•x 🦴"),
            (b"a{\\*\\generator zebra;}b{\\*\\unknown{zebra}}c", "abc"),
            (b"{\\fonttbl{\\f0 zebra;}}{\\colortbl;\\red1;}{\\stylesheet{\\s1 zebra;}}{\\info{\\title zebra}}x", "x"),
            (b"{\\header zebra\\par}{\\footer zebra}x", "x"),
            (b"{\\pict\\pngblip\n89504e470d0a}x{\\pict\\wmetafile8\\bin5 }}}}}}y", "xy"),
            (b"{\\field{\\*\\fldinst HYPERLINK zebra}{\\fldrslt link}}", "link"),
            (b"{\\listtext\\pard 1.\\tab}walk\\par{\\pntext\\f0 2.\\tab}swim", "1. walk\n2. swim"),
            (b"a{\\v zebra}b{\\strike zebra}c\\v zebra\\v0 d\\deleted zebra\\plain e", "abcde"),
            (
                b"\\trowd\\pard\\intbl Level\\cell Finding\\cell\\row\\pard\\intbl L4-5\\cell bulge\\par mild\\cell\\row\\pard end",
                "Level | Finding\nL4-5 | bulge mild\nend",
            ),
            (b"{\\shp{\\*\\shpinst{\\sp{\\sn zebra}{\\sv zebra}}{\\shptxt box\\par}}{\\shprslt zebra}}x", "box\nx"),
            (b"\\par\\par x\\par", "x"),
        ];
        for (body, expected) in cases {
            assert_eq!(&shown(body), expected, "{}", String::from_utf8_lossy(body));
        }
    }

    #[test]
    fn character_sets() {
        let fonts = b"{\\fonttbl{\\f0\\fnil Arial;}{\\f1\\fnil\\fcharset204 Arial;}{\\f2\\fcharset2 Symbol;}\
            {\\f3\\fcharset2 Wingdings;}{\\f4\\fcharset128 MS Mincho;}}"
            .as_slice();
        let cases: &[(&[u8], &str)] = &[
            (b"\\f1\\'e1\\'ee\\'eb\\'fc\\f0\\'e9", "больé"),
            (b"{\\f2\\'b7}{\\f2 m}g {\\f3\\'fe\\'a8}", "•μg ☑☐"),
            (b"\\f3\\u-3842?", "☑"),
            (b"{\\f4\\'8d\\'98}x", "腰x"),
            (b"\\f1\\plain\\'e9", "é"),
        ];
        for (body, expected) in cases {
            assert_eq!(&shown(&[fonts, body].concat()), expected, "{}", String::from_utf8_lossy(body));
        }
        let limits = Limits::default();
        let read = |b: &[u8]| text(b, &Source::new("t", &limits)).unwrap();
        assert_eq!(read(b"{\\rtf1\\ansi\\ansicpg1251 \\'e1}"), "б");
        assert_eq!(read(b"{\\rtf1\\mac \\'8e}"), "é");
        assert_eq!(read(b"{\\rtf1\\pc \\'f1}"), "±");
        assert_eq!(read(b"\n{\\rtf1 no end"), "no end");
        assert_eq!(read(b"{\\rtf1 x}zebra"), "x");
    }

    #[test]
    fn what_is_refused() {
        let limits = Limits { depth: 10, note_bytes: 8, ..Limits::default() };
        let source = Source::new("t.rtf", &limits);
        let code = |bytes: &[u8]| text(bytes, &source).map_err(|r| r.code());
        assert_eq!(code(b"zebra"), Err("malformed"));
        assert_eq!(code(b"{\\rtf1 {\\fonttbl zebra"), Err("malformed"));
        assert_eq!(code(b"{\\rtf1 \\bin99999 zebra}"), Err("malformed"));
        assert_eq!(code(&[b"{\\rtf1 ", &b"{".repeat(50)[..]].concat()), Err("too-deep"));
        assert_eq!(code(b"{\\rtf1 too long a text}"), Err("too-large"));
        assert_eq!(parse(b"{\\rtf1 }", &source).unwrap().remove(0).unwrap_err().reason.code(), "empty");
    }
}
