//! Signed links, opened and pressed as from somebody's calendar.

use super::*;
use crate::service::testing::{operator, rota, stands};
use crate::store::audit;

/// Ada stands a shift that starts in so many hours and lasts twelve.
async fn house(role: &str, hours: i64) -> (crate::store::testing::Place, Service) {
    let (folder, service) = rota().await;
    let start = service.ctx().now.plus_hours(hours);
    stands(&service, "s1", role, Window::new(start, start.plus_hours(12)), Some("ada")).await;
    (folder, service)
}

async fn signed(service: &Service, link: Link) -> String {
    let person = link.person().clone();
    let epoch = move |tx: &mut dyn Connection| Ok::<_, ServiceError>(people::link_epoch(tx, &person)?);
    let epoch = service.store.read(epoch).await.unwrap();
    link.path(&service.host.link_key, epoch)
}

async fn cover(service: &Service) -> String {
    signed(service, Link::Cover { slot: "s1".into(), segment: 0, person: "ada".into() }).await
}

/// The link in somebody's offer event.
async fn offered(service: &Service, person: &str) -> String {
    let swap = service.swaps(&operator(), &"payments".into(), None).await.unwrap().pop().unwrap();
    let offer = swap.offers.into_iter().find(|offer| offer.person.as_str() == person).unwrap();
    signed(service, Link::Offer { offer: offer.id, person: offer.person }).await
}

async fn trail(service: &Service) -> Vec<audit::Recorded> {
    let all = |tx: &mut dyn Connection| Ok::<_, ServiceError>(audit::after(tx, 0, 1000)?);
    service.store.read(all).await.unwrap()
}

fn because() -> String {
    "a wedding".to_owned()
}

#[tokio::test]
async fn describing_a_link_a_hundred_times_changes_nothing() {
    let (_folder, service) = house("primary", 24).await;
    let path = cover(&service).await;
    let (before, first) = (trail(&service).await.len(), service.open_link(&path).await.unwrap());
    assert!(first.open && first.swap.is_none());
    assert_eq!((first.role.as_str(), first.holder.as_deref()), ("primary", Some("Ada Okafor")));
    for _ in 0..100 {
        assert_eq!(service.open_link(&path).await.unwrap(), first);
    }
    assert_eq!(trail(&service).await.len(), before);
    assert!(service.swaps(&operator(), &"payments".into(), None).await.unwrap().is_empty());
}

#[tokio::test]
async fn asking_by_link_twice_opens_one_request_in_the_name_of_whoever_the_link_is_for() {
    let (_folder, service) = house("primary", 24).await;
    let path = cover(&service).await;
    for _ in 0..2 {
        let view = service.ask_by_link(&path, Some(because()), false).await.unwrap();
        assert_eq!((view.swap, view.open), (Some(SwapState::Open), false));
    }
    let trail = trail(&service).await;
    let asked: Vec<_> = trail.iter().filter(|row| row.event.action == "swap.asked").collect();
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].event.channel, Channel::Link);
    assert!(asked[0].event.actor.contains("ada"), "{}", asked[0].event.actor);
}

#[tokio::test]
async fn an_offer_is_described_with_reason_and_load_and_agreed_to_once() {
    let (_folder, service) = house("primary", 24).await;
    service.ask_by_link(&cover(&service).await, Some(because()), false).await.unwrap();
    let (ben, cleo) = (offered(&service, "ben").await, offered(&service, "cleo").await);
    let view = service.open_link(&ben).await.unwrap();
    assert_eq!((view.requester.as_deref(), view.reason.as_deref()), (Some("Ada Okafor"), Some("a wedding")));
    assert!(view.open && !view.load.is_empty());
    for _ in 0..2 {
        let view = service.answer_by_link(&ben, Reply::Agree, None).await.unwrap();
        assert_eq!((view.offer, view.holder.as_deref()), (Some(OfferState::Agreed), Some("Ben Hale")));
    }
    let late = service.answer_by_link(&cleo, Reply::Agree, None).await.unwrap_err();
    assert!(matches!(&late, ServiceError::Conflict { code: "taken", message, .. } if message.contains("Ben Hale")));
    let theirs = service.ask_by_link(&cover(&service).await, None, false).await.unwrap_err();
    assert!(matches!(theirs, ServiceError::Conflict { code: "not-yours", .. }), "{theirs}");
    assert_eq!(trail(&service).await.iter().filter(|row| row.event.action == "swap.taken").count(), 1);
}

