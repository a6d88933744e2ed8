//! Scheduling messages from outside, and those that people post.

use super::super::{Delivery, Receipt};
use super::meetings::{BOB, line, meeting, work};
use super::*;

const EVE: &str = "mailto:eve@example.com";

/// A message about the meeting `m` that Eve, who has no account here, organises.
fn from_eve(method: &str, sequence: u32, more: &str) -> String {
    let lines = format!(
        "SEQUENCE:{sequence}\r\nORGANIZER;CN=Eve:{EVE}\r\n\
         ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:bob@example.org\r\n{more}"
    );
    event("m", &lines).replace("BEGIN:VEVENT", &format!("METHOD:{method}\r\nBEGIN:VEVENT"))
}

/// A message about Ada's meeting from an attendee.
fn from_attendee(method: &str, attendee: &str, more: &str) -> String {
    let lines = format!("ORGANIZER:mailto:ada@example.org\r\nATTENDEE{attendee}\r\n{more}");
    event("m", &lines).replace("BEGIN:VEVENT", &format!("METHOD:{method}\r\nBEGIN:VEVENT"))
}

impl World {
    async fn arrives(&self, from: &str, to: &str, text: &str) -> Receipt {
        let to = format!("{to}@example.org");
        self.service.receive_meeting(from, &to, text.as_bytes().to_vec()).await.unwrap()
    }

    async fn posts(&self, who: &str, text: &str) -> Result<Vec<Delivery>, ServiceError> {
        self.service.post_meeting(&actor(who), &PersonId::from(who), text.as_bytes().to_vec()).await
    }
}

#[tokio::test]
async fn an_invitation_by_mail_is_delivered_answered_changed_and_called_off() {
    let world = World::new().await;
    let invited = world.arrives(EVE, "bob", &from_eve("REQUEST", 1, "SUMMARY:Caf\u{e9}\r\n")).await;
    assert_eq!(invited, Receipt::Taken);
    let copy = world.copy("bob").await;
    assert!(copy.contains("SUMMARY:Caf\u{e9}") && !copy.contains("METHOD"), "{copy}");
    assert!(world.inbox("bob").await[0].contains("METHOD:REQUEST"));
    world.change("bob", "PARTSTAT=NEEDS-ACTION", "PARTSTAT=ACCEPTED").await;
    let mail = world.mail_to("eve@example.com").await;
    assert!(mail.len() == 1 && mail[0]["method"] == "REPLY", "{mail:?}");
    let late = world.arrives(EVE, "bob", &from_eve("REQUEST", 0, "SUMMARY:Old\r\n")).await;
    assert_eq!(late, Receipt::Ignored("a newer version is here"));
    let moved = from_eve("REQUEST", 2, "SUMMARY:New\r\n").replace("20261201T09", "20261201T08");
    assert_eq!(world.arrives(EVE, "bob", &moved).await, Receipt::Taken);
    assert!(world.copy("bob").await.contains("T080000Z"));
    assert_eq!(world.arrives(EVE, "bob", &from_eve("CANCEL", 3, "")).await, Receipt::Taken);
    assert!(world.copy("bob").await.contains("STATUS:CANCELLED"));
    assert!(world.inbox("bob").await[0].contains("METHOD:CANCEL"));
}

#[tokio::test]
async fn an_answer_by_mail_reaches_the_organizer_and_the_others() {
    let world = World::new().await;
    let eve = format!("ATTENDEE;PARTSTAT=NEEDS-ACTION:{EVE}\r\n");
    world.put("ada", &work("ada"), &meeting(&format!("{BOB}{eve}"))).await.unwrap();
    let accepted = from_attendee("REPLY", &format!(";PARTSTAT=ACCEPTED:{EVE}"), "REQUEST-STATUS:2.0;Success\r\n");
    assert_eq!(world.arrives("eve@example.com", "ada", &accepted).await, Receipt::Taken);
    let line = |text: &str| text.lines().find(|l| l.ends_with("eve@example.com")).unwrap().to_owned();
    assert!(line(&world.copy("ada").await).contains("PARTSTAT=ACCEPTED;SCHEDULE-STATUS=2.0"));
    assert!(line(&world.copy("bob").await).contains("PARTSTAT=ACCEPTED"));
    assert!(world.inbox("ada").await[0].contains("METHOD:REPLY"));
    let sent = world.mail_to("eve@example.com").await.len();
    let question = from_attendee("REFRESH", &format!(":{EVE}"), "");
    assert_eq!(world.arrives(EVE, "ada", &question).await, Receipt::Answered);
    let proposal = from_attendee("COUNTER", &format!(":{EVE}"), "COMMENT:later?\r\n");
    assert_eq!(world.arrives(EVE, "ada", &proposal).await, Receipt::Answered);
    let mail = world.mail_to("eve@example.com").await;
    assert_eq!((&mail[sent]["method"], &mail[sent + 1]["method"]), (&"REQUEST".into(), &"DECLINECOUNTER".into()));
    assert!(world.inbox("ada").await.iter().any(|message| message.contains("COMMENT:later?")));
}

