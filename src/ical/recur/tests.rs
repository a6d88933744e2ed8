//! Which starts a rule gives.

use super::*;
use chrono::{Datelike, NaiveDate, TimeDelta};
use proptest::prelude::*;

fn civil(text: &str) -> Civil {
    Civil::parse_from_str(text, "%Y%m%dT%H%M%S").unwrap()
}

fn rule(text: &str) -> Rule {
    Rule::parse(text).unwrap()
}

fn starts(text: &str, start: &str, from: &str, to: &str) -> Vec<String> {
    let all = civil_starts(&rule(text), civil(start), civil(from)..civil(to), &mut Budget::default()).unwrap();
    all.iter().map(|at| at.format("%Y%m%dT%H%M%S").to_string()).collect()
}

/// Steps spent on a window, and whether the answer was "too many".
fn cost(text: &str, start: &str, from: &str, to: &str) -> (u32, bool) {
    let mut budget = Budget::default();
    let answer = civil_starts(&rule(text), civil(start), civil(from)..civil(to), &mut budget);
    (Budget::default().steps - budget.steps, answer.is_err())
}

#[test]
fn seconds_and_minutes_are_refused_as_too_frequent() {
    assert_eq!(Rule::parse("FREQ=MINUTELY"), Err(RuleError::TooFrequent("MINUTELY".into())));
    assert_eq!(Rule::parse("FREQ=SECONDLY;COUNT=1000000000"), Err(RuleError::TooFrequent("SECONDLY".into())));
}

#[test]
fn what_is_no_rule_is_refused_with_the_part_that_is_wrong() {
    for text in ["", "FREQ=SOMETIMES", "INTERVAL=2", "FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;BYDAY=XX", "FREQ=DAILY;COUNT"]
    {
        assert!(matches!(Rule::parse(text), Err(RuleError::Invalid(_))), "{text}");
    }
    assert!(matches!(Rule::parse("FREQ=YEARLY;RSCALE=CHINESE"), Err(RuleError::Unsupported(_))));
    assert!(matches!(Rule::parse("FREQ=YEARLY;BYDAY=é"), Err(RuleError::Invalid(_))));
}

#[test]
fn the_thirtieth_of_february_never_comes_and_costs_little() {
    for freq in ["YEARLY", "MONTHLY", "DAILY"] {
        let text = format!("FREQ={freq};BYMONTHDAY=30;BYMONTH=2");
        let (steps, too_many) = cost(&text, "16010101T000000", "16010101T000000", "22000101T000000");
        assert!(!too_many && steps < 50_000, "{freq} took {steps}");
    }
}

#[test]
fn a_cross_product_of_lists_stops_at_the_budget() {
    let list = |from: i32, to: i32| (from..=to).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    let text = format!(
        "FREQ=YEARLY;BYMONTH={};BYMONTHDAY={};BYHOUR={};BYMINUTE={};BYSECOND={};COUNT=1000000000",
        list(1, 12),
        list(1, 31),
        list(0, 23),
        list(0, 59),
        list(0, 59)
    );
    assert_eq!(cost(&text, "20250101T000000", "20260101T000000", "20260201T000000"), (50_000, true));
    let picked = format!("{text};BYSETPOS=1,-1");
    let (steps, too_many) = cost(&picked, "20250101T000000", "20250101T000000", "20260101T000000");
    assert!(!too_many && steps < 1_000, "took {steps}");
}

#[test]
fn a_count_of_a_billion_is_counted_off_without_walking() {
    let (steps, too_many) =
        cost("FREQ=DAILY;COUNT=1000000000", "16010101T090000", "21000101T000000", "21000102T000000");
    assert!(!too_many && steps < 20, "took {steps}");
    let (steps, too_many) =
        cost("FREQ=WEEKLY;COUNT=1000000000", "16010101T090000", "21000101T000000", "21000115T000000");
    assert!(!too_many && steps < 100, "took {steps}");
}

