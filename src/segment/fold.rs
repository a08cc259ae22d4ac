//! Folds a note to lower-case ASCII byte for byte, so that offsets into the folded text are offsets into the note.

/// Stands where a character of the note was longer than its ASCII form; readers skip it inside a word.
pub const FILL: u8 = 0x7f;

/// Lower-case ASCII of the same byte length as `text`.
///
/// A character of several bytes becomes its ASCII likeness followed by [`FILL`]; one without a likeness becomes a space
/// and fills, and so ends a word.
pub fn fold(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    if text.is_ascii() {
        out.extend(text.bytes().map(|b| b.to_ascii_lowercase()));
        return out;
    }
    for c in text.chars() {
        if c.is_ascii() {
            out.push((c as u8).to_ascii_lowercase());
        } else {
            out.push(likeness(c));
            out.extend(std::iter::repeat_n(FILL, c.len_utf8() - 1));
        }
    }
    out
}

fn likeness(c: char) -> u8 {
    match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' | '\u{ad}' => b'-',
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2032}' | '\u{b4}' | '\u{2bc}' => b'\'',
        '\u{201c}'..='\u{201f}' | '\u{2033}' | '\u{ab}' | '\u{bb}' => b'"',
        '×' => b'x',
        '÷' => b'/',
        '\u{2044}' | '\u{2215}' => b'/',
        '•' | '·' | '●' | '▪' | '◦' | '\u{2023}' | '■' | '□' | '☐' | '☑' | '☒' | '✓' | '✔' => {
            b'*'
        }
        '≥' => b'>',
        '≤' => b'<',
        'à'..='å' | 'À'..='Å' => b'a',
        'ç' | 'Ç' => b'c',
        'è'..='ë' | 'È'..='Ë' => b'e',
        'ì'..='ï' | 'Ì'..='Ï' => b'i',
        'ñ' | 'Ñ' => b'n',
        'ò'..='ö' | 'Ò'..='Ö' | 'ø' | 'Ø' => b'o',
        'ù'..='ü' | 'Ù'..='Ü' => b'u',
        'ý' | 'ÿ' | 'Ý' => b'y',
        'µ' | 'μ' => b'u',
        '°' => b'%',
        _ => b' ',
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn typography_becomes_ascii_in_place() {
        let text = "L4–5 × 3 “can’t” Kümmell\u{a0}X";
        let folded = fold(text);
        assert_eq!(folded.len(), text.len());
        let plain: String = folded.iter().filter(|&&b| b != FILL).map(|&b| b as char).collect();
        assert_eq!(plain, "l4-5 x 3 \"can't\" kummell x");
    }

    proptest! {
        #[test]
        fn folding_keeps_every_offset(text in "\\PC{0,60}") {
            let folded = fold(&text);
            prop_assert_eq!(folded.len(), text.len());
            prop_assert!(folded.is_ascii());
            for (i, c) in text.char_indices().filter(|(_, c)| c.is_ascii()) {
                prop_assert_eq!(folded[i], (c as u8).to_ascii_lowercase());
            }
        }
    }
}
