//! The seam of the classifier: what reads sentences beside the rules. Without one, the provenance says so.

use crate::note::Note;
use crate::reading::Reading;
use crate::report::v1::Model;

/// A sentence classifier that adds mentions and settles assertions where the rules are unsure or silent.
pub trait Classifier: Send + Sync {
    /// The model's name and digest, for the provenance.
    fn model(&self) -> Model;

    /// Revises what the rules read. It must be deterministic, and mark what it decides as
    /// [`crate::assertion::DecidedBy::Classifier`].
    fn revise(&self, note: &Note, reading: &mut Reading);
}
