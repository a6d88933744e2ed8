//! What a swap goes through.

mod proposals;

use super::*;
use crate::time::{HOUR, MINUTE};
use proptest::prelude::*;

fn person(n: u8) -> PersonId {
    PersonId::new(format!("p{n}"))
}

fn at(minutes: i64) -> Instant {
    Instant::from_millis(1_800_000_000_000 + minutes * MINUTE)
}

fn swap() -> Swap {
    Swap {
        id: "s1".into(),
        team: "payments".into(),
        slot: "slot".into(),
        segment: 0,
        requester: person(0),
        reason: None,
        state: SwapState::Open,
        version: 0,
        window: Window::new(at(60), at(60).plus_millis(8 * HOUR)),
        opened: at(0),
        closed: None,
        taker: None,
        together: None,
        named_only: false,
    }
}

fn offer(n: u8, state: OfferState) -> Offer {
    Offer {
        id: OfferId::new(format!("o{n}")),
        swap: "s1".into(),
        person: person(n),
        state,
        rank: u32::from(n),
        sent: at(0),
        answered: None,
        channel: None,
        proposal: None,
    }
}

fn yes(n: u8) -> Event {
    Event::Agree(Agreement { person: person(n), approval: false, obstacles: Vec::new() })
}

/// A swap with its offers and the parts of its slot; carries effects out as the service does.
struct World {
    swap: Swap,
    offers: Vec<Offer>,
    parts: Vec<Segment>,
    takings: u32,
    made: Vec<ProposalId>,
}

impl World {
    fn new() -> Self {
        let swap = swap();
        let parts = vec![Segment { number: 0, window: swap.window, person: Some(person(0)) }];
        Self { swap, offers: Vec::new(), parts, takings: 0, made: Vec::new() }
    }

    fn asked(people: &[u8]) -> Self {
        let mut world = Self::new();
        world.does(&Event::Ask(people.iter().map(|n| person(*n)).collect()), at(0)).unwrap();
        world
    }

    fn does(&mut self, event: &Event, now: Instant) -> Result<usize, Refusal> {
        let effects = decide(&self.swap, &self.offers, event, now)?;
        let count = effects.len();
        for effect in effects {
            self.apply(effect, now);
        }
        Ok(count)
    }

    fn apply(&mut self, effect: Effect, now: Instant) {
        match effect {
            Effect::Move { to, taker } => {
                assert!(self.swap.state.is_live(), "a final state is final");
                self.takings += u32::from(to == SwapState::Taken);
                self.swap = Swap { state: to, taker, version: self.swap.version + 1, ..self.swap.clone() };
            }
            Effect::Offer { offer, to, .. } => {
                let offer = self.offers.iter_mut().find(|o| o.id == offer).unwrap();
                offer.state = to;
            }
            Effect::Ask { person, rank } => {
                let id = OfferId::new(format!("o-{person}"));
                assert!(!self.offers.iter().any(|o| o.person == person), "nobody is asked twice");
                self.offers.push(Offer { id, person, rank, ..offer(0, OfferState::Offered) });
            }
            Effect::Assign(taker) => {
                let held = self.parts.iter().position(|p| p.number == self.swap.segment).unwrap();
                let fresh = u32::try_from(self.parts.len()).unwrap();
                let held = self.parts.remove(held);
                self.parts.extend(split_for(&held, &taker, now, fresh));
            }
            Effect::Make(proposal) => self.made.push(proposal),
            Effect::AlertManagers => {}
        }
    }
}

#[test]
fn the_first_who_agrees_has_it_and_the_others_offers_go_away() {
    let mut world = World::asked(&[1, 2, 3]);
    world.does(&Event::Disagree(person(3)), at(1)).unwrap();
    world.does(&yes(2), at(2)).unwrap();
    assert_eq!(world.swap.state, SwapState::Taken);
    assert_eq!(world.swap.taker, Some(person(2)));
    assert_eq!(world.parts, [Segment { number: 0, window: world.swap.window, person: Some(person(2)) }]);
    let states: Vec<_> = world.offers.iter().map(|o| o.state).collect();
    assert_eq!(states, [OfferState::Withdrawn, OfferState::Agreed, OfferState::Disagreed]);
    assert_eq!(world.does(&yes(1), at(3)), Err(Refusal::TakenBy(person(2))));
}

#[test]
fn the_same_answer_again_is_harmless() {
    let mut world = World::asked(&[1, 2]);
    world.does(&Event::Disagree(person(1)), at(1)).unwrap();
    assert_eq!(world.does(&Event::Disagree(person(1)), at(2)), Ok(0));
    world.does(&yes(2), at(3)).unwrap();
    assert_eq!(world.does(&yes(2), at(4)), Ok(0));
    assert_eq!(world.takings, 1);
}

#[test]
fn a_disagreement_may_become_an_agreement_while_the_swap_is_open() {
    let mut world = World::asked(&[1]);
    world.does(&Event::Disagree(person(1)), at(1)).unwrap();
    world.does(&yes(1), at(2)).unwrap();
    assert_eq!(world.swap.taker, Some(person(1)));
}

