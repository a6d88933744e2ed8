//! Swaps over a store of their own: what calendars, rows and the audit trail say after each answer.

use super::*;
use crate::ids::PersonId;
use crate::roster::model::{Answer, Channel, Membership, Person, Role, Settings, Shift, Slot, Team, Weights};
use crate::roster::shift_event::shift_uid;
use crate::roster::swap::OfferState;
use crate::service::Clock;
use crate::service::oncall::OnCall;
use crate::service::render::{find, object_name, render_people};
use crate::store::collections::{self, Collection, CollectionKind, Owner};
use crate::store::rosters::{self, Roster, RosterState};
use crate::store::{Store, audit, ledger, objects, people, slots, teams};
use crate::time::{HOUR, Instant, Window};
use chrono_tz::Europe::London;

/// A service over a file of its own, with a team whose first member holds a shift tomorrow.
struct House {
    service: Service,
    slot: SlotId,
    _folder: tempfile::TempDir,
}

fn id(n: usize) -> PersonId {
    PersonId::new(format!("p{n}"))
}

fn person(n: usize) -> Person {
    Person {
        id: id(n),
        name: format!("Person {n}"),
        email: format!("p{n}@example.org"),
        phone: None,
        zone: London,
        admin: false,
        disabled: false,
    }
}

fn calendar(owner: Owner, kind: CollectionKind, name: &str, now: Instant) -> Collection {
    Collection {
        id: uuid::Uuid::now_v7().to_string().as_str().into(),
        owner,
        name: name.to_owned(),
        kind,
        display_name: name.to_owned(),
        description: None,
        color: None,
        order: None,
        timezone: None,
        components: vec!["VEVENT".to_owned()],
        transparent: false,
        change: 0,
        created: now,
    }
}

fn furnish(tx: &mut dyn Connection, count: usize, settings: &Settings, now: Instant) -> Result<(), ServiceError> {
    let role =
        |name: &str, optional| Role { name: name.to_owned(), weight: 100, paged: true, optional, requires: Vec::new() };
    let team = Team {
        id: "payments".into(),
        name: "Payments".to_owned(),
        email: "payments@calendar.example.org".to_owned(),
        zone: London,
        settings: settings.clone(),
        weights: Weights::default(),
        roles: vec![role("primary", false), role("shadow", true)],
        contacts: Vec::new(),
        forbidden_pairs: Vec::new(),
    };
    teams::insert(tx, &team, now)?;
    collections::insert(tx, &calendar(Owner::Team(team.id.clone()), CollectionKind::Roster, "roster", now))?;
    for n in 0..count {
        people::insert(tx, &person(n), now)?;
        teams::put_membership(
            tx,
            &Membership {
                team: team.id.clone(),
                person: id(n),
                manager: false,
                member: true,
                from: None,
                until: None,
                fte: 100,
                novice: false,
            },
        )?;
        for (kind, name) in [(CollectionKind::Shifts, "shifts"), (CollectionKind::Inbox, "inbox")] {
            collections::insert(tx, &calendar(Owner::Person(id(n)), kind, name, now))?;
        }
    }
    let day = now.civil(London).date();
    let roster = Roster {
        id: "r1".into(),
        team: team.id.clone(),
        from: day,
        to: day,
        state: RosterState::Published,
        version: 1,
        based_on: None,
        counter: 1,
        created_by: "operator".to_owned(),
        created: now,
        published: Some(now),
        reason: None,
    };
    Ok(rosters::insert(tx, &roster)?)
}

impl House {
    async fn with(count: usize, settings: Settings) -> Self {
        Self::starting_in(count, settings, 24).await
    }

