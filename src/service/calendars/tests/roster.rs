//! What a published roster makes of availability that changes, and of time that passes.

use super::{World, event, object};
use crate::ids::{PersonId, SlotId, SwapId, TeamId};
use crate::roster::model::Shift;
use crate::roster::swap::{Swap, SwapState};
use crate::service::calendars::CollectionPath;
use crate::service::render::{object_name, render_people};
use crate::service::{ServiceError, testing};
use crate::store::rosters;
use crate::store::{audit, instance, lease, outbox, shifts, slots, swaps, teams};
use crate::time::{DAY, Instant, MINUTE, Window};
use chrono::Days;
use chrono_tz::Europe::London;

impl World {
    /// Ada holds this shift of the team, and her calendar shows it.
    async fn on_call(&self, window: Window) {
        let ctx = self.service.ctx();
        let publish = move |tx: &mut dyn crate::store::Connection| {
            let team = TeamId::from("payments");
            let today = ctx.now.civil(London).date();
            let roster = testing::published(ctx.now, today, today + Days::new(60));
            rosters::insert(tx, &roster)?;
            let slot = testing::slot_of("slot1", "primary", window);
            slots::put(tx, &slot)?;
            let shift = Shift { person: Some(PersonId::from("ada")), ..testing::shift_in(&slot) };
            shifts::put(tx, &shift)?;
            render_people(tx, &ctx, &[PersonId::from("ada")], &[team])
        };
        self.service.store.write(publish).await.unwrap();
    }

    /// Her open request for cover of that shift.
    async fn asks(&self, window: Window) {
        let now = self.service.ctx().now;
        let ask = move |tx: &mut dyn crate::store::Connection| {
            let swap = Swap {
                id: SwapId::from("swap1"),
                team: TeamId::from("payments"),
                slot: SlotId::from("slot1"),
                segment: 0,
                requester: PersonId::from("ada"),
                reason: None,
                state: SwapState::Open,
                version: 0,
                window,
                opened: now.plus_hours(-2),
                closed: None,
                taker: None,
                together: None,
                named_only: false,
            };
            swaps::insert(tx, &swap)
        };
        self.service.store.write(ask).await.unwrap();
    }

    async fn shown_shift(&self) -> String {
        let host = &self.service.ctx().host.host;
        let name = object_name(&crate::roster::shift_event::shift_uid(&"slot1".into(), 0, &"ada".into(), host));
        self.body("ada", &object("ada", "shifts", &name)).await.unwrap().replace("\r\n ", "")
    }

    /// The kinds of messages to somebody, with their texts.
    async fn messages(&self, person: &str) -> Vec<(String, String)> {
        let address = format!("{person}@example.org");
        let read = move |tx: &mut dyn crate::store::Connection| outbox::to_recipient(tx, &address);
        let found = self.service.store.read(read).await.unwrap();
        found.into_iter().map(|due| (due.message.kind, due.message.payload)).collect()
    }

    async fn audited(&self, action: &str) -> usize {
        let rows = self.service.store.read(|tx| audit::after(tx, 0, 1000)).await.unwrap();
        rows.into_iter().filter(|row| row.event.action == action).count()
    }

    async fn state(&self) -> SwapState {
        let read = |tx: &mut dyn crate::store::Connection| swaps::find(tx, &"swap1".into());
        self.service.store.read(read).await.unwrap().unwrap().state
    }
}

/// The shift of this many hours' distance that lasts twelve.
fn shift_in(world: &World, hours: i64) -> Window {
    let start = Instant::from_millis(world.service.ctx().now.millis() / 60_000 * 60_000).plus_hours(hours);
    Window::new(start, start.plus_hours(12))
}

/// An hour of absence inside the shift.
fn absent(window: Window, uid: &str) -> String {
    let stamp = |at: Instant| at.civil(chrono_tz::UTC).format("%Y%m%dT%H%M%SZ").to_string();
    event(uid, "SUMMARY:Clinic\r\n")
        .replace("20261201T090000Z", &stamp(window.start.plus_hours(1)))
        .replace("20261201T100000Z", &stamp(window.start.plus_hours(2)))
}

