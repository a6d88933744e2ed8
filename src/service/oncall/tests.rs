//! Who is on call, asked of a small roster.

use super::*;
use crate::roster::model::Channel;
use crate::service::testing::{operator, rota, stands};
use crate::time::HOUR;

/// Tuesday 1 December 2026, 09:00 in London.
const NINE: Instant = Instant::from_millis(1_796_115_600_000);

fn hours(from: i64, to: i64) -> Window {
    Window::new(NINE.plus_hours(from), NINE.plus_hours(to))
}

async fn asked(service: &Service, at: Instant) -> OnCall {
    service.on_call(&operator(), &"payments".into(), Some(at)).await.unwrap()
}

fn who(list: &[Watch]) -> Vec<(&str, Option<&str>)> {
    list.iter().map(|w| (w.role.as_str(), w.person.as_ref().map(|person| person.id.as_str()))).collect()
}

#[tokio::test]
async fn a_required_role_that_nobody_holds_is_shown_as_a_gap_and_an_empty_optional_one_is_not() {
    let (_folder, service) = rota().await;
    stands(&service, "s1", "secondary", hours(0, 12), None).await;
    stands(&service, "s2", "shadow", hours(0, 12), None).await;
    stands(&service, "s3", "primary", hours(0, 12), Some("ada")).await;
    let answer = asked(&service, NINE.plus_hours(3)).await;
    assert_eq!(who(&answer.on_call), [("primary", Some("ada")), ("secondary", None)]);
    assert_eq!(answer.on_call[0].person.as_ref().unwrap().phone.as_deref(), Some("+447700900101"));
    assert_eq!((answer.on_call[0].window, answer.on_call[0].slot.clone()), (hours(0, 12), Some("s3".into())));
}

#[tokio::test]
async fn a_shadow_is_shown_and_not_paged() {
    let (_folder, service) = rota().await;
    stands(&service, "s1", "shadow", hours(0, 12), Some("cleo")).await;
    stands(&service, "s2", "primary", hours(0, 12), Some("ada")).await;
    let answer = asked(&service, NINE).await;
    let paged: Vec<_> = answer.on_call.iter().map(|watch| (watch.role.as_str(), watch.page)).collect();
    assert_eq!(paged, [("primary", true), ("shadow", false)]);
}

#[tokio::test]
async fn the_minute_of_handover_belongs_to_whoever_takes_over() {
    let (_folder, service) = rota().await;
    stands(&service, "s1", "primary", hours(0, 12), Some("ada")).await;
    stands(&service, "s2", "primary", hours(12, 24), Some("ben")).await;
    let seam = NINE.plus_hours(12);
    assert_eq!(who(&asked(&service, seam.plus_millis(-1)).await.on_call), [("primary", Some("ada"))]);
    assert_eq!(who(&asked(&service, seam).await.on_call), [("primary", Some("ben"))]);
    assert_eq!(who(&asked(&service, seam.plus_millis(12 * HOUR)).await.on_call), []);
}

#[tokio::test]
async fn next_is_the_first_shift_of_each_role_that_is_still_to_start() {
    let (_folder, service) = rota().await;
    stands(&service, "s1", "primary", hours(0, 12), Some("ada")).await;
    stands(&service, "s2", "primary", hours(12, 24), None).await;
    stands(&service, "s3", "primary", hours(24, 36), Some("ben")).await;
    stands(&service, "s4", "secondary", hours(24, 36), Some("cleo")).await;
    stands(&service, "s5", "shadow", hours(12, 24), None).await;
    let answer = asked(&service, NINE).await;
    assert_eq!(who(&answer.next), [("primary", None), ("secondary", Some("cleo"))]);
    assert_eq!(who(&asked(&service, NINE.plus_hours(12)).await.next)[0], ("primary", Some("ben")));
}

#[tokio::test]
async fn whoever_asked_for_cover_is_still_responsible() {
    let (_folder, service) = rota().await;
    let start = service.ctx().now.plus_hours(24);
    stands(&service, "s1", "primary", Window::new(start, start.plus_hours(12)), Some("ada")).await;
    assert!(!asked(&service, start).await.on_call[0].cover_asked);
    let ada = Actor::person("ada".into(), Channel::Button);
    service.ask_for_cover(&ada, &"s1".into(), 0, Some("a wedding".to_owned())).await.unwrap();
    let answer = asked(&service, start).await;
    assert_eq!(who(&answer.on_call), [("primary", Some("ada"))]);
    assert!(answer.on_call[0].cover_asked);
}

#[tokio::test]
async fn a_disabled_person_is_a_gap_and_may_not_ask() {
    let (_folder, service) = rota().await;
    stands(&service, "s1", "primary", hours(0, 12), Some("ada")).await;
    stands(&service, "s2", "shadow", hours(0, 12), Some("ada")).await;
    let off = |tx: &mut dyn Connection| Ok::<_, ServiceError>(people::disable(tx, &"ada".into(), NINE)?);
    service.store.write(off).await.unwrap();
    assert_eq!(who(&asked(&service, NINE).await.on_call), [("primary", None)]);
    let ada = Actor::person("ada".into(), Channel::Api);
    let refused = service.on_call(&ada, &"payments".into(), None).await.unwrap_err();
    assert!(matches!(refused, ServiceError::Forbidden(_)), "{refused}");
}

#[tokio::test]
async fn a_team_that_is_not_there_is_not_found() {
    let (_folder, service) = rota().await;
    let refused = service.on_call(&operator(), &"nowhere".into(), None).await.unwrap_err();
    assert!(matches!(refused, ServiceError::NotFound(_)), "{refused}");
}

#[tokio::test]
async fn a_feed_shows_the_owners_shifts_without_links() {
    let (_folder, service) = rota().await;
    let start = service.ctx().now.plus_hours(24);
    stands(&service, "s1", "primary", Window::new(start, start.plus_hours(12)), Some("ada")).await;
    stands(&service, "s2", "secondary", Window::new(start, start.plus_hours(12)), Some("ben")).await;
    let own = service.feed_content(&FeedOwner::Person("ada".into())).await.unwrap();
    let whole = service.feed_content(&FeedOwner::Team("payments".into())).await.unwrap();
    assert_eq!((own.events.len(), whole.events.len()), (1, 2));
    assert!(whole.events.iter().chain(&own.events).all(|event| !format!("{event:?}").contains("/links/")));
}
