//! How far figures lie apart: the least, the middle, the most, and the sum of their squares. Four figures, never one
//! score.

/// The spread of some people's balances.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    /// The smallest.
    pub min: i64,
    /// The middle one; the mean of the two middle ones where they are two.
    pub median: i64,
    /// The largest.
    pub max: i64,
    /// Sum of the squared balances, in the square of their unit: 0 where everybody carries exactly their share.
    pub squared: i64,
}

impl Spread {
    /// Of figures in any order; nothing has no spread.
    #[must_use]
    pub fn of(mut values: Vec<i64>) -> Self {
        values.sort_unstable();
        let last = values.len().saturating_sub(1);
        let at = |index: usize| values.get(index).copied().unwrap_or_default();
        Self {
            min: at(0),
            median: i64::midpoint(at(last / 2), at(values.len() / 2)),
            max: at(last),
            squared: values.iter().fold(0, |sum, value| sum.saturating_add(value.saturating_mul(*value))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Balances of loads against equal shares.
    fn against_equal_shares(loads: &[i64]) -> Vec<i64> {
        let share = loads.iter().sum::<i64>() / i64::try_from(loads.len()).unwrap();
        loads.iter().map(|load| load - share).collect()
    }

    #[test]
    fn the_more_uneven_the_loads_the_larger_the_squares() {
        let loads = [[3, 3, 3, 3, 3], [4, 4, 3, 2, 2], [5, 5, 2, 2, 1], [11, 1, 1, 1, 1]];
        let spreads = loads.map(|loads| Spread::of(against_equal_shares(&loads)));
        assert_eq!(spreads.map(|spread| spread.squared), [0, 4, 14, 80]);
        assert_eq!(spreads.map(|spread| (spread.min, spread.max)), [(0, 0), (-1, 1), (-2, 2), (-2, 8)]);
        assert_eq!(spreads.map(|spread| spread.median), [0, 0, -1, -2]);
    }

    #[test]
    fn whoever_carries_nothing_counts() {
        let with = Spread::of(against_equal_shares(&[5, 5, 5, 5, 0]));
        assert_eq!((with.min, with.max, with.squared), (-4, 1, 20));
        let without = Spread::of(against_equal_shares(&[5, 5, 5, 5]));
        assert_eq!(without, Spread::default());
    }

    #[test]
    fn the_middle_of_two_is_between_them() {
        assert_eq!(Spread::of(vec![7, -3, 1, 4]).median, 2);
        assert_eq!(Spread::of(Vec::new()), Spread::default());
    }
}
