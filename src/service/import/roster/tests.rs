//! What importing a roster publishes, what it enters as history, and what it leaves alone.

use super::*;
use crate::roster::model::Shift;
use crate::service::audit::From;
use crate::service::planning::RosterState;
use crate::service::teams::NewPattern;
use crate::service::testing::{operator, rota, stands};
use crate::store::ledger::{self, LedgerEntry, LedgerKind};
use crate::store::{ledger as ledger_rows, rosters, shifts};
use crate::time::{DAY, resolve};
use chrono::TimeDelta;
use serde_json::{Value, json};

/// 09:00 on the wall clock, days from today in London.
fn nine(service: &Service, days: i64) -> Instant {
    let today = service.ctx().now.civil(Zone::Europe__London).date();
    resolve((today + TimeDelta::days(days)).and_hms_opt(9, 0, 0).unwrap(), Zone::Europe__London)
}

fn entry(from: Instant, to: Instant, person: (&str, &str)) -> Value {
    json!({ "start": from.to_string(), "end": to.to_string(), "user": { "id": person.0, "summary": person.1 } })
}

const ADA: (&str, &str) = ("P1", "Ada Okafor");
const BEN: (&str, &str) = ("P2", "Ben Hale");
const CLEO: (&str, &str) = ("P3", "Cleo Marsh");

/// A schedule of PagerDuty in which the three take weeks in turn, as it was counted out, with these entries.
fn schedule(service: &Service, entries: Vec<Value>) -> Vec<u8> {
    let start = nine(service, -14).to_string();
    let users: Vec<_> =
        [ADA, BEN, CLEO].map(|(id, name)| json!({ "user": { "id": id, "summary": name } })).into_iter().collect();
    let layer = json!({ "id": "L1", "name": "Weeks", "start": start, "end": null, "rotation_virtual_start": start,
        "rotation_turn_length_seconds": 604_800, "users": users, "restrictions": [] });
    json!({ "schedule": { "id": "S1", "time_zone": "Europe/London", "schedule_layers": [layer],
        "final_schedule": { "rendered_schedule_entries": entries } } })
    .to_string()
    .into_bytes()
}

/// Two weeks that are over, the one that has begun, and two to come.
fn weeks(service: &Service) -> Vec<Value> {
    let all = [(-14, ADA), (-7, BEN), (0, CLEO), (7, ADA), (14, BEN)];
    // Today's handover may still be to come.
    all.into_iter().map(|(days, who)| entry(nine(service, days - 1), nine(service, days + 6), who)).collect()
}

fn file(content: Vec<u8>) -> RosterFile {
    RosterFile {
        team: "payments".into(),
        format: Format::PagerDuty,
        content,
        people: None,
        role: None,
        from: None,
        to: None,
        skip_collisions: false,
    }
}

async fn published(service: &Service) -> Vec<Shift> {
    service.store.read(|tx| shifts::of_team(tx, &"payments".into(), Window::ALWAYS)).await.unwrap()
}

async fn history(service: &Service) -> Vec<LedgerEntry> {
    service.store.read(|tx| ledger::of_team(tx, &"payments".into(), Window::ALWAYS)).await.unwrap()
}

fn holders(shifts: &[Shift]) -> Vec<&str> {
    shifts.iter().map(|shift| shift.person.as_ref().map_or("nobody", |person| person.as_str())).collect()
}

#[tokio::test]
async fn what_is_to_come_is_published_and_what_was_worked_is_history_and_again_changes_nothing() {
    let (_place, service) = rota().await;
    let file = file(schedule(&service, weeks(&service)));
    let rehearsed = service.import_roster(&operator(), &file, false).await.unwrap();
    assert!(published(&service).await.is_empty() && history(&service).await.is_empty());
    let done = service.import_roster(&operator(), &file, true).await.unwrap();
    assert!(done.applied && !rehearsed.applied);
    assert_eq!((done.count(Outcome::Planned), done.count(Outcome::Worked)), (3, 2), "{done:?}");
    assert_eq!(json!(rehearsed.shifts), json!(done.shifts));
    let stored = published(&service).await;
    assert_eq!(holders(&stored), ["cleo", "ada", "ben"]);
    let rows = history(&service).await;
    let imported: Vec<_> = rows.iter().filter(|row| row.kind == LedgerKind::History).collect();
    assert_eq!(imported.len(), 2);
    assert!(imported.iter().all(|row| row.points > 0 && row.slot.as_str().starts_with("import-pagerduty-")));
    let roster = stored[0].roster.clone();
    let edition = service.store.read(move |tx| rosters::find(tx, &roster)).await.unwrap().unwrap();
    assert_eq!((edition.state, edition.reason.as_deref()), (RosterState::Published, Some("import from pagerduty")));
    let trail = service.audit_since(&operator(), From::Place(0), 1_000).await.unwrap().len();
    let again = service.import_roster(&operator(), &file, true).await.unwrap();
    assert_eq!(again.count(Outcome::Unchanged), 5, "{again:?}");
    assert_eq!(history(&service).await.len(), rows.len());
    assert_eq!(published(&service).await.len(), 3);
    assert_eq!(service.audit_since(&operator(), From::Place(0), 1_000).await.unwrap().len(), trail);
}

