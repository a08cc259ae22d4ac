//! Takes the lexicon files together: concepts by id with their places, spelling, headings.

use super::data::{self, FileKind};
use super::file::{self, Concept, LexiconError};
use crate::datafile;
use crate::mention::Label;
use crate::segment::{SectionKind, SlipRules};
use std::collections::HashMap;
use std::fmt;
use std::path::Path;

/// Where a concept stands.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// The file as errors call it.
    pub(super) file: String,
    /// Its index among the files.
    pub(super) index: usize,
    /// The byte at which the concept begins.
    pub(super) at: usize,
    /// The line of that, counted from 1.
    pub(super) line: usize,
}

impl Place {
    /// An error about the concept, in `line` where that is known better.
    pub(super) fn refuse(&self, line: Option<usize>, concept: &str, reason: String) -> LexiconError {
        LexiconError::Concept {
            file: self.file.clone(),
            line: line.unwrap_or(self.line),
            concept: concept.to_owned(),
            reason,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// What the files hold.
#[derive(Default)]
pub(super) struct Read {
    pub(super) concepts: Vec<(Label, Concept)>,
    /// The place of each concept.
    pub(super) places: Vec<Place>,
    pub(super) variants: Vec<(String, String)>,
    pub(super) slips: SlipRules,
    pub(super) headings: Vec<(String, SectionKind)>,
}

/// Reads all files.
///
/// # Errors
/// The first file that is refused; an id that two files of one folder give.
pub(super) fn read(files: &[(String, String)]) -> Result<Read, LexiconError> {
    let mut out = Read::default();
    let mut by_id: HashMap<String, usize> = HashMap::new();
    for (index, (name, text)) in files.iter().enumerate() {
        let shown = data::shown(name);
        match data::kind(name) {
            FileKind::Spelling => {
                let f: file::SpellingFile = datafile::read(&shown, text)?;
                out.variants.extend(f.variants);
                out.slips.extend(f.correction);
            }
            FileKind::Sections => {
                let f: file::SectionsFile = datafile::read(&shown, text)?;
                out.headings.extend(
                    f.section.into_iter().flat_map(|s| s.headings.into_iter().map(move |h| (h, s.kind))),
                );
            }
            FileKind::Concepts => {
                let f = file::parse(&shown, text)?;
                // counted on, since from the start of the file each time would be quadratic
                let (mut from, mut line) = (0, 1);
                for c in f.concept {
                    let at = c.span().start;
                    line += text.bytes().take(at).skip(from).filter(|b| *b == b'\n').count();
                    from = at;
                    let c = c.into_inner();
                    let place = Place { file: shown.clone(), index, at, line };
                    match by_id.get(&c.id) {
                        Some(&known) if same_set(&files[out.places[known].index].0, name) => {
                            let reason = format!("the id is given twice, first at {}", out.places[known]);
                            return Err(place.refuse(None, &c.id, reason));
                        }
                        Some(&known) => {
                            out.concepts[known] = (f.label, c);
                            out.places[known] = place;
                        }
                        None => {
                            by_id.insert(c.id.clone(), out.concepts.len());
                            out.concepts.push((f.label, c));
                            out.places.push(place);
                        }
                    }
                }
            }
            FileKind::Other => {}
        }
    }
    Ok(out)
}

/// Whether two files lie in one folder, where an id stands once.
fn same_set(a: &str, b: &str) -> bool {
    Path::new(a).parent() == Path::new(b).parent()
}
