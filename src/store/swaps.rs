//! Swaps and their offers. Every race is decided by one conditional statement and its row count.

use super::words::{opt_variant, variant, word};
use super::{Connection, Row, StoreError, Value};
use crate::ids::{OfferId, PersonId, ProposalId, SlotId, SwapId, TeamId};
use crate::roster::model::Channel;
use crate::roster::swap::{Offer, OfferState, Swap, SwapState};
use crate::time::{Instant, Window};

const SWAP: &str = "SELECT id, team, slot, segment, requester, reason, state, version, start_ms, end_ms, opened_ms,
    closed_ms, taker, together, named_only FROM swap";
const OFFER: &str = "SELECT id, swap, person, state, rank, sent_ms, answered_ms, channel, proposal FROM offer";

fn swap(row: &Row) -> Result<Swap, StoreError> {
    Ok(Swap {
        id: SwapId::new(row.text(0)?),
        team: TeamId::new(row.text(1)?),
        slot: SlotId::new(row.text(2)?),
        segment: row.unsigned(3)?,
        requester: PersonId::new(row.text(4)?),
        reason: row.opt_text(5)?,
        state: variant(row, 6)?,
        version: row.int(7)?,
        window: row.window(8)?,
        opened: row.instant(10)?,
        closed: row.opt_instant(11)?,
        taker: row.opt_text(12)?.map(PersonId::new),
        together: row.opt_text(13)?.map(SwapId::new),
        named_only: row.boolean(14)?,
    })
}

fn offer(row: &Row) -> Result<Offer, StoreError> {
    Ok(Offer {
        id: OfferId::new(row.text(0)?),
        swap: SwapId::new(row.text(1)?),
        person: PersonId::new(row.text(2)?),
        state: variant(row, 3)?,
        rank: row.unsigned(4)?,
        sent: row.instant(5)?,
        answered: row.opt_instant(6)?,
        channel: opt_variant(row, 7)?,
        proposal: row.opt_text(8)?.map(ProposalId::new),
    })
}

fn several(tx: &mut dyn Connection, condition: &str, args: &[Value]) -> Result<Vec<Swap>, StoreError> {
    tx.query(&format!("{SWAP} WHERE {condition} ORDER BY start_ms, opened_ms, id"), args)?.iter().map(swap).collect()
}

fn offers(tx: &mut dyn Connection, condition: &str, args: &[Value]) -> Result<Vec<Offer>, StoreError> {
    tx.query(&format!("{OFFER} WHERE {condition} ORDER BY rank, id"), args)?.iter().map(offer).collect()
}

/// The swap of an id.
pub fn find(tx: &mut dyn Connection, id: &SwapId) -> Result<Option<Swap>, StoreError> {
    Ok(several(tx, "id = $1", &[id.into()])?.into_iter().next())
}

/// The swap of a shift that is open or awaits approval; there is at most one.
pub fn live_of_shift(tx: &mut dyn Connection, slot: &SlotId, segment: u32) -> Result<Option<Swap>, StoreError> {
    let live = "slot = $1 AND segment = $2 AND state IN ('open', 'awaiting-approval')";
    Ok(several(tx, live, &[slot.into(), segment.into()])?.into_iter().next())
}

/// The swaps that go together under a name and are open or await approval, by start of the shift.
pub fn live_together(tx: &mut dyn Connection, together: &SwapId) -> Result<Vec<Swap>, StoreError> {
    several(tx, "together = $1 AND state IN ('open', 'awaiting-approval')", &[together.into()])
}

/// Every swap there ever was for a shift.
pub fn of_shift(tx: &mut dyn Connection, slot: &SlotId, segment: u32) -> Result<Vec<Swap>, StoreError> {
    several(tx, "slot = $1 AND segment = $2", &[slot.into(), segment.into()])
}