    /// The shift starts in so many hours and lasts twelve.
    async fn starting_in(count: usize, settings: Settings, hours: i64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("dogwatch.db")).unwrap();
        let service = Service::open(store, "https://calendar.example.org", Clock::system()).await.unwrap();
        let house = Self { service, slot: SlotId::from("slot1"), _folder: folder };
        let (ctx, slot) = (house.service.ctx(), house.slot.clone());
        let start = Instant::from_millis(ctx.now.millis() / HOUR * HOUR).plus_hours(hours);
        let window = Window::new(start, start.plus_hours(12));
        house
            .write(move |tx| {
                furnish(tx, count, &settings, ctx.now)?;
                let slot = Slot {
                    id: slot.clone(),
                    team: "payments".into(),
                    pattern: "pattern".to_owned(),
                    occurrence: "20261201T090000".to_owned(),
                    role: "primary".to_owned(),
                    ordinal: 0,
                    turn: None,
                    window,
                    zone: London,
                    optional: false,
                };
                slots::put(tx, &slot)?;
                let shift = Shift {
                    slot: slot.id.clone(),
                    segment: 0,
                    team: slot.team,
                    role: slot.role,
                    window,
                    zone: London,
                    person: Some(id(0)),
                    roster: "r1".into(),
                    sequence: 0,
                    answer: Answer::NeedsAction,
                    hidden: false,
                    note: None,
                };
                shifts::put(tx, &shift)?;
                let everybody: Vec<PersonId> = (0..count).map(id).collect();
                render_people(tx, &ctx, &everybody, &["payments".into()])
            })
            .await;
        house
    }

    async fn write<T: Send + 'static>(
        &self,
        f: impl Fn(&mut dyn Connection) -> Result<T, ServiceError> + Send + 'static,
    ) -> T {
        self.service.store.write(f).await.unwrap()
    }

    fn name(&self, n: usize) -> String {
        object_name(&shift_uid(&self.slot, 0, &id(n), "calendar.example.org"))
    }

    /// The unfolded text of somebody's event.
    async fn event(&self, n: usize) -> Option<String> {
        let (body, _) = self.object(n).await?;
        Some(String::from_utf8(body).unwrap().replace("\r\n ", ""))
    }

    async fn object(&self, n: usize) -> Option<(Vec<u8>, objects::Object)> {
        let name = self.name(n);
        let read = move |tx: &mut dyn Connection| {
            let shifts = find(tx, &Owner::Person(id(n)), CollectionKind::Shifts)?.unwrap();
            let found = objects::by_name(tx, &shifts, &name)?;
            Ok::<_, ServiceError>(found.map(|found| (found.body, found.head)))
        };
        self.service.store.read(read).await.unwrap()
    }

    async fn inbox(&self, n: usize) -> usize {
        let read = move |tx: &mut dyn Connection| {
            let inbox = find(tx, &Owner::Person(id(n)), CollectionKind::Inbox)?.unwrap();
            Ok::<_, ServiceError>(objects::heads_page(tx, &inbox, None, 100)?.len())
        };
        self.service.store.read(read).await.unwrap()
    }

    /// A client stores its copy with another PARTSTAT.
    async fn puts(&self, n: usize, partstat: &str) {
        let text = self.event(n).await.unwrap();
        let edited = ["NEEDS-ACTION", "TENTATIVE", "ACCEPTED", "DECLINED"]
            .iter()
            .fold(text, |text, old| text.replace(&format!("PARTSTAT={old}"), &format!("PARTSTAT={partstat}")));
        self.stores(n, Some(edited.into_bytes())).await;
    }

    async fn stores(&self, n: usize, new: Option<Vec<u8>>) {
        let (old, name, ctx) = (self.object(n).await.map(|(body, _)| body), self.name(n), self.service.ctx());
        self.write(move |tx| {
            let whose = id(n);
            let actor = Actor::person(whose.clone(), Channel::Calendar);
            let edit = ShiftEdit { person: &whose, name: &name, old: old.as_deref(), new: new.as_deref(), reply: true };
            shift_object_changed(tx, &ctx, &actor, &edit)
        })
        .await;
    }

    async fn swap(&self) -> SwapView {
        self.service.swaps(&Actor::operator(), &"payments".into(), None).await.unwrap().pop().unwrap()
    }

    async fn on_call(&self) -> OnCall {
        let at = self.swap().await.window.end.plus_millis(-1);
        self.service.on_call(&Actor::operator(), &"payments".into(), Some(at)).await.unwrap()
    }

    async fn audited(&self, action: &str) -> Vec<audit::Recorded> {
        let rows = self.write(|tx| Ok(audit::after(tx, 0, 1000)?)).await;
        rows.into_iter().filter(|row| row.event.action == action).collect()
    }
}

