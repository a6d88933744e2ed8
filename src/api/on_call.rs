//! Who is on call, and the swaps of a team.

use super::extract::{Caller, Json, Params, invalid, moment};
use super::swap_options::MoveDocument;
use super::{Answer, scope};
use crate::ids::{OfferId, PersonId, SlotId, SwapId, TeamId};
use crate::roster::model::Contact;
use crate::roster::snapshot::{Escalation, Reachable, Snapshot, Stand, TeamWatch};
use crate::roster::swap::SwapState;
use crate::service::oncall::{OnCall, Watch};
use crate::service::pages::Thing;
use crate::service::swaps::{OfferView, Reply, SwapView};
use crate::service::{Actor, Service, ServiceError};
use crate::time::{Instant, SECOND, Zone};
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Who is on call.
#[derive(Debug, Serialize, ToSchema)]
pub struct OnCallDocument {
    /// The moment that was asked for.
    #[schema(format = DateTime)]
    at: String,
    /// One entry for each required role, then optional ones that somebody holds.
    on_call: Vec<WatchDocument>,
    /// The next shift of each role.
    next: Vec<WatchDocument>,
    /// Whom to escalate to, in order.
    escalation: Vec<ContactDocument>,
    /// Null as long as the database answers. Otherwise this is from the last snapshot: names and times of teams with a
    /// public page, to whoever asks, since nobody can tell who that is.
    stale: Option<StaleDocument>,
}

/// From when an answer is that the database could not give.
#[derive(Debug, Serialize, ToSchema)]
pub struct StaleDocument {
    /// When it was true; what changed since is not in it.
    #[schema(format = DateTime)]
    as_of: String,
    /// It says nothing of any moment after this one.
    #[schema(format = DateTime)]
    valid_until: String,
    /// How old it is.
    age_seconds: i64,
}

/// One shift with whoever is responsible for it.
#[derive(Debug, Serialize, ToSchema)]
pub struct WatchDocument {
    role: String,
    /// Nobody is a gap.
    person: Option<PersonDocument>,
    #[schema(format = DateTime)]
    start: String,
    #[schema(format = DateTime)]
    end: String,
    /// Null where a pattern asks for somebody and no roster is published.
    slot: Option<String>,
    /// The holder asked for cover, and is still responsible.
    cover_asked: bool,
    /// Whether to page whoever stands it.
    page: bool,
}

/// Somebody and how to reach them.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonDocument {
    id: String,
    name: String,
    /// Null only in a stale answer.
    email: Option<String>,
    /// E.164.
    phone: Option<String>,
}

/// One line of the escalation contacts.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContactDocument {
    /// Only for this role; for all where null.
    role: Option<String>,
    /// The person behind it, if they have an account.
    person: Option<String>,
    name: String,
    /// E.164; null only in a stale answer.
    phone: Option<String>,
}

impl From<&OnCall> for OnCallDocument {
    fn from(found: &OnCall) -> Self {
        let list = |watches: &[Watch]| watches.iter().map(|watch| WatchDocument::of(watch, found.zone)).collect();
        Self {
            at: found.at.rfc3339(found.zone),
            on_call: list(&found.on_call),
            next: list(&found.next),
            escalation: found.escalation.iter().map(ContactDocument::from).collect(),
            stale: None,
        }
    }
}

impl OnCallDocument {
    /// What a snapshot says of a moment, read at another.
    #[must_use]
    pub fn of_snapshot(snapshot: &Snapshot, team: &TeamWatch, at: Instant, now: Instant) -> Self {
        let standing = team.at(at);
        let list = |stands: &[&Stand]| stands.iter().map(|stand| WatchDocument::kept(stand, team)).collect();
        let contact = |contact: &Escalation| ContactDocument {
            role: contact.role.clone(),
            person: contact.person.as_ref().map(ToString::to_string),
            name: contact.name.clone(),
            phone: contact.phone.clone(),
        };
        Self {
            at: at.rfc3339(team.zone),
            on_call: list(&standing.on_call),
            next: list(&standing.next),
            escalation: team.escalation.iter().map(contact).collect(),
            stale: Some(StaleDocument {
                as_of: snapshot.taken.rfc3339(team.zone),
                valid_until: snapshot.valid_until.rfc3339(team.zone),
                age_seconds: (now.millis() - snapshot.taken.millis()).max(0) / SECOND,
            }),
        }
    }
}

impl WatchDocument {
    fn of(watch: &Watch, zone: Zone) -> Self {
        let person = watch.person.as_ref().map(|person| PersonDocument {
            id: person.id.to_string(),
            name: person.name.clone(),
            email: Some(person.email.clone()),
            phone: person.phone.clone(),
        });
        Self {
            role: watch.role.clone(),
            person,
            start: watch.window.start.rfc3339(zone),
            end: watch.window.end.rfc3339(zone),
            slot: watch.slot.as_ref().map(ToString::to_string),
            cover_asked: watch.cover_asked,
            page: watch.page,
        }
    }

    fn kept(stand: &Stand, team: &TeamWatch) -> Self {
        let of = |person: &PersonId, known: &Reachable| PersonDocument {
            id: person.to_string(),
            name: known.name.clone(),
            email: known.email.clone(),
            phone: known.phone.clone(),
        };
        Self {
            role: stand.role.clone(),
            person: stand.person.as_ref().and_then(|person| Some(of(person, team.holder(stand)?))),
            start: stand.start.rfc3339(team.zone),
            end: stand.end.rfc3339(team.zone),
            slot: stand.slot.as_ref().map(ToString::to_string),
            cover_asked: stand.cover_asked,
            page: stand.page,
        }
    }
}

impl From<&Contact> for ContactDocument {
    fn from(contact: &Contact) -> Self {
        Self {
            role: contact.role.clone(),
            person: contact.person.as_ref().map(ToString::to_string),
            name: contact.name.clone(),
            phone: Some(contact.phone.clone()),
        }
    }
}

/// When.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct At {
    /// RFC 3339 with offset; now where absent.
    at: Option<String>,
}

/// Who is on call for a team, now or at a time
#[utoipa::path(get, path = "/api/v1/teams/{team}/on-call", tag = "on-call", params(("team" = String, Path), At),
    responses((status = 200, body = OnCallDocument)))]
pub async fn on_call(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(team): Path<TeamId>,
    Params(At { at }): Params<At>,
) -> Answer<OnCallDocument> {
    let at = at.map(|text| moment("at", &text)).transpose()?;
    let found = service.on_call(&actor, &team, at).await;
    let found = scope::of_team(&service, &actor, &team, found).await?;
    Ok(axum::Json(OnCallDocument::from(&found)))
}

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
