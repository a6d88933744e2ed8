//! Which team a row of the trail concerns: its object says so, or what was before and after, or the thing it names is
//! looked up. What is gone since (a discarded draft) is known by its other rows alone.

use crate::ids::{OfferId, QualificationId, RosterId, SlotId, SwapId, TeamId, TokenId};
use crate::store::audit::Recorded;
use crate::store::{Connection, StoreError, qualifications, rosters, slots, swaps, tokens};
use std::collections::BTreeMap;

/// Remembers what was looked up.
#[derive(Default)]
pub(super) struct Concerns {
    teams: BTreeMap<String, Option<TeamId>>,
}

impl Concerns {
    /// The team that a row concerns, where it concerns one.
    pub(super) fn team(&mut self, tx: &mut dyn Connection, row: &Recorded) -> Result<Option<TeamId>, StoreError> {
        let object = row.event.object.as_str();
        if let Some(team) = object.strip_prefix("team:") {
            return Ok(Some(TeamId::new(team)));
        }
        if let Some(known) = self.teams.get(object) {
            return Ok(known.clone());
        }
        let said = [&row.event.after, &row.event.before].into_iter().flatten().find_map(|text| named(text));
        let found = match said {
            Some(team) => Some(team),
            None => looked_up(tx, object)?,
        };
        self.teams.insert(object.to_owned(), found.clone());
        Ok(found)
    }
}

fn named(json: &str) -> Option<TeamId> {
    let json: serde_json::Value = serde_json::from_str(json).ok()?;
    json.get("team")?.as_str().map(TeamId::new)
}

fn looked_up(tx: &mut dyn Connection, object: &str) -> Result<Option<TeamId>, StoreError> {
    let Some((kind, id)) = object.split_once(':') else { return Ok(None) };
    Ok(match kind {
        "roster" => rosters::find(tx, &RosterId::new(id))?.map(|roster| roster.team),
        "swap" => swaps::find(tx, &SwapId::new(id))?.map(|swap| swap.team),
        "shift" => {
            let slot = id.rsplit_once('.').map_or(id, |(slot, _)| slot);
            slots::find(tx, &SlotId::new(slot))?.map(|slot| slot.team)
        }
        "offer" => match swaps::find_offer(tx, &OfferId::new(id))? {
            Some(offer) => swaps::find(tx, &offer.swap)?.map(|swap| swap.team),
            None => None,
        },
        "feed" => tokens::find_feed(tx, &TokenId::new(id))?.and_then(|feed| feed.team),
        "qualification" => qualifications::find(tx, &QualificationId::new(id))?.and_then(|found| found.team),
        _ => None,
    })
}
