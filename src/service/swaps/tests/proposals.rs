//! Exchanges, cycles and parts: everything changes hands when the last one agrees, or nothing does.

use super::*;
use crate::roster::swap::ProposedMove;
use crate::store::{outbox, proposals as moves_of};

/// Person 0 holds `slot1` tomorrow, person 1 `slot2` four days later, person 2 `slot3` eight days later.
async fn three(settings: Settings) -> House {
    let house = House::with(4, settings).await;
    let ctx = house.service.ctx();
    house
        .write(move |tx| {
            let first = slots::find(tx, &"slot1".into())?.unwrap();
            for (name, holder, days) in [("slot2", 1, 4), ("slot3", 2, 8)] {
                let window = Window::new(first.window.start.plus_days(days), first.window.end.plus_days(days));
                let slot = Slot { id: name.into(), occurrence: name.to_owned(), window, ..first.clone() };
                slots::put(tx, &slot)?;
                shifts::put(tx, &Shift { person: Some(id(holder)), ..testing::shift_in(&slot) })?;
            }
            let everybody: Vec<PersonId> = (0..4).map(id).collect();
            render_people(tx, &ctx, &everybody, &["payments".into()])
        })
        .await;
    house
}

fn whole(slot: &str, to: usize) -> NewMove {
    NewMove { slot: slot.into(), window: None, from: None, to: id(to) }
}

async fn propose(house: &House, moves: Vec<NewMove>) -> Result<SwapView, ServiceError> {
    let proposal = NewProposal { moves, reason: Some("a wedding".to_owned()) };
    house.service.propose_swap(&as_person(0), &"slot1".into(), proposal).await
}

async fn exchange(house: &House) -> SwapView {
    propose(house, vec![whole("slot1", 1), whole("slot2", 0)]).await.unwrap()
}

async fn cycle(house: &House) -> SwapView {
    propose(house, vec![whole("slot1", 1), whole("slot2", 2), whole("slot3", 0)]).await.unwrap()
}

/// Who stands which part of a slot, in hours from its start.
async fn parts(house: &House, slot: &str) -> Vec<(i64, i64, usize)> {
    let slot = SlotId::from(slot);
    let found = house.write(move |tx| Ok(shifts::of_slot(tx, &slot)?)).await;
    let start = found[0].window.start.millis();
    let hours = |at: Instant| (at.millis() - start) / HOUR;
    let person = |shift: &Shift| shift.person.as_ref().unwrap().as_str()[1..].parse().unwrap();
    found.iter().map(|shift| (hours(shift.window.start), hours(shift.window.end), person(shift))).collect()
}

async fn holders(house: &House) -> [usize; 3] {
    let mut holders = [9; 3];
    for (place, slot) in ["slot1", "slot2", "slot3"].into_iter().enumerate() {
        let parts = parts(house, slot).await;
        assert_eq!(parts.len(), 1);
        holders[place] = parts[0].2;
    }
    holders
}

fn at(house: &mut House, slot: &str) {
    house.slot = slot.into();
}

#[tokio::test]
async fn an_exchange_is_accepted_in_the_calendar_and_moves_both_shifts_at_once() {
    let mut house = three(Settings::default()).await;
    let proposed = exchange(&house).await;
    assert!(proposed.named_only && proposed.offers.len() == 1 && proposed.offers[0].moves.len() == 2);
    assert!(house.event(0).await.unwrap().contains("SUMMARY:On call (swap proposed): Payments"));
    let offer = house.event(1).await.unwrap();
    assert!(offer.contains("SUMMARY:Swap? Payments\\, primary") && offer.contains("STATUS:TENTATIVE"), "{offer}");
    assert!(offer.contains("Person 0 proposes a swap.") && offer.contains("Why: a wedding"), "{offer}");
    assert!(offer.contains("You give: primary\\, ") && offer.contains("and what you give for it"), "{offer}");
    assert_eq!((house.inbox(1).await, house.event(2).await), (1, None));
    house.service.advance().await.unwrap();
    assert_eq!(house.event(2).await, None, "nobody else is asked as time passes");
    assert_eq!(holders(&house).await, [0, 1, 2]);
    house.puts(1, "ACCEPTED").await;
    assert_eq!(holders(&house).await, [1, 0, 2]);
    assert!(house.event(1).await.unwrap().contains("SUMMARY:On call: Payments"));
    assert_eq!((house.event(0).await, house.inbox(1).await), (None, 0));
    at(&mut house, "slot2");
    assert!(house.event(0).await.unwrap().contains("PARTSTAT=ACCEPTED"));
    assert_eq!(house.event(1).await, None);
    for (slot, person) in [("slot1", 1), ("slot2", 0)] {
        let slot = SlotId::from(slot);
        let rows = house.write(move |tx| Ok(rows::of_shift(tx, &slot, 0)?)).await;
        assert_eq!(rows.iter().map(|row| row.person.clone()).collect::<Vec<_>>(), [id(person)]);
    }
    for action in ["swap.proposed", "offer.agreed", "swap.taken"] {
        assert_eq!(house.audited(action).await.len(), 1, "{action}");
    }
    assert_eq!(house.audited("swap.taken").await[0].event.channel, Channel::Calendar);
}

