//! Which column of a table holds what.

use super::found::{Found, iso_day};
use super::text::check_text;
use super::{IntakeError, Options, Reason};
use crate::note::Note;

/// Names of columns; where one is not given, common names are tried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// The note.
    pub text: Option<String>,
    /// Identifier of the note.
    pub id: Option<String>,
    /// Date of the note.
    pub date: Option<String>,
    /// Billed ICD-10-CM codes, separated by spaces, commas, semicolons or bars.
    pub codes: Option<String>,
    /// CPT codes, separated in the same ways.
    pub procedures: Option<String>,
    /// Patient's identifier; only its keyed hash is kept.
    pub patient: Option<String>,
    /// What the author is.
    pub author_role: Option<String>,
    /// Class or type of the encounter.
    pub encounter: Option<String>,
    /// Type of the document.
    pub document_type: Option<String>,
}

/// What a column can hold: its option, and the names that stand for it, in the order of preference.
const FIELDS: [(&str, &[&str]); FIELD_COUNT] = [
    (
        "--text-column",
        &[
            "text",
            "note_text",
            "note",
            "notetext",
            "note_content",
            "content",
            "body",
            "report",
            "transcription",
        ],
    ),
    ("--id-column", &["id", "note_id", "noteid", "document_id", "doc_id", "row_id", "note_csn_id"]),
    (
        "--date-column",
        &[
            "date",
            "note_date",
            "notedate",
            "service_date",
            "date_of_service",
            "dos",
            "charttime",
            "chartdate",
        ],
    ),
    (
        "--codes-column",
        &["codes", "icd10", "icd10_codes", "icd_codes", "diagnosis_codes", "dx_codes", "icd_code"],
    ),
    ("--procedures-column", &["procedures", "cpt", "cpt_codes", "cpt_code", "procedure_codes"]),
    ("--patient-column", &["patient_id", "patient", "patientid", "pat_id", "mrn", "subject_id"]),
    (
        "--author-role-column",
        &["author_role", "provider_type", "provider_specialty", "author_type", "specialty"],
    ),
    ("--encounter-column", &["encounter_type", "encounter_class", "visit_type", "encounter"]),
    ("--type-column", &["document_type", "note_type", "notetype", "category"]),
];
const FIELD_COUNT: usize = 9;
const TEXT: usize = 0;

impl Columns {
    fn named(&self) -> [Option<&str>; FIELD_COUNT] {
        [
            &self.text,
            &self.id,
            &self.date,
            &self.codes,
            &self.procedures,
            &self.patient,
            &self.author_role,
            &self.encounter,
            &self.document_type,
        ]
        .map(Option::as_deref)
    }

    /// Finds the columns in a header.
    pub(super) fn find(&self, header: &[String]) -> Result<Layout, Reason> {
        let mut at = [None; FIELD_COUNT];
        for (field, wanted) in self.named().into_iter().enumerate() {
            let (option, common) = FIELDS[field];
            at[field] = match wanted {
                Some(name) => {
                    let exact = header.iter().position(|h| h == name);
                    let found = exact.or_else(|| header.iter().position(|h| normal(h) == normal(name)));
                    Some(found.ok_or_else(|| no_column(option, header))?)
                }
                None => common.iter().find_map(|name| header.iter().position(|h| normal(h) == *name)),
            };
        }
        if at[TEXT].is_none() {
            return Err(no_column(FIELDS[TEXT].0, header));
        }
        Ok(Layout { at })
    }
}

/// Whether the fields are a header of notes: the note's column by a common name, and another one.
pub(super) fn is_header(fields: &[String]) -> bool {
    let known = |field: &str, names: &[&str]| names.contains(&normal(field).as_str());
    fields.iter().any(|f| known(f, FIELDS[TEXT].1))
        && fields.iter().any(|f| FIELDS[1..].iter().any(|(_, names)| known(f, names)))
}

fn normal(name: &str) -> String {
    name.trim().to_ascii_lowercase().replace([' ', '-', '.'], "_")
}

/// Names what exists, unless the first row is data: then it may hold words of a note.
fn no_column(option: &'static str, header: &[String]) -> Reason {
    const SHOWN: usize = 60;
    let plain = |name: &String| {
        name.len() <= 40
            && name.split_whitespace().count() <= 2
            && name.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_')
            && name
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' ' | '/' | '(' | ')' | '#'))
    };
    let columns = if header.iter().all(plain) && !header.is_empty() {
        header.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ")
    } else {
        "none that look like names".to_owned()
    };
    Reason::NoColumn { option, columns }
}