#[tokio::test]
async fn a_message_in_somebody_elses_name_or_about_nothing_is_ignored() {
    let world = World::new().await;
    world.put("ada", &work("ada"), &meeting(BOB)).await.unwrap();
    let (before, ada) = (world.copy("bob").await, "mailto:ada@example.org");
    let eve = |method: &str| from_eve(method, 9, "");
    let spoofed = from_eve("CANCEL", 9, "").replace(EVE, ada);
    for (from, to, text, why) in [
        (ada, "bob", spoofed.clone(), "people here invite and answer in their calendars"),
        (EVE, "bob", spoofed, "the sender is not the ORGANIZER"),
        (EVE, "bob", eve("REQUEST"), "another organizer's event has this UID"),
        (EVE, "bob", eve("PUBLISH"), "this METHOD is not taken"),
        (EVE, "bob", eve("REQUEST").replace("UID:m\r\n", ""), "it has no UID"),
        (EVE, "bob", "x".to_owned(), "it is no calendar"),
        (EVE, "max", eve("REQUEST").replace("UID:m", "UID:n"), "it is not for this person"),
        (EVE, "max", eve("CANCEL").replace("UID:m", "UID:n").replace("bob@", "max@"), "there is no such event"),
        (EVE, "nobody", eve("REQUEST"), "nobody here has this address"),
        (
            EVE,
            "ada",
            from_attendee("REPLY", ";PARTSTAT=DECLINED:mailto:bob@example.org", ""),
            "the sender is not the ATTENDEE",
        ),
        (
            EVE,
            "ada",
            from_attendee("REPLY", &format!(";PARTSTAT=ACCEPTED:{EVE}"), ""),
            "it answers nothing that stands",
        ),
        (EVE, "ada", from_attendee("COUNTER", &format!(":{EVE}"), ""), "whoever proposes is not invited"),
        (EVE, "max", from_attendee("REPLY", &format!(":{EVE}"), ""), "they organise no such event"),
    ] {
        assert_eq!(world.arrives(from, to, &text).await, Receipt::Ignored(why), "{from} to {to}: {text}");
    }
    assert_eq!(world.copy("bob").await, before);
    assert!(!world.copy("ada").await.contains("eve@"));
}

#[tokio::test]
async fn one_more_instance_of_a_series_that_is_not_known_is_asked_for() {
    let world = World::new().await;
    let more = from_eve("ADD", 1, "").replace("20261201", "20261208");
    assert_eq!(world.arrives(EVE, "bob", &more).await, Receipt::Answered);
    assert_eq!(world.mail_to("eve@example.com").await[0]["method"], "REFRESH");
    let series = from_eve("REQUEST", 0, "RRULE:FREQ=DAILY;COUNT=2\r\n");
    assert_eq!(world.arrives(EVE, "bob", &series).await, Receipt::Taken);
    assert_eq!(world.arrives(EVE, "bob", &more).await, Receipt::Taken);
    assert!(world.copy("bob").await.contains("RECURRENCE-ID:20261208T090000Z"));
}

#[tokio::test]
async fn a_proposal_is_posted_turned_down_and_seen_by_the_organizer() {
    let world = World::new().await;
    world.put("ada", &work("ada"), &meeting(BOB)).await.unwrap();
    let proposal = from_attendee("COUNTER", ":mailto:bob@example.org", "COMMENT:later?\r\n");
    let sent = world.posts("bob", &proposal).await.unwrap();
    assert_eq!((sent[0].recipient.as_str(), sent[0].status.as_str()), ("mailto:ada@example.org", "2.0;Success"));
    assert!(world.inbox("bob").await.iter().any(|message| message.contains("METHOD:DECLINECOUNTER")));
    assert!(world.inbox("ada").await[0].contains("METHOD:COUNTER"));
    assert!(line(&world.copy("ada").await, "bob").contains("NEEDS-ACTION"));
    let refused = world.posts("max", &proposal).await;
    let code = "valid-scheduling-message";
    assert!(matches!(refused, Err(ServiceError::Conflict { code: c, .. }) if c == code), "{refused:?}");
    let uninvited = world.posts("max", &proposal.replace("bob@", "max@")).await.unwrap();
    assert_eq!(uninvited[0].status, "5.3;whoever proposes is not invited");
    let outside = proposal.replace("ORGANIZER:mailto:ada@example.org", &format!("ORGANIZER:{EVE}"));
    assert_eq!(world.posts("bob", &outside).await.unwrap()[0].status, "1.0;Pending");
    assert_eq!(world.mail_to("eve@example.com").await[0]["method"], "COUNTER");
}

#[tokio::test]
async fn who_has_lost_their_copy_asks_for_it() {
    let world = World::new().await;
    world.put("ada", &work("ada"), &meeting(BOB)).await.unwrap();
    world.service.delete_object(&actor("bob"), &work("bob"), &Conditions::default(), false).await.unwrap();
    let sent = world.posts("bob", &from_attendee("REFRESH", ":mailto:bob@example.org", "")).await.unwrap();
    assert_eq!(sent[0].status, "2.0;Success");
    assert!(world.copy("bob").await.contains("SUMMARY:Review"));
    assert!(world.inbox("bob").await[0].contains("METHOD:REQUEST"));
    assert!(world.inbox("ada").await.is_empty(), "a question is no answer");
}

#[tokio::test]
async fn what_is_said_by_storing_an_event_cannot_be_posted() {
    let world = World::new().await;
    for method in ["REQUEST", "REPLY", "ADD", "CANCEL", "PUBLISH"] {
        let refused = world.posts("bob", &from_attendee(method, ":mailto:bob@example.org", "")).await;
        let code = "valid-scheduling-message";
        assert!(matches!(refused, Err(ServiceError::Conflict { code: c, .. }) if c == code), "{method}: {refused:?}");
    }
}
