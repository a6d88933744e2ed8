//! Planning over a store: filled, changed, published, published again.

mod board;
mod editions;
mod explain;
mod meanwhile;
mod steps;

use super::*;
use crate::ids::{PersonId, TeamId};
use crate::roster::check::FindingKind;
use crate::roster::model::Membership;
use crate::roster::recommend::Level;
use crate::service::people::NewPerson;
use crate::service::teams::{NewPattern, NewTeam};
use crate::service::testing::{operator, payments, service};
use crate::service::{Actor, Service, ServiceError};
use crate::store::call_outs::CallOut;
use crate::store::{StoreError, audit, call_outs, collections, objects, outbox, shifts, slots};
use crate::time::{Day, Window};
use chrono::TimeDelta;

const PEOPLE: [&str; 7] = ["ada", "ben", "cho", "dee", "eve", "fay", "gus"];

struct Scene {
    _folder: crate::store::testing::Place,
    service: Service,
    team: TeamId,
    from: Day,
    to: Day,
}

/// Seven people, days from 09:00 to 09:00, and two weeks that begin next month.
async fn scene() -> Scene {
    let (folder, service) = service().await;
    for id in PEOPLE {
        let person = NewPerson {
            id: id.to_owned(),
            name: id.to_uppercase(),
            email: format!("{id}@example.org"),
            phone: None,
            zone: "Europe/London".to_owned(),
            admin: false,
        };
        service.add_person(&operator(), &person).await.unwrap();
    }
    let team = service.add_team(&operator(), &payments()).await.unwrap().id;
    for id in PEOPLE {
        let membership = Membership {
            team: team.clone(),
            person: id.into(),
            manager: id == "dee",
            member: true,
            from: None,
            until: None,
            fte: 100,
            novice: false,
        };
        service.put_member(&operator(), membership).await.unwrap();
    }
    let pattern = NewPattern {
        title: "Round the clock".to_owned(),
        zone: chrono_tz::Europe::London,
        start: "2026-01-01T09:00:00".parse().unwrap(),
        end: "2026-01-02T09:00:00".parse().unwrap(),
        rule: "FREQ=DAILY".to_owned(),
        roles: vec!["primary".to_owned(), "secondary".to_owned()],
        turn: "occurrence".to_owned(),
        end_zone: None,
        site: None,
        at_work: false,
    };
    service.add_pattern(&operator(), &team, &pattern).await.unwrap();
    let from = service.ctx().now.civil(chrono_tz::Europe::London).date() + TimeDelta::days(20);
    Scene { _folder: folder, service, team, from, to: from + TimeDelta::days(14) }
}

impl Scene {
    async fn draft(&self) -> RosterView {
        self.service.create_roster(&operator(), &self.team, self.from, self.to).await.unwrap()
    }

    async fn publish(&self, roster: &RosterView) -> Publication {
        self.service.publish_roster(&operator(), &roster.head.id, None, None).await.unwrap()
    }

    async fn give(
        &self,
        roster: &RosterView,
        at: usize,
        person: &str,
        reason: Option<&str>,
    ) -> Result<RosterView, ServiceError> {
        let wish = Assign { person: Some(person.into()), reason: reason.map(str::to_owned), ..Assign::default() };
        self.service.assign(&operator(), &roster.head.id, &roster.slots[at].id, wish).await
    }
}

#[tokio::test]
async fn a_draft_is_filled_and_published_into_shifts() {
    let scene = scene().await;
    let draft = scene.draft().await;
    assert_eq!(draft.slots.len(), 28);
    assert!(draft.slots.iter().all(|slot| slot.person.is_some()));
    let check = scene.service.check_roster(&operator(), &draft.head.id).await.unwrap();
    assert_eq!(check.findings, vec![]);
    let done = scene.publish(&draft).await;
    assert_eq!((done.roster.head.state, done.roster.head.version), (RosterState::Published, 1));
    assert_eq!(done.changes.len(), 28);
    let (team, first) = (scene.team.clone(), draft.slots[0].clone());
    let read = move |tx: &mut dyn crate::store::Connection| {
        let window = Window::new(first.window.start.plus_days(-1), first.window.end.plus_days(30));
        let stored = shifts::of_team(tx, &team, window)?;
        let mail = outbox::to_recipient(tx, "ada@example.org")?.len();
        Ok::<_, StoreError>((stored, mail))
    };
    let (stored, mail) = scene.service.store.read(read).await.unwrap();
    assert_eq!((stored.len(), mail), (28, 1));
    assert!(stored.iter().all(|shift| shift.sequence == 0 && shift.person.is_some()));
}

