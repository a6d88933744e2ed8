//! The team's availability: what it shows, and for whom what is put there counts.

use super::*;
use crate::ical::attendee::User;
use crate::ical::tree::Tree;
use crate::roster::availability::Kind;
use crate::roster::marks::{Place, mark};
use crate::roster::model::Words;
use crate::service::calendars::{availability_objects, refresh_team_availability};
use crate::time::Window;

const TEAM: &str = "team-payments-availability";

impl World {
    async fn shown(&self) -> Vec<String> {
        let path = calendar("bob", TEAM);
        let page = self.service.objects_page(&actor("bob"), &path, None, 1000).await.unwrap();
        let summary = |row: crate::service::calendars::ObjectView| {
            let text = String::from_utf8(row.body.to_vec()).unwrap();
            text.lines().find_map(|line| line.strip_prefix("SUMMARY:")).unwrap_or("").to_owned()
        };
        page.rows.into_iter().map(summary).collect()
    }

    /// What counts for a person, as the plan reads it.
    async fn counts_for(&self, person: &str) -> Vec<(Place, Kind)> {
        let (id, user) = (PersonId::from(person), User::new([format!("{person}@example.org")]));
        self.service
            .store
            .read(move |tx| {
                let mut read = Vec::new();
                for (place, body) in availability_objects(tx, &id, Window::ALWAYS)? {
                    let tree = Tree::parse(&body).unwrap();
                    let said = tree.calendar().children_named("VEVENT");
                    read.extend(said.filter_map(|e| mark(e, place, &Words::default(), &user)).map(|(k, _)| (place, k)));
                }
                Ok::<_, StoreError>(read)
            })
            .await
            .unwrap()
    }

    async fn team_token(&self) -> String {
        self.service.collection(&actor("bob"), &calendar("bob", TEAM)).await.unwrap().sync_token()
    }
}

#[tokio::test]
async fn a_team_sees_who_is_out_without_the_title() {
    let world = World::new().await;
    let mine = object("ada", "availability", "a.ics");
    world.put("ada", &mine, &event("a", "SUMMARY:Clinic\r\n")).await.unwrap();
    assert_eq!(world.shown().await, ["Ada Byron: unavailable"]);
    let token = world.team_token().await;
    world.put("ada", &mine, &event("a", "SUMMARY:Ward round\r\n")).await.unwrap();
    assert_eq!(world.team_token().await, token, "the team sees no difference");
    world.put("ada", &mine, &event("a", "SUMMARY:avoid: school run\r\n")).await.unwrap();
    assert_eq!(world.shown().await, ["Ada Byron: rather not"]);
    world.put("ada", &mine, &event("a", "SUMMARY:free\r\n")).await.unwrap();
    assert!(world.shown().await.is_empty());
    world.put("ada", &mine, &event("a", "SUMMARY:+\r\n")).await.unwrap();
    world.delete("ada", &mine).await.unwrap();
    assert!(world.shown().await.is_empty());
}

#[tokio::test]
async fn leave_in_an_ordinary_calendar_shows_and_a_meeting_does_not() {
    let world = World::new().await;
    world.put("ada", &object("ada", "calendar", "m.ics"), &event("m", "SUMMARY:Board\r\n")).await.unwrap();
    assert!(world.shown().await.is_empty());
    let leave = event("l", "SUMMARY:Sun\r\n").replace("DTSTART:20261201T090000Z", "DTSTART;VALUE=DATE:20261201");
    let leave = leave.replace("DTEND:20261201T100000Z", "DTEND;VALUE=DATE:20261208");
    world.put("ada", &object("ada", "calendar", "l.ics"), &leave).await.unwrap();
    assert_eq!(world.shown().await, ["Ada Byron: unavailable"]);
    assert_eq!(world.counts_for("ada").await, [(Place::Calendar, Kind::Unavailable)]);
}

#[tokio::test]
async fn what_is_shown_of_somebody_is_changed_by_nobody_there() {
    let world = World::new().await;
    world.put("ada", &object("ada", "availability", "a.ics"), &event("a", "")).await.unwrap();
    let name = world.names("bob", &calendar("bob", TEAM)).await.remove(0);
    for who in ["ada", "bob", "max"] {
        let path = object(who, TEAM, &name);
        assert!(matches!(world.delete(who, &path).await, Err(ServiceError::NeedPrivileges { .. })), "{who}");
        let put = world.put(who, &path, &event("a", "")).await;
        assert!(matches!(put, Err(ServiceError::NeedPrivileges { .. })), "{who}");
    }
}

