//! What a proposal comes to for one of those who are asked: what they give, who else has to agree, and their load.

use crate::ids::PersonId;
use crate::roster::shift_event::when;
use crate::roster::swap::{Offer, OfferState, Swap};
use crate::service::swaps::{Question, cut_out};
use crate::service::{Ctx, ServiceError};
use crate::store::{Connection, people, proposals, swaps};
use crate::time::Instant;

/// In sentences, and until when an answer counts.
pub(in crate::service) struct Trade {
    pub(in crate::service) told: Vec<String>,
    pub(in crate::service) load: Vec<String>,
    pub(in crate::service) until: Instant,
}

impl Trade {
    /// As of the moment when it was proposed, so that the text stays the same.
    pub(in crate::service) fn of(
        (tx, ctx): (&mut dyn Connection, &Ctx),
        swap: &Swap,
        offer: &Offer,
    ) -> Result<Self, ServiceError> {
        let Some(proposal) = &offer.proposal else {
            return Ok(Self { told: Vec::new(), load: Vec::new(), until: swap.window.start });
        };
        let moves = proposals::moves(tx, proposal)?;
        let until = moves.iter().map(|one| one.window.start).min().unwrap_or(swap.window.start);
        let (taken, given): (Vec<_>, Vec<_>) = moves
            .iter()
            .filter(|one| one.to == offer.person || one.from == offer.person)
            .cloned()
            .partition(|one| one.to == offer.person);
        let (taken, lost) = (cut_out(tx, &taken)?, cut_out(tx, &given)?);
        let mut told = Vec::new();
        for (shift, one) in lost.iter().zip(&given) {
            told.push(format!(
                "You give: {}, {}, to {}",
                shift.role,
                when(shift.window, shift.zone),
                name(tx, &one.to)?
            ));
        }
        for one in moves.iter().filter(|one| one.to == offer.person && one.from != swap.requester) {
            told.push(format!("You take it from: {}", name(tx, &one.from)?));
        }
        let of_it = swaps::offers_of(tx, &swap.id)?.into_iter().filter(|other| other.proposal == offer.proposal);
        for other in of_it.filter(|other| other.person != offer.person) {
            let state = if other.state == OfferState::Agreed { "has agreed" } else { "has to agree too" };
            told.push(format!("{} {state}.", name(tx, &other.person)?));
        }
        if told.is_empty() {
            told.push("Only this part of the shift is asked for.".to_owned());
        }
        let mut all = taken.clone();
        all.extend(lost.iter().cloned());
        let question = Question::of((tx, ctx), &all, swap.opened, &offer.person);
        let load = question.map(|question| question.traded(&offer.person, (&taken, &lost))).unwrap_or_default();
        Ok(Self { told, load, until })
    }
}

fn name(tx: &mut dyn Connection, person: &PersonId) -> Result<String, ServiceError> {
    Ok(people::find(tx, person)?.map_or_else(|| person.to_string(), |person| person.name))
}