#[test]
fn a_far_window_is_jumped_to() {
    for text in
        ["FREQ=HOURLY", "FREQ=DAILY", "FREQ=WEEKLY;BYDAY=MO,WE", "FREQ=MONTHLY;BYDAY=-1FR", "FREQ=YEARLY;BYDAY=1MO"]
    {
        let (steps, too_many) = cost(text, "19700101T000000", "20261101T000000", "20261102T000000");
        assert!(!too_many && steps < 400, "{text} took {steps}");
    }
}

#[test]
fn an_hourly_rule_that_never_meets_its_hours_ends_with_too_many() {
    let (steps, too_many) =
        cost("FREQ=HOURLY;INTERVAL=2;BYHOUR=1", "16010101T000000", "16010101T000000", "22000101T000000");
    assert!(too_many && steps <= 50_000);
}

#[test]
fn more_than_three_thousand_instances_are_too_many() {
    assert!(cost("FREQ=DAILY", "20200101T000000", "20200101T000000", "20400101T000000").1);
}

#[test]
fn count_runs_from_the_start_even_where_the_window_lies_far_behind() {
    let text = "FREQ=WEEKLY;BYDAY=MO,TH;COUNT=100";
    let all = starts(text, "20240103T090000", "20240101T000000", "20300101T000000");
    assert_eq!(all.len(), 100);
    assert_eq!(all.first().map(String::as_str), Some("20240104T090000"));
    let late = starts(text, "20240103T090000", "20241201T000000", "20300101T000000");
    assert_eq!(late, all[all.len() - late.len()..]);
    assert!(!late.is_empty());
}

#[test]
fn a_day_as_until_includes_that_whole_day() {
    let all = starts("FREQ=DAILY;UNTIL=20260103", "20260101T220000", "20260101T000000", "20270101T000000");
    assert_eq!(all, ["20260101T220000", "20260102T220000", "20260103T220000"]);
}

#[test]
fn until_in_utc_is_read_in_the_zone_it_is_bound_to() {
    let mut daily = rule("FREQ=DAILY;UNTIL=20260103T000000Z");
    daily.bind_until(|utc| utc - TimeDelta::hours(5));
    assert_eq!(daily.last_allowed(false), Some(civil("20260102T190000")));
    assert_eq!(daily.last_allowed(true), Some(civil("20260102T235959")));
}

#[test]
fn a_birthday_on_the_leap_day_comes_in_leap_years() {
    let all = starts("FREQ=YEARLY", "20240229T000000", "20240101T000000", "20330101T000000");
    assert_eq!(all, ["20240229T000000", "20280229T000000", "20320229T000000"]);
}