#[tokio::test]
async fn a_rotation_becomes_a_pattern_without_what_an_override_cuts() {
    let (_place, service) = rota().await;
    let mut entries = weeks(&service);
    let (start, end) = (nine(&service, 6), nine(&service, 13));
    let (from, to) = (start.plus_millis(2 * DAY), start.plus_millis(2 * DAY).plus_hours(4));
    entries.splice(3..4, [entry(start, from, ADA), entry(from, to, CLEO), entry(to, end, ADA)]);
    for weeks in 2..6 {
        entries.push(entry(nine(&service, 6 + 7 * weeks), nine(&service, 13 + 7 * weeks), BEN));
    }
    let mut typed: Value = serde_json::from_slice(&schedule(&service, entries)).unwrap();
    let anchor = nine(&service, -15).to_string();
    typed["schedule"]["schedule_layers"][0]["rotation_virtual_start"] = json!(anchor);
    typed["schedule"]["schedule_layers"][0]["start"] = json!(anchor);
    let file = file(typed.to_string().into_bytes());
    let done = service.import_roster(&operator(), &file, true).await.unwrap();
    assert_eq!(done.count(Outcome::Planned), 9, "{done:?}");
    assert!(done.patterns[0].starts_with("Weeks: FREQ=WEEKLY from"), "{:?}", done.patterns);
    assert!(done.patterns[0].contains("without 1 occurrences"), "{:?}", done.patterns);
    // A plan on top finds everything where it is, and the weeks after to be filled.
    let today = service.ctx().now.civil(Zone::Europe__London).date();
    let (from, to) = (today, today + TimeDelta::days(70));
    let draft = service.create_roster(&operator(), &"payments".into(), from, to).await.unwrap();
    let stored = published(&service).await;
    let planned: Vec<_> = draft.slots.iter().filter(|slot| stored.iter().all(|shift| shift.slot != slot.id)).collect();
    assert_eq!(planned.len(), 4, "{planned:?}");
    assert!(planned.iter().all(|slot| slot.window.start >= nine(&service, 48)), "{planned:?}");
}

#[tokio::test]
async fn who_is_unknown_is_named_and_nothing_is_imported_until_the_map_says_who_it_is() {
    let (_place, service) = rota().await;
    let mut entries = weeks(&service);
    entries.push(entry(nine(&service, 20), nine(&service, 27), ("P9", "Dr B.")));
    let mut file = file(schedule(&service, entries));
    let refused = service.import_roster(&operator(), &file, true).await.unwrap();
    assert!(!refused.applied && refused.refused.len() == 1);
    assert_eq!((refused.unmatched[0].who.as_str(), refused.unmatched[0].shifts), ("Dr B.", 1));
    assert!(refused.unmatched[0].why.contains("--map"), "{refused:?}");
    assert!(published(&service).await.is_empty() && history(&service).await.is_empty());
    file.people = Some(b"from,person\nP9,nobody\n".to_vec());
    let said = service.import_roster(&operator(), &file, true).await.unwrap_err().to_string();
    assert!(said.contains("--map, line 2, column person"), "{said}");
    file.people = Some(b"from,person\nDR  b.,BEN@example.org\n".to_vec());
    let done = service.import_roster(&operator(), &file, true).await.unwrap();
    assert!(done.applied && done.count(Outcome::Planned) == 4, "{done:?}");
}

#[tokio::test]
async fn what_stands_here_is_never_changed() {
    let (_place, service) = rota().await;
    let window = Window::new(nine(&service, 8), nine(&service, 9));
    stands(&service, "own", "primary", window, Some("ben")).await;
    let gap = Window::new(nine(&service, 13), nine(&service, 20));
    stands(&service, "gap", "primary", gap, None).await;
    let mut file = file(schedule(&service, weeks(&service)));
    let refused = service.import_roster(&operator(), &file, true).await.unwrap();
    assert_eq!((refused.count(Outcome::Collision), refused.applied), (1, false), "{refused:?}");
    let hit = refused.shifts.iter().find_map(|row| row.with.clone()).unwrap();
    assert!(hit.starts_with("ben ") && hit.ends_with(" as primary"), "{hit}");
    assert_eq!(published(&service).await.len(), 2);
    file.skip_collisions = true;
    let done = service.import_roster(&operator(), &file, true).await.unwrap();
    assert!(done.applied, "{done:?}");
    let stored = published(&service).await;
    assert_eq!(holders(&stored), ["cleo", "ben", "ben"], "the gap is filled and Ada's week is left out: {stored:?}");
    assert_eq!(stored[2].slot.as_str(), "gap");
}

