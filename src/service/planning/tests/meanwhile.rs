//! What happens while a draft is open: swaps, absences, other patterns, and time.

use super::*;
use crate::ids::SlotId;
use crate::roster::model::{Answer, Channel, Shift};
use crate::roster::swap::SwapState;
use crate::service::calendars::{CollectionPath, Conditions, PutRequest};
use crate::service::swaps::Reply;
use crate::store::collections::CollectionKind;
use crate::store::{rosters, swaps};
use chrono_tz::Europe::London;
use std::task::Poll;

impl Scene {
    /// Somebody else takes a shift from whoever holds it: who.
    async fn swapped(&self, slot: &SlotId) -> PersonId {
        let asked = self.service.ask_for_cover(&operator(), slot, 0, None).await.unwrap();
        let offer = asked.offers.first().expect("somebody can");
        self.service.answer_offer(&operator(), &offer.id, Reply::Agree).await.unwrap();
        offer.person.clone()
    }

    async fn shift(&self, slot: &SlotId) -> Option<Shift> {
        let slot = slot.clone();
        self.service.store.read(move |tx| shifts::find(tx, &slot, 0)).await.unwrap()
    }

    async fn holder(&self, slot: &SlotId) -> Option<PersonId> {
        self.shift(slot).await.and_then(|shift| shift.person)
    }

    /// A person's whole day off.
    async fn away(&self, person: &str, day: Day) {
        let day = day.format("%Y%m%d");
        let text = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:away-{day}\r\nDTSTAMP:20260801T080000Z\r\n\
             DTSTART;VALUE=DATE:{day}\r\nSUMMARY:Away\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        );
        let actor = Actor::person(person.into(), Channel::Calendar);
        let path = CollectionPath::new(person.into(), "availability").object(format!("away-{day}.ics"));
        let request = PutRequest {
            body: text.into(),
            content_type: Some("text/calendar".to_owned()),
            conditions: Conditions::default(),
            schedule_reply: true,
        };
        self.service.put_object(&actor, &path, request).await.unwrap();
    }

    /// The team's one pattern, its hours and days written anew.
    async fn edit_pattern(&self, hours: (&str, &str), more: &str) {
        let uid = self.pattern_uid().await;
        let text = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260801T080000Z\r\n\
             DTSTART;TZID=Europe/London:20260101T{}\r\nDTEND;TZID=Europe/London:20260102T{}\r\nRRULE:FREQ=DAILY\r\n{more}\
             CATEGORIES:primary,secondary\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
            hours.0, hours.1
        );
        let kind = CollectionKind::Pattern;
        self.service.put_team_object(&operator(), &self.team, kind, text.into_bytes()).await.unwrap();
    }

    async fn pattern_uid(&self) -> String {
        let (team, from) = (self.team.clone(), self.from);
        let read = move |tx: &mut dyn crate::store::Connection| {
            let day = Window::of_days(from, from + TimeDelta::days(1), London);
            slots::starting_in(tx, &team, day)
        };
        self.service.store.read(read).await.unwrap()[0].pattern.clone()
    }

    async fn publish_refused(&self, roster: &RosterView) -> ServiceError {
        self.service.publish_roster(&operator(), &roster.head.id, None, None).await.unwrap_err()
    }

    async fn trail(&self, object: String) -> Vec<String> {
        let rows = self.service.store.read(move |tx| audit::of_object(tx, &object)).await.unwrap();
        rows.into_iter().map(|row| row.event.action).collect()
    }
}

#[tokio::test]
async fn who_took_a_shift_while_a_draft_was_open_keeps_it() {
    let scene = scene().await;
    let slot = scene.publish(&scene.draft().await).await.roster.slots[4].id.clone();
    let draft = scene.draft().await;
    let taker = scene.swapped(&slot).await;
    let done = scene.publish(&draft).await;
    assert!(done.changes.is_empty(), "{:?}", done.changes);
    assert_eq!(scene.holder(&slot).await, Some(taker));
}

