//! Numbers that look random and depend on a seed alone (wyrand).

/// A stream of them.
#[derive(Clone, Debug)]
pub(super) struct Dice(u64);

impl Dice {
    /// The stream of a seed; `lane` keeps several streams of one seed apart.
    pub fn new(seed: u64, lane: u64) -> Self {
        let mut dice = Self(seed ^ lane.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        dice.next();
        dice
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0xA076_1D64_78BD_642F);
        let wide = u128::from(self.0) * u128::from(self.0 ^ 0xE703_7ED1_A0B4_28DB);
        #[allow(clippy::cast_possible_truncation)] // the two halves are what is wanted
        let (low, high) = (wide as u64, (wide >> 64) as u64);
        low ^ high
    }

    /// A number below `bound`; 0 where that is 0.
    pub fn below(&mut self, bound: usize) -> usize {
        #[allow(clippy::cast_possible_truncation)] // below a bound that fits
        let scaled = ((u128::from(self.next()) * bound as u128) >> 64) as usize;
        scaled
    }

    /// True so many times in a thousand.
    pub fn chance(&mut self, thousandths: usize) -> bool {
        self.below(1_000) < thousandths
    }
}
