//! The calendar use cases against a store in a temporary file.

mod access;
mod availability;
mod collections;
mod freebusy;
mod invitations;
mod meetings;
mod messages;
mod objects;
mod roster;
mod sync;

use super::{CollectionPath, Conditions, ObjectPath, PutOutcome, PutRequest, Relocation, Span, TagList};
use crate::ids::{CollectionId, PersonId, TeamId};
use crate::roster::model::{Channel, Membership, Person, Settings, Team, Weights};
use crate::service::{Actor, Clock, Service, ServiceError};
use crate::store::collections::{self as rows, Collection, CollectionKind, Owner};
use crate::store::testing::Place;
use crate::store::{Connection, StoreError, people, teams};
use crate::time::Instant;

/// A service with two members and a manager of the team `payments`, and an administrator who belongs to no team.
struct World {
    service: Service,
    _place: Place,
}

fn actor(person: &str) -> Actor {
    Actor::person(PersonId::from(person), Channel::Calendar)
}

fn calendar(home: &str, name: &str) -> CollectionPath {
    CollectionPath::new(PersonId::from(home), name)
}

fn object(home: &str, collection: &str, name: &str) -> ObjectPath {
    calendar(home, collection).object(name)
}

/// An event of one hour with further lines.
fn event(uid: &str, more: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n\
         DTSTAMP:20261101T000000Z\r\nDTSTART:20261201T090000Z\r\nDTEND:20261201T100000Z\r\n{more}END:VEVENT\r\n\
         END:VCALENDAR\r\n"
    )
}

fn request(body: &str) -> PutRequest {
    PutRequest {
        body: body.to_owned().into(),
        content_type: Some("text/calendar; charset=utf-8".to_owned()),
        conditions: Conditions::default(),
        schedule_reply: true,
    }
}

/// From one name to another, without conditions.
fn way(from: &ObjectPath, to: &ObjectPath, overwrite: bool) -> Relocation {
    Relocation { from: from.clone(), to: to.clone(), overwrite, conditions: Conditions::default() }
}

fn if_match(value: &str) -> Conditions {
    Conditions { if_match: Some(TagList::parse(value)), ..Conditions::default() }
}

fn if_none_match(value: &str) -> Conditions {
    Conditions { if_none_match: Some(TagList::parse(value)), ..Conditions::default() }
}

impl World {
    async fn new() -> Self {
        let place = Place::new();
        let service = Service::open(place.open(), "https://dogwatch.example", Clock::system()).await.unwrap();
        service.store.write(|tx| settle(tx)).await.unwrap();
        Self { service, _place: place }
    }

    async fn put(&self, who: &str, path: &ObjectPath, body: &str) -> Result<PutOutcome, ServiceError> {
        self.service.put_object(&actor(who), path, request(body)).await
    }

    async fn put_if(
        &self,
        who: &str,
        path: &ObjectPath,
        body: &str,
        conditions: Conditions,
    ) -> Result<PutOutcome, ServiceError> {
        self.service.put_object(&actor(who), path, PutRequest { conditions, ..request(body) }).await
    }

    async fn delete(&self, who: &str, path: &ObjectPath) -> Result<(), ServiceError> {
        self.service.delete_object(&actor(who), path, &Conditions::default(), true).await
    }

    async fn body(&self, who: &str, path: &ObjectPath) -> Option<String> {
        let found = self.service.object(&actor(who), path).await.ok()?;
        Some(String::from_utf8(found.body.to_vec()).unwrap())
    }

    async fn names(&self, who: &str, path: &CollectionPath) -> Vec<String> {
        let page = self.service.heads_page(&actor(who), path, Span::since(-1), 1000).await.unwrap();
        page.rows.into_iter().map(|row| row.name).collect()
    }
}

fn settle(tx: &mut dyn Connection) -> Result<(), StoreError> {
    let now = Instant::from_millis(1_790_000_000_000);
    for (id, name, admin) in
        [("ada", "Ada Byron", false), ("bob", "Bob Hill", false), ("max", "Max Manner", false), ("root", "Ro Ot", true)]
    {
        people::insert(tx, &person(id, name, admin), now)?;
        for kind in [
            CollectionKind::Calendar,
            CollectionKind::Availability,
            CollectionKind::Shifts,
            CollectionKind::Inbox,
            CollectionKind::Outbox,
        ] {
            rows::insert(tx, &collection(Owner::Person(PersonId::from(id)), kind, now))?;
        }
    }
    let team = TeamId::from("payments");
    teams::insert(
        tx,
        &Team {
            id: team.clone(),
            name: "Payments".to_owned(),
            email: "payments@dogwatch.example".to_owned(),
            zone: chrono_tz::Europe::London,
            settings: Settings::default(),
            weights: Weights::default(),
            roles: Vec::new(),
            contacts: Vec::new(),
            forbidden_pairs: Vec::new(),
        },
        now,
    )?;
    for kind in
        [CollectionKind::Roster, CollectionKind::TeamAvailability, CollectionKind::Pattern, CollectionKind::Holidays]
    {
        rows::insert(tx, &collection(Owner::Team(team.clone()), kind, now))?;
    }
    for (id, manager) in [("ada", false), ("bob", false), ("max", true)] {
        teams::put_membership(tx, &membership(id, manager))?;
    }
    Ok(())
}

fn person(id: &str, name: &str, admin: bool) -> Person {
    Person {
        id: PersonId::from(id),
        name: name.to_owned(),
        email: format!("{id}@example.org"),
        phone: None,
        zone: chrono_tz::Europe::London,
        admin,
        disabled: false,
    }
}

fn membership(person: &str, manager: bool) -> Membership {
    Membership {
        team: TeamId::from("payments"),
        person: PersonId::from(person),
        manager,
        member: true,
        from: None,
        until: None,
        fte: 100,
        novice: false,
    }
}

fn collection(owner: Owner, kind: CollectionKind, now: Instant) -> Collection {
    let name = serde_json::to_value(kind).unwrap().as_str().unwrap().to_owned();
    Collection {
        id: CollectionId::new(uuid::Uuid::now_v7().to_string()),
        owner,
        display_name: name.clone(),
        name,
        kind,
        description: None,
        color: None,
        order: None,
        timezone: None,
        components: ["VEVENT", "VTODO", "VJOURNAL", "VFREEBUSY", "VAVAILABILITY"].map(str::to_owned).to_vec(),
        transparent: false,
        change: 0,
        created: now,
    }
}
