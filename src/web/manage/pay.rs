//! What shifts and call-outs pay: the table in force, its editions, and a new one.

use super::{managed, status};
use crate::ids::TeamId;
use crate::roster::report::pay::{Edition, Rate, Rates, in_force};
use crate::service::teams::TeamView;
use crate::service::{Service, fields};
use crate::web::fields::Fields;
use crate::web::frame::{View, Viewer, page};
use crate::web::go::{Answer, to};
use crate::web::texts::Text;
use crate::web::trouble::{told, typed};
use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use axum::routing::get;
use std::collections::BTreeMap;

/// How the columns of the form are called: as the amounts of a rate, in their order.
const CLASSES: [&str; 6] = ["flat", "work", "evening", "night", "weekend", "holiday"];
/// Digits that one amount may have; the service says how much it may be.
const DIGITS: usize = 10;

/// The room's routes.
pub fn routes() -> Router<Service> {
    Router::new().route("/teams/{team}/manage/pay", get(show).post(add))
}

#[derive(Template)]
#[template(path = "manage-pay.html")]
struct PayPage {
    view: View,
    team: TeamView,
    rows: Vec<Row>,
    classes: Vec<(&'static str, Text)>,
    editions: Vec<Edition>,
    in_force: Option<i64>,
    from: String,
    trouble: Option<String>,
}

/// A line of the table.
struct Row {
    /// What its fields begin with.
    key: String,
    title: String,
    amounts: Vec<String>,
}

impl PayPage {
    /// Each amount with the name of its field and what it is for.
    fn cells<'r>(&'r self, row: &'r Row) -> impl Iterator<Item = (String, &'r Text, &'r String)> {
        let cell = |((class, title), amount): (&'r (&'static str, Text), &'r String)| {
            (format!("{}-{class}", row.key), title, amount)
        };
        self.classes.iter().zip(&row.amounts).map(cell)
    }
}

/// The lines of a team's table: a role each, every other role, call-outs.
fn keys(view: &View, team: &TeamView) -> Vec<(String, String)> {
    let roles = team.team.roles.iter().map(|role| (format!("role-{}", role.name), role.name.clone()));
    let rest = [
        ("other".to_owned(), view.t("manage-pay-other").to_string()),
        ("call-outs".to_owned(), view.t("manage-pay-call-outs").to_string()),
    ];
    roles.chain(rest).collect()
}

/// What a table says in a line; a role without a line of its own has that of the others.
fn of<'r>(rates: &'r Rates, key: &str) -> &'r Rate {
    match key {
        "call-outs" => &rates.call_outs,
        _ => key.strip_prefix("role-").and_then(|role| rates.roles.get(role)).unwrap_or(&rates.other_roles),
    }
}

async fn shown(
    (service, viewer, team): (&Service, Viewer, TeamView),
    typed: Option<&[(String, String)]>,
    trouble: Option<String>,
) -> Answer {
    let editions = service.pay_rates(&viewer.actor, &team.team.id).await?;
    let view = viewer.view;
    let today = view.now.civil(team.team.zone).date();
    let current = in_force(&editions, today);
    let rates = editions.last().map(|edition| edition.rates.clone()).unwrap_or_default();
    let value =
        |name: &str| typed.and_then(|pairs| pairs.iter().find(|(key, _)| key == name)).map(|(_, value)| value.clone());
    let row = |(key, title): (String, String)| {
        let amounts = CLASSES.iter().zip(of(&rates, &key).amounts());
        let amount =
            |(class, amount): (&&str, i64)| value(&format!("{key}-{class}")).unwrap_or_else(|| amount.to_string());
        Row { amounts: amounts.map(amount).collect(), key, title }
    };
    let titles = [
        view.t("manage-pay-flat"),
        view.t("manage-pay-work"),
        view.t("manage-pay-evening"),
        view.t("manage-pay-night"),
        view.t("manage-pay-weekend"),
        view.t("manage-pay-holiday"),
    ];
    let content = PayPage {
        rows: keys(&view, &team).into_iter().map(row).collect(),
        classes: CLASSES.into_iter().zip(titles).collect(),
        in_force: current.map(|edition| edition.version),
        from: value("from").unwrap_or_default(),
        view,
        team,
        editions,
        trouble,
    };
    Ok((status(content.trouble.as_ref()), page(&content)?).into_response())
}

/// `GET /teams/{team}/manage/pay`
async fn show(State(service): State<Service>, viewer: Viewer, Path(team): Path<TeamId>) -> Answer {
    let found = managed(&service, &viewer, &team).await?;
    shown((&service, viewer, found), None, None).await
}

/// The table as typed; nothing where an amount is no whole number.
fn read(team: &TeamView, pairs: &[(String, String)]) -> Option<Rates> {
    let amount = |name: String| {
        let text = pairs.iter().find(|(key, _)| *key == name).map_or("", |(_, value)| value.trim());
        let plain = text.len() <= DIGITS && text.bytes().all(|byte| byte.is_ascii_digit());
        if text.is_empty() { Some(0) } else { Some(text).filter(|_| plain)?.parse::<i64>().ok() }
    };
    let rate = |key: &str| {
        let of = |class: &str| amount(format!("{key}-{class}"));
        Some(Rate {
            flat: of("flat")?,
            work: of("work")?,
            evening: of("evening")?,
            night: of("night")?,
            weekend: of("weekend")?,
            holiday: of("holiday")?,
        })
    };
    let role = |name: &String| Some((name.clone(), rate(&format!("role-{name}"))?));
    let roles = team.team.roles.iter().map(|one| role(&one.name));
    let roles: Option<BTreeMap<String, Rate>> = roles.collect();
    Some(Rates { roles: roles?, other_roles: rate("other")?, call_outs: rate("call-outs")? })
}

/// `POST /teams/{team}/manage/pay`: adds an edition.
async fn add(
    State(service): State<Service>,
    viewer: Viewer,
    Path(team): Path<TeamId>,
    Fields(pairs): Fields<Vec<(String, String)>>,
) -> Answer {
    let found = managed(&service, &viewer, &team).await?;
    let from = pairs.iter().find(|(key, _)| key == "from").and_then(|(_, value)| typed(value));
    let from = from.map(|text| fields::day("from", text)).transpose();
    let done = match (read(&found, &pairs), from) {
        (Some(rates), Ok(from)) => match service.set_pay_rates(&viewer.actor, &team, from, rates).await {
            Ok(_) => return Ok(to(&format!("/teams/{team}/manage/pay")).said("pay-changed").into_response()),
            Err(error) => told(error)?,
        },
        (None, _) => viewer.view.t("manage-pay-wrong").to_string(),
        (_, Err(error)) => told(error)?,
    };
    shown((&service, viewer, found), Some(&pairs), Some(done)).await
}
