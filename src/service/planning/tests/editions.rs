//! Editions beside each other: what publishing would change, and back to an earlier one.

use super::*;
use crate::roster::diff::Change;

#[tokio::test]
async fn what_is_told_to_change_is_what_publishing_changes() {
    let scene = scene().await;
    let draft = scene.draft().await;
    let told = scene.service.diff_roster(&operator(), &draft.head.id).await.unwrap();
    assert!(told.changes.values().all(|change| matches!(change, Change::Added(_))));
    assert_eq!(scene.publish(&draft).await.changes, told.changes);
    let again = scene.service.diff_roster(&operator(), &draft.head.id).await.unwrap();
    assert!(again.changes.is_empty());
    let next = scene.draft().await;
    scene.service.assign(&operator(), &next.head.id, &next.slots[3].id, Assign::default()).await.unwrap();
    let told = scene.service.diff_roster(&operator(), &next.head.id).await.unwrap();
    assert_eq!(told.changes.keys().collect::<Vec<_>>(), [&next.slots[3].id]);
    assert_eq!(scene.publish(&next).await.changes, told.changes);
    let back = scene.service.diff_roster(&operator(), &draft.head.id).await.unwrap();
    assert_eq!(back.changes.len(), 1, "what restoring the first edition would change");
}

#[tokio::test]
async fn an_earlier_edition_comes_back_as_a_draft_with_its_pins_and_reasons() {
    let scene = scene().await;
    let draft = scene.draft().await;
    let slot = &draft.slots[0];
    let (person, reason) = (slot.person.clone(), Some("knows the migration".to_owned()));
    let pin = Assign { person, pin: true, reason: reason.clone(), ..Assign::default() };
    scene.service.assign(&operator(), &draft.head.id, &slot.id, pin).await.unwrap();
    let first = scene.publish(&draft).await.roster;
    let next = scene.draft().await;
    scene.service.assign(&operator(), &next.head.id, &slot.id, Assign::default()).await.unwrap();
    let unfinished = scene.service.restore_roster(&operator(), &next.head.id, None).await;
    assert!(matches!(unfinished, Err(ServiceError::Conflict { code: "not-published", .. })));
    let beside = scene.service.restore_roster(&operator(), &first.head.id, None).await;
    assert!(matches!(beside, Err(ServiceError::Conflict { code: "draft-overlaps", .. })));
    scene.publish(&next).await;
    let back = scene.service.restore_roster(&operator(), &first.head.id, None).await.unwrap();
    assert_eq!((back.head.state, back.head.version), (RosterState::Draft, 2));
    assert_eq!(back.slots, first.slots);
    assert_eq!((back.slots[0].pinned, &back.slots[0].reason), (true, &reason));
    let done = scene.publish(&back).await;
    assert_eq!((done.changes.len(), done.roster.head.version), (1, 3));
    assert_eq!(done.roster.slots[0].person, slot.person);
}

#[tokio::test]
async fn what_has_started_is_not_restored() {
    let scene = scene().await;
    let first = scene.publish(&scene.draft().await).await.roster;
    let next = scene.draft().await;
    for slot in &next.slots[..4] {
        scene.service.assign(&operator(), &next.head.id, &slot.id, Assign::default()).await.unwrap();
    }
    scene.publish(&next).await;
    let later = scene.service.as_of(next.slots[0].window.start.plus_hours(1));
    let back = later.restore_roster(&operator(), &first.head.id, None).await.unwrap();
    let held: Vec<bool> = back.slots[..4].iter().map(|slot| slot.person.is_some()).collect();
    assert_eq!(held, [false, false, true, true]);
    assert_eq!(later.diff_roster(&operator(), &back.head.id).await.unwrap().changes.len(), 2);
}

#[tokio::test]
async fn swaps_taken_since_are_undone_only_when_asked_and_kept_when_asked() {
    let scene = scene().await;
    let first = scene.publish(&scene.draft().await).await.roster;
    let next = scene.draft().await;
    let slot = &next.slots[6];
    scene.service.assign(&operator(), &next.head.id, &slot.id, Assign::default()).await.unwrap();
    scene.publish(&next).await;
    // somebody takes another shift, which the second edition left where it was
    let given = &first.slots[10];
    let (holder, shift) = (given.person.clone().unwrap(), given.id.clone());
    let actor = |person: &PersonId| Actor::person(person.clone(), crate::roster::model::Channel::Api);
    let swap = scene.service.ask_for_cover(&actor(&holder), &shift, 0, None).await.unwrap();
    let offer = &swap.offers[0];
    let taker = offer.person.clone();
    scene.service.answer_offer(&actor(&taker), &offer.id, crate::service::swaps::Reply::Agree).await.unwrap();

    let refused = scene.service.restore_roster(&operator(), &first.head.id, None).await.unwrap_err();
    let ServiceError::Conflict { code: "swaps-since", message, detail } = refused else { panic!("{refused:?}") };
    assert!(message.contains(&format!("({} for {})", taker.as_str().to_uppercase(), holder.as_str().to_uppercase())));
    assert_eq!(detail["slots"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&detail["slots"][0]["slot"], &detail["slots"][0]["swap"]),
        (&shift.as_str().into(), &taker.as_str().into())
    );
    let drafts = scene.service.rosters(&operator(), &scene.team).await.unwrap();
    assert!(drafts.iter().all(|head| head.state != RosterState::Draft), "nothing is left of it");

    let of = |view: &RosterView, id: &crate::ids::SlotId| {
        view.slots.iter().find(|slot| slot.id == *id).unwrap().person.clone()
    };
    for (swaps, expected) in [(SwapsSince::Keep, &taker), (SwapsSince::Undo, &holder)] {
        let back = scene.service.restore_roster(&operator(), &first.head.id, Some(swaps)).await.unwrap();
        assert_eq!(of(&back, &shift).as_ref(), Some(expected), "{swaps:?}");
        assert_eq!(of(&back, &slot.id), first.slots[6].person, "the rest comes back either way");
        scene.service.discard_roster(&operator(), &back.head.id).await.unwrap();
    }
}