/// A team's swaps, those in one state where it is named, by start of the shift.
pub fn of_team(tx: &mut dyn Connection, team: &TeamId, state: Option<SwapState>) -> Result<Vec<Swap>, StoreError> {
    match state {
        Some(state) => several(tx, "team = $1 AND state = $2", &[team.into(), word(&state)?.into()]),
        None => several(tx, "team = $1", &[team.into()]),
    }
}

/// A team's swaps that are open or await approval, by start of the shift.
pub fn live_of_team(tx: &mut dyn Connection, team: &TeamId) -> Result<Vec<Swap>, StoreError> {
    several(tx, "team = $1 AND state IN ('open', 'awaiting-approval')", &[team.into()])
}

/// Swaps that were closed in `[from, to)`.
pub fn closed_in(tx: &mut dyn Connection, from: Instant, to: Instant) -> Result<Vec<Swap>, StoreError> {
    several(tx, "closed_ms >= $1 AND closed_ms < $2", &[from.into(), to.into()])
}

/// Every swap that is open or awaits approval, by start of the shift.
pub fn live(tx: &mut dyn Connection) -> Result<Vec<Swap>, StoreError> {
    several(tx, "state IN ('open', 'awaiting-approval')", &[])
}

/// Adds a swap; where the shift has a live one already it is a [`StoreError::Constraint`].
pub fn insert(tx: &mut dyn Connection, swap: &Swap) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO swap (id, team, slot, segment, requester, reason, state, version, start_ms, end_ms, opened_ms,
           closed_ms, taker, together, named_only)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)",
        &[
            (&swap.id).into(),
            (&swap.team).into(),
            (&swap.slot).into(),
            swap.segment.into(),
            (&swap.requester).into(),
            swap.reason.clone().into(),
            word(&swap.state)?.into(),
            swap.version.into(),
            swap.window.start.into(),
            swap.window.end.into(),
            swap.opened.into(),
            swap.closed.into(),
            swap.taker.as_ref().into(),
            swap.together.as_ref().into(),
            swap.named_only.into(),
        ],
    )?;
    Ok(())
}

/// Moves a swap on from the state and version it was read with; false where somebody else was faster, and nothing has
/// changed then. A final state closes it now.
pub fn advance(
    tx: &mut dyn Connection,
    read: &Swap,
    to: SwapState,
    taker: Option<&PersonId>,
    now: Instant,
) -> Result<bool, StoreError> {
    let closed = (!to.is_live()).then_some(now);
    let changed = tx.execute(
        "UPDATE swap SET state = $1, taker = $2, closed_ms = $3, version = version + 1
         WHERE id = $4 AND version = $5 AND state = $6",
        &[
            word(&to)?.into(),
            taker.into(),
            closed.into(),
            (&read.id).into(),
            read.version.into(),
            word(&read.state)?.into(),
        ],
    )?;
    Ok(changed == 1)
}

/// Writes when the shift of a swap is by now.
pub fn set_window(tx: &mut dyn Connection, id: &SwapId, window: Window) -> Result<(), StoreError> {
    let sql = "UPDATE swap SET start_ms = $1, end_ms = $2 WHERE id = $3";
    tx.execute(sql, &[window.start.into(), window.end.into(), id.into()])?;
    Ok(())
}

/// The offers of a swap, by rank.
pub fn offers_of(tx: &mut dyn Connection, swap: &SwapId) -> Result<Vec<Offer>, StoreError> {
    offers(tx, "swap = $1", &[swap.into()])
}

/// The offer of an id.
pub fn find_offer(tx: &mut dyn Connection, id: &OfferId) -> Result<Option<Offer>, StoreError> {
    Ok(offers(tx, "id = $1", &[id.into()])?.into_iter().next())
}

/// What a swap offers to one person.
pub fn offer_to(tx: &mut dyn Connection, swap: &SwapId, person: &PersonId) -> Result<Option<Offer>, StoreError> {
    Ok(offers(tx, "swap = $1 AND person = $2", &[swap.into(), person.into()])?.into_iter().next())
}

