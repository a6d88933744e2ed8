//! Cover that is asked for: the swaps of a team, the offers made for them, and what becomes of both.

use super::extract::{Caller, Json, Params, invalid};
use super::swap_options::MoveDocument;
use super::{Answer, scope};
use crate::ids::{OfferId, PersonId, SlotId, SwapId, TeamId};
use crate::roster::swap::SwapState;
use crate::service::pages::Thing;
use crate::service::swaps::{OfferView, Reply, SwapView};
use crate::service::{Actor, Service, ServiceError};
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// A request for cover with the offers made for it.
#[derive(Debug, Serialize, ToSchema)]
pub struct SwapDocument {
    id: String,
    slot: String,
    /// Who asks.
    requester: String,
    /// `open`, `awaiting-approval`, `taken`, `withdrawn`, `expired` or `void`.
    state: &'static str,
    /// By rank.
    offers: Vec<OfferDocument>,
    role: String,
    #[schema(format = DateTime)]
    start: String,
    #[schema(format = DateTime)]
    end: String,
    /// Why, in the requester's words.
    reason: Option<String>,
    /// Who has it, or who agreed while approval is awaited.
    taker: Option<String>,
    /// Requests for the shifts of one turn have the same name here: whoever takes one takes all of them.
    together: Option<String>,
    /// Nobody is asked but those whom proposals name.
    named_only: bool,
}

/// A request for cover as put to one person.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfferDocument {
    id: String,
    person: String,
    /// `offered`, `agreed`, `disagreed`, `lapsed` or `withdrawn`.
    state: &'static str,
    /// Offers of one proposal have the same name here: its moves are made when all of them are agreed to.
    proposal: Option<String>,
    /// What changes hands with the proposal; empty where only cover is asked for.
    moves: Vec<MoveDocument>,
}

impl From<&SwapView> for SwapDocument {
    fn from(swap: &SwapView) -> Self {
        Self {
            id: swap.id.to_string(),
            slot: swap.slot.to_string(),
            requester: swap.requester.to_string(),
            state: swap.state.as_str(),
            offers: swap.offers.iter().map(OfferDocument::from).collect(),
            role: swap.role.clone(),
            start: swap.window.start.rfc3339(swap.zone),
            end: swap.window.end.rfc3339(swap.zone),
            reason: swap.reason.clone(),
            taker: swap.taker.as_ref().map(ToString::to_string),
            together: swap.together.as_ref().map(ToString::to_string),
            named_only: swap.named_only,
        }
    }
}

impl From<&OfferView> for OfferDocument {
    fn from(offer: &OfferView) -> Self {
        Self {
            id: offer.id.to_string(),
            person: offer.person.to_string(),
            state: offer.state.as_str(),
            proposal: offer.proposal.as_ref().map(ToString::to_string),
            moves: offer.moves.iter().map(MoveDocument::from).collect(),
        }
    }
}

/// Which swaps.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct InState {
    /// Only those in this state.
    state: Option<String>,
}

/// The requests for cover of a team
#[utoipa::path(get, path = "/api/v1/teams/{team}/swaps", tag = "swaps", params(("team" = String, Path), InState),
    responses((status = 200, body = Vec<SwapDocument>)))]
pub async fn swaps(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(team): Path<TeamId>,
    Params(InState { state }): Params<InState>,
) -> Answer<Vec<SwapDocument>> {
    let known = |word: String| SwapState::parse(&word).ok_or_else(|| invalid("state", "is none that a swap can have"));
    let state = state.map(known).transpose()?;
    let found = service.swaps(&actor, &team, state).await;
    let found = scope::of_team(&service, &actor, &team, found).await?;
    Ok(axum::Json(found.iter().map(SwapDocument::from).collect()))
}

/// One request for cover
#[utoipa::path(get, path = "/api/v1/swaps/{swap}", tag = "swaps", params(("swap" = String, Path)),
    responses((status = 200, body = SwapDocument)))]
pub async fn swap(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(swap): Path<SwapId>,
) -> Answer<SwapDocument> {
    let found = service.swap(&actor, &swap).await;
    told(&service, &actor, Thing::Swap(swap), found).await
}

/// Why cover is asked for.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CoverRequest {
    /// Which part of a split shift; 0 is all of one that isn't.
    segment: u32,
    /// In the requester's words; those who are asked see it.
    reason: Option<String>,
    /// Not only this shift but all that its holder has still to stand of its turn, by one and the same colleague.
    whole_turn: bool,
}

