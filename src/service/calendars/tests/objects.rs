//! PUT, DELETE and MOVE of objects.

use super::*;
use crate::ical::check::Refusal;
use crate::store::objects::{self as object_rows, NewObject};
use crate::time::Window;

fn work(name: &str) -> ObjectPath {
    object("ada", "calendar", name)
}

#[tokio::test]
async fn what_is_stored_comes_back_byte_for_byte_with_the_tag_of_its_bytes() {
    let world = World::new().await;
    let body = event("a", "X-ODD;X-P=\"q\":kept  \r\n").replace("\r\nUID", "\nUID");
    let first = world.put("ada", &work("a.ics"), &body).await.unwrap();
    assert!(first.created);
    assert_eq!(world.body("ada", &work("a.ics")).await.unwrap(), body);
    let view = world.service.object(&actor("ada"), &work("a.ics")).await.unwrap();
    assert_eq!(Some(view.head.etag), first.etag);
    let token = world.service.collection(&actor("ada"), &calendar("ada", "calendar")).await.unwrap().sync_token();
    let again = world.put("ada", &work("a.ics"), &body).await.unwrap();
    assert_eq!((again.created, again.etag), (false, first.etag));
    let after = world.service.collection(&actor("ada"), &calendar("ada", "calendar")).await.unwrap();
    assert_ne!(after.sync_token(), token, "whoever waits for the write in a listing of changes shall see it");
}

#[tokio::test]
async fn conditions_are_tested_before_anything_is_written() {
    let world = World::new().await;
    let body = event("a", "");
    let missing = world.put_if("ada", &work("a.ics"), &body, if_match("*")).await;
    assert!(matches!(missing, Err(ServiceError::PreconditionFailed)));
    let etag = world.put_if("ada", &work("a.ics"), &body, if_none_match("*")).await.unwrap().etag.unwrap();
    let other = event("a", "SUMMARY:2\r\n");
    for refused in [if_none_match("*"), if_match("\"stale\""), if_none_match(&etag)] {
        let put = world.put_if("ada", &work("a.ics"), &other, refused).await;
        assert!(matches!(put, Err(ServiceError::PreconditionFailed)));
    }
    assert_eq!(world.body("ada", &work("a.ics")).await.unwrap(), body);
    assert!(world.put_if("ada", &work("a.ics"), &other, if_match(&format!("\"x\", W/{etag}"))).await.is_ok());
    let stale = world.service.delete_object(&actor("ada"), &work("a.ics"), &if_match(&etag), true).await;
    assert!(matches!(stale, Err(ServiceError::PreconditionFailed)));
    assert!(world.delete("ada", &work("a.ics")).await.is_ok());
    assert!(matches!(world.delete("ada", &work("a.ics")).await, Err(ServiceError::NotFound(_))));
}

#[tokio::test]
async fn of_many_writers_with_one_tag_one_succeeds() {
    let world = World::new().await;
    let etag = world.put("ada", &work("a.ics"), &event("a", "")).await.unwrap().etag.unwrap();
    let mut racing = Vec::new();
    for n in 0..20 {
        let (service, conditions) = (world.service.clone(), if_match(&etag));
        racing.push(tokio::spawn(async move {
            let body = event("a", &format!("SUMMARY:{n}\r\n"));
            service.put_object(&actor("ada"), &work("a.ics"), PutRequest { conditions, ..request(&body) }).await
        }));
    }
    let mut won = 0;
    for one in racing {
        match one.await.unwrap() {
            Ok(_) => won += 1,
            Err(error) => assert!(matches!(error, ServiceError::PreconditionFailed)),
        }
    }
    assert_eq!(won, 1);
}

#[tokio::test]
async fn an_invitation_takes_any_tag_since_its_schedule_tag_changed() {
    let world = World::new().await;
    let invited = |answer: &str| {
        event(
            "m",
            &format!(
                "ORGANIZER;SCHEDULE-AGENT=NONE:mailto:bob@example.org\r\n\
                 ATTENDEE;PARTSTAT={answer}:mailto:ada@example.org\r\n"
            ),
        )
    };
    let first = world.put("ada", &work("m.ics"), &invited("NEEDS-ACTION")).await.unwrap();
    let second = world.put("ada", &work("m.ics"), &invited("TENTATIVE")).await.unwrap();
    assert_eq!(first.schedule_tag, second.schedule_tag);
    assert!(first.schedule_tag.is_some() && first.etag != second.etag);
    let third = world.put_if("ada", &work("m.ics"), &invited("ACCEPTED"), if_match(&first.etag.unwrap())).await;
    assert_eq!(third.unwrap().schedule_tag, first.schedule_tag);
    let own = |title: &str| event("o", &format!("SUMMARY:{title}\r\nORGANIZER:MAILTO:Ada@example.org\r\n"));
    let first = world.put("ada", &work("o.ics"), &own("1")).await.unwrap();
    let second = world.put("ada", &work("o.ics"), &own("2")).await.unwrap();
    assert_ne!(first.schedule_tag, second.schedule_tag);
    let stale = world.put_if("ada", &work("o.ics"), &own("3"), if_match(&first.etag.unwrap())).await;
    assert!(matches!(stale, Err(ServiceError::PreconditionFailed)));
}

