//! Making, changing and deleting calendars.

use super::*;
use crate::service::calendars::{NewCollection, PropertyChange, PropertyStatus, PropertyValue};

const COLOR: &str = "{http://apple.com/ns/ical/}calendar-color";
const TRANSP: &str = "{urn:ietf:params:xml:ns:caldav}schedule-calendar-transp";
const DEFAULT: &str = "{urn:ietf:params:xml:ns:caldav}schedule-default-calendar-URL";

fn set(name: &str, text: &str) -> PropertyChange {
    let value =
        PropertyValue { text: text.to_owned(), children: Vec::new(), hrefs: Vec::new(), xml: format!("<x>{text}</x>") };
    PropertyChange { name: name.to_owned(), value: Some(value) }
}

impl World {
    async fn make(&self, name: &str) -> Result<(), ServiceError> {
        let made = self.service.make_collection(&actor("ada"), &calendar("ada", name), NewCollection::default()).await;
        made.map(|outcome| assert!(outcome.applied()))
    }

    async fn patch(&self, name: &str, changes: Vec<PropertyChange>) -> Vec<PropertyStatus> {
        let path = calendar("ada", name);
        let outcome = self.service.patch_properties(&actor("ada"), &path, changes).await.unwrap();
        outcome.properties.into_iter().map(|(_, status)| status).collect()
    }
}

#[tokio::test]
async fn a_person_makes_calendars_under_names_that_are_free() {
    let world = World::new().await;
    world.make("Büro").await.unwrap();
    let taken = world.make("Büro").await;
    assert!(matches!(taken, Err(ServiceError::Conflict { code: "resource-must-be-null", .. })));
    assert!(matches!(world.make("shifts").await, Err(ServiceError::Conflict { .. })));
    assert!(matches!(world.make("team-x-roster").await, Err(ServiceError::NeedPrivileges { .. })));
    assert!(matches!(world.make("a/b").await, Err(ServiceError::Invalid { .. })));
    let foreign = world.service.make_collection(&actor("ada"), &calendar("bob", "x"), NewCollection::default()).await;
    assert!(matches!(foreign, Err(ServiceError::NeedPrivileges { .. })));
}

#[tokio::test]
async fn fifty_calendars_are_enough() {
    let world = World::new().await;
    for n in 5..50 {
        world.make(&format!("c{n}")).await.unwrap();
    }
    assert!(matches!(world.make("one-more").await, Err(ServiceError::TooMany(_))));
}

#[tokio::test]
async fn a_calendar_is_not_made_when_a_property_cannot_be_set() {
    let world = World::new().await;
    let new = NewCollection {
        outside: false,
        components: None,
        properties: vec![set(COLOR, "#112233"), set("{DAV:}getetag", "x")],
    };
    let outcome = world.service.make_collection(&actor("ada"), &calendar("ada", "work"), new).await.unwrap();
    assert!(!outcome.applied());
    assert!(world.service.collection(&actor("ada"), &calendar("ada", "work")).await.is_err());
}

#[tokio::test]
async fn properties_change_all_or_none() {
    let world = World::new().await;
    let mood = "{http://example.org/}mood";
    let fates = world.patch("calendar", vec![set(COLOR, "#112233FF"), set("{DAV:}resourcetype", "")]).await;
    assert_eq!(fates, [PropertyStatus::FailedDependency, PropertyStatus::Protected]);
    let fates = world.patch("calendar", vec![set(COLOR, "#112233FF"), set(mood, "good")]).await;
    assert_eq!(fates, [PropertyStatus::Applied, PropertyStatus::Applied]);
    let view = world.service.collection(&actor("ada"), &calendar("ada", "calendar")).await.unwrap();
    assert_eq!(view.color.as_deref(), Some("#112233FF"));
    assert_eq!(view.properties, [(mood.to_owned(), "<x>good</x>".to_owned())]);
    let bad = set("{http://apple.com/ns/ical/}calendar-order", "third");
    assert!(matches!(world.patch("calendar", vec![bad]).await.as_slice(), [PropertyStatus::Invalid(_)]));
    assert!(matches!(world.patch("calendar", vec![set(TRANSP, "")]).await.as_slice(), [PropertyStatus::Invalid(_)]));
}

#[tokio::test]
async fn the_colour_of_a_mounted_calendar_is_each_persons_own() {
    let world = World::new().await;
    let fates =
        world.patch("team-payments-roster", vec![set(COLOR, "#FF0000"), set("{DAV:}displayname", "Duty")]).await;
    assert!(fates.iter().all(|fate| *fate == PropertyStatus::Applied));
    let view =
        async |who: &str| world.service.collection(&actor(who), &calendar(who, "team-payments-roster")).await.unwrap();
    let (ada, bob) = (view("ada").await, view("bob").await);
    assert_eq!((ada.color.as_deref(), ada.display_name.as_str()), (Some("#FF0000"), "Duty"));
    assert_eq!((bob.color, bob.display_name.as_str()), (None, "roster"));
    assert!(ada.properties.is_empty());
}

#[tokio::test]
async fn only_calendars_that_a_person_made_can_be_deleted() {
    let world = World::new().await;
    world.make("work").await.unwrap();
    world.put("ada", &object("ada", "work", "a.ics"), &event("a", "")).await.unwrap();
    let delete = async |name: &str| world.service.delete_collection(&actor("ada"), &calendar("ada", name)).await;
    assert!(matches!(delete("calendar").await, Err(ServiceError::Conflict { code: "default-calendar-needed", .. })));
    for name in ["availability", "shifts", "inbox", "outbox", "team-payments-roster", "team-payments-availability"] {
        assert!(matches!(delete(name).await, Err(ServiceError::NeedPrivileges { .. })), "{name}");
    }
    assert_eq!(world.patch("inbox", vec![set(DEFAULT, "/dav/calendars/ada/work/")]).await, [PropertyStatus::Applied]);
    let inbox = world.service.inbox(&actor("ada"), &PersonId::from("ada")).await.unwrap();
    assert_eq!(inbox.default_calendar, calendar("ada", "work"));
    assert!(matches!(delete("work").await, Err(ServiceError::Conflict { code: "default-calendar-needed", .. })));
    assert!(matches!(delete("calendar").await, Err(ServiceError::NeedPrivileges { .. })), "every home keeps it");
    world.patch("inbox", vec![PropertyChange { name: DEFAULT.to_owned(), value: None }]).await;
    delete("work").await.unwrap();
    assert!(world.service.collection(&actor("ada"), &calendar("ada", "work")).await.is_err());
}

#[tokio::test]
async fn invitations_go_only_into_an_ordinary_calendar_of_the_home() {
    let world = World::new().await;
    for href in ["/dav/calendars/ada/shifts/", "/dav/calendars/bob/calendar/", "/dav/calendars/ada/none/", "", "x"] {
        let fates = world.patch("inbox", vec![set(DEFAULT, href)]).await;
        assert!(matches!(fates.as_slice(), [PropertyStatus::Precondition { .. }]), "{href}");
    }
}
