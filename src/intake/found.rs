//! What a parser finds out about a note beside its text, and the note that it makes of both.

use super::source::Source;
use super::text::check_text;
use super::{IntakeError, Reason};
use crate::note::{Meta, Note};

/// What a parser returns: one entry a note, or what is wrong with the whole input.
pub type Parsed = Result<Vec<Result<Note, IntakeError>>, IntakeError>;

/// Metadata of one note as the format gives it.
#[derive(Clone, Default)]
pub(super) struct Found {
    /// Identifier of the document.
    pub(super) id: Option<String>,
    /// ISO 8601 day.
    pub(super) date: Option<String>,
    /// What the author is: a specialty, a profession.
    pub(super) author_role: Option<String>,
    /// Identifier of the patient; the frame keeps a keyed hash of it.
    pub(super) patient: Option<String>,
    /// Class or type of the encounter.
    pub(super) encounter: Option<String>,
    /// LOINC code, or title, of the document's type.
    pub(super) kind: Option<String>,
    /// ICD-10-CM codes billed or coded with the note.
    pub(super) codes: Vec<String>,
    /// CPT codes.
    pub(super) procedures: Vec<String>,
}

impl Found {
    /// The note, named by its place in the input where the document has no identifier.
    pub(super) fn note(
        self,
        text: String,
        source: &Source,
        number: Option<usize>,
    ) -> Result<Note, IntakeError> {
        let id = self.name(source, number);
        if let Err(reason) = check_text(&text) {
            return Err(IntakeError::new(source.name, reason).of_note(Some(id)));
        }
        Ok(Note {
            id,
            text,
            meta: Meta {
                date: self.date,
                procedures: self.procedures,
                codes: self.codes,
                document_id: self.id,
                document_type: self.kind,
                author_role: self.author_role,
                patient_key: source.key.zip(self.patient).map(|(key, patient)| key.hash(&patient)),
                encounter_type: self.encounter,
                source_format: None,
                source: None,
                line: None,
            },
        })
    }

    /// The error that stands for the note.
    pub(super) fn error(&self, reason: Reason, source: &Source, number: Option<usize>) -> IntakeError {
        IntakeError::new(source.name, reason).of_note(Some(self.name(source, number)))
    }

    fn name(&self, source: &Source, number: Option<usize>) -> String {
        match (&self.id, number) {
            (Some(id), _) => id.clone(),
            (None, Some(number)) => format!("{}#{number}", source.name),
            (None, None) => source.name.to_owned(),
        }
    }

    /// Adds an ICD-10-CM code once; what has not the form of one is left out.
    pub(super) fn add_code(&mut self, code: &str) {
        let code = code.trim().to_ascii_uppercase();
        let dotted = if code.len() > 3 && !code.contains('.') && code.is_char_boundary(3) {
            format!("{}.{}", &code[..3], &code[3..])
        } else {
            code
        };
        if is_icd(&dotted) && !self.codes.contains(&dotted) {
            self.codes.push(dotted);
        }
    }

    /// Adds a CPT or HCPCS code once; what has not the form of one is left out.
    pub(super) fn add_procedure(&mut self, code: &str) {
        let code = code.trim().to_ascii_uppercase();
        if is_cpt(&code) && !self.procedures.contains(&code) {
            self.procedures.push(code);
        }
    }

    /// Takes over what is not known yet; codes are joined.
    pub(super) fn fill(&mut self, other: &Found) {
        let fill = |mine: &mut Option<String>, theirs: &Option<String>| {
            if mine.is_none() {
                mine.clone_from(theirs);
            }
        };
        fill(&mut self.id, &other.id);
        fill(&mut self.date, &other.date);
        fill(&mut self.author_role, &other.author_role);
        fill(&mut self.patient, &other.patient);
        fill(&mut self.encounter, &other.encounter);
        fill(&mut self.kind, &other.kind);
        other.codes.iter().for_each(|c| self.add_code(c));
        other.procedures.iter().for_each(|c| self.add_procedure(c));
    }
}

/// A letter, a digit, a digit or letter, then up to four more after a point.
fn is_icd(code: &str) -> bool {
    let (category, rest) = code.split_once('.').unwrap_or((code, ""));
    let c = category.as_bytes();
    c.len() == 3
        && c[0].is_ascii_uppercase()
        && c[1].is_ascii_digit()
        && c[2].is_ascii_alphanumeric()
        && rest.len() <= 4
        && rest.bytes().all(|b| b.is_ascii_alphanumeric())
        && (code.len() == 3 || !rest.is_empty())
}

/// CPT: five characters, four digits and a digit or letter; HCPCS: a letter and four digits.
fn is_cpt(code: &str) -> bool {
    let c = code.as_bytes();
    let digits = |s: &[u8]| s.iter().all(u8::is_ascii_digit);
    c.len() == 5
        && (digits(&c[..4]) && c[4].is_ascii_alphanumeric() || c[0].is_ascii_alphabetic() && digits(&c[1..]))
}

/// The ISO day of an ISO or HL7 date or time; `None` where less than a day is told.
pub(super) fn iso_day(stamp: &str) -> Option<String> {
    let stamp = stamp.trim();
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    let (year, month, day) = match stamp.as_bytes() {
        [_, _, _, _, b'-', _, _, b'-', ..] => (stamp.get(..4)?, stamp.get(5..7)?, stamp.get(8..10)?),
        _ => (stamp.get(..4)?, stamp.get(4..6)?, stamp.get(6..8)?),
    };
    let within = |s: &str, max: u8| s.parse::<u8>().is_ok_and(|n| (1..=max).contains(&n));
    let good = digits(year) && digits(month) && digits(day) && within(month, 12) && within(day, 31);
    good.then(|| format!("{year}-{month}-{day}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days() {
        for (stamp, day) in [
            ("2026-02-11", Some("2026-02-11")),
            ("2026-02-11T23:30:00-05:00", Some("2026-02-11")),
            ("20260211", Some("2026-02-11")),
            ("202602112330-0500", Some("2026-02-11")),
            ("2026-02", None),
            ("202602", None),
            ("2026", None),
            ("20261311", None),
            ("2026-0a-11", None),
            ("éééééééé", None),
            ("", None),
        ] {
            assert_eq!(iso_day(stamp).as_deref(), day, "{stamp}");
        }
    }

    #[test]
    fn codes_are_told_by_their_form() {
        let mut found = Found::default();
        for code in ["M53.86", "m5386", "M54", "S33.5XXA", "V22", "724.2", "zebra", "M53.", "éé86", "M53.86"]
        {
            found.add_code(code);
        }
        assert_eq!(found.codes, ["M53.86", "M54", "S33.5XXA", "V22"]);
        for code in ["72148", "0213T", "G0283", "7214", "zebra", "72148"] {
            found.add_procedure(code);
        }
        assert_eq!(found.procedures, ["72148", "0213T", "G0283"]);
    }
}
