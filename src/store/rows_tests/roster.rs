//! Slots, rosters, shifts, swaps and offers as rows.

use super::*;
use crate::ids::{OfferId, SwapId};
use crate::roster::swap::{Offer, OfferState, Swap, SwapState};
use crate::store::rosters::RosterSlot;

fn swap(id: &str) -> Swap {
    Swap {
        id: SwapId::from(id),
        team: TeamId::from("payments"),
        slot: SlotId::from("1"),
        segment: 0,
        requester: PersonId::from("ada"),
        reason: Some("dentist".to_owned()),
        state: SwapState::Open,
        version: 1,
        window: hours(24, 48),
        opened: NOW,
        closed: None,
        taker: None,
        together: None,
        named_only: false,
    }
}

fn offer(id: &str) -> Offer {
    Offer {
        id: OfferId::from(id),
        swap: SwapId::from("s1"),
        person: PersonId::from("ben"),
        state: OfferState::Offered,
        rank: 0,
        sent: NOW,
        answered: None,
        channel: None,
        proposal: None,
    }
}

#[test]
fn a_swap_is_taken_at_most_once() {
    seeded(|tx| {
        swaps::insert(tx, &swap("s1"))?;
        let read = swaps::live_of_shift(tx, &SlotId::from("1"), 0)?.unwrap();
        assert_eq!(read, swap("s1"));
        let ben = PersonId::from("ben");
        assert!(swaps::advance(tx, &read, SwapState::Taken, Some(&ben), at(1))?);
        assert!(!swaps::advance(tx, &read, SwapState::Withdrawn, None, at(1))?);
        let taken = swaps::find(tx, &read.id)?.unwrap();
        assert_eq!(
            (taken.state, taken.version, taken.taker, taken.closed),
            (SwapState::Taken, 2, Some(ben), Some(at(1)))
        );
        swaps::insert(tx, &swap("s2"))?;
        assert_eq!(swaps::live(tx)?.len(), 1);
        Ok(())
    });
}

#[test]
fn a_shift_has_at_most_one_live_swap() {
    refused(|tx| {
        swaps::insert(tx, &swap("s1"))?;
        swaps::insert(tx, &swap("s2"))
    });
}

#[test]
fn an_offer_keeps_by_which_way_it_was_answered() {
    seeded(|tx| {
        swaps::insert(tx, &swap("s1"))?;
        let offer = offer("o1");
        swaps::insert_offer(tx, &offer)?;
        swaps::answer_offer(tx, &offer.id, OfferState::Agreed, Channel::Link, at(1))?;
        let answered =
            Offer { state: OfferState::Agreed, answered: Some(at(1)), channel: Some(Channel::Link), ..offer.clone() };
        assert_eq!(swaps::offer_to(tx, &offer.swap, &offer.person)?, Some(answered));
        Ok(())
    });
}

#[test]
fn nobody_is_offered_the_same_swap_twice() {
    refused(|tx| {
        swaps::insert(tx, &swap("s1"))?;
        swaps::insert_offer(tx, &offer("o1"))?;
        swaps::insert_offer(tx, &offer("o2"))
    });
}

#[test]
fn shifts_are_found_by_team_and_person_and_half_open_windows() {
    seeded(|tx| {
        let (ada, payments) = (PersonId::from("ada"), TeamId::from("payments"));
        assert_eq!(shifts::of_person(tx, &ada, hours(47, 60))?, [shift("1", hours(24, 48), Some("ada"))]);
        assert!(shifts::of_person(tx, &ada, hours(48, 60))?.is_empty());
        assert!(shifts::of_team(tx, &payments, hours(0, 24))?.is_empty());
        assert_eq!(shifts::next_of_team(tx, &payments, at(0), 5)?.len(), 1);
        shifts::put(tx, &shift("1", hours(24, 48), None))?;
        assert!(shifts::of_person(tx, &ada, hours(0, 60))?.is_empty());
        Ok(())
    });
}

#[test]
fn a_draft_is_changed_by_whoever_saw_it_last_and_published_once() {
    seeded(|tx| {
        let id = RosterId::from("december");
        assert_eq!(rosters::touch(tx, &id, 1)?, Some(2));
        assert_eq!(rosters::touch(tx, &id, 1)?, None);
        let holds = RosterSlot {
            slot: SlotId::from("1"),
            person: Some("ada".into()),
            base: Some("ben".into()),
            pinned: true,
            reason: None,
        };
        rosters::put_slot(tx, &id, &holds)?;
        assert_eq!(rosters::slots(tx, &id)?, [holds]);
        let (from, to) = ("2026-12-31".parse().unwrap(), "2027-02-01".parse().unwrap());
        let payments = TeamId::from("payments");
        assert_eq!(rosters::overlapping(tx, &payments, RosterState::Draft, from, to)?.len(), 1);
        assert!(rosters::publish(tx, &id, 1, Some("first"), at(1))?);
        assert!(!rosters::publish(tx, &id, 2, None, at(1))?);
        assert_eq!(rosters::last_version(tx, &payments)?, 1);
        assert!(!rosters::discard(tx, &id)?);
        Ok(())
    });
}

#[test]
fn a_slot_is_not_made_twice() {
    refused(|tx| slots::put(tx, &Slot { id: SlotId::from("2"), ..slot("1", hours(24, 48)) }));
}

#[test]
fn a_slot_keeps_its_id() {
    seeded(|tx| {
        slots::mark_gone(tx, &SlotId::from("1"), NOW)?;
        let payments = TeamId::from("payments");
        assert!(slots::starting_in(tx, &payments, hours(0, 48))?.is_empty());
        slots::put(tx, &slot("1", hours(25, 49)))?;
        assert_eq!(slots::starting_in(tx, &payments, hours(0, 48))?, [slot("1", hours(25, 49))]);
        Ok(())
    });
}
