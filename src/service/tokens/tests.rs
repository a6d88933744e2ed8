//! Whom secrets let in.

use super::*;
use crate::ids::TeamId;
use crate::roster::model::Membership;
use crate::service::audit::From;
use crate::service::people::NewPerson;
use crate::service::testing::{ada, operator, payments, phone_of, service};

async fn with_ada() -> (crate::store::testing::Place, Service, PersonId) {
    let (folder, service) = service().await;
    let person = service.add_person(&operator(), &ada()).await.unwrap().id;
    (folder, service, person)
}

#[tokio::test]
async fn an_app_password_lets_its_person_in_by_id_or_address() {
    let (_folder, service, person) = with_ada().await;
    let made = service.add_app_password(&operator(), phone_of(&person)).await.unwrap();
    for login in ["ada", "Ada@Example.ORG", " ADA "] {
        let login = service.authenticate_basic(login, &made.secret).await.unwrap().unwrap();
        assert_eq!((login.person, login.token, login.scope), (person.clone(), made.id.clone(), DavScope::ReadWrite));
    }
}

#[tokio::test]
async fn nobody_is_let_in_by_somebody_elses_password_or_a_wrong_one() {
    let (_folder, service, person) = with_ada().await;
    let ben = NewPerson { id: "ben".to_owned(), email: "ben@example.org".to_owned(), ..ada() };
    service.add_person(&operator(), &ben).await.unwrap();
    let made = service.add_app_password(&operator(), phone_of(&person)).await.unwrap();
    let other = service.add_app_password(&operator(), phone_of(&PersonId::from("ben"))).await.unwrap();
    let mixed = format!("{}{}", &made.secret[..12], &other.secret[12..]);
    for (login, secret) in [
        ("ben", made.secret.as_str()),
        ("nobody", &made.secret),
        ("", &made.secret),
        ("ada", ""),
        ("ada", "dw-00000000-00000000000000000000000000"),
        ("ada", &mixed),
        ("ada", made.secret.strip_prefix("dw-").unwrap()),
    ] {
        assert_eq!(service.authenticate_basic(login, secret).await.unwrap(), None, "{login} {secret}");
    }
}

#[tokio::test]
async fn a_well_formed_guess_with_a_known_public_part_lets_nobody_in() {
    let (_folder, service, person) = with_ada().await;
    let password = service.add_app_password(&operator(), phone_of(&person)).await.unwrap();
    let token = service.add_api_token(&operator(), "pager", Scope::Admin, None).await.unwrap();
    let guess = Secret::guess(APP_PASSWORD, password.id.as_str()).text();
    assert!(Secret::parse(APP_PASSWORD, &guess).is_some());
    assert_eq!(service.authenticate_basic("ada", &guess).await.unwrap(), None);
    let guess = Secret::guess(API_TOKEN, token.id.as_str()).text();
    assert_eq!(service.authenticate_bearer(&guess).await.unwrap(), None);
}

#[tokio::test]
async fn a_revoked_password_is_refused_at_once() {
    let (_folder, service, person) = with_ada().await;
    let made = service.add_app_password(&operator(), phone_of(&person)).await.unwrap();
    let actor = Actor::person(person, Channel::Api);
    service.revoke_secret(&actor, SecretKind::AppPassword, &made.id).await.unwrap();
    assert_eq!(service.authenticate_basic("ada", &made.secret).await.unwrap(), None);
    let unknown = service.revoke_secret(&actor, SecretKind::AppPassword, &TokenId::from("none")).await;
    assert!(matches!(unknown, Err(ServiceError::NotFound(_))));
}

#[tokio::test]
async fn only_hashes_are_kept_and_the_trail_names_no_secret() {
    let (place, service, person) = with_ada().await;
    let password = service.add_app_password(&operator(), phone_of(&person)).await.unwrap().secret;
    let token = service.add_api_token(&operator(), "pager", Scope::Read, None).await.unwrap().secret;
    let feed = NewFeed { person: Some(person), team: None, label: "Google".to_owned() };
    let feed = service.add_feed(&operator(), feed).await.unwrap().secret;
    let trail = format!("{:?}", service.audit_since(&operator(), From::Place(0), 100).await.unwrap());
    let stored = place.contents();
    for secret in [&password[12..], &token[13..], &feed] {
        assert!(!trail.contains(secret));
        assert!(!stored.windows(secret.len()).any(|bytes| bytes == secret.as_bytes()));
    }
}