#[tokio::test]
async fn a_shift_that_was_taken_and_that_the_draft_gave_away_too_is_told_with_both() {
    let scene = scene().await;
    let published = scene.publish(&scene.draft().await).await.roster;
    let slot = published.slots[4].id.clone();
    let draft = scene.draft().await;
    let candidates = scene.service.candidates(&operator(), &draft.head.id, &slot).await.unwrap();
    let before = scene.holder(&slot).await.unwrap();
    let other = candidates.iter().rfind(|c| c.person != before).unwrap().person.clone();
    let wish = Assign { person: Some(other.clone()), reason: Some("trade".into()), pin: true, expected: None };
    scene.service.assign(&operator(), &draft.head.id, &slot, wish.clone()).await.unwrap();
    let taker = scene.swapped(&slot).await;
    if taker == other {
        return;
    }
    let refused = scene.publish_refused(&draft).await;
    let ServiceError::Conflict { code: "swapped-meanwhile", detail, .. } = refused else { panic!("{refused:?}") };
    let both = serde_json::json!([{ "slot": slot, "draft": other, "swap": taker }]);
    assert_eq!(detail["slots"], both);
    // Solving again does not decide it: the pin is the manager's.
    scene.service.solve_roster(&operator(), &draft.head.id, None).await.unwrap();
    assert!(matches!(scene.publish_refused(&draft).await, ServiceError::Conflict { .. }));
    scene.service.assign(&operator(), &draft.head.id, &slot, wish).await.unwrap();
    scene.publish(&draft).await;
    assert_eq!(scene.holder(&slot).await, Some(other));
}

#[tokio::test]
async fn what_came_to_break_a_rule_after_solving_needs_a_reason() {
    let scene = scene().await;
    let draft = scene.draft().await;
    let slot = draft.slots[6].clone();
    let person = slot.person.clone().unwrap();
    scene.away(person.as_str(), slot.window.start.civil(London).date()).await;
    let ServiceError::Unprocessable { rules, .. } = scene.publish_refused(&draft).await else { panic!("a rule") };
    assert!(rules[0].contains("unavailable"), "{rules:?}");
    let blank = scene.service.publish_roster(&operator(), &draft.head.id, Some(" ".into()), None).await;
    assert!(matches!(blank, Err(ServiceError::Unprocessable { .. })), "a blank is no reason");
    assert_eq!(scene.shift(&slot.id).await, None, "nothing was published");

    let solved = scene.service.solve_roster(&operator(), &draft.head.id, None).await.unwrap();
    scene.publish(&solved).await;
    assert_ne!(scene.holder(&slot.id).await, Some(person));
}

#[tokio::test]
async fn a_reason_overrules_and_the_trail_says_what() {
    let scene = scene().await;
    let draft = scene.draft().await;
    let slot = draft.slots[6].clone();
    scene.away(slot.person.clone().unwrap().as_str(), slot.window.start.civil(London).date()).await;
    let reason = Some("agreed by telephone".to_owned());
    scene.service.publish_roster(&operator(), &draft.head.id, reason.clone(), None).await.unwrap();
    let object = format!("roster:{}", draft.head.id);
    let trail = scene.service.store.read(move |tx| audit::of_object(tx, &object)).await.unwrap();
    let last = &trail.last().unwrap().event;
    assert_eq!(last.reason, reason);
    assert!(last.after.as_ref().unwrap().contains("unavailable"), "{:?}", last.after);
}

#[tokio::test]
async fn a_slot_that_was_given_with_a_reason_is_published_without_another() {
    let scene = scene().await;
    let draft = scene.draft().await;
    let partner = draft.slots[1].person.clone().unwrap();
    scene.give(&draft, 0, partner.as_str(), Some("nobody else knows the migration")).await.unwrap();
    scene.publish(&draft).await;
    assert_eq!(scene.holder(&draft.slots[0].id).await, Some(partner));
}

#[tokio::test]
async fn a_moved_handover_keeps_slot_holder_and_request_for_cover() {
    let scene = scene().await;
    let published = scene.publish(&scene.draft().await).await.roster;
    let slot = published.slots[4].clone();
    let asked = scene.service.ask_for_cover(&operator(), &slot.id, 0, None).await.unwrap();
    scene.edit_pattern(("100000", "100000"), "").await;
    let draft = scene.draft().await;
    let moved = draft.slots.iter().find(|other| other.id == slot.id).expect("the same slot");
    assert_eq!((moved.window.start, &moved.person), (slot.window.start.plus_hours(1), &slot.person));
    let before = scene.service.roster(&operator(), &published.head.id).await.unwrap();
    assert_eq!(before.slots[4].window, slot.window, "nothing has moved yet");

    let done = scene.publish(&draft).await;
    assert_eq!(done.changes.len(), 28);
    let shift = scene.shift(&slot.id).await.unwrap();
    assert_eq!((shift.window.start, shift.person), (moved.window.start, slot.person.clone()));
    let swap = scene.service.swap(&operator(), &asked.id).await.unwrap();
    assert_eq!((swap.state, swap.window), (SwapState::Open, moved.window));
    scene.service.answer_offer(&operator(), &asked.offers[0].id, Reply::Agree).await.unwrap();
    assert_eq!(scene.holder(&slot.id).await, Some(asked.offers[0].person.clone()));
}

