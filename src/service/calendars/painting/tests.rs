//! Painted days as events of the person's `Availability`: how they grow, fall apart and give way.

use super::*;
use crate::roster::availability::Source;
use crate::roster::model::Channel;
use crate::service::calendars::PutRequest;
use crate::service::testing::rota;

fn day(text: &str) -> Day {
    format!("2026-12-{text}").parse().unwrap()
}

fn days(from: u32, to: u32) -> Vec<Day> {
    (from..=to).map(|one| day(&format!("{one:02}"))).collect()
}

fn ada() -> (Actor, PersonId) {
    (Actor::person("ada".into(), Channel::Button), "ada".into())
}

async fn month(service: &Service) -> MonthOf {
    let (actor, person) = ada();
    service.availability_month(&actor, &person, day("01")).await.unwrap()
}

/// Each entry as `Avoid 03-05`, by start.
async fn painted(service: &Service) -> Vec<String> {
    let month = month(service).await;
    let of = |entry: &Entry| {
        let window = entry.windows[0];
        let (first, last) = (window.start.civil(month.zone), window.end.plus_millis(-1).civil(month.zone));
        format!("{} {}-{}", entry.title, first.format("%d"), last.format("%d"))
    };
    month.entries.iter().map(of).collect()
}

#[tokio::test]
async fn equal_days_in_a_row_are_one_event_that_grows_and_falls_apart() {
    let (_place, service) = rota().await;
    let (actor, person) = ada();
    let paint = |days, kind| service.paint_days(&actor, &person, days, kind);
    paint(days(3, 5), Some(Kind::Unavailable)).await.unwrap();
    paint(days(6, 7), Some(Kind::Unavailable)).await.unwrap();
    assert_eq!(painted(&service).await, ["Unavailable 03-07"]);
    let name = month(&service).await.entries[0].name.clone();
    paint(days(5, 5), Some(Kind::Avoid)).await.unwrap();
    assert_eq!(painted(&service).await, ["Unavailable 03-04", "Avoid 05-05", "Unavailable 06-07"]);
    assert_eq!(month(&service).await.entries[0].name, name, "the same event for whoever reads it in an app");
    paint(days(1, 31), None).await.unwrap();
    assert!(painted(&service).await.is_empty());
}

#[tokio::test]
async fn a_day_shows_the_strongest_of_what_is_said_and_where_it_stands() {
    let (_place, service) = rota().await;
    let (actor, person) = ada();
    service.paint_days(&actor, &person, days(8, 10), Some(Kind::Prefer)).await.unwrap();
    let weekly = Weekly {
        days: vec![Weekday::Wed],
        kind: Kind::Avoid,
        hours: Some((NaiveTime::from_hms_opt(18, 0, 0).unwrap(), NaiveTime::from_hms_opt(7, 0, 0).unwrap())),
        from: day("01"),
        until: Some(day("16")),
        note: "choir".to_owned(),
    };
    service.paint_weekly(&actor, &person, weekly).await.unwrap();
    let month = month(&service).await;
    let kinds: Vec<Kind> = month.days.iter().map(|day| day.kind).collect();
    assert_eq!(kinds[7..10], [Kind::Prefer, Kind::Avoid, Kind::Avoid], "Wednesday the 9th and the night after it");
    assert_eq!((kinds[1], kinds[15], kinds[22]), (Kind::Avoid, Kind::Avoid, Kind::Neutral), "until the 16th");
    let entry = &month.entries[month.days[1].entries[0]];
    assert_eq!((entry.title.as_str(), entry.repeats, &entry.source), ("Avoid: choir", true, &Source::Availability));
    service.erase_availability(&actor, &person, entry.name.as_ref().unwrap()).await.unwrap();
    assert_eq!(painted(&service).await, ["Prefer 08-10"]);
}

#[tokio::test]
async fn what_was_made_another_event_in_an_app_is_left_alone() {
    let (_place, service) = rota().await;
    let (actor, person) = ada();
    service.paint_days(&actor, &person, days(3, 5), Some(Kind::Unavailable)).await.unwrap();
    let name = month(&service).await.entries[0].name.clone().unwrap();
    let stored = service.object(&actor, &path(&person, &name)).await.unwrap();
    let text = String::from_utf8(stored.body.to_vec()).unwrap().replace("SUMMARY:Unavailable", "SUMMARY:Skiing");
    let request = PutRequest { body: text.into(), schedule_reply: true, ..PutRequest::default() };
    service.put_object(&actor, &path(&person, &name), request).await.unwrap();
    service.paint_days(&actor, &person, days(4, 6), None).await.unwrap();
    service.paint_days(&actor, &person, days(5, 6), Some(Kind::Prefer)).await.unwrap();
    assert_eq!(painted(&service).await, ["Skiing 03-05", "Prefer 05-06"]);
    assert_eq!(month(&service).await.days[4].kind, Kind::Unavailable);
}

#[tokio::test]
async fn nobody_paints_for_somebody_else() {
    let (_place, service) = rota().await;
    let ben = Actor::person("ben".into(), Channel::Button);
    let refused = service.paint_days(&ben, &"ada".into(), days(3, 5), Some(Kind::Avoid)).await;
    assert!(matches!(refused, Err(ServiceError::NotFound(_))), "{refused:?}");
    assert!(painted(&service).await.is_empty());
}
