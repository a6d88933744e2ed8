//! What is kept of a text, what of it changes, and when it is asked for again.

use super::content::{Content, Difference};
use super::*;
use crate::ical::attendee::User;
use crate::service::calendars::{CollectionPath, NewCollection};
use crate::service::testing::{operator, rota};
use crate::service::{Service, lead::Lead};
use crate::store::objects::NewObject;
use crate::store::outside::{Problem, Validators};
use crate::time::{Instant, MINUTE};
use proptest::prelude::*;
use std::collections::BTreeMap;

const NOW: Instant = Instant::from_millis(1_796_000_000_000);

fn text(events: &[String]) -> String {
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{}END:VCALENDAR\r\n", events.concat())
}

fn event(uid: &str, lines: &str) -> String {
    format!("BEGIN:VEVENT\r\nUID:{uid}\r\n{lines}\r\nEND:VEVENT\r\n")
}

fn read(events: &[String]) -> Result<Content, Problem> {
    Content::read(text(events).as_bytes(), &User::default(), ("dogwatch.example", NOW))
}

#[test]
fn what_is_long_over_or_can_not_be_read_is_left_out() {
    let events = [
        event("past", "DTSTART:20250301T100000Z\r\nDURATION:PT1H"),
        event("series", "DTSTART:20250301T100000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=WEEKLY"),
        event("often", "DTSTART:20270301T100000Z\r\nRRULE:FREQ=SECONDLY"),
        event("backwards", "DTSTART:20270301T100000Z\r\nDTEND:20270301T090000Z"),
        event("no start", "SUMMARY:x"),
        event("latin", "DTSTART:20270301T100000Z\r\nSUMMARY:\u{FFFD}"),
    ];
    let content = read(&events).unwrap();
    assert_eq!((content.objects.len(), content.skipped), (2, 3));
    let latin = text(&events).replace('\u{FFFD}', "\u{1}").into_bytes();
    let latin: Vec<u8> = latin.into_iter().map(|byte| if byte == 1 { 0xe4 } else { byte }).collect();
    let other = Content::read(&latin, &User::default(), ("dogwatch.example", NOW)).unwrap();
    assert_eq!(other.objects, content.objects, "an umlaut of another encoding is no reason to know less");
    for object in &content.objects {
        assert_eq!(object.name, format!("{}.ics", &object.uid["outside-".len()..object.uid.find('@').unwrap()]));
        assert!(!String::from_utf8_lossy(&object.body).contains("series"), "their UIDs are theirs");
    }
}

#[test]
fn what_is_more_than_is_taken_is_refused_whole() {
    let many = |count: u32| (0..count).map(|n| event(&n.to_string(), "DTSTART:20270301T100000Z")).collect::<Vec<_>>();
    assert_eq!(read(&many(5_000)).unwrap().objects.len(), 5_000);
    assert_eq!(read(&many(5_001)).unwrap_err(), Problem::TooMuch);
    // A zone that is told with each event that names it.
    let zone = format!(
        "BEGIN:VTIMEZONE\r\nTZID:ours\r\n{}BEGIN:STANDARD\r\nDTSTART:19700101T000000\r\nTZOFFSETFROM:+0100\r\n\
         TZOFFSETTO:+0100\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n",
        "X-PAD:0123456789012345678901234567890123456789\r\n".repeat(150)
    );
    let mut events = vec![zone];
    events.extend((0..2_000).map(|n| event(&n.to_string(), "DTSTART;TZID=ours:20270301T100000")));
    assert_eq!(read(&events).unwrap_err(), Problem::TooMuch);
}

fn object(name: u8, etag: u8) -> NewObject {
    let template = read(&[event("a", "DTSTART:20270301T100000Z")]).unwrap().objects.remove(0);
    NewObject { name: name.to_string(), etag: etag.to_string(), ..template }
}