/// Where the columns of a table are.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    at: [Option<usize>; FIELD_COUNT],
}

impl Layout {
    /// The columns that are read.
    #[cfg(feature = "arrow")]
    pub(super) fn columns(&self) -> impl Iterator<Item = usize> + '_ {
        self.at.iter().flatten().copied()
    }

    /// The note of a row; `value` gives the text in a column. `row` counts from 1 and names a note without an id.
    pub(super) fn note(
        &self,
        file: &str,
        row: u64,
        options: &Options,
        mut value: impl FnMut(usize) -> Option<String>,
    ) -> Result<Note, IntakeError> {
        let mut field = |index: usize| {
            self.at[index].and_then(&mut value).filter(|text| index == TEXT || !text.trim().is_empty())
        };
        let mut found = Found {
            id: field(1).map(|id| id.trim().to_owned()),
            date: field(2).and_then(|date| day(&date)),
            patient: field(5),
            author_role: field(6),
            encounter: field(7),
            kind: field(8),
            ..Found::default()
        };
        for code in field(3).iter().flat_map(|codes| list(codes)) {
            found.add_code(code);
        }
        for code in field(4).iter().flat_map(|codes| list(codes)) {
            found.add_procedure(code);
        }
        let text = field(TEXT).unwrap_or_default();
        let error = |reason| IntakeError::new(file, reason).at_line(row).of_note(found.id.clone());
        let limit = options.note_limit();
        if text.len() > limit {
            return Err(error(Reason::TooLarge { limit: limit as u64 }));
        }
        check_text(&text).map_err(error)?;
        let limits = options.limits();
        let named = found.id.is_some();
        let mut note = found.note(text, &options.source(file, &limits), None)?;
        if !named {
            note.id = format!("{file}:{row}");
        }
        Ok(note)
    }
}

fn list(codes: &str) -> impl Iterator<Item = &str> {
    codes.split(|c: char| c.is_whitespace() || matches!(c, ',' | ';' | '|')).filter(|c| !c.is_empty())
}

/// An ISO or HL7 date, or an American one: `2/11/2026`.
fn day(text: &str) -> Option<String> {
    iso_day(text).or_else(|| {
        let mut parts = text.split_whitespace().next()?.split('/');
        let mut number = || parts.next().and_then(|p| p.parse::<u32>().ok());
        let (month, day, year) = (number()?, number()?, number()?);
        iso_day(&format!("{year:04}-{month:02}-{day:02}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(names: &[&str]) -> Vec<String> {
        names.iter().map(|n| (*n).to_owned()).collect()
    }

    #[test]
    fn columns_are_found_by_option_and_by_common_names() {
        let names = header(&["Patient ID", "NOTE_ID", "Note Text", "Text2"]);
        let layout = Columns::default().find(&names).unwrap();
        assert_eq!((layout.at[0], layout.at[1], layout.at[5]), (Some(2), Some(1), Some(0)));
        let columns = Columns { text: Some("text2".to_owned()), ..Columns::default() };
        assert_eq!(columns.find(&names).unwrap().at[0], Some(3));
        let columns = Columns { id: Some("key".to_owned()), ..Columns::default() };
        assert_eq!(
            columns.find(&names).unwrap_err().to_string(),
            "no column for --id-column; there are: Patient ID, NOTE_ID, Note Text, Text2"
        );
    }

    #[test]
    fn a_row_of_data_in_the_place_of_the_header_is_not_told() {
        let names = header(&["1", "the quagga fell"]);
        assert_eq!(
            Columns::default().find(&names).unwrap_err().to_string(),
            "no column for --text-column; there are: none that look like names"
        );
    }

    #[test]
    fn headers_are_told_from_prose() {
        assert!(is_header(&header(&["id", "text"])) && is_header(&header(&["MRN", "Note Text"])));
        assert!(!is_header(&header(&["Note", " low back pain"])) && !is_header(&header(&["text"])));
    }

    #[test]
    fn days() {
        for (text, expected) in [
            ("2026-02-11 10:00", Some("2026-02-11")),
            ("2/11/2026", Some("2026-02-11")),
            ("02/11/2026 10:00", Some("2026-02-11")),
            ("13/11/2026", None),
            ("soon", None),
        ] {
            assert_eq!(day(text).as_deref(), expected, "{text}");
        }
    }
}
