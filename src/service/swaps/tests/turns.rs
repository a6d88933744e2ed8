//! Cover for a whole turn: one colleague takes all of it, or nobody any of it.

use super::*;
use crate::ids::TurnId;
use crate::store::outbox;

const NIGHTS: [&str; 3] = ["night1", "night2", "night3"];

/// Three nights, one a day from tomorrow on, that person 0 holds as one turn, and a fourth that is none of it.
async fn nights(count: usize, settings: Settings) -> House {
    let house = House::starting_in(count, settings, 24 * 14).await;
    let ctx = house.service.ctx();
    let start = Instant::from_millis(ctx.now.millis() / HOUR * HOUR).plus_hours(24);
    house
        .write(move |tx| {
            for (night, day) in NIGHTS.iter().zip(0..) {
                let window = Window::new(start.plus_hours(24 * day), start.plus_hours(24 * day + 8));
                let slot = slots::find(tx, &"slot1".into())?.unwrap();
                let turn = Some(TurnId::from("turn1"));
                let slot = Slot { id: (*night).into(), occurrence: (*night).to_owned(), turn, window, ..slot };
                slots::put(tx, &slot)?;
                let shift = shifts::find(tx, &"slot1".into(), 0)?.unwrap();
                shifts::put(tx, &Shift { slot: slot.id, window, ..shift })?;
            }
            let everybody: Vec<PersonId> = (0..count).map(id).collect();
            render_people(tx, &ctx, &everybody, &["payments".into()])
        })
        .await;
    house
}

fn at(house: &mut House, night: &str) {
    house.slot = night.into();
}

async fn swaps_of(house: &House) -> Vec<SwapView> {
    house.service.swaps(&Actor::operator(), &"payments".into(), None).await.unwrap()
}

async fn ask(house: &House, night: &str) -> SwapView {
    house.service.ask_for_cover_of_turn(&as_person(0), &night.into(), 0, None).await.unwrap()
}

async fn holders(house: &House) -> Vec<PersonId> {
    let read = |tx: &mut dyn Connection| {
        let mut holders = Vec::new();
        for night in NIGHTS {
            holders.extend(shifts::find(tx, &night.into(), 0)?.unwrap().person);
        }
        Ok::<_, ServiceError>(holders)
    };
    house.service.store.read(read).await.unwrap()
}

/// Gives a person a shift of another slot at the time of a night.
async fn occupy(house: &House, n: usize, night: &'static str) {
    house
        .write(move |tx| {
            let slot = slots::find(tx, &night.into())?.unwrap();
            let other = Slot { id: "other".into(), occurrence: "other".to_owned(), turn: None, ..slot };
            slots::put(tx, &other)?;
            let shift = shifts::find(tx, &night.into(), 0)?.unwrap();
            Ok(shifts::put(tx, &Shift { slot: other.id, person: Some(id(n)), ..shift })?)
        })
        .await;
}

#[tokio::test]
async fn whoever_accepts_one_night_of_the_turn_takes_every_night_of_it() {
    let mut house = nights(4, Settings::default()).await;
    let asked = ask(&house, "night2").await;
    assert_eq!(asked.slot.as_str(), "night2");
    let swaps = swaps_of(&house).await;
    assert_eq!(swaps.iter().map(|swap| swap.slot.as_str()).collect::<Vec<_>>(), NIGHTS);
    assert!(asked.together.is_some() && swaps.iter().all(|swap| swap.together == asked.together));
    assert!(swaps.iter().all(|swap| swap.offers.len() == 3));
    at(&mut house, "night3");
    let offer = house.event(1).await.unwrap();
    assert!(offer.contains("Together with: ") && offer.contains("The first who agrees has all of them."), "{offer}");
    let mails = house.write(|tx| Ok(outbox::to_recipient(tx, "p1@example.org")?)).await;
    assert_eq!(mails.iter().filter(|mail| mail.message.kind == "mail.offer").count(), 1, "one mail for all of it");

    house.puts(1, "ACCEPTED").await;
    assert_eq!(holders(&house).await, [id(1), id(1), id(1)]);
    assert_eq!(house.audited("swap.taken").await.len(), 3, "a row for each shift");
    for night in NIGHTS {
        at(&mut house, night);
        assert!(house.event(1).await.unwrap().contains("PARTSTAT=ACCEPTED"));
        assert!(house.event(2).await.unwrap().contains("Person 1 has it."));
        assert_eq!(house.event(0).await, None);
    }
    assert_eq!((house.inbox(1).await, house.inbox(2).await), (0, 0));
    at(&mut house, "slot1");
    assert!(house.event(0).await.unwrap().contains("SUMMARY:On call: "), "what is none of the turn stays");
}