fn as_person(n: usize) -> Actor {
    Actor::person(id(n), Channel::Api)
}

#[tokio::test]
async fn a_declined_shift_opens_cover_and_stays_with_its_holder_as_tentative() {
    let house = House::with(5, Settings::default()).await;
    house.puts(0, "DECLINED").await;
    let swap = house.swap().await;
    assert_eq!((swap.state, swap.requester, swap.offers.len()), (SwapState::Open, id(0), 3));
    let event = house.event(0).await.unwrap();
    assert!(event.contains("SUMMARY:On call (cover asked for): Payments\\, primary"), "{event}");
    assert!(event.contains("PARTSTAT=TENTATIVE"), "{event}");
    let watch = &house.on_call().await.on_call[0];
    assert_eq!((watch.person.as_ref().unwrap().id.clone(), watch.cover_asked), (id(0), true));
    let asked = swap.offers[0].person.clone();
    let n: usize = asked.as_str()[1..].parse().unwrap();
    let offer = house.event(n).await.unwrap();
    assert!(offer.contains("SUMMARY:Cover? Payments\\, primary") && offer.contains("STATUS:TENTATIVE"), "{offer}");
    assert!(offer.contains("PARTSTAT=NEEDS-ACTION"), "{offer}");
    assert_eq!(house.inbox(n).await, 1);
    house.puts(0, "DECLINED").await;
    assert_eq!(house.audited("swap.asked").await.len(), 1, "declining again is harmless");
}

