//! Somebody's availability, a month at a time: days to paint, weekdays to repeat, and what of it comes from which calendar.
//! All of it is what their `Availability` calendar holds, so that a calendar app shows and changes the same.

use super::fields::Fields;
use super::frame::{View, Viewer, page};
use super::go::{Answer, Go, to};
use super::mine::first_day;
use super::texts::Text;
use crate::roster::availability::{Kind, Source};
use crate::roster::model::Words;
use crate::service::calendars::{Entry, MonthOf, Weekly};
use crate::service::{Service, ServiceError};
use crate::time::{Day, Window};
use askama::Template;
use axum::Router;
use axum::extract::{Query, State};
use axum::response::IntoResponse as _;
use axum::routing::{get, post};
use chrono::{Datelike as _, Months, NaiveTime, Weekday};
use serde::Deserialize;

/// The room's routes.
pub fn routes() -> Router<Service> {
    Router::new()
        .route("/me/availability", get(show))
        .route("/me/availability/days", post(paint))
        .route("/me/availability/weekly", post(repeat))
        .route("/me/availability/remove", post(remove))
}

#[derive(Template)]
#[template(path = "availability.html")]
struct AvailabilityPage {
    view: View,
    first: Day,
    word: String,
    before: String,
    after: String,
    /// Names of the weekdays, from Monday on, with their words.
    weekdays: Vec<(String, &'static str)>,
    /// Empty cells before the first day.
    lead: Vec<()>,
    days: Vec<Cell>,
    lines: Vec<Line>,
    words: Words,
    confirmed: Option<crate::time::Instant>,
    /// The earliest day from which a repetition may be wished for first.
    today: Day,
}

/// A day of the month.
struct Cell {
    day: Day,
    number: u32,
    weekday: String,
    /// Its word in the stylesheet.
    tone: &'static str,
    kind: Option<Text>,
    shift: bool,
    today: bool,
}

/// What was said, and where.
struct Line {
    tone: &'static str,
    kind: Text,
    window: Window,
    more: usize,
    all_day: bool,
    first: Day,
    last: Day,
    title: String,
    calendar: String,
    why: Option<Text>,
    repeats: bool,
    name: Option<String>,
}

#[derive(Deserialize)]
struct Which {
    month: Option<String>,
}

/// The days of a week by their words.
const WEEK: [(&str, Weekday); 7] = [
    ("mo", Weekday::Mon),
    ("tu", Weekday::Tue),
    ("we", Weekday::Wed),
    ("th", Weekday::Thu),
    ("fr", Weekday::Fri),
    ("sa", Weekday::Sat),
    ("su", Weekday::Sun),
];

/// `GET /me/availability`; the next month, where none is named.
async fn show(State(service): State<Service>, viewer: Viewer, Query(which): Query<Which>) -> Answer {
    let person = &viewer.visitor.person;
    let today = viewer.view.now.civil(person.zone).date();
    let first = match which.month {
        Some(text) => first_day(&text)?,
        None => today.with_day(1).unwrap_or(today) + Months::new(1),
    };
    let month = service.availability_month(&viewer.actor, &person.id, first).await?;
    Ok(page(&AvailabilityPage::of(viewer.view, month, today))?.into_response())
}

impl AvailabilityPage {
    fn of(view: View, month: MonthOf, today: Day) -> Self {
        let word = |day: Day| day.format("%Y-%m").to_string();
        let first = month.first;
        let monday = crate::time::monday_of(first);
        let weekdays = monday.iter_days().zip(WEEK).map(|(day, (word, _))| (view.weekday(&day), word));
        let cells = month.days.iter().map(|of| {
            let span = Window::of_days(of.day, of.day + chrono::Days::new(1), month.zone);
            Cell {
                day: of.day,
                number: of.day.day(),
                weekday: view.weekday(&of.day),
                tone: tone(of.kind),
                kind: (of.kind != Kind::Neutral).then(|| name(&view, of.kind)),
                shift: month.shifts.iter().any(|shift| shift.window.overlaps(span)),
                today: of.day == today,
            }
        });
        Self {
            word: word(first),
            before: word(first - Months::new(1)),
            after: word(first + Months::new(1)),
            weekdays: weekdays.collect(),
            lead: vec![(); first.weekday().num_days_from_monday() as usize],
            days: cells.collect(),
            lines: month.entries.iter().filter_map(|entry| Line::of(&view, entry, month.zone)).collect(),
            words: month.words,
            confirmed: month.confirmed,
            today: today.max(first),
            first,
            view,
        }
    }
}

impl Line {
    fn of(view: &View, entry: &Entry, zone: crate::time::Zone) -> Option<Self> {
        let window = *entry.windows.first()?;
        let why = match entry.source {
            Source::OutOfOffice => Some(view.t("avail-out-of-office")),
            Source::AllDay => Some(view.t("avail-all-day")),
            Source::Calendar => Some(view.t("avail-blocks")),
            Source::Hours => Some(view.t("avail-hours")),
            Source::Unread => Some(view.t("avail-unread")),
            Source::Availability | Source::Team | Source::Silence => None,
        };
        Some(Self {
            tone: tone(entry.kind),
            kind: name(view, entry.kind),
            more: entry.windows.len() - 1,
            all_day: entry.all_day,
            first: window.start.civil(zone).date(),
            last: window.end.plus_millis(-1).civil(zone).date(),
            window,
            title: entry.title.clone(),
            calendar: entry.calendar.clone(),
            why,
            repeats: entry.repeats,
            name: entry.name.clone(),
        })
    }
}

impl Line {
    fn has_more(&self) -> bool {
        self.more > 0
    }
}

const fn tone(kind: Kind) -> &'static str {
    match kind {
        Kind::Unavailable => "unavailable",
        Kind::Avoid => "avoid",
        Kind::Neutral => "neutral",
        Kind::Prefer => "prefer",
    }
}