#[tokio::test]
async fn what_has_ended_is_not_told_anew() {
    let scene = scene().await;
    scene.publish(&scene.draft().await).await;
    let tags = || async {
        let read = |tx: &mut dyn crate::store::Connection| {
            let mut tags = Vec::new();
            for id in PEOPLE {
                let owner = collections::Owner::Person(id.into());
                let calendar = collections::by_name(tx, &owner, "shifts")?.unwrap();
                tags.extend(objects::heads_page(tx, &calendar.id, None, 100)?.into_iter().map(|o| (o.name, o.etag)));
            }
            Ok::<_, StoreError>(tags)
        };
        scene.service.store.read(read).await.unwrap()
    };
    let before = tags().await;
    assert_eq!(before.len(), 28);
    let later = scene.service.as_of(scene.service.ctx().now.plus_days(40));
    let (from, to) = (scene.from + TimeDelta::days(40), scene.to + TimeDelta::days(40));
    let next = later.create_roster(&operator(), &scene.team, from, to).await.unwrap();
    later.publish_roster(&operator(), &next.head.id, None, None).await.unwrap();
    let after = tags().await;
    assert!(before.iter().all(|tag| after.contains(tag)));
    assert_eq!(after.len(), 56);
}

#[tokio::test]
async fn publishing_again_without_change_changes_nothing() {
    let scene = scene().await;
    let first = scene.draft().await;
    let published = scene.publish(&first).await;
    let again = scene.publish(&first).await;
    assert_eq!((again.roster, again.changes.len()), (published.roster.clone(), 0));
    let second = scene.draft().await;
    let holders = |view: &RosterView| view.slots.iter().map(|slot| slot.person.clone()).collect::<Vec<_>>();
    assert_eq!(holders(&second), holders(&published.roster));
    let done = scene.publish(&second).await;
    assert_eq!((done.changes.len(), done.roster.head.version), (0, 1));
    let old = scene.service.roster(&operator(), &first.head.id).await.unwrap();
    assert_eq!(old.head.state, RosterState::Historic);
}

#[tokio::test]
async fn only_what_changed_is_touched_and_its_answer_asked_for_anew() {
    let scene = scene().await;
    let published = scene.publish(&scene.draft().await).await.roster;
    let draft = scene.draft().await;
    let slot = &draft.slots[0];
    let best = scene.service.candidates(&operator(), &draft.head.id, &slot.id).await.unwrap();
    let other = best.iter().find(|c| c.level != Level::Excluded && Some(&c.person) != slot.person.as_ref());
    let wish =
        Assign { person: other.map(|c| c.person.clone()), pin: true, reason: None, expected: Some(draft.head.counter) };
    let Some(_) = other else { return };
    scene.service.assign(&operator(), &draft.head.id, &slot.id, wish).await.unwrap();
    let done = scene.publish(&draft).await;
    assert_eq!((done.changes.len(), done.roster.head.version), (1, 2));
    let (changed, kept) = (slot.id.clone(), published.slots[5].id.clone());
    let read = move |tx: &mut dyn crate::store::Connection| {
        Ok::<_, StoreError>((shifts::find(tx, &changed, 0)?, shifts::find(tx, &kept, 0)?))
    };
    let (changed, kept) = scene.service.store.read(read).await.unwrap();
    assert_eq!((changed.unwrap().sequence, kept.unwrap().sequence), (1, 0));
}

#[tokio::test]
async fn a_second_draft_for_the_same_days_is_refused() {
    let scene = scene().await;
    scene.draft().await;
    let (from, to) = (scene.from + TimeDelta::days(13), scene.to + TimeDelta::days(13));
    let refused = scene.service.create_roster(&operator(), &scene.team, from, to).await;
    assert!(matches!(refused, Err(ServiceError::Conflict { code: "draft-overlaps", .. })));
    scene.service.create_roster(&operator(), &scene.team, scene.to, to).await.unwrap();
}

#[tokio::test]
async fn a_broken_rule_needs_a_reason_which_is_audited() {
    let scene = scene().await;
    let draft = scene.draft().await;
    let partner = draft.slots[1].person.clone().unwrap();
    let Err(ServiceError::Unprocessable { rules, .. }) = scene.give(&draft, 0, partner.as_str(), None).await else {
        panic!("two slots at once must be refused");
    };
    assert!(rules[0].starts_with("stands secondary for payments"), "{rules:?}");
    let given = scene.give(&draft, 0, partner.as_str(), Some("nobody else knows the migration")).await.unwrap();
    assert_eq!(given.slots[0].person.as_ref(), Some(&partner));
    let check = scene.service.check_roster(&operator(), &draft.head.id).await.unwrap();
    assert!(check.findings.iter().all(|finding| finding.kind == FindingKind::Broken) && !check.findings.is_empty());
    let object = format!("roster:{}", draft.head.id);
    let trail = scene.service.store.read(move |tx| audit::of_object(tx, &object)).await.unwrap();
    assert_eq!(trail.last().unwrap().event.reason.as_deref(), Some("nobody else knows the migration"));
}

