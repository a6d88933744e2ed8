//! What a person's desk shows, and what asking for a qualification leads to.

use super::*;
use crate::roster::model::{Channel, Grant, Membership};
use crate::service::swaps::Reply;
use crate::service::teams::NewQualification;
use crate::service::testing::{operator, rota, stands};
use crate::store::requests;

fn of(person: &str) -> Actor {
    Actor::person(person.into(), Channel::Button)
}

/// A night of the next week, so many hours from now.
fn night(service: &Service, hours: i64) -> Window {
    let start = service.ctx().now.plus_hours(hours);
    Window::new(start, start.plus_hours(12))
}

#[tokio::test]
async fn a_duty_comes_with_partner_neighbours_and_whoever_was_asked_for_cover() {
    let (_place, service) = rota().await;
    let mine = night(&service, 48);
    let before = Window::new(mine.start.plus_hours(-12), mine.start);
    stands(&service, "before", "primary", before, Some("ben")).await;
    stands(&service, "mine", "primary", mine, Some("ada")).await;
    stands(&service, "beside", "secondary", mine, Some("ben")).await;
    let desk = service.desk(&of("ada"), &"ada".into()).await.unwrap();
    let [duty] = &desk.duties[..] else { panic!("{:?}", desk.duties) };
    assert_eq!((duty.partners[0].name.as_str(), duty.partners[0].role.as_str()), ("Ben Hale", "secondary"));
    assert_eq!((duty.takes_over_from.as_deref(), duty.hands_over_to.as_deref()), (Some("Ben Hale"), None));
    assert_eq!((duty.asked.as_ref(), desk.offers.len()), (None, 0));

    service.ask_for_cover(&of("ada"), &"mine".into(), 0, Some("a wedding".to_owned())).await.unwrap();
    let desk = service.desk(&of("ada"), &"ada".into()).await.unwrap();
    let asked = desk.duties[0].asked.as_ref().unwrap();
    assert_eq!((asked.state, asked.reason.as_deref()), (SwapState::Open, Some("a wedding")));
    let of_cleo = |asked: &AskedFor| asked.answers.iter().find(|one| one.name == "Cleo Marsh").cloned().unwrap();
    assert_eq!(of_cleo(asked).state, OfferState::Offered);

    let desk = service.desk(&of("cleo"), &"cleo".into()).await.unwrap();
    let [offer] = &desk.offers[..] else { panic!("{:?}", desk.offers) };
    assert!(offer.view.open && offer.view.requester.as_deref() == Some("Ada Okafor") && !offer.view.load.is_empty());
    let no = Some(" on a train\r\nall night ".to_owned());
    service.answer_offer_saying(&of("cleo"), &offer.id, Reply::Disagree, no).await.unwrap();
    let said = of_cleo(service.desk(&of("ada"), &"ada".into()).await.unwrap().duties[0].asked.as_ref().unwrap());
    assert_eq!((said.state, said.comment.as_deref()), (OfferState::Disagreed, Some("on a train\nall night")));
    let (due, _) = service.due(vec!["mail"], 50).await.unwrap();
    assert!(due.iter().any(|due| due.message.kind == "mail.comment" && due.message.recipient == "ada@example.org"));
    let long = Some("x".repeat(501));
    let refused = service.answer_offer_saying(&of("cleo"), &offer.id, Reply::Agree, long).await;
    assert!(matches!(refused, Err(ServiceError::Invalid { .. })), "{refused:?}");
    service.answer_offer(&of("cleo"), &offer.id, Reply::Agree).await.unwrap();
    assert!(service.desk(&of("cleo"), &"cleo".into()).await.unwrap().offers.is_empty());
    assert!(service.desk(&of("ada"), &"ada".into()).await.unwrap().duties.is_empty());
}

#[tokio::test]
async fn somebody_elses_desk_is_not_there() {
    let (_place, service) = rota().await;
    let refused = service.desk(&of("ben"), &"ada".into()).await;
    assert!(matches!(refused, Err(ServiceError::NotFound(_))), "{refused:?}");
    let refused = service.own_loads(&of("ben"), &"ada".into()).await;
    assert!(matches!(refused, Err(ServiceError::NotFound(_))), "{refused:?}");
}

