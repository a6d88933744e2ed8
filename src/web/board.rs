//! What a manager plans with. This is where a team's planning begins: its rosters with their editions, swaps that wait for
//! approval, who has not confirmed a month or acknowledged a shift. Below it lies the board of one roster.

mod bar;
mod changes;
mod effect;
mod grid;
mod naming;
mod slot;
mod solving;

use super::fields::Fields;
use super::frame::{View, Viewer, page};
use super::go::{Answer, Refused, to};
use super::texts::Text;
use crate::http::Problem;
use crate::ids::{PersonId, RosterId, SwapId, TeamId};
use crate::roster::swap::SwapState;
use crate::service::planning::{RosterHead, RosterState};
use crate::service::swaps::SwapView;
use crate::service::{Service, ServiceError};
use crate::time::{Day, Instant, Window};
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use chrono::{Datelike as _, Months, TimeDelta};
use naming::Names;
use serde::Deserialize;

/// The room's routes.
pub fn routes() -> Router<Service> {
    Router::new()
        .route("/board/{team}", get(home))
        .route("/board/{team}/drafts", post(solving::draft))
        .route("/board/{team}/remind", post(remind))
        .route("/board/{team}/swaps/{swap}", post(decide))
        .route("/board/{team}/solving/{job}", get(solving::show))
        .route("/board/{team}/solving/{job}/stop", post(solving::stop))
        .route("/board/{team}/{roster}", get(grid::show))
        .route("/board/{team}/{roster}/slots/{slot}", get(slot::show))
        .route("/board/{team}/{roster}/assign", post(slot::assign))
        .route("/board/{team}/{roster}/effect", get(effect::show))
        .route("/board/{team}/{roster}/moves", get(effect::moves))
        .route("/board/{team}/{roster}/solve", post(solving::again))
        .route("/board/{team}/{roster}/changes", get(changes::show))
        .route("/board/{team}/{roster}/publish", post(changes::publish))
        .route("/board/{team}/{roster}/discard", post(changes::discard))
        .route("/board/{team}/{roster}/restore", post(changes::restore))
}

/// Months that are looked ahead for who has not confirmed them.
const AHEAD: u32 = 2;
/// Shifts without an answer that are listed; the rest is counted.
const LISTED: usize = 30;

#[derive(Template)]
#[template(path = "board-home.html")]
struct Home {
    view: View,
    team: String,
    team_name: String,
    /// The suggested first and last day of a new draft.
    from: String,
    to: String,
    drafts: Vec<Edition>,
    published: Vec<Edition>,
    earlier: Vec<Edition>,
    swaps: Vec<Waiting>,
    months: Vec<MonthAsked>,
    silent: Vec<Silent>,
    silent_beyond: usize,
}

struct Edition {
    id: String,
    from: Day,
    last: Day,
    version: i64,
    published: Option<Instant>,
    created: Instant,
    reason: Option<String>,
}

struct Waiting {
    id: String,
    role: String,
    window: Window,
    requester: String,
    taker: String,
    reason: Option<String>,
}

struct MonthAsked {
    first: Day,
    value: String,
    confirmed: usize,
    of: usize,
    open: Vec<(String, String)>,
}

struct Silent {
    role: String,
    window: Window,
    name: String,
}

/// `GET /board/{team}`
async fn home(State(service): State<Service>, viewer: Viewer, Path(team): Path<TeamId>) -> Answer {
    viewer.manages(&team)?;
    let actor = &viewer.actor;
    let names = Names::of(&service, actor, &team).await?;
    let heads = service.rosters(actor, &team).await?;
    let waiting = service.swaps(actor, &team, Some(SwapState::AwaitingApproval)).await?;
    let known = service.team(actor, &team).await?;
    let today = viewer.view.now.civil(known.team.zone).date();
    let mut months = Vec::new();
    for ahead in 0..=AHEAD {
        let first = today.with_day(1).unwrap_or(today) + Months::new(ahead);
        let all = service.team_month(actor, &team, first).await?;
        let open = all.iter().filter(|one| one.at.is_none()).map(|one| (one.person.to_string(), one.name.clone()));
        let open: Vec<_> = open.collect();
        months.push(MonthAsked {
            first,
            value: first.format("%Y-%m").to_string(),
            confirmed: all.len() - open.len(),
            of: all.len(),
            open,
        });
    }
    let silent = service.unanswered(actor, &team).await?;
    let silent_beyond = silent.len().saturating_sub(LISTED);
    let silent = silent.into_iter().take(LISTED);
    let (from, to) = suggested(&heads, today);
    let of = |state: RosterState| heads.iter().filter(move |head| head.state == state).map(Edition::of).collect();
    let mut earlier: Vec<Edition> = of(RosterState::Historic);
    earlier.sort_by_key(|edition| std::cmp::Reverse(edition.version));
    let content = Home {
        team: team.to_string(),
        team_name: known.team.name,
        from: from.to_string(),
        to: (to - TimeDelta::days(1)).to_string(),
        drafts: of(RosterState::Draft),
        published: of(RosterState::Published),
        earlier,
        swaps: waiting.iter().map(|swap| Waiting::of(swap, &names)).collect(),
        months,
        silent: silent.map(|one| Silent { role: one.shift.role, window: one.shift.window, name: one.name }).collect(),
        silent_beyond,
        view: viewer.view,
    };
    Ok(page(&content)?.into_response())
}