#[tokio::test]
async fn nobody_is_planned_before_they_have_rested_from_a_call_out() {
    let scene = scene().await;
    let start = Window::of_days(scene.from, scene.to, chrono_tz::Europe::London).start.plus_hours(9);
    let called = |person: &str| CallOut {
        id: format!("c-{person}").as_str().into(),
        team: scene.team.clone(),
        slot: "before".into(),
        segment: 0,
        person: person.into(),
        role: "primary".to_owned(),
        window: Window::new(start.plus_hours(-5), start.plus_hours(-4)),
        note: String::new(),
        recorded_by: "operator".to_owned(),
        recorded: start,
    };
    let calls: Vec<CallOut> = PEOPLE.iter().filter(|id| !["eve", "gus"].contains(id)).map(|id| called(id)).collect();
    let enter =
        move |tx: &mut dyn crate::store::Connection| calls.iter().try_for_each(|call| call_outs::insert(tx, call));
    scene.service.store.write::<_, StoreError, _>(enter).await.unwrap();
    let draft = scene.draft().await;
    let mut first: Vec<String> =
        draft.slots[..2].iter().filter_map(|slot| Some(slot.person.as_ref()?.to_string())).collect();
    first.sort();
    assert_eq!(first, ["eve", "gus"], "everybody else slept four hours");
    assert!(draft.slots.iter().all(|slot| slot.person.is_some()));
    let Err(ServiceError::Unprocessable { rules, .. }) = scene.give(&draft, 0, "ada", None).await else {
        panic!("a manager needs a reason");
    };
    assert!(rules.iter().any(|rule| rule.starts_with("4 h of rest from a call-out as primary")), "{rules:?}");
}

#[tokio::test]
async fn writes_name_the_counter_they_know_and_only_drafts_take_them() {
    let scene = scene().await;
    let draft = scene.draft().await;
    let stale = Assign { expected: Some(draft.head.counter - 1), ..Assign::default() };
    let refused = scene.service.assign(&operator(), &draft.head.id, &draft.slots[0].id, stale).await;
    assert!(matches!(refused, Err(ServiceError::PreconditionFailed)));
    assert_eq!(RosterView::counter_of(&draft.etag()), Some(draft.head.counter));
    scene.publish(&draft).await;
    let refused = scene.give(&draft, 0, "ada", None).await;
    assert!(matches!(refused, Err(ServiceError::Conflict { code: "not-a-draft", .. })));
}

#[tokio::test]
async fn drafts_are_for_managers_and_published_rosters_for_the_team() {
    let scene = scene().await;
    let person = |id: &str| Actor::person(PersonId::from(id), crate::roster::model::Channel::Api);
    let draft = scene.draft().await;
    let seen = scene.service.roster(&person("ada"), &draft.head.id).await;
    assert!(matches!(seen, Err(ServiceError::NotFound(_))));
    scene.service.roster(&person("dee"), &draft.head.id).await.unwrap();
    let refused = scene.service.publish_roster(&person("ada"), &draft.head.id, None, None).await;
    assert!(matches!(refused, Err(ServiceError::Forbidden(_))));
    scene.publish(&draft).await;
    scene.service.roster(&person("ada"), &draft.head.id).await.unwrap();
}

#[tokio::test]
async fn whoever_is_disabled_leaves_reported_gaps_or_is_replaced() {
    let scene = scene().await;
    let draft = scene.draft().await;
    scene.service.disable_person(&operator(), &PersonId::from("ada")).await.unwrap();
    let done = scene.publish(&draft).await;
    let held: Vec<_> = draft.slots.iter().filter(|slot| slot.person == Some("ada".into())).collect();
    assert!(!held.is_empty());
    for slot in held {
        let now = done.roster.slots.iter().find(|other| other.id == slot.id).unwrap();
        assert_eq!(now.person, None);
    }
    let next = scene.draft().await;
    assert!(next.slots.iter().all(|slot| slot.person != Some("ada".into())));
}

#[tokio::test]
async fn slots_keep_their_identity_when_the_draft_is_made_again() {
    let scene = scene().await;
    let first = scene.draft().await;
    scene.service.discard_roster(&operator(), &first.head.id).await.unwrap();
    let second = scene.draft().await;
    let ids = |view: &RosterView| view.slots.iter().map(|slot| slot.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&first), ids(&second));
    let slot = first.slots[0].id.clone();
    assert!(scene.service.store.read(move |tx| slots::find(tx, &slot)).await.unwrap().is_some());
}
