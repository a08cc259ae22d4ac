//! Pairing of gold and predicted mentions of one label.

use super::gold::Mention;

/// How two spans must stand to each other to match.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// Equal.
    Strict,
    /// At least one code point in common.
    Lenient,
}

/// Pairs of indices (gold, predicted), each index once: the longest overlap first, then the lowest gold index,
/// then the lowest predicted index.
pub(super) fn pair(gold: &[&Mention], predicted: &[&Mention], mode: Mode) -> Vec<(usize, usize)> {
    let mut candidates = Vec::new();
    for (gi, g) in gold.iter().enumerate() {
        for (pi, p) in predicted.iter().enumerate() {
            let overlap = match mode {
                Mode::Strict => i64::from(g.start == p.start && g.end == p.end),
                Mode::Lenient => g.end.min(p.end) - g.start.max(p.start),
            };
            if overlap > 0 {
                candidates.push((overlap, gi, pi));
            }
        }
    }
    candidates.sort_unstable_by_key(|&(overlap, gi, pi)| (std::cmp::Reverse(overlap), gi, pi));
    let (mut gold_used, mut predicted_used) = (vec![false; gold.len()], vec![false; predicted.len()]);
    let mut pairs = Vec::new();
    for (_, gi, pi) in candidates {
        if !gold_used[gi] && !predicted_used[pi] {
            (gold_used[gi], predicted_used[pi]) = (true, true);
            pairs.push((gi, pi));
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(gold: &[(i64, i64)], predicted: &[(i64, i64)], mode: Mode) -> Vec<(usize, usize)> {
        let mentions = |spans: &[(i64, i64)]| -> Vec<Mention> {
            spans.iter().map(|&(start, end)| Mention { start, end, ..Mention::default() }).collect()
        };
        let (gold, predicted) = (mentions(gold), mentions(predicted));
        pair(&gold.iter().collect::<Vec<_>>(), &predicted.iter().collect::<Vec<_>>(), mode)
    }

    #[test]
    fn longest_overlap_goes_first() {
        assert_eq!(pairs(&[(0, 4), (4, 20)], &[(2, 18)], Mode::Lenient), [(1, 0)]);
        assert_eq!(pairs(&[(0, 10), (10, 14)], &[(8, 14), (0, 2)], Mode::Lenient), [(1, 0), (0, 1)]);
    }

    #[test]
    fn ties_go_to_the_lowest_indices() {
        assert_eq!(pairs(&[(0, 5), (5, 10)], &[(3, 7)], Mode::Lenient), [(0, 0)]);
        assert_eq!(pairs(&[(0, 9)], &[(6, 9), (0, 3)], Mode::Lenient), [(0, 0)]);
        assert_eq!(pairs(&[(0, 5), (0, 5)], &[(0, 5), (0, 5)], Mode::Strict), [(0, 0), (1, 1)]);
    }

    #[test]
    fn strict_wants_equal_spans_and_touching_is_no_overlap() {
        assert_eq!(pairs(&[(0, 5)], &[(0, 6)], Mode::Strict), []);
        assert_eq!(pairs(&[(0, 5)], &[(5, 9)], Mode::Lenient), []);
    }
}