/// Ask for cover of a shift; where it is asked for already, that request is answered
#[utoipa::path(post, path = "/api/v1/slots/{slot}/cover", tag = "swaps", params(("slot" = String, Path)),
    request_body = CoverRequest, responses((status = 200, body = SwapDocument)))]
pub async fn cover(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(slot): Path<SlotId>,
    Json(request): Json<CoverRequest>,
) -> Answer<SwapDocument> {
    let CoverRequest { segment, reason, whole_turn } = request;
    let asked = if whole_turn {
        service.ask_for_cover_of_turn(&actor, &slot, segment, reason).await
    } else {
        service.ask_for_cover(&actor, &slot, segment, reason).await
    };
    told(&service, &actor, Thing::Slot(slot), asked).await
}

/// Take a request for cover back
#[utoipa::path(post, path = "/api/v1/swaps/{swap}/withdraw", tag = "swaps", params(("swap" = String, Path)),
    responses((status = 200, body = SwapDocument)))]
pub async fn withdraw(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(swap): Path<SwapId>,
) -> Answer<SwapDocument> {
    let done = service.withdraw_swap(&actor, &swap).await;
    told(&service, &actor, Thing::Swap(swap), done).await
}

/// Whether a manager approves.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Approval {
    approve: bool,
}

/// Approve or refuse whoever agreed; for managers
#[utoipa::path(post, path = "/api/v1/swaps/{swap}/approval", tag = "swaps", params(("swap" = String, Path)),
    request_body = Approval, responses((status = 200, body = SwapDocument)))]
pub async fn approve(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(swap): Path<SwapId>,
    Json(Approval { approve }): Json<Approval>,
) -> Answer<SwapDocument> {
    let done = service.approve_swap(&actor, &swap, approve).await;
    told(&service, &actor, Thing::Swap(swap), done).await
}

/// Whom a manager gives the shift to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SwapAssignment {
    /// Asked or not; the requester keeps it.
    person: String,
    /// Why, where a hard rule is broken; it is audited.
    reason: Option<String>,
}

/// Give the shift that cover is asked for to somebody; for managers
#[utoipa::path(post, path = "/api/v1/swaps/{swap}/assign", tag = "swaps", params(("swap" = String, Path)),
    request_body = SwapAssignment, responses((status = 200, body = SwapDocument),
    (status = 409, description = "Somebody has it, or it is over", body = super::openapi::ProblemDocument),
    (status = 422, description = "A rule is broken and no reason given; `rules` names them",
    body = super::openapi::ProblemDocument)))]
pub async fn assign(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(swap): Path<SwapId>,
    Json(SwapAssignment { person, reason }): Json<SwapAssignment>,
) -> Answer<SwapDocument> {
    let done = service.assign_swap(&actor, &swap, &PersonId::new(person), reason).await;
    told(&service, &actor, Thing::Swap(swap), done).await
}

/// An answer to an offer.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfferAnswer {
    answer: Word,
    /// A word to it, for whoever asks.
    comment: Option<String>,
}

/// The two answers.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Word {
    /// Takes the shift.
    Agree,
    /// Can't, or would rather not.
    Disagree,
}

/// Answer an offer; the first to agree has the shift, others get 409 with `taker`
#[utoipa::path(post, path = "/api/v1/offers/{offer}/answer", tag = "swaps", params(("offer" = String, Path)),
    request_body = OfferAnswer, responses((status = 200, body = SwapDocument),
    (status = 409, description = "Somebody else was first, or it is over", body = super::openapi::ProblemDocument)))]
pub async fn answer(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(offer): Path<OfferId>,
    Json(OfferAnswer { answer, comment }): Json<OfferAnswer>,
) -> Answer<SwapDocument> {
    let reply = match answer {
        Word::Agree => Reply::Agree,
        Word::Disagree => Reply::Disagree,
    };
    let done = service.answer_offer_saying(&actor, &offer, reply, comment).await;
    told(&service, &actor, Thing::Offer(offer), done).await
}

pub(super) async fn told(
    service: &Service,
    actor: &Actor,
    thing: Thing,
    outcome: Result<SwapView, ServiceError>,
) -> Answer<SwapDocument> {
    let swap = scope::of_thing(service, actor, thing, outcome).await?;
    Ok(axum::Json(SwapDocument::from(&swap)))
}
