//! The row functions, family by family, on a store of its own each.

mod jumps;
mod outside_calendars;
mod roster;

use super::audit::Event;
use super::collections::{Collection, CollectionKind, Owner};
use super::delegates::Delegate;
use super::grants::Grantee;
use super::objects::{Changes, NewObject};
use super::outbox::Message;
use super::rosters::{Roster, RosterState};
use super::*;
use crate::ical::instances::{Instance, Instances};
use crate::ids::{CollectionId, PersonId, RosterId, SlotId, TeamId, TurnId};
use crate::roster::model::{Answer, Channel, Person, Settings, Shift, Slot, Team, Weights};
use crate::time::{HOUR, Instant, MINUTE, Window};
use chrono_tz::Europe::London;

const NOW: Instant = Instant::from_millis(1_800_000_000_000);

fn at(hours: i64) -> Instant {
    NOW.plus_millis(hours * HOUR)
}

fn hours(from: i64, to: i64) -> Window {
    Window::new(at(from), at(to))
}

fn person(id: &str) -> Person {
    Person {
        id: PersonId::from(id),
        name: id.to_uppercase(),
        email: format!("{id}@example.org"),
        phone: None,
        zone: London,
        admin: false,
        disabled: false,
    }
}

fn team() -> Team {
    Team {
        id: TeamId::from("payments"),
        name: "Payments".to_owned(),
        email: "payments@oncall.example.org".to_owned(),
        zone: London,
        settings: Settings { approval: true, ..Settings::default() },
        weights: Weights { night: 175, ..Weights::default() },
        roles: Vec::new(),
        contacts: Vec::new(),
        forbidden_pairs: vec![(PersonId::from("ada"), PersonId::from("ben"))],
    }
}

fn slot(id: &str, window: Window) -> Slot {
    Slot {
        id: SlotId::from(id),
        team: TeamId::from("payments"),
        pattern: "weekdays".to_owned(),
        occurrence: format!("2026120{id}T090000"),
        role: "primary".to_owned(),
        ordinal: 0,
        turn: Some(TurnId::from("week-49")),
        window,
        zone: London,
        optional: false,
        at_work: true,
        site: Some("sydney".to_owned()),
    }
}

fn shift(slot: &str, window: Window, person: Option<&str>) -> Shift {
    Shift {
        slot: SlotId::from(slot),
        segment: 0,
        team: TeamId::from("payments"),
        role: "primary".to_owned(),
        window,
        zone: London,
        person: person.map(PersonId::from),
        roster: RosterId::from("december"),
        sequence: 3,
        answer: Answer::NeedsAction,
        hidden: false,
        note: None,
    }
}

fn roster() -> Roster {
    Roster {
        id: RosterId::from("december"),
        team: TeamId::from("payments"),
        from: "2026-12-01".parse().unwrap(),
        to: "2027-01-01".parse().unwrap(),
        state: RosterState::Draft,
        version: 0,
        based_on: None,
        counter: 1,
        created_by: "person:ada".to_owned(),
        created: NOW,
        published: None,
        reason: None,
    }
}

/// Two people, their team, a slot, a roster and its published shift, then whatever the test does; all thrown away.
fn seeded(test: impl Fn(&mut dyn Connection) -> Result<(), StoreError> + Send + 'static) {
    outcome_of(test).unwrap();
}

fn outcome_of(test: impl Fn(&mut dyn Connection) -> Result<(), StoreError> + Send + 'static) -> Result<(), StoreError> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let place = testing::Place::new();
    runtime.block_on(place.open().write(move |tx| {
        for id in ["ada", "ben"] {
            people::insert(tx, &person(id), NOW)?;
        }
        teams::insert(tx, &team(), NOW)?;
        slots::put(tx, &slot("1", hours(24, 48)))?;
        rosters::insert(tx, &roster())?;
        shifts::put(tx, &shift("1", hours(24, 48), Some("ada")))?;
        test(tx)
    }))
}

/// The same where the last statement must break a rule.
fn refused(test: impl Fn(&mut dyn Connection) -> Result<(), StoreError> + Send + 'static) {
    let outcome = outcome_of(test);
    assert!(matches!(outcome, Err(StoreError::Constraint(_))), "{outcome:?}");
}