#[tokio::test]
async fn an_absence_that_meets_a_published_shift_is_told_once_and_shown_until_it_goes() {
    let world = World::new().await;
    let window = shift_in(&world, 72);
    world.on_call(window).await;
    assert!(!world.shown_shift().await.contains("Your availability says no"));
    let mine = object("ada", "availability", "a.ics");
    world.put("ada", &mine, &absent(window, "a")).await.unwrap();
    let shown = world.shown_shift().await;
    assert!(shown.contains("Your availability says no") && shown.contains("/links/cover/"), "{shown}");
    let (own, managers) = (world.messages("ada").await, world.messages("max").await);
    assert_eq!((own.len(), managers.len(), world.messages("bob").await.len()), (1, 1, 0));
    assert!(own[0].1.contains("/links/cover/") && !managers[0].1.contains("/links/"), "the link is hers alone");
    assert!(!managers[0].1.contains("Clinic"), "nor does a private title leave");
    world.put("ada", &mine, &absent(window, "a").replace("Clinic", "Dentist")).await.unwrap();
    assert_eq!((world.messages("ada").await.len(), world.audited("shift.collision").await), (1, 1));
    world.delete("ada", &mine).await.unwrap();
    assert!(!world.shown_shift().await.contains("Your availability says no"));
}

#[tokio::test]
async fn an_absence_beside_a_shift_or_one_that_only_prefers_otherwise_is_no_collision() {
    let world = World::new().await;
    let window = shift_in(&world, 72);
    world.on_call(window).await;
    let later = Window::new(window.end.plus_hours(2), window.end.plus_hours(6));
    world.put("ada", &object("ada", "availability", "a.ics"), &absent(later, "a")).await.unwrap();
    let rather_not = absent(window, "b").replace("SUMMARY:Clinic", "SUMMARY:avoid: school run");
    world.put("ada", &object("ada", "availability", "b.ics"), &rather_not).await.unwrap();
    world.put("bob", &object("bob", "availability", "c.ics"), &absent(window, "c")).await.unwrap();
    assert_eq!(world.audited("shift.collision").await, 0);
    assert!(world.messages("max").await.is_empty());
}

#[tokio::test]
async fn what_a_member_says_in_the_teams_calendar_collides_too() {
    let world = World::new().await;
    let window = shift_in(&world, 72);
    world.on_call(window).await;
    let there = CollectionPath::new(PersonId::from("ada"), "team-payments-availability").object("t.ics");
    world.put("ada", &there, &absent(window, "t")).await.unwrap();
    assert_eq!(world.audited("shift.collision").await, 1);
    assert!(world.shown_shift().await.contains("Your availability says no"));
}

#[tokio::test]
async fn shortly_before_an_uncovered_shift_the_managers_are_told_once() {
    let world = World::new().await;
    let window = shift_in(&world, 24);
    world.on_call(window).await;
    world.asks(window).await;
    world.service.advance().await.unwrap();
    world.service.advance().await.unwrap();
    let told = world.messages("max").await.into_iter().filter(|(kind, _)| kind == "mail.manager").count();
    assert_eq!((told, world.state().await), (1, SwapState::Open));
}

#[tokio::test]
async fn a_request_whose_shift_has_ended_expires() {
    let world = World::new().await;
    let window = shift_in(&world, -14);
    world.on_call(window).await;
    world.asks(window).await;
    world.service.advance().await.unwrap();
    assert_eq!(world.state().await, SwapState::Expired);
    world.service.advance().await.unwrap();
    assert_eq!(world.audited("swap.expired").await, 1);
}

#[tokio::test]
async fn while_another_process_holds_the_lease_nothing_is_done() {
    let world = World::new().await;
    let window = shift_in(&world, -14);
    world.on_call(window).await;
    world.asks(window).await;
    let now = world.service.ctx().now;
    let hold = move |tx: &mut dyn crate::store::Connection| {
        lease::take(tx, "advance", "another", now, now.plus_millis(MINUTE)).map(|fence| assert!(fence.is_some()))
    };
    world.service.store.write(hold).await.unwrap();
    world.service.advance().await.unwrap();
    assert_eq!(world.state().await, SwapState::Open);
}

#[tokio::test]
async fn who_has_left_is_gone_from_the_teams_view_within_a_day() {
    let world = World::new().await;
    let window = shift_in(&world, 72);
    world.put("ada", &object("ada", "availability", "a.ics"), &absent(window, "a")).await.unwrap();
    let team = CollectionPath::new(PersonId::from("max"), "team-payments-availability");
    assert_eq!(world.names("max", &team).await.len(), 1);
    let now = world.service.ctx().now;
    let leave = move |tx: &mut dyn crate::store::Connection| {
        let gone = now.plus_days(-3).civil(London).date();
        let membership = crate::roster::model::Membership { until: Some(gone), ..super::membership("ada", false) };
        teams::put_membership(tx, &membership)?;
        instance::set(tx, "availability_refreshed_ms", &now.plus_millis(-DAY).millis().to_string())?;
        Ok::<_, ServiceError>(())
    };
    world.service.store.write(leave).await.unwrap();
    world.service.advance().await.unwrap();
    assert!(world.names("max", &team).await.is_empty());
}
