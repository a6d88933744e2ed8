//! What adding and disabling people does.

use super::*;
use crate::ids::{SlotId, TeamId};
use crate::roster::model::{Answer, Membership, Shift};
use crate::roster::swap::SwapState;
use crate::service::render::render_people;
use crate::service::swaps::Reply;
use crate::service::testing::{self, ada, operator, rota, service, stands};
use crate::store::collections::{self, Owner};
use crate::store::rosters;
use crate::store::{objects, outbox, shifts, slots};
use crate::time::Window;

#[tokio::test]
async fn a_new_person_has_a_home_with_five_calendars() {
    let (_folder, service) = service().await;
    let person = service.add_person(&operator(), &ada()).await.unwrap();
    assert_eq!(person.email, "ada@example.org");
    let read = |tx: &mut dyn Connection| Ok::<_, ServiceError>(collections::of_person(tx, &PersonId::from("ada"))?);
    let names: Vec<_> = service.store.read(read).await.unwrap().into_iter().map(|calendar| calendar.name).collect();
    assert_eq!(names, ["availability", "calendar", "inbox", "outbox", "shifts"]);
}

#[tokio::test]
async fn an_id_and_an_address_belong_to_one_person() {
    let (_folder, service) = service().await;
    service.add_person(&operator(), &ada()).await.unwrap();
    let twin = NewPerson { email: "other@example.org".to_owned(), ..ada() };
    let refused = service.add_person(&operator(), &twin).await.unwrap_err();
    assert!(matches!(refused, ServiceError::Conflict { code: "person-exists", .. }), "{refused}");
    let twin = NewPerson { id: "ben".to_owned(), email: "ADA@example.org".to_owned(), ..ada() };
    let refused = service.add_person(&operator(), &twin).await.unwrap_err();
    assert!(matches!(refused, ServiceError::Conflict { code: "address-taken", .. }), "{refused}");
}