fn calendar(tx: &mut dyn Connection) -> Result<CollectionId, StoreError> {
    let id = CollectionId::from("c1");
    let collection = Collection {
        id: id.clone(),
        owner: Owner::Person(PersonId::from("ada")),
        name: "calendar".to_owned(),
        kind: CollectionKind::Calendar,
        display_name: "Calendar".to_owned(),
        description: None,
        color: Some("#112233FF".to_owned()),
        order: Some(2),
        timezone: None,
        components: vec!["VEVENT".to_owned(), "VTODO".to_owned()],
        transparent: false,
        change: 0,
        created: NOW,
    };
    collections::insert(tx, &collection)?;
    assert_eq!(collections::by_name(tx, &collection.owner, "calendar")?, Some(collection));
    Ok(id)
}

fn object(name: &str, window: Window) -> NewObject {
    NewObject {
        name: name.to_owned(),
        uid: format!("uid-{name}"),
        component: "VEVENT".to_owned(),
        etag: "\"1\"".to_owned(),
        schedule_tag: None,
        extent: window,
        recurring: false,
        organizer: None,
        sequence: 0,
        digest: None,
        instances: None,
        body: format!("the text of {name}").into_bytes(),
    }
}

#[test]
fn people_and_teams_come_back_as_they_were_put() {
    seeded(|tx| {
        assert_eq!(people::by_login(tx, " ADA@example.org ")?, Some(person("ada")));
        assert_eq!(people::by_login(tx, "ben")?, Some(person("ben")));
        assert_eq!(teams::find(tx, &TeamId::from("payments"))?, Some(team()));
        assert!(people::disable(tx, &PersonId::from("ada"), NOW)?);
        assert!(!people::disable(tx, &PersonId::from("ada"), NOW)?);
        assert!(people::find(tx, &PersonId::from("ada"))?.is_some_and(|ada| ada.disabled));
        Ok(())
    });
}

#[test]
fn each_change_of_a_calendar_has_a_number_of_its_own_and_a_delta_finds_it() {
    seeded(|tx| {
        let id = calendar(tx)?;
        for name in ["a", "b", "c"] {
            objects::put(tx, &id, object(name, hours(0, 1)), NOW)?;
        }
        assert_eq!(objects::put(tx, &id, object("a", hours(0, 1)), at(1))?, 4);
        assert_eq!(objects::delete(tx, &id, "b", at(2))?, Some(5));
        assert_eq!(objects::delete(tx, &id, "b", at(2))?, None);
        assert_eq!(collections::find(tx, &id)?.map(|found| found.change), Some(5));
        let changed = objects::changed_since(tx, &id, Changes { after: 2, until: 9 }, 10)?;
        let changed: Vec<_> = changed.iter().map(|object| (object.name.as_str(), object.change)).collect();
        assert_eq!(changed, [("c", 3), ("a", 4)]);
        assert_eq!(objects::changed_since(tx, &id, Changes { after: 2, until: 3 }, 10)?.len(), 1);
        let gone = objects::tombstones_since(tx, &id, Changes::since(2), 10)?;
        assert_eq!(gone.iter().map(|stone| (stone.name.as_str(), stone.change)).collect::<Vec<_>>(), [("b", 5)]);
        assert_eq!(objects::put(tx, &id, object("b", hours(0, 1)), at(3))?, 6);
        assert!(objects::tombstones_since(tx, &id, Changes::since(0), 10)?.is_empty());
        let a = objects::by_name(tx, &id, "a")?.unwrap();
        assert_eq!((a.head.created, a.head.modified, a.body.as_slice()), (NOW, at(1), b"the text of a".as_slice()));
        Ok(())
    });
}

