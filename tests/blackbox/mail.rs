//! Mail as a relay gets it: who is written to, in which parts, and what becomes of it when the relay says no.

use crate::support::Server;
use crate::support::mail_server::{Mail, MailServer};
use serde_json::{Value, json};
use std::time::Duration;

/// Asks for cover of the next shift, and says whose it is.
fn ask_for_cover(server: &Server) -> (String, String) {
    let found = server.api("GET", "/teams/payments/on-call", &Value::Null).expect(200).json();
    let next = found["next"].as_array().unwrap();
    let watch = next.iter().find(|watch| !watch["person"].is_null() && watch["role"] != "shadow").unwrap();
    let (slot, holder) = (watch["slot"].as_str().unwrap(), watch["person"]["id"].as_str().unwrap());
    let asked = json!({ "reason": "<b>away</b>" });
    server.api("POST", &format!("/slots/{slot}/cover"), &asked).expect(201);
    (slot.to_owned(), holder.to_owned())
}

fn about(mails: &[Mail], subject: &str) -> Vec<Mail> {
    mails.iter().filter(|mail| mail.header("Subject").contains(subject)).cloned().collect()
}

#[test]
fn whoever_is_asked_gets_a_mail_with_the_link_and_nobody_with_a_calendar_app_a_calendar_part() {
    let relay = MailServer::start();
    let server = Server::with_demo(&relay.config(""));
    let (_, holder) = ask_for_cover(&server);
    let asked = about(&relay.all(Duration::from_secs(3)), "Can you stand it?");
    assert!(!asked.is_empty());
    for mail in &asked {
        assert_eq!((mail.from.as_str(), mail.header("Auto-Submitted")), ("oncall@example.org", "auto-generated"));
        assert!(mail.header("Content-Type").starts_with("multipart/alternative"));
        assert!(mail.text.contains("/links/offer/") || mail.text.contains("/links/offe="), "{}", mail.text);
        assert!(!mail.text.contains("text/calendar"));
        assert!(!mail.headers.iter().any(|line| line.starts_with("Bcc")));
        assert!(!mail.text.contains("<b>away</b>"), "escaped in HTML, and encoded in text");
        assert!(!mail.to.starts_with(&holder));
    }
}

#[test]
fn a_mail_that_the_relay_does_not_take_now_comes_again_under_the_same_id_and_one_for_nobody_is_given_up() {
    let relay = MailServer::start();
    let server = Server::with_demo(&relay.config(""));
    relay.answer(&["451 4.3.0 later", "550 5.1.1 nobody here"]);
    ask_for_cover(&server);
    let mails = relay.all(Duration::from_secs(12));
    assert!(!mails.is_empty(), "what was put off comes again");
    let mut ids: Vec<&str> = mails.iter().map(|mail| mail.header("Message-ID")).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), mails.len(), "each once");
    let outbox: Value = serde_json::from_str(&server.command(&["outbox", "--json"])).unwrap();
    let stuck = outbox["stuck"].as_array().unwrap();
    assert!(stuck.iter().any(|one| one["reason"].as_str().unwrap().contains("5.1.1")), "{outbox}");
}
