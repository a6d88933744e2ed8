//! Meetings between people: what one stores, and what the others then have.

use super::*;
use crate::store::outbox;

pub(super) const ADA: &str =
    "ORGANIZER;CN=Ada:mailto:ada@example.org\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:ada@example.org\r\n";
pub(super) const BOB: &str = "ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:bob@example.org\r\n";
pub(super) const MAX: &str = "ATTENDEE;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:max@example.org\r\n";

pub(super) fn meeting(more: &str) -> String {
    event("m", &format!("SUMMARY:Review\r\n{ADA}{more}"))
}

pub(super) fn work(who: &str) -> ObjectPath {
    object(who, "calendar", "m.ics")
}

impl World {
    /// Somebody's copy, unfolded; what the server names it after the UID.
    pub(super) async fn copy(&self, who: &str) -> String {
        self.body(who, &work(who)).await.unwrap_or_default().replace("\r\n ", "")
    }

    pub(super) async fn head(&self, who: &str) -> super::super::ObjectHead {
        self.service.object(&actor(who), &work(who)).await.unwrap().head
    }

    /// The messages in somebody's inbox, unfolded.
    pub(super) async fn inbox(&self, who: &str) -> Vec<String> {
        let mut found = Vec::new();
        for name in self.names(who, &calendar(who, "inbox")).await {
            let text = self.body(who, &object(who, "inbox", &name)).await.unwrap();
            found.push(text.replace("\r\n ", ""));
        }
        found
    }

    /// Somebody's client stores their copy changed.
    pub(super) async fn change(&self, who: &str, from: &str, to: &str) -> PutOutcome {
        let text = self.copy(who).await;
        assert!(text.contains(from), "{who} has no {from} in\n{text}");
        self.put(who, &work(who), &text.replace(from, to)).await.unwrap()
    }

    pub(super) async fn answers(&self, who: &str, answer: &str) -> PutOutcome {
        let text = self.copy(who).await;
        let line = text.lines().find(|l| l.starts_with("ATTENDEE") && l.ends_with(&format!("{who}@example.org")));
        let answered = format!("ATTENDEE;PARTSTAT={answer}:mailto:{who}@example.org");
        self.put(who, &work(who), &text.replace(line.unwrap(), &answered)).await.unwrap()
    }

    pub(super) async fn mail_to(&self, address: &'static str) -> Vec<serde_json::Value> {
        let rows = self.service.store.read(move |tx| outbox::to_recipient(tx, address)).await.unwrap();
        rows.iter().map(|due| serde_json::from_str(&due.message.payload).unwrap()).collect()
    }
}

/// The line of an attendee.
pub(super) fn line(text: &str, who: &str) -> String {
    let found = text.lines().find(|l| l.starts_with("ATTENDEE") && l.ends_with(&format!("{who}@example.org")));
    found.unwrap_or_else(|| panic!("no {who} in\n{text}")).to_owned()
}

#[tokio::test]
async fn an_invitation_lands_in_calendar_and_inbox_and_the_organizer_sees_that() {
    let world = World::new().await;
    let alarm = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:x\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\n";
    let stored = world.put("ada", &work("ada"), &meeting(&format!("{BOB}{MAX}X-SECRET:1\r\n{alarm}"))).await.unwrap();
    assert!(stored.etag.is_none(), "the server wrote into it, so that the client must read it again");
    assert!(stored.schedule_tag.is_some());
    let copy = world.copy("bob").await;
    assert!(copy.contains("SUMMARY:Review") && line(&copy, "bob").contains("NEEDS-ACTION"), "{copy}");
    assert!(!copy.contains("VALARM") && !copy.contains("X-SECRET") && !copy.contains("METHOD"), "{copy}");
    let messages = world.inbox("bob").await;
    assert!(messages.len() == 1 && messages[0].contains("METHOD:REQUEST"), "{messages:?}");
    assert!(line(&world.copy("ada").await, "bob").contains("SCHEDULE-STATUS=1.2"));
    assert!(world.head("bob").await.schedule_tag.is_some());
}