proptest! {
    #![proptest_config(crate::cases(128))]

    #[test]
    fn a_difference_makes_what_is_kept_into_what_is_wanted_and_touches_nothing_else(
        known in proptest::collection::btree_map(0_u8..12, 0_u8..3, 0..12),
        wanted in proptest::collection::btree_map(0_u8..12, 0_u8..3, 0..12),
    ) {
        let tags = |of: &BTreeMap<u8, u8>| of.iter().map(|(name, tag)| (name.to_string(), tag.to_string())).collect::<BTreeMap<_, _>>();
        let objects = || wanted.iter().map(|(name, tag)| object(*name, *tag)).collect::<Vec<_>>();
        let difference = Difference::between(tags(&known), objects());
        let mut kept = tags(&known);
        for object in &difference.added {
            prop_assert!(kept.insert(object.name.clone(), object.etag.clone()).is_none());
        }
        for object in &difference.changed {
            let before = kept.insert(object.name.clone(), object.etag.clone());
            prop_assert!(before.is_some_and(|before| before != object.etag));
        }
        for name in &difference.removed {
            prop_assert!(kept.remove(name).is_some());
        }
        prop_assert_eq!(&kept, &tags(&wanted));
        prop_assert_eq!(Difference::between(kept, objects()), Difference::default());
    }
}

#[test]
fn what_is_wanted_hourly_is_asked_for_hourly_and_never_more_often_than_each_quarter_of_an_hour() {
    let minutes = |text: &str| refresh::interval(rate(text)) / crate::time::MINUTE;
    for (text, wanted) in
        [("PT1H", 60), ("PT5M", 15), ("P1W", 1_440), ("PT6H", 360), ("soon", 60), ("-PT1H", 60), ("PT0S", 60)]
    {
        assert_eq!(minutes(text), wanted, "{text}");
    }
}

async fn subscribed() -> (crate::store::testing::Place, Service, Lead) {
    let (place, service) = rota().await;
    let new = NewOutside {
        url: "webcal://a.example.com/x.ics".to_owned(),
        name: None,
        counts_as: crate::roster::model::CountsAs::default(),
        transparent: false,
    };
    let made = service.add_outside(&operator(), &"ada".into(), &new).await.unwrap();
    assert_eq!((made.display_name.as_str(), made.url.as_str()), ("a.example.com", "https://a.example.com/x.ics"));
    let lead = service.lead_outside(None).await.unwrap().unwrap();
    (place, service, lead)
}

async fn due(service: &Service) -> Option<Asked> {
    service.outside_due(std::collections::BTreeSet::new(), 4).await.unwrap().pop()
}

async fn only(service: &Service) -> OutsideView {
    service.outside_calendars(&operator(), &"ada".into()).await.unwrap().remove(0)
}

#[tokio::test]
async fn a_failure_is_waited_out_ever_longer_and_what_was_had_stays() {
    let (_place, service, lead) = subscribed().await;
    let asked = due(&service).await.unwrap();
    let text = text(&[event("a", "DTSTART:20300301T100000Z")]);
    let content = service.outside_content(&asked, text.as_bytes()).unwrap();
    let brought = Brought::Text(content, Validators::default());
    service.settle_outside(lead, asked, brought).await.unwrap().unwrap();
    let view = only(&service).await;
    assert_eq!((view.events, view.stale, view.problem), (1, false, None));
    let minutes = |view: &OutsideView| (view.next_attempt.millis() - service.ctx().now.millis()) / crate::time::MINUTE;
    assert!((59..=66).contains(&minutes(&view)), "{}", minutes(&view));
    assert!(due(&service).await.is_none());
    let mut pauses = Vec::new();
    for _ in 0..9 {
        service.refresh_outside(&operator(), &"ada".into(), &view.name).await.unwrap();
        let asked = due(&service).await.unwrap();
        let missed = Brought::Missed(Problem::NotReachable, None);
        service.settle_outside(lead, asked, missed).await.unwrap().unwrap();
        pauses.push(minutes(&only(&service).await));
    }
    assert!((14..=17).contains(&pauses[0]) && pauses.is_sorted_by(|a, b| *a < *b || *b >= 1_439), "{pauses:?}");
    assert!(pauses[8] <= 1_584, "{pauses:?}");
    let view = only(&service).await;
    assert_eq!((view.events, view.stale, view.problem), (1, true, Some(Problem::NotReachable)));
    // Whoever isn't at the machine waits a minute.
    let ada = Actor::person("ada".into(), crate::roster::model::Channel::Api);
    let asked = service.refresh_outside(&ada, &"ada".into(), &view.name).await.unwrap();
    assert!(asked.next_attempt.millis() > service.ctx().now.millis() + 50 * SECOND);
}

