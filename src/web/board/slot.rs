//! One slot of a roster: everybody as a candidate, best first, with the reasons; and slots given, emptied and pinned.

use super::effect::{Told, effect_path, step};
use super::{in_team, place};
use crate::ids::{PersonId, RosterId, SlotId, TeamId};
use crate::roster::explain::Alternative;
use crate::roster::phrase;
use crate::roster::recommend::Level;
use crate::service::planning::{RosterState, RosterView, SlotExplained, SlotView};
use crate::service::{Service, ServiceError};
use crate::time::Window;
use crate::web::fields::Fields;
use crate::web::frame::{View, Viewer, page};
use crate::web::go::{Answer, to};
use crate::web::texts::Text;
use askama::Template;
use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use serde::Deserialize;

#[derive(Template)]
#[template(path = "board-slot.html")]
struct SlotPage {
    view: View,
    base: String,
    slot: String,
    role: String,
    window: Window,
    holder: Option<(String, String)>,
    pinned: bool,
    reason: Option<String>,
    gap: Option<String>,
    draft: bool,
    counter: i64,
    turn: usize,
    candidates: Vec<Row>,
    /// Shifts of others for which it may be exchanged, in words.
    others: Vec<(String, String)>,
}

struct Row {
    id: String,
    name: String,
    holds: bool,
    excluded: bool,
    level: Text,
    tone: &'static str,
    reasons: Vec<String>,
    effect: Told,
    /// Where a rule is overruled with a reason.
    override_at: String,
}

/// `GET /board/{team}/{roster}/slots/{slot}`
pub async fn show(
    State(service): State<Service>,
    viewer: Viewer,
    Path((team, roster, slot)): Path<(TeamId, RosterId, SlotId)>,
) -> Answer {
    viewer.manages(&team)?;
    let shown = service.roster(&viewer.actor, &roster).await?;
    in_team(&shown.head, &team)?;
    let explained = service.explain_slot(&viewer.actor, &roster, &slot).await?;
    let others = others(&explained, &shown, &viewer.view);
    let SlotExplained { slot: seen, gap, alternatives, .. } = explained;
    let base = place(&team, &roster);
    let holder = alternatives.iter().find(|one| Some(&one.candidate.person) == seen.person.as_ref());
    let holder = seen
        .person
        .as_ref()
        .map(|person| (person.to_string(), holder.map_or_else(|| person.to_string(), |one| one.name.clone())));
    let rows = alternatives.iter().map(|one| Row::of(&viewer.view, (&base, &seen), one));
    let content = SlotPage {
        candidates: rows.collect(),
        others,
        slot: seen.id.to_string(),
        role: seen.role.clone(),
        window: seen.window,
        holder,
        pinned: seen.pinned,
        reason: seen.reason.clone(),
        gap,
        draft: shown.head.state == RosterState::Draft,
        counter: shown.head.counter,
        turn: of_turn(&shown, &seen, &viewer.view),
        base,
        view: viewer.view,
    };
    Ok(page(&content)?.into_response())
}

impl Row {
    fn of(view: &View, (base, slot): (&str, &SlotView), one: &Alternative) -> Self {
        let (level, tone) = match one.candidate.level {
            Level::Recommended => (view.t("board-recommended"), "good"),
            Level::Possible => (view.t("board-possible"), ""),
            Level::Reluctant => (view.t("board-reluctant"), "warn"),
            Level::Excluded => (view.t("board-excluded"), "bad"),
        };
        let person = &one.candidate.person;
        Self {
            id: person.to_string(),
            name: one.name.clone(),
            holds: slot.person.as_ref() == Some(person),
            excluded: one.candidate.level == Level::Excluded,
            level,
            tone,
            reasons: one.candidate.reasons.iter().map(|reason| without_level(reason).to_owned()).collect(),
            effect: Told::of(view, &one.effect),
            override_at: effect_path(base, slot.id.as_str(), (person.as_str(), ""), false),
        }
    }
}

/// The level stands beside the reason.
fn without_level(reason: &str) -> &str {
    reason.strip_prefix("excluded: ").unwrap_or(reason)
}

/// What others hold and has not begun, by start; nothing where nobody holds the slot itself.
fn others(explained: &SlotExplained, roster: &RosterView, view: &View) -> Vec<(String, String)> {
    let name = |person: &PersonId| {
        let known = explained.alternatives.iter().find(|one| one.candidate.person == *person);
        known.map_or_else(|| person.to_string(), |one| one.name.clone())
    };
    let own = explained.slot.person.as_ref();
    let fits = |other: &&SlotView| own.is_some() && other.person.as_ref() != own && other.window.start > view.now;
    let told = |other: &SlotView| {
        let person = other.person.as_ref()?;
        let words = format!("{}: {}, {}", name(person), other.role, phrase::span(other.window, explained.zone));
        Some((other.id.to_string(), words))
    };
    roster.slots.iter().filter(fits).filter_map(told).collect()
}

/// How many slots the turn of a slot has that may still be planned, this one among them.
fn of_turn(roster: &RosterView, slot: &SlotView, view: &View) -> usize {
    let same = |other: &&SlotView| slot.turn.is_some() && other.turn == slot.turn && other.window.start > view.now;
    roster.slots.iter().filter(same).count()
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Giving {
    slot: SlotId,
    /// Nobody empties it.
    #[serde(default)]
    person: String,
    /// The shift for which it is exchanged.
    #[serde(default)]
    other: String,
    #[serde(default)]
    pin: Option<String>,
    /// All of its turn.
    #[serde(default)]
    whole: Option<String>,
    #[serde(default)]
    reason: String,
    counter: i64,
}

/// `POST /board/{team}/{roster}/assign`
pub async fn assign(
    State(service): State<Service>,
    viewer: Viewer,
    Path((team, roster)): Path<(TeamId, RosterId)>,
    Fields(form): Fields<Giving>,
) -> Answer {
    viewer.manages(&team)?;
    let shown = service.roster(&viewer.actor, &roster).await?;
    in_team(&shown.head, &team)?;
    let aim = (form.person.as_str(), form.other.as_str());
    let whole_turn = form.whole.is_some();
    let steps = [step(&form.slot, aim, (whole_turn, form.pin.is_some()))];
    let base = place(&team, &roster);
    match service.take_steps(&viewer.actor, &roster, (&steps, Some(form.reason)), Some(form.counter)).await {
        Ok(_) if !form.other.is_empty() => Ok(to(&base).said("shifts-exchanged").into_response()),
        Ok(_) if form.person.is_empty() => Ok(to(&base).said("slot-emptied").into_response()),
        Ok(_) => Ok(to(&base).said("slot-given").into_response()),
        Err(ServiceError::Unprocessable { .. }) => {
            let again = effect_path(&base, form.slot.as_str(), aim, whole_turn);
            Ok(to(&again).said("reason-wanted").into_response())
        }
        Err(ServiceError::PreconditionFailed) => Ok(to(&base).said("board-stale").into_response()),
        Err(other) => Err(other.into()),
    }
}