#[tokio::test]
async fn the_way_back_restores_every_row() {
    let house = three(Settings::default()).await;
    for (proposer, moves) in [(0, [("slot1", 1), ("slot2", 0)]), (1, [("slot1", 0), ("slot2", 1)])] {
        let moves = moves.map(|(slot, to)| whole(slot, to)).to_vec();
        let proposal = NewProposal { moves, reason: None };
        let swap = house.service.propose_swap(&as_person(proposer), &"slot1".into(), proposal).await.unwrap();
        let offer = &swap.offers[0];
        house
            .service
            .answer_offer(&Actor::person(offer.person.clone(), Channel::Api), &offer.id, Reply::Agree)
            .await
            .unwrap();
    }
    assert_eq!(holders(&house).await, [0, 1, 2]);
}

#[tokio::test]
async fn a_cycle_waits_for_the_last_yes_and_ends_with_the_first_no() {
    let mut house = three(Settings::default()).await;
    cycle(&house).await;
    house.puts(1, "ACCEPTED").await;
    assert_eq!((holders(&house).await, house.swap().await.state), ([0, 1, 2], SwapState::Open));
    assert!(house.event(1).await.unwrap().contains("Person 2 has to agree too."));
    at(&mut house, "slot2");
    let offer = house.event(2).await.unwrap();
    assert!(offer.contains("SUMMARY:Swap? ") && offer.contains("Person 1 has agreed."), "{offer}");
    house.puts(2, "DECLINED").await;
    let ended = house.swap().await;
    assert_eq!((holders(&house).await, ended.state), ([0, 1, 2], SwapState::Withdrawn));
    assert_eq!(ended.offers[0].state, OfferState::Lapsed);

    cycle(&house).await;
    house.puts(2, "ACCEPTED").await;
    at(&mut house, "slot1");
    house.puts(1, "ACCEPTED").await;
    assert_eq!(holders(&house).await, [1, 2, 0]);
    at(&mut house, "slot3");
    assert!(house.event(0).await.unwrap().contains("SUMMARY:On call: "));
}

#[tokio::test]
async fn of_a_settled_cycle_all_three_find_it_in_their_calendars_and_hear_of_it_once() {
    let mut house = three(Settings::default()).await;
    let swap = cycle(&house).await;
    let told = async |house: &House, person: usize| {
        let address = format!("p{person}@example.org");
        let sent = house.write(move |tx| Ok(outbox::to_recipient(tx, &address)?)).await;
        let taken = sent.into_iter().filter(|due| due.message.kind == "mail.swap");
        let payload = |due: outbox::Due| serde_json::from_str::<serde_json::Value>(&due.message.payload).unwrap();
        taken.map(payload).filter(|payload| payload["state"] == "taken").collect::<Vec<_>>()
    };
    house.puts(1, "ACCEPTED").await;
    assert!(told(&house, 2).await.is_empty(), "nothing is settled yet");
    let second = swap.offers.iter().find(|offer| offer.person == id(2)).unwrap();
    house.service.answer_offer(&as_person(2), &second.id, Reply::Agree).await.unwrap();
    assert_eq!(holders(&house).await, [1, 2, 0]);
    for (slot, person) in [("slot1", 1), ("slot2", 2), ("slot3", 0)] {
        at(&mut house, slot);
        let event = house.event(person).await.unwrap();
        assert!(event.contains("SUMMARY:On call: Payments") && event.contains("PARTSTAT=ACCEPTED"), "{slot}: {event}");
        let heard = told(&house, person).await;
        assert_eq!(heard.len(), 1, "person {person}: {heard:?}");
    }
    let third = told(&house, 2).await.remove(0);
    assert_eq!((&third["slot"], &third["taker"]), (&"slot2".into(), &"p2".into()), "of the shift that they take");
    assert!(told(&house, 3).await.is_empty(), "nobody else");
}