/// From the day on which what is published or drafted ends, to the end of that month; from tomorrow where nothing is.
fn suggested(heads: &[RosterHead], today: Day) -> (Day, Day) {
    let ends = heads.iter().filter(|head| head.state != RosterState::Historic).map(|head| head.to);
    let tomorrow = today + TimeDelta::days(1);
    let from = ends.max().unwrap_or(tomorrow).max(tomorrow);
    (from, from.with_day(1).unwrap_or(from) + Months::new(1))
}

impl Edition {
    fn of(head: &RosterHead) -> Self {
        Self {
            id: head.id.to_string(),
            from: head.from,
            last: head.to - TimeDelta::days(1),
            version: head.version,
            published: head.published,
            created: head.created,
            reason: head.reason.clone(),
        }
    }
}

impl Waiting {
    fn of(swap: &SwapView, names: &Names) -> Self {
        Self {
            id: swap.id.to_string(),
            role: swap.role.clone(),
            window: swap.window,
            requester: names.of_person(&swap.requester),
            taker: swap.taker.as_ref().map(|taker| names.of_person(taker)).unwrap_or_default(),
            reason: swap.reason.clone(),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Reminding {
    /// `2026-12`, or nothing for shifts that are not acknowledged.
    #[serde(default)]
    month: String,
    #[serde(default)]
    person: String,
}

/// `POST /board/{team}/remind`
async fn remind(
    State(service): State<Service>,
    viewer: Viewer,
    Path(team): Path<TeamId>,
    Fields(form): Fields<Reminding>,
) -> Answer {
    viewer.manages(&team)?;
    let only = (!form.person.is_empty()).then(|| PersonId::new(form.person));
    let told = if form.month.is_empty() {
        service.remind_of_shifts(&viewer.actor, &team, only.as_ref()).await?
    } else {
        let first = format!("{}-01", form.month).parse::<Day>();
        let first = first.map_err(|_| ServiceError::invalid("month", "must look like 2026-12"))?;
        service.remind_of_month(&viewer.actor, &team, first, only.as_ref()).await?
    };
    let home = to(&format!("/board/{team}"));
    Ok(if told > 0 { home.said("reminded") } else { home.said("reminded-today") }.into_response())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    decision: Word,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Word {
    Approve,
    Refuse,
}

/// `POST /board/{team}/swaps/{swap}`
async fn decide(
    State(service): State<Service>,
    viewer: Viewer,
    Path((team, swap)): Path<(TeamId, SwapId)>,
    Fields(form): Fields<Decision>,
) -> Answer {
    viewer.manages(&team)?;
    if service.swap(&viewer.actor, &swap).await?.team != team {
        return Err(Problem::not_found().into());
    }
    let approve = matches!(form.decision, Word::Approve);
    service.approve_swap(&viewer.actor, &swap, approve).await?;
    let home = to(&format!("/board/{team}"));
    Ok(if approve { home.said("swap-approved") } else { home.said("swap-refused") }.into_response())
}

/// A roster's page.
fn place(team: &TeamId, roster: &RosterId) -> String {
    format!("/board/{team}/{roster}")
}

/// Refuses a roster of another team than the path names.
fn in_team(head: &RosterHead, team: &TeamId) -> Result<(), Refused> {
    if head.team == *team { Ok(()) } else { Err(Problem::not_found().into()) }
}

/// What a roster is.
fn state_of(view: &View, head: &RosterHead) -> Text {
    match head.state {
        RosterState::Draft if head.version == 0 => view.t("board-first-draft"),
        RosterState::Draft => view.t("board-draft-on").with("version", head.version),
        RosterState::Published => view.t("board-published").with("version", head.version),
        RosterState::Historic => view.t("board-historic").with("version", head.version),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Day {
        text.parse().unwrap()
    }

    #[test]
    fn the_next_draft_begins_where_the_last_roster_ends() {
        let head = |from: &str, to: &str, state| RosterHead {
            id: "r".into(),
            team: "payments".into(),
            from: day(from),
            to: day(to),
            state,
            version: 1,
            counter: 1,
            created_by: String::new(),
            created: Instant::from_millis(0),
            published: None,
            reason: None,
        };
        let today = day("2026-11-29");
        assert_eq!(suggested(&[], today), (day("2026-11-30"), day("2026-12-01")));
        let heads = [head("2026-11-01", "2026-12-10", RosterState::Published)];
        assert_eq!(suggested(&heads, today), (day("2026-12-10"), day("2027-01-01")));
        let heads = [head("2026-09-01", "2026-10-01", RosterState::Historic)];
        assert_eq!(suggested(&heads, today).0, day("2026-11-30"));
    }
}
