//! Texts as QR codes, for telephones to read off a screen; drawn here as SVG.

use super::texts::{Markup, escape};
use qrcode::{Color, QrCode};
use std::fmt::Write as _;

/// A code of the text; `name` says what it is to whoever can't see it. Nothing where the text is too long for one.
pub fn picture(text: &str, name: &str) -> Markup {
    /// Light modules around it (ISO 18004).
    const QUIET: usize = 4;
    let Ok(code) = QrCode::new(text.as_bytes()) else { return Markup::default() };
    let width = code.width();
    let mut path = String::new();
    for (at, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let _ = write!(path, "M{} {}h1v1h-1z", at % width + QUIET, at / width + QUIET);
        }
    }
    let side = width + 2 * QUIET;
    let name = escape(name);
    Markup(format!(
        "<svg class=\"code\" viewBox=\"0 0 {side} {side}\" width=\"240\" height=\"240\" role=\"img\" aria-label=\"{name}\" \
         shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/><path fill=\"#000\" d=\"{path}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_margin_and_a_name_that_is_escaped() {
        let drawn = picture("davx5://ada:dw-1-x@calendar.example.org/dav/", "\"><script>").to_string();
        assert!(drawn.contains("M4 4h1v1h-1z") && !drawn.contains("M3 "), "the first square begins after the margin");
        assert!(!drawn.contains("<script>"));
        assert_eq!(picture(&"x".repeat(5_000), "too long"), Markup::default());
    }
}