#[test]
fn a_page_holds_what_may_touch_its_window_by_name() {
    seeded(|tx| {
        let id = calendar(tx)?;
        for (name, from, to) in [("early", 0, 1), ("end", 3, 4), ("mid", 1, 9), ("moment", 4, 4), ("zlate", 8, 9)] {
            objects::put(tx, &id, object(name, hours(from, to)), NOW)?;
        }
        let names = |found: Vec<objects::StoredObject>| found.into_iter().map(|o| o.head.name).collect::<Vec<_>>();
        assert_eq!(names(objects::page(tx, &id, None, 10, Some(hours(4, 8)))?), ["end", "mid", "moment"]);
        assert_eq!(names(objects::page(tx, &id, Some("end"), 1, Some(hours(4, 8)))?), ["mid"]);
        assert_eq!(names(objects::page(tx, &id, Some("end"), 2, None)?), ["mid", "moment"]);
        assert_eq!(objects::count(tx, &id)?, 5);
        Ok(())
    });
}

#[test]
fn candidates_come_page_by_page_short_ones_first_and_read_only_where_they_must_be() {
    seeded(|tx| {
        let id = calendar(tx)?;
        let known = |name: &str, window: Window| NewObject {
            instances: Some(Instances { until: Instant::FAR_FUTURE, list: vec![Instance { window, busy: None }] }),
            ..object(name, window)
        };
        let month = 31 * 24;
        for new in [
            known("known", hours(5, 6)),
            known("series", hours(-month, 2 * month)),
            known("over", hours(-3 * month, -month)),
            object("unknown", hours(4, 4)),
            object("endless", Window::new(at(0), Instant::FAR_FUTURE)),
            object("later", hours(8, 9)),
        ] {
            objects::put(tx, &id, new, NOW)?;
        }
        let (mut names, mut after) = (Vec::new(), None);
        loop {
            let page = candidates::within(tx, &id, hours(4, 8), after.as_ref(), (1, false))?;
            let Some(found) = page.rows.first() else { break };
            names.push((found.head.name.clone(), found.instances.is_some(), found.body.is_some()));
            after = Some(found.reached());
        }
        let seen: Vec<_> = names.iter().map(|(name, known, read)| (name.as_str(), *known, *read)).collect();
        let wanted =
            [("unknown", false, true), ("known", true, false), ("series", true, false), ("endless", false, true)];
        assert_eq!(seen, wanted);
        let all = candidates::within(tx, &id, hours(4, 8), None, (10, true))?;
        assert!(all.rows.len() == 4 && all.rows.iter().all(|found| found.body.is_some()));
        assert_eq!(objects::page(tx, &id, None, 10, Some(hours(4, 8)))?.len(), 4);
        Ok(())
    });
}

#[test]
fn a_uid_stands_once_in_a_calendar() {
    refused(|tx| {
        let id = calendar(tx)?;
        objects::put(tx, &id, object("a", hours(0, 1)), NOW)?;
        assert_eq!(objects::by_uid(tx, &id, "uid-a")?.map(|found| found.head.name), Some("a".to_owned()));
        let twin = NewObject { uid: "uid-a".to_owned(), ..object("b", hours(0, 1)) };
        objects::put(tx, &id, twin, NOW).map(drop)
    });
}

#[test]
fn former_tags_go_with_their_object_and_all_goes_with_the_calendar() {
    seeded(|tx| {
        let id = calendar(tx)?;
        objects::put(tx, &id, object("a", hours(0, 1)), NOW)?;
        objects::add_former_etag(tx, &id, "a", "\"0\"")?;
        objects::add_former_etag(tx, &id, "a", "\"0\"")?;
        objects::put(tx, &id, object("a", hours(0, 1)), NOW)?;
        assert!(objects::has_former_etag(tx, &id, "a", "\"0\"")?);
        objects::delete(tx, &id, "a", NOW)?;
        assert!(!objects::has_former_etag(tx, &id, "a", "\"0\"")?);
        assert!(collections::delete(tx, &id, NOW)?);
        assert!(objects::tombstones_since(tx, &id, Changes::since(0), 10)?.is_empty());
        Ok(())
    });
}

