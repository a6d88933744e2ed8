//! When somebody is busy.

use super::*;
use crate::ical::freebusy::Busy;
use crate::service::calendars::{PropertyChange, PropertyValue};
use crate::time::Window;

fn december() -> Window {
    let day = |text: &str| crate::time::start_of_day(text.parse().unwrap(), chrono_tz::UTC);
    Window::new(day("2026-12-01"), day("2026-12-31"))
}

fn on(day: u32, more: &str) -> String {
    event(&format!("d{day}"), more).replace("20261201T", &format!("202612{day:02}T"))
}

impl World {
    async fn busy(&self, address: &str) -> Option<Vec<Busy>> {
        let times = self.service.free_busy_of(&actor("bob"), address, december()).await.unwrap();
        times.into_iter().next().map(|own| own.times.into_iter().map(|time| time.kind).collect())
    }
}

#[tokio::test]
async fn availability_is_read_by_its_marks_and_meetings_by_their_transparency() {
    let world = World::new().await;
    for (day, collection, more) in [
        (1, "availability", "TRANSP:TRANSPARENT\r\n"),
        (2, "availability", "SUMMARY:?\r\n"),
        (3, "availability", "SUMMARY:prefer\r\n"),
        (4, "calendar", ""),
        (5, "calendar", "TRANSP:TRANSPARENT\r\n"),
        (6, "calendar", "STATUS:TENTATIVE\r\n"),
    ] {
        world.put("ada", &object("ada", collection, &format!("{day}.ics")), &on(day, more)).await.unwrap();
    }
    let expected = vec![Busy::Unavailable, Busy::Tentative, Busy::Busy, Busy::Tentative];
    assert_eq!(world.busy("MAILTO:Ada@example.org").await.unwrap(), expected);
    assert_eq!(world.busy("/dav/principals/users/ada/").await.unwrap(), expected);
    assert!(world.busy("mailto:nobody@example.org").await.is_none());
    let one = world.service.free_busy(&actor("ada"), &calendar("ada", "calendar"), december()).await.unwrap();
    assert_eq!(one.len(), 2);
    let foreign = world.service.free_busy(&actor("bob"), &calendar("ada", "calendar"), december()).await;
    assert!(matches!(foreign, Err(ServiceError::NeedPrivileges { .. })));
}

#[tokio::test]
async fn a_transparent_calendar_and_what_a_team_mounts_never_count() {
    let world = World::new().await;
    world.put("ada", &object("ada", "calendar", "1.ics"), &on(1, "")).await.unwrap();
    world.put("ada", &object("ada", "team-payments-availability", "2.ics"), &on(2, "")).await.unwrap();
    world.put("max", &object("max", "team-payments-holidays", "3.ics"), &on(3, "")).await.unwrap();
    assert_eq!(world.busy("ada@example.org").await.unwrap(), [Busy::Busy]);
    let name = "{urn:ietf:params:xml:ns:caldav}schedule-calendar-transp".to_owned();
    let children = vec!["{urn:ietf:params:xml:ns:caldav}transparent".to_owned()];
    let value = Some(PropertyValue { children, ..PropertyValue::default() });
    let changes = vec![PropertyChange { name, value }];
    world.service.patch_properties(&actor("ada"), &calendar("ada", "calendar"), changes).await.unwrap();
    assert!(world.busy("ada@example.org").await.unwrap().is_empty());
    assert!(world.busy("max@example.org").await.unwrap().is_empty());
}