#[tokio::test]
async fn what_has_become_impossible_lapses_and_everybody_keeps_what_they_hold() {
    let house = three(Settings::default()).await;
    let swap = cycle(&house).await;
    let of = |n: usize| swap.offers.iter().find(|offer| offer.person == id(n)).unwrap().id.clone();
    house.service.answer_offer(&as_person(1), &of(1), Reply::Agree).await.unwrap();
    house
        .write(|tx| {
            let slot = slots::find(tx, &"slot2".into())?.unwrap();
            let other = Slot { id: "other".into(), occurrence: "other".to_owned(), ..slot };
            slots::put(tx, &other)?;
            Ok(shifts::put(tx, &Shift { person: Some(id(2)), ..testing::shift_in(&other) })?)
        })
        .await;
    let late = house.service.answer_offer(&as_person(2), &of(2), Reply::Agree).await;
    let Err(ServiceError::Conflict { code: "impossible", message, .. }) = late else { panic!("{late:?}") };
    assert!(message.contains("Person 2: stands primary"), "{message}");
    let ended = house.swap().await;
    assert_eq!((holders(&house).await, ended.state), ([0, 1, 2], SwapState::Withdrawn));
    assert!(ended.offers.iter().all(|offer| offer.state == OfferState::Lapsed));
}

