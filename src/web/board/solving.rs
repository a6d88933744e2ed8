//! The solver at work: begun by a form, followed on a page that looks again by itself, stopped where somebody has seen
//! enough.

use super::naming::Names;
use super::{in_team, place};
use crate::http::Problem;
use crate::ids::{RosterId, TeamId};
use crate::roster::verdict::Verdict;
use crate::service::planning::{Found, Reached, Solving, Stage};
use crate::service::{Actor, Service, ServiceError};
use crate::time::{Day, Window};
use crate::web::fields::Fields;
use crate::web::frame::{View, Viewer, page};
use crate::web::go::{Answer, Refused, to};
use crate::web::texts::Text;
use askama::Template;
use axum::extract::{Path, Query, State};
use axum::response::IntoResponse as _;
use serde::Deserialize;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Days {
    from: String,
    /// The last day.
    to: String,
}

/// `POST /board/{team}/drafts`
pub async fn draft(
    State(service): State<Service>,
    viewer: Viewer,
    Path(team): Path<TeamId>,
    Fields(form): Fields<Days>,
) -> Answer {
    viewer.manages(&team)?;
    let day = |field: &str, text: &str| {
        text.parse::<Day>().map_err(|_| ServiceError::invalid(field, "must be a day such as 2026-12-01"))
    };
    let (from, last) = (day("from", &form.from)?, day("to", &form.to)?);
    let end = last.succ_opt().unwrap_or(last);
    let job = service.begin_roster(&viewer.actor, &team, (from, end)).await?;
    Ok(to(&format!("/board/{team}/solving/{job}")).into_response())
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Again {
    counter: i64,
}

/// `POST /board/{team}/{roster}/solve`
pub async fn again(
    State(service): State<Service>,
    viewer: Viewer,
    Path((team, roster)): Path<(TeamId, RosterId)>,
    Fields(form): Fields<Again>,
) -> Answer {
    viewer.manages(&team)?;
    in_team(&service.roster(&viewer.actor, &roster).await?.head, &team)?;
    match service.begin_solving(&viewer.actor, &roster, Some(form.counter)).await {
        Ok(job) => Ok(to(&format!("/board/{team}/solving/{job}")).into_response()),
        Err(ServiceError::PreconditionFailed) => Ok(to(&place(&team, &roster)).said("board-stale").into_response()),
        Err(other) => Err(other.into()),
    }
}

#[derive(Template)]
#[template(path = "board-solving.html")]
struct SolvingPage {
    view: View,
    home: String,
    path: String,
    now: Standing,
}

#[derive(Template)]
#[template(path = "board-solving-part.html")]
struct SolvingPart {
    view: View,
    home: String,
    path: String,
    now: Standing,
}

/// How far it is, ready to be shown.
struct Standing {
    running: bool,
    seconds: i64,
    /// The best so far, or what came out.
    figures: Vec<Text>,
    failed: Option<String>,
    board: Option<String>,
    stopped: bool,
    moved: Vec<HandedOn>,
}

struct HandedOn {
    role: String,
    window: Window,
    from: String,
    to: Option<String>,
    reasons: Vec<String>,
}

#[derive(Debug, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    part: Option<String>,
}

/// `GET /board/{team}/solving/{job}`
pub async fn show(
    State(service): State<Service>,
    viewer: Viewer,
    Path((team, job)): Path<(TeamId, String)>,
    Query(wanted): Query<Wanted>,
) -> Answer {
    viewer.manages(&team)?;
    let Viewer { view, actor, .. } = viewer;
    let solving = match service.solving(&actor, &job).await {
        Ok(solving) if solving.team == team => solving,
        Ok(_) => return Err(Problem::not_found().into()),
        // It ended long ago: the team's page has what came of it.
        Err(ServiceError::NotFound(_)) => {
            return Ok(to(&format!("/board/{team}")).said("solving-unknown").into_response());
        }
        Err(other) => return Err(other.into()),
    };
    let now = Standing::of(&service, &actor, (&view, &team), &solving).await?;
    let (home, path) = (format!("/board/{team}"), format!("/board/{team}/solving/{job}"));
    if wanted.part.is_some() {
        return Ok(page(&SolvingPart { view, home, path, now })?.into_response());
    }
    Ok(page(&SolvingPage { view, home, path, now })?.into_response())
}

/// `POST /board/{team}/solving/{job}/stop`
pub async fn stop(State(service): State<Service>, viewer: Viewer, Path((team, job)): Path<(TeamId, String)>) -> Answer {
    viewer.manages(&team)?;
    if service.solving(&viewer.actor, &job).await?.team != team {
        return Err(Problem::not_found().into());
    }
    service.stop_solving(&viewer.actor, &job).await?;
    Ok(to(&format!("/board/{team}/solving/{job}")).into_response())
}

impl Standing {
    async fn of(
        service: &Service,
        actor: &Actor,
        (view, team): (&View, &TeamId),
        solving: &Solving,
    ) -> Result<Self, Refused> {
        let mut now = Self {
            running: matches!(solving.stage, Stage::Begun | Stage::Improving(_)),
            seconds: (view.now.millis() - solving.begun.millis()) / 1000,
            figures: Vec::new(),
            failed: None,
            board: solving.roster.as_ref().map(|roster| place(team, roster)),
            stopped: false,
            moved: Vec::new(),
        };
        match &solving.stage {
            Stage::Begun => {}
            Stage::Improving(reached) => now.figures = figures(view, *reached),
            Stage::Failed { message } => now.failed = Some(message.clone()),
            Stage::Done(found) => {
                now.stopped = found.stopped;
                now.figures = match found.reached {
                    Some(reached) => figures(view, reached),
                    None => vec![view.t("board-stands-as-it-is")],
                };
                if let Some(roster) = &solving.roster {
                    now.moved = handed_on(service, actor, (team, roster), found).await?;
                }
            }
        }
        Ok(now)
    }
}

/// How good a roster is: slots without anybody, and how near the best.
fn figures(view: &View, reached: Reached) -> Vec<Text> {
    let verdict = Verdict::from(reached);
    let mut figures = vec![view.t("board-figure-gaps").with("n", verdict.gaps)];
    if verdict.gaps == 0 {
        figures.push(match verdict.gap_permille() {
            Some(0) => view.t("board-figure-best"),
            Some(permille) => {
                view.t("board-figure-within").with("percent", crate::roster::phrase::points(permille * 10))
            }
            None => view.t("board-figure-unknown"),
        });
    }
    figures
}

async fn handed_on(
    service: &Service,
    actor: &Actor,
    (team, roster): (&TeamId, &RosterId),
    found: &Found,
) -> Result<Vec<HandedOn>, Refused> {
    if found.moved.is_empty() {
        return Ok(Vec::new());
    }
    let names = Names::of(service, actor, team).await?;
    let shown = service.roster(actor, roster).await?;
    let told = found.moved.iter().filter_map(|moved| {
        let slot = shown.slots.iter().find(|slot| slot.id == moved.slot)?;
        Some(HandedOn {
            role: slot.role.clone(),
            window: slot.window,
            from: names.of_person(&moved.from),
            to: moved.to.as_ref().map(|person| names.of_person(person)),
            reasons: moved.reasons.clone(),
        })
    });
    Ok(told.collect())
}