#[tokio::test]
async fn an_answer_reaches_the_organizer_and_the_others_in_silence() {
    let world = World::new().await;
    world.put("ada", &work("ada"), &meeting(&format!("{BOB}{MAX}"))).await.unwrap();
    let (ada, bob, max) = (world.head("ada").await, world.head("bob").await, world.head("max").await);
    let answered = world.answers("bob", "ACCEPTED").await;
    assert_eq!(answered.schedule_tag, bob.schedule_tag);
    let own = line(&world.copy("ada").await, "bob");
    assert!(own.contains("PARTSTAT=ACCEPTED") && own.contains("SCHEDULE-STATUS=2.0"), "{own}");
    assert!(line(&world.copy("max").await, "bob").contains("PARTSTAT=ACCEPTED"));
    assert!(world.copy("bob").await.contains("ORGANIZER;CN=Ada;SCHEDULE-STATUS=1.2:"));
    for (who, before) in [("ada", &ada), ("max", &max)] {
        let now = world.head(who).await;
        assert_eq!(now.schedule_tag, before.schedule_tag, "an answer leaves the Schedule-Tag of {who}");
        assert_ne!(now.etag, before.etag);
    }
    assert_eq!(world.inbox("max").await.len(), 1, "nobody is asked again");
    assert!(world.inbox("bob").await.is_empty(), "the question is answered");
    assert!(world.inbox("ada").await[0].contains("METHOD:REPLY"));
    // The organizer's client hasn't seen the answer yet, and Max's neither.
    let body = meeting(&format!("{BOB}{MAX}DESCRIPTION:agenda\r\n"));
    world.put_if("ada", &work("ada"), &body, if_match(&ada.etag)).await.unwrap();
    assert!(line(&world.copy("ada").await, "bob").contains("PARTSTAT=ACCEPTED"), "an answer isn't lost");
    let stale = world.copy("max").await.replace(&line(&world.copy("max").await, "max"), MAX.trim_end());
    let stale = stale.replace(MAX.trim_end(), &MAX.trim_end().replace("NEEDS-ACTION", "DECLINED"));
    assert!(world.put_if("max", &work("max"), &stale, if_match(&max.etag)).await.is_err(), "the description is new");
    world.put("max", &work("max"), &stale).await.unwrap();
    assert!(line(&world.copy("ada").await, "max").contains("PARTSTAT=DECLINED"));
}

#[tokio::test]
async fn what_an_attendee_may_not_change_is_put_back_but_another_organizer_is_refused() {
    let world = World::new().await;
    world.put("ada", &work("ada"), &meeting(&format!("{BOB}{MAX}"))).await.unwrap();
    world.change("bob", "SUMMARY:Review", "SUMMARY:Party").await;
    assert!(world.copy("bob").await.contains("SUMMARY:Review"));
    let text = world.copy("bob").await;
    let alarm = "BEGIN:VALARM\r\nACTION:DISPLAY\r\nTRIGGER:-PT5M\r\nEND:VALARM\r\nEND:VEVENT";
    world.put("bob", &work("bob"), &text.replace("END:VEVENT", alarm)).await.unwrap();
    assert!(world.copy("bob").await.contains("VALARM"), "alarms are their own");
    assert!(world.inbox("ada").await.is_empty(), "none of that is an answer");
    for organizer in ["ORGANIZER:mailto:max@example.org", "ORGANIZER:mailto:bob@example.org"] {
        let taken = text.replace("ORGANIZER;CN=Ada:mailto:ada@example.org", organizer);
        let refused = world.put("bob", &work("bob"), &taken).await;
        let code = "allowed-attendee-scheduling-object-change";
        assert!(matches!(refused, Err(ServiceError::Conflict { code: c, .. }) if c == code), "{refused:?}");
    }
    let href = text.replace("ORGANIZER;CN=Ada:mailto:ada@example.org", "ORGANIZER:/dav/principals/users/ada/");
    let line = line(&href, "bob");
    let href = href.replace(&line, "ATTENDEE;PARTSTAT=TENTATIVE:https://dogwatch.example/dav/principals/users/bob/");
    world.put("bob", &work("bob"), &href).await.unwrap();
    assert!(super::meetings::line(&world.copy("ada").await, "bob").contains("PARTSTAT=TENTATIVE"));
    let given = meeting(BOB).replace("ORGANIZER;CN=Ada:mailto:ada@", "ORGANIZER;CN=Bob:mailto:bob@");
    assert!(world.put("ada", &work("ada"), &given).await.is_err(), "an organizer doesn't hand a meeting over");
}

