//! Who sees and may do what.

use super::*;

#[tokio::test]
async fn a_home_has_its_own_calendars_and_those_that_teams_mount() {
    let world = World::new().await;
    let names = async |who: &str| {
        let home = world.service.home(&actor(who), &PersonId::from(who)).await.unwrap();
        home.into_iter().map(|view| view.path.name).collect::<Vec<_>>()
    };
    let own = ["availability", "calendar", "inbox", "outbox", "shifts"];
    assert_eq!(names("root").await, own);
    assert_eq!(names("ada").await, [&own[..], &["team-payments-roster", "team-payments-availability"]].concat());
    assert_eq!(names("max").await.len(), 9);
}

#[tokio::test]
async fn nobody_enters_another_home_and_cannot_tell_what_is_in_it() {
    let world = World::new().await;
    for who in ["ada", "max", "root"] {
        for path in [calendar("bob", "calendar"), calendar("bob", "nothing"), calendar("nobody", "calendar")] {
            let found = world.service.collection(&actor(who), &path).await;
            assert!(matches!(found, Err(ServiceError::NeedPrivileges { .. })), "{who} {path:?}");
            let put = world.put(who, &path.object("x.ics"), &event("x", "")).await;
            assert!(matches!(put, Err(ServiceError::NeedPrivileges { .. })), "{who} {path:?}");
        }
    }
}

#[tokio::test]
async fn a_calendar_that_grants_nothing_is_not_there() {
    let world = World::new().await;
    for (who, name) in [("ada", "team-payments-pattern"), ("root", "team-payments-roster"), ("ada", "team-x-roster")] {
        let found = world.service.collection(&actor(who), &calendar(who, name)).await;
        assert!(matches!(found, Err(ServiceError::NotFound(_))), "{who} {name}");
    }
    assert!(world.put("max", &object("max", "team-payments-pattern", "p.ics"), &event("p", "")).await.is_ok());
}

#[tokio::test]
async fn the_roster_and_shifts_take_nothing_new_from_clients() {
    let world = World::new().await;
    for name in ["shifts", "team-payments-roster", "inbox", "outbox"] {
        let put = world.put("max", &object("max", name, "x.ics"), &event("x", "")).await;
        assert!(matches!(put, Err(ServiceError::NeedPrivileges { privilege: "bind", .. })), "{name}");
    }
}

#[tokio::test]
async fn a_shift_that_is_no_more_is_taken_and_dropped() {
    let world = World::new().await;
    let body = event("shift-1-ada@dogwatch.example", "");
    for collection in ["shifts", "calendar"] {
        let put = world.put("ada", &object("ada", collection, "s.ics"), &body).await.unwrap();
        assert_eq!(put, PutOutcome { created: true, etag: None, schedule_tag: None });
        assert!(world.names("ada", &calendar("ada", collection)).await.is_empty());
    }
}

#[tokio::test]
async fn a_member_who_left_no_longer_sees_the_team() {
    let world = World::new().await;
    let mut left = membership("ada", false);
    left.until = Some("2026-01-01".parse().unwrap());
    world.service.store.write(move |tx| teams::put_membership(tx, &left)).await.unwrap();
    let found = world.service.collection(&actor("ada"), &calendar("ada", "team-payments-roster")).await;
    assert!(matches!(found, Err(ServiceError::NotFound(_))));
}

#[tokio::test]
async fn principals_are_found_by_part_of_their_name_or_address() {
    let world = World::new().await;
    let found = world.service.search_principals(&actor("bob"), "BYRON", 10).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].addresses, ["mailto:ada@example.org", "/dav/principals/users/ada/", "mailto:ada@example.org"]);
    assert_eq!(found[0].teams, [TeamId::from("payments")]);
    assert!(matches!(
        world.service.principal(&Actor::operator(), &PersonId::from("ada")).await,
        Err(ServiceError::Forbidden(_))
    ));
}
