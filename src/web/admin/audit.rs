//! The trail of who did what, from its end, filtered.

use crate::ids::TeamId;
use crate::service::Service;
use crate::service::audit::Recorded;
use crate::service::audit::look::Look;
use crate::time::{Day, Instant, Zone, start_of_day};
use crate::web::frame::{View, Viewer, page};
use crate::web::go::{Answer, to};
use crate::web::trouble::{told, typed};
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use axum::routing::get;
use chrono::TimeDelta;
use serde::Deserialize;

/// The room's routes.
pub fn routes() -> Router<Service> {
    Router::new().route("/admin/audit", get(show)).route("/admin/audit/check", get(check))
}

#[derive(Template)]
#[template(path = "admin-audit.html")]
struct AuditPage {
    view: View,
    asked: Asked,
    teams: Vec<(String, String)>,
    rows: Vec<Recorded>,
    /// The same question, further back.
    older: Option<String>,
    trouble: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Asked {
    who: String,
    what: String,
    object: String,
    team: String,
    from: String,
    to: String,
    before: Option<i64>,
}

impl Asked {
    fn look(&self, zone: Zone) -> Result<Look, String> {
        let day = |text: &str| -> Result<Option<Day>, String> {
            typed(text)
                .map(|text| crate::service::fields::day("day", text).map_err(|error| error.to_string()))
                .transpose()
        };
        let start = |day: Day| -> Instant { start_of_day(day, zone) };
        Ok(Look {
            before: self.before,
            who: self.who.clone(),
            what: self.what.clone(),
            object: self.object.clone(),
            team: typed(&self.team).map(TeamId::new),
            from: day(&self.from)?.map(start),
            until: day(&self.to)?.map(|day| start(day + TimeDelta::days(1))),
        })
    }

    fn before(&self, place: i64) -> String {
        let mut go = to("/admin/audit");
        for (name, value) in [
            ("who", &self.who),
            ("what", &self.what),
            ("object", &self.object),
            ("team", &self.team),
            ("from", &self.from),
            ("to", &self.to),
        ] {
            if !value.is_empty() {
                go = go.with(name, value);
            }
        }
        go.with("before", &place.to_string()).path().to_owned()
    }
}

/// `GET /admin/audit`
async fn show(State(service): State<Service>, viewer: Viewer, Query(asked): Query<Asked>) -> Answer {
    viewer.administers()?;
    let teams = service.known_teams(&viewer.actor).await?;
    let teams = teams.into_iter().map(|team| (team.id.to_string(), team.name)).collect();
    let (mut found, mut trouble) = (crate::service::audit::Part::default(), None);
    match asked.look(viewer.view.zone()) {
        Err(why) => trouble = Some(why),
        Ok(look) => match service.audit_look(&viewer.actor, &look).await {
            Ok(part) => found = part,
            Err(error) => trouble = Some(told(error)?),
        },
    }
    let older = found.next.map(|place| asked.before(place));
    let status = if trouble.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let content = AuditPage { view: viewer.view, asked, teams, rows: found.rows, older, trouble };
    Ok((status, page(&content)?).into_response())
}

#[derive(Template)]
#[template(path = "admin-audit-check.html")]
struct CheckPage {
    view: View,
    /// The place of the first row that doesn't follow from the one before.
    broken: Option<i64>,
}

/// `GET /admin/audit/check`: whether all of it is there as it was written.
async fn check(State(service): State<Service>, viewer: Viewer) -> Answer {
    viewer.administers()?;
    let broken = service.audit_break(&viewer.actor).await?;
    Ok(page(&CheckPage { view: viewer.view, broken })?.into_response())
}
