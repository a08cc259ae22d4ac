//! The tables and their columns: one definition for every format and for the documentation.

use std::fmt::Write as _;

/// A table.
#[derive(Clone, Copy, Debug)]
pub struct Table {
    /// Its name, which files and directories take.
    pub name: &'static str,
    /// What a row is.
    pub doc: &'static str,
    /// The columns in their order.
    pub columns: &'static [Column],
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// What its values are.
    pub kind: Kind,
    /// Whether a value is always there.
    pub required: bool,
    /// Whether it holds words of the note; null unless note text was asked for.
    pub note_text: bool,
    /// What it means.
    pub doc: &'static str,
}

/// The type of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// True or false.
    Bool,
    /// A 64-bit integer.
    Int,
    /// A 64-bit floating-point number.
    Float,
    /// Text.
    Text,
    /// A list of texts.
    Words,
    /// A list of ranges of code points in the note, the end not included.
    Spans,
}

impl Kind {
    fn parquet(self) -> &'static str {
        match self {
            Kind::Bool => "boolean",
            Kind::Int => "int64",
            Kind::Float => "double",
            Kind::Text => "string",
            Kind::Words => "list of string",
            Kind::Spans => "list of {start, end}",
        }
    }
}

const fn column(name: &'static str, kind: Kind, doc: &'static str) -> Column {
    Column { name, kind, required: false, note_text: false, doc }
}

const fn required(name: &'static str, kind: Kind, doc: &'static str) -> Column {
    Column { name, kind, required: true, note_text: false, doc }
}

const fn words(name: &'static str, kind: Kind, doc: &'static str) -> Column {
    Column { name, kind, required: false, note_text: true, doc }
}

use Kind::{Bool, Float, Int, Spans, Text, Words};

/// One row a note, readable or not.
pub const NOTES: Table = Table {
    name: "notes",
    doc: "One row a note. A note that could not be read has `error` and no outcome.",
    columns: &[
        required(
            "ordinal",
            Int,
            "place in the stream of all inputs, from 0; the other tables call it `note`",
        ),
        required("id", Text, "the note's id; the place of the input where it has none"),
        required("input", Text, "the INPUT argument that it came from"),
        column("source", Text, "the file, or the member of an archive"),
        column("line", Int, "the line in the file, from 1, in formats of lines and batches of messages"),
        column("date", Text, "date of the note, ISO 8601"),
        column("document_id", Text, "identifier of the document in its source"),
        column("document_type", Text, "LOINC code or title of the document's type"),
        column("author_role", Text, "what the author is: a specialty, a profession"),
        column("encounter_type", Text, "class or type of the encounter"),
        column("patient_key", Text, "keyed hash of the patient's identifier; null without `--key-file`"),
        column("source_format", Text, "format that the note came in, as `--from` names it"),
        column("billed_codes", Words, "ICD-10-CM codes that came with the note"),
        column("procedures", Words, "CPT codes that came with the note"),
        column("bytes", Int, "length of the text in bytes"),
        column("outcome", Text, "`supported`, `gaps`, `other-code`, `not-applicable`"),
        column("score", Int, "0 to 100: credit of the elements that apply, by weight"),
        column("gaps", Int, "elements of the checklist that ask for something"),
        column("lumbar", Bool, "about a problem of the lumbar or lumbosacral spine"),
        column("conditions", Int, "number of named lumbar conditions that are present"),
        words("named_conditions", Words, "these conditions, in the words of the note"),
        column("nonspecific_only", Bool, "the only lumbar problem is a symptom or an unspecific term"),
        column("region", Text, "`lumbar`, `lumbosacral`, `thoracolumbar`, `unstated`, `other`"),
        column("imaging", Text, "`findings`, `normal`, `study_only`, `planned`, `absent`"),
        column("acuity", Text, "`acute`, `subacute`, `chronic`, `unstated`"),
        words("duration", Text, "the duration, in the words of the note"),
        column("conservative_care", Text, "`documented`, `planned_only`, `declined_only`, `absent`"),
        column("care_types", Words, "types of care that were tried or are in use"),
        column("function", Text, "`limited`, `not_limited`, `absent`"),
        column("injury", Text, "`current`, `past`, `denied`, `unstated`"),
        column("radiculopathy", Text, "`present`, `absent`, `unstated`"),
        column("code_family", Text, "best-supported ICD-10-CM family, or `none`"),
        column("code_suggested", Text, "best-supported code or family; null where none is"),
        column("m53_86", Text, "`supported`, `not-supported`, `not-applicable`"),
        column("excludes", Int, "number of codes that exclude M53.86 here"),
        words("reasons", Words, "why M53.86 does or does not stand; quotes the note"),
        column("software", Text, "program and version"),
        column("lexicon", Text, "SHA-256 of the lexicon in force"),
        column("checklist", Text, "SHA-256 of the checklist in force"),
        column("code_set", Text, "fiscal year of the code set"),
        column("classifier", Text, "name and SHA-256 of the classifier's model; null where none ran"),
        column("error", Text, "why the note could not be read: a stable word"),
        column("error_message", Text, "the same for people; never holds words of the note"),
    ],
};