#[tokio::test]
async fn another_time_asks_again_and_whoever_is_taken_off_is_told() {
    let world = World::new().await;
    world.put("ada", &work("ada"), &meeting(&format!("{BOB}{MAX}"))).await.unwrap();
    world.answers("bob", "ACCEPTED").await;
    let tag = world.head("bob").await.schedule_tag;
    world.change("ada", "DTSTART:20261201T090000Z", "DTSTART:20261201T091500Z").await;
    let copy = world.copy("bob").await;
    assert!(copy.contains("T091500Z") && line(&copy, "bob").contains("NEEDS-ACTION"), "{copy}");
    assert_ne!(world.head("bob").await.schedule_tag, tag);
    assert!(line(&world.copy("ada").await, "bob").contains("NEEDS-ACTION"));
    assert!(world.inbox("bob").await[0].contains("METHOD:REQUEST"));
    let max = format!("{}\r\n", line(&world.copy("ada").await, "max"));
    world.change("ada", &max, "").await;
    assert!(world.copy("max").await.contains("STATUS:CANCELLED"));
    assert!(world.inbox("max").await[0].contains("METHOD:CANCEL"));
    assert!(!world.copy("bob").await.contains("max@"), "the others see who comes");
    world.delete("ada", &work("ada")).await.unwrap();
    assert!(world.copy("bob").await.contains("STATUS:CANCELLED"));
    let messages = world.inbox("bob").await;
    assert!(messages.len() == 1 && messages[0].contains("METHOD:CANCEL"), "{messages:?}");
    world.delete("bob", &work("bob")).await.unwrap();
    assert!(world.inbox("bob").await.is_empty());
}

#[tokio::test]
async fn the_same_again_tells_nobody_anything() {
    let world = World::new().await;
    let body = meeting(BOB);
    world.put("ada", &work("ada"), &body).await.unwrap();
    world
        .delete("bob", &object("bob", "inbox", &world.names("bob", &calendar("bob", "inbox")).await[0]))
        .await
        .unwrap();
    let bob = world.head("bob").await;
    world.put("ada", &work("ada"), &body).await.unwrap();
    let ada = world.head("ada").await;
    let again = world.body("ada", &work("ada")).await.unwrap();
    let same = world.put("ada", &work("ada"), &again).await.unwrap();
    assert!(world.inbox("bob").await.is_empty());
    assert_eq!((world.head("ada").await.etag, world.head("bob").await.etag), (ada.etag, bob.etag));
    assert_eq!(same.schedule_tag, ada.schedule_tag);
}

#[tokio::test]
async fn removing_a_copy_is_a_no_unless_no_reply_is_wanted_and_it_can_come_back() {
    let world = World::new().await;
    world.put("ada", &work("ada"), &meeting(&format!("{BOB}{MAX}"))).await.unwrap();
    let kept = world.copy("bob").await;
    let quiet = world.service.delete_object(&actor("max"), &work("max"), &Conditions::default(), false).await;
    quiet.unwrap();
    world.delete("bob", &work("bob")).await.unwrap();
    let text = world.copy("ada").await;
    assert!(line(&text, "bob").contains("PARTSTAT=DECLINED") && line(&text, "max").contains("NEEDS-ACTION"), "{text}");
    // A phone stores what it still has, under a name of its own, with what it may not change.
    let back = kept.replace("PARTSTAT=NEEDS-ACTION", "PARTSTAT=ACCEPTED").replace("SUMMARY:Review", "SUMMARY:Mine");
    world.put("bob", &object("bob", "calendar", "back.ics"), &back).await.unwrap();
    assert!(line(&world.copy("ada").await, "bob").contains("PARTSTAT=ACCEPTED"));
    let copy = world.body("bob", &object("bob", "calendar", "back.ics")).await.unwrap();
    assert!(copy.contains("SUMMARY:Review"), "{copy}");
}