#[test]
fn who_was_not_asked_can_neither_agree_nor_disagree() {
    let mut world = World::asked(&[1]);
    assert_eq!(world.does(&yes(2), at(1)), Err(Refusal::NotAsked(person(2))));
    assert_eq!(world.does(&Event::Disagree(person(2)), at(1)), Err(Refusal::NotAsked(person(2))));
}

#[test]
fn an_offer_that_became_impossible_says_why() {
    let mut world = World::asked(&[1]);
    let obstacles = vec!["on call for Search until 09:00".to_owned()];
    let agree = Event::Agree(Agreement { person: person(1), approval: false, obstacles: obstacles.clone() });
    let refusal = world.does(&agree, at(1)).unwrap_err();
    assert_eq!(refusal, Refusal::Impossible(obstacles));
    assert_eq!(refusal.to_string(), "no longer possible: on call for Search until 09:00");
}

#[test]
fn an_approving_team_waits_for_its_manager_and_the_holder_stays_responsible() {
    let mut world = World::asked(&[1, 2]);
    let agree = Event::Agree(Agreement { person: person(1), approval: true, obstacles: Vec::new() });
    world.does(&agree, at(1)).unwrap();
    assert_eq!(world.swap.state, SwapState::AwaitingApproval);
    assert_eq!(world.parts[0].person, Some(person(0)));
    assert_eq!(world.does(&yes(2), at(2)), Err(Refusal::Promised(person(1))));
    world.does(&Event::Refuse, at(3)).unwrap();
    assert_eq!((world.swap.state, world.swap.taker.clone()), (SwapState::Open, None));
    world.does(&yes(2), at(4)).unwrap();
    assert_eq!(world.parts[0].person, Some(person(2)));
}

#[test]
fn a_manager_may_give_it_to_anybody_whether_they_were_asked_or_not() {
    let mut world = World::asked(&[1, 2]);
    world.does(&Event::Assign(person(4)), at(1)).unwrap();
    assert_eq!((world.swap.state, world.swap.taker.clone()), (SwapState::Taken, Some(person(4))));
    assert_eq!(world.parts[0].person, Some(person(4)));
    assert!(world.offers.iter().all(|offer| offer.state == OfferState::Withdrawn));
    assert_eq!(world.does(&Event::Assign(person(4)), at(2)), Ok(0), "again is harmless");
    assert_eq!(world.does(&Event::Assign(person(1)), at(3)), Err(Refusal::TakenBy(person(4))));
}

#[test]
fn whoever_is_assigned_after_agreeing_keeps_their_yes_and_the_requester_keeps_the_shift() {
    let mut world = World::asked(&[1, 2]);
    let agree = Event::Agree(Agreement { person: person(1), approval: true, obstacles: Vec::new() });
    world.does(&agree, at(1)).unwrap();
    world.does(&Event::Assign(person(1)), at(2)).unwrap();
    let states: Vec<_> = world.offers.iter().map(|o| o.state).collect();
    assert_eq!(states, [OfferState::Agreed, OfferState::Withdrawn]);
    let mut world = World::asked(&[1]);
    world.does(&Event::Assign(person(0)), at(1)).unwrap();
    assert_eq!((world.swap.state, world.parts[0].person.clone()), (SwapState::Withdrawn, Some(person(0))));
}

#[test]
fn a_shift_that_starts_uncovered_asks_everybody_and_alerts_the_managers() {
    let mut world = World::asked(&[1]);
    let everybody = Event::Started(vec![person(0), person(1), person(2)]);
    assert_eq!(world.does(&everybody, at(59)), Ok(0));
    let effects = decide(&world.swap, &world.offers, &everybody, at(60)).unwrap();
    assert_eq!(effects, [Effect::Ask { person: person(2), rank: 1 }, Effect::AlertManagers]);
    assert_eq!(world.swap.state, SwapState::Open);
}

#[test]
fn a_shift_taken_after_its_start_is_cut_at_that_minute() {
    let mut world = World::asked(&[1]);
    let now = at(90).plus_millis(31_000);
    world.does(&yes(1), now).unwrap();
    let (start, end) = (world.swap.window.start, world.swap.window.end);
    let worked = Segment { number: 1, window: Window::new(start, at(90)), person: Some(person(0)) };
    let rest = Segment { number: 0, window: Window::new(at(90), end), person: Some(person(1)) };
    assert_eq!(world.parts, [worked, rest]);
}

#[test]
fn a_shift_that_ends_without_a_taker_expires_its_swap() {
    let mut world = World::asked(&[1]);
    let end = world.swap.window.end;
    assert_eq!(world.does(&yes(1), end), Err(Refusal::Ended));
    world.does(&Event::Ended, end).unwrap();
    assert_eq!(world.swap.state, SwapState::Expired);
    assert_eq!(world.offers[0].state, OfferState::Lapsed);
}

#[test]
fn words_of_states_are_the_words_of_the_interface() {
    for state in SwapState::ALL {
        assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        assert_eq!(SwapState::parse(state.as_str()), Some(state));
    }
    for state in OfferState::ALL {
        assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        assert_eq!(OfferState::parse(state.as_str()), Some(state));
    }
}

