//! A service on a store of its own, for unit tests.

use super::ServiceError;
use super::people::NewPerson;
use super::teams::NewTeam;
use super::tokens::{DavScope, NewAppPassword};
use super::{Actor, Clock, Service};
use crate::ids::{PersonId, SlotId, TeamId};
use crate::roster::model::{Answer, Membership, Shift, Slot};
use crate::store::rosters::{self, Roster, RosterState};
use crate::store::testing::Place;
use crate::store::{Connection, shifts, slots};
use crate::time::{Day, Instant, Window, Zone};

/// A service over a fresh store, which goes with its place.
pub async fn service() -> (Place, Service) {
    let place = Place::new();
    let service = Service::open(place.open(), "https://calendar.example.org", Clock::system()).await.unwrap();
    (place, service)
}

/// Somebody at the command line.
pub fn operator() -> Actor {
    Actor::operator()
}

/// Ada as she is typed.
pub fn ada() -> NewPerson {
    NewPerson {
        id: "ada".to_owned(),
        name: "Ada Okafor".to_owned(),
        email: "Ada@Example.org".to_owned(),
        phone: Some("+44 7700 900101".to_owned()),
        zone: "Europe/London".to_owned(),
        admin: false,
    }
}

/// The team Payments as it is typed.
pub fn payments() -> NewTeam {
    NewTeam {
        id: "payments".to_owned(),
        name: "Payments".to_owned(),
        email: "payments@oncall.example.org".to_owned(),
        zone: "Europe/London".to_owned(),
    }
}

/// An app password for somebody's telephone.
pub fn phone_of(person: &PersonId) -> NewAppPassword {
    NewAppPassword {
        person: person.clone(),
        label: "telephone".to_owned(),
        scope: DavScope::ReadWrite,
        phone_device: false,
    }
}

/// Payments with Ada, Ben and Cleo as members, and a roster `r1` that is published and empty.
pub async fn rota() -> (Place, Service) {
    let (folder, service) = service().await;
    service.add_team(&operator(), &payments()).await.unwrap();
    for (id, name) in [("ada", "Ada Okafor"), ("ben", "Ben Hale"), ("cleo", "Cleo Marsh")] {
        let typed = NewPerson { id: id.to_owned(), name: name.to_owned(), email: format!("{id}@example.org"), ..ada() };
        let person = service.add_person(&operator(), &typed).await.unwrap();
        let member = Membership {
            team: "payments".into(),
            person: person.id,
            manager: false,
            member: true,
            from: None,
            until: None,
            fte: 100,
            novice: false,
        };
        service.put_member(&operator(), member).await.unwrap();
    }
    let now = service.ctx().now;
    let day = now.civil(Zone::Europe__London).date();
    let roster = published(now, day, day);
    let insert = move |tx: &mut dyn Connection| Ok::<_, ServiceError>(rosters::insert(tx, &roster)?);
    service.store.write(insert).await.unwrap();
    (folder, service)
}

/// Somebody who manages [`payments`] and stands no shifts.
pub fn managing(person: &str) -> Membership {
    Membership {
        team: "payments".into(),
        person: person.into(),
        manager: true,
        member: false,
        from: None,
        until: None,
        fte: 100,
        novice: false,
    }
}

/// A published shift of [`rota`], in a slot of its own; nobody is a gap.
pub async fn stands(service: &Service, slot: &str, role: &str, window: Window, person: Option<&str>) {
    let slot = Slot { optional: role == "shadow", ..slot_of(slot, role, window) };
    let shift = Shift { person: person.map(PersonId::from), ..shift_in(&slot) };
    let put = move |tx: &mut dyn Connection| {
        slots::put(tx, &slot)?;
        Ok::<_, ServiceError>(shifts::put(tx, &shift)?)
    };
    service.store.write(put).await.unwrap();
}

/// A roster of [`payments`] that everybody may see.
pub fn published(now: Instant, from: Day, to: Day) -> Roster {
    Roster {
        id: "r1".into(),
        team: "payments".into(),
        from,
        to,
        state: RosterState::Published,
        version: 1,
        based_on: None,
        counter: 1,
        created_by: "operator".to_owned(),
        created: now,
        published: Some(now),
        reason: None,
    }
}

/// A slot of [`payments`] that has to be filled.
pub fn slot_of(id: &str, role: &str, window: Window) -> Slot {
    Slot {
        id: SlotId::from(id),
        team: TeamId::from("payments"),
        pattern: "pattern".to_owned(),
        occurrence: id.to_owned(),
        role: role.to_owned(),
        ordinal: 0,
        turn: None,
        window,
        zone: Zone::Europe__London,
        optional: false,
        at_work: false,
        site: None,
    }
}

/// The shift in the whole of a slot, of the roster [`published`]; nobody's yet.
pub fn shift_in(slot: &Slot) -> Shift {
    Shift {
        slot: slot.id.clone(),
        segment: 0,
        team: slot.team.clone(),
        role: slot.role.clone(),
        window: slot.window,
        zone: slot.zone,
        person: None,
        roster: "r1".into(),
        sequence: 0,
        answer: Answer::NeedsAction,
        hidden: false,
        note: None,
    }
}
