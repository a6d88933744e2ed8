//! Whom an invitation reaches, under which name, and what is not worth a word.

use super::meetings::{BOB, MAX, line, meeting, work};
use super::*;

#[tokio::test]
async fn an_event_of_ones_own_makes_room_for_an_invitation_with_its_uid() {
    let world = World::new().await;
    world.put("bob", &work("bob"), &event("m", "SUMMARY:Private\r\n")).await.unwrap();
    world.put("ada", &work("ada"), &meeting(BOB)).await.unwrap();
    assert!(line(&world.copy("ada").await, "bob").contains("SCHEDULE-STATUS=1.2"));
    assert!(world.copy("bob").await.contains("SUMMARY:Review"));
    let names = world.names("bob", &calendar("bob", "calendar")).await;
    assert_eq!(names.len(), 2, "{names:?}");
    let own = names.iter().find(|name| *name != "m.ics").unwrap();
    let own = world.body("bob", &object("bob", "calendar", own)).await.unwrap();
    assert!(own.contains("SUMMARY:Private") && !own.contains("UID:m\r\n"), "{own}");
}

#[tokio::test]
async fn a_uid_that_would_need_encoding_names_no_copy() {
    let world = World::new().await;
    let body = meeting(BOB).replace("UID:m\r\n", "UID:m@example.org\r\n");
    world.put("ada", &work("ada"), &body).await.unwrap();
    let names = world.names("bob", &calendar("bob", "calendar")).await;
    assert!(names.len() == 1 && !names[0].contains('@'), "{names:?}");
}

#[tokio::test]
async fn what_is_over_is_changed_and_removed_without_a_word() {
    let world = World::new().await;
    let past = |text: &str| text.replace("20261201T", "20200101T");
    world.put("ada", &work("ada"), &past(&meeting(&format!("{BOB}{MAX}")))).await.unwrap();
    assert!(world.copy("bob").await.contains("SUMMARY:Review"), "somebody notes who was there");
    for who in ["bob", "max"] {
        for name in world.names(who, &calendar(who, "inbox")).await {
            world.delete(who, &object(who, "inbox", &name)).await.unwrap();
        }
    }
    world.change("ada", "SUMMARY:Review", "SUMMARY:Retro").await;
    assert!(world.copy("bob").await.contains("SUMMARY:Retro"));
    world.delete("bob", &work("bob")).await.unwrap();
    assert!(world.inbox("ada").await.is_empty() && !world.copy("ada").await.contains("DECLINED"));
    world.delete("ada", &work("ada")).await.unwrap();
    assert!(world.inbox("max").await.is_empty());
    assert!(!world.copy("max").await.contains("CANCELLED"), "it did take place");
}

#[tokio::test]
async fn whoever_was_disabled_is_nobody_and_a_tag_in_an_address_means_the_same_person() {
    let world = World::new().await;
    let now = world.service.ctx().now;
    world.service.store.write(move |tx| people::disable(tx, &PersonId::from("max"), now)).await.unwrap();
    let tagged = BOB.replace("bob@", "Bob+work@");
    world.put("ada", &work("ada"), &meeting(&format!("{tagged}{MAX}"))).await.unwrap();
    let text = world.copy("ada").await;
    assert!(line(&text, "max").contains("SCHEDULE-STATUS=3.7"), "{text}");
    assert!(text.contains("SCHEDULE-STATUS=1.2:mailto:Bob+work@example.org"), "{text}");
    world.change("bob", "PARTSTAT=NEEDS-ACTION", "PARTSTAT=ACCEPTED").await;
    let text = world.copy("ada").await;
    assert!(text.contains("PARTSTAT=ACCEPTED;SCHEDULE-STATUS=2.0:mailto:Bob+work@example.org"), "{text}");
    assert!(world.inbox("ada").await[0].contains("Bob+work@"), "answered from the address that was invited");
}

#[tokio::test]
async fn a_group_says_what_it_is_and_that_its_members_were_told() {
    let world = World::new().await;
    world.put("ada", &work("ada"), &meeting("ATTENDEE:mailto:payments@dogwatch.example\r\n")).await.unwrap();
    let text = world.copy("ada").await;
    let group = text.lines().find(|l| l.ends_with("payments@dogwatch.example") && l.starts_with("ATTENDEE")).unwrap();
    assert!(group.contains("CUTYPE=GROUP") && group.contains("SCHEDULE-STATUS=1.2"), "{group}");
    assert!(line(&text, "bob").contains("SCHEDULE-STATUS=1.2"));
}

#[tokio::test]
async fn removing_a_calendar_calls_off_what_is_ones_own_and_declines_the_rest() {
    let world = World::new().await;
    let new = super::super::NewCollection { outside: false, components: None, properties: Vec::new() };
    world.service.make_collection(&actor("bob"), &calendar("bob", "talks"), new).await.unwrap();
    world.put("ada", &work("ada"), &meeting(BOB)).await.unwrap();
    let to = object("bob", "talks", "m.ics");
    world.service.move_object(&actor("bob"), &way(&work("bob"), &to, true)).await.unwrap();
    let own = meeting(MAX).replace("ada@", "bob@").replace("UID:m\r\n", "UID:n\r\n");
    world.put("bob", &object("bob", "talks", "n.ics"), &own).await.unwrap();
    world.service.delete_collection(&actor("bob"), &calendar("bob", "talks")).await.unwrap();
    assert!(line(&world.copy("ada").await, "bob").contains("PARTSTAT=DECLINED"));
    let max = world.body("max", &object("max", "calendar", "n.ics")).await.unwrap();
    assert!(max.contains("STATUS:CANCELLED"), "{max}");
}

