//! Units as bits: what a worker holds, and what stands before and after a unit in it.
#![allow(clippy::indexing_slicing)] // sets are as long as there are units

use super::model::NONE;

/// The units of a bit set, ascending.
pub(super) struct Bits<'a> {
    words: &'a [u64],
    at: usize,
    word: u64,
}

impl<'a> Bits<'a> {
    pub fn of(words: &'a [u64]) -> Self {
        Self::from(words, 0)
    }

    /// Only from `first` on.
    pub fn from(words: &'a [u64], first: u32) -> Self {
        let at = first as usize / 64;
        let word = words.get(at).map_or(0, |word| word & (!0 << (first % 64)));
        Self { words, at, word }
    }
}

impl Iterator for Bits<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        while self.word == 0 {
            self.at += 1;
            self.word = *self.words.get(self.at)?;
        }
        let bit = self.word.trailing_zeros();
        self.word &= self.word - 1;
        u32::try_from(self.at * 64).ok().map(|base| base + bit)
    }
}

/// The unit held before a unit, passing over `skip`.
pub(super) fn before(held: &[u64], unit: u32, skip: u32) -> u32 {
    let mut at = unit as usize / 64;
    let mut word = held[at] & !(!0 << (unit % 64));
    loop {
        while word == 0 {
            if at == 0 {
                return NONE;
            }
            at -= 1;
            word = held[at];
        }
        let bit = word.ilog2();
        let found = u32::try_from(at * 64).unwrap_or(NONE) + bit;
        if found != skip {
            return found;
        }
        word &= !(1 << bit);
    }
}

/// The unit held after a unit, passing over `skip`.
pub(super) fn after(held: &[u64], unit: u32, skip: u32) -> u32 {
    Bits::from(held, unit + 1).find(|found| *found != skip).unwrap_or(NONE)
}
