//! What changes hands when everybody to whom a proposal was put agrees. Written once, never changed.

use super::{Connection, Row, StoreError};
use crate::ids::{PersonId, ProposalId, SlotId};
use crate::roster::swap::ProposedMove;

fn one(row: &Row) -> Result<ProposedMove, StoreError> {
    Ok(ProposedMove {
        slot: SlotId::new(row.text(0)?),
        segment: row.unsigned(1)?,
        window: row.window(2)?,
        from: PersonId::new(row.text(4)?),
        to: PersonId::new(row.text(5)?),
    })
}

/// The moves of a proposal, as they were put.
pub fn moves(tx: &mut dyn Connection, proposal: &ProposalId) -> Result<Vec<ProposedMove>, StoreError> {
    let sql = "SELECT slot, segment, start_ms, end_ms, giver, taker FROM proposal_move WHERE proposal = $1
        ORDER BY ordinal";
    tx.query(sql, &[proposal.into()])?.iter().map(one).collect()
}

/// Adds a proposal.
pub fn insert(tx: &mut dyn Connection, proposal: &ProposalId, moves: &[ProposedMove]) -> Result<(), StoreError> {
    for (ordinal, one) in (0_i64..).zip(moves) {
        tx.execute(
            "INSERT INTO proposal_move (proposal, ordinal, slot, segment, start_ms, end_ms, giver, taker)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            &[
                proposal.into(),
                ordinal.into(),
                (&one.slot).into(),
                one.segment.into(),
                one.window.start.into(),
                one.window.end.into(),
                (&one.from).into(),
                (&one.to).into(),
            ],
        )?;
    }
    Ok(())
}
