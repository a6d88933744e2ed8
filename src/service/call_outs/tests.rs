//! Who may enter a call-out, what is refused, and that rest begins anew after it.

use super::*;
use crate::roster::model::{Channel, Membership};
use crate::service::audit::From;
use crate::service::testing::{operator, rota, stands};
use crate::store::testing::Place;
use crate::time::Instant;

/// Ada stood a shift that ended nine hours ago; Ben stands one in three hours.
async fn scene() -> (Place, Service, Instant) {
    let (place, service) = rota().await;
    let now = Instant::from_millis(service.ctx().now.millis() / MINUTE * MINUTE);
    let service = service.as_of(now);
    stands(&service, "over", "primary", Window::new(now.plus_hours(-17), now.plus_hours(-9)), Some("ada")).await;
    stands(&service, "next", "primary", Window::new(now.plus_hours(3), now.plus_hours(11)), Some("ben")).await;
    (place, service, now)
}

fn call(now: Instant, from: i64, to: i64) -> NewCallOut {
    let window = Window::new(now.plus_hours(from), now.plus_hours(to));
    NewCallOut { person: "ada".to_owned(), team: None, window, note: "Queue stuck".to_owned() }
}

fn person(id: &str) -> Actor {
    Actor::person(PersonId::from(id), Channel::Api)
}

#[tokio::test]
async fn whoever_stood_the_shift_enters_it_once_and_it_is_audited() {
    let (_place, service, now) = scene().await;
    let entered = service.add_call_out(&person("ada"), &call(now, -10, -8)).await.unwrap();
    assert_eq!((entered.call.slot.as_str(), entered.call.role.as_str()), ("over", "primary"));
    let again = service.add_call_out(&person("ada"), &call(now, -10, -8)).await.unwrap();
    assert_eq!(again.call, entered.call);
    let overlaps = service.add_call_out(&person("ada"), &call(now, -9, -7)).await;
    assert!(matches!(overlaps, Err(ServiceError::Invalid { .. })), "the shift had ended: {overlaps:?}");
    let overlaps = service.add_call_out(&person("ada"), &call(now, -11, -9)).await;
    assert!(matches!(overlaps, Err(ServiceError::Conflict { code: "call-out-overlaps", .. })), "{overlaps:?}");
    let rows = service.audit_since(&operator(), From::Place(0), 1000).await.unwrap();
    let rows: Vec<_> = rows.iter().filter(|row| row.event.action.starts_with("call-out")).collect();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0].event.actor, "person:ada");
    assert!(rows[0].event.after.as_ref().unwrap().contains("Queue stuck"));
    service.remove_call_out(&person("ada"), &entered.call.id).await.unwrap();
    let gone = service.remove_call_out(&person("ada"), &entered.call.id).await;
    assert!(matches!(gone, Err(ServiceError::NotFound(_))));
    let listed = service.call_outs_of(&person("ada"), &"ada".into(), Window::ALWAYS).await.unwrap();
    assert!(listed.calls.is_empty());
}

#[tokio::test]
async fn colleagues_enter_nothing_for_each_other_and_managers_do() {
    let (_place, service, now) = scene().await;
    let refused = service.add_call_out(&person("ben"), &call(now, -10, -8)).await;
    assert!(matches!(&refused, Err(ServiceError::NotFound(what)) if what == "person ada"), "{refused:?}");
    let manages = Membership {
        team: "payments".into(),
        person: "ben".into(),
        manager: true,
        member: true,
        from: None,
        until: None,
        fte: 100,
        novice: false,
    };
    service.change_member(&operator(), manages).await.unwrap();
    let entered = service.add_call_out(&person("ben"), &call(now, -10, -8)).await.unwrap();
    assert_eq!(entered.call.recorded_by, "person:ben");
    let refused = service.remove_call_out(&person("cleo"), &entered.call.id).await;
    assert!(matches!(refused, Err(ServiceError::NotFound(_))), "{refused:?}");
    let listed = service.call_outs_of(&person("cleo"), &"ada".into(), Window::ALWAYS).await;
    assert!(matches!(listed, Err(ServiceError::NotFound(_))));
}

#[tokio::test]
async fn what_is_no_call_out_on_a_shift_is_refused() {
    let (_place, service, now) = scene().await;
    let long = "x".repeat(NOTE + 1);
    for (from, to, note, field) in [
        (-18, -16, "", "start"),
        (-10, 1, "", "end"),
        (-10, -10, "", "end"),
        (-10, -11, "", "end"),
        (-12, -8, "two\nlines", "note"),
        (-12, -8, long.as_str(), "note"),
    ] {
        let new = NewCallOut { note: note.to_owned(), ..call(now, from, to) };
        let refused = service.add_call_out(&operator(), &new).await;
        assert!(matches!(&refused, Err(ServiceError::Invalid { field: said, .. }) if said == field), "{refused:?}");
    }
    let elsewhere = NewCallOut { team: Some("search".into()), ..call(now, -10, -8) };
    assert!(service.add_call_out(&operator(), &elsewhere).await.is_err());
}

#[tokio::test]
async fn whoever_was_called_out_is_not_asked_before_they_have_rested() {
    let (_place, service, now) = scene().await;
    let offered = |service: Service| async move {
        let swap = service.ask_for_cover(&operator(), &"next".into(), 0, None).await.unwrap();
        let asked: Vec<String> = swap.offers.iter().map(|offer| offer.person.to_string()).collect();
        service.withdraw_swap(&operator(), &swap.id).await.unwrap();
        asked
    };
    let mut before = offered(service.clone()).await;
    before.sort();
    assert_eq!(before, ["ada", "cleo"], "twelve hours after the shift they have rested");
    let entered = service.add_call_out(&person("ada"), &call(now, -10, -1)).await.unwrap();
    assert!(entered.lacking.is_empty(), "they stand nothing soon");
    assert_eq!(offered(service.clone()).await, ["cleo"]);
}

#[tokio::test]
async fn a_shift_that_comes_too_soon_is_named_when_the_call_out_is_entered() {
    let (_place, service, now) = scene().await;
    stands(&service, "mine", "secondary", Window::new(now.plus_hours(4), now.plus_hours(9)), Some("ada")).await;
    let entered = service.add_call_out(&person("ada"), &call(now, -10, -1)).await.unwrap();
    assert_eq!(entered.lacking.len(), 1);
    assert!(entered.lacking[0].starts_with("5 h of rest until secondary for payments"), "{:?}", entered.lacking);
}