#[tokio::test]
async fn an_answer_can_be_passed_on_to_somebody_else() {
    let world = World::new().await;
    world.put("ada", &work("ada"), &meeting(BOB)).await.unwrap();
    world.change("bob", "PARTSTAT=NEEDS-ACTION", "PARTSTAT=DELEGATED;DELEGATED-TO=\"mailto:max@example.org\"").await;
    let text = world.copy("ada").await;
    assert!(line(&text, "bob").contains("DELEGATED-TO=\"mailto:max@example.org\""), "{text}");
    assert!(line(&text, "max").contains("DELEGATED-FROM=\"mailto:bob@example.org\""), "{text}");
    assert!(world.inbox("max").await[0].contains("METHOD:REQUEST"));
    world.change("max", "PARTSTAT=NEEDS-ACTION", "PARTSTAT=ACCEPTED").await;
    assert!(line(&world.copy("ada").await, "max").contains("PARTSTAT=ACCEPTED"));
    assert!(line(&world.copy("bob").await, "max").contains("PARTSTAT=ACCEPTED"), "whoever delegated sees it, too");
}

#[tokio::test]
async fn a_client_may_have_an_invitation_sent_again() {
    let world = World::new().await;
    world.put("ada", &work("ada"), &meeting(BOB)).await.unwrap();
    for name in world.names("bob", &calendar("bob", "inbox")).await {
        world.delete("bob", &object("bob", "inbox", &name)).await.unwrap();
    }
    world.change("ada", "SCHEDULE-STATUS=1.2", "SCHEDULE-FORCE-SEND=REQUEST").await;
    assert!(world.inbox("bob").await[0].contains("METHOD:REQUEST"));
    assert!(!world.copy("ada").await.contains("FORCE-SEND"));
}

#[tokio::test]
async fn an_inbox_keeps_a_month_of_messages_and_invitations_until_they_are_over() {
    use crate::service::Clock;
    use crate::time::DAY;
    let world = World::new().await;
    let at = |days: i64| Instant::from_millis(1_796_000_000_000 + days * DAY);
    let on = |days: i64| Service { clock: Clock::system().stopped_at(at(days)), ..world.service.clone() };
    let february = meeting(&format!("{BOB}{MAX}")).replace("20261201T", "20270201T");
    on(0).put_object(&actor("ada"), &work("ada"), request(&february)).await.unwrap();
    let own = line(&world.copy("bob").await, "bob");
    let answered = world.copy("bob").await.replace(&own, "ATTENDEE;PARTSTAT=ACCEPTED:mailto:bob@example.org");
    on(0).put_object(&actor("bob"), &work("bob"), request(&answered)).await.unwrap();
    on(20).advance().await.unwrap();
    assert_eq!((world.inbox("ada").await.len(), world.inbox("max").await.len()), (1, 1));
    on(31).advance().await.unwrap();
    assert_eq!((world.inbox("ada").await.len(), world.inbox("max").await.len()), (0, 1), "the answer goes");
    on(90).advance().await.unwrap();
    assert_eq!(world.inbox("max").await.len(), 0, "it is over");
}

#[tokio::test]
async fn who_writes_in_anothers_calendar_invites_and_answers_in_their_name() {
    use super::super::{Extent, Grantee};
    let world = World::new().await;
    let (bob, ada) = (PersonId::from("bob"), Grantee::Person(PersonId::from("ada")));
    world.service.share_calendar(&actor("bob"), (&bob, "calendar"), &ada, Extent::Write).await.unwrap();
    let own = meeting(MAX).replace("mailto:ada@", "mailto:bob@");
    let both = own.replace("END:VEVENT", "ATTENDEE:mailto:ada@example.org\r\nEND:VEVENT");
    world.put("ada", &work("bob"), &both).await.unwrap();
    assert!(world.copy("max").await.contains("ORGANIZER;CN=Ada:mailto:bob@"), "from whom the calendar is");
    assert_eq!(world.inbox("ada").await.len(), 1, "invited once, whatever else she sees");
    assert!(world.copy("ada").await.contains("SUMMARY:Review"));
    let invited = meeting(BOB).replace("mailto:ada@", "mailto:max@").replace("UID:m\r\n", "UID:n\r\n");
    world.put("max", &object("max", "calendar", "n.ics"), &invited).await.unwrap();
    let path = object("bob", "calendar", "n.ics");
    let text = world.body("bob", &path).await.unwrap();
    world.put("ada", &path, &text.replace("PARTSTAT=NEEDS-ACTION", "PARTSTAT=ACCEPTED")).await.unwrap();
    let answered = world.body("max", &object("max", "calendar", "n.ics")).await.unwrap().replace("\r\n ", "");
    assert!(line(&answered, "bob").contains("PARTSTAT=ACCEPTED"), "{answered}");
}
