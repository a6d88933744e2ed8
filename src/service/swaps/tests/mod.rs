//! Swaps over a store of their own: what calendars, rows and the audit trail say after each answer.

mod answers;
mod asking;
mod calendars;
mod ledger;
mod managers;
mod proposals;
mod running;
mod turns;

use super::*;
use crate::ids::PersonId;
use crate::roster::model::{Channel, Membership, Person, Role, Settings, Shift, Slot, Team, Weights};
use crate::roster::shift_event::shift_uid;
use crate::roster::swap::OfferState;
use crate::service::oncall::OnCall;
use crate::service::render::{find, object_name, render_people};
use crate::service::{Clock, testing};
use crate::store::collections::{self, Collection, CollectionKind, Owner};
use crate::store::rosters;
use crate::store::testing::Place;
use crate::store::{audit, ledger as rows, objects, people, shifts, slots, teams};
use crate::time::{HOUR, Instant, Window};
use chrono_tz::Europe::London;

/// A service over a file of its own, with a team whose first member holds a shift tomorrow.
struct House {
    service: Service,
    slot: SlotId,
    _place: Place,
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
    let roster = testing::published(now, day, day);
    Ok(rosters::insert(tx, &roster)?)
}

impl House {
    async fn with(count: usize, settings: Settings) -> Self {
        Self::starting_in(count, settings, 24).await
    }

    /// The shift starts in so many hours and lasts twelve.
    async fn starting_in(count: usize, settings: Settings, hours: i64) -> Self {
        let place = Place::new();
        let service = Service::open(place.open(), "https://calendar.example.org", Clock::system()).await.unwrap();
        let house = Self { service, slot: SlotId::from("slot1"), _place: place };
        let (ctx, slot) = (house.service.ctx(), house.slot.clone());
        let start = Instant::from_millis(ctx.now.millis() / HOUR * HOUR).plus_hours(hours);
        let window = Window::new(start, start.plus_hours(12));
        house
            .write(move |tx| {
                furnish(tx, count, &settings, ctx.now)?;
                let slot = testing::slot_of(slot.as_str(), "primary", window);
                slots::put(tx, &slot)?;
                let shift = Shift { person: Some(id(0)), ..testing::shift_in(&slot) };
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
