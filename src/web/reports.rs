//! What people of a team stood in a period, as plots with their figures and a CSV file beside each: managers see
//! everybody's lines, members their own and how evenly the team's load is spread.

use super::frame::{View, Viewer, page};
use super::go::Answer;
use super::plot::{Bar, Percent};
use crate::api::reports::csv::csv;
use crate::api::reports::{BalanceReport, CallOutsReport, HoursReport, PairsReport, PayReport};
use crate::http::Problem;
use crate::ids::TeamId;
use crate::roster::phrase::{points, signed};
use crate::roster::report::hours::HoursLine;
use crate::roster::report::pay::PayLine;
use crate::roster::report::standing::{Dimension, Standing};
use crate::service::reports::Asked;
use crate::service::{Service, fields};
use crate::time::{Day, Instant, Window};
use askama::Template;
use axum::Router;
use axum::extract::{Path, Query, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use chrono::{Datelike as _, Months, TimeDelta};
use serde::Deserialize;
use std::collections::BTreeMap;

/// Pairs that are listed; the file has them all.
const PAIRS: usize = 20;

/// The room's routes.
pub fn routes() -> Router<Service> {
    Router::new().route("/teams/{team}/reports", get(show)).route("/teams/{team}/reports/{file}", get(file))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Typed {
    from: String,
    last: String,
    planned: Option<String>,
}

impl Typed {
    /// Three months up to today, where nothing is named.
    fn asked(&self, today: Day) -> Result<Asked, Problem> {
        let day = |field: &str, text: &str, usual: Day| match text.trim() {
            "" => Ok(usual),
            text => fields::day(field, text),
        };
        let start = today.with_day(1).and_then(|first| first.checked_sub_months(Months::new(2))).unwrap_or(today);
        let (from, last) = (day("from", &self.from, start)?, day("last", &self.last, today)?);
        let to = last.checked_add_signed(TimeDelta::days(1)).unwrap_or(last);
        Ok(Asked { from, to, planned: self.planned.is_some() })
    }
}

#[derive(Template)]
#[template(path = "reports.html")]
struct ReportsPage {
    view: View,
    id: String,
    name: String,
    from: Day,
    last: Day,
    planned: bool,
    until: Instant,
    /// Only the viewer's own lines.
    own: bool,
    /// The same period, for the files.
    query: String,
    hours: Vec<HoursRow>,
    balances: Vec<BalancePlot>,
    pairs: Vec<PairRow>,
    pay: Vec<PayRow>,
    calls: Vec<CallRow>,
}

struct HoursRow {
    name: String,
    /// A bar for each class, in the order work, evening, night, weekend, holiday.
    bars: Vec<Bar>,
    hours: String,
    shifts: usize,
    nights: usize,
    weekends: usize,
    holidays: usize,
    points: String,
    calls: usize,
}

struct BalancePlot {
    dimension: Dimension,
    least: String,
    middle: String,
    most: String,
    zero: Percent,
    rows: Vec<BalanceRow>,
}

struct BalanceRow {
    name: String,
    bar: Bar,
    load: String,
    share: String,
    balance: String,
    over: bool,
}

struct PairRow {
    names: [String; 2],
    bar: Bar,
    times: usize,
    hours: String,
}

struct PayRow {
    name: String,
    bar: Bar,
    units: i64,
}

struct CallRow {
    name: String,
    role: String,
    window: Window,
    note: String,
}

/// Minutes as hours with one decimal.
fn hours(minutes: i64) -> String {
    points(minutes * 100 / 60)
}

fn hours_rows(lines: &[HoursLine]) -> Vec<HoursRow> {
    let longest = lines.iter().map(|line| line.minutes).max().unwrap_or_default();
    let row = |line: &HoursLine| {
        let mut done = 0;
        let bars = line.classes.map(|minutes| {
            let x = Percent::of(done, longest);
            done += minutes;
            Bar { x, width: x.to(Percent::of(done, longest)) }
        });
        HoursRow {
            name: line.name.clone(),
            bars: bars.into(),
            hours: hours(line.minutes),
            shifts: line.shifts,
            nights: line.nights,
            weekends: line.weekends,
            holidays: line.holidays,
            points: points(line.points),
            calls: line.calls,
        }
    };
    lines.iter().map(row).collect()
}

fn balance_plot(standing: &Standing) -> BalancePlot {
    // Points are hundredths; the others are minutes, shown as hours.
    let scale = |value: i64| if standing.dimension == Dimension::Points { value } else { value * 100 / 60 };
    let balances = || standing.lines.iter().map(|line| line.balance);
    let (least, most) = (balances().min().unwrap_or_default().min(0), balances().max().unwrap_or_default().max(0));
    let row = |line: &crate::roster::report::standing::StandingLine| BalanceRow {
        name: line.name.clone(),
        bar: Bar::from_zero(line.balance, least, most),
        load: points(scale(line.load)),
        share: points(scale(line.share)),
        balance: signed(scale(line.balance)),
        over: line.balance > 0,
    };
    BalancePlot {
        dimension: standing.dimension,
        least: signed(scale(standing.spread.min)),
        middle: signed(scale(standing.spread.median)),
        most: signed(scale(standing.spread.max)),
        zero: Bar::from_zero(0, least, most).x,
        rows: standing.lines.iter().map(row).collect(),
    }
}

/// Everybody's units, roles and editions together.
fn pay_rows(lines: &[PayLine]) -> Vec<PayRow> {
    let mut units: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    for line in lines {
        *units.entry((&line.name, line.person.as_str())).or_default() += line.units;
    }
    units.retain(|_, units| *units > 0);
    let most = units.values().copied().max().unwrap_or_default();
    let bar = |units: i64| Bar { x: Percent::of(0, 1), width: Percent::of(units, most) };
    units.into_iter().map(|((name, _), units)| PayRow { name: name.to_owned(), bar: bar(units), units }).collect()
}

/// `GET /teams/{team}/reports`
async fn show(
    State(service): State<Service>,
    viewer: Viewer,
    Path(team): Path<TeamId>,
    Query(typed): Query<Typed>,
) -> Answer {
    viewer.belongs(&team)?;
    let person = viewer.visitor.person.id.clone();
    let names = service.team_names(Some(&person)).await?;
    let name = names.into_iter().find(|(id, _)| *id == team).map(|(_, name)| name).ok_or_else(Problem::not_found)?;
    let asked = typed.asked(viewer.view.now.civil(viewer.view.zone()).date())?;
    let hours_found = service.hours_report(&viewer.actor, &team, asked).await?;
    let standings = service.standing_report(&viewer.actor, &team, asked).await?.found;
    let pairs = service.pairs_report(&viewer.actor, &team, asked).await?.found;
    let pay = service.pay_report(&viewer.actor, &team, asked).await?.found;
    let calls = service.call_outs_report(&viewer.actor, &team, asked).await?.found;
    let longest = pairs.iter().map(|(pair, _)| pair.minutes).max().unwrap_or_default();
    let pair = |(pair, names): (crate::roster::report::pairs::Pair, [String; 2])| PairRow {
        names,
        bar: Bar { x: Percent::of(0, 1), width: Percent::of(pair.minutes, longest) },
        times: pair.times,
        hours: hours(pair.minutes),
    };
    let call = |(call, name): (crate::service::call_outs::CallOut, String)| CallRow {
        name,
        role: call.role,
        window: call.window,
        note: call.note,
    };
    let last = asked.to - TimeDelta::days(1);
    let planned = if asked.planned { "&planned=yes" } else { "" };
    let content = ReportsPage {
        view: viewer.view,
        id: team.to_string(),
        name,
        from: asked.from,
        last,
        planned: asked.planned,
        until: hours_found.until,
        own: hours_found.own,
        query: format!("from={}&last={last}{planned}", asked.from),
        hours: hours_rows(&hours_found.found),
        balances: standings.iter().map(balance_plot).collect(),
        pairs: pairs.into_iter().take(PAIRS).map(pair).collect(),
        pay: pay_rows(&pay),
        calls: calls.into_iter().map(call).collect(),
    };
    Ok(page(&content)?.into_response())
}

/// `GET /teams/{team}/reports/{file}`: `hours.csv` and its kin, the same columns as the API's.
async fn file(
    State(service): State<Service>,
    viewer: Viewer,
    Path((team, file)): Path<(TeamId, String)>,
    Query(typed): Query<Typed>,
) -> Answer {
    viewer.belongs(&team)?;
    let asked = typed.asked(viewer.view.now.civil(viewer.view.zone()).date())?;
    let name = file.strip_suffix(".csv").ok_or_else(Problem::not_found)?;
    let actor = &viewer.actor;
    let text = match name {
        "hours" => csv(&HoursReport::from(&service.hours_report(actor, &team, asked).await?).lines),
        "balance" => {
            let report = BalanceReport::from(&service.standing_report(actor, &team, asked).await?);
            csv(&report.dimensions.into_iter().flat_map(|one| one.lines).collect::<Vec<_>>())
        }
        "pairs" => csv(&PairsReport::from(&service.pairs_report(actor, &team, asked).await?).lines),
        "pay" => csv(&PayReport::from(&service.pay_report(actor, &team, asked).await?).lines),
        "callouts" => csv(&CallOutsReport::from(&service.call_outs_report(actor, &team, asked).await?).lines),
        _ => return Err(Problem::not_found().into()),
    };
    Ok(attached(&format!("{team}-{name}-{}-{}.csv", asked.from, asked.to - TimeDelta::days(1)), text))
}

fn attached(name: &str, text: String) -> Response {
    let mut response = text.into_response();
    let kind = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    // A team that was found is a slug, and days are digits and hyphens.
    if let Ok(file) = HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")) {
        response.headers_mut().insert(CONTENT_DISPOSITION, file);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roster::report::spread::Spread;
    use crate::roster::report::standing::StandingLine;

    #[test]
    fn classes_stand_behind_each_other_and_the_longest_fills_the_plot() {
        let line = |name: &str, classes: [i64; 5]| HoursLine {
            person: name.into(),
            name: name.to_owned(),
            shifts: 1,
            minutes: classes.iter().sum(),
            classes,
            nights: 0,
            weekends: 0,
            holidays: 0,
            points: 150,
            calls: 0,
            call_minutes: 0,
        };
        let rows = hours_rows(&[line("Ada", [60, 60, 0, 0, 120]), line("Ben", [0; 5])]);
        let bars: Vec<_> = rows[0].bars.iter().map(|bar| format!("{}+{}", bar.x, bar.width)).collect();
        assert_eq!(bars, ["0.00%+25.00%", "25.00%+25.00%", "50.00%+0.00%", "50.00%+0.00%", "50.00%+50.00%"]);
        assert_eq!((rows[0].hours.as_str(), rows[1].hours.as_str()), ("4.0", "0.0"));
    }

    #[test]
    fn balances_lie_on_their_side_of_one_line() {
        let line = |name: &str, balance: i64| StandingLine {
            person: name.into(),
            name: name.to_owned(),
            load: 600 + balance,
            share: 600,
            balance,
        };
        let lines = vec![line("Ada", -60), line("Ben", 0), line("Cho", 180)];
        let standing = Standing { dimension: Dimension::Nights, lines, spread: Spread::of(vec![-60, 0, 180]) };
        let plot = balance_plot(&standing);
        assert_eq!(plot.zero.to_string(), "25.00%");
        assert_eq!((plot.rows[0].bar.width.to_string(), plot.rows[2].bar.x), ("25.00%".to_owned(), plot.zero));
        assert_eq!((plot.least.as_str(), plot.most.as_str()), ("-1.0", "+3.0"));
    }

    #[test]
    fn a_period_is_three_months_where_none_is_named() {
        let asked = Typed::default().asked("2026-12-24".parse().unwrap()).unwrap();
        assert_eq!((asked.from.to_string(), asked.to.to_string()), ("2026-10-01".to_owned(), "2026-12-25".to_owned()));
        let wrong = Typed { from: "soon".to_owned(), ..Typed::default() };
        assert!(wrong.asked("2026-12-24".parse().unwrap()).is_err());
    }
}
