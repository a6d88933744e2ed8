//! What a move would do before it is made: as a page, and as the part of it that the board shows while something is
//! dragged.

use super::naming::Names;
use super::{bar, in_team, place};
use crate::ids::{PersonId, RosterId, SlotId, TeamId};
use crate::roster::check::FindingKind;
use crate::roster::explain::{self, Moved};
use crate::roster::phrase;
use crate::roster::what_if::Cost;
use crate::service::planning::{RosterState, SlotView, Step};
use crate::service::{Service, ServiceError};
use crate::time::Window;
use crate::web::frame::{View, Viewer, page};
use crate::web::go::{Answer, to};
use crate::web::texts::{Markup, Text};
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::IntoResponse as _;
use serde::Deserialize;

/// Ways that the part for the board lists; the page lists all.
const FEW: usize = 5;

/// What a change would do, ready to be shown.
pub struct Told {
    pub rules: Vec<String>,
    pub gaps: Vec<String>,
    pub people: Vec<Shift>,
    pub cost: Text,
    pub tone: &'static str,
    pub terms: Vec<(Text, String)>,
}

/// Somebody's balance before and after.
pub struct Shift {
    pub name: String,
    pub before: String,
    pub after: String,
    pub bar_before: Markup,
    pub bar_after: Markup,
}

impl Told {
    pub fn of(view: &View, told: &explain::Told) -> Self {
        let texts = |kind: FindingKind| {
            let found = told.findings.iter().filter(move |finding| finding.kind == kind);
            found.map(|finding| finding.text.clone()).collect::<Vec<_>>()
        };
        let over = |moved: &Moved| moved.before.over().abs().max(moved.after.over().abs());
        let most = told.people.iter().map(over).max().unwrap_or(0);
        let change = told.after.total() - told.before.total();
        let (cost, tone) = match change {
            0 => (view.t("board-costs-same"), ""),
            1.. => (view.t("board-costs-more").with("points", in_turns(change)), "warn"),
            _ => (view.t("board-costs-less").with("points", in_turns(-change)), "good"),
        };
        Self {
            rules: texts(FindingKind::Broken),
            gaps: texts(FindingKind::Gap),
            people: told.people.iter().map(|moved| Shift::of(moved, most)).collect(),
            cost,
            tone,
            terms: terms(view, &told.before, &told.after),
        }
    }
}

/// Costs as the solver counts them, in hundredths of what a mean turn above the fair share costs.
fn in_turns(cost: i64) -> String {
    phrase::points(cost / 100)
}

/// The terms that differ, by name.
fn terms(view: &View, before: &Cost, after: &Cost) -> Vec<(Text, String)> {
    let names = [
        view.t("board-term-fairness"),
        view.t("board-term-wishes"),
        view.t("board-term-utilisation"),
        view.t("board-term-spacing"),
        view.t("board-term-company"),
        view.t("board-term-change"),
        view.t("board-term-empty"),
    ];
    let differences = after.terms().into_iter().zip(before.terms()).map(|((_, after), (_, before))| after - before);
    let named = names.into_iter().zip(differences).filter(|(_, difference)| *difference != 0);
    named.map(|(name, difference)| (name, phrase::signed(difference / 100))).collect()
}

impl Shift {
    fn of(moved: &Moved, most: i64) -> Self {
        let (before, after) = (moved.before.over(), moved.after.over());
        Self {
            name: moved.name.clone(),
            before: phrase::signed(before),
            after: phrase::signed(after),
            bar_before: bar::balance(before, most),
            bar_after: bar::balance(after, most),
        }
    }
}

/// One move with what it would do.
struct Move {
    slot: String,
    role: String,
    window: Window,
    /// Slots that go along: all of the turn.
    slots: usize,
    from: Option<String>,
    to: Option<String>,
    to_id: String,
    whole: bool,
    /// What comes back for it, where two shifts are exchanged.
    back: Option<Back>,
    told: Told,
}

/// The other shift of an exchange.
struct Back {
    slot: String,
    role: String,
    window: Window,
}

#[derive(Template)]
#[template(path = "board-effect.html")]
struct EffectPage {
    view: View,
    base: String,
    counter: i64,
    one: Move,
}

#[derive(Template)]
#[template(path = "board-effect-part.html")]
struct EffectPart {
    view: View,
    base: String,
    counter: i64,
    one: Move,
}

#[derive(Debug, Deserialize)]
pub struct Asked {
    slot: SlotId,
    #[serde(default)]
    person: String,
    /// The shift for which it is exchanged, rather than given to a person.
    #[serde(default)]
    other: String,
    #[serde(default)]
    whole: Option<String>,
    #[serde(default)]
    part: Option<String>,
}

/// Where the effect of a move is shown.
pub fn effect_path(base: &str, slot: &str, (person, other): (&str, &str), whole: bool) -> String {
    let go = to(&format!("{base}/effect")).with("slot", slot);
    let go = if other.is_empty() { go.with("person", person) } else { go.with("other", other) };
    let go = if whole { go.with("whole", "on") } else { go };
    go.path().to_owned()
}

