//! Whom to tell what about a swap: rows of the outbox, in the transaction that made it so.

use crate::ids::{PersonId, ProposalId, SwapId, TeamId};
use crate::roster::link::Link;
use crate::roster::model::Shift;
use crate::roster::swap::{Offer, Swap, SwapState};
use crate::service::{Ctx, ServiceError, outbox, rights, webhooks};
use crate::store::{Connection, people, teams};
use serde_json::{Value as Json, json};

fn facts(swap: &Swap, shift: &Shift) -> Json {
    json!({
        "swap": swap.id, "team": swap.team, "slot": swap.slot, "segment": swap.segment, "role": shift.role,
        "start": shift.window.start.rfc3339(shift.zone), "end": shift.window.end.rfc3339(shift.zone),
        "requester": swap.requester, "reason": swap.reason, "whole_turn": swap.together.is_some(),
    })
}

fn mail(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    person: &PersonId,
    (kind, dedupe): (&str, &str),
    payload: &Json,
) -> Result<(), ServiceError> {
    if let Some(person) = people::find(tx, person)?.filter(|person| !person.disabled) {
        outbox::send(tx, ctx, (kind, &person.email), payload, dedupe)?;
    }
    Ok(())
}

/// Somebody is asked: a mail with the link to agree or disagree.
pub(super) fn asked(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    swap: &Swap,
    shift: &Shift,
    offer: &Offer,
) -> Result<(), ServiceError> {
    let epoch = people::link_epoch(tx, &offer.person)?;
    let link = Link::Offer { offer: offer.id.clone(), person: offer.person.clone() };
    let mut payload = facts(swap, shift);
    if let Json::Object(fields) = &mut payload {
        let url = format!("{}{}", ctx.host.public_url, link.path(&ctx.host.link_key, epoch));
        fields.insert("link".to_owned(), url.into());
        fields.insert("offer".to_owned(), json!(offer.id));
        fields.insert("proposal".to_owned(), json!(offer.proposal));
    }
    let cover = swap.together.as_ref().map_or(offer.id.as_str(), SwapId::as_str);
    let dedupe = offer.proposal.as_ref().map_or(cover, ProposalId::as_str);
    mail(tx, ctx, &offer.person, ("mail.offer", dedupe), &payload)
}

/// The swap moved on: its requester and its taker hear of it, and managers whose approval is awaited.
pub(super) fn moved(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    swap: &Swap,
    shift: &Shift,
    (to, taker): (SwapState, Option<&PersonId>),
) -> Result<(), ServiceError> {
    let mut payload = facts(swap, shift);
    if let Json::Object(fields) = &mut payload {
        fields.insert("state".to_owned(), json!(to));
        fields.insert("taker".to_owned(), json!(taker));
    }
    // Of what goes together one message is enough.
    let dedupe = match &swap.together {
        Some(together) => format!("{together}/{}/{}", to.as_str(), swap.version + 1),
        None => format!("{}/{}", swap.id, swap.version + 1),
    };
    mail(tx, ctx, &swap.requester, ("mail.swap", &dedupe), &payload)?;
    if let Some(taker) = taker {
        mail(tx, ctx, taker, ("mail.swap", &dedupe), &payload)?;
    }
    if to == SwapState::AwaitingApproval {
        managers(tx, ctx, swap, shift, "swap.approval")?;
    }
    Ok(webhooks::swap_moved(tx, ctx, swap, shift, (to, taker))?)
}

/// A proposal is settled: somebody for whom it moves a shift hears of that shift, and who has it now.
pub(super) fn settled(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    (swap, shift): (&Swap, &Shift),
    (proposal, taker): (&ProposalId, &PersonId),
    person: &PersonId,
) -> Result<(), ServiceError> {
    let mut payload = facts(swap, shift);
    if let Json::Object(fields) = &mut payload {
        fields.insert("slot".to_owned(), json!(shift.slot));
        fields.insert("segment".to_owned(), json!(shift.segment));
        fields.insert("state".to_owned(), json!(SwapState::Taken));
        fields.insert("taker".to_owned(), json!(taker));
    }
    mail(tx, ctx, person, ("mail.swap", &format!("{proposal}/taken")), &payload)
}

/// Somebody has said something to their answer: whoever asks hears of it.
pub(super) fn commented(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    (swap, shift): (&Swap, &Shift),
    offer: &Offer,
    (comment, place): (&str, i64),
) -> Result<(), ServiceError> {
    let mut payload = facts(swap, shift);
    if let Json::Object(fields) = &mut payload {
        fields.insert("person".to_owned(), json!(offer.person));
        fields.insert("comment".to_owned(), comment.into());
    }
    mail(tx, ctx, &swap.requester, ("mail.comment", &format!("{}/{place}", offer.id)), &payload)
}

/// The team's managers have to act; once for each matter.
pub(super) fn managers(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    swap: &Swap,
    shift: &Shift,
    matter: &str,
) -> Result<(), ServiceError> {
    let mut payload = facts(swap, shift);
    if let Json::Object(fields) = &mut payload {
        fields.insert("matter".to_owned(), matter.into());
    }
    for manager in managers_of(tx, ctx, &shift.team)? {
        let dedupe = format!("{}/{}/{matter}", swap.id, swap.version);
        mail(tx, ctx, &manager, ("mail.manager", &dedupe), &payload)?;
    }
    Ok(())
}

/// Who manages a team now.
pub(in crate::service) fn managers_of(
    tx: &mut dyn Connection,
    ctx: &Ctx,
    team: &TeamId,
) -> Result<Vec<PersonId>, ServiceError> {
    let Some(zone) = teams::zone(tx, team)? else { return Ok(Vec::new()) };
    let memberships = teams::memberships_of_team(tx, team)?;
    let manages = memberships.into_iter().filter(|m| m.manager && rights::is_current(m, zone, ctx.now));
    Ok(manages.map(|membership| membership.person).collect())
}