#[tokio::test]
async fn what_is_declined_makes_nobody_busy_and_what_is_unanswered_only_perhaps() {
    use super::meetings::{BOB, MAX, meeting, work};
    let world = World::new().await;
    world.put("ada", &work("ada"), &meeting(&format!("{BOB}{MAX}"))).await.unwrap();
    let perhaps = Some(vec![Busy::Tentative]);
    assert_eq!(world.busy("ada@example.org").await, Some(vec![Busy::Busy]));
    assert_eq!(world.busy("bob@example.org").await, perhaps);
    world.answers("bob", "TENTATIVE").await;
    assert_eq!(world.busy("bob@example.org").await, perhaps);
    world.answers("bob", "ACCEPTED").await;
    assert_eq!(world.busy("bob@example.org").await, Some(vec![Busy::Busy]));
    world.answers("max", "DECLINED").await;
    assert_eq!(world.busy("max@example.org").await, Some(Vec::new()));
}

#[tokio::test]
async fn a_team_is_asked_by_its_address_and_answered_for_by_its_members() {
    let world = World::new().await;
    world.put("ada", &object("ada", "calendar", "a.ics"), &on(1, "")).await.unwrap();
    world.put("bob", &object("bob", "calendar", "b.ics"), &on(2, "STATUS:TENTATIVE\r\n")).await.unwrap();
    let asked =
        world.service.free_busy_of(&actor("bob"), "mailto:Payments@dogwatch.example", december()).await.unwrap();
    let told: Vec<(&str, usize)> = asked.iter().map(|one| (one.address.as_str(), one.times.len())).collect();
    let own = |who: &'static str, count| (who, count);
    assert_eq!(
        told,
        [
            own("mailto:Payments@dogwatch.example", 2),
            own("mailto:ada@example.org", 1),
            own("mailto:bob@example.org", 1),
            own("mailto:max@example.org", 0)
        ]
    );
    let seen = world.service.team_free_busy(&actor("max"), &TeamId::from("payments"), december()).await.unwrap();
    let free: Vec<_> =
        seen.iter().filter(|(_, times)| times.is_empty()).map(|(person, _)| person.id.as_str()).collect();
    assert_eq!(free, ["max"]);
    world.service.team_free_busy(&actor("root"), &TeamId::from("payments"), december()).await.unwrap();
    let now = world.service.ctx().now;
    world.service.store.write(move |tx| people::insert(tx, &person("eve", "Eve", false), now)).await.unwrap();
    let refused = world.service.team_free_busy(&actor("eve"), &TeamId::from("payments"), december()).await;
    assert!(matches!(refused, Err(ServiceError::Forbidden(_))), "{refused:?}");
}

#[tokio::test]
async fn the_set_of_calendars_that_count_is_their_transparency() {
    let world = World::new().await;
    let new = crate::service::calendars::NewCollection { outside: false, components: None, properties: Vec::new() };
    world.service.make_collection(&actor("bob"), &calendar("bob", "talks"), new).await.unwrap();
    world.put("bob", &object("bob", "talks", "a.ics"), &on(1, "")).await.unwrap();
    let set = async |hrefs: &[&str]| {
        let hrefs = hrefs.iter().map(|href| (*href).to_owned()).collect();
        let value = Some(PropertyValue { hrefs, ..PropertyValue::default() });
        let name = "{urn:ietf:params:xml:ns:caldav}calendar-free-busy-set".to_owned();
        let changes = vec![PropertyChange { name, value }];
        world.service.patch_properties(&actor("bob"), &calendar("bob", "inbox"), changes).await.unwrap().applied()
    };
    assert_eq!(world.busy("bob@example.org").await, Some(vec![Busy::Busy]));
    assert!(set(&["/dav/calendars/bob/calendar/"]).await);
    assert_eq!(world.busy("bob@example.org").await, Some(Vec::new()));
    let inbox = world.service.inbox(&actor("bob"), &PersonId::from("bob")).await.unwrap();
    assert_eq!(inbox.counted, [calendar("bob", "calendar")]);
    assert!(!set(&["/dav/calendars/bob/talks/", "/dav/calendars/ada/calendar/"]).await);
    assert!(set(&["/dav/calendars/bob/calendar/", "https://dogwatch.example/dav/calendars/bob/talks"]).await);
    assert_eq!(world.busy("bob@example.org").await, Some(vec![Busy::Busy]));
}
