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
        times.map(|times| times.into_iter().map(|time| time.kind).collect())
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
