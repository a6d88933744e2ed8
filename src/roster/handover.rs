//! The seam between two shifts: when the one who goes and the one who comes meet.

use crate::time::{HOUR, Instant, MINUTE, Window, union};

/// How far from the seam they may meet.
pub const REACH_HOURS: i64 = 4;
/// Meetings begin at so many minutes from the seam, or a multiple of it.
const STEP: i64 = 15;

/// When two people talk for so many minutes: as near the seam as possible where both are at work, rather before it than
/// after; at the seam where they never both are.
#[must_use]
pub fn meeting(seam: Instant, minutes: u32, one: &[Window], other: &[Window]) -> Window {
    let length = i64::from(minutes) * MINUTE;
    let (one, other) = (union(one.to_vec()), union(other.to_vec()));
    let at = |begin: i64| Window::new(seam.plus_millis(begin), seam.plus_millis(begin + length));
    let both = |window: &Window| [&one, &other].iter().all(|hours| hours.iter().any(|free| free.covers(*window)));
    let steps = REACH_HOURS * HOUR / (STEP * MINUTE);
    let mut begins: Vec<i64> = (-steps..=steps).map(|step| step * STEP * MINUTE).collect();
    begins.push(-length);
    // how much of the seam's neighbourhood lies between: nothing where the meeting begins or ends with it
    begins.sort_by_key(|begin| (if *begin < 0 { (-begin - length).abs() } else { *begin }, *begin));
    begins.into_iter().map(at).find(both).unwrap_or_else(|| at(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::sample::span;

    fn hours(from: &str, to: &str) -> Vec<Window> {
        vec![span(&format!("2026-12-02T{from}:00"), &format!("2026-12-02T{to}:00"))]
    }

    fn meet(seam: &str, one: &[Window], other: &[Window]) -> Window {
        meeting(hours(seam, "23:59")[0].start, 30, one, other)
    }

    #[test]
    fn they_meet_at_the_seam_where_both_are_at_work() {
        let day = hours("09:00", "17:00");
        assert_eq!(meet("12:00", &day, &day), hours("11:30", "12:00")[0]);
        assert_eq!(meet("09:00", &day, &day), hours("09:00", "09:30")[0], "not before work begins");
        assert_eq!(meet("17:00", &day, &day), hours("16:30", "17:00")[0]);
    }

    #[test]
    fn they_meet_beside_it_where_their_hours_overlap_only_there() {
        let (early, late) = (hours("06:00", "14:00"), hours("10:00", "18:00"));
        assert_eq!(meet("09:30", &early, &late), hours("10:00", "10:30")[0]);
        assert_eq!(meet("15:00", &early, &late), hours("13:30", "14:00")[0]);
    }

    #[test]
    fn whoever_is_never_at_work_together_meets_at_the_seam() {
        let (early, late) = (hours("00:30", "08:00"), hours("08:00", "16:00"));
        assert_eq!(meet("08:00", &early, &late), hours("08:00", "08:30")[0]);
        assert_eq!(meet("22:00", &[], &[]), hours("22:00", "22:30")[0]);
    }
}
