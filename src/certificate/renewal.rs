//! When a certificate is to be asked for: before the one that is held ends, and not again and again where it is refused.

use crate::time::{DAY, Instant, MINUTE};

/// How long after the first failure the next attempt is made; twice as long after each further one. Let's Encrypt forgives
/// five in an hour.
const PAUSE: i64 = 5 * MINUTE;
/// No pause is longer, in milliseconds; what an authority asks for included.
const LONGEST: i64 = DAY / 2;

/// A certificate that is held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// From when on it is good.
    pub from: Instant,
    /// Until when.
    pub until: Instant,
    /// When it was obtained.
    pub obtained: Instant,
}

impl Held {
    /// When the next is to be asked for: when a third of its time is left. One that was just obtained is kept for a third of
    /// its time whatever the clock says, so that a clock that runs ahead asks for no second one.
    #[must_use]
    pub fn renewed(self) -> Instant {
        let third = (self.until.millis() - self.from.millis()).max(0) / 3;
        let kept = self.obtained.plus_millis(third);
        self.until.plus_millis(-third).max(kept)
    }
}

/// Whether to ask now. `next` is when the pause after the last attempt ends.
#[must_use]
pub fn is_due(held: Option<Held>, next: Option<Instant>, now: Instant) -> bool {
    // What was written under a clock that ran ahead is not waited for.
    let ahead = |at: Instant, by: i64| at > now.plus_millis(by);
    let wanted = held.is_none_or(|held| {
        let held = if ahead(held.obtained, MINUTE) { Held { obtained: held.from, ..held } } else { held };
        held.renewed() <= now
    });
    wanted && next.is_none_or(|next| next <= now || ahead(next, LONGEST))
}

/// When to try again after so many failures in a row; `asked` is how long the authority wants to be left alone.
#[must_use]
pub fn again(failures: u32, asked: Option<i64>, now: Instant) -> Instant {
    let doubled = PAUSE.saturating_mul(1 << failures.saturating_sub(1).min(16));
    now.plus_millis(doubled.max(asked.unwrap_or(0)).min(LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::HOUR;

    const NOW: Instant = Instant::from_millis(1_800_000_000_000);

    fn days(from: i64, until: i64, obtained: i64) -> Held {
        Held { from: NOW.plus_days(from), until: NOW.plus_days(until), obtained: NOW.plus_days(obtained) }
    }

    #[test]
    fn a_certificate_is_renewed_when_a_third_of_its_time_is_left() {
        assert_eq!(days(0, 90, 0).renewed(), NOW.plus_days(60));
        assert_eq!(days(0, 6, 0).renewed(), NOW.plus_days(4));
        assert!(is_due(None, None, NOW), "without one it is asked for at once");
        assert!(!is_due(Some(days(-59, 31, -59)), None, NOW));
        assert!(is_due(Some(days(-60, 30, -60)), None, NOW));
        assert!(is_due(Some(days(-100, -10, -100)), None, NOW), "after its end as well");
    }

    #[test]
    fn a_clock_that_is_wrong_asks_for_no_second_one_and_is_not_waited_for() {
        // It was obtained under a clock that is two months ahead of the authority's.
        assert!(!is_due(Some(days(-62, 28, 0)), None, NOW));
        assert!(is_due(Some(days(-62, 28, -30)), None, NOW));
        // The clock ran ahead then, and is right again.
        assert!(is_due(Some(days(-62, 28, 400)), None, NOW));
        assert!(is_due(None, Some(NOW.plus_days(400)), NOW));
    }

    #[test]
    fn after_a_failure_there_is_a_pause_that_grows() {
        let minutes = |failures| (again(failures, None, NOW).millis() - NOW.millis()) / MINUTE;
        assert_eq!([1, 2, 3, 4, 5].map(minutes), [5, 10, 20, 40, 80]);
        assert_eq!([9, 40, u32::MAX].map(minutes), [720, 720, 720]);
        assert_eq!(again(1, Some(2 * HOUR), NOW), NOW.plus_hours(2), "as long as the authority asks for");
        assert_eq!(again(1, Some(i64::MAX), NOW), NOW.plus_hours(12));
        // Within any hour it is fewer than five.
        let attempts: Vec<i64> = (1..6)
            .scan(0, |at, n| {
                *at += minutes(n);
                Some(*at)
            })
            .collect();
        assert!(attempts.iter().filter(|at| **at < 60).count() < 4, "{attempts:?}");
        assert!(!is_due(None, Some(NOW.plus_millis(1)), NOW));
        assert!(is_due(None, Some(NOW), NOW));
    }
}