#[tokio::test]
async fn a_disagreement_by_link_may_be_changed_while_the_request_is_open() {
    let (_folder, service) = house("primary", 24).await;
    service.ask_by_link(&cover(&service).await, None, false).await.unwrap();
    let ben = offered(&service, "ben").await;
    let view = service.answer_by_link(&ben, Reply::Disagree, None).await.unwrap();
    assert_eq!((view.offer, view.holder.as_deref()), (Some(OfferState::Disagreed), Some("Ada Okafor")));
    let view = service.answer_by_link(&ben, Reply::Agree, None).await.unwrap();
    assert_eq!((view.offer, view.holder.as_deref()), (Some(OfferState::Agreed), Some("Ben Hale")));
}

#[tokio::test]
async fn taking_a_shift_that_runs_by_link_hands_over_what_is_left_of_it() {
    let (_folder, service) = house("primary", -2).await;
    service.ask_by_link(&cover(&service).await, None, false).await.unwrap();
    let view = service.answer_by_link(&offered(&service, "ben").await, Reply::Agree, None).await.unwrap();
    assert_eq!(view.holder.as_deref(), Some("Ben Hale"));
}

#[tokio::test]
async fn an_optional_shift_is_emptied_by_link_and_a_second_press_is_harmless() {
    let (_folder, service) = house("shadow", 24).await;
    let path = cover(&service).await;
    for _ in 0..2 {
        let view = service.ask_by_link(&path, None, false).await.unwrap();
        assert_eq!((view.holder, view.swap, view.open), (None, None, false));
    }
}

#[tokio::test]
async fn a_forged_code_is_refused_and_does_nothing() {
    let (_folder, service) = house("primary", 24).await;
    let path = cover(&service).await;
    let flipped = if path.ends_with('0') { "1" } else { "0" };
    let forged = format!("{}{flipped}", &path[..path.len() - 1]);
    let foreign = path.replace("/ada/", "/ben/");
    for path in [forged.as_str(), foreign.as_str(), "/links/cover/s1/0/ada/", "/links/"] {
        assert!(matches!(service.open_link(path).await, Err(ServiceError::NotFound(_))), "{path}");
        assert!(matches!(service.ask_by_link(path, None, false).await, Err(ServiceError::NotFound(_))), "{path}");
        assert!(
            matches!(service.answer_by_link(path, Reply::Agree, None).await, Err(ServiceError::NotFound(_))),
            "{path}"
        );
    }
    assert!(service.swaps(&operator(), &"payments".into(), None).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_revoked_link_is_refused() {
    let (_folder, service) = house("primary", 24).await;
    let path = cover(&service).await;
    let revoke = |tx: &mut dyn Connection| Ok::<_, ServiceError>(people::revoke_links(tx, &"ada".into())?);
    service.store.write(revoke).await.unwrap();
    assert!(matches!(service.open_link(&path).await, Err(ServiceError::NotFound(_))));
    assert!(matches!(service.ask_by_link(&path, None, false).await, Err(ServiceError::NotFound(_))));
    assert!(service.open_link(&cover(&service).await).await.is_ok());
}

#[tokio::test]
async fn after_the_end_of_the_shift_a_link_is_gone() {
    let (_folder, service) = house("primary", -13).await;
    let path = cover(&service).await;
    assert!(matches!(service.open_link(&path).await, Err(ServiceError::Gone)));
    assert!(matches!(service.ask_by_link(&path, None, false).await, Err(ServiceError::Gone)));
}

#[tokio::test]
async fn an_offer_of_a_shift_that_has_ended_or_gone_says_the_same_whether_opened_or_answered() {
    let says_gone = async |service: &Service, path: &str| {
        assert!(matches!(service.open_link(path).await, Err(ServiceError::Gone)));
        for reply in [Reply::Agree, Reply::Disagree] {
            let answered = service.answer_by_link(path, reply, None).await;
            assert!(matches!(answered, Err(ServiceError::Gone)), "{answered:?}");
        }
    };
    let (_folder, service) = house("primary", 24).await;
    let (mine, asked) = (cover(&service).await, service.ask_by_link(&cover(&service).await, None, false).await);
    let (ben, cleo) = (offered(&service, "ben").await, offered(&service, "cleo").await);
    assert!(asked.is_ok());
    // The clock passes the end before anything else does.
    let later = service.as_of(service.ctx().now.plus_hours(40));
    says_gone(&later, &ben).await;
    later.advance().await.unwrap();
    says_gone(&later, &ben).await;
    let remove = |tx: &mut dyn Connection| Ok::<_, ServiceError>(shifts::remove(tx, &"s1".into(), 0)?);
    service.store.write(remove).await.unwrap();
    says_gone(&service, &cleo).await;
    assert!(matches!(service.open_link(&mine).await, Err(ServiceError::Gone)));
    assert!(matches!(service.ask_by_link(&mine, None, false).await, Err(ServiceError::Gone)));
}
