//! Ways out of a shift: searched for, and proposed.

use super::extract::{Caller, Json, Params, invalid, moment};
use super::swaps::{SwapDocument, told};
use super::{Answer, scope};
use crate::ids::{PersonId, SlotId};
use crate::service::Service;
use crate::service::pages::Thing;
use crate::service::swaps::{MoveView, NewMove, NewProposal, OptionKind, OptionView, Options, Wanting};
use crate::time::Window;
use axum::extract::{Path, State};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

/// What was found.
#[derive(Debug, Serialize, ToSchema)]
pub struct OptionsDocument {
    /// Best first.
    options: Vec<OptionDocument>,
    /// The search ended before it had seen everything.
    more: bool,
}

/// One way out of a shift.
#[derive(Debug, Serialize, ToSchema)]
pub struct OptionDocument {
    /// What changes hands; to be proposed as it is.
    moves: Vec<MoveDocument>,
    /// By how much the sum of everybody's squared balances changes, in hundredths of points squared: below nothing is
    /// fairer than before. For managers.
    change: Option<i64>,
    /// What it does to whom. Balances of others are told to managers.
    people: Vec<TollDocument>,
    /// How warmly whoever covers it is recommended: `recommended`, `possible` or `reluctant`.
    #[schema(value_type = Option<String>)]
    level: Option<Value>,
    /// Why, in sentences; for managers.
    reasons: Vec<String>,
}

/// What an option does to one person.
#[derive(Debug, Serialize, ToSchema)]
pub struct TollDocument {
    person: String,
    /// In a sentence.
    text: String,
}

/// A shift, or a part of it, that passes from one person to another.
#[derive(Debug, Serialize, ToSchema)]
pub struct MoveDocument {
    slot: String,
    role: String,
    #[schema(format = DateTime)]
    start: String,
    #[schema(format = DateTime)]
    end: String,
    /// Who gives it.
    from: String,
    /// Who takes it.
    to: String,
}

impl From<&MoveView> for MoveDocument {
    fn from(one: &MoveView) -> Self {
        Self {
            slot: one.slot.to_string(),
            role: one.role.clone(),
            start: one.window.start.rfc3339(one.zone),
            end: one.window.end.rfc3339(one.zone),
            from: one.from.to_string(),
            to: one.to.to_string(),
        }
    }
}

impl From<&OptionView> for OptionDocument {
    fn from(option: &OptionView) -> Self {
        let toll =
            |(person, text): &(PersonId, String)| TollDocument { person: person.to_string(), text: text.clone() };
        Self {
            moves: option.moves.iter().map(MoveDocument::from).collect(),
            change: option.change,
            people: option.people.iter().map(toll).collect(),
            level: option.level.and_then(|level| serde_json::to_value(level).ok()),
            reasons: option.reasons.clone(),
        }
    }
}

impl From<&Options> for OptionsDocument {
    fn from(found: &Options) -> Self {
        Self { options: found.options.iter().map(OptionDocument::from).collect(), more: found.more }
    }
}

/// Which ways out.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
pub struct Which {
    /// `cover` (one colleague takes it), `exchange` (for a shift of theirs), `cycle` (three go round) or `part` (several
    /// stand it one after another).
    kind: String,
    /// Only of a part of the shift from then on, RFC 3339 with offset; for covers and parts.
    from: Option<String>,
    /// Only of a part of the shift until then.
    until: Option<String>,
    /// Of all that the holder has still to stand of the turn.
    #[serde(default)]
    whole_turn: bool,
}

/// The sort of way that a word names.
#[must_use]
pub fn kind(word: &str) -> Option<OptionKind> {
    match word {
        "cover" => Some(OptionKind::Cover),
        "exchange" => Some(OptionKind::Exchange),
        "cycle" => Some(OptionKind::Cycle),
        "part" => Some(OptionKind::Part),
        _ => None,
    }
}

/// Who could take a shift, exchange it or stand parts of it, under all the hard rules; the fairest first
#[utoipa::path(get, path = "/api/v1/slots/{slot}/swap-options", tag = "swaps",
    params(("slot" = String, Path), Which), responses((status = 200, body = OptionsDocument),
    (status = 409, description = "Nobody holds the shift, or it has begun",
    body = super::openapi::ProblemDocument)))]
pub async fn search(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(slot): Path<SlotId>,
    Params(Which { kind: word, from, until, whole_turn }): Params<Which>,
) -> Answer<OptionsDocument> {
    let kind = kind(&word).ok_or_else(|| invalid("kind", "is none of cover, exchange, cycle and part"))?;
    let from = from.map(|text| moment("from", &text)).transpose()?;
    let until = until.map(|text| moment("until", &text)).transpose()?;
    let found = service.swap_options(&actor, &slot, Wanting { kind, part: (from, until), whole_turn }).await;
    let found = scope::of_thing(&service, &actor, Thing::Slot(slot), found).await?;
    Ok(axum::Json(OptionsDocument::from(&found)))
}

/// What is to change hands.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposalRequest {
    /// As an option has them; what cover is asked for among them.
    moves: Vec<MoveRequest>,
    /// In the requester's words; those who are asked see it.
    #[serde(default)]
    reason: Option<String>,
}

/// A shift that is to change hands. What else an option says of it may stand there, and is looked up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveRequest {
    slot: String,
    /// Who is to take it.
    to: String,
    /// All of the shift, or a part of it, RFC 3339 with offset.
    #[serde(default)]
    #[schema(format = DateTime)]
    start: Option<String>,
    /// Goes with the start.
    #[serde(default)]
    #[schema(format = DateTime)]
    end: Option<String>,
    /// Who holds it, as far as you know; refused where it is somebody else by now.
    #[serde(default)]
    from: Option<String>,
    /// Not looked at.
    #[serde(default, rename = "role")]
    _role: Option<String>,
}

/// Propose a way out: everybody who takes something is asked, and all changes hands when the last of them agrees
#[utoipa::path(post, path = "/api/v1/slots/{slot}/swap-options", tag = "swaps", params(("slot" = String, Path)),
    request_body = ProposalRequest, responses((status = 200, body = SwapDocument),
    (status = 409, description = "A shift has changed, has begun or is asked for already",
    body = super::openapi::ProblemDocument),
    (status = 422, description = "The moves make no sense together, or a hard rule forbids them; `rules` names them",
    body = super::openapi::ProblemDocument)))]
pub async fn propose(
    State(service): State<Service>,
    Caller(actor): Caller,
    Path(slot): Path<SlotId>,
    Json(request): Json<ProposalRequest>,
) -> Answer<SwapDocument> {
    let mut moves = Vec::with_capacity(request.moves.len());
    for one in request.moves {
        let MoveRequest { slot, to, start, end, from, .. } = one;
        let window = match (start, end) {
            (Some(start), Some(end)) => {
                let (start, end) = (moment("start", &start)?, moment("end", &end)?);
                if end <= start {
                    return Err(invalid("end", "must be after the start"));
                }
                Some(Window::new(start, end))
            }
            (None, None) => None,
            _ => return Err(invalid("start", "goes with an end")),
        };
        let from = from.map(PersonId::new);
        moves.push(NewMove { slot: SlotId::new(slot), window, from, to: PersonId::new(to) });
    }
    let done = service.propose_swap(&actor, &slot, NewProposal { moves, reason: request.reason }).await;
    told(&service, &actor, Thing::Slot(slot), done).await
}