#[test]
fn grants_are_found_by_calendar_and_by_whom_they_are_for_and_go_with_the_calendar() {
    seeded(|tx| {
        let id = calendar(tx)?;
        let (person, team) = (Grantee::Person(PersonId::from("ben")), Grantee::Team(TeamId::from("payments")));
        for whom in [&team, &Grantee::Everybody, &person] {
            grants::set(tx, &id, whom, "read")?;
        }
        grants::set(tx, &id, &person, "read write-content")?;
        let all = grants::of_calendar(tx, &id)?;
        let words = |words: &str| words.to_owned();
        let expected =
            [(Grantee::Everybody, words("read")), (person.clone(), words("read write-content")), (team, words("read"))];
        assert_eq!(all, expected);
        assert_eq!(grants::to(tx, &person)?, [(id.clone(), words("read write-content"))]);
        assert!(grants::remove(tx, &id, &Grantee::Everybody)? && !grants::remove(tx, &id, &Grantee::Everybody)?);
        let ben = PersonId::from("ben");
        grants::leave(tx, &id, &ben)?;
        grants::leave(tx, &id, &ben)?;
        assert!(grants::has_left(tx, &id, &ben)?);
        grants::come_back(tx, &id, &ben)?;
        assert!(!grants::has_left(tx, &id, &ben)?);
        grants::leave(tx, &id, &ben)?;
        collections::delete(tx, &id, NOW)?;
        assert!(grants::of_calendar(tx, &id)?.is_empty() && !grants::has_left(tx, &id, &ben)?);
        Ok(())
    });
}

#[test]
fn a_delegate_is_found_from_both_sides_and_what_they_may_do_changes() {
    seeded(|tx| {
        let (ada, ben) = (PersonId::from("ada"), PersonId::from("ben"));
        let named = |writes| Delegate { person: ada.clone(), delegate: ben.clone(), writes, since: NOW };
        delegates::set(tx, &named(false))?;
        delegates::set(tx, &Delegate { since: at(1), ..named(true) })?;
        assert_eq!(delegates::of(tx, &ada)?, [named(true)], "since when stays");
        assert_eq!(delegates::by(tx, &ben)?, [named(true)]);
        assert!(delegates::of(tx, &ben)?.is_empty() && delegates::find(tx, &ben, &ada)?.is_none());
        assert!(delegates::remove(tx, &ada, &ben)? && !delegates::remove(tx, &ada, &ben)?);
        Ok(())
    });
}

#[test]
fn the_audit_trail_shows_where_it_was_tampered_with() {
    let event = |object: &str| Event {
        at: NOW,
        actor: "person:ada".to_owned(),
        subject: None,
        channel: Channel::Button,
        action: "swap.taken".to_owned(),
        object: object.to_owned(),
        before: None,
        after: Some("{}".to_owned()),
        reason: None,
    };
    for tampering in [
        "UPDATE audit SET actor = 'person:ben' WHERE seq = 2",
        "UPDATE audit SET reason = '' WHERE seq = 2",
        "DELETE FROM audit WHERE seq = 2",
    ] {
        seeded(move |tx| {
            for object in ["swap:1", "swap:2", "swap:3"] {
                audit::append(tx, &event(object))?;
            }
            assert_eq!(audit::first_break(tx)?, None);
            assert_eq!(audit::of_object(tx, "swap:3")?.iter().map(|row| row.seq).collect::<Vec<_>>(), [3]);
            tx.execute(tampering, &[])?;
            assert_eq!(audit::first_break(tx)?, Some(2), "{tampering}");
            Ok(())
        });
    }
    seeded(move |tx| {
        audit::append(tx, &event("swap:1"))?;
        tx.execute("DELETE FROM audit WHERE seq = 1", &[])?;
        assert_eq!(audit::first_break(tx)?, Some(1));
        Ok(())
    });
}