#[tokio::test]
async fn who_can_stand_only_a_part_of_the_turn_is_not_asked_and_can_not_take_it_any_more() {
    let house = nights(4, Settings::default()).await;
    occupy(&house, 1, "night2").await;
    let asked = ask(&house, "night1").await;
    assert!(asked.offers.iter().all(|offer| offer.person != id(1)), "{:?}", asked.offers);
    let offer = asked.offers.iter().find(|offer| offer.person == id(2)).unwrap();
    occupy(&house, 2, "night3").await;
    let late = house.service.answer_offer(&as_person(2), &offer.id, Reply::Agree).await;
    assert!(matches!(late, Err(ServiceError::Conflict { code: "impossible", .. })), "{late:?}");
    assert_eq!(holders(&house).await, [id(0), id(0), id(0)]);
    for swap in swaps_of(&house).await {
        let theirs = swap.offers.iter().find(|offer| offer.person == id(2)).unwrap().state;
        assert_eq!((swap.state, theirs), (SwapState::Open, OfferState::Lapsed));
    }
}

#[tokio::test]
async fn a_no_to_one_night_is_a_no_to_the_turn_and_accepting_one_shift_takes_the_request_back() {
    let mut house = nights(4, Settings::default()).await;
    ask(&house, "night1").await;
    at(&mut house, "night2");
    house.puts(1, "DECLINED").await;
    for swap in swaps_of(&house).await {
        assert_eq!(swap.offers.iter().find(|offer| offer.person == id(1)).unwrap().state, OfferState::Disagreed);
    }
    assert_eq!(house.inbox(1).await, 0);
    house.puts(0, "ACCEPTED").await;
    assert!(swaps_of(&house).await.iter().all(|swap| swap.state == SwapState::Withdrawn));
    for night in NIGHTS {
        at(&mut house, night);
        assert!(house.event(0).await.unwrap().contains("SUMMARY:On call: "));
    }
}

#[tokio::test]
async fn what_is_left_of_a_turn_whose_first_night_has_passed_is_taken_together() {
    let house = nights(6, Settings::default()).await;
    let asked = ask(&house, "night1").await;
    assert_eq!(asked.offers.len(), 3);
    let running = house.service.as_of(asked.window.start.plus_hours(1));
    running.advance().await.unwrap();
    let later = house.service.as_of(asked.window.end.plus_hours(1));
    let all = swaps_of(&house).await;
    assert!(all.iter().all(|swap| swap.offers.len() == 5), "everybody is asked for all of it once it has begun");
    later.advance().await.unwrap();
    let offer = swaps_of(&house).await[1].offers[4].clone();
    later.answer_offer(&Actor::operator(), &offer.id, Reply::Agree).await.unwrap();
    assert_eq!(holders(&house).await, [id(0), offer.person.clone(), offer.person]);
    let states: Vec<_> = swaps_of(&house).await.iter().map(|swap| swap.state).collect();
    assert_eq!(states, [SwapState::Expired, SwapState::Taken, SwapState::Taken]);
}

