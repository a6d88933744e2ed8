//! Qualifications that the ledger grants: when, by which shifts, and what taking one back does.

use super::*;
use crate::roster::model::{Channel, Membership};
use crate::service::teams::NewQualification;
use crate::service::testing::{operator, rota};
use crate::store::ledger::{LedgerEntry, LedgerKind};
use crate::store::testing::Place;
use crate::time::{HOUR, resolve};

fn at(day: u32) -> Instant {
    resolve(format!("2025-10-{day:02}T09:00:00").parse().unwrap(), Zone::Europe__London)
}

/// Payments, whose primary requires something that two shadow shifts and a secondary earn.
async fn scene() -> (Place, Service, QualificationId) {
    let (place, service) = rota().await;
    let new = NewQualification {
        team: Some("payments".into()),
        name: "drilled".to_owned(),
        how: "stand with somebody who is".to_owned(),
        url: None,
        roles: vec!["primary".to_owned()],
    };
    let id = service.add_qualification(&operator(), &new).await.unwrap();
    let needs = [("shadow", 2), ("secondary", 1)].map(|(role, shifts)| Need { role: role.to_owned(), shifts });
    let earning = service.set_needs(&operator(), &"payments".into(), "drilled", needs.to_vec()).await.unwrap();
    assert!(earning.granted.is_empty());
    (place, service, id)
}

async fn stood(service: &Service, person: &str, role: &str, day: u32) {
    let entry = LedgerEntry {
        id: format!("{person}-{role}-{day}"),
        team: "payments".into(),
        slot: format!("{role}-{day}").as_str().into(),
        segment: 0,
        person: person.into(),
        role: role.to_owned(),
        window: Window::new(at(day), at(day).plus_hours(24)),
        points: 0,
        weights_version: 1,
        kind: LedgerKind::Shift,
    };
    service.store.write(move |tx| ledger::insert(tx, &entry)).await.unwrap();
}

async fn passes(service: &Service, now: Instant) {
    let ctx = service.as_of(now).ctx();
    service.store.write(move |tx| earn_by_ended(tx, &ctx)).await.unwrap();
}

/// State and progress of what primary requires of somebody.
async fn standing(service: &Service, person: &str, now: Instant) -> (Standing, Vec<(u32, u32)>) {
    let found = service.as_of(now).requirements(&operator(), &person.into()).await.unwrap();
    let primary = found[0].roles.iter().find(|role| role.role == "primary").unwrap();
    let one = &primary.requirements[0];
    assert_eq!(primary.eligible, one.standing.is_met());
    (one.standing, one.progress.iter().map(|one| (one.have, one.need)).collect())
}

#[tokio::test]
async fn the_last_shift_that_ends_grants_it_and_the_trail_says_so() {
    let (_place, service, id) = scene().await;
    for (role, day) in [("shadow", 1), ("shadow", 8), ("secondary", 15)] {
        stood(&service, "cleo", role, day).await;
    }
    stood(&service, "ben", "shadow", 2).await;
    passes(&service, at(10)).await;
    assert_eq!(standing(&service, "cleo", at(10)).await, (Standing::Missing, vec![(0, 1), (2, 2)]));
    let last = at(15).plus_hours(24);
    passes(&service, last.plus_millis(-1)).await;
    assert_eq!(standing(&service, "cleo", last).await.0, Standing::Missing, "by the ledger alone nobody is eligible");
    passes(&service, last).await;
    assert_eq!(standing(&service, "cleo", last).await, (Standing::Met, vec![]));
    assert_eq!(standing(&service, "ben", last).await, (Standing::Missing, vec![(0, 1), (1, 2)]));
    let object = format!("qualification:{id}");
    let trail = service.store.read(move |tx| crate::store::audit::of_object(tx, &object)).await.unwrap();
    let granted = trail.iter().find(|row| row.event.action == "qualification.granted").unwrap();
    assert_eq!((granted.event.actor.as_str(), granted.event.subject.as_deref()), ("system", Some("person:cleo")));
    assert!(granted.event.after.as_ref().unwrap().contains("stood 1 secondary and 2 shadow shifts"));
    passes(&service, last.plus_millis(HOUR)).await;
    let grants = service.grants_of_team(&operator(), &"payments".into()).await.unwrap();
    assert_eq!(
        grants.iter().map(|grant| (grant.person.as_str(), grant.from)).collect::<Vec<_>>(),
        [("cleo", Some(last))]
    );
}

