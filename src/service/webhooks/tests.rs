//! What receivers hear of, who looks after them, and how what they are sent is signed.

use super::*;
use crate::outbound::Reach;
use crate::roster::model::Channel;
use crate::service::delivery::Message;
use crate::service::swaps::Reply;
use crate::service::testing::{operator, rota, service, stands};
use crate::time::Window;

fn team() -> TeamId {
    "payments".into()
}

fn at_home(url: &str) -> NewWebhook {
    NewWebhook { name: None, url: url.to_owned(), format: Format::Dogwatch, events: None }
}

fn person(id: &str) -> Actor {
    Actor::person(id.into(), Channel::Button)
}

async fn receiver(service: &Service, events: &[Event]) -> MadeWebhook {
    let events = (!events.is_empty()).then(|| events.iter().copied().collect());
    let new = NewWebhook { events, ..at_home("https://hooks.example.net/secret-path?k=1") };
    service.add_webhook(&operator(), &Some(team()), new).await.unwrap()
}

/// What was written for a receiver so far, oldest first.
async fn messages(service: &Service, made: &MadeWebhook) -> Vec<Message> {
    let id = made.view.id.to_string();
    let found = service.store.read(move |tx| messages::to_recipient(tx, &id)).await.unwrap();
    found.into_iter().map(|due| due.message).collect()
}

async fn told(service: &Service, made: &MadeWebhook) -> Vec<Json> {
    let all = messages(service, made).await;
    all.iter().map(|message| serde_json::from_str(&message.payload).unwrap()).collect()
}

fn kinds(told: &[Json]) -> Vec<&str> {
    told.iter().map(|one| one["type"].as_str().unwrap()).collect()
}

/// The same service so many hours from now.
fn later(service: &Service, hours: i64) -> Service {
    service.as_of(service.ctx().now.plus_hours(hours))
}

/// Hours from now.
fn hours(service: &Service, from: i64, to: i64) -> Window {
    let now = service.ctx().now;
    Window::new(now.plus_hours(from), now.plus_hours(to))
}

#[tokio::test]
async fn a_swap_is_told_from_its_opening_to_its_end_with_names_and_without_reasons() {
    let (_place, service) = rota().await;
    stands(&service, "a", "primary", hours(&service, 500, 512), Some("ada")).await;
    let all = receiver(&service, &[]).await;
    let taken = receiver(&service, &[Event::SwapTaken]).await;
    let why = Some("my knee hurts".to_owned());
    let swap = service.ask_for_cover(&person("ada"), &"a".into(), 0, why).await.unwrap();
    let offer = swap.offers.iter().find(|offer| offer.person == "ben".into()).unwrap();
    service.answer_offer(&person("ben"), &offer.id, Reply::Agree).await.unwrap();
    let said = told(&service, &all).await;
    assert_eq!(kinds(&said), ["swap.opened", "swap.taken", "shift.changed"]);
    let ada = json!({ "id": "ada", "name": "Ada Okafor" });
    let ben = json!({ "id": "ben", "name": "Ben Hale" });
    assert_eq!((&said[0]["data"]["requester"], &said[0]["data"]["taker"]), (&ada, &Json::Null));
    assert_eq!((&said[1]["data"]["requester"], &said[1]["data"]["taker"]), (&ada, &ben));
    let changes = &said[2]["data"]["changes"];
    assert_eq!((&changes[0]["before"]["person"], &changes[0]["after"]["person"]), (&ada, &ben));
    assert!(changes[0]["after"]["start"].as_str().unwrap().ends_with('Z'), "{changes}");
    assert_eq!(said[0]["team"], json!({ "id": "payments", "name": "Payments", "zone": "Europe/London" }));
    assert!(said.iter().all(|one| !one.to_string().contains("knee")));
    let only = told(&service, &taken).await;
    assert_eq!((kinds(&only), &only[0]["id"]), (vec!["swap.taken"], &said[1]["id"]));
}

#[tokio::test]
async fn a_handover_is_told_once_when_it_happens_and_not_where_the_same_person_goes_on() {
    let (_place, service) = rota().await;
    for (slot, from, person) in [("a", -2, "ada"), ("b", 2, "ada"), ("c", 6, "ben")] {
        stands(&service, slot, "primary", hours(&service, from, from + 4), Some(person)).await;
    }
    let made = receiver(&service, &[Event::Handover]).await;
    for hours in [1, 3, 3, 7, 8] {
        later(&service, hours).advance().await.unwrap();
    }
    let said = told(&service, &made).await;
    assert_eq!(kinds(&said), ["handover"]);
    let (outgoing, incoming) =
        (json!({ "id": "ada", "name": "Ada Okafor" }), json!({ "id": "ben", "name": "Ben Hale" }));
    let role = json!({ "role": "primary", "outgoing": [outgoing], "incoming": [incoming] });
    assert_eq!(said[0]["data"]["roles"], json!([role]));
    later(&service, 20).advance().await.unwrap();
    let said = told(&service, &made).await;
    assert_eq!(said[1]["data"]["roles"][0]["incoming"], json!([]), "nobody comes after the last one");
}

