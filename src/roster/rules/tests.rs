//! Each hard rule, broken and told in its sentence.

use super::*;
use crate::roster::model::Grant;
use crate::roster::sample::{LONDON, daily, member, planning, says, span, team};
use crate::time::start_of_day;

fn of(planning: &Planning, held: &[(&str, &str)], person: &str, slot: &str) -> Vec<String> {
    let assignment = held.iter().map(|(slot, person)| ((*slot).into(), (*person).into())).collect();
    let slot = planning.slot(&slot.into()).unwrap();
    broken(planning, &assignment, &person.into(), &[slot]).iter().map(|rule| rule.sentence(LONDON)).collect()
}

fn pair_of(days: u32, turn: u32) -> Planning {
    planning(["ada", "ben"].map(member).to_vec(), daily(days, turn, &team().roles[..2]))
}

#[test]
fn a_qualification_that_lapses_before_the_end_says_when_and_where_to_renew() {
    let mut planning = pair_of(14, 1);
    planning.team.roles[0].requires = vec!["prod".into()];
    planning.qualifications = vec![Qualification {
        id: "prod".into(),
        team: None,
        name: "PROD-ACCESS".into(),
        how: String::new(),
        url: Some("https://access.example.org".into()),
    }];
    planning.members[0].grants = vec![Grant {
        person: "ada".into(),
        qualification: "prod".into(),
        from: None,
        until: Some(start_of_day("2026-12-12".parse().unwrap(), LONDON)),
        evidence: String::new(),
    }];
    assert_eq!(of(&planning, &[], "ada", "primary-09"), Vec::<String>::new());
    let lapsed = vec!["PROD-ACCESS lapses on 12 December, renew at https://access.example.org".to_owned()];
    assert_eq!(of(&planning, &[], "ada", "primary-10"), lapsed);
    let missing = vec!["PROD-ACCESS is missing, obtain at https://access.example.org".to_owned()];
    assert_eq!(of(&planning, &[], "ben", "primary-10"), missing);
}

#[test]
fn rest_counts_between_turns_and_not_inside_one() {
    let between = of(&pair_of(2, 1), &[("primary-00", "ada")], "ada", "primary-01");
    assert_eq!(between, ["0 h of rest from primary for payments 1 Dec 09:00-09:00, 11 h wanted"]);
    assert!(of(&pair_of(2, 2), &[("primary-00", "ada")], "ada", "primary-01").is_empty());
}

#[test]
fn a_call_out_after_the_shifts_end_begins_the_rest_anew() {
    let mut planning = pair_of(4, 1);
    planning.slots.iter_mut().for_each(|slot| slot.window.end = slot.window.start.plus_hours(8));
    // called out an hour before the end at 17:00, and until 23:30: nine and a half hours are left until the next shift
    planning.members[0].called = vec![Duty {
        team: "payments".into(),
        role: "primary".into(),
        window: span("2026-12-01T16:00:00", "2026-12-01T23:30:00"),
        turn: None,
    }];
    let held = [("primary-00", "ada")];
    let rest = "9.5 h of rest from a call-out as primary for payments 1 Dec 16:00-23:30, 11 h wanted";
    assert_eq!(of(&planning, &held, "ada", "primary-01"), [rest]);
    assert!(of(&planning, &held, "ada", "primary-02").is_empty(), "a day later they have rested");
    assert!(of(&planning, &[], "ada", "primary-00").is_empty(), "the shift in which they were called out stays theirs");
    assert!(of(&planning, &held, "ben", "primary-01").is_empty());
    planning.members[0].called[0].window.end = span("2026-12-01T16:00:00", "2026-12-01T22:00:00").end;
    assert!(of(&planning, &held, "ada", "primary-01").is_empty(), "eleven hours are enough");
    let turn = Some(crate::ids::TurnId::new("week"));
    planning.members[0].called[0].window.end = span("2026-12-01T16:00:00", "2026-12-02T03:00:00").end;
    planning.members[0].called[0].turn.clone_from(&turn);
    planning.slots.iter_mut().for_each(|slot| slot.turn.clone_from(&turn));
    assert!(of(&planning, &held, "ada", "primary-01").is_empty(), "inside a turn there is no rest to keep");
}

#[test]
fn nobody_stands_two_slots_at_once() {
    let text = of(&pair_of(1, 1), &[("primary-00", "ada")], "ada", "secondary-00");
    assert_eq!(text, ["stands primary for payments 1 Dec 09:00-09:00 already"]);
}