#[tokio::test]
async fn a_manager_approves_or_assigns_the_turn_as_one() {
    let house = nights(4, Settings { approval: true, ..Settings::default() }).await;
    let asked = ask(&house, "night3").await;
    let offer = asked.offers.iter().find(|offer| offer.person == id(3)).unwrap();
    house.service.answer_offer(&as_person(3), &offer.id, Reply::Agree).await.unwrap();
    assert!(swaps_of(&house).await.iter().all(|swap| swap.state == SwapState::AwaitingApproval));
    assert_eq!(holders(&house).await, [id(0), id(0), id(0)]);
    let first = swaps_of(&house).await.remove(0).id;
    house.service.approve_swap(&Actor::operator(), &first, true).await.unwrap();
    assert_eq!(holders(&house).await, [id(3), id(3), id(3)]);
    let again = house.service.ask_for_cover_of_turn(&as_person(3), &"night1".into(), 0, None).await.unwrap();
    house.service.assign_swap(&Actor::operator(), &again.id, &id(2), None).await.unwrap();
    assert_eq!(holders(&house).await, [id(2), id(2), id(2)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_agree_to_different_nights_at_once_one_has_the_turn() {
    let house = nights(13, Settings { reach: Reach::All, ..Settings::default() }).await;
    ask(&house, "night1").await;
    let swaps = swaps_of(&house).await;
    let answers = (1..13).map(|n| {
        let offers = &swaps[n % 3].offers;
        let (service, offer) = (house.service.clone(), offers.iter().find(|o| o.person == id(n)).unwrap().id.clone());
        tokio::spawn(async move { service.answer_offer(&as_person(n), &offer, Reply::Agree).await.is_ok() })
    });
    let mut won = 0;
    for answer in answers.collect::<Vec<_>>() {
        won += usize::from(answer.await.unwrap());
    }
    let holders = holders(&house).await;
    assert_eq!(won, 1);
    assert!(holders[0] != id(0) && holders.iter().all(|holder| *holder == holders[0]), "{holders:?}");
}

#[tokio::test]
async fn a_turn_is_exchanged_as_one_for_what_lies_ahead_of_a_colleague() {
    let mut house = nights(4, Settings::default()).await;
    house
        .write(|tx| {
            let shift = shifts::find(tx, &"slot1".into(), 0)?.unwrap();
            Ok(shifts::put(tx, &Shift { person: Some(id(1)), ..shift })?)
        })
        .await;
    let wanting = Wanting { kind: OptionKind::Exchange, part: (None, None), whole_turn: true };
    let found = house.service.swap_options(&as_person(0), &"night2".into(), wanting).await.unwrap();
    let moves: Vec<_> = found.options[0].moves.iter().map(|one| (one.slot.as_str(), one.to.clone())).collect();
    assert_eq!(moves, [("night1", id(1)), ("night2", id(1)), ("night3", id(1)), ("slot1", id(0))]);
    let whole = |(slot, to): (&str, PersonId)| NewMove { slot: slot.into(), window: None, from: None, to };
    let proposal = NewProposal { moves: moves.into_iter().map(whole).collect(), reason: None };
    let asked = house.service.propose_swap(&as_person(0), &"night2".into(), proposal).await.unwrap();
    assert!(asked.together.is_some() && swaps_of(&house).await.len() == 3);
    at(&mut house, "night3");
    assert!(house.event(1).await.unwrap().contains("SUMMARY:Swap? "));
    house.puts(1, "ACCEPTED").await;
    assert_eq!(holders(&house).await, [id(1), id(1), id(1)]);
    assert!(swaps_of(&house).await.iter().all(|swap| swap.state == SwapState::Taken));
    at(&mut house, "slot1");
    assert!(house.event(0).await.unwrap().contains("SUMMARY:On call: "));
    let rows = house.write(|tx| Ok(rows::of_shift(tx, &"slot1".into(), 0)?)).await;
    assert_eq!(rows.iter().map(|row| row.person.clone()).collect::<Vec<_>>(), [id(0)]);
}
