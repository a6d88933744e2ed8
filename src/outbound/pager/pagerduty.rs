//! PagerDuty: `GET /users?query=`, and `GET`, `POST` and `DELETE` of `/schedules/{id}/overrides`. Its overrides have no word of
//! ours, and can't be changed: one that is to say something else goes, and another comes.

use super::{Asked, Fault, Line, NewOverride, Override, Pager, at, each, escaped, known, text, window};
use crate::time::{Window, Zone};
use hyper::Method;
use serde_json::{Value as Json, json};

/// Users of a page, and pages that are read.
const PAGE: usize = 100;

pub(super) struct PagerDuty {
    line: Line,
}

impl PagerDuty {
    pub(super) fn new(line: Line) -> Self {
        Self { line }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<Json>) -> Result<Option<Json>, Fault> {
        let how = ("Token token=", "application/vnd.pagerduty+json;version=2");
        self.line.ask((method, path), how, body).await
    }

    fn path(&self) -> String {
        format!("/schedules/{}/overrides", self.line.schedule())
    }
}

impl Pager for PagerDuty {
    fn user<'a>(&'a self, email: &'a str) -> Asked<'a, Option<String>> {
        Box::pin(async move {
            // It looks for names and addresses that hold the text: the very address is picked out of them.
            let path = format!("/users?query={}&limit={PAGE}", escaped(email));
            let found = known(self.ask(Method::GET, &path, None).await?, "list of users")?;
            let users = each(&found, "/users", |user| Some((text(user, "/id")?, text(user, "/email")?)))?;
            Ok(users.into_iter().find(|(_, known)| known.eq_ignore_ascii_case(email)).map(|(id, _)| id))
        })
    }

    fn overrides(&self, window_: Window) -> Asked<'_, Vec<Override>> {
        Box::pin(async move {
            let [since, until] = [window_.start, window_.end].map(|at| escaped(&at.rfc3339(Zone::UTC)));
            let path = format!("{}?since={since}&until={until}&overflow=true", self.path());
            let found = known(self.ask(Method::GET, &path, None).await?, "schedule")?;
            each(&found, "/overrides", |one| {
                let (user, window) = (text(one, "/user/id")?, window(one, ("/start", "/end"))?);
                Some(Override { id: text(one, "/id")?, key: None, user, window })
            })
        })
    }

    fn create<'a>(&'a self, new: NewOverride<'a>) -> Asked<'a, String> {
        Box::pin(async move {
            let [start, end] = [new.window.start, new.window.end].map(|at| at.rfc3339(Zone::UTC));
            let user = json!({ "id": new.user, "type": "user_reference" });
            let body = json!({ "overrides": [{ "start": start, "end": end, "user": user }] });
            let made = known(self.ask(Method::POST, &self.path(), Some(body)).await?, "schedule")?;
            let (status, id) = (at(&made, "/0/status"), text(&made, "/0/override/id"));
            id.filter(|_| *status == 201).ok_or_else(|| Fault::new(format!("the pager says {status} of an override")))
        })
    }

    fn change<'a>(&'a self, id: &'a str, new: NewOverride<'a>) -> Asked<'a, ()> {
        Box::pin(async move {
            self.create(new).await?;
            self.remove(id).await
        })
    }

    fn remove<'a>(&'a self, id: &'a str) -> Asked<'a, ()> {
        Box::pin(async move {
            let path = format!("{}/{}", self.path(), escaped(id));
            self.ask(Method::DELETE, &path, None).await.map(drop)
        })
    }
}
