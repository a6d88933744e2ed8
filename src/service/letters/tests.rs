//! Who is written to, and what is still worth saying when it is sent.

use super::*;
use crate::roster::model::Channel;
use crate::service::render::render_people;
use crate::service::swaps::Reply;
use crate::service::testing::{operator, phone_of, rota, stands};
use crate::service::{Actor, Service};
use crate::store::outbox::to_recipient;
use crate::store::testing::Place;
use crate::store::tokens::{SecretKind, note_use};

fn settings(replies: bool) -> MailSettings {
    let replies = replies.then(|| Replies { local: "oncall".to_owned(), domain: "roster.example.org".to_owned() });
    MailSettings { from: "oncall@example.org".to_owned(), replies }
}

async fn mailing(replies: bool) -> (Place, Service) {
    let (place, service) = rota().await;
    (place, service.mailing(Some(settings(replies))))
}

fn at(service: &Service, hours: i64) -> Window {
    let start = service.ctx().now.plus_hours(hours);
    Window::new(start, start.plus_hours(8))
}

async fn render(service: &Service, people: &[&str]) {
    let (ctx, people) = (service.ctx(), people.iter().map(|id| PersonId::from(*id)).collect::<Vec<_>>());
    service.store.write(move |tx| render_people(tx, &ctx, &people, &[])).await.unwrap();
}

/// What lies in the outbox for somebody, the newest last.
async fn rows(service: &Service, person: &str, kind: &str) -> Vec<Message> {
    let address = format!("{person}@example.org");
    let found = service.store.read(move |tx| to_recipient(tx, &address)).await.unwrap();
    found.into_iter().map(|due| due.message).filter(|message| message.kind == kind).collect()
}

async fn letters(service: &Service, person: &str, kind: &str) -> Vec<Letter> {
    let mut found = Vec::new();
    for row in rows(service, person, kind).await {
        found.extend(service.letter(&row).await.unwrap());
    }
    found
}

async fn uses_an_app(service: &Service, person: &str, days_ago: i64) {
    let made = service.add_app_password(&operator(), phone_of(&person.into())).await.unwrap();
    let (id, now) = (made.id, service.ctx().now);
    let note = move |tx: &mut dyn Connection| note_use(tx, SecretKind::AppPassword, &id, now.plus_days(-days_ago), now);
    service.store.write(note).await.unwrap();
}

/// Ada asks for cover of a shift; Ben and Cleo are asked.
async fn asked(service: &Service) {
    stands(service, "one", "primary", at(service, 72), Some("ada")).await;
    let ada = Actor::person("ada".into(), Channel::Button);
    service.ask_for_cover(&ada, &"one".into(), 0, Some("a <b>wedding</b>".to_owned())).await.unwrap();
}

#[tokio::test]
async fn whoever_answers_in_no_calendar_app_is_asked_by_an_invitation_and_the_others_by_links_alone() {
    let (_place, service) = mailing(true).await;
    uses_an_app(&service, "cleo", 3).await;
    uses_an_app(&service, "ben", SEEN_DAYS + 1).await;
    asked(&service).await;
    let (ben, cleo) = (letters(&service, "ben", "mail.offer").await, letters(&service, "cleo", "mail.offer").await);
    let [ben, cleo] = [&ben[0], &cleo[0]];
    assert!(cleo.invitation.is_none() && cleo.reply_to.is_none());
    let invitation = ben.invitation.as_ref().unwrap();
    let reply_to = ben.reply_to.clone().unwrap();
    assert!(invitation.calendar.contains("METHOD:REQUEST") && invitation.method == "REQUEST");
    let unfolded = invitation.calendar.replace("\r\n ", "");
    assert!(unfolded.contains(&format!(":mailto:{reply_to}")) && unfolded.contains("RSVP=TRUE"), "{unfolded}");
    assert!(!unfolded.contains("payments@oncall.example.org"), "answers go nowhere else");
    for letter in [ben, cleo] {
        let News::Offer { offer, url } = &letter.news else { panic!("{letter:?}") };
        assert_eq!(offer.requester.as_deref(), Some("Ada Okafor"));
        assert!(url.starts_with("https://calendar.example.org/links/offer/"));
    }
}