#[tokio::test]
async fn a_removed_occurrence_voids_its_request_for_cover_and_the_trail_says_so() {
    let scene = scene().await;
    let published = scene.publish(&scene.draft().await).await.roster;
    let slot = published.slots[4].clone();
    let asked = scene.service.ask_for_cover(&operator(), &slot.id, 0, None).await.unwrap();
    let day = slot.window.start.civil(London).format("%Y%m%dT%H%M%S");
    scene.edit_pattern(("090000", "090000"), &format!("EXDATE;TZID=Europe/London:{day}\r\n")).await;
    let draft = scene.draft().await;
    assert_eq!(draft.slots.len(), 26);
    let done = scene.publish(&draft).await;
    assert_eq!(scene.shift(&slot.id).await, None);
    assert!(done.changes.contains_key(&slot.id));
    let swap = scene.service.swap(&operator(), &asked.id).await.unwrap();
    assert_eq!(swap.state, SwapState::Void);
    assert!(scene.trail(format!("swap:{}", asked.id)).await.contains(&"swap.void".to_owned()));
}

#[tokio::test]
async fn what_has_started_is_never_planned_again() {
    let scene = scene().await;
    let published = scene.publish(&scene.draft().await).await.roster;
    let running = &published.slots[10];
    let later = Scene {
        _folder: crate::store::testing::Place::new(),
        service: scene.service.as_of(running.window.start.plus_hours(3)),
        team: scene.team.clone(),
        from: scene.from,
        to: scene.to,
    };
    later.edit_pattern(("120000", "120000"), "").await;
    later.service.disable_person(&operator(), &"cho".into()).await.unwrap();
    let draft = later.draft().await;
    let done = later.publish(&draft).await;
    for slot in published.slots.iter().filter(|slot| slot.window.start <= running.window.start) {
        assert!(!done.changes.contains_key(&slot.id), "{slot:?}");
        let planned = draft.slots.iter().find(|other| other.id == slot.id).unwrap();
        assert_eq!(planned.window, slot.window, "what is planned around it keeps its rest");
        assert_eq!(later.shift(&slot.id).await.unwrap().window.start, slot.window.start);
    }
    let next = published.slots.iter().find(|slot| slot.window.start > running.window.start.plus_hours(20)).unwrap();
    assert_eq!(later.shift(&next.id).await.unwrap().window.start, next.window.start.plus_hours(3));
}

#[tokio::test]
async fn a_split_shift_stays_split_and_can_still_be_asked_about() {
    let scene = scene().await;
    let published = scene.publish(&scene.draft().await).await.roster;
    let slot = published.slots[4].clone();
    let later = Scene {
        _folder: crate::store::testing::Place::new(),
        service: scene.service.as_of(slot.window.start.plus_hours(5)),
        team: scene.team.clone(),
        from: scene.from,
        to: scene.to,
    };
    let taker = later.swapped(&slot.id).await;
    let draft = later.draft().await;
    let done = later.publish(&draft).await;
    assert!(!done.changes.contains_key(&slot.id), "{:?}", done.changes);
    let id = slot.id.clone();
    let parts = later.service.store.read(move |tx| shifts::of_slot(tx, &id)).await.unwrap();
    let holders: Vec<_> = parts.iter().map(|part| part.person.clone()).collect();
    assert_eq!(holders, [slot.person.clone(), Some(taker)]);
    let all = later.service.candidates(&operator(), &done.roster.head.id, &slot.id).await.unwrap();
    assert_eq!(all.len(), PEOPLE.len());
}

