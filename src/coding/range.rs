//! Codes and ranges of codes as the tabular list and the index write them: `M51.1-`, `S32.0-S32.2`, `M43.3-M43.5X9`.

/// One code with all below it, or a range.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    first: String,
    last: Option<String>,
}

impl Range {
    /// Whether a code falls into it.
    pub fn holds(&self, code: &str) -> bool {
        let code = plain(code);
        match &self.last {
            None => code.starts_with(&self.first),
            Some(last) => {
                code.as_str() >= self.first.as_str()
                    && code.get(..last.len().min(code.len())).is_some_and(|head| head <= last.as_str())
            }
        }
    }
}

/// The letters and digits of a code, in upper case.
pub(super) fn plain(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

/// Every code and range that a text names, in order.
pub(super) fn scan(text: &str) -> Vec<Range> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let apart = at == 0 || !bytes[at - 1].is_ascii_alphanumeric();
        let Some(end) = apart.then(|| code_end(bytes, at)).flatten() else {
            at += 1;
            continue;
        };
        let first = plain(&text[at..end]);
        at = end;
        let mut last = None;
        if bytes.get(at) == Some(&b'-')
            && let Some(end) = code_end(bytes, at + 1)
        {
            last = Some(plain(&text[at + 1..end]));
            at = end;
        }
        out.push(Range { first, last });
    }
    out
}

/// The end of a code that starts here: letter, digit, letter or digit, then a point and more where there is more.
fn code_end(bytes: &[u8], at: usize) -> Option<usize> {
    let is = |k: usize, f: fn(&u8) -> bool| bytes.get(k).is_some_and(f);
    let inner: fn(&u8) -> bool = |b| b.is_ascii_digit() || b.is_ascii_uppercase();
    if !(is(at, u8::is_ascii_uppercase) && is(at + 1, u8::is_ascii_digit) && is(at + 2, inner)) {
        return None;
    }
    let mut end = at + 3;
    if is(end, |b| *b == b'.') && is(end + 1, inner) {
        end += 1;
        while is(end, inner) {
            end += 1;
        }
    }
    (!is(end, u8::is_ascii_alphanumeric)).then_some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(text: &str, code: &str) -> bool {
        scan(text).iter().any(|r| r.holds(code))
    }

    #[test]
    fn what_notes_write() {
        assert!(holds("radiculopathy with spondylosis (M47.2-)", "M47.26"));
        assert!(!holds("radiculopathy with spondylosis (M47.2-)", "M47.16"));
        assert!(holds("vertebral subluxation (M43.3-M43.5X9)", "M43.5X6"));
        assert!(!holds("vertebral subluxation (M43.3-M43.5X9)", "M43.6"));
        assert!(holds("(S12.0-S12.3-, S22.0-, S32.0-)", "S32.009A"));
        assert!(holds("(S12.0-S12.3-, S22.0-, S32.0-)", "S12.300A"));
        assert!(!holds("(S12.0-S12.3-, S22.0-, S32.0-)", "S12.400A"));
        assert!(holds("(M51.1.-)", "m5116"));
        assert!(holds("neoplasms (C00-D49)", "D18.09") && holds("(O00-O9A)", "O71.6"));
        assert!(scan("C7-T1 disc disorder of FY2027, C2-C3").is_empty());
        assert!(!holds("(M48.4)", ""));
    }
}