#[tokio::test]
async fn whoever_is_no_administrator_adds_nobody() {
    let (_folder, service) = service().await;
    let person = service.add_person(&operator(), &ada()).await.unwrap();
    let actor = Actor::person(person.id, crate::roster::model::Channel::Api);
    let ben = NewPerson { id: "ben".to_owned(), email: "ben@example.org".to_owned(), ..ada() };
    assert!(matches!(service.add_person(&actor, &ben).await, Err(ServiceError::Forbidden(_))));
    assert_eq!(service.people(&operator()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_disabled_person_is_not_let_in_and_stays_in_the_list() {
    let (_folder, service) = service().await;
    let person = service.add_person(&operator(), &ada()).await.unwrap();
    let made = service.add_app_password(&operator(), crate::service::testing::phone_of(&person.id)).await.unwrap();
    assert!(service.authenticate_basic("ada", &made.secret).await.unwrap().is_some());
    assert!(service.disable_person(&operator(), &person.id).await.unwrap().is_empty());
    assert!(service.authenticate_basic("ada", &made.secret).await.unwrap().is_none());
    assert!(service.disable_person(&operator(), &person.id).await.unwrap().is_empty());
    let listed = service.app_passwords(&operator(), &person.id).await.unwrap();
    assert!(
        listed.iter().all(|password| password.id == TokenId::new(made.id.as_str()) && password.life.revoked.is_some())
    );
    assert!(service.people(&operator()).await.unwrap().iter().all(|person| person.disabled));
}

#[tokio::test]
async fn a_web_password_is_stored_as_argon2id_and_opens_no_calendar() {
    let (_folder, service) = service().await;
    let person = service.add_person(&operator(), &ada()).await.unwrap();
    service.set_web_password(&operator(), &person.id, "correct horse battery", None).await.unwrap();
    let id = person.id.clone();
    let read = move |tx: &mut dyn Connection| Ok::<_, ServiceError>(rows::web_password(tx, &id)?);
    let stored = service.store.read(read).await.unwrap().unwrap();
    assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
    assert!(service.authenticate_basic("ada", "correct horse battery").await.unwrap().is_none());
    assert!(service.set_web_password(&operator(), &person.id, "short", None).await.is_err());
}

/// Ada and Ben in Payments, Ben as manager; one shift of Ada's that runs since two hours and one tomorrow.
async fn on_watch(service: &Service) {
    let (ctx, operator) = (service.ctx(), operator());
    service.add_person(&operator, &ada()).await.unwrap();
    let ben = NewPerson { id: "ben".to_owned(), email: "ben@example.org".to_owned(), ..ada() };
    service.add_person(&operator, &ben).await.unwrap();
    service.add_team(&operator, &crate::service::testing::payments()).await.unwrap();
    let manager = Membership {
        team: TeamId::from("payments"),
        person: PersonId::from("ben"),
        manager: true,
        member: true,
        from: None,
        until: None,
        fte: 100,
        novice: false,
    };
    service.put_member(&operator, manager).await.unwrap();
    let now = ctx.now;
    let seed = move |tx: &mut dyn Connection| {
        let roster = testing::published(now, "2026-12-01".parse().unwrap(), "2027-01-01".parse().unwrap());
        rosters::insert(tx, &roster)?;
        for (id, from) in [("running", -2), ("tomorrow", 24)] {
            let window = Window::new(now.plus_hours(from), now.plus_hours(from + 8));
            let slot = testing::slot_of(id, "primary", window);
            slots::put(tx, &slot)?;
            let person = Some(PersonId::from("ada"));
            let shift = Shift { person, answer: Answer::Accepted, ..testing::shift_in(&slot) };
            shifts::put(tx, &shift)?;
        }
        render_people(tx, &ctx, &[PersonId::from("ada")], &[TeamId::from("payments")])
    };
    service.store.write(seed).await.unwrap();
}

#[tokio::test]
async fn whoever_is_disabled_leaves_gaps_that_the_managers_hear_of() {
    let (_folder, service) = service().await;
    on_watch(&service).await;
    let gaps = service.disable_person(&operator(), &PersonId::from("ada")).await.unwrap();
    let gaps: Vec<_> = gaps.iter().map(|gap| gap.slot.as_str()).collect();
    assert_eq!(gaps, ["running", "tomorrow"]);
    let read = |tx: &mut dyn Connection| {
        let all = Window::ALWAYS;
        let mail = outbox::to_recipient(tx, "ben@example.org")?;
        let calendar = collections::by_name(tx, &Owner::Person(PersonId::from("ada")), "shifts")?.unwrap();
        let left: Vec<_> =
            objects::heads_page(tx, &calendar.id, None, 10)?.into_iter().map(|head| head.extent).collect();
        Ok::<_, ServiceError>((shifts::of_team(tx, &TeamId::from("payments"), all)?, mail, left))
    };
    let (parts, mail, left) = service.store.read(read).await.unwrap();
    let held: Vec<_> = parts.iter().map(|part| (part.slot.as_str(), part.segment, part.person.is_some())).collect();
    assert_eq!(held, [("running", 1, true), ("running", 0, false), ("tomorrow", 0, false)]);
    assert_eq!(parts[0].window.end, parts[1].window.start);
    assert_eq!(mail.iter().filter(|due| due.message.kind == "mail.gap").count(), 2);
    assert!(left.iter().all(|extent| extent.end <= parts[0].window.end), "{left:?}");
    assert_eq!(service.audit_break(&operator()).await.unwrap(), None);
}

/// Who holds the parts of a slot, by start.
async fn holders(service: &Service, slot: &str) -> Vec<Option<PersonId>> {
    let slot = SlotId::from(slot);
    let read = move |tx: &mut dyn Connection| Ok::<_, ServiceError>(shifts::of_slot(tx, &slot)?);
    service.store.read(read).await.unwrap().into_iter().map(|shift| shift.person).collect()
}

/// The day so many days from today, in the team's zone.
fn day_in(service: &Service, days: i64) -> crate::time::Day {
    service.ctx().now.plus_days(days).civil(chrono_tz::Europe::London).date()
}

/// Ada stands three shifts: one that runs, one in five days, one in fifteen.
async fn three_shifts(service: &Service) {
    let now = service.ctx().now;
    for (slot, from) in [("running", -2), ("soon", 5 * 24), ("later", 15 * 24)] {
        let window = Window::new(now.plus_hours(from), now.plus_hours(from + 8));
        stands(service, slot, "primary", window, Some("ada")).await;
    }
}

#[tokio::test]
async fn whoever_leaves_a_team_leaves_gaps_from_that_day_on() {
    let (_folder, service) = rota().await;
    three_shifts(&service).await;
    let (ada, payments) = (PersonId::from("ada"), TeamId::from("payments"));
    let day = day_in(&service, 10);
    let gaps = service.end_membership(&operator(), &payments, &ada, day).await.unwrap();
    assert_eq!(gaps.iter().map(|gap| gap.slot.as_str()).collect::<Vec<_>>(), ["later"]);
    assert_eq!(holders(&service, "soon").await, [Some(ada.clone())]);
    assert_eq!(holders(&service, "later").await, [None]);
    let gaps = service.end_membership(&operator(), &payments, &ada, day_in(&service, 0)).await.unwrap();
    assert_eq!(gaps.iter().map(|gap| gap.slot.as_str()).collect::<Vec<_>>(), ["running", "soon"]);
    assert_eq!(holders(&service, "running").await, [Some(ada), None], "what was worked stays hers");
    let trail = service.audit_since(&operator(), crate::service::audit::From::Place(0), 1000).await.unwrap();
    assert_eq!(trail.iter().filter(|row| row.event.action == "shift.emptied").count(), 3);
}

#[tokio::test]
async fn whoever_comes_to_stand_no_shifts_leaves_gaps_and_other_changes_leave_none() {
    let (_folder, service) = rota().await;
    three_shifts(&service).await;
    let member = service.team(&operator(), &TeamId::from("payments")).await.unwrap().members[0].0.clone();
    let half = Membership { fte: 50, manager: true, ..member.clone() };
    assert!(service.put_member(&operator(), half).await.unwrap().is_empty());
    let until = Membership { until: Some(day_in(&service, 10)), ..member.clone() };
    assert_eq!(service.put_member(&operator(), until).await.unwrap().len(), 1);
    let idle = Membership { member: false, ..member };
    assert_eq!(service.put_member(&operator(), idle).await.unwrap().len(), 2);
}

#[tokio::test]
async fn whoever_leaves_can_keep_no_promise_to_take_over() {
    let (_folder, service) = rota().await;
    let team = TeamId::from("payments");
    let settings = crate::roster::model::Settings { approval: true, ..Default::default() };
    service.set_settings(&operator(), &team, settings).await.unwrap();
    let now = service.ctx().now;
    stands(&service, "soon", "primary", Window::new(now.plus_hours(120), now.plus_hours(128)), Some("ada")).await;
    let asked = service.ask_for_cover(&operator(), &SlotId::from("soon"), 0, None).await.unwrap();
    let offers = asked.offers.iter().map(|offer| (offer.person.clone(), offer.id.clone()));
    let offers: std::collections::BTreeMap<_, _> = offers.collect();
    let ben = PersonId::from("ben");
    let promised = service.answer_offer(&operator(), &offers[&ben], Reply::Agree).await.unwrap();
    assert_eq!(promised.state, SwapState::AwaitingApproval);
    assert!(service.end_membership(&operator(), &team, &ben, day_in(&service, 1)).await.unwrap().is_empty());
    let swap = service.swap(&operator(), &asked.id).await.unwrap();
    assert_eq!(swap.state, SwapState::Open, "the request is open again");
    assert!(service.answer_offer(&operator(), &offers[&ben], Reply::Agree).await.is_err());
    let cleo = &offers[&PersonId::from("cleo")];
    let taken = service.answer_offer(&operator(), cleo, Reply::Agree).await.unwrap();
    assert_eq!(taken.state, SwapState::AwaitingApproval);
}
