//! Opsgenie: `GET /v2/users/{address}`, and `GET`, `POST`, `PUT` and `DELETE` of `/v2/schedules/{id}/overrides`. An override is
//! called by the word that it was made under, its alias: made twice it is one.

use super::{Asked, Fault, Line, NewOverride, Override, Pager, each, escaped, known, text, window};
use crate::time::{Window, Zone};
use hyper::Method;
use serde_json::{Value as Json, json};

pub(super) struct Opsgenie {
    line: Line,
}

impl Opsgenie {
    pub(super) fn new(line: Line) -> Self {
        Self { line }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Json>) -> Result<Option<Json>, Fault> {
        self.line.ask((method, path), ("GenieKey ", "application/json"), body).await
    }

    fn path(&self, alias: Option<&str>) -> String {
        let rest = alias.map(|alias| format!("/{}", escaped(alias))).unwrap_or_default();
        format!("/v2/schedules/{}/overrides{rest}?scheduleIdentifierType=id", self.line.schedule())
    }

    fn body(new: NewOverride<'_>) -> Json {
        let [start, end] = [new.window.start, new.window.end].map(|at| at.rfc3339(Zone::UTC));
        let user = json!({ "type": "user", "username": new.user });
        json!({ "alias": new.key, "user": user, "startDate": start, "endDate": end })
    }
}

impl Pager for Opsgenie {
    fn user<'a>(&'a self, email: &'a str) -> Asked<'a, Option<String>> {
        Box::pin(async move {
            let found = self.ask(Method::GET, &format!("/v2/users/{}", escaped(email)), None).await?;
            Ok(found.and_then(|found| text(&found, "/data/username")))
        })
    }

    fn overrides(&self, window_: Window) -> Asked<'_, Vec<Override>> {
        Box::pin(async move {
            let found = known(self.ask(Method::GET, &self.path(None), None).await?, "schedule")?;
            let all = each(&found, "/data", |one| {
                let (alias, window) = (text(one, "/alias")?, window(one, ("/startDate", "/endDate"))?);
                let user = text(one, "/user/username").unwrap_or_default();
                Some(Override { id: alias.clone(), key: Some(alias), user, window })
            })?;
            Ok(all.into_iter().filter(|one| one.window.overlaps(window_)).collect())
        })
    }

    fn create<'a>(&'a self, new: NewOverride<'a>) -> Asked<'a, String> {
        Box::pin(async move {
            known(self.ask(Method::POST, &self.path(None), Some(Self::body(new))).await?, "schedule")?;
            Ok(new.key.to_owned())
        })
    }

    fn change<'a>(&'a self, id: &'a str, new: NewOverride<'a>) -> Asked<'a, ()> {
        Box::pin(async move {
            // Where it went meanwhile, it is made.
            match self.ask(Method::PUT, &self.path(Some(id)), Some(Self::body(new))).await? {
                Some(_) => Ok(()),
                None => self.create(new).await.map(drop),
            }
        })
    }

    fn remove<'a>(&'a self, id: &'a str) -> Asked<'a, ()> {
        Box::pin(async move { self.ask(Method::DELETE, &self.path(Some(id)), None).await.map(drop) })
    }
}