#[tokio::test]
async fn without_a_domain_for_answers_nobody_gets_buttons_that_lead_nowhere() {
    let (_place, service) = mailing(false).await;
    asked(&service).await;
    render(&service, &["ada", "ben", "cleo"]).await;
    let ben = &letters(&service, "ben", "mail.offer").await[0];
    assert!(ben.invitation.is_none() && ben.reply_to.is_none());
    assert!(rows(&service, "ada", "mail.invitation").await.is_empty());
}

#[tokio::test]
async fn what_is_settled_before_it_is_sent_is_not_asked_any_more() {
    let (_place, service) = mailing(true).await;
    asked(&service).await;
    let offer = service.swaps(&operator(), &"payments".into(), None).await.unwrap()[0].offers[0].clone();
    let who = Actor::person(offer.person.clone(), Channel::Button);
    service.answer_offer(&who, &offer.id, Reply::Agree).await.unwrap();
    let other = if offer.person.as_str() == "ben" { "cleo" } else { "ben" };
    assert_eq!(letters(&service, other, "mail.offer").await, Vec::new());
    let told = letters(&service, "ada", "mail.swap").await;
    let News::Swap { state, taker, other, .. } = &told[0].news else { panic!("{told:?}") };
    assert_eq!((*state, *taker), (SwapState::Taken, false));
    assert!(other.as_ref().is_some_and(|name| name.starts_with(['B', 'C'])), "{other:?}");
}

#[tokio::test]
async fn a_shift_is_mailed_once_and_called_off_only_where_it_was_mailed() {
    let (_place, service) = mailing(true).await;
    stands(&service, "one", "primary", at(&service, 72), Some("ada")).await;
    render(&service, &["ada"]).await;
    render(&service, &["ada"]).await;
    let invited = letters(&service, "ada", "mail.invitation").await;
    assert_eq!(invited.len(), 1);
    let News::Shift { title, fate, cover, .. } = &invited[0].news else { panic!("{invited:?}") };
    assert_eq!((title.as_str(), *fate), ("On call: Payments, primary", Fate::Yours));
    assert!(cover.as_ref().unwrap().contains("/links/cover/one/0/ada/"));

    // Before it was sent the shift went to Ben: Ada is told of nothing.
    stands(&service, "one", "primary", at(&service, 72), Some("ben")).await;
    render(&service, &["ada", "ben"]).await;
    assert_eq!(letters(&service, "ada", "mail.invitation").await, Vec::new());

    let ben = letters(&service, "ben", "mail.invitation").await;
    service.letter_sent(&ben[0]).await.unwrap();
    stands(&service, "one", "primary", at(&service, 72), None).await;
    render(&service, &["ben"]).await;
    let gone = letters(&service, "ben", "mail.invitation").await;
    assert_eq!(gone.len(), 1, "what was said before is no longer true");
    let invitation = gone[0].invitation.as_ref().unwrap();
    assert_eq!(invitation.method, "CANCEL");
    assert!(invitation.calendar.contains("STATUS:CANCELLED") && invitation.calendar.contains("METHOD:CANCEL"));
    service.letter_sent(&gone[0]).await.unwrap();
    assert_eq!(letters(&service, "ben", "mail.invitation").await, Vec::new(), "called off once");
}

#[tokio::test]
async fn old_news_and_news_for_nobody_are_not_sent() {
    let (_place, service) = mailing(true).await;
    asked(&service).await;
    let row = rows(&service, "ben", "mail.offer").await.remove(0);
    assert!(service.letter(&row).await.unwrap().is_some());
    let later = service.as_of(service.ctx().now.plus_days(NEWS_DAYS).plus_hours(1));
    assert!(later.letter(&row).await.unwrap().is_none());
    let moved = Message { recipient: "nobody@example.org".to_owned(), ..row.clone() };
    assert!(service.letter(&moved).await.unwrap().is_none());
    assert!(service.mailing(None).letter(&row).await.unwrap().is_none());
}