#[tokio::test]
async fn accepting_an_offer_moves_shift_calendars_ledger_and_answer_at_once() {
    let house = House::with(4, Settings::default()).await;
    house.stores(0, None).await;
    let before = house.object(1).await.unwrap().1;
    house.puts(1, "ACCEPTED").await;
    assert_eq!(house.swap().await.taker, Some(id(1)));
    let (body, head) = house.object(1).await.unwrap();
    let event = String::from_utf8(body).unwrap();
    assert!(event.contains("SUMMARY:On call: Payments\\, primary") && event.contains("PARTSTAT=ACCEPTED"), "{event}");
    assert!(head.sequence > before.sequence);
    assert_eq!(house.event(0).await, None);
    let other = house.event(2).await.unwrap();
    assert!(other.contains("STATUS:CANCELLED") && other.contains("Person 1 has it."), "{other}");
    assert_eq!((house.inbox(1).await, house.inbox(2).await), (0, 0));
    assert_eq!(house.on_call().await.on_call[0].person.as_ref().unwrap().id, id(1));
    let slot = house.slot.clone();
    let rows = house.write(move |tx| Ok(ledger::of_shift(tx, &slot, 0)?)).await;
    assert_eq!(rows.iter().map(|row| row.person.clone()).collect::<Vec<_>>(), [id(1)]);
    assert_eq!(house.audited("swap.taken").await[0].event.channel, Channel::Calendar);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_who_agree_at_once_one_has_it_and_the_others_are_told_who() {
    let settings = Settings { reach: Reach::All, ..Settings::default() };
    let house = House::with(51, settings).await;
    house.puts(0, "DECLINED").await;
    let offers = house.swap().await.offers;
    assert_eq!(offers.len(), 50);
    let answers = offers.into_iter().map(|offer| {
        let service = house.service.clone();
        tokio::spawn(async move {
            let actor = Actor::person(offer.person, Channel::Api);
            service.answer_offer(&actor, &offer.id, Reply::Agree).await
        })
    });
    let (mut won, mut told) = (0, Vec::new());
    for answer in answers.collect::<Vec<_>>() {
        match answer.await.unwrap() {
            Ok(_) => won += 1,
            Err(ServiceError::Conflict { code: "taken", detail, .. }) => told.push(detail["taker"].clone()),
            Err(other) => panic!("{other}"),
        }
    }
    assert_eq!((won, told.len()), (1, 49));
    let taker = house.swap().await.taker.unwrap();
    assert!(told.iter().all(|who| who == taker.as_str()));
    assert_eq!(house.audited("swap.taken").await.len(), 1);
    assert_eq!(house.on_call().await.on_call[0].person.as_ref().unwrap().id, taker);
}

#[tokio::test]
async fn a_late_yes_is_taken_back_in_the_calendar_and_a_repeated_one_is_harmless() {
    let house = House::with(4, Settings::default()).await;
    house.puts(0, "DECLINED").await;
    house.puts(1, "ACCEPTED").await;
    let stale = house.object(2).await.unwrap();
    house.puts(2, "ACCEPTED").await;
    let (body, head) = house.object(2).await.unwrap();
    let event = String::from_utf8(body).unwrap();
    assert!(event.contains("STATUS:CANCELLED") && !event.contains("PARTSTAT=ACCEPTED"), "{event}");
    assert!(head.change > stale.1.change, "the client hears of it");
    let offer = house.swap().await.offers.into_iter().find(|offer| offer.person == id(1)).unwrap();
    let again = house.service.answer_offer(&as_person(1), &offer.id, Reply::Agree).await.unwrap();
    assert_eq!(again.taker, Some(id(1)));
    assert_eq!(house.audited("swap.taken").await.len(), 1);
}

#[tokio::test]
async fn nobody_answers_for_somebody_else_without_a_right_to_it() {
    let house = House::with(4, Settings::default()).await;
    house.puts(0, "DECLINED").await;
    let offer = house.swap().await.offers.into_iter().find(|offer| offer.person == id(1)).unwrap();
    let foreign = house.service.answer_offer(&as_person(2), &offer.id, Reply::Agree).await;
    assert!(matches!(foreign, Err(ServiceError::Forbidden(_))), "{foreign:?}");
    let who = Who::Token { id: "t1".into(), label: "ops".into(), scope: crate::service::Scope::Admin, person: None };
    let token = Actor { who, channel: Channel::Api };
    house.service.answer_offer(&token, &offer.id, Reply::Agree).await.unwrap();
    let row = house.audited("swap.taken").await.remove(0).event;
    assert_eq!((row.actor.as_str(), row.subject.as_deref()), ("token:t1", Some("person:p1")));
}

#[tokio::test]
async fn whoever_declines_and_then_accepts_stands_it_after_all() {
    let house = House::with(4, Settings::default()).await;
    house.puts(0, "DECLINED").await;
    house.puts(0, "ACCEPTED").await;
    assert_eq!(house.swap().await.state, SwapState::Withdrawn);
    let event = house.event(0).await.unwrap();
    assert!(event.contains("SUMMARY:On call: Payments\\, primary") && event.contains("PARTSTAT=ACCEPTED"), "{event}");
    assert!(house.event(1).await.unwrap().contains("stands it after all"));
    house.puts(0, "DECLINED").await;
    assert_eq!(house.swap().await.state, SwapState::Open, "a new request may follow");
}

#[tokio::test]
async fn a_no_may_become_a_yes_while_the_request_is_open() {
    let house = House::with(4, Settings::default()).await;
    house.puts(0, "DECLINED").await;
    house.puts(1, "DECLINED").await;
    let offer = house.swap().await.offers.into_iter().find(|offer| offer.person == id(1)).unwrap();
    assert_eq!(offer.state, OfferState::Disagreed);
    assert_eq!(house.inbox(1).await, 0);
    house.puts(1, "ACCEPTED").await;
    assert_eq!(house.swap().await.taker, Some(id(1)));
}

#[tokio::test]
async fn rendering_again_touches_nothing() {
    let house = House::with(4, Settings::default()).await;
    house.puts(0, "DECLINED").await;
    let before = [house.object(0).await.unwrap().1, house.object(1).await.unwrap().1];
    let ctx = house.service.ctx();
    house.write(move |tx| render_people(tx, &ctx, &[id(0), id(1)], &["payments".into()])).await;
    let after = [house.object(0).await.unwrap().1, house.object(1).await.unwrap().1];
    assert_eq!(before.map(|o| (o.etag, o.change)), after.map(|o| (o.etag, o.change)));
}

#[tokio::test]
async fn alarms_and_the_tag_survive_an_answer() {
    let house = House::with(4, Settings::default()).await;
    let before = house.object(0).await.unwrap().1;
    let alarm = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT15M\r\nDESCRIPTION:mine\r\nEND:VALARM\r\nEND:VEVENT";
    let edited = house.event(0).await.unwrap().replace("END:VEVENT", alarm).replace("NEEDS-ACTION", "ACCEPTED");
    house.stores(0, Some(edited.into_bytes())).await;
    let (body, after) = house.object(0).await.unwrap();
    let event = String::from_utf8(body).unwrap();
    assert!(event.contains("TRIGGER:-PT15M") && event.contains("PARTSTAT=ACCEPTED"), "{event}");
    assert_eq!((after.schedule_tag, after.sequence), (before.schedule_tag, before.sequence));
    assert_ne!(after.etag, before.etag);
}

#[tokio::test]
async fn a_shift_taken_while_it_runs_is_split_and_both_parts_are_booked() {
    let house = House::starting_in(4, Settings::default(), -2).await;
    house.puts(0, "DECLINED").await;
    house.puts(1, "ACCEPTED").await;
    let slot = house.slot.clone();
    let parts = house.write(move |tx| Ok(shifts::of_slot(tx, &slot)?)).await;
    let holders: Vec<_> = parts.iter().map(|part| part.person.clone().unwrap()).collect();
    assert_eq!(holders, [id(0), id(1)]);
    assert_eq!(parts[0].window.end, parts[1].window.start);
}

#[tokio::test]
async fn a_signed_link_describes_and_only_a_button_acts() {
    let house = House::with(4, Settings::default()).await;
    house.puts(0, "DECLINED").await;
    let event = house.event(1).await.unwrap();
    let at = event.find("/links/offer/").unwrap();
    let path: String = event[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || "/-".contains(*c)).collect();
    for _ in 0..3 {
        let view = house.service.open_link(&path).await.unwrap();
        assert!(view.open && view.load.len() == 1);
    }
    assert_eq!(house.swap().await.state, SwapState::Open);
    let view = house.service.answer_by_link(&path, Reply::Agree).await.unwrap();
    assert_eq!((view.swap, view.holder.as_deref()), (Some(SwapState::Taken), Some("Person 1")));
    house.service.answer_by_link(&path, Reply::Agree).await.unwrap();
    assert_eq!(house.audited("swap.taken").await.len(), 1);
    let forged = format!("{}0", &path[..path.len() - 1]);
    let forged = if forged == path { format!("{}1", &path[..path.len() - 1]) } else { forged };
    assert!(matches!(house.service.open_link(&forged).await, Err(ServiceError::NotFound(_))));
}

#[tokio::test]
async fn time_passing_twice_changes_nothing_the_second_time() {
    let house = House::with(6, Settings::default()).await;
    house.puts(0, "DECLINED").await;
    house.service.advance().await.unwrap();
    let before = house.object(1).await.unwrap().1.change;
    house.service.advance().await.unwrap();
    assert_eq!(house.object(1).await.unwrap().1.change, before);
}