#[test]
fn a_message_is_written_once_and_waits_until_it_is_done() {
    seeded(|tx| {
        let message = |id: &str| Message {
            id: id.to_owned(),
            at: NOW,
            kind: "mail.offer".to_owned(),
            recipient: "ben@example.org".to_owned(),
            payload: "{}".to_owned(),
            dedupe: "offer/o1".to_owned(),
        };
        assert!(outbox::push(tx, &message("m1"))?);
        assert!(!outbox::push(tx, &message("m2"))?);
        outbox::put_off(tx, "m1", at(1), "not reachable")?;
        assert!(outbox::due(tx, "mail", NOW, 10)?.is_empty());
        let due = outbox::due(tx, "mail", at(1), 10)?;
        assert_eq!(due.iter().map(|due| due.attempts).collect::<Vec<_>>(), [1]);
        let stuck = outbox::stuck(tx, 10)?;
        assert_eq!((stuck.len(), stuck[0].reason.as_str(), stuck[0].next), (1, "not reachable", Some(at(1))));
        assert!(outbox::due(tx, "push", at(9), 10)?.is_empty());
        outbox::done(tx, &due[0], at(1))?;
        assert!(outbox::due(tx, "mail", at(9), 10)?.is_empty());
        assert_eq!(outbox::states(tx)?[0].waiting, 0);
        Ok(())
    });
}

#[test]
fn what_is_said_again_is_said_once_more_and_nothing_said_meanwhile_is_lost() {
    seeded(|tx| {
        let say = |at: Instant, payload: &str| Message {
            id: "p1".to_owned(),
            at,
            kind: "push".to_owned(),
            recipient: "s1".to_owned(),
            payload: payload.to_owned(),
            dedupe: "push/s1".to_owned(),
        };
        let due = |tx: &mut dyn Connection, at: Instant| outbox::due(tx, "push", at, 10);
        outbox::say_again(tx, &say(NOW, "1"), "3")?;
        outbox::say_again(tx, &say(NOW.plus_millis(1), "1"), "3")?;
        let first = due(tx, NOW)?;
        assert_eq!((first.len(), first[0].message.payload.as_str(), first[0].message.at), (1, "1", NOW));
        // Said while the first was under way.
        outbox::say_again(tx, &say(NOW.plus_millis(2), "2"), "3")?;
        outbox::done(tx, &first[0], NOW.plus_millis(3))?;
        assert!(due(tx, NOW.plus_millis(3))?.is_empty(), "a little later");
        let second = due(tx, at(1))?;
        assert_eq!((second.len(), second[0].message.payload.as_str()), (1, "3"));
        outbox::done(tx, &second[0], at(1))?;
        outbox::say_again(tx, &say(at(1).plus_millis(1), "2"), "3")?;
        assert!(due(tx, at(1).plus_millis(1))?.is_empty(), "two in a moment would be one too many");
        let third = due(tx, at(2))?;
        assert_eq!((third[0].message.payload.as_str(), third[0].attempts), ("2", 0));
        assert_eq!(outbox::next_due(tx, "push")?, Some(at(1).plus_millis(2_000)));
        // Given up, and taken up by what is said next.
        outbox::give_up(tx, "p1", at(2), "410")?;
        assert_eq!((outbox::states(tx)?[0].given_up, outbox::stuck(tx, 10)?[0].next), (1, None));
        assert!(due(tx, at(9))?.is_empty());
        outbox::say_again(tx, &say(at(9), "1"), "3")?;
        assert_eq!((outbox::states(tx)?[0].given_up, due(tx, at(9))?[0].attempts), (0, 0));
        Ok(())
    });
}

#[test]
fn a_lease_has_one_holder_and_its_number_goes_up_with_each_new_one() {
    let at = |minutes: i64| NOW.plus_millis(minutes * MINUTE);
    seeded(move |tx| {
        assert_eq!(lease::take(tx, "advance", "one", NOW, at(1))?, Some(1));
        assert_eq!(lease::take(tx, "advance", "two", NOW, at(1))?, None);
        assert_eq!(lease::take(tx, "advance", "one", NOW, at(2))?, Some(1));
        assert_eq!(lease::take(tx, "advance", "two", at(2), at(3))?, Some(2));
        lease::release(tx, "advance", "one")?;
        assert_eq!(lease::take(tx, "advance", "one", at(2), at(3))?, None);
        lease::release(tx, "advance", "two")?;
        assert_eq!(lease::take(tx, "advance", "one", at(2), at(3))?, Some(3));
        Ok(())
    });
}