#[tokio::test]
async fn one_instance_is_declined_or_called_off_and_the_rest_stands() {
    let world = World::new().await;
    world.put("ada", &work("ada"), &meeting(&format!("RRULE:FREQ=DAILY;COUNT=4\r\n{BOB}{MAX}"))).await.unwrap();
    world.change("bob", "RRULE:", "EXDATE:20261202T090000Z\r\nRRULE:").await;
    let text = world.copy("ada").await;
    assert!(text.contains("RECURRENCE-ID:20261202T090000Z") && text.contains("PARTSTAT=DECLINED"), "{text}");
    assert!(world.copy("max").await.contains("PARTSTAT=DECLINED"));
    let own = world.copy("bob").await;
    assert!(own.contains("EXDATE:20261202T090000Z") && !own.contains("DECLINED"), "{own}");
    world.change("ada", "RRULE:", "EXDATE:20261203T090000Z\r\nRRULE:").await;
    assert!(world.copy("max").await.contains("EXDATE:20261203T090000Z"));
    let messages = world.inbox("max").await;
    assert!(messages.iter().any(|m| m.contains("METHOD:CANCEL") && m.contains("RECURRENCE-ID:20261203T090000Z")));
}

#[tokio::test]
async fn a_team_means_its_members_and_addresses_elsewhere_get_mail() {
    let world = World::new().await;
    let others = "ATTENDEE:mailto:payments@dogwatch.example\r\nATTENDEE:mailto:eve@example.com\r\n\
                  ATTENDEE:mailto:ghost@dogwatch.example\r\nATTENDEE:urn:uuid:1\r\n";
    world.put("ada", &work("ada"), &meeting(others)).await.unwrap();
    let text = world.copy("ada").await;
    for who in ["bob", "max"] {
        assert!(line(&text, who).contains("MEMBER=\"mailto:payments@dogwatch.example\""), "{text}");
        assert!(world.copy(who).await.contains("SUMMARY:Review"));
    }
    assert_eq!(text.matches("ada@example.org").count(), 2, "the organizer isn't invited to their own meeting: {text}");
    let status = |address: &str| {
        let line = text.lines().find(|l| l.starts_with("ATTENDEE") && l.ends_with(address)).unwrap();
        line.split("SCHEDULE-STATUS=").nth(1).map(|rest| rest[..3].to_owned())
    };
    assert_eq!(status("eve@example.com").as_deref(), Some("1.0"));
    assert_eq!(status("ghost@dogwatch.example").as_deref(), Some("3.7"));
    assert_eq!(status("urn:uuid:1").as_deref(), Some("3.7"));
    let mail = world.mail_to("eve@example.com").await;
    assert!(mail.len() == 1 && mail[0]["method"] == "REQUEST", "{mail:?}");
    world.delete("ada", &work("ada")).await.unwrap();
    assert_eq!(world.mail_to("eve@example.com").await[1]["method"], "CANCEL");
    assert!(world.mail_to("ghost@dogwatch.example").await.is_empty());
}

