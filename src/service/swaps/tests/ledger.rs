//! What a swap writes into the ledger is what publishing the same shift for the same person writes.

use super::*;
use crate::service::people::NewPerson;
use crate::service::planning::Assign;
use crate::service::teams::NewPattern;
use crate::service::testing::{ada, operator, payments, service};
use crate::store::ledger::{LedgerEntry, LedgerKind};
use crate::store::properties;
use crate::time::{Day, MINUTE};
use chrono::TimeDelta;

/// Payments with Ada in London and Ben in New York, who works from noon to eight, and a day of theirs that is a holiday.
pub(super) struct Scene {
    pub(super) service: Service,
    pub(super) day: Day,
    pub(super) slot: SlotId,
    _folder: Place,
}

const HOURS: &str = "<C:calendar-availability xmlns:C=\"urn:ietf:params:xml:ns:caldav\">BEGIN:VCALENDAR
VERSION:2.0
PRODID:-//example//EN
BEGIN:VAVAILABILITY
UID:hours
DTSTAMP:20260101T000000Z
BEGIN:AVAILABLE
UID:hours-week
DTSTAMP:20260101T000000Z
DTSTART;TZID=America/New_York:20260105T120000
DTEND;TZID=America/New_York:20260105T200000
RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR
END:AVAILABLE
END:VAVAILABILITY
END:VCALENDAR
</C:calendar-availability>";

impl Scene {
    pub(super) async fn set() -> Self {
        let (folder, service) = service().await;
        let team = service.add_team(&operator(), &payments()).await.unwrap().id;
        for (id, zone) in [("ada", "Europe/London"), ("ben", "America/New_York")] {
            let email = format!("{id}@example.org");
            let new = NewPerson { id: id.to_owned(), email, zone: zone.to_owned(), ..ada() };
            let person = service.add_person(&operator(), &new).await.unwrap().id;
            let from = None;
            let (member, fte) = (true, 100);
            let belongs = Membership {
                team: team.clone(),
                person,
                manager: false,
                member,
                from,
                until: None,
                fte,
                novice: false,
            };
            service.put_member(&operator(), belongs).await.unwrap();
        }
        let hours = |tx: &mut dyn Connection| {
            let name = "{urn:ietf:params:xml:ns:caldav}calendar-availability";
            properties::set(tx, "/dav/calendars/ben/inbox/", name, &HOURS.replace('\n', "\r\n"))
        };
        service.store.write(hours).await.unwrap();
        let day = service.ctx().now.civil(London).date() + TimeDelta::days(20);
        let pattern = NewPattern {
            title: "Round the clock".to_owned(),
            zone: London,
            start: "2026-01-01T09:00:00".parse().unwrap(),
            end: "2026-01-02T09:00:00".parse().unwrap(),
            rule: "FREQ=DAILY".to_owned(),
            roles: vec!["primary".to_owned()],
            turn: "occurrence".to_owned(),
            end_zone: None,
            site: None,
            at_work: false,
        };
        service.add_pattern(&operator(), &team, &pattern).await.unwrap();
        let free = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//EN\r\nBEGIN:VEVENT\r\nUID:free\r\n\
             DTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=DATE:{}\r\nSUMMARY:Free\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
            day.format("%Y%m%d")
        );
        service.put_team_object(&operator(), &team, CollectionKind::Holidays, free.into_bytes()).await.unwrap();
        Self { service, day, slot: SlotId::from(""), _folder: folder }
    }

    pub(super) async fn publish_for(&mut self, person: &str) -> LedgerEntry {
        let team = "payments".into();
        let (from, to) = (self.day, self.day + TimeDelta::days(1));
        let draft = self.service.create_roster(&operator(), &team, from, to).await.unwrap();
        self.slot = draft.slots[0].id.clone();
        let wish = Assign { person: Some(person.into()), ..Assign::default() };
        self.service.assign(&operator(), &draft.head.id, &self.slot, wish).await.unwrap();
        self.service.publish_roster(&operator(), &draft.head.id, None, None).await.unwrap();
        self.booked().await
    }

    async fn hand_over_to(&self, person: &str) -> LedgerEntry {
        let swap = self.service.ask_for_cover(&operator(), &self.slot, 0, None).await.unwrap();
        let offer = swap.offers.into_iter().find(|offer| offer.person.as_str() == person).unwrap();
        self.service.answer_offer(&operator(), &offer.id, Reply::Agree).await.unwrap();
        self.booked().await
    }

    async fn booked(&self) -> LedgerEntry {
        let slot = self.slot.clone();
        let rows = self.service.store.read(move |tx| rows::of_shift(tx, &slot, 0)).await.unwrap();
        assert_eq!(rows.len(), 1);
        rows[0].clone()
    }
}

#[tokio::test]
async fn a_swap_counts_as_many_points_as_publishing_would_holidays_and_working_hours_included() {
    let mut scene = Scene::set().await;
    let published = scene.publish_for("ben").await;
    let to_ada = scene.hand_over_to("ada").await;
    let to_ben = scene.hand_over_to("ben").await;
    assert_eq!((to_ben.person.as_str(), to_ben.points), ("ben", published.points));
    let published = scene.publish_for("ada").await;
    assert_eq!((to_ada.person.as_str(), to_ada.points), ("ada", published.points));
    assert_eq!((to_ada.kind, published.kind), (LedgerKind::Swap, LedgerKind::Shift));
    assert_ne!(to_ada.points, to_ben.points, "hours count by the person's own day");
    // Fifteen hours of the holiday and at most nine of an ordinary night or weekend.
    let night_and_day = 15 * 200 + 9 * 150;
    assert!((15 * 200..=night_and_day).contains(&to_ada.points), "{}", to_ada.points);
    assert!(to_ada.points > 24 * 150, "more than any day that is no holiday");
}

#[tokio::test]
async fn an_optional_shift_that_is_given_up_while_it_runs_keeps_what_was_stood() {
    let (_place, service) = crate::service::testing::rota().await;
    let now = Instant::from_millis(service.ctx().now.millis() / MINUTE * MINUTE);
    let service = service.as_of(now);
    let whole = Window::new(now.plus_hours(-2), now.plus_hours(6));
    crate::service::testing::stands(&service, "watch", "shadow", whole, Some("ada")).await;
    let entry = LedgerEntry {
        id: "e".to_owned(),
        team: "payments".into(),
        slot: "watch".into(),
        segment: 0,
        person: "ada".into(),
        role: "shadow".to_owned(),
        window: whole,
        points: 800,
        weights_version: 1,
        kind: LedgerKind::Shift,
    };
    service.store.write(move |tx| rows::insert(tx, &entry)).await.unwrap();
    let emptied = service.ask_for_cover(&operator(), &"watch".into(), 0, None).await;
    assert!(matches!(emptied, Err(ServiceError::Gone)), "nobody is asked: {emptied:?}");
    let read = |tx: &mut dyn Connection| {
        let ledger = rows::of_person_in(tx, &"payments".into(), &"ada".into())?;
        Ok::<_, crate::store::StoreError>((ledger, shifts::of_slot(tx, &"watch".into())?))
    };
    let (ledger, parts) = service.store.read(read).await.unwrap();
    let stood = Window::new(whole.start, now);
    assert_eq!(ledger.iter().map(|entry| (entry.window, entry.points)).collect::<Vec<_>>(), [(stood, 200)]);
    let held: Vec<_> = parts.iter().map(|part| (part.window, part.person.is_some())).collect();
    assert_eq!(held, [(stood, true), (Window::new(now, whole.end), false)]);
}
