//! Proposals: made with every yes, ended by one no; and shifts that several take pieces of.

use super::*;

/// Offers of two proposals, the second of three people, beside one of cover.
fn proposals() -> Vec<Offer> {
    let of =
        |n: u8, proposal: &str| Offer { proposal: Some(ProposalId::from(proposal)), ..offer(n, OfferState::Offered) };
    vec![of(1, "a"), of(2, "b"), of(3, "b"), offer(4, OfferState::Offered)]
}

#[test]
fn a_proposal_is_made_when_the_last_one_agrees_and_its_first_counts_as_taker() {
    let mut world = World { offers: proposals(), ..World::new() };
    world.does(&yes(3), at(1)).unwrap();
    assert_eq!((world.swap.state, world.made.len()), (SwapState::Open, 0));
    assert_eq!(world.does(&yes(3), at(1)), Ok(0), "again is harmless");
    world.does(&yes(2), at(2)).unwrap();
    assert_eq!((world.swap.state, world.swap.taker.clone()), (SwapState::Taken, Some(person(2))));
    assert_eq!(world.made, ["b".into()]);
    let states: Vec<_> = world.offers.iter().map(|offer| offer.state).collect();
    assert_eq!(states, [OfferState::Withdrawn, OfferState::Agreed, OfferState::Agreed, OfferState::Withdrawn]);
}

#[test]
fn one_no_ends_a_proposal_and_a_swap_of_nothing_else() {
    let mut world = World { offers: proposals(), ..World::new() };
    world.does(&yes(3), at(1)).unwrap();
    world.does(&Event::Disagree(person(2)), at(2)).unwrap();
    assert_eq!((world.swap.state, world.offers[2].state), (SwapState::Open, OfferState::Lapsed));
    assert!(matches!(world.does(&yes(2), at(3)), Err(Refusal::NotAsked(_))));
    let mut named = World { offers: proposals().split_off(1), ..World::new() };
    named.offers.pop();
    named.swap.named_only = true;
    named.does(&Event::Disagree(person(3)), at(1)).unwrap();
    assert_eq!((named.swap.state, named.offers[0].state), (SwapState::Withdrawn, OfferState::Lapsed));
}

proptest! {
    #![proptest_config(crate::cases(64))]

    #[test]
    fn of_proposals_and_cover_at_most_one_is_made_and_only_with_every_yes(
        steps in proptest::collection::vec((any_event(), 0i64..10), 0..40), named in any::<bool>()
    ) {
        let mut world = World { offers: proposals(), ..World::new() };
        world.swap.named_only = named;
        let mut minute = 0;
        for (event, pause) in steps {
            minute += pause;
            let _ = world.does(&event, at(minute));
            prop_assert!(world.takings <= 1 && world.made.len() <= 1);
            for made in &world.made {
                prop_assert_eq!(world.swap.state, SwapState::Taken);
                let mut theirs = world.offers.iter().filter(|offer| offer.proposal.as_ref() == Some(made));
                prop_assert!(theirs.all(|offer| offer.state == OfferState::Agreed));
                prop_assert!(world.parts.iter().all(|part| part.person == Some(person(0))), "never both");
            }
            let waiting = world.offers.iter().any(|o| o.state == OfferState::Offered);
            prop_assert!(world.swap.state.is_live() || !waiting);
            if !world.swap.state.is_live() && world.swap.state != SwapState::Taken {
                prop_assert!(world.offers.iter().all(|o| o.state != OfferState::Agreed));
            }
        }
    }

    #[test]
    fn pieces_of_a_shift_leave_one_responsible_person_at_every_instant(
        cuts in proptest::collection::vec((0i64..9, 0i64..9, 1u8..5), 0..4), fresh in 1u32..9
    ) {
        let held = Segment { number: 0, window: swap().window, person: Some(person(0)) };
        let hour = |n: i64| swap().window.start.plus_millis(n * HOUR);
        let pieces: Vec<_> =
            cuts.iter().map(|(a, b, n)| (Window::new(hour(*a.min(b)), hour(*a.max(b))), person(*n))).collect();
        let parts = split_into(&held, &pieces, fresh);
        prop_assert!(covered_exactly_once(&parts, held.window));
        prop_assert!(parts.iter().all(|part| part.person.is_some()));
        if parts.len() > 1 || parts[0].person != held.person {
            for (window, taker) in pieces.iter().filter(|(window, _)| window.start < window.end) {
                let theirs = Some(taker.clone());
                prop_assert!(parts.iter().any(|part| part.window == *window && part.person == theirs));
            }
            prop_assert!(parts.iter().any(|part| part.number == 0 && part.person != held.person));
        }
    }
}