/// One row a note and element.
pub const VERDICTS: Table = Table {
    name: "verdicts",
    doc: "One row a note and element, in the order of the report. A note that could not be read has none.",
    columns: &[
        required("note", Int, "`ordinal` of the note"),
        required("id", Text, "the note's id"),
        column("procedure", Text, "CPT code where the element is asked for with a procedure; else null"),
        required("element", Text, "id of the element"),
        required("verdict", Text, "`met`, `partial`, `missing`, `contradicted`, `not-applicable`, `unclear`"),
        required("weight", Int, "points that the element can give"),
        required("credit", Float, "points that it gave"),
        column("gap", Text, "what is missing, in the words of the checklist; null where nothing is"),
        required("evidence", Spans, "where the note says so"),
        required("evidence_sections", Words, "kind of section that each piece of evidence stands in"),
        words("evidence_text", Words, "the words of each piece of evidence"),
        words("query", Text, "draft of a query to the provider; quotes the note"),
    ],
};

/// One row a mention.
pub const MENTIONS: Table = Table {
    name: "mentions",
    doc: "One row a mention, in the order of the note. Written with `--mentions`.",
    columns: &[
        required("note", Int, "`ordinal` of the note"),
        required("id", Text, "the note's id"),
        required(
            "label",
            Text,
            "`condition`, `level`, `grade`, `imaging`, `chronicity`, `care`, `surgery`, `function`, `injury`",
        ),
        required("start", Int, "first code point"),
        required("end", Int, "one past the last code point"),
        words("text", Text, "the words"),
        column("assertion", Text, "`present`, `absent`, `possible`, `historical`, `hypothetical`, `family`"),
        column(
            "decided_by",
            Text,
            "`cue`, `section`, `classifier`; null where nothing spoke against the default",
        ),
        words("cue", Text, "the words that decided the assertion"),
        column("concept", Text, "id of the concept in the lexicon; null where a pattern found it"),
        column("norm", Words, "`level`: segments or vertebrae, top to bottom"),
        column("root", Bool, "`level`: a nerve root"),
        column("system", Text, "`grade`: the grading system"),
        column("value", Text, "`grade`: the value in its normal form"),
        column("modality", Text, "`imaging`: the modality"),
        column("acuity", Text, "`chronicity`: `acute`, `subacute`, `chronic`, `unknown`"),
        column("type", Text, "`care`: the kind of measure"),
        column("outcome", Text, "`care`: `failed`, `partial`, `helped`, `unknown`"),
    ],
};

/// Every table. Rows that belong together come in this order.
pub const TABLES: [Table; 3] = [NOTES, VERDICTS, MENTIONS];

/// The columns of every table as Markdown, for the documentation.
pub fn markdown() -> String {
    let mut out = String::new();
    for table in TABLES {
        let _ = write!(out, "### `{}`\n\n{}\n\n| column | type | |\n|---|---|---|\n", table.name, table.doc);
        for column in table.columns {
            let null = if column.required { "" } else { ", null" };
            let text = if column.note_text { " (`--text`)" } else { "" };
            let _ = writeln!(
                out,
                "| `{}` | {}{null} | {}{text} |",
                column.name,
                column.kind.parquet(),
                column.doc
            );
        }
        out.push('\n');
    }
    out
}
