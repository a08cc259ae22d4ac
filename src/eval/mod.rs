//! Comparison of chartgap's output with gold annotations: mentions, attributes, assertions and the note as a whole.
//!
//! A gold mention and a predicted one of the same label match when their spans overlap (lenient) or are equal
//! (strict); each is matched once, the longest overlap first. Attributes are scored on lenient matches. A field of
//! the summary agrees when its value is the gold one or stands in the note's `ok` list. `kappa` is Cohen's.
//!
//! The figures equal those of the corpus's reference script, number for number, and so do the JSON form and the text.
//! Where the two could read a file differently (a value of the wrong type, a line without an id) loading fails here.
//!
//! [`Figures::errors`] quotes the notes, so it appears in neither form: it is rendered only by
//! [`Figures::errors_to_text`], for a caller who asked for it.

mod gold;
mod value;
mod order;
mod matching;
mod score;
mod figures;
mod text;
mod compare;

pub use compare::{Change, compare};
pub use figures::{Accuracy, Agreement, ByMode, Errors, Figures, NO_CLASS, Prf, Summary, Table};
pub use gold::{Gold, LoadError, Mention, Output, load_gold, load_output};
pub use score::{kappa, score};
