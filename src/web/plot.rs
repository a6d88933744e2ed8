//! Measures of plots, which templates draw as SVG: places and lengths in percent, so that a plot is as wide as its page
//! and its text stays readable on a telephone.

use crate::time::{Instant, Window};
use std::fmt;

/// A place or length as part of a whole: `12.50%`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Percent(i64);

impl Percent {
    /// How much of `whole` a part is; nothing where there is no whole, and never more than all of it.
    pub fn of(part: i64, whole: i64) -> Self {
        if whole <= 0 {
            return Self(0);
        }
        Self((i128::from(part) * 10_000 / i128::from(whole)).clamp(0, 10_000).try_into().unwrap_or(0))
    }

    /// Where a moment lies in a window.
    pub fn at(moment: Instant, window: Window) -> Self {
        Self::of(moment.millis() - window.start.millis(), window.millis())
    }

    /// How far it is from here to there.
    pub fn to(self, other: Self) -> Self {
        Self((other.0 - self.0).max(0))
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}%", self.0 / 100, self.0 % 100)
    }
}

/// A bar from left to right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Where it begins.
    pub x: Percent,
    /// How long it is.
    pub width: Percent,
}

impl Bar {
    /// What of a window lies in another one.
    pub fn of(window: Window, whole: Window) -> Option<Self> {
        let shown = window.intersect(whole)?;
        let x = Percent::at(shown.start, whole);
        Some(Self { x, width: x.to(Percent::at(shown.end, whole)) })
    }

    /// From the zero line of a scale that reaches from `least` (not above 0) to `most`, to a value on either side.
    pub fn from_zero(value: i64, least: i64, most: i64) -> Self {
        let (least, whole) = (least.min(0), most.max(0) - least.min(0));
        let (from, to) = (value.min(0), value.max(0));
        let x = Percent::of(from - least, whole);
        Self { x, width: x.to(Percent::of(to - least, whole)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reaches_over_the_edge_is_cut_there() {
        let window = |from, to| Window::new(Instant::from_millis(from), Instant::from_millis(to));
        let bar = Bar::of(window(-5, 25), window(0, 200)).unwrap();
        assert_eq!((bar.x.to_string(), bar.width.to_string()), ("0.00%".to_owned(), "12.50%".to_owned()));
        assert_eq!(Bar::of(window(300, 400), window(0, 200)), None);
    }

    #[test]
    fn bars_stand_on_either_side_of_nothing() {
        let (left, right) = (Bar::from_zero(-10, -10, 30), Bar::from_zero(30, -10, 30));
        assert_eq!((left.x.to_string(), left.width.to_string()), ("0.00%".to_owned(), "25.00%".to_owned()));
        assert_eq!((right.x.to_string(), right.width.to_string()), ("25.00%".to_owned(), "75.00%".to_owned()));
        assert_eq!(Bar::from_zero(0, 0, 0).width.to_string(), "0.00%");
    }
}