#[tokio::test]
async fn a_meeting_goes_out_in_its_organizers_name_where_the_domain_allows_that() {
    let (_place, service) = mailing(true).await;
    let calendar = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:m\r\n\
                    DTSTAMP:20261201T090000Z\r\nDTSTART:20991201T090000Z\r\nDTEND:20991201T100000Z\r\nSUMMARY:Review\r\n\
                    ORGANIZER;CN=Ada:mailto:ada@example.org\r\nATTENDEE:mailto:eve@example.com\r\nEND:VEVENT\r\n\
                    END:VCALENDAR\r\n";
    let payload = |method: &str| {
        serde_json::json!({ "uid": "m", "method": method, "from": "ada@example.org", "name": "Ada Okafor",
            "calendar": calendar })
        .to_string()
    };
    let now = service.ctx().now;
    let row = |method: &str| Message {
        id: "row".to_owned(),
        at: now,
        kind: "mail.meeting".to_owned(),
        recipient: "Eve@example.com".to_owned(),
        payload: payload(method),
        dedupe: "row".to_owned(),
    };
    let invited = service.letter(&row("REQUEST")).await.unwrap().unwrap();
    assert_eq!(invited.from, ("Ada Okafor".to_owned(), Some("ada@example.org".to_owned())));
    assert_eq!(invited.to, ("eve@example.com".to_owned(), None));
    let answer_to = invited.reply_to.unwrap();
    assert!(answer_to.starts_with("oncall+") && answer_to.ends_with("@roster.example.org"));
    let unfolded = invited.invitation.unwrap().calendar.replace("\r\n ", "");
    assert!(unfolded.contains(&format!("ORGANIZER;CN=Ada:mailto:{answer_to}")), "{unfolded}");
    let answers = service.letter(&row("REPLY")).await.unwrap().unwrap();
    assert_eq!(answers.reply_to.as_deref(), Some("ada@example.org"));
    let elsewhere = MailSettings { from: "oncall@example.net".to_owned(), replies: None };
    let invited = service.mailing(Some(elsewhere)).letter(&row("REQUEST")).await.unwrap().unwrap();
    assert_eq!((invited.from.1, invited.reply_to.as_deref()), (None, Some("ada@example.org")));
}

#[tokio::test]
async fn each_reminder_is_a_letter_as_long_as_it_is_so() {
    let (_place, service) = mailing(true).await;
    stands(&service, "one", "primary", at(&service, 20), Some("ada")).await;
    let about = |about: &str, more: serde_json::Value| {
        let window = at(&service, 20);
        let mut payload = serde_json::json!({
            "about": about, "team": "payments", "slot": "one", "segment": 0, "role": "primary",
            "start": window.start.rfc3339(chrono_tz::UTC), "end": window.end.rfc3339(chrono_tz::UTC),
        });
        payload.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Message {
            id: "row".to_owned(),
            at: service.ctx().now,
            kind: "mail.reminder".to_owned(),
            recipient: "ada@example.org".to_owned(),
            payload: payload.to_string(),
            dedupe: "row".to_owned(),
        }
    };
    let news = async |row: Message| service.letter(&row).await.unwrap().map(|letter| letter.news);
    let soon = news(about("shift", serde_json::json!({}))).await;
    assert!(
        matches!(&soon, Some(News::Soon { url, cover: Some(_), .. }) if url.ends_with("/me/shifts/one/0")),
        "{soon:?}"
    );
    let until = serde_json::json!({ "qualification": "ACCESS", "how": "ask", "until": "2099-01-01T00:00:00Z" });
    let lapses = news(about("qualification", until)).await;
    assert!(matches!(&lapses, Some(News::Lapses { what, .. }) if what == "ACCESS"), "{lapses:?}");
    assert_eq!(news(about("gap", serde_json::json!({}))).await, None, "somebody holds it");
    stands(&service, "two", "primary", at(&service, 40), None).await;
    let gap = news(about("gap", serde_json::json!({ "slot": "two" }))).await;
    assert!(matches!(&gap, Some(News::Unheld { .. })), "{gap:?}");
    assert!(matches!(news(about("month", serde_json::json!({ "month": "2027-01" }))).await, Some(News::Month { .. })));
    let ada = Actor::person("ada".into(), Channel::Button);
    let swap = service.ask_for_cover(&ada, &"one".into(), 0, None).await.unwrap();
    let silent = news(about("offer", serde_json::json!({ "swap": swap.id, "offer": null }))).await;
    assert!(matches!(&silent, Some(News::Manager { matter: Matter::Silent, .. })), "{silent:?}");
}
