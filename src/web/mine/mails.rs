//! Mail that came in somebody's name, and whether it was theirs.

use crate::service::Service;
use crate::service::mailbox::{Doubt, HeldMail, Verdict};
use crate::web::fields::Fields;
use crate::web::frame::Viewer;
use crate::web::go::{Answer, Refused, to};
use crate::web::texts::Text;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::IntoResponse as _;
use axum::routing::post;
use serde::Deserialize;

pub fn routes() -> Router<Service> {
    Router::new().route("/me/mails/{mail}", post(settle))
}

/// A mail that the viewer is asked about.
pub struct Asked {
    pub mail: HeldMail,
    pub says: Text,
    pub why: Text,
}

/// What the viewer is asked about.
pub async fn asked(service: &Service, viewer: &Viewer) -> Result<Vec<Asked>, Refused> {
    let held = service.held_mails(&viewer.actor, &viewer.visitor.person.id).await?;
    Ok(held.into_iter().map(|mail| Asked::of(viewer, mail)).collect())
}

impl Asked {
    fn of(viewer: &Viewer, mail: HeldMail) -> Self {
        let view = &viewer.view;
        let says = match (mail.guest, mail.answer.as_str()) {
            (false, "ACCEPTED") => view.t("me-mails-yes"),
            (false, "DECLINED") => view.t("me-mails-no"),
            (false, _) => view.t("me-mails-perhaps"),
            (true, "ACCEPTED") => view.t("me-mails-guest-yes"),
            (true, "DECLINED") => view.t("me-mails-guest-no"),
            (true, "TENTATIVE") => view.t("me-mails-guest-perhaps"),
            (true, _) => view.t("me-mails-guest-other"),
        };
        let why = match mail.why {
            Doubt::Unproven => view.t("me-mails-unproven"),
            Doubt::OtherAddress => view.t("me-mails-other-address"),
            Doubt::Automatic => view.t("me-mails-automatic"),
        };
        let why = why.with("sender", &mail.sender);
        Self { says: says.with("title", &mail.title).with("sender", &mail.sender), why, mail }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settling {
    answer: Word,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Word {
    Accept,
    Discard,
}

/// `POST /me/mails/{mail}`
async fn settle(
    State(service): State<Service>,
    viewer: Viewer,
    Path(mail): Path<String>,
    Fields(form): Fields<Settling>,
) -> Answer {
    let counts = matches!(form.answer, Word::Accept);
    let whose = (&viewer.visitor.person.id, mail.as_str());
    let verdict = service.settle_held_mail(&viewer.actor, whose, counts).await?;
    let page = to("/me");
    let page = match verdict {
        _ if !counts => page.said("mail-dropped"),
        Verdict::Taken => page.said("mail-counts"),
        Verdict::Held(_) | Verdict::Ignored(_) => page.said("mail-late"),
    };
    Ok(page.into_response())
}