#[tokio::test]
async fn a_load_is_ones_own_with_the_others_as_figures() {
    let (_place, service) = rota().await;
    stands(&service, "one", "primary", night(&service, 48), Some("ada")).await;
    let loads = service.own_loads(&of("ada"), &"ada".into()).await.unwrap();
    let [load] = &loads[..] else { panic!("{loads:?}") };
    assert!(load.own.balance > 0 && load.max == load.own.balance && load.min < 0, "{load:?}");
    assert_eq!((load.others.len(), load.own.turns, load.own.minutes), (2, 1, 720));
}

#[tokio::test]
async fn a_shift_is_acknowledged_and_a_request_for_cover_taken_back_by_it() {
    let (_place, service) = rota().await;
    stands(&service, "mine", "primary", night(&service, 48), Some("ada")).await;
    let slot = SlotId::from("mine");
    let refused = service.acknowledge_shift(&of("ben"), &slot, 0).await;
    assert!(matches!(refused, Err(ServiceError::Forbidden(_))), "{refused:?}");
    service.ask_for_cover(&of("ada"), &slot, 0, None).await.unwrap();
    let shift = service.acknowledge_shift(&of("ada"), &slot, 0).await.unwrap();
    assert_eq!(shift.answer, crate::roster::model::Answer::Accepted);
    assert_eq!(service.desk(&of("ada"), &"ada".into()).await.unwrap().duties[0].asked, None);
    service.acknowledge_shift(&of("ada"), &slot, 0).await.unwrap();
}

#[tokio::test]
async fn what_somebody_asks_for_reaches_the_managers_until_it_is_granted() {
    let (_place, service) = rota().await;
    let manager = Membership {
        team: "payments".into(),
        person: "cleo".into(),
        manager: true,
        member: true,
        from: None,
        until: None,
        fte: 100,
        novice: false,
    };
    service.change_member(&operator(), manager).await.unwrap();
    let new = NewQualification {
        team: Some("payments".into()),
        name: "drilled".to_owned(),
        how: "stand with somebody who is".to_owned(),
        url: None,
        roles: vec!["primary".to_owned()],
    };
    let id = service.add_qualification(&operator(), &new).await.unwrap();
    let (team, ada) = (TeamId::from("payments"), PersonId::from("ada"));
    let own = of("ada");
    let ask = || service.ask_for_qualification(&own, &ada, (&team, &id), " Thursday would suit ");
    assert_eq!(ask().await.unwrap().note, "Thursday would suit");
    ask().await.unwrap();
    let asked = service.requests_of_team(&of("cleo"), &team).await.unwrap();
    assert_eq!(asked.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["Ada Okafor"]);
    assert!(matches!(service.requests_of_team(&of("ben"), &team).await, Err(ServiceError::Forbidden(_))));
    let (due, _) = service.due(vec!["mail"], 50).await.unwrap();
    let told = due.iter().filter(|due| due.message.kind == "mail.qualification");
    assert_eq!(told.map(|due| due.message.recipient.as_str()).collect::<Vec<_>>(), ["cleo@example.org"], "once a day");

    let other = service.ask_for_qualification(&of("ada"), &ada, (&team, &"nothing".into()), "").await;
    assert!(matches!(other, Err(ServiceError::NotFound(_))), "{other:?}");
    let foreign = service.ask_for_qualification(&of("ben"), &ada, (&team, &id), "").await;
    assert!(matches!(foreign, Err(ServiceError::NotFound(_))), "{foreign:?}");

    let grant = Grant {
        person: ada.clone(),
        qualification: id.clone(),
        from: None,
        until: None,
        evidence: "drill of Thursday".to_owned(),
    };
    service.grant_qualification(&of("cleo"), Some(&team), grant).await.unwrap();
    assert!(service.requests_of_person(&of("ada"), &ada).await.unwrap().is_empty());
    assert!(matches!(ask().await, Err(ServiceError::Conflict { code: "met", .. })));
    let left = |tx: &mut dyn Connection| Ok::<_, ServiceError>(requests::of_team(tx, &"payments".into())?.len());
    assert_eq!(service.store.read(left).await.unwrap(), 0);
}