#[tokio::test]
async fn parts_go_to_several_and_what_nobody_takes_stays_with_the_holder() {
    let house = three(Settings::default()).await;
    let start = { house.write(|tx| Ok(slots::find(tx, &"slot1".into())?.unwrap().window.start)).await };
    let part = |from: i64, until: i64, to: usize| {
        let window = Window::new(start.plus_hours(from), start.plus_hours(until));
        NewMove { window: Some(window), ..whole("slot1", to) }
    };
    let swap = propose(&house, vec![part(2, 5, 1), part(5, 9, 3)]).await.unwrap();
    assert!(house.event(1).await.unwrap().contains("has to agree too"));
    assert_eq!(parts(&house, "slot1").await, [(0, 12, 0)]);
    for offer in &swap.offers {
        let actor = Actor::person(offer.person.clone(), Channel::Api);
        house.service.answer_offer(&actor, &offer.id, Reply::Agree).await.unwrap();
    }
    assert_eq!(parts(&house, "slot1").await, [(0, 2, 0), (2, 5, 1), (5, 9, 3), (9, 12, 0)]);
    let segments = house.write(|tx| Ok(shifts::of_slot(tx, &"slot1".into())?)).await;
    for segment in segments {
        let rows = house.write(move |tx| Ok(rows::of_shift(tx, &segment.slot, segment.segment)?)).await;
        assert_eq!(
            rows.iter().map(|row| (row.person.clone(), row.window)).collect::<Vec<_>>(),
            [(segment.person.unwrap(), segment.window)]
        );
    }
    let refused = propose(&house, vec![part(9, 12, 1)]).await;
    assert!(matches!(refused, Err(ServiceError::Conflict { code: "split", .. })), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_an_exchange_and_a_cover_of_one_shift_one_is_taken() {
    for _ in 0..3 {
        let house = three(Settings { reach: Reach::All, ..Settings::default() }).await;
        house.service.ask_for_cover(&as_person(0), &"slot1".into(), 0, None).await.unwrap();
        let swap = exchange(&house).await;
        assert!(!swap.named_only);
        let answers = swap.offers.iter().map(|offer| {
            let (service, offer) = (house.service.clone(), offer.clone());
            tokio::spawn(async move {
                let actor = Actor::person(offer.person.clone(), Channel::Api);
                service.answer_offer(&actor, &offer.id, Reply::Agree).await.is_ok()
            })
        });
        let mut won = 0;
        for answer in answers.collect::<Vec<_>>() {
            won += usize::from(answer.await.unwrap());
        }
        assert_eq!((won, house.audited("swap.taken").await.len()), (1, 1));
        let taker = house.swap().await.taker.unwrap();
        let [first, second, _] = holders(&house).await;
        assert_eq!(taker, id(first));
        assert_eq!(second, usize::from(first != 1), "what was offered in return moves only with the exchange");
    }
}

#[tokio::test]
async fn who_asks_everybody_after_all_keeps_what_they_proposed() {
    let house = three(Settings::default()).await;
    exchange(&house).await;
    house.puts(0, "DECLINED").await;
    let swap = house.swap().await;
    assert!(!swap.named_only && swap.offers.len() == 3);
    assert!(house.event(2).await.unwrap().contains("SUMMARY:Cover? "));
    house.puts(1, "DECLINED").await;
    assert_eq!(house.swap().await.state, SwapState::Open);
    house.puts(2, "ACCEPTED").await;
    assert_eq!(holders(&house).await, [2, 1, 2]);
}

#[tokio::test]
async fn a_manager_approves_the_exchange_as_a_whole() {
    let house = three(Settings { approval: true, ..Settings::default() }).await;
    let swap = cycle(&house).await;
    for n in [2, 1] {
        let offer = swap.offers.iter().find(|offer| offer.person == id(n)).unwrap();
        house.service.answer_offer(&as_person(n), &offer.id, Reply::Agree).await.unwrap();
    }
    assert_eq!((house.swap().await.state, holders(&house).await), (SwapState::AwaitingApproval, [0, 1, 2]));
    house.service.approve_swap(&Actor::operator(), &swap.id, true).await.unwrap();
    assert_eq!(holders(&house).await, [1, 2, 0]);
}

#[tokio::test]
async fn an_exchange_that_nobody_answered_is_over_when_the_shift_begins() {
    let house = three(Settings::default()).await;
    let swap = exchange(&house).await;
    house.service.as_of(swap.window.start).advance().await.unwrap();
    let ended = house.swap().await;
    assert_eq!((ended.state, ended.offers[0].state), (SwapState::Withdrawn, OfferState::Lapsed));
    assert_eq!(holders(&house).await, [0, 1, 2]);
}

#[tokio::test]
async fn moves_that_make_no_sense_together_are_refused() {
    let house = three(Settings::default()).await;
    let start = house.swap_start().await;
    let part = |slot: &str, to| NewMove { window: Some(Window::new(start, start.plus_hours(4))), ..whole(slot, to) };
    let nonsense = [
        vec![],
        vec![whole("slot2", 0)],
        vec![whole("slot1", 0)],
        vec![whole("slot1", 1), whole("slot1", 2)],
        vec![whole("slot1", 1), whole("slot3", 0)],
        vec![part("slot1", 1), whole("slot2", 0)],
        vec![whole("slot1", 1), part("slot2", 0)],
        vec![NewMove { from: Some(id(3)), ..whole("slot1", 1) }],
        vec![whole("nothing", 1)],
    ];
    for moves in nonsense {
        let refused = propose(&house, moves.clone()).await;
        assert!(refused.is_err(), "{moves:?}: {refused:?}");
    }
    let foreign = NewProposal { moves: vec![whole("slot1", 1)], reason: None };
    let refused = house.service.propose_swap(&as_person(2), &"slot1".into(), foreign).await;
    assert!(matches!(refused, Err(ServiceError::Forbidden(_))), "{refused:?}");
    assert!(house.service.swaps(&Actor::operator(), &"payments".into(), None).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_search_answers_what_can_be_proposed_and_keeps_balances_of_others_from_colleagues() {
    let house = three(Settings::default()).await;
    let search = async |actor: Actor, kind| {
        let wanting = Wanting { kind, part: (None, None), whole_turn: false };
        house.service.swap_options(&actor, &"slot1".into(), wanting).await
    };
    let found = search(as_person(0), OptionKind::Exchange).await.unwrap();
    assert_eq!(found.options.len(), 2);
    let first = &found.options[0];
    assert!(first.change.is_none() && first.people[0].1.contains("balance") && !first.people[1].1.contains("balance"));
    let told = search(Actor::operator(), OptionKind::Cover).await.unwrap();
    assert_eq!(told.options.len(), 3);
    assert!(told.options.iter().all(|option| option.level.is_some() && option.people[1].1.contains("balance")));
    assert_eq!(search(Actor::operator(), OptionKind::Cycle).await.unwrap().options.len(), 2);
    assert!(matches!(search(as_person(1), OptionKind::Cover).await, Err(ServiceError::Forbidden(_))));
    let moves = first.moves.iter().map(|one| NewMove {
        slot: one.slot.clone(),
        window: Some(one.window),
        from: Some(one.from.clone()),
        to: one.to.clone(),
    });
    let swap = propose(&house, moves.collect()).await.unwrap();
    let proposal = swap.offers[0].proposal.clone().unwrap();
    let stored: Vec<ProposedMove> = house.write(move |tx| Ok(moves_of::moves(tx, &proposal)?)).await;
    assert_eq!(stored.len(), 2);
    let running = search(Actor::operator(), OptionKind::Exchange).await.unwrap();
    assert_eq!(running.options.len(), 2, "what is proposed may be searched again");
}

impl House {
    async fn swap_start(&self) -> Instant {
        self.write(|tx| Ok(slots::find(tx, &"slot1".into())?.unwrap().window.start)).await
    }
}

#[tokio::test]
async fn what_was_proposed_to_somebody_who_is_disabled_ends_for_everybody() {
    let house = three(Settings::default()).await;
    let swap = cycle(&house).await;
    house.puts(1, "ACCEPTED").await;
    house.service.disable_person(&Actor::operator(), &id(2)).await.unwrap();
    let ended = house.service.swap(&Actor::operator(), &swap.id).await.unwrap();
    assert_eq!(ended.state, SwapState::Withdrawn);
    assert!(ended.offers.iter().all(|offer| offer.state == OfferState::Lapsed));
    assert!(house.event(1).await.unwrap().contains("STATUS:CANCELLED"));
}