#[tokio::test]
async fn a_person_has_at_most_twenty_good_app_passwords() {
    let (_folder, service, person) = with_ada().await;
    let mut first = None;
    for _ in 0..MAX_PER_PERSON {
        let made = service.add_app_password(&operator(), phone_of(&person)).await.unwrap();
        first.get_or_insert(made.id);
    }
    let refused = service.add_app_password(&operator(), phone_of(&person)).await;
    assert!(matches!(refused, Err(ServiceError::TooMany(_))));
    service.revoke_secret(&operator(), SecretKind::AppPassword, &first.unwrap()).await.unwrap();
    service.add_app_password(&operator(), phone_of(&person)).await.unwrap();
}

#[tokio::test]
async fn the_use_of_a_secret_is_noted_once_in_a_quarter_of_an_hour() {
    let (_folder, service, person) = with_ada().await;
    let made = service.add_app_password(&operator(), phone_of(&person)).await.unwrap();
    let mut used = None;
    for _ in 0..200 {
        service.authenticate_basic("ada", &made.secret).await.unwrap().unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        used = service.app_passwords(&operator(), &person).await.unwrap()[0].life.last_used;
        if used.is_some() {
            break;
        }
    }
    assert!(used.is_some());
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    service.authenticate_basic("ada", &made.secret).await.unwrap().unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    let settled = service.app_passwords(&operator(), &person).await.unwrap()[0].life.last_used;
    assert!(settled.is_some_and(|settled| settled <= used.unwrap().plus_millis(15)), "{settled:?} {used:?}");
}

#[tokio::test]
async fn a_token_reaches_as_far_as_its_scope_and_its_person() {
    let (_folder, service, person) = with_ada().await;
    let read = service.add_api_token(&operator(), "wall", Scope::Read, None).await.unwrap();
    let admin = service.add_api_token(&operator(), "setup", Scope::Admin, None).await.unwrap();
    let adas = service.add_api_token(&operator(), "ada's", Scope::Admin, Some(person.clone())).await.unwrap();
    let mut allowed = Vec::new();
    for token in [&read, &admin, &adas] {
        let actor = service.authenticate_bearer(&token.secret).await.unwrap().unwrap();
        allowed.push(service.people(&actor).await.is_ok());
    }
    assert_eq!(allowed, [false, true, false]);
    service.disable_person(&operator(), &person).await.unwrap();
    assert!(service.authenticate_bearer(&adas.secret).await.unwrap().is_none());
    assert!(service.authenticate_bearer("dwt-nonsense").await.unwrap().is_none());
}

#[tokio::test]
async fn a_feed_of_a_team_ends_when_its_holder_leaves_the_team() {
    let (_folder, service, person) = with_ada().await;
    let team = service.add_team(&operator(), &payments()).await.unwrap().id;
    let new = NewFeed { person: Some(person.clone()), team: Some(team.clone()), label: "Google".to_owned() };
    assert!(matches!(service.add_feed(&operator(), new.clone()).await, Err(ServiceError::NotFound(_))));
    let membership = Membership {
        team: TeamId::from("payments"),
        person: person.clone(),
        manager: false,
        member: true,
        from: None,
        until: None,
        fte: 100,
        novice: false,
    };
    service.put_member(&operator(), membership).await.unwrap();
    let made = service.add_feed(&operator(), new).await.unwrap();
    assert_eq!(service.feed(&made.secret).await.unwrap().map(|feed| feed.id), Some(made.id));
    service.end_membership(&operator(), &team, &person, "2020-01-01".parse().unwrap()).await.unwrap();
    assert_eq!(service.feed(&made.secret).await.unwrap(), None);
    assert_eq!(service.feed("nonsense").await.unwrap(), None);
}