/// A move as a step: a shift is given to a person or to nobody, or exchanged for another shift.
pub fn step(slot: &SlotId, (person, other): (&str, &str), (whole_turn, pin): (bool, bool)) -> Step {
    let slot = slot.clone();
    if other.is_empty() {
        let person = (!person.is_empty()).then(|| PersonId::new(person));
        Step::Give { slot, person, whole_turn, pin }
    } else {
        Step::Exchange { one: slot, other: SlotId::new(other), whole_turn }
    }
}

/// `GET /board/{team}/{roster}/effect`
pub async fn show(
    State(service): State<Service>,
    viewer: Viewer,
    Path((team, roster)): Path<(TeamId, RosterId)>,
    Query(asked): Query<Asked>,
) -> Answer {
    viewer.manages(&team)?;
    let Viewer { view, actor, .. } = viewer;
    let whole_turn = asked.whole.is_some();
    let step = step(&asked.slot, (&asked.person, &asked.other), (whole_turn, false));
    let weighed = service.weigh_steps(&actor, &roster, &[step]).await?;
    let shown = &weighed.roster;
    in_team(&shown.head, &team)?;
    let Some(first) = shown.slots.iter().find(|slot| slot.id == asked.slot) else {
        return Err(ServiceError::NotFound(format!("slot {}", asked.slot)).into());
    };
    let back = shown.slots.iter().find(|slot| slot.id.as_str() == asked.other);
    let to = match back {
        Some(other) => other.person.clone(),
        None => (!asked.person.is_empty()).then(|| PersonId::new(asked.person.as_str())),
    };
    let goes =
        |slot: &&SlotView| slot.person == first.person && weighed.changes.iter().any(|change| change.slot == slot.id);
    let slots: Vec<&SlotView> = shown.slots.iter().filter(goes).collect();
    let names = Names::from(weighed.names);
    let hull = slots.first().zip(slots.last()).map(|(a, b)| Window::new(a.window.start, b.window.end));
    let one = Move {
        slot: first.id.to_string(),
        role: first.role.clone(),
        window: hull.unwrap_or(first.window),
        slots: slots.len(),
        from: first.person.as_ref().map(|holder| names.of_person(holder)),
        to: to.as_ref().map(|person| names.of_person(person)),
        to_id: asked.person,
        whole: whole_turn,
        back: back.map(|other| Back { slot: other.id.to_string(), role: other.role.clone(), window: other.window }),
        told: Told::of(&view, &weighed.told),
    };
    let (base, counter) = (place(&team, &roster), shown.head.counter);
    if asked.part.is_some() {
        return Ok(page(&EffectPart { view, base, counter, one })?.into_response());
    }
    Ok(page(&EffectPage { view, base, counter, one })?.into_response())
}

#[derive(Template)]
#[template(path = "board-moves.html")]
struct MovesPage {
    view: View,
    base: String,
    counter: i64,
    people: Vec<(String, String)>,
    from: String,
    to: String,
    from_name: String,
    to_name: String,
    moves: Option<Vec<Move>>,
}

#[derive(Template)]
#[template(path = "board-moves-part.html")]
struct MovesPart {
    view: View,
    base: String,
    counter: i64,
    to: String,
    from_name: String,
    to_name: String,
    moves: Option<Vec<Move>>,
}

#[derive(Debug, Deserialize)]
pub struct Between {
    #[serde(default)]
    from: String,
    #[serde(default)]
    to: String,
    #[serde(default)]
    part: Option<String>,
}

/// `GET /board/{team}/{roster}/moves`: which of somebody's shifts to hand to somebody else.
pub async fn moves(
    State(service): State<Service>,
    viewer: Viewer,
    Path((team, roster)): Path<(TeamId, RosterId)>,
    Query(Between { from, to, part }): Query<Between>,
) -> Answer {
    viewer.manages(&team)?;
    let Viewer { view, actor, .. } = viewer;
    let shown = service.roster(&actor, &roster).await?;
    in_team(&shown.head, &team)?;
    if shown.head.state != RosterState::Draft {
        return Err(ServiceError::conflict("not-a-draft", "only shifts of a draft are handed on here").into());
    }
    let names = Names::of(&service, &actor, &team).await?;
    let (giver, taker) = (PersonId::new(from.as_str()), PersonId::new(to.as_str()));
    let mut found = None;
    if !from.is_empty() && !to.is_empty() && from != to {
        let handings = service.handings(&actor, &roster, &giver, &taker).await?;
        let ways = handings.into_iter().map(|handing| Move {
            slot: handing.slot.id.to_string(),
            role: handing.slot.role,
            window: handing.slot.window,
            slots: 1,
            from: None,
            to: None,
            to_id: to.clone(),
            whole: false,
            back: None,
            told: Told::of(&view, &handing.effect),
        });
        let most = if part.is_some() { FEW } else { usize::MAX };
        found = Some(ways.take(most).collect());
    }
    let (base, counter) = (place(&team, &roster), shown.head.counter);
    let (from_name, to_name) = (names.of_person(&giver), names.of_person(&taker));
    if part.is_some() {
        let content = MovesPart { view, base, counter, to, from_name, to_name, moves: found };
        return Ok(page(&content)?.into_response());
    }
    let people = names.sorted();
    let content = MovesPage { view, base, counter, people, from, to, from_name, to_name, moves: found };
    Ok(page(&content)?.into_response())
}
