//! The order in which the reference script lists the mentions of a note that found no partner.
//!
//! The script iterates a set of small integers, which CPython keeps in a hash table; where few large indices are left
//! over, that order is not the ascending one. It decides which errors stand among the first N, so it is kept.

/// How many further slots CPython looks at beside the one that the hash names.
const NEIGHBOURS: usize = 9;

/// The indices that `used` does not mark, in the order of `set(range(n)) - used`.
pub(super) fn left_over(used: &[bool]) -> Vec<usize> {
    let left: Vec<usize> = (0..used.len()).filter(|&i| !used[i]).collect();
    let removed = used.len() - left.len();
    // With little to remove, the set is copied and keeps a slot for each index; else a new one is filled.
    if used.len() / 4 > removed {
        return left;
    }
    let mut table = vec![None; 8];
    for (filled, &index) in (1..).zip(&left) {
        insert(&mut table, index);
        if filled * 5 >= (table.len() - 1) * 3 {
            let mut larger = vec![None; (filled * 4 + 1).next_power_of_two().max(8)];
            table.into_iter().flatten().for_each(|i| insert(&mut larger, i));
            table = larger;
        }
    }
    table.into_iter().flatten().collect()
}

fn insert(table: &mut [Option<usize>], index: usize) {
    let mask = table.len() - 1;
    let (mut slot, mut perturb) = (index & mask, index);
    loop {
        let last = if slot + NEIGHBOURS <= mask { slot + NEIGHBOURS } else { slot };
        if let Some(free) = table[slot..=last].iter_mut().find(|s| s.is_none()) {
            *free = Some(index);
            return;
        }
        perturb >>= 5;
        slot = (slot * 5 + 1 + perturb) & mask;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(n: usize, left: &[usize]) -> Vec<usize> {
        left_over(&(0..n).map(|i| !left.contains(&i)).collect::<Vec<_>>())
    }

    // Expected values: list(set(range(n)) - (set(range(n)) - left)) in CPython 3.11.
    #[test]
    fn few_large_indices_come_in_the_order_of_their_slots() {
        assert_eq!(order(3, &[0, 1, 2]), [0, 1, 2]);
        assert_eq!(order(20, &[3, 16]), [16, 3]);
        assert_eq!(order(40, &[1, 9, 17, 33]), [1, 33, 9, 17]);
        assert_eq!(order(90, &[5, 13, 21, 40, 64, 88]), [64, 5, 40, 13, 21, 88]);
    }

    #[test]
    fn little_removed_keeps_the_ascending_order() {
        let left: Vec<usize> = (0..40).filter(|i| i % 10 != 3).collect();
        assert_eq!(order(40, &left), left);
    }
}
