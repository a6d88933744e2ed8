//! Steps of a manager on a draft: turns and exchanges, first weighed, then taken.

use super::*;
use crate::ids::SlotId;
use crate::store::audit;

/// Weeks of nights that one person stands as a whole.
async fn weeks() -> (Scene, RosterView) {
    let scene = scene().await;
    let pattern = NewPattern {
        title: "Nights".to_owned(),
        zone: chrono_tz::Europe::London,
        start: "2026-01-05T20:00:00".parse().unwrap(),
        end: "2026-01-05T23:00:00".parse().unwrap(),
        rule: "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH".to_owned(),
        roles: vec!["primary".to_owned()],
        turn: "week".to_owned(),
        end_zone: None,
        site: None,
        at_work: false,
    };
    let team = NewTeam {
        id: "nights".to_owned(),
        name: "Nights".to_owned(),
        email: "nights@oncall.example.org".to_owned(),
        ..payments()
    };
    let team = scene.service.add_team(&operator(), &team).await.unwrap().id;
    for id in PEOPLE {
        let membership = Membership {
            team: team.clone(),
            person: id.into(),
            manager: false,
            member: true,
            from: None,
            until: None,
            fte: 100,
            novice: false,
        };
        scene.service.put_member(&operator(), membership).await.unwrap();
    }
    scene.service.add_pattern(&operator(), &team, &pattern).await.unwrap();
    let monday = crate::time::monday_of(scene.from);
    let draft = scene.service.create_roster(&operator(), &team, monday, monday + TimeDelta::days(21)).await.unwrap();
    (scene, draft)
}

fn holders(view: &RosterView) -> Vec<&str> {
    view.slots.iter().map(|slot| slot.person.as_ref().map_or("", PersonId::as_str)).collect()
}

#[tokio::test]
async fn a_whole_turn_is_given_and_pinned_as_it_was_told() {
    let (scene, draft) = weeks().await;
    assert_eq!(draft.slots.len(), 12);
    let id = &draft.head.id;
    let first = draft.slots[0].person.clone().unwrap();
    let taker = PEOPLE.iter().find(|id| !holders(&draft).contains(id)).unwrap();
    let step =
        Step::Give { slot: draft.slots[1].id.clone(), person: Some((*taker).into()), whole_turn: true, pin: true };
    let weighed = scene.service.weigh_steps(&operator(), id, std::slice::from_ref(&step)).await.unwrap();
    let week: Vec<SlotId> = draft.slots[..4].iter().map(|slot| slot.id.clone()).collect();
    assert_eq!(weighed.changes.iter().map(|change| change.slot.clone()).collect::<Vec<_>>(), week);
    assert_eq!(weighed.pinned.len(), 4);
    assert_eq!(weighed.told.findings, []);
    assert_eq!(scene.service.roster(&operator(), id).await.unwrap(), draft, "nothing is stored");
    let done = scene.service.take_steps(&operator(), id, (&[step], None), None).await.unwrap();
    assert_eq!(holders(&done)[..4], [*taker; 4]);
    assert_eq!(holders(&done)[4..], holders(&draft)[4..]);
    assert!(done.slots[..4].iter().all(|slot| slot.pinned));
    let again = scene.service.solve_roster(&operator(), id, None).await.unwrap();
    assert_eq!(holders(&again)[..4], [*taker; 4], "the solver keeps it");
    let rows = scene.service.store.read(|tx| audit::after(tx, 0, 1000)).await.unwrap();
    let row = rows.iter().rfind(|row| row.event.action == "roster.assigned").unwrap();
    assert!(format!("{row:?}").contains(first.as_str()), "{row:?}");
}

#[tokio::test]
async fn two_turns_are_exchanged_and_back() {
    let (scene, draft) = weeks().await;
    let id = &draft.head.id;
    let step = Step::Exchange { one: draft.slots[2].id.clone(), other: draft.slots[5].id.clone(), whole_turn: true };
    let steps = std::slice::from_ref(&step);
    let told = scene.service.weigh_steps(&operator(), id, steps).await.unwrap();
    assert_eq!((told.changes.len(), told.told.after.fairness), (8, told.told.before.fairness), "like for like");
    let done = scene.service.take_steps(&operator(), id, (steps, None), None).await.unwrap();
    assert_eq!((&holders(&done)[..4], &holders(&done)[4..8]), (&holders(&draft)[4..8], &holders(&draft)[..4]));
    let back = scene.service.take_steps(&operator(), id, (steps, None), Some(done.head.counter)).await.unwrap();
    assert_eq!(holders(&back), holders(&draft));
    let stale = scene.service.take_steps(&operator(), id, (steps, None), Some(done.head.counter)).await;
    assert!(matches!(stale, Err(ServiceError::PreconditionFailed)), "{stale:?}");
    // only the one slot
    let one = Step::Exchange { one: draft.slots[2].id.clone(), other: draft.slots[5].id.clone(), whole_turn: false };
    assert_eq!(scene.service.weigh_steps(&operator(), id, &[one]).await.unwrap().changes.len(), 2);
    let same = Step::Exchange { one: draft.slots[2].id.clone(), other: draft.slots[1].id.clone(), whole_turn: true };
    let refused = scene.service.weigh_steps(&operator(), id, &[same]).await;
    assert!(matches!(refused, Err(ServiceError::Invalid { .. })), "{refused:?}");
}

#[tokio::test]
async fn what_breaks_a_rule_needs_a_reason_and_is_done_wholly_or_not_at_all() {
    let scene = scene().await;
    let draft = scene.draft().await;
    let id = &draft.head.id;
    let partner = draft.slots[1].person.clone();
    let give = |at: usize, person: Option<PersonId>| Step::Give {
        slot: draft.slots[at].id.clone(),
        person,
        whole_turn: false,
        pin: false,
    };
    let steps = [give(5, None), give(0, partner)];
    let refused = scene.service.take_steps(&operator(), id, (&steps, Some("  ".to_owned())), None).await.unwrap_err();
    let ServiceError::Unprocessable { rules, .. } = refused else { panic!("{refused:?}") };
    assert!(rules.iter().any(|rule| rule.contains("stands secondary")), "{rules:?}");
    assert_eq!(scene.service.roster(&operator(), id).await.unwrap(), draft);
    let done =
        scene.service.take_steps(&operator(), id, (&steps, Some("only tonight".to_owned())), None).await.unwrap();
    assert_eq!((&done.slots[0].person, &done.slots[5].person), (&draft.slots[1].person, &None));
    assert_eq!((done.slots[0].reason.as_deref(), done.slots[5].reason.as_deref()), (Some("only tonight"), None));
}
