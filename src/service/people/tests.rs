//! What adding and disabling people does.

use super::*;
use crate::ids::TokenId;
use crate::service::testing::{ada, operator, service};
use crate::store::collections;

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
    service.set_web_password(&operator(), &person.id, "correct horse battery").await.unwrap();
    let id = person.id.clone();
    let read = move |tx: &mut dyn Connection| Ok::<_, ServiceError>(rows::web_password(tx, &id)?);
    let stored = service.store.read(read).await.unwrap().unwrap();
    assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
    assert!(service.authenticate_basic("ada", "correct horse battery").await.unwrap().is_none());
    assert!(service.set_web_password(&operator(), &person.id, "short").await.is_err());
}
