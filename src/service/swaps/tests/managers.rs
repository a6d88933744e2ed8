//! What managers decide: who takes a shift, and what a new roster makes of requests.

use super::*;
use crate::service::planning::Assign;
use crate::service::testing::operator;

fn manager() -> Actor {
    Actor::person(id(9), Channel::Api)
}

/// A house whose person 9 manages the team and stands no shifts.
async fn managed(count: usize, settings: Settings) -> House {
    let house = House::with(count, settings).await;
    let now = house.service.ctx().now;
    house
        .write(move |tx| {
            people::insert(tx, &person(9), now)?;
            let (team, person, from) = ("payments".into(), id(9), None);
            let (manager, member, fte) = (true, false, 100);
            let belongs = Membership { team, person, manager, member, from, until: None, fte, novice: false };
            Ok(teams::put_membership(tx, &belongs)?)
        })
        .await;
    house
}

/// Says in their availability that they can't on the day of the shift.
async fn absent(house: &House, n: usize) {
    let day = house.swap().await.window.start.civil(London).date().format("%Y%m%d").to_string();
    let text = format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//EN\r\nBEGIN:VEVENT\r\nUID:away\r\n\
         DTSTAMP:20260101T000000Z\r\nDTSTART;VALUE=DATE:{day}\r\nSUMMARY:Away\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    );
    let now = house.service.ctx().now;
    house
        .write(move |tx| {
            let own = calendar(Owner::Person(id(n)), CollectionKind::Availability, "availability", now);
            collections::insert(tx, &own)?;
            let object = objects::NewObject {
                name: "away.ics".to_owned(),
                uid: "away".to_owned(),
                component: "VEVENT".to_owned(),
                etag: "\"away\"".to_owned(),
                schedule_tag: None,
                extent: Window::ALWAYS,
                recurring: false,
                instances: None,
                organizer: None,
                sequence: 0,
                digest: None,
                body: text.clone().into_bytes(),
            };
            objects::put(tx, &own.id, object, now)?;
            Ok(())
        })
        .await;
}

#[tokio::test]
async fn a_manager_gives_the_shift_to_somebody_who_was_not_asked_and_has_yet_to_acknowledge_it() {
    let house = managed(6, Settings::default()).await;
    house.puts(0, "DECLINED").await;
    let swap = house.swap().await;
    let unasked = (1..6).find(|n| swap.offers.iter().all(|offer| offer.person != id(*n))).unwrap();
    let refused = house.service.assign_swap(&as_person(1), &swap.id, &id(unasked), None).await;
    assert!(matches!(refused, Err(ServiceError::Forbidden(_))), "{refused:?}");
    let done = house.service.assign_swap(&manager(), &swap.id, &id(unasked), None).await.unwrap();
    assert_eq!((done.state, done.taker), (SwapState::Taken, Some(id(unasked))));
    let event = house.event(unasked).await.unwrap();
    assert!(event.contains("SUMMARY:On call: ") && event.contains("PARTSTAT=NEEDS-ACTION"), "{event}");
    assert_eq!(house.event(0).await, None);
    let asked = swap.offers[0].person.as_str()[1..].parse().unwrap();
    assert!(house.event(asked).await.unwrap().contains(&format!("Person {unasked} has it.")));
    assert_eq!(house.inbox(asked).await, 0);
    let row = house.audited("swap.taken").await.remove(0).event;
    let expected = ("person:p9", Some(format!("person:p{unasked}")), Channel::Api);
    assert_eq!((row.actor.as_str(), row.subject, row.channel), expected);
    assert!(row.after.unwrap().contains("\"assigned\":true"));
    house.service.assign_swap(&manager(), &swap.id, &id(unasked), None).await.unwrap();
    assert_eq!(house.audited("swap.taken").await.len(), 1, "again is harmless");
    let late = house.service.assign_swap(&manager(), &swap.id, &id(asked), None).await;
    assert!(matches!(late, Err(ServiceError::Conflict { code: "taken", .. })), "{late:?}");
}

#[tokio::test]
async fn a_rule_that_stands_against_it_needs_a_written_reason_which_is_audited() {
    let house = managed(3, Settings::default()).await;
    house.puts(0, "DECLINED").await;
    absent(&house, 1).await;
    let swap = house.swap().await.id;
    for silent in [None, Some("  ".to_owned())] {
        let refused = house.service.assign_swap(&manager(), &swap, &id(1), silent).await;
        let Err(ServiceError::Unprocessable { rules, .. }) = refused else { panic!("{refused:?}") };
        assert!(rules[0].starts_with("unavailable "), "{rules:?}");
    }
    assert_eq!(house.swap().await.state, SwapState::Open);
    let why = Some("nobody else is left".to_owned());
    house.service.assign_swap(&manager(), &swap, &id(1), why.clone()).await.unwrap();
    let row = house.audited("swap.taken").await.remove(0).event;
    assert_eq!(row.reason, why);
    assert!(row.after.unwrap().contains("\"rules\":[\"unavailable "));
    let nobody = house.service.assign_swap(&manager(), &swap, &"nobody".into(), None).await;
    assert!(matches!(nobody, Err(ServiceError::Invalid { .. })), "{nobody:?}");
}

#[tokio::test]
async fn a_shift_that_is_published_no_more_ends_its_request_and_everybodys_offer_of_it() {
    let house = managed(4, Settings::default()).await;
    house.puts(0, "DECLINED").await;
    let (slot, ctx) = (house.slot.clone(), house.service.ctx());
    house.write(move |tx| Ok(shifts::remove(tx, &slot, 0)?)).await;
    house.service.advance().await.unwrap();
    assert_eq!(house.swap().await.state, SwapState::Void);
    for n in 1..4 {
        let event = house.event(n).await.unwrap();
        assert!(event.contains("STATUS:CANCELLED") && event.contains("The roster has changed"), "{event}");
        assert_eq!(house.inbox(n).await, 0);
    }
    assert_eq!(house.audited("swap.void").await.len(), 1);
    let everybody: Vec<PersonId> = (0..4).map(id).collect();
    house.write(move |tx| render_people(tx, &ctx, &everybody, &["payments".into()])).await;
}

#[tokio::test]
async fn publishing_a_shift_to_somebody_else_voids_its_request_in_calendars_and_trail() {
    let mut scene = super::ledger::Scene::set().await;
    scene.publish_for("ben").await;
    let swap = scene.service.ask_for_cover(&operator(), &scene.slot, 0, None).await.unwrap();
    assert_eq!(swap.offers.len(), 1);
    let team = "payments".into();
    let (from, to) = (scene.day, scene.day + chrono::TimeDelta::days(1));
    let draft = scene.service.create_roster(&operator(), &team, from, to).await.unwrap();
    let wish = Assign { person: Some("ada".into()), ..Assign::default() };
    scene.service.assign(&operator(), &draft.head.id, &scene.slot, wish).await.unwrap();
    scene.service.publish_roster(&operator(), &draft.head.id, None, None).await.unwrap();
    let after = scene.service.swap(&operator(), &swap.id).await.unwrap();
    assert_eq!((after.state, after.offers[0].state), (SwapState::Void, OfferState::Withdrawn));
    let trail = scene.service.store.read(|tx| audit::after(tx, 0, 1000)).await.unwrap();
    let rows: Vec<_> = trail.iter().filter(|row| row.event.action == "swap.void").collect();
    assert_eq!((rows.len(), rows[0].event.actor.as_str()), (1, "operator"));
}
