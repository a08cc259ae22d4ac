//! Code pages by number, the two of DOS and the symbol fonts of Windows included.

use encoding_rs::{Encoding, WINDOWS_1252};

/// How a byte of text becomes characters.
#[derive(Clone, Copy)]
pub(super) enum CodePage {
    /// One of the encodings of the web.
    Web(&'static Encoding),
    /// A DOS page: its upper half.
    Dos(&'static str),
    /// The font Symbol.
    Symbol,
    /// The font Wingdings, of which notes have bullets and boxes.
    Wingdings,
}

const CP437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";
const CP850: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜø£Ø×ƒáíóúñÑªº¿®¬½¼¡«»░▒▓│┤ÁÂÀ©╣║╗╝¢¥┐└┴┬├─┼ãÃ╚╔╩╦╠═╬¤ðÐÊËÈıÍÎÏ┘┌█▄¦Ì▀ÓßÔÒõÕµþÞÚÛÙýÝ¯´\u{ad}±‗¾¶§÷¸°¨·¹³²■\u{a0}";

impl CodePage {
    /// Windows code page of the West.
    pub(super) const WEST: CodePage = CodePage::Web(WINDOWS_1252);
    /// DOS code page of the United States.
    pub(super) const DOS: CodePage = CodePage::Dos(CP437);
    /// DOS code page of the West.
    pub(super) const DOS_WEST: CodePage = CodePage::Dos(CP850);
    /// Mac OS Roman.
    pub(super) const MAC: CodePage = CodePage::Web(encoding_rs::MACINTOSH);

    /// By the number that Windows gives it; `None` for one that is not known.
    pub(super) fn number(number: i32) -> Option<CodePage> {
        let label = match number {
            437 => return Some(Self::DOS),
            850 | 858 => return Some(Self::DOS_WEST),
            10000 => return Some(Self::MAC),
            866 => "ibm866".to_owned(),
            874 => "windows-874".to_owned(),
            932 => "shift_jis".to_owned(),
            936 => "gbk".to_owned(),
            949 => "euc-kr".to_owned(),
            950 => "big5".to_owned(),
            20866 => "koi8-r".to_owned(),
            28591..=28605 => format!("iso-8859-{}", number - 28590),
            65001 => "utf-8".to_owned(),
            1250..=1258 => format!("windows-{number}"),
            _ => return None,
        };
        Encoding::for_label(label.as_bytes()).map(CodePage::Web)
    }

    /// By the charset of a font in RTF; `None` where the page of the document holds.
    pub(super) fn charset(charset: i32) -> Option<CodePage> {
        let number = match charset {
            2 => return Some(CodePage::Symbol),
            77 => return Some(Self::MAC),
            128 => 932,
            129 | 130 => 949,
            134 => 936,
            136 => 950,
            161 => 1253,
            162 => 1254,
            163 => 1258,
            177 | 181 => 1255,
            178..=180 => 1256,
            186 => 1257,
            204 => 1251,
            222 => 874,
            238 => 1250,
            254 => 437,
            255 => 850,
            _ => return None,
        };
        Self::number(number)
    }

    /// Decodes bytes that are complete characters.
    pub(super) fn decode(self, bytes: &[u8]) -> String {
        match self {
            CodePage::Web(encoding) => encoding.decode_without_bom_handling(bytes).0.into_owned(),
            CodePage::Dos(upper) => bytes
                .iter()
                .map(|&b| match b.checked_sub(0x80) {
                    None => b as char,
                    Some(at) => upper.chars().nth(at as usize).unwrap_or('\u{fffd}'),
                })
                .collect(),
            CodePage::Symbol => bytes.iter().map(|&b| symbol(b)).collect(),
            CodePage::Wingdings => bytes.iter().map(|&b| wingding(b)).collect(),
        }
    }

    /// A character of the private area in which Windows puts the bytes of a symbol font.
    pub(super) fn private(self, c: char) -> char {
        match (self, u32::from(c)) {
            (CodePage::Wingdings, at @ 0xf020..=0xf0ff) => wingding((at & 0xff) as u8),
            (_, at @ 0xf020..=0xf0ff) => symbol((at & 0xff) as u8),
            _ => c,
        }
    }
}

fn symbol(byte: u8) -> char {
    const UPPER: &str = "ΑΒΧΔΕΦΓΗΙϑΚΛΜΝΟΠΘΡΣΤΥςΩΞΨΖ";
    const LOWER: &str = "αβχδεφγηιϕκλμνοπθρστυϖωξψζ";
    match byte {
        b'A'..=b'Z' => UPPER.chars().nth((byte - b'A') as usize).unwrap_or('\u{fffd}'),
        b'a'..=b'z' => LOWER.chars().nth((byte - b'a') as usize).unwrap_or('\u{fffd}'),
        0x20..=0x7e => byte as char,
        0xa2 => '′',
        0xa3 => '≤',
        0xab => '↔',
        0xac => '←',
        0xad => '↑',
        0xae => '→',
        0xaf => '↓',
        0xb0 => '°',
        0xb1 => '±',
        0xb2 => '″',
        0xb3 => '≥',
        0xb4 => '×',
        0xb7 => '•',
        0xb8 => '÷',
        0xb9 => '≠',
        0xbb => '≈',
        0xbc => '…',
        0xd2 | 0xe2 => '®',
        0xd3 | 0xe3 => '©',
        0xd4 | 0xe4 => '™',
        0xd6 => '√',
        _ => '\u{fffd}',
    }
}

fn wingding(byte: u8) -> char {
    match byte {
        0x20 => ' ',
        0x6c | 0x9f => '•',
        0x6e | 0xa7 => '▪',
        0x6f | 0xa8 | 0x71 | 0x72 => '☐',
        0x76 => '❖',
        0xd8 => '➢',
        0xe0 => '→',
        0xdf => '←',
        0xe1 => '↑',
        0xe2 => '↓',
        0xfb => '✗',
        0xfc => '✓',
        0x78 | 0xfd => '☒',
        0xfe => '☑',
        _ => '•',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages() {
        let by = |n| CodePage::number(n).unwrap();
        for (page, bytes, text) in [
            (by(1252), &b"\x92\x96"[..], "’–"),
            (by(437), b"a\xf8\xf1", "a°±"),
            (by(850), b"\x9b\xff", "ø\u{a0}"),
            (by(932), b"\x8d\x98", "腰"),
            (by(1251), b"\xe1\xee\xeb\xfc", "боль"),
            (CodePage::charset(2).unwrap(), b"\xb7m\xb3", "•μ≥"),
            (CodePage::Wingdings, b"\xfe\xa8", "☑☐"),
        ] {
            assert_eq!(page.decode(bytes), text);
        }
        assert_eq!(CP437.chars().count(), 128);
        assert_eq!(CP850.chars().count(), 128);
        assert!(CodePage::number(12).is_none() && CodePage::charset(0).is_none());
    }
}