fn any_event() -> impl Strategy<Value = Event> {
    let who = || (0u8..5).prop_map(person);
    let people = || proptest::collection::vec((0u8..5).prop_map(person), 0..5);
    let agreement = (who(), any::<bool>(), prop::bool::weighted(0.2)).prop_map(|(person, approval, no)| {
        Event::Agree(Agreement { person, approval, obstacles: if no { vec!["busy".into()] } else { Vec::new() } })
    });
    prop_oneof![
        3 => people().prop_map(Event::Ask),
        1 => Just(Event::Withdraw),
        6 => agreement,
        2 => who().prop_map(Event::Disagree),
        1 => who().prop_map(Event::Assign),
        1 => Just(Event::Approve),
        1 => Just(Event::Refuse),
        1 => Just(Event::Republished),
        1 => people().prop_map(Event::Started),
        1 => Just(Event::Ended),
    ]
}

fn covered_exactly_once(parts: &[Segment], whole: Window) -> bool {
    let mut sorted: Vec<_> = parts.iter().map(|part| part.window).collect();
    sorted.sort_unstable();
    let seamless = sorted.windows(2).all(|pair| pair[0].end == pair[1].start);
    let numbers: std::collections::BTreeSet<_> = parts.iter().map(|part| part.number).collect();
    seamless
        && numbers.len() == parts.len()
        && sorted.iter().all(|window| window.start < window.end)
        && sorted.first().map(|first| first.start) == Some(whole.start)
        && sorted.last().map(|last| last.end) == Some(whole.end)
}

proptest! {
    #![proptest_config(crate::cases(64))]

    #[test]
    fn a_swap_is_taken_at_most_once_and_every_instant_has_one_responsible_person(
        steps in proptest::collection::vec((any_event(), 0i64..80), 0..40)
    ) {
        let mut world = World::new();
        let mut minute = 0;
        for (event, pause) in steps {
            minute += pause;
            let before = (world.swap.clone(), world.offers.clone());
            let holders = world.parts.clone();
            let answer = world.does(&event, at(minute));
            if !before.0.state.is_live() || answer.is_err() {
                prop_assert_eq!((&before.0, &before.1), (&world.swap, &world.offers));
            }
            if world.swap.state != SwapState::Taken {
                prop_assert_eq!(holders, world.parts.clone(), "only a taking moves responsibility");
            }
            prop_assert!(world.takings <= 1);
            prop_assert!(covered_exactly_once(&world.parts, swap().window));
            prop_assert!(world.parts.iter().all(|part| part.person.is_some()));
            let promised = world.offers.iter().filter(|o| o.state == OfferState::Agreed).count();
            prop_assert!(promised <= 1);
            let yes = world.offers.iter().find(|o| o.state == OfferState::Agreed).map(|o| o.person.clone());
            prop_assert!(yes.is_none() || yes == world.swap.taker, "a yes that counts for nothing is none");
            let waiting = world.offers.iter().any(|o| o.state == OfferState::Offered);
            prop_assert!(world.swap.state.is_live() || !waiting, "nobody is asked for what is settled");
            prop_assert_eq!(world.swap.taker.is_some(), matches!(world.swap.state, SwapState::Taken | SwapState::AwaitingApproval));
        }
    }

    #[test]
    fn a_split_moves_only_what_lies_ahead(minutes in -30i64..600, seconds in 0i64..60) {
        let held = Segment { number: 0, window: swap().window, person: Some(person(0)) };
        let now = at(60 + minutes).plus_millis(seconds * 1000);
        let parts = split_for(&held, &person(1), now, 7);
        prop_assert!(covered_exactly_once(&parts, held.window));
        for part in parts {
            let theirs = part.person == Some(person(1));
            let right = if theirs { part.number == 0 && part.window.end > now } else { part.window.start <= now };
            prop_assert!(right);
        }
    }
}

proptest! {
    #![proptest_config(crate::cases(64))]

    #[test]
    fn shifts_of_a_turn_are_taken_by_one_person_or_by_nobody(
        steps in proptest::collection::vec((any_event(), 0i64..20), 0..40)
    ) {
        let mut turn = [World::asked(&[1, 2, 3]), World::asked(&[1, 2, 3]), World::asked(&[1, 2, 3])];
        // One of them was answered on its own before: what refuses one of them refuses all.
        turn[1].does(&Event::Disagree(person(2)), at(0)).unwrap();
        let mut minute = 0;
        for (event, pause) in steps.into_iter().filter(|(event, _)| event.is_shared()) {
            minute += pause;
            let parts: Vec<Part> = turn.iter().map(|part| (part.swap.clone(), part.offers.clone())).collect();
            let Ok(effects) = decide_together(&parts, &event, at(minute)) else { continue };
            for (part, effects) in turn.iter_mut().zip(effects) {
                effects.into_iter().for_each(|effect| part.apply(effect, at(minute)));
            }
            let standing = |part: &World| (part.swap.state, part.swap.taker.clone(), part.parts.clone());
            prop_assert_eq!(standing(&turn[0]), standing(&turn[1]));
            prop_assert_eq!(standing(&turn[0]), standing(&turn[2]));
        }
    }
}
