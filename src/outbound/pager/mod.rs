//! Pagers, whose schedules are kept as the roster has them: what any of them can do, and the two that are known. What is to
//! stand there is not decided here.

mod opsgenie;
mod pagerduty;

use super::{Answer, Bounds, Client, Failure, Reach};
use crate::config::Secret;
use crate::time::Window;
use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use hyper::{Method, Request, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value as Json;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// What one request may take, and how much of its answer is read.
const BOUNDS: Bounds = Bounds { time: Duration::from_secs(10), bytes: 2 << 20 };
/// What is escaped in a segment or a value of a query (RFC 3986 2.3).
const PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// An override that stands at a pager.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// What the pager calls it.
    pub id: String,
    /// The word that it was made under, where the pager keeps such.
    pub key: Option<String>,
    /// Who, as the pager calls them.
    pub user: String,
    /// From when until when.
    pub window: Window,
}

/// An override to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewOverride<'a> {
    /// A word for it, always the same for the same shift.
    pub key: &'a str,
    /// Who, as the pager calls them.
    pub user: &'a str,
    /// From when until when.
    pub window: Window,
}

/// Why a pager did not do it, without secrets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
pub struct Fault {
    /// What went wrong.
    pub why: String,
    /// Not before this many seconds again, where the pager says so.
    pub after: Option<u64>,
}

impl Fault {
    fn new(why: impl Into<String>) -> Self {
        Self { why: why.into(), after: None }
    }
}

/// What a pager is asked comes later.
pub type Asked<'a, T> = Pin<Box<dyn Future<Output = Result<T, Fault>> + Send + 'a>>;

/// A schedule at a pager. Whatever is done twice is done once: what is there already, or gone already, is no fault.
pub trait Pager: Send + Sync {
    /// What it calls whoever has this mail address; nothing where it knows nobody.
    fn user<'a>(&'a self, email: &'a str) -> Asked<'a, Option<String>>;

    /// The overrides of the schedule that touch a window.
    fn overrides(&self, window: Window) -> Asked<'_, Vec<Override>>;

    /// Makes one; what it is called then.
    fn create<'a>(&'a self, new: NewOverride<'a>) -> Asked<'a, String>;

    /// Has one say something else.
    fn change<'a>(&'a self, id: &'a str, new: NewOverride<'a>) -> Asked<'a, ()>;

    /// Takes one away.
    fn remove<'a>(&'a self, id: &'a str) -> Asked<'a, ()>;
}

/// Which pager it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Make {
    /// PagerDuty, REST API 2.
    PagerDuty,
    /// Opsgenie, Alert API 2.
    Opsgenie,
}

impl Make {
    /// Where it is, for those who have not said otherwise.
    fn usual_url(self) -> &'static str {
        match self {
            Self::PagerDuty => "https://api.pagerduty.com",
            Self::Opsgenie => "https://api.opsgenie.com",
        }
    }
}

/// A schedule of an account.
pub struct Account {
    make: Make,
    /// Without a trailing slash.
    url: String,
    key: Secret<String>,
    schedule: String,
}

impl Account {
    /// Of this pager, at its usual address unless another is said; with the account's key and what the schedule is called.
    #[must_use]
    pub fn new(make: Make, url: Option<&str>, key: String, schedule: String) -> Self {
        let url = url.unwrap_or(make.usual_url()).trim_end_matches('/').to_owned();
        Self { make, url, key: Secret::new(key), schedule }
    }
}

/// Speaks to an account; its address is judged at each request.
#[must_use]
pub fn pager(client: Client, reach: Reach, account: Account) -> Box<dyn Pager> {
    let make = account.make;
    let line = Line { client, reach, account };
    match make {
        Make::PagerDuty => Box::new(pagerduty::PagerDuty::new(line)),
        Make::Opsgenie => Box::new(opsgenie::Opsgenie::new(line)),
    }
}

/// The way to an account.
struct Line {
    client: Client,
    reach: Reach,
    account: Account,
}

impl Line {
    /// The schedule's own path.
    fn schedule(&self) -> String {
        escaped(&self.account.schedule)
    }

    /// One request. Nothing where there is no such thing.
    async fn ask(
        &self,
        (method, path): (Method, &str),
        (scheme, accept): (&str, &str),
        body: Option<Json>,
    ) -> Result<Option<Json>, Fault> {
        let url = self.reach.judge(&format!("{}{path}", self.account.url));
        let url = url.map_err(|why| Fault::new(Failure::from(why).to_string()))?;
        let proof = format!("{scheme}{}", self.account.key.expose());
        let request = Request::builder().method(method).uri(url).header(AUTHORIZATION, proof).header(ACCEPT, accept);
        let request = request.header(CONTENT_TYPE, "application/json");
        let text = body.map(|body| body.to_string()).unwrap_or_default();
        let request = request.body(Full::new(Bytes::from(text)));
        let request = request.map_err(|_| Fault::new("the key can't be put into a request"))?;
        let answer = self.client.send(request, BOUNDS).await.map_err(|failure| match failure {
            Failure::Unreachable(_) => Fault::new("not reachable"),
            other => Fault::new(other.to_string()),
        })?;
        read(&answer)
    }
}

fn read(answer: &Answer) -> Result<Option<Json>, Fault> {
    if answer.status == StatusCode::NOT_FOUND {
        return Ok(None);
    }
    if !answer.status.is_success() {
        let why = format!("the pager says {}", answer.status.as_u16());
        return Err(Fault { why, after: answer.retry_after().map(|pause| pause.as_secs()) });
    }
    if answer.body.is_empty() {
        return Ok(Some(Json::Null));
    }
    serde_json::from_slice(&answer.body)
        .map(Some)
        .map_err(|_| Fault::new("the pager answers something that is no JSON"))
}

fn escaped(text: &str) -> String {
    utf8_percent_encode(text, PART).to_string()
}

/// What is wanted of a thing that must be there.
fn known(found: Option<Json>, what: &str) -> Result<Json, Fault> {
    found.ok_or_else(|| Fault::new(format!("the pager knows no such {what}")))
}

/// What stands at a place such as `/user/id`; null where nothing does.
fn at<'j>(value: &'j Json, place: &str) -> &'j Json {
    value.pointer(place).unwrap_or(&Json::Null)
}

fn text(value: &Json, place: &str) -> Option<String> {
    at(value, place).as_str().map(str::to_owned)
}

fn window(value: &Json, (start, end): (&str, &str)) -> Option<Window> {
    let moment = |place| chrono::DateTime::parse_from_rfc3339(at(value, place).as_str()?).ok();
    let (start, end) = (moment(start)?.to_utc().into(), moment(end)?.to_utc().into());
    (start <= end).then(|| Window::new(start, end))
}

/// Every entry of a list, or that the answer is none.
fn each<T>(value: &Json, place: &str, of: impl Fn(&Json) -> Option<T>) -> Result<Vec<T>, Fault> {
    let broken = || Fault::new("the pager answers something that can't be read");
    at(value, place).as_array().ok_or_else(broken)?.iter().map(|one| of(one).ok_or_else(broken)).collect()
}