#[tokio::test]
async fn broken_hard_rules_are_told_and_overruled_by_the_reason() {
    let (_place, service) = rota().await;
    let (start, middle, end) = (nine(&service, 30), nine(&service, 30).plus_hours(12), nine(&service, 31));
    let entries = vec![entry(start, middle, ADA), entry(middle.plus_hours(1), end, ADA)];
    let file = file(schedule(&service, entries));
    let done = service.import_roster(&operator(), &file, true).await.unwrap();
    assert!(done.applied && done.broken.iter().any(|rule| rule.contains("1 h of rest")), "{done:?}");
    assert_eq!(published(&service).await.len(), 2);
}

#[tokio::test]
async fn a_pattern_that_asks_for_just_these_times_is_used_and_others_are_noted() {
    let (_place, service) = rota().await;
    let day = |days| nine(&service, days).civil(Zone::Europe__London);
    let pattern = NewPattern {
        title: "Days".to_owned(),
        zone: Zone::Europe__London,
        start: day(40),
        end: day(41),
        rule: "FREQ=DAILY".to_owned(),
        roles: vec!["primary".to_owned()],
        turn: "occurrence".to_owned(),
        end_zone: None,
        site: None,
        at_work: false,
    };
    let uid = service.add_pattern(&operator(), &"payments".into(), &pattern).await.unwrap();
    let half = nine(&service, 42).plus_hours(6);
    let entries = vec![
        entry(nine(&service, 40), nine(&service, 41), ADA),
        entry(nine(&service, 41), nine(&service, 42), BEN),
        entry(nine(&service, 42), half, CLEO),
    ];
    let done = service.import_roster(&operator(), &file(schedule(&service, entries)), true).await.unwrap();
    assert_eq!(done.patterns.len(), 1, "only what the pattern hasn't is dated: {done:?}");
    assert!(done.notes.iter().any(|note| note.contains("1 slots at other times")), "{done:?}");
    let stored = published(&service).await;
    let of = stored[0].slot.clone();
    let slot = service.store.read(move |tx| crate::store::slots::find(tx, &of)).await.unwrap().unwrap();
    assert_eq!(slot.pattern, uid);
}

#[tokio::test]
async fn two_people_at_the_same_time_have_a_slot_each() {
    let (_place, service) = rota().await;
    let (start, end) = (nine(&service, 50), nine(&service, 51));
    let entries = vec![entry(start, end, ADA), entry(start, end, BEN)];
    let file = file(schedule(&service, entries));
    assert!(service.import_roster(&operator(), &file, true).await.unwrap().applied);
    assert_eq!(published(&service).await.len(), 2);
    assert_eq!(service.import_roster(&operator(), &file, true).await.unwrap().count(Outcome::Unchanged), 2);
}

#[tokio::test]
async fn history_of_another_is_a_collision_too() {
    let (_place, service) = rota().await;
    let first = file(schedule(&service, vec![entry(nine(&service, -10), nine(&service, -9), ADA)]));
    assert!(service.import_roster(&operator(), &first, true).await.unwrap().applied);
    let other = file(schedule(&service, vec![entry(nine(&service, -10), nine(&service, -9), BEN)]));
    let refused = service.import_roster(&operator(), &other, true).await.unwrap();
    assert_eq!(refused.count(Outcome::Collision), 1);
    let rows = service.store.read(|tx| ledger_rows::of_team(tx, &"payments".into(), Window::ALWAYS)).await.unwrap();
    assert_eq!(rows.len(), 1);
}

#[tokio::test]
async fn a_draft_of_these_days_is_in_the_way() {
    let (_place, service) = rota().await;
    let today = service.ctx().now.civil(Zone::Europe__London).date();
    let (from, to) = (today + TimeDelta::days(5), today + TimeDelta::days(9));
    service.create_roster(&operator(), &"payments".into(), from, to).await.unwrap();
    let file = file(schedule(&service, weeks(&service)));
    let said = service.import_roster(&operator(), &file, false).await.unwrap_err();
    assert!(matches!(said, ServiceError::Conflict { code: "draft-overlaps", .. }), "{said:?}");
    assert!(published(&service).await.is_empty() && history(&service).await.is_empty());
}