#[tokio::test]
async fn a_gap_is_told_when_it_comes_within_two_weeks_and_when_it_closes() {
    let (_place, service) = rota().await;
    stands(&service, "near", "primary", hours(&service, 48, 60), None).await;
    stands(&service, "far", "primary", hours(&service, 15 * 24, 15 * 24 + 12), None).await;
    stands(&service, "nobody's", "shadow", hours(&service, 48, 60), None).await;
    let made = receiver(&service, &[Event::GapOpened, Event::GapClosed]).await;
    service.advance().await.unwrap();
    assert!(told(&service, &made).await.is_empty(), "what is so already is no news");
    later(&service, 30).advance().await.unwrap();
    later(&service, 61).advance().await.unwrap();
    let said = told(&service, &made).await;
    assert_eq!(kinds(&said), ["gap.opened", "gap.closed"]);
    assert_eq!((&said[0]["data"]["shift"]["slot"], &said[1]["data"]["shift"]["slot"]), (&json!("far"), &json!("near")));
    assert_eq!(said[1]["data"]["why"], "over");
    stands(&service, "full", "primary", hours(&service, 100, 112), Some("ada")).await;
    let now = later(&service, 62);
    now.disable_person(&operator(), &"ada".into()).await.unwrap();
    let said = told(&service, &made).await;
    assert_eq!((said.len(), &said[2]["data"]["shift"]["slot"]), (3, &json!("full")), "in the act that makes it");
}

#[tokio::test]
async fn only_managers_look_after_receivers_and_nobody_sees_an_address_or_a_secret_again() {
    let (_place, service) = rota().await;
    let made = receiver(&service, &[]).await;
    let refused = service.webhooks(&person("ada"), &Some(team())).await;
    assert!(matches!(refused, Err(ServiceError::Forbidden(_))), "{refused:?}");
    let refused = service.add_webhook(&person("ada"), &None, at_home("https://hooks.example.net/")).await;
    assert!(matches!(refused.err(), Some(ServiceError::Forbidden(_))));
    let elsewhere = service.test_webhook(&operator(), &None, &made.view.id).await;
    assert!(matches!(elsewhere, Err(ServiceError::NotFound(_))), "{elsewhere:?}");
    let seen = service.webhooks(&operator(), &Some(team())).await.unwrap();
    assert_eq!((seen[0].host.as_str(), seen[0].name.as_str()), ("hooks.example.net", "hooks.example.net"));
    let id = made.view.id.clone();
    let row = service.store.read(move |tx| rows::find(tx, &id)).await.unwrap().unwrap();
    let plain = Base64::decode_vec(made.secret.strip_prefix("whsec_").unwrap()).unwrap();
    assert!(!row.url.windows(11).any(|part| part == b"secret-path") && !row.secret.ends_with(&plain));
    let read = |tx: &mut dyn Connection| crate::store::audit::after(tx, 0, 1000);
    let trail = format!("{:?}", service.store.read(read).await.unwrap());
    assert!(trail.contains("webhook.added") && !trail.contains("secret-path") && !trail.contains(&made.secret));
}

#[tokio::test]
async fn an_address_that_leads_inside_is_refused_unless_the_operator_allows_it() {
    let (_place, service) = rota().await;
    for url in ["http://hooks.example.net/", "https://127.0.0.1/", "https://169.254.169.254/", "https://a@b.example/"] {
        let refused = service.add_webhook(&operator(), &Some(team()), at_home(url)).await;
        assert!(matches!(refused.err(), Some(ServiceError::Invalid { field, .. }) if field == "url"), "{url}");
    }
    let allowed = service.clone().reaching(Reach::everywhere());
    allowed.add_webhook(&operator(), &Some(team()), at_home("http://127.0.0.1:9/x")).await.unwrap();
}