#[tokio::test]
async fn what_somebody_outside_organises_is_stored_as_it_comes_and_answered_by_mail() {
    let world = World::new().await;
    let lines = |answer: &str, title: &str| {
        event(
            "m",
            &format!(
                "SUMMARY:{title}\r\nORGANIZER:mailto:eve@example.com\r\n\
                 ATTENDEE;PARTSTAT={answer}:mailto:bob@example.org\r\n"
            ),
        )
    };
    world.put("bob", &work("bob"), &lines("NEEDS-ACTION", "1")).await.unwrap();
    assert!(world.mail_to("eve@example.com").await.is_empty());
    assert!(world.put("bob", &work("bob"), &lines("ACCEPTED", "2")).await.unwrap().etag.is_some());
    assert!(world.copy("bob").await.contains("SUMMARY:2"));
    world.delete("bob", &work("bob")).await.unwrap();
    let mail = world.mail_to("eve@example.com").await;
    let told = |n: usize, answer: &str| mail[n]["calendar"].as_str().unwrap().contains(&format!("PARTSTAT={answer}"));
    assert!(mail.len() == 2 && told(0, "ACCEPTED") && told(1, "DECLINED"), "{mail:?}");
    let client = lines("ACCEPTED", "3").replace("ORGANIZER:", "ORGANIZER;SCHEDULE-AGENT=CLIENT:");
    world.put("bob", &work("bob"), &client).await.unwrap();
    assert_eq!(world.mail_to("eve@example.com").await.len(), 2, "the client tells them itself");
}

#[tokio::test]
async fn nobody_gets_hold_of_anothers_event_by_its_uid_nor_into_a_meeting_uninvited() {
    let world = World::new().await;
    let own = meeting(MAX).replace("ada@", "bob@").replace("Review", "Private");
    world.put("bob", &work("bob"), &own).await.unwrap();
    world.put("ada", &work("ada"), &meeting(&format!("{BOB}{MAX}"))).await.unwrap();
    assert!(world.copy("bob").await.contains("SUMMARY:Private"));
    assert!(world.inbox("bob").await.is_empty());
    for who in ["bob", "max"] {
        assert!(line(&world.copy("ada").await, who).contains("SCHEDULE-STATUS=5.3"), "{who}");
    }
    world.delete("bob", &work("bob")).await.unwrap();
    world.delete("max", &work("max")).await.unwrap();
    world.change("ada", "SUMMARY:Review", "SUMMARY:Second").await;
    let crash = meeting("ATTENDEE;PARTSTAT=ACCEPTED:mailto:root@example.org\r\n");
    let refused = world.put("root", &work("root"), &crash).await;
    let code = "allowed-attendee-scheduling-object-change";
    assert!(matches!(refused, Err(ServiceError::Conflict { code: c, .. }) if c == code), "{refused:?}");
    let kept = crash.replace("ORGANIZER;", "ORGANIZER;SCHEDULE-AGENT=NONE;");
    world.put("root", &work("root"), &kept).await.unwrap();
    assert!(!world.copy("ada").await.contains("root@"));
    let others = world
        .copy("max")
        .await
        .replace(&line(&world.copy("max").await, "bob"), "ATTENDEE;PARTSTAT=ACCEPTED:mailto:bob@example.org");
    world.put("max", &work("max"), &others).await.unwrap();
    assert!(line(&world.copy("ada").await, "bob").contains("NEEDS-ACTION"), "nobody answers for others");
}

#[tokio::test]
async fn a_meeting_moves_between_calendars_and_ends_with_its_calendar() {
    let world = World::new().await;
    let new = super::super::NewCollection { outside: false, components: None, properties: Vec::new() };
    world.service.make_collection(&actor("ada"), &calendar("ada", "talks"), new).await.unwrap();
    world.put("ada", &work("ada"), &meeting(BOB)).await.unwrap();
    let (tag, copy) = (world.head("ada").await.schedule_tag, world.head("bob").await.etag);
    let to = object("ada", "talks", "m.ics");
    world.service.move_object(&actor("ada"), &way(&work("ada"), &to, true)).await.unwrap();
    assert_eq!(world.service.object(&actor("ada"), &to).await.unwrap().head.schedule_tag, tag);
    assert_eq!(world.head("bob").await.etag, copy);
    world.answers("bob", "ACCEPTED").await;
    assert!(line(&world.body("ada", &to).await.unwrap().replace("\r\n ", ""), "bob").contains("PARTSTAT=ACCEPTED"));
    world.service.delete_collection(&actor("ada"), &calendar("ada", "talks")).await.unwrap();
    assert!(world.copy("bob").await.contains("STATUS:CANCELLED"));
}
