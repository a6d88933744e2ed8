//! Who is on call where the database does not answer: from the snapshot on this machine's disk, as strangers may see it,
//! because nobody can tell then who asks.

use super::Body;
use super::route::Part;
use crate::api::OnCallDocument;
use crate::ids::TeamId;
use crate::roster::snapshot::{Snapshot, read};
use crate::service::Service;
use crate::time::Instant;
use crate::web;
use axum::response::{Html, IntoResponse as _};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};
use std::path::PathBuf;

/// The largest snapshot that is read, in bytes.
const MOST: u64 = 64 << 20;

/// A question that the snapshot can answer.
pub struct Question {
    team: TeamId,
    at: Option<String>,
    parts: Parts,
    part: Part,
}

impl Question {
    /// The one that a request asks, if it is such.
    pub fn of(parts: &Parts, part: Part) -> Option<Self> {
        if parts.method != Method::GET && parts.method != Method::HEAD {
            return None;
        }
        let path = parts.uri.path();
        let team = match part {
            Part::Pages => path.strip_prefix("/teams/"),
            Part::Api => path.strip_prefix("/api/v1/teams/").and_then(|rest| rest.strip_suffix("/on-call")),
            _ => None,
        };
        let team = team.filter(|team| crate::ids::is_slug(team))?;
        let at = parts.uri.query().and_then(|query| query.split('&').find_map(|pair| pair.strip_prefix("at=")));
        Some(Self { team: team.into(), at: at.map(str::to_owned), parts: parts.clone(), part })
    }

    /// The answer, if the snapshot has one.
    pub async fn answer(&self, service: &Service, file: PathBuf) -> Option<Response<Body>> {
        let text = tokio::task::spawn_blocking(move || kept(&file)).await.ok()??;
        let found = read(&text).ok()?;
        if !found.is_signed_by(&service.snapshot_key().public()) {
            tracing::warn!("the snapshot on disk was not signed by this instance");
            return None;
        }
        let snapshot = found.snapshot.for_strangers();
        let now = service.ctx().now;
        let mut response = self.shown(service, &snapshot, now)?;
        *response.status_mut() = StatusCode::OK;
        tracing::warn!(team = %self.team, taken = %snapshot.taken, "answered from the snapshot");
        Some(response)
    }

    fn shown(&self, service: &Service, snapshot: &Snapshot, now: Instant) -> Option<Response<Body>> {
        let team = snapshot.team(&self.team)?;
        let at = self.moment(now)?;
        if at >= snapshot.valid_until {
            return None;
        }
        if self.part == Part::Api {
            return Some(axum::Json(OnCallDocument::of_snapshot(snapshot, team, at, now)).into_response());
        }
        let view = web::View::of(&self.parts, service);
        web::kept_page(view, snapshot, team).map(|page| Html(page).into_response())
    }

    /// The moment that is asked for; the present one where none is, or the page is asked for.
    fn moment(&self, now: Instant) -> Option<Instant> {
        match self.at.as_deref().filter(|_| self.part == Part::Api) {
            None => Some(now),
            Some(text) => {
                let text = percent_encoding::percent_decode_str(text).decode_utf8().ok()?;
                chrono::DateTime::parse_from_rfc3339(&text).ok().map(|at| at.to_utc().into())
            }
        }
    }
}

fn kept(file: &std::path::Path) -> Option<String> {
    use std::io::Read as _;
    let mut text = String::new();
    std::fs::File::open(file).ok()?.take(MOST).read_to_string(&mut text).ok()?;
    Some(text)
}
