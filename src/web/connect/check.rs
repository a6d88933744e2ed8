//! What an app sees, and why there may be no Accept button.

use crate::service::Service;
use crate::service::calendars::CollectionKind;
use crate::service::clients::{ClientCheck, Seen};
use crate::service::tokens::Life;
use crate::time::DAY;
use crate::web::frame::{View, Viewer, page};
use crate::web::go::Answer;
use crate::web::texts::Text;
use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse as _;
use axum::routing::get;

/// From how many days on an app that did not ask is worth a look.
const SILENT_DAYS: i64 = 3;

pub fn routes() -> Router<Service> {
    Router::new().route("/me/connect/check", get(show))
}

#[derive(Template)]
#[template(path = "connect-check.html")]
struct CheckPage {
    view: View,
    found: ClientCheck,
    calendars: Vec<(String, Text)>,
    findings: Vec<Finding>,
}

/// One thing that was looked at.
struct Finding {
    /// `good`, `warn` or `bad`.
    tone: &'static str,
    says: Text,
}

/// `GET /me/connect/check`
async fn show(State(service): State<Service>, viewer: Viewer) -> Answer {
    let (actor, person) = (&viewer.actor, &viewer.visitor.person.id);
    let found = service.client_check(actor, person).await?;
    let passwords = service.app_passwords(actor, person).await?;
    let view = viewer.view;
    let mut findings = looked_at(&view, &found);
    let mut any = false;
    for device in passwords.iter().filter(|device| device.life.is_good(view.now)) {
        any = true;
        findings.extend(device_of(&view, &device.label, &device.scope, device.life));
        if device.phone_device {
            findings.push(Finding { tone: "good", says: view.t("check-phone").with("label", &device.label) });
        }
    }
    if !any {
        findings.push(Finding { tone: "warn", says: view.t("check-no-device") });
    }
    let calendars = found.calendars.iter().map(|seen| (seen.name.clone(), of(&view, seen))).collect();
    Ok(page(&CheckPage { view, found, calendars, findings })?.into_response())
}

/// What an app lets do with a calendar.
fn of(view: &View, seen: &Seen) -> Text {
    match seen.kind {
        CollectionKind::Shifts if seen.writes => view.t("check-answers"),
        CollectionKind::Availability => view.t("check-availability"),
        _ if seen.adds => view.t("check-writes"),
        _ => view.t("check-reads"),
    }
}

fn looked_at(view: &View, found: &ClientCheck) -> Vec<Finding> {
    let shifts = found.calendars.iter().find(|seen| seen.kind == CollectionKind::Shifts);
    let mut findings = vec![match shifts {
        Some(shifts) if shifts.writes => {
            Finding { tone: "good", says: view.t("check-shifts").with("name", &shifts.name) }
        }
        _ => Finding { tone: "bad", says: view.t("check-no-shifts") },
    }];
    findings.push(if found.waiting.is_empty() {
        Finding { tone: "warn", says: view.t("check-nothing-waits").with("n", found.answered) }
    } else {
        Finding { tone: "good", says: view.t("check-waiting").with("n", found.waiting.len()) }
    });
    if found.astray > 0 {
        findings.push(Finding { tone: "bad", says: view.t("check-astray").with("n", found.astray) });
    }
    findings
}

fn device_of(view: &View, label: &str, scope: &str, life: Life) -> Option<Finding> {
    let warn = |says: Text| Some(Finding { tone: "warn", says: says.with("label", label) });
    let silent = view.now.plus_millis(-SILENT_DAYS * DAY);
    match life.last_used {
        _ if scope == "dav-ro" => warn(view.t("check-read-only")),
        None => warn(view.t("check-never-used")),
        Some(used) if used < silent => warn(view.t("check-silent")),
        Some(_) => Some(Finding { tone: "good", says: view.t("check-device-well").with("label", label) }),
    }
}
