//! How far somebody's load is from their share, as a small bar in SVG: attributes and classes only, for the policy allows no
//! inline style.

use crate::web::texts::Markup;
use std::fmt::Write as _;

/// Half of a balance bar's width.
const HALF: i64 = 50;

/// A bar from the middle: to the right of it who carries more than their share, to the left who carries less. `most` is
/// what reaches the edge. Figures stand beside it, so it says nothing to screen readers.
pub fn balance(over: i64, most: i64) -> Markup {
    let width = (over.abs().saturating_mul(HALF) / most.max(1)).min(HALF);
    let (class, x) = if over > 0 { ("over", HALF) } else { ("under", HALF - width) };
    let mut svg = String::with_capacity(160);
    let _ = write!(
        svg,
        "<svg class=\"bar-of\" viewBox=\"0 0 100 8\" width=\"100\" height=\"8\" aria-hidden=\"true\"><rect class=\"{class}\" \
         x=\"{x}\" y=\"1\" width=\"{width}\" height=\"6\"/><path d=\"M50 0v8\"/></svg>"
    );
    Markup(svg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_begins_in_the_middle_and_ends_at_the_edge() {
        let is = |over, most, part: &str| assert!(balance(over, most).0.contains(part), "{}", balance(over, most).0);
        is(50, 100, "class=\"over\" x=\"50\" y=\"1\" width=\"25\"");
        is(-100, 100, "class=\"under\" x=\"0\" y=\"1\" width=\"50\"");
        is(700, 100, "width=\"50\" height=\"6\"");
        is(0, 0, "width=\"0\" height=\"6\"");
    }
}