#[tokio::test]
async fn both_secrets_sign_while_the_former_one_counts() {
    let (_place, service) = rota().await;
    let made = receiver(&service, &[]).await;
    let (owner, id) = (Some(team()), made.view.id.clone());
    service.test_webhook(&operator(), &owner, &id).await.unwrap();
    let message = messages(&service, &made).await.remove(0);
    let fresh = service.rotate_webhook(&operator(), (&owner, &id), 24).await.unwrap();
    assert_ne!(fresh.secret, made.secret);
    let expected = |secret: &str, delivery: &Delivery, body: &str| {
        let key = Base64::decode_vec(secret.strip_prefix("whsec_").unwrap()).unwrap();
        let signed = format!("{}.{}.{body}", message.id, delivery.now.millis() / 1000);
        let tag = ring::hmac::sign(&ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &key), signed.as_bytes());
        format!("v1,{}", Base64::encode_string(tag.as_ref()))
    };
    let now = service.webhook_delivery(&message).await.unwrap().unwrap();
    let both = format!("{} {}", expected(&fresh.secret, &now, "{}"), expected(&made.secret, &now, "{}"));
    assert_eq!(now.signatures("{}"), both);
    assert_eq!(now.url, "https://hooks.example.net/secret-path?k=1");
    let tomorrow = later(&service, 25);
    let then = tomorrow.webhook_delivery(&message).await.unwrap().unwrap();
    assert_eq!(then.signatures("{}"), expected(&fresh.secret, &then, "{}"));
}

#[tokio::test]
async fn who_is_paused_or_gone_hears_of_nothing_but_a_test() {
    let (_place, service) = rota().await;
    let made = receiver(&service, &[]).await;
    let (owner, id) = (Some(team()), made.view.id.clone());
    let pause = WebhookChange { paused: Some(true), ..WebhookChange::default() };
    service.change_webhook(&operator(), (&owner, &id), pause).await.unwrap();
    stands(&service, "a", "primary", hours(&service, 500, 512), Some("ada")).await;
    service.ask_for_cover(&person("ada"), &"a".into(), 0, None).await.unwrap();
    service.test_webhook(&operator(), &owner, &id).await.unwrap();
    let all = messages(&service, &made).await;
    assert_eq!(all.iter().map(|one| one.kind.as_str()).collect::<Vec<_>>(), ["webhook.test"]);
    assert!(service.webhook_delivery(&all[0]).await.unwrap().is_some());
    service.remove_webhook(&operator(), &owner, &id).await.unwrap();
    assert!(service.webhook_delivery(&all[0]).await.unwrap().is_none());
    assert!(messages(&service, &made).await.is_empty());
    let states = service.store.read(|tx| rows::states(tx)).await.unwrap();
    assert!(states.is_empty(), "nothing is compared for nobody");
}

#[tokio::test]
async fn what_is_delivered_shows_at_its_receiver() {
    let (_place, service) = rota().await;
    let made = receiver(&service, &[]).await;
    let (owner, id) = (Some(team()), made.view.id.clone());
    service.test_webhook(&operator(), &owner, &id).await.unwrap();
    let message = messages(&service, &made).await.remove(0);
    let delivery = service.webhook_delivery(&message).await.unwrap().unwrap();
    service.webhook_refused(&delivery, "the receiver says 500", false).await.unwrap();
    let seen = service.webhooks(&operator(), &owner).await.unwrap().remove(0);
    assert_eq!((seen.health.problem.as_deref(), seen.paused, seen.waiting), (Some("the receiver says 500"), false, 1));
    service.webhook_took(&delivery).await.unwrap();
    let seen = service.webhooks(&operator(), &owner).await.unwrap().remove(0);
    assert!(seen.health.problem.is_none() && seen.health.told.is_some());
    service.webhook_refused(&delivery, "the receiver says 410", true).await.unwrap();
    assert!(service.webhooks(&operator(), &owner).await.unwrap().remove(0).paused);
}

#[tokio::test]
async fn a_receiver_of_the_instance_hears_of_every_team() {
    let (_place, service) = rota().await;
    let made = service.add_webhook(&operator(), &None, at_home("https://hooks.example.net/")).await.unwrap();
    stands(&service, "a", "primary", hours(&service, 500, 512), Some("ada")).await;
    service.ask_for_cover(&person("ada"), &"a".into(), 0, None).await.unwrap();
    let said = told(&service, &made).await;
    assert_eq!((kinds(&said), &said[0]["team"]["id"]), (vec!["swap.opened"], &json!("payments")));
    let (_place, empty) = service_without_teams().await;
    empty.advance().await.unwrap();
}

/// With a receiver, and nobody to hear of.
async fn service_without_teams() -> (crate::store::testing::Place, Service) {
    let (place, service) = service().await;
    service.add_webhook(&operator(), &None, at_home("https://hooks.example.net/")).await.unwrap();
    (place, service)
}
