//! Effects and explanations over a store: they say what would come, and store nothing.

use super::*;
use crate::roster::what_if::Change;

/// The draft's first two slots stand at the same time.
fn give(roster: &RosterView, at: usize, person: Option<&str>) -> Change {
    Change { slot: roster.slots[at].id.clone(), person: person.map(PersonId::from) }
}

#[tokio::test]
async fn a_change_is_foretold_with_its_rules_and_nothing_is_stored() {
    let scene = scene().await;
    let draft = scene.draft().await;
    let [holder, partner] = [0, 1].map(|at: usize| draft.slots[at].person.clone().unwrap());
    let changes = [give(&draft, 0, Some(partner.as_str()))];
    let told = scene.service.what_if(&operator(), &draft.head.id, &changes).await.unwrap();
    assert!(told.findings[0].text.contains("stands secondary for payments"), "{:?}", told.findings);
    let gains = |person: &PersonId| told.people.iter().find(|one| one.after.person == *person).unwrap().gains();
    assert!(gains(&holder) < 0 && gains(&partner) > 0);
    assert_eq!(scene.service.roster(&operator(), &draft.head.id).await.unwrap(), draft);
    // exchanged, both may stand
    let exchange = [give(&draft, 0, Some(partner.as_str())), give(&draft, 1, Some(holder.as_str()))];
    let told = scene.service.what_if(&operator(), &draft.head.id, &exchange).await.unwrap();
    assert_eq!(told.findings, []);
    // what is foretold is what comes
    let wish = Assign { person: None, ..Assign::default() };
    let told = scene.service.what_if(&operator(), &draft.head.id, &[give(&draft, 0, None)]).await.unwrap();
    scene.service.assign(&operator(), &draft.head.id, &draft.slots[0].id, wish).await.unwrap();
    let check = scene.service.check_roster(&operator(), &draft.head.id).await.unwrap();
    assert_eq!(told.findings, check.findings);
}

#[tokio::test]
async fn a_pin_is_the_managers_to_change_and_what_makes_no_sense_is_refused() {
    let scene = scene().await;
    let draft = scene.draft().await;
    let (id, slot) = (&draft.head.id, &draft.slots[0]);
    let pin = Assign { person: slot.person.clone(), pin: true, ..Assign::default() };
    scene.service.assign(&operator(), id, &slot.id, pin).await.unwrap();
    let other = scene.service.candidates(&operator(), id, &slot.id).await.unwrap();
    let other = other.iter().find(|one| one.level != Level::Excluded && Some(&one.person) != slot.person.as_ref());
    let told = scene.service.what_if(&operator(), id, &[give(&draft, 0, other.map(|one| one.person.as_str()))]).await;
    assert_eq!(told.unwrap().findings, []);
    let twice = [give(&draft, 0, None), give(&draft, 0, Some("ada"))];
    let refused = scene.service.what_if(&operator(), id, &twice).await;
    assert!(matches!(refused, Err(ServiceError::Invalid { .. })), "{refused:?}");
    let refused = scene.service.what_if(&operator(), id, &[give(&draft, 0, Some("nobody"))]).await;
    assert!(matches!(refused, Err(ServiceError::Invalid { .. })), "{refused:?}");
    let elsewhere = Change { slot: "elsewhere".into(), person: None };
    let refused = scene.service.what_if(&operator(), id, &[elsewhere]).await;
    assert!(matches!(refused, Err(ServiceError::NotFound(_))), "{refused:?}");
    let ada = Actor::person(PersonId::from("ada"), crate::roster::model::Channel::Api);
    let refused = scene.service.what_if(&ada, id, &[]).await;
    assert!(matches!(refused, Err(ServiceError::Forbidden(_))), "{refused:?}");
}

#[tokio::test]
async fn a_slot_is_explained_by_everybody_with_their_cost_and_a_gap_by_its_counts() {
    let scene = scene().await;
    let draft = scene.draft().await;
    let (id, slot) = (&draft.head.id, &draft.slots[0]);
    let seen = scene.service.explain_slot(&operator(), id, &slot.id).await.unwrap();
    assert_eq!((seen.alternatives.len(), &seen.gap), (PEOPLE.len(), &None));
    for one in &seen.alternatives {
        let change = Change { slot: slot.id.clone(), person: Some(one.candidate.person.clone()) };
        let told = scene.service.what_if(&operator(), id, &[change]).await.unwrap();
        assert_eq!(one.effect, told, "{}", one.name);
        if Some(&one.candidate.person) == slot.person.as_ref() {
            assert_eq!(told.before, told.after);
        }
    }
    for person in PEOPLE {
        scene.service.disable_person(&operator(), &PersonId::from(person)).await.unwrap();
    }
    scene.service.assign(&operator(), id, &slot.id, Assign::default()).await.unwrap();
    let seen = scene.service.explain_slot(&operator(), id, &slot.id).await.unwrap();
    assert!(seen.gap.as_ref().is_some_and(|why| why.ends_with(": 7 disabled")), "{:?}", seen.gap);
    assert!(seen.alternatives.iter().all(|one| one.candidate.level == Level::Excluded));
}

#[tokio::test]
async fn a_draft_is_explained_against_what_is_published() {
    let scene = scene().await;
    scene.publish(&scene.draft().await).await;
    let draft = scene.draft().await;
    let seen = scene.service.explain_roster(&operator(), &draft.head.id).await.unwrap();
    assert_eq!((seen.gaps.len(), seen.comparison.people.len()), (0, 0));
    assert_eq!(seen.comparison.before, seen.comparison.after);
    scene.service.assign(&operator(), &draft.head.id, &draft.slots[0].id, Assign::default()).await.unwrap();
    let seen = scene.service.explain_roster(&operator(), &draft.head.id).await.unwrap();
    let lost: Vec<_> = seen.comparison.people.iter().map(|one| (Some(&one.after.person), one.gains() < 0)).collect();
    assert_eq!(lost, [(draft.slots[0].person.as_ref(), true)]);
    assert_eq!((seen.gaps.len(), seen.comparison.before.gaps, seen.comparison.after.gaps), (1, 0, 1));
}