#[test]
fn an_hour_rule_on_a_date_gives_each_day_once() {
    let hourly = rule("FREQ=HOURLY");
    let series = Series { rule: &hourly, start: civil("20260101T000000"), all_day: true };
    let mut days = Vec::new();
    let window = civil("20260101T000000")..civil("20260104T000000");
    series
        .walk(window, &mut Budget::default(), |at| {
            days.push(at.day());
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(days, [1, 2, 3]);
}

fn list<T: std::fmt::Display>(name: &str, items: &[T]) -> String {
    if items.is_empty() {
        return String::new();
    }
    format!(";{name}={}", items.iter().map(ToString::to_string).collect::<Vec<_>>().join(","))
}

fn weekdays() -> impl Strategy<Value = Vec<&'static str>> {
    prop::collection::vec(prop::sample::select(vec!["MO", "TU", "WE", "TH", "FR", "SA", "SU"]), 0..4)
}

prop_compose! {
    fn any_rule()(
        freq in prop::sample::select(vec!["HOURLY", "DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
        interval in 1u32..5,
        days in weekdays(),
        month_days in prop::collection::vec((1i16..=31).prop_flat_map(|n| prop::sample::select(vec![n, -n])), 0..3),
        months in prop::collection::vec(1u32..=12, 0..3),
        weeks in prop::collection::vec(1i16..=53, 0..2),
        hours in prop::collection::vec(0u32..24, 0..3),
        end in prop::sample::select(vec!["", ";COUNT=40", ";UNTIL=20270215T120000"]),
        position in prop::option::of(prop::sample::select(vec![1i16, 2, -1])),
        wkst in prop::sample::select(vec!["MO", "SU", "TH"]),
    ) -> String {
        let weeks = if freq == "YEARLY" { list("BYWEEKNO", &weeks) } else { String::new() };
        let position = position.filter(|_| !days.is_empty()).map_or(String::new(), |p| format!(";BYSETPOS={p}"));
        format!("FREQ={freq};INTERVAL={interval};WKST={wkst}{}{}{}{weeks}{}{position}{end}",
            list("BYDAY", &days), list("BYMONTHDAY", &month_days), list("BYMONTH", &months), list("BYHOUR", &hours))
    }
}

proptest! {
    #![proptest_config(crate::cases(64))]

    #[test]
    fn the_starts_of_a_window_are_all_starts_cut_to_it(text in any_rule(), start in 0i64..400, from in 0i64..900, length in 0i64..300) {
        let rule = rule(&text);
        let base = NaiveDate::from_ymd_opt(2025, 1, 1).unwrap().and_hms_opt(8, 30, 0).unwrap();
        let start = base + TimeDelta::days(start);
        let window = base + TimeDelta::days(from)..base + TimeDelta::days(from + length);
        let plenty = Budget { steps: 10_000_000, results: 1_000_000 };
        let all = civil_starts(&rule, start, start..base + TimeDelta::days(1300), &mut plenty.clone()).unwrap();
        let cut: Vec<Civil> = all.into_iter().filter(|at| window.contains(at)).collect();
        prop_assert_eq!(civil_starts(&rule, start, window, &mut plenty.clone()).unwrap(), cut, "{}", text);
    }

    #[test]
    fn the_crate_and_the_walk_agree_on_plain_rules(
        freq in prop::sample::select(vec!["DAILY", "WEEKLY", "MONTHLY", "YEARLY"]),
        interval in 1u32..5, days in weekdays(), nth in prop::sample::select(vec!["", "1", "3", "-1", "-4"]),
        month_day in prop::option::of(-28i16..=28), start in 0i64..800, from in 0i64..2000,
        wkst in prop::sample::select(vec!["MO", "SU", "WE"]),
    ) {
        let mut text = format!("FREQ={freq};INTERVAL={interval};WKST={wkst}");
        match (freq, month_day.filter(|&n| n != 0)) {
            ("MONTHLY", Some(n)) => text += &list("BYMONTHDAY", &[n, 31]),
            ("MONTHLY", None) => text += &list("BYDAY", &days.iter().map(|day| format!("{nth}{day}")).collect::<Vec<_>>()),
            ("WEEKLY", _) => text += &list("BYDAY", &days),
            _ => {}
        }
        let rule = rule(&text);
        let base = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap().and_hms_opt(8, 30, 0).unwrap();
        let series = Series { rule: &rule, start: base + TimeDelta::days(start), all_day: false };
        let window = base + TimeDelta::days(from)..base + TimeDelta::days(from + 700);
        let plain = everyday::Plain::of(&series);
        prop_assume!(plain.is_some());
        let (mut by_crate, mut by_walk) = (Vec::new(), Vec::new());
        plain.unwrap().walk(window.clone(), &mut Budget::default(), |at| { by_crate.push(at); ControlFlow::Continue(()) }).unwrap();
        walk::walk(&series, window, &mut Budget::default(), |at| { by_walk.push(at); ControlFlow::Continue(()) }).unwrap();
        prop_assert_eq!(by_crate, by_walk, "{}", text);
    }
}
