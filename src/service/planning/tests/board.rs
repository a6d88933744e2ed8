//! The board over a store: what a manager sees at once, which shift to hand on, and solvings beside requests.

use super::*;
use crate::service::planning::{Solving, Stage};
use crate::store::solvings::{self, SolvingRow};

async fn ended(scene: &Scene, id: &str) -> Solving {
    loop {
        let found = scene.service.solving(&operator(), id).await.unwrap();
        if matches!(found.stage, Stage::Done(_) | Stage::Failed { .. }) {
            return found;
        }
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_board_has_everybody_who_stands_shifts_with_what_they_hold_and_have_not_confirmed() {
    let scene = scene().await;
    let draft = scene.draft().await;
    let board = scene.service.board(&operator(), &draft.head.id).await.unwrap();
    assert_eq!((board.head.clone(), board.slots.len()), (draft.head.clone(), 28));
    let names: Vec<_> = board.people.iter().map(|person| person.name.clone()).collect();
    assert!(names.is_sorted() && names.len() == board.report.lines.len(), "{names:?}");
    assert!(board.people.iter().all(|person| !person.unconfirmed.is_empty()));
    let who = board.people[0].id.clone();
    for month in board.people[0].unconfirmed.clone() {
        scene.service.confirm_month(&operator(), &who, month, true).await.unwrap();
    }
    let board = scene.service.board(&operator(), &draft.head.id).await.unwrap();
    assert!(board.people[0].unconfirmed.is_empty() && !board.people[1].unconfirmed.is_empty());
    let person = Actor::person(who, crate::roster::model::Channel::Button);
    let refused = scene.service.board(&person, &draft.head.id).await;
    assert!(refused.is_err());
}

#[tokio::test]
async fn what_one_person_holds_is_weighed_for_another() {
    let scene = scene().await;
    let draft = scene.draft().await;
    let from = draft.slots[0].person.clone().unwrap();
    let to = draft.slots.iter().filter_map(|slot| slot.person.clone()).find(|person| *person != from).unwrap();
    let all = scene.service.handings(&operator(), &draft.head.id, &from, &to).await.unwrap();
    let held = draft.slots.iter().filter(|slot| slot.person.as_ref() == Some(&from)).count();
    assert_eq!(all.len(), held);
    assert!(all.iter().all(|one| one.slot.person.as_ref() == Some(&from)));
    let refused = scene.service.handings(&operator(), &draft.head.id, &from, &"nobody".into()).await;
    assert!(matches!(refused, Err(ServiceError::Invalid { .. })), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_solving_goes_on_beside_the_request_and_says_what_came_of_it() {
    let scene = scene().await;
    let id = scene.service.begin_roster(&operator(), &scene.team, (scene.from, scene.to)).await.unwrap();
    let done = ended(&scene, &id).await;
    let Stage::Done(found) = &done.stage else { panic!("{done:?}") };
    assert!(found.reached.is_some_and(|reached| reached.gaps == 0));
    let roster = done.roster.unwrap();
    let before = scene.service.roster(&operator(), &roster).await.unwrap();
    let again = scene.service.begin_solving(&operator(), &roster, Some(before.head.counter)).await.unwrap();
    scene.service.stop_solving(&operator(), &again).await.unwrap();
    assert!(matches!(ended(&scene, &again).await.stage, Stage::Done(_)));
    let refused = scene.service.begin_solving(&operator(), &roster, Some(before.head.counter)).await;
    assert!(matches!(refused, Err(ServiceError::PreconditionFailed)), "changed since: {refused:?}");
    let refused = scene.service.begin_roster(&operator(), &scene.team, (scene.from, scene.to)).await;
    assert!(matches!(refused, Err(ServiceError::Conflict { code: "draft-overlaps", .. })), "{refused:?}");
    let ada = Actor::person(PersonId::from("ada"), crate::roster::model::Channel::Button);
    assert!(matches!(scene.service.solving(&ada, &id).await, Err(ServiceError::Forbidden(_))));
    assert!(matches!(scene.service.solving(&operator(), "unknown").await, Err(ServiceError::NotFound(_))));
}

/// A search that another process of this instance began, and of which it spoke that many seconds ago.
async fn begun_elsewhere(scene: &Scene, seconds: i64) -> String {
    let (id, now) = (format!("elsewhere-{seconds}"), scene.service.ctx().now);
    let row = SolvingRow {
        id: id.clone(),
        team: scene.team.clone(),
        roster: None,
        begun: now.plus_millis(-60_000),
        seen: now.plus_millis(-seconds * 1000),
        ended: false,
        stage: r#"{"improving":{"gaps":0,"cost":42,"bound":40}}"#.to_owned(),
    };
    scene.service.store.write(move |tx| solvings::insert(tx, &row)).await.unwrap();
    id
}

#[tokio::test]
async fn a_solving_of_another_process_is_followed_and_called_off_here() {
    let scene = scene().await;
    let id = begun_elsewhere(&scene, 5).await;
    let found = scene.service.solving(&operator(), &id).await.unwrap();
    assert!(matches!(found.stage, Stage::Improving(reached) if reached.cost == 42), "{found:?}");
    scene.service.stop_solving(&operator(), &id).await.unwrap();
    let asked = scene.service.store.read(move |tx| solvings::is_called_off(tx, &id)).await;
    assert_eq!(asked, Ok(true));
}

#[tokio::test]
async fn a_solving_whose_process_is_silent_has_failed() {
    let scene = scene().await;
    let id = begun_elsewhere(&scene, 31).await;
    let found = scene.service.solving(&operator(), &id).await.unwrap();
    assert!(matches!(&found.stage, Stage::Failed { message } if message.contains("was stopped")), "{found:?}");
}