#[tokio::test]
async fn what_was_taken_back_is_earned_anew_from_the_beginning() {
    let (_place, service, _) = scene().await;
    for (role, day) in [("shadow", 1), ("shadow", 3), ("secondary", 5)] {
        stood(&service, "cleo", role, day).await;
    }
    passes(&service, at(7)).await;
    assert_eq!(standing(&service, "cleo", at(7)).await.0, Standing::Met);
    let then = service.as_of(at(8));
    then.revoke_grant(&operator(), Some(&"payments".into()), ("cleo", "drilled")).await.unwrap();
    passes(&service, at(9)).await;
    assert_eq!(standing(&service, "cleo", at(9)).await, (Standing::Missing, vec![(0, 1), (0, 2)]));
    for (role, day) in [("shadow", 10), ("shadow", 12), ("secondary", 14)] {
        stood(&service, "cleo", role, day).await;
    }
    passes(&service, at(15)).await;
    assert_eq!(standing(&service, "cleo", at(15)).await.0, Standing::Met);
}

#[tokio::test]
async fn who_stood_enough_before_the_rule_was_made_has_it_at_once() {
    let (_place, service, _) = scene().await;
    stood(&service, "cleo", "shadow", 1).await;
    let needs = vec![Need { role: "shadow".to_owned(), shifts: 1 }];
    let earning = service.set_needs(&operator(), &"payments".into(), "drilled", needs).await.unwrap();
    assert_eq!(earning.granted, [PersonId::from("cleo")]);
    let none = service.set_needs(&operator(), &"payments".into(), "drilled", Vec::new()).await.unwrap();
    assert!(none.granted.is_empty());
    assert!(service.needs(&operator(), &"payments".into()).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_rule_names_roles_of_the_team_and_a_number_of_shifts() {
    let (_place, service, _) = scene().await;
    let set = |role: &str, shifts: u32| {
        let needs = vec![Need { role: role.to_owned(), shifts }];
        let (service, team) = (service.clone(), TeamId::from("payments"));
        async move { service.set_needs(&operator(), &team, "drilled", needs).await }
    };
    assert!(matches!(set("captain", 1).await, Err(ServiceError::NotFound(_))));
    assert!(matches!(set("shadow", 0).await, Err(ServiceError::Invalid { .. })));
    let everybodys = NewQualification { name: "badge".to_owned(), ..NewQualification::default() };
    service.add_qualification(&operator(), &everybodys).await.unwrap();
    let needs = vec![Need { role: "shadow".to_owned(), shifts: 1 }];
    let refused = service.set_needs(&operator(), &"payments".into(), "badge", needs).await;
    assert!(matches!(refused, Err(ServiceError::Invalid { .. })));
}

#[tokio::test]
async fn people_see_their_own_requirements_and_managers_those_of_their_team() {
    let (_place, service, _) = scene().await;
    let person = |id: &str| Actor::person(PersonId::from(id), Channel::Api);
    let own = service.requirements(&person("cleo"), &"cleo".into()).await.unwrap();
    assert_eq!(own.iter().map(|team| team.team.as_str()).collect::<Vec<_>>(), ["payments"]);
    let secondary = own[0].roles.iter().find(|role| role.role == "secondary").unwrap();
    assert!(secondary.eligible && secondary.requirements.is_empty());
    let other = service.requirements(&person("ben"), &"cleo".into()).await;
    assert!(matches!(other, Err(ServiceError::NotFound(_))));
    let manages = Membership {
        team: "payments".into(),
        person: "ben".into(),
        manager: true,
        member: false,
        from: None,
        until: None,
        fte: 100,
        novice: false,
    };
    service.change_member(&operator(), manages).await.unwrap();
    assert_eq!(service.requirements(&person("ben"), &"cleo".into()).await.unwrap().len(), 1);
}
