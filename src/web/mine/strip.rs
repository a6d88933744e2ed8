//! One's balance among those of the team, drawn as SVG: no script draws it, and its colours come from the stylesheet by class.

use crate::web::texts::{Markup, Text, escape};
use std::fmt::Write as _;

/// Half the width of a strip without its margin.
const HALF: i64 = 150;
/// Where the line of a strip is.
const LINE: i64 = 22;

/// Balances along one line with nothing in the middle: one's own as a full mark, the others' as rings. `told` says the
/// same in words.
pub fn strip(own: i64, others: &[i64], told: &Text) -> Markup {
    let most = others.iter().chain([&own]).map(|value| value.abs()).max().unwrap_or(1).max(1);
    let at = |value: i64| 160 + value * HALF / most;
    let told = escape(&told.to_string());
    let mut svg = format!(
        "<svg class=\"strip\" viewBox=\"0 0 320 44\" width=\"320\" height=\"44\" role=\"img\" aria-label=\"{told}\">\
         <line class=\"axis\" x1=\"4\" y1=\"{LINE}\" x2=\"316\" y2=\"{LINE}\"/>\
         <line class=\"fair\" x1=\"160\" y1=\"4\" x2=\"160\" y2=\"40\"/>"
    );
    for other in others {
        let _ = write!(svg, "<circle class=\"other\" cx=\"{}\" cy=\"{LINE}\" r=\"6\"/>", at(*other));
    }
    let _ = write!(svg, "<circle class=\"own\" cx=\"{}\" cy=\"{LINE}\" r=\"9\"/></svg>", at(own));
    Markup(svg)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::texts::Tongue;

    #[test]
    fn marks_lie_left_and_right_of_the_fair_share_and_the_words_are_escaped() {
        let told = Tongue::default().text("frame-times").with("zone", "\"><script>");
        let svg = strip(-500, &[1_000, 0], &told).to_string();
        assert!(svg.contains("class=\"own\" cx=\"85\"") && svg.contains("class=\"other\" cx=\"310\""), "{svg}");
        assert!(!svg.contains("<script>"));
        assert!(strip(0, &[], &told).to_string().contains("class=\"own\" cx=\"160\""));
    }
}