#[tokio::test]
async fn what_a_member_puts_there_is_theirs_whomever_it_names() {
    let world = World::new().await;
    let body = event("t", "SUMMARY:Away\r\nATTENDEE:mailto:bob@example.org\r\n");
    world.put("ada", &object("ada", TEAM, "t.ics"), &body).await.unwrap();
    assert_eq!(world.counts_for("ada").await, [(Place::Team, Kind::Unavailable)]);
    assert!(world.counts_for("bob").await.is_empty());
    assert_eq!(world.body("bob", &object("bob", TEAM, "t.ics")).await.unwrap(), body);
    for who in ["bob", "max"] {
        let path = object(who, TEAM, "t.ics");
        assert!(matches!(world.delete(who, &path).await, Err(ServiceError::NeedPrivileges { .. })), "{who}");
        assert!(matches!(world.put(who, &path, &event("t", "")).await, Err(ServiceError::NeedPrivileges { .. })));
    }
    world.delete("ada", &object("ada", TEAM, "t.ics")).await.unwrap();
    assert!(world.counts_for("ada").await.is_empty());
}

#[tokio::test]
async fn what_a_manager_puts_there_counts_for_the_members_it_names() {
    let world = World::new().await;
    let path = object("max", TEAM, "t.ics");
    let naming = |who: &str| event("t", &format!("SUMMARY:Training\r\nATTENDEE:mailto:{who}@example.org\r\n"));
    world.put("max", &path, &naming("ada")).await.unwrap();
    assert_eq!(world.counts_for("ada").await.len(), 1);
    assert!(world.counts_for("max").await.is_empty());
    world.put("max", &path, &naming("bob")).await.unwrap();
    assert_eq!((world.counts_for("ada").await.len(), world.counts_for("bob").await.len()), (0, 1));
    assert!(matches!(world.put("max", &path, &naming("root")).await, Err(ServiceError::Forbidden(_))));
    let touched = world.delete("bob", &object("bob", TEAM, "t.ics")).await;
    assert!(matches!(touched, Err(ServiceError::NeedPrivileges { .. })), "only who put it, or a manager");
    world.delete("max", &path).await.unwrap();
    assert!(world.counts_for("bob").await.is_empty());
}

#[tokio::test]
async fn a_refresh_writes_only_what_differs_and_forgets_who_left() {
    let world = World::new().await;
    world.put("ada", &object("ada", "availability", "a.ics"), &event("a", "")).await.unwrap();
    world.put("bob", &object("bob", "availability", "b.ics"), &event("b", "")).await.unwrap();
    let refresh = async || {
        let ctx = world.service.ctx();
        let team = TeamId::from("payments");
        world.service.store.write(move |tx| refresh_team_availability(tx, &ctx, &team)).await.unwrap();
    };
    let token = world.team_token().await;
    refresh().await;
    assert_eq!(world.team_token().await, token);
    let left = Membership { until: Some("2026-01-01".parse().unwrap()), ..membership("ada", false) };
    world.service.store.write(move |tx| teams::put_membership(tx, &left)).await.unwrap();
    refresh().await;
    assert_eq!(world.shown().await, ["Bob Hill: unavailable"]);
}

#[tokio::test]
async fn what_no_plan_could_read_is_not_taken_as_availability() {
    let world = World::new().await;
    let often = event("a", "RRULE:FREQ=HOURLY;BYMINUTE=0,10,20,30,40,50\r\n");
    for calendar in ["availability", TEAM] {
        let refused = world.put("ada", &object("ada", calendar, "a.ics"), &often).await;
        let Err(ServiceError::Refused(refusal)) = refused else { panic!("{calendar}: {refused:?}") };
        assert_eq!((refusal.element(), refusal.line()), ("max-instances", Some(9)), "{refusal}");
    }
    world.put("ada", &object("ada", "calendar", "a.ics"), &often).await.unwrap();
    let (from, to) = (object("ada", "calendar", "a.ics"), object("ada", "availability", "a.ics"));
    let moved = world.service.move_object(&actor("ada"), &way(&from, &to, true)).await;
    assert!(matches!(moved, Err(ServiceError::Refused(_))));
}
