//! How moments, spans, points and hours are written in reasons: short, in the reader's zone, never as floats.

use crate::time::{DAY, Instant, Window, Zone};

/// `24 Dec 18:00-09:00`; both days where the span is longer than a day.
#[must_use]
pub fn span(window: Window, zone: Zone) -> String {
    let (start, end) = (window.start.civil(zone), window.end.civil(zone));
    if window.millis() <= DAY {
        format!("{}-{}", start.format("%-d %b %H:%M"), end.format("%H:%M"))
    } else {
        format!("{} to {}", start.format("%-d %b %H:%M"), end.format("%-d %b %H:%M"))
    }
}

/// `12 December` in the zone.
#[must_use]
pub fn day(at: Instant, zone: Zone) -> String {
    at.civil(zone).format("%-d %B").to_string()
}

/// Hundredths as points with one decimal, rounded half away from zero: `12.4`.
#[must_use]
pub fn points(hundredths: i64) -> String {
    let tenths = (hundredths.abs() + 5) / 10;
    let sign = if hundredths < 0 && tenths > 0 { "-" } else { "" };
    format!("{sign}{}.{}", tenths / 10, tenths % 10)
}

/// A number of points with at most two decimals, `24.5`, as hundredths; nothing where it is none, or below nothing.
#[must_use]
pub fn hundredths(text: &str) -> Option<i64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let shaped = !whole.is_empty() && digits(whole) && digits(part) && part.len() <= 2 && !text.ends_with('.');
    shaped.then(|| format!("{whole}{part:0<2}").parse().ok()).flatten()
}

/// Like [`points`], with a plus sign where it is more than nothing.
#[must_use]
pub fn signed(hundredths: i64) -> String {
    let text = points(hundredths);
    if hundredths > 0 { format!("+{text}") } else { text }
}

/// Minutes as `11 h` or `7.5 h`.
#[must_use]
pub fn hours(minutes: i64) -> String {
    if minutes % 60 == 0 { format!("{} h", minutes / 60) } else { format!("{} h", points(minutes * 100 / 60)) }
}

/// `Ada`, `Ada and Ben`, `Ada, Ben and Cho`.
#[must_use]
pub fn list(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono_tz::Europe::London;

    #[test]
    fn a_night_is_named_by_the_day_it_begins() {
        let start = Instant::from_millis(1_798_135_200_000);
        assert_eq!(span(Window::new(start, start.plus_hours(15)), London), "24 Dec 18:00-09:00");
    }

    #[test]
    fn hundredths_become_points_with_a_sign_where_wanted() {
        assert_eq!(points(1_244), "12.4");
        assert_eq!(signed(250), "+2.5");
        assert_eq!(signed(-30), "-0.3");
        assert_eq!(hours(450), "7.5 h");
    }
}