#[tokio::test]
async fn a_uid_stands_once_in_a_calendar_and_never_changes() {
    let world = World::new().await;
    world.put("ada", &work("a.ics"), &event("a", "")).await.unwrap();
    for (name, uid) in [("b.ics", "a"), ("a.ics", "b")] {
        match world.put("ada", &work(name), &event(uid, "")).await {
            Err(ServiceError::UidConflict { href, .. }) => assert_eq!(href, "/dav/calendars/ada/calendar/a.ics"),
            other => panic!("{other:?}"),
        }
    }
    assert!(world.put("ada", &object("ada", "availability", "b.ics"), &event("a", "")).await.is_ok());
}

#[tokio::test]
async fn bad_bodies_are_refused_with_their_precondition() {
    let world = World::new().await;
    let typed = PutRequest { content_type: Some("text/plain".to_owned()), ..request(&event("a", "")) };
    let refused = world.service.put_object(&actor("ada"), &work("a.ics"), typed).await;
    assert!(matches!(refused, Err(ServiceError::Refused(Refusal::SupportedCalendarData { .. }))));
    let refused = world.put("ada", &work("a.ics"), "BEGIN:VCALENDAR\r\nEND:VEVENT\r\n").await;
    assert!(matches!(refused, Err(ServiceError::Refused(Refusal::ValidCalendarData { line: 2, .. }))), "{refused:?}");
    world
        .service
        .make_collection(
            &actor("ada"),
            &calendar("ada", "tasks"),
            super::super::NewCollection {
                outside: false,
                components: Some(vec!["vtodo".to_owned()]),
                properties: Vec::new(),
            },
        )
        .await
        .unwrap();
    let refused = world.put("ada", &object("ada", "tasks", "a.ics"), &event("a", "")).await;
    assert!(matches!(refused, Err(ServiceError::Refused(Refusal::SupportedComponent { line: 4, .. }))), "{refused:?}");
}

#[tokio::test]
async fn an_object_moves_within_its_home_and_leaves_a_tombstone() {
    let world = World::new().await;
    world.put("ada", &work("a.ics"), &event("a", "")).await.unwrap();
    world.put("ada", &object("ada", "availability", "b.ics"), &event("a", "SUMMARY:Old\r\n")).await.unwrap();
    let token = world.service.collection(&actor("ada"), &calendar("ada", "calendar")).await.unwrap().sync_token();
    let to = object("ada", "availability", "b.ics");
    let refused = world.service.move_object(&actor("ada"), &way(&work("a.ics"), &to, false)).await;
    assert!(matches!(refused, Err(ServiceError::PreconditionFailed)));
    let moved = world.service.move_object(&actor("ada"), &way(&work("a.ics"), &to, true)).await.unwrap();
    assert!(!moved.created);
    assert_eq!(world.body("ada", &to).await.unwrap(), event("a", ""));
    let changes = world.service.changes(&actor("ada"), &calendar("ada", "calendar"), Some(&token), None).await.unwrap();
    assert_eq!(changes.removed, ["a.ics"]);
    let relocate =
        async |from: &ObjectPath, to: &ObjectPath| world.service.move_object(&actor("ada"), &way(from, to, true)).await;
    let renamed = object("ada", "availability", "c.ics");
    assert!(relocate(&to, &renamed).await.unwrap().created);
    let foreign = relocate(&renamed, &object("bob", "calendar", "c.ics")).await;
    assert!(matches!(foreign, Err(ServiceError::NeedPrivileges { .. })));
}

#[tokio::test]
async fn a_shift_cannot_be_moved_out() {
    let world = World::new().await;
    let body = event("shift-1-ada@dogwatch.example", "");
    world
        .service
        .store
        .write(move |tx| {
            let shifts = rows::by_name(tx, &Owner::Person(PersonId::from("ada")), "shifts")?.unwrap();
            let object = NewObject {
                name: "s.ics".to_owned(),
                uid: "shift-1-ada@dogwatch.example".to_owned(),
                component: "VEVENT".to_owned(),
                etag: "\"1\"".to_owned(),
                schedule_tag: Some("\"1\"".to_owned()),
                extent: Window::ALWAYS,
                recurring: false,
                organizer: None,
                sequence: 0,
                digest: None,
                instances: None,
                body: body.clone().into_bytes(),
            };
            object_rows::put(tx, &shifts.id, object, Instant::from_millis(0))
        })
        .await
        .unwrap();
    let (from, to) = (object("ada", "shifts", "s.ics"), work("s.ics"));
    let moved = world.service.move_object(&actor("ada"), &way(&from, &to, true)).await;
    assert!(matches!(moved, Err(ServiceError::NeedPrivileges { privilege: "unbind", .. })));
}