#[tokio::test]
async fn two_drafts_at_once_leave_one() {
    let scene = scene().await;
    let actor = operator();
    let draft = || scene.service.create_roster(&actor, &scene.team, scene.from, scene.to);
    let (one, other) = tokio::join!(draft(), draft());
    assert_eq!(u8::from(one.is_ok()) + u8::from(other.is_ok()), 1);
    let team = scene.team.clone();
    let drafts = scene.service.store.read(move |tx| rosters::of_team(tx, &team)).await.unwrap();
    assert_eq!(drafts.len(), 1);
}

#[tokio::test]
async fn wherever_making_a_draft_breaks_off_none_is_left_unsolved() {
    let scene = scene().await;
    let actor = operator();
    for polls in 1..6 {
        let mut making = Box::pin(scene.service.create_roster(&actor, &scene.team, scene.from, scene.to));
        let mut left = polls;
        std::future::poll_fn(|context| {
            left -= 1;
            if making.as_mut().poll(context).is_ready() || left == 0 { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        drop(making);
        // What was handed to the writer before is done by the time this is.
        let team = scene.team.clone();
        let drafts = scene.service.store.write(move |tx| rosters::of_team(tx, &team)).await.unwrap();
        for draft in drafts {
            let roster = scene.service.roster(&operator(), &draft.id).await.unwrap();
            assert!(roster.slots.iter().all(|slot| slot.person.is_some()), "broken off after {polls} steps");
            scene.service.discard_roster(&operator(), &draft.id).await.unwrap();
        }
    }
    scene.draft().await;
}

#[tokio::test]
async fn a_roster_that_has_ended_is_history_and_says_who_stood() {
    let scene = scene().await;
    let published = scene.publish(&scene.draft().await).await.roster;
    let slot = published.slots[4].id.clone();
    let taker = scene.swapped(&slot).await;
    let last = published.slots.iter().map(|slot| slot.window.end).max().unwrap();
    scene.service.as_of(last.plus_millis(-1)).advance().await.unwrap();
    let state = async || scene.service.roster(&operator(), &published.head.id).await.unwrap();
    assert_eq!(state().await.head.state, RosterState::Published, "the last shift is still stood");
    scene.service.as_of(last.plus_hours(1)).advance().await.unwrap();
    let then = state().await;
    assert_eq!(then.head.state, RosterState::Historic);
    assert_eq!(then.slots.iter().find(|other| other.id == slot).unwrap().person, Some(taker));
}

#[tokio::test]
async fn a_swap_changes_the_entity_tag_of_the_published_roster() {
    let scene = scene().await;
    let published = scene.publish(&scene.draft().await).await.roster;
    scene.swapped(&published.slots[4].id).await;
    let now = scene.service.roster(&operator(), &published.head.id).await.unwrap();
    assert_ne!(now.etag(), published.etag());
    assert_eq!(RosterView::counter_of(&now.etag()), RosterView::counter_of(&published.etag()));
}

#[tokio::test]
async fn whoever_was_asked_hears_that_the_shift_went_to_somebody_else() {
    let scene = scene().await;
    let published = scene.publish(&scene.draft().await).await.roster;
    let slot = published.slots[4].clone();
    let asked = scene.service.ask_for_cover(&operator(), &slot.id, 0, None).await.unwrap();
    let draft = scene.draft().await;
    let wish = Assign { person: Some("gus".into()), reason: Some("a trade".into()), ..Assign::default() };
    assert_ne!(asked.requester.as_str(), "gus");
    scene.service.assign(&operator(), &draft.head.id, &slot.id, wish).await.unwrap();
    scene.publish(&draft).await;
    let shift = scene.shift(&slot.id).await.unwrap();
    assert_eq!((shift.person, shift.answer), (Some("gus".into()), Answer::NeedsAction));
    let swap = asked.id.clone();
    let offers = scene.service.store.read(move |tx| swaps::offers_of(tx, &swap)).await.unwrap();
    for offer in offers.into_iter().filter(|offer| offer.person.as_str() != "gus") {
        let name = format!("shift-{}-{}@calendar.example.org.ics", slot.id, offer.person);
        let path = CollectionPath::new(offer.person.clone(), "shifts").object(name);
        let actor = Actor::person(offer.person, Channel::Calendar);
        let text = String::from_utf8(scene.service.object(&actor, &path).await.unwrap().body.to_vec()).unwrap();
        assert!(text.contains("STATUS:CANCELLED"), "{text}");
    }
}
