//! The fiscal years whose code sets the tables hold, and whether a note falls into one.

/// The code set of a fiscal year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodeYear {
    /// `FY2027`.
    pub name: &'static str,
    /// First day, ISO 8601.
    pub from: &'static str,
    /// Last day, ISO 8601.
    pub to: &'static str,
}

/// The years that there are tables for, the one in force last.
pub const YEARS: &[CodeYear] = &[CodeYear { name: "FY2027", from: "2026-10-01", to: "2027-09-30" }];

/// A year without tables.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there are no code tables for `{0}`; there are tables for {list}", list = names())]
pub struct UnknownYear(pub String);

/// A year by its name: `FY2027`, `fy2027`, `2027`.
///
/// # Errors
/// A year that there are no tables for.
pub fn find(name: &str) -> Result<CodeYear, UnknownYear> {
    let wanted = name.trim().to_ascii_uppercase();
    let wanted = wanted.strip_prefix("FY").unwrap_or(&wanted);
    let year = YEARS.iter().find(|y| y.name.strip_prefix("FY") == Some(wanted));
    year.copied().ok_or_else(|| UnknownYear(name.to_owned()))
}

fn names() -> String {
    YEARS.iter().map(|y| y.name).collect::<Vec<_>>().join(", ")
}

/// When a note was written, next to the year.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dated<'a> {
    /// Within the year.
    Within,
    /// On this day, outside.
    Outside(&'a str),
    /// Not a date of the form `2026-10-01`.
    Unreadable,
}

impl CodeYear {
    /// Compares the day of a note; a time behind the day does not matter.
    pub fn dated<'a>(&self, date: &'a str) -> Dated<'a> {
        let Some(day) = day(date.trim()) else { return Dated::Unreadable };
        // ISO days sort as text
        if self.from <= day && day <= self.to { Dated::Within } else { Dated::Outside(day) }
    }
}

fn day(text: &str) -> Option<&str> {
    let day = text.get(..10)?;
    let b = day.as_bytes();
    let digits = |r: std::ops::Range<usize>| b[r].iter().all(u8::is_ascii_digit);
    let fits = digits(0..4) && b[4] == b'-' && digits(5..7) && b[7] == b'-' && digits(8..10);
    let number = |at: usize| (b[at] - b'0') * 10 + (b[at + 1] - b'0');
    let rest = text.as_bytes().get(10).is_none_or(|c| matches!(c, b'T' | b' '));
    (fits && (1..=12).contains(&number(5)) && (1..=31).contains(&number(8)) && rest).then_some(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_years() {
        for name in ["FY2027", "fy2027", "2027", " 2027 "] {
            assert_eq!(find(name).map(|y| y.name), Ok("FY2027"), "{name}");
        }
        let error = find("FY2026").unwrap_err().to_string();
        assert_eq!(error, "there are no code tables for `FY2026`; there are tables for FY2027");
        assert!(find("").is_err() && find("FY").is_err());
    }

    #[test]
    fn days() {
        let year = YEARS[0];
        for (date, dated) in [
            ("2026-10-01", Dated::Within),
            ("2027-09-30T23:59:00Z", Dated::Within),
            ("2026-09-30", Dated::Outside("2026-09-30")),
            ("2027-10-01", Dated::Outside("2027-10-01")),
            ("10/01/2026", Dated::Unreadable),
            ("2026-13-01", Dated::Unreadable),
            ("2026-10-011", Dated::Unreadable),
            ("", Dated::Unreadable),
            ("2026-1é-01", Dated::Unreadable),
        ] {
            assert_eq!(year.dated(date), dated, "{date}");
        }
    }
}