fn name(view: &View, kind: Kind) -> Text {
    match kind {
        Kind::Unavailable => view.t("avail-unavailable"),
        Kind::Avoid => view.t("avail-avoid"),
        Kind::Neutral => view.t("avail-neutral"),
        Kind::Prefer => view.t("avail-prefer"),
    }
}

/// A kind as a form sends it; nothing clears.
fn kind(word: &str) -> Result<Option<Kind>, ServiceError> {
    match word {
        "unavailable" => Ok(Some(Kind::Unavailable)),
        "avoid" => Ok(Some(Kind::Avoid)),
        "prefer" => Ok(Some(Kind::Prefer)),
        "clear" => Ok(None),
        _ => Err(ServiceError::invalid("kind", "is none of unavailable, avoid, prefer and clear")),
    }
}

fn back(month: &str) -> Go {
    to("/me/availability").with("month", month)
}

/// What a form has under a name, in order.
fn all<'f>(form: &'f [(String, String)], name: &'static str) -> impl Iterator<Item = &'f str> {
    form.iter().filter(move |(field, _)| field == name).map(|(_, value)| value.as_str())
}

fn one<'f>(form: &'f [(String, String)], name: &'static str) -> &'f str {
    all(form, name).next().unwrap_or_default()
}

fn day(text: &str) -> Result<Day, ServiceError> {
    text.parse().map_err(|_| ServiceError::invalid("day", "is no day like 2026-12-01"))
}

/// `POST /me/availability/days`
async fn paint(State(service): State<Service>, viewer: Viewer, Fields(form): Fields<Vec<(String, String)>>) -> Answer {
    let days = all(&form, "day").map(day).collect::<Result<Vec<Day>, _>>()?;
    let kind = kind(one(&form, "kind"))?;
    let month = one(&form, "month");
    first_day(month)?;
    if days.is_empty() {
        return Ok(back(month).said("no-days").into_response());
    }
    service.paint_days(&viewer.actor, &viewer.visitor.person.id, days, kind).await?;
    Ok(back(month).said("days-painted").into_response())
}

/// `POST /me/availability/weekly`
async fn repeat(State(service): State<Service>, viewer: Viewer, Fields(form): Fields<Vec<(String, String)>>) -> Answer {
    let time = |name: &'static str| -> Result<Option<NaiveTime>, ServiceError> {
        let text = one(&form, name);
        let parsed = NaiveTime::parse_from_str(text, "%H:%M");
        if text.is_empty() { Ok(None) } else { parsed.map(Some).map_err(|_| ServiceError::invalid(name, "is no time")) }
    };
    let hours = match (time("begins")?, time("ends")?) {
        (Some(begins), Some(ends)) => Some((begins, ends)),
        (None, None) => None,
        _ => return Err(ServiceError::invalid("ends", "give both times, or neither for the whole day").into()),
    };
    let known = |word: &str| WEEK.into_iter().find(|(known, _)| *known == word).map(|(_, day)| day);
    let days = all(&form, "weekday").map(known).collect::<Option<Vec<Weekday>>>();
    let until = Some(one(&form, "until")).filter(|text| !text.is_empty()).map(day).transpose()?;
    let kind = kind(one(&form, "kind"))?.ok_or_else(|| ServiceError::invalid("kind", "is none that can be stored"))?;
    let new = Weekly {
        days: days.unwrap_or_default(),
        kind,
        hours,
        from: day(one(&form, "from"))?,
        until,
        note: one(&form, "note").trim().to_owned(),
    };
    let month = one(&form, "month");
    first_day(month)?;
    service.paint_weekly(&viewer.actor, &viewer.visitor.person.id, new).await?;
    Ok(back(month).said("weekly-painted").into_response())
}

/// `POST /me/availability/remove`
async fn remove(State(service): State<Service>, viewer: Viewer, Fields(form): Fields<Vec<(String, String)>>) -> Answer {
    let month = one(&form, "month");
    first_day(month)?;
    service.erase_availability(&viewer.actor, &viewer.visitor.person.id, one(&form, "name")).await?;
    Ok(back(month).said("entry-removed").into_response())
}
