//! What administering teams does and refuses.

use super::*;
use crate::roster::model::{Channel, Grant};
use crate::service::testing::{ada, operator, payments, service};
use crate::store::collections;

fn member(from: Option<&str>, until: Option<&str>) -> Membership {
    let day = |text: &str| text.parse().unwrap();
    Membership {
        team: TeamId::from("payments"),
        person: PersonId::from("ada"),
        manager: false,
        member: true,
        from: from.map(day),
        until: until.map(day),
        fte: 100,
        novice: false,
    }
}

#[tokio::test]
async fn a_new_team_has_its_calendars_and_the_usual_roles() {
    let (_folder, service) = service().await;
    let team = service.add_team(&operator(), &payments()).await.unwrap();
    let roles: Vec<_> = team.roles.iter().map(|role| (role.name.as_str(), role.paged, role.optional)).collect();
    assert_eq!(roles, [("primary", true, false), ("secondary", true, false), ("shadow", false, true)]);
    let read = |tx: &mut dyn Connection| Ok::<_, ServiceError>(collections::of_team(tx, &TeamId::from("payments"))?);
    let names: Vec<_> = service.store.read(read).await.unwrap().into_iter().map(|calendar| calendar.name).collect();
    assert_eq!(names, ["holidays", "pattern", "roster", "team-availability"]);
    assert_eq!(service.team(&operator(), &team.id).await.unwrap().team, team);
}

#[tokio::test]
async fn a_manager_changes_their_team_and_no_other() {
    let (_folder, service) = service().await;
    service.add_person(&operator(), &ada()).await.unwrap();
    let team = service.add_team(&operator(), &payments()).await.unwrap().id;
    let other = NewTeam { id: "search".to_owned(), email: "search@oncall.example.org".to_owned(), ..payments() };
    let other = service.add_team(&operator(), &other).await.unwrap().id;
    let actor = Actor::person(PersonId::from("ada"), Channel::Api);
    assert!(matches!(service.set_weights(&actor, &team, Weights::default()).await, Err(ServiceError::Forbidden(_))));
    service.put_member(&operator(), Membership { manager: true, ..member(None, None) }).await.unwrap();
    assert_eq!(service.set_weights(&actor, &team, Weights::default()).await.unwrap(), 2);
    assert!(matches!(service.set_weights(&actor, &other, Weights::default()).await, Err(ServiceError::Forbidden(_))));
}

#[tokio::test]
async fn somebody_may_leave_and_come_back_but_not_be_there_twice() {
    let (_folder, service) = service().await;
    service.add_person(&operator(), &ada()).await.unwrap();
    let team = service.add_team(&operator(), &payments()).await.unwrap().id;
    service.put_member(&operator(), member(Some("2025-01-01"), None)).await.unwrap();
    let twice = service.put_member(&operator(), member(Some("2025-06-01"), None)).await.unwrap_err();
    assert!(matches!(twice, ServiceError::Conflict { code: "membership-overlaps", .. }), "{twice}");
    let day = "2025-05-01".parse().unwrap();
    service.end_membership(&operator(), &team, &PersonId::from("ada"), day).await.unwrap();
    service.put_member(&operator(), member(Some("2025-06-01"), None)).await.unwrap();
    let members = service.team(&operator(), &team).await.unwrap().members;
    assert_eq!(members.len(), 2);
    assert_eq!(members[0], (member(Some("2025-01-01"), Some("2025-05-01")), "Ada Okafor".to_owned()));
}

#[tokio::test]
async fn a_qualification_is_required_by_a_role_and_granted_by_name() {
    let (_folder, service) = service().await;
    service.add_person(&operator(), &ada()).await.unwrap();
    let team = service.add_team(&operator(), &payments()).await.unwrap().id;
    let new = NewQualification {
        team: Some(team.clone()),
        name: "PROD-ACCESS".to_owned(),
        roles: vec!["primary".to_owned()],
        ..NewQualification::default()
    };
    let id = service.add_qualification(&operator(), &new).await.unwrap();
    let primary = service.team(&operator(), &team).await.unwrap().team.roles.remove(0);
    assert_eq!(primary.requires, [id]);
    let grant = Grant {
        person: PersonId::from("ada@example.org"),
        qualification: "PROD-ACCESS".into(),
        from: None,
        until: None,
        evidence: "training of May".to_owned(),
    };
    service.grant_qualification(&operator(), Some(&team), grant).await.unwrap();
    assert!(service.add_qualification(&operator(), &new).await.is_err());
}

#[tokio::test]
async fn a_pattern_from_its_parts_stands_in_the_pattern_calendar() {
    let (_folder, service) = service().await;
    let team = service.add_team(&operator(), &payments()).await.unwrap().id;
    let mut new = NewPattern {
        title: "Payments weekdays".to_owned(),
        start: "2026-12-07T09:00:00".parse().unwrap(),
        end: "2026-12-08T09:00:00".parse().unwrap(),
        zone: chrono_tz::Europe::London,
        rule: "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH".to_owned(),
        roles: vec!["primary".to_owned(), "secondary".to_owned()],
        turn: "week".to_owned(),
        end_zone: None,
        site: None,
        at_work: false,
    };
    let uid = service.add_pattern(&operator(), &team, &new).await.unwrap();
    let read = move |tx: &mut dyn Connection| {
        let calendar = collections::of_team(tx, &TeamId::from("payments"))?.into_iter().find(|c| c.name == "pattern");
        Ok::<_, ServiceError>(crate::store::objects::by_uid(tx, &calendar.unwrap().id, &uid)?.unwrap())
    };
    let stored = service.store.read(read).await.unwrap();
    let text = String::from_utf8(stored.body).unwrap();
    assert!(text.contains("RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH\r\n"), "{text}");
    assert!(text.contains("CATEGORIES:primary,secondary\r\n") && text.contains("DESCRIPTION:turn: week\r\n"), "{text}");
    assert!(stored.head.recurring);
    new.rule = "FREQ=SECONDLY".to_owned();
    assert!(matches!(service.add_pattern(&operator(), &team, &new).await, Err(ServiceError::Refused(_))));
    new.roles = vec!["captain".to_owned()];
    assert!(matches!(service.add_pattern(&operator(), &team, &new).await, Err(ServiceError::NotFound(_))));
}