/// Everything that was offered to a person and is in this state.
pub fn offers_to_person(
    tx: &mut dyn Connection,
    person: &PersonId,
    state: OfferState,
) -> Result<Vec<Offer>, StoreError> {
    offers(tx, "person = $1 AND state = $2", &[person.into(), word(&state)?.into()])
}

/// Everything that was offered to a person of shifts that end after a moment, each with its swap.
pub fn offers_of_person(
    tx: &mut dyn Connection,
    person: &PersonId,
    after: Instant,
) -> Result<Vec<(Swap, Offer)>, StoreError> {
    let recent = "person = $1 AND swap IN (SELECT id FROM swap WHERE end_ms > $2)";
    let mut found = Vec::new();
    for offer in offers(tx, recent, &[person.into(), after.into()])? {
        if let Some(swap) = find(tx, &offer.swap)? {
            found.push((swap, offer));
        }
    }
    Ok(found)
}

/// Adds an offer; a second one of a swap to the same person is a [`StoreError::Constraint`].
pub fn insert_offer(tx: &mut dyn Connection, offer: &Offer) -> Result<(), StoreError> {
    tx.execute(
        "INSERT INTO offer (id, swap, person, state, rank, sent_ms, answered_ms, channel, proposal)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &[
            (&offer.id).into(),
            (&offer.swap).into(),
            (&offer.person).into(),
            word(&offer.state)?.into(),
            offer.rank.into(),
            offer.sent.into(),
            offer.answered.into(),
            offer.channel.map(|channel| word(&channel)).transpose()?.into(),
            offer.proposal.as_ref().into(),
        ],
    )?;
    Ok(())
}

/// Puts something else to somebody who was asked before: the offer is open again.
pub fn ask_again(tx: &mut dyn Connection, offer: &Offer) -> Result<(), StoreError> {
    tx.execute(
        "UPDATE offer SET state = $1, rank = $2, sent_ms = $3, answered_ms = NULL, channel = NULL, comment = NULL, proposal = $4
         WHERE id = $5",
        &[
            word(&offer.state)?.into(),
            offer.rank.into(),
            offer.sent.into(),
            offer.proposal.as_ref().into(),
            (&offer.id).into(),
        ],
    )?;
    Ok(())
}

/// From now on everybody suitable may be asked for cover.
pub fn open_to_all(tx: &mut dyn Connection, id: &SwapId) -> Result<(), StoreError> {
    tx.execute("UPDATE swap SET named_only = 0 WHERE id = $1", &[id.into()])?;
    Ok(())
}

/// Changes the state of an offer because the person answered, by a channel.
pub fn answer_offer(
    tx: &mut dyn Connection,
    id: &OfferId,
    state: OfferState,
    channel: Channel,
    now: Instant,
) -> Result<(), StoreError> {
    let sql = "UPDATE offer SET state = $1, answered_ms = $2, channel = $3 WHERE id = $4";
    tx.execute(sql, &[word(&state)?.into(), now.into(), word(&channel)?.into(), id.into()])?;
    Ok(())
}

/// Changes the state of an offer without an answer: it lapsed or was withdrawn.
pub fn set_offer_state(tx: &mut dyn Connection, id: &OfferId, state: OfferState) -> Result<(), StoreError> {
    tx.execute("UPDATE offer SET state = $1 WHERE id = $2", &[word(&state)?.into(), id.into()])?;
    Ok(())
}

/// Writes what somebody says to their answer; nothing takes it back.
pub fn set_comment(tx: &mut dyn Connection, id: &OfferId, comment: Option<&str>) -> Result<(), StoreError> {
    tx.execute("UPDATE offer SET comment = $1 WHERE id = $2", &[comment.into(), id.into()])?;
    Ok(())
}

/// What somebody says to their answer.
pub fn comment_of(tx: &mut dyn Connection, id: &OfferId) -> Result<Option<String>, StoreError> {
    let row = tx.query_one("SELECT comment FROM offer WHERE id = $1", &[id.into()])?;
    row.map_or(Ok(None), |row| row.opt_text(0))
}