#[test]
fn an_absence_is_told_by_its_source_and_never_by_its_title() {
    let mut planning = pair_of(1, 1);
    planning.members[0].availability = says(Kind::Unavailable, &[span("2026-12-01T12:00:00", "2026-12-01T14:00:00")]);
    assert_eq!(of(&planning, &[], "ada", "primary-00"), ["unavailable 1 Dec 12:00-14:00 (Availability)"]);
}

#[test]
fn a_cap_counts_turns_in_the_fullest_window_around_the_slot() {
    let mut planning = pair_of(21, 1);
    planning.team.settings.caps = vec![Cap { days: 7, max_turns: Some(2), max_minutes: Some(2 * 1440), roles: vec![] }];
    let held = [("primary-00", "ada"), ("primary-03", "ada"), ("primary-14", "ada")];
    assert_eq!(
        of(&planning, &held, "ada", "primary-06"),
        ["3 turns in 7 days, 2 allowed", "72 h of duty in 7 days, 48 h allowed"]
    );
    assert!(of(&planning, &held, "ada", "primary-10").is_empty());
}

#[test]
fn forbidden_pairs_and_novices_look_at_the_same_watch_only() {
    let mut planning = pair_of(3, 1);
    planning.team.forbidden_pairs = vec![("ben".into(), "ada".into())];
    planning.members[1].memberships[0].novice = true;
    let together = of(&planning, &[("primary-00", "ada")], "ben", "secondary-00");
    assert_eq!(together, ["must not share a shift with Ada"]);
    assert_eq!(of(&planning, &[("primary-00", "ada")], "ben", "secondary-02"), ["only novices on the shift"]);
}

#[test]
fn membership_must_cover_the_whole_slot() {
    let mut planning = pair_of(2, 1);
    planning.members[0].memberships[0].until = "2026-12-02".parse().ok();
    assert_eq!(of(&planning, &[], "ada", "primary-00"), ["not a member of the team for the whole slot"]);
    assert_eq!(of(&planning, &[], "zoe", "primary-00"), ["not a member of the team for the whole slot"]);
}

#[test]
fn a_slot_for_working_hours_takes_only_who_is_at_work_for_all_of_it() {
    let mut planning = pair_of(8, 1);
    for slot in &mut planning.slots {
        slot.at_work = true;
        slot.window.end = slot.window.start.plus_hours(8);
    }
    // Tuesday from nine to five, in London
    assert_eq!(of(&planning, &[], "ada", "primary-00"), Vec::<String>::new());
    assert_eq!(of(&planning, &[], "ada", "primary-04"), ["outside their working hours (Europe/London)"], "a Saturday");
    planning.members[1].person.zone = chrono_tz::Asia::Singapore;
    assert_eq!(of(&planning, &[], "ben", "primary-00"), ["outside their working hours (Asia/Singapore)"]);
    planning.members[0].holidays.insert("2026-12-01".parse().unwrap());
    assert_eq!(of(&planning, &[], "ada", "primary-00").len(), 1, "on a holiday nobody is at work");
    planning.members[0].holidays.clear();
    planning.members[0].week.0[1] = Some((10 * 60, 18 * 60));
    assert_eq!(of(&planning, &[], "ada", "primary-00").len(), 1, "an hour short");
}

#[test]
fn a_slot_of_a_site_takes_only_its_people_and_only_they_owe_it() {
    let mut planning = planning(["ada", "ben", "cho"].map(member).to_vec(), daily(4, 1, &team().roles[..1]));
    let of = |ids: &[&str]| ids.iter().map(|id| PersonId::from(*id)).collect();
    planning.team.settings.sites =
        [("Sydney".to_owned(), of(&["ada", "ben"])), ("London".to_owned(), of(&["cho"]))].into();
    for slot in &mut planning.slots {
        slot.site = Some("sydney".to_owned());
    }
    let slot = planning.slots[0].clone();
    let rules = |person: &str| broken(&planning, &Assignment::default(), &person.into(), &[&slot]);
    assert_eq!(rules("ada"), []);
    assert_eq!(rules("cho"), [Broken::OtherSite { site: "sydney".to_owned() }]);
    assert_eq!(rules("cho")[0].sentence(LONDON), "not of the site sydney");
    let shares = crate::roster::balance::shares(&planning);
    assert_eq!((shares[2], shares[0] > 0), (0, true), "{shares:?}");
    let solved = crate::roster::solve::solve(&planning, 1, 2_000);
    assert!(solved.iter().all(|(_, person)| person.as_str() != "cho"), "{solved:?}");
    assert_eq!(solved.iter().count(), 4);
}
