//! Whatever bytes come, nothing here panics or takes for ever, and what is kept of an object says what the object says.

use super::check::{MAX_SIZE, Rules, check};
use super::filter::{CompFilter, matches};
use super::freebusy::{busy_of, merge};
use super::instances::Instances;
use super::occur::{any_occurrence, extent, occurrences};
use super::often::too_often;
use super::recur::{Budget, Rule, civil_starts};
use super::subset::{CalendarData, render};
use super::tree::Tree;
use crate::hostile;
use crate::time::{DAY, Instant, Window};
use chrono::{NaiveDate, TimeDelta};
use chrono_tz::Europe::London;
use proptest::prelude::*;

const COMPONENTS: [&str; 5] = ["VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY"];

/// The moment of a day and second after the start of December 2026.
fn at(seconds: i64) -> Instant {
    let december = NaiveDate::from_ymd_opt(2026, 12, 1).unwrap().and_hms_opt(0, 0, 0).unwrap().and_utc();
    (december + TimeDelta::seconds(seconds)).into()
}

fn everything_is_asked_of(tree: &Tree<'_>, window: Window) {
    let (start, end) = (window.start, window.end);
    for window in [window, Window::ALWAYS, Window::new(end, start)] {
        let listed = occurrences(tree, window, London, &mut Budget::default());
        let touched = any_occurrence(tree, window, London, &mut Budget::default(), |_| true);
        if let (Ok(listed), Ok(touched)) = (&listed, &touched) {
            assert_eq!(!listed.is_empty(), *touched);
        }
        drop(busy_of(tree, window, London, &mut Budget::default()).map(merge));
        let of = |name: &str| CompFilter { name: name.to_owned(), time_range: Some(window), ..CompFilter::default() };
        let event = CompFilter { comps: vec![of("VALARM")], ..of("VEVENT") };
        for inner in [of("VEVENT"), of("VTODO"), of("VFREEBUSY"), of("VAVAILABILITY"), event] {
            let filter = CompFilter { name: "VCALENDAR".to_owned(), comps: vec![inner], ..CompFilter::default() };
            let _ = matches(tree, &filter, London, &mut Budget::default());
        }
        for data in [
            CalendarData { expand: Some(window), ..CalendarData::default() },
            CalendarData { limit_recurrence: Some(window), limit_freebusy: Some(window), ..CalendarData::default() },
        ] {
            if let Ok(shown) = render(tree, &data, London, &mut Budget::default()) {
                assert!(shown.len() <= 8 << 20, "{} bytes", shown.len());
            }
        }
    }
    let _ = (extent(tree, London), too_often(tree));
}

/// A series of few instances, each from or to midnight or a second beside.
fn around_midnight() -> impl Strategy<Value = Vec<u8>> {
    let length = prop::sample::select(&["PT0S", "PT1S", "PT1H", "PT3599S", "P1D", "P9D"][..]);
    (1_i64..29, -3600_i64..3601, length, 1_i64..20, 1_u32..4).prop_map(|(day, beside, length, interval, count)| {
        let beside = if beside.abs() < 3500 { beside % 2 } else { beside.signum() * 3600 };
        let start = at(day * DAY / 1000 + beside).utc().format("%Y%m%dT%H%M%SZ");
        let rule = format!("RRULE:FREQ=DAILY;INTERVAL={interval};COUNT={count}");
        let event =
            format!("BEGIN:VEVENT\r\nUID:a\r\nDTSTART:{start}\r\nDURATION:{length}\r\n{rule}\r\nEND:VEVENT\r\n");
        format!("BEGIN:VCALENDAR\r\n{event}END:VCALENDAR\r\n").into_bytes()
    })
}

proptest! {
    #![proptest_config(crate::cases(256))]

    #[test]
    fn any_object_is_refused_or_can_be_asked_everything(
        bytes in hostile::calendar(), start in -40_000_000_i64..80_000_000, length in 0_i64..9_000_000,
    ) {
        let window = Window::new(at(start), at(start + length));
        if let Ok(tree) = Tree::parse(&bytes) {
            everything_is_asked_of(&tree, window);
        }
        match check(&bytes, &Rules { components: &COMPONENTS, max_size: MAX_SIZE }) {
            Ok(checked) => prop_assert!(!checked.index.uid.is_empty()),
            Err(refusal) => prop_assert!(!refusal.to_string().is_empty()),
        }
    }

    #[test]
    fn kept_instances_say_of_any_window_what_the_object_says(
        bytes in prop_oneof![hostile::calendar(), around_midnight()], seam in 0_i64..60, nudge in -1_i64..=1, days in 1_i64..40,
    ) {
        // Windows that begin and end with days, or a second beside: there a wrong comparison shows.
        let from = at(seam * DAY / 1000 + nudge);
        let window = Window::new(from, from.plus_millis(days * DAY));
        let checked = check(&bytes, &Rules { components: &COMPONENTS, max_size: MAX_SIZE });
        if let Ok(checked) = checked
            && let Some(kept) = Instances::of(&checked.tree)
            && let Some(told) = kept.touch(window)
        {
            let read = any_occurrence(&checked.tree, window, London, &mut Budget::default(), |o| o.component.is("VEVENT"));
            prop_assert_eq!(Ok(told), read, "{:?}", window);
            let again = Instances::from_bytes(&kept.to_bytes(), kept.until).and_then(|kept| kept.touch(window));
            prop_assert_eq!(again, Some(told));
        }
    }

    #[test]
    fn any_rule_is_refused_or_walked_within_its_budget(text in hostile::rule(), year in 1601_i32..2200, days in 0_i64..40_000) {
        if let Ok(rule) = Rule::parse(&text) {
            let start = NaiveDate::from_ymd_opt(year, 2, 28).unwrap().and_hms_opt(23, 59, 59).unwrap();
            let from = start + TimeDelta::days(days);
            let mut budget = Budget::default();
            if let Ok(starts) = civil_starts(&rule, start, from..from + TimeDelta::days(366), &mut budget) {
                prop_assert!(starts.len() <= 3_000 && starts.is_sorted(), "{text}");
            }
        }
    }
}