#[tokio::test]
async fn who_lost_the_lead_writes_nothing_and_what_was_had_of_another_address_is_dropped() {
    let (_place, service, lead) = subscribed().await;
    let asked = due(&service).await.unwrap();
    let text = text(&[event("a", "DTSTART:20300301T100000Z")]);
    let content = service.outside_content(&asked, text.as_bytes()).unwrap();
    let brought = Brought::Text(content, Validators::default());
    let change = OutsideChange { url: Some("https://b.example.com/".to_owned()), ..OutsideChange::default() };
    let name = only(&service).await.name;
    service.change_outside(&operator(), (&"ada".into(), &name), &change).await.unwrap();
    service.settle_outside(lead, asked, brought.clone()).await.unwrap().unwrap();
    assert_eq!((only(&service).await.events, only(&service).await.last_attempt), (0, None));
    let asked = due(&service).await.unwrap();
    let later = service.ctx().now.plus_millis(MINUTE);
    let take = move |tx: &mut dyn Connection| {
        Ok::<_, ServiceError>(crate::store::lease::take(tx, "outside", "another", later, later.plus_millis(MINUTE))?)
    };
    service.store.write(take).await.unwrap().unwrap();
    assert!(service.settle_outside(lead, asked, brought).await.unwrap().is_none());
    assert_eq!(only(&service).await.events, 0);
    assert!(service.lead_outside(None).await.unwrap().is_none());
}

#[tokio::test]
async fn of_one_server_one_calendar_is_asked_for_at_a_time() {
    let (_place, service, _) = subscribed().await;
    for url in ["https://A.example.com/other.ics", "https://b.example.com/x.ics"] {
        let new = NewOutside {
            url: url.to_owned(),
            name: None,
            counts_as: crate::roster::model::CountsAs::Blocks,
            transparent: false,
        };
        service.add_outside(&operator(), &"ben".into(), &new).await.unwrap();
    }
    let hosts = |busy: &[&str]| {
        let busy = busy.iter().map(|host| (*host).to_owned()).collect();
        let service = service.clone();
        async move {
            let asked = service.outside_due(busy, 4).await.unwrap();
            asked.iter().map(|one| one.host()).collect::<Vec<_>>()
        }
    };
    assert_eq!(hosts(&[]).await, ["a.example.com", "b.example.com"]);
    assert_eq!(hosts(&["a.example.com"]).await, ["b.example.com"]);
}

#[tokio::test]
async fn the_trail_tells_of_them_by_their_host_alone() {
    let (_place, service, _) = subscribed().await;
    let ada = Actor::person("ada".into(), crate::roster::model::Channel::Calendar);
    let value = |text: &str| {
        let value = PropertyValue { text: text.to_owned(), ..PropertyValue::default() };
        PropertyChange { name: names::SOURCE.to_owned(), value: Some(value) }
    };
    let new =
        NewCollection { outside: true, components: None, properties: vec![value("https://token@c.example.com/")] };
    let path = CollectionPath::new("ada".into(), "mine");
    assert!(!service.make_collection(&ada, &path, new.clone()).await.unwrap().applied());
    let new = NewCollection { properties: vec![value("https://c.example.com/token")], ..new };
    assert!(service.make_collection(&ada, &path, new).await.unwrap().applied());
    service.delete_collection(&ada, &path).await.unwrap();
    let read = |tx: &mut dyn Connection| Ok::<_, ServiceError>(crate::store::audit::after(tx, 0, 1_000)?);
    let told = format!("{:?}", service.store.read(read).await.unwrap());
    assert_eq!(told.matches("outside-calendar.added").count(), 2, "{told}");
    assert_eq!(told.matches("outside-calendar.removed").count(), 1, "{told}");
    assert!(told.contains("c.example.com") && !told.contains("token"), "{told}");
}
