//! What a session lasts through, and what ends it.

use super::*;
use crate::roster::model::Membership;
use crate::service::Clock;
use crate::service::testing::{operator, rota};
use crate::store::testing::Place as Folder;

const PASSWORD: &str = "correct horse battery";

/// Payments with Ada, who has a password.
async fn house() -> (Folder, Service) {
    let (folder, service) = rota().await;
    service.set_web_password(&operator(), &"ada".into(), PASSWORD, None).await.unwrap();
    (folder, service)
}

async fn enter(service: &Service, before: Option<&str>) -> String {
    match service.sign_in("ADA@example.org", PASSWORD, "Firefox\n on a phone", before).await.unwrap() {
        SignIn::In(begun) => begun.secret,
        _ => panic!("not let in"),
    }
}

async fn who(service: &Service, secret: &str) -> Option<String> {
    service.visitor(secret).await.unwrap().map(|visitor| visitor.person.id.to_string())
}

fn later(service: &Service, millis: i64) -> Service {
    service.as_of(Clock::system().now().plus_millis(millis))
}

#[tokio::test]
async fn a_right_password_begins_a_session_and_nothing_else_does() {
    let (_folder, service) = house().await;
    let secret = enter(&service, None).await;
    assert_eq!(who(&service, &secret).await.as_deref(), Some("ada"));
    for (login, password) in [("ada", "wrong horse battery"), ("nobody", PASSWORD), ("ben", PASSWORD), ("", "")] {
        let tried = service.sign_in(login, password, "", None).await.unwrap();
        assert!(matches!(tried, SignIn::Wrong), "{login}");
    }
    for secret in ["", "x", &"0".repeat(64), &secret.to_uppercase()] {
        assert_eq!(who(&service, secret).await, None);
    }
    let listed = service.sessions(&operator(), &"ada".into()).await.unwrap();
    assert_eq!(listed[0].browser, "Firefox on a phone");
    assert!(listed[0].hash != secret.as_bytes());
}

#[tokio::test]
async fn signing_in_again_ends_the_session_that_the_browser_had() {
    let (_folder, service) = house().await;
    let first = enter(&service, None).await;
    let second = enter(&service, Some(&first)).await;
    assert_eq!((who(&service, &first).await, who(&service, &second).await.as_deref()), (None, Some("ada")));
    service.sign_out(&second).await.unwrap();
    service.sign_out(&second).await.unwrap();
    assert_eq!(who(&service, &second).await, None);
}

#[tokio::test]
async fn a_session_ends_after_half_a_day_without_use_and_after_a_week_in_any_case() {
    let (_folder, service) = house().await;
    let secret = enter(&service, None).await;
    assert!(who(&later(&service, IDLE + MINUTE), &secret).await.is_none());
    for halves in 1..15 {
        let at = later(&service, halves * (IDLE - MINUTE));
        let visitor = at.visitor(&secret).await.unwrap();
        assert!(visitor.is_some(), "{halves}");
        let (now, id) = (at.clock.now(), visitor.unwrap().session);
        service.store.write(move |tx| rows::note_use(tx, &id, now, now)).await.unwrap();
    }
    assert!(who(&later(&service, LASTS - MINUTE), &secret).await.is_some());
    assert!(who(&later(&service, LASTS), &secret).await.is_none());
}

#[tokio::test]
async fn who_becomes_a_manager_gets_a_new_secret_and_the_old_one_counts_a_moment_longer() {
    let (_folder, service) = house().await;
    let old = enter(&service, None).await;
    let member = Membership {
        team: "payments".into(),
        person: "ada".into(),
        manager: true,
        member: true,
        from: None,
        until: None,
        fte: 100,
        novice: false,
    };
    service.put_member(&operator(), member).await.unwrap();
    let visitor = service.visitor(&old).await.unwrap().unwrap();
    assert!(visitor.manages(&"payments".into()) && !visitor.manages(&"other".into()));
    let new = visitor.replaced.expect("a new secret");
    let again = service.visitor(&old).await.unwrap().unwrap();
    assert_eq!(again.replaced, None, "one is enough");
    let after = later(&service, OVERLAP + SECOND);
    assert_eq!((who(&after, &old).await, who(&after, &new).await.as_deref()), (None, Some("ada")));
}

#[tokio::test]
async fn whoever_is_shut_out_or_gets_another_password_is_signed_out_everywhere() {
    let (_folder, service) = house().await;
    let (one, two) = (enter(&service, None).await, enter(&service, None).await);
    let here = service.visitor(&one).await.unwrap().unwrap();
    service.set_web_password(&here.actor(), &"ada".into(), "another long word", Some(&here.session)).await.unwrap();
    assert_eq!((who(&service, &one).await.as_deref(), who(&service, &two).await), (Some("ada"), None));
    assert!(matches!(service.sign_in("ada", PASSWORD, "", None).await.unwrap(), SignIn::Wrong));
    service.disable_person(&operator(), &"ada".into()).await.unwrap();
    assert_eq!(who(&service, &one).await, None);
    assert!(matches!(service.sign_in("ada", "another long word", "", None).await.unwrap(), SignIn::Wrong));
    assert!(service.sessions(&operator(), &"ada".into()).await.unwrap().is_empty());
}

#[tokio::test]
async fn nobody_ends_or_sees_the_sessions_of_others() {
    let (_folder, service) = house().await;
    let secret = enter(&service, None).await;
    let ada = service.visitor(&secret).await.unwrap().unwrap();
    let ben = Actor::person("ben".into(), Channel::Button);
    assert!(service.sessions(&ben, &"ada".into()).await.is_err());
    assert!(service.end_session(&ben, &"ada".into(), &ada.session).await.is_err());
    assert!(service.end_session(&ben, &"ben".into(), &ada.session).await.is_err(), "not by way of their own list");
    assert_eq!(service.end_other_sessions(&ada.actor(), &"ada".into(), Some(&ada.session)).await.unwrap(), 0);
    service.end_session(&ada.actor(), &"ada".into(), &ada.session).await.unwrap();
    assert_eq!(who(&service, &secret).await, None);
}

#[tokio::test]
async fn a_proof_of_who_one_is_renews_the_secret_and_its_moment() {
    let (_folder, service) = house().await;
    let secret = enter(&service, None).await;
    let after = later(&service, HOUR);
    let visitor = after.visitor(&secret).await.unwrap().unwrap();
    assert!(matches!(after.prove(&visitor, &secret, "wrong horse battery", "").await.unwrap(), SignIn::Wrong));
    let SignIn::In(begun) = after.prove(&visitor, &secret, PASSWORD, "").await.unwrap() else { panic!("not proven") };
    assert_eq!(who(&after, &secret).await, None);
    assert_eq!(after.visitor(&begun.secret).await.unwrap().unwrap().proven, after.clock.now());
}

#[tokio::test]
async fn a_person_has_so_many_sessions_and_the_oldest_makes_room() {
    let (_folder, service) = house().await;
    let first = enter(&service, None).await;
    let write = |n: i64| {
        let at = later(&service, n * SECOND);
        async move {
            let begin = Begin { person: "ada".into(), browser: String::new(), before: None, proven: None };
            at.begin_session(begin, |_, _, _| Ok(true)).await.unwrap()
        }
    };
    for n in 1..=i64::try_from(MOST).unwrap() {
        assert!(write(n).await.is_some());
    }
    assert_eq!(service.sessions(&operator(), &"ada".into()).await.unwrap().len(), MOST);
    assert_eq!(who(&service, &first).await, None);
}
