//! Batches: sequences of one padded length together, so that little is computed for nothing.

use super::encoder::Batch;
use super::pieces::Sequence;

/// Lengths are padded to a multiple of this.
///
/// The padded length of a sequence depends on the sequence alone, never on those beside it, so that its numbers do not
/// depend on the batch either.
const STEP: usize = 8;
/// Most sequences of a batch; more does not go faster on one core.
const ROWS: usize = 16;

/// Which sequences go together: indices into `sequences`, shortest first.
pub(super) fn plan(sequences: &[Sequence]) -> Vec<(usize, Vec<usize>)> {
    let padded = |i: usize| sequences[i].ids.len().next_multiple_of(STEP);
    let mut order: Vec<usize> = (0..sequences.len()).collect();
    order.sort_by_key(|&i| padded(i));
    order
        .chunk_by(|&a, &b| padded(a) == padded(b))
        .flat_map(|same| same.chunks(ROWS))
        .map(|rows| (padded(rows[0]), rows.to_vec()))
        .collect()
}

/// The tensors of some sequences, padded to `length`.
pub(super) fn fill(sequences: &[Sequence], rows: &[usize], length: usize, pad: u32) -> Batch {
    let mut batch = Batch {
        rows: rows.len(),
        length,
        ids: Vec::with_capacity(rows.len() * length),
        mask: Vec::with_capacity(rows.len() * length),
    };
    for &row in rows {
        let ids = &sequences[row].ids;
        let padding = length - ids.len().min(length);
        batch.ids.extend(ids.iter().take(length).map(|&id| id as i32));
        batch.ids.extend(std::iter::repeat_n(pad as i32, padding));
        batch.mask.extend(std::iter::repeat_n(0.0, length - padding));
        batch.mask.extend(std::iter::repeat_n(Batch::MASKED, padding));
    }
    batch
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sequence(length: usize) -> Sequence {
        Sequence { ids: (1..=length as u32).collect(), body: 0, window: 0..length }
    }

    #[test]
    fn sequences_of_one_length_go_together() {
        let lengths = [20, 3, 9, 8, 24, 17];
        let sequences: Vec<_> = lengths.map(sequence).into();
        assert_eq!(plan(&sequences), [(8, vec![1, 3]), (16, vec![2]), (24, vec![0, 4, 5])]);
        let many: Vec<_> = (0..40).map(|_| sequence(5)).collect();
        assert_eq!(plan(&many).iter().map(|(_, rows)| rows.len()).collect::<Vec<_>>(), [16, 16, 8]);
    }

    #[test]
    fn padding_is_masked() {
        let batch = fill(&[sequence(2), sequence(3)], &[1, 0], 4, 9);
        assert_eq!(batch.ids, [1, 2, 3, 9, 1, 2, 9, 9]);
        let m = Batch::MASKED;
        assert_eq!(batch.mask, [0.0, 0.0, 0.0, m, 0.0, 0.0, m, m]);
    }
}
